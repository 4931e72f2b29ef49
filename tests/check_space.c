/* check_space.c -- the table of preset fields, the presets, assignments, presets as JSON. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/space.h"
#include "src/base/err.h"

static struct preset preset_named(const char *name)
{
	struct preset preset;

	ck_assert_msg(preset_get(&preset, name) == 0, "%s", err_last());
	return preset;
}

START_TEST(every_shipped_preset_validates_and_carries_its_name)
{
	int count = 0;

	for (; preset_names[count]; count++) {
		struct preset preset = preset_named(preset_names[count]);

		ck_assert_str_eq(preset.name, preset_names[count]);
		ck_assert_msg(preset_validate(&preset) == 0, "%s: %s", preset.name, err_last());
	}
	ck_assert_int_ge(count, 4);
}
END_TEST

START_TEST(presets_of_the_paper_have_its_sizes)
{
	struct space v1 = preset_named("smash-v1").space, v2 = preset_named("smash-v2").space;

	ck_assert_int_eq(v1.bank_unit, 6);
	ck_assert_int_eq(v1.units_max, 42);
	ck_assert_int_eq(v1.depth_compression, 3);
	ck_assert_int_eq(v1.arrangement, 1);
	ck_assert_int_eq(v1.kernel_max, 3);
	ck_assert_int_eq(v1.bank_size_max, v1.bank_unit);
	for (int b = 0; b < BLOCKS; b++) {
		ck_assert_int_eq(v1.block_input[b] % 18, 0);
		ck_assert_int_eq(v1.block_channels[b] % 18, 0);
		ck_assert_int_eq(v1.block_budget[b] % 18, 0);
	}
	ck_assert_int_eq(v2.bank_unit, 8);
	ck_assert_int_eq(v2.units_max, 64);
	ck_assert_int_eq(v2.depth_compression, 4);
	ck_assert_int_eq(v2.arrangement, 4);
	ck_assert_int_eq(v2.kernel_max, 7);
	ck_assert_int_eq(v2.extent_max, 9);
	ck_assert_int_eq(v2.block_input[2], 112);
	ck_assert_int_eq(v2.block_channels[1], 224);
	ck_assert_int_eq(v2.block_budget[2], 3184);
}
END_TEST

START_TEST(unknown_preset_names_the_nearest)
{
	struct preset preset;

	ck_assert_int_eq(preset_get(&preset, "smash-v3"), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "smash-v3"));
	ck_assert_ptr_nonnull(strstr(err_last(), "did you mean smash-v"));
}
END_TEST

START_TEST(fields_lie_in_the_preset_and_do_not_overlap)
{
	char taken[sizeof(struct preset)] = { 0 };

	for (int f = 0; f < preset_field_count; f++) {
		const struct preset_field *field = &preset_fields[f];
		size_t size = field->type == FIELD_INT ? sizeof(int) : sizeof(double);

		ck_assert_ptr_nonnull(strchr(field->name, '.'));
		ck_assert_uint_gt(strlen(field->help), 0);
		ck_assert(field->min <= field->max);
		ck_assert_ptr_eq(preset_field_find(field->name), field);
		for (size_t i = field->offset; i < field->offset + size * field->count; i++) {
			ck_assert_uint_lt(i, sizeof(taken));
			ck_assert_msg(!taken[i], "%s shares a byte with another field", field->name);
			taken[i] = 1;
		}
	}
	/* whatever isn't in the table is the name or padding: no field was forgotten */
	for (size_t i = offsetof(struct preset, space); i + sizeof(int) <= sizeof(taken); i += sizeof(int))
		if (!taken[i])
			ck_assert_msg(i % sizeof(double) == sizeof(int), "byte %zu of a preset is in no row", i);
}
END_TEST

START_TEST(assignment_sets_one_value_or_a_list)
{
	struct preset preset = preset_named("small");

	ck_assert_int_eq(preset_set(&preset, "space.kernel_max=7"), 0);
	ck_assert_int_eq(preset.space.kernel_max, 7);
	ck_assert_int_eq(preset_set(&preset, "hypernet.layers=8,10,4"), 0);
	ck_assert_int_eq(preset.hypernet.layers[0], 8);
	ck_assert_int_eq(preset.hypernet.layers[1], 10);
	ck_assert_int_eq(preset.hypernet.layers[2], 4);
	ck_assert_int_eq(preset_set(&preset, "training.rate_free=5e-4"), 0);
	ck_assert_double_eq(preset.training.rate_free, 5e-4);
	ck_assert_int_eq(preset_set(&preset, "space.background=-1"), 0);
	ck_assert_int_eq(preset.space.background, -1);
}
END_TEST

