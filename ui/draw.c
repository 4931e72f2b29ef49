/* draw.c -- clipped, harmless text; numbers as words. */
#include "ui/draw.h"

#include <curses.h>
#include <langinfo.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <wchar.h>

#include "src/base/units.h"

static enum glyph_set glyphs = GLYPHS_ASCII;
static bool utf8;

void draw_start(enum glyph_set set)
{
	glyphs = set;
	utf8 = set != GLYPHS_ASCII && !strcmp(nl_langinfo(CODESET), "UTF-8");
}

enum glyph_set draw_glyphs(void)
{
	return glyphs;
}

/* The next character of UTF-8 text; '?' for what is none. Moves *s on, never past the end. */
static uint32_t decode(const char **s)
{
	const unsigned char *p = (const unsigned char *)*s;
	int more = p[0] >= 0xf0 && p[0] < 0xf5 ? 3 : p[0] >= 0xe0 ? 2 : p[0] >= 0xc2 ? 1 : 0;
	uint32_t c = more ? p[0] & (0x3f >> more) : p[0];

	(*s)++;
	if (p[0] < 0x80)
		return c;
	if (!more || p[0] >= 0xf5)
		return '?';
	for (int i = 1; i <= more; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return '?';
		c = c << 6 | (p[i] & 0x3f);
	}
	*s += more;
	return c;
}

static char ascii_for(uint32_t c)
{
	static const struct { uint32_t c; char ascii; } table[] = {
		{ 0x00b1, '~' }, { 0x2013, '-' }, { 0x00d7, 'x' }, { 0x00b7, '.' }, { 0x2026, '.' }, { 0x2500, '-' }, { 0x2502, '|' },
	};

	for (size_t i = 0; i < sizeof table / sizeof table[0]; i++)
		if (table[i].c == c)
			return table[i].ascii;
	return '?';
}

/* A character that is safe to show, and its width. */
static wchar_t harmless(uint32_t c, int *width)
{
	*width = 1;
	if (c < 0x20 || (c >= 0x7f && c < 0xa0))
		return L'?';
	if (c < 0x80)
		return (wchar_t)c;
	if (!utf8)
		return (wchar_t)(unsigned char)ascii_for(c);
	*width = wcwidth((wchar_t)c);
	if (*width < 0) {
		*width = 1;
		return L'?';
	}
	return (wchar_t)c;
}

int text_width(const char *s)
{
	int total = 0, width;

	while (*s) {
		harmless(decode(&s), &width);
		total += width;
	}
	return total;
}

size_t text_row(const char *text, int width)
{
	const char *s = text, *fits = text, *blank = NULL;
	int used = 0, columns;

	while (*s) {
		harmless(decode(&s), &columns);
		used += columns;
		if (used > width && s[-1] != ' ')
			return (size_t)((blank ? blank : fits > text ? fits : s) - text);
		fits = s;
		if (s[-1] == ' ')
			blank = s;
	}
	return (size_t)(s - text);
}

const char *text_harmless(const char *s)
{
	static char out[1024];
	size_t n = 0;

	while (*s && n + 5 < sizeof out) {
		const char *from = s;
		uint32_t c = decode(&s);

		if (c < 0x20 || (c >= 0x7f && c < 0xa0) || (c == '?' && *from != '?'))
			out[n++] = '?';
		else
			while (from < s)
				out[n++] = *from++;
	}
	out[n] = 0;
	return out;
}

int put(int y, int x, int room, enum role role, const char *s)
{
	wchar_t line[512];
	int n = 0, used = 0;
	int start = x;

	if (y < 0 || y >= LINES || x >= COLS)
		return 0;
	if (room > COLS - x)
		room = COLS - x;
	while (*s && n < 511) {
		int width;
		wchar_t c = harmless(decode(&s), &width);

		if (used + width > room)
			break;
		if (x + used < 0)                                /* left of the screen */
			start = x + used + width;
		else
			line[n++] = c;
		used += width;
	}
	line[n] = 0;
	if (n) {
		theme_use(role);
		mvaddnwstr(y, start, line, n);
	}
	return used;
}

int putf(int y, int x, int room, enum role role, const char *format, ...)
{
	char line[1024];
	va_list ap;

	va_start(ap, format);
	vsnprintf(line, sizeof line, format, ap);
	va_end(ap);
	return put(y, x, room, role, line);
}

int put_right(int y, int x, int room, enum role role, const char *text)
{
	int width = text_width(text);

	if (width > room)
		return put(y, x, room, role, text);
	return put(y, x + room - width, width, role, text);
}

static int clip(int *from, int length, int limit)
{
	if (*from < 0) {
		length += *from;
		*from = 0;
	}
	return *from + length > limit ? limit - *from : length;
}

void put_horizontal(int y, int x, int width, enum role role)
{
	width = clip(&x, width, COLS);
	if (y < 0 || y >= LINES || width <= 0)
		return;
	theme_use(role);
	if (glyphs == GLYPHS_ASCII)
		for (int i = 0; i < width; i++)
			mvaddch(y, x + i, '-');
	else
		for (int i = 0; i < width; i++)
			mvadd_wch(y, x + i, WACS_HLINE);
}

