/* words.h -- what the screen shows as sentences: for --plain, for ears and for Braille. Figures have their units and what they rest on. */
#ifndef WORDS_H
#define WORDS_H

#include <stdio.h>

#include "src/lab/worker.h"

void words_status(FILE *, const struct snapshot *);
void words_brief(FILE *, const struct snapshot *);       /* one short line, no end of line */
void words_loss(FILE *, const struct snapshot *);        /* the curve, in a dozen lines at most */
void words_arch(FILE *, const struct snapshot *, const struct arch *);
void words_jobs(FILE *, const struct snapshot *);

/* The `count` best of the newest weights. The rows are put in order. */
void words_ranking(FILE *, struct ranking_row *, int rows, int count);
void words_row(FILE *, const struct ranking_row *, int rank);    /* rank 0: none */

#endif
