/*
 * pane_loss.c -- training and validation loss over steps. A dot is 2^k or 3 * 2^k steps and stays where it is until the pane is full; then dots
 * take half or a third more. A chart refitted to the run at every frame would cost ten times the bytes; that of a finished run stands still anyway.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "ui/chart.h"
#include "ui/pane.h"

enum { GUTTER = 7 };

static const double smoothing[] = { 0, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99 };
enum { SMOOTHINGS = sizeof smoothing / sizeof smoothing[0] };

struct loss_pane {
	struct pane super;
	int zoom;                        /* doublings of magnification beside the automatic one */
	int smooth;
	int64_t cursor;                  /* a step; -1: none */
	struct axis axis;
	int64_t shown_first, shown_dot;  /* what the axis was made for */
	struct canvas canvas;
};

/* What a dot stands for: curve buckets put together. */
struct dot {
	double low, high, mean, line;    /* line: smoothed mean */
	double valid, valid_stderr, rate;
	bool broken;                     /* a loss that is not finite */
};

static struct dot merge(const struct curve *c, int from, int n)
{
	struct dot d = { NAN, NAN, NAN, NAN, NAN, NAN, NAN, false };
	double sum = 0;
	int count = 0;

	for (int i = from; i < from + n && i < c->count; i++) {
		const struct curve_bucket *b = &c->bucket[i];

		if (isinf(b->train_max) || isinf(b->train_mean))
			d.broken = true;
		else if (!isnan(b->train_mean)) {
			d.low = fmin(d.low, b->train_min);       /* fmin passes NAN over */
			d.high = fmax(d.high, b->train_max);
			sum += b->train_mean;
			count++;
			d.rate = b->learning_rate;
		}
		if (!isnan(b->valid)) {
			d.valid = b->valid;
			d.valid_stderr = b->valid_stderr;
		}
	}
	if (count)
		d.mean = sum / count;
	return d;
}

struct window {
	int64_t dot;                     /* steps */
	int merged;                      /* buckets a dot */
	int total;                       /* dots of the run so far */
	int first, dots;                 /* first one on screen; how many fit */
};

/* 1 2 3 4 6 8 12 … */
static int next_merge(int merged)
{
	return merged == 1 ? 2 : merged % 3 == 0 ? merged / 3 * 4 : merged / 2 * 3;
}

static struct window look_through(const struct loss_pane *p, const struct snapshot *s, int dots)
{
	const struct curve *c = &s->curve;
	struct window w = { .merged = 1, .dots = dots > 0 ? dots : 1 };
	int zoom = p->zoom;

	while ((c->count + w.merged - 1) / w.merged > w.dots)
		w.merged = s->state == WORKER_FINISHED ? w.merged + 1 : next_merge(w.merged);
	for (; zoom > 0 && w.merged > 1; zoom--)
		w.merged = (w.merged + 1) / 2;
	for (; zoom < 0; zoom++)
		w.merged *= 2;
	w.dot = w.merged * (c->bucket_steps > 0 ? c->bucket_steps : 1);
	w.total = (c->count + w.merged - 1) / w.merged;
	if (w.total > w.dots) {
		int half = w.dots / 2 > 0 ? w.dots / 2 : 1;      /* it turns by half pages: standing still between */

		w.first = (w.total - w.dots + half - 1) / half * half;
		if (p->cursor >= 0 && p->cursor / w.dot < w.first)
			w.first = (int)(p->cursor / w.dot) / half * half;
	}
	return w;
}

static int row_of(const struct loss_pane *p, double v)
{
	double place = axis_place(&p->axis, v);

	if (isnan(place) || place < -0.001 || place > 1.001)
		return -1;
	return (int)(place * (p->canvas.h * p->canvas.dots_y - 1) + 0.5);
}

/* A veil of every other dot, so that the line shows in it without colour too. */
static void draw_band(struct loss_pane *p, int x, const struct dot *d)
{
	int low = row_of(p, d->low), high = row_of(p, d->high);

	if (low < 0 || high < 0)
		return;
	for (int y = low; y <= high; y++)
		if (y == low || y == high || (x + y) % 2 == 0)
			canvas_dot(&p->canvas, x, y, ROLE_CHART_BAND);
}

