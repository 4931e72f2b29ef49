/* check_lab.c -- training, scoring and ranking, on the preset tiny and a data set made here. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/lab/curve.h"
#include "src/lab/job.h"
#include "src/lab/meter.h"
#include "src/lab/metrics.h"
#include "src/lab/rank_internal.h"
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
};

static struct session open_with(const struct worker_options *o)
{
	struct session s;

	ck_assert_msg(setup_open(o, &s.run, &s.t) == 0, "%s", err_last());
	return s;
}

static struct session open_run(const char *name, int steps, bool create)
{
	struct worker_options o = tiny_options(folder, name, steps);

	o.create = create;
	/* All that draws random numbers is on. */
	strcpy(o.set[0], "space.noise=1");
	strcpy(o.set[1], "training.augment=1");
	o.set_count = 2;
	return open_with(&o);
}

static void close_run(struct session *s)
{
	trainer_close(s->t);
	run_close(s->run);
}

static void steps(struct session *s, int n)
{
	struct step_report r;

	for (int i = 0; i < n; i++)
		ck_assert_msg(trainer_step(s->t, &r) == 0, "%s", err_last());
}

static void assert_same_training(const struct trainer *a, const struct trainer *b)
{
	size_t bytes = a->params->size * sizeof(float);

	ck_assert_int_eq(a->step, b->step);
	ck_assert_mem_eq(a->params->value, b->params->value, bytes);
	ck_assert_mem_eq(a->params->m, b->params->m, bytes);
	ck_assert_mem_eq(a->params->v, b->params->v, bytes);
	ck_assert_mem_eq(&a->sampler, &b->sampler, sizeof(struct rng));
	ck_assert_mem_eq(&a->augmentation, &b->augmentation, sizeof(struct rng));
	ck_assert_mem_eq(&a->noise, &b->noise, sizeof(struct rng));
	ck_assert_int_eq(a->batches.position, b->batches.position);
	ck_assert_int_eq(a->batches.epoch, b->batches.epoch);
	ck_assert_mem_eq(&a->batches.rng, &b->batches.rng, sizeof(struct rng));
	ck_assert_mem_eq(a->batches.order, b->batches.order, a->batches.count * sizeof(int));
}

static struct arch an_arch(const struct trainer *t, int number)
{
	struct arch arch;
	struct rng rng;

	rng_seed(&rng, 1234, number);
	arch_sample(&arch, &t->layout.space, t->data->axes, 0, &rng);
	return arch;
}

/* ---- training ---- */

START_TEST(stop_and_resume_gives_the_bits_of_never_having_stopped)
{
	struct session a = open_run("through", 40, true), b = open_run("stopped", 40, true);
	struct validation_report r;

	steps(&a, 30);
	steps(&b, 12);
	ck_assert_int_eq(trainer_validate(b.t, &r), 0);
	ck_assert_int_eq(trainer_save(b.t), 0);
	steps(&b, 5);                                    /* lost with the process */
	close_run(&b);
	b = open_run("stopped", 0, false);
	ck_assert_int_eq(b.t->step, 12);
	steps(&b, 18);
	assert_same_training(a.t, b.t);
	close_run(&a);
	close_run(&b);
}
END_TEST

static void count_lines(void *count, const struct metrics_line *line)
{
	if (!isnan(line->loss))
		++*(int *)count;
}

START_TEST(metrics_have_each_step_once_after_a_resume)
{
	struct session s = open_run("run", 40, true);
	int count = 0;

	steps(&s, 10);
	ck_assert_int_eq(trainer_save(s.t), 0);
	steps(&s, 7);
	close_run(&s);
	s = open_run("run", 0, false);
	steps(&s, 5);
	ck_assert_int_eq(metrics_read(s.run->path, 100, count_lines, &count), 0);
	ck_assert_int_eq(count, 15);
	close_run(&s);
}
END_TEST

