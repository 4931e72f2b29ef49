/* check_search.c -- the job that ranks. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/arch/perturb.h"
#include "src/base/correlation.h"
#include "src/base/err.h"
#include "src/lab/experiment.h"
#include "src/lab/race.h"
#include "src/lab/setup.h"
#include "tests/tiny_run.h"

static char folder[256];

static void make_folder(void)
{
	tiny_make(folder);
}

static void remove_folder(void)
{
	tiny_remove(folder);
}

struct session {
	struct run *run;
	struct trainer *t;
	struct ranking ranking;
	int entries, failures;
	json_t *document;                /* of the last job */
	char *text;                      /* its report */
};

/* A run after a few steps; two of the same name are the same. */
static void open_session(struct session *s, const char *name, int steps)
{
	struct worker_options o = tiny_options(folder, name, 40);
	struct step_report r;

	memset(s, 0, sizeof(*s));
	ck_assert_msg(setup_open(&o, &s->run, &s->t) == 0, "%s", err_last());
	for (int i = 0; i < steps; i++)
		ck_assert_int_eq(trainer_step(s->t, &r), 0);
}

static void close_session(struct session *s)
{
	json_decref(s->document);
	free(s->text);
	ranking_release(&s->ranking);
	trainer_close(s->t);
	run_close(s->run);
}

static char *report_of(const struct job *job)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	job->type->print(job, f);
	fclose(f);
	return text;
}

static void rank_all(struct session *s, struct experiment e)
{
	struct job *job;
	enum job_progress p;
	int64_t done, total, before = 0;

	e.kind = EXPERIMENT_RANK;
	job = experiment_start(s->t, &s->ranking, &e);
	ck_assert_msg(job != NULL, "%s", err_last());
	s->entries = s->failures = 0;
	while ((p = job->type->advance(job)) != JOB_DONE) {
		ck_assert_int_ne(p, JOB_BROKEN);
		s->failures += p == JOB_FAILED;
		if (p == JOB_ENTRY) {
			s->entries++;
			ck_assert_int_ge(ranking_put(&s->ranking, job->type->entry(job)), 0);
		}
		job->type->counts(job, &done, &total);
		ck_assert_int_ge(done, before);
		ck_assert_int_ge(total, done);
		before = done;
	}
	job->type->counts(job, &done, &total);
	ck_assert_int_eq(done, total);
	json_decref(s->document);
	s->document = job->type->to_json(job);
	free(s->text);
	s->text = report_of(job);
	job->type->free(job);
}

static const struct ranking_row *row(const struct session *s, int i)
{
	ck_assert_int_lt(i, s->ranking.count);
	return &s->ranking.entry[i].row;
}

static int best_of(const struct session *s, int count)
{
	int best = 0;

	for (int i = 1; i < count; i++)
		if (row(s, i)->score < row(s, best)->score)
			best = i;
	return best;
}

static int64_t json_number(const struct session *s, const char *key)
{
	ck_assert(json_is_integer(json_object_get(s->document, key)));
	return json_integer_value(json_object_get(s->document, key));
}

enum { SCORING = 216 + TINY_VALIDATION };    /* images that one score takes: all training images calibrate, there are fewer than 500 */

START_TEST(phases_follow_one_another_and_keep_their_lineage)
{
	struct session s;
	int base, moves = 0;

	open_session(&s, "run", 5);
	rank_all(&s, (struct experiment){ .count = 8, .perturb = 6, .chain = 30 });
	ck_assert_int_eq(s.entries, 44);
	ck_assert_int_eq(s.ranking.count, 44);
	ck_assert_int_eq(json_number(&s, "image_evaluations"), 44 * SCORING);
	for (int i = 0; i < 8; i++) {
		ck_assert_int_eq(row(&s, i)->origin, ORIGIN_SAMPLED);
		ck_assert_str_eq(row(&s, i)->parent, "");
	}
	base = best_of(&s, 8);
	for (int i = 8; i < 14; i++) {
		ck_assert_int_eq(row(&s, i)->origin, ORIGIN_PERTURBED);
		ck_assert_str_eq(row(&s, i)->parent, row(&s, base)->id);
	}
	base = best_of(&s, 14);
	for (int i = 14; i < 44; i++) {
		ck_assert_int_eq(row(&s, i)->origin, ORIGIN_PERTURBED);
		ck_assert_str_eq(row(&s, i)->parent, row(&s, base)->id);
		if (row(&s, i)->score < row(&s, base)->score) {
			base = i;
			moves++;
		}
	}
	ck_assert_int_gt(moves, 0);
	ck_assert_int_lt(moves, 30);
	ck_assert_int_eq(base, best_of(&s, 44));
	close_session(&s);
}
END_TEST

