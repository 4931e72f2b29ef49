/* check_sample.c -- random architectures: always valid, repeatable, and distributed as METHOD's search space says. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "src/arch/bits.h"
#include "src/base/err.h"
#include "tests/arch_fixture.h"

enum { SAMPLES = 10000, VOLUMES = 1000, PRESETS = 4 };

/* Sampling error of a frequency, in standard deviations; five are passed by chance once in two million. */
static void assert_frequency(int count, int of, double probability, const char *what)
{
	double deviation = sqrt(of * probability * (1 - probability)) + 1e-9;

	ck_assert_msg(fabs(count - of * probability) < 5 * deviation + 1, "%s: %d of %d, expected %.1f +- %.1f", what, count, of,
		of * probability, deviation);
}

START_TEST(every_sample_is_valid)
{
	struct preset preset;
	struct rng rng;

	ck_assert(preset_get(&preset, preset_names[_i]) == 0);
	for (int axes = 2; axes <= 3; axes++) {
		rng_seed(&rng, 31, axes);
		for (int i = 0; i < (axes == 2 ? SAMPLES : VOLUMES); i++) {
			struct arch arch;

			arch_sample(&arch, &preset.space, axes, 0, &rng);
			ck_assert_int_eq(arch.axes, axes);
			ck_assert_msg(arch_validate(&preset.space, &arch, NULL) == 0, "sample %d: %s", i, err_last());
		}
	}
}
END_TEST

/* Spaces that no preset has: whatever fields pass preset_validate, a sample is valid. */
START_TEST(every_sample_is_valid_in_any_space)
{
	static const int units[] = { 1, 2, 3, 4, 6, 8, 12 };
	struct rng rng;
	int spaces = 0;

	rng_seed(&rng, 32, 0);
	for (int i = 0; i < 6000; i++) {
		struct preset preset;

		ck_assert(preset_get(&preset, "small") == 0);

		struct space *space = &preset.space;
		int n = space->bank_unit = units[rng_below(&rng, 7)];

		space->units_max = n * (1 + rng_below(&rng, 12));
		space->depth_compression = 1 + rng_below(&rng, 5);
		for (int b = 0; b < BLOCKS; b++) {
			space->block_input[b] = 1 + rng_below(&rng, 12 * n);
			space->block_channels[b] = space->block_input[b] + rng_below(&rng, 30 * n);
			space->block_budget[b] = 1 + rng_below(&rng, 80 * n);
		}
		space->stem_channels = space->block_input[0];
		space->bank_size_max = n * (1 + rng_below(&rng, 12));
		space->arrangement = rng_below(&rng, 2) ? 4 : 1;
		space->kernel_max = 3 + 2 * rng_below(&rng, 4);
		space->dilation_max = 1 + rng_below(&rng, 4);
		space->extent_max = 3 + rng_below(&rng, 12);
		space->groups_vary = rng_below(&rng, 2);
		space->bottleneck = rng_below(&rng, 2);
		space->budget_share_min = rng_uniform(&rng);
		if (preset_validate(&preset) < 0)
			continue;
		spaces++;
		for (int k = 0; k < 10; k++) {
			struct arch arch;

			arch_sample(&arch, space, 2 + k % 2, k < 5 ? 0 : k, &rng);
			ck_assert_msg(arch_validate(space, &arch, NULL) == 0, "space %d: %s", i, err_last());
		}
	}
	ck_assert_int_gt(spaces, 500);
}
END_TEST

START_TEST(same_seed_same_architectures)
{
	for (int p = 0; preset_names[p]; p++) {
		struct preset preset;
		struct rng rng[3];
		int same = 0;

		ck_assert(preset_get(&preset, preset_names[p]) == 0);
		rng_seed(&rng[0], 5, 0);
		rng_seed(&rng[1], 5, 0);
		rng_seed(&rng[2], 6, 0);
		for (int i = 0; i < 50; i++) {
			struct arch arch[3];

			for (int k = 0; k < 3; k++)
				arch_sample(&arch[k], &preset.space, 2, 0, &rng[k]);
			ck_assert(arch_equal(&arch[0], &arch[1]));
			same += arch_equal(&arch[0], &arch[2]);
		}
		ck_assert_int_lt(same, 3);
	}
}
END_TEST

