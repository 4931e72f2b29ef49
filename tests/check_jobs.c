/* check_jobs.c -- what the worker does beside training: rankings and experiments, one at a time, asked for by commands. */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "tests/worker_rig.h"

START_TEST(ranking_and_training_go_on_side_by_side)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct ranking_row row[64];
	struct arch arch;

	WAIT_FOR(w, now.step >= 5);
	rig_send(w, COMMAND_RANK, 40);
	WAIT_FOR(w, now.ranking_count >= 1);

	int64_t step = now.step;

	ck_assert_str_eq(now.job.name, "rank");
	WAIT_FOR(w, now.ranking_count == 40 && !*now.job.name);
	ck_assert_int_gt(now.step, step);
	ck_assert_int_eq(worker_ranking(w, 0, row, 64), 40);
	for (int i = 0; i < 40; i++) {
		char id[ARCH_ID_LENGTH + 1];

		ck_assert_int_eq(row[i].step, row[0].step);
		ck_assert_int_eq(row[i].images, TINY_VALIDATION);
		ck_assert_int_eq(row[i].origin, ORIGIN_SAMPLED);
		ck_assert(isfinite(row[i].score) && row[i].parameters > 0 && row[i].macs > 0 && row[i].depth > 0);
		ck_assert(worker_ranking_arch(w, i, &arch));
		arch_id(&arch, id);
		ck_assert_str_eq(id, row[i].id);
	}
	ck_assert_int_eq(worker_ranking(w, 38, row, 64), 2);
	ck_assert_int_eq(worker_ranking(w, 99, row, 64), 0);
	ck_assert(!worker_ranking_arch(w, 40, &arch));
	ck_assert(!worker_ranking_arch(w, -1, &arch));
	rig_stop(w);
}
END_TEST

START_TEST(a_paused_worker_ranks_and_scores_again)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct command again = { .kind = COMMAND_SCORE };
	struct ranking_row row[8];

	WAIT_FOR(w, now.step >= 5);
	rig_send(w, COMMAND_RANK, 3);
	WAIT_FOR(w, now.ranking_count == 3);
	rig_send(w, COMMAND_PAUSE, 0);
	WAIT_FOR(w, now.state == WORKER_PAUSED);

	uint64_t serial = now.ranking_serial;
	int64_t step = now.step;

	ck_assert(worker_ranking_arch(w, 1, &again.arch));
	ck_assert(worker_send(w, &again));
	rig_send(w, COMMAND_RANK, 2);
	WAIT_FOR(w, now.ranking_count == 5 && !*now.job.name);
	ck_assert_uint_ne(now.ranking_serial, serial);
	ck_assert_int_eq(worker_ranking(w, 0, row, 8), 5);
	ck_assert_int_lt(row[0].step, step);
	ck_assert_int_eq(row[1].step, step);
	ck_assert_int_eq(row[1].origin, ORIGIN_SAMPLED);
	ck_assert_int_eq(row[4].step, step);
	rig_stop(w);
}
END_TEST

START_TEST(an_edited_architecture_is_scored_and_an_impossible_one_refused)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct command c = { .kind = COMMAND_SCORE };
	struct ranking_row row;

	WAIT_FOR(w, now.arch_step > 0);
	c.arch = now.arch;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, now.ranking_count == 1 && !*now.job.name);
	ck_assert_int_eq(worker_ranking(w, 0, &row, 1), 1);
	ck_assert_int_eq(row.origin, ORIGIN_EDITED);
	c.arch.block[0].op[0].units = 1000;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "units"));
	ck_assert_int_eq(now.ranking_count, 1);
	rig_stop(w);
}
END_TEST

START_TEST(a_cancelled_job_ends_and_keeps_what_it_has)
{
	struct worker *w = rig_start("run", 1000000, true);

	rig_send(w, COMMAND_CANCEL, 0);                  /* nothing to cancel */
	WAIT_FOR(w, now.step >= 1);
	rig_send(w, COMMAND_RANK, 100000);
	WAIT_FOR(w, now.ranking_count >= 2);
	rig_send(w, COMMAND_CANCEL, 0);
	WAIT_FOR(w, !*now.job.name && strstr(now.message, "cancelled"));
	ck_assert_int_lt(now.ranking_count, 100000);

	int count = now.ranking_count;

	WAIT_FOR(w, now.step > 10);
	ck_assert_int_eq(now.ranking_count, count);
	rig_stop(w);
}
END_TEST

/* ---- experiments ---- */

