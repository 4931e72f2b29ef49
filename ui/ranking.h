/*
 * ranking.h -- the parts of the ranking pane. ranking_columns.c: what the columns are; ranking_view.c: which rows are seen in which order, an
 * index over ui->ranking; ranking_changes.c: what a person did to the view, and undoing it; ranking_draw.c, ranking_side.c: what is on the
 * screen; ranking_lines.c: what is written for it; ranking_marks.c: keys that mark; ranking_facts.c: what experiments found about rows;
 * ranking_actions.c: what is asked of the laboratory; pane_ranking.c: the pane.
 */
#ifndef RANKING_H
#define RANKING_H

#include "ui/filter.h"
#include "ui/pane.h"

/* ---- columns, in the order in which they stand ---- */

enum column_id {
	COLUMN_PLACE, COLUMN_ID, COLUMN_ORIGIN, COLUMN_SCORE, COLUMN_SCORE_STDERR, COLUMN_ERROR, COLUMN_ERROR_STDERR, COLUMN_STEP,
	COLUMN_PARAMETERS, COLUMN_MACS, COLUMN_DEPTH, COLUMN_IMAGES, COLUMN_CORRUPTED, COLUMN_TRUE, COLUMNS_ALL
};

struct column {
	const char *head, *sort_name;    /* sort_name NULL: not to be sorted by */
	int width;                       /* with the space before it */
	bool left;                       /* aligned */
	int need;                        /* in which order they are given room: the lower the earlier */
	bool seldom;                     /* given room only where a row has a value */
	double (*value)(const struct ranking_row *, const struct row_facts *);   /* what it is sorted by; NAN where it is missing: last */
	const char *(*show)(const struct ranking_row *, const struct row_facts *, double largest);       /* of all in the column; 0: that is not known of it */
};
extern const struct column ranking_column_table[COLUMNS_ALL];

/* ".0051": as a standard error is written. */
const char *ranking_uncertainty(double);

/* ---- the view: indices, never moved rows ---- */

struct ranking_view {
	int rows, room;                  /* of ui->ranking, as of the last update */
	struct row_facts *facts;         /* by index, as are: */
	struct ranking_row *seen;        /* the rows as they were sorted in */
	double *key;                     /* of the column that is sorted by */
	uint8_t *touched;

	int *by_score, ranked;           /* those of the newest weights, best first */
	int *order, count;               /* those that the filter lets pass, sorted */
	int *changed;
	int *slot, slots;                /* hash of ids */

	enum column_id sort;
	bool descending;
	struct filter filter;
	char filter_text[FILTER_TEXT];

	int64_t newest;                  /* step */
	int stale, marked, tied;         /* how many rows are */
	bool has[COLUMNS_ALL];           /* a row has a value there; of seldom columns */
	double largest[COLUMNS_ALL];     /* value; of parameters alone, which have a unit */
};

void ranking_view_release(struct ranking_view *);

/* Takes rows that are new or were scored again to their places; the others stay where they are. False out of memory: the view is as it was. */
bool ranking_view_update(struct ranking_view *, const struct ranking_row *, int rows);

/* After facts, filter or sort changed. */
void ranking_view_rebuild(struct ranking_view *);

int ranking_view_place(const struct ranking_view *, int index);        /* in the order, -1: the filter holds it back */
int ranking_view_find(const struct ranking_view *, const char *id);    /* index, -1: there is none */

/* First and last rank, with all between, that are not told apart from a row's at 95 %. False: the row has no rank. */
bool ranking_view_ties(const struct ranking_view *, int index, int *first, int *last);

/* ---- what a person did to it, and undoing that ---- */

enum change_kind { CHANGE_MARKS, CHANGE_LETTER, CHANGE_FILTER, CHANGE_SORT };

struct change {
	enum change_kind kind;
	int *index, count;               /* MARKS: whose mark is another one */
	char letter, replaced;           /* LETTER: went from index `from` (-1: none had it) to `to`, which had `replaced` */
	int from, to;
	char text[FILTER_TEXT];          /* FILTER: the one before; undoing puts the later one here, as with sort */
	enum column_id sort;
	bool descending;
};

struct changes {
	struct change *change;
	int count, undone, room;         /* the last `undone` of them have been undone */
	bool marks_changed;              /* since they were written to the run */
};

void changes_release(struct changes *);

/* Each is one step for undo. */
void ranking_mark(struct ranking_view *, struct changes *, const int *index, int count, bool marked);
void ranking_name(struct ranking_view *, struct changes *, int index, char letter);
bool ranking_set_filter(struct ranking_view *, struct changes *, const char *text);        /* false with err_last(): a wrong word, nothing is changed */
void ranking_set_sort(struct ranking_view *, struct changes *, enum column_id, bool descending);

/* What was undone or done again, in words; NULL: there is nothing more. */
const char *ranking_undo(struct ranking_view *, struct changes *);
const char *ranking_redo(struct ranking_view *, struct changes *);

int ranking_letter(const struct ranking_view *, char letter);          /* index, -1: it names none */

/* ---- the pane ---- */

struct ranking_pane {
	struct pane super;
	struct ranking_view view;
	struct changes changes;
	uint64_t serial;                 /* of the ranking in the view */
	uint64_t facts_serial[ANSWERS];  /* of the answers in the facts */
	int facts_rows;                  /* how many rows they were looked up for */
	bool marks_read;
	int selected;                    /* index into ui->ranking, -1: no cursor, the first rows are followed */
	int place;                       /* of it in the order; -1: the filter holds it back */
	int top;
	int anchor;                      /* of a range, index; -1: none is being marked */
	char find[40];

	int column_x[COLUMNS_ALL], column_end[COLUMNS_ALL];      /* on screen; end 0: not shown */
	struct rect list;                /* on screen, header included */
	int bar_end;                     /* where the cursor's bar ends */

	double moved;                    /* when the cursor was */
	int shown;                       /* the row beside the list, index; -1: none yet */
	struct arch arch;                /* of it */
	bool has_arch;
};

struct ranking_pane *ranking_pane(struct ui *);
void ranking_select(struct ui *, struct ranking_pane *, int index);    /* -1: no cursor */
void ranking_keep_place(struct ranking_pane *);          /* after rows came, or order or filter changed */

/* ranking_draw.c */
void ranking_draw(struct ui *, struct pane *);

/* ranking_side.c */
void ranking_draw_side(struct ui *, struct ranking_pane *, struct rect);

/* ranking_lines.c */
void ranking_filter_open(struct ui *);
void ranking_find_open(struct ui *);
void ranking_find_beside(struct ui *, struct ranking_pane *, int by);
void ranking_letter_open(struct ui *, bool name);        /* a name for the cursor's row, or one to go to */

/* ranking_marks.c */
bool ranking_mark_action(struct ui *, struct ranking_pane *, enum action);       /* false: none of its own */
void ranking_write_marks(struct ui *, struct ranking_pane *);
bool ranking_read_marks(struct ui *, struct ranking_pane *);     /* true: there were some */

/* ranking_actions.c */
bool ranking_action(struct ui *, struct ranking_pane *, enum action);

/* The marked rows in the order of the list (the filter may hold some back: they were chosen all the same, and come last), or the cursor's. Indices
 * in `list`, which has room for `room`; how many there are, which may be more. */
int ranking_subjects(const struct ranking_pane *, int *list, int room);

/* compare.c */
void compare_open(struct ui *, const struct ranking_pane *);

/* ranking_facts.c: what experiments have found about rows, from their documents. True: some row's facts are others than before. */
bool ranking_take_facts(struct ui *, struct ranking_pane *);

#endif
