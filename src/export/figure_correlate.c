/* figure_correlate.c -- does the score tell how good a trained network will be: each trained architecture as a point, its score across, its test
 * error up, where it came from as its shape. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/base/stats.h"
#include "src/base/units.h"
#include "src/export/figures.h"
#include "src/export/plot.h"
#include "src/export/subject.h"
#include "src/lab/rank.h"

static const double height_least = 130, height_share = 0.4;        /* of the width */

static const struct {
	enum mark mark;
	enum ink ink;
} looks[ORIGINS] = {
	[ORIGIN_SAMPLED] = { MARK_CIRCLE, INK_BLUE }, [ORIGIN_EDITED] = { MARK_SQUARE, INK_ORANGE }, [ORIGIN_PERTURBED] = { MARK_TRIANGLE, INK_GREEN },
	[ORIGIN_PATTERN] = { MARK_DIAMOND, INK_PURPLE }, [ORIGIN_GUIDED] = { MARK_CROSS, INK_ORANGE },
};

struct pair {
	double score, score_stderr, error, error_stderr;
	enum origin origin;
};

struct pairs {
	struct pair *pair;
	int count, of_origin[ORIGINS];
};

/* ---- what there is ---- */

/* Of several trainings on the same test images; NAN where none tells. */
static double error_stderr(const json_t *trained, const char *id)
{
	return document_number(subject_of_id(trained, "trained", id), "test_error_stderr");
}

/* Those that random sampling gave are in no ranking but the experiment's. */
static void add_pair(struct pairs *p, const json_t *from, const struct ranking *ranking, const json_t *trained, int64_t step)
{
	const char *id = document_text(from, "id");
	int index = ranking_find(ranking, id);
	const struct ranking_row *row = index < 0 ? NULL : &ranking->entry[index].row;
	struct pair pair = {
		.score = document_number(from, "score"), .error = document_number(from, "true_error"), .error_stderr = error_stderr(trained, id),
		.score_stderr = row && row->step == step ? row->score_stderr : NAN, .origin = row ? row->origin : ORIGIN_SAMPLED,
	};

	if (!isfinite(pair.score) || !isfinite(pair.error))
		return;
	p->pair[p->count++] = pair;
	p->of_origin[pair.origin]++;
}

static int take_pairs(struct pairs *p, const json_t *document, const struct export_source *s)
{
	const json_t *list = document_at(document, "pairs"), *from;
	json_t *trained = subject_trained(s->run_path);
	struct ranking ranking = { 0 };
	size_t i;

	p->pair = calloc(json_array_size(list) + 1, sizeof *p->pair);
	if (!p->pair || ranking_load(&ranking, s->run_path, NULL) < 0) {
		json_decref(trained);
		return p->pair ? -1 : err_set("out of memory");
	}
	json_array_foreach((json_t *)list, i, from)
		add_pair(p, from, &ranking, trained, document_count(document, "step"));
	ranking_release(&ranking);
	json_decref(trained);
	return 0;
}

/* ---- drawing ---- */

static double at_least_zero(double x)
{
	return x > 0 ? x : 0;
}

/* The errors with their whiskers; scores without: those share their images, so that they are surer of their order than whiskers would say. */
static void find_axes(struct plot *p, const struct pairs *pairs)
{
	for (int i = 0; i < pairs->count; i++) {
		const struct pair *of = &pairs->pair[i];
		double half = at_least_zero(of->error_stderr);

		axis_include(&p->x, of->score, of->score);
		axis_include(&p->y, of->error - half, of->error + half);
	}
	plot_widen(&p->x);
	plot_widen(&p->y);
}

static double typical_stderr(const struct pairs *pairs)
{
	double *list = calloc((size_t)pairs->count + 1, sizeof *list), middle = NAN;
	int n = 0;

	for (int i = 0; list && i < pairs->count; i++)
		if (pairs->pair[i].score_stderr > 0)
			list[n++] = pairs->pair[i].score_stderr;
	if (n)
		middle = stats_median(list, n);
	free(list);
	return middle;
}

static bool is_free(const struct plot *p, const struct pairs *pairs, double x, double y, double width, double height)
{
	static const double mark = 4;

	for (int i = 0; i < pairs->count; i++) {
		double px = plot_x(p, pairs->pair[i].score), py = plot_y(p, pairs->pair[i].error);

		if (px > x - mark && px < x + width + mark && py > y - mark && py < y + height + mark)
			return false;
	}
	return true;
}

/* How far a score is sure, once for all, in a corner that has room. */
static void draw_typical(struct plot *p, const struct pairs *pairs, double stderr_of_score)
{
	static const char text[] = "± standard error of a score";
	static const double inset = 5, height = 16;
	double reach = stderr_of_score / (p->x.high - p->x.low) * (p->right - p->left);
	double width = fmax(figure_text_width(p->figure, text), 2 * reach);

	if (!(reach > 0) || width > 0.9 * (p->right - p->left))
		return;
	for (int corner = 0; corner < 4; corner++) {             /* lower right first: scores that tell errors leave that free */
		double x = corner % 2 ? p->left + inset : p->right - inset - width, y = corner < 2 ? p->bottom - inset - height : p->top + inset;
		double middle = x + width / 2, line = y + 13;

		if (!is_free(p, pairs, x, y, width, height))
			continue;
		figure_text(p->figure, INK_DIM, ANCHOR_MIDDLE, middle, y + 7, text);
		figure_line(p->figure, INK_DIM, 0.8, middle - reach, line, middle + reach, line);
		figure_line(p->figure, INK_DIM, 0.8, middle - reach, line - 2, middle - reach, line + 2);
		figure_line(p->figure, INK_DIM, 0.8, middle + reach, line - 2, middle + reach, line + 2);
		return;
	}
}