START_TEST(neighbours_of_one_that_is_named_need_no_random_ones)
{
	struct experiment e = { .has_arch = true, .perturb = 5 };
	struct session s;
	int worst;

	open_session(&s, "run", 5);
	rank_all(&s, (struct experiment){ .count = 4 });
	worst = best_of(&s, 4) ? 0 : 1;
	e.arch = s.ranking.entry[worst].arch;
	rank_all(&s, e);
	ck_assert_int_eq(s.entries, 5);                          /* it has a score of these weights */
	for (int i = 4; i < 9; i++)
		ck_assert_str_eq(row(&s, i)->parent, row(&s, worst)->id);
	ck_assert_int_eq(pattern_make(&e.arch, "resnet", &s.t->layout.space, 2), 0);
	rank_all(&s, e);
	ck_assert_int_eq(s.entries, 6);
	ck_assert_int_eq(row(&s, 9)->origin, ORIGIN_EDITED);
	for (int i = 10; i < 15; i++)
		ck_assert_str_eq(row(&s, i)->parent, row(&s, 9)->id);
	e.perturb = 0;
	e.chain = 1;
	rank_all(&s, e);
	ck_assert_str_eq(row(&s, 15)->parent, row(&s, 9)->id);
	close_session(&s);
}
END_TEST

START_TEST(the_same_job_on_the_same_run_gives_the_same_and_again_it_gives_others)
{
	struct experiment e = { .count = 6, .perturb = 4, .chain = 4, .images = 20 };
	struct session a, b;

	open_session(&a, "a", 5);
	open_session(&b, "b", 5);
	for (int twice = 0; twice < 2; twice++) {
		rank_all(&a, e);
		rank_all(&b, e);
		ck_assert_int_eq(a.ranking.count, 14 * (twice + 1));
		ck_assert_int_eq(b.ranking.count, 14 * (twice + 1));
	}
	for (int i = 0; i < 28; i++) {
		ck_assert_str_eq(row(&a, i)->id, row(&b, i)->id);
		ck_assert_double_eq(row(&a, i)->score, row(&b, i)->score);
		ck_assert_str_eq(row(&a, i)->parent, row(&b, i)->parent);
		ck_assert_int_eq(row(&a, i)->images, 20);
	}
	close_session(&a);
	close_session(&b);
}
END_TEST

START_TEST(patterns_are_scored_like_any_other)
{
	struct session s;
	struct arch arch;
	int fit = 0;

	open_session(&s, "run", 5);
	rank_all(&s, (struct experiment){ .count = 2, .with_patterns = true });
	for (int i = 0; i < pattern_count; i++) {
		char id[ARCH_ID_LENGTH + 1];

		if (pattern_make(&arch, patterns[i].name, &s.t->layout.space, 2) < 0)
			continue;
		fit++;
		arch_id(&arch, id);
		ck_assert_int_ge(ranking_find(&s.ranking, id), 0);
		ck_assert_int_eq(row(&s, ranking_find(&s.ranking, id))->origin, ORIGIN_PATTERN);
	}
	ck_assert_int_gt(fit, 0);
	ck_assert_int_eq(s.entries, 2 + fit);
	close_session(&s);
}
END_TEST

/* The tiny validation set is enough for a few rounds: the same architectures as without a race, and those that are left have the same
 * scores, to the rounding of passes of other sizes. */
