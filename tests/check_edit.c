/* check_edit.c -- single edits: valid, distinct, complete, and what they say. */
#include "src/arch/edit.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"
#include "tests/arch_fixture.h"

enum { ROOM = 20000 };
static struct arch_edit list[ROOM];

/* ---- whatever is listed ---- */

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void check_listed(const struct space *space, const struct arch *arch)
{
	static char id[ROOM + 1][ARCH_ID_LENGTH + 1];
	int count = arch_edits(space, arch, list, ROOM);
	struct arch edited;

	ck_assert_int_le(count, ROOM);
	for (int i = 0; i < count; i++) {
		ck_assert_msg(arch_edit_apply(space, arch, &list[i], &edited) == 0, "edit %d: %s", i, err_last());
		ck_assert_int_eq(arch_validate(space, &edited, NULL), 0);
		arch_id(&edited, id[i]);
	}
	arch_id(arch, id[count]);
	qsort(id, count + 1, sizeof(id[0]), compare_ids);
	for (int i = 0; i < count; i++)
		ck_assert_msg(strcmp(id[i], id[i + 1]) != 0, "%s comes twice", id[i]);
}

START_TEST(edits_of_samples_are_valid_distinct_and_never_the_original)
{
	static const int axes[] = { 2, 3 };
	struct preset preset;
	struct arch arch;
	struct rng rng;

	rng_seed(&rng, 3, _i);
	ck_assert_int_eq(preset_get(&preset, preset_names[_i]), 0);
	for (int i = 0; i < 4; i++) {
		arch_sample(&arch, &preset.space, axes[i % 2], 0, &rng);
		check_listed(&preset.space, &arch);
	}
}
END_TEST

START_TEST(a_short_list_counts_all_and_keeps_the_first)
{
	struct arch_edit few[3];
	int count = arch_edits(&fixture_space, &fixture_arch, list, ROOM);

	ck_assert_int_gt(count, 100);
	ck_assert_int_eq(arch_edits(&fixture_space, &fixture_arch, few, 3), count);
	for (int i = 0; i < 3; i++) {
		struct arch a, b;

		ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &few[i], &a), 0);
		ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &list[i], &b), 0);
		ck_assert(arch_equal(&a, &b));
	}
}
END_TEST

/* ---- completeness: what brute force finds ---- */

static int listed_count;

/* How often the list has an edit of that kind at this place with exactly that result. */
static int times_listed(enum edit_kind kind, int block, int op, const struct arch *result)
{
	int times = 0;

	for (int i = 0; i < listed_count; i++) {
		struct arch edited;

		if (list[i].kind != kind || list[i].block != block || list[i].op != op)
			continue;
		ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &list[i], &edited), 0);
		times += arch_equal(&edited, result);
	}
	return times;
}

static int of_kind(enum edit_kind kind, int block, int op)
{
	int count = 0;

	for (int i = 0; i < listed_count; i++)
		count += list[i].kind == kind && list[i].block == block && list[i].op == op;
	return count;
}

/* Number of valid results that `change` makes of an op with value 0 … values - 1, each of which must be listed once as that kind. `change`
 * returns false where the value is no edit of the kind. */
static int brute_force(enum edit_kind kind, int block, int op, int values, bool (*change)(struct arch_op *, int))
{
	int count = 0;

	for (int v = 0; v < values; v++) {
		struct arch edited = fixture_arch;

		if (!change(&edited.block[block].op[op], v) || arch_equal(&edited, &fixture_arch) ||
		    arch_validate(&fixture_space, &edited, NULL) < 0)
			continue;
		ck_assert_msg(times_listed(kind, block, op, &edited) == 1, "%s %d of block %d op %d is listed %d times",
			edit_kind_names[kind], v, block + 1, op + 1, times_listed(kind, block, op, &edited));
		count++;
	}
	return count;
}

static bool change_reads_by_one(struct arch_op *op, int mask)
{
	bool one = bits_count(op->reads ^ (uint64_t)mask) == 1;

	op->reads = mask;
	return one;
}

