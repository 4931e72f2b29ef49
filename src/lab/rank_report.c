/* rank_report.c -- what a ranking has found, as a document and for a person. */
#include "src/lab/rank_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/correlation.h"
#include "src/base/document.h"
#include "src/base/units.h"

enum { RELIABLE_FROM = 10 };

static const struct rank_job *of(const struct job *job)
{
	return (const struct rank_job *)job;
}

/* ---- how far to trust it ---- */

/*
 * Spearman's coefficient of the scores on two halves of the images, for scores on all. 95 % interval by Fisher's transformation, with the
 * variance that Bonett and Wright (2000) give for ranks. NAN for few: those that a race leaves are too alike.
 */
static struct interval reliability(const struct rank_job *job)
{
	static const double normal_95 = 1.959963984540054;
	int n = job->halves.count;
	double r = n < RELIABLE_FROM ? NAN : spearman(job->halves.even, job->halves.odd, n);
	double z = atanh(fmin(r, 1 - 1e-12)), off = normal_95 * sqrt((1 + r * r / 2) / (n - 3));

	if (isnan(r))
		return (struct interval){ NAN, NAN, NAN };
	return (struct interval){ spearman_brown(r), spearman_brown(tanh(z - off)), spearman_brown(tanh(z + off)) };
}

/* ---- which rows ---- */

/* The rows of this step, best first, and which of them this job has found. */
struct listing {
	int *order;
	bool *found;
	int count;
};

