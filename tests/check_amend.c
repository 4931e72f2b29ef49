/* check_amend.c -- changes by hand: what they do to the op, what they leave of the others, and what they say. */
#include "src/arch/align.h"
#include "src/arch/amend.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/text.h"
#include "src/base/err.h"
#include "tests/arch_fixture.h"

static void sample(struct arch *arch, struct preset *preset, const char *name, int axes, uint64_t stream)
{
	struct rng rng;

	rng_seed(&rng, 5, stream);
	ck_assert_int_eq(preset_get(preset, name), 0);
	arch_sample(arch, &preset->space, axes, 0, &rng);
}

static struct place cell_at(int block, int op, int bank)
{
	return (struct place){ .block = block, .op = op, .kind = PLACE_BANK, .bank = bank, .conv = -1, .axis = -1 };
}

static void amend(const struct space *space, struct arch *arch, struct amend a)
{
	ck_assert_msg(arch_amend(space, arch, &a, NULL) == 0, "%s", err_last());
}

/* ---- places and values ---- */

START_TEST(every_value_can_be_set_at_every_place_and_only_there)
{
	static const char *const names[] = { "small", "smash-v2", "smash-v1" };
	struct place field[FIELDS_MAX + 1];
	struct value value[VALUES_MAX];
	struct preset preset;
	struct arch arch;
	int places = 0;

	sample(&arch, &preset, names[_i], _i == 1 ? 3 : 2, 1);
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch.block[b].op_count; o++) {
			int count = op_fields(&preset.space, &arch, b, o, field);

			field[count] = cell_at(b, o, o % 8);
			for (int f = 0; f <= count; f++) {
				int values = place_values(&preset.space, &arch, &field[f], value), found = 0;

				ck_assert_int_gt(values, 0);
				places++;
				for (int v = 0; v < values; v++) {
					struct arch changed = arch;

					amend(&preset.space, &changed, (struct amend){ .kind = AMEND_SET, .place = field[f], .value = value[v].value });
					ck_assert_int_eq(place_value(&changed, &field[f]), value[v].value);
					ck_assert_int_eq(arch_validate(&preset.space, &changed, NULL) == 0, value[v].valid);
					found += value[v].value == place_value(&arch, &field[f]);
					amend(&preset.space, &changed, (struct amend){ .kind = AMEND_SET, .place = field[f],
					      .value = place_value(&arch, &field[f]) });
					if (field[f].kind != PLACE_CONVS)        /* what was switched off comes back plain */
						ck_assert(arch_equal(&changed, &arch));
				}
				ck_assert_int_eq(found, 1);
			}
		}
	ck_assert_int_gt(places, 10);
}
END_TEST

/* Block 1 of the preset tiny, whose input is 8 channels: read whole, written to all the rest, and that read by a second op. */
static struct arch halves(struct preset *preset)
{
	struct arch arch;

	sample(&arch, preset, "tiny", 2, 1);
	arch.block[0] = (struct arch_block){ .bank_size = 4, .op_count = 2 };
	for (int i = 0; i < 2; i++) {
		arch.block[0].op[i] = plain_op(&preset->space, &arch, 0, 0, 0).op;
		arch.block[0].op[i].units = 8;
		arch.block[0].op[i].reads = i ? bit(2) | bit(3) : bit(0) | bit(1);
		arch.block[0].op[i].writes = i ? bit(0) | bit(1) : bit(2) | bit(3);
	}
	ck_assert_msg(arch_validate(&preset->space, &arch, NULL) == 0, "%s", err_last());
	return arch;
}

