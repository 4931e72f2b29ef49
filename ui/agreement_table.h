/*
 * agreement_table.h -- how well scores tell what training gives, as lines: coefficients with their intervals for the score and for what it is
 * compared with, and how many of the best are found.
 */
#ifndef AGREEMENT_TABLE_H
#define AGREEMENT_TABLE_H

#include <jansson.h>

#include "ui/draw.h"

/* The most needed first, as many as there are rows for. Lines used. */
int agreement_draw(struct rect, const json_t *document);

#endif
