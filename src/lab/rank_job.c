/*
 * rank_job.c -- the job that scores architectures: those asked for by name, random ones, neighbours of the best, a chain of neighbours
 * (METHOD §7). Each is scored on all images at once, or random ones and neighbours race: they are turned to in rounds, and those that
 * cannot be among the best are left early.
 */
#include "src/lab/rank_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/arch/perturb.h"
#include "src/base/err.h"
#include "src/lab/experiment.h"

enum { COUNT = 100 };

static const struct job_type rank_type;

static void rank_free(struct job *base)
{
	struct rank_job *job = (struct rank_job *)base;

	heat_free(job->heat);
	scorer_free(job->scorer);
	free(job->wish);
	free(job->found);
	free(job->halves.even);
	free(job->halves.odd);
	free(job);
}

struct rank_job *rank_new(struct trainer *t, const struct ranking *ranking)
{
	struct rank_job *job;

	if (check_trained(t) < 0)
		return NULL;
	job = calloc(1, sizeof(*job));
	if (!job) {
		err_set("out of memory");
		return NULL;
	}
	job->job.type = &rank_type;
	job->t = t;
	job->ranking = ranking;
	job->images = t->data->validation.count;
	job->scorer = scorer_new(t);
	if (!job->scorer) {
		rank_free(&job->job);
		return NULL;
	}
	return job;
}

void rank_sample(struct rank_job *job, int count, int images)
{
	job->samples += count;
	job->sample_images = images;
}

int rank_score(struct rank_job *job, const struct arch *arch, enum origin origin, const char *parent, int images)
{
	if (job->wish_count == job->wish_room) {
		int room = job->wish_room ? 2 * job->wish_room : 16;
		struct wish *wish = realloc(job->wish, room * sizeof(*wish));

		if (!wish)
			return err_set("out of memory");
		job->wish = wish;
		job->wish_room = room;
	}

	struct wish *w = &job->wish[job->wish_count++];

	*w = (struct wish){ .arch = *arch, .origin = origin, .images = images };
	strncpy(w->parent, parent, ARCH_ID_LENGTH);
	return 0;
}

/* ---- drawing ---- */

static bool is_known(const struct rank_job *job, const char *id)
{
	return ranking_find(job->ranking, id) >= 0 || (job->heat && heat_has(job->heat, id));
}

enum drawing { DRAW_FAILED = -1, DRAW_MORE, DRAW_DONE };

/*
 * An architecture that has no row yet, random or a neighbour of `base`. Each draw has a stream of its own; those that have rows are passed
 * over. So the same job again gives the same, a later one goes on where this one ended, and comes back to what a race left unfinished.
 * DRAW_MORE: there is none among as many as a slice has time for.
 */
static enum drawing draw_new(struct rank_job *job, const struct arch *base, struct arch *arch)
{
	enum { TRIES = 1000, SLICE = 1000 };
	const struct trainer *t = job->t;
	uint64_t stream = base ? STREAM_PERTURB : STREAM_RANK, *draw = base ? &job->neighbour_draw : &job->sample_draw;
	int tries = TRIES + job->ranking->count;
	char id[ARCH_ID_LENGTH + 1];
	struct rng rng;

	for (int i = 0; i < SLICE && job->tried < tries; i++, job->tried++) {
		rng_seed(&rng, t->config.seed, stream + (*draw)++);
		if (!base)
			arch_sample(arch, &t->layout.space, t->data->axes, 0, &rng);
		else if (arch_perturb(arch, base, &t->layout.space, perturb_probability, &rng) < 0)
			return DRAW_FAILED;
		arch_id(arch, id);
		if (!is_known(job, id)) {
			job->tried = 0;
			return DRAW_DONE;
		}
	}
	if (job->tried < tries)
		return DRAW_MORE;
	job->tried = 0;
	err_set("no new %s among %d random ones: the search space holds few; %d are ranked", base ? "neighbour" : "architecture", tries,
		job->ranking->count);
	return DRAW_FAILED;
}

/* The row of an architecture before it has a score. */
static void describe_arch(const struct rank_job *job, const struct arch *arch, enum origin origin, const char *parent,
	struct ranking_entry *e)
{
	const struct trainer *t = job->t;
	struct arch_cost cost = arch_cost(&t->layout.space, arch, &t->data->input);