static int documents_in(const char *name)
{
	char path[600];
	int count = 0;

	snprintf(path, sizeof(path), "%s/%s", rig_folder, name);

	DIR *dir = opendir(path);

	for (struct dirent *e; dir && (e = readdir(dir)); )
		count += strlen(e->d_name) > 5 && strcmp(e->d_name + strlen(e->d_name) - 5, ".json") == 0;
	if (dir)
		closedir(dir);
	return count;
}

START_TEST(an_experiment_runs_beside_training_and_leaves_a_report)
{
	struct worker *w = rig_start("run", 1000000, true);
	static char text[REPORT_SIZE];
	char few[8];

	WAIT_FOR(w, now.step >= 5);
	worker_report(w, text, sizeof(text));
	ck_assert_str_eq(text, "");

	int64_t step = now.step;

	rig_experiment(w, rig_corrupt(2), "");
	WAIT_FOR(w, now.report_serial == 1 && !*now.job.name);
	ck_assert_int_gt(now.step, step);
	ck_assert_str_eq(now.report_name, "corrupt");
	ck_assert_msg(strncmp(now.message, "corrupt: 2 architectures", 24) == 0, "%s", now.message);      /* the verdict */
	worker_report(w, text, sizeof(text));
	ck_assert_msg(strstr(text, "Verdict"), "%s", text);
	worker_report(w, few, sizeof(few));
	ck_assert(strlen(few) == sizeof(few) - 1 && strncmp(few, text, sizeof(few) - 1) == 0);
	ck_assert_int_eq(documents_in("run/results"), 1);
	rig_stop(w);
}
END_TEST

/* The bits of training don't know of a job. */
START_TEST(jobs_do_not_change_what_is_trained)
{
	static struct curve alone;
	struct worker *w = rig_start("alone", 2000, true);

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	alone = now.curve;
	rig_stop(w);

	w = rig_start("beside", 2000, true);
	WAIT_FOR(w, now.step >= 1);
	rig_experiment(w, rig_corrupt(2), "");
	rig_send(w, COMMAND_RANK, 3);
	WAIT_FOR(w, now.report_serial == 1 && now.ranking_count == 3);
	ck_assert_int_lt(now.step, 2000);                 /* or nothing was tested */
	WAIT_FOR(w, now.state == WORKER_FINISHED);
	ck_assert_mem_eq(&now.curve, &alone, sizeof(alone));
	rig_stop(w);
}
END_TEST

START_TEST(jobs_wait_in_order_and_the_ninth_is_refused)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, rig_corrupt(10000), "");
	rig_send(w, COMMAND_RANK, 2);                        /* waits: what runs is no ranking */
	rig_send(w, COMMAND_RANK, 3);
	rig_experiment(w, rig_corrupt(1), "");
	for (int i = 0; i < JOBS_WAITING - 3; i++)
		rig_experiment(w, rig_corrupt(10000 + i), "");
	WAIT_FOR(w, now.job.waiting == JOBS_WAITING);
	ck_assert_int_eq(now.ranking_count, 0);
	rig_experiment(w, rig_corrupt(1), "");
	WAIT_FOR(w, strstr(now.message, "8 jobs wait already"));
	ck_assert_int_eq(now.job.waiting, JOBS_WAITING);
	rig_send(w, COMMAND_CANCEL, 0);
	WAIT_FOR(w, now.report_serial == 2);             /* of what was cancelled; both rankings as one job; then the short experiment */
	ck_assert_int_eq(now.ranking_count, 5);
	WAIT_FOR(w, strcmp(now.job.name, "corrupt") == 0 && now.job.waiting == JOBS_WAITING - 4);
	rig_stop(w);
	ck_assert_int_eq(documents_in("run/results"), 1);
}
END_TEST

START_TEST(a_ranking_takes_more_whoever_asked_for_it)
{
	struct worker *w = rig_start("run", 1000000, true);
	static char text[REPORT_SIZE];

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, (struct experiment){ .kind = EXPERIMENT_RANK, .count = 40, .with_patterns = true }, "");
	rig_send(w, COMMAND_RANK, 2);
	WAIT_FOR(w, now.report_serial == 1);
	ck_assert_int_eq(now.ranking_count, 46);         /* four patterns */
	ck_assert_str_eq(now.report_name, "rank");
	ck_assert_msg(strncmp(now.message, "rank: best ", 11) == 0, "%s", now.message);
	worker_report(w, text, sizeof(text));
	ck_assert_msg(strstr(text, "pattern") && strstr(text, "sampled"), "%s", text);
	rig_stop(w);
}
END_TEST