START_TEST(another_bank_size_takes_the_ops_along)
{
	struct preset preset;
	struct arch arch = halves(&preset), before = arch;
	struct lineage lineage;
	struct value value[VALUES_MAX];
	struct place place;

	ck_assert(block_field(&preset.space, 0, &place));
	ck_assert_int_eq(place_values(&preset.space, &arch, &place, value), 2);
	ck_assert(value[0].value == 4 && value[0].valid && value[1].value == 8 && value[1].valid);
	lineage_begin(&lineage);
	ck_assert_int_eq(arch_amend(&preset.space, &arch, &(struct amend){ .kind = AMEND_SET, .place = place, .value = 8 }, &lineage), 0);
	ck_assert_msg(arch_validate(&preset.space, &arch, NULL) == 0, "%s", err_last());
	ck_assert(arch.block[0].op[0].reads == bit(0) && arch.block[0].op[0].writes == bit(1));
	ck_assert(arch.block[0].op[1].reads == bit(1) && arch.block[0].op[1].writes == bit(0));
	ck_assert_int_eq(lineage.bank[0][1], 2);
	amend(&preset.space, &arch, (struct amend){ .kind = AMEND_SET, .place = place, .value = 4 });
	ck_assert(arch_equal(&arch, &before));
	arch.block[0].op[0].writes = bit(2);
	arch.block[0].op[0].units = 4;
	amend(&preset.space, &arch, (struct amend){ .kind = AMEND_SET, .place = place, .value = 8 });
	ck_assert_int_eq(arch.block[0].op[0].units, 8);
}
END_TEST

START_TEST(a_bank_size_that_fits_no_op_says_so)
{
	struct preset preset;
	struct arch arch = halves(&preset);
	struct arch_fault fault;
	struct place place;
	char text[64];

	block_field(&preset.space, 0, &place);
	amend(&preset.space, &arch, (struct amend){ .kind = AMEND_SET, .place = place, .value = 12 });
	ck_assert_int_eq(arch_validate(&preset.space, &arch, &fault), -1);
	fault_place(&fault, text, sizeof(text));
	ck_assert_str_eq(text, "block 1 bank size");
	ck_assert(fault_is_at(&fault, &place));
	preset_get(&preset, "small");
	ck_assert(!block_field(&preset.space, 0, &place));       /* one size alone */
}
END_TEST

START_TEST(fields_are_in_the_order_of_the_row)
{
	struct place field[FIELDS_MAX];
	char text[32];
	static const char *const words[] = {
		"units", "convs", "conv 1 kernel h", "conv 1 kernel w", "conv 1 dilation h", "conv 1 dilation w", "conv 1 groups",
		"conv 2 kernel h", "conv 2 kernel w", "conv 2 dilation h", "conv 2 dilation w", "conv 2 groups",
	};
	struct space one = fixture_space;

	ck_assert_int_eq(op_fields(&fixture_space, &fixture_arch, 1, 0, field), 12);
	for (int i = 0; i < 12; i++) {
		place_text(&fixture_arch, &field[i], text, sizeof(text));
		ck_assert_str_eq(text, words[i]);
	}
	one.arrangement = 1;
	ck_assert_int_eq(op_fields(&one, &fixture_arch, 0, 1, field), 4);
	place_text(&fixture_arch, &field[1], text, sizeof(text));
	ck_assert_str_eq(text, "conv 1 kernel");
}
END_TEST

START_TEST(a_value_that_breaks_a_rule_says_which)
{
	struct value value[VALUES_MAX];
	struct place units = { .block = 0, .op = 0, .kind = PLACE_UNITS, .bank = -1, .conv = -1, .axis = -1 };
	struct place cell = cell_at(0, 1, 3);

	ck_assert_int_eq(place_values(&fixture_space, &fixture_arch, &units, value), 2);
	ck_assert_int_eq(value[1].value, 32);
	ck_assert(value[1].valid);
	units.op = 1;
	units.block = 1;
	ck_assert_int_eq(place_values(&fixture_space, &fixture_arch, &units, value), 4);
	ck_assert_int_eq(value[3].value, 32);
	ck_assert(value[3].valid);
	ck_assert_int_eq(place_values(&fixture_space, &fixture_arch, &cell, value), 4);
	ck_assert_int_eq(value[1].value, CELL_READ);
	ck_assert(!value[1].valid);
	ck_assert_msg(strstr(value[1].fault.rule, "bank 3 is not written yet") != NULL, "%s", value[1].fault.rule);
	ck_assert(fault_is_at(&value[1].fault, &cell));
	ck_assert(!value[0].valid);                      /* two banks of 16 cover its 32 units, one doesn't */
	ck_assert_str_eq(value[0].fault.field, "writes");
	ck_assert(value[2].valid);
}
END_TEST

