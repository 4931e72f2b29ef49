/* check_arch.c -- the validator, equality and id, JSON, costs, the bank view. */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/arch/text.h"
#include "src/base/err.h"
#include "tests/arch_fixture.h"

static const struct arch_input images = { .side = { 29, 30 }, .channels = 3, .classes = 10 };

START_TEST(fixture_is_valid)
{
	ck_assert_msg(arch_validate(&fixture_space, &fixture_arch, NULL) == 0, "%s", err_last());
}
END_TEST

/* One number of the fixture changed, and what must be said about it. Blocks and ops from 0; -1: not tied to one. */
#define SET(member, number) offsetof(struct arch, member), sizeof(((struct arch *)0)->member), (number)

static const struct mutation {
	size_t offset, size;
	uint64_t value;
	int block, op;
	const char *field, *rule;
} mutations[] = {
	{ SET(axes, 0), -1, -1, "axes", "neither 2" },
	{ SET(axes, 1), -1, -1, "axes", "neither 2" },
	{ SET(axes, 4), -1, -1, "axes", "neither 2" },
	{ SET(axes, 3), 0, 0, "conv 1 kernel", "0 is not odd" },
	{ SET(block[0].bank_size, 0), 0, -1, "bank size", "no positive multiple" },
	{ SET(block[1].bank_size, -8), 1, -1, "bank size", "-8 is no positive multiple" },
	{ SET(block[0].bank_size, 12), 0, -1, "bank size", "no positive multiple" },
	{ SET(block[2].bank_size, 32), 2, -1, "bank size", "more than the space's largest, 24" },
	{ SET(block[1].bank_size, 24), 1, -1, "bank size", "allow no op" },
	{ SET(block[0].op_count, 0), 0, -1, "ops", "0 ops" },
	{ SET(block[2].op_count, -1), 2, -1, "ops", "-1 ops" },
	{ SET(block[1].op_count, OPS_MAX + 1), 1, -1, "ops", "1 to 64" },
	{ SET(block[0].op_count, 3), 0, 2, "reads", "at least one" },
	{ SET(block[0].op[0].reads, 0), 0, 0, "reads", "at least one" },
	{ SET(block[0].op[0].reads, 4), 0, 0, "reads", "bank 2 is not written yet; written are 0 to 1" },
	{ SET(block[2].op[1].reads, 1 | UINT64_C(1) << 63), 2, 1, "reads", "bank 63 is not written" },
	{ SET(block[1].op[1].reads, 1), 1, 1, "reads", "8 channels, no multiple of D N = 16" },
	{ SET(block[1].op[0].reads, 7), 1, 0, "reads", "24 channels, no multiple" },
	{ SET(block[1].op[1].units, 0), 1, 1, "units", "0 is no positive multiple of the bank size 8" },
	{ SET(block[1].op[1].units, -8), 1, 1, "units", "-8 is no positive" },
	{ SET(block[0].op[1].units, 24), 0, 1, "units", "no positive multiple of the bank size 16" },
	{ SET(block[0].op[0].units, 48), 0, 0, "units", "more than N_max = 32" },
	{ SET(block[0].op[0].writes, 0), 0, 0, "writes", "at least one" },
	{ SET(block[0].op[1].writes, 1 | 16), 0, 1, "writes", "bank 4 does not exist; the block holds 4" },
	{ SET(block[0].op[1].writes, UINT64_MAX), 0, 1, "writes", "bank 63 does not exist" },
	{ SET(block[0].op[0].writes, 1 | 8), 0, 0, "writes", "bank 2 is empty and not written, though bank 3 is" },
	{ SET(block[0].op[1].writes, 1), 0, 1, "writes", "1 banks of 16 do not cover 32 units" },
	{ SET(block[0].op[1].active, 0), 0, 1, "convs", "active are" },
	{ SET(block[0].op[1].active, 2), 0, 1, "convs", "active are" },
	{ SET(block[0].op[0].active, 9), 0, 0, "convs", "active are" },
	{ SET(block[0].op[0].active, 0xff), 0, 0, "convs", "active are" },
	{ SET(block[0].op[0].conv[3].kernel[1], 4), 0, 0, "conv 4 kernel", "4 is not odd from 3 to 5" },
	{ SET(block[0].op[0].conv[1].kernel[0], 1), 0, 0, "conv 2 kernel", "1 is not odd" },
	{ SET(block[1].op[0].conv[0].kernel[0], 7), 1, 0, "conv 1 kernel", "7 is not odd" },
	{ SET(block[1].op[0].conv[0].kernel[0], 255), 1, 0, "conv 1 kernel", "255 is not odd" },
	{ SET(block[0].op[0].conv[2].dilation[0], 0), 0, 0, "conv 3 dilation", "0 is not from 1 to 3" },
	{ SET(block[0].op[0].conv[2].dilation[0], 4), 0, 0, "conv 3 dilation", "4 is not from 1 to 3" },
	{ SET(block[0].op[0].conv[0].dilation[1], 3), 0, 0, "conv 1 dilation", "spans 13 pixels, more than 9" },
	{ SET(block[0].op[1].conv[0].kernel[2], 3), 0, 1, "conv 1 kernel", "more axes" },
	{ SET(block[0].op[1].conv[0].dilation[2], 1), 0, 1, "conv 1 kernel", "more axes" },
	{ SET(block[0].op[1].conv[1].groups, 1), 0, 1, "conv 2", "is inactive" },
	{ SET(block[1].op[1].conv[3].dilation[0], 1), 1, 1, "conv 4", "is inactive" },
	{ SET(block[2].op[1].conv[2].groups, 0), 2, 1, "conv 3 groups", "0 does not divide" },
	{ SET(block[2].op[1].conv[2].groups, 3), 2, 1, "conv 3 groups", "3 does not divide the bank unit N = 8" },
	{ SET(block[2].op[1].conv[2].groups, 16), 2, 1, "conv 3 groups", "16 does not divide" },
	{ SET(block[2].op[0].reads, 3), 2, 1, "budget", "64 channels, more than the budget of 48" },
};

