/* keys.h -- one table of keys: it feeds dispatch, the key bar and the help. */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>

enum where { EVERYWHERE, IN_LOSS, IN_BANKS, IN_RANKING, WHERES };

enum action {
	ACTION_NONE,
	ACTION_UP, ACTION_DOWN, ACTION_LEFT, ACTION_RIGHT, ACTION_FIRST, ACTION_LAST, ACTION_PAGE_UP, ACTION_PAGE_DOWN,
	ACTION_HALF_UP, ACTION_HALF_DOWN,
	ACTION_NEXT_PANE, ACTION_PREVIOUS_PANE, ACTION_TAB_1, ACTION_TAB_2, ACTION_TAB_3, ACTION_PREVIOUS_TAB, ACTION_NEXT_TAB,
	ACTION_ZOOM, ACTION_OPEN, ACTION_BACK,
	ACTION_HELP, ACTION_FOLLOW, ACTION_HOLD, ACTION_PAUSE, ACTION_FREEZE, ACTION_REPAINT, ACTION_SAVE, ACTION_QUIT, ACTION_SUSPEND,
	ACTION_CANCEL, ACTION_PROMPT, ACTION_RANK,
	ACTION_LESS, ACTION_MORE, ACTION_RESET, ACTION_SCALE, ACTION_SMOOTHER, ACTION_ROUGHER,
	ACTION_SORT_MENU, ACTION_SORT_PREVIOUS, ACTION_SORT_NEXT, ACTION_SORT_INVERT
};

enum { KEYS_A_ROW = 4 };

#define CONTROL(letter) ((letter) & 0x1f)
enum { KEY_ESCAPE = 27, KEY_TABULATOR = 9 };

struct key_row {
	enum where where;
	int key[KEYS_A_ROW];             /* 0 ends */
	enum action action;
	const char *names;               /* as the help writes them */
	const char *bar, *label;         /* in the key bar, NULL: not there */
	const char *help;
};

extern const struct key_row key_rows[];
extern const int key_row_count;
extern const char *const where_names[WHERES];

/* What a key does in a pane: the pane's own rows first. NULL: nothing. */
const struct key_row *key_find(int key, enum where);

#endif
