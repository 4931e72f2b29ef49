/* check_ops.c -- every op: its gradient against central differences, and what it gives where that is more than a kernel's work. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tests/tape_fixture.h"

enum { LEAVES_MAX = 5 };

/* --- gradients --- */

static struct tensor *build_conv(struct tape *t, struct tensor **x)
{
	return op_conv(t, x[0], x[1], conv_none());
}

static struct tensor *build_conv_relu(struct tape *t, struct tensor **x)
{
	return op_conv(t, x[0], x[1], (struct conv_options){ .slope = 0 });
}

static struct tensor *build_conv_stride(struct tape *t, struct tensor **x)
{
	return op_conv(t, x[0], x[1], (struct conv_options){ .stride = 2, .slope = 0.02f });
}

static struct tensor *build_conv_grouped(struct tape *t, struct tensor **x)
{
	return op_conv(t, x[0], x[1], (struct conv_options){ .groups = 2, .dilation = { 2, 1, 1 }, .slope = ACT_NONE });
}

/* the middle tensor and the first input are read twice */
static struct tensor *build_conv_shared(struct tape *t, struct tensor **x)
{
	struct tensor *middle = op_conv(t, x[0], x[1], (struct conv_options){ .slope = 0.1f });

	return op_add(t, op_conv(t, middle, x[2], conv_none()), op_add(t, x[0], middle));
}

static struct tensor *build_conv_add(struct tape *t, struct tensor **x)
{
	return op_conv_add(t, op_conv(t, x[0], x[1], conv_none()), x[0], x[2], conv_none());
}

static struct tensor *build_conv_add_relu(struct tape *t, struct tensor **x)
{
	struct tensor *sum = op_conv_add(t, op_conv(t, x[0], x[1], conv_none()), x[3], x[2], conv_none());

	return op_conv_add(t, sum, x[0], x[2], (struct conv_options){ .slope = 0.1f });
}

static struct tensor *build_act(struct tape *t, struct tensor **x)
{
	return op_act(t, x[0], 0.02f);
}

static struct tensor *build_add(struct tape *t, struct tensor **x)
{
	return op_add(t, x[0], x[1]);
}

static struct tensor *build_add_twice(struct tape *t, struct tensor **x)
{
	struct tensor *y = op_add(t, x[0], x[0]);

	return op_add(t, op_add(t, y, y), x[0]);
}

static struct tensor *build_norm(struct tape *t, struct tensor **x)
{
	return op_batch_norm(t, x[0], x[1], x[2],
		(struct batch_norm_options){ .epsilon = 1e-3f, .slope = ACT_NONE, .batch_statistics = true });
}

static struct tensor *build_norm_relu(struct tape *t, struct tensor **x)
{
	return op_batch_norm(t, x[0], x[1], x[2], (struct batch_norm_options){ .epsilon = 1e-3f, .slope = 0, .batch_statistics = true });
}

/* x[3] is a mean, x[4] squared would be a variance: any positive numbers do */
static struct tensor *build_norm_fixed(struct tape *t, struct tensor **x)
{
	static const float variance[3] = { 0.5f, 1, 2 };
	struct batch_norm_options options = { .epsilon = 1e-3f, .slope = 0.1f, .mean = x[3]->value, .variance = x[4]->value };

	be->k->upload(be, options.variance, variance, sizeof(variance));
	be->k->sync(be);
	return op_batch_norm(t, x[0], x[1], x[2], options);
}

static struct tensor *build_pool(struct tape *t, struct tensor **x)
{
	return op_pool(t, x[0]);
}

static struct tensor *build_global_pool(struct tape *t, struct tensor **x)
{
	return op_global_pool(t, x[0]);
}

static struct tensor *build_linear(struct tape *t, struct tensor **x)
{
	return op_linear(t, x[0], x[1], x[2]);
}

/* Banks of 2, five of them; x fills two and leaves a channel over. What is written is read again by others. */
static struct tensor *build_banks(struct tape *t, struct tensor **x)
{
	struct tensor *b = op_banks(t, op_act(t, x[0], 0.1f), 2, 10), *y;

