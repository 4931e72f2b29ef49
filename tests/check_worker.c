/* check_worker.c -- the thread that trains, seen from the screen's side: commands in, snapshots out. */
#include <check.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/lab/draft.h"
#include "src/lab/setup.h"
#include "tests/worker_rig.h"

START_TEST(a_run_is_made_trained_to_its_end_and_saved)
{
	struct worker *w = rig_start("run", 60, true);
	char path[600];

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	ck_assert_int_eq(now.step, 60);
	ck_assert_int_eq(now.steps, 60);
	ck_assert_int_eq(now.checkpoint_step, 60);
	ck_assert_int_eq(now.arch_step, 60);
	ck_assert_int_eq(now.valid_step, 60);
	ck_assert(isfinite(now.loss) && isfinite(now.valid_loss) && isfinite(now.valid_loss_stderr));
	ck_assert_int_eq(now.curve.bucket_steps, 1);
	ck_assert_int_eq(now.curve.count, 60);
	ck_assert_float_eq(now.curve.bucket[59].train_mean, (float)now.loss);
	ck_assert_float_eq(now.curve.bucket[59].valid, (float)now.valid_loss);
	ck_assert_str_eq(now.data_name, "mnist");
	ck_assert_str_eq(now.preset_name, "tiny");
	ck_assert_int_eq(now.train_images, TINY_TRAIN - TINY_VALIDATION);
	ck_assert_int_eq(now.validation_images, TINY_VALIDATION);
	ck_assert_int_eq(now.test_images, TINY_TEST);
	ck_assert_int_gt(now.hypernet_parameters, 0);
	ck_assert_int_gt(now.resident_bytes, 1 << 20);
	ck_assert(worker_running(w));
	rig_stop(w);
	snprintf(path, sizeof(path), "%s/run", rig_folder);
	ck_assert_int_eq(checkpoint_step(path), 60);
}
END_TEST

START_TEST(a_pause_stands_still_and_saves_and_resume_goes_on)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_send(w, COMMAND_PAUSE, 0);
	WAIT_FOR(w, now.state == WORKER_PAUSED && now.checkpoint_step == now.step);

	int64_t step = now.step;
	uint64_t serial = now.serial;

	rig_sleep(100);
	ck_assert_msg(!worker_snapshot(w, &now), "a paused worker went on telling");
	ck_assert_uint_eq(now.serial, serial);
	ck_assert_double_eq(now.images_per_second, 0);
	rig_send(w, COMMAND_PAUSE, 0);                       /* again: nothing */
	rig_send(w, COMMAND_RESUME, 0);
	WAIT_FOR(w, now.state == WORKER_TRAINING && now.step > step);
	rig_stop(w);
}
END_TEST

START_TEST(stopping_saves_the_last_step)
{
	struct worker *w = rig_start("run", 1000000, true);
	char path[600];

	WAIT_FOR(w, now.step >= 20);
	rig_send(w, COMMAND_STOP, 0);
	WAIT_FOR(w, now.state == WORKER_STOPPED);
	ck_assert_int_eq(now.checkpoint_step, now.step);
	ck_assert_int_eq(worker_join(w), WORKER_STOPPED);
	snprintf(path, sizeof(path), "%s/run", rig_folder);
	ck_assert_int_eq(checkpoint_step(path), now.step);
}
END_TEST

START_TEST(a_kept_architecture_is_in_a_file)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct command c = { .kind = COMMAND_KEEP };
	struct arch arch;
	char id[ARCH_ID_LENGTH + 1], path[700];
	json_t *answer;

	WAIT_FOR(w, now.arch_step > 0);
	c.arch = now.arch;
	strcpy(c.name, "mine");
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "kept"));
	arch_id(&c.arch, id);
	snprintf(path, sizeof(path), "%s/run/architectures/%s.json", rig_folder, id);
	ck_assert_int_eq(arch_load(&arch, path, &now.space), 0);
	ck_assert(arch_equal(&arch, &c.arch));
	answer = worker_answer(w, ANSWER_KEPT);
	ck_assert_uint_eq(json_array_size(json_object_get(answer, "kept")), 1);
	ck_assert_str_eq(json_string_value(json_object_get(json_array_get(json_object_get(answer, "kept"), 0), "name")), c.name);
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "drafts")), 0);
	json_decref(answer);
	rig_stop(w);
}
END_TEST

