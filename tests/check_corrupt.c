/* check_corrupt.c -- encodings that lie, and the experiment that tells them. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/corrupt.h"
#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/lab/experiment.h"
#include "src/lab/setup.h"
#include "tests/tiny_run.h"

enum { SAMPLES = 100, PRESETS = 4 };

/* ---- encodings ---- */

struct telling {
	struct layout layout;
	struct arch arch, other;
	struct rng rng;
	float *truth, *lie;
	size_t count;
};

static struct telling telling(int preset_number, int axes, uint64_t seed)
{
	struct telling t;
	struct preset preset;

	ck_assert(preset_get(&preset, preset_names[preset_number]) == 0);
	ck_assert(layout_init(&t.layout, &preset.space, axes) == 0);
	rng_seed(&t.rng, seed, 1);
	arch_sample(&t.arch, &preset.space, axes, 0, &t.rng);
	arch_sample(&t.other, &preset.space, axes, 0, &t.rng);
	t.count = (size_t)t.layout.rows * encoding_slices(&t.layout, &t.arch) * t.layout.channels;
	t.truth = malloc(t.count * sizeof(float));
	t.lie = malloc(t.count * sizeof(float));
	ck_assert(t.truth && t.lie);
	encode(&t.layout, &t.arch, t.truth);
	return t;
}

static void release(struct telling *t)
{
	free(t->truth);
	free(t->lie);
}

static bool kind_of_field(enum layout_kind kind, enum corrupt_field field)
{
	switch (field) {
	case CORRUPT_DILATION: return kind == LAYOUT_DILATION;
	case CORRUPT_KERNEL:   return kind == LAYOUT_KERNEL;
	case CORRUPT_GROUPS:   return kind == LAYOUT_GROUPS;
	case CORRUPT_UNITS:    return kind == LAYOUT_UNITS;
	case CORRUPT_ACTIVE:   return kind >= LAYOUT_ACTIVE;         /* fields of convolutions come and go with them */
	case CORRUPT_READS:    return kind == LAYOUT_READS || kind == LAYOUT_SLICE_BANKS;
	case CORRUPT_WRITES:   return kind == LAYOUT_WRITES;
	default:               return true;
	}
}

static enum layout_kind kind_at(const struct layout *layout, int channel)
{
	int f = 0;

	while (channel >= layout->field[f].first + layout->field[f].count)
		f++;
	return layout->field[f].kind;
}

/* Rows that carry something at a slice: what is not background. */
static bool cell_is_set(const struct telling *t, const float *c, size_t cell)
{
	for (int i = 0; i < t->layout.channels; i++)
		if (c[cell * t->layout.channels + i] != t->layout.space.background)
			return true;
	return false;
}

START_TEST(a_lie_about_a_field_changes_channels_of_that_field_alone)
{
	enum corrupt_field field = _i % CORRUPT_OTHER;
	enum corrupt_how how = _i / CORRUPT_OTHER;
	int lies = 0;

	for (int preset = 0; preset < PRESETS; preset++)
		for (uint64_t seed = 0; seed < SAMPLES / 4; seed++) {
			struct telling t = telling(preset, 2 + seed % 2, seed);

			if (corrupt_applies(&t.layout.space, field)) {
				bool lied = corrupt_encode(&t.layout, &t.arch, field, how, NULL, &t.rng, t.lie);

				for (size_t i = 0; i < t.count; i++)
					if (t.lie[i] != t.truth[i])
						ck_assert_msg(kind_of_field(kind_at(&t.layout, i % t.layout.channels), field),
							"%s: channel %zu", corrupt_field_names[field], i % t.layout.channels);
				ck_assert(lied == (memcmp(t.lie, t.truth, t.count * sizeof(float)) != 0));
				lies += lied;
			}
			release(&t);
		}
	ck_assert_int_gt(lies, SAMPLES / 4);
}
END_TEST

START_TEST(a_lie_keeps_the_true_geometry)
{
	enum corrupt_field field = _i;

	if (field == CORRUPT_EMPTY)
		return;
	for (int preset = 0; preset < PRESETS; preset++)
		for (uint64_t seed = 0; seed < SAMPLES / 4; seed++) {
			struct telling t = telling(preset, 2, seed);

			memcpy(t.lie, t.truth, t.count * sizeof(float));
			if (corrupt_applies(&t.layout.space, field))
				corrupt_encode(&t.layout, &t.arch, field, CORRUPT_WITHIN, &t.other, &t.rng, t.lie);
			for (size_t cell = 0; cell < t.count / t.layout.channels; cell++)
				ck_assert(cell_is_set(&t, t.lie, cell) == cell_is_set(&t, t.truth, cell));
			release(&t);
		}
}
END_TEST