static double draw_legend(struct figure *f, double y, const struct pairs *pairs)
{
	struct legend legend[ORIGINS];
	char text[ORIGINS][64], count[UNITS_TEXT];
	int n = 0;

	for (int i = 0; i < ORIGINS; i++)
		if (pairs->of_origin[i]) {
			snprintf(text[n], sizeof text[n], "%s (%s)", origin_names[i], units_thousands(pairs->of_origin[i], count));
			legend[n] = (struct legend){ looks[i].mark, looks[i].ink, text[n] };
			n++;
		}
	return n ? figure_legend(f, y, legend, n) : y;
}

static void draw_points(struct plot *p, const struct pairs *pairs)
{
	for (int i = 0; i < pairs->count; i++)
		plot_whiskers(p, INK_DIM, pairs->pair[i].score, pairs->pair[i].error, 0, pairs->pair[i].error_stderr);
	for (int i = 0; i < pairs->count; i++) {
		const struct pair *of = &pairs->pair[i];

		figure_mark(p->figure, looks[of->origin].mark, looks[of->origin].ink, plot_x(p, of->score), plot_y(p, of->error), 2.4);
	}
}

/* "Spearman +0.70 [+0.40, +0.87]" */
static void add_coefficient(char *text, size_t size, const char *name, const json_t *document, const char *path)
{
	struct interval i = document_interval(document, path);
	char value[PLOT_TEXT], low[PLOT_TEXT], high[PLOT_TEXT];
	size_t n = strlen(text);

	if (isnan(i.value))
		return;
	snprintf(text + n, size - n, "%s %s", name, plot_change(i.value, 2, value));
	n = strlen(text);
	if (!isnan(i.low))
		snprintf(text + n, size - n, " [%s, %s]", plot_change(i.low, 2, low), plot_change(i.high, 2, high));
}

static void say(struct figure *f, double y, const json_t *d, const struct pairs *pairs)
{
	char text[1000], epochs[PLOT_TEXT], score[80] = "";
	double typical = typical_stderr(pairs);
	int trained = (int)document_count(d, "trained"), wanted = (int)document_count(d, "trainings");

	if (isfinite(typical))
		snprintf(score, sizeof score, " Scores: ± %.4f, all on the same images.", typical);
	snprintf(text, sizeof text, "n = %d", pairs->count);
	add_coefficient(text, sizeof text, "; Spearman", d, "spearman");
	add_coefficient(text, sizeof text, ", Kendall τ", d, "kendall");
	add_coefficient(text, sizeof text, ", Pearson", d, "pearson");
	if (isnan(document_number(d, "spearman.value")))
		snprintf(text + strlen(text), sizeof text - strlen(text), "; too few for a coefficient");
	else
		snprintf(text + strlen(text), sizeof text - strlen(text), ", with 95 %% bootstrap intervals");
	add_coefficient(text, sizeof text, "; for comparison τ of parameters", d, "baseline_parameters.kendall");
	add_coefficient(text, sizeof text, ", of MACs", d, "baseline_macs.kendall");
	add_coefficient(text, sizeof text, ", of a second training", d, "ceiling.kendall");
	snprintf(text + strlen(text), sizeof text - strlen(text), ". Each trained for %s%s. Whiskers: ± standard error over test images.%s%s",
		plot_count(document_count(d, "epochs"), "epoch", epochs), document_count(d, "seeds") > 1 ? ", mean of several trainings" : "", score,
		trained < wanted ? " Unfinished." : "");
	figure_caption(f, y, text);
}

static void draw(struct figure *f, const struct export_source *s, const json_t *d, const struct pairs *pairs)
{
	struct plot p = { .figure = f, .y_values = PLOT_PERCENT };
	char title[200], step[PLOT_TEXT];
	double y;

	snprintf(title, sizeof title, "Score and trained error, %s at step %s", figure_run_name(s), plot_count(document_count(d, "step"), NULL, step));
	y = draw_legend(f, figure_heading(f, 0, title), pairs);
	axis_reset(&p.x, false);
	axis_reset(&p.y, false);
	find_axes(&p, pairs);
	y = plot_axes(&p, y, fmax(height_least, height_share * f->width), "SMASH score: loss with generated weights", "test error of the trained network, %");
	draw_points(&p, pairs);
	draw_typical(&p, pairs, typical_stderr(pairs));
	if (!pairs->count)
		figure_text(f, INK_DIM, ANCHOR_MIDDLE, (p.left + p.right) / 2, (p.top + p.bottom) / 2, "no network is trained yet");
	say(f, y, d, pairs);
}

int figure_correlate(struct figure *f, const struct export_source *s)
{
	json_t *document = subject_document(s, EXPERIMENT_CORRELATE);
	struct pairs pairs = { 0 };
	int rc = document ? take_pairs(&pairs, document, s) : -1;

	if (rc == 0)
		draw(f, s, document, &pairs);
	free(pairs.pair);
	json_decref(document);
	return rc;
}
