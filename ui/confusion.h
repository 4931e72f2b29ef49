/* confusion.h -- which classes are taken for which: the whole matrix where it fits, and what is confused most. */
#ifndef CONFUSION_H
#define CONFUSION_H

#include "ui/draw.h"
#include "ui/predicted.h"

/* Columns that the matrix takes; 0: it has none. */
int confusion_width(const struct predicted *);

void confusion_draw(struct rect, const struct predicted *);

#endif