	y = op_conv(t, op_bank_read(t, b, 2, 0x3), x[1], conv_none());
	b = op_bank_write(t, b, y, 2, 0x7);              /* 4 channels, three banks: cyclic; bank 2 was empty */
	y = op_conv(t, op_bank_read(t, b, 2, 0x5), x[2], (struct conv_options){ .slope = 0.1f });
	b = op_bank_write(t, b, y, 2, 0x1b);             /* banks 3 and 4 were empty */
	b = op_bank_write(t, b, op_act(t, y, 0.1f), 2, 0xe);
	return op_concat(t, (struct tensor *[]){ b, y }, 2);
}

/* The last state is only read in parts. */
static struct tensor *build_banks_parts(struct tape *t, struct tensor **x)
{
	struct tensor *b = op_banks(t, x[0], 2, 10), *y = op_bank_read(t, b, 2, 0x2);

	b = op_bank_write(t, b, op_conv(t, op_bank_read(t, b, 2, 0x3), x[1], conv_none()), 2, 0x5);
	y = op_concat(t, (struct tensor *[]){ y, op_bank_read(t, b, 2, 0x7) }, 2);
	return op_conv(t, y, x[2], conv_none());
}

static struct tensor *build_concat(struct tape *t, struct tensor **x)
{
	return op_concat(t, (struct tensor *[]){ x[0], x[1], x[0] }, 3);
}

static struct tensor *build_slice(struct tape *t, struct tensor **x)
{
	return op_slice(t, x[0], SHAPE(3, 2, 3, 1), 0xc);
}

/* first rows of a leaf: an alias; x[1] adds to the same gradient */
static struct tensor *build_slice_rows(struct tape *t, struct tensor **x)
{
	struct tensor *w = op_slice(t, x[0], SHAPE(2, 3, 3, 3), 0xc);

	return op_add(t, op_conv(t, x[1], w, conv_none()), op_conv(t, x[1], op_slice(t, x[0], SHAPE(2, 3, 1, 1), 0xc), conv_none()));
}

static struct tensor *build_slice_inner(struct tape *t, struct tensor **x)
{
	struct tensor *w = op_add(t, x[0], x[0]);

	return op_add(t, op_slice(t, w, SHAPE(2, 2, 1, 3), 0x8), op_slice(t, w, SHAPE(2, 2, 1, 3), 0x4));
}

static struct tensor *build_tiles(struct tape *t, struct tensor **x)
{
	return op_tiles(t, x[0], 2, 3, 1, 4, 6);
}

static struct tensor *build_tiles_partial(struct tape *t, struct tensor **x)
{
	struct tensor *tiles = op_add(t, x[0], x[0]);

	return op_add(t, op_tiles(t, tiles, 2, 3, 0, 3, 5), op_tiles(t, tiles, 2, 3, 1, 3, 5));
}

static struct tensor *build_normalize(struct tape *t, struct tensor **x)
{
	return op_normalize(t, x[0]);
}

static int32_t *labels;

static struct tensor *build_cross_entropy(struct tape *t, struct tensor **x)
{
	return op_cross_entropy(t, x[0], labels, NULL);
}

/* The way of a weight in training: HyperNet's tiles, norm, convolution, banks, pooling, head, loss. */
static struct tensor *build_small_network(struct tape *t, struct tensor **x)
{
	struct tensor *b = op_banks(t, x[0], 2, 6), *y;

	y = op_conv(t, op_bank_read(t, b, 2, 0x3), op_normalize(t, op_tiles(t, x[1], 2, 2, 0, 4, 4)), (struct conv_options){ .slope = 0.1f });
	b = op_bank_write(t, b, op_conv(t, y, op_slice(t, x[2], SHAPE(2, 4, 3, 1), 0xc), conv_none()), 2, 0x6);
	y = op_global_pool(t, op_pool(t, op_act(t, b, 0.1f)));
	return op_cross_entropy(t, op_linear(t, y, x[3], x[4]), labels, NULL);
}

#define S(...) { .rank = (int)(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int)), .dim = { __VA_ARGS__ } }