static const struct {
	const char *assignment, *says;
} bad_assignments[] = {
	{ "space.kernel_max", "FIELD=VALUE" },
	{ "=5", "FIELD=VALUE" },
	{ "", "FIELD=VALUE" },
	{ "space.kernal_max=5", "did you mean space.kernel_max?" },
	{ "space.kernel_max=", "must be 1 number" },
	{ "space.kernel_max=five", "five is not a whole number from 3 to 31" },
	{ "space.kernel_max=5x", "5x is not a whole number" },
	{ "space.kernel_max=5.5", "5.5 is not a whole number" },
	{ "space.kernel_max=nan", "nan is not" },
	{ "space.kernel_max=1e30", "1e30 is not" },
	{ "space.kernel_max=33", "from 3 to 31" },
	{ "space.kernel_max=5,7", "must be 1 number" },
	{ "space.kernel_max=5,", "must be 1 number" },
	{ "hypernet.layers=8,10", "must be 3 numbers" },
	{ "hypernet.layers=8,10,4,2", "must be 3 numbers" },
	{ "hypernet.layers=8,,4", "must be 3 numbers" },
	{ "hypernet.layers=8,10,-4", "-4 is not" },
	{ "training.beta1=1", "1 is not a number from 0" },
	{ "training.rate_free=inf", "inf is not" },
	{ "training.rate_free=11111111111111111111111111111111111111111111", "must be 1 number" },
	{ "a.very.long.name.that.is.much.longer.than.any.field.of.the.table.can.be=1", "FIELD=VALUE" },
};

START_TEST(bad_assignment_is_refused_and_changes_nothing)
{
	struct preset preset = preset_named("small"), before = preset;

	ck_assert_int_eq(preset_set(&preset, bad_assignments[_i].assignment), -1);
	ck_assert_msg(strstr(err_last(), bad_assignments[_i].says) != NULL, "\"%s\" says \"%s\", not \"%s\"",
		bad_assignments[_i].assignment, err_last(), bad_assignments[_i].says);
	ck_assert_mem_eq(&preset, &before, sizeof(preset));
}
END_TEST

static const struct {
	const char *assignment, *says;
} contradictions[] = {
	{ "space.units_max=10", "space.units_max" },
	{ "space.bank_size_max=6", "space.bank_size_max" },
	{ "space.stem_kernel=4", "space.stem_kernel" },
	{ "space.stem_channels=12", "space.stem_channels" },
	{ "space.arrangement=2", "space.arrangement" },
	{ "space.kernel_max=4", "space.kernel_max" },
	{ "space.extent_max=4", "space.extent_max" },
	{ "space.block_channels=16,4,16", "block 2 is given 8 channels but holds only 4" },
	{ "space.block_channels=16,16,512", "more than 64 banks" },
	{ "space.block_budget=2,24,24", "no op fits block 1" },
	{ "space.block_input=8,8,2", "no op fits block 3" },
	{ "space.depth_compression=4", "no op fits block 1" },
	{ "hypernet.layers=0,1,1", "hypernet.layers" },
	{ "hypernet.layers=1,0,1", "hypernet.layers" },
};

START_TEST(contradicting_fields_are_named)
{
	struct preset preset = preset_named("tiny");

	ck_assert_msg(preset_set(&preset, contradictions[_i].assignment) == 0, "%s", err_last());
	ck_assert_int_eq(preset_validate(&preset), -1);
	ck_assert_msg(strstr(err_last(), contradictions[_i].says) != NULL, "\"%s\" says \"%s\"", contradictions[_i].assignment,
		err_last());
}
END_TEST

START_TEST(value_out_of_range_in_memory_is_found)
{
	struct preset preset = preset_named("small");

	preset.training.rate_free = -1;
	ck_assert_int_eq(preset_validate(&preset), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "training.rate_free"));
	preset = preset_named("small");
	preset.space.bank_unit = 0;              /* would divide by it */
	ck_assert_int_eq(preset_validate(&preset), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "space.bank_unit"));
}
END_TEST

