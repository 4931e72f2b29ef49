/* thumbnail.c -- small pictures in half blocks or in characters. */
#include "ui/thumbnail.h"

#include <curses.h>
#include <stdlib.h>
#include <string.h>

#include "ui/draw.h"

int thumbnail_rows(const struct thumbnail *p, int columns)
{
	int rows = (columns * p->height + p->width) / (2 * p->width);

	return rows < 1 ? 1 : rows;
}

struct rgb {
	int red, green, blue;
};

/* From cell i on, of n that cover `size` pixels: the first of its pixels. */
static int first_of(int i, int n, int size)
{
	return (int)((int64_t)i * size / n);
}

/* Mean over the part of the picture that cell (i, j) of rows x columns covers: at least one pixel. */
static struct rgb mean(const struct thumbnail *p, int i, int rows, int j, int columns)
{
	int y0 = first_of(i, rows, p->height), y1 = first_of(i + 1, rows, p->height);
	int x0 = first_of(j, columns, p->width), x1 = first_of(j + 1, columns, p->width);
	int64_t sum[3] = { 0 }, count;

	y1 = y1 > y0 ? y1 : y0 + 1;
	x1 = x1 > x0 ? x1 : x0 + 1;
	count = (int64_t)(y1 - y0) * (x1 - x0);
	for (int y = y0; y < y1; y++)
		for (int x = x0; x < x1; x++) {
			const uint8_t *at = p->pixel + y * p->row + x * p->column;

			for (int c = 0; c < 3; c++)
				sum[c] += at[p->channels >= 3 ? c : 0];
		}
	return (struct rgb){ (int)(sum[0] / count), (int)(sum[1] / count), (int)(sum[2] / count) };
}

/* ---- colours: indices of the 256 ---- */

/* Sixteen greys of those there are: more pairs of them than these make are more bytes than eyes see. */
static int grey(int value)
{
	enum { GREYS = 16 };
	int level = (value * (GREYS - 1) + 127) / 255;

	return level == GREYS - 1 ? 231 : level == 0 ? 16 : 232 + level * 23 / (GREYS - 1);
}

static int cube_level(int value)
{
	return value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40;
}

static int colour(struct rgb c)
{
	int high = c.red > c.green ? c.red : c.green, low = c.red < c.green ? c.red : c.green;

	high = c.blue > high ? c.blue : high;
	low = c.blue < low ? c.blue : low;
	if (high - low < 16)
		return grey((high + low) / 2);
	return 16 + 36 * cube_level(c.red) + 6 * cube_level(c.green) + cube_level(c.blue);
}

static void draw_halves(const struct thumbnail *p, int y, int x, int rows, int columns)
{
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++) {
			int upper = colour(mean(p, 2 * i, 2 * rows, j, columns)), lower = colour(mean(p, 2 * i + 1, 2 * rows, j, columns));

			if (y + i < 0 || y + i >= LINES || x + j < 0 || x + j >= COLS)
				continue;
			theme_pixels(upper, lower);
			mvaddnwstr(y + i, x + j, upper == lower ? L" " : L"\u2580", 1);
		}
}

/* ---- characters ---- */

static void draw_ink(const struct thumbnail *p, int y, int x, int rows, int columns)
{
	static const char ramp[] = " .:-=+*#%@";
	enum { LEVELS = sizeof ramp - 1 };

	theme_use(ROLE_TEXT);
	for (int i = 0; i < rows; i++)
		for (int j = 0; j < columns; j++) {
			struct rgb c = mean(p, i, rows, j, columns);
			int bright = (3 * c.red + 6 * c.green + c.blue) / 10, level = bright * LEVELS / 256;

			if (y + i >= 0 && y + i < LINES && x + j >= 0 && x + j < COLS)
				mvaddch(y + i, x + j, (chtype)ramp[level]);
		}
}

void thumbnail_draw(const struct thumbnail *p, int y, int x, int columns)
{
	int rows = thumbnail_rows(p, columns);
	bool blocks = draw_glyphs() == GLYPHS_BRAILLE || draw_glyphs() == GLYPHS_BLOCK;

	if (columns < 1)
		return;
	if (blocks && theme_has_pixels())
		draw_halves(p, y, x, rows, columns);
	else
		draw_ink(p, y, x, rows, columns);
}
