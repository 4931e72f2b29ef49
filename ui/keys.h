/* keys.h -- one table of keys: it feeds dispatch, the key bar and the help. */
#ifndef KEYS_H
#define KEYS_H

#include <stdbool.h>
#include <stddef.h>

#include "ui/ini_lines.h"

enum where { EVERYWHERE, IN_LOSS, IN_BANKS, IN_EDIT, IN_RANKING, IN_CORRUPT, IN_GUIDE, IN_CORRELATE, IN_JOBS, IN_DATA, WHERES };

/* What a key can do, and its word in the configuration file. */
#define ACTIONS(X) \
	X(NONE, "none") \
	X(UP, "up") \
	X(DOWN, "down") \
	X(LEFT, "left") \
	X(RIGHT, "right") \
	X(FIRST, "first") \
	X(LAST, "last") \
	X(PAGE_UP, "page-up") \
	X(PAGE_DOWN, "page-down") \
	X(HALF_UP, "half-page-up") \
	X(HALF_DOWN, "half-page-down") \
	X(NEXT_PANE, "next-pane") \
	X(PREVIOUS_PANE, "previous-pane") \
	X(TAB_1, "train") \
	X(TAB_2, "banks") \
	X(TAB_3, "ranking") \
	X(TAB_4, "corrupt-view") \
	X(TAB_5, "guide-view") \
	X(TAB_6, "correlate-view") \
	X(TAB_7, "jobs") \
	X(TAB_8, "data") \
	X(PREVIOUS_TAB, "previous-tab") \
	X(NEXT_TAB, "next-tab") \
	X(ZOOM, "zoom") \
	X(LARGER, "larger") \
	X(SMALLER, "smaller") \
	X(OPEN, "open") \
	X(BACK, "back") \
	X(HELP, "help") \
	X(SETUP, "setup") \
	X(FOLLOW, "follow") \
	X(HOLD, "hold") \
	X(PAUSE, "pause") \
	X(FREEZE, "freeze") \
	X(REPAINT, "repaint") \
	X(SAVE, "save") \
	X(QUIT, "quit") \
	X(SUSPEND, "suspend") \
	X(CANCEL, "cancel") \
	X(PROMPT, "prompt") \
	X(RANK, "rank-more") \
	X(FILTER, "filter-rows") \
	X(FIND, "find") \
	X(FIND_NEXT, "find-next") \
	X(FIND_PREVIOUS, "find-previous") \
	X(MARK, "mark") \
	X(MARK_RANGE, "mark-range") \
	X(MARK_ALL, "mark-all") \
	X(UNMARK, "unmark") \
	X(NAME_MARK, "name-mark") \
	X(TO_MARK, "to-mark") \
	X(UNDO, "undo") \
	X(REDO, "redo") \
	X(CORRUPT, "corrupt-chosen") \
	X(GUIDE, "guide-chosen") \
	X(RETRAIN, "retrain-chosen") \
	X(PERTURB, "perturb-chosen") \
	X(CHAIN, "chain-chosen") \
	X(SCORE_AGAIN, "score-again") \
	X(COMPARE, "compare") \
	X(EXPORT, "export-chosen") \
	X(LESS, "less") \
	X(MORE, "more") \
	X(RESET, "reset") \
	X(SCALE, "scale") \
	X(SMOOTHER, "smoother") \
	X(ROUGHER, "rougher") \
	X(SORT_MENU, "sort-menu") \
	X(SORT_PREVIOUS, "sort-previous") \
	X(SORT_NEXT, "sort-next") \
	X(SORT_INVERT, "sort-invert") \
	X(EDIT, "edit") \
	X(CELL_READ, "cell-read") \
	X(CELL_WRITE, "cell-write") \
	X(CELL_BOTH, "cell-both") \
	X(CELL_NONE, "cell-none") \
	X(DIGIT, "digit") \
	X(ERASE, "erase") \
	X(ADD_BELOW, "add-below") \
	X(ADD_ABOVE, "add-above") \
	X(DELETE_OP, "delete-op") \
	X(COPY_OP, "copy-op") \
	X(PASTE_OP, "paste-op") \
	X(OP_DOWN, "op-down") \
	X(OP_UP, "op-up") \
	X(EDITS, "edits") \
	X(MEASURE, "measure-again") \
	X(GRADIENT, "gradient") \
	X(INSIDE, "inside-op") \
	X(OLDER, "older-result") \
	X(NEWER, "newer-result") \
	X(BEGIN, "begin") \
	X(AGAIN, "go-on-or-again") \
	X(MAP, "encoding") \
	X(STEP, "guide-step") \
	X(DESCEND, "guide-descend") \
	X(APPLY, "apply-edit") \
	X(PREDICTOR, "predictor") \
	X(TWIN, "random-twin") \
	X(NEXT_LIST, "next-list") \
	X(FIT_LINE, "fit-line") \
	X(NOISE, "noise-bars") \
	X(CLASSES, "mark-classes") \
	X(END_JOB, "end-job") \
	X(WORST, "worst-first") \
	X(CONFUSION, "confusion") \
	X(WHOSE, "whose-predictions")

enum action {
#define ACTION_ENUM(symbol, word) ACTION_##symbol,
	ACTIONS(ACTION_ENUM)
#undef ACTION_ENUM
	ACTION_COUNT
};
extern const char *const action_words[ACTION_COUNT];

enum { KEYS_A_ROW = 10 };

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

bool key_has(const struct key_row *, int key);

/* "F5", "^u", "Space", "R"; "" for a key that has no name. Lives for eight calls. */
const char *key_name(int key);
int key_parse(const char *name);                         /* -1 with err_last(): the nearest */

/* The first key of an action there or everywhere, as texts name it; ":follow", what to write at the prompt, where it has none. Lives as key_name()'s. */
const char *key_of(enum action, enum where);

/* The keys of a row as the help writes them, in `text` where they are not the table's. */
const char *key_names(const struct key_row *, char *text, size_t size);

/* What the key bar has of a row where the focus is `here`, a letter where there is one and `letters`. NULL: nothing; it is of another pane, has no
 * place there, or its key means something else there. */
const char *key_bar(const struct key_row *, enum where here, bool letters);

enum action action_find(const char *word);               /* ACTION_NONE with err_last(): the nearest */

/*
 * Gives an action other keys (names with blanks between, <nop> for none), in all its rows: 0, or -1 with err_last(). When all are bound
 * keys_settle() leaves out those that another action has in the same place, and says so with the line that asked for them.
 */
void keys_reset(void);
int keys_bind(const char *word, const char *names, int line);
void keys_settle(const char *path, struct faults *);

#endif
