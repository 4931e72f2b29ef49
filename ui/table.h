/*
 * table.h -- rows and columns with a cursor. Columns are given room by need, rows scroll, the cursor's row begins with '>'. What is in a cell, and in
 * which order rows stand, is the pane's business.
 */
#ifndef TABLE_H
#define TABLE_H

#include "ui/draw.h"
#include "ui/keys.h"

enum { TABLE_COLUMNS = 16 };

struct table_column {
	const char *head;                /* NULL: no more columns */
	int width;                       /* with the space before it */
	bool left;                       /* aligned */
	int need;                        /* the lower, the earlier it is given room */
	bool rest;                       /* takes what is left over; one of them at most */
};

struct table {
	const struct table_column *column;
	int rows, selected;              /* selected: 0 … rows - 1 */
	int sort;                        /* the column by which rows are sorted, whose head is bright; -1: none */

	/* As last drawn. */
	struct rect at;
	int top;                         /* first row shown */
	int x[TABLE_COLUMNS], end[TABLE_COLUMNS];        /* on screen; end 0: not shown */
};

/* The text of a cell, and its role where it is not ROLE_TEXT. */
typedef const char *table_cell(const void *context, int row, int column, enum role *);

/* Draws a head and the rows that fit below it. The screen line of the cursor; -1: no rows. */
int table_draw(struct table *, struct rect, bool focused, table_cell *, const void *context);

/* Moves in a list of `count`, of which a page is so many rows. False: the action is none. */
bool list_move(enum action, int *at, int count, int page);

/* The same of the cursor. */
bool table_act(struct table *, enum action);

/* What is at a place of the screen: a row, or -1; a column whose head is there, or -1. */
int table_row_at(const struct table *, int y);
int table_head_at(const struct table *, int y, int x);

/* The next column, or the one before, that may be sorted by: `sortable` is a mask of columns. */
int table_sort_beside(const struct table *, unsigned sortable, int by);

#endif
