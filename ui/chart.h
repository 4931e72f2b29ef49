/* chart.h -- a canvas of dots finer than cells: 2x4 a cell in Braille, 1x2 in half blocks and in ASCII. */
#ifndef CHART_H
#define CHART_H

#include <stdint.h>

#include "src/base/axis.h"
#include "ui/draw.h"

enum { CHART_CELLS = 256 * 96 };

struct canvas {
	int w, h;                        /* cells */
	int dots_x, dots_y;              /* dots a cell has */
	uint8_t bits[CHART_CELLS];
	uint8_t role[CHART_CELLS];
	char mark[CHART_CELLS];          /* a letter instead of dots; 0 none */
};

/* Empties it. Sizes beyond CHART_CELLS are cut. */
void canvas_start(struct canvas *, int w, int h);

/* Dot (x, y) from the lower left corner; outside is ignored. A cell has one colour: the last dot's. */
void canvas_dot(struct canvas *, int x, int y, enum role);
void canvas_bar(struct canvas *, int x, int from, int to, enum role);     /* dots from … to of column x, both ends */
void canvas_mark(struct canvas *, int x, int y, char letter, enum role);  /* on the cell that has dot (x, y) */

void canvas_draw(const struct canvas *, int y, int x);

#endif