START_TEST(the_empty_encoding_is_background)
{
	struct telling t = telling(0, 2, 1);

	ck_assert(corrupt_encode(&t.layout, &t.arch, CORRUPT_EMPTY, CORRUPT_WITHIN, NULL, &t.rng, t.lie));
	for (size_t i = 0; i < t.count; i++)
		ck_assert(t.lie[i] == t.layout.space.background);
	release(&t);
}
END_TEST

START_TEST(another_architecture_of_the_same_ops_is_its_own_encoding)
{
	struct telling t = telling(0, 2, 3);

	t.other = t.arch;
	t.other.block[1].op[0].conv[0].dilation[0] = t.arch.block[1].op[0].conv[0].dilation[0] == 1 ? 2 : 1;
	ck_assert(corrupt_encode(&t.layout, &t.arch, CORRUPT_OTHER, CORRUPT_WITHIN, &t.other, &t.rng, t.lie));
	encode(&t.layout, &t.other, t.truth);
	ck_assert(memcmp(t.lie, t.truth, t.count * sizeof(float)) == 0);
	release(&t);
}
END_TEST

/* Within: every convolution's dilation that has an alternative is wrong. */
START_TEST(within_leaves_no_value_true_that_has_an_alternative)
{
	for (uint64_t seed = 0; seed < SAMPLES; seed++) {
		struct telling t = telling(0, 2, seed);
		const struct layout_field *field = layout_find(&t.layout, LAYOUT_DILATION, 0, 0);
		int slices = encoding_slices(&t.layout, &t.arch);

		corrupt_encode(&t.layout, &t.arch, CORRUPT_DILATION, CORRUPT_WITHIN, NULL, &t.rng, t.lie);
		for (int s = 0; s < arch_slices(&t.layout.space, &t.arch); s++) {
			const float *truth = t.truth + (size_t)s * t.layout.channels + field->first;
			const float *lie = t.lie + (size_t)s * t.layout.channels + field->first;

			ck_assert_int_lt(s, slices);
			ck_assert(memcmp(truth, lie, field->count * sizeof(float)) != 0);
		}
		release(&t);
	}
}
END_TEST

START_TEST(across_tells_only_what_some_op_of_the_block_has)
{
	for (uint64_t seed = 0; seed < SAMPLES; seed++) {
		struct telling t = telling(0, 2, seed);
		const struct layout_field *field = layout_find(&t.layout, LAYOUT_UNITS, -1, -1);
		int slice = 0;

		corrupt_encode(&t.layout, &t.arch, CORRUPT_UNITS, CORRUPT_ACROSS, NULL, &t.rng, t.lie);
		for (int b = 0; b < BLOCKS; b++)
			for (int o = 0; o < t.arch.block[b].op_count; o++) {
				const float *cell = t.lie + (size_t)slice * t.layout.channels;
				bool known = false;

				for (int k = 0; k < t.arch.block[b].op_count; k++)
					known = known || cell[layout_channel(&t.layout, field, t.arch.block[b].op[k].units)] == 1;
				ck_assert(known);
				slice += op_slices(&t.layout.space, &t.arch, b, o);
			}
		release(&t);
	}
}
END_TEST

START_TEST(a_field_that_the_space_does_not_vary_does_not_apply)
{
	struct preset preset;

	ck_assert(preset_get(&preset, "smash-v1") == 0);
	ck_assert(!corrupt_applies(&preset.space, CORRUPT_GROUPS));
	ck_assert(!corrupt_applies(&preset.space, CORRUPT_KERNEL));
	ck_assert(!corrupt_applies(&preset.space, CORRUPT_ACTIVE));
	ck_assert(corrupt_applies(&preset.space, CORRUPT_DILATION));
}
END_TEST

/* ---- the experiment ---- */

static char folder[256];

static void make_folder(void)
{
	tiny_make(folder);
}

static void remove_folder(void)
{
	tiny_remove(folder);
}

/* A run of `steps` steps, opened with its trainer. */
static struct trainer *trained(const char *name, int steps, struct run **run)
{
	struct worker_options o = tiny_options(folder, name, 40);
	struct trainer *t;
	struct step_report r;

	ck_assert_msg(setup_open(&o, run, &t) == 0, "%s", err_last());
	for (int i = 0; i < steps; i++)
		ck_assert_int_eq(trainer_step(t, &r), 0);
	return t;
}

static struct job *started(struct trainer *t, int architectures)
{
	static const struct ranking none;
	struct experiment e = { .kind = EXPERIMENT_CORRUPT, .count = architectures, .trials = 2, .hows = (1 << CORRUPT_HOWS) - 1 };
	struct job *job = experiment_start(t, &none, &e);

