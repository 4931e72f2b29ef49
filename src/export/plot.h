/* plot.h -- axes of a figure: where values lie, ticks in steps of 1, 2 and 5. */
#ifndef PLOT_H
#define PLOT_H

#include <stdint.h>

#include "src/base/axis.h"
#include "src/export/figure.h"

enum plot_values { PLOT_NUMBERS, PLOT_PERCENT, PLOT_COUNTS };

struct plot {
	struct figure *figure;
	struct axis x, y;
	enum plot_values x_values, y_values;
	double left, top, right, bottom; /* of the area, points */
};

/* Numbers beyond an axis lie on its end. */
double plot_x(const struct plot *, double value);
double plot_y(const struct plot *, double value);

/* Points that are all alike still want an axis that can be read. */
void plot_widen(struct axis *);

/* Sets left, right, top and bottom so that all labels fit below `y` in the figure, and draws grid, ticks and what the axes are. An axis that has
 * seen nothing has no ticks. Returns where the rest of the figure begins. */
double plot_axes(struct plot *, double y, double height, const char *x_label, const char *y_label);

/* The x axis alone, for rows between `left` and `right`, from `top` to `bottom`, which the caller has set. */
double plot_x_axis(struct plot *, const char *x_label);

/* Whiskers of half-lengths dx, dy; not drawn where not above 0. */
void plot_whiskers(struct plot *, enum ink, double x, double y, double dx, double dy);

/* A number with its sign, "+0.0048", and a minus that is one. */
enum { PLOT_TEXT = 48 };
const char *plot_change(double, int decimals, char text[PLOT_TEXT]);

/* "20,000", "1 epoch", "5 epochs" (`what` may be NULL); a dash where it is negative: not known. */
const char *plot_count(int64_t, const char *what, char text[PLOT_TEXT]);

#endif
