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

/* What was asked of the device in `seconds`, for `count` steps or architectures. */
struct bench_work {
	double count, seconds, flops, bytes;
	double waited;                   /* seconds, for plans */
	long launches, library_calls, replays;
};
struct bench_work bench_work_now(const struct backend *);        /* its counters */
void bench_work_since(struct bench_work *, const struct backend *);      /* what they have grown by */
/* Adds NAME.bytes …: work of one, and how long the device's limits (matrix peak, copies, launches) make it at least. */
void bench_limits(struct bench *, const char *name, const struct bench_work *);

/* Each 0, or -1 with err_last(). */
int bench_kernels(struct bench *);
int bench_training(struct bench *);
int bench_scoring(struct bench *);
int bench_screen(struct bench *);

#endif
