/*
 * check_cuda_kernels.c -- the CUDA backend's kernels on the stand-in device against their formulas in ref.c: threads and blocks in three orders,
 * streams that run at once and late, whole vectors and odd addresses, convolutions of plans and of our own. And that the stand-in finds what
 * is wrong with a kernel.
 */
#include <math.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/cuda.h"
#include "tests/cuda-standin/broken.h"
#include "tests/cuda-standin/launch.h"
#include "tests/cuda-standin/standin.h"
#include "tests/kernel_rig.h"
#include "tests/ref.h"

static const struct device_case {
	const char *name;
	enum standin_order order;
	bool late, odd, no_plans;
} device_cases[] = {
	{ "forward", STANDIN_FORWARD, false, false, false },
	{ "backward, late, odd addresses, no plans", STANDIN_BACKWARD, true, true, true },
	{ "shuffled, late, no plans", STANDIN_SHUFFLED, true, false, true },
};

static struct backend *open_device(int i)
{
	standin_order(device_cases[i].order);
	standin.late = device_cases[i].late;
	standin.no_plans = device_cases[i].no_plans;
	return cuda_open(0, 1);
}

static const char *device_name(int i)
{
	return device_cases[i].name;
}

static bool device_odd(int i)
{
	return device_cases[i].odd;
}

const struct rig rig = {
	.backends = ROWS(device_cases),
	.open = open_device,
	.name = device_name,
	.odd = device_odd,
	.memory = malloc,
	.release = free,
};

/* The nearest bfloat16, the even one of two: the upper half of a float. */
static uint16_t half_of(float x)
{
	uint32_t bits;

	memcpy(&bits, &x, sizeof bits);
	bits += 0x7fff + (bits >> 16 & 1);
	return (uint16_t)(bits >> 16);
}

static float float_of(uint16_t half)
{
	uint32_t bits = (uint32_t)half << 16;
	float x;

	memcpy(&x, &bits, sizeof x);
	return x;
}

static const size_t half_sizes[] = { 0, 1, 3, 4, 37, 1000, 30001 };

START_TEST(bfloat16_rounds_to_the_nearest_and_comes_back)
{
	size_t n = half_sizes[_i];

	for (int b = 0; b < rig.backends; b++)
		for (int beta = 0; beta <= 1; beta++) {
			struct backend *be = open_case(b);
			float *x = buffer(n), *y = buffer(n), *want = copy_of(y, n), *memory = buffer((n + 1) / 2);
			uint16_t *half = (uint16_t *)(void *)memory;

			if (n > 2) {
				x[0] = 1.00390625f;              /* between two, the lower is even */
				x[1] = 1.01171875f;              /* the upper is */
				x[2] = -3e38f;
			}
			nan_if(!beta, y, n);
			cuda_to_half(cuda_of(be), half, x, n);
			cuda_from_half(cuda_of(be), y, half, beta ? 0.02f : ACT_NONE, (float)beta, n);
			case_sync();
			for (size_t i = 0; i < n; i++) {
				float back = float_of(half_of(x[i])), sum = beta ? want[i] + back : back;

				if (half[i] != half_of(x[i]))
					ck_abort_msg("%.9g became %04x, not %04x", (double)x[i], half[i], half_of(x[i]));
				want[i] = beta && sum < 0 ? 0.02f * sum : sum;
			}
			assert_close(y, want, n, 1e-7, "from bfloat16");
			close_case(be);
			buffer_free(x);
			buffer_free(y);
			buffer_free(want);
			buffer_free(memory);
		}
}
END_TEST

static const struct { int out, in, taps; } weight_cases[] = {
	{ 1, 1, 1 }, { 5, 3, 9 }, { 16, 8, 1 }, { 64, 32, 25 }, { 40, 1, 9 }, { 8, 6, 27 },
};

START_TEST(weights_get_their_channels_last_and_back)
{
	int out = weight_cases[_i].out, in = weight_cases[_i].in, taps = weight_cases[_i].taps;
	size_t n = (size_t)(out * in * taps);

	for (int b = 0; b < rig.backends; b++) {
		struct backend *be = open_case(b);
		float *w = buffer(n), *last = buffer(n), *want = buffer(n), *memory = buffer((n + 1) / 2), *back = copy_of(w, n), *sum = copy_of(w, n);
		uint16_t *half = (uint16_t *)(void *)memory;

		for (int o = 0; o < out; o++)
			for (int i = 0; i < in; i++)
				for (int t = 0; t < taps; t++)
					want[(o * taps + t) * in + i] = w[(o * in + i) * taps + t];
		nan_if(true, last, n);
		nan_if(true, back, n);
		cuda_weights_last(cuda_of(be), last, w, out, in, taps, false);
		assert_close(last, want, n, 0, "channels last");
		cuda_weights_last(cuda_of(be), half, w, out, in, taps, true);
		case_sync();
		for (size_t i = 0; i < n; i++)
			if (half[i] != half_of(want[i]))
				ck_abort_msg("element %zu of %zu became %04x, not %04x", i, n, half[i], half_of(want[i]));
		cuda_weights_first(cuda_of(be), back, last, out, in, taps, 0);
		assert_close(back, w, n, 0, "channels first");
		cuda_weights_first(cuda_of(be), sum, last, out, in, taps, 1);
		for (size_t i = 0; i < n; i++)
			want[i] = 2 * w[i];
		assert_close(sum, want, n, 1e-7, "channels first, added");
		close_case(be);
		float *all[] = { w, last, want, memory, back, sum };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			buffer_free(all[i]);
	}
}
END_TEST

static const struct { size_t rows; int c; } column_cases[] = {
	{ 0, 3 }, { 1, 1 }, { 64, 10 }, { 3000, 1 }, { 999, 20 }, { 5000, 37 }, { 70, 1500 }, { 20000, 64 },
};

