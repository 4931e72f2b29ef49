/* check_correlate.c -- the correlation experiment: its statistics, its memory, and the whole of it on a tiny run. */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/rng.h"
#include "src/lab/experiment.h"
#include "src/lab/setup.h"
#include "src/lab/study.h"
#include "tests/tiny_run.h"

/* ---- statistics of pairs ---- */

enum { ROWS = 40 };

struct numbers {
	struct pair_table table;
	double column[PAIR_COLUMNS][ROWS];
};

/* Scores that follow the test error with some noise; sizes that don't. */
static void make_numbers(struct numbers *x, int pairs, double noise, int sign)
{
	struct rng rng;

	rng_seed(&rng, 5, 1);
	x->table = (struct pair_table){ .pairs = pairs, .twice = pairs };
	for (int i = 0; i < PAIR_COLUMNS; i++)
		x->table.column[i] = x->column[i];
	for (int i = 0; i < pairs; i++) {
		double error = 0.1 + 0.001 * i + noise * rng_normal(&rng);

		x->column[PAIR_SCORE][i] = 0.4 + 0.01 * i;
		x->column[PAIR_SCORE_ERROR][i] = 0.2 + 0.01 * rng_uniform(&rng);
		x->column[PAIR_PARAMETERS][i] = -rng_uniform(&rng);
		x->column[PAIR_MACS][i] = -rng_uniform(&rng);
		x->column[PAIR_TEST_ERROR][i] = sign * error;
		x->column[PAIR_TEST_LOSS][i] = 3 * sign * error;
		x->column[PAIR_FIRST][i] = error + 0.001 * rng_normal(&rng);
		x->column[PAIR_SECOND][i] = error + 0.001 * rng_normal(&rng);
	}
}

static struct findings find_all(const struct pair_table *t)
{
	struct findings f = { 0 };

	while (f.steps < FINDING_STEPS)
		findings_next(&f, t, 1);
	return f;
}

static void ck_verdict(const struct findings *f, const char *what)
{
	char text[256];

	findings_verdict(f, text, sizeof(text));
	ck_assert_msg(strstr(text, what) != NULL, "'%s' is not in: %s", what, text);
}

START_TEST(each_statistic_is_that_of_its_columns)
{
	struct numbers x;

	make_numbers(&x, ROWS, 0.005, 1);

	const double *score = x.column[PAIR_SCORE], *truth = x.column[PAIR_TEST_ERROR];
	struct findings f = find_all(&x.table);

	ck_assert_int_eq(f.agreement[AGREE_SCORE].pairs, ROWS);
	ck_assert_double_eq(f.agreement[AGREE_SCORE].kendall.value, kendall(score, truth, ROWS));
	ck_assert_double_eq(f.agreement[AGREE_SCORE].p, kendall_p(score, truth, ROWS));
	ck_assert_double_eq(f.agreement[AGREE_SCORE].spearman.value, spearman(score, truth, ROWS));
	ck_assert_double_eq(f.agreement[AGREE_SCORE].pearson.value, pearson(score, truth, ROWS));
	ck_assert_int_eq(f.agreement[AGREE_SCORE_HALF].pairs, ROWS / 2);
	ck_assert_double_eq(f.agreement[AGREE_SCORE_HALF].kendall.value, kendall(score, truth, ROWS / 2));
	ck_assert_double_eq(f.agreement[AGREE_ERROR].kendall.value, kendall(x.column[PAIR_SCORE_ERROR], truth, ROWS));
	ck_assert_double_eq(f.agreement[AGREE_PARAMETERS].kendall.value, kendall(x.column[PAIR_PARAMETERS], truth, ROWS));
	ck_assert_double_eq(f.agreement[AGREE_MACS_HALF].spearman.value, spearman(x.column[PAIR_MACS], truth, ROWS / 2));
	ck_assert_double_eq(f.agreement[AGREE_CEILING].kendall.value, kendall(x.column[PAIR_FIRST], x.column[PAIR_SECOND], ROWS));
	ck_assert_double_eq(f.contrast[PARTIAL_MACS].value, partial_spearman(score, truth, x.column[PAIR_MACS], ROWS));
	ck_assert_double_eq(f.contrast[GAIN_PARAMETERS].value, f.agreement[AGREE_SCORE].kendall.value -
		f.agreement[AGREE_PARAMETERS].kendall.value);
	ck_assert_int_eq(f.top[TOP_FIFTH].k, ROWS / 5);
	ck_assert_double_eq(f.top[TOP_THIRD].score, precision_at(score, truth, ROWS, 13));
	for (int i = 0; i < AGREEMENTS; i++) {
		ck_assert_double_lt(f.agreement[i].kendall.low, f.agreement[i].kendall.value);
		ck_assert_double_gt(f.agreement[i].kendall.high, f.agreement[i].kendall.value);
	}
}
END_TEST

