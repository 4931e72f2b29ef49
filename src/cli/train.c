/* train.c -- training without a screen: the same steps, validations and checkpoints as the workbench makes. */
#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <sys/resource.h>

#include "src/base/clock.h"
#include "src/base/document.h"
#include "src/base/err.h"
#include "src/base/units.h"
#include "src/cli/cli.h"
#include "src/lab/setup.h"

enum { CHECKPOINT_SECONDS = 60 };

/* What is known of this session; the run's whole history is in its files. */
struct session {
	struct progress progress;
	double seconds, images, flops;           /* of the steps of this session */
	double loss;                             /* running mean, weight 0.98 on the past */
	double saved;                            /* clock_seconds() of the last checkpoint */
	int64_t saved_step;
	struct validation_report validation;
	bool validated;
};

static void note_step(struct session *s, const struct step_report *step)
{
	s->loss = s->images ? 0.98 * s->loss + 0.02 * step->loss : step->loss;
	s->seconds += step->seconds;
	s->images += step->images;
	s->flops += step->flops;
}

static void show(struct session *s, const struct trainer *t, bool important)
{
	char text[192], valid[64] = "", eta[UNITS_TEXT] = "-";
	int64_t left = t->config.steps - t->step;
	double rate = s->images / s->seconds;

	if (!important && !progress_due(&s->progress))
		return;
	if (s->validated)
		snprintf(valid, sizeof valid, "  valid %.3f err %.1f%%", s->validation.loss, 100 * s->validation.error);
	if (s->seconds > 0)
		units_duration((double)left * s->seconds * t->config.preset.training.batch / s->images, eta);
	snprintf(text, sizeof text, "loss %.3f%s  %.0f img/s  %.1f GFLOP/s  eta %s", s->loss, valid, rate, s->flops / s->seconds * 1e-9,
		eta);
	progress_show(&s->progress, t->step, t->config.steps, text, important);
}

static int save(struct session *s, struct trainer *t)
{
	if (s->saved_step == t->step)
		return 0;
	if (trainer_save(t) < 0)
		return -1;
	s->saved = clock_seconds();
	s->saved_step = t->step;
	return 0;
}

/* To the end, or until asked to end. 0 or -1. */
static int train(struct session *s, struct trainer *t)
{
	struct step_report step;

	while (!cli_interrupted()) {
		int rc = trainer_step(t, &step);

		if (rc > 0)
			return save(s, t);
		if (rc < 0)
			return -1;
		note_step(s, &step);
		if (trainer_validation_due(t)) {
			if (trainer_validate(t, &s->validation) < 0)
				return -1;
			s->validated = true;
			show(s, t, true);
		}
		show(s, t, false);
		if (clock_seconds() - s->saved >= CHECKPOINT_SECONDS && save(s, t) < 0)
			return -1;
	}
	return save(s, t);
}

static json_t *report(const struct session *s, struct trainer *t)
{
	struct rusage usage;
	double gflops = s->flops / s->seconds * 1e-9;

	getrusage(RUSAGE_SELF, &usage);
	return json_pack("{s:s, s:I, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:s, s:i}", "run", t->run->path, "steps",
		(json_int_t)t->step, "seconds", json_of(t->seconds), "images_per_second", json_of(s->images / s->seconds),
		"gflops", json_of(gflops), "peak_share", json_of(gflops / trainer_measure_peak(t)),
		"train_loss", json_of(s->images ? s->loss : NAN),
		"validation_loss", json_of(s->validated ? s->validation.loss : NAN),
		"validation_error", json_of(s->validated ? s->validation.error : NAN),
		"peak_rss_bytes", (json_int_t)usage.ru_maxrss * 1024, "device", t->be->description, "threads", t->be->threads);
}

/* --epochs as steps of the batch size: known only once the data set is. */
static int steps_of_epochs(struct worker_options *w, const struct options *o)
{
	struct preset preset;
	struct dataset *d;

	if (!w->create) {
		err_set("--epochs: %s exists; extend it with --steps", w->run_path);
		return EXIT_USAGE;
	}
	if (cli_preset(&preset, o) < 0)
		return EXIT_USAGE;
	d = dataset_open_known(w->data, NULL);
	if (!d)
		return EXIT_FAILED;
	w->steps = (o->epochs * d->train.count + preset.training.batch - 1) / preset.training.batch;
	dataset_close(d);
	return EXIT_DONE;
}

int cli_train(const struct options *o)
{
	struct worker_options w;
	struct session s = { .saved = clock_seconds() };
	struct run *run;
	struct trainer *t;
	int status = cli_worker_options(&w, o);

	if (status == EXIT_DONE && o->epochs && o->steps) {
		err_set("--epochs and --steps both say how long; give one of them");
		status = EXIT_USAGE;
	}
	if (status == EXIT_DONE && o->epochs)
		status = steps_of_epochs(&w, o);
	if (status != EXIT_DONE)
		return cli_failed(status);
	cli_catch_signals();
	if (setup_open(&w, &run, &t) < 0)
		return cli_failed(cli_interrupted() ? EXIT_INTERRUPTED : EXIT_FAILED);
	if (t->notice[0])
		fprintf(stderr, "smashtop: %s\n", t->notice);
	fprintf(stderr, "smashtop: training %s on %s in %s, %s, step %" PRId64 " of %" PRId64 "\n", t->config.preset.name,
		t->config.data, run->path, t->be->description, t->step, t->config.steps);
	run_log(run, "training from step %" PRId64 " of %" PRId64 ", without a screen", t->step, t->config.steps);
	s.saved_step = t->step;
	progress_start(&s.progress);

	int rc = train(&s, t);

	progress_end(&s.progress);
	if (rc < 0) {
		run_log(run, "step %" PRId64 ": %s", t->step, err_last());
		status = cli_failed(EXIT_FAILED);
		/* A file of the run could not be written, but the parameters are sound; after any other failure the last checkpoint stays. */
		if (t->write_failed && save(&s, t) == 0)
			fprintf(stderr, "smashtop: saved at step %" PRId64 "\n", t->step);
	} else {
		status = cli_interrupted() ? EXIT_INTERRUPTED : EXIT_DONE;
		run_log(run, "%s at step %" PRId64 ", saved", status == EXIT_DONE ? "finished" : "interrupted", t->step);
	}
	if (status != EXIT_FAILED && o->json) {
		int printed = cli_print_json(report(&s, t));

		status = printed == EXIT_DONE ? status : printed;
	}
	if (status == EXIT_INTERRUPTED)
		fprintf(stderr, "smashtop: saved at step %" PRId64 "; go on with: smashtop train --run %s\n", t->step, run->path);
	if (status == EXIT_DONE)
		fprintf(stderr, "smashtop: finished; score architectures with: smashtop rank --run %s\n", run->path);
	trainer_close(t);
	run_close(run);
	return status;
}
