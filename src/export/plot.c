/* plot.c -- axes of a figure. */
#include "src/export/plot.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/units.h"

enum { TICKS = 16 };
static const double margin = 2, tick_length = 2.5, gap = 3;
static const char minus[] = "−";

static double limited(double place)
{
	return place < 0 ? 0 : place > 1 ? 1 : place;
}

double plot_x(const struct plot *p, double value)
{
	return p->left + limited(axis_place(&p->x, value)) * (p->right - p->left);
}

double plot_y(const struct plot *p, double value)
{
	return p->bottom - limited(axis_place(&p->y, value)) * (p->bottom - p->top);
}

/* ---- ticks ---- */

struct ticks {
	double at[TICKS];
	char text[TICKS][PLOT_TEXT];
	int count;
	double widest;
};

/* Decimals that tell ticks apart which are so far from each other. */
static int decimals(double step)
{
	int n = (int)ceil(-log10(step) - 1e-9);

	return n < 0 ? 0 : n > 9 ? 9 : n;
}

static void tick_text(double value, double step, enum plot_values values, char text[PLOT_TEXT])
{
	char number[PLOT_TEXT];
	double size = fabs(value);

	if (values == PLOT_COUNTS && size >= 1e6)
		snprintf(number, sizeof number, "%gM", size / 1e6);
	else if (values == PLOT_COUNTS)
		units_thousands((int64_t)size, number);
	else if (values == PLOT_PERCENT)
		snprintf(number, sizeof number, "%.*f", decimals(100 * step), 100 * size);
	else
		snprintf(number, sizeof number, "%.*f", decimals(step), size);
	snprintf(text, PLOT_TEXT, "%s%.40s", value < 0 ? minus : "", number);
}

/* There is no half a step of training. */
static int whole_ones(double *tick, int count)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		if (fabs(tick[i] - round(tick[i])) < 1e-6)
			tick[n++] = tick[i];
	return n;
}

/* As many as `most` steps, and fewer where labels would touch (`space`: how far one label may reach, 0: any). */
static void find_ticks(struct plot *p, const struct axis *axis, enum plot_values values, int most, double space, struct ticks *t)
{
	for (; ; most--) {
		double sum = 0;

		t->count = axis_ticks(axis, most, t->at, TICKS);
		if (values == PLOT_COUNTS)
			t->count = whole_ones(t->at, t->count);
		t->widest = 0;
		for (int i = 0; i < t->count; i++) {
			/* On a logarithmic axis every tick has the digits that it needs. */
			double step = axis->logarithmic ? t->at[i] : t->count > 1 ? t->at[1] - t->at[0] : axis->high - axis->low, width;

			tick_text(t->at[i], step, values, t->text[i]);
			width = figure_text_width(p->figure, t->text[i]);
			t->widest = fmax(t->widest, width);
			sum += width + 6;
		}
		if (most <= 1 || space <= 0 || sum <= space)
			return;
	}
}

void plot_widen(struct axis *a)
{
	double middle = (a->low + a->high) / 2, half = 0.01 * fabs(middle);

	if (a->low < a->high && a->high - a->low < half)
		axis_include(a, middle - half, middle + half);
}

/* ---- drawing ---- */

double plot_x_axis(struct plot *p, const char *label)
{
	struct figure *f = p->figure;
	struct ticks t;
	double end = 0;

	find_ticks(p, &p->x, p->x_values, 6, p->right - p->left, &t);
	figure_line(f, INK_TEXT, 0.6, p->left, p->bottom, p->right, p->bottom);
	for (int i = 0; i < t.count; i++) {
		double x = plot_x(p, t.at[i]), half = figure_text_width(f, t.text[i]) / 2;
		double at = fmin(fmax(x, margin + half), f->width - margin - half);

		figure_line(f, INK_TEXT, 0.6, x, p->bottom, x, p->bottom + tick_length);
		if (at - half < end)                     /* a logarithmic axis crowds its ticks */
			continue;
		figure_text(f, INK_TEXT, ANCHOR_MIDDLE, at, p->bottom + tick_length + 7, t.text[i]);
		end = at + half + 3;
	}
	figure_text(f, INK_TEXT, ANCHOR_END, p->right, p->bottom + tick_length + 7 + figure_line_height, label);
	return p->bottom + tick_length + 7 + figure_line_height + gap;
}

double plot_axes(struct plot *p, double y, double height, const char *x_label, const char *y_label)
{
	struct figure *f = p->figure;
	struct ticks t;
	double end = INFINITY;

	figure_text(f, INK_TEXT, ANCHOR_START, margin, y + 8, y_label);
	p->top = y + figure_line_height + 5;
	p->bottom = p->top + height;
	find_ticks(p, &p->y, p->y_values, 6, 0, &t);
	p->left = margin + t.widest + gap + tick_length;
	p->right = f->width - margin - 4;
	for (int i = 0; i < t.count; i++) {
		double at = plot_y(p, t.at[i]);

		figure_line(f, INK_GRID, 0.4, p->left, at, p->right, at);
		figure_line(f, INK_TEXT, 0.6, p->left - tick_length, at, p->left, at);
		if (at + 4 > end)
			continue;
		figure_text(f, INK_TEXT, ANCHOR_END, p->left - tick_length - 2, at + 2.5, t.text[i]);
		end = at - 4;
	}
	figure_line(f, INK_TEXT, 0.6, p->left, p->top, p->left, p->bottom);
	return plot_x_axis(p, x_label);
}

void plot_whiskers(struct plot *p, enum ink ink, double x, double y, double dx, double dy)
{
	if (dx > 0)
		figure_line(p->figure, ink, 0.5, plot_x(p, x - dx), plot_y(p, y), plot_x(p, x + dx), plot_y(p, y));
	if (dy > 0)
		figure_line(p->figure, ink, 0.5, plot_x(p, x), plot_y(p, y - dy), plot_x(p, x), plot_y(p, y + dy));
}

const char *plot_change(double x, int digits, char text[PLOT_TEXT])
{
	if (isnan(x))
		snprintf(text, PLOT_TEXT, "–");
	else
		snprintf(text, PLOT_TEXT, "%s%.*f", x < 0 ? minus : "+", digits, fabs(x));
	return text;
}

const char *plot_count(int64_t n, const char *what, char text[PLOT_TEXT])
{
	char number[UNITS_TEXT] = "–";

	if (n >= 0)
		units_thousands(n, number);
	snprintf(text, PLOT_TEXT, "%s%s%.12s%s", number, what ? " " : "", what ? what : "", what && n != 1 ? "s" : "");
	return text;
}