static bool change_reads_by_two(struct arch_op *op, int mask)
{
	bool two = bits_count(op->reads ^ (uint64_t)mask) == 2 && bits_count(op->reads) == bits_count(mask);

	op->reads = mask;
	return two;
}

static bool change_writes_by_one(struct arch_op *op, int mask)
{
	bool one = bits_count(op->writes ^ (uint64_t)mask) == 1;

	op->writes = mask;
	return one;
}

/* value: conv, axis, side */
static bool change_kernel(struct arch_op *op, int value)
{
	op->conv[value % 4].kernel[value / 4 % 2] = value / 8;
	return op->active & 1 << value % 4;
}

static bool change_dilation(struct arch_op *op, int value)
{
	op->conv[value % 4].dilation[value / 4 % 2] = value / 8;
	return op->active & 1 << value % 4;
}

static bool change_groups(struct arch_op *op, int value)
{
	op->conv[value % 4].groups = value / 4;
	return op->active & 1 << value % 4;
}

static bool change_active(struct arch_op *op, int mask)
{
	static const struct arch_conv simple = { .kernel = { 3, 3 }, .dilation = { 1, 1 }, .groups = 1 }, none;

	for (int c = 0; c < CONVS; c++) {
		if (!(mask & 1 << c))
			op->conv[c] = none;
		else if (!(op->active & 1 << c))
			op->conv[c] = simple;
	}
	op->active = mask;
	return true;
}

static const struct {
	enum edit_kind kind;
	int values;
	bool (*change)(struct arch_op *, int);
} brute_rows[] = {
	{ EDIT_TOGGLE_READ, 256, change_reads_by_one },
	{ EDIT_SWAP_READ, 256, change_reads_by_two },
	{ EDIT_TOGGLE_WRITE, 256, change_writes_by_one },
	{ EDIT_KERNEL, 8 * 10, change_kernel },
	{ EDIT_DILATION, 8 * 10, change_dilation },
	{ EDIT_GROUPS, 4 * 33, change_groups },
	{ EDIT_ACTIVE, 16, change_active },
};

START_TEST(edits_are_what_brute_force_finds)
{
	int all = 0;

	listed_count = arch_edits(&fixture_space, &fixture_arch, list, ROOM);
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < fixture_arch.block[b].op_count; o++) {
			int found = brute_force(brute_rows[_i].kind, b, o, brute_rows[_i].values, brute_rows[_i].change);

			ck_assert_int_eq(of_kind(brute_rows[_i].kind, b, o), found);
			all += found;
		}
	ck_assert_int_gt(all, 0);
}
END_TEST

/* ---- single kinds ---- */

static struct arch_edit edit(enum edit_kind kind, int block, int op)
{
	return (struct arch_edit){ .kind = kind, .block = block, .op = op, .conv = -1, .axis = -1, .bank = -1 };
}

START_TEST(more_units_add_the_lowest_banks_that_are_missing)
{
	struct arch_edit e = edit(EDIT_UNITS, 1, 0);
	struct arch edited;

	e.value = 32;                            /* banks of 8: writes 1 and 4 of 0 … 3, so 0 and 2 come */
	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &e, &edited), 0);
	ck_assert_int_eq(edited.block[1].op[0].units, 32);
	ck_assert_uint_eq(edited.block[1].op[0].writes, bit(0) | bit(1) | bit(2) | bit(4));
	ck_assert(!arch_edit_changes_banks(&fixture_space, &fixture_arch, &e));
}
END_TEST

START_TEST(fewer_units_leave_the_writes)
{
	struct arch_edit e = edit(EDIT_UNITS, 1, 1);
	struct arch edited;

	e.value = 8;
	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &e, &edited), 0);
	ck_assert_uint_eq(edited.block[1].op[1].writes, fixture_arch.block[1].op[1].writes);
}
END_TEST

