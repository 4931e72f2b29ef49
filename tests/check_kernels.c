/*
 * check_kernels.c -- every kernel of the CPU against its formula in ref.c, for each instruction set that this processor has, for
 * oneDNN, and for one, two and three threads.
 *
 * Inputs are uniform in [-1, 1]. A sum of k such products in float is off by about k * 2^-24 at worst (each addition rounds a partial
 * sum of some sqrt(k) by 2^-24 of it, k times, mostly cancelling): the tolerance is 2^-23 (k + 16), far below what one wrong or
 * missing product (about 0.3) makes. Buffers end in a guard, and a result that must not be read before starts as NaN.
 */
#include <check.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kernels/cpu_team.h"
#include "kernels/kernels.h"
#include "src/base/err.h"
#include "tests/ref.h"

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
enum { BACKENDS = sizeof(backend_cases) / sizeof(backend_cases[0]) };

static struct backend *open_case(int i)
{
	struct backend *be;

	setenv("SMASHTOP_SIMD", backend_cases[i].simd, 1);
	setenv("SMASHTOP_CONV", backend_cases[i].conv, 1);
	be = backend_open("cpu", backend_cases[i].threads);
	ck_assert_msg(be != NULL, "%s", err_last());
	return be;
}

static const char *case_name(int i)
{
	static char text[64];

	snprintf(text, sizeof text, "%s %s %d threads", backend_cases[i].simd, backend_cases[i].conv, backend_cases[i].threads);
	return text;
}

static uint64_t random_state;

static float uniform(void)
{
	random_state = random_state * 6364136223846793005u + 1442695040888963407u;
	return (float)(random_state >> 40) / (float)(1 << 23) - 1;
}

enum { GUARD = 32 };
static const float GUARD_VALUE = 12345.0f;

/* A buffer of n floats between guards, aligned to 4 bytes only: kernels get slices of slabs. */
static float *buffer(size_t n)
{
	float *p = malloc((n + 2 * GUARD + 1) * sizeof(float));

	for (size_t i = 0; i < n + 2 * GUARD; i++)
		p[i] = i < GUARD || i >= GUARD + n ? GUARD_VALUE : uniform();
	return p + GUARD;
}

static void buffer_free(float *p)
{
	free(p - GUARD);
}

static void assert_guards(const float *p, size_t n, const char *what)
{
	for (size_t i = 0; i < GUARD; i++)
		if (p[-1 - (ptrdiff_t)i] != GUARD_VALUE || p[n + i] != GUARD_VALUE)
			ck_abort_msg("%s: wrote outside", what);
}

static float *copy_of(const float *p, size_t n)
{
	float *q = buffer(n);

	memcpy(q, p, n * sizeof(float));
	return q;
}

static void nan_if(bool fresh, float *p, size_t n)
{
	for (size_t i = 0; fresh && i < n; i++)
		p[i] = NAN;
}

static double tolerance(double products)
{
	return (products + 16) / (1 << 23);
}

static void assert_close(const float *got, const float *want, size_t n, double allowed, const char *what)
{
	for (size_t i = 0; i < n; i++)           /* an assert of Check writes to a file each time: only the one that fails */
		if (!(fabs((double)got[i] - (double)want[i]) <= allowed * fmax(1, fabs((double)want[i]))))
			ck_abort_msg("%s: element %zu of %zu is %.8g, not %.8g", what, i, n, (double)got[i], (double)want[i]);
	assert_guards(got, n, what);
}

static void assert_same_bits(const float *a, const float *b, size_t n, const char *what)
{
	ck_assert_msg(memcmp(a, b, n * sizeof(float)) == 0, "%s: not the same bits twice", what);
}

