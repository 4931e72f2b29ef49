/* check_tape.c -- what the tape promises about memory, kept tensors, errors and cost. */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "tests/tape_fixture.h"

/* --- counted allocation: the linker (--wrap) sends every malloc of the library here --- */

void *__real_malloc(size_t);
void *__real_calloc(size_t, size_t);
void *__real_realloc(void *, size_t);
void *__wrap_malloc(size_t);
void *__wrap_calloc(size_t, size_t);
void *__wrap_realloc(void *, size_t);

static int allocations;

void *__wrap_malloc(size_t size)
{
	allocations++;
	return __real_malloc(size);
}

void *__wrap_calloc(size_t n, size_t size)
{
	allocations++;
	return __real_calloc(n, size);
}

void *__wrap_realloc(void *p, size_t size)
{
	allocations++;
	return __real_realloc(p, size);
}

/* --- memory --- */

START_TEST(conv_add_and_bank_write_work_in_place)
{
	struct leaf x = leaf_new(SHAPE(2, 3, 3, 4)), w = leaf_new(SHAPE(4, 4));
	struct tensor *in, *sum, *added, *banks, *written;

	tape_reset(tape);
	in = leaf_on_tape(&x, true);
	sum = op_conv(tape, in, leaf_on_tape(&w, true), conv_none());
	added = op_conv_add(tape, sum, in, leaf_on_tape(&w, true), conv_none());
	banks = op_banks(tape, in, 2, 6);
	written = op_bank_write(tape, banks, added, 2, 0x6);
	tape_keep(tape, written);
	forward(true);
	ck_assert_ptr_eq(sum->value, added->value);
	ck_assert_ptr_eq(sum->grad, added->grad);
	ck_assert_ptr_eq(banks->value, written->value);
	ck_assert_ptr_eq(banks->grad, written->grad);
	leaf_free(&x);
	leaf_free(&w);
}
END_TEST

/* A chain of convolutions; gives the bytes of all values. */
static struct tensor *chain(struct tensor *x, struct tensor *w, int length, float slope)
{
	for (int i = 0; i < length; i++)
		x = op_conv(tape, x, w, (struct conv_options){ .slope = slope });
	return x;
}

START_TEST(memory_is_reused)
{
	enum { LENGTH = 20 };
	struct leaf x = leaf_new(SHAPE(4, 8, 8, 8)), w = leaf_new(SHAPE(8, 8));
	size_t one = shape_count(&x.shape) * sizeof(float);
	struct tensor *y;

	/* inference: two at a time */
	tape_reset(tape);
	chain(leaf_on_tape(&x, true), leaf_on_tape(&w, true), LENGTH, 0);
	forward(false);
	ck_assert_uint_le(tape_slab_bytes(tape), one * 5 / 2);

	/* training: every value is needed again, but gradients come where values have gone */
	tape_reset(tape);
	y = chain(leaf_on_tape(&x, true), leaf_on_tape(&w, true), LENGTH, 0);
	forward(true);
	backward(y);
	ck_assert_uint_le(tape_slab_bytes(tape), one * (LENGTH + 3) * 17 / 16);
	leaf_free(&x);
	leaf_free(&w);
}
END_TEST

/* Without activation, and with no gradient for the weights, no value is needed again. */
START_TEST(training_keeps_only_what_backward_reads)
{
	enum { LENGTH = 20 };
	struct leaf x = leaf_new(SHAPE(4, 8, 8, 8)), w = leaf_new(SHAPE(8, 8));
	size_t one = shape_count(&x.shape) * sizeof(float);
	struct tensor *y;

	tape_reset(tape);
	y = chain(leaf_on_tape(&x, true), leaf_on_tape(&w, false), LENGTH, ACT_NONE);
	forward(true);
	backward(y);
	ck_assert_uint_le(tape_slab_bytes(tape), one * 7 / 2);
	leaf_free(&x);
	leaf_free(&w);
}
END_TEST

/* Without assertions, which allocate. */
static int step_of(struct leaf *x, struct leaf *w, int length)
{
	struct tensor *y;

	tape_reset(tape);
	y = chain(leaf_on_tape(x, true), leaf_on_tape(w, true), length, 0.1f);
	y = op_concat(tape, (struct tensor *[]){ y, op_act(tape, y, 0) }, 2);
	y = op_global_pool(tape, y);
	return tape_forward(tape, true) + tape_backward(tape, y, 1);
}

