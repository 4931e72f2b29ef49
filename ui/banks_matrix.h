/*
 * banks_matrix.h -- an architecture as its memory banks, in a rectangle: rows are ops, columns are banks and then the op's fields. It draws,
 * scrolls, and knows which place is where; what is shown besides, and what a key does to it, are the caller's.
 */
#ifndef BANKS_MATRIX_H
#define BANKS_MATRIX_H

#include "src/arch/amend.h"
#include "ui/draw.h"

enum { MATRIX_LEVELS = 3, MATRIX_NO_LEVEL = 9 };

/* What is drawn. Filled for each call; it holds nothing. */
struct matrix {
	const struct space *space;
	const struct arch_input *input;
	const struct arch *arch;
	const struct arch *other;        /* cells and values that differ from it are marked with a star; NULL: none */
	const struct lineage *lineage;     /* which of its ops and banks each is; NULL: the one of the same number */
	const struct arch_fault *fault;  /* what they are about is marked with an exclamation mark */
	int fault_count;
	/* What stands beside a cell, "---" to "+++": -3 to 3, or MATRIX_NO_LEVEL. The fields make room for it. NULL: nothing. */
	int (*level)(const void *context, int block, int op, int bank);
	const void *context;
	bool sizes;                      /* the cursor stops at the headings, where the space has several bank sizes */
	int spare;                       /* columns beyond the last bank, for those that an edit could make */
	bool focused;                    /* the cursor shows */
	bool plain;                      /* colours on the cursor's row alone: those of a matrix that changes cost twice the bytes */
};

/* The cursor and what has been scrolled; {0} is the first cell. The caller keeps it from one call to the next. */
struct matrix_view {
	struct place at;
	struct place before;             /* where it was in the last op's row: past a heading it is in that column again */
	int top, left;                   /* first row of the list, first bank */
	int cursor_y, cursor_x;          /* where the cursor was drawn */
};

/* Scrolls to the cursor and draws; nothing where there are fewer than 12 columns. */
void matrix_draw(const struct matrix *, struct matrix_view *, struct rect);

/* The place that was drawn at (y, x); false where there is none. Beside the places of a row it is the nearest. */
bool matrix_at(const struct matrix *, const struct matrix_view *, struct rect, int y, int x, struct place *);

/* The cursor, by ops (keeping the column as far as the op has it), by columns, to an op (-1: the heading). It always ends at a place that is there. */
void matrix_move_rows(const struct matrix *, struct matrix_view *, int by);
void matrix_move_columns(const struct matrix *, struct matrix_view *, int by);
void matrix_go(const struct matrix *, struct matrix_view *, int block, int op);

#endif