static const struct conv_case {
	int axes, n, in[AXES_MAX], c_in, c_out, groups, kernel[AXES_MAX], stride, dilation[AXES_MAX];
} conv_cases[] = {
	{ 2, 1, { 1, 1 }, 1, 1, 1, { 1, 1 }, 1, { 1, 1 } },
	{ 2, 3, { 5, 7 }, 8, 16, 1, { 1, 1 }, 1, { 1, 1 } },
	{ 2, 2, { 4, 4 }, 24, 40, 1, { 1, 1 }, 1, { 1, 1 } },
	{ 2, 2, { 32, 32 }, 16, 10, 1, { 1, 1 }, 1, { 1, 1 } },
	{ 2, 1, { 3, 130 }, 5, 72, 1, { 1, 1 }, 1, { 1, 1 } },
	{ 2, 2, { 6, 6 }, 8, 8, 2, { 1, 1 }, 1, { 1, 1 } },
	{ 2, 3, { 7, 5 }, 8, 16, 1, { 1, 1 }, 2, { 1, 1 } },
	{ 2, 2, { 9, 9 }, 8, 8, 1, { 3, 3 }, 1, { 1, 1 } },
	{ 2, 3, { 14, 14 }, 16, 32, 1, { 3, 5 }, 1, { 2, 1 } },
	{ 2, 2, { 7, 7 }, 64, 24, 1, { 5, 3 }, 1, { 1, 3 } },
	{ 2, 2, { 4, 4 }, 32, 64, 1, { 7, 7 }, 1, { 1, 1 } },
	{ 2, 1, { 17, 33 }, 3, 18, 1, { 7, 5 }, 1, { 1, 2 } },
	{ 2, 1, { 8, 50 }, 26, 10, 1, { 3, 3 }, 1, { 1, 1 } },
	{ 2, 1, { 2, 3 }, 4, 4, 1, { 7, 7 }, 1, { 1, 1 } },
	{ 2, 5, { 28, 28 }, 1, 16, 1, { 5, 5 }, 2, { 1, 1 } },
	{ 2, 2, { 13, 11 }, 3, 32, 1, { 7, 7 }, 2, { 1, 1 } },
	{ 2, 2, { 9, 8 }, 8, 8, 2, { 3, 3 }, 2, { 1, 1 } },
	{ 2, 2, { 10, 10 }, 16, 16, 8, { 3, 3 }, 1, { 1, 1 } },         /* 2 channels a group */
	{ 2, 2, { 7, 7 }, 16, 8, 8, { 5, 7 }, 1, { 2, 1 } },            /* 2 to 1 */
	{ 2, 2, { 8, 8 }, 8, 8, 8, { 3, 5 }, 1, { 3, 2 } },             /* 1 to 1 */
	{ 2, 2, { 6, 9 }, 64, 40, 8, { 3, 3 }, 1, { 1, 1 } },           /* 8 to 5 */
	{ 2, 3, { 9, 6 }, 40, 24, 4, { 5, 5 }, 1, { 1, 2 } },           /* 10 to 6 */
	{ 2, 2, { 12, 12 }, 24, 48, 2, { 3, 7 }, 1, { 3, 1 } },
	{ 2, 9, { 4, 4 }, 64, 64, 4, { 7, 3 }, 1, { 1, 1 } },           /* 16 to 16 */
	{ 2, 2, { 5, 5 }, 48, 32, 16, { 3, 3 }, 1, { 1, 1 } },          /* more groups than lanes of the narrow vectors */
	{ 2, 2, { 5, 5 }, 9, 15, 3, { 3, 3 }, 1, { 1, 1 } },            /* an odd number of groups */
	{ 2, 2, { 5, 6 }, 12, 18, 6, { 3, 3 }, 1, { 1, 1 } },
	{ 3, 2, { 4, 5, 6 }, 8, 8, 1, { 3, 3, 3 }, 1, { 1, 1, 1 } },
	{ 3, 1, { 5, 7, 9 }, 6, 10, 2, { 3, 5, 1 }, 1, { 1, 1, 1 } },
	{ 3, 2, { 6, 4, 5 }, 16, 8, 8, { 3, 1, 3 }, 1, { 2, 1, 1 } },
	{ 3, 3, { 1, 8, 8 }, 4, 12, 1, { 3, 3, 3 }, 1, { 1, 1, 1 } },
	{ 3, 1, { 9, 8, 7 }, 1, 8, 1, { 5, 5, 5 }, 2, { 1, 1, 1 } },
	{ 3, 2, { 3, 3, 3 }, 8, 24, 1, { 1, 1, 1 }, 1, { 1, 1, 1 } },
	{ 2, 60000, { 2, 2 }, 4, 4, 1, { 1, 1 }, 1, { 1, 1 } },         /* pixels times blocks of pixels are more than an int */
};
enum { CONV_CASES = sizeof(conv_cases) / sizeof(conv_cases[0]) };

static struct conv conv_of(const struct conv_case *k)
{
	struct conv c = { .axes = k->axes, .n = k->n, .c_in = k->c_in, .c_out = k->c_out, .groups = k->groups };

	for (int i = 0; i < k->axes; i++) {
		c.in[i] = k->in[i];
		c.kernel[i] = k->kernel[i];
		c.stride[i] = k->stride;
		c.dilation[i] = k->dilation[i];
		c.pad[i] = (k->kernel[i] - 1) * k->dilation[i] / 2;
		c.out[i] = (k->in[i] + k->stride - 1) / k->stride;
	}
	return c;
}

static size_t volume(const int *extent, int axes)
{
	size_t n = 1;

	for (int i = 0; i < axes; i++)
		n *= (size_t)extent[i];
	return n;
}

struct conv_data {
	struct conv c;
	size_t nx, ny, nw;
	float *x, *y, *w;
};

static struct conv_data conv_data(const struct conv_case *k)
{
	struct conv_data d = { .c = conv_of(k) };

	random_state = 7;
	d.nx = (size_t)d.c.n * volume(d.c.in, d.c.axes) * (size_t)d.c.c_in;
	d.ny = (size_t)d.c.n * volume(d.c.out, d.c.axes) * (size_t)d.c.c_out;
	d.nw = (size_t)d.c.c_out * (size_t)(d.c.c_in / d.c.groups) * volume(d.c.kernel, d.c.axes);
	d.x = buffer(d.nx);
	d.y = buffer(d.ny);
	d.w = buffer(d.nw);
	return d;
}

static void conv_data_free(struct conv_data *d)
{
	buffer_free(d->x);
	buffer_free(d->y);
	buffer_free(d->w);
}

static const struct finish_case {
	float slope, beta;
} finish_cases[] = { { ACT_NONE, 0 }, { 0, 0 }, { 0.02f, 0 }, { ACT_NONE, 1 }, { 0, 1 } };