/* Steps of several lengths; gives the number of allocations, or -1. */
static int allocations_of_steps(struct leaf *x, struct leaf *w, int longest)
{
	int before = allocations, rc = 0;

	for (int length = 1; length < longest; length += 57)
		rc += step_of(x, w, length);
	return rc ? -1 : allocations - before;
}

START_TEST(steady_state_allocates_nothing)
{
	struct leaf x = leaf_new(SHAPE(4, 8, 8, 8)), w = leaf_new(SHAPE(8, 8));
	size_t bytes, slab;

	ck_assert_int_gt(allocations_of_steps(&x, &w, 400), 0);  /* they are counted indeed */
	bytes = be->bytes_allocated;
	slab = tape_slab_bytes(tape);
	ck_assert_int_eq(allocations_of_steps(&x, &w, 400), 0);
	ck_assert_uint_eq(be->bytes_allocated, bytes);
	ck_assert_uint_eq(tape_slab_bytes(tape), slab);
	leaf_free(&x);
	leaf_free(&w);
}
END_TEST

/* Random lifetimes; the peak is compared with the largest sum that is alive at one time, which nothing can beat. */
START_TEST(plan_lays_nothing_over_what_is_alive)
{
	enum { COUNT = 600, TIMES = 300 };
	static struct memory list[COUNT], *pointers[COUNT];
	struct plan *plan = plan_new();
	size_t top, least = 0;

	for (int i = 0; i < COUNT; i++) {
		int a = rng_below(&rng, TIMES), b = rng_below(&rng, 4) ? a + rng_below(&rng, 10) : rng_below(&rng, TIMES);

		list[i] = (struct memory){ .count = 1 + (size_t)rng_below(&rng, 5000), .first = a < b ? a : b, .last = a < b ? b : a };
		if (list[i].last >= TIMES)
			list[i].last = TIMES - 1;
		pointers[i] = &list[i];
	}
	list[7].first = TIMES;           /* never alive */
	list[7].last = -1;
	top = plan_layout(plan, pointers, COUNT, TIMES);
	for (int t = 0; t < TIMES; t++) {
		size_t alive = 0;

		for (int i = 0; i < COUNT; i++)
			if (list[i].first <= t && t <= list[i].last)
				alive += list[i].count;
		least = alive > least ? alive : least;
	}
	for (int i = 0; i < COUNT; i++) {
		if (i == 7)
			continue;
		ck_assert_uint_eq(list[i].offset % 16, 0);
		ck_assert_uint_le(list[i].offset + list[i].count, top);
		for (int k = 0; k < i; k++)
			if (k != 7 && list[i].first <= list[k].last && list[k].first <= list[i].last)
				ck_assert(list[i].offset + list[i].count <= list[k].offset || list[k].offset + list[k].count <= list[i].offset);
	}
	ck_assert_uint_ge(top, least);
	ck_assert_uint_le(top, least * 5 / 4);
	plan_free(plan);
}
END_TEST

/* --- kept tensors --- */

START_TEST(kept_values_and_gradients_outlive_the_pass)
{
	struct leaf x = leaf_new(SHAPE(2, 4, 4, 4)), w = leaf_new(SHAPE(4, 4));
	float value[VALUES_MAX], grad[VALUES_MAX], alone[VALUES_MAX];
	struct tensor *middle, *y, *lw;
	size_t count;

	tape_reset(tape);
	middle = op_conv(tape, leaf_on_tape(&x, false), leaf_on_tape(&w, true), conv_none());
	tape_keep(tape, middle);
	y = chain(middle, leaf_on_tape(&w, false), 6, 0.1f);
	forward(true);
	backward(y);
	count = value_of(value, middle);
	grad_of(grad, middle);

	/* the same two, as a leaf's */
	tape_reset(tape);
	lw = leaf_on_tape(&w, false);
	middle = op_conv(tape, leaf_on_tape(&x, false), lw, conv_none());
	forward(false);
	value_of(alone, middle);
	ck_assert_mem_eq(alone, value, count * sizeof(float));
	be->k->upload(be, x.value, value, count * sizeof(float));
	tape_reset(tape);
	y = chain(leaf_on_tape(&x, true), leaf_on_tape(&w, false), 6, 0.1f);
	forward(true);
	backward(y);
	download(alone, x.grad, x.shape);
	ck_assert_mem_eq(alone, grad, count * sizeof(float));
	leaf_free(&x);
	leaf_free(&w);
}
END_TEST