/* `kinks`: piecewise linear; elements whose step crosses a kink are left out. `step` is large where the op is linear in each input. */
static const struct gradient_case {
	const char *name;
	struct tensor *(*build)(struct tape *, struct tensor **);
	double step;
	bool kinks;
	int leaves;
	struct shape shape[LEAVES_MAX];
} gradient_cases[] = {
	{ "conv", build_conv, 0.5, false, 2, { S(2, 4, 3, 3), S(5, 3, 3, 3) } },
	{ "conv 1x1, rank 2", build_conv, 0.5, false, 2, { S(2, 4, 3, 3), S(5, 3) } },
	{ "conv 3x5", build_conv, 0.5, false, 2, { S(2, 4, 6, 2), S(3, 2, 3, 5) } },
	{ "conv 3-D", build_conv, 0.5, false, 2, { S(2, 3, 2, 3, 2), S(3, 2, 3, 1, 3) } },
	{ "conv, ReLU", build_conv_relu, 1e-2, true, 2, { S(2, 4, 3, 3), S(5, 3, 3, 3) } },
	{ "conv, stride 2, leaky", build_conv_stride, 1e-2, true, 2, { S(2, 5, 4, 3), S(5, 3, 3, 3) } },
	{ "conv 3-D, stride 2, leaky", build_conv_stride, 1e-2, true, 2, { S(1, 4, 3, 5, 2), S(3, 2, 3, 3, 3) } },
	{ "conv, groups, dilation", build_conv_grouped, 0.5, false, 2, { S(2, 5, 5, 4), S(6, 2, 3, 3) } },
	{ "conv, inputs read twice", build_conv_shared, 1e-2, true, 3, { S(2, 4, 4, 3), S(3, 3, 3, 3), S(3, 3) } },
	{ "conv_add", build_conv_add, 0.5, false, 3, { S(2, 4, 3, 3), S(4, 3, 3, 3), S(4, 3) } },
	{ "conv_add twice, leaky", build_conv_add_relu, 1e-2, true, 4, { S(2, 4, 3, 3), S(4, 3, 3, 3), S(4, 3), S(2, 4, 3, 3) } },
	{ "act", build_act, 1e-2, true, 1, { S(2, 3, 3, 4) } },
	{ "add", build_add, 0.5, false, 2, { S(3, 5), S(3, 5) } },
	{ "add, one input twice", build_add_twice, 0.5, false, 1, { S(3, 5) } },
	{ "batch_norm", build_norm, 1e-2, false, 3, { S(3, 2, 3, 16), S(16), S(16) } },
	{ "batch_norm, ReLU", build_norm_relu, 1e-2, true, 3, { S(3, 2, 3, 3), S(3), S(3) } },
	{ "batch_norm, fixed, leaky", build_norm_fixed, 1e-2, true, 3, { S(3, 2, 3, 3), S(3), S(3), S(3), S(3) } },
	{ "pool", build_pool, 0.5, false, 1, { S(2, 5, 4, 3) } },
	{ "pool 3-D", build_pool, 0.5, false, 1, { S(2, 3, 4, 5, 2) } },
	{ "global_pool", build_global_pool, 0.5, false, 1, { S(3, 3, 4, 5) } },
	{ "global_pool 3-D", build_global_pool, 0.5, false, 1, { S(2, 3, 2, 2, 3) } },
	{ "linear", build_linear, 0.5, false, 3, { S(4, 5), S(3, 5), S(3) } },
	{ "banks, read whole", build_banks, 1e-2, true, 3, { S(2, 3, 3, 5), S(4, 4, 3, 3), S(6, 4) } },
	{ "banks, read in parts", build_banks_parts, 0.1, false, 3, { S(2, 3, 3, 4), S(3, 4, 3, 3), S(2, 8) } },
	{ "concat, one input twice", build_concat, 0.5, false, 2, { S(2, 2, 3, 3), S(2, 2, 3, 4) } },
	{ "slice", build_slice, 0.5, false, 1, { S(4, 3, 5, 3) } },
	{ "slice, first rows", build_slice_rows, 0.5, false, 2, { S(4, 3, 3, 3), S(1, 3, 3, 3) } },
	{ "slice, of an output", build_slice_inner, 0.5, false, 1, { S(3, 2, 3, 5) } },
	{ "tiles", build_tiles, 0.5, false, 1, { S(1, 3, 4, 6) } },
	{ "tiles, partial and overlapping", build_tiles_partial, 0.5, false, 1, { S(1, 2, 4, 6) } },
	{ "normalize", build_normalize, 1e-2, false, 1, { S(3, 4, 1, 1) } },
	{ "cross_entropy", build_cross_entropy, 1e-2, false, 1, { S(4, 5) } },
	{ "small network", build_small_network, 1e-2, true, 5, { S(4, 4, 4, 5), S(1, 3, 3, 4), S(3, 4, 3, 3), S(5, 6), S(5) } },
};

