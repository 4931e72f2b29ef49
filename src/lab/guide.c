/*
 * guide.c -- gradient-guided search (METHOD §9): from each start the single edits are predicted, some drawn at random are measured, then a
 * descent that tries the best predictions first and one that tries edits at random take the same number of scores. In these the first
 * half of the validation images chooses, and the other half compares what was found: what chance made look good is no better there.
 */
#include "src/lab/guide_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/base/stats.h"

/* ---- scoring ---- */

int guide_all_images(const struct guide *g)
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
	return g->stage == STAGE_GUIDED || g->stage == STAGE_RANDOM ? g->results.settings.search_images : guide_all_images(g);
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
		.origin = origin, .step = scorer_step(g->scorer), .parameters = cost.free + cost.generated, .macs = cost.macs,
		.depth = cost.depth,
	};
	ranking_row_set_score(row, *s);
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
static int note(const struct guide *g, struct guide_list *list, const struct prediction *trial, const struct guide_outcome *o, bool kept)
{
	struct guide_edit *e = guide_list_add(list);

	if (!e)
		return -1;
	arch_edit_text(&g->walk.at, &trial->edit, e->text, sizeof(e->text));
	e->kind = trial->edit.kind;
	e->predicted[PREDICTOR_WIRING] = trial->wiring;
	e->predicted[PREDICTOR_WEIGHTS] = trial->weights;
	e->change = o->change;
	e->change_stderr = o->change_stderr;
	e->half[0] = o->half[0];
	e->half[1] = o->half[1];
	e->kept = kept;
	return 0;
}

/* A search by the predictor random is no more guided than the one beside it. */
static enum origin found_by(const struct guide *g, enum guide_search search)
{
	return search == SEARCH_GUIDED && g->results.settings.predictor != PREDICTOR_RANDOM ? ORIGIN_GUIDED : ORIGIN_PERTURBED;
}

/* One that was asked for and is in no ranking yet is a pattern, or a person made it. */
static enum origin origin_of_start(const struct guide *g)
{
	struct arch pattern;

	if (!*g->results.settings.arch_id)
		return ORIGIN_SAMPLED;
	for (int i = 0; i < pattern_count; i++)
		if (pattern_make(&pattern, patterns[i].name, &g->t->layout.space, g->t->data->axes) == 0 && arch_equal(&pattern, &g->arch))
			return ORIGIN_PATTERN;
	return ORIGIN_EDITED;
}

static enum job_progress conclude_trial(struct guide *g, const struct guide_outcome *o, bool scored_now)
{
	enum guide_search search = g->stage == STAGE_GUIDED ? SEARCH_GUIDED : SEARCH_RANDOM;
	bool better = o->change < 0;
	enum job_progress progress;

	if (note(g, &g->start.tried[search], &g->trial, o, better) < 0)
		return JOB_BROKEN;
	if (!better)
		return walk_reject(&g->walk, &g->trial.edit) < 0 ? JOB_BROKEN : JOB_MORE;
	progress = offer(g, &g->scored, found_by(g, search), g->walk.id, &o->score);
	walk_on(&g->walk, &g->trial.edit, &g->scored);
	g->walk_losses = 0;
	if (scored_now)
		keep_losses(g);
	return progress;
}

static enum job_progress conclude_report(struct guide *g, const struct guide_outcome *o)
{
	enum guide_search search = g->stage == STAGE_REPORT_GUIDED ? SEARCH_GUIDED : SEARCH_RANDOM;

	g->start.best_report[search] = o->report;
	g->stage++;
	return isfinite(o->score.loss) ? offer(g, &g->scored, found_by(g, search), g->start.id, &o->score) : JOB_MORE;
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
	return offer(g, &g->arch, origin_of_start(g), "", &o->score);
}

static enum job_progress conclude(struct guide *g, const struct guide_outcome *o, bool scored_now)
{
	g->doing = DECIDING;
	g->scores++;
	switch (g->stage) {
	case STAGE_START:
		return conclude_start(g, o, scored_now);
	case STAGE_MEASURE:
		return note(g, &g->start.edits, &g->trial, o, false) < 0 ? JOB_BROKEN : JOB_MORE;
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
	g->start.arch = g->arch;
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

int guide_note_others(const struct guide *g, struct guide_list *list)
{
	const struct guide_outcome none = no_outcome();

	bool scoring = g->doing == SCORING || g->doing == SCORING_PARENT;        /* the last that was taken is not measured yet */

	for (int i = g->walk.next - scoring; *g->results.settings.arch_id && i < g->walk.choices; i++)
		if (note(g, list, &g->walk.choice[i], &none, false) < 0)
			return -1;
	return 0;
}

static int end_measuring(struct guide *g)
{
	return guide_note_others(g, &g->start.edits) < 0 ? -1 : begin_search(g, STAGE_GUIDED);
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
	g->known_count = g->known_next = g->scores_left = 0;
	return JOB_MORE;
}

static enum job_progress finish(struct guide *g)
{
	json_t *document = guide_results_to_json(&g->results, NULL, g->t->run->path);
	int rc = journal_finish(&g->journal, document);

	json_decref(document);
	return rc < 0 ? JOB_BROKEN : JOB_DONE;
}

static enum job_progress decide(struct guide *g)
{
	switch (g->stage) {
	case STAGE_START:
		if (guide_find(&g->results))
			return JOB_MORE;
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

enum job_progress guide_advance(struct job *job)
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
