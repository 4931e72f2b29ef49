/* meter.c -- rates of training, smoothed: sums that fade by e in five seconds. */
#include "src/lab/meter.h"

#include <math.h>

static const double memory_seconds = 5;

void meter_start(struct meter *m, double now)
{
	m->last = now;
}

void meter_step(struct meter *m, double now, double seconds, int images, double flops)
{
	double passed = now - m->last, keep = exp(-passed / memory_seconds);

	m->wall = keep * m->wall + passed;
	m->busy = keep * m->busy + seconds;
	m->steps = keep * m->steps + 1;
	m->images = keep * m->images + images;
	m->flops = keep * m->flops + flops;
	m->total += seconds;
	m->last = now;
}

/* 0 / 0 is NAN: nothing is known yet */
double meter_steps_per_second(const struct meter *m) { return m->steps / m->wall; }
double meter_images_per_second(const struct meter *m) { return m->images / m->wall; }
double meter_step_seconds(const struct meter *m) { return m->busy / m->steps; }
double meter_gflops(const struct meter *m) { return m->flops / m->busy * 1e-9; }