START_TEST(validation_and_scoring_leave_training_alone_and_repeat_exactly)
{
	struct session a = open_run("plain", 40, true), b = open_run("watched", 40, true);
	struct validation_report first, second;

	steps(&a, 8);
	steps(&b, 4);
	ck_assert_int_eq(trainer_validate(b.t, &first), 0);

	struct scorer *s = scorer_new(b.t);
	struct arch arch = an_arch(b.t, 1);

	scorer_begin(s, &arch, 0);
	while (scorer_advance(s) > 0)
		;
	scorer_free(s);
	ck_assert_int_eq(trainer_validate(b.t, &second), 0);
	ck_assert_mem_eq(&first, &second, sizeof(first));
	ck_assert_int_eq(first.images, TINY_VALIDATION);
	steps(&b, 4);
	assert_same_training(a.t, b.t);
	close_run(&a);
	close_run(&b);
}
END_TEST

START_TEST(training_learns)
{
	struct worker_options o = tiny_options(folder, "run", 400);
	struct session s = open_with(&o);
	struct validation_report before, after;
	struct step_report r;

	ck_assert_int_eq(trainer_validate(s.t, &before), 0);
	steps(&s, 400);
	ck_assert_int_eq(trainer_step(s.t, &r), 1);
	ck_assert_int_eq(trainer_validate(s.t, &after), 0);
	ck_assert_msg(after.loss < 0.7 * before.loss, "%g before, %g after", before.loss, after.loss);
	close_run(&s);
}
END_TEST

START_TEST(a_loss_that_is_not_finite_changes_nothing_and_keeps_the_good_checkpoint)
{
	struct session s = open_run("run", 40, true), twin = open_run("twin", 40, true);
	struct step_report r;
	char path[600], id[ARCH_ID_LENGTH + 1];

	steps(&s, 5);
	steps(&twin, 5);
	ck_assert_int_eq(trainer_save(s.t), 0);

	float *bias = s.t->params->value + s.t->params->list[s.t->network.bias].offset, good = *bias;

	*bias = NAN;
	ck_assert_int_eq(trainer_step(s.t, &r), -1);
	arch_id(&s.t->arch, id);
	ck_assert_msg(strstr(err_last(), "step 6") && strstr(err_last(), id), "%s", err_last());
	snprintf(path, sizeof(path), "%s/architectures/%s.json", s.run->path, id);
	ck_assert_int_eq(access(path, R_OK), 0);
	ck_assert_int_eq(trainer_save(s.t), -1);
	*bias = good;
	assert_same_training(s.t, twin.t);
	close_run(&s);
	s = open_run("run", 0, false);
	assert_same_training(s.t, twin.t);
	close_run(&s);
	close_run(&twin);
}
END_TEST

START_TEST(a_metrics_file_that_cannot_be_written_is_told_apart_from_a_failed_step)
{
	struct session s = open_run("run", 40, true);
	struct step_report r;
	FILE *file = s.run->metrics;

	s.run->metrics = fopen("/dev/full", "a");
	ck_assert_int_eq(trainer_step(s.t, &r), -1);
	ck_assert(s.t->write_failed);
	ck_assert_int_eq(s.t->step, 1);
	fclose(s.run->metrics);
	s.run->metrics = file;
	steps(&s, 1);
	ck_assert(!s.t->write_failed);
	close_run(&s);
}
END_TEST

START_TEST(rates_fall_to_zero_and_kernels_grow_over_the_first_half)
{
	struct session s = open_run("run", 1000, true);
	const struct training *training = &s.t->config.preset.training;

	ck_assert_double_eq_tol(trainer_learning_rate(s.t, PARAM_FREE, 0), training->rate_free, 1e-12);
	ck_assert_double_eq_tol(trainer_learning_rate(s.t, PARAM_HYPERNET, 500), training->rate_hypernet / 2, 1e-12);
	ck_assert_double_eq_tol(trainer_learning_rate(s.t, PARAM_HYPERNET, 1000), 0, 1e-12);
	ck_assert_int_eq(trainer_kernel_limit(s.t, 0), 3);
	ck_assert_int_eq(trainer_kernel_limit(s.t, 499), s.t->layout.space.kernel_max - 2);
	ck_assert_int_eq(trainer_kernel_limit(s.t, 500), s.t->layout.space.kernel_max);
	ck_assert_int_eq(trainer_kernel_limit(s.t, 999), s.t->layout.space.kernel_max);
	close_run(&s);
}
END_TEST

/* ---- scoring ---- */