START_TEST(an_added_op_is_a_copy_that_follows)
{
	struct arch_edit e = edit(EDIT_ADD_OP, 0, 1);
	struct arch edited, back;

	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &e, &edited), 0);
	ck_assert_int_eq(edited.block[0].op_count, 3);
	ck_assert_mem_eq(&edited.block[0].op[1], &fixture_arch.block[0].op[1], sizeof(struct arch_op));
	ck_assert_mem_eq(&edited.block[0].op[2], &fixture_arch.block[0].op[1], sizeof(struct arch_op));
	e = edit(EDIT_DELETE_OP, 0, 2);
	ck_assert_int_eq(arch_edit_apply(&fixture_space, &edited, &e, &back), 0);
	ck_assert(arch_equal(&back, &fixture_arch));
}
END_TEST

START_TEST(an_op_that_others_need_cannot_be_deleted)
{
	struct arch_edit e = edit(EDIT_DELETE_OP, 0, 0);
	struct arch edited = fixture_arch;

	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &e, &edited), -1);
	ck_assert_str_eq(err_last(), "block 1 op 1 reads: bank 2 is not written yet; written are 0 to 1");
	ck_assert(arch_equal(&edited, &fixture_arch));
	listed_count = arch_edits(&fixture_space, &fixture_arch, list, ROOM);
	ck_assert_int_eq(of_kind(EDIT_DELETE_OP, 0, 0), 0);
	ck_assert_int_eq(of_kind(EDIT_DELETE_OP, 0, 1), 1);
}
END_TEST

START_TEST(a_spent_budget_adds_no_op)
{
	listed_count = arch_edits(&fixture_space, &fixture_arch, list, ROOM);
	ck_assert_int_eq(of_kind(EDIT_ADD_OP, 2, 0) + of_kind(EDIT_ADD_OP, 2, 1), 0);
	ck_assert_int_eq(of_kind(EDIT_ADD_OP, 0, 1), 1);
}
END_TEST

START_TEST(of_equal_ops_in_a_row_one_is_copied_and_one_deleted)
{
	struct arch_edit e = edit(EDIT_ADD_OP, 0, 1);
	struct arch twice;

	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &e, &twice), 0);
	listed_count = arch_edits(&fixture_space, &twice, list, ROOM);
	ck_assert_int_eq(of_kind(EDIT_DELETE_OP, 0, 1), 0);
	ck_assert_int_eq(of_kind(EDIT_DELETE_OP, 0, 2), 1);
	check_listed(&fixture_space, &twice);
}
END_TEST

START_TEST(a_space_of_one_convolution_changes_all_axes_at_once)
{
	struct preset preset;
	struct arch arch, edited;
	struct rng rng;
	int kernels = 0;

	ck_assert_int_eq(preset_get(&preset, "smash-v1"), 0);
	preset.space.kernel_max = 5;
	rng_seed(&rng, 1, 1);
	arch_sample(&arch, &preset.space, 2, 3, &rng);
	listed_count = arch_edits(&preset.space, &arch, list, ROOM);
	for (int i = 0; i < listed_count; i++) {
		if (list[i].kind != EDIT_KERNEL)
			continue;
		ck_assert_int_eq(list[i].axis, -1);
		ck_assert_int_eq(arch_edit_apply(&preset.space, &arch, &list[i], &edited), 0);
		ck_assert_int_eq(edited.block[list[i].block].op[list[i].op].conv[0].kernel[1], 5);
		kernels++;
	}
	ck_assert_int_gt(kernels, 0);
}
END_TEST

START_TEST(an_edit_may_be_made_in_place)
{
	struct arch_edit e = edit(EDIT_DELETE_OP, 2, 1);
	struct arch arch = fixture_arch, edited;

	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &e, &edited), 0);
	ck_assert_int_eq(arch_edit_apply(&fixture_space, &arch, &e, &arch), 0);
	ck_assert(arch_equal(&arch, &edited));
}
END_TEST