static void draw_line(struct loss_pane *p, int x, int from, int to)
{
	int low = from < to ? from + 1 : to, high = from > to ? from - 1 : to;

	if (p->canvas.dots_x == 1) {                     /* coarse dots: a letter says more */
		canvas_mark(&p->canvas, x, to, '*', ROLE_CHART_TRAIN);
		return;
	}
	if (from < 0 || from == to)
		low = high = to;
	canvas_bar(&p->canvas, x, low, high, ROLE_CHART_TRAIN);
}

static void smooth(struct dot *dot, int n, double keep)
{
	double ema = 0, weight = 0;

	for (int i = 0; i < n; i++) {
		if (isnan(dot[i].mean))
			continue;
		ema = keep * ema + (1 - keep) * dot[i].mean;
		weight = keep * weight + (1 - keep);
		dot[i].line = ema / weight;
	}
}

static void draw_values(struct loss_pane *p, struct rect r)
{
	double tick[16];
	int most = r.h > 3 ? r.h / 3 : 1;
	int n = axis_ticks(&p->axis, most, tick, 16);
	int last_row = -1;

	while (n < 3 && most < r.h && !p->axis.logarithmic)
		n = axis_ticks(&p->axis, ++most, tick, 16);

	for (int i = 0; i < n; i++) {
		int y = row_of(p, tick[i]);
		int row = r.h - 1 - y / p->canvas.dots_y;
		double step = n > 1 ? tick[1] - tick[0] : tick[0];
		char label[24];

		if (y < 0 || row == last_row)
			continue;
		if (p->axis.logarithmic)
			snprintf(label, sizeof label, "%g", tick[i]);
		else
			snprintf(label, sizeof label, "%.*f", step >= 0.9999 ? 0 : step >= 0.0999 ? 1 : step >= 0.00999 ? 2 : 3, tick[i]);
		put_right(r.y + row, p->super.at.x, GUTTER - 1, ROLE_CHART_AXIS, label);
		last_row = row;
	}
}

/* Along the bottom: steps that were made, where they are, up to the last one on screen; and the run's end, dim, where it will be. */
static void draw_steps(const struct loss_pane *p, const struct snapshot *s, const struct window *w, const struct dot *dot, struct rect r)
{
	int marks = r.w >= 56 ? 4 : r.w >= 24 ? 2 : 1, seen = w->total - w->first < w->dots ? w->total - w->first : w->dots;
	int64_t last = (w->first + seen) * w->dot < s->steps ? (w->first + seen) * w->dot : s->steps;
	int end = (seen + p->canvas.dots_x - 1) / p->canvas.dots_x, width = text_width(text_count(last));
	int at = end - width > 0 ? end - width : 0, whole = (int)((double)s->steps / (double)w->dot - w->first) / p->canvas.dots_x;

	for (int i = 0; i < marks; i++) {
		int x = r.w * i / marks;
		const char *label = text_count((w->first + (int64_t)x * p->canvas.dots_x) * w->dot);
		int wide = text_width(label), from = i == 0 ? 0 : x - wide / 2;

		if (from + wide < at)
			put(r.y + r.h, r.x + from, wide, ROLE_CHART_AXIS, label);
	}
	put(r.y + r.h, r.x + at, width, ROLE_CHART_AXIS, text_count(last));
	width = text_width(text_count(s->steps));
	if (last < s->steps && whole <= r.w && whole - width > end)
		put(r.y + r.h, r.x + whole - width, width, ROLE_DIM, text_count(s->steps));
	for (int i = w->first; i < w->total && i < w->first + w->dots; i++)
		if (dot[i].broken)
			put(r.y + r.h, r.x + (i - w->first) / p->canvas.dots_x, 1, ROLE_ERROR, "!");
}

static void draw_cursor(struct ui *ui, struct loss_pane *p, const struct window *w, const struct dot *dot, struct rect r)
{
	int64_t i = p->cursor / w->dot;
	int x = r.x + (int)(i - w->first) / p->canvas.dots_x;
	char line[160];
	int width;

	if (i < w->first || i >= w->total)
		return;
	put_vertical(r.y, x, r.h, ROLE_CHART_CURSOR);
	if (w->dot > 1)
		snprintf(line, sizeof line, " step %s–%s  train %s–%s mean %s  valid %s ", text_count(i * w->dot + 1),
		         text_count((i + 1) * w->dot), text_loss(dot[i].low), text_loss(dot[i].high), text_loss(dot[i].mean),
		         text_loss(dot[i].valid));
	else
		snprintf(line, sizeof line, " step %s  train %s  valid %s ", text_count(i + 1), text_loss(dot[i].mean),
		         text_loss(dot[i].valid));
	width = text_width(line);
	if (x + 1 + width <= r.x + r.w)
		put(r.y, x + 1, width, ROLE_TEXT, line);
	else if (x - width >= r.x)
		put(r.y, x - width, width, ROLE_TEXT, line);
	else
		put(r.y, r.x, r.w, ROLE_TEXT, line);
	if (ui->focus == PANE_LOSS) {
		ui->cursor_y = r.y;
		ui->cursor_x = x;
	}
}