START_TEST(drafts_are_read_where_the_screen_does_not_wait)
{
	struct worker *w = rig_start("run", 50, true);
	struct amend add = { .kind = AMEND_ADD };
	struct draft draft;
	json_t *answer, *one;

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	json_decref(worker_answer(w, ANSWER_KEPT));
	ck_assert_int_eq(draft_open(&draft, now.run_path, &now.space, &now.arch, "sampled"), 0);
	add.copy = plain_op(&now.space, &now.arch, 0, 0, 0);
	ck_assert_int_eq(draft_change(&draft, &add), 0);
	ck_assert_int_eq(draft_save(&draft), 0);
	ck_assert(worker_send(w, &(struct command){ .kind = COMMAND_DRAFTS }));
	WAIT_FOR(w, (answer = worker_answer(w, ANSWER_KEPT)) != NULL);
	ck_assert_int_eq(json_integer_value(json_object_get(answer, "drafts")), 1);
	one = json_array_get(json_object_get(answer, "draft"), 0);
	ck_assert_str_eq(json_string_value(json_object_get(one, "id")), draft.id);
	ck_assert_str_eq(json_string_value(json_object_get(one, "from")), "sampled");
	ck_assert_int_eq(json_integer_value(json_object_get(one, "changes")), 1);
	json_decref(answer);
	draft_close(&draft);
	rig_stop(w);
}
END_TEST

START_TEST(what_is_kept_is_scored_and_what_cannot_be_kept_is_not)
{
	struct worker *w = rig_start("run", 50, true);
	struct command c = { .kind = COMMAND_KEEP, .score = true };
	char folder[600];

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	c.arch = now.arch;
	snprintf(folder, sizeof(folder), "%s/run/architectures", rig_folder);
	fclose(fopen(folder, "w"));                      /* in place of the folder: nothing can be written there */
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "not kept: "));
	rig_sleep(100);
	worker_snapshot(w, &now);
	ck_assert_msg(strstr(now.message, "not kept: "), "%s", now.message);
	ck_assert_int_eq(now.job_count, 0);
	ck_assert_int_eq(unlink(folder), 0);
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, now.ranking_count == 1);
	rig_stop(w);
}
END_TEST

START_TEST(a_reopened_run_shows_its_curve_and_its_ranking)
{
	struct worker *w = rig_start("run", 50, true);
	static struct snapshot before;
	struct ranking_row old[8], new[8];

	WAIT_FOR(w, now.step >= 1);
	rig_send(w, COMMAND_RANK, 4);
	WAIT_FOR(w, now.state == WORKER_FINISHED && now.ranking_count == 4 && !*now.job.name);
	before = now;
	ck_assert_int_eq(worker_ranking(w, 0, old, 8), 4);
	rig_stop(w);

	w = rig_start("run", 0, false);
	WAIT_FOR(w, now.state != WORKER_OPENING);
	ck_assert_int_eq(now.state, WORKER_FINISHED);
	ck_assert_int_eq(now.step, 50);
	ck_assert_int_eq(now.checkpoint_step, 50);
	ck_assert_mem_eq(&now.curve, &before.curve, sizeof(now.curve));
	ck_assert_double_eq(now.valid_loss_stderr, (float)before.valid_loss_stderr);
	ck_assert_int_eq(worker_ranking(w, 0, new, 8), 4);
	ck_assert_mem_eq(old, new, 4 * sizeof(*old));
	rig_send(w, COMMAND_RANK, 1);                        /* finished, but not dead */
	WAIT_FOR(w, now.ranking_count == 5);
	rig_stop(w);
}
END_TEST

