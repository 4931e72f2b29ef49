/* scatter.h -- points over two axes: letters in cells, whiskers and lines in dots, a cursor that goes from point to point. */
#ifndef SCATTER_H
#define SCATTER_H

#include "ui/chart.h"

struct scatter_point {
	double x, y;
	double x_error, y_error;         /* half a whisker; NAN or 0: none */
	char letter;
	enum role role;
};

struct scatter {
	const struct scatter_point *point;
	int count;
	bool percent;                    /* y is a share, written in percent */
	bool whiskers;
	bool zero;                       /* a line at y = 0 */
	bool cross;                      /* … and at x = 0 */
	double slope, intercept;         /* of a line through the points; NAN: none */

	struct axis x, y;                /* as last drawn */
	struct rect at;                  /* of the dots alone */
};

/* Draws the points that there are (none: the axes alone are left out too). `cursor` is a point, -1 none: it is set in < >, and *cursor_y, *cursor_x
 * are where it is. Points in one cell: their number, up to 9. */
void scatter_draw(struct scatter *, struct rect, int cursor, int *cursor_y, int *cursor_x);

/* The next point to the left, right, down or up (dx, dy are -1, 0, 1), `from` where there is none. */
int scatter_move(const struct scatter *, int from, int dx, int dy);

/* The nearest point to a cell of the screen; -1: there are none. */
int scatter_nearest(const struct scatter *, int y, int x);

#endif
