/* rank.c -- scores random architectures of a run and prints the table, best first. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/units.h"
#include "src/cli/cli.h"
#include "src/lab/rank.h"
#include "src/lab/setup.h"

struct job {
	struct progress progress;
	const struct ranking *ranking;
	double started;
	double best;
	int64_t image_evaluations;
};

static int on_progress(void *context, int index, int done, int total)
{
	struct job *job = context;
	char text[96] = "", eta[UNITS_TEXT];
	double seconds = clock_seconds() - job->started;

	if (index >= 0) {
		const struct ranking_row *row = &job->ranking->entry[index].row;

		job->image_evaluations += row->images;
		if (done == 1 || row->score < job->best)
			job->best = row->score;
	}
	if (done > 0)
		snprintf(text, sizeof text, "architectures  best %.4f  %.1f/s  eta %s", job->best, done / seconds,
			units_duration((total - done) * seconds / done, eta));
	if (done > 0 || job->progress.terminal)
		progress_show(&job->progress, done, total, text, done == total);
	return cli_interrupted();
}

static json_t *to_json(const struct trainer *t, const struct ranking *ranking, const int *order, int count, int64_t evaluations)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(list, ranking_entry_to_json(&ranking->entry[order[i]], false));
	return json_pack("{s:s, s:I, s:I, s:o}", "run", t->run->path, "step", (json_int_t)t->step, "image_evaluations",
		(json_int_t)evaluations, "architectures", list);
}

static void print_table(const struct ranking *ranking, const int *order, int count)
{
	puts("   #  id            score  ±se     error  ±se     images  params    MACs  depth  origin");
	for (int i = 0; i < count; i++) {
		const struct ranking_row *row = &ranking->entry[order[i]].row;
		char parameters[UNITS_TEXT], macs[UNITS_TEXT];

		printf("%4d  %s  %.4f %.4f  %.4f %.4f  %6d  %6s  %6s  %5d  %s\n", i + 1, row->id, row->score, row->score_stderr,
			row->error, row->error_stderr, row->images, units_count((double)row->parameters, parameters),
			units_count((double)row->macs, macs), row->depth, origin_names[row->origin]);
	}
}

static int rank(const struct options *o, struct trainer *t)
{
	struct ranking ranking = { 0 };
	struct job job = { .ranking = &ranking };
	int *order = NULL, bad = 0, status = EXIT_FAILED;

	if (t->step == 0) {
		err_set("%s is untrained: there is no checkpoint; train it first: smashtop train --run %s", t->run->path, t->run->path);
		goto out;
	}
	if (ranking_load(&ranking, t->run->path, &bad) < 0)
		goto out;
	if (bad)
		fprintf(stderr, "smashtop: %s/ranking.jsonl: %d damaged lines passed over\n", t->run->path, bad);
	progress_start(&job.progress);
	job.started = clock_seconds();

	int scored = rank_run(t, &ranking, (int)(o->count ? o->count : 100), (int)o->images, on_progress, &job);

	progress_end(&job.progress);
	if (scored < 0)
		goto out;
	order = malloc((size_t)(ranking.count + 1) * sizeof *order);
	if (!order) {
		err_set("out of memory");
		goto out;
	}

	int count = ranking_order(&ranking, t->step, order);

	status = EXIT_DONE;
	if (o->json)
		status = cli_print_json(to_json(t, &ranking, order, count, job.image_evaluations));
	else
		print_table(&ranking, order, count);
	if (cli_interrupted())
		status = EXIT_INTERRUPTED;
out:
	if (status == EXIT_FAILED)
		cli_failed(status);
	free(order);
	ranking_release(&ranking);
	return status;
}

int cli_rank(const struct options *o)
{
	struct worker_options w;
	struct run *run;
	struct trainer *t;

	if (!options_given(o, "run")) {
		err_set("smashtop rank wants --run DIR");
		return cli_failed(EXIT_USAGE);
	}
	if (!run_exists(o->run)) {
		err_set("%s: no run directory (it has no run.json)", o->run);
		return cli_failed(EXIT_FAILED);
	}
	w = (struct worker_options){ .create = false };
	snprintf(w.run_path, sizeof w.run_path, "%s", o->run);
	cli_catch_signals();
	if (setup_open(&w, &run, &t) < 0)
		return cli_failed(EXIT_FAILED);
	if (t->notice[0])
		fprintf(stderr, "smashtop: %s\n", t->notice);

	int status = rank(o, t);

	trainer_close(t);
	run_close(run);
	return status;
}