START_TEST(verdict_follows_the_numbers)
{
	struct numbers x;
	struct findings f;

	make_numbers(&x, ROWS, 0.002, 1);
	f = find_all(&x.table);
	ck_verdict(&f, "tells the test error well, better than parameters and MACs");
	memcpy(x.column[PAIR_PARAMETERS], x.column[PAIR_TEST_ERROR], sizeof(x.column[0]));
	f = find_all(&x.table);
	ck_verdict(&f, "worse than parameters, better than MACs");
	make_numbers(&x, ROWS, 0.002, -1);
	f = find_all(&x.table);
	ck_verdict(&f, "the wrong way round");
	make_numbers(&x, ROWS, 1, 1);
	f = find_all(&x.table);
	ck_verdict(&f, "nothing shows that the score tells the test error");
	memset(x.column[PAIR_TEST_ERROR], 0, sizeof(x.column[0]));
	f = find_all(&x.table);
	ck_verdict(&f, "all equal");
}
END_TEST

static double value_at(const json_t *document, const char *outer, const char *inner)
{
	const json_t *of = outer ? json_object_get(document, outer) : document;
	const json_t *value = json_object_get(json_object_get(of, inner), "value");

	ck_assert_msg(value != NULL, "no %s of %s", inner, outer);
	return json_is_null(value) ? NAN : json_number_value(value);
}

START_TEST(few_pairs_give_words_and_nulls_no_numbers)
{
	struct numbers x;

	for (int pairs = 0; pairs < AGREEMENT_FEWEST + 1; pairs++) {
		json_t *document = json_object();
		char *text = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);
		bool few = pairs < AGREEMENT_FEWEST;

		make_numbers(&x, pairs, 0.002, 1);

		struct findings found = find_all(&x.table);

		findings_to_json(&found, document);
		findings_print(&found, f);
		fclose(f);
		ck_assert_int_eq(isnan(value_at(document, NULL, "kendall")), few);
		ck_assert_int_eq(isnan(value_at(document, "partial", "macs")), few);
		ck_assert(isnan(value_at(document, "better_half", "kendall")));
		ck_assert_int_eq(strstr(text, "too few to say anything") != NULL, few);
		ck_assert_int_eq(strstr(text, "tau") != NULL, !few);
		ck_assert(strstr(text, "too few") != NULL);      /* of nine, half are too few */
		json_decref(document);
		free(text);
	}
}
END_TEST

/* ---- what an experiment knows ---- */

static struct study_settings some_settings(int count, int every, int seeds)
{
	return (struct study_settings){ .step = 7, .seed = 3, .count = count, .every = every, .epochs = 1, .seeds = seeds, .batch = 8,
		.images = 24, .learning_rate = 0.1 };
}

/* Scores 0.count, …, 0.1 in the order of drawing. */
static void add_scores(struct study *s, int count)
{
	for (int i = 0; i < count; i++) {
		struct scored of = { .draw = i, .score = 0.1 * (count - i), .error = 0.01 * i, .parameters = 100 + i, .macs = 1000 - i, .depth = 9 };

		snprintf(of.id, sizeof(of.id), "%012d", i);
		json_decref(study_add_score(s, &of));
	}
}