/* Writes the low bytes of a number at an integer of 1, 2 or 8 bytes. */
static void set(struct arch *arch, const struct mutation *m)
{
	char *at = (char *)arch + m->offset;

	if (m->size == sizeof(uint8_t))
		*(uint8_t *)at = m->value;
	else if (m->size == sizeof(int16_t))
		*(int16_t *)at = m->value;
	else
		*(uint64_t *)at = m->value;
}

START_TEST(validator_names_block_op_field_and_rule)
{
	const struct mutation *m = &mutations[_i];
	struct arch arch = fixture_arch;
	struct arch_fault fault;
	char where[64];

	set(&arch, m);
	ck_assert_int_eq(arch_validate(&fixture_space, &arch, &fault), -1);
	ck_assert_msg(fault.block == m->block && fault.op == m->op && !strcmp(fault.field, m->field) && strstr(fault.rule, m->rule),
		"row %d: block %d op %d \"%s\": \"%s\"", _i, fault.block, fault.op, fault.field, fault.rule);
	if (m->op >= 0)
		snprintf(where, sizeof(where), "block %d op %d %s: ", m->block + 1, m->op + 1, m->field);
	else if (m->block >= 0)
		snprintf(where, sizeof(where), "block %d %s: ", m->block + 1, m->field);
	else
		snprintf(where, sizeof(where), "%s: ", m->field);
	ck_assert_msg(!strncmp(err_last(), where, strlen(where)), "%s", err_last());
	ck_assert_str_eq(err_last() + strlen(where), fault.rule);
	ck_assert_int_eq(arch_validate(&fixture_space, &arch, NULL), -1);
}
END_TEST

START_TEST(one_convolution_an_op_is_the_first_and_square)
{
	struct space space = fixture_space;
	struct arch arch = fixture_arch;
	struct arch_fault fault;

	space.arrangement = 1;
	ck_assert_int_eq(arch_validate(&space, &arch, &fault), -1);
	ck_assert_str_eq(fault.field, "convs");
	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i < arch.block[b].op_count; i++) {
			struct arch_op *op = &arch.block[b].op[i];

			op->active = 1;
			memset(op->conv, 0, sizeof(op->conv));
			op->conv[0] = (struct arch_conv){ .kernel = { 3, 3 }, .dilation = { 2, 2 }, .groups = 1 };
		}
	ck_assert_msg(arch_validate(&space, &arch, &fault) == 0, "%s", err_last());
	arch.block[1].op[1].conv[0].kernel[1] = 5;
	ck_assert_int_eq(arch_validate(&space, &arch, &fault), -1);
	ck_assert_str_eq(fault.field, "conv 1 kernel");
	arch.block[1].op[1].conv[0].kernel[1] = 3;
	arch.block[1].op[1].conv[0].dilation[1] = 1;
	ck_assert_int_eq(arch_validate(&space, &arch, &fault), -1);
	ck_assert_str_eq(fault.field, "conv 1 dilation");
	arch.block[1].op[1].conv[0].dilation[1] = 2;
	space.groups_vary = 0;
	arch.block[0].op[0].conv[0].groups = 2;
	ck_assert_int_eq(arch_validate(&space, &arch, &fault), -1);
	ck_assert_str_eq(fault.field, "conv 1 groups");
}
END_TEST

