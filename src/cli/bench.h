/* bench.h -- benchmarks share a trainer without a run, and a list that results are added to. */
#ifndef BENCH_H
#define BENCH_H

#include <jansson.h>

#include "src/lab/trainer.h"

struct bench {
	struct trainer *t;
	json_t *results;                 /* [{name, unit, value}] */
	struct rng rng;                  /* of architectures: the same ones at the same seed */
};

void bench_add(struct bench *, const char *name, const char *unit, double value);

/* Each 0, or -1 with err_last(). */
int bench_kernels(struct bench *);
int bench_training(struct bench *);
int bench_scoring(struct bench *);
int bench_screen(struct bench *);

#endif
