/* check_absent.c -- a run whose data have been moved away: what it still knows, what still works, and in which words the rest is refused. */
#include <check.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/lab/experiment.h"
#include "src/lab/question.h"
#include "src/lab/retrain.h"
#include "src/lab/run_data.h"
#include "src/lab/setup.h"
#include "tests/tiny_run.h"

enum { STEPS = 6 };

static char folder[256], away[300];
static struct run *run;
static struct trainer *t;
static struct ranking ranking;

static void close_run(void)
{
	trainer_close(t);
	run_close(run);
	t = NULL;
	run = NULL;
}

static int open_run(bool create, int steps)
{
	struct worker_options o = tiny_options(folder, "run", steps);

	o.create = create;
	if (!create)
		*o.device = *o.data = '\0';
	return setup_open(&o, &run, &t);
}

static const char *file(const char *name)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static void move_data(const char *from, const char *to)
{
	static const char *const names[] = { "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
		"t10k-labels-idx1-ubyte" };
	char a[PATH_MAX], b[PATH_MAX];

	for (int i = 0; i < 4; i++) {
		snprintf(a, sizeof a, "%s/%s", from, names[i]);
		snprintf(b, sizeof b, "%s/%s", to, names[i]);
		ck_assert_int_eq(rename(a, b), 0);
	}
}

/* A run with half its steps made. */
static void set_up(void)
{
	struct step_report r;

	tiny_make(folder);
	ck_assert_msg(open_run(true, STEPS) == 0, "%s", err_last());
	for (int i = 0; i < STEPS / 2; i++)
		ck_assert_int_eq(trainer_step(t, &r), 0);
	ck_assert_int_eq(trainer_save(t), 0);
	close_run();
	snprintf(away, sizeof away, "%s-away", folder);
	ck_assert(mkdtemp(strcat(away, "XXXXXX")) != NULL);
}

static void open_without(void)
{
	move_data(folder, away);
	ck_assert_msg(open_run(false, 0) == 0, "%s", err_last());
}

static void tear_down(void)
{
	close_run();
	tiny_remove(folder);
	tiny_remove(away);
}

static void check_missing(void)
{
	ck_assert_msg(strstr(err_last(), "mnist: ") && strstr(err_last(), folder) && strstr(err_last(), "lacks train-images-idx3-ubyte") &&
		strstr(err_last(), "to get the data"), "%s", err_last());
	err_clear();
}

START_TEST(run_knows_what_its_data_were)
{
	float first, again;

	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_ptr_null(t->data->missing);
	t->be->k->download(t->be, &first, t->params->value, sizeof first);
	close_run();
	open_without();
	err_set("%s", t->data->missing);
	check_missing();
	ck_assert_str_eq(t->data->name, "mnist");
	ck_assert_int_eq(t->data->axes, 2);
	ck_assert(t->data->input.side[0] == TINY_SIDE && t->data->input.side[1] == TINY_SIDE && t->data->input.channels == 1);
	ck_assert_int_eq(t->data->train.count, TINY_TRAIN - TINY_VALIDATION);
	ck_assert_int_eq(t->data->validation.count, TINY_VALIDATION);
	ck_assert_int_eq(t->data->test.count, TINY_TEST);
	ck_assert_str_eq(t->data->class_name[7], "7");
	ck_assert_int_eq(t->step, STEPS / 2);
	t->be->k->download(t->be, &again, t->params->value, sizeof again);
	ck_assert_float_eq(first, again);
}
END_TEST

