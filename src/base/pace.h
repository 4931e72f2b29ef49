/* pace.h -- how fast something goes on of late, and how long the rest will take. Times are seconds of any one clock. */
#ifndef PACE_H
#define PACE_H

#include <stdint.h>

struct pace {
	double since, middle;            /* the rate is that since `since`, one to two minutes ago; the next window begins at `middle` */
	int64_t from, middle_done;
	int64_t done;
};

/* `done` may be what an earlier attempt has left. */
void pace_begin(struct pace *, double now, int64_t done);

/* To be called often. What comes in a leap was not done now, but taken up from an earlier attempt, or left out: it says nothing of the rate. */
void pace_note(struct pace *, double now, int64_t done);

double pace_rate(const struct pace *, double now);                     /* per second; NAN: not known */
double pace_left(const struct pace *, double now, int64_t total);      /* seconds; NAN likewise */

#endif