static struct score score(struct scorer *s, const struct arch *arch, int images)
{
	int rc;

	scorer_begin(s, arch, images);
	while ((rc = scorer_advance(s)) > 0)
		;
	ck_assert_msg(rc == 0, "%s", err_last());
	return scorer_score(s);
}

START_TEST(a_score_does_not_depend_on_what_was_scored_before)
{
	struct session s = open_run("run", 40, true);
	struct arch a = an_arch(s.t, 1), b = an_arch(s.t, 2);

	steps(&s, 10);

	struct scorer *first = scorer_new(s.t), *second = scorer_new(s.t);
	struct score a1 = score(first, &a, 0), b1 = score(first, &b, 0), a2 = score(first, &a, 0), b2 = score(second, &b, 0);

	ck_assert_mem_eq(&a1, &a2, sizeof(a1));
	ck_assert_mem_eq(&b1, &b2, sizeof(b1));
	ck_assert_double_ne(a1.loss, b1.loss);
	ck_assert_int_eq(a1.images, TINY_VALIDATION);
	scorer_free(first);
	scorer_free(second);
	close_run(&s);
}
END_TEST

START_TEST(a_scorer_keeps_the_parameters_of_its_moment)
{
	struct session s = open_run("run", 40, true);
	struct arch a = an_arch(s.t, 1);

	steps(&s, 10);

	struct scorer *old = scorer_new(s.t);
	struct score before = score(old, &a, 0);

	steps(&s, 10);

	struct score after = score(old, &a, 0);
	struct scorer *new = scorer_new(s.t);
	struct score now = score(new, &a, 0);

	ck_assert_mem_eq(&before, &after, sizeof(before));
	ck_assert_int_eq(scorer_step(old), 10);
	ck_assert_int_eq(scorer_step(new), 20);
	ck_assert_double_ne(before.loss, now.loss);
	scorer_free(old);
	scorer_free(new);
	close_run(&s);
}
END_TEST

/* The whole graph on one tape, as METHOD §7 says it: statistics on the calibration images, then the validation images with them. */
static void direct_losses(struct trainer *t, const struct arch *arch, float *loss)
{
	int n = t->data->train.count, validation = t->data->validation.count, *order = malloc(n * sizeof(int));
	struct tape *tape = tape_new(t->be);
	float *statistics = malloc(t->network.statistics_size * sizeof(float));
	struct feed feed;
	struct rng rng;

	ck_assert_int_eq(feed_init(&feed, t->be, t->data, &t->layout, n), 0);
	for (int i = 0; i < n; i++)
		order[i] = i;
	rng_seed(&rng, t->config.seed, STREAM_CALIBRATION);
	rng_shuffle(&rng, order, n);
	rng_seed(&rng, t->config.seed, STREAM_FIXED_NOISE);
	feed_encoding(&feed, arch, &rng);
	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			for (int i = 0; i < validation; i++)
				order[i] = i;
		feed_images(&feed, pass ? &t->data->validation : &t->data->train, order,
			pass ? validation : n < CALIBRATION_IMAGES ? n : CALIBRATION_IMAGES, NULL);
		tape_reset(tape);

		struct tensor *tiles = hypernet_record(&t->hypernet, tape, t->params, feed_encoding_leaf(&feed, tape), false);
		struct tensor *y = feed_loss(&feed, tape, network_record(&t->network, tape, t->params, arch, tiles,
			feed_image_leaf(&feed, tape), (struct network_pass){ .batch_statistics = !pass, .statistics = statistics }));

		ck_assert_msg(tape_forward(tape, false) == 0, "%s", err_last());
		memcpy(loss, y->value, (pass ? validation : 0) * sizeof(float));
	}
	feed_release(&feed);
	free(statistics);
	tape_free(tape);
	free(order);
}