/* Runs one kernel on a fresh result with every backend, twice, and compares with the formula. */
struct trial {
	size_t n;
	float beta;
	double allowed;
	void (*reference)(const void *arg, float *result);
	void (*kernel)(struct backend *, const void *arg, float *result);
	const void *arg;
};

static void try_all(const struct trial *t, const char *what)
{
	float *old = buffer(t->n), *want = copy_of(old, t->n);
	char text[256];

	nan_if(t->beta == 0, old, t->n);
	t->reference(t->arg, want);
	for (int b = 0; b < BACKENDS; b++) {
		struct backend *be = open_case(b);
		float *got = copy_of(old, t->n), *again = copy_of(old, t->n);

		snprintf(text, sizeof text, "%s, beta %g, %s", what, (double)t->beta, case_name(b));
		t->kernel(be, t->arg, got);
		t->kernel(be, t->arg, again);
		ck_assert_msg(backend_ok(be), "%s: %s", text, be->failure);
		assert_close(got, want, t->n, t->allowed, text);
		assert_same_bits(got, again, t->n, text);
		buffer_free(got);
		buffer_free(again);
		backend_close(be);
	}
	buffer_free(old);
	buffer_free(want);
}

struct conv_arg {
	const struct conv_data *d;
	float slope, beta;
};

static void reference_conv(const void *arg, float *y)
{
	const struct conv_arg *a = arg;

	ref_conv(&a->d->c, y, a->d->x, a->d->w, a->slope, a->beta);
}

static void kernel_conv(struct backend *be, const void *arg, float *y)
{
	const struct conv_arg *a = arg;

	be->k->conv(be, &a->d->c, y, a->d->x, a->d->w, a->slope, a->beta);
}

static void reference_data(const void *arg, float *dx)
{
	const struct conv_arg *a = arg;

	ref_conv_backward_data(&a->d->c, dx, a->d->y, a->d->w, a->beta);
}

static void kernel_data(struct backend *be, const void *arg, float *dx)
{
	const struct conv_arg *a = arg;

	be->k->conv_backward_data(be, &a->d->c, dx, a->d->y, a->d->w, a->beta);
}

static void reference_weights(const void *arg, float *dw)
{
	const struct conv_arg *a = arg;

	ref_conv_backward_weights(&a->d->c, dw, a->d->x, a->d->y, a->beta);
}

static void kernel_weights(struct backend *be, const void *arg, float *dw)
{
	const struct conv_arg *a = arg;

	be->k->conv_backward_weights(be, &a->d->c, dw, a->d->x, a->d->y, a->beta);
}

static const char *conv_text(const char *what, const struct conv *c)
{
	static char text[160];

	snprintf(text, sizeof text, "%s n %d in %dx%dx%d channels %d -> %d groups %d kernel %dx%dx%d stride %d dilation %dx%dx%d", what,
		c->n, c->in[0], c->in[1], c->in[2], c->c_in, c->c_out, c->groups, c->kernel[0], c->kernel[1], c->kernel[2], c->stride[0],
		c->dilation[0], c->dilation[1], c->dilation[2]);
	return text;
}

START_TEST(conv_matches_the_formula)
{
	struct conv_data d = conv_data(&conv_cases[_i]);
	double products = (double)(d.c.c_in / d.c.groups) * (double)volume(d.c.kernel, d.c.axes);

	for (size_t i = 0; i < sizeof(finish_cases) / sizeof(finish_cases[0]); i++) {
		struct conv_arg a = { &d, finish_cases[i].slope, finish_cases[i].beta };
		struct trial t = { d.ny, a.beta, tolerance(products), reference_conv, kernel_conv, &a };

		try_all(&t, conv_text("conv", &d.c));
	}
	conv_data_free(&d);
}
END_TEST

START_TEST(conv_backward_data_matches_the_formula)
{
	struct conv_data d = conv_data(&conv_cases[_i]);
	double products = (double)(d.c.c_out / d.c.groups) * (double)volume(d.c.kernel, d.c.axes);

	for (int beta = 0; beta <= 1; beta++) {
		struct conv_arg a = { &d, ACT_NONE, (float)beta };
		struct trial t = { d.nx, a.beta, tolerance(products), reference_data, kernel_data, &a };

		try_all(&t, conv_text("backward data", &d.c));
	}
	conv_data_free(&d);
}
END_TEST

START_TEST(conv_backward_weights_matches_the_formula)
{
	struct conv_data d = conv_data(&conv_cases[_i]);
	double products = (double)d.c.n * (double)volume(d.c.out, d.c.axes);

	for (int beta = 0; beta <= 1; beta++) {
		struct conv_arg a = { &d, ACT_NONE, (float)beta };
		struct trial t = { d.nw, a.beta, tolerance(products), reference_weights, kernel_weights, &a };

		try_all(&t, conv_text("backward weights", &d.c));
	}
	conv_data_free(&d);
}
END_TEST