START_TEST(validator_survives_any_bytes)
{
	struct rng rng;

	rng_seed(&rng, 21, 0);
	for (int i = 0; i < 20000; i++) {
		struct arch arch = fixture_arch;
		struct arch_fault fault;
		unsigned char *bytes = (unsigned char *)&arch;
		int changes = i % 4 == 0 ? (int)sizeof(arch) / 8 : 1 + rng_below(&rng, 4);
		int span = i % 2 ? (int)sizeof(arch) : (int)offsetof(struct arch, block[0].op[3]);      /* often where it counts */

		while (changes--)
			bytes[rng_below(&rng, span)] = rng_next(&rng);
		if (arch_validate(&fixture_space, &arch, &fault) == 0)
			continue;
		ck_assert_int_ge(fault.block, -1);
		ck_assert_int_lt(fault.block, BLOCKS);
		ck_assert_int_lt(fault.op, OPS_MAX);
		ck_assert_uint_gt(strlen(fault.rule), 0);
	}
}
END_TEST

START_TEST(every_field_counts_in_equality_and_id)
{
	char id[ARCH_ID_LENGTH + 1], changed[ARCH_ID_LENGTH + 1];
	struct arch same = fixture_arch;

	arch_id(&fixture_arch, id);
	for (size_t i = 0; i < sizeof(mutations) / sizeof(*mutations); i++) {
		struct arch arch = fixture_arch;
		const struct mutation *m = &mutations[i];

		if (strstr(m->rule, "inactive") || strstr(m->rule, "more axes") || !strcmp(m->field, "ops") || !strcmp(m->field, "axes")
			|| m->value == 0xff)
			continue;                        /* counts that cannot be walked, and what says nothing */
		set(&arch, m);
		arch_id(&arch, changed);
		ck_assert_msg(!arch_equal(&fixture_arch, &arch), "row %zu", i);
		ck_assert_msg(strcmp(id, changed) != 0, "row %zu", i);
	}
	same.block[0].op[2].reads = 3;           /* beyond op_count */
	ck_assert(arch_equal(&fixture_arch, &same));
	arch_id(&same, changed);
	ck_assert_str_eq(id, changed);
}
END_TEST

/* Run directories name files by it: the id of a given content never changes. */
START_TEST(id_is_the_same_everywhere_and_always)
{
	char id[ARCH_ID_LENGTH + 1];

	arch_id(&fixture_arch, id);
	ck_assert_str_eq(id, "e35dc877b473");
}
END_TEST

START_TEST(ids_of_samples_differ)
{
	enum { COUNT = 2000 };
	static char id[COUNT][ARCH_ID_LENGTH + 1];
	struct rng rng;

	rng_seed(&rng, 22, 0);
	for (int i = 0; i < COUNT; i++) {
		struct arch arch;

		arch_sample(&arch, &fixture_space, 2, 0, &rng);
		arch_id(&arch, id[i]);
		ck_assert_uint_eq(strspn(id[i], "0123456789abcdef"), ARCH_ID_LENGTH);
	}
	qsort(id, COUNT, sizeof(id[0]), (int (*)(const void *, const void *))strcmp);
	for (int i = 1; i < COUNT; i++)
		ck_assert_str_ne(id[i - 1], id[i]);
}
END_TEST

START_TEST(geometry_follows_the_method)
{
	const struct space *space = &fixture_space;
	const struct arch *arch = &fixture_arch;

	ck_assert_int_eq(block_input_banks(space, arch, 0), 2);          /* 40 channels hold two whole banks of 16 */
	ck_assert_int_eq(block_banks(space, arch, 0, 0), 2);
	ck_assert_int_eq(block_banks(space, arch, 0, 1), 3);
	ck_assert_int_eq(block_banks(space, arch, 0, 2), 4);
	ck_assert_int_eq(block_banks(space, arch, 1, 2), 7);
	ck_assert_int_eq(op_n_in(arch, 0, 0), 32);
	ck_assert_int_eq(op_n_mid(space, arch, 0, 0), 32);               /* 2 u */
	ck_assert_int_eq(op_n_mid(space, arch, 0, 1), 16);               /* n_in */
	ck_assert_int_eq(op_conv_in(space, arch, 0, 0, 0), 32);
	ck_assert_int_eq(op_conv_in(space, arch, 0, 0, 1), 16);
	ck_assert_int_eq(op_conv_in(space, arch, 0, 0, 2), 32);
	ck_assert_int_eq(op_conv_in(space, arch, 0, 0, 3), 16);
	ck_assert_int_eq(op_slices(space, arch, 0, 0), 2);
	ck_assert_int_eq(op_first_slice(space, arch, 1, 1), 2 + 1 + 2);
	ck_assert_int_eq(arch_slices(space, arch), 2 + 1 + 2 + 1 + 1 + 2);
	ck_assert_int_eq(arch_op_count(arch), 6);
}
END_TEST

