/* curve.h -- filling the curve of a run (struct curve in worker.h): buckets of 2^k steps, and k grows when they are full. */
#ifndef CURVE_H
#define CURVE_H

#include "src/lab/worker.h"

void curve_init(struct curve *);

/* Steps count from 1 and come in ascending order; some may be missing. A loss that is not finite leaves a gap. */
void curve_add(struct curve *, int64_t step, double loss, double error, double learning_rate);

/* A validation after `step`, at most one bucket behind the newest step. */
void curve_add_validation(struct curve *, int64_t step, double loss, double loss_stderr, double error);

#endif