	ck_assert_msg(job != NULL, "%s", err_last());
	return job;
}

/* Advances until it says done, or so many slices. */
static void advance(struct job *job, int slices)
{
	while (slices-- > 0) {
		enum job_progress progress = job->type->advance(job);

		ck_assert_msg(progress == JOB_MORE || progress == JOB_DONE, "%s", err_last());
		if (progress == JOB_DONE)
			return;
	}
}

static char *document(const struct job *job)
{
	json_t *json = job->type->to_json(job);
	char *text = json_dumps(json, JSON_SORT_KEYS);

	ck_assert_ptr_nonnull(text);
	json_decref(json);
	return text;
}

START_TEST(each_architecture_is_in_the_document)
{
	struct run *run;
	struct trainer *t = trained("whole", 10, &run);
	struct job *job = started(t, 3);
	json_t *json, *subject;
	size_t i;

	advance(job, 100000);
	json = job->type->to_json(job);
	ck_assert_uint_eq(json_array_size(json_object_get(json, "subjects")), 3);
	json_array_foreach(json_object_get(json, "subjects"), i, subject) {
		struct arch arch;
		char id[ARCH_ID_LENGTH + 1];

		ck_assert_msg(arch_from_json(&arch, json_object_get(subject, "architecture"), &t->layout.space) == 0, "%s", err_last());
		arch_id(&arch, id);
		ck_assert_str_eq(json_string_value(json_object_get(subject, "id")), id);
	}
	json_decref(json);
	job->type->free(job);
	trainer_close(t);
	run_close(run);
}
END_TEST

START_TEST(an_interrupted_experiment_goes_on_and_finds_the_same)
{
	struct run *run;
	struct trainer *t = trained("a", 20, &run);
	struct job *whole = started(t, 7), *resumed;
	int64_t done, total;

	ck_assert_int_eq(trainer_save(t), 0);
	advance(whole, 100000);

	char *expected = document(whole);

	whole->type->counts(whole, &done, &total);
	ck_assert_int_eq(done, total);
	whole->type->free(whole);
	trainer_close(t);
	run_close(run);

	t = trained("b", 20, &run);
	resumed = started(t, 7);
	advance(resumed, 100);
	resumed->type->counts(resumed, &done, &total);
	ck_assert(done > 20 && done < total);
	resumed->type->free(resumed);
	resumed = started(t, 7);
	advance(resumed, 100000);

	char *found = document(resumed);

	ck_assert_str_eq(strstr(expected, "step"), strstr(found, "step"));
	resumed->type->free(resumed);
	free(expected);
	free(found);
	trainer_close(t);
	run_close(run);
}
END_TEST

START_TEST(a_report_has_the_number_of_architectures_of_each_row)
{
	struct run *run;
	struct trainer *t = trained("n", 10, &run);
	struct job *job = started(t, 6);
	json_t *json, *field;
	int all = 0;
	char *text;
	size_t size, i;
	FILE *f;

	advance(job, 100000);
	json = job->type->to_json(job);
	json_array_foreach(json_object_get(json, "fields"), i, field)
		all += json_integer_value(json_object_get(field, "architectures")) == 6;
	ck_assert(all > 0 && all < (int)i);              /* not every one has something to lie about in every field */
	json_decref(json);
	f = open_memstream(&text, &size);
	job->type->print(job, f);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, "field               n    loss by      95 % interval   error  95 % interval  truth       p  corrected\n"));
	ck_assert_ptr_nonnull(strstr(text, "\nother               6   "));
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		ck_assert_msg(strcspn(line, "\n") <= 100, "%.*s", (int)strcspn(line, "\n"), line);
	free(text);
	job->type->free(job);
	trainer_close(t);
	run_close(run);
}
END_TEST

START_TEST(too_few_architectures_have_no_p_value)
{
	struct run *run;
	struct trainer *t = trained("few", 10, &run);
	struct job *job = started(t, 3);
	json_t *json;

	advance(job, 100000);
	json = job->type->to_json(job);
	ck_assert(json_is_null(json_object_get(json_array_get(json_object_get(json, "fields"), 0), "p")));
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(json, "verdict")), "too few"));
	json_decref(json);
	job->type->free(job);
	trainer_close(t);
	run_close(run);
}
END_TEST

