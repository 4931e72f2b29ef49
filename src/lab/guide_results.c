/* guide_results.c -- what guided search has found: lists, lines of the journal, statistics. */
#include "src/lab/guide_results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/base/paired.h"

enum { RESAMPLES = 400 };

/* ---- lists ---- */

struct guide_edit *guide_list_add(struct guide_list *l)
{
	if (l->count == l->room) {
		int room = l->room ? 2 * l->room : 32;
		struct guide_edit *edit = realloc(l->edit, (size_t)room * sizeof(*edit));

		if (!edit) {
			err_set("out of memory for %d edits", room);
			return NULL;
		}
		l->edit = edit;
		l->room = room;
	}
	l->edit[l->count] = (struct guide_edit){ 0 };
	return &l->edit[l->count++];
}

void guide_start_release(struct guide_start *s)
{
	free(s->edits.edit);
	for (int k = 0; k < SEARCHES; k++)
		free(s->tried[k].edit);
	*s = (struct guide_start){ 0 };
}

void guide_results_release(struct guide_results *r)
{
	for (int i = 0; i < r->count; i++)
		guide_start_release(&r->start[i]);
	free(r->start);
	*r = (struct guide_results){ 0 };
}

int guide_results_add(struct guide_results *r, struct guide_start *s)
{
	struct guide_start *start = realloc(r->start, ((size_t)r->count + 1) * sizeof(*start));

	if (!start) {
		guide_start_release(s);
		return err_set("out of memory for %d starts", r->count + 1);
	}
	r->start = start;
	r->start[r->count++] = *s;
	r->found.steps = 0;
	*s = (struct guide_start){ 0 };
	return 0;
}

/* ---- lines of the journal ---- */

static const char *const search_names[SEARCHES] = { [SEARCH_GUIDED] = "guided_best", [SEARCH_RANDOM] = "random_best" };

static double from_number(const json_t *object, const char *key)
{
	return number_of(json_object_get(object, key));
}

static bool copy_text(char *to, size_t size, const json_t *text)
{
	const char *s = json_string_value(text);

	if (!s || strlen(s) >= size)
		return false;
	strcpy(to, s);
	return true;
}

json_t *guide_definition(const struct guide_settings *s)
{
	return json_pack("{s:s, s:I, s:I, s:i, s:i, s:s, s:i, s:i, s:i, s:s}", "experiment", "guide", "step", (json_int_t)s->step, "seed",
		(json_int_t)s->seed, "starts", s->starts, "evaluations", s->evaluations, "predictor", predictor_names[s->predictor],
		"search_images", s->search_images, "report_images", s->report_images, "gradient_images", s->gradient_images,
		"architecture", s->arch_id);
}

json_t *guide_outcome_to_json(int start, const char *id, const struct guide_outcome *o)
{
	return json_pack("{s:i, s:s, s:i, s:[o, o, o, o], s:[o, o, o, o], s:o}", "start", start, "id", id, "images", o->score.images,
		"score", json_of(o->score.loss), json_of(o->score.loss_stderr), json_of(o->score.error), json_of(o->score.error_stderr),
		"change", json_of(o->change), json_of(o->change_stderr), json_of(o->half[0]), json_of(o->half[1]), "report", json_of(o->report));
}

bool guide_outcome_from_json(struct guide_outcome *o, char id[ARCH_ID_LENGTH + 1], const json_t *line)
{
	const json_t *score = json_object_get(line, "score"), *change = json_object_get(line, "change");

	*o = (struct guide_outcome){
		.score = { .loss = number_of(json_array_get(score, 0)), .loss_stderr = number_of(json_array_get(score, 1)),
			.error = number_of(json_array_get(score, 2)), .error_stderr = number_of(json_array_get(score, 3)),
			.images = (int)json_integer_value(json_object_get(line, "images")) },
		.change = number_of(json_array_get(change, 0)), .change_stderr = number_of(json_array_get(change, 1)),
		.half = { number_of(json_array_get(change, 2)), number_of(json_array_get(change, 3)) },
		.report = from_number(line, "report"),
	};
	return copy_text(id, ARCH_ID_LENGTH + 1, json_object_get(line, "id"));
}