/* Two banks of one channel, two pixels. After the first write, bank 1 is read with weights r; in the end all is read with weights s. */
START_TEST(kept_bank_state_is_that_just_after_its_op)
{
	static float r[] = { 2, 3 }, s[] = { 5, 7, 11, 13 }, one[] = { 1, 1 };
	struct leaf x = leaf_new(SHAPE(1, 1, 2, 2)), y = leaf_new(SHAPE(1, 1, 2, 1));
	float hx[VALUES_MAX], hy[VALUES_MAX], got[VALUES_MAX];
	struct tensor *opened, *first, *last, *whole, *part;

	tape_reset(tape);
	opened = op_banks(tape, leaf_on_tape(&x, true), 1, 2);
	first = op_bank_write(tape, opened, leaf_on_tape(&y, true), 1, 0x2);
	part = weighed(op_bank_read(tape, first, 1, 0x2), r);
	last = op_bank_write(tape, first, weighed(part, one), 1, 0x1);
	whole = weighed(last, s);
	tape_keep(tape, opened);
	tape_keep(tape, first);
	tape_keep(tape, last);
	forward(true);
	backward(whole);
	download(hx, x.value, x.shape);
	download(hy, y.value, y.shape);

	value_of(got, opened);
	ck_assert_mem_eq(got, hx, 4 * sizeof(float));
	value_of(got, first);
	for (int p = 0; p < 2; p++) {
		ck_assert_float_eq(got[2 * p], hx[2 * p]);
		ck_assert_float_eq_tol(got[2 * p + 1], hx[2 * p + 1] + hy[p], 1e-6f);
	}
	value_of(got, last);
	for (int p = 0; p < 2; p++)
		ck_assert_float_eq_tol(got[2 * p], hx[2 * p] + r[p] * (hx[2 * p + 1] + hy[p]), 1e-5f);

	grad_of(got, last);
	ck_assert_mem_eq(got, s, sizeof(s));
	grad_of(got, first);
	for (int p = 0; p < 2; p++) {
		ck_assert_float_eq(got[2 * p], s[2 * p]);
		ck_assert_float_eq(got[2 * p + 1], s[2 * p + 1] + r[p] * s[2 * p]);
	}
	leaf_free(&x);
	leaf_free(&y);
}
END_TEST

START_TEST(outputs_off_the_way_to_the_loss_have_no_say)
{
	struct leaf x = leaf_new(SHAPE(2, 3, 3, 2)), w = leaf_new(SHAPE(2, 2));
	float grad[VALUES_MAX], alone[VALUES_MAX];
	struct tensor *in, *weight, *y, *aside;
	size_t count;

	tape_reset(tape);
	y = op_conv(tape, leaf_on_tape(&x, true), leaf_on_tape(&w, true), conv_none());
	forward(true);
	backward(y);
	count = download(alone, x.grad, x.shape);
	be->k->fill(be, x.grad, 0, count);

	tape_reset(tape);
	in = leaf_on_tape(&x, true);
	weight = leaf_on_tape(&w, true);
	op_act(tape, op_act(tape, in, 0.1f), 0.1f);
	y = op_conv(tape, in, weight, conv_none());
	aside = op_act(tape, y, 0.1f);   /* made after the loss, from it */
	tape_keep(tape, aside);
	forward(true);
	backward(y);
	download(grad, x.grad, x.shape);
	ck_assert_mem_eq(grad, alone, count * sizeof(float));
	grad_of(grad, aside);
	ck_assert_double_eq(largest(grad, count), 0);
	leaf_free(&x);
	leaf_free(&w);
}
END_TEST

/* --- errors --- */

