/*
 * figure_corrupt.c -- does the HyperNet use what it is told: for each field by how much lies about it raise the loss, with intervals. Lies about the
 * whole encoding, the controls, raise it by so much more that they have an axis of their own.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/corrupt.h"
#include "src/base/document.h"
#include "src/base/err.h"
#include "src/base/units.h"
#include "src/export/figures.h"
#include "src/export/plot.h"
#include "src/export/subject.h"
#include "src/lab/results.h"

enum { KINDS_MAX = CORRUPT_FIELDS * CORRUPT_HOWS };
static const double row_height = 10.5, truth_width = 32, p_width = 34, margin = 2;

struct kind {
	char name[48];
	struct interval rise;
	double truth_best, p;
	bool whole;                      /* a lie about the whole encoding */
};

struct kinds {
	struct kind kind[KINDS_MAX];
	int count;
};

static const char *words(const char *name)
{
	return strcmp(name, "other") == 0 ? "another's" : name;
}

static void take_kinds(struct kinds *k, const json_t *document)
{
	const json_t *list = document_at(document, "fields"), *field;
	size_t i;

	k->count = 0;
	json_array_foreach((json_t *)list, i, field) {
		const char *how = document_text(field, "how");
		bool whole = !corruption_of_one_field(field), plain = whole || !*how || strcmp(how, corrupt_how_names[CORRUPT_WITHIN]) == 0;
		struct kind *kind = &k->kind[k->count];

		if (k->count == KINDS_MAX)
			return;
		*kind = (struct kind){
			.rise = document_pair(field, "loss_interval", document_number(field, "loss_increase")), .whole = whole,
			.truth_best = document_number(field, "truth_best"), .p = document_number(field, "p_corrected"),
		};
		snprintf(kind->name, sizeof kind->name, "%.20s%s%.20s", words(document_text(field, "field")), plain ? "" : ", ", plain ? "" : how);
		k->count++;
	}
}

/* ---- drawing ---- */

static double widest_name(struct figure *f, const struct kinds *k)
{
	double widest = 40;

	for (int i = 0; i < k->count; i++)
		widest = fmax(widest, figure_text_width(f, k->kind[i].name));
	return widest;
}

static void p_text(double p, char text[PLOT_TEXT])
{
	if (isnan(p))
		strcpy(text, "–");
	else if (p < 0.0001)
		strcpy(text, "<.0001");
	else
		snprintf(text, PLOT_TEXT, p < 0.9995 ? "%.3f" : "1", p);
}

/* The interval as a line with ends, the mean on it; filled where the truth is surely better, so that it shows in grey too. */
static void draw_rise(struct plot *p, const struct kind *k, double y)
{
	bool sure = k->p < 0.01;
	enum ink ink = sure ? INK_ORANGE : INK_DIM;

	if (isnan(k->rise.value)) {
		figure_text(p->figure, INK_DIM, ANCHOR_MIDDLE, (p->left + p->right) / 2, y + 2.5, "not tested");
		return;
	}
	if (!isnan(k->rise.low)) {
		double low = plot_x(p, k->rise.low), high = plot_x(p, k->rise.high);

		figure_line(p->figure, ink, 1, low, y, high, y);
		figure_line(p->figure, ink, 1, low, y - 2, low, y + 2);
		figure_line(p->figure, ink, 1, high, y - 2, high, y + 2);
	}
	figure_mark(p->figure, sure ? MARK_CIRCLE : MARK_RING, ink, plot_x(p, k->rise.value), y, sure ? 2.4 : 2);
}