START_TEST(a_score_is_the_mean_loss_with_statistics_of_the_calibration_images)
{
	struct session s = open_run("run", 40, true);
	float loss[TINY_VALIDATION];
	double mean = 0, squares = 0;
	int count;

	steps(&s, 10);

	struct scorer *scorer = scorer_new(s.t);
	struct arch a = an_arch(s.t, 3);
	struct score r = score(scorer, &a, 0);

	direct_losses(s.t, &a, loss);
	ck_assert_mem_eq(scorer_losses(scorer, &count), loss, sizeof(loss));
	ck_assert_int_eq(count, TINY_VALIDATION);
	for (int i = 0; i < TINY_VALIDATION; i++)
		mean += (double)loss[i] / TINY_VALIDATION;
	for (int i = 0; i < TINY_VALIDATION; i++)
		squares += (loss[i] - mean) * (loss[i] - mean);
	ck_assert_double_eq_tol(r.loss, mean, 1e-12);
	ck_assert_double_eq_tol(r.loss_stderr, sqrt(squares / (TINY_VALIDATION - 1) / TINY_VALIDATION), 1e-12);
	scorer_free(scorer);
	close_run(&s);
}
END_TEST

START_TEST(a_score_on_fewer_images_is_that_of_the_first_ones)
{
	struct session s = open_run("run", 40, true);
	struct arch a = an_arch(s.t, 3);
	struct scorer *scorer = scorer_new(s.t);
	float first[10];
	int count;

	score(scorer, &a, 10);
	memcpy(first, scorer_losses(scorer, &count), sizeof(first));
	ck_assert_int_eq(count, 10);
	score(scorer, &a, 1000000);
	/* Rounding may differ with the number of images in a pass. */
	for (int i = 0; i < 10; i++)
		ck_assert_float_eq_tol(scorer_losses(scorer, &count)[i], first[i], 1e-5f);
	ck_assert_int_eq(count, TINY_VALIDATION);
	scorer_free(scorer);
	close_run(&s);
}
END_TEST

/* ---- ranking ---- */

/* Runs it to its end and writes what it scores, as whoever runs a job does. Returns how many. */
static int finish_ranking(struct session *s, struct ranking *r, struct rank_job *rank)
{
	struct job *job = (struct job *)rank;
	enum job_progress p;
	int scored = 0;

	while ((p = job->type->advance(job)) > JOB_DONE) {
		if (p != JOB_ENTRY)
			continue;
		ck_assert_int_eq(ranking_append(s->run, job->type->entry(job)), 0);
		ck_assert_int_ge(ranking_put(r, job->type->entry(job)), 0);
		scored++;
	}
	ck_assert_int_eq(p, JOB_DONE);
	job->type->free(job);
	return scored;
}

static void rank(struct session *s, struct ranking *r, int count, int images)
{
	struct rank_job *job = rank_new(s->t, r);

	ck_assert_msg(job != NULL, "%s", err_last());
	rank_sample(job, count, images);
	ck_assert_int_eq(finish_ranking(s, r, job), count);
}

static int no_duplicates(const struct ranking *r)
{
	for (int i = 0; i < r->count; i++)
		if (ranking_find(r, r->entry[i].row.id) != i)
			return 0;
	return 1;
}

START_TEST(ranking_twice_gives_new_architectures_and_the_file_gives_them_back)
{
	struct session s = open_run("run", 40, true);
	struct ranking r = { 0 }, again = { 0 };
	int order[16], bad;

	steps(&s, 3);
	rank(&s, &r, 5, 0);
	rank(&s, &r, 4, 0);
	ck_assert_int_eq(r.count, 9);
	ck_assert(no_duplicates(&r));
	ck_assert_int_eq(ranking_order(&r, 3, order), 9);
	for (int i = 1; i < 9; i++)
		ck_assert(r.entry[order[i - 1]].row.score <= r.entry[order[i]].row.score);

	ck_assert_int_eq(ranking_load(&again, s.run->path, &bad), 0);
	ck_assert_int_eq(bad, 0);
	ck_assert_int_eq(again.count, 9);
	for (int i = 0; i < 9; i++) {
		ck_assert_str_eq(r.entry[i].row.id, again.entry[i].row.id);
		ck_assert_double_eq(r.entry[i].row.score, again.entry[i].row.score);
		ck_assert_double_eq(r.entry[i].row.error_stderr, again.entry[i].row.error_stderr);
		ck_assert_int_eq(r.entry[i].row.macs, again.entry[i].row.macs);
		ck_assert(arch_equal(&r.entry[i].arch, &again.entry[i].arch));
	}
	ranking_release(&r);
	ranking_release(&again);
	close_run(&s);
}
END_TEST