START_TEST(faults_elsewhere_do_not_count_against_a_value)
{
	struct arch broken = fixture_arch;
	struct place groups = { .block = 0, .op = 1, .kind = PLACE_GROUPS, .bank = -1, .conv = 0, .axis = -1 };
	struct value value[VALUES_MAX];
	struct arch_fault list[8];

	broken.block[1].op[0].reads = bit(9);
	broken.block[2].op[1].conv[1].kernel[0] = 4;
	ck_assert_int_eq(arch_faults(&fixture_space, &broken, list, 8), 2);
	ck_assert_int_eq(list[1].conv, 1);
	ck_assert_int_eq(list[1].axis, 0);
	ck_assert(list[0].banks == bit(9));
	ck_assert_int_eq(place_values(&fixture_space, &broken, &groups, value), 4);
	for (int i = 0; i < 4; i++)
		ck_assert(value[i].valid);
}
END_TEST

START_TEST(a_value_that_breaks_a_rule_makes_no_other_valid)
{
	struct arch broken = fixture_arch;
	struct place units = { .block = 1, .op = 0, .kind = PLACE_UNITS, .bank = -1, .conv = -1, .axis = -1 };
	struct value value[VALUES_MAX];

	broken.block[1].op[0].units = 23;                /* two banks of 8 cover 16 */
	ck_assert_int_eq(place_values(&fixture_space, &broken, &units, value), 4);
	ck_assert(value[0].valid && value[1].valid);
	ck_assert(!value[2].valid && !value[3].valid);
	ck_assert_str_eq(value[2].fault.field, "writes");
}
END_TEST

/* ---- ops that come, go and move ---- */

/* Whose writes a bank holds before an op: -1 the block's input, else the tag of an op. */
struct flow {
	int writer[OPS_MAX + 1], count;
};

static void bank_flow(const struct arch_block *block, int input_banks, int op, int bank, const int *tag, int without, struct flow *flow)
{
	flow->count = 0;
	if (bank < input_banks)
		flow->writer[flow->count++] = -1;
	for (int i = 0; i < op; i++)
		if (block->op[i].writes >> bank & 1 && tag[i] != without)
			flow->writer[flow->count++] = tag[i];
}

static int compare_flows(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct flow));
}

/* What the banks that the op reads hold, sorted, empty ones left out: all that the op knows of their numbers. */
static int read_flows(const struct arch_block *block, int input_banks, int op, const int *tag, int without, struct flow *list)
{
	int count = 0;

	for (int k = 0; k < BANKS_MAX; k++) {
		if (!(block->op[op].reads >> k & 1))
			continue;
		memset(&list[count], 0, sizeof(list[count]));
		bank_flow(block, input_banks, op, k, tag, without, &list[count]);
		count += list[count].count > 0;
	}
	qsort(list, count, sizeof(*list), compare_flows);
	return count;
}

START_TEST(ops_that_stay_read_what_they_read_before_one_was_deleted)
{
	struct flow before[BANKS_MAX], after[BANKS_MAX];
	int tag[OPS_MAX], rest[OPS_MAX], deleted = 0;
	struct preset preset;
	struct arch arch;

	sample(&arch, &preset, _i % 2 ? "smash-v2" : "small", 2, _i);
	for (int i = 0; i < OPS_MAX; i++)
		tag[i] = i;
	for (int b = 0; b < BLOCKS; b++)
		for (int gone = 0; gone < arch.block[b].op_count && arch.block[b].op_count > 1; gone++) {
			struct arch without = arch;
			int input = block_input_banks(&preset.space, &arch, b);

			amend(&preset.space, &without, (struct amend){ .kind = AMEND_DELETE, .place = { .block = b, .op = gone } });
			ck_assert_int_eq(without.block[b].op_count, arch.block[b].op_count - 1);
			for (int i = 0; i < without.block[b].op_count; i++)
				rest[i] = i + (i >= gone);
			for (int i = 0; i < without.block[b].op_count; i++) {
				int count = read_flows(&arch.block[b], input, rest[i], tag, gone, before);

				ck_assert_int_eq(read_flows(&without.block[b], input, i, rest, -2, after), count);
				ck_assert(memcmp(before, after, count * sizeof(*before)) == 0);
				ck_assert_int_eq(bits_count(without.block[b].op[i].writes), bits_count(arch.block[b].op[rest[i]].writes));
			}
			deleted++;
		}
	ck_assert_int_gt(deleted, 3);
}
END_TEST