START_TEST(bottleneck_rules_of_both_spaces)
{
	struct space v1 = { .bottleneck = BOTTLENECK_V1, .units_max = 42 }, v2 = { .bottleneck = BOTTLENECK_V2, .units_max = 64 };

	ck_assert_int_eq(space_n_mid(&v1, 36, 6), 24);           /* 6 x 4, though n_in / u is 6 */
	ck_assert_int_eq(space_n_mid(&v1, 36, 12), 36);          /* 12 x 3 */
	ck_assert_int_eq(space_n_mid(&v1, 36, 18), 36);
	ck_assert_int_eq(space_n_mid(&v1, 18, 36), 18);          /* never more than n_in */
	ck_assert_int_eq(space_n_mid(&v1, 90, 24), 42);          /* nor than N_max */
	ck_assert_int_eq(space_n_mid(&v1, 54, 30), 30);          /* n_in / u rounds down */
	ck_assert_int_eq(space_n_mid(&v2, 128, 16), 32);
	ck_assert_int_eq(space_n_mid(&v2, 32, 32), 32);
	ck_assert_int_eq(space_n_mid(&v2, 128, 40), 64);
}
END_TEST

START_TEST(samples_come_back_from_json)
{
	for (int p = 0; preset_names[p]; p++)
		for (int axes = 2; axes <= 3; axes++) {
			struct preset preset;
			struct rng rng;

			ck_assert(preset_get(&preset, preset_names[p]) == 0);
			rng_seed(&rng, 23, p);
			for (int i = 0; i < 60; i++) {
				struct arch arch, again;
				json_t *json;

				arch_sample(&arch, &preset.space, axes, 0, &rng);
				json = arch_to_json(&arch);
				ck_assert_msg(arch_from_json(&again, json, &preset.space) == 0, "%s", err_last());
				ck_assert(arch_equal(&arch, &again));
				json_decref(json);
			}
		}
}
END_TEST

/* A folder of this test's own; the caller removes what it makes there. */
static void folder(char path[64])
{
	strcpy(path, "/tmp/smashtop-check-XXXXXX");
	ck_assert_ptr_nonnull(mkdtemp(path));
}

START_TEST(saved_file_loads_and_nothing_else_stays)
{
	char dir[64], path[96], missing[96];
	struct arch arch;
	int entries = 0;

	folder(dir);
	snprintf(path, sizeof(path), "%s/a.json", dir);
	snprintf(missing, sizeof(missing), "%s/no/a.json", dir);
	ck_assert_msg(arch_save(&fixture_arch, path) == 0, "%s", err_last());
	ck_assert_msg(arch_save(&fixture_arch, path) == 0, "%s", err_last());    /* over the old one */
	ck_assert_msg(arch_load(&arch, path, &fixture_space) == 0, "%s", err_last());
	ck_assert(arch_equal(&arch, &fixture_arch));

	json_t *by_file = json_load_file(path, 0, NULL), *by_memory = arch_to_json(&fixture_arch);

	ck_assert(json_equal(by_file, by_memory));
	json_decref(by_file);
	json_decref(by_memory);

	DIR *listing = opendir(dir);

	for (struct dirent *entry; (entry = readdir(listing));)
		entries += entry->d_name[0] != '.';
	closedir(listing);
	ck_assert_int_eq(entries, 1);
	ck_assert_int_eq(arch_save(&fixture_arch, missing), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), strerror(ENOENT)));
	ck_assert_int_eq(arch_load(&arch, missing, NULL), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "no/a.json"));
	unlink(path);
	rmdir(dir);
}
END_TEST

