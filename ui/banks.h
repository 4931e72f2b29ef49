/* banks.h -- what the files of the bank pane share. */
#ifndef BANKS_H
#define BANKS_H

#include "ui/banks_gates.h"
#include "ui/banks_matrix.h"
#include "ui/lie_map.h"
#include "ui/pane.h"

enum { SAMPLES = 128, SHORT_ID = 7 };

/* An architecture that training sampled. */
struct sample {
	struct arch arch;
	int64_t step;
	double loss;
};

struct edit;

struct banks_pane {
	struct pane super;
	enum { NOTHING, FOLLOWING, HELD, RANKED, NAMED } mode;
	struct sample shown;
	char id[ARCH_ID_LENGTH + 1];
	struct ranking_row row;          /* of a ranked one */
	int place;
	char from[64];                   /* NAMED: what it is */
	struct arch_cost cost;           /* of the current one */
	double taken;                    /* when following took it */
	struct sample sample[SAMPLES];   /* ring of those seen */
	int64_t seen, at;                /* samples ever put in it; which one is shown */

	struct matrix_view view;
	struct rect matrix;              /* where it was drawn */
	bool gradient;                   /* gate gradients stand in the matrix */
	enum { SHEET_MATRIX, SHEET_INSIDE, SHEET_ENCODING } sheet;       /* in place of the matrix */
	struct lie_map *map;             /* SHEET_ENCODING */
	char mapped[ARCH_ID_LENGTH + 1]; /* whose encoding it is */
	struct {                         /* the op that is told of beside the matrix */
		char id[ARCH_ID_LENGTH + 1];     /* of its architecture */
		int block, op;
		int to_block, to_op;             /* where the cursor has gone, */
		double moved;                    /* and when */
	} told;
	struct gates gates;
	struct edit *edit;               /* NULL: nothing is edited */
	struct op_copy copied;           /* in one draft, to be pasted in any; units 0: nothing */
	bool drafts_said;                /* that there are some */
};

/* What the matrix shows: the draft that is edited, else the one that is shown. And its id. */
const struct arch *banks_current(const struct banks_pane *);
const char *banks_current_id(const struct banks_pane *);
struct matrix banks_matrix(const struct ui *, const struct banks_pane *);

/* Shows one that is neither a sample nor ranked. */
void banks_show_named(struct ui *, const struct arch *, const char *from);

/* banks_details.c: the op that is told of from what it reads to what it writes, with `each` bank's channels; how many rows it takes at most without
 * them, so that what stands below keeps its place; with the architecture in figures below. */
void banks_inside(struct ui *, const struct banks_pane *, struct rect, bool each);
int banks_inside_rows(const struct space *);
void banks_details(struct ui *, const struct banks_pane *, struct rect);
void banks_summary(struct ui *, const struct banks_pane *, struct rect);         /* one row of it */

/* Gate gradients, in the matrix and for predictions, are about the current architecture: asks where they aren't. */
void banks_want_gates(struct ui *, struct banks_pane *);

#endif