static json_t *edit_to_json(const struct guide_edit *e, enum predictor predictor)
{
	return json_pack("{s:s, s:s, s:o, s:o, s:o, s:o, s:o, s:[o, o], s:b}", "edit", e->text, "field", edit_kind_names[e->kind],
		"predicted_weights", json_of(e->predicted[PREDICTOR_WEIGHTS]), "predicted_wiring", json_of(e->predicted[PREDICTOR_WIRING]),
		"predicted", (int)predictor < (int)PREDICTIONS ? json_of(e->predicted[predictor]) : json_null(), "measured", json_of(e->change),
		"measured_stderr", json_of(e->change_stderr), "measured_halves", json_of(e->half[0]), json_of(e->half[1]), "kept", e->kept);
}

static json_t *list_to_json(const struct guide_list *l, enum predictor predictor)
{
	json_t *list = json_array();

	for (int i = 0; i < l->count; i++)
		json_array_append_new(list, edit_to_json(&l->edit[i], predictor));
	return list;
}

json_t *guide_start_to_json(const struct guide_start *s, enum predictor predictor)
{
	json_t *start = json_pack("{s:s, s:o, s:o, s:o}", "id", s->id, "score", json_of(s->score), "report_score", json_of(s->report),
		"edits", list_to_json(&s->edits, predictor));

	if (s->arch.axes)
		json_object_set_new(start, "architecture", arch_to_json(&s->arch));
	for (int k = 0; k < SEARCHES; k++)
		json_object_set_new(start, search_names[k], json_pack("{s:s, s:o, s:o, s:i, s:o}", "id", s->best[k], "report_score",
			json_of(s->best_report[k]), "improvement", json_of(s->report - s->best_report[k]), "evaluations", s->tried[k].count,
			"tried", list_to_json(&s->tried[k], predictor)));
	return start;
}

static int kind_number(const char *name)
{
	for (int k = 0; name && k < EDIT_KINDS; k++)
		if (strcmp(name, edit_kind_names[k]) == 0)
			return k;
	return -1;
}

static bool edit_from_json(struct guide_edit *e, const json_t *value)
{
	int kind = kind_number(json_string_value(json_object_get(value, "field")));
	const json_t *halves = json_object_get(value, "measured_halves");

	if (kind < 0 || !copy_text(e->text, sizeof(e->text), json_object_get(value, "edit")))
		return false;
	e->kind = kind;
	e->predicted[PREDICTOR_WEIGHTS] = from_number(value, "predicted_weights");
	e->predicted[PREDICTOR_WIRING] = from_number(value, "predicted_wiring");
	e->change = from_number(value, "measured");
	e->change_stderr = from_number(value, "measured_stderr");
	for (int k = 0; k < 2; k++)
		e->half[k] = number_of(json_array_get(halves, k));
	e->kept = json_is_true(json_object_get(value, "kept"));
	return true;
}

static bool list_from_json(struct guide_list *l, const json_t *list)
{
	size_t i;
	json_t *value;

	json_array_foreach((json_t *)list, i, value) {
		struct guide_edit *e = guide_list_add(l);

		if (!e || !edit_from_json(e, value))
			return false;
	}
	return json_is_array(list);
}

bool guide_start_from_json(struct guide_start *s, const json_t *line)
{
	bool good;

	*s = (struct guide_start){ .score = from_number(line, "score"), .report = from_number(line, "report_score") };
	good = copy_text(s->id, sizeof(s->id), json_object_get(line, "id")) && list_from_json(&s->edits, json_object_get(line, "edits"));
	for (int k = 0; k < SEARCHES && good; k++) {
		const json_t *best = json_object_get(line, search_names[k]);

		s->best_report[k] = from_number(best, "report_score");
		good = copy_text(s->best[k], sizeof(s->best[k]), json_object_get(best, "id")) &&
			list_from_json(&s->tried[k], json_object_get(best, "tried"));
	}
	if (json_object_get(line, "architecture") && arch_from_json(&s->arch, json_object_get(line, "architecture"), NULL) < 0)
		good = false;
	if (!good)
		guide_start_release(s);
	return good;
}

