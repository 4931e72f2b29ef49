/* guide_report.c -- what guided search has found, as a document and for a person. */
#include "src/lab/guide_results.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { EDITS_SHOWN = 20 };

static const char *const search_labels[SEARCHES] = { [SEARCH_GUIDED] = "guided", [SEARCH_RANDOM] = "random" };

/* All statistics, whatever has been found so far. */
static struct guide_findings find_all(const struct guide_results *r)
{
	struct guide_results copy = *r;          /* shares the starts, which finding only reads */

	while (guide_find(&copy))
		;
	return copy.found;
}

/* ---- the document ---- */

static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

static json_t *interval_to_json(const struct interval *i)
{
	return json_pack("{s:o, s:[o, o]}", "value", number(i->value), "interval", number(i->low), number(i->high));
}

static json_t *agreement_to_json(const struct guide_agreement *a)
{
	json_t *agreement = json_pack("{s:i, s:o}", "edits", a->edits, "ceiling", interval_to_json(&a->ceiling));

	for (int p = 0; p < PREDICTIONS; p++)
		json_object_set_new(agreement, predictor_names[p], json_pack("{s:i, s:o, s:o}", "edits", a->predicted[p],
			"sign_agreement", number(a->sign[p]), "rank_correlation", interval_to_json(&a->rank[p])));
	return agreement;
}

static json_t *starts_to_json(const struct guide_results *r)
{
	json_t *list = json_array();

	for (int i = 0; i < r->count; i++)
		json_array_append_new(list, guide_start_to_json(&r->start[i], r->settings.predictor));
	return list;
}

json_t *guide_results_to_json(const struct guide_results *r, const char *run_path)
{
	struct guide_findings found = find_all(r);
	const struct guide_settings *s = &r->settings;
	json_t *document = json_pack("{s:s, s:I, s:s, s:i, s:i, s:i, s:i, s:i, s:i, s:I, s:s}", "run", run_path, "step",
		(json_int_t)s->step, "predictor", predictor_names[s->predictor], "evaluations", s->evaluations, "search_images",
		s->search_images, "report_images", s->report_images, "gradient_images", s->gradient_images, "count", r->count,
		"count_wanted", s->starts, "seed", (json_int_t)s->seed, "architecture", s->arch_id);
	json_t *fields = json_object(), *comparison;

	json_object_set_new(document, "agreement", agreement_to_json(&found.group[EDIT_KINDS]));
	for (int k = 0; k < EDIT_KINDS; k++)
		if (found.group[k].edits)
			json_object_set_new(fields, edit_kind_names[k], agreement_to_json(&found.group[k]));
	json_object_set_new(document, "fields", fields);
	comparison = json_pack("{s:o, s:o, s:o, s:o}", "guided", interval_to_json(&found.gain[SEARCH_GUIDED]), "random",
		interval_to_json(&found.gain[SEARCH_RANDOM]), "difference", interval_to_json(&found.difference), "p", number(found.p));
	json_object_set_new(document, "improvement", comparison);
	json_object_set_new(document, "starts", starts_to_json(r));
	return document;
}

/* ---- for a person ---- */

/* "0.42" to `width` columns, or a dash. */
static void print_number(FILE *f, const char *format, int width, double x)
{
	if (isfinite(x))
		fprintf(f, format, width, x);
	else
		fprintf(f, "%*s", width, "-");
}

static void print_interval(FILE *f, const char *format, int width, const struct interval *i)
{
	print_number(f, format, width, i->value);
	if (isfinite(i->low))
		print_number(f, format, width, i->low), print_number(f, format, width, i->high);
	else
		fprintf(f, "%*s", 2 * width, "too few");
}

static void print_agreement(const struct guide_findings *found, FILE *f)
{
	const struct guide_agreement *all = &found->group[EDIT_KINDS];

	fprintf(f, "predictor    edits  sign right  rank correlation with what was measured, 95 %% interval\n");
	for (int p = 0; p < PREDICTIONS; p++) {
		fprintf(f, "%-10s %7d", predictor_names[p], all->predicted[p]);
		print_number(f, "%*.0f %%", 9, 100 * all->sign[p]);
		print_interval(f, "%*.2f", 8, &all->rank[p]);
		fputc('\n', f);
	}
	fprintf(f, "%-10s %7d%11s", "ceiling", all->edits, "");
	print_interval(f, "%*.2f", 8, &all->ceiling);
	fprintf(f, "  (two halves of the images)\n\nfield        edits     wiring   weights   ceiling\n");
	for (int k = 0; k < EDIT_KINDS; k++) {
		const struct guide_agreement *a = &found->group[k];

		if (!a->edits)
			continue;
		fprintf(f, "%-10s %7d ", edit_kind_names[k], a->edits);
		print_number(f, "%*.2f", 10, a->rank[PREDICTOR_WIRING].value);
		print_number(f, "%*.2f", 10, a->rank[PREDICTOR_WEIGHTS].value);
		print_number(f, "%*.2f", 10, a->ceiling.value);
		fputc('\n', f);
	}
	if (all->predicted[PREDICTOR_WIRING] < all->edits)
		fprintf(f, "%d of the edits fill a bank or leave one empty: they have no first-order prediction.\n",
			all->edits - all->predicted[PREDICTOR_WIRING]);
}