/* What is around an architecture, or a list of them: %s is the document. */
static const struct {
	const char *around;
	int count;
	const char *says;
} wrappings[] = {
	{ "%s", 1, NULL },
	{ "{\"id\": \"0\", \"architecture\": %s}", 1, NULL },
	{ "{\"seed\": 1, \"architectures\": [%s]}", 1, NULL },
	{ "{\"architectures\": [%1$s, %1$s, %1$s]}", 3, NULL },
	{ "{\"architectures\": [{\"id\": \"0\", \"architecture\": %s}]}", 1, NULL },
	{ "{\"architectures\": []}", -1, "architectures: must be a list of one or more" },
	{ "{\"architectures\": 5}", -1, "architectures: must be a list of one or more" },
	{ "{\"architectures\": [%s, 5]}", -1, "architectures[1]: must be an object" },
	{ "{\"architectures\": [%s, {\"version\": 1, \"axes\": 2, \"blcoks\": []}]}", -1, "architectures[1]: blocks is missing" },
	{ "[%s]", -1, "an architecture must be an object" },
};

START_TEST(a_file_may_hold_one_or_many)
{
	char dir[64], path[96];
	json_t *json = arch_to_json(&fixture_arch);
	char *text = json_dumps(json, 0);
	struct arch *list, arch;

	folder(dir);
	snprintf(path, sizeof(path), "%s/a.json", dir);

	FILE *file = fopen(path, "w");

	fprintf(file, wrappings[_i].around, text);
	fclose(file);

	int count = arch_load_list(path, &list);

	ck_assert_int_eq(count, wrappings[_i].count);
	if (count < 0)
		ck_assert_msg(strstr(err_last(), wrappings[_i].says) != NULL, "%s", err_last());
	for (int i = 0; i < count; i++)
		ck_assert(arch_equal(&list[i], &fixture_arch));
	ck_assert_int_eq(arch_load(&arch, path, &fixture_space), count == 1 ? 0 : -1);
	ck_assert_msg(count == 1 || !strncmp(err_last(), path, strlen(path)), "%s", err_last());
	if (count > 0)
		free(list);
	unlink(path);
	rmdir(dir);
	free(text);
	json_decref(json);
}
END_TEST

START_TEST(what_cannot_be_a_file_of_architectures_is_left_in_time)
{
	char dir[64], path[96];
	struct arch arch;

	folder(dir);
	snprintf(path, sizeof(path), "%s/a.json", dir);

	FILE *file = fopen(path, "w");

	fprintf(file, "%*s", 17 << 20, "");              /* blanks are JSON's to skip */
	fclose(file);
	ck_assert_int_eq(arch_load(&arch, path, NULL), -1);
	ck_assert_msg(strstr(err_last(), "more than 16 MiB") != NULL, "%s", err_last());
	unlink(path);
	ck_assert_int_eq(arch_load(&arch, dir, NULL), -1);
	ck_assert_msg(strstr(err_last(), strerror(EISDIR)) != NULL, "%s", err_last());
	rmdir(dir);
}
END_TEST

