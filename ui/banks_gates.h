/*
 * banks_gates.h -- gate gradients of one architecture, from answers to QUESTION_GATES: what the loss would do if an op read or wrote a bank a
 * little more. For a bank that an op leaves alone, what it would do if it didn't.
 */
#ifndef BANKS_GATES_H
#define BANKS_GATES_H

#include "src/arch/amend.h"
#include "ui/pane.h"

struct gates {
	char id[ARCH_ID_LENGTH + 1];     /* of the architecture; "": there are none */
	int64_t step;
	int images;
	float read[BLOCKS][OPS_MAX][BANKS_MAX], write[BLOCKS][OPS_MAX][BANKS_MAX];       /* NAN: unknown */
	float most;                      /* the largest of their sizes */
	char asked[ARCH_ID_LENGTH + 1];  /* of the architecture that was asked about last */
	char failed[160];                /* why there is no answer about that; "": it may come */
	uint64_t seen;                   /* serial of the newest answer */
};

/* Asks about an architecture, unless that has been asked already. */
void gates_ask(struct ui *, struct gates *, const struct arch *, const char *id);

/* Takes an answer that has come; true where there was one. */
bool gates_news(struct ui *, struct gates *);

/* How much the loss changes with a cell, from -3 (falls most) to 3; MATRIX_NO_LEVEL where nothing is known. Of two ways the larger one counts, for a
 * bank that is left alone the one that lowers the loss most. */
int gates_level(const struct gates *, const struct arch *, int block, int op, int bank);

/* What a change does to the loss, to first order; NAN where that isn't known. `before` is what it is made in, of that id. */
double gates_predict(const struct gates *, const struct arch *before, const char *id, const struct amend *);

#endif