START_TEST(every_kth_of_the_ranking_is_trained_from_the_best_on)
{
	struct study_settings settings = some_settings(11, 3, 2);
	const int best_first[] = { 10, 7, 3, 0 };
	struct study s;
	bool seen[4][2] = { { false } };

	ck_assert_int_eq(study_init(&s, &settings), 0);
	add_scores(&s, 11);
	s.scored[4].score = NAN;                         /* it failed */
	ck_assert_int_eq(study_choose(&s), 0);
	ck_assert_int_eq(s.chosen_count, 4);
	for (int i = 0; i < 4; i++)
		ck_assert_int_eq(s.chosen[i], best_first[i]);
	ck_assert_int_eq(study_trainings(&s), 8);
	for (int i = 0; i < 8; i++) {
		int seed;
		const struct scored *of = study_training(&s, i, &seed);

		ck_assert_int_eq(seed, i / 4);           /* all once before any twice */
		for (int k = 0; k < 4; k++)
			seen[k][seed] |= of == &s.scored[s.chosen[k]];
	}
	for (int k = 0; k < 4; k++)
		ck_assert(seen[k][0] && seen[k][1]);
	study_release(&s);
}
END_TEST

START_TEST(spread_scores_are_as_even_as_the_ranking_allows)
{
	/* Nine close together and one far off: every third of the ranking would be of the nine alone. */
	static const double score[] = { 0.40, 0.41, 0.42, 0.43, 0.44, 0.45, 0.46, 0.47, 0.60, 1.00 };
	static const int spread[] = { 0, 8, 9 }, ranks[] = { 1, 9, 10 };
	struct study_settings settings = some_settings(10, 4, 1);
	struct study s;

	settings.spread = true;
	ck_assert_int_eq(study_init(&s, &settings), 0);
	for (int i = 0; i < 10; i++) {
		struct scored of = { .draw = i, .score = score[i], .error = 0.2 };

		snprintf(of.id, sizeof(of.id), "%012d", i);
		json_decref(study_add_score(&s, &of));
	}
	ck_assert_int_eq(study_choose(&s), 0);
	ck_assert_int_eq(s.chosen_count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(s.chosen[i], spread[i]);
		ck_assert_int_eq(s.rank[i], ranks[i]);
	}
	study_release(&s);
}
END_TEST

START_TEST(study_comes_back_from_its_lines)
{
	struct study_settings settings = some_settings(12, 2, 2);
	struct study s, again;
	json_t *line[64], *document;
	int lines = 0;

	ck_assert_int_eq(study_init(&s, &settings), 0);
	ck_assert_int_eq(study_init(&again, &settings), 0);
	for (int i = 0; i < 12; i++) {
		struct scored of = { .draw = 2 * i, .score = i == 5 ? NAN : 0.1 * (i * 7 % 12), .error = i == 5 ? NAN : 0.2, .parameters = i, .macs = i, .depth = 1 };

		snprintf(of.id, sizeof(of.id), "%012d", i);
		line[lines++] = study_add_score(&s, &of);
	}
	ck_assert_int_eq(study_choose(&s), 0);
	ck_assert_int_eq(s.chosen_count, 6);
	for (int i = 0; i < 9; i++)
		line[lines++] = study_add_training(&s, i, 0.1 + 0.01 * (i * 5 % 9), 0.3 + 0.02 * i);
	line[lines++] = study_add_training(&s, 10, NAN, NAN);
	for (int i = 0; i < lines; i++) {
		ck_assert_int_eq(study_read(&again, line[i]), 0);
		ck_assert_int_eq(study_read(&again, line[i]), 0);        /* a line twice is a line */
		json_decref(line[i]);
	}
	ck_assert_int_eq(again.scored_count, 12);
	ck_assert_int_eq(study_trained(&again), 9);
	ck_assert_int_eq(again.table.pairs, 6);
	ck_assert_int_eq(again.table.twice, 3);
	document = study_to_json(&s, "run");
	json_t *other = study_to_json(&again, "run");

	ck_assert(json_equal(document, other));
	json_decref(document);
	json_decref(other);
	study_release(&s);
	study_release(&again);
}
END_TEST

