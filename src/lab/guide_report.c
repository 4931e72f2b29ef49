/* guide_report.c -- what guided search has found, as a document and for a person. */
#include "src/lab/guide_results.h"
#include "src/base/document.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Of the edits of one start: the best by prediction, and with them those that were measured. */
enum { PREDICTED_SHOWN = 20, MEASURED_SHOWN = 40 };
static const double significance = 0.01;

/* With the predictor random both searches are, which shows what difference chance alone makes. */
static const char *search_label(const struct guide_settings *s, enum guide_search search)
{
	static const char *const labels[2][SEARCHES] = {
		{ [SEARCH_GUIDED] = "guided", [SEARCH_RANDOM] = "random" }, { [SEARCH_GUIDED] = "random 1", [SEARCH_RANDOM] = "random 2" },
	};

	return labels[s->predictor == PREDICTOR_RANDOM][search];
}

/* The one whose predictions are looked at: of a search that needs none, wiring. */
static enum predictor shown_predictor(const struct guide_settings *s)
{
	return s->predictor == PREDICTOR_WEIGHTS ? PREDICTOR_WEIGHTS : PREDICTOR_WIRING;
}

/* All statistics, whatever has been found so far: of the finished starts, or of the one at work. */
static struct guide_findings find_all(const struct guide_results *r, const struct guide_start *at_work)
{
	struct guide_results copy = *r;          /* shares the starts, which finding only reads */
	struct guide_start alone;

	if (r->count == 0 && at_work) {
		alone = *at_work;
		copy.start = &alone;
		copy.count = 1;
		copy.found.steps = 0;
	}
	while (guide_find(&copy))
		;
	return copy.found;
}

/* ---- in words ---- */

/* "predictions by wiring tell what edits do (rank correlation 0.37, 576 edits)" */
static void predictions_in_words(const struct guide_settings *s, const struct guide_findings *found, char *text, size_t size)
{
	enum predictor p = shown_predictor(s);
	const struct guide_agreement *all = &found->group[EDIT_KINDS];
	const struct interval *rank = &all->rank[p];
	int n = all->predicted[p];

	if (n < GUIDE_FEWEST)
		snprintf(text, size, "%d measured edit%s: too few to say what predictions are worth (%d are needed)", n, n == 1 ? "" : "s",
			GUIDE_FEWEST);
	else if (rank->low > 0)
		snprintf(text, size, "predictions by %s tell what edits do (rank correlation %.2f, %d edits)", predictor_names[p], rank->value, n);
	else
		snprintf(text, size, "nothing shows that predictions by %s tell what edits do (%d edits)", predictor_names[p], n);
}

static void searches_in_words(const struct guide_settings *s, const struct guide_findings *found, char *text, size_t size)
{
	bool better = found->p < significance;

	if (isnan(found->p))
		snprintf(text, size, "%d start%s: too few to compare the searches, 6 or more are needed", found->starts, found->starts == 1 ? "" : "s");
	else if (s->predictor == PREDICTOR_RANDOM)
		snprintf(text, size, "both searches were random, and %s", better ? "the first found more, by chance" : "neither surely found more");
	else
		snprintf(text, size, "%s", better ? "guided search finds better architectures than random search" :
			"nothing shows that guided search is better than random search");
}

static json_t *verdict_to_json(const struct guide_settings *s, const struct guide_findings *found)
{
	char predictions[160], searches[160];

	predictions_in_words(s, found, predictions, sizeof(predictions));
	searches_in_words(s, found, searches, sizeof(searches));
	return json_sprintf("%s; %s", predictions, searches);
}

/* ---- the document ---- */

static json_t *interval_to_json(const struct interval *i)
{
	return json_pack("{s:o, s:[o, o]}", "value", json_of(i->value), "interval", json_of(i->low), json_of(i->high));
}

static json_t *agreement_to_json(const struct guide_agreement *a)
{
	json_t *agreement = json_pack("{s:i, s:o}", "edits", a->edits, "ceiling", interval_to_json(&a->ceiling));

	for (int p = 0; p < PREDICTIONS; p++)
		json_object_set_new(agreement, predictor_names[p], json_pack("{s:i, s:o, s:o}", "edits", a->predicted[p],
			"sign_agreement", json_of(a->sign[p]), "rank_correlation", interval_to_json(&a->rank[p])));
	return agreement;
}

static json_t *starts_to_json(const struct guide_results *r)
{
	json_t *list = json_array();

	for (int i = 0; i < r->count; i++)
		json_array_append_new(list, guide_start_to_json(&r->start[i], r->settings.predictor));
	return list;
}

