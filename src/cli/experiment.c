/* experiment.c -- every experiment of the laboratory from the command line: options in, a job run to its end, a report or JSON out. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/pace.h"
#include "src/base/units.h"
#include "src/cli/cli.h"
#include "src/lab/experiment.h"
#include "src/lab/lookup.h"
#include "src/lab/setup.h"
#include "src/options_experiment.h"

static int record(struct trainer *t, struct ranking *ranking, const struct ranking_entry *e)
{
	return ranking_append(t->run, e) < 0 || ranking_put(ranking, e) < 0 ? -1 : 0;
}

static void show(struct progress *progress, const struct pace *pace, const struct job *job, int64_t total, bool important)
{
	char text[256] = "", eta[UNITS_TEXT];
	double now = clock_seconds(), rate = pace_rate(pace, now);

	if (!important && !progress_due(progress))
		return;
	job->type->describe(job, text, sizeof text);
	if (isfinite(rate) && total > pace->done)
		snprintf(text + strlen(text), sizeof text - strlen(text), "  %.*f/s  eta %s", rate < 1 ? 2 : 1, rate,
			units_duration(pace_left(pace, now, total), eta));
	progress_show(progress, pace->done, total, text, important);
}

/* 0 at the end or when interrupted, -1. What fails of a sound device is said and left out. */
static int run_to_end(struct job *job, struct trainer *t, struct ranking *ranking)
{
	struct progress bar;
	struct pace pace;
	int64_t done, total;
	int rc = 0;

	progress_start(&bar);
	job->type->counts(job, &done, &total);
	pace_begin(&pace, clock_seconds(), done);
	while (!cli_interrupted()) {
		enum job_progress progress = job->type->advance(job);

		if (progress == JOB_DONE)
			break;
		if (progress == JOB_ENTRY && record(t, ranking, job->type->entry(job)) < 0)
			rc = -1;
		if (progress == JOB_BROKEN || (progress == JOB_FAILED && !backend_ok(t->be)))
			rc = -1;
		if (rc < 0)
			break;
		if (progress == JOB_FAILED) {
			progress_end(&bar);
			fprintf(stderr, "smashtop: %s\n", err_last());
		}
		job->type->counts(job, &done, &total);
		pace_note(&pace, clock_seconds(), done);
		show(&bar, &pace, job, total, false);
	}
	if (rc == 0)
		show(&bar, &pace, job, total, true);
	progress_end(&bar);
	return rc;
}

static int report(const struct job *job, const struct options *o)
{
	int status = EXIT_DONE;

	if (o->json)
		status = cli_print_json(job->type->to_json(job));
	else
		job->type->print(job, stdout);
	return status == EXIT_DONE && cli_interrupted() ? EXIT_INTERRUPTED : status;
}

static int find_named(struct experiment *e, const struct options *o, const struct trainer *t, const struct ranking *ranking)
{
	struct lookup where = {
		.space = &t->layout.space, .axes = t->data->axes, .run_path = t->run->path, .ranking = ranking,
	};

	return e->has_arch ? lookup_arch(&e->arch, o->arch, &where) : 0;
}

static int run_experiment(const struct options *o, struct trainer *t, struct experiment *e)
{
	struct ranking ranking = { 0 };
	struct job *job = NULL;
	int bad = 0, status = EXIT_FAILED;

	if (ranking_load(&ranking, t->run->path, &bad) < 0)
		goto out;
	if (bad)
		fprintf(stderr, "smashtop: %s/ranking.jsonl: %d damaged lines passed over\n", t->run->path, bad);
	if (find_named(e, o, t, &ranking) < 0)
		goto out;
	job = experiment_start(t, &ranking, e);
	if (job && run_to_end(job, t, &ranking) == 0)
		status = report(job, o);
out:
	if (status == EXIT_FAILED)
		cli_failed(status);
	if (job)
		job->type->free(job);
	ranking_release(&ranking);
	return status;
}

int cli_experiment(const struct options *o)
{
	struct worker_options w = { .create = false };
	struct experiment e;
	struct run *run;
	struct trainer *t;

	if (!options_given(o, "run")) {
		err_set("smashtop %s wants --run DIR", subcommand_rows[o->subcommand].name);
		return cli_failed(EXIT_USAGE);
	}
	if (!run_exists(o->run)) {
		err_set("%s: no run directory (it has no run.json)", o->run);
		return cli_failed(EXIT_FAILED);
	}
	if (options_experiment(&e, o) < 0)
		return cli_failed(EXIT_USAGE);
	if (e.kind == EXPERIMENT_RETRAIN && !e.has_arch && !e.network[0]) {
		err_set("smashtop retrain wants --arch ID|FILE|NAME");
		return cli_failed(EXIT_USAGE);
	}
	snprintf(w.run_path, sizeof w.run_path, "%s", o->run);
	if (cli_machine(&w, o) < 0)
		return cli_failed(EXIT_USAGE);
	cli_catch_signals();
	if (setup_open(&w, &run, &t) < 0)
		return cli_failed(cli_interrupted() ? EXIT_INTERRUPTED : EXIT_FAILED);
	if (t->notice[0])
		fprintf(stderr, "smashtop: %s\n", t->notice);

	int status = run_experiment(o, t, &e);

	trainer_close(t);
	run_close(run);
	return status;
}
