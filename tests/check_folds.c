/* check_folds.c -- one network trained on each fold of pictures in the format of STL-10: what is told of all together. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/lab/experiment.h"
#include "src/lab/retrain.h"
#include "src/lab/setup.h"
#include "tests/tiny_run.h"

enum { FOLDS = 10, PIXELS = 3 * 96 * 96, TRAIN = 40, TEST = 20, IN_FOLD = 20 };

static char folder[256], data[300];
static struct run *run;
static struct trainer *t;
static struct ranking ranking;

static FILE *open_file(const char *name)
{
	char path[300];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	f = fopen(path, "wb");
	ck_assert_ptr_nonnull(f);
	return f;
}

/* Pictures as bright as their label says. */
static void write_part(const char *pictures, const char *labels, int count)
{
	static uint8_t pixels[PIXELS];
	FILE *x = open_file(pictures), *y = open_file(labels);

	for (int i = 0; i < count; i++) {
		for (int k = 0; k < PIXELS; k++)
			pixels[k] = (uint8_t)(25 * (i % 10) + k % 7);
		ck_assert_uint_eq(fwrite(pixels, 1, PIXELS, x), PIXELS);
		fputc(1 + i % 10, y);
	}
	ck_assert(fclose(x) == 0 && fclose(y) == 0);
}

/* Fold f: the images from f on, so that each is another. */
static void write_folds(void)
{
	FILE *f = open_file("fold_indices.txt");

	for (int fold = 0; fold < FOLDS; fold++) {
		for (int i = 0; i < IN_FOLD; i++)
			fprintf(f, "%d ", (fold + i) % TRAIN);
		fputc('\n', f);
	}
	ck_assert_int_eq(fclose(f), 0);
}

static void set_up(void)
{
	struct worker_options o;

	tiny_make(folder);
	o = tiny_options(folder, "run", 4);
	write_part("train_X.bin", "train_y.bin", TRAIN);
	write_part("test_X.bin", "test_y.bin", TEST);
	write_folds();
	snprintf(data, sizeof(data), "stl10:%s", folder);
	ck_assert_msg(setup_open(&o, &run, &t) == 0, "%s", err_last());
}

static void tear_down(void)
{
	trainer_close(t);
	run_close(run);
	tiny_remove(folder);
}

static struct experiment a_retraining(void)
{
	struct experiment e = { .kind = EXPERIMENT_RETRAIN, .has_arch = true, .epochs = 1, .batch = 6, .learning_rate = 0.05, .seed = 5 };
	struct rng rng;

	rng_seed(&rng, 2, 0);
	arch_sample(&e.arch, &t->layout.space, t->data->axes, 0, &rng);
	strcpy(e.data, data);
	return e;
}

static struct job *start(void)
{
	struct experiment e = a_retraining();
	struct job *job;

	e.folds = true;
	job = experiment_start(t, &ranking, &e);
	ck_assert_msg(job != NULL, "%s", err_last());
	return job;
}

static json_t *end(struct job *job)
{
	enum job_progress progress;
	json_t *json;

	while ((progress = job->type->advance(job)) == JOB_MORE)
		;
	ck_assert_msg(progress == JOB_DONE, "%s", err_last());
	json = job->type->to_json(job);
	return json;
}

static double number(const json_t *json, const char *key)
{
	ck_assert_msg(json_is_number(json_object_get(json, key)), "%s", key);
	return json_number_value(json_object_get(json, key));
}

static double error_on_fold(int fold)
{
	struct experiment e = a_retraining();
	struct retraining *r;
	int more;

	snprintf(e.data, sizeof(e.data), "stl10@%d:%s", fold, folder);
	r = retraining_new(t, &e);
	ck_assert_msg(r != NULL, "%s", err_last());
	while ((more = retraining_advance(r)) == 1)
		;
	ck_assert_int_eq(more, 0);

	double error = retraining_report(r).test_error;

	retraining_free(r);
	return error;
}