json_t *guide_results_to_json(const struct guide_results *r, const struct guide_start *at_work, const char *run_path)
{
	struct guide_findings found = find_all(r, at_work);
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
	comparison = json_pack("{s:i, s:o, s:o, s:o, s:o}", "starts", found.starts, "guided", interval_to_json(&found.gain[SEARCH_GUIDED]), "random",
		interval_to_json(&found.gain[SEARCH_RANDOM]), "difference", interval_to_json(&found.difference), "p", json_of(found.p));
	json_object_set_new(document, "improvement", comparison);
	json_object_set_new(document, "verdict", verdict_to_json(s, &found));
	json_object_set_new(document, "starts", starts_to_json(r));
	if (at_work)
		json_object_set_new(document, "at_work", guide_start_to_json(at_work, s->predictor));
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

static void print_predictor(FILE *f, const struct guide_agreement *a, enum predictor p)
{
	fprintf(f, "%-10s %7d", predictor_names[p], a->predicted[p]);
	if (a->predicted[p] < GUIDE_FEWEST) {
		fprintf(f, "  too few\n");
		return;
	}
	print_number(f, "%*.0f %%", 9, 100 * a->sign[p]);
	print_interval(f, "%*.2f", 8, &a->rank[p]);
	fputc('\n', f);
}

static void print_field(FILE *f, const struct guide_agreement *a, const char *name)
{
	fprintf(f, "%-10s %7d ", name, a->edits);
	if (a->edits < GUIDE_FEWEST) {
		fprintf(f, "%10s\n", "too few");
		return;
	}
	print_number(f, "%*.2f", 10, a->rank[PREDICTOR_WIRING].value);
	print_number(f, "%*.2f", 10, a->rank[PREDICTOR_WEIGHTS].value);
	print_number(f, "%*.2f", 10, a->ceiling.value);
	fputc('\n', f);
}

static void print_agreement(const struct guide_findings *found, FILE *f)
{
	const struct guide_agreement *all = &found->group[EDIT_KINDS];

	fprintf(f, "predictor    edits  sign right  rank correlation with what was measured, 95 %% interval\n");
	for (int p = 0; p < PREDICTIONS; p++)
		print_predictor(f, all, p);
	if (all->edits >= GUIDE_FEWEST) {
		fprintf(f, "%-10s %7d%11s", "ceiling", all->edits, "");
		print_interval(f, "%*.2f", 8, &all->ceiling);
		fprintf(f, "  (two halves of the images)\n");
	}
	fprintf(f, "\nfield        edits     wiring   weights   ceiling\n");
	for (int k = 0; k < EDIT_KINDS; k++)
		if (found->group[k].edits)
			print_field(f, &found->group[k], edit_kind_names[k]);
	if (all->predicted[PREDICTOR_WIRING] < all->edits)
		fprintf(f, "%d of the edits fill a bank or leave one empty: they have no first-order prediction.\n",
			all->edits - all->predicted[PREDICTOR_WIRING]);
	fprintf(f, "Below %d edits there is no coefficient. By chance half of the signs are right.\n", GUIDE_FEWEST);
}

/* The lowest first, those without a prediction last. */
static int compare_predictions(const void *a, const void *b, enum predictor p)
{
	double x = (*(const struct guide_edit *const *)a)->predicted[p], y = (*(const struct guide_edit *const *)b)->predicted[p];

	if (isnan(x) || isnan(y))
		return isnan(x) - isnan(y);
	return (x > y) - (x < y);
}

static int compare_wiring(const void *a, const void *b)
{
	return compare_predictions(a, b, PREDICTOR_WIRING);
}

static int compare_weights(const void *a, const void *b)
{
	return compare_predictions(a, b, PREDICTOR_WEIGHTS);
}

static void print_edit(FILE *f, const struct guide_edit *e)
{
	fprintf(f, "%-52.52s", e->text);
	print_number(f, "%+*.5f", 10, e->predicted[PREDICTOR_WIRING]);
	print_number(f, "%+*.5f", 10, e->predicted[PREDICTOR_WEIGHTS]);
	print_number(f, "%+*.5f", 10, e->change);
	print_number(f, "%*.5f", 9, e->change_stderr);
	fputc('\n', f);
}

static void print_edits(const struct guide_list *l, enum predictor predictor, FILE *f)
{
	const struct guide_edit **order = malloc(((size_t)l->count + 1) * sizeof(*order));
	int shown = 0, measured = 0;

	if (!order)
		return;
	for (int i = 0; i < l->count; i++)
		order[i] = &l->edit[i];
	qsort(order, (size_t)l->count, sizeof(*order), predictor == PREDICTOR_WEIGHTS ? compare_weights : compare_wiring);
	fprintf(f, "%-52s    wiring   weights  measured   stderr\n", "single edits by prediction: change of the loss");
	for (int i = 0; i < l->count; i++) {
		bool extra = i >= PREDICTED_SHOWN;

		if (extra && (isnan(order[i]->change) || measured++ >= MEASURED_SHOWN))
			continue;
		print_edit(f, order[i]);
		shown++;
	}
	if (shown < l->count)
		fprintf(f, "%d edits in all: here the best %d by prediction and those measured%s; --json has all.\n", l->count, PREDICTED_SHOWN,
			measured > MEASURED_SHOWN ? " that are best by prediction" : "");
	fputc('\n', f);
	free(order);
}

static int kept_edits(const struct guide_list *l)
{
	int kept = 0;

	for (int i = 0; i < l->count; i++)
		kept += l->edit[i].kept;
	return kept;
}

static void print_search(const struct guide_settings *settings, const struct guide_start *s, enum guide_search search, FILE *f)
{
	const struct guide_list *tried = &s->tried[search];
	char heading[64];

	snprintf(heading, sizeof(heading), "%s search: kept %d of %d tried, in order", search_label(settings, search), kept_edits(tried),
		tried->count);
	fprintf(f, "%-52s    wiring   weights  measured   stderr\n", heading);
	for (int i = 0; i < tried->count; i++)
		if (tried->edit[i].kept)
			print_edit(f, &tried->edit[i]);
	if (isfinite(s->best_report[search]))
		fprintf(f, "leads to %s: loss %.4f on the report images, %.4f before\n\n", s->best[search], s->best_report[search], s->report);
	else
		fprintf(f, "not finished\n\n");
}

static void print_start(const struct guide_settings *settings, const struct guide_start *s, FILE *f)
{
	print_edits(&s->edits, shown_predictor(settings), f);
	for (int k = 0; k < SEARCHES; k++)
		print_search(settings, s, k, f);
}

static void print_starts(const struct guide_results *r, FILE *f)
{
	if (r->count == 0)
		return;
	fprintf(f, "start             loss  %8s  %8s   fall of the loss on the report images\n", search_label(&r->settings, SEARCH_GUIDED),
		search_label(&r->settings, SEARCH_RANDOM));
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
	fprintf(f, "%d evaluations each  loss falls by  95 %% interval, over %d start%s\n", r->settings.evaluations, found->starts,
		found->starts == 1 ? "" : "s");
	for (int k = 0; k < SEARCHES; k++) {
		fprintf(f, "%-12s", search_label(&r->settings, k));
		print_interval(f, "%*.4f", 12, &found->gain[k]);
		fputc('\n', f);
	}
	fprintf(f, "%-12s", "difference");
	print_interval(f, "%*.4f", 12, &found->difference);
	if (isfinite(found->p))
		fprintf(f, "   p %.2g (Wilcoxon signed-rank, one-sided)", found->p);
	fprintf(f, "\n\n");
}

static void print_unfinished(const struct guide_results *r, const struct guide_start *at_work, FILE *f)
{
	int wanted = r->settings.starts;

	if (r->count == wanted)
		return;
	fprintf(f, "Not finished: %d of %d start%s; the same command goes on", r->count, wanted, wanted == 1 ? "" : "s");
	if (at_work)
		fprintf(f, " with %s", at_work->id);
	fprintf(f, ".\n");
}

void guide_results_print(const struct guide_results *r, const struct guide_start *at_work, FILE *f)
{
	struct guide_findings found = find_all(r, at_work);
	const struct guide_settings *s = &r->settings;
	const struct guide_start *one = *s->arch_id ? r->count ? &r->start[0] : at_work : NULL;
	char predictions[160], searches[160];

	if (s->predictor == PREDICTOR_RANDOM)
		fprintf(f, "Two random searches");
	else
		fprintf(f, "Guided search by %s", predictor_names[s->predictor]);
	fprintf(f, ", step %lld: predictions from %d training images, measured on\n%d validation images; in a search %d of these choose, the other "
		"%d report\n", (long long)s->step, s->gradient_images, s->search_images + s->report_images, s->search_images, s->report_images);
	print_unfinished(r, at_work, f);
	fputc('\n', f);
	if (one)
		print_start(s, one, f);
	print_agreement(&found, f);
	fputc('\n', f);
	if (!*s->arch_id)
		print_starts(r, f);
	if (found.starts)
		print_comparison(r, &found, f);
	predictions_in_words(s, &found, predictions, sizeof(predictions));
	searches_in_words(s, &found, searches, sizeof(searches));
	fprintf(f, "Verdict (p < %g): %s;\n%s.\n", significance, predictions, searches);
}