static const struct {
	struct arch_edit edit;
	const char *message;
} missing_rows[] = {
	{ { .kind = EDIT_DELETE_OP, .block = 0, .op = 2, .conv = -1, .axis = -1, .bank = -1 }, "block 1 has no op 3; it has 2" },
	{ { .kind = EDIT_DELETE_OP, .block = 3, .op = 0, .conv = -1, .axis = -1, .bank = -1 }, "there is no block 4; there are 1 to 3" },
	{ { .kind = EDIT_KERNEL, .block = 0, .op = 0, .conv = 0, .axis = 1, .bank = -1, .value = 4 },
		"block 1 op 1 conv 1 kernel: 4 is not odd from 3 to 5" },
};

START_TEST(an_edit_of_what_is_not_there_says_so)
{
	struct arch edited;

	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &missing_rows[_i].edit, &edited), -1);
	ck_assert_str_eq(err_last(), missing_rows[_i].message);
}
END_TEST

/* ---- banks ---- */

/* Block 1 ends with banks 0 … 3: op 1 fills bank 2, op 2 bank 3. */
static const struct {
	struct arch_edit edit;
	bool changes;
} bank_rows[] = {
	{ { .kind = EDIT_TOGGLE_WRITE, .block = 0, .op = 0, .conv = -1, .axis = -1, .bank = 0 }, false },
	{ { .kind = EDIT_TOGGLE_WRITE, .block = 0, .op = 0, .conv = -1, .axis = -1, .bank = 3 }, false },    /* earlier than op 2 */
	{ { .kind = EDIT_TOGGLE_WRITE, .block = 1, .op = 0, .conv = -1, .axis = -1, .bank = 5 }, false },
	{ { .kind = EDIT_TOGGLE_WRITE, .block = 1, .op = 1, .conv = -1, .axis = -1, .bank = 7 }, true },
	{ { .kind = EDIT_DELETE_OP, .block = 0, .op = 1, .conv = -1, .axis = -1, .bank = -1 }, true },
	{ { .kind = EDIT_DELETE_OP, .block = 2, .op = 1, .conv = -1, .axis = -1, .bank = -1 }, false },
	{ { .kind = EDIT_DILATION, .block = 0, .op = 0, .conv = 0, .axis = 0, .bank = -1, .value = 1 }, false },
};

START_TEST(changed_banks_are_those_the_block_ends_with)
{
	struct arch edited;

	ck_assert_int_eq(arch_edit_apply(&fixture_space, &fixture_arch, &bank_rows[_i].edit, &edited), 0);
	ck_assert_int_eq(arch_edit_changes_banks(&fixture_space, &fixture_arch, &bank_rows[_i].edit), bank_rows[_i].changes);
}
END_TEST

/* ---- texts ---- */