enum { GRADIENT_CASES = sizeof(gradient_cases) / sizeof(*gradient_cases) };

struct graph {
	const struct gradient_case *c;
	struct leaf leaf[LEAVES_MAX];
	float weights[VALUES_MAX];
	struct tensor *y;                /* the op's output */
};

static void graph_init(struct graph *g, int index)
{
	static const int32_t host_labels[4] = { 3, 0, 4, 3 };

	g->c = &gradient_cases[index];
	labels = be->k->alloc(be, sizeof(host_labels));
	be->k->upload(be, labels, host_labels, sizeof(host_labels));
	be->k->sync(be);
	for (int i = 0; i < LEAVES_MAX; i++)
		if (g->c->shape[i].rank)
			g->leaf[i] = leaf_new(g->c->shape[i]);
	random_values(g->weights, VALUES_MAX);
}

static void graph_release(struct graph *g)
{
	for (int i = 0; i < LEAVES_MAX; i++)
		if (g->c->shape[i].rank)
			leaf_free(&g->leaf[i]);
	be->k->free(be, labels);
}

/* Records the case, with gradients for the leaves in the mask; gives the weighed output. */
static struct tensor *graph_record(struct graph *g, unsigned wanted)
{
	struct tensor *x[LEAVES_MAX] = { NULL };

	tape_reset(tape);
	for (int i = 0; i < LEAVES_MAX; i++)
		if (g->c->shape[i].rank)
			x[i] = leaf_on_tape(&g->leaf[i], wanted >> i & 1);
	g->y = g->c->build(tape, x);
	return weighed(g->y, g->weights);
}

/* The weighed sum of the output, in double: what the gradients are of. */
static double graph_sum(struct graph *g)
{
	float host[VALUES_MAX];
	double sum = 0;
	size_t count;

	forward(false);
	count = value_of(host, g->y);
	for (size_t i = 0; i < count; i++)
		sum += (double)g->weights[i] * (double)host[i];
	return sum;
}

static void graph_gradients(struct graph *g, unsigned wanted, float grad[LEAVES_MAX][VALUES_MAX])
{
	struct tensor *loss = graph_record(g, wanted);

	for (int i = 0; i < g->c->leaves; i++)
		be->k->fill(be, g->leaf[i].grad, 0, shape_count(&g->leaf[i].shape));
	forward(true);
	backward(loss);
	for (int i = 0; i < g->c->leaves; i++)
		download(grad[i], g->leaf[i].grad, g->leaf[i].shape);
}

static float gradients[LEAVES_MAX][VALUES_MAX], others[LEAVES_MAX][VALUES_MAX];

/* Moves one element by `step`; gives the sum. */
static double sum_moved(struct graph *g, struct leaf *leaf, size_t at, double step)
{
	float host[VALUES_MAX], old;
	size_t count = download(host, leaf->value, leaf->shape);
	double sum;

	old = host[at];
	host[at] = (float)((double)old + step);
	be->k->upload(be, leaf->value, host, count * sizeof(float));
	be->k->sync(be);
	sum = graph_sum(g);
	host[at] = old;
	be->k->upload(be, leaf->value, host, count * sizeof(float));
	be->k->sync(be);
	return sum;
}

/*
 * Errors: rounding of the sum, about 1e-6 of it, divided by the step; the third derivative times step^2 / 6 where the op is curved.
 * Both stay below 3e-3 of the largest gradient for the steps of the table.
 */