START_TEST(deleting_what_nobody_reads_leaves_it_valid)
{
	struct arch arch = fixture_arch;

	amend(&fixture_space, &arch, (struct amend){ .kind = AMEND_DELETE, .place = { .block = 1, .op = 1 } });
	ck_assert_int_eq(arch_validate(&fixture_space, &arch, NULL), 0);
	arch = fixture_arch;
	amend(&fixture_space, &arch, (struct amend){ .kind = AMEND_DELETE, .place = { .block = 1, .op = 0 } });
	ck_assert(arch.block[1].op[0].reads == bit(0));          /* bank 4 is gone, 5 and 6 are 4 and 5 now */
	ck_assert(arch.block[1].op[0].writes == (bit(2) | bit(3) | bit(4) | bit(5)));
	ck_assert_int_eq(arch_validate(&fixture_space, &arch, NULL), -1);
	ck_assert_msg(strstr(err_last(), "block 2 op 1 reads: 1 banks of 8 are 8 channels") != NULL, "%s", err_last());
}
END_TEST

/* The numbers may differ where an op makes several banks: they are numbered in the order of the masks. */
START_TEST(an_op_moved_down_and_up_again_reads_what_it_read)
{
	struct flow before[BANKS_MAX], after[BANKS_MAX];
	int tag[OPS_MAX];
	struct preset preset;
	struct arch arch, moved;

	sample(&arch, &preset, "smash-v2", 2, 40 + _i);
	for (int i = 0; i < OPS_MAX; i++)
		tag[i] = i;
	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i + 1 < arch.block[b].op_count; i++) {
			int input = block_input_banks(&preset.space, &arch, b);

			moved = arch;
			amend(&preset.space, &moved, (struct amend){ .kind = AMEND_MOVE, .place = { .block = b, .op = i }, .value = 1 });
			ck_assert_int_eq(moved.block[b].op[i + 1].units, arch.block[b].op[i].units);
			amend(&preset.space, &moved, (struct amend){ .kind = AMEND_MOVE, .place = { .block = b, .op = i + 1 }, .value = -1 });
			ck_assert_int_eq(arch_validate(&preset.space, &moved, NULL), 0);
			for (int k = 0; k < arch.block[b].op_count; k++) {
				int count = read_flows(&arch.block[b], input, k, tag, -2, before);

				ck_assert_int_eq(read_flows(&moved.block[b], input, k, tag, -2, after), count);
				ck_assert(memcmp(before, after, count * sizeof(*before)) == 0);
			}
		}
}
END_TEST

/* With a new bank before them, what those behind it read and write has other numbers. */
START_TEST(ops_are_found_again_behind_one_that_was_added)
{
	struct preset preset;
	struct arch arch, changed;
	struct lineage was, found;

	sample(&arch, &preset, "smash-v2", 2, 80 + _i);
	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i <= arch.block[b].op_count; i++) {
			struct op_copy copy = plain_op(&preset.space, &arch, b, 0, i);
			int banks = block_banks(&preset.space, &arch, b, arch.block[b].op_count);

			copy.fresh = bit(banks);
			copy.op.writes |= copy.fresh;
			changed = arch;
			lineage_begin(&was);
			ck_assert_int_eq(arch_amend(&preset.space, &changed, &(struct amend){ .kind = AMEND_ADD, .place = { .block = b, .op = i }, .copy = copy },
				&was), 0);
			arch_align(&found, &preset.space, &changed, &arch);
			ck_assert_mem_eq(found.op[b], was.op[b], (size_t)changed.block[b].op_count);
			ck_assert_mem_eq(found.bank[b], was.bank[b], (size_t)banks);
			arch_align(&found, &preset.space, &arch, &changed);
			for (int k = 0; k < arch.block[b].op_count; k++)
				ck_assert_int_eq(found.op[b][k], k + (k >= i));
		}
}
END_TEST