/* The fixture's document with one text in it replaced (the first occurrence), and what must be said. */
static const struct {
	const char *old, *new, *says;
} documents[] = {
	{ "{", "[", "line 1" },
	{ "\"version\": 1", "\"version\": 2", "version: 2 is not known; this program reads version 1" },
	{ "\"version\": 1, ", "", "version is missing" },
	{ "\"version\": 1", "\"version\": 1, \"version\": 1", "line 1" },
	{ "\"version\": 1", "\"version\": 1, \"blokcs\": 1", "unknown key blokcs; did you mean blocks?" },
	{ "\"axes\": 2", "\"axes\": 4", "axes: 4 is not from 2 to 3" },
	{ "\"axes\": 2", "\"axes\": 3", "blocks[0].ops[0].convs[0].kernel: 2 items; there must be 3" },
	{ "\"axes\": 2", "\"axes\": \"2\"", "axes: must be a whole number" },
	{ "\"axes\": 2", "\"axes\": 2.0", "axes: must be a whole number" },
	{ "\"bank_size\": 8", "\"bank_size\": 99999999999", "blocks[1].bank_size: 99999999999 is not from 1 to 32767" },
	{ "\"bank_size\": 8", "\"bank_sizes\": 8", "blocks[1]: bank_size is missing" },
	{ "[0, 4]", "[4, 0]", "blocks[1].ops[1].reads[1]: bank 0 does not come after 4" },
	{ "[0, 4]", "[4, 4]", "blocks[1].ops[1].reads[1]: bank 4 does not come after 4" },
	{ "[0, 4]", "[0, 64]", "blocks[1].ops[1].reads[1]: 64 is not from 0 to 63" },
	{ "[0, 4]", "[-1, 4]", "blocks[1].ops[1].reads[0]: -1 is not" },
	{ "[0, 4]", "[]", "blocks[1].ops[1].reads: 0 items" },
	{ "[0, 4]", "4", "blocks[1].ops[1].reads: must be a list" },
	{ "[0, 4]", "null", "blocks[1].ops[1].reads: must be a list" },
	{ "[0, 4]", "[0, 5]", "block 2 op 2 reads: bank 5 is not written yet" },         /* the validator's turn */
	{ "\"units\": 16", "\"units\": 0", "blocks[0].ops[0].units: 0 is not from 1" },
	{ "\"units\": 16", "\"units\": 40000", "blocks[0].ops[0].units: 40000 is not" },
	{ "\"units\": 16", "\"units\": 12", "block 1 op 1 units: 12 is no positive multiple" },
	{ "\"conv\": 1", "\"conv\": 0", "blocks[0].ops[0].convs[0].conv: 0 is not from 1 to 4" },
	{ "\"conv\": 2", "\"conv\": 1", "blocks[0].ops[0].convs[1]: conv 1 does not come after" },
	{ "\"groups\": 4", "\"groups\": 256", "blocks[0].ops[0].convs[0].groups: 256 is not" },
	{ "[3, 5]", "[3, 5, 3]", "blocks[0].ops[0].convs[0].kernel: 3 items; there must be 2" },
	{ "[3, 5]", "[3, true]", "blocks[0].ops[0].convs[0].kernel[1]: must be a whole number" },
	{ "[3, 2]", "[0, 2]", "blocks[0].ops[0].convs[0].dilation[0]: 0 is not" },
};

START_TEST(wrong_document_is_refused_by_path)
{
	json_t *json = arch_to_json(&fixture_arch);
	char *text = json_dumps(json, 0), *at = strstr(text, documents[_i].old), *changed;
	char dir[64], path[96];
	struct arch arch = fixture_arch;

	ck_assert_msg(at != NULL, "row %d changes nothing", _i);
	changed = malloc(strlen(text) + strlen(documents[_i].new) + 1);
	sprintf(changed, "%.*s%s%s", (int)(at - text), text, documents[_i].new, at + strlen(documents[_i].old));
	folder(dir);
	snprintf(path, sizeof(path), "%s/a.json", dir);

	FILE *file = fopen(path, "w");

	fputs(changed, file);
	fclose(file);
	ck_assert_int_eq(arch_load(&arch, path, &fixture_space), -1);
	unlink(path);
	rmdir(dir);
	ck_assert_msg(strstr(err_last(), documents[_i].says) != NULL, "row %d says \"%s\"", _i, err_last());
	ck_assert_msg(!strncmp(err_last(), path, strlen(path)), "%s", err_last());
	ck_assert(arch_equal(&arch, &fixture_arch));
	free(changed);
	free(text);
	json_decref(json);
}
END_TEST

START_TEST(document_that_is_no_object_is_refused)
{
	static const char *const texts[] = { "[]", "1", "null", "\"\"", "{}", "{\"version\": 1, \"axes\": 2, \"blocks\": [{}, {}, {}]}",
		"{\"version\": 1, \"axes\": 2, \"blocks\": [1, 2, 3]}", "{\"version\": 1, \"axes\": 2, \"blocks\": [[], [], []]}",
		"{\"version\": 1, \"axes\": 2, \"blocks\": {}}", "{\"version\": 1, \"axes\": 2, \"blocks\": []}" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct arch arch;
		json_t *json = json_loads(texts[i], JSON_DECODE_ANY, NULL);

		err_clear();
		ck_assert_ptr_nonnull(json);
		ck_assert_msg(arch_from_json(&arch, json, NULL) == -1, "%s", texts[i]);
		ck_assert_uint_gt(strlen(err_last()), 0);
		json_decref(json);
	}
}
END_TEST

/* Counts by walking over every multiplication of a convolution: output pixel, output channel, input channel of the group, tap. */
static void walk_conv(int h, int w, int out, int in, int groups, int kh, int kw, struct arch_cost *cost, int64_t *weights)
{
	for (int o = 0; o < out; o++)
		for (int i = 0; i < in; i++)
			for (int k = 0; k < kh * kw; k++) {
				if (o / (out / groups) != i / (in / groups))
					continue;                /* not of the same group */
				++*weights;
				for (int y = 0; y < h; y++)
					cost->macs += w;
			}
}