static struct tensor *bad_conv_channels(void)
{
	return op_conv(tape, some(SHAPE(1, 4, 4, 3)), some(SHAPE(5, 2, 3, 3)), conv_none());
}

static struct tensor *bad_conv_even(void)
{
	return op_conv(tape, some(SHAPE(1, 4, 4, 3)), some(SHAPE(5, 3, 2, 3)), conv_none());
}

static struct tensor *bad_conv_groups(void)
{
	return op_conv(tape, some(SHAPE(1, 4, 4, 3)), some(SHAPE(4, 1, 3, 3)), (struct conv_options){ .groups = 2 });
}

static struct tensor *bad_conv_rank(void)
{
	return op_conv(tape, some(SHAPE(1, 4, 4, 3)), some(SHAPE(4, 3, 3, 3, 3)), conv_none());
}

static struct tensor *bad_sum_activated(void)
{
	struct tensor *x = some(SHAPE(1, 4, 4, 3)), *w = some(SHAPE(3, 3));

	return op_conv_add(tape, op_conv(tape, x, w, (struct conv_options){ .slope = 0 }), x, w, conv_none());
}

static struct tensor *bad_sum_read(void)
{
	struct tensor *x = some(SHAPE(1, 4, 4, 3)), *w = some(SHAPE(3, 3)), *sum = op_conv(tape, x, w, conv_none());

	op_act(tape, sum, 0);
	return op_conv_add(tape, sum, x, w, conv_none());
}

static struct tensor *bad_sum_leaf(void)
{
	struct tensor *x = some(SHAPE(1, 4, 4, 3));

	return op_conv_add(tape, x, some(SHAPE(1, 4, 4, 3)), some(SHAPE(3, 3)), conv_none());
}

static struct tensor *bad_overwritten(void)
{
	struct tensor *x = some(SHAPE(1, 4, 4, 3)), *w = some(SHAPE(3, 3)), *sum = op_conv(tape, x, w, conv_none());

	op_conv_add(tape, sum, x, w, conv_none());
	return op_act(tape, sum, 0);
}

static struct tensor *banks(void)
{
	return op_banks(tape, some(SHAPE(1, 4, 4, 4)), 2, 8);
}

static struct tensor *bad_read_empty(void)
{
	return op_bank_read(tape, banks(), 2, 0x4);
}

static struct tensor *bad_read_none(void)
{
	return op_bank_read(tape, banks(), 2, 0);
}

static struct tensor *bad_read_beyond(void)
{
	return op_bank_read(tape, banks(), 2, 0x10);
}

static struct tensor *bad_read_size(void)
{
	return op_bank_read(tape, banks(), 4, 0x1);
}

static struct tensor *bad_read_of_no_banks(void)
{
	return op_bank_read(tape, some(SHAPE(1, 4, 4, 4)), 2, 0x1);
}

static struct tensor *bad_write_pixels(void)
{
	return op_bank_write(tape, banks(), some(SHAPE(1, 4, 5, 2)), 2, 0x1);
}

static struct tensor *bad_write_small(void)
{
	return op_bank_write(tape, banks(), some(SHAPE(1, 4, 4, 6)), 2, 0x5);
}

static struct tensor *bad_write_twice(void)
{
	struct tensor *b = banks();

	op_bank_write(tape, b, some(SHAPE(1, 4, 4, 2)), 2, 0x1);
	return op_bank_write(tape, b, some(SHAPE(1, 4, 4, 2)), 2, 0x1);
}

static struct tensor *bad_whole(void)
{
	return op_pool(tape, op_bank_write(tape, banks(), some(SHAPE(1, 4, 4, 2)), 2, 0x4));
}

static struct tensor *bad_banks(void)
{
	return op_banks(tape, some(SHAPE(1, 4, 4, 4)), 3, 8);
}

static struct tensor *bad_add(void)
{
	return op_add(tape, some(SHAPE(2, 3)), some(SHAPE(3, 2)));
}

static struct tensor *bad_tiles(void)
{
	return op_tiles(tape, some(SHAPE(1, 2, 4, 6)), 2, 3, 3, 4, 4);
}

static struct tensor *bad_slice(void)
{
	return op_slice(tape, some(SHAPE(2, 3)), SHAPE(2, 4), 0);
}