	*e = (struct ranking_entry){ .arch = *arch };
	e->row = (struct ranking_row){
		.origin = origin, .step = scorer_step(job->scorer),
		.parameters = cost.free + cost.generated, .macs = cost.macs, .depth = cost.depth,
	};
	arch_id(arch, e->row.id);
	strcpy(e->row.parent, parent);
}

int rank_find_best(const struct rank_job *job)
{
	int best = -1;

	for (int i = 0; i < job->ranking->count; i++) {
		const struct ranking_row *row = &job->ranking->entry[i].row;

		if (row->step == scorer_step(job->scorer) && row->images == job->images &&
		    (best < 0 || row->score < job->ranking->entry[best].row.score))
			best = i;
	}
	return best;
}

/* ---- beginning: JOB_MORE begun, JOB_DONE nothing left, JOB_FAILED or JOB_BROKEN with err_last() ---- */

static enum job_progress begin(struct rank_job *job, const struct arch *arch, enum origin origin, const char *parent, int images)
{
	describe_arch(job, arch, origin, parent, &job->current);
	scorer_begin(job->scorer, arch, images);
	job->scoring = true;
	return JOB_MORE;
}

static enum job_progress begin_wish(struct rank_job *job)
{
	const struct wish *w = &job->wish[job->wish_next++];

	return begin(job, &w->arch, w->origin, w->parent, w->images);
}

static enum job_progress begin_sample(struct rank_job *job)
{
	struct arch arch;
	enum drawing drawing = draw_new(job, NULL, &arch);

	if (drawing == DRAW_MORE)
		return JOB_MORE;
	if (drawing == DRAW_FAILED) {
		job->done += job->samples;
		job->samples = 0;
		return JOB_FAILED;
	}
	job->samples--;
	return begin(job, &arch, ORIGIN_SAMPLED, "", job->sample_images);
}

/* The next architecture of the phase. DRAW_FAILED: there are no more. */
static enum drawing draw_of_phase(struct rank_job *job, struct ranking_entry *e)
{
	bool random = job->phase == PHASE_SAMPLES;
	struct arch arch;
	enum drawing drawing = draw_new(job, random ? NULL : &job->base.arch, &arch);

	if (drawing == DRAW_FAILED) {
		job->done += job->left[job->phase];
		job->left[job->phase] = 0;
	} else if (drawing == DRAW_DONE) {
		job->left[job->phase]--;
		describe_arch(job, &arch, random ? ORIGIN_SAMPLED : ORIGIN_PERTURBED, random ? "" : job->base.row.id, e);
	}
	return drawing;
}

/* Neighbours are made of the one that was named, or of the best that is known when the first of them is drawn. */
static int find_base(struct rank_job *job)
{
	int best = job->named[0] ? ranking_find(job->ranking, job->named) : rank_find_best(job);

	job->named[0] = '\0';                    /* the next phase goes on from what this one finds */
	if (best >= 0 && job->ranking->entry[best].row.step != scorer_step(job->scorer))
		best = -1;                       /* it was named, and has no finite score */
	if (best < 0) {
		job->done += job->left[job->phase];
		job->left[job->phase] = 0;
		return err_set("nothing to search from: no architecture has a score on %d images at step %lld", job->images,
			(long long)scorer_step(job->scorer));
	}
	job->base = job->ranking->entry[best];
	return 0;
}

static void next_phase(struct rank_job *job)
{
	job->phase++;
	job->base.row.id[0] = '\0';
}

/* A chain is scored in full: each step rests on the one before it. */
static bool is_raced(const struct rank_job *job)
{
	return job->heat && job->phase < PHASE_CHAIN;
}

static enum job_progress begin_raced(struct rank_job *job)
{
	struct ranking_entry e;
	int next;

	if (job->left[job->phase] > 0) {
		enum drawing drawing = draw_of_phase(job, &e);

		if (drawing != DRAW_DONE)
			return drawing == DRAW_MORE ? JOB_MORE : JOB_FAILED;
		if (heat_enter(job->heat, &e) < 0)
			return JOB_BROKEN;
	}
	next = heat_visit(job->heat);
	job->visiting = next >= 0;
	if (next == RACE_OVER)
		next_phase(job);
	return next == RACE_FAILED ? JOB_BROKEN : JOB_MORE;
}

