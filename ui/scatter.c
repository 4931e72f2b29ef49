/* scatter.c -- points over two axes. */
#include "ui/scatter.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { GUTTER = 7 };

static struct canvas canvas;             /* one is drawn at a time */

static void include_whisker(struct axis *a, double v, double error)
{
	axis_include(a, v, v);
	if (error > 0)
		axis_include(a, v - error, v + error);
}

/* Points that are all alike still want an axis that can be read. */
static void widen(struct axis *a)
{
	double middle = (a->low + a->high) / 2;

	if (a->high - a->low < 0.002 * fabs(middle))
		axis_include(a, middle - 0.002 * fabs(middle), middle + 0.002 * fabs(middle));
}

static void find_axes(struct scatter *s)
{
	axis_reset(&s->x, false);
	axis_reset(&s->y, false);
	if (s->zero || s->cross)
		axis_include(&s->y, 0, 0);
	if (s->cross)
		axis_include(&s->x, 0, 0);
	for (int i = 0; i < s->count; i++) {
		include_whisker(&s->x, s->point[i].x, s->whiskers ? s->point[i].x_error : 0);
		include_whisker(&s->y, s->point[i].y, s->whiskers ? s->point[i].y_error : 0);
	}
	widen(&s->x);
	widen(&s->y);
}

static int dot_x(const struct scatter *s, double v)
{
	return (int)lround(axis_place(&s->x, v) * (canvas.w * canvas.dots_x - 1));
}

static int dot_y(const struct scatter *s, double v)
{
	return (int)lround(axis_place(&s->y, v) * (canvas.h * canvas.dots_y - 1));
}

static bool drawable(const struct scatter_point *p)
{
	return isfinite(p->x) && isfinite(p->y);
}

/* Every third dot of the row or column that is 0. */
static void draw_zeros(const struct scatter *s)
{
	if ((s->zero || s->cross) && s->y.low < s->y.high)
		for (int x = 0; x < canvas.w * canvas.dots_x; x += 3)
			canvas_dot(&canvas, x, dot_y(s, 0), ROLE_CHART_AXIS);
	if (s->cross && s->x.low < s->x.high)
		for (int y = 0; y < canvas.h * canvas.dots_y; y += 3)
			canvas_dot(&canvas, dot_x(s, 0), y, ROLE_CHART_AXIS);
}

static void draw_line(const struct scatter *s)
{
	int dots = canvas.w * canvas.dots_x;

	if (isnan(s->slope) || dots < 2 || s->x.low == s->x.high)
		return;
	for (int x = 0; x < dots; x++) {
		double v = s->slope * (s->x.low + (s->x.high - s->x.low) * x / (dots - 1)) + s->intercept;

		canvas_dot(&canvas, x, dot_y(s, v), ROLE_CHART_CURSOR);
	}
}

static void draw_whiskers(const struct scatter *s, const struct scatter_point *p)
{
	if (p->y_error > 0)
		canvas_bar(&canvas, dot_x(s, p->x), dot_y(s, p->y - p->y_error), dot_y(s, p->y + p->y_error), ROLE_INTERVAL);
	if (p->x_error > 0)
		for (int x = dot_x(s, p->x - p->x_error); x <= dot_x(s, p->x + p->x_error); x++)
			canvas_dot(&canvas, x, dot_y(s, p->y), ROLE_INTERVAL);
}

/* A point's letter, or how many are in its cell. */
static void draw_point(const struct scatter *s, const struct scatter_point *p)
{
	int x = dot_x(s, p->x), y = dot_y(s, p->y);
	int cell = (canvas.h - 1 - y / canvas.dots_y) * canvas.w + x / canvas.dots_x;
	char there = canvas.mark[cell];

	canvas_mark(&canvas, x, y, !there ? p->letter : there >= '2' && there < '9' ? (char)(there + 1) : there == '9' ? '9' : '2', p->role);
}

/* With as many decimals as tell ticks apart. */
static void put_value(int y, int x, int width, double v, double step, bool percent)
{
	int decimals;

	v = percent ? 100 * v : v;
	step = percent ? 100 * step : step;
	decimals = step > 0 && step < 0.9999 ? (int)ceil(-log10(step) - 1e-6) : 0;
	put_right(y, x, width, ROLE_CHART_AXIS, text_fixed(v, decimals < 4 ? decimals : 4));
}