START_TEST(mean_and_deviation_are_those_of_trainings_on_each_fold)
{
	struct job *job = start();
	json_t *json = end(job);
	double sum = 0, squares = 0, mean;

	ck_assert_int_eq(json_integer_value(json_object_get(json, "count")), FOLDS);
	ck_assert_int_eq(json_array_size(json_object_get(json, "folds")), FOLDS);
	for (int i = 0; i < FOLDS; i++) {
		double error = error_on_fold(i);

		ck_assert_double_eq_tol(error, number(json_array_get(json_object_get(json, "folds"), i), "test_error"), 1e-9);
		sum += error;
		squares += error * error;
	}
	mean = sum / FOLDS;
	ck_assert_double_eq_tol(number(json, "mean_test_error"), mean, 1e-9);
	ck_assert_double_eq_tol(number(json, "test_error_deviation"), sqrt((squares - FOLDS * mean * mean) / (FOLDS - 1)), 1e-7);
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(json, "verdict")), "on the 10 folds of stl10"));
	json_decref(json);
	job->type->free(job);
}
END_TEST

START_TEST(interrupted_one_does_not_train_a_fold_twice)
{
	struct job *job = start();
	json_t *json;
	int64_t done = 0, total, again;
	char text[200];

	while (done < 5) {
		ck_assert_int_eq(job->type->advance(job), JOB_MORE);
		job->type->counts(job, &done, &total);
	}
	job->type->describe(job, text, sizeof(text));
	ck_assert_msg(strncmp(text, "steps  fold 2 of 10", 19) == 0, "%s", text);
	json = job->type->to_json(job);
	ck_assert(json_object_get(json, "verdict") == NULL && json_is_null(json_object_get(json, "test_error_deviation")));
	json_decref(json);
	job->type->free(job);
	job = start();
	for (int i = 0; i < 2; i++)
		ck_assert_int_eq(job->type->advance(job), JOB_MORE);
	job->type->counts(job, &again, &total);
	ck_assert_int_ge(again, done);
	json_decref(end(job));
	job->type->free(job);
}
END_TEST

START_TEST(report_has_a_line_for_each_fold)
{
	struct job *job = start();
	char *printed;
	size_t size;
	FILE *f = open_memstream(&printed, &size);

	json_decref(end(job));
	job->type->print(job, f);
	fclose(f);
	for (int i = 0; i < FOLDS; i++) {
		char line[16];

		snprintf(line, sizeof(line), "\n%4d  ", i);
		ck_assert_msg(strstr(printed, line) != NULL, "%s", printed);
	}
	ck_assert_ptr_nonnull(strstr(printed, "\nstandard deviation over folds"));
	free(printed);
	job->type->free(job);
}
END_TEST

START_TEST(data_set_without_folds_is_refused)
{
	struct experiment e = a_retraining();

	e.folds = true;
	*e.data = '\0';
	ck_assert_ptr_null(experiment_start(t, &ranking, &e));
	ck_assert_str_eq(err_last(), "mnist: has no folds; stl10 has");
	strcpy(e.data, "stl11");
	ck_assert_ptr_null(experiment_start(t, &ranking, &e));
	ck_assert_ptr_nonnull(strstr(err_last(), "stl11: no data set of that name"));
}
END_TEST

START_TEST(fold_takes_the_place_of_a_variant)
{
	char name[DATASET_NAME_SIZE];

	ck_assert_int_eq(dataset_fold(name, "stl10", 9), FOLDS);
	ck_assert_str_eq(name, "stl10@9");
	ck_assert_int_eq(dataset_fold(name, "stl10@3:/a b/c:d@e", 0), FOLDS);
	ck_assert_str_eq(name, "stl10@0:/a b/c:d@e");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("folds");
	TCase *all = tcase_create("folds");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_set_timeout(all, 120);
	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, mean_and_deviation_are_those_of_trainings_on_each_fold);
	tcase_add_test(all, interrupted_one_does_not_train_a_fold_twice);
	tcase_add_test(all, report_has_a_line_for_each_fold);
	tcase_add_test(all, data_set_without_folds_is_refused);
	tcase_add_test(all, fold_takes_the_place_of_a_variant);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
