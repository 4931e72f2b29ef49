/* axis.h -- the range of values that a chart shows, in round numbers, and where ticks stand. */
#ifndef AXIS_H
#define AXIS_H

#include <stdbool.h>

/* A value axis whose ends are whole multiples of a step that is 1, 2 or 5 times a power of ten (linear), or 1, 2, 5 times
 * powers of ten (logarithmic). It only ever grows. */
struct axis {
	double low, high;                /* equal: nothing seen yet */
	bool logarithmic;
};

void axis_reset(struct axis *, bool logarithmic);
void axis_include(struct axis *, double least, double most);

/* Where a value lies: 0 at low … 1 at high; outside that range for values outside, NAN for what has no place (log of 0). */
double axis_place(const struct axis *, double value);

/* Ticks, at most `room` of them with at most `most` steps between low and high; how many. */
int axis_ticks(const struct axis *, int most, double *tick, int room);

#endif
