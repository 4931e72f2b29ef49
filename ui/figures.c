/* figures.c -- findings as text and as bars. */
#include "ui/figures.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { RING = 32, TEXT = 48 };

static char *buffer(void)
{
	static char ring[RING][TEXT];
	static unsigned next;

	return ring[next++ % RING];
}

/* Without the 0 before the point, which is room for another digit. */
static const char *shorten(char *text)
{
	char *zero = text + (text[0] == '+' || text[0] == '-');

	if (zero[0] == '0' && zero[1] == '.')
		memmove(zero, zero + 1, strlen(zero));
	return text;
}

const char *text_change(double v, int decimals)
{
	char *text = buffer();

	if (!isfinite(v))
		return text_missing();
	snprintf(text, TEXT, "%+.*f", decimals, v);
	return shorten(text);
}

const char *text_coefficient(double v)
{
	return text_change(v, 2);
}

const char *text_between(struct interval i, int decimals)
{
	char *text = buffer();

	if (!isfinite(i.low) || !isfinite(i.high))
		return text_missing();
	snprintf(text, TEXT, "%s %s", text_change(i.low, decimals), text_change(i.high, decimals));
	return text;
}

const char *text_p(double p)
{
	char *text = buffer();

	if (!isfinite(p))
		return text_missing();
	if (p < 1e-4)
		return "<.0001";
	snprintf(text, TEXT, "%.4f", p);
	return shorten(text);
}

const char *text_percent(double share, int decimals)
{
	return text_fixed(100 * share, decimals);
}

/* ---- bars ---- */

void bar_include(struct bar_scale *s, struct interval i)
{
	s->low = fmin(s->low, fmin(i.value, i.low));             /* fmin passes NAN over */
	s->high = fmax(s->high, fmax(i.value, i.high));
}

static int cell(struct bar_scale s, int width, double v)
{
	double share = s.high > s.low ? (v - s.low) / (s.high - s.low) : 0;

	return (int)lround(fmin(fmax(share, 0), 1) * (width - 1));
}

void bar_draw(int y, int x, int width, struct bar_scale s, struct interval i, enum role role)
{
	char line[256];
	int zero, value, low, high;

	if (!isfinite(i.value) || width < 4)
		return;
	width = width < (int)sizeof line ? width : (int)sizeof line - 1;
	memset(line, ' ', (size_t)width);
	line[width] = 0;
	zero = cell(s, width, 0);
	value = cell(s, width, i.value);
	for (int k = zero < value ? zero : value; k <= (zero < value ? value : zero); k++)
		line[k] = '#';
	if (isfinite(i.low) && isfinite(i.high)) {
		low = cell(s, width, i.low);
		high = cell(s, width, i.high);
		for (int k = low; k <= high; k++)
			line[k] = line[k] == '#' ? '=' : '-';
		line[low] = '[';
		line[high] = ']';
	}
	line[value] = i.value > s.high ? '>' : i.value < s.low ? '<' : '|';
	if (zero != value)
		line[zero] = ':';
	put(y, x, width, role, line);
}