/* Passing over what is ranked takes as long as there is of it: between training steps, so in slices. */
START_TEST(many_that_are_ranked_are_passed_over_in_slices)
{
	struct session s = open_run("run", 40, true);
	struct ranking r = { 0 };
	struct ranking_entry e = { 0 };
	struct rank_job *job;
	struct rng rng;

	steps(&s, 3);
	for (int i = 0; i < 3500; i++) {
		rng_seed(&rng, s.t->config.seed, STREAM_RANK + (uint64_t)i);
		arch_sample(&e.arch, &s.t->layout.space, s.t->data->axes, 0, &rng);
		arch_id(&e.arch, e.row.id);
		ck_assert_int_ge(ranking_put(&r, &e), 0);
	}
	for (int i = 0; i < r.count; i++)
		ck_assert_int_eq(ranking_find(&r, r.entry[i].row.id), i);
	ck_assert_int_eq(ranking_find(&r, "0"), -1);
	job = rank_new(s.t, &r);
	rank_sample(job, 1, 10);
	for (int slice = 1; slice <= 4; slice++) {
		ck_assert_int_eq(job->job.type->advance(&job->job), JOB_MORE);
		ck_assert_int_eq(job->scoring, slice == 4);
	}
	ck_assert_int_eq(ranking_find(&r, job->current.row.id), -1);
	job->job.type->free(&job->job);
	ranking_release(&r);
	close_run(&s);
}
END_TEST

START_TEST(rows_of_another_step_are_not_ranked_with_these)
{
	struct session s = open_run("run", 40, true);
	struct ranking r = { 0 };
	int order[16];

	steps(&s, 3);
	rank(&s, &r, 3, 10);
	steps(&s, 3);
	rank(&s, &r, 2, 10);
	ck_assert_int_eq(ranking_order(&r, 3, order), 3);
	ck_assert_int_eq(ranking_order(&r, 6, order), 2);

	struct rank_job *job = rank_new(s.t, &r);

	ck_assert_int_eq(rank_score(job, &r.entry[0].arch, r.entry[0].row.origin, "", 10), 0);
	ck_assert_int_eq(finish_ranking(&s, &r, job), 1);
	ck_assert_int_eq(r.count, 5);
	ck_assert_int_eq(ranking_order(&r, 6, order), 3);
	ranking_release(&r);
	close_run(&s);
}
END_TEST

START_TEST(damaged_lines_of_a_ranking_are_passed_over_and_counted)
{
	struct session s = open_run("run", 40, true);
	struct ranking r = { 0 }, again = { 0 };
	int bad;

	steps(&s, 1);
	rank(&s, &r, 2, 10);
	fprintf(s.run->ranking, "{\"id\":\"x\"}\n[1]\n{\"id\":7,\"origin\":\"nowhere\"}\nno JSON\n");
	fflush(s.run->ranking);
	ck_assert_int_eq(ranking_load(&again, s.run->path, &bad), 0);
	ck_assert_int_eq(again.count, 2);
	ck_assert_int_eq(bad, 4);
	ck_assert_int_eq(again.first_bad, 3);
	ranking_release(&r);
	ranking_release(&again);
	close_run(&s);
}
END_TEST

START_TEST(rows_on_fewer_images_stand_behind_those_on_all)
{
	struct ranking r = { 0 };
	static const struct { const char *id; double score; int images; } rows[] = {
		{ "a", 0.3, 50 }, { "b", 0.5, 100 }, { "c", 0.4, 100 }, { "d", 0.2, 50 }, { "e", 0.9, 100 },
	};
	int order[5];
	char ids[6] = "";

	for (int i = 0; i < 5; i++) {
		struct ranking_entry e = { .row = { .step = 1, .score = rows[i].score, .images = rows[i].images } };

		strcpy(e.row.id, rows[i].id);
		ck_assert_int_eq(ranking_put(&r, &e), i);
	}
	ck_assert_int_eq(ranking_order(&r, 1, order), 5);
	for (int i = 0; i < 5; i++)
		strcat(ids, r.entry[order[i]].row.id);
	ck_assert_str_eq(ids, "cbeda");
	ranking_release(&r);
}
END_TEST