static const struct {
	struct arch_edit edit;
	const char *text;
} text_rows[] = {
	{ { .kind = EDIT_TOGGLE_READ, .block = 1, .op = 1, .conv = -1, .axis = -1, .bank = 4 }, "block 2 op 2 reads: bank 4 removed" },
	{ { .kind = EDIT_TOGGLE_READ, .block = 1, .op = 1, .conv = -1, .axis = -1, .bank = 3 }, "block 2 op 2 reads: bank 3 added" },
	{ { .kind = EDIT_SWAP_READ, .block = 1, .op = 1, .conv = -1, .axis = -1, .bank = 0, .value = 2 },
		"block 2 op 2 reads: bank 0 replaced by bank 2" },
	{ { .kind = EDIT_TOGGLE_WRITE, .block = 2, .op = 1, .conv = -1, .axis = -1, .bank = 1 }, "block 3 op 2 writes: bank 1 removed" },
	{ { .kind = EDIT_UNITS, .block = 0, .op = 0, .conv = -1, .axis = -1, .bank = -1, .value = 32 }, "block 1 op 1 units: 16 to 32" },
	{ { .kind = EDIT_KERNEL, .block = 0, .op = 0, .conv = 0, .axis = 0, .bank = -1, .value = 5 },
		"block 1 op 1 conv 1 kernel h: 3 to 5" },
	{ { .kind = EDIT_KERNEL, .block = 0, .op = 0, .conv = 0, .axis = -1, .bank = -1, .value = 5 }, "block 1 op 1 conv 1 kernel: 3 to 5" },
	{ { .kind = EDIT_DILATION, .block = 0, .op = 0, .conv = 3, .axis = 1, .bank = -1, .value = 1 },
		"block 1 op 1 conv 4 dilation w: 3 to 1" },
	{ { .kind = EDIT_GROUPS, .block = 0, .op = 0, .conv = 3, .axis = -1, .bank = -1, .value = 2 }, "block 1 op 1 conv 4 groups: 8 to 2" },
	{ { .kind = EDIT_ACTIVE, .block = 1, .op = 1, .conv = -1, .axis = -1, .bank = -1, .value = 15 },
		"block 2 op 2 convs: 1 3 to 1 2 3 4" },
	{ { .kind = EDIT_ADD_OP, .block = 0, .op = 0, .conv = -1, .axis = -1, .bank = -1 }, "block 1 op 1 copied, as op 2" },
	{ { .kind = EDIT_DELETE_OP, .block = 0, .op = 1, .conv = -1, .axis = -1, .bank = -1 }, "block 1 op 2 deleted" },
};

START_TEST(texts_say_place_and_change)
{
	char text[128];

	arch_edit_text(&fixture_arch, &text_rows[_i].edit, text, sizeof(text));
	ck_assert_str_eq(text, text_rows[_i].text);
}
END_TEST

START_TEST(axes_of_volumes_are_d_h_w)
{
	struct arch_edit e = { .kind = EDIT_KERNEL, .conv = 0, .axis = 0, .bank = -1, .value = 5 };
	struct arch arch = fixture_arch;
	char text[128];

	arch.axes = 3;
	arch_edit_text(&arch, &e, text, sizeof(text));
	ck_assert_str_eq(text, "block 1 op 1 conv 1 kernel d: 3 to 5");
}
END_TEST

#define ROWS(rows) (int)(sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	Suite *suite = suite_create("edit");
	TCase *lists = tcase_create("lists"), *kinds = tcase_create("kinds");
	SRunner *runner = srunner_create(suite);
	int presets = 0, failed;

	while (preset_names[presets])
		presets++;
	tcase_add_loop_test(lists, edits_of_samples_are_valid_distinct_and_never_the_original, 0, presets);
	tcase_add_test(lists, a_short_list_counts_all_and_keeps_the_first);
	tcase_add_loop_test(lists, edits_are_what_brute_force_finds, 0, ROWS(brute_rows));
	suite_add_tcase(suite, lists);
	tcase_add_test(kinds, more_units_add_the_lowest_banks_that_are_missing);
	tcase_add_test(kinds, fewer_units_leave_the_writes);
	tcase_add_test(kinds, an_added_op_is_a_copy_that_follows);
	tcase_add_test(kinds, an_op_that_others_need_cannot_be_deleted);
	tcase_add_test(kinds, a_spent_budget_adds_no_op);
	tcase_add_test(kinds, of_equal_ops_in_a_row_one_is_copied_and_one_deleted);
	tcase_add_test(kinds, a_space_of_one_convolution_changes_all_axes_at_once);
	tcase_add_test(kinds, an_edit_may_be_made_in_place);
	tcase_add_loop_test(kinds, an_edit_of_what_is_not_there_says_so, 0, ROWS(missing_rows));
	tcase_add_loop_test(kinds, changed_banks_are_those_the_block_ends_with, 0, ROWS(bank_rows));
	tcase_add_loop_test(kinds, texts_say_place_and_change, 0, ROWS(text_rows));
	tcase_add_test(kinds, axes_of_volumes_are_d_h_w);
	suite_add_tcase(suite, kinds);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
