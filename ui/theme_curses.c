/* theme_curses.c -- roles as curses' attributes, on terminals of any number of colours. */
#include <curses.h>

#include "ui/theme.h"

/* What curses is told for each role, worked out once. */
static struct {
	attr_t attributes;
	short pair;
} used[ROLES];

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