/* Longest path that ends in an op, looking back over the ops that wrote what it reads. `source`: the block's input. */
static int path_to(const struct arch_block *block, int op, int input_banks, int source)
{
	int longest = block->op[op].reads & ((UINT64_C(1) << input_banks) - 1) ? source : 0;

	for (int i = 0; i < op; i++)
		if (block->op[i].writes & block->op[op].reads) {
			int path = path_to(block, i, input_banks, source);

			longest = path > longest ? path : longest;
		}
	return longest + (block->op[op].active & 0xa ? 3 : 2);
}

static struct arch_cost counted(const struct space *space, const struct arch *arch, const struct arch_input *input)
{
	struct arch_cost cost = { 0 };
	int h = (input->side[0] + space->stem_stride - 1) / space->stem_stride;
	int w = (input->side[1] + space->stem_stride - 1) / space->stem_stride;
	int given = block_input_banks(space, arch, 0) * arch->block[0].bank_size;

	walk_conv(h, w, given, input->channels, 1, space->stem_kernel, space->stem_kernel, &cost, &cost.free);
	cost.depth = 1;
	for (int b = 0; b < BLOCKS; b++) {
		const struct arch_block *block = &arch->block[b];
		int channels = block_banks(space, arch, b, block->op_count) * block->bank_size, deepest = cost.depth;

		for (int i = 0; i < block->op_count; i++) {
			const struct arch_op *op = &block->op[i];
			int path = path_to(block, i, block_input_banks(space, arch, b), cost.depth);

			walk_conv(h, w, op_n_mid(space, arch, b, i), op_n_in(arch, b, i), 1, 1, 1, &cost, &cost.generated);
			for (int c = 0; c < CONVS; c++)
				if (op->active >> c & 1)
					walk_conv(h, w, op->units, op_conv_in(space, arch, b, i, c), op->conv[c].groups, op->conv[c].kernel[0],
						op->conv[c].kernel[1], &cost, &cost.free);
			deepest = path > deepest ? path : deepest;
		}
		cost.depth = deepest + 1;
		cost.free += 2 * channels;
		if (b == BLOCKS - 1) {
			walk_conv(1, 1, input->classes, channels, 1, 1, 1, &cost, &cost.free);
			cost.free += input->classes;
		} else {
			given = block_input_banks(space, arch, b + 1) * arch->block[b + 1].bank_size;
			walk_conv(h, w, given, channels, 1, 1, 1, &cost, &cost.free);
			h = (h + 1) / 2;
			w = (w + 1) / 2;
		}
	}
	return cost;
}

static void assert_cost_is_counted(const struct space *space, const struct arch *arch)
{
	struct arch_cost cost = arch_cost(space, arch, &images), walked = counted(space, arch, &images);

	ck_assert_int_eq(cost.free, walked.free);
	ck_assert_int_eq(cost.generated, walked.generated);
	ck_assert_int_eq(cost.macs, walked.macs);
	ck_assert_int_eq(cost.depth, walked.depth);
}

START_TEST(cost_is_what_a_count_of_every_multiplication_gives)
{
	struct rng rng;

	assert_cost_is_counted(&fixture_space, &fixture_arch);
	rng_seed(&rng, 24, 0);
	for (int i = 0; i < 30; i++) {
		struct arch arch;

		arch_sample(&arch, &fixture_space, 2, 0, &rng);
		assert_cost_is_counted(&fixture_space, &arch);
	}
}
END_TEST

/* By hand. Block 1: stem 1, op 1 three more (4, banks 1 2), op 2 two more (6). Block 2 from 7: op 1 to 10, op 2 reads its bank 4: 12.
 * Block 3 from 13: ops of 2 and 3 side by side: 16; the head: 17. */
START_TEST(cost_of_the_fixture_by_hand)
{
	struct arch_cost cost = arch_cost(&fixture_space, &fixture_arch, &images), op;

	ck_assert_int_eq(cost.depth, 17);
	ck_assert_int_eq(cost.generated, 32 * 32 + 16 * 16 + 32 * 32 + 16 * 16 + 16 * 16 + 32 * 32);
	op = arch_op_cost(&fixture_space, &fixture_arch, &images, 0, 0);
	ck_assert_int_eq(op.generated, 32 * 32);
	ck_assert_int_eq(op.free, 16 * 8 * 15 + 16 * 8 * 25 + 16 * 32 * 9 + 16 * 2 * 15);
	ck_assert_int_eq(op.macs, (op.free + op.generated) * 15 * 15);   /* 29x30 halved by the stem */
	ck_assert_int_eq(op.depth, 3);
	ck_assert_int_eq(arch_op_cost(&fixture_space, &fixture_arch, &images, 0, 1).depth, 2);
	ck_assert_int_eq(block_side(&fixture_space, &images, 0, 0), 15);
	ck_assert_int_eq(block_side(&fixture_space, &images, 1, 0), 8);
	ck_assert_int_eq(block_side(&fixture_space, &images, 2, 1), 4);
}
END_TEST

