/* check_pattern.c -- named architectures: valid wherever they fit, wired as their names say, as large as fits, and refused with a reason. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "tests/arch_fixture.h"

/* The shipped presets' spaces, then the fixture's with a budget in block 3 that has room for a fractal: `_i` of a loop test. */
static int space_count(void)
{
	int count = 1;

	for (int i = 0; preset_names[i]; i++)
		count++;
	return count;
}

static struct space space_number(int i)
{
	struct preset preset = { .space = fixture_space };

	preset.space.block_budget[2] = 96;
	if (preset_names[i])
		ck_assert_int_eq(preset_get(&preset, preset_names[i]), 0);
	return preset.space;
}

static struct arch make(const char *name, const struct space *space, int axes)
{
	struct arch arch;

	ck_assert_msg(pattern_make(&arch, name, space, axes) == 0, "%s", err_last());
	return arch;
}

/* Banks of the block's input that are whole groups of D N. */
static uint64_t input_banks(const struct space *space, const struct arch *arch, int block)
{
	int banks = block_input_banks(space, arch, block);

	return bits_below(banks - banks % space_read_step(space, arch->block[block].bank_size));
}

START_TEST(every_pattern_is_valid_in_every_space)
{
	struct space space = space_number(_i);

	for (int p = 0; p < pattern_count; p++)
		for (int axes = 2; axes <= 3; axes++) {
			struct arch arch = make(patterns[p].name, &space, axes);

			ck_assert_msg(arch_validate(&space, &arch, NULL) == 0, "%s: %s", patterns[p].name, err_last());
			ck_assert_int_eq(arch.axes, axes);
			ck_assert_int_eq(pattern_find(patterns[p].name), p);
		}
}
END_TEST

START_TEST(patterns_differ_and_are_the_same_each_time)
{
	struct space space = space_number(_i);

	for (int p = 0; p < pattern_count; p++) {
		struct arch arch = make(patterns[p].name, &space, 2), again = make(patterns[p].name, &space, 2);

		ck_assert(arch_equal(&arch, &again));
		for (int q = 0; q < p; q++) {
			struct arch other = make(patterns[q].name, &space, 2);

			ck_assert_msg(!arch_equal(&arch, &other), "%s and %s", patterns[p].name, patterns[q].name);
		}
	}
}
END_TEST

START_TEST(convolutions_are_plain)
{
	struct space space = space_number(_i);

	for (int p = 0; p < pattern_count; p++) {
		struct arch arch = make(patterns[p].name, &space, 3);
		int active = strcmp(patterns[p].name, "resnet") == 0 && space.arrangement == 4 ? 3 : 1;

		for (int b = 0; b < BLOCKS; b++)
			for (int i = 0; i < arch.block[b].op_count; i++) {
				const struct arch_op *op = &arch.block[b].op[i];

				ck_assert_int_eq(op->active, active);
				for (int c = 0; active >> c; c++) {
					ck_assert_mem_eq(op->conv[c].kernel, ((uint8_t[]){ 3, 3, 3 }), 3);
					ck_assert_mem_eq(op->conv[c].dilation, ((uint8_t[]){ 1, 1, 1 }), 3);
					ck_assert_int_eq(op->conv[c].groups, 1);
				}
			}
	}
}
END_TEST

/* An op that is wider than N_max, or than a multiple of the bank size below it, writes its units round the group. */
START_TEST(ops_are_as_wide_as_what_they_write)
{
	struct space space = space_number(_i);

	for (int p = 0; p < pattern_count; p++) {
		struct arch arch = make(patterns[p].name, &space, 2);

		for (int b = 0; b < BLOCKS; b++)
			for (int i = 0; i < arch.block[b].op_count; i++) {
				const struct arch_op *op = &arch.block[b].op[i];
				int size = arch.block[b].bank_size, writes = bits_count(op->writes) * size;

				ck_assert_int_eq(op->units, writes <= space.units_max ? writes : space.units_max / size * size);
			}
	}
}
END_TEST