START_TEST(ops_that_have_little_in_common_are_not_paired)
{
	struct arch other = fixture_arch;
	struct arch_op *o = &other.block[0].op[1];
	struct lineage found;

	arch_align(&found, &fixture_space, &fixture_arch, &other);
	for (int i = 0; i < other.block[0].op_count; i++)
		ck_assert_int_eq(found.op[0][i], i);
	o->units = o->units == 8 ? 16 : 8;
	o->reads = o->writes = bit(0);
	o->active = 1;
	o->conv[0] = (struct arch_conv){ .kernel = { 7, 7 }, .dilation = { 3, 3 }, .groups = 8 };
	arch_align(&found, &fixture_space, &fixture_arch, &other);
	ck_assert_int_eq(found.op[0][0], 0);
	ck_assert_int_eq(found.op[0][1], -1);
}
END_TEST

START_TEST(a_pasted_op_makes_banks_of_its_own)
{
	struct arch arch = fixture_arch;
	struct op_copy copy = copy_op(&fixture_space, &arch, 1, 0);

	ck_assert(copy.fresh == bit(4));
	amend(&fixture_space, &arch, (struct amend){ .kind = AMEND_ADD, .place = { .block = 1, .op = 1 }, .copy = copy });
	ck_assert(arch.block[1].op[0].writes == (bit(1) | bit(4)));
	ck_assert(arch.block[1].op[1].writes == (bit(1) | bit(5)));
	ck_assert(arch.block[1].op[2].reads == (bit(0) | bit(4)));
	ck_assert(arch.block[1].op[2].writes == (bit(2) | bit(3) | bit(6) | bit(7)));
	amend(&fixture_space, &arch, (struct amend){ .kind = AMEND_DELETE, .place = { .block = 1, .op = 1 } });
	ck_assert(arch_equal(&arch, &fixture_arch));
}
END_TEST

START_TEST(pasting_before_the_first_and_taking_away_changes_nothing)
{
	struct preset preset;
	struct arch arch, changed;

	sample(&arch, &preset, "smash-v2", 2, 60 + _i);
	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i <= arch.block[b].op_count; i++) {
			struct op_copy copy = copy_op(&preset.space, &arch, b, arch.block[b].op_count - 1);

			copy.op.reads = bit(0);                  /* of the block's input, wherever it stands */
			copy.op.writes = copy.fresh | bit(0);
			changed = arch;
			amend(&preset.space, &changed, (struct amend){ .kind = AMEND_ADD, .place = { .block = b, .op = i }, .copy = copy });
			amend(&preset.space, &changed, (struct amend){ .kind = AMEND_DELETE, .place = { .block = b, .op = i } });
			ck_assert(arch_equal(&changed, &arch));
		}
}
END_TEST

