/* vt.c -- a terminal without attributes: characters and where they stand. */
#include "tests/vt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char unknown[80];

const char *vt_unknown(void)
{
	return unknown;
}

void vt_start(struct vt *v, int rows, int columns)
{
	memset(v, 0, sizeof *v);
	v->rows = rows;
	v->columns = columns;
	v->bottom = rows - 1;
	unknown[0] = 0;
	for (int y = 0; y < VT_ROWS; y++)
		for (int x = 0; x < VT_COLUMNS; x++)
			v->cell[y][x] = ' ';
}

static void blank(struct vt *v, int y, int from, int to)
{
	for (int x = from < 0 ? 0 : from; x < to && x < v->columns; x++)
		v->cell[y][x] = ' ';
}

/* Rows from `top` on move up by n, or down where n is below 0. */
static void scroll(struct vt *v, int top, int n)
{
	int count = v->bottom - top + 1, by = abs(n) < count ? abs(n) : count;

	if (n > 0)
		memmove(v->cell[top], v->cell[top + by], (size_t)(count - by) * sizeof v->cell[0]);
	else
		memmove(v->cell[top + by], v->cell[top], (size_t)(count - by) * sizeof v->cell[0]);
	for (int i = 0; i < by; i++)
		blank(v, n > 0 ? v->bottom - i : top + i, 0, v->columns);
}

static void down(struct vt *v)
{
	if (v->y == v->bottom)
		scroll(v, v->top, 1);
	else if (v->y < v->rows - 1)
		v->y++;
}

static void put(struct vt *v, unsigned c)
{
	if (v->wrap) {
		v->x = 0;
		down(v);
	}
	v->cell[v->y][v->x] = c;
	v->last = c;
	v->wrap = v->x == v->columns - 1;
	v->x += !v->wrap;
}

static void move(struct vt *v, int y, int x)
{
	v->y = y < 0 ? 0 : y >= v->rows ? v->rows - 1 : y;
	v->x = x < 0 ? 0 : x >= v->columns ? v->columns - 1 : x;
	v->wrap = false;
}

static void erase(struct vt *v, char kind, int how)
{
	int from = how == 0 ? v->x : 0, to = how == 1 ? v->x + 1 : v->columns;

	blank(v, v->y, from, to);
	for (int y = 0; y < v->rows && kind == 'J'; y++)
		if (how == 2 || (how == 0 && y > v->y) || (how == 1 && y < v->y))
			blank(v, y, 0, v->columns);
}

/* Characters of the row from the cursor on move right by n, or left where n is below 0. */
static void shift(struct vt *v, int n)
{
	unsigned *row = v->cell[v->y];
	int count = v->columns - v->x, by = abs(n) < count ? abs(n) : count;

	if (n > 0) {
		memmove(row + v->x + by, row + v->x, (size_t)(count - by) * sizeof *row);
		blank(v, v->y, v->x, v->x + by);
	} else {
		memmove(row + v->x, row + v->x + by, (size_t)(count - by) * sizeof *row);
		blank(v, v->y, v->columns - by, v->columns);
	}
}

/* ESC [ …: `text` behind the bracket, its last byte says which. */
static void control(struct vt *v, const char *text)
{
	char final = text[strlen(text) - 1], *rest;
	int a = (int)strtol(text, &rest, 10), b = *rest == ';' ? atoi(rest + 1) : 0, n = a ? a : 1;

	if (strchr("?>=!", text[0]))             /* modes: nothing that stands anywhere */
		return;
	switch (final) {
	case 'm': case 'h': case 'l': case 't': case 'n': case 'c':
		break;
	case 'H': move(v, n - 1, (b ? b : 1) - 1); break;
	case 'A': move(v, v->y - n, v->x); break;
	case 'B': move(v, v->y + n, v->x); break;
	case 'C': move(v, v->y, v->x + n); break;
	case 'D': move(v, v->y, v->x - n); break;
	case 'G': move(v, v->y, n - 1); break;
	case 'd': move(v, n - 1, v->x); break;
	case 'J': case 'K': erase(v, final, a); break;
	case 'X': blank(v, v->y, v->x, v->x + n); break;
	case 'P': shift(v, -n); break;
	case '@': shift(v, n); break;
	case 'L': scroll(v, v->y, -n); break;
	case 'M': scroll(v, v->y, n); break;
	case 'S': scroll(v, v->top, n); break;
	case 'T': scroll(v, v->top, -n); break;
	case 'Z': move(v, v->y, (v->x - 1) / 8 * 8); break;
	case 'r':
		v->top = n - 1;
		v->bottom = (b ? b : v->rows) - 1;
		move(v, 0, 0);
		break;
	case 'b':
		for (int i = 0; i < n; i++)
			put(v, v->last);
		break;
	default:
		snprintf(unknown, sizeof unknown, "CSI %s", text);
	}
}

