/* kernel_rig.c -- buffers with guards, comparisons, and one kernel with every backend. */
#include "tests/kernel_rig.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

static struct backend *current;
static bool odd;
static uint64_t random_state = 7;

struct backend *open_case(int i)
{
	current = rig.open(i);
	odd = rig.odd && rig.odd(i);
	ck_assert_msg(current != NULL, "%s", err_last());
	return current;
}

void close_case(struct backend *be)
{
	case_sync();
	ck_assert_msg(backend_ok(be), "%s", be->failure);
	backend_close(be);
	current = NULL;
}

void case_sync(void)
{
	if (current)
		current->k->sync(current);
}

void random_restart(void)
{
	random_state = 7;
}

static float uniform(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (float)(random_state >> 40) / (float)(1 << 23) - 1;
}

enum { GUARD = 32 };
static const float GUARD_VALUE = 12345.0f;

float *buffer(size_t n)
{
	float *p = rig.memory((n + 2 * GUARD + 1) * sizeof(float));

	ck_assert_ptr_nonnull(p);
	p += odd;
	for (size_t i = 0; i < n + 2 * GUARD; i++)
		p[i] = i < GUARD || i >= GUARD + n ? GUARD_VALUE : uniform();
	return p + GUARD;
}

void buffer_free(float *p)
{
	case_sync();
	rig.release((void *)((uintptr_t)(p - GUARD) & ~(uintptr_t)15));
}

static void assert_guards(const float *p, size_t n, const char *what)
{
	for (size_t i = 0; i < GUARD; i++)
		if (p[-1 - (ptrdiff_t)i] != GUARD_VALUE || p[n + i] != GUARD_VALUE)
			ck_abort_msg("%s: wrote outside", what);
}

float *copy_of(const float *p, size_t n)
{
	float *q = buffer(n);

	memcpy(q, p, n * sizeof(float));
	return q;
}

void nan_if(bool fresh, float *p, size_t n)
{
	for (size_t i = 0; fresh && i < n; i++)
		p[i] = NAN;
}

double tolerance(double products)
{
	return (products + 16) / (1 << 23);
}

void assert_close(const float *got, const float *want, size_t n, double allowed, const char *what)
{
	case_sync();
	for (size_t i = 0; i < n; i++)           /* an assert of Check writes to a file each time: only the one that fails */
		if (!(fabs((double)got[i] - (double)want[i]) <= allowed * fmax(1, fabs((double)want[i]))))
			ck_abort_msg("%s: element %zu of %zu is %.8g, not %.8g", what, i, n, (double)got[i], (double)want[i]);
	assert_guards(got, n, what);
}

void assert_same_bits(const float *a, const float *b, size_t n, const char *what)
{
	case_sync();
	ck_assert_msg(memcmp(a, b, n * sizeof(float)) == 0, "%s: not the same bits twice", what);
}

size_t volume(const int *extent, int axes)
{
	size_t n = 1;

	for (int i = 0; i < axes; i++)
		n *= (size_t)extent[i];
	return n;
}

void try_all(const struct trial *t, const char *what)
{
	float *old = buffer(t->n), *want = copy_of(old, t->n);
	char text[256];

	nan_if(t->beta == 0, old, t->n);
	t->reference(t->arg, want);
	for (int b = 0; b < rig.backends; b++) {
		struct backend *be = open_case(b);
		float *got = copy_of(old, t->n), *again = copy_of(old, t->n);

		snprintf(text, sizeof text, "%s, beta %g, %s", what, (double)t->beta, rig.name(b));
		t->kernel(be, t->arg, got);
		t->kernel(be, t->arg, again);
		assert_close(got, want, t->n, t->allowed, text);
		assert_same_bits(got, again, t->n, text);
		buffer_free(got);
		buffer_free(again);
		close_case(be);
	}
	buffer_free(old);
	buffer_free(want);
}

void add_cases(Suite *suite, const struct case_row *row, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		TCase *tc = tcase_create(row[i].name);

		tcase_set_timeout(tc, 120);
		tcase_add_loop_test(tc, row[i].test, 0, row[i].rows);
		suite_add_tcase(suite, tc);
	}
}

int run_suite(Suite *suite)
{
	SRunner *runner = srunner_create(suite);
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
