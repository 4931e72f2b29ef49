/*
 * heat_map.h -- a tensor of rows by slices, a character a cell: which value a group of channels of an encoding has, or how much the loss falls or
 * rises with it. The banks view and the corruption view draw encodings with it.
 */
#ifndef HEAT_MAP_H
#define HEAT_MAP_H

#include "ui/draw.h"

enum heat_kind {
	HEAT_VALUE,                      /* whole numbers: 0 '.', then 1-9 a-z, '*' beyond; below 0 a blank: nothing is there */
	HEAT_CHANGE                      /* '=' falls most, '-' falls, '.' hardly changes, '+' rises, '#' rises most; roles gradient.1 … 7 */
};

struct heat_map {
	enum heat_kind kind;
	int rows, slices;
	const float *cell;               /* [rows][slices] */
	float most;                      /* HEAT_CHANGE: the largest of |cell|, of all maps that are to be compared; 0: of this one */
	const char *title;
	const float *other;              /* HEAT_VALUE: cells that differ from these stand out, the others are '.'; NULL: none do */
};

/* Its title, then its rows from slice `first` on. Screen lines used, at most r.h. */
int heat_map_draw(struct rect r, const struct heat_map *, int first);

#endif