START_TEST(preset_comes_back_from_json)
{
	for (int i = 0; preset_names[i]; i++) {
		struct preset preset = preset_named(preset_names[i]), again;
		json_t *json = preset_to_json(&preset), *json_again;

		ck_assert_msg(preset_from_json(&again, json) == 0, "%s", err_last());
		json_again = preset_to_json(&again);
		ck_assert(json_equal(json, json_again));
		ck_assert_int_eq(again.space.units_max, preset.space.units_max);
		ck_assert_double_eq(again.training.rate_free, preset.training.rate_free);
		json_decref(json);
		json_decref(json_again);
	}
}
END_TEST

START_TEST(preset_json_names_what_is_missing_unknown_or_wrong)
{
	struct preset preset = preset_named("small"), again;
	json_t *json = preset_to_json(&preset), *space = json_object_get(json, "space");

	json_object_set_new(space, "kernel_maxx", json_integer(5));
	ck_assert_int_eq(preset_from_json(&again, json), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "space.kernel_maxx"));
	json_object_del(space, "kernel_maxx");
	json_object_del(space, "kernel_max");
	ck_assert_int_eq(preset_from_json(&again, json), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "space.kernel_max: is missing"));
	json_object_set_new(space, "kernel_max", json_string("5"));
	ck_assert_int_eq(preset_from_json(&again, json), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "space.kernel_max: must be a number"));
	json_object_set_new(space, "kernel_max", json_integer(6));
	ck_assert_int_eq(preset_from_json(&again, json), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "space.kernel_max"));
	json_object_set_new(space, "kernel_max", json_integer(5));
	json_array_remove(json_object_get(space, "block_input"), 0);
	ck_assert_int_eq(preset_from_json(&again, json), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "space.block_input: must be a list of 3 numbers"));
	json_object_set_new(json, "spice", json_object());
	ck_assert_int_eq(preset_from_json(&again, json), -1);
	json_decref(json);
	json = json_array();
	ck_assert_int_eq(preset_from_json(&again, json), -1);
	json_decref(json);
}
END_TEST

START_TEST(read_step_makes_channels_a_multiple_of_a_slice)
{
	struct space space = preset_named("smash-v2").space;     /* D N = 32 */

	ck_assert_int_eq(space_read_step(&space, 8), 4);
	ck_assert_int_eq(space_read_step(&space, 16), 2);
	ck_assert_int_eq(space_read_step(&space, 24), 4);
	ck_assert_int_eq(space_read_step(&space, 32), 1);
	ck_assert_int_eq(space_read_step(&space, 48), 2);
	ck_assert(space_bank_size_fits(&space, 0, 32));
	ck_assert(!space_bank_size_fits(&space, 0, 24));         /* 64 channels are 2 banks of 24, a read takes 4 */
	ck_assert(space_bank_size_fits(&space, 1, 24));
	ck_assert(!space_bank_size_fits(&space, 1, 40));
	ck_assert(!space_bank_size_fits(&space, 0, 12));
	ck_assert(!space_bank_size_fits(&space, 2, 128));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("space");
	TCase *presets = tcase_create("presets"), *fields = tcase_create("fields");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(presets, every_shipped_preset_validates_and_carries_its_name);
	tcase_add_test(presets, presets_of_the_paper_have_its_sizes);
	tcase_add_test(presets, unknown_preset_names_the_nearest);
	tcase_add_test(presets, preset_comes_back_from_json);
	tcase_add_test(presets, preset_json_names_what_is_missing_unknown_or_wrong);
	tcase_add_loop_test(presets, contradicting_fields_are_named, 0, sizeof(contradictions) / sizeof(*contradictions));
	tcase_add_test(presets, value_out_of_range_in_memory_is_found);
	tcase_add_test(fields, fields_lie_in_the_preset_and_do_not_overlap);
	tcase_add_test(fields, assignment_sets_one_value_or_a_list);
	tcase_add_loop_test(fields, bad_assignment_is_refused_and_changes_nothing, 0, sizeof(bad_assignments) / sizeof(*bad_assignments));
	tcase_add_test(fields, read_step_makes_channels_a_multiple_of_a_slice);
	suite_add_tcase(suite, presets);
	suite_add_tcase(suite, fields);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