static void write_run_file(const char *name, const char *mode, const char *text)
{
	char path[600];
	FILE *f;

	snprintf(path, sizeof(path), "%s/run/%s", rig_folder, name);
	f = fopen(path, mode);
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

static int log_lines_with(const char *words)
{
	int count = 0;

	for (int i = 0; i < now.log_count && i < LOG_LINES; i++)
		count += strstr(now.log[i].text, words) != NULL;
	return count;
}

static void reopen(struct worker **w)
{
	rig_stop(*w);
	*w = rig_start("run", 0, false);
	WAIT_FOR(*w, now.state != WORKER_OPENING);
}

START_TEST(each_damaged_file_stands_in_the_log_and_the_message_sums_them_up)
{
	struct worker *w = rig_start("run", 50, true);
	char folder[600];

	WAIT_FOR(w, now.step >= 1);
	rig_send(w, COMMAND_RANK, 4);
	WAIT_FOR(w, now.state == WORKER_FINISHED && now.ranking_count == 4 && !*now.job.name);
	reopen(&w);
	ck_assert_msg(strstr(now.message, "opened"), "%s", now.message);

	write_run_file("ranking.jsonl", "a", "no JSON\n{\"id\": \"x\"}\n{\"id\":\n");
	reopen(&w);
	ck_assert_str_eq(now.message, "ranking.jsonl: 3 lines make no sense and were passed over, the first is line 5");
	ck_assert_int_eq(log_lines_with("ranking.jsonl: 3 lines"), 1);
	ck_assert_int_eq(now.ranking_count, 4);

	write_run_file("marks", "w", "0123456789ab *\nnobody\n");
	snprintf(folder, sizeof(folder), "%s/run/drafts", rig_folder);
	ck_assert_int_eq(mkdir(folder, 0777), 0);
	write_run_file("drafts/0123456789ab.jsonl", "w", "{\n{}\n}\n");
	reopen(&w);
	ck_assert_msg(strncmp(now.message, "3 files of the run are damaged", 30) == 0 && strstr(now.message, ":log"), "%s", now.message);
	ck_assert_int_eq(log_lines_with("marks: line 2 makes no sense"), 1);
	ck_assert_int_eq(log_lines_with("drafts/0123456789ab.jsonl: 2 lines make no sense and were passed over, the first is line 1"), 1);
	rig_stop(w);
}
END_TEST

START_TEST(a_ranking_without_one_line_that_makes_sense_is_said_to_be_empty)
{
	struct worker *w = rig_start("run", 50, true);

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	for (int i = 0; i < 1000; i++)
		write_run_file("ranking.jsonl", "a", "{}\n");
	reopen(&w);
	ck_assert_str_eq(now.message, "ranking.jsonl: none of its 1000 lines makes sense: the ranking is empty");
	rig_stop(w);
}
END_TEST

START_TEST(a_run_that_cannot_be_opened_fails_with_the_reason_and_the_thread_ends)
{
	struct worker *w = rig_start("nowhere", 0, false);

	WAIT_FOR(w, now.state == WORKER_FAILED);
	ck_assert_msg(strstr(now.failure, "nowhere"), "%s", now.failure);
	ck_assert_int_eq(worker_join(w), WORKER_FAILED);
}
END_TEST

/* A checkpoint with an optimiser state that spoils the parameters at its first update; the loss of the step after shows it. */
static int64_t spoil(const struct worker_options *options)
{
	struct worker_options o = *options;
	struct run *run;
	struct trainer *t;
	struct step_report r;

	ck_assert_int_eq(setup_open(&o, &run, &t), 0);
	ck_assert_int_eq(trainer_step(t, &r), 0);
	t->params->m[t->params->list[t->network.bias].offset] = NAN;
	ck_assert_int_eq(trainer_save(t), 0);
	trainer_close(t);
	run_close(run);
	return r.step;
}

START_TEST(a_loss_that_is_not_finite_fails_and_keeps_the_checkpoint)
{
	struct worker_options o = tiny_options(rig_folder, "run", 200);
	int64_t step = spoil(&o);
	struct worker *w = rig_start("run", 0, false);

	WAIT_FOR(w, now.state == WORKER_FAILED);
	ck_assert_int_eq(now.step, step + 1);
	ck_assert_msg(strstr(now.failure, "step 3") && strstr(now.failure, "not finite"), "%s", now.failure);
	ck_assert_int_eq(worker_join(w), WORKER_FAILED);
	ck_assert_int_eq(checkpoint_step(o.run_path), step);
}
END_TEST

/* Finished by the step that spoiled the parameters: there is no next loss, but they must not be saved. */
START_TEST(parameters_that_are_not_finite_are_never_saved)
{
	struct worker_options o = tiny_options(rig_folder, "run", 2);
	int64_t step = spoil(&o);
	struct worker *w = rig_start("run", 0, false);

	WAIT_FOR(w, now.state == WORKER_FINISHED || now.state == WORKER_FAILED);
	ck_assert_int_eq(checkpoint_step(o.run_path), step);
	rig_send(w, COMMAND_STOP, 0);
	ck_assert_int_eq(worker_join(w), WORKER_FAILED);
	ck_assert_int_eq(checkpoint_step(o.run_path), step);
}
END_TEST

/* Each snapshot is of one moment: its parts agree. */
START_TEST(snapshots_are_consistent)
{
	struct worker *w = rig_start("run", 600, true);
	uint64_t serial = 0;
	int64_t step = 0;
	double start = clock_seconds();
	int count = 0;

	while (now.state != WORKER_FINISHED && clock_seconds() < start + 90) {
		if (!worker_snapshot(w, &now))
			continue;
		count++;
		ck_assert_uint_gt(now.serial, serial);
		ck_assert_int_ge(now.step, step);
		serial = now.serial;
		step = now.step;
		if (now.arch_step == 0)
			continue;
		ck_assert_int_eq(now.arch_step, now.step);
		ck_assert_double_eq(now.arch_loss, now.loss);
		ck_assert_int_eq(arch_validate(&now.space, &now.arch, NULL), 0);
		ck_assert_int_eq(now.curve.count, (now.step - 1) / now.curve.bucket_steps + 1);
		ck_assert(now.curve.bucket[now.curve.count - 1].train_max >= (float)now.loss);
	}
	ck_assert_int_eq(now.state, WORKER_FINISHED);
	/* About twenty a second, and one at each change of state. */
	ck_assert_int_le(count, 25 * (clock_seconds() - start) + 10);
	rig_stop(w);
}
END_TEST

START_TEST(at_most_one_byte_stands_in_the_pipe)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct pollfd readable = { .fd = worker_descriptor(w), .events = POLLIN };
	int bytes = 0;

	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(poll(&readable, 1, 90000), 1);
		rig_sleep(200);                          /* time for more snapshots */
		ck_assert_int_eq(ioctl(worker_descriptor(w), FIONREAD, &bytes), 0);
		ck_assert_int_eq(bytes, 1);
		worker_drain(w);
		worker_drain(w);                         /* an empty one is no harm */
	}
	rig_stop(w);
}
END_TEST

