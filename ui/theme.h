/* theme.h -- colours are roles, glyphs are sets; which colour a role has is a theme's business. */
#ifndef THEME_H
#define THEME_H

#include <stdbool.h>
#include <time.h>

#include "ui/ini_lines.h"

/* A role, its name in theme files, and what it looks like in the built-in theme: FOREGROUND [on BACKGROUND] [attributes]. */
#define THEME_ROLES(X) \
	X(TEXT, "text", "default") \
	X(DIM, "dim", "default dim") \
	X(TITLE, "title", "default bold") \
	X(RULE, "rule", "default dim") \
	X(STATUS, "status", "default") \
	X(STATUS_TRAINING, "status.training", "black on green") \
	X(STATUS_PAUSED, "status.paused", "black on yellow") \
	X(STATUS_FROZEN, "status.frozen", "black on cyan") \
	X(STATUS_FINISHED, "status.finished", "white on blue") \
	X(STATUS_FAILED, "status.failed", "white on red bold") \
	X(STATUS_DETACHED, "status.detached", "black on white") \
	X(TAB, "tab", "default") \
	X(TAB_ACTIVE, "tab.active", "default bold") \
	X(KEY, "key", "default bold") \
	X(KEY_LABEL, "key.label", "black on cyan") \
	X(SELECTION, "selection", "default reverse") \
	X(SELECTION_UNFOCUSED, "selection.unfocused", "default bold") \
	X(MARK, "mark", "yellow bold") \
	X(PROMPT, "prompt", "default bold") \
	X(MATCH, "match", "black on yellow") \
	X(INFO, "info", "default") \
	X(WARNING, "warning", "yellow bold") \
	X(ERROR, "error", "red bold") \
	X(CHART_AXIS, "chart.axis", "default dim") \
	X(CHART_TRAIN, "chart.train", "cyan bold") \
	X(CHART_BAND, "chart.band", "blue") \
	X(CHART_VALID, "chart.valid", "yellow bold") \
	X(CHART_LR, "chart.lr", "magenta") \
	X(CHART_CURSOR, "chart.cursor", "magenta") \
	X(BANK_READ, "bank.read", "cyan") \
	X(BANK_WRITE, "bank.write", "yellow bold") \
	X(BANK_BOTH, "bank.both", "green bold") \
	X(BANK_EXISTS, "bank.exists", "default dim") \
	X(BANK_CURSOR, "bank.cursor", "default reverse") \
	X(BANK_INVALID, "bank.invalid", "white on red") \
	X(BANK_CHANGED, "bank.changed", "magenta bold") \
	X(GRADIENT_1, "gradient.1", "blue bold") \
	X(GRADIENT_2, "gradient.2", "blue") \
	X(GRADIENT_3, "gradient.3", "cyan") \
	X(GRADIENT_4, "gradient.4", "default") \
	X(GRADIENT_5, "gradient.5", "yellow") \
	X(GRADIENT_6, "gradient.6", "red") \
	X(GRADIENT_7, "gradient.7", "red bold") \
	X(SCORE_BEST, "score.best", "green bold") \
	X(SCORE_TIED, "score.tied", "default") \
	X(INTERVAL, "interval", "default dim") \
	X(ORIGIN_SAMPLED, "origin.sampled", "default") \
	X(ORIGIN_EDITED, "origin.edited", "yellow") \
	X(ORIGIN_PERTURBED, "origin.perturbed", "cyan") \
	X(ORIGIN_PATTERN, "origin.pattern", "magenta") \
	X(ORIGIN_GUIDED, "origin.guided", "green") \
	X(TRUE, "true", "green") \
	X(CORRUPTED, "corrupted", "red") \
	X(RANDOM, "random", "blue") \
	X(PROGRESS, "progress", "cyan")

enum role {
#define THEME_ENUM(symbol, name, look) ROLE_##symbol,
	THEME_ROLES(THEME_ENUM)
#undef THEME_ENUM
	ROLES
};

enum glyph_set { GLYPHS_AUTO, GLYPHS_BRAILLE, GLYPHS_BLOCK, GLYPHS_ACS, GLYPHS_ASCII, GLYPH_SETS };
enum background { BACKGROUND_ANY, BACKGROUND_DARK, BACKGROUND_LIGHT };
extern const char *const role_names[ROLES], *const glyph_set_names[GLYPH_SETS + 1];       /* the latter NULL-terminated */

/* -1: the terminal's default. Otherwise a colour of 24 bits, and what stands for it where there are 256 or 16. */
struct colour {
	int rgb;                         /* -1 when only the index is known */
	int index256, index16;
};

struct look {
	struct colour foreground, background;
	bool bold, dim, underline, reverse;
};

enum { THEME_NAME_SIZE = 64, THEME_FILES = 5, THEMES_LISTED = 64 };

struct theme {
	char name[THEME_NAME_SIZE];
	struct look look[ROLES];
	enum glyph_set glyphs;
	enum background background;
	int files;                       /* it was read from: its own, then those it inherits from */
	struct theme_file { char path[512]; struct timespec changed; } file[THEME_FILES];
};

/* By name (in $XDG_CONFIG_HOME/smashtop/themes, then the installed and the source folder) or by file. Wrong lines become faults, and the rest
 * applies. 0, or -1 with err_last(): there is none (the nearest), it cannot be read; `theme` then is the built-in one. */
int theme_load(struct theme *, const char *name_or_file, struct faults *);

int theme_find(const char *name_or_file);                /* whether there is one: 0, or -1 likewise */

/* Whether one of its files has been saved since; and whether that is likely: one that is installed stays as it is. */
bool theme_changed(const struct theme *);
bool theme_watched(const struct theme *);

/* All that can be named, by name. */
struct theme_list {
	int count;
	struct theme_place { char name[THEME_NAME_SIZE], path[512]; } item[THEMES_LISTED];
};
void theme_list(struct theme_list *);

/* What a role is on a terminal of so many colours (0, 8, 16, 256): indices, -1 for the terminal's own. */
struct shown {
	int foreground, background;
	bool bold, dim, underline, reverse;
};
struct shown theme_shown(const struct look *, int colours);
int theme_rgb(int index);                /* of one of the 256; of the first sixteen only what most terminals have */

/* Makes curses' pairs; after start_color. Without colour only attributes count. */
void theme_start(const struct theme *);

/* What erase() leaves: blanks in the role of text. */
void theme_background(void);

/* Sets stdscr's attributes to a role's. */
void theme_use(enum role);

/*
 * Pictures have colours of their own: whether there can be any, on a terminal of 256 colours and in a theme that has some; and stdscr's attributes
 * for a half block whose upper and lower pixel have these two of the 256. Call theme_pixels_begin() before the first of a frame.
 */
bool theme_has_pixels(void);
void theme_pixels_begin(void);
void theme_pixels(int upper, int lower);

#endif