static int compare_ids(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* Empty where there is no memory. */
static struct listing list_rows(const struct rank_job *job)
{
	const struct ranking *r = job->ranking;
	struct listing l = { .order = malloc(((size_t)r->count + 1) * sizeof(int)), .found = calloc((size_t)r->count + 1, sizeof(bool)) };
	size_t each = sizeof(*job->found);
	char (*sorted)[ARCH_ID_LENGTH + 1] = malloc(((size_t)job->found_count + 1) * each);

	if (l.order && l.found && sorted)
		l.count = ranking_order(r, scorer_step(job->scorer), l.order);
	if (l.count < 0)
		l.count = 0;
	if (sorted && job->found_count) {
		memcpy(sorted, job->found, (size_t)job->found_count * each);
		qsort(sorted, (size_t)job->found_count, each, compare_ids);
	}
	for (int i = 0; i < l.count && job->found_count; i++)
		l.found[i] = bsearch(r->entry[l.order[i]].row.id, sorted, (size_t)job->found_count, each, compare_ids);
	free(sorted);
	return l;
}

static void listing_release(struct listing *l)
{
	free(l->order);
	free(l->found);
}

static const struct ranking_row *row_at(const struct rank_job *job, const struct listing *l, int i)
{
	return &job->ranking->entry[l->order[i]].row;
}

/* Of what this job has found; NULL: nothing. */
static const struct ranking_row *best_found(const struct rank_job *job, const struct listing *l)
{
	for (int i = 0; i < l->count; i++)
		if (l->found[i])
			return row_at(job, l, i);
	return NULL;
}

/* ---- the document ---- */

static json_t *race_to_json(const struct rank_job *job)
{
	struct heat_standing s = heat_standing(job->heat);

	return json_pack("{s:i, s:i, s:i, s:f, s:I, s:I}", "top", job->top, "contestants", s.contestants, "left", s.left, "z", race_z,
		"image_evaluations", (json_int_t)s.evaluations, "image_evaluations_of_all", (json_int_t)s.evaluations_of_all);
}

static json_t *reliability_to_json(const struct rank_job *job)
{
	struct interval r = reliability(job);

	return json_pack("{s:o, s:[o, o], s:i}", "value", json_of(r.value), "interval", json_of(r.low), json_of(r.high), "architectures",
		job->halves.count);
}

static json_t *verdict_to_json(const struct rank_job *job, const struct listing *l)
{
	const struct ranking_row *best = best_found(job, l);
	char images[UNITS_TEXT];

	if (!best)
		return json_string("nothing has a score");
	return json_sprintf("best of %d: %s, loss %.4f on %s images", job->found_count, best->id, best->score,
		units_thousands(best->images, images));
}

json_t *rank_to_json(const struct job *base)
{
	const struct rank_job *job = of(base);
	struct listing l = list_rows(job);
	json_t *list = json_array(), *document = json_object();

	for (int i = 0; i < l.count; i++) {
		json_t *row = ranking_entry_to_json(&job->ranking->entry[l.order[i]], false);

		json_object_set_new(row, "new", json_boolean(l.found[i]));
		json_array_append_new(list, row);
	}
	json_object_set_new(document, "run", json_string(job->t->run->path));
	json_object_set_new(document, "step", json_integer(scorer_step(job->scorer)));
	json_object_set_new(document, "image_evaluations", json_integer(scorer_evaluations(job->scorer)));
	json_object_set_new(document, "found", json_integer(job->found_count));
	json_object_set_new(document, "reliability", reliability_to_json(job));
	if (job->heat)
		json_object_set_new(document, "race", race_to_json(job));
	json_object_set_new(document, "verdict", verdict_to_json(job, &l));
	json_object_set_new(document, "architectures", list);
	listing_release(&l);
	return document;
}

/* ---- for a person ---- */

/* One image has no standard error. */
static const char *stderr_text(double x, char text[16])
{
	snprintf(text, 16, isnan(x) ? "-" : "%.4f", x);
	return text;
}

/* `place` 0: it has none. */
static void print_row(FILE *f, int place, const struct ranking_row *row)
{
	char parameters[UNITS_TEXT], macs[UNITS_TEXT], score[16], error[16], number[16] = "";

	if (place)
		snprintf(number, sizeof(number), "%d", place);
	fprintf(f, "%4s  %s  %.4f %6s  %.4f %6s  %6d  %6s  %6s  %5d  %s%s%.8s\n", number, row->id, row->score,
		stderr_text(row->score_stderr, score), row->error, stderr_text(row->error_stderr, error), row->images,
		units_count((double)row->parameters, parameters), units_count((double)row->macs, macs), row->depth, origin_names[row->origin],
		row->parent[0] ? " " : "", row->parent);
}

/* What this job has found. Rows of contestants that a race has dropped stand below a line of their own, without a place. */
static void print_found(const struct rank_job *job, const struct listing *l, FILE *f)
{
	int place = 0, early = 0;

	fputs("   #  id            score  ±se     error  ±se     images  params    MACs  depth  origin, parent\n", f);
	for (int i = 0; i < l->count; i++) {
		const struct ranking_row *row = row_at(job, l, i);
		bool whole = !job->heat || row->images == job->images;

		if (!l->found[i])
			continue;
		if (!whole && early++ == 0)
			fprintf(f, "      left the race early, on fewer images: score and error are estimates for all of them\n");
		print_row(f, whole ? ++place : 0, row);
	}
}

static void print_best_of_all(const struct rank_job *job, const struct listing *l, FILE *f)
{
	int others = 0;

	for (int i = 0; i < l->count; i++)
		others += !l->found[i];
	if (others == 0)
		return;
	if (l->found[0]) {
		fprintf(f, "\n%s is also the best of all %d scored at this step.\n", row_at(job, l, 0)->id, l->count);
		return;
	}
	fprintf(f, "\nBest of all %d scored at this step, scores on more images first:\n", l->count);
	print_row(f, 0, row_at(job, l, 0));
}

static void print_race(FILE *f, const struct rank_job *job)
{
	struct heat_standing s = heat_standing(job->heat);
	char evaluations[UNITS_TEXT], all[UNITS_TEXT];

	fprintf(f, "\nRace for the best %d of %d: %d scored on all images. It took %s image evaluations,\nscoring all %d in full takes %s.\n",
		job->top, s.contestants, s.left, units_thousands(s.evaluations, evaluations), s.contestants,
		units_thousands(s.evaluations_of_all, all));
}

void rank_print(const struct job *base, FILE *f)
{
	const struct rank_job *job = of(base);
	struct listing l = list_rows(job);
	struct interval r = reliability(job);

	print_found(job, &l, f);
	print_best_of_all(job, &l, f);
	listing_release(&l);
	if (job->heat)
		print_race(f, job);
	if (isfinite(r.value))
		fprintf(f, "\nReliability of the scores of %d random architectures: %.2f, 95 %% interval %.2f to %.2f (Spearman, from two\n"
			"halves of the images).\n", job->halves.count, r.value, r.low, r.high);
}