static enum job_progress begin_of_phase(struct rank_job *job)
{
	struct ranking_entry e;
	enum drawing drawing;

	if (job->left[job->phase] > 0 && job->phase != PHASE_SAMPLES && !job->base.row.id[0] && find_base(job) < 0)
		return JOB_FAILED;
	if (is_raced(job))
		return begin_raced(job);
	drawing = draw_of_phase(job, &e);
	if (drawing != DRAW_DONE)
		return drawing == DRAW_MORE ? JOB_MORE : JOB_FAILED;
	return begin(job, &e.arch, e.row.origin, e.row.parent, job->images);
}

static enum job_progress begin_next(struct rank_job *job)
{
	if (job->wish_next < job->wish_count)
		return begin_wish(job);
	if (job->samples > 0)
		return begin_sample(job);
	while (job->phase < PHASES && job->left[job->phase] == 0 && !is_raced(job))
		next_phase(job);
	return job->phase < PHASES ? begin_of_phase(job) : JOB_DONE;
}

/* ---- ending ---- */

static int note_halves(struct halves *h, const float *loss, int images)
{
	double sum[2] = { 0 };

	if (h->count == h->room) {
		int room = h->room ? 2 * h->room : 64;
		double *even = realloc(h->even, room * sizeof(double)), *odd = realloc(h->odd, room * sizeof(double));

		h->even = even ? even : h->even;
		h->odd = odd ? odd : h->odd;
		if (!even || !odd)
			return err_set("out of memory");
		h->room = room;
	}
	for (int i = 0; i < images; i++)
		sum[i % 2] += loss[i];
	h->even[h->count] = sum[0] / ((images + 1) / 2);
	h->odd[h->count++] = sum[1] / (images / 2);
	return 0;
}

static enum job_progress end(struct rank_job *job)
{
	struct ranking_row *row = &job->current.row;
	int images;
	const float *loss = scorer_losses(job->scorer, &images);

	ranking_row_set_score(row, scorer_score(job->scorer));
	if (row->origin == ORIGIN_SAMPLED && images == job->images && images > 1 && note_halves(&job->halves, loss, images) < 0)
		return JOB_BROKEN;
	if (job->phase == PHASE_CHAIN && row->origin == ORIGIN_PERTURBED && images == job->images && row->score < job->base.row.score)
		job->base = job->current;
	return JOB_ENTRY;
}

/* One whose loss is not finite. */
static enum job_progress leave_out(struct rank_job *job)
{
	if (!backend_ok(job->t->be))
		return JOB_BROKEN;
	if (job->visiting)
		heat_withdraw(job->heat);
	job->scoring = job->visiting = false;
	return JOB_FAILED;
}

static enum job_progress advance_score(struct rank_job *job)
{
	int more = scorer_advance(job->scorer);

	if (more > 0)
		return JOB_MORE;
	job->done++;
	if (more < 0)
		return leave_out(job);
	if (job->visiting) {
		job->visiting = false;
		return heat_visited(job->heat) < 0 ? JOB_BROKEN : JOB_MORE;
	}
	job->scoring = false;
	return end(job);
}

static enum job_progress advance(struct rank_job *job)
{
	if (job->scoring || job->visiting)
		return advance_score(job);
	return job->heat && heat_out(job->heat, &job->current) ? JOB_ENTRY : begin_next(job);
}

/* 0 or -1 out of memory. */
static int note_found(struct rank_job *job)
{
	if (job->found_count == job->found_room) {
		int room = job->found_room ? 2 * job->found_room : 64;
		char (*found)[ARCH_ID_LENGTH + 1] = realloc(job->found, (size_t)room * sizeof(*found));

		if (!found)
			return err_set("out of memory for %d architectures", room);
		job->found = found;
		job->found_room = room;
	}
	strcpy(job->found[job->found_count++], job->current.row.id);
	return 0;
}

static enum job_progress rank_advance(struct job *base)
{
	struct rank_job *job = (struct rank_job *)base;
	enum job_progress progress = advance(job);

	return progress == JOB_ENTRY && note_found(job) < 0 ? JOB_BROKEN : progress;
}

int64_t rank_step(const struct rank_job *job)
{
	return scorer_step(job->scorer);
}

