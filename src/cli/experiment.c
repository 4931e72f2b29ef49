/* experiment.c -- every experiment of the laboratory from the command line: options in, a job run to its end, a report or JSON out. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/base/nearest.h"
#include "src/cli/cli.h"
#include "src/cli/find.h"
#include "src/lab/experiment.h"
#include "src/lab/setup.h"

/* ---- options to an experiment ---- */

static const enum experiment_kind kinds[SUBCOMMANDS] = {
	[SUBCOMMAND_RANK] = EXPERIMENT_RANK, [SUBCOMMAND_CORRUPT] = EXPERIMENT_CORRUPT, [SUBCOMMAND_GUIDE] = EXPERIMENT_GUIDE,
	[SUBCOMMAND_RETRAIN] = EXPERIMENT_RETRAIN, [SUBCOMMAND_CORRELATE] = EXPERIMENT_CORRELATE,
};

/* The number of a name, or -1 with err_last() naming those there are. */
static int name_number(const char *option, const char *name, size_t length, const char *const *names, int count)
{
	char word[64], known[256] = "";
	struct nearest near;

	snprintf(word, sizeof word, "%.*s", (int)length, name);
	near = nearest_to(word);
	for (int i = 0; i < count; i++) {
		if (strcmp(names[i], word) == 0)
			return i;
		nearest_offer(&near, names[i]);
		snprintf(known + strlen(known), sizeof known - strlen(known), "%s%s", i ? ", " : "", names[i]);
	}
	return err_set("--%s %s: there is none of this name; there are %s%s", option, word, known, nearest_hint(&near));
}

/* "dilation,reads" or "all" as a mask. 0 or -1. */
static int names_mask(unsigned *mask, const char *option, const char *text, const char *const *names, int count)
{
	*mask = 0;
	if (strcmp(text, "all") == 0) {
		*mask = (1u << count) - 1;
		return 0;
	}
	for (const char *at = text; ; at++) {
		size_t length = strcspn(at, ",");
		int number = name_number(option, at, length, names, count);

		if (number < 0)
			return -1;
		*mask |= 1u << number;
		at += length;
		if (!*at)
			return 0;
	}
}

static bool is_wide_resnet(const char *name)
{
	return strncmp(name, "wrn-", 4) == 0;
}

static int fill_arch(struct experiment *e, const struct options *o)
{
	if (!options_given(o, "arch"))
		return 0;
	if (e->kind == EXPERIMENT_RETRAIN && is_wide_resnet(o->arch)) {
		if ((size_t)snprintf(e->network, sizeof e->network, "%s", o->arch) >= sizeof e->network)
			return err_set("--arch %.32s...: wants wrn-DEPTH-WIDTH, such as wrn-16-4", o->arch);
		return 0;
	}
	e->has_arch = true;
	return find_arch(&e->arch, o, o->arch);
}

/* "all" is what the space varies, which the mask 0 says. */
static int fill_corrupt(struct experiment *e, const struct options *o)
{
	if (names_mask(&e->hows, "how", o->how, corrupt_how_names, CORRUPT_HOWS) < 0)
		return -1;
	return strcmp(o->field, "all") == 0 ? 0 : names_mask(&e->fields, "field", o->field, corrupt_field_names, CORRUPT_FIELDS);
}

/* EXIT_DONE, or EXIT_USAGE or EXIT_FAILED with err_last(). */
static int fill(struct experiment *e, const struct options *o)
{
	int predictor = name_number("predictor", o->predictor, strlen(o->predictor), predictor_names, PREDICTORS);

	if (predictor < 0)
		return EXIT_USAGE;
	*e = (struct experiment){
		.kind = kinds[o->subcommand], .seed = (uint64_t)o->seed, .count = (int)o->count, .images = (int)o->images,
		.top = (int)o->top, .perturb = (int)o->perturb, .chain = (int)o->chain, .with_patterns = o->patterns,
		.trials = (int)o->trials, .evaluations = (int)o->evaluations, .predictor = predictor,
		.epochs = (int)o->epochs, .batch = (int)o->batch, .learning_rate = o->rate, .from_generated = o->from_generated,
		.weight_norm = o->weight_norm, .every = (int)o->every, .seeds = (int)o->seeds, .matched = o->matched,
	};
	if (options_given(o, "data"))
		snprintf(e->data, sizeof e->data, "%s", o->data);
	if (e->kind == EXPERIMENT_CORRUPT && fill_corrupt(e, o) < 0)
		return EXIT_USAGE;
	if (e->kind == EXPERIMENT_RETRAIN && !options_given(o, "arch")) {
		err_set("smashtop retrain wants --arch ID|FILE|NAME");
		return EXIT_USAGE;
	}
	return fill_arch(e, o) < 0 ? EXIT_FAILED : EXIT_DONE;
}

/* ---- running ---- */

static int record(struct trainer *t, struct ranking *ranking, const struct ranking_entry *e)
{
	return ranking_append(t->run, e) < 0 || ranking_put(ranking, e) < 0 ? -1 : 0;
}

static void show(struct progress *p, const struct job *job, bool important)
{
	int64_t done, total;
	char text[192] = "";

	if (!important && !progress_due(p))
		return;
	job->type->counts(job, &done, &total);
	job->type->describe(job, text, sizeof text);
	progress_show(p, done, total, text, important);
}

/* 0 at the end or when interrupted, -1. What fails of a sound device is said and left out. */
static int run_to_end(struct job *job, struct trainer *t, struct ranking *ranking)
{
	struct progress p;
	int rc = 0;

	progress_start(&p);
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
			progress_end(&p);
			fprintf(stderr, "smashtop: %s\n", err_last());
		}
		show(&p, job, false);
	}
	if (rc == 0)
		show(&p, job, true);
	progress_end(&p);
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

static int run_experiment(const struct options *o, struct trainer *t, const struct experiment *e)
{
	struct ranking ranking = { 0 };
	struct job *job = NULL;
	int bad = 0, status = EXIT_FAILED;

	if (ranking_load(&ranking, t->run->path, &bad) < 0)
		goto out;
	if (bad)
		fprintf(stderr, "smashtop: %s/ranking.jsonl: %d damaged lines passed over\n", t->run->path, bad);
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
	int status = fill(&e, o);

	if (status != EXIT_DONE)
		return cli_failed(status);
	snprintf(w.run_path, sizeof w.run_path, "%s", o->run);
	cli_catch_signals();
	if (setup_open(&w, &run, &t) < 0)
		return cli_failed(EXIT_FAILED);
	if (t->notice[0])
		fprintf(stderr, "smashtop: %s\n", t->notice);
	status = run_experiment(o, t, &e);
	trainer_close(t);
	run_close(run);
	return status;
}
