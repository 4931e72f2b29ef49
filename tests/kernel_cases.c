/* kernel_cases.c -- cases of all kernels but convolutions and what is fully connected. */
#include <math.h>
#include <stdlib.h>

#include "tests/kernel_rig.h"
#include "tests/ref.h"

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

	for (int b = 0; b < rig.backends; b++)
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
			close_case(be);
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
	static const struct { int n, pixels, c; } cases[] = { { 1, 1, 1 }, { 3, 49, 10 }, { 64, 16, 128 }, { 50, 64, 230 }, { 700, 4, 3 } };

	for (int b = 0; b < rig.backends; b++) {
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
		close_case(be);
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

	for (int b = 0; b < rig.backends; b++) {
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
		/* y may come from x a + b, each rounded at the size of x over the deviation */
		double least = INFINITY, coarse;

		for (size_t i = 0; i < c; i++)
			least = fmin(least, (double)variance_want[i]);
		coarse = 6e-7 * (1 + (double)k->offset) / sqrt(least + (double)epsilon);

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
			close_case(be);
		float *all[] = { x, y, y_want, dy, dx, dx_want, mean, variance, gamma, shift, dgamma, dshift, mean_want, variance_want,
			dgamma_want, dshift_want, scratch };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			buffer_free(all[i]);
	}
}
END_TEST

START_TEST(batch_norm_of_a_constant_channel_is_the_shift)
{
	size_t rows = _i % 2 == 0 ? 1000 : 5000;
	struct backend *be = open_case(_i / 2);
	float *x = buffer(rows), *y = buffer(rows), *mean = buffer(1), *variance = buffer(1), *gamma = buffer(1), *shift = buffer(1);

	*gamma = 3;
	*shift = 0.25f;
	for (size_t i = 0; i < rows; i++)
		x[i] = 1234.567f;
	be->k->batch_norm(be, y, mean, variance, x, gamma, shift, 1e-5f, ACT_NONE, true, rows, 1);
	case_sync();
	ck_assert(*variance == 0 && *mean == 1234.567f);
	for (size_t i = 0; i < rows; i++)
		if (!(fabsf(y[i] - 0.25f) < 0.1f))       /* x a + b cancels at 1234 * 3 / sqrt(1e-5) = 1.2e6 */
			ck_abort_msg("row %zu is %g", i, (double)y[i]);
	close_case(be);
	float *all[] = { x, y, mean, variance, gamma, shift };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buffer_free(all[i]);
}
END_TEST

static const struct channels_case {
	int to, from, count;
	struct channel_range range[8];
} channels_cases[] = {
	{ 43, 29, 7, {
		{ 0, 4, 2, 1 },                                          /* adds to what is not read in the end: the next one overwrites it */
		{ 0, 8, 8, 0 }, { 8, 16, 8, 0 },                         /* neighbours on both sides */
		{ 0, 0, 3, 1 },                                          /* adds to what another wrote */
		{ 16, 5, 17, 0 }, { 40, 0, 1, 1 }, { 20, 8, 16, 1 } } },
	{ 48, 32, 4, { { 0, 8, 8, 0 }, { 8, 20, 12, 0 }, { 4, 0, 12, 1 }, { 32, 28, 4, 1 } } },     /* whole vectors */
	{ 48, 32, 4, { { 0, 8, 8, 0 }, { 8, 19, 12, 0 }, { 4, 0, 12, 1 }, { 32, 28, 4, 1 } } },     /* one of them from an odd channel */
	{ 48, 32, 2, { { 0, 8, 16, 0 }, { 14, 0, 12, 1 } } },                                       /* to an odd one */
};

START_TEST(channels_matches_the_formula_and_keeps_the_order)
{
	const struct channels_case *k = &channels_cases[_i / 3];
	size_t rows = _i % 3 == 0 ? 1 : _i % 3 == 1 ? 31 : 5000, to_count = rows * (size_t)k->to, from_count = rows * (size_t)k->from;

	for (int b = 0; b < rig.backends; b++) {
		struct backend *be = open_case(b);
		float *to = buffer(to_count), *from = buffer(from_count), *want;

		for (size_t r = 0; r < rows; r++)
			nan_if(true, to + r * (size_t)k->to, 8);
		want = copy_of(to, to_count);
		be->k->channels(be, to, k->to, from, k->from, k->range, k->count, rows);
		ref_channels(want, k->to, from, k->from, k->range, k->count, rows);
		assert_close(to, want, to_count, 1e-7, "channels");
		close_case(be);
		buffer_free(to);
		buffer_free(from);
		buffer_free(want);
	}
}
END_TEST