/* ---- what it says of itself ---- */

static const struct rank_job *of(const struct job *job)
{
	return (const struct rank_job *)job;
}

static void rank_counts(const struct job *base, int64_t *done, int64_t *total)
{
	const struct rank_job *job = of(base);

	*done = job->done;
	*total = job->done + job->wish_count - job->wish_next + job->samples + job->scoring;
	for (int p = job->phase; p < PHASES; p++)
		*total += job->left[p];
	if (job->heat)
		*total += heat_standing(job->heat).waiting;      /* the one at work among them */
}

static const struct ranking_entry *rank_entry(const struct job *job)
{
	return &of(job)->current;
}

static void describe_phase(const struct rank_job *job, char *text, size_t size)
{
	if (is_raced(job)) {
		struct heat_standing s = heat_standing(job->heat);

		snprintf(text, size, "race for the best %d: %d of %d left at %d images", job->top, s.left, s.contestants, s.images);
	} else if (job->phase == PHASE_CHAIN && job->base.row.id[0]) {
		snprintf(text, size, "chain at %s", job->base.row.id);
	} else {
		snprintf(text, size, "architectures");
	}
}

static void rank_describe(const struct job *base, char *text, size_t size)
{
	const struct rank_job *job = of(base);
	char phase[96], best[32] = "";
	int i = is_raced(job) ? -1 : rank_find_best(job);     /* while a race is on, those with a score are no better than others */

	describe_phase(job, phase, sizeof(phase));
	if (i >= 0)
		snprintf(best, sizeof(best), "  best %.4f", job->ranking->entry[i].row.score);
	snprintf(text, size, "%s%s", phase, best);
}

static const struct job_type rank_type = {
	.name = "rank", .advance = rank_advance, .counts = rank_counts, .describe = rank_describe, .entry = rank_entry,
	.to_json = rank_to_json, .print = rank_print, .free = rank_free,
};

/* ---- what a person asks ---- */

/* Patterns that the space cannot hold are passed over: they were not asked for one by one. */
static int wish_for_patterns(struct rank_job *job, int images)
{
	struct arch arch;

	for (int i = 0; i < pattern_count; i++)
		if (pattern_make(&arch, patterns[i].name, &job->t->layout.space, job->t->data->axes) == 0 &&
		    rank_score(job, &arch, ORIGIN_PATTERN, "", images) < 0)
			return -1;
	return 0;
}

/* It has a score, or gets one first. 0 or -1. */
static int name_base(struct rank_job *job, const struct arch *arch)
{
	const struct ranking_row *row = NULL;
	int i;

	if (arch->axes != job->t->data->axes)
		return err_set("an architecture made for %d axes, the data set has %d", arch->axes, job->t->data->axes);
	arch_id(arch, job->named);
	i = ranking_find(job->ranking, job->named);
	if (i >= 0)
		row = &job->ranking->entry[i].row;
	if (row && row->step == scorer_step(job->scorer) && row->images == job->images)
		return 0;
	return rank_score(job, arch, row ? row->origin : ORIGIN_EDITED, row ? row->parent : "", job->images);
}

struct job *rank_start(struct trainer *t, const struct ranking *ranking, const struct experiment *e)
{
	int samples = e->count || e->has_arch ? e->count : COUNT;
	int contestants = samples + e->perturb;
	struct rank_job *job;

	if (e->top > contestants) {
		err_set("rank: --top %d of %d architectures: at most as many as take part, --count and --perturb together", e->top, contestants);
		return NULL;
	}
	job = rank_new(t, ranking);
	if (!job)
		return NULL;
	if (e->images > 0 && e->images < job->images)
		job->images = e->images;
	job->left[PHASE_SAMPLES] = samples;
	job->left[PHASE_NEIGHBOURS] = e->perturb;
	job->left[PHASE_CHAIN] = e->chain;
	job->top = e->top;
	if (e->top > 0)
		job->heat = heat_new(job->scorer, job->images, e->top);
	if ((e->top > 0 && !job->heat) || (e->has_arch && name_base(job, &e->arch) < 0) ||
	    (e->with_patterns && wish_for_patterns(job, job->images) < 0)) {
		rank_free(&job->job);
		return NULL;
	}
	return &job->job;
}