START_TEST(senseless_lines_are_passed_over)
{
	static const char *const lines[] = {
		"3", "[]", "{}", "{\"id\":5,\"draw\":1}", "{\"id\":\"short\",\"draw\":1}", "{\"id\":\"000000000001\"}",
		"{\"id\":\"000000000001\",\"draw\":\"x\"}", "{\"id\":\"00000000000000000000000000000001\",\"draw\":1}",
		"{\"id\":\"000000000002\",\"training\":0,\"test_error\":0.1,\"test_loss\":0.2}",
		"{\"id\":\"000000000000\",\"training\":-1,\"test_error\":0.1}", "{\"id\":\"000000000000\",\"training\":5000000000}",
		"{\"training\":1}", "{\"id\":\"000000000009\",\"training\":0,\"test_error\":\"low\"}",
	};
	struct study_settings settings = some_settings(4, 2, 2);
	struct study s;

	ck_assert_int_eq(study_init(&s, &settings), 0);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		json_t *line = json_loads(lines[i], JSON_DECODE_ANY, NULL);

		ck_assert_ptr_nonnull(line);
		ck_assert_int_eq(study_read(&s, line), 0);
		json_decref(line);
	}
	ck_assert_int_eq(s.scored_count, 0);
	ck_assert_int_eq(study_trained(&s), 0);
	study_release(&s);
}
END_TEST

/* ---- the whole experiment ---- */

static char folder[256];

struct session {
	struct run *run;
	struct trainer *t;
	struct ranking ranking;
};

static void make_run(void)
{
	struct worker_options o;
	struct step_report report;
	struct run *run;
	struct trainer *t;

	/* In memory where possible: on a disk each of some hundred small files waits for it. */
	if (access("/dev/shm", W_OK) == 0)
		setenv("TMPDIR", "/dev/shm", 0);
	tiny_make(folder);
	o = tiny_options(folder, "run", 5);
	ck_assert_msg(setup_open(&o, &run, &t) == 0, "%s", err_last());
	while (trainer_step(t, &report) == 0)
		;
	ck_assert_int_eq(trainer_save(t), 0);
	trainer_close(t);
	run_close(run);
}

static void remove_run(void)
{
	tiny_remove(folder);
}

static struct session open_session(void)
{
	struct worker_options o = tiny_options(folder, "run", 0);
	struct session s = { 0 };

	o.create = false;
	ck_assert_msg(setup_open(&o, &s.run, &s.t) == 0, "%s", err_last());
	ck_assert_int_eq(ranking_load(&s.ranking, s.run->path, NULL), 0);
	return s;
}

static void close_session(struct session *s)
{
	ranking_release(&s->ranking);
	trainer_close(s->t);
	run_close(s->run);
}

static struct experiment small_experiment(void)
{
	return (struct experiment){ .kind = EXPERIMENT_CORRELATE, .seed = 2, .count = 16, .every = 2, .epochs = 1, .batch = 60, .learning_rate = 0.05 };
}

/* At most `slices` of the job, or all. Its document where it reached its end, else NULL. */
static json_t *run_job(struct session *s, const struct experiment *e, int slices)
{
	struct job *job = experiment_start(s->t, &s->ranking, e);
	json_t *document = NULL;
	int64_t done, total, before = 0;

	ck_assert_msg(job != NULL, "%s", err_last());
	for (int i = 0; i != slices; i++) {
		enum job_progress progress = job->type->advance(job);

		ck_assert_msg(progress >= 0, "%s", err_last());
		job->type->counts(job, &done, &total);
		ck_assert_msg(done >= before && done <= total, "%d of %d after %d", (int)done, (int)total, (int)before);
		before = done;
		if (progress == JOB_ENTRY)
			ck_assert_int_ge(ranking_put(&s->ranking, job->type->entry(job)), 0);
		if (progress == JOB_DONE) {
			ck_assert_int_eq(done, total);
			document = job->type->to_json(job);
			break;
		}
	}
	job->type->free(job);
	return document;
}

static json_t *whole_experiment(const struct experiment *e)
{
	struct session s = open_session();
	json_t *document = run_job(&s, e, -1);

	close_session(&s);
	return document;
}

static void forget_results(void)
{
	char command[600];

	snprintf(command, sizeof(command), "rm -rf '%s/run/results' '%s/run/retrained'", folder, folder);
	ck_assert_int_eq(system(command), 0);
}

