/*
 * check_kernels.c -- every kernel of the CPU against its formula in ref.c, for each instruction set that this processor has, for
 * oneDNN, and for one, two and three threads; what is there to open, its memory, its threads.
 */
#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/cpu_team.h"
#include "src/base/err.h"
#include "tests/kernel_rig.h"

static const struct backend_case {
	const char *simd, *conv;
	int threads;
} backend_cases[] = {
	{ "avx512", "direct", 1 },
	{ "avx512", "direct", 2 },
	{ "avx2", "direct", 3 },
	{ "generic", "direct", 1 },
	{ "avx512", "library", 2 },
};

static struct backend *open_cpu(int i)
{
	setenv("SMASHTOP_SIMD", backend_cases[i].simd, 1);
	setenv("SMASHTOP_CONV", backend_cases[i].conv, 1);
	return backend_open("cpu", backend_cases[i].threads);
}

static const char *case_name(int i)
{
	static char text[64];

	snprintf(text, sizeof text, "%s %s %d threads", backend_cases[i].simd, backend_cases[i].conv, backend_cases[i].threads);
	return text;
}

const struct rig rig = {
	.backends = ROWS(backend_cases),
	.open = open_cpu,
	.name = case_name,
	.memory = malloc,
	.release = free,
};

START_TEST(memory_is_aligned_counted_and_refused_with_the_bytes_asked)
{
	struct backend *be = open_case(0);
	size_t before = be->bytes_allocated;
	float *p = be->k->alloc(be, 1000), q[4] = { 1, 2, 3, 4 }, r[4] = { 0 };

	ck_assert_uint_eq((uintptr_t)p % 64, 0);
	ck_assert_uint_ge(be->bytes_allocated, before + 1000);
	be->k->upload(be, p, q, sizeof q);
	be->k->download(be, r, p, sizeof r);
	ck_assert(memcmp(q, r, sizeof q) == 0);
	be->k->free(be, p);
	be->k->free(be, NULL);
	ck_assert_uint_eq(be->bytes_allocated, before);
	ck_assert(be->k->alloc(be, SIZE_MAX / 2 + 1) == NULL);
	ck_assert_ptr_nonnull(strstr(err_last(), "9223372036854775808 bytes"));
	close_case(be);
}
END_TEST

START_TEST(a_device_that_is_not_there_is_named)
{
	static const char *const names[] = { "gpu", "", "cpu:1", "cpux", "cuda:99" };

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		err_clear();
		ck_assert_ptr_null(backend_open(names[i], 1));
		ck_assert_msg(strstr(err_last(), names[i]) && strlen(err_last()) > 10, "%s: %s", names[i], err_last());
	}
	ck_assert_ptr_null(backend_open("cpu", -1));
}
END_TEST

enum { TEAM_PARTS = 9, TEAM_CALLS = 60000 };

struct team_call {
	int parts, wrong;
	int runs[TEAM_PARTS];
};

static void count_part(void *arg, int part, int parts, int thread)
{
	struct team_call *call = arg;

	if (parts != call->parts || part < 0 || part >= parts || thread < 0 || thread >= 4)
		call->wrong++;
	else
		call->runs[part]++;              /* a part has one thread at a time; two would lose counts */
}

/* Calls of differing sizes follow one another faster than helpers wake, and rest long enough for them to fall asleep now and then. A
 * late helper that took the end of one call for the middle of the next would count a part twice, or write to a call that is over. */
START_TEST(a_team_runs_every_part_of_every_call_once)
{
	static struct team_call calls[TEAM_CALLS];
	struct team *team = team_new(4);

	ck_assert_ptr_nonnull(team);
	for (int i = 0; i < TEAM_CALLS; i++) {
		calls[i].parts = 2 + i * 5 % (TEAM_PARTS - 1);
		team_run(team, calls[i].parts, count_part, &calls[i]);
		if (i % 4000 == 0)
			nanosleep(&(struct timespec){ .tv_nsec = 2000000 }, NULL);
	}
	team_free(team);
	for (int i = 0; i < TEAM_CALLS; i++)
		for (int part = 0; part < TEAM_PARTS; part++)
			if (calls[i].wrong || calls[i].runs[part] != (part < calls[i].parts))
				ck_abort_msg("call %d of %d parts: part %d ran %d times, %d wrong", i, calls[i].parts, part,
					calls[i].runs[part], calls[i].wrong);
	team_free(NULL);
}
END_TEST

int main(void)
{
	const struct case_row rows[] = {
		{ "backend", memory_is_aligned_counted_and_refused_with_the_bytes_asked, 1 },
		{ "team", a_team_runs_every_part_of_every_call_once, 1 },
		{ "backend", a_device_that_is_not_there_is_named, 1 },
	};
	Suite *suite = suite_create("kernels");

	add_conv_cases(suite);
	add_other_cases(suite);
	add_cases(suite, rows, sizeof(rows) / sizeof(rows[0]));
	return run_suite(suite);
}
