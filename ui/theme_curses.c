/* theme_curses.c -- roles as curses' attributes, on terminals of any number of colours. */
#include <curses.h>
#include <string.h>

#include "ui/theme.h"

/* What curses is told for each role, worked out once. */
static struct {
	attr_t attributes;
	short pair;
} used[ROLES];

/* Pairs that no role has are the pictures': made as they are needed, until none is left. */
enum { PIXEL_PAIRS_LEAST = 1024, PIXEL_PAIRS_MOST = 32767 };
static struct {
	bool can;
	short first, next;
	short pair[256][256];            /* 0: there is none yet */
} pixels;

static int colour_index(const struct colour *c, int colours)
{
	return colours >= 256 ? c->index256 : c->index16;
}

struct shown theme_shown(const struct look *look, int colours)
{
	struct shown s = { colour_index(&look->foreground, colours), colour_index(&look->background, colours),
	                   look->bold, look->dim, look->underline, look->reverse };

	if (colours < 8) {
		s.reverse |= s.background >= 0;          /* a coloured field stays a field */
		s.foreground = s.background = -1;
	} else if (colours < 16) {
		s.bold |= s.foreground >= 8;
		s.foreground = s.foreground < 0 ? -1 : s.foreground & 7;
		s.background = s.background < 0 ? -1 : s.background & 7;
		if (s.foreground >= 0 && s.foreground == s.background) {         /* two that differ only where there are sixteen */
			s.reverse = true;
			s.foreground = s.background = -1;
		}
	}
	return s;
}

static void forget_pixels(void)
{
	memset(pixels.pair, 0, sizeof pixels.pair);
	pixels.next = pixels.first;
}

/* A theme without any colour means it. */
static void pixels_start(const struct theme *theme, int pairs)
{
	pixels.first = (short)(pairs + 1);
	pixels.can = false;
	for (int i = 0; i < ROLES && has_colors() && COLORS >= 256 && COLOR_PAIRS >= PIXEL_PAIRS_LEAST; i++)
		pixels.can = pixels.can || theme->look[i].foreground.index256 >= 0 || theme->look[i].background.index256 >= 0;
	forget_pixels();
}

static int pixel_pairs(void)
{
	return COLOR_PAIRS < PIXEL_PAIRS_MOST ? COLOR_PAIRS : PIXEL_PAIRS_MOST;
}

bool theme_has_pixels(void)
{
	return pixels.can;
}

/* A pair that is made anew changes what it has on the screen: only between frames. */
void theme_pixels_begin(void)
{
	if (pixels.next > pixel_pairs() / 2)
		forget_pixels();
}

void theme_pixels(int upper, int lower)
{
	short *pair = &pixels.pair[upper][lower];

	if (*pair == 0 && pixels.next < pixel_pairs() && init_pair(pixels.next, (short)upper, (short)lower) != ERR)
		*pair = pixels.next++;
	attr_set(A_NORMAL, *pair, NULL);
}

void theme_start(const struct theme *theme)
{
	int colours = has_colors() ? COLORS : 0;
	short pairs = 0;
	short foreground[ROLES + 1], background[ROLES + 1];

	for (int i = 0; i < ROLES; i++) {
		struct shown s = theme_shown(&theme->look[i], colours);
		short pair;

		used[i].attributes = (s.bold ? A_BOLD : 0) | (s.dim ? A_DIM : 0) | (s.underline ? A_UNDERLINE : 0) | (s.reverse ? A_REVERSE : 0);
		used[i].pair = 0;
		if (s.foreground < 0 && s.background < 0)
			continue;
		for (pair = 1; pair <= pairs && (foreground[pair] != s.foreground || background[pair] != s.background); pair++)
			;
		if (pair > pairs) {
			if (pair >= COLOR_PAIRS || init_pair(pair, (short)s.foreground, (short)s.background) == ERR)
				continue;
			pairs = pair;
			foreground[pair] = (short)s.foreground;
			background[pair] = (short)s.background;
		}
		used[i].pair = pair;
	}
	pixels_start(theme, pairs);
}

void theme_background(void)
{
	cchar_t blank;

	setcchar(&blank, L" ", used[ROLE_TEXT].attributes, used[ROLE_TEXT].pair, NULL);
	bkgrndset(&blank);
}

void theme_use(enum role role)
{
	attr_set(used[role].attributes, used[role].pair, NULL);
}
