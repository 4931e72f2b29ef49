/* bench_training.c -- training steps, where their time goes, and scoring. */
#include <malloc.h>
#include <math.h>
#include <stdlib.h>
#include <sys/resource.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/stats.h"
#include "src/cli/allocations.h"
#include "src/cli/bench.h"
#include "src/cli/cli.h"
#include "src/lab/score.h"

enum { STEPS_MAX = 100000, SPLIT_STEPS = 40 };
static const double warm_seconds = 3, measured_seconds = 8;

/* The parts of a step that can be had apart, each on architectures of its own; what is left is the network. */
static int measure_split(struct bench *b, double step_seconds)
{
	struct trainer *t = b->t;
	const struct training *training = &t->config.preset.training;
	double data = 0, hypernet = 0, optimiser = 0;

	for (int i = 0; i < SPLIT_STEPS; i++) {
		struct arch arch;
		double start = clock_seconds();

		arch_sample(&arch, &t->layout.space, t->data->axes, 0, &b->rng);
		batches_next(&t->batches, t->batch_index, training->batch);
		feed_images(&t->feed, &t->data->train, t->batch_index, training->batch, training->augment ? &t->augmentation : NULL);
		feed_encoding(&t->feed, &arch, &t->noise);
		t->be->k->sync(t->be);
		data += clock_seconds() - start;

		start = clock_seconds();
		tape_reset(t->tape);
		struct tensor *tiles = hypernet_record(&t->hypernet, t->tape, t->params, feed_encoding_leaf(&t->feed, t->tape), true);

		params_zero_grad(t->params);
		if (tape_forward(t->tape, true) < 0 || tape_backward(t->tape, tiles, 0) < 0)
			return -1;
		t->be->k->sync(t->be);
		hypernet += clock_seconds() - start;

		start = clock_seconds();
		for (enum param_group g = 0; g < PARAM_GROUPS; g++)
			params_adam(t->params, g, &(struct adam){ .learning_rate = 0, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .t = 1 });
		t->be->k->sync(t->be);
		optimiser += clock_seconds() - start;
	}
	data /= SPLIT_STEPS;
	hypernet /= SPLIT_STEPS;
	optimiser /= SPLIT_STEPS;
	bench_add(b, "training.split.data", "share", data / step_seconds);
	bench_add(b, "training.split.hypernet", "share", hypernet / step_seconds);
	bench_add(b, "training.split.optimiser", "share", optimiser / step_seconds);
	bench_add(b, "training.split.network", "share", 1 - (data + hypernet + optimiser) / step_seconds);
	return 0;
}

static int step_or_fail(struct trainer *t, struct step_report *report)
{
	int rc = trainer_step(t, report);

	return rc > 0 ? err_set("the preset's training is over after %lld steps: too short to measure", (long long)t->step) : rc;
}

/* Of the step that the tape still has: Adam reads a weight, its gradient and two moments and writes three of them; before, gradients are zeroed. */
static double step_bytes(const struct trainer *t)
{
	struct tape_cost cost = tape_cost(t->tape);

	return cost.bytes + cost.bytes_backward + 8.0 * sizeof(float) * (double)t->params->size;
}