START_TEST(columns_are_summed_over_any_number_of_blocks)
{
	size_t rows = column_cases[_i].rows, c = (size_t)column_cases[_i].c;

	for (int b = 0; b < rig.backends; b++)
		for (int beta = 0; beta <= 1; beta++) {
			struct backend *be = open_case(b);
			float *x = buffer(rows * c), *sums = buffer(c), *want = copy_of(sums, c), *again = copy_of(sums, c);

			for (size_t k = 0; k < c; k++) {
				double sum = beta ? (double)want[k] : 0;

				for (size_t row = 0; row < rows; row++)
					sum += (double)x[row * c + k];
				want[k] = (float)sum;
			}
			nan_if(!beta, sums, c);
			nan_if(!beta, again, c);
			cuda_sum_rows(cuda_of(be), sums, x, rows, (int)c, (float)beta);
			cuda_sum_rows(cuda_of(be), again, x, rows, (int)c, (float)beta);
			assert_close(sums, want, c, tolerance(4 * sqrt((double)rows)), "sums of columns");
			assert_same_bits(sums, again, c, "sums of columns");
			for (int i = 0; i < CUDA_TICKETS; i++)
				ck_assert_uint_eq(cuda_of(be)->tickets[i], 0);
			close_case(be);
			buffer_free(x);
			buffer_free(sums);
			buffer_free(want);
			buffer_free(again);
		}
}
END_TEST

/* A box of more elements than an index counts goes in pieces; these .cu files count to INDEX_MAX, which is small here. */
START_TEST(boxes_and_images_beyond_an_index_go_in_pieces)
{
	static const struct box box = { 3, { 1, 3, 30000 }, { 0, 70000, 2 }, 5 };
	static const struct pool pool = { 2, 7, 8, { 60, 61 }, { 30, 31 } };
	size_t n = 90000, larger = 5 + 2 * 70000 + 60000, nx = 7 * 60 * 61 * 8, ny = 7 * 30 * 31 * 8;

	for (int b = 0; b < rig.backends; b++) {
		struct backend *be = open_case(b);
		float *x = buffer(larger), *y = buffer(n), *want = buffer(n), *in = buffer(nx), *out = buffer(ny), *pooled = buffer(ny);
		long before;

		nan_if(true, y, n);
		for (size_t i = 0; i < n; i++)
			want[i] = x[5 + i / 30000 * 70000 + i % 30000 * 2];
		before = standin_count.call[STANDIN_LAUNCH];
		be->k->gather(be, y, x, &box, 0);
		ck_assert_int_gt(standin_count.call[STANDIN_LAUNCH], before + 1);
		assert_close(y, want, n, 0, "gather");
		for (size_t i = 0; i < n; i++)
			y[i] = (float)i;
		be->k->scatter(be, x, y, &box, 0);
		case_sync();
		for (size_t i = 0; i < n; i++)
			if (x[5 + i / 30000 * 70000 + i % 30000 * 2] != (float)i)
				ck_abort_msg("scatter: element %zu", i);
		before = standin_count.call[STANDIN_LAUNCH];
		nan_if(true, out, ny);
		be->k->pool(be, &pool, out, in);
		ck_assert_int_gt(standin_count.call[STANDIN_LAUNCH], before);
		ref_pool(&pool, pooled, in);
		assert_close(out, pooled, ny, tolerance(4), "pool");
		close_case(be);
		float *all[] = { x, y, want, in, out, pooled };

		for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
			buffer_free(all[i]);
	}
}
END_TEST

START_TEST(the_stand_in_aborts_on_a_broken_kernel)
{
	standin_order((enum standin_order)(_i % 3));
	broken_run((enum broken)(_i / 3));
}
END_TEST

START_TEST(a_missing_barrier_shows_in_every_order)
{
	float to[NEIGHBOURS];
	int right = 0;

	standin_order((enum standin_order)_i);
	neighbours_run(to, true);
	for (int i = 0; i < NEIGHBOURS; i++)
		ck_assert(to[i] == (float)((i + 1) % NEIGHBOURS));
	neighbours_run(to, false);
	for (int i = 0; i < NEIGHBOURS; i++)
		right += to[i] == (float)((i + 1) % NEIGHBOURS);
	ck_assert_int_lt(right, NEIGHBOURS);
}
END_TEST

/* AddressSanitizer finds a write beyond shared memory first, and ends the program in its own way. */
static int broken_kernels(void)
{
#ifdef __SANITIZE_ADDRESS__
	return SHARED_OVERRUN;
#else
	return BLOCK_TOO_LARGE + 1;
#endif
}

int main(void)
{
	const struct case_row rows[] = {
		{ "half", bfloat16_rounds_to_the_nearest_and_comes_back, ROWS(half_sizes) },
		{ "move", weights_get_their_channels_last_and_back, ROWS(weight_cases) },
		{ "move", boxes_and_images_beyond_an_index_go_in_pieces, 1 },
		{ "sums", columns_are_summed_over_any_number_of_blocks, ROWS(column_cases) },
		{ "stand-in", a_missing_barrier_shows_in_every_order, 3 },
	};
	Suite *suite = suite_create("cuda kernels");
	TCase *broken = tcase_create("stand-in");

	add_conv_cases(suite);
	add_other_cases(suite);
	add_cases(suite, rows, sizeof(rows) / sizeof(rows[0]));
	tcase_add_loop_test_raise_signal(broken, the_stand_in_aborts_on_a_broken_kernel, SIGABRT, 0, 3 * broken_kernels());
	suite_add_tcase(suite, broken);
	return run_suite(suite);
}