START_TEST(a_raced_ranking_has_the_same_architectures_and_the_same_best)
{
	struct session full, raced;
	int dropped = 0;

	open_session(&full, "full", 30);
	open_session(&raced, "raced", 30);
	rank_all(&full, (struct experiment){ .count = 60 });
	rank_all(&raced, (struct experiment){ .count = 60, .top = 2, .perturb = 10, .chain = 3 });
	ck_assert_int_eq(raced.entries, 73);
	for (int i = 0; i < 60; i++) {
		int k = ranking_find(&raced.ranking, row(&full, i)->id);

		ck_assert_int_ge(k, 0);
		ck_assert_int_eq(row(&raced, k)->origin, ORIGIN_SAMPLED);
		ck_assert_int_eq(row(&raced, k)->depth, row(&full, i)->depth);
		if (row(&raced, k)->images == TINY_VALIDATION)
			ck_assert_double_eq_tol(row(&raced, k)->score, row(&full, i)->score, 1e-6);
		else
			dropped++;
	}
	ck_assert_int_gt(dropped, 10);

	int best = ranking_find(&raced.ranking, row(&full, best_of(&full, 60))->id);

	ck_assert_int_eq(row(&raced, best)->images, TINY_VALIDATION);
	for (int i = 60; i < 70; i++)
		ck_assert_str_eq(row(&raced, i)->parent, row(&raced, best)->id);
	for (int i = 70; i < 73; i++)
		ck_assert_int_eq(row(&raced, i)->images, TINY_VALIDATION);

	const json_t *race = json_object_get(raced.document, "race");
	int64_t took = json_integer_value(json_object_get(race, "image_evaluations"));

	ck_assert_int_ge(took, 70 * (SCORING - TINY_VALIDATION));
	ck_assert_int_lt(took, 70 * SCORING);
	ck_assert_int_eq(json_number(&raced, "image_evaluations"), took + 3 * SCORING);

	ck_assert_int_eq(json_integer_value(json_object_get(race, "contestants")), 70);
	ck_assert_int_eq(json_integer_value(json_object_get(race, "image_evaluations_of_all")), 70 * SCORING);
	close_session(&full);
	close_session(&raced);
}
END_TEST

START_TEST(after_a_race_that_was_cut_off_the_same_job_comes_back_to_its_contestants)
{
	struct experiment e = { .kind = EXPERIMENT_RANK, .count = 40, .top = 2 };
	struct session s, full;
	struct job *job;
	int entries = 0;

	open_session(&s, "run", 30);
	open_session(&full, "full", 30);
	rank_all(&full, (struct experiment){ .count = 40 });
	job = experiment_start(s.t, &s.ranking, &e);
	while (entries < RACE_YARDSTICKS + 5)
		if (job->type->advance(job) == JOB_ENTRY) {
			ck_assert_int_ge(ranking_put(&s.ranking, job->type->entry(job)), 0);
			entries++;
		}
	job->type->free(job);
	rank_all(&s, e);
	for (int i = 0; i < 40; i++)
		ck_assert_int_ge(ranking_find(&s.ranking, row(&full, i)->id), 0);
	ck_assert_int_eq(s.ranking.count, entries + 40);
	close_session(&s);
	close_session(&full);
}
END_TEST

static int lines_with(const char *text, const char *word)
{
	int count = 0;

	for (const char *at = text; (at = strstr(at, word)); at++)
		count++;
	return count;
}

START_TEST(a_report_lists_what_the_command_found_and_the_best_of_all)
{
	struct session s;
	char last[ARCH_ID_LENGTH + 16], best[ARCH_ID_LENGTH + 1];
	const json_t *row_json;
	size_t i;
	int fresh = 0;

	open_session(&s, "run", 20);
	rank_all(&s, (struct experiment){ .count = 8 });
	ck_assert_int_eq(lines_with(s.text, "sampled"), 8);
	ck_assert(!strstr(s.text, "of all"));
	strcpy(best, row(&s, best_of(&s, 8))->id);
	ck_assert_msg(strncmp(json_string_value(json_object_get(s.document, "verdict")) + strlen("best of 8: "), best, ARCH_ID_LENGTH) == 0,
		"%s", json_string_value(json_object_get(s.document, "verdict")));

	/* One more, which is not the best. */
	do
		rank_all(&s, (struct experiment){ .count = 1 });
	while (best_of(&s, s.ranking.count) == s.ranking.count - 1);
	strcpy(best, row(&s, best_of(&s, s.ranking.count))->id);
	ck_assert_int_eq(lines_with(s.text, "sampled"), 2);
	snprintf(last, sizeof(last), "   1  %s", row(&s, s.ranking.count - 1)->id);
	ck_assert_ptr_nonnull(strstr(s.text, last));
	ck_assert_ptr_nonnull(strstr(strstr(s.text, "Best of all"), best));
	json_array_foreach(json_object_get(s.document, "architectures"), i, row_json)
		fresh += json_is_true(json_object_get(row_json, "new"));
	ck_assert_int_eq(fresh, 1);
	ck_assert_int_eq(i, s.ranking.count);
	ck_assert_int_eq(json_number(&s, "found"), 1);

	/* One more that is. */
	do
		rank_all(&s, (struct experiment){ .count = 1 });
	while (best_of(&s, s.ranking.count) != s.ranking.count - 1);
	ck_assert_int_eq(lines_with(s.text, "sampled"), 1);
	ck_assert_ptr_nonnull(strstr(s.text, "is also the best of all"));
	close_session(&s);
}
END_TEST