START_TEST(gradient_matches_central_differences)
{
	struct graph g;
	int checked = 0, crossed = 0;

	graph_init(&g, _i);
	graph_gradients(&g, ~0u, gradients);
	for (int k = 0; k < g.c->leaves; k++) {
		size_t count = shape_count(&g.leaf[k].shape), stride = count / 40 + 1;
		double scale = 1 + largest(gradients[k], count), h = g.c->step;

		ck_assert_double_gt(scale, 1.01);
		for (size_t i = 0; i < count; i += stride) {
			double up = sum_moved(&g, &g.leaf[k], i, h), down = sum_moved(&g, &g.leaf[k], i, -h);
			double numeric = (up - down) / (2 * h);

			if (g.c->kinks && fabs(up + down - 2 * graph_sum(&g)) / h > 2e-3 * scale) {
				crossed++;
				continue;
			}
			checked++;
			ck_assert_msg(fabs(numeric - (double)gradients[k][i]) < 3e-3 * scale, "%s: input %d, element %zu: %g, numeric %g",
				g.c->name, k, i, (double)gradients[k][i], numeric);
		}
	}
	ck_assert_int_gt(checked, crossed);
	graph_release(&g);
}
END_TEST

START_TEST(gradient_does_not_depend_on_which_others_are_wanted)
{
	struct graph g;

	graph_init(&g, _i);
	graph_gradients(&g, ~0u, gradients);
	for (int k = 0; k < g.c->leaves; k++) {
		graph_gradients(&g, 1u << k, others);
		for (int i = 0; i < g.c->leaves; i++) {
			size_t bytes = shape_count(&g.leaf[i].shape) * sizeof(float);

			if (i == k)
				ck_assert_msg(!memcmp(gradients[i], others[i], bytes), "%s: input %d alone", g.c->name, k);
			else
				ck_assert_double_eq(largest(others[i], bytes / sizeof(float)), 0);
		}
	}
	graph_gradients(&g, 0, others);
	graph_release(&g);
}
END_TEST

START_TEST(gradient_of_a_leaf_adds_to_what_is_there)
{
	struct graph g;
	struct tensor *loss;

	graph_init(&g, _i);
	graph_gradients(&g, ~0u, gradients);
	loss = graph_record(&g, ~0u);
	for (int k = 0; k < g.c->leaves; k++)
		be->k->fill(be, g.leaf[k].grad, 3, shape_count(&g.leaf[k].shape));
	forward(true);
	backward(loss);
	for (int k = 0; k < g.c->leaves; k++) {
		size_t count = download(others[k], g.leaf[k].grad, g.leaf[k].shape);

		for (size_t i = 0; i < count; i++)
			ck_assert_double_eq_tol((double)others[k][i], (double)gradients[k][i] + 3, 1e-5 * (10 + largest(gradients[k], count)));
	}
	graph_release(&g);
}
END_TEST

/* Memory that is reused must not change a bit, and running the recorded graph again neither. */
START_TEST(forward_gives_the_same_bits_with_and_without_training)
{
	struct graph g;
	float training[VALUES_MAX], inference[VALUES_MAX], again[VALUES_MAX];
	size_t count;

	graph_init(&g, _i);
	graph_record(&g, ~0u);
	forward(true);
	count = value_of(training, g.y);
	forward(false);
	value_of(inference, g.y);
	forward(true);
	value_of(again, g.y);
	ck_assert_mem_eq(training, inference, count * sizeof(float));
	ck_assert_mem_eq(training, again, count * sizeof(float));
	graph_release(&g);
}
END_TEST

/* --- what ops give --- */