static void draw_row(struct plot *p, const struct kind *k, double y)
{
	struct figure *f = p->figure;
	char truth[PLOT_TEXT] = "–", value[PLOT_TEXT];

	if (!isnan(k->truth_best))
		snprintf(truth, sizeof truth, "%.0f %%", 100 * k->truth_best);
	p_text(k->p, value);
	figure_text(f, INK_TEXT, ANCHOR_START, margin, y + 2.5, k->name);
	figure_text(f, INK_TEXT, ANCHOR_END, p->right + truth_width, y + 2.5, truth);
	figure_text(f, INK_TEXT, ANCHOR_END, p->right + truth_width + p_width, y + 2.5, value);
	draw_rise(p, k, y);
}

/* Those about fields, or those about the whole: a heading, a row each, the axis. */
static double draw_group(struct figure *f, double y, const struct kinds *k, bool whole, double left)
{
	struct plot p = { .figure = f, .left = left, .right = f->width - margin - truth_width - p_width, .top = y + 12 };
	int rows = 0;

	axis_reset(&p.x, false);
	axis_include(&p.x, 0, 0);
	for (int i = 0; i < k->count; i++) {
		const struct interval *r = &k->kind[i].rise;

		if (k->kind[i].whole != whole)
			continue;
		rows++;
		axis_include(&p.x, r->value, r->value);
		axis_include(&p.x, r->low, r->high);
	}
	if (!rows)
		return y;
	p.bottom = p.top + rows * row_height;
	figure_bold(f, ANCHOR_START, margin, y + 9, whole ? "whole encoding (control)" : "one field");
	figure_text(f, INK_DIM, ANCHOR_END, p.right + truth_width, y + 9, "truth wins");
	figure_text(f, INK_DIM, ANCHOR_END, p.right + truth_width + p_width, y + 9, "p (Holm)");
	figure_path(f, (struct pen){ .stroke = INK_DIM, .width = 0.6, .dashed = true },
		(struct point[]){ { plot_x(&p, 0), p.top }, { plot_x(&p, 0), p.bottom } }, 2);
	rows = 0;
	for (int i = 0; i < k->count; i++)
		if (k->kind[i].whole == whole)
			draw_row(&p, &k->kind[i], p.top + (rows++ + 0.5) * row_height);
	return plot_x_axis(&p, "increase in loss") + 2;
}

static void say(struct figure *f, double y, const json_t *d)
{
	struct interval loss = document_interval(d, "true_loss");
	char text[900], architectures[PLOT_TEXT], trials[PLOT_TEXT], images[PLOT_TEXT], truth[80] = "";

	if (!isnan(loss.value))
		snprintf(truth, sizeof truth, " True encodings: loss %.4f.", loss.value);
	if (!isnan(loss.low))
		snprintf(truth, sizeof truth, " True encodings: loss %.4f [%.4f, %.4f].", loss.value, loss.low, loss.high);
	snprintf(text, sizeof text, "n = %s, up to %s for each and field, %s.%s Mean with 95 %% bootstrap interval over architectures; "
		"filled: Holm's p < 0.01. Truth wins: trials in which the true encoding has the lower loss.",
		plot_count(document_count(d, "architectures"), "architecture", architectures), plot_count(document_count(d, "trials"), "lie", trials),
		plot_count(document_count(d, "images"), "image", images), truth);
	figure_caption(f, y, text);
}

int figure_corrupt(struct figure *f, const struct export_source *s)
{
	json_t *document = subject_document(s, EXPERIMENT_CORRUPT);
	struct kinds kinds;
	char title[200], step[PLOT_TEXT];
	double y, left;

	if (!document)
		return -1;
	take_kinds(&kinds, document);
	snprintf(title, sizeof title, "Corrupted encodings, %s at step %s", figure_run_name(s), plot_count(document_count(document, "step"), NULL, step));
	y = figure_heading(f, 0, title) + 2;
	left = margin + widest_name(f, &kinds) + 6;
	y = draw_group(f, y, &kinds, false, left);
	y = draw_group(f, y, &kinds, true, left);
	if (!kinds.count)
		y = figure_paragraph(f, INK_DIM, y, "nothing is tested yet");
	say(f, y, document);
	json_decref(document);
	return 0;
}