/* Paused, so that the step and with it the experiment stays the same. */
START_TEST(a_cancelled_experiment_goes_on_where_it_was)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct experiment e = rig_corrupt(1000);
	static char text[REPORT_SIZE];

	WAIT_FOR(w, now.step >= 5);
	rig_send(w, COMMAND_PAUSE, 0);
	WAIT_FOR(w, now.state == WORKER_PAUSED);
	rig_experiment(w, e, "");
	WAIT_FOR(w, now.job.done > 50);
	rig_sleep(700);                                  /* much longer than a snapshot takes to come: what is taken up is the most */
	ck_assert_str_eq(now.job.name, "corrupt");
	ck_assert(strstr(now.job.text, " of 1000") && now.job.total > now.job.done && now.job.waiting == 0);

	rig_send(w, COMMAND_CANCEL, 0);
	WAIT_FOR(w, !*now.job.name);
	ck_assert_msg(strstr(now.message, "what it has found stays"), "%s", now.message);

	int64_t done = now.jobs[0].done;

	ck_assert_int_eq(now.report_serial, 1);
	worker_report(w, text, sizeof(text));
	ck_assert_msg(strncmp(text, "Not finished: cancelled after ", 30) == 0 && strstr(text, "Verdict"), "%s", text);

	rig_experiment(w, e, "");
	WAIT_FOR(w, *now.job.name);

	double from = clock_seconds(), until;
	int64_t taken_up = now.job.done;
	uint64_t serial;

	ck_assert_int_ge(taken_up, done - 15);           /* all but the architecture it was at */
	WAIT_FOR(w, now.job.done > taken_up + 20);

	/* It began before `from`, and a later snapshot than this one is made after `until`: its rate is over more time than is between them. */
	until = clock_seconds();
	worker_snapshot(w, &now);
	serial = now.serial;
	WAIT_FOR(w, now.serial > serial && isfinite(now.job.per_second));
	ck_assert_msg(now.job.per_second * (until - from) < now.job.done - done + 16, "what it had before counts: %f a second", now.job.per_second);
	rig_stop(w);
}
END_TEST

START_TEST(an_architecture_is_found_by_its_name)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct experiment e = { .kind = EXPERIMENT_RETRAIN, .seed = 1, .epochs = 1, .batch = 16, .learning_rate = 0.1 };
	struct arch resnet;
	char id[ARCH_ID_LENGTH + 1];
	static char text[REPORT_SIZE];

	rig_experiment(w, e, "resnte");
	WAIT_FOR(w, strstr(now.message, "did you mean resnet?"));
	ck_assert_msg(strncmp(now.message, "retrain: ", 9) == 0, "%s", now.message);
	rig_experiment(w, e, "resnet");
	WAIT_FOR(w, now.report_serial == 1);
	ck_assert_str_eq(now.report_name, "retrain");
	ck_assert_int_eq(pattern_make(&resnet, "resnet", &now.space, 2), 0);
	arch_id(&resnet, id);
	worker_report(w, text, sizeof(text));
	ck_assert_msg(strstr(text, id), "%s", text);
	rig_stop(w);
}
END_TEST

START_TEST(what_cannot_begin_says_why_and_training_goes_on)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct experiment e = rig_corrupt(2);
	char path[600];
	FILE *f;

	rig_experiment(w, e, "");                       /* read before the first step */
	WAIT_FOR(w, strstr(now.message, "untrained"));
	WAIT_FOR(w, now.step >= 5);

	/* What the run has in place of its folder of results is a file: nothing can be written there. */
	snprintf(path, sizeof(path), "%s/run/results", rig_folder);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fclose(f);
	rig_experiment(w, e, "");
	WAIT_FOR(w, strncmp(now.message, "corrupt: ", 9) == 0 && strstr(now.message, "results"));

	int64_t step = now.step;

	WAIT_FOR(w, now.step > step + 5);
	ck_assert_str_eq(now.job.name, "");
	ck_assert_int_eq(now.state, WORKER_TRAINING);
	rig_stop(w);
}
END_TEST

/* ---- the list ---- */

static const struct job_line *line_of(int number)
{
	for (int i = 0; i < now.job_count; i++)
		if (now.jobs[i].number == number)
			return &now.jobs[i];
	ck_abort_msg("no job %d in the list", number);
}

static enum job_state state_of(int number)
{
	return line_of(number)->state;
}