/* Of 6 architectures the least p is 1/64. */
START_TEST(a_verdict_names_its_bound_where_it_says_that_something_is_not_shown)
{
	struct run *run;
	struct trainer *t = trained("bound", 10, &run);
	struct job *job = started(t, 6);
	json_t *json, *fields, *field;
	const char *verdict, *name;
	size_t i;

	advance(job, 100000);
	json = job->type->to_json(job);
	verdict = json_string_value(json_object_get(json, "verdict"));
	fields = json_object_get(json, "fields");
	ck_assert_msg(strcmp(verdict + strlen(verdict) - 23, "is not shown at p < .01") == 0, "%s", verdict);      /* whole */
	json_array_foreach(fields, i, field) {
		name = json_string_value(json_object_get(field, "field"));
		if (strcmp(name, "other") != 0 && strcmp(name, "random") != 0 && strcmp(name, "empty") != 0)
			ck_assert_msg(strstr(verdict, name) != NULL, "%s: no %s", verdict, name);
	}
	json_decref(json);
	job->type->free(job);
	trainer_close(t);
	run_close(run);
}
END_TEST

static struct job *started_with(struct trainer *t, const char *archs)
{
	static const struct ranking none;
	struct experiment e = { .kind = EXPERIMENT_CORRUPT, .trials = 1 };

	snprintf(e.archs, sizeof e.archs, "%s", archs);
	return experiment_start(t, &none, &e);
}

START_TEST(chosen_architectures_take_the_place_of_random_ones)
{
	struct run *run;
	struct trainer *t = trained("chosen", 10, &run);
	struct arch resnet;
	char id[ARCH_ID_LENGTH + 1];
	struct job *job = started_with(t, "resnet,densenet,resnet");
	json_t *json, *subjects;

	ck_assert_msg(job != NULL, "%s", err_last());
	advance(job, 100000);
	json = job->type->to_json(job);
	subjects = json_object_get(json, "subjects");
	ck_assert_uint_eq(json_array_size(subjects), 2);         /* each once */
	ck_assert_int_eq(pattern_make(&resnet, "resnet", &t->layout.space, 2), 0);
	arch_id(&resnet, id);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(subjects, 0), "id")), id);
	json_decref(json);
	job->type->free(job);

	ck_assert_ptr_null(started_with(t, "resnet,nobody"));
	ck_assert_ptr_nonnull(strstr(err_last(), "nobody: no such file"));
	trainer_close(t);
	run_close(run);
}
END_TEST

START_TEST(what_cannot_be_tested_is_refused_by_name)
{
	static const struct ranking none;
	struct run *run;
	struct trainer *t = trained("untrained", 0, &run);
	struct experiment e = { .kind = EXPERIMENT_CORRUPT };
	struct step_report r;

	ck_assert_ptr_null(experiment_start(t, &none, &e));
	ck_assert_ptr_nonnull(strstr(err_last(), "untrained"));
	ck_assert_int_eq(trainer_step(t, &r), 0);
	t->layout.space.groups_vary = 0;
	e.fields = 1u << CORRUPT_GROUPS;
	ck_assert_ptr_null(experiment_start(t, &none, &e));
	ck_assert_ptr_nonnull(strstr(err_last(), "does not vary groups"));
	trainer_close(t);
	run_close(run);
}
END_TEST

static Suite *corrupt_suite(void)
{
	Suite *suite = suite_create("corrupt");
	TCase *encodings = tcase_create("encodings"), *experiment = tcase_create("experiment");

	tcase_add_loop_test(encodings, a_lie_about_a_field_changes_channels_of_that_field_alone, 0, CORRUPT_OTHER * CORRUPT_HOWS);
	tcase_add_loop_test(encodings, a_lie_keeps_the_true_geometry, 0, CORRUPT_FIELDS);
	tcase_add_test(encodings, the_empty_encoding_is_background);
	tcase_add_test(encodings, another_architecture_of_the_same_ops_is_its_own_encoding);
	tcase_add_test(encodings, within_leaves_no_value_true_that_has_an_alternative);
	tcase_add_test(encodings, across_tells_only_what_some_op_of_the_block_has);
	tcase_add_test(encodings, a_field_that_the_space_does_not_vary_does_not_apply);
	suite_add_tcase(suite, encodings);
	tcase_add_unchecked_fixture(experiment, make_folder, remove_folder);
	tcase_add_test(experiment, each_architecture_is_in_the_document);
	tcase_add_test(experiment, an_interrupted_experiment_goes_on_and_finds_the_same);
	tcase_add_test(experiment, a_report_has_the_number_of_architectures_of_each_row);
	tcase_add_test(experiment, too_few_architectures_have_no_p_value);
	tcase_add_test(experiment, a_verdict_names_its_bound_where_it_says_that_something_is_not_shown);
	tcase_add_test(experiment, chosen_architectures_take_the_place_of_random_ones);
	tcase_add_test(experiment, what_cannot_be_tested_is_refused_by_name);
	suite_add_tcase(suite, experiment);
	return suite;
}

int main(void)
{
	SRunner *runner = srunner_create(corrupt_suite());
	int failed;

	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