START_TEST(every_op_of_resnet_reads_and_writes_the_whole_input)
{
	struct space space = space_number(_i);
	struct arch arch = make("resnet", &space, 2);

	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i < arch.block[b].op_count; i++) {
			ck_assert_uint_eq(arch.block[b].op[i].reads, input_banks(&space, &arch, b));
			ck_assert_uint_eq(arch.block[b].op[i].writes, input_banks(&space, &arch, b));
		}
}
END_TEST

START_TEST(every_op_of_densenet_reads_all_and_writes_the_next_group)
{
	struct space space = space_number(_i);
	struct arch arch = make("densenet", &space, 2);

	for (int b = 0; b < BLOCKS; b++) {
		int written = block_input_banks(&space, &arch, b), group = space_read_step(&space, arch.block[b].bank_size);

		for (int i = 0; i < arch.block[b].op_count; i++, written += group) {
			ck_assert_uint_eq(arch.block[b].op[i].reads, bits_below(written));
			ck_assert_uint_eq(arch.block[b].op[i].writes, bits_below(written + group) & ~bits_below(written));
		}
	}
}
END_TEST

/* One more op of the same kind breaks a rule: of the budget, of the banks, of the ops a block may have. */
START_TEST(resnet_and_densenet_are_as_long_as_fits)
{
	struct space space = space_number(_i);

	for (int b = 0; b < BLOCKS; b++) {
		struct arch resnet = make("resnet", &space, 2), densenet = make("densenet", &space, 2);
		struct arch_block *block = &resnet.block[b];
		struct arch_op op = block->op[0];

		if (block->op_count < OPS_MAX) {
			block->op[block->op_count++] = op;
			ck_assert_int_eq(arch_validate(&space, &resnet, NULL), -1);
		}
		block = &densenet.block[b];

		int written = block_banks(&space, &densenet, b, block->op_count);
		int group = space_read_step(&space, block->bank_size);

		op = block->op[0];
		op.reads = bits_below(written);
		op.writes = bits_below(written + group) & ~bits_below(written);
		block->op[block->op_count++] = op;
		ck_assert_int_eq(arch_validate(&space, &densenet, NULL), -1);
	}
}
END_TEST

/* ---- fractals, followed by symbols: x is the input, (a) an op that read a, a sum is written in ascending order ---- */

enum { TERM_SIZE = 2048, TERMS = 8 };

struct sum {
	char term[TERMS][TERM_SIZE];
	int count;
};

static void sum_add(struct sum *s, const char *term)
{
	int at = s->count++;

	ck_assert_int_le(s->count, TERMS);
	for (; at > 0 && strcmp(s->term[at - 1], term) > 0; at--)
		strcpy(s->term[at], s->term[at - 1]);
	strcpy(s->term[at], term);
}

static void sum_apply(const struct sum *s, char op[TERM_SIZE])
{
	char text[TERM_SIZE] = "(";

	for (int i = 0; i < s->count; i++) {
		ck_assert_int_lt(strlen(text) + strlen(s->term[i]) + 4, TERM_SIZE);
		strcat(text, i ? "+" : "");
		strcat(text, s->term[i]);
	}
	strcat(text, ")");
	strcpy(op, text);
}

/* f_1 is an op; f_c+1(x) joins f_c(f_c(x)) and an op that reads x. */
static void fractal(const struct sum *x, int columns, struct sum *out)
{
	char op[TERM_SIZE];
	struct sum *once = calloc(1, sizeof(*once)), *twice = calloc(1, sizeof(*twice));

	if (columns > 1) {
		fractal(x, columns - 1, once);
		fractal(once, columns - 1, twice);
	}
	sum_apply(x, op);
	sum_add(twice, op);
	*out = *twice;
	free(once);
	free(twice);
}