START_TEST(the_list_says_of_each_job_what_it_is_and_what_became_of_it)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct command score = { .kind = COMMAND_SCORE, .images = 7 };
	char id[ARCH_ID_LENGTH + 1], words[64];

	rig_experiment(w, rig_corrupt(2), "");           /* read before the first step: it cannot begin */
	WAIT_FOR(w, now.arch_step > 0 && now.job_count == 1);
	ck_assert_int_eq(state_of(1), JOB_BROKE);
	ck_assert_msg(strstr(line_of(1)->text, "untrained"), "%s", line_of(1)->text);

	score.arch = now.arch;
	arch_id(&now.arch, id);
	rig_experiment(w, rig_corrupt(10000), "");       /* the others wait until it is cancelled */
	rig_experiment(w, rig_corrupt(3), "");
	rig_send(w, COMMAND_RANK, 2);
	rig_send(w, COMMAND_RANK, 1);
	ck_assert(worker_send(w, &score));
	rig_experiment(w, rig_corrupt(10001), "");
	WAIT_FOR(w, now.job_count == 7);
	ck_assert_int_eq(state_of(3), JOB_WAITS);
	ck_assert_str_eq(line_of(3)->words, "corrupt --count 3");
	ck_assert_str_eq(line_of(4)->words, "rank --count 2");
	snprintf(words, sizeof(words), "score %s --images 7", id);
	ck_assert_str_eq(line_of(6)->words, words);
	ck_assert(isnan(line_of(4)->began) && isnan(line_of(2)->ended) && line_of(2)->began > 1e9 && line_of(2)->step > 0);

	rig_send(w, COMMAND_CANCEL, 2);
	WAIT_FOR(w, state_of(7) == JOB_RUNS && isfinite(line_of(7)->eta_seconds));
	ck_assert_int_eq(now.job_count, 6);              /* a ranking has joined the other */
	ck_assert_int_eq(state_of(3), JOB_ENDED);
	ck_assert_msg(strncmp(line_of(3)->text, "3 architectures", 15) == 0, "%s", line_of(3)->text);
	ck_assert(line_of(3)->ended >= line_of(3)->began && line_of(3)->done == line_of(3)->total);
	ck_assert_str_eq(line_of(4)->words, "rank --count 2 and 1 more");
	ck_assert_msg(strncmp(line_of(4)->text, "3 architectures scored at step ", 31) == 0, "%s", line_of(4)->text);
	ck_assert_msg(strncmp(line_of(6)->text, "1 architecture scored at step ", 30) == 0, "%s", line_of(6)->text);
	ck_assert(line_of(6)->ended < line_of(4)->began);
	ck_assert(line_of(7)->total == now.job.total && line_of(7)->done == now.job.done);
	rig_stop(w);
}
END_TEST

START_TEST(a_job_is_cancelled_by_its_number_also_before_it_begins)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, rig_corrupt(10000), "");
	rig_experiment(w, rig_corrupt(10001), "");
	rig_send(w, COMMAND_RANK, 2);
	WAIT_FOR(w, now.job.waiting == 2);
	rig_send(w, COMMAND_CANCEL, 2);
	WAIT_FOR(w, now.job.waiting == 1);
	ck_assert_int_eq(state_of(1), JOB_RUNS);
	ck_assert_int_eq(state_of(2), JOB_CANCELLED);
	ck_assert(isnan(line_of(2)->began) && line_of(2)->ended > 1e9);
	rig_send(w, COMMAND_CANCEL, 2);
	WAIT_FOR(w, strstr(now.message, "no job 2 runs or waits"));
	rig_send(w, COMMAND_CANCEL, 1);
	WAIT_FOR(w, now.ranking_count == 2 && !*now.job.name);
	ck_assert_int_eq(state_of(1), JOB_CANCELLED);
	ck_assert_msg(strstr(line_of(1)->text, "cancelled after"), "%s", line_of(1)->text);
	ck_assert_int_eq(state_of(3), JOB_ENDED);
	rig_send(w, COMMAND_CANCEL, 0);
	WAIT_FOR(w, strstr(now.message, "no job runs"));
	rig_stop(w);
}
END_TEST