START_TEST(the_lineage_names_what_ops_and_banks_were)
{
	struct arch arch = fixture_arch;
	struct lineage lineage;

	lineage_begin(&lineage);
	ck_assert_int_eq(arch_amend(&fixture_space, &arch, &(struct amend){ .kind = AMEND_ADD, .place = { .block = 1, .op = 1 },
		.copy = copy_op(&fixture_space, &arch, 1, 0) }, &lineage), 0);
	ck_assert_int_eq(lineage.op[1][0], 0);
	ck_assert_int_eq(lineage.op[1][1], -1);
	ck_assert_int_eq(lineage.op[1][2], 1);
	ck_assert_int_eq(lineage.bank[1][4], 4);
	ck_assert_int_eq(lineage.bank[1][5], -1);
	ck_assert_int_eq(lineage.bank[1][6], 5);
	ck_assert_int_eq(lineage.bank[1][7], 6);
	ck_assert_int_eq(arch_amend(&fixture_space, &arch, &(struct amend){ .kind = AMEND_MOVE, .place = { .block = 1, .op = 1 }, .value = 1 },
		&lineage), 0);
	ck_assert_int_eq(lineage.op[1][1], 1);
	ck_assert_int_eq(lineage.op[1][2], -1);
	ck_assert_int_eq(lineage.bank[1][5], 5);          /* what the added op makes comes after those now */
	ck_assert_int_eq(lineage.bank[1][7], -1);
	ck_assert_int_eq(arch_amend(&fixture_space, &arch, &(struct amend){ .kind = AMEND_DELETE, .place = { .block = 1, .op = 0 } }, &lineage), 0);
	ck_assert_int_eq(lineage.op[1][0], 1);
	ck_assert_int_eq(lineage.op[1][1], -1);
	ck_assert_int_eq(lineage.bank[1][3], 3);
	ck_assert_int_eq(lineage.bank[1][4], 5);
	ck_assert_int_eq(lineage.op[0][1], 1);
}
END_TEST

START_TEST(the_plain_op_is_valid_where_the_budget_allows)
{
	struct preset preset;
	struct arch arch, changed;
	struct arch_fault fault;
	int valid = 0;

	sample(&arch, &preset, _i % 2 ? "smash-v2" : "small", 2, 80 + _i);
	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i < arch.block[b].op_count; i++)
			for (int below = 0; below < 2; below++) {
				changed = arch;
				amend(&preset.space, &changed, (struct amend){ .kind = AMEND_ADD, .place = { .block = b, .op = i + below },
				      .copy = plain_op(&preset.space, &arch, b, i, i + below) });
				if (arch_validate(&preset.space, &changed, &fault) < 0)
					ck_assert_msg(!strcmp(fault.field, "budget"), "%s", err_last());
				else
					valid++;
			}
	ck_assert_int_ge(valid, _i % 2 ? 0 : 1);
}
END_TEST

START_TEST(what_cannot_be_done_says_why_and_changes_nothing)
{
	static const struct { struct amend amend; const char *why; } refused[] = {
		{ { .kind = AMEND_SET, .place = { .block = 3 } }, "there is no block 4" },
		{ { .kind = AMEND_SET, .place = { .block = 0, .op = 2 } }, "block 1 has no op 3" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_BANK, .bank = 64 }, .value = 'r' }, "there is no bank 64" },
		{ { .kind = AMEND_SET, .place = { .op = 1, .kind = PLACE_KERNEL, .conv = 1 }, .value = 3 }, "no active conv 2" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_KERNEL, .conv = 0, .axis = 2 }, .value = 3 }, "no active conv 1" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_GROUPS, .conv = 0 }, .value = 256 }, "256 is more than 255" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_UNITS }, .value = 40000 }, "40000 is more than 32767" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_UNITS }, .value = 0 }, "0 is less than 1" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_CONVS }, .value = 16 }, "convolutions 1 to 4" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_BANK }, .value = ' ' }, "a cell is one of . r w b" },
		{ { .kind = AMEND_SET, .place = { .op = -1, .kind = PLACE_BANK_SIZE }, .value = 7 }, "7 is no positive multiple of the bank unit" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_BANK_SIZE }, .value = 8 }, "no op is named" },
		{ { .kind = AMEND_MOVE, .place = { .op = 0 }, .value = -1 }, "op 1 is the first of block 1" },
		{ { .kind = AMEND_MOVE, .place = { .block = 2, .op = 1 }, .value = 1 }, "op 2 is the last of block 3" },
		{ { .kind = AMEND_MOVE, .place = { .op = 1 }, .value = 2 }, "moves by one place" },
		{ { .kind = AMEND_ADD, .place = { .op = 3 } }, "block 1 has no op 4" },
	};
	struct arch arch = fixture_arch;

	ck_assert_int_eq(arch_amend(&fixture_space, &arch, &refused[_i].amend, NULL), -1);
	ck_assert_msg(strstr(err_last(), refused[_i].why) != NULL, "%s", err_last());
	ck_assert(arch_equal(&arch, &fixture_arch));
}
END_TEST