START_TEST(experiment_scores_trains_and_correlates)
{
	struct session s = open_session();
	struct experiment e = small_experiment();
	json_t *document = run_job(&s, &e, -1), *pairs = json_object_get(document, "pairs"), *pair;
	struct arch arch;
	double last = 0;
	size_t i;

	ck_assert_int_eq(s.ranking.count, 16);
	ck_assert_uint_eq(json_array_size(pairs), 8);
	json_array_foreach(pairs, i, pair) {
		int at = ranking_find(&s.ranking, json_string_value(json_object_get(pair, "id")));
		const struct ranking_row *row = &s.ranking.entry[at].row;
		double score = json_number_value(json_object_get(pair, "score")), error = json_number_value(json_object_get(pair, "true_error"));

		ck_assert_int_ge(at, 0);
		ck_assert_int_eq(arch_from_json(&arch, json_object_get(pair, "architecture"), &s.t->layout.space), 0);
		ck_assert(arch_equal(&arch, &s.ranking.entry[at].arch));
		ck_assert_double_eq(score, row->score);
		ck_assert_int_eq(json_integer_value(json_object_get(pair, "parameters")), row->parameters);
		ck_assert_int_eq(row->step, 5);
		ck_assert_int_eq(row->images, TINY_VALIDATION);
		ck_assert_double_ge(score, last);
		ck_assert(error >= 0 && error <= 1);
		ck_assert_double_eq_tol(error * TINY_TEST, round(error * TINY_TEST), 1e-6);      /* of the test images */
		last = score;
	}
	/* Whatever the tiny networks did, tau is a number; of the better half there are too few. */
	ck_assert(isfinite(value_at(document, NULL, "kendall")));
	ck_assert(isfinite(value_at(document, "baseline_parameters", "spearman")));
	ck_assert(isnan(value_at(document, "better_half", "kendall")));
	ck_assert(isnan(value_at(document, "ceiling", "kendall")));
	json_decref(document);
	close_session(&s);
}
END_TEST

static int results(char name[2][300])
{
	char command[600];
	int count = 0;

	snprintf(command, sizeof(command), "ls -d '%s'/run/results/*.json", folder);

	FILE *f = popen(command, "r");

	for (; count < 2 && fgets(name[count], 300, f); count++)
		name[count][strcspn(name[count], "\n")] = '\0';
	pclose(f);
	return count;
}

START_TEST(finished_document_is_in_the_run)
{
	struct experiment e = small_experiment();
	json_t *document = whole_experiment(&e), *read;
	char name[2][300], *have, *want;

	ck_assert_int_eq(results(name), 1);
	read = json_load_file(name[0], 0, NULL);
	have = json_dumps(read, JSON_REAL_PRECISION(9));
	want = json_dumps(document, JSON_REAL_PRECISION(9));
	ck_assert_str_eq(have, want);
	free(have);
	free(want);
	json_decref(read);
	json_decref(document);
}
END_TEST

/* Stopped after any slice, at the edges and inside of scores and trainings, the same command comes to the same end. */
START_TEST(interrupted_experiment_comes_to_the_same_end)
{
	struct experiment e = small_experiment();
	json_t *expected = whole_experiment(&e), *document = NULL;
	int starts = 0;

	forget_results();
	while (!document) {
		struct session s = open_session();

		document = run_job(&s, &e, FINDING_STEPS + 7);
		close_session(&s);
		ck_assert_int_lt(++starts, 50);
	}
	ck_assert_int_gt(starts, 5);
	ck_assert(json_equal(document, expected));
	json_decref(document);
	json_decref(expected);
}
END_TEST

START_TEST(killed_experiment_comes_to_the_same_end)
{
	struct experiment e = small_experiment();
	json_t *expected = whole_experiment(&e), *document;

	forget_results();
	for (int kills = 0; kills < 4; kills++) {
		int status;
		pid_t child = fork();

		if (child == 0) {
			struct session s = open_session();

			run_job(&s, &e, 11 + 6 * kills);
			raise(SIGKILL);
		}
		ck_assert_int_eq(waitpid(child, &status, 0), child);
		ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	}
	document = whole_experiment(&e);
	ck_assert(json_equal(document, expected));
	json_decref(document);
	json_decref(expected);
}
END_TEST

START_TEST(finished_experiment_is_not_done_again)
{
	struct experiment e = small_experiment();
	json_t *expected = whole_experiment(&e), *document;
	struct session s = open_session();

	/* No score, and no training: its statistics and its end. */
	document = run_job(&s, &e, FINDING_STEPS + 1);
	ck_assert(json_equal(document, expected));
	ck_assert_int_eq(s.ranking.count, 0);
	json_decref(document);
	json_decref(expected);
	close_session(&s);
}
END_TEST