START_TEST(a_held_job_stands_still_until_it_is_let_go_on)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, rig_corrupt(10000), "");
	rig_send(w, COMMAND_RANK, 2);
	WAIT_FOR(w, now.job.done > 5);
	rig_send(w, COMMAND_HOLD_JOB, 0);
	WAIT_FOR(w, state_of(1) == JOB_HELD);

	int64_t done = now.job.done, step = now.step;

	WAIT_FOR(w, now.step > step + 20);
	ck_assert_int_eq(now.job.done, done);
	ck_assert_int_eq(state_of(2), JOB_WAITS);
	ck_assert(isnan(now.job.eta_seconds) && now.job.per_second > 0);
	rig_send(w, COMMAND_PAUSE, 0);                       /* the hold is of that job: the next one has the time */
	WAIT_FOR(w, now.state == WORKER_PAUSED && state_of(2) == JOB_ENDED && strcmp(now.job.name, "corrupt") == 0);
	ck_assert_int_eq(now.ranking_count, 2);
	ck_assert_int_eq(now.job.done, done);
	ck_assert_int_eq(state_of(1), JOB_HELD);
	rig_send(w, COMMAND_HOLD_JOB, 1);
	WAIT_FOR(w, now.job.done > done);
	ck_assert_int_eq(state_of(1), JOB_RUNS);
	rig_send(w, COMMAND_HOLD_JOB, 1);
	WAIT_FOR(w, state_of(1) == JOB_HELD);
	rig_experiment(w, rig_corrupt(20000), "");       /* runs at once, and makes way for none that is held */
	WAIT_FOR(w, now.job_count == 3 && state_of(3) == JOB_RUNS && now.job.waiting == 1);
	rig_send(w, COMMAND_HOLD_JOB, 1);
	WAIT_FOR(w, state_of(1) == JOB_WAITS);
	rig_send(w, COMMAND_HOLD_JOB, 3);
	WAIT_FOR(w, state_of(1) == JOB_RUNS && state_of(3) == JOB_HELD);
	rig_send(w, COMMAND_CANCEL, 3);
	WAIT_FOR(w, state_of(3) == JOB_CANCELLED && state_of(1) == JOB_RUNS);
	rig_send(w, COMMAND_CANCEL, 1);
	WAIT_FOR(w, !*now.job.name);
	rig_stop(w);
}
END_TEST

START_TEST(a_single_score_runs_at_once_and_the_job_that_made_way_goes_on)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct command score = { .kind = COMMAND_SCORE };
	struct ranking_row row[64];
	int rows;

	WAIT_FOR(w, now.step >= 5);
	rig_send(w, COMMAND_PAUSE, 0);
	WAIT_FOR(w, now.state == WORKER_PAUSED);
	score.arch = now.arch;
	rig_experiment(w, rig_corrupt(10000), "");
	WAIT_FOR(w, now.job.done > 5);

	int64_t done = now.job.done;

	ck_assert(worker_send(w, &score));
	ck_assert(worker_send(w, &score));               /* the same weights and images: once is enough */
	WAIT_FOR(w, now.ranking_count == 1 && state_of(1) == JOB_RUNS && now.job.done > done);
	ck_assert_str_eq(now.job.name, "corrupt");
	ck_assert_int_eq(now.job_count, 2);
	ck_assert_int_eq(state_of(2), JOB_ENDED);
	ck_assert(worker_send(w, &score));
	rig_send(w, COMMAND_CANCEL, 1);
	WAIT_FOR(w, !*now.job.name);
	ck_assert_int_eq(now.job_count, 2);

	/* A ranking takes it not, and its end is not that of the score. */
	rig_send(w, COMMAND_RANK, 100000);
	WAIT_FOR(w, now.ranking_count >= 3);
	score.images = 7;
	ck_assert(worker_send(w, &score));
	rig_send(w, COMMAND_CANCEL, 3);
	WAIT_FOR(w, !*now.job.name && state_of(3) == JOB_CANCELLED);
	ck_assert_int_eq(state_of(4), JOB_ENDED);
	rows = worker_ranking(w, 0, row, 64);
	ck_assert_int_ge(rows, 3);
	ck_assert_int_eq(row[0].images, 7);
	rig_stop(w);
}
END_TEST

START_TEST(what_made_way_stands_in_the_log_when_all_is_stopped)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_send(w, COMMAND_PAUSE, 0);
	rig_experiment(w, rig_corrupt(10000), "");
	rig_experiment(w, rig_corrupt(20000), "");
	rig_send(w, COMMAND_HOLD_JOB, 1);
	WAIT_FOR(w, now.job_count == 2 && state_of(1) == JOB_HELD && state_of(2) == JOB_RUNS);
	rig_send(w, COMMAND_STOP, 0);
	WAIT_FOR(w, now.state == WORKER_STOPPED);
	ck_assert_int_eq(state_of(1), JOB_CANCELLED);
	ck_assert_int_eq(state_of(2), JOB_CANCELLED);
	ck_assert_int_eq(worker_join(w), WORKER_STOPPED);
}
END_TEST