static void draw_chart(struct ui *ui, struct loss_pane *p, struct rect r, const struct window *w, struct dot *dot)
{
	int before = -1;

	if (p->shown_first != w->first || p->shown_dot > w->dot) {
		axis_reset(&p->axis, p->axis.logarithmic);
		p->shown_first = w->first;
	}
	p->shown_dot = w->dot;
	for (int i = w->first; i < w->total && i < w->first + w->dots; i++) {
		axis_include(&p->axis, dot[i].low, dot[i].high);
		axis_include(&p->axis, dot[i].valid, dot[i].valid);
	}
	for (int i = w->first; i < w->total && i < w->first + w->dots; i++)
		draw_band(p, i - w->first, &dot[i]);
	for (int i = w->first; i < w->total && i < w->first + w->dots; i++) {
		int y = isnan(dot[i].line) || isnan(dot[i].mean) ? -1 : row_of(p, dot[i].line);

		if (y >= 0)
			draw_line(p, i - w->first, before, y);
		before = y;
	}
	for (int i = w->first; i < w->total && i < w->first + w->dots; i++)
		if (!isnan(dot[i].valid) && row_of(p, dot[i].valid) >= 0)
			canvas_mark(&p->canvas, i - w->first, row_of(p, dot[i].valid), 'o', ROLE_CHART_VALID);
	canvas_draw(&p->canvas, r.y, r.x);
	draw_values(p, r);
	draw_steps(p, ui->snap, w, dot, r);
	if (p->cursor >= 0)
		draw_cursor(ui, p, w, dot, r);
}

static void draw_title(struct ui *ui, struct loss_pane *p, const struct window *w, double line)
{
	const struct snapshot *s = ui->snap;
	struct rect r = p->super.at;
	char left[160], right[96] = "", error[32] = "", smoothed[32];
	int n;

	if (!isnan(s->valid_loss_stderr) && r.w >= 100)
		snprintf(error, sizeof error, " ±%s", text_fixed(s->valid_loss_stderr, 3));
	n = snprintf(left, sizeof left, "train %s  o valid %s%s", text_loss(line), text_loss(s->serial ? s->valid_loss : NAN), error);
	if (r.w >= 100 && s->step > 0)
		snprintf(left + n, sizeof left - (size_t)n, "  lr %s", text_rate(s->learning_rate));
	if (smoothing[p->smooth] > 0)
		snprintf(smoothed, sizeof smoothed, "EMA %.2g", smoothing[p->smooth]);
	else
		snprintf(smoothed, sizeof smoothed, "mean");
	if (r.w >= 100)
		snprintf(right, sizeof right, "%s%s  1 dot = %s step%s, min-max", p->axis.logarithmic ? "log  " : "", smoothed,
		         text_count(w->dot), w->dot > 1 ? "s" : "");
	else if (r.w >= 56)
		snprintf(right, sizeof right, "%s1 dot = %s step%s, min-max", p->axis.logarithmic ? "log  " : "", text_count(w->dot),
		         w->dot > 1 ? "s" : "");
	put_title(r.y, r.x, r.w, p->super.class->name, ui->focus == PANE_LOSS, left, right);
}

static void loss_draw(struct ui *ui, struct pane *pane)
{
	struct loss_pane *p = (struct loss_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x + GUTTER, pane->at.h - 2, pane->at.w - GUTTER };
	struct window w;
	struct dot *dot;
	double line = NAN;

	canvas_start(&p->canvas, r.w, r.h);
	r.w = p->canvas.w;
	r.h = p->canvas.h;
	w = look_through(p, ui->snap, r.w * p->canvas.dots_x);
	dot = calloc((size_t)w.total + 1, sizeof *dot);
	if (!dot)
		return;
	for (int i = 0; i < w.total; i++)
		dot[i] = merge(&ui->snap->curve, i * w.merged, w.merged);
	smooth(dot, w.total, smoothing[p->smooth]);
	for (int i = 0; i < w.total; i++)
		if (!isnan(dot[i].line))
			line = dot[i].line;
	draw_title(ui, p, &w, line);
	if (ui->focus == PANE_LOSS) {
		ui->cursor_y = pane->at.y;
		ui->cursor_x = pane->at.x + 1;
	}
	if (r.h >= 1 && r.w >= 4) {
		if (w.total)
			draw_chart(ui, p, r, &w, dot);
		else
			put(r.y + r.h / 2, r.x, r.w, ROLE_DIM, ui->snap->state == WORKER_OPENING ? "opening the run" :
			    ui->snap->state == WORKER_FAILED ? "no step was made" : "waiting for the first step");
	}
	free(dot);
}