/* Each range meets the one before it in a channel. */
START_TEST(channels_takes_any_number_of_ranges)
{
	enum { COUNT = 700, PIXELS = 3, TO = 2 * COUNT + 1, FROM = COUNT + 2 };
	static struct channel_range ranges[COUNT];
	struct backend *be = open_case(_i);
	float *to = buffer(PIXELS * TO), *from = buffer(PIXELS * FROM), *want = copy_of(to, PIXELS * TO);

	for (int i = 0; i < COUNT; i++)
		ranges[i] = (struct channel_range){ 2 * (COUNT - 1 - i), i, 3, (float)(i % 2) };
	be->k->channels(be, to, TO, from, FROM, ranges, COUNT, PIXELS);
	ref_channels(want, TO, from, FROM, ranges, COUNT, PIXELS);
	assert_close(to, want, PIXELS * TO, 1e-7, "channels");
	close_case(be);
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

	for (int b = 0; b < rig.backends; b++)
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
			close_case(be);
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

	for (int b = 0; b < rig.backends; b++)
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
			close_case(be);
			buffer_free(x);
			buffer_free(dy);
			buffer_free(y);
			buffer_free(want);
		}
}
END_TEST

START_TEST(dot_sums_the_products_of_each_row)
{
	size_t n = pointwise_sizes[_i], rows = n == 37 ? 300 : 3;

	for (int b = 0; b < rig.backends; b++) {
		struct backend *be = open_case(b);
		float *x = buffer(rows * n), *z = buffer(rows * n), *y = buffer(rows);

		nan_if(true, y, rows);
		be->k->dot(be, y, x, z, rows, n);
		case_sync();
		for (size_t r = 0; r < rows; r++) {
			double want = 0, size = 0;

			for (size_t i = r * n; i < (r + 1) * n; i++) {
				want += (double)x[i] * (double)z[i];
				size += fabs((double)x[i] * (double)z[i]);
			}
			if (!(fabs((double)y[r] - want) <= 1e-6 * size))
				ck_abort_msg("row %zu of %zu, n %zu, is %.8g, not %.8g", r, rows, n, (double)y[r], want);
		}
		close_case(be);
		buffer_free(x);
		buffer_free(y);
		buffer_free(z);
	}
}
END_TEST