START_TEST(what_asks_for_images_is_refused)
{
	static const enum experiment_kind kinds[] = { EXPERIMENT_RANK, EXPERIMENT_CORRUPT, EXPERIMENT_GUIDE, EXPERIMENT_CORRELATE, EXPERIMENT_RETRAIN };
	struct experiment e = { .count = 2, .images = 4, .evaluations = 1, .epochs = 1 };
	struct question q = { .kind = QUESTION_PREDICTIONS, .count = 4 };
	struct answering *answering;
	enum question_kind kind;
	struct step_report r;
	json_t *answer;

	open_without();
	ck_assert_int_eq(trainer_step(t, &r), -1);
	check_missing();
	ck_assert_int_eq(t->step, STEPS / 2);
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		e.kind = kinds[i];
		strcpy(e.network, e.kind == EXPERIMENT_RETRAIN ? "wrn-10-1" : "");
		ck_assert_ptr_null(experiment_start(t, &ranking, &e));
		check_missing();
	}
	answering = answering_new(t);
	answering_ask(answering, &q);
	answer = answering_advance(answering, &kind);
	ck_assert_ptr_nonnull(strstr(json_string_value(json_object_get(answer, "failed")), "lacks train-images"));
	json_decref(answer);
	answering_free(answering);
	close_run();
	ck_assert_int_eq(open_run(false, 2 * STEPS), -1);
	check_missing();
	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_int_eq(t->config.steps, STEPS);
}
END_TEST

START_TEST(network_trains_on_other_data_that_are_there)
{
	struct experiment e = { .kind = EXPERIMENT_RETRAIN, .has_arch = true, .epochs = 1, .batch = 16, .learning_rate = 0.05 };
	struct rng rng;
	struct job *job;
	enum job_progress progress;

	open_without();
	rng_seed(&rng, 1, 1);
	arch_sample(&e.arch, &t->layout.space, 2, 0, &rng);
	snprintf(e.data, sizeof e.data, "mnist:%s", away);
	job = experiment_start(t, &ranking, &e);
	ck_assert_msg(job != NULL, "%s", err_last());
	while ((progress = job->type->advance(job)) == JOB_MORE)
		;
	ck_assert_int_eq(progress, JOB_DONE);
	job->type->free(job);
}
END_TEST

START_TEST(training_goes_on_when_they_are_back)
{
	struct step_report r;

	open_without();
	close_run();
	move_data(away, folder);
	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_ptr_null(t->data->missing);
	ck_assert_str_eq(t->notice, "");
	ck_assert_int_eq(trainer_step(t, &r), 0);
}
END_TEST

static int open_run_on(const char *name, const char *where)
{
	struct worker_options o = tiny_options(folder, "run", 0);

	o.create = false;
	*o.device = '\0';
	snprintf(o.data, sizeof o.data, "%s:%s", name, where);
	return setup_open(&o, &run, &t);
}

START_TEST(run_is_told_once_where_they_are_now)
{
	struct step_report r;

	move_data(folder, away);
	ck_assert_msg(open_run_on("mnist", away) == 0, "%s", err_last());
	ck_assert_ptr_null(t->data->missing);
	ck_assert_int_eq(trainer_step(t, &r), 0);
	close_run();
	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_str_eq(t->data->path, away);
	ck_assert_int_eq(strncmp(run->config.data + 6, folder, strlen(folder)), 0);
	close_run();
	move_data(away, folder);
	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_ptr_nonnull(strstr(t->data->missing, away));
	close_run();
	ck_assert_int_eq(open_run_on("mnist", folder), 0);
	ck_assert_ptr_null(t->data->missing);
	close_run();
	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_ptr_null(t->data->missing);
}
END_TEST

START_TEST(others_in_the_new_place_are_refused)
{
	char other[256];

	tiny_make_of(other, 120);
	ck_assert_int_eq(open_run_on("mnist", other), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "not what the run began with: 108 training"));
	ck_assert_int_eq(open_run_on("mnist", "/nowhere"), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "no folder /nowhere"));
	ck_assert_int_eq(open_run_on("fashion-mnist", folder), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "the run is on mnist, so mnist:FOLDER would be right"));
	tiny_remove(other);
	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_ptr_null(t->data->missing);
}
END_TEST

START_TEST(other_examples_than_the_run_began_with_are_told_of)
{
	char other[256];

	move_data(folder, away);
	tiny_make_of(other, 120);
	move_data(other, folder);
	tiny_remove(other);
	ck_assert_msg(open_run(false, 0) == 0, "%s", err_last());
	ck_assert_ptr_nonnull(strstr(t->notice, "mnist is not what the run began with: 108 training, 12 held-out and 40 test examples, then 216, 24 and 40"));
}
END_TEST

