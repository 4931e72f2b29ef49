/* kernel_cases_conv.c -- cases of convolutions and of what is fully connected. */
#include <stdio.h>

#include "tests/kernel_rig.h"
#include "tests/ref.h"

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

struct conv_data {
	struct conv c;
	size_t nx, ny, nw;
	float *x, *y, *w;
};

static struct conv_data conv_data(const struct conv_case *k)
{
	struct conv_data d = { .c = conv_of(k) };

	random_restart();
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
		for (int b = 0; b < rig.backends; b++)
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
							close_case(be);
				float *all[] = { x, w, bias, y, want, dx, dw, db, dx_want, dw_want, db_want };

				for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
					buffer_free(all[i]);
			}
}
END_TEST

/* A network that is new at every step meets new shapes without end: what is kept for a shape is bounded. */
START_TEST(more_shapes_than_are_kept_still_work)
{
	struct backend *be = open_case(_i);

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
	close_case(be);
}
END_TEST

void add_conv_cases(Suite *suite)
{
	const struct case_row rows[] = {
		{ "conv", conv_matches_the_formula, CONV_CASES },
		{ "conv", conv_backward_data_matches_the_formula, CONV_CASES },
		{ "conv", conv_backward_weights_matches_the_formula, CONV_CASES },
		{ "conv", more_shapes_than_are_kept_still_work, rig.backends },
		{ "linear", linear_and_its_gradients_match_the_formula, 1 },
	};

	add_cases(suite, rows, sizeof(rows) / sizeof(rows[0]));
}
