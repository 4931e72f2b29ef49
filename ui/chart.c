/* chart.c -- dots in cells. */
#include "ui/chart.h"

#include <curses.h>
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