void put_vertical(int y, int x, int height, enum role role)
{
	height = clip(&y, height, LINES);
	if (x < 0 || x >= COLS || height <= 0)
		return;
	theme_use(role);
	for (int i = 0; i < height; i++)
		if (glyphs == GLYPHS_ASCII)
			mvaddch(y + i, x, '|');
		else
			mvadd_wch(y + i, x, WACS_VLINE);
}

void put_frame(struct rect r, enum role role)
{
	const cchar_t *corner[4] = { WACS_ULCORNER, WACS_URCORNER, WACS_LLCORNER, WACS_LRCORNER };

	put_horizontal(r.y, r.x, r.w, role);
	put_horizontal(r.y + r.h - 1, r.x, r.w, role);
	put_vertical(r.y + 1, r.x, r.h - 2, role);
	put_vertical(r.y + 1, r.x + r.w - 1, r.h - 2, role);
	for (int i = 0; i < 4; i++) {
		int y = r.y + (i / 2) * (r.h - 1), x = r.x + (i % 2) * (r.w - 1);

		if (glyphs == GLYPHS_ASCII)
			mvaddch(y, x, '+');
		else
			mvadd_wch(y, x, corner[i]);
	}
}

void put_blank(struct rect r, enum role role)
{
	r.h = clip(&r.y, r.h, LINES);
	r.w = clip(&r.x, r.w, COLS);
	theme_use(role);
	for (int i = 0; i < r.h; i++)
		for (int j = 0; j < r.w; j++)
			mvaddch(r.y + i, r.x + j, ' ');
}

void put_title(int y, int x, int width, const char *name, bool focused, const char *left, const char *right)
{
	int at, room;

	put_horizontal(y, x, width, ROLE_RULE);
	if (width < 6)
		return;
	at = x + 1;
	room = width - 2;
	if (focused) {
		at += put(y, at, room, ROLE_SELECTION, ">");
		at += put(y, at, x + width - 1 - at, ROLE_SELECTION, name);
		at += put(y, at, x + width - 1 - at, ROLE_SELECTION, " ");
	} else {
		at += put(y, at, room, ROLE_TITLE, " ");
		at += put(y, at, x + width - 1 - at, ROLE_TITLE, name);
		at += put(y, at, x + width - 1 - at, ROLE_TITLE, " ");
	}
	if (left && *left && text_width(left) + 2 <= x + width - 1 - at) {
		at += put(y, at, 1, ROLE_TEXT, " ");
		at += put(y, at, x + width - 1 - at, ROLE_TEXT, left);
		at += put(y, at, 1, ROLE_TEXT, " ");
	}
	if (right && *right && text_width(right) + 3 <= x + width - 1 - at) {
		int w = text_width(right) + 2;

		put(y, x + width - 1 - w, 1, ROLE_TEXT, " ");
		put(y, x + width - w, w - 2, ROLE_TEXT, right);
		put(y, x + width - 2, 1, ROLE_TEXT, " ");
	}
}

static char *buffer(void)
{
	static char ring[32][UNITS_TEXT];
	static unsigned next;

	return ring[next++ % 32];
}

const char *text_missing(void)
{
	return utf8 ? "–" : "-";
}

const char *text_count(int64_t v)
{
	return v < 0 ? text_missing() : units_thousands(v, buffer());
}

const char *text_count_beside(double v, double largest)
{
	return units_count_beside(v, largest, buffer());
}

const char *text_short_count(double v)
{
	return !isfinite(v) || v < 0 ? text_missing() : units_count(v, buffer());
}

const char *text_fixed(double v, int decimals)
{
	char *out = buffer();

	if (isnan(v))
		return text_missing();
	if (isinf(v))
		return v > 0 ? "inf" : "-inf";
	snprintf(out, UNITS_TEXT, "%.*f", decimals, v);
	return out;
}

const char *text_loss(double v)
{
	double a = fabs(v);

	if (isfinite(v) && (a >= 1e5 || (a > 0 && a < 1e-3))) {
		char *out = buffer();

		snprintf(out, UNITS_TEXT, "%.0e", v);
		return out;
	}
	return text_fixed(v, a < 9.995 ? 3 : a < 99.95 ? 2 : a < 999.5 ? 1 : 0);
}

const char *text_rate(double v)
{
	char *out = buffer();
	char *e;

	if (!isfinite(v))
		return text_missing();
	snprintf(out, UNITS_TEXT, "%.1e", v);
	if ((e = strchr(out, 'e')) && e[2] == '0')                /* 7.9e-04 */
		memmove(e + 2, e + 3, strlen(e + 3) + 1);
	return out;
}

const char *text_duration(double s)
{
	return !isfinite(s) || s < 0 || s > 1e9 ? text_missing() : units_duration(s, buffer());
}

const char *text_bytes(int64_t bytes)
{
	return bytes < 0 ? text_missing() : units_bytes((double)bytes, buffer());
}

const char *text_clock(double seconds)
{
	char *out = buffer();
	time_t t = (time_t)seconds;
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(out, UNITS_TEXT, "%H:%M:%S", &tm))
		return text_missing();
	return out;
}
