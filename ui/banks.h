/* banks.h -- what the files of the bank pane share. */
#ifndef BANKS_H
#define BANKS_H

#include "ui/banks_matrix.h"
#include "ui/pane.h"

enum { SAMPLES = 128, SHORT_ID = 7 };

/* An architecture that training sampled. */
struct sample {
	struct arch arch;
	int64_t step;
	double loss;
};

struct banks_pane {
	struct pane super;
	enum { NOTHING, FOLLOWING, HELD, RANKED } mode;
	struct sample shown;
	char id[ARCH_ID_LENGTH + 1];
	struct ranking_row row;          /* of a ranked one */
	int place;
	struct arch_cost cost;
	double taken;                    /* when following took it */
	struct sample sample[SAMPLES];   /* ring of those seen */
	int64_t seen, at;                /* samples ever put in it; which one is shown */
	struct matrix_view view;
	struct rect matrix;              /* where it was drawn */
};

/* banks_details.c: everything about the cursor's op beside the matrix of a large pane; one line of it where there is no room for more. */
void banks_details(struct ui *, const struct banks_pane *, struct rect);
void banks_summary(struct ui *, const struct banks_pane *, struct rect);

#endif