START_TEST(second_training_gives_the_ceiling_and_the_mean)
{
	struct experiment e = small_experiment();
	json_t *once = whole_experiment(&e), *twice, *pair;
	char name[2][300];
	size_t i;

	e.seeds = 2;
	twice = whole_experiment(&e);
	ck_assert_int_eq(results(name), 2);              /* other settings, another file */
	ck_assert(isfinite(value_at(twice, "ceiling", "kendall")));
	json_array_foreach(json_object_get(twice, "pairs"), i, pair) {
		const json_t *errors = json_object_get(pair, "true_errors"), *before = json_array_get(json_object_get(once, "pairs"), i);
		double first = json_number_value(json_array_get(errors, 0)), second = json_number_value(json_array_get(errors, 1));

		ck_assert_uint_eq(json_array_size(errors), 2);
		ck_assert_double_eq_tol(json_number_value(json_object_get(pair, "true_error")), (first + second) / 2, 1e-12);
		ck_assert_double_eq(first, json_number_value(json_object_get(before, "true_error")));
	}
	json_decref(once);
	json_decref(twice);
}
END_TEST

START_TEST(matched_architectures_cost_nearly_the_same)
{
	struct experiment e = small_experiment();
	json_t *document, *range, *pair;
	size_t i;

	e.matched = true;
	document = whole_experiment(&e);
	range = json_object_get(document, "macs_range");

	double low = json_number_value(json_array_get(range, 0)), high = json_number_value(json_array_get(range, 1));

	ck_assert(low > 0 && high < 1.25 * low);
	ck_assert_uint_eq(json_array_size(json_object_get(document, "pairs")), 8);
	json_array_foreach(json_object_get(document, "pairs"), i, pair) {
		double macs = json_number_value(json_object_get(pair, "macs"));

		ck_assert(macs >= low && macs <= high);
	}
	json_decref(document);
}
END_TEST

START_TEST(report_fits_100_columns_at_every_stage)
{
	struct session s = open_session();
	struct experiment e = small_experiment();
	enum job_progress progress = JOB_MORE;
	const char *said[] = { "Not finished: 3 of 16 architectures are scored", "too few to say anything", "Not finished: 10 of 16 trainings",
		"another training" };
	int found = 0;

	e.seeds = 2;
	e.matched = e.weight_norm = true;

	struct job *job = experiment_start(s.t, &s.ranking, &e);

	ck_assert_msg(job != NULL, "%s", err_last());
	for (int i = 0; progress != JOB_DONE; i++) {
		char *text = NULL;
		size_t size;
		FILE *f = open_memstream(&text, &size);

		progress = job->type->advance(job);
		ck_assert_msg(progress >= 0, "%s", err_last());
		job->type->print(job, f);
		fclose(f);
		for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
			ck_assert_msg(strcspn(line, "\n") <= 100, "%.*s", (int)strcspn(line, "\n"), line);
		while (found < 4 && strstr(text, said[found]))
			found++;
		free(text);
	}
	ck_assert_msg(found == 4, "never said: %s", said[found]);
	job->type->free(job);
	close_session(&s);
}
END_TEST

/* Two networks: that is known before anything is scored. */
START_TEST(too_few_networks_are_said_before_hours_are_spent)
{
	struct session s = open_session();
	struct experiment e = small_experiment();
	struct job *job;
	json_t *document;
	char *text, described[128];
	size_t size;
	FILE *f;

	e.count = 4;
	job = experiment_start(s.t, &s.ranking, &e);
	ck_assert_msg(job != NULL, "%s", err_last());
	job->type->describe(job, described, sizeof(described));
	ck_assert_str_eq(described, "steps  scoring 1 of 4, too few to train for any statistic");
	document = job->type->to_json(job);
	ck_assert_str_eq(json_string_value(json_object_get(document, "verdict")),
		"2 architectures to train: too few for any statistic; 8 or more are needed");
	json_decref(document);
	f = open_memstream(&text, &size);
	job->type->print(job, f);
	fclose(f);
	ck_assert_ptr_nonnull(strstr(text, "Too few to correlate: with --every 2, --count 15 or more trains the 8 that a statistic wants."));
	free(text);
	job->type->free(job);
	e.count = 15;
	job = experiment_start(s.t, &s.ranking, &e);
	job->type->describe(job, described, sizeof(described));
	ck_assert_str_eq(described, "steps  scoring 1 of 15");
	job->type->free(job);
	close_session(&s);
}
END_TEST