START_TEST(linear_and_its_gradients_match_the_formula)
{
	static const struct { int n, in, out; } cases[] = { { 1, 1, 1 }, { 64, 96, 10 }, { 5, 37, 100 }, { 17, 16, 16 } };

	for (size_t k = 0; k < sizeof(cases) / sizeof(cases[0]); k++)
		for (int b = 0; b < BACKENDS; b++)
			for (int beta = 0; beta <= 1; beta++) {
				int n = cases[k].n, in = cases[k].in, out = cases[k].out;
				size_t nx = (size_t)(n * in), nw = (size_t)(out * in), ny = (size_t)(n * out), nb = (size_t)out;
				float *x = buffer(nx), *w = buffer(nw), *bias = buffer(nb), *y = buffer(ny), *want = buffer(ny);
				float *dx = buffer(nx), *dw = buffer(nw), *db = buffer(nb);
				float *dx_want = copy_of(dx, nx), *dw_want = copy_of(dw, nw), *db_want = copy_of(db, nb);
				struct backend *be = open_case(b);
				float bt = (float)beta;

				nan_if(true, y, ny);
				nan_if(!beta, dx, nx);
				nan_if(!beta, dw, nw);
				nan_if(!beta, db, nb);
				be->k->linear(be, y, x, w, bias, n, in, out);
				ref_linear(want, x, w, bias, n, in, out);
				assert_close(y, want, ny, tolerance(in), "linear");
				be->k->linear_backward(be, dx, dw, db, y, x, w, n, in, out, bt, bt, bt);
				ref_linear_backward(dx_want, dw_want, db_want, y, x, w, n, in, out, bt, bt, bt);
				assert_close(dx, dx_want, nx, 4 * tolerance(out), "linear dx");
				assert_close(dw, dw_want, nw, 4 * tolerance(n), "linear dw");
				assert_close(db, db_want, nb, 4 * tolerance(n), "linear db");
				be->k->linear_backward(be, NULL, NULL, NULL, y, x, w, n, in, out, 0, 0, 0);
				ck_assert(backend_ok(be));
				backend_close(be);
				float *all[] = { x, w, bias, y, want, dx, dw, db, dx_want, dw_want, db_want };

				for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
					buffer_free(all[i]);
			}
}
END_TEST

static const struct pool pool_cases[] = {
	{ 2, 1, 1, { 1, 1 }, { 1, 1 } },
	{ 2, 3, 8, { 7, 7 }, { 4, 4 } },
	{ 2, 5, 20, { 14, 13 }, { 7, 7 } },
	{ 2, 64, 48, { 32, 32 }, { 16, 16 } },
	{ 3, 2, 5, { 3, 4, 5 }, { 2, 2, 3 } },
	{ 3, 2, 16, { 8, 8, 8 }, { 4, 4, 4 } },
};

START_TEST(pool_and_its_gradient_match_the_formula)
{
	const struct pool *p = &pool_cases[_i];
	size_t nx = (size_t)p->n * volume(p->in, p->axes) * (size_t)p->c, ny = (size_t)p->n * volume(p->out, p->axes) * (size_t)p->c;

	for (int b = 0; b < BACKENDS; b++)
		for (int beta = 0; beta <= 1; beta++) {
			struct backend *be = open_case(b);
			float *x = buffer(nx), *y = buffer(ny), *want = buffer(ny), *dx = buffer(nx), *dx_want = copy_of(dx, nx);

			nan_if(true, y, ny);
			nan_if(!beta, dx, nx);
			be->k->pool(be, p, y, x);
			ref_pool(p, want, x);
			assert_close(y, want, ny, tolerance(8), "pool");
			be->k->pool_backward(be, p, dx, y, (float)beta);
			ref_pool_backward(p, dx_want, y, (float)beta);
			assert_close(dx, dx_want, nx, tolerance(1), "pool backward");
			backend_close(be);
			buffer_free(x);
			buffer_free(y);
			buffer_free(want);
			buffer_free(dx);
			buffer_free(dx_want);
		}
}
END_TEST

START_TEST(global_pool_and_its_gradient_match_the_formula)
{
	static const struct { int n, pixels, c; } cases[] = { { 1, 1, 1 }, { 3, 49, 10 }, { 64, 16, 128 }, { 50, 64, 230 } };

	for (int b = 0; b < BACKENDS; b++) {
		int n = cases[_i].n, pixels = cases[_i].pixels, c = cases[_i].c;
		size_t nx = (size_t)n * (size_t)pixels * (size_t)c, ny = (size_t)n * (size_t)c;
		struct backend *be = open_case(b);
		float *x = buffer(nx), *y = buffer(ny), *want = buffer(ny), *dx = buffer(nx), *dx_want = copy_of(dx, nx);

		nan_if(true, y, ny);
		be->k->global_pool(be, y, x, n, pixels, c);
		ref_global_pool(want, x, n, pixels, c);
		assert_close(y, want, ny, tolerance(pixels), "global pool");
		for (int beta = 1; beta >= 0; beta--) {
			nan_if(!beta, dx, nx);
			be->k->global_pool_backward(be, dx, y, n, pixels, c, (float)beta);
			ref_global_pool_backward(dx_want, y, n, pixels, c, (float)beta);
			assert_close(dx, dx_want, nx, tolerance(1), "global pool backward");
		}
		backend_close(be);
		buffer_free(x);
		buffer_free(y);
		buffer_free(want);
		buffer_free(dx);
		buffer_free(dx_want);
	}
}
END_TEST

