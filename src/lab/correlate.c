/*
 * correlate.c -- does the SMASH score tell how good a network will be? (METHOD §10; SMASH §4.1). Random architectures are scored with one
 * frozen state of the HyperNet, every K-th of their ranking is trained with weights of its own, and scores, sizes and test errors are
 * correlated. Scores rest on validation images and errors on test images: shared images would correlate their noise.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/stats.h"
#include "src/lab/experiment.h"
#include "src/lab/retrain.h"
#include "src/lab/score.h"
#include "src/lab/study.h"
#include "src/store/journal.h"

/* TRIES: draws for one architecture that is new and matched. MEDIAN_OF: draws whose median MACs the matched ones have. */
enum { COUNT = 250, EVERY = 5, EPOCHS = 5, BATCH = 64, TRIES = 5000, MEDIAN_OF = 500 };
static const double default_rate = 0.1, matched_share = 0.1;

struct correlate {
	struct job job;
	struct trainer *t;
	struct journal journal;
	struct study study;
	bool read_failed;

	struct scorer *scorer;           /* NULL when no more are scored */
	int64_t drawn;
	struct scored scored;            /* the architecture at work */
	struct ranking_entry entry;
	bool scoring;
	int slices;                      /* of it */

	int training;                    /* the one at work or the next */
	struct retraining *retraining;
	int64_t training_steps;          /* of one training; an estimate before the first */
};

/* ---- architectures ---- */

/* The architecture of a draw is the same each time. */
static struct arch_cost draw(const struct trainer *t, uint64_t seed, int64_t number, struct arch *arch)
{
	struct rng rng;

	rng_seed(&rng, seed, STREAM_CORRELATE + 1 + (uint64_t)number);
	arch_sample(arch, &t->layout.space, t->data->axes, 0, &rng);
	return arch_cost(&t->layout.space, arch, &t->data->input);
}

static void match_macs(const struct trainer *t, struct study_settings *settings)
{
	double macs[MEDIAN_OF], median;
	struct arch arch;

	for (int i = 0; i < MEDIAN_OF; i++)
		macs[i] = (double)draw(t, settings->seed, i, &arch).macs;
	median = stats_median(macs, MEDIAN_OF);
	settings->macs_low = (int64_t)ceil((1 - matched_share) * median);
	settings->macs_high = (int64_t)floor((1 + matched_share) * median);
}

/* The next draw that is new. 0, or -1: there seems to be none. */
static int draw_new(struct correlate *c, struct arch *arch)
{
	const struct study_settings *settings = &c->study.settings;

	for (int i = 0; i < TRIES; i++) {
		int64_t number = c->drawn++;
		struct arch_cost cost = draw(c->t, settings->seed, number, arch);

		if (settings->matched && (cost.macs < settings->macs_low || cost.macs > settings->macs_high))
			continue;
		c->scored = (struct scored){ .draw = number, .parameters = cost.free + cost.generated, .macs = cost.macs, .depth = cost.depth };
		arch_id(arch, c->scored.id);
		if (!study_has(&c->study, c->scored.id))
			return 0;
	}
	return err_set("no new architecture%s among %d random ones: the search space holds few; going on with %d",
		settings->matched ? " of matched MACs" : "", TRIES, c->study.scored_count);
}

/* ---- scoring ---- */

static void end_scoring(struct correlate *c)
{
	scorer_free(c->scorer);
	c->scorer = NULL;
}

static enum job_progress begin_score(struct correlate *c)
{
	struct ranking_row *row = &c->entry.row;

	if (draw_new(c, &c->entry.arch) < 0) {
		end_scoring(c);
		return JOB_FAILED;
	}
	*row = (struct ranking_row){
		.origin = ORIGIN_SAMPLED, .step = c->study.settings.step, .parameters = c->scored.parameters, .macs = c->scored.macs,
		.depth = c->scored.depth,
	};
	strcpy(row->id, c->scored.id);
	scorer_begin(c->scorer, &c->entry.arch, c->study.settings.images);
	c->scoring = true;
	c->slices = 0;
	return JOB_MORE;
}

static void take_score(struct correlate *c)
{
	ranking_row_set_score(&c->entry.row, scorer_score(c->scorer));
	c->scored.score = c->entry.row.score;
	c->scored.error = c->entry.row.error;
}