START_TEST(the_only_op_stays_and_a_full_block_takes_no_more)
{
	struct arch arch = fixture_arch;
	struct amend delete = { .kind = AMEND_DELETE, .place = { .block = 0 } };
	struct amend add = { .kind = AMEND_ADD, .place = { .block = 1 }, .copy = copy_op(&fixture_space, &arch, 0, 1) };

	amend(&fixture_space, &arch, delete);
	ck_assert_int_eq(arch_amend(&fixture_space, &arch, &delete, NULL), -1);
	ck_assert_msg(strstr(err_last(), "block 1 keeps at least one op") != NULL, "%s", err_last());
	add.copy.fresh = 0;
	while (arch.block[1].op_count < OPS_MAX)
		amend(&fixture_space, &arch, add);
	ck_assert_int_eq(arch_amend(&fixture_space, &arch, &add, NULL), -1);
	ck_assert_msg(strstr(err_last(), "64 ops") != NULL, "%s", err_last());
}
END_TEST

START_TEST(a_block_has_room_for_64_banks)
{
	struct arch arch = fixture_arch;
	struct amend add = { .kind = AMEND_ADD, .place = { .block = 1 }, .copy = copy_op(&fixture_space, &arch, 1, 1) };
	int added = 0;

	while (arch_amend(&fixture_space, &arch, &add, NULL) == 0)
		added++;
	ck_assert_int_eq(added, (BANKS_MAX - 7) / bits_count(add.copy.fresh));
	ck_assert_msg(strstr(err_last(), "more than 64 banks") != NULL, "%s", err_last());
}
END_TEST

START_TEST(any_sequence_of_changes_keeps_the_struct_sane)
{
	struct preset preset;
	struct arch arch;
	struct rng rng;
	struct op_copy copy;

	sample(&arch, &preset, _i % 2 ? "smash-v2" : "small", 2 + _i % 2, 100 + _i);
	copy = copy_op(&preset.space, &arch, 0, 0);
	rng_seed(&rng, 9, _i);
	for (int i = 0; i < 3000; i++) {
		struct place field[FIELDS_MAX];
		struct value value[VALUES_MAX];
		struct amend a = { .kind = rng_below(&rng, 8) };
		int b = rng_below(&rng, BLOCKS), o = rng_below(&rng, arch.block[b].op_count), fields;

		a.kind = a.kind >= AMENDS ? AMEND_SET : a.kind;
		a.place = cell_at(b, o, rng_below(&rng, 16));
		a.value = rng_below(&rng, 2) ? 1 : -1;
		if (a.kind == AMEND_ADD)
			a.copy = rng_below(&rng, 2) ? copy : plain_op(&preset.space, &arch, b, o, o);
		if (a.kind == AMEND_SET) {
			fields = op_fields(&preset.space, &arch, b, o, field);
			if (rng_below(&rng, 2))
				a.place = field[rng_below(&rng, fields)];
			if (rng_below(&rng, 8) == 0)
				block_field(&preset.space, b, &a.place);
			a.value = value[rng_below(&rng, place_values(&preset.space, &arch, &a.place, value))].value;
		}
		if (arch_amend(&preset.space, &arch, &a, NULL) < 0)
			continue;
		for (b = 0; b < BLOCKS; b++)
			ck_assert(arch.block[b].op_count >= 1 && arch.block[b].op_count <= OPS_MAX);
		if (i % 50 == 0)
			copy = copy_op(&preset.space, &arch, 0, 0);
	}
}
END_TEST