START_TEST(a_held_job_that_waits_lets_others_begin_before_it)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, rig_corrupt(10000), "");
	rig_experiment(w, rig_corrupt(1), "");
	rig_send(w, COMMAND_RANK, 2);
	rig_send(w, COMMAND_HOLD_JOB, 2);
	WAIT_FOR(w, now.job_count == 3 && state_of(2) == JOB_HELD);
	rig_send(w, COMMAND_CANCEL, 1);
	WAIT_FOR(w, now.ranking_count == 2 && !*now.job.name);
	ck_assert_int_eq(state_of(2), JOB_HELD);
	rig_send(w, COMMAND_HOLD_JOB, 2);
	WAIT_FOR(w, state_of(2) == JOB_ENDED);
	rig_send(w, COMMAND_HOLD_JOB, 2);
	WAIT_FOR(w, strstr(now.message, "no job 2 runs or waits"));
	rig_stop(w);
}
END_TEST

START_TEST(the_list_keeps_the_newest)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, rig_corrupt(10000), "");
	for (int i = 0; i < JOB_LINES; i++) {
		rig_experiment(w, rig_corrupt(1), "");
		rig_send(w, COMMAND_CANCEL, 2 + i);
	}
	rig_send(w, COMMAND_RANK, 1);
	WAIT_FOR(w, now.job_count == JOB_LINES && now.jobs[JOB_LINES - 1].number == JOB_LINES + 2);
	ck_assert_int_eq(now.jobs[0].number, 1);
	ck_assert_int_eq(now.jobs[0].state, JOB_RUNS);
	ck_assert_int_eq(now.jobs[1].number, 4);
	ck_assert_int_eq(now.jobs[1].state, JOB_CANCELLED);
	rig_stop(w);
}
END_TEST

static bool log_has(const char *words)
{
	char path[600], line[1024];
	bool has = false;
	FILE *f;

	snprintf(path, sizeof(path), "%s/run/log", rig_folder);
	f = fopen(path, "r");
	ck_assert_ptr_nonnull(f);
	while (fgets(line, sizeof(line), f))
		has = has || strstr(line, words);
	fclose(f);
	return has;
}

START_TEST(what_a_stop_drops_stands_in_the_log)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, rig_corrupt(10000), "");
	rig_send(w, COMMAND_RANK, 77);
	WAIT_FOR(w, now.job.waiting == 1);
	rig_send(w, COMMAND_STOP, 0);
	WAIT_FOR(w, now.state == WORKER_STOPPED);
	ck_assert_int_eq(state_of(1), JOB_CANCELLED);
	ck_assert_int_eq(state_of(2), JOB_CANCELLED);
	ck_assert_int_eq(worker_join(w), WORKER_STOPPED);
	ck_assert(log_has("corrupt --count 10000: stopped before its end"));
	ck_assert(log_has("rank --count 77: stopped before it began"));
}
END_TEST

/* ---- documents ---- */

static json_t *wait_for_answer(struct worker *w, int kind)
{
	json_t *answer = NULL;

	WAIT_FOR(w, (answer = worker_answer(w, kind)));
	return answer;
}

static bool running(const json_t *answer)
{
	ck_assert(json_is_boolean(json_object_get(answer, "running")));
	return json_is_true(json_object_get(answer, "running"));
}

static int64_t number(const json_t *answer, const char *key)
{
	ck_assert_msg(json_is_integer(json_object_get(answer, key)), "no %s", key);
	return json_integer_value(json_object_get(answer, key));
}

START_TEST(a_job_gives_out_its_document_as_far_as_it_has_come)
{
	struct worker *w = rig_start("run", 1000000, true);
	int64_t before = -1;
	int documents = 0;

	WAIT_FOR(w, now.step >= 5);
	ck_assert_ptr_null(worker_answer(w, EXPERIMENT_CORRUPT));
	rig_experiment(w, rig_corrupt(60), "");
	for (bool more = true; more; documents++) {
		json_t *answer = wait_for_answer(w, EXPERIMENT_CORRUPT);
		int64_t done = number(answer, "architectures");

		more = running(answer);
		ck_assert_int_eq(number(answer, "architectures_wanted"), 60);
		ck_assert_msg(done > before || !more, "the same twice");
		ck_assert(json_is_string(json_object_get(answer, "verdict")));
		ck_assert(more || done == 60);
		before = done;
		json_decref(answer);
	}
	ck_assert_int_gt(documents, 1);
	ck_assert_ptr_null(worker_answer(w, EXPERIMENT_CORRUPT));
	ck_assert_ptr_null(worker_answer(w, EXPERIMENT_GUIDE));
	rig_stop(w);
}
END_TEST

