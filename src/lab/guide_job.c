/* guide_job.c -- the job around guided search: what is asked, what an interrupted one has left, what it says of itself. */
#include "src/lab/guide_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

enum { STARTS = 30, EVALUATIONS = 30 };

static const char *const stage_names[STAGES] = {
	[STAGE_START] = "start", [STAGE_PREDICT] = "predicting edits", [STAGE_MEASURE] = "measuring edits",
	[STAGE_GUIDED] = "guided search", [STAGE_RANDOM] = "random search", [STAGE_REPORT_GUIDED] = "report",
	[STAGE_REPORT_RANDOM] = "report",
};

/* ---- lines of the journal: one a score, one a finished start ---- */

static void read_score(struct guide *g, const json_t *line)
{
	struct known *known = realloc(g->known, ((size_t)g->known_count + 1) * sizeof(*known));

	if (!known)
		return;
	g->known = known;
	if (guide_outcome_from_json(&known[g->known_count].outcome, known[g->known_count].id, line))
		g->scores_left = ++g->known_count;
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
		g->known_count = g->scores_left = 0;
	}
}

/* ---- the job ---- */

static void guide_counts(const struct job *job, int64_t *done, int64_t *total)
{
	const struct guide *g = (const struct guide *)job;
	const struct guide_settings *s = &g->results.settings;
	int64_t each = 1 + 3 * (int64_t)s->evaluations + 2;

	*total = s->starts * each;
	*done = g->results.count * each + (g->scores > g->scores_left ? g->scores : g->scores_left);
	*done = *done < *total ? *done : *total;
}

static void guide_describe(const struct job *job, char *text, size_t size)
{
	const struct guide *g = (const struct guide *)job;
	const struct guide_settings *s = &g->results.settings;

	if (g->results.count == s->starts)
		snprintf(text, size, "scores  %d start%s", s->starts, s->starts == 1 ? "" : "s");
	else
		snprintf(text, size, "scores  start %d of %d: %s", g->results.count + 1, s->starts,
			g->doing == PREDICTING ? stage_names[STAGE_PREDICT] : g->stage < STAGES ? stage_names[g->stage] : "report");
}

static const struct ranking_entry *guide_entry(const struct job *job)
{
	return &((const struct guide *)job)->entry;
}

/* The start at work as far as it has come, its edits a copy of the caller's to free; `at_work` has no id where there is none. */
static void look_at_work(const struct guide *g, struct guide_start *at_work)
{
	bool measuring = g->stage == STAGE_MEASURE && g->walk.choices > 0;

	*at_work = (struct guide_start){ .score = NAN };
	if (g->stage <= STAGE_START || g->stage >= STAGES)
		return;
	*at_work = g->start;
	at_work->edits = (struct guide_list){ 0 };
	for (int i = 0; i < g->start.edits.count; i++) {
		struct guide_edit *e = guide_list_add(&at_work->edits);

		if (!e)
			return;
		*e = g->start.edits.edit[i];
	}
	if (measuring)
		guide_note_others(g, &at_work->edits);
}

static json_t *guide_to_json(const struct job *job)
{
	const struct guide *g = (const struct guide *)job;
	struct guide_start at_work;
	json_t *document;

	look_at_work(g, &at_work);
	document = guide_results_to_json(&g->results, *at_work.id ? &at_work : NULL, g->t->run->path);
	if (*at_work.id)
		json_object_set_new(document, "at_work_stage", json_string(stage_names[g->stage]));
	free(at_work.edits.edit);
	return document;
}

static void guide_print(const struct job *job, FILE *f)
{
	const struct guide *g = (const struct guide *)job;
	struct guide_start at_work;

	look_at_work(g, &at_work);
	guide_results_print(&g->results, *at_work.id ? &at_work : NULL, f);
	free(at_work.edits.edit);
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

	if (e->has_arch && e->count > 1)
		return err_set("guide: --count %d is a number of random starts, and --arch names the one start; leave one of them out", e->count);
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
	g->loss = calloc((size_t)guide_all_images(g), sizeof(float));
	g->walk_loss = calloc((size_t)guide_all_images(g), sizeof(float));
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
