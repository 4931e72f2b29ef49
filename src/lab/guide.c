/*
 * guide.c -- gradient-guided search (METHOD §9): from each start the single edits are predicted, some drawn at random are measured, then a
 * descent that tries the best predictions first and one that tries edits at random take the same number of scores. In these the first
 * half of the validation images chooses, and the other half compares what was found: what chance made look good is no better there.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/stats.h"
#include "src/lab/experiment.h"
#include "src/lab/guide_predict.h"
#include "src/lab/guide_results.h"
#include "src/lab/guide_walk.h"
#include "src/lab/score.h"
#include "src/store/journal.h"

enum { STARTS = 30, EVALUATIONS = 30 };

enum stage {
	STAGE_START,                     /* score of the start */
	STAGE_PREDICT, STAGE_MEASURE,    /* its single edits */
	STAGE_GUIDED, STAGE_RANDOM,      /* the two descents */
	STAGE_REPORT_GUIDED, STAGE_REPORT_RANDOM,
	STAGES
};
static const char *const stage_names[STAGES] = {
	[STAGE_START] = "start", [STAGE_PREDICT] = "predicting edits", [STAGE_MEASURE] = "measuring edits",
	[STAGE_GUIDED] = "guided search", [STAGE_RANDOM] = "random search", [STAGE_REPORT_GUIDED] = "report",
	[STAGE_REPORT_RANDOM] = "report",
};

enum doing { DECIDING, PREDICTING, SCORING_PARENT, SCORING };

struct guide {
	struct job job;
	struct trainer *t;
	const struct ranking *ranking;
	struct scorer *scorer;
	struct guidance *guidance;
	struct journal journal;
	struct guide_results results;
	struct arch given;               /* settings.arch_id */

	/* The start at work. */
	struct arch arch;
	float *loss;                     /* of it, on the first so many images: none after an interruption, then it is scored again */
	int losses;
	struct guide_start start;
	enum stage stage;
	enum doing doing;
	struct walk walk;
	float *walk_loss;                /* of where it stands, likewise */
	int walk_losses;
	struct arch best[SEARCHES];
	struct prediction trial;         /* the edit that is being scored */
	struct arch scored;
	struct ranking_entry entry;
	int scores;                      /* of this start */

	/* Scores of this start that an interrupted experiment has left, in order. */
	struct known { char id[ARCH_ID_LENGTH + 1]; struct guide_outcome outcome; } *known;
	int known_count, known_next;
};

/* ---- lines of the journal: one a score, one a finished start ---- */

static void read_score(struct guide *g, const json_t *line)
{
	struct known *known = realloc(g->known, ((size_t)g->known_count + 1) * sizeof(*known));

	if (!known)
		return;
	g->known = known;
	if (guide_outcome_from_json(&known[g->known_count].outcome, known[g->known_count].id, line))
		g->known_count++;
}

static void read_line(void *context, const json_t *line)
{
	struct guide *g = context;
	const json_t *finished = json_object_get(line, "finished");
	struct guide_start start;

	if (json_integer_value(json_object_get(line, "start")) != g->results.count)
		return;
	if (!finished) {
		read_score(g, line);
	} else if (g->results.count < g->results.settings.starts && guide_start_from_json(&start, finished)) {
		guide_results_add(&g->results, &start);
		g->known_count = 0;
	}
}

/* ---- scoring ---- */

static int all_images(const struct guide *g)
{
	return g->results.settings.search_images + g->results.settings.report_images;
}

static bool has_parent(const struct guide *g)
{
	return g->stage == STAGE_MEASURE || g->stage == STAGE_GUIDED || g->stage == STAGE_RANDOM;
}

/* Those of a search choose, those of a measurement or a report do not. */
static int wanted_images(const struct guide *g)
{
	return g->stage == STAGE_GUIDED || g->stage == STAGE_RANDOM ? g->results.settings.search_images : all_images(g);
}

/* The next known score, if it is of that architecture; where it is not, what follows is of no use either. */
static const struct guide_outcome *take_known(struct guide *g, const char *id)
{
	if (g->known_next < g->known_count && strcmp(g->known[g->known_next].id, id) == 0)
		return &g->known[g->known_next++].outcome;
	g->known_count = 0;
	return NULL;
}

static void begin_scored(struct guide *g)
{
	g->doing = SCORING;
	scorer_begin(g->scorer, &g->scored, wanted_images(g));
}

static double mean_of(const float *loss, int from, int to)
{
	struct stats s = { 0 };

	for (int i = from; i < to; i++)
		stats_add(&s, (double)loss[i]);
	return to > from ? s.mean : NAN;
}