START_TEST(rows_of_a_race_that_were_left_early_say_so)
{
	struct experiment e = { .kind = EXPERIMENT_RANK, .count = 40, .top = 2 };
	struct session s;
	const char *early;

	open_session(&s, "run", 30);
	rank_all(&s, e);
	early = strstr(s.text, "      left the race early, on fewer images: score and error are estimates");
	ck_assert_ptr_nonnull(early);
	ck_assert_int_eq(lines_with(s.text, "sampled"), 40);
	ck_assert_int_lt(lines_with(early, "sampled"), 39);
	ck_assert(!strstr(early, "\n   3  "));                    /* no places below the line */
	e = (struct experiment){ .kind = EXPERIMENT_RANK, .count = 3, .perturb = 1, .top = 5 };
	ck_assert_ptr_null(experiment_start(s.t, &s.ranking, &e));
	ck_assert_str_eq(err_last(), "rank: --top 5 of 4 architectures: at most as many as take part, --count and --perturb together");
	close_session(&s);
}
END_TEST

/* Mean losses on the images of even and of odd number, of the sampled architectures in the ranking from `from` on. */
static int score_halves(const struct session *s, int from, double *even, double *odd)
{
	struct scorer *scorer = scorer_new(s->t);
	int n = 0, images;

	for (int i = from; i < s->ranking.count; i++) {
		scorer_begin(scorer, &s->ranking.entry[i].arch, 0);
		while (scorer_advance(scorer) > 0)
			;
		even[n] = odd[n] = 0;
		for (int k = 0; k < TINY_VALIDATION; k++)
			*(k % 2 ? &odd[n] : &even[n]) += scorer_losses(scorer, &images)[k];
		n++;
	}
	scorer_free(scorer);
	return n;
}

START_TEST(the_document_says_how_far_to_trust_the_ranking)
{
	struct session s;
	const json_t *reliability;
	double even[12], odd[12], r;

	open_session(&s, "run", 20);
	rank_all(&s, (struct experiment){ .count = 9, .chain = 3 });
	reliability = json_object_get(s.document, "reliability");
	ck_assert(json_is_null(json_object_get(reliability, "value")));          /* of nine: too few */
	rank_all(&s, (struct experiment){ .count = 12 });
	reliability = json_object_get(s.document, "reliability");
	ck_assert_int_eq(json_integer_value(json_object_get(reliability, "architectures")), 12);
	ck_assert_int_eq(score_halves(&s, 12, even, odd), 12);
	r = spearman(even, odd, 12);
	ck_assert_double_eq_tol(json_real_value(json_object_get(reliability, "value")), r > 0 ? 2 * r / (1 + r) : r, 1e-9);

	double low = json_real_value(json_array_get(json_object_get(reliability, "interval"), 0));
	double z = atanh(r) - 1.959964 * sqrt((1 + r * r / 2) / 9), edge = tanh(z);

	ck_assert_double_eq_tol(low, edge > 0 ? 2 * edge / (1 + edge) : edge, 1e-6);
	ck_assert_int_eq(json_array_size(json_object_get(s.document, "architectures")), 24);
	close_session(&s);
}
END_TEST

START_TEST(architectures_without_a_score_are_left_out)
{
	struct session s;

	open_session(&s, "run", 2);
	for (size_t i = 0; i < s.t->params->size; i++)
		s.t->params->value[i] = NAN;
	for (int top = 0; top < 2; top++) {
		rank_all(&s, (struct experiment){ .count = 5, .perturb = 3, .chain = 3, .top = top });
		ck_assert_int_eq(s.entries, 0);
		ck_assert_int_eq(s.failures, 7);         /* five, and twice nothing to search from */
		ck_assert_ptr_nonnull(strstr(err_last(), "nothing to search from"));
	}
	close_session(&s);
}
END_TEST