/* ---- opening ---- */

START_TEST(a_data_set_that_is_missing_leaves_no_run_behind)
{
	struct worker_options o = tiny_options(folder, "run", 10);
	struct run *run;
	struct trainer *t;

	snprintf(o.data, sizeof(o.data), "mnist:%s/nowhere", folder);
	ck_assert_int_eq(setup_open(&o, &run, &t), -1);
	ck_assert_ptr_null(run);
	ck_assert_msg(strstr(err_last(), "nowhere"), "%s", err_last());
	ck_assert_int_ne(access(o.run_path, F_OK), 0);
}
END_TEST

START_TEST(a_run_can_be_made_longer_but_not_shorter_than_it_is)
{
	struct session s = open_run("run", 20, true);
	struct worker_options o = tiny_options(folder, "run", 5);
	struct run *run;
	struct trainer *t;

	steps(&s, 10);
	ck_assert_int_eq(trainer_save(s.t), 0);
	close_run(&s);
	o.create = false;
	ck_assert_int_eq(setup_open(&o, &run, &t), -1);
	ck_assert_msg(strstr(err_last(), "10 steps are done"), "%s", err_last());
	s = open_run("run", 40, false);
	ck_assert_int_eq(s.run->config.steps, 40);
	ck_assert_msg(strstr(s.t->notice, "40 steps instead of 20"), "%s", s.t->notice);
	steps(&s, 30);
	close_run(&s);
	s = open_run("run", 0, false);
	ck_assert_int_eq(s.run->config.steps, 40);
	close_run(&s);
}
END_TEST

START_TEST(options_that_make_no_sense_are_named)
{
	static const struct { const char *preset, *set, *error; } rows[] = {
		{ "tinny", "", "tinny" },
		{ "tiny", "space.units_max=7", "units_max" },
		{ "tiny", "space.nonsense=1", "nonsense" },
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct worker_options o = { .create = true };
		struct run_config config;

		strcpy(o.preset, rows[i].preset);
		strcpy(o.set[0], rows[i].set);
		o.set_count = *rows[i].set ? 1 : 0;
		ck_assert_int_eq(run_config_from_options(&config, &o), -1);
		ck_assert_msg(strstr(err_last(), rows[i].error), "%s", err_last());
	}
}
END_TEST

/* ---- curve and meter ---- */

START_TEST(a_curve_keeps_minimum_maximum_and_mean_while_its_buckets_double)
{
	static struct curve c;
	int n = 5 * CURVE_BUCKETS;                       /* doubles three times: 8 steps a bucket */

	curve_init(&c);
	for (int step = 1; step <= n; step++) {
		curve_add(&c, step, step, 0.5, 1.0 / step);
		if (step % 100 == 0)
			curve_add_validation(&c, step, step, 0.1, 0.25);
	}
	ck_assert_int_eq(c.bucket_steps, 8);
	ck_assert_int_eq(c.count, n / 8);
	for (int i = 0; i < c.count; i++) {
		const struct curve_bucket *b = &c.bucket[i];
		int first = 8 * i + 1, last = 8 * i + 8, valid = last / 100 * 100;

		ck_assert_int_eq(b->steps, 8);
		ck_assert_float_eq(b->train_min, first);
		ck_assert_float_eq(b->train_max, last);
		ck_assert_float_eq_tol(b->train_mean, (first + last) / 2.0f, 1e-2f);
		ck_assert_float_eq(b->train_error, 0.5f);
		ck_assert_float_eq(b->learning_rate, 1.0f / last);
		if (valid >= first)
			ck_assert_float_eq(b->valid, valid);
		else
			ck_assert(isnan(b->valid));
	}
	for (int i = c.count; i < CURVE_BUCKETS; i++)
		ck_assert(isnan(c.bucket[i].train_mean) && isnan(c.bucket[i].valid));
}
END_TEST