/* What stands in the last bank after the block's ops. A group of banks has one content: its first bank stands for it. */
static void follow(const struct space *space, const struct arch *arch, int b, struct sum *last)
{
	struct sum *bank = calloc(BANKS_MAX, sizeof(*bank));
	char op[TERM_SIZE];
	int end = 0;

	sum_add(&bank[0], "x");
	for (int i = 0; i < arch->block[b].op_count; i++) {
		sum_apply(&bank[bits_first(arch->block[b].op[i].reads)], op);
		sum_add(&bank[bits_first(arch->block[b].op[i].writes)], op);
		end = bits_first(arch->block[b].op[i].writes);
	}
	ck_assert_int_eq(bits_end(arch->block[b].op[arch->block[b].op_count - 1].writes),
		block_banks(space, arch, b, arch->block[b].op_count));
	*last = bank[end];
	free(bank);
}

/* 2^c - 1 ops make c columns. */
static int columns(const struct arch *arch, int b)
{
	int c = bits_end((uint64_t)arch->block[b].op_count);

	ck_assert_int_eq(arch->block[b].op_count, (1 << c) - 1);
	ck_assert_int_ge(c, 2);
	return c;
}

START_TEST(exact_joins_are_the_fractal_of_the_paper)
{
	struct space space = space_number(_i);
	struct arch arch = make("fractalnet-exact", &space, 2);
	struct sum *found = calloc(1, sizeof(*found)), *right = calloc(1, sizeof(*right)), *x = calloc(1, sizeof(*x));

	sum_add(x, "x");
	for (int b = 0; b < BLOCKS; b++) {
		follow(&space, &arch, b, found);
		fractal(x, columns(&arch, b), right);
		ck_assert_int_eq(found->count, right->count);
		for (int i = 0; i < right->count; i++)
			ck_assert_str_eq(found->term[i], right->term[i]);
	}
	free(found);
	free(right);
	free(x);
}
END_TEST

/* {0} -> {1}, {1} -> {1}, {0} -> {1} and so on: all that is not the input is one group, and the columns begin at the input once each. */
START_TEST(additive_joins_share_one_group)
{
	struct space space = space_number(_i);
	struct arch arch = make("fractalnet", &space, 2);

	for (int b = 0; b < BLOCKS; b++) {
		uint64_t input = input_banks(&space, &arch, b), joined = arch.block[b].op[0].writes;
		int begin = 0;

		ck_assert_uint_eq(arch.block[b].op[0].reads, input);
		for (int i = 0; i < arch.block[b].op_count; i++) {
			const struct arch_op *op = &arch.block[b].op[i];

			ck_assert(op->reads == input || op->reads == joined);
			ck_assert_uint_eq(op->writes, joined);
			begin += op->reads == input;
		}
		ck_assert_uint_eq(input & joined, 0);
		ck_assert_int_eq(begin, columns(&arch, b));
	}
}
END_TEST

START_TEST(two_columns_are_as_the_method_spells_them)
{
	struct preset preset;

	ck_assert_int_eq(preset_get(&preset, "tiny"), 0);
	preset.space.block_budget[0] = preset.space.block_budget[1] = preset.space.block_budget[2] = 20;

	struct arch additive = make("fractalnet", &preset.space, 2), exact = make("fractalnet-exact", &preset.space, 2);
	static const uint64_t reads[2][3] = { { 3, 4, 3 }, { 3, 4, 3 } }, writes[2][3] = { { 4, 4, 4 }, { 4, 8, 8 } };

	for (int b = 0; b < BLOCKS; b++) {
		ck_assert_int_eq(additive.block[b].bank_size, 4);
		ck_assert_int_eq(additive.block[b].op_count, 3);
		ck_assert_int_eq(exact.block[b].op_count, 3);
		for (int i = 0; i < 3; i++) {
			ck_assert_uint_eq(additive.block[b].op[i].reads, reads[0][i]);
			ck_assert_uint_eq(additive.block[b].op[i].writes, writes[0][i]);
			ck_assert_uint_eq(exact.block[b].op[i].reads, reads[1][i]);
			ck_assert_uint_eq(exact.block[b].op[i].writes, writes[1][i]);
		}
	}
}
END_TEST