START_TEST(training_that_diverges_is_left_out_and_tried_again)
{
	struct session s = open_session();
	struct experiment e = small_experiment();
	enum job_progress progress = JOB_MORE;
	int64_t done, total;

	e.learning_rate = 100;
	e.epochs = 5;
	for (int start = 0; start < 2; start++) {
		struct job *job = experiment_start(s.t, &s.ranking, &e);
		int failed = 0;

		ck_assert_msg(job != NULL, "%s", err_last());
		while ((progress = job->type->advance(job)) != JOB_DONE) {
			ck_assert_int_ne(progress, JOB_BROKEN);
			if (progress != JOB_FAILED)
				continue;
			failed++;
			ck_assert_msg(strstr(err_last(), "not finite"), "%s", err_last());
		}
		job->type->counts(job, &done, &total);

		json_t *document = job->type->to_json(job);

		ck_assert_int_gt(failed, 0);
		ck_assert_uint_eq(json_array_size(json_object_get(document, "pairs")), 8 - failed);
		ck_assert_int_eq(json_integer_value(json_object_get(document, "trained")), 8 - failed);
		ck_assert_int_lt(done, total);
		json_decref(document);
		job->type->free(job);
	}
	close_session(&s);
}
END_TEST

START_TEST(what_cannot_be_done_is_said_at_the_start)
{
	struct worker_options o = tiny_options(folder, "untrained", 5);
	struct experiment e = small_experiment();
	struct session s = { 0 };
	char path[300];

	ck_assert_int_eq(setup_open(&o, &s.run, &s.t), 0);
	ck_assert_ptr_null(experiment_start(s.t, &s.ranking, &e));
	ck_assert(strstr(err_last(), "untrained"));
	close_session(&s);
	s = open_session();
	snprintf(path, sizeof(path), "%s/run/results", folder);
	fclose(fopen(path, "w"));
	ck_assert_ptr_null(experiment_start(s.t, &s.ranking, &e));
	ck_assert_msg(strstr(err_last(), "run/results") && strstr(err_last(), "Not a directory"), "%s", err_last());
	e.batch = TINY_TRAIN;
	ck_assert_ptr_null(experiment_start(s.t, &s.ranking, &e));
	ck_assert_msg(strstr(err_last(), "--batch 240: at most the 216 training images"), "%s", err_last());
	close_session(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("correlate");
	TCase *statistics = tcase_create("statistics"), *memory = tcase_create("study"), *whole = tcase_create("experiment");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(statistics, each_statistic_is_that_of_its_columns);
	tcase_add_test(statistics, verdict_follows_the_numbers);
	tcase_add_test(statistics, few_pairs_give_words_and_nulls_no_numbers);
	tcase_add_test(memory, every_kth_of_the_ranking_is_trained_from_the_best_on);
	tcase_add_test(memory, spread_scores_are_as_even_as_the_ranking_allows);
	tcase_add_test(memory, study_comes_back_from_its_lines);
	tcase_add_test(memory, senseless_lines_are_passed_over);
	tcase_add_checked_fixture(whole, make_run, remove_run);
	tcase_add_test(whole, experiment_scores_trains_and_correlates);
	tcase_add_test(whole, finished_document_is_in_the_run);
	tcase_add_test(whole, interrupted_experiment_comes_to_the_same_end);
	tcase_add_test(whole, killed_experiment_comes_to_the_same_end);
	tcase_add_test(whole, finished_experiment_is_not_done_again);
	tcase_add_test(whole, second_training_gives_the_ceiling_and_the_mean);
	tcase_add_test(whole, matched_architectures_cost_nearly_the_same);
	tcase_add_test(whole, report_fits_100_columns_at_every_stage);
	tcase_add_test(whole, too_few_networks_are_said_before_hours_are_spent);
	tcase_add_test(whole, training_that_diverges_is_left_out_and_tried_again);
	tcase_add_test(whole, what_cannot_be_done_is_said_at_the_start);
	suite_add_tcase(suite, statistics);
	suite_add_tcase(suite, memory);
	suite_add_tcase(suite, whole);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
