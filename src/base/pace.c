/* pace.c -- how fast something goes on of late. */
#include "src/base/pace.h"

#include <math.h>

enum { LEAP = 16 };
static const double window_seconds = 60;

void pace_begin(struct pace *p, double now, int64_t done)
{
	*p = (struct pace){ .since = now, .middle = now, .from = done, .middle_done = done, .done = done };
}

void pace_note(struct pace *p, double now, int64_t done)
{
	int64_t leap = done - p->done > LEAP ? done - p->done - 1 : 0;

	p->from += leap;
	p->middle_done += leap;
	p->done = done;
	if (now - p->middle < window_seconds)
		return;
	p->since = p->middle;
	p->from = p->middle_done;
	p->middle = now;
	p->middle_done = done;
}

double pace_rate(const struct pace *p, double now)
{
	return p->done > p->from && now > p->since ? (double)(p->done - p->from) / (now - p->since) : NAN;
}

double pace_left(const struct pace *p, double now, int64_t total)
{
	return (double)(total - p->done) / pace_rate(p, now);
}