static struct tensor *bad_norm(void)
{
	return op_batch_norm(tape, some(SHAPE(1, 2, 2, 3)), some(SHAPE(3)), some(SHAPE(3)), (struct batch_norm_options){ .slope = 0 });
}

static struct tensor *bad_linear(void)
{
	return op_linear(tape, some(SHAPE(2, 3)), some(SHAPE(4, 5)), some(SHAPE(4)));
}

static struct tensor *bad_builder(void)
{
	return tape_fail(tape, "block %d: no ops", 2);
}

static const struct error_case {
	struct tensor *(*build)(void);
	const char *says;
} error_cases[] = {
	{ bad_conv_channels, "conv of 1x4x4x3, 5x2x3x3: the weight's second size is not x's channels / groups" },
	{ bad_conv_even, "conv of 1x4x4x3, 5x3x2x3: a kernel must be odd" },
	{ bad_conv_groups, "conv of 1x4x4x3, 4x1x3x3: groups do not divide the channels" },
	{ bad_conv_rank, "rank" },
	{ bad_sum_activated, "activation" },
	{ bad_sum_read, "nobody else reads" },
	{ bad_sum_leaf, "not the output of an op" },
	{ bad_overwritten, "act of 1x4x4x3: an input has been overwritten" },
	{ bad_read_empty, "bank_read of 1x4x4x8: it reads an empty bank" },
	{ bad_read_none, "no bank" },
	{ bad_read_beyond, "no such bank" },
	{ bad_read_size, "size" },
	{ bad_read_of_no_banks, "not a state of banks" },
	{ bad_write_pixels, "pixels" },
	{ bad_write_small, "too few" },
	{ bad_write_twice, "overwritten" },
	{ bad_whole, "pool of 1x4x4x8: a bank is still empty" },
	{ bad_banks, "multiple of the bank" },
	{ bad_add, "add of 2x3, 3x2: shapes differ" },
	{ bad_tiles, "within the tiles" },
	{ bad_slice, "slice is larger" },
	{ bad_norm, "mean and variance" },
	{ bad_linear, "sizes do not match" },
	{ bad_builder, "block 2: no ops" },
};

enum { ERROR_CASES = sizeof(error_cases) / sizeof(*error_cases) };

START_TEST(first_error_is_kept_and_fails_the_pass)
{
	struct leaf x = leaf_new(SHAPE(2, 2));
	struct tensor *y;

	tape_reset(tape);
	y = error_cases[_i].build();
	ck_assert_ptr_nonnull(y);
	y = op_add(tape, y, op_act(tape, y, 0));         /* building goes on without checks */
	y = op_conv(tape, y, y, conv_none());
	ck_assert_ptr_eq(tape_fail(tape, "a later error"), y);
	tape_keep(tape, y);
	ck_assert_int_eq(tape_forward(tape, true), -1);
	ck_assert_msg(strstr(err_last(), error_cases[_i].says), "%s", err_last());
	ck_assert_int_eq(tape_backward(tape, y, 1), -1);
	ck_assert_msg(strstr(err_last(), error_cases[_i].says), "%s", err_last());

	tape_reset(tape);                                /* forgets the error too */
	op_act(tape, leaf_on_tape(&x, false), 0);
	forward(false);
	leaf_free(&x);
}
END_TEST

START_TEST(backward_needs_a_forward_pass_for_training)
{
	struct leaf x = leaf_new(SHAPE(2, 2));
	struct tensor *y;

	tape_reset(tape);
	y = op_act(tape, leaf_on_tape(&x, true), 0);
	ck_assert_int_eq(tape_backward(tape, y, 1), -1);
	forward(false);
	ck_assert_int_eq(tape_backward(tape, y, 1), -1);
	forward(true);
	backward(y);
	ck_assert_int_eq(tape_backward(tape, y, 1), -1);
	leaf_free(&x);
}
END_TEST