/* ---- what cannot be held ---- */

/* A space of known sizes; what a row sets comes after it. */
static const char *const sizes[] = {
	"space.bank_unit=8", "space.bank_size_max=16", "space.units_max=16", "space.depth_compression=1", "space.stem_channels=16",
	"space.block_input=16,24,32", "space.block_channels=48,56,64", "space.block_budget=136,168,208",
};

static const struct {
	const char *name, *set[4], *error;
} refusals[] = {
	{ "resnext", { 0 }, "pattern resnext: there is none of this name; there are resnet, densenet, fractalnet, fractalnet-exact; "
		"did you mean resnet?" },
	{ "resnet", { "space.block_budget=136,168,24" },
		"resnet: block 3 cannot hold it: with banks of 8 it takes 32 channels of banks and a budget of 32; there are 64 and 24" },
	{ "densenet", { "space.block_channels=48,24,64" },
		"densenet: block 2 cannot hold it: with banks of 8 it takes 32 channels of banks and a budget of 24; there are 24 and 168" },
	{ "densenet", { "space.depth_compression=2", "space.bank_size_max=8" },
		"densenet: block 2 cannot hold it: no size of banks makes its 24 input channels whole groups of D N = 16" },
	{ "fractalnet", { "space.block_budget=39,168,208" },
		"fractalnet: block 1 cannot hold it: with banks of 8 it takes 24 channels of banks and a budget of 40; there are 48 and 39" },
	{ "fractalnet-exact", { "space.block_channels=48,56,40" },
		"fractalnet-exact: block 3 cannot hold it: with banks of 8 it takes 48 channels of banks and a budget of 72; there are 40 and 208" },
};

START_TEST(a_space_that_cannot_hold_it_is_named_with_what_it_takes)
{
	struct preset preset;
	struct arch arch, before;

	memset(&arch, 1, sizeof(arch));
	before = arch;
	ck_assert_int_eq(preset_get(&preset, "small"), 0);
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++)
		ck_assert_msg(preset_set(&preset, sizes[i]) == 0, "%s", err_last());
	for (int i = 0; refusals[_i].set[i]; i++)
		ck_assert_msg(preset_set(&preset, refusals[_i].set[i]) == 0, "%s", err_last());
	ck_assert_msg(preset_validate(&preset) == 0, "%s", err_last());
	ck_assert_int_eq(pattern_make(&arch, refusals[_i].name, &preset.space, 2), -1);
	ck_assert_str_eq(err_last(), refusals[_i].error);
	ck_assert_mem_eq(&arch, &before, sizeof(arch));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("pattern");
	TCase *tc = tcase_create("pattern");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(tc, every_pattern_is_valid_in_every_space, 0, space_count());
	tcase_add_loop_test(tc, patterns_differ_and_are_the_same_each_time, 0, space_count());
	tcase_add_loop_test(tc, convolutions_are_plain, 0, space_count());
	tcase_add_loop_test(tc, ops_are_as_wide_as_what_they_write, 0, space_count());
	tcase_add_loop_test(tc, every_op_of_resnet_reads_and_writes_the_whole_input, 0, space_count());
	tcase_add_loop_test(tc, every_op_of_densenet_reads_all_and_writes_the_next_group, 0, space_count());
	tcase_add_loop_test(tc, resnet_and_densenet_are_as_long_as_fits, 0, space_count());
	tcase_add_loop_test(tc, exact_joins_are_the_fractal_of_the_paper, 0, space_count());
	tcase_add_loop_test(tc, additive_joins_share_one_group, 0, space_count());
	tcase_add_test(tc, two_columns_are_as_the_method_spells_them);
	tcase_add_loop_test(tc, a_space_that_cannot_hold_it_is_named_with_what_it_takes, 0, sizeof refusals / sizeof *refusals);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