START_TEST(a_worker_can_be_ended_at_any_moment)
{
	struct rng rng;

	rng_seed(&rng, 5, 5);
	for (int i = 0; i < 12; i++) {
		char name[16];

		snprintf(name, sizeof(name), "run%d", i / 2);

		struct worker *w = rig_start(name, 100000, i % 2 == 0);

		rig_sleep(rng_below(&rng, 60));
		if (rng_below(&rng, 2))
			rig_send(w, COMMAND_RANK, 5);
		if (rng_below(&rng, 2))
			rig_experiment(w, rig_corrupt(3), "");
		if (rng_below(&rng, 3) == 0)
			rig_send(w, COMMAND_PAUSE, 0);
		rig_sleep(rng_below(&rng, 30));
		rig_stop(w);
	}
}
END_TEST

START_TEST(a_full_queue_says_so)
{
	struct worker_options o = tiny_options(rig_folder, "run", 100000);
	struct worker *w;
	struct command c = { .kind = COMMAND_SAVE };
	int sent = 0;

	/* Until the thread has opened the run it takes nothing: of 100,000 commands most find no room. */
	w = worker_start(&o);
	ck_assert_ptr_nonnull(w);
	while (sent < 100000 && worker_send(w, &c))
		sent++;
	ck_assert_int_lt(sent, 100000);
	c.kind = COMMAND_STOP;
	while (!worker_send(w, &c))
		rig_sleep(1);
	ck_assert_int_eq(worker_join(w), WORKER_STOPPED);
}
END_TEST

static volatile sig_atomic_t handled_by;

static void note_thread(int signal)
{
	(void)signal;
	handled_by = (sig_atomic_t)gettid();
}

START_TEST(signals_go_to_the_thread_of_the_screen)
{
	signal(SIGUSR1, note_thread);

	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 3);
	for (int i = 0; i < 20; i++) {
		handled_by = 0;
		kill(getpid(), SIGUSR1);
		rig_sleep(1);
		ck_assert_int_eq(handled_by, gettid());
	}
	rig_stop(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("worker");
	TCase *tc = tcase_create("worker");

	tcase_add_checked_fixture(tc, rig_make, rig_remove);
	tcase_add_test(tc, a_run_is_made_trained_to_its_end_and_saved);
	tcase_add_test(tc, a_pause_stands_still_and_saves_and_resume_goes_on);
	tcase_add_test(tc, stopping_saves_the_last_step);
	tcase_add_test(tc, a_kept_architecture_is_in_a_file);
	tcase_add_test(tc, drafts_are_read_where_the_screen_does_not_wait);
	tcase_add_test(tc, what_is_kept_is_scored_and_what_cannot_be_kept_is_not);
	tcase_add_test(tc, a_reopened_run_shows_its_curve_and_its_ranking);
	tcase_add_test(tc, each_damaged_file_stands_in_the_log_and_the_message_sums_them_up);
	tcase_add_test(tc, a_ranking_without_one_line_that_makes_sense_is_said_to_be_empty);
	tcase_add_test(tc, a_run_that_cannot_be_opened_fails_with_the_reason_and_the_thread_ends);
	tcase_add_test(tc, a_loss_that_is_not_finite_fails_and_keeps_the_checkpoint);
	tcase_add_test(tc, parameters_that_are_not_finite_are_never_saved);
	tcase_add_test(tc, snapshots_are_consistent);
	tcase_add_test(tc, at_most_one_byte_stands_in_the_pipe);
	tcase_add_test(tc, a_worker_can_be_ended_at_any_moment);
	tcase_add_test(tc, a_full_queue_says_so);
	tcase_add_test(tc, signals_go_to_the_thread_of_the_screen);
	suite_add_tcase(suite, tc);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? 1 : 0;
}