START_TEST(texts_say_where_and_what)
{
	static const struct { struct amend amend; const char *text; } cases[] = {
		{ { .kind = AMEND_SET, .place = { .op = 1, .kind = PLACE_BANK, .bank = 3 }, .value = CELL_BOTH }, "block 1 op 2 bank 3: w to b" },
		{ { .kind = AMEND_SET, .place = { .block = 1, .kind = PLACE_UNITS }, .value = 24 }, "block 2 op 1 units: 16 to 24" },
		{ { .kind = AMEND_SET, .place = { .block = 1, .kind = PLACE_CONVS }, .value = 7 }, "block 2 op 1 convs: 1 2 to 1 2 3" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_KERNEL, .conv = 3, .axis = 1 }, .value = 5 }, "block 1 op 1 conv 4 kernel w: 3 to 5" },
		{ { .kind = AMEND_SET, .place = { .kind = PLACE_DILATION, .conv = 0, .axis = 0 }, .value = 1 }, "block 1 op 1 conv 1 dilation h: 3 to 1" },
		{ { .kind = AMEND_SET, .place = { .block = 1, .op = -1, .kind = PLACE_BANK_SIZE }, .value = 16 }, "block 2 bank size: 8 to 16" },
		{ { .kind = AMEND_ADD, .place = { .block = 2, .op = 2 } }, "block 3 op 3 added" },
		{ { .kind = AMEND_MOVE, .place = { .block = 2, .op = 0 }, .value = 1 }, "block 3 op 1 moved below op 2" },
		{ { .kind = AMEND_DELETE, .place = { .block = 1, .op = 1 } }, "block 2 op 2 deleted, with 2 banks and 0 reads" },
		{ { .kind = AMEND_DELETE, .place = { .block = 1, .op = 0 } }, "block 2 op 1 deleted, with 1 bank and 1 read" },
		{ { .kind = AMEND_DELETE, .place = { .block = 2, .op = 1 } }, "block 3 op 2 deleted" },
	};
	char text[160];

	amend_text(&fixture_space, &fixture_arch, &cases[_i].amend, text, sizeof(text));
	ck_assert_str_eq(text, cases[_i].text);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("amend");
	TCase *values = tcase_create("values"), *ops = tcase_create("ops");
	SRunner *runner;
	int failed;

	tcase_set_timeout(values, 60);
	tcase_add_loop_test(values, every_value_can_be_set_at_every_place_and_only_there, 0, 3);
	tcase_add_test(values, another_bank_size_takes_the_ops_along);
	tcase_add_test(values, a_bank_size_that_fits_no_op_says_so);
	tcase_add_test(values, fields_are_in_the_order_of_the_row);
	tcase_add_test(values, a_value_that_breaks_a_rule_says_which);
	tcase_add_test(values, faults_elsewhere_do_not_count_against_a_value);
	tcase_add_test(values, a_value_that_breaks_a_rule_makes_no_other_valid);
	tcase_add_loop_test(values, texts_say_where_and_what, 0, 11);
	suite_add_tcase(suite, values);
	tcase_set_timeout(ops, 60);
	tcase_add_loop_test(ops, ops_that_stay_read_what_they_read_before_one_was_deleted, 0, 6);
	tcase_add_test(ops, deleting_what_nobody_reads_leaves_it_valid);
	tcase_add_loop_test(ops, an_op_moved_down_and_up_again_reads_what_it_read, 0, 4);
	tcase_add_loop_test(ops, ops_are_found_again_behind_one_that_was_added, 0, 20);
	tcase_add_test(ops, ops_that_have_little_in_common_are_not_paired);
	tcase_add_test(ops, a_pasted_op_makes_banks_of_its_own);
	tcase_add_loop_test(ops, pasting_before_the_first_and_taking_away_changes_nothing, 0, 4);
	tcase_add_test(ops, the_lineage_names_what_ops_and_banks_were);
	tcase_add_loop_test(ops, the_plain_op_is_valid_where_the_budget_allows, 0, 4);
	tcase_add_loop_test(ops, what_cannot_be_done_says_why_and_changes_nothing, 0, 16);
	tcase_add_test(ops, the_only_op_stays_and_a_full_block_takes_no_more);
	tcase_add_test(ops, a_block_has_room_for_64_banks);
	tcase_add_loop_test(ops, any_sequence_of_changes_keeps_the_struct_sane, 0, 4);
	suite_add_tcase(suite, ops);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