static const struct norm_case {
	size_t rows;
	int c;
	float offset;                    /* of the channels' mean: 300 standard deviations must not eat the variance */
	float slope;
	bool batch;
	float beta;
} norm_cases[] = {
	{ 1, 1, 0, ACT_NONE, true, 0 },
	{ 5, 3, 0, 0, true, 0 },
	{ 300, 24, 0, 0, true, 1 },
	{ 4000, 37, 0, 0.02f, true, 0 },
	{ 3136, 64, 100, ACT_NONE, true, 1 },
	{ 3136, 130, 0, 0, false, 0 },
	{ 77, 16, 1, 0, false, 1 },
};

START_TEST(batch_norm_and_its_gradients_match_the_formula)
{
	const struct norm_case *k = &norm_cases[_i];
	size_t c = (size_t)k->c, n = k->rows * c;
	const float epsilon = 1e-5f;

	for (int b = 0; b < BACKENDS; b++) {
		struct backend *be = open_case(b);
		float *x = buffer(n), *y = buffer(n), *y_want = buffer(n), *dy = buffer(n), *dx = buffer(n), *dx_want = copy_of(dx, n);
		float *mean = buffer(c), *variance = buffer(c), *gamma = buffer(c), *shift = buffer(c), *dgamma = buffer(c), *dshift = buffer(c);
		float *mean_want, *variance_want, *dgamma_want = copy_of(dgamma, c), *dshift_want = copy_of(dshift, c), *scratch = buffer(2 * c);

		for (size_t i = 0; i < n; i++)
			x[i] += k->offset;
		for (size_t i = 0; i < c; i++)
			variance[i] = fabsf(variance[i]) + 0.1f;
		mean_want = copy_of(mean, c);
		variance_want = copy_of(variance, c);
		nan_if(true, y, n);
		nan_if(k->batch, mean, c);
		nan_if(k->batch, variance, c);
		nan_if(k->beta == 0, dx, n);
		nan_if(k->beta == 0, dgamma, c);
		nan_if(k->beta == 0, dshift, c);
		be->k->batch_norm(be, y, mean, variance, x, gamma, shift, epsilon, k->slope, k->batch, k->rows, k->c);
		ref_batch_norm(y_want, mean_want, variance_want, x, gamma, shift, epsilon, k->slope, k->batch, k->rows, k->c);
		/* y comes from x a + b, each rounded at the size of the offset over the deviation 0.58 */
		double coarse = 1e-6 * (1 + 2 * (double)k->offset);

		assert_close(mean, mean_want, c, 1e-6, "batch norm mean");
		assert_close(variance, variance_want, c, 1e-5, "batch norm variance");
		assert_close(y, y_want, n, 4 * coarse, "batch norm");
		be->k->batch_norm_backward(be, dx, dgamma, dshift, dy, x, y, mean, variance, gamma, epsilon, k->slope, k->batch, k->rows, k->c,
			k->beta, k->beta, k->beta, scratch);
		ref_batch_norm_backward(dx_want, dgamma_want, dshift_want, dy, x, y, mean, variance, gamma, epsilon, k->slope, k->batch,
			k->rows, k->c, k->beta, k->beta, k->beta);
		assert_close(dx, dx_want, n, 2e-5, "batch norm dx");
		/* sums of `rows` terms, in blocks of 64 */
		assert_close(dgamma, dgamma_want, c, 1e-5 + 2e-8 * (double)k->rows, "batch norm dgamma");
		assert_close(dshift, dshift_want, c, 1e-5 + 2e-8 * (double)k->rows, "batch norm dshift");
		be->k->batch_norm_backward(be, NULL, NULL, NULL, dy, x, y, mean, variance, gamma, epsilon, k->slope, k->batch, k->rows, k->c,
			0, 0, 0, scratch);
		ck_assert(backend_ok(be));
		backend_close(be);
		float *all[] = { x, y, y_want, dy, dx, dx_want, mean, variance, gamma, shift, dgamma, dshift, mean_want, variance_want,
			dgamma_want, dshift_want, scratch };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			buffer_free(all[i]);
	}
}
END_TEST

START_TEST(batch_norm_of_a_constant_channel_is_the_shift)
{
	struct backend *be = open_case(0);
	float *x = buffer(1000), *y = buffer(1000), mean, variance, gamma = 3, shift = 0.25f;

	for (int i = 0; i < 1000; i++)
		x[i] = 1234.567f;
	be->k->batch_norm(be, y, &mean, &variance, x, &gamma, &shift, 1e-5f, ACT_NONE, true, 1000, 1);
	ck_assert(variance == 0 && mean == 1234.567f);
	for (int i = 0; i < 1000; i++)
		ck_assert(fabsf(y[i] - 0.25f) < 0.1f);   /* x a + b cancels at 1234 * 3 / sqrt(1e-5) = 1.2e6 */
	backend_close(be);
	buffer_free(x);
	buffer_free(y);
}
END_TEST