/* The rule of METHOD §2, one channel at a time. */
START_TEST(bank_writes_cycle_and_empty_banks_take_the_value)
{
	enum { ROWS = 6, BANK = 2, BANKS = 5, U = 4 };
	struct leaf x = leaf_new(SHAPE(1, 2, 3, 4)), y = leaf_new(SHAPE(1, 2, 3, U));
	float hx[VALUES_MAX], hy[VALUES_MAX], got[VALUES_MAX];
	const uint64_t writes = 0x1d;    /* banks 0, 2, 3, 4; 0 and 1 hold x */
	struct tensor *before, *banks;

	tape_reset(tape);
	before = op_banks(tape, leaf_on_tape(&x, false), BANK, BANKS * BANK);
	banks = op_bank_write(tape, op_bank_write(tape, before, leaf_on_tape(&y, false), BANK, writes), leaf_on_tape(&y, false), BANK, 0x3);
	forward(false);
	value_of(got, banks);
	download(hx, x.value, x.shape);
	download(hy, y.value, y.shape);
	for (int row = 0; row < ROWS; row++)
		for (int b = 0, target = 0; b < BANKS; b++) {
			for (int k = 0; k < BANK; k++) {
				float expected = b < 2 ? hx[row * 4 + b * BANK + k] : 0;

				if (writes >> b & 1)
					expected += hy[row * U + (target * BANK + k) % U];
				if (b < 2)
					expected += hy[row * U + b * BANK + k];
				ck_assert_float_eq_tol(got[(row * BANKS + b) * BANK + k], expected, 1e-6f);
			}
			target += writes >> b & 1;
		}
	leaf_free(&x);
	leaf_free(&y);
}
END_TEST

START_TEST(bank_reads_concatenate_in_ascending_order)
{
	struct leaf x = leaf_new(SHAPE(2, 1, 2, 6));
	float hx[VALUES_MAX], got[VALUES_MAX];
	struct tensor *read;

	tape_reset(tape);
	read = op_bank_read(tape, op_banks(tape, leaf_on_tape(&x, false), 2, 6), 2, 0x5);
	forward(false);
	value_of(got, read);
	download(hx, x.value, x.shape);
	for (int row = 0; row < 4; row++)
		for (int c = 0; c < 4; c++)
			ck_assert_float_eq(got[row * 4 + c], hx[row * 6 + (c < 2 ? c : c + 2)]);
	leaf_free(&x);
}
END_TEST

/* Row r n + i and column l dn + j of the weight stand at (r, first + l), place i dn + j. */
START_TEST(tiles_lie_as_the_hypernet_lays_them)
{
	static const int sizes[][3] = { { 0, 4, 6 }, { 1, 4, 9 }, { 2, 3, 5 }, { 0, 6, 12 }, { 3, 1, 1 } };
	enum { N = 2, DN = 3, H = 3, L = 4 };
	struct leaf tiles = leaf_new(SHAPE(1, H, L, N * DN));
	float host[VALUES_MAX], got[VALUES_MAX];

	download(host, tiles.value, tiles.shape);
	for (size_t k = 0; k < sizeof(sizes) / sizeof(*sizes); k++) {
		int first = sizes[k][0], out = sizes[k][1], in = sizes[k][2];
		struct tensor *w;

		tape_reset(tape);
		w = op_tiles(tape, leaf_on_tape(&tiles, false), N, DN, first, out, in);
		forward(false);
		ck_assert(shape_equal(&w->shape, &SHAPE(out, in)));
		value_of(got, w);
		for (int o = 0; o < out; o++)
			for (int i = 0; i < in; i++)
				ck_assert_float_eq(got[o * in + i],
					host[((o / N) * L + first + i / DN) * N * DN + (o % N) * DN + i % DN]);
	}
	leaf_free(&tiles);
}
END_TEST

START_TEST(slice_takes_the_first_or_the_central_elements)
{
	struct leaf x = leaf_new(SHAPE(4, 3, 5, 3));
	float host[VALUES_MAX], got[VALUES_MAX];
	struct tensor *y;

	tape_reset(tape);
	y = op_slice(tape, leaf_on_tape(&x, false), SHAPE(2, 2, 3, 1), 0xc);
	forward(false);
	value_of(got, y);
	download(host, x.value, x.shape);
	for (int o = 0; o < 2; o++)
		for (int i = 0; i < 2; i++)
			for (int h = 0; h < 3; h++)
				ck_assert_float_eq(got[(o * 2 + i) * 3 + h], host[((o * 3 + i) * 5 + h + 1) * 3 + 1]);
	leaf_free(&x);
}
END_TEST