static void move_cursor(struct ui *ui, struct loss_pane *p, int by)
{
	int dots_x = draw_glyphs() == GLYPHS_BRAILLE ? 2 : 1;
	struct window w = look_through(p, ui->snap, (p->super.at.w - GUTTER) * dots_x);
	int64_t i = p->cursor < 0 ? w.total : p->cursor / w.dot;

	i += by;
	p->cursor = i < 0 ? 0 : i >= w.total ? -1 : i * w.dot;
}

/* More magnification than the buckets have, or less than the whole run, would change nothing. */
static void change_zoom(struct ui *ui, struct loss_pane *p, int by)
{
	int dots_x = draw_glyphs() == GLYPHS_BRAILLE ? 2 : 1;
	int dots = (p->super.at.w - GUTTER) * dots_x;
	struct window w = look_through(p, ui->snap, dots);

	if (by > 0 && w.merged <= 1)
		ui_say(ui, ROLE_INFO, "a dot is the finest there is: %s steps", text_count(w.dot));
	else if (by < 0 && w.first == 0 && w.dot * w.dots >= ui->snap->steps)
		ui_say(ui, ROLE_INFO, "the whole length of the run is in view");
	else
		p->zoom += by;
}

static bool loss_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct loss_pane *p = (struct loss_pane *)pane;

	switch (action) {
	case ACTION_LEFT:
		move_cursor(ui, p, -1);
		return true;
	case ACTION_RIGHT:
		move_cursor(ui, p, 1);
		return true;
	case ACTION_HALF_UP:
	case ACTION_PAGE_UP:
		move_cursor(ui, p, -16);
		return true;
	case ACTION_HALF_DOWN:
	case ACTION_PAGE_DOWN:
		move_cursor(ui, p, 16);
		return true;
	case ACTION_FIRST:
		p->cursor = ui->snap->curve.count ? 0 : -1;
		return true;
	case ACTION_LAST:
		p->cursor = -1;
		move_cursor(ui, p, -1);
		return true;
	case ACTION_LESS:
	case ACTION_MORE:
		change_zoom(ui, p, action == ACTION_MORE ? 1 : -1);
		return true;
	case ACTION_RESET:
		p->zoom = 0;
		p->cursor = -1;
		axis_reset(&p->axis, p->axis.logarithmic);
		return true;
	case ACTION_SCALE:
		axis_reset(&p->axis, !p->axis.logarithmic);
		return true;
	case ACTION_SMOOTHER:
		if (p->smooth < SMOOTHINGS - 1)
			p->smooth++;
		return true;
	case ACTION_ROUGHER:
		if (p->smooth > 0)
			p->smooth--;
		return true;
	case ACTION_BACK:
		if (p->cursor < 0)
			return false;
		p->cursor = -1;
		return true;
	default:
		return false;
	}
}

static void loss_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct loss_pane *p = (struct loss_pane *)pane;
	int dots_x = draw_glyphs() == GLYPHS_BRAILLE ? 2 : 1;
	struct window w = look_through(p, ui->snap, (pane->at.w - GUTTER) * dots_x);

	(void)second;
	if (y < 1 || x < GUTTER)
		return;
	p->cursor = (w.first + (int64_t)(x - GUTTER) * dots_x) * w.dot;
	if (p->cursor / w.dot >= w.total)
		p->cursor = -1;
}

static void loss_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class loss_class = {
	.name = "Loss",
	.tab = "Train",
	.where = IN_LOSS,
	.draw = loss_draw,
	.act = loss_act,
	.click = loss_click,
	.release = loss_release,
};

struct pane *pane_loss_new(void)
{
	struct loss_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &loss_class;
	p->smooth = 2;
	p->cursor = -1;
	return &p->super;
}