START_TEST(channels_matches_the_formula_and_keeps_the_order)
{
	static const struct channel_range ranges[] = {
		{ 0, 8, 8, 0 }, { 8, 16, 8, 0 },                         /* neighbours on both sides */
		{ 0, 0, 3, 1 },                                          /* adds to what the first wrote */
		{ 16, 5, 17, 0 }, { 40, 0, 1, 1 }, { 20, 8, 16, 1 },
	};
	enum { TO = 43, FROM = 29, COUNT = sizeof(ranges) / sizeof(ranges[0]) };
	size_t rows = _i == 0 ? 1 : _i == 1 ? 31 : 20000;

	for (int b = 0; b < BACKENDS; b++) {
		struct backend *be = open_case(b);
		float *to = buffer(rows * TO), *from = buffer(rows * FROM), *want = copy_of(to, rows * TO);

		for (size_t r = 0; r < rows; r++)
			for (int i = 0; i < 16; i++)
				to[r * TO + (size_t)i] = NAN;
		be->k->channels(be, to, TO, from, FROM, ranges, COUNT, rows);
		ref_channels(want, TO, from, FROM, ranges, COUNT, rows);
		assert_close(to, want, rows * TO, 1e-7, "channels");
		backend_close(be);
		buffer_free(to);
		buffer_free(from);
		buffer_free(want);
	}
}
END_TEST

START_TEST(channels_takes_any_number_of_ranges)
{
	enum { COUNT = 700, ROWS = 3 };
	static struct channel_range ranges[COUNT];
	struct backend *be = open_case(0);
	float *to = buffer(ROWS * COUNT), *from = buffer(ROWS * COUNT), *want = copy_of(to, ROWS * COUNT);

	for (int i = 0; i < COUNT; i++)
		ranges[i] = (struct channel_range){ COUNT - 1 - i, i, 1, (float)(i % 2) };
	be->k->channels(be, to, COUNT, from, COUNT, ranges, COUNT, ROWS);
	ref_channels(want, COUNT, from, COUNT, ranges, COUNT, ROWS);
	assert_close(to, want, ROWS * COUNT, 1e-7, "channels");
	backend_close(be);
	buffer_free(to);
	buffer_free(from);
	buffer_free(want);
}
END_TEST

static const struct box_case {
	struct box box;
	size_t larger;
} box_cases[] = {
	{ { 1, { 1 }, { 1 }, 0 }, 1 },
	{ { 1, { 100 }, { 1 }, 5 }, 105 },
	{ { 2, { 7, 9 }, { 20, 1 }, 3 }, 200 },
	{ { 4, { 16, 8, 3, 3 }, { 64 * 49, 49, 7, 1 }, 16 }, 16 * 64 * 49 },      /* central taps of a shared weight */
	{ { 4, { 16, 8, 1, 5 }, { 64 * 49, 49, 7, 1 }, 22 }, 16 * 64 * 49 },
	{ { 4, { 3, 8, 5, 32 }, { 20 * 256, 32, 256, 1 }, 512 }, 3 * 20 * 256 },  /* tiles of the HyperNet's output, axes exchanged */
	{ { 3, { 4, 1, 6 }, { 10, 77, 1 }, 0 }, 50 },
	{ { 5, { 64, 32, 3, 3, 3 }, { 32 * 125, 125, 25, 5, 1 }, 31 }, 64 * 32 * 125 },
	{ { 2, { 3, 5 }, { 1, 3 }, 0 }, 15 },                                    /* transposed */
	{ { 2, { 0, 5 }, { 1, 3 }, 0 }, 15 },                                    /* nothing */
};

START_TEST(gather_and_scatter_match_the_formula)
{
	const struct box *box = &box_cases[_i].box;
	size_t n = volume(box->count, box->dims), larger = box_cases[_i].larger;

	for (int b = 0; b < BACKENDS; b++)
		for (int beta = 0; beta <= 1; beta++) {
			struct backend *be = open_case(b);
			float *x = buffer(larger), *y = buffer(n), *x_want = copy_of(x, larger), *y_want = copy_of(y, n);

			be->k->scatter(be, x, y, box, (float)beta);
			ref_scatter(x_want, y_want, box, (float)beta);
			assert_close(x, x_want, larger, 1e-7, "scatter");
			nan_if(!beta, y, n);
			be->k->gather(be, y, x, box, (float)beta);
			ref_gather(y_want, x_want, box, (float)beta);
			assert_close(y, y_want, n, 1e-7, "gather");
			backend_close(be);
			buffer_free(x);
			buffer_free(y);
			buffer_free(x_want);
			buffer_free(y_want);
		}
}
END_TEST

static const size_t pointwise_sizes[] = { 0, 1, 3, 16, 37, 1000, 200003 };