START_TEST(young_training_gets_small_kernels)
{
	struct preset preset;
	struct rng rng;

	ck_assert(preset_get(&preset, "smash-v2") == 0);
	rng_seed(&rng, 33, 0);
	for (int limit = 0; limit <= 9; limit++) {
		int allowed = limit == 0 || limit > 7 ? 7 : limit < 3 ? 3 : limit - (limit + 1) % 2, largest = 0;

		for (int i = 0; i < 20; i++) {
			struct arch arch;

			arch_sample(&arch, &preset.space, 2, limit, &rng);
			for (int b = 0; b < BLOCKS; b++)
				for (int o = 0; o < arch.block[b].op_count; o++)
					for (int c = 0; c < CONVS; c++)
						for (int a = 0; a < 2; a++)
							if (arch.block[b].op[o].conv[c].kernel[a] > largest)
								largest = arch.block[b].op[o].conv[c].kernel[a];
		}
		ck_assert_int_eq(largest, allowed);
	}
}
END_TEST

/* Block 1 of a space where nothing but the rule under test decides: four input banks of 8, room and budget for more. */
static struct space open_space(void)
{
	struct space space = fixture_space;

	space.depth_compression = 1;
	space.bank_size_max = 8;
	space.stem_channels = 32;
	for (int b = 0; b < BLOCKS; b++) {
		space.block_input[b] = 32;
		space.block_channels[b] = 128;
		space.block_budget[b] = 400;
	}
	space.kernel_max = 7;
	space.budget_share_min = 1;
	return space;
}

START_TEST(reads_are_uniform_over_counts_and_banks)
{
	struct space space = open_space();
	int of_count[5] = { 0 }, of_bank[4] = { 0 }, of_pair[16] = { 0 };
	struct rng rng;

	rng_seed(&rng, 34, 0);
	for (int i = 0; i < SAMPLES; i++) {
		struct arch arch;

		arch_sample(&arch, &space, 2, 0, &rng);

		uint64_t reads = arch.block[0].op[0].reads;

		of_count[bits_count(reads)]++;
		if (bits_count(reads) == 1)
			of_bank[bits_first(reads)]++;
		if (bits_count(reads) == 2)
			of_pair[reads]++;
	}
	for (int k = 1; k <= 4; k++)
		assert_frequency(of_count[k], SAMPLES, 0.25, "count of reads");
	for (int k = 0; k < 4; k++)
		assert_frequency(of_bank[k], of_count[1], 0.25, "bank read alone");
	for (int k = 0; k < 16; k++)
		if (bits_count(k) == 2)
			assert_frequency(of_pair[k], of_count[2], 1.0 / 6, "pair read");
}
END_TEST

START_TEST(units_are_drawn_near_what_is_read)
{
	struct space space = open_space();
	int count[5][5] = { { 0 } }, of[5] = { 0 };
	struct rng rng;

	space.units_offset = 0.5;
	space.units_slope = 2;
	rng_seed(&rng, 35, 0);
	for (int i = 0; i < SAMPLES; i++) {
		struct arch arch;

		arch_sample(&arch, &space, 2, 0, &rng);

		int read = bits_count(arch.block[0].op[0].reads);

		count[read][arch.block[0].op[0].units / 8]++;
		of[read]++;
	}
	for (int read = 1; read <= 4; read++) {
		double sum = 0;

		for (int u = 1; u <= 4; u++)
			sum += 1 / (0.5 + 2 * abs(u - read));
		for (int u = 1; u <= 4; u++)
			assert_frequency(count[read][u], of[read], 1 / (0.5 + 2 * abs(u - read)) / sum, "units");
	}
}
END_TEST