START_TEST(a_cancelled_job_says_in_its_document_that_it_runs_no_more)
{
	struct worker *w = rig_start("run", 1000000, true);
	json_t *answer;

	WAIT_FOR(w, now.step >= 5);
	rig_experiment(w, rig_corrupt(10000), "");
	answer = wait_for_answer(w, EXPERIMENT_CORRUPT);
	ck_assert(running(answer));
	json_decref(answer);
	WAIT_FOR(w, now.job.done > 20);
	rig_send(w, COMMAND_CANCEL, 0);
	WAIT_FOR(w, !*now.job.name);
	answer = wait_for_answer(w, EXPERIMENT_CORRUPT);
	ck_assert(!running(answer));
	ck_assert_int_lt(number(answer, "architectures"), 10000);
	json_decref(answer);
	rig_stop(w);
}
END_TEST

static void write_file(const char *name, const char *text)
{
	char path[600];
	FILE *f;

	snprintf(path, sizeof(path), "%s/run/results/%s", rig_folder, name);
	f = fopen(path, "w");
	ck_assert_ptr_nonnull(f);
	fputs(text, f);
	fclose(f);
}

START_TEST(a_reopened_run_has_the_newest_document_of_each_kind_and_passes_over_a_damaged_one)
{
	struct worker *w = rig_start("run", 200, true);
	json_t *answer;

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	rig_experiment(w, rig_corrupt(1), "");
	rig_experiment(w, rig_corrupt(2), "");
	WAIT_FOR(w, now.report_serial == 2);
	rig_stop(w);

	rig_sleep(20);                                   /* so that the file below is the newest */
	write_file("corrupt-0000000000.json", "{\"architectures\": 1");
	write_file("guide-0000000000.json", "[]");
	write_file("correlate.txt", "no document");
	w = rig_start("run", 0, false);
	WAIT_FOR(w, now.state != WORKER_OPENING);
	answer = worker_answer(w, EXPERIMENT_CORRUPT);
	ck_assert_ptr_nonnull(answer);
	ck_assert_int_eq(number(answer, "architectures"), 2);
	ck_assert(!running(answer));
	ck_assert(json_number_value(json_object_get(answer, "age_seconds")) > 0.01);
	ck_assert(json_number_value(json_object_get(answer, "age_seconds")) < 90);
	json_decref(answer);
	ck_assert_ptr_null(worker_answer(w, EXPERIMENT_GUIDE));
	ck_assert_ptr_null(worker_answer(w, EXPERIMENT_CORRELATE));

	int damaged = 0;

	for (int i = 0; i < now.log_count; i++)
		damaged += strstr(now.log[i].text, "passed over") != NULL;
	ck_assert_int_eq(damaged, 2);
	rig_stop(w);
}
END_TEST

/* NULL where none comes. */
static json_t *result(struct worker *w, enum experiment_kind kind, int of_number)
{
	struct command c = { .kind = COMMAND_RESULT, .result = { kind, of_number } };
	uint64_t messages = now.message_serial, answers = now.answer_serial[ANSWER_RESULT];

	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, now.message_serial != messages || now.answer_serial[ANSWER_RESULT] != answers);
	return worker_answer(w, ANSWER_RESULT);
}

START_TEST(what_an_earlier_process_left_half_done_is_in_the_list)
{
	struct worker *w = rig_start("run", 40, true);
	int64_t done;

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	rig_experiment(w, rig_corrupt(1), "");
	WAIT_FOR(w, now.report_serial == 1);             /* a finished one is not among them */
	rig_experiment(w, rig_corrupt(10000), "");
	WAIT_FOR(w, *now.job.name && now.job.done > 50);
	rig_stop(w);
	w = rig_start("run", 40, false);
	WAIT_FOR(w, now.state == WORKER_FINISHED);
	ck_assert_int_eq(now.job_count, 1);
	ck_assert_int_eq(now.jobs[0].state, JOB_CANCELLED);
	ck_assert_ptr_nonnull(strstr(now.jobs[0].words, "corrupt --count 10000 --trials 1 --images "));
	ck_assert_msg(strstr(now.jobs[0].words, " --field dilation,kernel,") && strstr(now.jobs[0].words, " --how within --seed "), "%s", now.jobs[0].words);
	ck_assert_int_eq(now.jobs[0].total, 10000);
	ck_assert_int_eq(now.jobs[0].step, 40);
	ck_assert_ptr_nonnull(strstr(now.jobs[0].text, " of 10000 architectures; the same command goes on"));
	done = now.jobs[0].done;
	ck_assert_int_gt(done, 1);
	rig_experiment(w, rig_corrupt(10000), "");
	WAIT_FOR(w, *now.job.name && now.job.done > done);
	rig_stop(w);

	/* The weights of another step are another experiment. */
	w = rig_start("run", 41, false);
	WAIT_FOR(w, now.state == WORKER_FINISHED && now.step == 41);
	rig_stop(w);
	w = rig_start("run", 41, false);
	WAIT_FOR(w, now.state == WORKER_FINISHED);
	ck_assert_int_eq(now.job_count, 0);
	rig_stop(w);
}
END_TEST