START_TEST(pointwise_matches_the_formula)
{
	size_t n = pointwise_sizes[_i];

	for (int b = 0; b < BACKENDS; b++)
		for (int beta = 0; beta <= 1; beta++) {
			struct backend *be = open_case(b);
			float *x = buffer(n), *dy = buffer(n), *y = buffer(n), *want = copy_of(y, n), bt = (float)beta;

			nan_if(!beta, y, n);
			be->k->axpby(be, y, 0.3f, x, bt, n);
			for (size_t i = 0; i < n; i++)
				want[i] = 0.3f * x[i] + (beta ? want[i] : 0);
			assert_close(y, want, n, 1e-6, "axpby");
			nan_if(!beta, y, n);
			be->k->act_backward(be, y, dy, x, 0.02f, bt, n);
			ref_act_backward(want, dy, x, 0.02f, bt, n);
			assert_close(y, want, n, 1e-6, "act backward");
			be->k->act_backward(be, dy, dy, x, 0, 0, n);
			be->k->act(be, y, x, 0.02f, n);
			ref_act(want, x, 0.02f, n);
			assert_close(y, want, n, 1e-7, "act");
			be->k->act(be, x, x, 0, n);
			ref_act(want, x, 0, n);
			assert_close(x, want, n, 1e-7, "act in place");
			be->k->fill(be, y, beta ? 2.5f : 0, n);
			for (size_t i = 0; i < n; i++)
				want[i] = beta ? 2.5f : 0;
			assert_close(y, want, n, 0, "fill");
			backend_close(be);
			buffer_free(x);
			buffer_free(dy);
			buffer_free(y);
			buffer_free(want);
		}
}
END_TEST

START_TEST(dot_sums_the_products_of_each_row)
{
	enum { DOT_ROWS = 3 };
	size_t n = pointwise_sizes[_i];

	for (int b = 0; b < BACKENDS; b++) {
		struct backend *be = open_case(b);
		float *x = buffer(DOT_ROWS * n), *z = buffer(DOT_ROWS * n), y[DOT_ROWS] = { NAN, NAN, NAN };

		be->k->dot(be, y, x, z, DOT_ROWS, n);
		for (int r = 0; r < DOT_ROWS; r++) {
			double want = 0, size = 0;

			for (size_t i = r * n; i < (r + 1) * n; i++) {
				want += (double)x[i] * (double)z[i];
				size += fabs((double)x[i] * (double)z[i]);
			}
			ck_assert(fabs((double)y[r] - want) <= 1e-6 * size);
		}
		backend_close(be);
		buffer_free(x);
		buffer_free(z);
	}
}
END_TEST

START_TEST(normalize_and_its_gradient_match_the_formula)
{
	size_t n = pointwise_sizes[_i];

	for (int b = 0; b < BACKENDS; b++)
		for (int beta = 0; beta <= 1; beta++) {
			struct backend *be = open_case(b);
			float *x = buffer(n), *y = buffer(n), *want = buffer(n), *dy = buffer(n), *dx = buffer(n), *dx_want = copy_of(dx, n);
			float norm = NAN, norm_want;

			nan_if(true, y, n);
			nan_if(!beta, dx, n);
			be->k->normalize(be, y, &norm, x, 1e-6f, n);
			ref_normalize(want, &norm_want, x, 1e-6f, n);
			ck_assert(fabsf(norm - norm_want) <= 1e-6f * norm_want);
			assert_close(y, want, n, 1e-6, "normalize");
			be->k->normalize_backward(be, dx, dy, y, &norm, 1e-6f, (float)beta, n);
			ref_normalize_backward(dx_want, dy, y, &norm, 1e-6f, (float)beta, n);
			assert_close(dx, dx_want, n, 4e-6, "normalize backward");
			backend_close(be);
			buffer_free(x);
			buffer_free(y);
			buffer_free(want);
			buffer_free(dy);
			buffer_free(dx);
			buffer_free(dx_want);
		}
}
END_TEST

START_TEST(normalize_leaves_zero_as_zero)
{
	struct backend *be = open_case(0);
	float x[20] = { 0 }, y[20], dx[20], dy[20], norm;

	for (int i = 0; i < 20; i++)
		dy[i] = (float)i;
	be->k->normalize(be, y, &norm, x, 1e-6f, 20);
	be->k->normalize_backward(be, dx, dy, y, &norm, 1e-6f, 0, 20);
	for (int i = 0; i < 20; i++) {
		ck_assert(y[i] == 0);
		ck_assert(fabsf(dx[i] - (float)i * 1e6f) <= 1e-6f * (float)i * 1e6f);
	}
	backend_close(be);
}
END_TEST

START_TEST(cross_entropy_and_its_gradient_match_the_formula)
{
	static const struct { int n, classes; float scale; } cases[] = { { 1, 1, 1 }, { 3, 2, 1 }, { 64, 10, 5 }, { 5, 100, 80 } };
	int n = cases[_i].n, classes = cases[_i].classes;
	size_t count = (size_t)(n * classes), rows = (size_t)n;
	struct backend *be = open_case(0);
	float *logits = buffer(count), *loss = buffer(rows), *wrong = buffer(rows), *dloss = buffer(rows), *d = buffer(count);
	float *loss_want = buffer(rows), *wrong_want = buffer(rows), *d_want = copy_of(d, count);
	int32_t label[64];

	for (int i = 0; i < n; i++)
		label[i] = i % classes;
	for (size_t i = 0; i < count; i++)
		logits[i] *= cases[_i].scale;
	if (classes >= 10)
		logits[3] = logits[5] = 90;          /* the first of equals */
	be->k->cross_entropy(be, loss, wrong, logits, label, n, classes);
	ref_cross_entropy(loss_want, wrong_want, logits, label, n, classes);
	assert_close(loss, loss_want, rows, 2e-6, "cross entropy");
	assert_close(wrong, wrong_want, rows, 0, "wrong");
	for (int beta = 1; beta >= 0; beta--) {
		nan_if(!beta, d, count);
		be->k->cross_entropy_backward(be, d, dloss, logits, label, n, classes, (float)beta);
		ref_cross_entropy_backward(d_want, dloss, logits, label, n, classes, (float)beta);
		assert_close(d, d_want, count, 2e-6, "cross entropy backward");
	}
	backend_close(be);
	float *all[] = { logits, loss, wrong, dloss, d, loss_want, wrong_want, d_want };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buffer_free(all[i]);
}
END_TEST