START_TEST(volumes_cost_the_third_axis)
{
	struct space space = fixture_space;
	struct arch_input cube = { .side = { 9, 9, 9 }, .channels = 1, .classes = 10 };
	struct arch arch;
	struct rng rng;

	space.stem_stride = 1;
	rng_seed(&rng, 25, 0);
	arch_sample(&arch, &space, 3, 0, &rng);

	struct arch_cost op = arch_op_cost(&space, &arch, &cube, 1, 0);

	ck_assert_int_eq(op.macs, (op.free + op.generated) * 5 * 5 * 5);
	ck_assert_int_gt(arch_cost(&space, &arch, &cube).free, 125 * block_input_banks(&space, &arch, 0) * arch.block[0].bank_size);
}
END_TEST

START_TEST(bank_view_shows_reads_writes_and_what_exists)
{
	char *text = arch_text(&fixture_space, &fixture_arch, &images), *bare = arch_text(&fixture_space, &fixture_arch, NULL);

	ck_assert_str_eq(text,
		" op  0 1 2 3 4 5 6 units convolutions (kernel dilation groups)\n"
		" block 1  15x15  banks of 16 channels\n"
		"  1  r b w            16 1 3x5 d3x2 g4   2 5x5 d2x2 g2   3 3x3 d1x1 g1   4 5x3 d1x3 g8\n"
		"  2  w . r w          32 1 3x3 d1x1 g1\n"
		" block 2  8x8  banks of 8 channels\n"
		"  1  r b r r w        16 1 5x3 d1x1 g2   2 3x3 d2x1 g4\n"
		"  2  r . w w r w w    32 1 3x3 d3x1 g1   3 3x5 d1x1 g8\n"
		" block 3  4x4  banks of 16 channels\n"
		"  1  . r w            16 1 3x3 d1x1 g1\n"
		"  2  b b w            16 1 3x3 d2x2 g8   2 5x5 d1x2 g1   3 5x5 d1x1 g4\n");
	ck_assert_ptr_nonnull(strstr(bare, " block 2  banks of 8 channels\n"));
	free(text);
	free(bare);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("arch");
	TCase *valid = tcase_create("validator"), *content = tcase_create("content"), *json = tcase_create("json"),
		*cost = tcase_create("cost");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(valid, fixture_is_valid);
	tcase_add_loop_test(valid, validator_names_block_op_field_and_rule, 0, sizeof(mutations) / sizeof(*mutations));
	tcase_add_test(valid, one_convolution_an_op_is_the_first_and_square);
	tcase_add_test(valid, validator_survives_any_bytes);
	tcase_add_test(content, every_field_counts_in_equality_and_id);
	tcase_add_test(content, id_is_the_same_everywhere_and_always);
	tcase_add_test(content, ids_of_samples_differ);
	tcase_add_test(content, geometry_follows_the_method);
	tcase_add_test(content, bottleneck_rules_of_both_spaces);
	tcase_add_test(json, samples_come_back_from_json);
	tcase_add_test(json, saved_file_loads_and_nothing_else_stays);
	tcase_add_loop_test(json, a_file_may_hold_one_or_many, 0, sizeof(wrappings) / sizeof(wrappings[0]));
	tcase_add_test(json, what_cannot_be_a_file_of_architectures_is_left_in_time);
	tcase_add_loop_test(json, wrong_document_is_refused_by_path, 0, sizeof(documents) / sizeof(*documents));
	tcase_add_test(json, document_that_is_no_object_is_refused);
	tcase_add_test(cost, cost_is_what_a_count_of_every_multiplication_gives);
	tcase_add_test(cost, cost_of_the_fixture_by_hand);
	tcase_add_test(cost, volumes_cost_the_third_axis);
	tcase_add_test(cost, bank_view_shows_reads_writes_and_what_exists);
	suite_add_tcase(suite, valid);
	suite_add_tcase(suite, content);
	suite_add_tcase(suite, json);
	suite_add_tcase(suite, cost);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
