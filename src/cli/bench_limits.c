/* bench_limits.c -- what the device could do at best, measured, and how long a step would take at least by each of its limits. */
#include <stdio.h>

#include "src/base/clock.h"
#include "src/cli/bench.h"

enum { COPY_BYTES = 64 << 20, COPY_TRIES = 8, LAUNCHES = 2000 };

/* Bytes read and written a second by a large copy, best of a few; 0: there is no memory for it. */
static double copy_rate(struct backend *be)
{
	char *from = be->k->alloc(be, COPY_BYTES), *to = be->k->alloc(be, COPY_BYTES);
	double best = 0;

	if (from && to)
		be->k->fill(be, (float *)from, 0, COPY_BYTES / sizeof(float));
	for (int i = 0; from && to && i < COPY_TRIES; i++) {
		double start, rate;

		be->k->sync(be);
		start = clock_seconds();
		be->k->copy(be, to, from, COPY_BYTES);
		be->k->sync(be);
		rate = 2.0 * COPY_BYTES / (clock_seconds() - start);
		best = rate > best ? rate : best;
	}
	be->k->free(be, from);
	be->k->free(be, to);
	return best;
}

/* Seconds from one small kernel to the next, where nothing else is to be done. */
static double launch_seconds(struct backend *be)
{
	float *one = be->k->alloc(be, sizeof *one);
	double start;

	if (!one)
		return 0;
	be->k->fill(be, one, 0, 1);
	be->k->sync(be);
	start = clock_seconds();
	for (int i = 0; i < LAUNCHES; i++)
		be->k->fill(be, one, 0, 1);
	be->k->sync(be);
	be->k->free(be, one);
	return (clock_seconds() - start) / LAUNCHES;
}

void bench_limits(struct bench *b, const char *name, const struct bench_work *w)
{
	struct backend *be = b->t->be;
	double copied = copy_rate(be), launch = launch_seconds(be), count = w->count;
	char text[64];

	snprintf(text, sizeof text, "%s.bytes", name);
	bench_add(b, text, "GB", w->bytes / count * 1e-9);
	snprintf(text, sizeof text, "%s.floor.products", name);
	bench_add(b, text, "ms", 1e3 * w->flops / count / (1e9 * trainer_measure_peak(b->t)));
	snprintf(text, sizeof text, "%s.floor.bytes", name);
	bench_add(b, text, "ms", 1e3 * w->bytes / count / copied);
	if (w->launches + w->library_calls == 0)
		return;
	snprintf(text, sizeof text, "%s.launches", name);
	bench_add(b, text, "1", (double)w->launches / count);
	snprintf(text, sizeof text, "%s.library_calls", name);
	bench_add(b, text, "1", (double)w->library_calls / count);
	snprintf(text, sizeof text, "%s.replays", name);
	bench_add(b, text, "1", (double)w->replays / count);
	snprintf(text, sizeof text, "%s.floor.launches", name);
	bench_add(b, text, "ms", 1e3 * launch * (double)(w->launches + w->library_calls + w->replays) / count);
	snprintf(text, sizeof text, "%s.plan_wait", name);
	bench_add(b, text, "share", w->waited / w->seconds);
}

struct bench_work bench_work_now(const struct backend *be)
{
	return (struct bench_work){ .launches = be->launches, .library_calls = be->library_calls, .replays = be->replays, .waited = be->seconds_preparing };
}

void bench_work_since(struct bench_work *w, const struct backend *be)
{
	w->launches = be->launches - w->launches;
	w->library_calls = be->library_calls - w->library_calls;
	w->replays = be->replays - w->replays;
	w->waited = be->seconds_preparing - w->waited;
}