/* ---- statistics ---- */

/* Pairs of one group of measured edits, and the start of each. */
struct pairs {
	double *x, *y;
	int *start;
	int count;
};

static bool in_group(const struct guide_edit *e, int group)
{
	return isfinite(e->change) && (group == EDIT_KINDS || (int)e->kind == group);
}

/* Predicted and measured changes (column < PREDICTIONS), or the two halves of the measured ones. 0 or -1. */
static int collect(const struct guide_results *r, int group, int column, struct pairs *p)
{
	int room = 1;

	for (int i = 0; i < r->count; i++)
		room += r->start[i].edits.count;
	*p = (struct pairs){ .x = calloc((size_t)room, sizeof(double)), .y = calloc((size_t)room, sizeof(double)),
		.start = calloc((size_t)room, sizeof(int)) };
	if (!p->x || !p->y || !p->start)
		return -1;
	for (int i = 0; i < r->count; i++)
		for (int k = 0; k < r->start[i].edits.count; k++) {
			const struct guide_edit *e = &r->start[i].edits.edit[k];
			double x = column < PREDICTIONS ? e->predicted[column] : e->half[0];

			if (!in_group(e, group) || !isfinite(x))
				continue;
			p->x[p->count] = x;
			p->start[p->count] = i;
			p->y[p->count++] = column < PREDICTIONS ? e->change : e->half[1];
		}
	return 0;
}

static double sign_agreement(const struct pairs *p)
{
	int right = 0;

	for (int i = 0; i < p->count; i++)
		right += (p->x[i] < 0) == (p->y[i] < 0);
	return p->count >= GUIDE_FEWEST ? (double)right / p->count : NAN;
}

static void find_agreement(struct guide_results *r, int group, int column)
{
	struct guide_agreement *a = &r->found.group[group];
	struct pairs p = { 0 };
	struct interval rank = { NAN, NAN, NAN };

	if (collect(r, group, column, &p) == 0 && p.count >= GUIDE_FEWEST)
		rank = correlation_interval_clustered(spearman, p.x, p.y, p.start, p.count, RESAMPLES, r->settings.seed);
	if (column < PREDICTIONS) {
		a->predicted[column] = p.count;
		a->sign[column] = sign_agreement(&p);
		a->rank[column] = rank;
	} else {
		a->edits = p.count;
		a->ceiling = (struct interval){ spearman_brown(rank.value), spearman_brown(rank.low), spearman_brown(rank.high) };
	}
	free(p.x);
	free(p.y);
	free(p.start);
}

static void find_comparison(struct guide_results *r)
{
	double *gain = calloc(((size_t)r->count + 1) * (SEARCHES + 1), sizeof(*gain)), *difference;
	int n = 0;

	r->found.p = NAN;
	if (!gain)
		return;
	difference = gain + SEARCHES * r->count;
	for (int i = 0; i < r->count; i++) {
		const struct guide_start *s = &r->start[i];

		if (!isfinite(s->report) || !isfinite(s->best_report[SEARCH_GUIDED]) || !isfinite(s->best_report[SEARCH_RANDOM]))
			continue;
		for (int k = 0; k < SEARCHES; k++)
			gain[k * r->count + n] = s->report - s->best_report[k];
		difference[n++] = s->best_report[SEARCH_RANDOM] - s->best_report[SEARCH_GUIDED];
	}
	for (int k = 0; k < SEARCHES; k++)
		r->found.gain[k] = mean_interval(gain + k * r->count, n, RESAMPLES, r->settings.seed);
	r->found.difference = mean_interval(difference, n, RESAMPLES, r->settings.seed);
	r->found.p = wilcoxon_p(difference, n, GREATER);
	r->found.starts = n;
	free(gain);
}

bool guide_find(struct guide_results *r)
{
	int step = r->found.steps;

	if (step == GUIDE_STATISTICS)
		return false;
	if (step < GUIDE_STATISTICS - 1)
		find_agreement(r, step / (PREDICTIONS + 1), step % (PREDICTIONS + 1));
	else
		find_comparison(r);
	return ++r->found.steps < GUIDE_STATISTICS;
}