/* One that has no finite score is left out, and noted so that it is not tried again. */
static enum job_progress advance_score(struct correlate *c)
{
	int more = scorer_advance(c->scorer);

	c->slices++;
	if (more > 0)
		return JOB_MORE;
	if (more < 0 && !backend_ok(c->t->be))
		return JOB_BROKEN;
	c->scoring = false;
	if (more == 0)
		take_score(c);
	else
		c->scored.score = c->scored.error = NAN;
	if (journal_append(&c->journal, study_add_score(&c->study, &c->scored)) < 0)
		return JOB_BROKEN;
	if (c->study.scored_count == c->study.settings.count)
		end_scoring(c);
	return more < 0 ? JOB_FAILED : JOB_ENTRY;
}

static const struct ranking_entry *correlate_entry(const struct job *job)
{
	return &((const struct correlate *)job)->entry;
}

/* ---- training ---- */

static int begin_training(struct correlate *c)
{
	const struct study_settings *settings = &c->study.settings;
	struct experiment e = {
		.kind = EXPERIMENT_RETRAIN, .has_arch = true, .epochs = settings->epochs, .batch = settings->batch,
		.learning_rate = settings->learning_rate, .weight_norm = settings->weight_norm,
	};
	int seed;
	int64_t done;

	draw(c->t, settings->seed, study_training(&c->study, c->training, &seed)->draw, &e.arch);
	e.seed = settings->seed + (uint64_t)seed;
	c->retraining = retraining_new(c->t, &e);
	if (!c->retraining)
		return -1;
	retraining_counts(c->retraining, &done, &c->training_steps);
	return 0;
}

/* A training that failed is noted without a result: this time it is left out, the next start tries it again. */
static int note_training(struct correlate *c, bool failed)
{
	struct retrain_report r = retraining_report(c->retraining);
	double error = failed ? NAN : r.test_error, loss = failed ? NAN : r.test_loss;

	return journal_append(&c->journal, study_add_training(&c->study, c->training, error, loss));
}

static enum job_progress advance_training(struct correlate *c)
{
	int more;

	if (!c->retraining && begin_training(c) < 0)
		return JOB_BROKEN;
	more = retraining_advance(c->retraining);
	if (more > 0)
		return JOB_MORE;
	if ((more < 0 && !backend_ok(c->t->be)) || note_training(c, more < 0) < 0)
		return JOB_BROKEN;
	retraining_free(c->retraining);
	c->retraining = NULL;
	c->training++;
	return more < 0 ? JOB_FAILED : JOB_MORE;
}

/* Passes over those that the journal has. False when none is left. */
static bool find_training(struct correlate *c)
{
	while (c->training < study_trainings(&c->study) && study_has_training(&c->study, c->training))
		c->training++;
	return c->training < study_trainings(&c->study);
}

/* ---- the job ---- */

/* The document of the study, and what was trained. */
static json_t *correlate_to_json(const struct job *job)
{
	const struct correlate *c = (const struct correlate *)job;
	const struct study *s = &c->study;
	json_t *document = study_to_json(s, c->t->run->path), *pair;
	struct arch arch;
	size_t i;

	json_array_foreach(json_object_get(document, "pairs"), i, pair) {
		draw(c->t, s->settings.seed, s->scored[s->chosen[s->place[i]]].draw, &arch);
		json_object_set_new(pair, "architecture", arch_to_json(&arch));
	}
	return document;
}

static void correlate_print(const struct job *job, FILE *f)
{
	study_print(&((const struct correlate *)job)->study, f);
}

static enum job_progress finish(struct correlate *c)
{
	json_t *document = correlate_to_json(&c->job);
	int rc = journal_finish(&c->journal, document);

	json_decref(document);
	return rc < 0 ? JOB_BROKEN : JOB_DONE;
}

static enum job_progress correlate_advance(struct job *job)
{
	struct correlate *c = (struct correlate *)job;

	if (c->scorer)
		return c->scoring ? advance_score(c) : begin_score(c);
	if (!c->study.chosen)
		return study_choose(&c->study) < 0 ? JOB_BROKEN : JOB_MORE;
	if (study_find(&c->study))
		return JOB_MORE;
	return c->retraining || find_training(c) ? advance_training(c) : finish(c);
}

