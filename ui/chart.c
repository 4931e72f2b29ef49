/* chart.c -- dots in cells, and axes that stand still. */
#include "ui/chart.h"

#include <curses.h>
#include <math.h>
#include <string.h>

void canvas_start(struct canvas *c, int w, int h)
{
	bool braille = draw_glyphs() == GLYPHS_BRAILLE;

	c->w = w < 0 ? 0 : w > 256 ? 256 : w;
	c->h = h < 0 ? 0 : h > 96 ? 96 : h;
	c->dots_x = braille ? 2 : 1;
	c->dots_y = braille ? 4 : 2;
	memset(c->bits, 0, (size_t)c->w * (size_t)c->h);
	memset(c->mark, 0, (size_t)c->w * (size_t)c->h);
}

static int cell(const struct canvas *c, int x, int y)
{
	if (x < 0 || y < 0 || x >= c->w * c->dots_x || y >= c->h * c->dots_y)
		return -1;
	return (c->h - 1 - y / c->dots_y) * c->w + x / c->dots_x;
}

void canvas_dot(struct canvas *c, int x, int y, enum role role)
{
	int i = cell(c, x, y);

	if (i < 0)
		return;
	c->bits[i] |= (uint8_t)(1u << (y % c->dots_y * c->dots_x + x % c->dots_x));
	c->role[i] = (uint8_t)role;
}

void canvas_bar(struct canvas *c, int x, int from, int to, enum role role)
{
	for (int y = from < 0 ? 0 : from; y <= to && y < c->h * c->dots_y; y++)
		canvas_dot(c, x, y, role);
}

void canvas_mark(struct canvas *c, int x, int y, char letter, enum role role)
{
	int i = cell(c, x, y);

	if (i < 0)
		return;
	c->mark[i] = letter;
	c->role[i] = (uint8_t)role;
}

/* Our bits count from the lower left, row by row; Braille's dots have historic numbers. */
static wchar_t braille(unsigned bits)
{
	static const uint8_t dot[8] = { 0x40, 0x80, 0x04, 0x20, 0x02, 0x10, 0x01, 0x08 };
	wchar_t c = 0x2800;

	for (int i = 0; i < 8; i++)
		if (bits >> i & 1)
			c |= dot[i];
	return c;
}

static wchar_t glyph(unsigned bits)
{
	static const wchar_t block[4] = { L' ', L'▄', L'▀', L'█' };
	static const wchar_t ascii[4] = { L' ', L'.', L'\'', L':' };

	switch (draw_glyphs()) {
	case GLYPHS_BRAILLE:
		return braille(bits);
	case GLYPHS_BLOCK:
		return block[bits & 3];
	default:
		return ascii[bits & 3];
	}
}

void canvas_draw(const struct canvas *c, int y, int x)
{
	for (int i = 0; i < c->h; i++)
		for (int j = 0; j < c->w; j++) {
			int k = i * c->w + j;
			wchar_t text[2] = { 0 };

			if (y + i >= LINES || x + j >= COLS || (!c->mark[k] && !c->bits[k]))
				continue;
			text[0] = c->mark[k] ? (wchar_t)c->mark[k] : glyph(c->bits[k]);
			theme_use(c->role[k]);
			mvaddnwstr(y + i, x + j, text, 1);
		}
}

/* The 1-2-5 number at or below v, or at or above. */
static double round_125(double v, bool up)
{
	double power = pow(10, floor(log10(v) + 1e-9));
	double m = v / power;
	static const double steps[] = { 1, 2, 5, 10 };

	for (int i = 0; i < 3; i++)
		if (up ? m <= steps[i] * (1 + 1e-9) : m < steps[i + 1] * (1 - 1e-9))
			return steps[i] * power;
	return (up ? 10 : 5) * power;
}

void axis_reset(struct axis *a, bool logarithmic)
{
	a->low = a->high = 0;
	a->logarithmic = logarithmic;
}

void axis_include(struct axis *a, double least, double most)
{
	bool empty = a->low == a->high;
	double step;

	if (!isfinite(least) || !isfinite(most) || (a->logarithmic && least <= 0))
		return;
	if (!empty && least >= a->low && most <= a->high)
		return;
	if (!empty) {
		least = fmin(least, a->low);
		most = fmax(most, a->high);
	}
	if (a->logarithmic) {
		a->low = round_125(least, false);
		a->high = round_125(most, true);
		if (a->high <= a->low)
			a->high = round_125(a->low * 1.5, true);
		return;
	}
	/* Ends on tenths of the range: close to the data, and it takes a change of some size to move them. */
	step = round_125(fmax(most - least, 1e-6 * fmax(fabs(most), 1e-6)) / 8, false);
	a->low = floor(least / step + 1e-9) * step;
	a->high = ceil(most / step - 1e-9) * step;
	if (a->high <= a->low)
		a->high = a->low + step;
}

double axis_place(const struct axis *a, double v)
{
	if (a->low == a->high || (a->logarithmic && v <= 0))
		return NAN;
	if (a->logarithmic)
		return log(v / a->low) / log(a->high / a->low);
	return (v - a->low) / (a->high - a->low);
}

static int linear_ticks(const struct axis *a, int most, double *tick, int room)
{
	double step = round_125((a->high - a->low) / (most < 1 ? 1 : most), true);
	int n = 0;

	for (double k = ceil(a->low / step - 1e-9); k * step <= a->high + step * 1e-9 && n < room; k++)
		tick[n++] = k * step + 0.0;              /* no -0 */
	return n;
}

/* 1, 2, 5 of every decade; only the 1s where those are too many. */
static int log_ticks(const struct axis *a, int most, double *tick, int room)
{
	double decades = log10(a->high / a->low);
	int n = 0;

	for (double v = a->low; v <= a->high * (1 + 1e-9) && n < room; v = round_125(v * 1.5, true)) {
		double m = v / pow(10, floor(log10(v) + 1e-9));

		if (decades * 3 <= most || m < 1.5)
			tick[n++] = v;
	}
	return n;
}

int axis_ticks(const struct axis *a, int most, double *tick, int room)
{
	if (a->low == a->high)
		return 0;
	return a->logarithmic ? log_ticks(a, most, tick, room) : linear_ticks(a, most, tick, room);
}