START_TEST(backward_starts_from_a_gradient_of_the_callers)
{
	struct leaf x = leaf_new(SHAPE(2, 3));
	float given[6] = { 1, -2, 3, 0.5f, 0, 7 }, value[VALUES_MAX], grad[VALUES_MAX];
	float *device = device_new(given, 6);

	tape_reset(tape);

	struct tensor *leaf = leaf_on_tape(&x, true), *y = op_act(tape, leaf, 0);

	forward(true);
	ck_assert_int_eq(tape_backward_from(tape, y, device), 0);
	value_of(value, leaf);
	grad_of(grad, leaf);
	for (int i = 0; i < 6; i++)
		ck_assert(grad[i] == (value[i] > 0 ? given[i] : 0));
	ck_assert_int_eq(tape_backward_from(tape, y, device), -1);
	be->k->free(be, device);
	leaf_free(&x);
}
END_TEST

/* --- cost --- */

START_TEST(cost_counts_multiply_accumulates)
{
	const double rows = 2.0 * 3 * 4, flops = 2 * rows * 8 * 2 * 9;
	struct leaf w = leaf_new(SHAPE(8, 2, 3, 3));
	struct tape_cost cost;

	/* stride 2 of 6x7; 4 channels in 2 groups to 8 */
	tape_reset(tape);
	op_conv(tape, some(SHAPE(2, 6, 7, 4)), some(SHAPE(8, 2, 3, 3)), (struct conv_options){ .groups = 2, .stride = 2 });
	cost = tape_cost(tape);
	ck_assert_double_eq(cost.flops, flops);
	ck_assert_double_eq(cost.flops_backward, 0);
	ck_assert_double_eq(cost.bytes_backward, 0);
	ck_assert_double_eq(cost.bytes, 4.0 * (2 * 6 * 7 * 4 + 8 * 2 * 9 + rows * 8));
	ck_assert_int_eq(cost.nodes, 1);

	/* only the weight wants a gradient: one backward convolution, not two */
	op_conv(tape, some(SHAPE(2, 6, 7, 4)), leaf_on_tape(&w, true), (struct conv_options){ .groups = 2, .stride = 2 });
	ck_assert_double_eq(tape_cost(tape).flops, 2 * flops);
	ck_assert_double_eq(tape_cost(tape).flops_backward, flops);
	/* the output, too, for its ReLU */
	ck_assert_double_eq(tape_cost(tape).bytes_backward, 4.0 * (2 * rows * 8 + 2 * 6 * 7 * 4 + 8 * 2 * 9));

	op_linear(tape, some(SHAPE(4, 5)), some(SHAPE(3, 5)), some(SHAPE(3)));
	ck_assert_double_eq(tape_cost(tape).flops, 2 * flops + 2 * 4 * 5 * 3);
	ck_assert_int_eq(tape_cost(tape).nodes, 3);
	tape_reset(tape);
	ck_assert_double_eq(tape_cost(tape).flops, 0);
	leaf_free(&w);
}
END_TEST

START_TEST(shape_reads_as_text)
{
	char text[64];
	struct shape s = SHAPE(64, 14, 7, 16);

	ck_assert_str_eq(shape_text(&s, text), "64x14x7x16");
	ck_assert_uint_eq(shape_count(&s), 64 * 14 * 7 * 16);
	ck_assert_int_eq(shape_pixels(&s), 98);
	ck_assert_uint_eq(shape_rows(&s), 64 * 98);
	ck_assert_int_eq(shape_channels(&s), 16);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("tape");
	TCase *tc = tcase_create("tape");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, conv_add_and_bank_write_work_in_place);
	tcase_add_test(tc, memory_is_reused);
	tcase_add_test(tc, training_keeps_only_what_backward_reads);
	tcase_add_test(tc, steady_state_allocates_nothing);
	tcase_add_test(tc, plan_lays_nothing_over_what_is_alive);
	tcase_add_test(tc, kept_values_and_gradients_outlive_the_pass);
	tcase_add_test(tc, kept_bank_state_is_that_just_after_its_op);
	tcase_add_test(tc, outputs_off_the_way_to_the_loss_have_no_say);
	tcase_add_loop_test(tc, first_error_is_kept_and_fails_the_pass, 0, ERROR_CASES);
	tcase_add_test(tc, backward_needs_a_forward_pass_for_training);
	tcase_add_test(tc, backward_starts_from_a_gradient_of_the_callers);
	tcase_add_test(tc, cost_counts_multiply_accumulates);
	tcase_add_test(tc, shape_reads_as_text);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