START_TEST(slice_of_the_first_rows_of_a_leaf_is_no_copy)
{
	struct leaf x = leaf_new(SHAPE(4, 3));
	struct tensor *leaf, *rows, *columns;

	tape_reset(tape);
	leaf = leaf_on_tape(&x, true);
	ck_assert_ptr_eq(op_slice(tape, leaf, SHAPE(4, 3), 0), leaf);
	rows = op_slice(tape, leaf, SHAPE(2, 3), 0);
	ck_assert_ptr_eq(rows->value, x.value);
	ck_assert_ptr_eq(rows->grad, x.grad);
	rows = op_slice(tape, leaf, SHAPE(2, 3), 1);
	ck_assert_ptr_eq(rows->value, x.value + 3);
	ck_assert_int_eq(tape_cost(tape).nodes, 0);
	columns = op_slice(tape, leaf, SHAPE(4, 1), 0);
	ck_assert_ptr_nonnull(columns->producer);
	leaf_free(&x);
}
END_TEST

START_TEST(normalize_of_zeros_is_zeros)
{
	struct leaf x = leaf_new(SHAPE(3, 2));
	float got[VALUES_MAX];
	struct tensor *y;
	float *ones = (float[]){ 1, 1, 1, 1, 1, 1 };

	be->k->fill(be, x.value, 0, 6);
	tape_reset(tape);
	y = weighed(op_normalize(tape, leaf_on_tape(&x, true)), ones);
	forward(true);
	value_of(got, y);
	ck_assert_double_eq(largest(got, 6), 0);
	backward(y);
	download(got, x.grad, x.shape);
	for (int i = 0; i < 6; i++)
		ck_assert(isfinite(got[i]));
	leaf_free(&x);
}
END_TEST

START_TEST(cross_entropy_marks_what_is_wrong)
{
	static const float logits[] = { 1, 3, 2,  5, 5, 0,  0, 0, 1 };
	static const int32_t host_labels[] = { 1, 1, 0 };
	float *x = device_new(logits, 9), *wrong = device_new(NULL, 3), got[VALUES_MAX];
	struct tensor *loss;

	labels = be->k->alloc(be, sizeof(host_labels));
	be->k->upload(be, labels, host_labels, sizeof(host_labels));
	tape_reset(tape);
	loss = op_cross_entropy(tape, tape_leaf(tape, SHAPE(3, 3), x, NULL), labels, wrong);
	forward(false);
	value_of(got, loss);
	ck_assert_float_eq_tol(got[0], 0.4076059f, 1e-6f);     /* log(1 + e^-1 + e^-2) */
	ck_assert_float_eq_tol(got[2], 1.5514447f, 1e-6f);     /* log(2 + e) */
	download(got, wrong, SHAPE(3));
	ck_assert_float_eq(got[0], 0);
	ck_assert_float_eq(got[1], 1);   /* the first of equals counts */
	ck_assert_float_eq(got[2], 1);
	be->k->free(be, x);
	be->k->free(be, wrong);
	be->k->free(be, labels);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ops");
	TCase *tc = tcase_create("ops");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_loop_test(tc, gradient_matches_central_differences, 0, GRADIENT_CASES);
	tcase_add_loop_test(tc, gradient_does_not_depend_on_which_others_are_wanted, 0, GRADIENT_CASES);
	tcase_add_loop_test(tc, gradient_of_a_leaf_adds_to_what_is_there, 0, GRADIENT_CASES);
	tcase_add_loop_test(tc, forward_gives_the_same_bits_with_and_without_training, 0, GRADIENT_CASES);
	tcase_add_test(tc, bank_writes_cycle_and_empty_banks_take_the_value);
	tcase_add_test(tc, bank_reads_concatenate_in_ascending_order);
	tcase_add_test(tc, tiles_lie_as_the_hypernet_lays_them);
	tcase_add_test(tc, slice_takes_the_first_or_the_central_elements);
	tcase_add_test(tc, slice_of_the_first_rows_of_a_leaf_is_no_copy);
	tcase_add_test(tc, normalize_of_zeros_is_zeros);
	tcase_add_test(tc, cross_entropy_marks_what_is_wrong);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