START_TEST(a_curve_with_missing_steps_and_losses_has_gaps)
{
	static struct curve c;

	curve_init(&c);
	curve_add(&c, 2, 1, 0, 1);
	curve_add(&c, 3, NAN, 0, 1);
	curve_add(&c, 1 << 20, 5, 0, 1);
	ck_assert_int_eq(c.bucket_steps, 1 << 10);
	ck_assert_int_eq(c.count, CURVE_BUCKETS);
	ck_assert_int_eq(c.bucket[0].steps, 1);
	ck_assert_float_eq(c.bucket[0].train_max, 1);
	ck_assert(isnan(c.bucket[1].train_mean));
	ck_assert_float_eq(c.bucket[CURVE_BUCKETS - 1].train_mean, 5);
}
END_TEST

START_TEST(a_meter_follows_a_change_of_speed_and_forgets_pauses)
{
	struct meter m = { 0 };
	double now = 100;

	meter_start(&m, now);
	for (int i = 0; i < 100; i++)
		meter_step(&m, now += 0.1, 0.05, 64, 1e9);
	ck_assert_double_eq_tol(meter_steps_per_second(&m), 10, 0.01);
	ck_assert_double_eq_tol(meter_images_per_second(&m), 640, 1);
	ck_assert_double_eq_tol(meter_gflops(&m), 20, 0.01);
	meter_start(&m, now += 1000);
	meter_step(&m, now += 0.1, 0.05, 64, 1e9);
	ck_assert_double_eq_tol(meter_steps_per_second(&m), 10, 0.01);
	for (int i = 0; i < 100; i++)
		meter_step(&m, now += 0.4, 0.05, 64, 1e9);
	ck_assert_double_eq_tol(meter_steps_per_second(&m), 2.5, 0.02);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lab");
	TCase *training = tcase_create("training"), *scoring = tcase_create("scoring"), *ranking = tcase_create("ranking");
	TCase *opening = tcase_create("opening"), *figures = tcase_create("figures");
	TCase *with_files[] = { training, scoring, ranking, opening };

	for (int i = 0; i < 4; i++)
		tcase_add_checked_fixture(with_files[i], make_folder, remove_folder);
	tcase_add_test(training, stop_and_resume_gives_the_bits_of_never_having_stopped);
	tcase_add_test(training, metrics_have_each_step_once_after_a_resume);
	tcase_add_test(training, validation_and_scoring_leave_training_alone_and_repeat_exactly);
	tcase_add_test(training, training_learns);
	tcase_add_test(training, a_loss_that_is_not_finite_changes_nothing_and_keeps_the_good_checkpoint);
	tcase_add_test(training, a_metrics_file_that_cannot_be_written_is_told_apart_from_a_failed_step);
	tcase_add_test(training, rates_fall_to_zero_and_kernels_grow_over_the_first_half);
	tcase_add_test(scoring, a_score_does_not_depend_on_what_was_scored_before);
	tcase_add_test(scoring, a_scorer_keeps_the_parameters_of_its_moment);
	tcase_add_test(scoring, a_score_is_the_mean_loss_with_statistics_of_the_calibration_images);
	tcase_add_test(scoring, a_score_on_fewer_images_is_that_of_the_first_ones);
	tcase_add_test(ranking, ranking_twice_gives_new_architectures_and_the_file_gives_them_back);
	tcase_add_test(ranking, many_that_are_ranked_are_passed_over_in_slices);
	tcase_add_test(ranking, rows_of_another_step_are_not_ranked_with_these);
	tcase_add_test(ranking, damaged_lines_of_a_ranking_are_passed_over_and_counted);
	tcase_add_test(ranking, rows_on_fewer_images_stand_behind_those_on_all);
	tcase_add_test(opening, a_data_set_that_is_missing_leaves_no_run_behind);
	tcase_add_test(opening, a_run_can_be_made_longer_but_not_shorter_than_it_is);
	tcase_add_test(opening, options_that_make_no_sense_are_named);
	tcase_add_test(figures, a_curve_keeps_minimum_maximum_and_mean_while_its_buckets_double);
	tcase_add_test(figures, a_curve_with_missing_steps_and_losses_has_gaps);
	tcase_add_test(figures, a_meter_follows_a_change_of_speed_and_forgets_pauses);
	for (int i = 0; i < 4; i++)
		suite_add_tcase(suite, with_files[i]);
	suite_add_tcase(suite, figures);

	SRunner *runner = srunner_create(suite);

	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? 1 : 0;
}