/* In slices: one of a score takes about as long as a training step. */
static void correlate_counts(const struct job *job, int64_t *done, int64_t *total)
{
	const struct correlate *c = (const struct correlate *)job;
	const struct study *s = &c->study;
	int64_t each = 1 + (s->settings.images + SCORE_CHUNK - 1) / SCORE_CHUNK, step = 0, steps;
	int to_score = s->chosen ? s->scored_count : s->settings.count;

	if (c->retraining)
		retraining_counts(c->retraining, &step, &steps);
	*total = to_score * each + study_trainings(s) * c->training_steps;
	*done = s->scored_count * each + (c->scoring ? c->slices : 0) + study_trained(s) * c->training_steps + step;
}

static void correlate_describe(const struct job *job, char *text, size_t size)
{
	const struct correlate *c = (const struct correlate *)job;
	const struct study *s = &c->study;
	int seed;
	const char *few = study_wanted(s) < AGREEMENT_FEWEST ? ", too few to train for any statistic" : "";

	if (c->scorer)
		snprintf(text, size, "steps  scoring %d of %d%s", s->scored_count + 1, s->settings.count, few);
	else if (c->retraining)
		snprintf(text, size, "steps  training %d of %d: %s", study_trained(s) + 1, study_trainings(s),
			study_training(s, c->training, &seed)->id);
	else
		snprintf(text, size, "steps");
}

static void correlate_free(struct job *job)
{
	struct correlate *c = (struct correlate *)job;

	retraining_free(c->retraining);
	scorer_free(c->scorer);
	journal_close(&c->journal);
	study_release(&c->study);
	free(c);
}

static const struct job_type correlate_type = {
	.name = "correlate", .advance = correlate_advance, .counts = correlate_counts, .describe = correlate_describe,
	.entry = correlate_entry, .to_json = correlate_to_json, .print = correlate_print, .free = correlate_free,
};

static struct study_settings settings_of(const struct trainer *t, const struct experiment *e)
{
	int all = t->data->validation.count;
	struct study_settings settings = {
		.step = t->step, .seed = e->seed ? e->seed : t->config.seed, .count = e->count ? e->count : COUNT,
		.every = e->every ? e->every : EVERY, .epochs = e->epochs ? e->epochs : EPOCHS, .seeds = e->seeds ? e->seeds : 1,
		.batch = e->batch ? e->batch : BATCH, .images = e->images > 0 && e->images < all ? e->images : all,
		.learning_rate = e->learning_rate > 0 ? e->learning_rate : default_rate, .weight_norm = e->weight_norm,
		.matched = e->matched, .spread = e->spread,
	};

	if (settings.matched)
		match_macs(t, &settings);
	return settings;
}

static void read_line(void *context, const json_t *line)
{
	struct correlate *c = context;

	if (study_read(&c->study, line) < 0)
		c->read_failed = true;
}

static int open_correlate(struct correlate *c, const struct experiment *e)
{
	struct study_settings settings = settings_of(c->t, e);
	struct study *s = &c->study;
	int images = c->t->data->train.count;

	/* Now, and not after an hour of scoring. */
	if (settings.batch > images)
		return err_set("--batch %d: at most the %d training images would be right", settings.batch, images);
	if (study_init(s, &settings) < 0 || journal_open(&c->journal, c->t->run, "correlate", study_definition(s), read_line, c) < 0 ||
	    c->read_failed)
		return -1;
	c->drawn = s->scored_count ? s->scored[s->scored_count - 1].draw + 1 : 0;
	c->training_steps = (int64_t)settings.epochs * (c->t->data->train.count / settings.batch);
	if (!s->chosen && s->scored_count < settings.count)
		c->scorer = scorer_new(c->t);
	return s->chosen || s->scored_count == settings.count || c->scorer ? 0 : -1;
}

struct job *correlate_start(struct trainer *t, const struct ranking *ranking, const struct experiment *e)
{
	struct correlate *c = calloc(1, sizeof(*c));

	(void)ranking;                   /* what others have scored is no random sample */
	if (!c) {
		err_set("out of memory");
		return NULL;
	}
	c->job.type = &correlate_type;
	c->t = t;
	if (open_correlate(c, e) < 0) {
		correlate_free(&c->job);
		return NULL;
	}
	return &c->job;
}