static void draw_axes(const struct scatter *s, struct rect r)
{
	double tick[16];
	int n = axis_ticks(&s->y, r.h > 3 ? r.h / 3 : 1, tick, 16), last = -1;

	for (int i = 0; i < n; i++) {
		int row = r.h - 1 - dot_y(s, tick[i]) / canvas.dots_y;

		if (row == last || row < 0)
			continue;
		put_value(r.y + row, r.x - GUTTER, GUTTER - 1, tick[i], n > 1 ? tick[1] - tick[0] : tick[0], s->percent);
		last = row;
	}
	n = axis_ticks(&s->x, r.w > 20 ? r.w / 10 : 1, tick, 16);
	last = -1;
	for (int i = 0; i < n; i++) {
		int x = dot_x(s, tick[i]) / canvas.dots_x - 3;

		x = x + 7 > r.w ? r.w - 7 : x;
		if (x <= last)
			continue;
		put_value(r.y + r.h, r.x + x, 6, tick[i], n > 1 ? tick[1] - tick[0] : tick[0], false);
		last = x + 6;
	}
}

static void draw_cursor(const struct scatter *s, struct rect r, int cursor, int *cursor_y, int *cursor_x)
{
	const struct scatter_point *p = &s->point[cursor];
	int y = r.y + r.h - 1 - dot_y(s, p->y) / canvas.dots_y, x = r.x + dot_x(s, p->x) / canvas.dots_x;
	char letter[2] = { p->letter, 0 };

	put(y, x - 1, 1, ROLE_MARK, "<");
	put(y, x, 1, ROLE_SELECTION, letter);
	put(y, x + 1, 1, ROLE_MARK, ">");
	*cursor_y = y;
	*cursor_x = x;
}

void scatter_draw(struct scatter *s, struct rect r, int cursor, int *cursor_y, int *cursor_x)
{
	r = (struct rect){ r.y, r.x + GUTTER, r.h - 1, r.w - GUTTER - 1 };
	s->at = r;
	if (r.h < 2 || r.w < 8 || s->count == 0)
		return;
	canvas_start(&canvas, r.w, r.h);
	r.w = canvas.w;
	r.h = canvas.h;
	find_axes(s);
	draw_zeros(s);
	draw_line(s);
	for (int i = 0; i < s->count && s->whiskers; i++)
		if (drawable(&s->point[i]))
			draw_whiskers(s, &s->point[i]);
	draw_axes(s, r);
	for (int i = 0; i < s->count; i++)
		if (drawable(&s->point[i]))
			draw_point(s, &s->point[i]);
	canvas_draw(&canvas, r.y, r.x);
	if (cursor >= 0 && cursor < s->count && drawable(&s->point[cursor]))
		draw_cursor(s, r, cursor, cursor_y, cursor_x);
}

int scatter_move(const struct scatter *s, int from, int dx, int dy)
{
	int best = from;
	double least = INFINITY;

	if (from < 0 || from >= s->count)
		return s->count ? 0 : -1;
	for (int i = 0; i < s->count; i++) {
		double x = axis_place(&s->x, s->point[i].x) - axis_place(&s->x, s->point[from].x);
		double y = axis_place(&s->y, s->point[i].y) - axis_place(&s->y, s->point[from].y);
		double along = x * dx + y * dy, across = fabs(x * dy) + fabs(y * dx);

		if (i != from && along > 1e-9 && along + 2 * across < least) {
			least = along + 2 * across;
			best = i;
		}
	}
	return best;
}

int scatter_nearest(const struct scatter *s, int y, int x)
{
	int best = -1;
	double least = INFINITY;

	for (int i = 0; i < s->count; i++) {
		double across = axis_place(&s->x, s->point[i].x) * (s->at.w - 1) - (x - s->at.x);
		double up = axis_place(&s->y, s->point[i].y) * (s->at.h - 1) - (s->at.y + s->at.h - 1 - y);

		if (across * across + 4 * up * up < least) {
			least = across * across + 4 * up * up;
			best = i;
		}
	}
	return best;
}