static struct guide_outcome outcome_of(const struct guide *g)
{
	int count, search = g->results.settings.search_images;
	const float *loss = scorer_losses(g->scorer, &count);
	struct guide_outcome o = { .score = scorer_score(g->scorer), .change = NAN, .change_stderr = NAN, .half = { NAN, NAN },
		.report = mean_of(loss, search, count) };
	struct stats all = { 0 }, half[2] = { { 0 }, { 0 } };

	if (!has_parent(g))
		return o;
	for (int i = 0; i < count; i++) {
		double change = (double)loss[i] - (double)g->walk_loss[i];

		stats_add(&all, change);
		stats_add(&half[i % 2], change);
	}
	o.change = all.mean;
	o.change_stderr = stats_stderr(&all);
	o.half[0] = half[0].mean;
	o.half[1] = half[1].mean;
	return o;
}

static struct guide_outcome no_outcome(void)
{
	return (struct guide_outcome){ .score = { NAN, NAN, NAN, NAN, 0 }, .change = NAN, .change_stderr = NAN, .half = { NAN, NAN }, .report = NAN };
}

/* The losses that have just been computed are those of where the walk stands. */
static void keep_losses(struct guide *g)
{
	const float *loss = scorer_losses(g->scorer, &g->walk_losses);

	memcpy(g->walk_loss, loss, (size_t)g->walk_losses * sizeof(*loss));
	if (!arch_equal(&g->walk.at, &g->arch))
		return;
	memcpy(g->loss, loss, (size_t)g->walk_losses * sizeof(*loss));
	g->losses = g->walk_losses;
}

/* ---- walking ---- */

static void stand_at_start(struct guide *g)
{
	walk_begin(&g->walk, &g->arch);
	memcpy(g->walk_loss, g->loss, (size_t)g->losses * sizeof(*g->loss));
	g->walk_losses = g->losses;
}

static bool guided(const struct guide *g)
{
	return g->stage == STAGE_GUIDED && g->results.settings.predictor != PREDICTOR_RANDOM;
}

/* The predictions that have just been made, the best first. 0 or -1 out of memory. */
static int choose_by_prediction(struct guide *g)
{
	int count;
	const struct prediction *list = guidance_list(g->guidance, &count);

	return walk_choose(&g->walk, list, count, g->results.settings.predictor);
}

static int choose_at_random(struct guide *g)
{
	return walk_choose_any(&g->walk, &g->t->layout.space);
}

static bool next_trial(struct guide *g)
{
	return walk_next(&g->walk, &g->t->layout.space, &g->trial, &g->scored);
}

/* ---- what a score leads to ---- */

/* A row for the ranking. JOB_MORE where it has one of as many images of this step. */
static enum job_progress offer(struct guide *g, const struct arch *arch, enum origin origin, const char *parent, const struct score *s)
{
	struct arch_cost cost = arch_cost(&g->t->layout.space, arch, &g->t->data->input);
	struct ranking_row *row = &g->entry.row;
	int at;

	g->entry.arch = *arch;
	*row = (struct ranking_row){
		.origin = origin, .step = scorer_step(g->scorer), .score = s->loss, .score_stderr = s->loss_stderr, .error = s->error,
		.error_stderr = s->error_stderr, .images = s->images, .parameters = cost.free + cost.generated, .macs = cost.macs,
		.depth = cost.depth,
	};
	arch_id(arch, row->id);
	strcpy(row->parent, parent);
	at = ranking_find(g->ranking, row->id);
	if (at < 0)
		return JOB_ENTRY;

	const struct ranking_row *old = &g->ranking->entry[at].row;

	if (old->step == row->step && old->images >= row->images)
		return JOB_MORE;
	row->origin = old->origin;
	strcpy(row->parent, old->parent);
	return JOB_ENTRY;
}

/* 0 or -1 out of memory. */
static int note(struct guide *g, struct guide_list *list, const struct guide_outcome *o, bool kept)
{
	struct guide_edit *e = guide_list_add(list);

	if (!e)
		return -1;
	arch_edit_text(&g->walk.at, &g->trial.edit, e->text, sizeof(e->text));
	e->kind = g->trial.edit.kind;
	e->predicted[PREDICTOR_WIRING] = g->trial.wiring;
	e->predicted[PREDICTOR_WEIGHTS] = g->trial.weights;
	e->change = o->change;
	e->change_stderr = o->change_stderr;
	e->half[0] = o->half[0];
	e->half[1] = o->half[1];
	e->kept = kept;
	return 0;
}