static int compare_wiring(const void *a, const void *b)
{
	const struct guide_edit *x = *(const struct guide_edit *const *)a, *y = *(const struct guide_edit *const *)b;
	double p = x->predicted[PREDICTOR_WIRING], q = y->predicted[PREDICTOR_WIRING];

	if (isnan(p) || isnan(q))
		return isnan(p) - isnan(q);
	return (p > q) - (p < q);
}

static void print_edit(FILE *f, const struct guide_edit *e)
{
	fprintf(f, "%-52.52s", e->text);
	print_number(f, "%+*.5f", 10, e->predicted[PREDICTOR_WIRING]);
	print_number(f, "%+*.5f", 10, e->predicted[PREDICTOR_WEIGHTS]);
	print_number(f, "%+*.5f", 10, e->change);
	print_number(f, "%*.5f", 9, e->change_stderr);
	fprintf(f, "%s\n", e->kept ? "  kept" : "");
}

/* The best by prediction. */
static void print_edits(const struct guide_list *l, FILE *f)
{
	const struct guide_edit **order = malloc(((size_t)l->count + 1) * sizeof(*order));

	if (!order)
		return;
	for (int i = 0; i < l->count; i++)
		order[i] = &l->edit[i];
	qsort(order, (size_t)l->count, sizeof(*order), compare_wiring);
	fprintf(f, "%-52s    wiring   weights  measured   stderr\n", "single edits by prediction: change of the loss");
	for (int i = 0; i < l->count && i < EDITS_SHOWN; i++)
		print_edit(f, order[i]);
	if (l->count > EDITS_SHOWN)
		fprintf(f, "... and %d more: --json has all\n", l->count - EDITS_SHOWN);
	fputc('\n', f);
	free(order);
}

static void print_search(const struct guide_start *s, enum guide_search search, FILE *f)
{
	fprintf(f, "%s search: %-37s    wiring   weights  measured   stderr\n", search_labels[search], "kept edits, in order");
	for (int i = 0; i < s->tried[search].count; i++)
		if (s->tried[search].edit[i].kept)
			print_edit(f, &s->tried[search].edit[i]);
	fprintf(f, "leads to %s: loss %.4f on the report images, %.4f before\n\n", s->best[search], s->best_report[search], s->report);
}

static void print_starts(const struct guide_results *r, FILE *f)
{
	fprintf(f, "start             loss    guided    random   fall of the loss on the report images\n");
	for (int i = 0; i < r->count; i++) {
		const struct guide_start *s = &r->start[i];

		fprintf(f, "%-12s", s->id);
		print_number(f, "%*.4f", 10, s->report);
		for (int k = 0; k < SEARCHES; k++)
			print_number(f, "%*.4f", 10, s->report - s->best_report[k]);
		fputc('\n', f);
	}
	fputc('\n', f);
}

static void print_comparison(const struct guide_results *r, const struct guide_findings *found, FILE *f)
{
	fprintf(f, "%d evaluations each  loss falls by  95 %% interval, over %d start%s\n", r->settings.evaluations, r->count,
		r->count == 1 ? "" : "s");
	for (int k = 0; k < SEARCHES; k++) {
		fprintf(f, "%-12s", search_labels[k]);
		print_interval(f, "%*.4f", 12, &found->gain[k]);
		fputc('\n', f);
	}
	fprintf(f, "%-12s", "difference");
	print_interval(f, "%*.4f", 12, &found->difference);
	if (isnan(found->p))
		fprintf(f, "\n\n%d start%s: too few for a test; 6 or more are needed.\n", r->count, r->count == 1 ? "" : "s");
	else
		fprintf(f, "   p %.2g (Wilcoxon signed-rank over starts, one-sided)\n\nVerdict (p < 0.01): %s.\n", found->p, found->p < 0.01 ?
			"guided search finds better architectures than random search" : "nothing shows that guided search is better than random search");
}

void guide_results_print(const struct guide_results *r, FILE *f)
{
	struct guide_findings found = find_all(r);
	const struct guide_settings *s = &r->settings;

	fprintf(f, "Guided search by %s, step %lld: predictions from %d training images, measured on\n%d validation images; in a search %d of "
		"these choose, the other %d report\n\n", predictor_names[s->predictor], (long long)s->step, s->gradient_images,
		s->search_images + s->report_images, s->search_images, s->report_images);
	if (*s->arch_id && r->count == 1) {
		print_edits(&r->start[0].edits, f);
		for (int k = 0; k < SEARCHES; k++)
			print_search(&r->start[0], k, f);
	}
	print_agreement(&found, f);
	fputc('\n', f);
	if (!*s->arch_id)
		print_starts(r, f);
	print_comparison(r, &found, f);
}