/* Bytes that the character or sequence at the beginning of the pending ones takes; 0: it has not ended. */
static int whole(const char *s, int n)
{
	int at = 2;

	if ((s[0] & 0xe0) == 0xc0 || (s[0] & 0xf0) == 0xe0 || (s[0] & 0xf8) == 0xf0) {
		int bytes = (s[0] & 0xe0) == 0xc0 ? 2 : (s[0] & 0xf0) == 0xe0 ? 3 : 4;

		return n >= bytes ? bytes : 0;
	}
	if (s[0] != 033)
		return 1;
	if (n < 2)
		return 0;
	if (s[1] == '(' || s[1] == ')')
		return n >= 3 ? 3 : 0;
	if (s[1] != '[')
		return 2;
	while (at < n && (s[at] < 0x40 || s[at] > 0x7e))
		at++;
	return at < n ? at + 1 : 0;
}

static void take(struct vt *v, const char *s, int n)
{
	static const unsigned char mask[] = { 0, 0x7f, 0x1f, 0x0f, 0x07 };
	char text[64];
	unsigned c = (unsigned char)s[0];

	if (c == 033 && s[1] == '[') {
		snprintf(text, sizeof text, "%.*s", n - 2, s + 2);
		control(v, text);
	} else if (c == 033 && s[1] == 'M') {
		if (v->y == v->top)
			scroll(v, v->top, -1);
		else
			move(v, v->y - 1, v->x);
	} else if (c == '\r')
		move(v, v->y, 0);
	else if (c == '\n') {
		down(v);
		v->wrap = false;
	} else if (c == '\b')
		move(v, v->y, v->x - 1);
	else if (c == '\t')
		move(v, v->y, (v->x / 8 + 1) * 8);
	else if (c >= 32) {
		c &= mask[n];
		for (int i = 1; i < n; i++)
			c = c << 6 | ((unsigned char)s[i] & 0x3f);
		put(v, c);
	}
}

void vt_feed(struct vt *v, const char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		int used;

		v->pending[v->pending_bytes++] = bytes[i];
		used = whole(v->pending, v->pending_bytes);
		if (used)
			take(v, v->pending, used);
		if (used || v->pending_bytes == (int)sizeof v->pending)
			v->pending_bytes = 0;
	}
}

static char *put_utf8(char *to, unsigned c)
{
	if (c < 0x80)
		*to++ = (char)c;
	else if (c < 0x800) {
		*to++ = (char)(0xc0 | c >> 6);
		*to++ = (char)(0x80 | (c & 0x3f));
	} else {
		*to++ = (char)(0xe0 | c >> 12);
		*to++ = (char)(0x80 | (c >> 6 & 0x3f));
		*to++ = (char)(0x80 | (c & 0x3f));
	}
	return to;
}

const char *vt_text(struct vt *v)
{
	char *to = v->text;

	for (int y = 0; y < v->rows; y++) {
		for (int x = 0; x < v->columns; x++)
			to = put_utf8(to, v->cell[y][x]);
		*to++ = '\n';
	}
	*to = 0;
	return v->text;
}