START_TEST(writes_fall_off_and_take_new_banks_in_order)
{
	struct space space = open_space();
	int of_count[5] = { 0 }, one_unit = 0, new_alone = 0;
	struct rng rng;

	rng_seed(&rng, 36, 0);
	for (int i = 0; i < SAMPLES; i++) {
		struct arch arch;

		arch_sample(&arch, &space, 2, 0, &rng);

		const struct arch_op *op = &arch.block[0].op[0];

		if (op->units != 8)
			continue;
		one_unit++;
		of_count[bits_count(op->writes)]++;
		if (bits_count(op->writes) == 1)
			new_alone += op->writes == bit(4);
	}
	ck_assert_int_gt(one_unit, 500);
	assert_frequency(of_count[1], one_unit, 1 / (1 + exp(-1)), "one write of one or two");
	ck_assert_int_eq(of_count[1] + of_count[2], one_unit);           /* at most half of the four written */
	assert_frequency(new_alone, of_count[1], 0.2, "the one empty bank among five targets");
}
END_TEST

START_TEST(convolutions_follow_their_weights)
{
	struct space space = open_space();
	int set[ACTIVE_SETS] = { 0 }, kernel[8] = { 0 }, dilation[8][4] = { { 0 } }, groups[9] = { 0 }, ops = 0, convs = 0;
	struct rng rng;

	rng_seed(&rng, 37, 0);
	for (int i = 0; i < 1500; i++) {
		struct arch arch;

		arch_sample(&arch, &space, 2, 0, &rng);
		for (int o = 0; o < arch.block[0].op_count; o++) {
			const struct arch_op *op = &arch.block[0].op[o];

			ops++;
			for (int s = 0; s < ACTIVE_SETS; s++)
				set[s] += op->active == arch_active_sets[s];
			for (int c = 0; c < CONVS; c++)
				if (op->active >> c & 1) {
					convs++;
					kernel[op->conv[c].kernel[1]]++;
					dilation[op->conv[c].kernel[1]][op->conv[c].dilation[1]]++;
					groups[op->conv[c].groups]++;
				}
		}
	}
	assert_frequency(set[0], ops, 0.05, "{1}");
	assert_frequency(set[1], ops, 0.10, "{1,3}");
	assert_frequency(set[2], ops, 0.15, "{1,2}");
	assert_frequency(set[3], ops, 0.25, "{1,2,3}");
	assert_frequency(set[4], ops, 0.45, "{1,2,3,4}");
	for (int k = 3; k <= 7; k += 2)
		assert_frequency(kernel[k], convs, 1.0 / 3, "kernel");
	for (int d = 1; d <= 3; d++)
		assert_frequency(dilation[3][d], kernel[3], 1.0 / 3, "dilation of kernel 3");
	for (int d = 1; d <= 2; d++)
		assert_frequency(dilation[5][d], kernel[5], 1.0 / 2, "dilation of kernel 5");
	ck_assert_int_eq(dilation[7][1], kernel[7]);
	for (int g = 1; g <= 8; g *= 2)
		assert_frequency(groups[g], convs, 0.25, "groups");
}
END_TEST

START_TEST(budget_share_is_uniform_and_ends_a_block)
{
	struct space space = open_space();
	double spent = 0;
	struct rng rng;

	space.block_channels[0] = 32;
	space.budget_share_min = 0.05;
	space.block_budget[0] = 1000;            /* at most 50 ops of 20 channels in the mean: OPS_MAX does not bind often */
	rng_seed(&rng, 38, 0);
	for (int i = 0; i < 2000; i++) {
		struct arch arch;
		int sum = 0;

		arch_sample(&arch, &space, 2, 0, &rng);
		for (int o = 0; o < arch.block[0].op_count; o++)
			sum += op_n_in(&arch, 0, o);
		ck_assert_int_le(sum, 1000);
		spent += sum;
	}
	spent /= 2000;
	/* (0.05 + 1) / 2 of 1000, less up to a bank that no longer fits */
	ck_assert_msg(spent > 500 && spent < 540, "%.1f channels", spent);
}
END_TEST

