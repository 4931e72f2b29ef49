/* guide_document.c -- reads the document of guided search. */
#include "ui/guide_document.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/document.h"

static const char *const list_paths[GUIDE_LISTS] = { "edits", "guided_best.tried", "random_best.tried" };
static const char *const fall_paths[GUIDE_LISTS] = { "", "guided_best.improvement", "random_best.improvement" };
static const char *const gain_paths[GUIDE_LISTS] = { "", "improvement.guided", "improvement.random" };

static bool read_list(struct guide_rows *rows, const json_t *list)
{
	const json_t *edit;
	size_t i;

	rows->row = calloc(json_array_size(list) + 1, sizeof *rows->row);
	if (!rows->row)
		return false;
	json_array_foreach((json_t *)list, i, edit)
		rows->row[rows->count++] = (struct guide_row){
			.text = document_text(edit, "edit"),
			.predicted = { [PREDICTOR_WIRING] = document_number(edit, "predicted_wiring"),
				[PREDICTOR_WEIGHTS] = document_number(edit, "predicted_weights") },
			.measured = document_number(edit, "measured"), .stderr_ = document_number(edit, "measured_stderr"),
			.kept = document_says(edit, "kept"),
		};
	return true;
}

static bool read_start(struct guide_view *v, const json_t *start, bool at_work)
{
	struct guide_from *from = &v->from[v->count++];

	from->id = document_text(start, "id");
	from->score = document_number(start, "score");
	from->report = document_number(start, "report_score");
	from->at_work = at_work;
	for (int k = 0; k < GUIDE_LISTS; k++) {
		from->fall[k] = k ? document_number(start, fall_paths[k]) : NAN;
		if (!read_list(&from->list[k], document_at(start, list_paths[k])))
			return false;
	}
	if (!isnan(from->fall[GUIDE_GUIDED]) && !isnan(from->fall[GUIDE_RANDOM])) {
		v->compared++;
		v->wins += from->fall[GUIDE_GUIDED] > from->fall[GUIDE_RANDOM];
	}
	return true;
}

static void read_agreement(struct guide_agree *a, const json_t *agreement)
{
	a->ceiling = document_interval(agreement, "ceiling");
	for (int p = 0; p < GUIDE_PREDICTIONS; p++) {
		const json_t *of = json_object_get(agreement, predictor_names[p]);

		a->edits[p] = (int)document_count(of, "edits");
		a->sign[p] = document_number(of, "sign_agreement");
		a->rank[p] = document_interval(of, "rank_correlation");
	}
}

bool guide_view_read(struct guide_view *v, const json_t *document)
{
	const json_t *starts = document_at(document, "starts"), *at_work = document_at(document, "at_work"), *start;
	size_t i;

	*v = (struct guide_view){ 0 };
	v->from = calloc(json_array_size(starts) + 2, sizeof *v->from);
	if (!v->from)
		return false;
	json_array_foreach((json_t *)starts, i, start)
		if (!read_start(v, start, false))
			return false;
	v->finished = v->count;
	if (at_work && !read_start(v, at_work, true))
		return false;
	v->wanted = (int)document_count(document, "count_wanted");
	v->wanted = v->wanted < v->finished ? v->finished : v->wanted;
	v->evaluations = (int)document_count(document, "evaluations");
	v->search_images = (int)document_count(document, "search_images");
	v->report_images = (int)document_count(document, "report_images");
	read_agreement(&v->agree, document_at(document, "agreement"));
	for (int k = 1; k < GUIDE_LISTS; k++)
		v->gain[k] = document_interval(document, gain_paths[k]);
	v->difference = document_interval(document, "improvement.difference");
	v->p = document_number(document, "improvement.p");
	return true;
}

void guide_view_release(struct guide_view *v)
{
	for (int i = 0; i < v->count; i++)
		for (int k = 0; k < GUIDE_LISTS; k++)
			free(v->from[i].list[k].row);
	free(v->from);
	*v = (struct guide_view){ 0 };
}

int guide_descent(const struct guide_view *v, enum guide_list_kind kind, int only, double *change, int room)
{
	int longest = 0, first = only < 0 ? 0 : only, last = only < 0 ? v->finished : only + 1;

	for (int k = 0; k < room; k++)
		change[k] = 0;
	for (int i = first; i < last; i++) {
		const struct guide_rows *l = &v->from[i].list[kind];
		double at = 0;

		/* A search that ended early stays where it is. */
		for (int k = 1; k < room; k++) {
			if (k <= l->count && l->row[k - 1].kept && isfinite(l->row[k - 1].measured))
				at += l->row[k - 1].measured;
			change[k] += at / (last - first);
		}
		longest = l->count > longest ? l->count : longest;
	}
	return longest + 1 < room ? longest + 1 : room;
}