int bench_training(struct bench *b)
{
	struct trainer *t = b->t;
	struct step_report report;
	double *step_seconds = malloc(STEPS_MAX * sizeof *step_seconds);
	double flops = 0, images = 0, bytes = 0, peak = trainer_measure_peak(t);
	int n = 0, rc = -1;
	struct rusage usage;

	if (!step_seconds)
		return err_set("out of memory");
	/* The second half of training, where kernels have all sizes, on the architectures that `smashtop sample` writes, so that another
	 * program can be measured on the same ones. */
	t->step = t->config.steps / 2;
	rng_seed(&t->sampler, t->config.seed, SAMPLE_STREAM);

	double start = clock_seconds(), seconds;

	do
		if (step_or_fail(t, &report) < 0)
			goto out;
	while (clock_seconds() - start < warm_seconds);

	struct bench_work work = bench_work_now(t->be);
	int64_t allocated = allocations();
	size_t heap = mallinfo2().uordblks;

	start = clock_seconds();

	do {
		if (step_or_fail(t, &report) < 0)
			goto out;
		step_seconds[n++] = report.seconds;
		flops += report.flops;
		images += report.images;
		bytes += step_bytes(t);
		seconds = clock_seconds() - start;
	} while (n < STEPS_MAX && seconds < measured_seconds);
	heap = mallinfo2().uordblks - heap;
	if (allocated >= 0)
		allocated = allocations() - allocated;
	getrusage(RUSAGE_SELF, &usage);
	bench_work_since(&work, t->be);
	work.count = n;
	work.seconds = seconds;
	work.flops = flops;
	work.bytes = bytes;

	bench_add(b, "training.images", "1/s", images / seconds);
	bench_add(b, "training.steps", "1/s", n / seconds);
	bench_add(b, "training.rate", "GFLOP/s", flops / seconds * 1e-9);
	bench_add(b, "training.peak_share", "share", flops / seconds * 1e-9 / peak);
	bench_add(b, "training.step_median", "ms", 1e3 * stats_median(step_seconds, n));
	bench_add(b, "training.step_flops", "GFLOP", flops / n * 1e-9);
	bench_add(b, "training.allocations", "1/step", allocated < 0 ? NAN : (double)allocated / n);
	bench_add(b, "training.heap_growth", "byte/step", (double)(int64_t)heap / n);
	bench_add(b, "training.slab", "MiB", (double)tape_slab_bytes(t->tape) / (1 << 20));
	bench_add(b, "training.peak_rss", "MiB", (double)usage.ru_maxrss / 1024);
	bench_limits(b, "training.step", &work);
	rc = measure_split(b, seconds / n);
out:
	free(step_seconds);
	return rc;
}

/* Adds the images that were scored; ends early, with the architecture unfinished, once clock_seconds() is past `end` and some were. */
static int score_one(const struct trainer *t, struct scorer *s, const struct arch *arch, int images, double end, int *scored, struct bench_work *work)
{
	int rc;

	scorer_begin(s, arch, images);
	do {
		rc = scorer_advance(s);
		work->flops += tape_cost(t->tape).flops;
		work->bytes += tape_cost(t->tape).bytes;
	} while (rc > 0 && (scorer_score(s).images == 0 || clock_seconds() < end));
	*scored += scorer_score(s).images;
	return rc < 0 ? -1 : 0;
}

int bench_scoring(struct bench *b)
{
	struct trainer *t = b->t;
	int images = t->data->validation.count, scored = 0, rc = -1;
	struct scorer *s = scorer_new(t);
	struct bench_work work = { 0 };
	struct arch arch;

	if (!s)
		return -1;
	arch_sample(&arch, &t->layout.space, t->data->axes, 0, &b->rng);
	if (score_one(t, s, &arch, SCORE_CHUNK, 0, &scored, &work) < 0)
		goto out;
	scored = 0;
	work = bench_work_now(t->be);

	double start = clock_seconds(), seconds;

	do {
		arch_sample(&arch, &t->layout.space, t->data->axes, 0, &b->rng);
		if (score_one(t, s, &arch, images, start + measured_seconds, &scored, &work) < 0)
			goto out;
		seconds = clock_seconds() - start;
	} while (seconds < measured_seconds);
	bench_add(b, "scoring.architectures", "1/s", (double)scored / images / seconds);
	bench_add(b, "scoring.images", "1/s", scored / seconds);
	bench_work_since(&work, t->be);
	work.count = (double)scored / images;
	work.seconds = seconds;
	bench_limits(b, "scoring.architecture", &work);
	rc = 0;
out:
	scorer_free(s);
	return rc;
}