START_TEST(block_has_an_op_though_its_share_holds_none)
{
	struct space space = open_space();
	struct rng rng;

	space.budget_share_min = 0;
	for (int b = 0; b < BLOCKS; b++)
		space.block_budget[b] = 8;       /* one read of one bank */
	rng_seed(&rng, 39, 0);
	for (int i = 0; i < 100; i++) {
		struct arch arch;

		arch_sample(&arch, &space, 2, 0, &rng);
		for (int b = 0; b < BLOCKS; b++)
			ck_assert_int_eq(arch.block[b].op_count, 1);
	}
}
END_TEST

START_TEST(bank_sizes_are_uniform_over_those_that_fit)
{
	struct preset preset;
	struct rng rng;
	int count[65] = { 0 };

	ck_assert(preset_get(&preset, "smash-v2") == 0);
	rng_seed(&rng, 40, 0);
	for (int i = 0; i < SAMPLES / 2; i++) {
		struct arch arch;

		arch_sample(&arch, &preset.space, 2, 0, &rng);
		count[arch.block[0].bank_size]++;
	}
	for (int size = 8; size <= 64; size *= 2)
		assert_frequency(count[size], SAMPLES / 2, 0.25, "bank size of block 1");
	ck_assert_int_eq(count[24] + count[40] + count[48] + count[56], 0);
}
END_TEST

/* Ops a block 7.6, 11.5, 17.9 and 8 to 10 banks were counted on the configuration that smash-v2 describes. */
START_TEST(smash_v2_has_as_many_ops_and_banks_as_described)
{
	struct preset preset;
	struct rng rng;
	double ops[BLOCKS] = { 0 }, banks = 0;
	static const double told[BLOCKS] = { 7.6, 11.5, 17.9 };

	ck_assert(preset_get(&preset, "smash-v2") == 0);
	rng_seed(&rng, 41, 0);
	for (int i = 0; i < 2000; i++) {
		struct arch arch;

		arch_sample(&arch, &preset.space, 2, 0, &rng);
		for (int b = 0; b < BLOCKS; b++) {
			ops[b] += arch.block[b].op_count / 2000.0;
			banks += block_banks(&preset.space, &arch, b, arch.block[b].op_count) / 2000.0 / BLOCKS;
		}
	}
	for (int b = 0; b < BLOCKS; b++)
		ck_assert_msg(fabs(ops[b] - told[b]) < 0.1 * told[b], "block %d has %.2f ops", b + 1, ops[b]);
	ck_assert_msg(banks > 8 && banks < 11.5, "%.2f banks", banks);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sample");
	TCase *valid = tcase_create("valid"), *distribution = tcase_create("distribution");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(valid, every_sample_is_valid, 0, PRESETS);
	tcase_add_test(valid, every_sample_is_valid_in_any_space);
	tcase_add_test(valid, same_seed_same_architectures);
	tcase_add_test(valid, young_training_gets_small_kernels);
	tcase_add_test(valid, block_has_an_op_though_its_share_holds_none);
	tcase_add_test(distribution, reads_are_uniform_over_counts_and_banks);
	tcase_add_test(distribution, units_are_drawn_near_what_is_read);
	tcase_add_test(distribution, writes_fall_off_and_take_new_banks_in_order);
	tcase_add_test(distribution, convolutions_follow_their_weights);
	tcase_add_test(distribution, budget_share_is_uniform_and_ends_a_block);
	tcase_add_test(distribution, bank_sizes_are_uniform_over_those_that_fit);
	tcase_add_test(distribution, smash_v2_has_as_many_ops_and_banks_as_described);
	suite_add_tcase(suite, valid);
	suite_add_tcase(suite, distribution);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