START_TEST(an_untrained_run_says_so)
{
	struct experiment e = { .kind = EXPERIMENT_RANK };
	struct session s;

	open_session(&s, "run", 0);
	ck_assert_ptr_null(experiment_start(s.t, &s.ranking, &e));
	ck_assert_ptr_nonnull(strstr(err_last(), "untrained"));
	ck_assert_ptr_null(rank_new(s.t, &s.ranking));
	ck_assert_ptr_nonnull(strstr(err_last(), "untrained"));
	close_session(&s);
}
END_TEST

/* A few images at a time, in another order, with others in between. */
START_TEST(a_scoring_that_was_left_goes_on_without_calibrating_again)
{
	int order[TINY_VALIDATION], count;
	float plain[TINY_VALIDATION];
	struct arch a, other;
	struct session s;
	struct rng rng;

	open_session(&s, "run", 5);
	rng_seed(&rng, 3, 3);
	arch_sample(&a, &s.t->layout.space, 2, 0, &rng);
	arch_sample(&other, &s.t->layout.space, 2, 0, &rng);

	struct scorer *scorer = scorer_new(s.t);

	scorer_begin(scorer, &a, 0);
	while (scorer_advance(scorer) > 0)
		;
	memcpy(plain, scorer_losses(scorer, &count), sizeof(plain));
	for (int i = 0; i < TINY_VALIDATION; i++)
		order[i] = (7 * i + 3) % TINY_VALIDATION;
	scorer_order(scorer, order);
	scorer_begin(scorer, &a, 10);
	while (scorer_advance(scorer) > 0)
		;

	float *statistics = scorer_leave(scorer);

	for (int i = 0; i < 10; i++)
		ck_assert_float_eq_tol(scorer_losses(scorer, &count)[i], plain[order[i]], 1e-5f);
	ck_assert_int_eq(count, 10);
	scorer_begin(scorer, &other, 5);
	while (scorer_advance(scorer) > 0)
		;

	int64_t before = scorer_evaluations(scorer);

	scorer_return(scorer, &a, statistics, 10, TINY_VALIDATION);
	while (scorer_advance(scorer) > 0)
		;
	ck_assert_int_eq(scorer_evaluations(scorer) - before, TINY_VALIDATION - 10);
	for (int i = 10; i < TINY_VALIDATION; i++)
		ck_assert_float_eq_tol(scorer_losses(scorer, &count)[i - 10], plain[order[i]], 1e-5f);
	ck_assert_int_eq(count, TINY_VALIDATION - 10);
	ck_assert_int_eq(before, 3 * (SCORING - TINY_VALIDATION) + TINY_VALIDATION + 10 + 5);
	free(statistics);
	scorer_free(scorer);
	close_session(&s);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("search");
	TCase *ranking = tcase_create("ranking");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(ranking, make_folder, remove_folder);
	tcase_add_test(ranking, a_scoring_that_was_left_goes_on_without_calibrating_again);
	tcase_add_test(ranking, phases_follow_one_another_and_keep_their_lineage);
	tcase_add_test(ranking, neighbours_of_one_that_is_named_need_no_random_ones);
	tcase_add_test(ranking, the_same_job_on_the_same_run_gives_the_same_and_again_it_gives_others);
	tcase_add_test(ranking, patterns_are_scored_like_any_other);
	tcase_add_test(ranking, a_raced_ranking_has_the_same_architectures_and_the_same_best);
	tcase_add_test(ranking, after_a_race_that_was_cut_off_the_same_job_comes_back_to_its_contestants);
	tcase_add_test(ranking, a_report_lists_what_the_command_found_and_the_best_of_all);
	tcase_add_test(ranking, rows_of_a_race_that_were_left_early_say_so);
	tcase_add_test(ranking, the_document_says_how_far_to_trust_the_ranking);
	tcase_add_test(ranking, architectures_without_a_score_are_left_out);
	tcase_add_test(ranking, an_untrained_run_says_so);
	suite_add_tcase(suite, ranking);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