START_TEST(normalize_and_its_gradient_match_the_formula)
{
	size_t n = pointwise_sizes[_i];

	for (int b = 0; b < rig.backends; b++)
		for (int beta = 0; beta <= 1; beta++) {
			struct backend *be = open_case(b);
			float *x = buffer(n), *y = buffer(n), *want = buffer(n), *dy = buffer(n), *dx = buffer(n), *dx_want = copy_of(dx, n);
			float *norm = buffer(1), norm_want;

			nan_if(true, y, n);
			nan_if(!beta, dx, n);
			nan_if(true, norm, 1);
			be->k->normalize(be, y, norm, x, 1e-6f, n);
			ref_normalize(want, &norm_want, x, 1e-6f, n);
			assert_close(norm, &norm_want, 1, 1e-6, "norm");
			assert_close(y, want, n, 1e-6, "normalize");
			be->k->normalize_backward(be, dx, dy, y, norm, 1e-6f, (float)beta, n);
			ref_normalize_backward(dx_want, dy, y, norm, 1e-6f, (float)beta, n);
			assert_close(dx, dx_want, n, 4e-6, "normalize backward");
			close_case(be);
			buffer_free(x);
			buffer_free(norm);
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
	enum { N = 20 };
	struct backend *be = open_case(_i);
	float *x = buffer(N), *y = buffer(N), *dx = buffer(N), *dy = buffer(N), *norm = buffer(1);

	for (int i = 0; i < N; i++) {
		x[i] = 0;
		dy[i] = (float)i;
	}
	be->k->normalize(be, y, norm, x, 1e-6f, N);
	be->k->normalize_backward(be, dx, dy, y, norm, 1e-6f, 0, N);
	case_sync();
	for (int i = 0; i < N; i++) {
		ck_assert(y[i] == 0);
		ck_assert(fabsf(dx[i] - (float)i * 1e6f) <= 1e-6f * (float)i * 1e6f);
	}
	close_case(be);
	float *all[] = { x, y, dx, dy, norm };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
		buffer_free(all[i]);
}
END_TEST

START_TEST(cross_entropy_and_its_gradient_match_the_formula)
{
	static const struct { int n, classes; float scale; } cases[] = { { 1, 1, 1 }, { 3, 2, 1 }, { 64, 10, 5 }, { 5, 100, 80 } };
	int n = cases[_i].n, classes = cases[_i].classes;
	size_t count = (size_t)(n * classes), rows = (size_t)n;

	for (int b = 0; b < rig.backends; b++) {
		struct backend *be = open_case(b);
		float *logits = buffer(count), *loss = buffer(rows), *wrong = buffer(rows), *dloss = buffer(rows), *d = buffer(count);
		float *loss_want = buffer(rows), *wrong_want = buffer(rows), *d_want = copy_of(d, count), *labels = buffer(rows);
		int32_t *label = (int32_t *)(void *)labels;

		for (int i = 0; i < n; i++)
			label[i] = i % classes;
		for (size_t i = 0; i < count; i++)
			logits[i] *= cases[_i].scale;
		for (int i = 3; i <= 4 && classes >= 10; i++)    /* the first of equals: it is the label, or not */
			logits[i * classes + 3] = logits[i * classes + 4] = 90;
		be->k->cross_entropy(be, loss, NULL, logits, label, n, classes);
		ref_cross_entropy(loss_want, wrong_want, logits, label, n, classes);
		assert_close(loss, loss_want, rows, 2e-6, "cross entropy without errors");
		nan_if(true, loss, rows);
		be->k->cross_entropy(be, loss, wrong, logits, label, n, classes);
		assert_close(loss, loss_want, rows, 2e-6, "cross entropy");
		assert_close(wrong, wrong_want, rows, 0, "wrong");
		for (int beta = 1; beta >= 0; beta--) {
			nan_if(!beta, d, count);
			be->k->cross_entropy_backward(be, d, dloss, logits, label, n, classes, (float)beta);
			ref_cross_entropy_backward(d_want, dloss, logits, label, n, classes, (float)beta);
			assert_close(d, d_want, count, 2e-6, "cross entropy backward");
		}
		close_case(be);
		float *all[] = { logits, loss, wrong, dloss, d, loss_want, wrong_want, d_want, labels };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			buffer_free(all[i]);
	}
}
END_TEST

START_TEST(optimisers_match_the_formula)
{
	size_t n = pointwise_sizes[_i];

	for (int b = 0; b < rig.backends; b++) {
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
		close_case(be);
		float *all[] = { w, m, v, g, w_want, m_want, v_want };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			buffer_free(all[i]);
	}
}
END_TEST

void add_other_cases(Suite *suite)
{
	const struct case_row rows[] = {
		{ "pool", pool_and_its_gradient_match_the_formula, ROWS(pool_cases) },
		{ "pool", global_pool_and_its_gradient_match_the_formula, 5 },
		{ "batch norm", batch_norm_and_its_gradients_match_the_formula, ROWS(norm_cases) },
		{ "batch norm", batch_norm_of_a_constant_channel_is_the_shift, 2 * rig.backends },
		{ "move", channels_matches_the_formula_and_keeps_the_order, 3 * ROWS(channels_cases) },
		{ "move", channels_takes_any_number_of_ranges, rig.backends },
		{ "move", gather_and_scatter_match_the_formula, ROWS(box_cases) },
		{ "pointwise", pointwise_matches_the_formula, ROWS(pointwise_sizes) },
		{ "pointwise", dot_sums_the_products_of_each_row, ROWS(pointwise_sizes) },
		{ "pointwise", normalize_and_its_gradient_match_the_formula, ROWS(pointwise_sizes) },
		{ "pointwise", normalize_leaves_zero_as_zero, rig.backends },
		{ "pointwise", cross_entropy_and_its_gradient_match_the_formula, 4 },
		{ "pointwise", optimisers_match_the_formula, ROWS(pointwise_sizes) },
	};

	add_cases(suite, rows, sizeof(rows) / sizeof(rows[0]));
}