static enum job_progress conclude_trial(struct guide *g, const struct guide_outcome *o, bool scored_now)
{
	enum guide_search search = g->stage == STAGE_GUIDED ? SEARCH_GUIDED : SEARCH_RANDOM;
	bool better = o->change < 0;
	enum job_progress progress;

	if (note(g, &g->start.tried[search], o, better) < 0)
		return JOB_BROKEN;
	if (!better)
		return walk_reject(&g->walk, &g->trial.edit) < 0 ? JOB_BROKEN : JOB_MORE;
	progress = offer(g, &g->scored, search == SEARCH_GUIDED ? ORIGIN_GUIDED : ORIGIN_PERTURBED, g->walk.id, &o->score);
	walk_on(&g->walk, &g->trial.edit, &g->scored);
	g->walk_losses = 0;
	if (scored_now)
		keep_losses(g);
	return progress;
}

static enum job_progress conclude_report(struct guide *g, const struct guide_outcome *o)
{
	g->start.best_report[g->stage == STAGE_REPORT_GUIDED ? SEARCH_GUIDED : SEARCH_RANDOM] = o->report;
	g->stage++;
	return isfinite(o->score.loss) ? offer(g, &g->scored, ORIGIN_GUIDED, g->start.id, &o->score) : JOB_MORE;
}

static enum job_progress conclude_start(struct guide *g, const struct guide_outcome *o, bool scored_now)
{
	g->start.score = o->score.loss;
	g->start.report = o->report;
	if (!isfinite(o->score.loss)) {
		g->stage = STAGES;
		return JOB_MORE;
	}
	stand_at_start(g);
	if (scored_now)
		keep_losses(g);
	g->stage = STAGE_PREDICT;
	return offer(g, &g->arch, ORIGIN_SAMPLED, "", &o->score);
}

static enum job_progress conclude(struct guide *g, const struct guide_outcome *o, bool scored_now)
{
	g->doing = DECIDING;
	g->scores++;
	switch (g->stage) {
	case STAGE_START:
		return conclude_start(g, o, scored_now);
	case STAGE_MEASURE:
		return note(g, &g->start.edits, o, false) < 0 ? JOB_BROKEN : JOB_MORE;
	case STAGE_GUIDED:
	case STAGE_RANDOM:
		return conclude_trial(g, o, scored_now);
	default:
		return conclude_report(g, o);
	}
}

/* Scores g->scored, or takes the score from an interrupted experiment. */
static enum job_progress want_score(struct guide *g)
{
	char id[ARCH_ID_LENGTH + 1];
	const struct guide_outcome *known;

	arch_id(&g->scored, id);
	known = take_known(g, id);
	if (known)
		return conclude(g, known, false);
	if (has_parent(g) && g->walk_losses < wanted_images(g)) {
		g->doing = SCORING_PARENT;
		scorer_begin(g->scorer, &g->walk.at, wanted_images(g));
	} else {
		begin_scored(g);
	}
	return JOB_MORE;
}

/* ---- stages ---- */

static enum job_progress begin_prediction(struct guide *g, const struct arch *arch)
{
	g->doing = PREDICTING;
	return guidance_begin(g->guidance, arch) < 0 ? JOB_BROKEN : JOB_MORE;
}

/* Each start, and each of its searches, has a stream of its own, so that a resumed experiment draws the same. */
static void seed_walk(struct guide *g, int use)
{
	rng_seed(&g->walk.rng, g->results.settings.seed, STREAM_GUIDE + 1 + (uint64_t)g->results.count * STAGES + (uint64_t)use);
}

static enum job_progress begin_start(struct guide *g)
{
	guide_start_release(&g->start);
	g->scores = 0;
	g->losses = 0;
	seed_walk(g, STAGE_START);
	if (*g->results.settings.arch_id)
		g->arch = g->given;
	else
		arch_sample(&g->arch, &g->t->layout.space, g->t->data->axes, 0, &g->walk.rng);
	arch_id(&g->arch, g->start.id);
	g->start.report = g->start.best_report[SEARCH_GUIDED] = g->start.best_report[SEARCH_RANDOM] = NAN;
	g->scored = g->arch;
	return want_score(g);
}

/* A search from the start, or from what was measured on to it. 0 or -1. */
static int begin_search(struct guide *g, enum stage stage)
{
	g->stage = stage;
	seed_walk(g, stage);
	stand_at_start(g);
	return guided(g) ? choose_by_prediction(g) : choose_at_random(g);
}

/* The edits that were drawn and, where there is one start, the rest with their predictions. 0 or -1. */
static int end_measuring(struct guide *g)
{
	const struct guide_outcome none = no_outcome();

	while (*g->results.settings.arch_id && g->walk.next < g->walk.choices) {
		g->trial = g->walk.choice[g->walk.next++];
		if (note(g, &g->start.edits, &none, false) < 0)
			return -1;
	}
	return begin_search(g, STAGE_GUIDED);
}