/* As runs of earlier versions are. */
START_TEST(run_that_has_noted_nothing_notes_it_when_it_is_opened)
{
	ck_assert_int_eq(unlink(file("run/data.json")), 0);
	move_data(folder, away);
	ck_assert_int_eq(open_run(false, 0), -1);
	check_missing();
	move_data(away, folder);
	ck_assert_int_eq(open_run(false, 0), 0);
	ck_assert_int_eq(access(file("run/data.json"), R_OK), 0);
}
END_TEST

START_TEST(damaged_note_is_none)
{
	static const char *const texts[] = { "", "{}", "[1]", "{\"version\": 2}", "{\"version\": 1, \"sides\": [16]}",
		"{\"version\": 1, \"sides\": [16, 16], \"channels\": 9}", "{\"version\": 1, \"sides\": [16, 0], \"channels\": 1}",
		"{\"version\": 1, \"sides\": [16, 16], \"channels\": 1, \"stem_stride\": 0, \"train\": 9, \"validation\": 1, \"test\": 1, \"classes\": []}",
		"{\"version\": 1, \"sides\": [16, 16], \"channels\": 1, \"stem_stride\": 0, \"train\": 9, \"validation\": 1, \"test\": 1, \"classes\": [3]}" };

	move_data(folder, away);
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		FILE *f = fopen(file("run/data.json"), "w");

		fputs(texts[i], f);
		fclose(f);
		ck_assert_int_eq(open_run(false, 0), -1);
		check_missing();
	}
}
END_TEST

START_TEST(folder_whose_name_no_run_can_keep_is_refused)
{
	struct worker_options o = tiny_options(folder, "second", 2);
	char path[PATH_MAX];

	snprintf(path, sizeof path, "%s/v\xf6gel", folder);
	ck_assert_int_eq(symlink(".", path), 0);
	strcat(strcpy(o.data, "mnist:"), path);
	ck_assert_int_eq(setup_open(&o, &run, &t), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "a path that is not UTF-8"));
	ck_assert_int_eq(access(o.run_path, F_OK), -1);
}
END_TEST

/* A run made from one folder is found from another. */
START_TEST(folder_of_the_data_is_kept_whole)
{
	struct worker_options o = tiny_options(folder, "second", 2);
	char before[PATH_MAX], whole[PATH_MAX + 8];

	ck_assert(getcwd(before, sizeof before) && chdir(folder) == 0 && realpath(folder, whole + 6));
	memcpy(whole, "mnist:", 6);
	strcpy(o.data, "mnist:.");
	ck_assert_msg(setup_open(&o, &run, &t) == 0, "%s", err_last());
	ck_assert_int_eq(chdir(before), 0);
	ck_assert_str_eq(run->config.data, whole);
	close_run();
	o.create = false;
	*o.device = *o.data = '\0';
	ck_assert_msg(setup_open(&o, &run, &t) == 0, "%s", err_last());
	ck_assert_ptr_null(t->data->missing);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("absent");
	TCase *all = tcase_create("absent");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_test(all, run_knows_what_its_data_were);
	tcase_add_test(all, what_asks_for_images_is_refused);
	tcase_add_test(all, network_trains_on_other_data_that_are_there);
	tcase_add_test(all, training_goes_on_when_they_are_back);
	tcase_add_test(all, run_is_told_once_where_they_are_now);
	tcase_add_test(all, others_in_the_new_place_are_refused);
	tcase_add_test(all, other_examples_than_the_run_began_with_are_told_of);
	tcase_add_test(all, run_that_has_noted_nothing_notes_it_when_it_is_opened);
	tcase_add_test(all, damaged_note_is_none);
	tcase_add_test(all, folder_whose_name_no_run_can_keep_is_refused);
	tcase_add_test(all, folder_of_the_data_is_kept_whole);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