START_TEST(optimisers_match_the_formula)
{
	size_t n = pointwise_sizes[_i];

	for (int b = 0; b < BACKENDS; b++) {
		struct backend *be = open_case(b);
		float *w = buffer(n), *m = buffer(n), *v = buffer(n), *g = buffer(n), *w_want, *m_want, *v_want;

		for (size_t i = 0; i < n; i++)
			v[i] = fabsf(v[i]);
		w_want = copy_of(w, n);
		m_want = copy_of(m, n);
		v_want = copy_of(v, n);
		for (int64_t t = 1; t <= 3; t++) {
			struct adam a = { 1e-3f, 0.5f, 0.999f, 1e-8f, t };
			struct sgd s = { 0.1f, 0.9f, 1e-4f };

			be->k->adam(be, w, m, v, g, &a, n);
			ref_adam(w_want, m_want, v_want, g, &a, n);
			be->k->sgd(be, w, m, g, &s, n);
			ref_sgd(w_want, m_want, g, &s, n);
		}
		assert_close(w, w_want, n, 2e-6, "weights");
		assert_close(m, m_want, n, 2e-6, "first moment");
		assert_close(v, v_want, n, 2e-6, "second moment");
		backend_close(be);
		float *all[] = { w, m, v, g, w_want, m_want, v_want };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			buffer_free(all[i]);
	}
}
END_TEST

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
	ck_assert(backend_ok(be));
	backend_close(be);
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

/* A network that is new at every step meets new shapes without end: the primitives kept are bounded. */
START_TEST(more_shapes_than_the_library_keeps_still_work)
{
	struct backend *be = open_case(BACKENDS - 1);

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < 300; i++) {
			struct conv_case k = { 2, 1, { 2 + i / 20, 2 + i % 20 }, 2, 3, 1, { 3, 3 }, 1, { 1, 1 } };
			struct conv_data d = conv_data(&k);
			float *want = buffer(d.ny);

			be->k->conv(be, &d.c, d.y, d.x, d.w, 0, 0);
			ref_conv(&d.c, want, d.x, d.w, 0, 0);
			assert_close(d.y, want, d.ny, tolerance(18), "conv");
			buffer_free(want);
			conv_data_free(&d);
		}
	ck_assert(backend_ok(be));
	backend_close(be);
}
END_TEST

#define ROWS(a) (int)(sizeof(a) / sizeof((a)[0]))

int main(void)
{
	const struct {
		const char *name;
		const TTest *test;
		int rows;                        /* 1 where the test has no table */
	} tests[] = {
		{ "conv", conv_matches_the_formula, CONV_CASES },
		{ "conv", conv_backward_data_matches_the_formula, CONV_CASES },
		{ "conv", conv_backward_weights_matches_the_formula, CONV_CASES },
		{ "conv", more_shapes_than_the_library_keeps_still_work, 1 },
		{ "linear", linear_and_its_gradients_match_the_formula, 1 },
		{ "pool", pool_and_its_gradient_match_the_formula, ROWS(pool_cases) },
		{ "pool", global_pool_and_its_gradient_match_the_formula, 4 },
		{ "batch norm", batch_norm_and_its_gradients_match_the_formula, ROWS(norm_cases) },
		{ "batch norm", batch_norm_of_a_constant_channel_is_the_shift, 1 },
		{ "move", channels_matches_the_formula_and_keeps_the_order, 3 },
		{ "move", channels_takes_any_number_of_ranges, 1 },
		{ "move", gather_and_scatter_match_the_formula, ROWS(box_cases) },
		{ "pointwise", pointwise_matches_the_formula, ROWS(pointwise_sizes) },
		{ "pointwise", dot_sums_the_products_of_each_row, ROWS(pointwise_sizes) },
		{ "pointwise", normalize_and_its_gradient_match_the_formula, ROWS(pointwise_sizes) },
		{ "pointwise", normalize_leaves_zero_as_zero, 1 },
		{ "pointwise", cross_entropy_and_its_gradient_match_the_formula, 4 },
		{ "pointwise", optimisers_match_the_formula, ROWS(pointwise_sizes) },
		{ "backend", memory_is_aligned_counted_and_refused_with_the_bytes_asked, 1 },
		{ "team", a_team_runs_every_part_of_every_call_once, 1 },
		{ "backend", a_device_that_is_not_there_is_named, 1 },
	};
	Suite *suite = suite_create("kernels");
	SRunner *runner;
	int failed;

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++) {
		TCase *tc = tcase_create(tests[i].name);

		tcase_set_timeout(tc, 120);
		tcase_add_loop_test(tc, tests[i].test, 0, tests[i].rows);
		suite_add_tcase(suite, tc);
	}
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