static enum job_progress decide_measure(struct guide *g)
{
	if (g->start.edits.count < g->results.settings.evaluations && next_trial(g))
		return want_score(g);
	return end_measuring(g) < 0 ? JOB_BROKEN : JOB_MORE;
}

static int end_search(struct guide *g)
{
	enum guide_search search = g->stage == STAGE_GUIDED ? SEARCH_GUIDED : SEARCH_RANDOM;

	g->best[search] = g->walk.at;
	strcpy(g->start.best[search], g->walk.id);
	if (search == SEARCH_GUIDED)
		return begin_search(g, STAGE_RANDOM);
	g->stage = STAGE_REPORT_GUIDED;
	return 0;
}

static enum job_progress decide_search(struct guide *g)
{
	const struct guide_list *tried = &g->start.tried[g->stage == STAGE_GUIDED ? SEARCH_GUIDED : SEARCH_RANDOM];

	if (tried->count < g->results.settings.evaluations && next_trial(g))
		return want_score(g);
	if (tried->count == g->results.settings.evaluations || g->walk.kept == 0)
		return end_search(g) < 0 ? JOB_BROKEN : JOB_MORE;
	if (!guided(g))
		return choose_at_random(g) < 0 ? JOB_BROKEN : JOB_MORE;
	return begin_prediction(g, &g->walk.at);
}

static enum job_progress end_start(struct guide *g)
{
	json_t *line = json_pack("{s:i, s:o}", "start", g->results.count, "finished",
		guide_start_to_json(&g->start, g->results.settings.predictor));

	if (journal_append(&g->journal, line) < 0 || guide_results_add(&g->results, &g->start) < 0)
		return JOB_BROKEN;
	g->stage = STAGE_START;
	g->known_count = g->known_next = 0;
	return JOB_MORE;
}

static enum job_progress finish(struct guide *g)
{
	json_t *document;
	int rc;

	if (guide_find(&g->results))
		return JOB_MORE;
	document = guide_results_to_json(&g->results, g->t->run->path);
	rc = journal_finish(&g->journal, document);
	json_decref(document);
	return rc < 0 ? JOB_BROKEN : JOB_DONE;
}

static enum job_progress decide(struct guide *g)
{
	switch (g->stage) {
	case STAGE_START:
		return g->results.count == g->results.settings.starts ? finish(g) : begin_start(g);
	case STAGE_PREDICT:
		return begin_prediction(g, &g->arch);
	case STAGE_MEASURE:
		return decide_measure(g);
	case STAGE_GUIDED:
	case STAGE_RANDOM:
		return decide_search(g);
	case STAGES:
		return end_start(g);
	default:
		g->scored = g->best[g->stage == STAGE_REPORT_GUIDED ? SEARCH_GUIDED : SEARCH_RANDOM];
		return want_score(g);
	}
}

/* ---- slices ---- */

static enum job_progress advance_prediction(struct guide *g)
{
	int more = guidance_advance(g->guidance), count;

	if (more != 0)
		return more < 0 ? JOB_BROKEN : JOB_MORE;
	g->doing = DECIDING;
	if (g->stage == STAGE_GUIDED)
		return choose_by_prediction(g) < 0 ? JOB_BROKEN : JOB_MORE;

	const struct prediction *list = guidance_list(g->guidance, &count);

	g->stage = STAGE_MEASURE;
	seed_walk(g, STAGE_MEASURE);
	return walk_choose(&g->walk, list, count, PREDICTOR_RANDOM) < 0 ? JOB_BROKEN : JOB_MORE;
}

static enum job_progress advance_score(struct guide *g)
{
	int more = scorer_advance(g->scorer);
	char id[ARCH_ID_LENGTH + 1];
	struct guide_outcome o;
	enum job_progress progress;

	if (more > 0)
		return JOB_MORE;
	if (!backend_ok(g->t->be))
		return JOB_BROKEN;
	if (more == 0 && g->doing == SCORING_PARENT) {
		keep_losses(g);
		begin_scored(g);
		return JOB_MORE;
	}
	o = more < 0 ? no_outcome() : outcome_of(g);
	arch_id(&g->scored, id);
	if (journal_append(&g->journal, guide_outcome_to_json(g->results.count, id, &o)) < 0)
		return JOB_BROKEN;
	progress = conclude(g, &o, more == 0);
	return more < 0 && progress != JOB_BROKEN ? JOB_FAILED : progress;
}