/* The answer says which one it is about, and no more. */
static bool no_document(struct worker *w, enum experiment_kind kind, int i)
{
	json_t *answer = result(w, kind, i);
	bool none = number(answer, "number") == i && !json_object_get(answer, "document");

	json_decref(answer);
	return none;
}

START_TEST(each_result_of_an_experiment_can_be_had_by_its_number)
{
	struct worker *w = rig_start("run", 40, true);
	json_t *answer;

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	for (int i = 1; i <= 2; i++) {
		rig_experiment(w, rig_corrupt(i), "");
		WAIT_FOR(w, now.report_serial == (uint64_t)i);
		rig_sleep(20);                           /* the clock of files is coarse */
	}
	answer = worker_answer(w, EXPERIMENT_CORRUPT);
	ck_assert_int_eq(number(answer, "architectures"), 2);
	ck_assert_int_eq(number(answer, "older"), 1);
	json_decref(answer);
	for (int i = 1; i <= 2; i++) {
		answer = result(w, EXPERIMENT_CORRUPT, i);
		ck_assert_ptr_nonnull(answer);
		ck_assert_str_eq(json_string_value(json_object_get(answer, "experiment")), "corrupt");
		ck_assert_int_eq(number(answer, "number"), i);
		ck_assert_int_eq(number(json_object_get(answer, "document"), "architectures"), i);
		ck_assert(!running(json_object_get(answer, "document")));
		json_decref(answer);
	}
	ck_assert(no_document(w, EXPERIMENT_CORRUPT, 3));
	ck_assert_ptr_nonnull(strstr(now.message, "there is no result 3 of 2 of corrupt"));
	ck_assert(no_document(w, EXPERIMENT_GUIDE, 1));
	write_file("corrupt-0000000000.json", "{\"architectures\": 1");
	ck_assert(no_document(w, EXPERIMENT_CORRUPT, 3));
	ck_assert_ptr_nonnull(strstr(now.message, "passed over"));
	rig_stop(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("jobs");
	TCase *tc = tcase_create("jobs");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, rig_make, rig_remove);
	tcase_add_test(tc, ranking_and_training_go_on_side_by_side);
	tcase_add_test(tc, a_paused_worker_ranks_and_scores_again);
	tcase_add_test(tc, an_edited_architecture_is_scored_and_an_impossible_one_refused);
	tcase_add_test(tc, a_cancelled_job_ends_and_keeps_what_it_has);
	tcase_add_test(tc, an_experiment_runs_beside_training_and_leaves_a_report);
	tcase_add_test(tc, jobs_do_not_change_what_is_trained);
	tcase_add_test(tc, jobs_wait_in_order_and_the_ninth_is_refused);
	tcase_add_test(tc, a_ranking_takes_more_whoever_asked_for_it);
	tcase_add_test(tc, a_cancelled_experiment_goes_on_where_it_was);
	tcase_add_test(tc, an_architecture_is_found_by_its_name);
	tcase_add_test(tc, what_cannot_begin_says_why_and_training_goes_on);
	tcase_add_test(tc, the_list_says_of_each_job_what_it_is_and_what_became_of_it);
	tcase_add_test(tc, a_job_is_cancelled_by_its_number_also_before_it_begins);
	tcase_add_test(tc, a_held_job_stands_still_until_it_is_let_go_on);
	tcase_add_test(tc, a_single_score_runs_at_once_and_the_job_that_made_way_goes_on);
	tcase_add_test(tc, what_made_way_stands_in_the_log_when_all_is_stopped);
	tcase_add_test(tc, a_held_job_that_waits_lets_others_begin_before_it);
	tcase_add_test(tc, the_list_keeps_the_newest);
	tcase_add_test(tc, what_a_stop_drops_stands_in_the_log);
	tcase_add_test(tc, a_job_gives_out_its_document_as_far_as_it_has_come);
	tcase_add_test(tc, a_cancelled_job_says_in_its_document_that_it_runs_no_more);
	tcase_add_test(tc, each_result_of_an_experiment_can_be_had_by_its_number);
	tcase_add_test(tc, what_an_earlier_process_left_half_done_is_in_the_list);
	tcase_add_test(tc, a_reopened_run_has_the_newest_document_of_each_kind_and_passes_over_a_damaged_one);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
