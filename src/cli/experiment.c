/* experiment.c -- every experiment of the laboratory from the command line: options in, a job run to its end, a report or JSON out. */
#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
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

/* How far a job is, and how fast it goes from where it began: a resumed one has something behind it. */
struct pace {
	struct progress progress;
	double began;                    /* clock */
	int64_t done_before;
};

static void show(struct pace *p, const struct job *job, bool important)
{
	int64_t done, total;
	char text[256] = "", eta[UNITS_TEXT];

	if (!important && !progress_due(&p->progress))
		return;
	job->type->counts(job, &done, &total);
	job->type->describe(job, text, sizeof text);

	double rate = (double)(done - p->done_before) / (clock_seconds() - p->began);

	if (done > p->done_before)
		snprintf(text + strlen(text), sizeof text - strlen(text), "  %.1f/s  eta %s", rate,
			units_duration((double)(total - done) / rate, eta));
	progress_show(&p->progress, done, total, text, important);
}

/* 0 at the end or when interrupted, -1. What fails of a sound device is said and left out. */
static int run_to_end(struct job *job, struct trainer *t, struct ranking *ranking)
{
	struct pace pace = { .began = clock_seconds() };
	int64_t total;
	int rc = 0;

	progress_start(&pace.progress);
	job->type->counts(job, &pace.done_before, &total);
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
			progress_end(&pace.progress);
			fprintf(stderr, "smashtop: %s\n", err_last());
		}
		show(&pace, job, false);
	}
	if (rc == 0)
		show(&pace, job, true);
	progress_end(&pace.progress);
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
	cli_catch_signals();
	if (setup_open(&w, &run, &t) < 0)
		return cli_failed(EXIT_FAILED);
	if (t->notice[0])
		fprintf(stderr, "smashtop: %s\n", t->notice);

	int status = run_experiment(o, t, &e);

	trainer_close(t);
	run_close(run);
	return status;
}