static enum job_progress guide_advance(struct job *job)
{
	struct guide *g = (struct guide *)job;

	switch (g->doing) {
	case PREDICTING:
		return advance_prediction(g);
	case SCORING_PARENT:
	case SCORING:
		return advance_score(g);
	default:
		return decide(g);
	}
}

/* ---- the job ---- */

static void guide_counts(const struct job *job, int64_t *done, int64_t *total)
{
	const struct guide *g = (const struct guide *)job;
	const struct guide_settings *s = &g->results.settings;
	int64_t each = 1 + 3 * (int64_t)s->evaluations + 2;

	*total = s->starts * each;
	*done = g->results.count * each + g->scores;
	*done = *done < *total ? *done : *total;
}

static void guide_describe(const struct job *job, char *text, size_t size)
{
	const struct guide *g = (const struct guide *)job;
	const struct guide_settings *s = &g->results.settings;
	int start = g->results.count < s->starts ? g->results.count + 1 : s->starts;

	snprintf(text, size, "scores  start %d of %d: %s", start, s->starts,
		g->doing == PREDICTING ? stage_names[STAGE_PREDICT] : g->stage < STAGES ? stage_names[g->stage] : "report");
}

static const struct ranking_entry *guide_entry(const struct job *job)
{
	return &((const struct guide *)job)->entry;
}

/* With the start at work, as far as it has come. */
static json_t *guide_to_json(const struct job *job)
{
	const struct guide *g = (const struct guide *)job;
	json_t *document = guide_results_to_json(&g->results, g->t->run->path);

	if (g->stage > STAGE_START && g->stage < STAGES) {
		json_object_set_new(document, "at_work", guide_start_to_json(&g->start, g->results.settings.predictor));
		json_object_set_new(document, "at_work_stage", json_string(stage_names[g->stage]));
	}
	return document;
}

static void guide_print(const struct job *job, FILE *f)
{
	guide_results_print(&((const struct guide *)job)->results, f);
}

static void guide_free(struct job *job)
{
	struct guide *g = (struct guide *)job;

	journal_close(&g->journal);
	guide_start_release(&g->start);
	guide_results_release(&g->results);
	guidance_free(g->guidance);
	scorer_free(g->scorer);
	free(g->loss);
	free(g->walk_loss);
	walk_release(&g->walk);
	free(g->known);
	free(g);
}

static const struct job_type guide_type = {
	.name = "guide", .advance = guide_advance, .counts = guide_counts, .describe = guide_describe, .entry = guide_entry,
	.to_json = guide_to_json, .print = guide_print, .free = guide_free,
};

/* 0 or -1. */
static int settle(struct guide *g, const struct experiment *e)
{
	struct guide_settings *s = &g->results.settings;
	int all = g->t->data->validation.count, images = e->images && e->images < all ? e->images : all, train = g->t->data->train.count;

	*s = (struct guide_settings){
		.step = g->t->step, .seed = e->seed ? e->seed : g->t->config.seed, .predictor = e->predictor,
		.starts = e->has_arch ? 1 : e->count ? e->count : STARTS, .evaluations = e->evaluations ? e->evaluations : EVALUATIONS,
		.search_images = images / 2, .report_images = images - images / 2,
		.gradient_images = train < GUIDE_IMAGES ? train : GUIDE_IMAGES,
	};
	if (s->search_images < 2)
		return err_set("guide: %d images are too few; 4 or more: one half chooses, the other reports", images);
	if (e->has_arch) {
		g->given = e->arch;
		arch_id(&e->arch, s->arch_id);
	}
	return 0;
}

static int open_guide(struct guide *g, const struct experiment *e)
{
	if (settle(g, e) < 0 || !(g->scorer = scorer_new(g->t)) ||
	    !(g->guidance = guidance_new(g->t, scorer_params(g->scorer), g->results.settings.gradient_images)))
		return -1;
	g->loss = calloc((size_t)all_images(g), sizeof(float));
	g->walk_loss = calloc((size_t)all_images(g), sizeof(float));
	if (!g->loss || !g->walk_loss)
		return err_set("out of memory");
	return journal_open(&g->journal, g->t->run, "guide", guide_definition(&g->results.settings), read_line, g);
}

struct job *guide_start(struct trainer *t, const struct ranking *ranking, const struct experiment *e)
{
	struct guide *g = calloc(1, sizeof(*g));

	if (!g) {
		err_set("out of memory");
		return NULL;
	}
	g->job.type = &guide_type;
	g->t = t;
	g->ranking = ranking;
	if (open_guide(g, e) < 0) {
		guide_free(&g->job);
		return NULL;
	}
	return &g->job;
}
