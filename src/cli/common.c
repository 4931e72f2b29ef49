/* common.c -- errors, JSON, signals, and which run is meant. */
#include <limits.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "kernels/kernels.h"
#include "src/base/document.h"
#include "src/base/err.h"
#include "src/cli/cli.h"
#include "src/store/run.h"

int cli_failed(int status)
{
	fprintf(stderr, "smashtop: %s\n", err_last());
	return status;
}

int cli_print_json(json_t *document)
{
	int rc = document ? json_dumpf(document, stdout, JSON_REAL_PRECISION(9)) : -1;

	json_decref(document);
	if (rc < 0 || putchar('\n') == EOF || fflush(stdout) == EOF) {
		err_set("cannot write to standard output");
		return cli_failed(EXIT_FAILED);
	}
	return EXIT_DONE;
}

int cli_preset(struct preset *preset, const struct options *o)
{
	if (preset_get(preset, o->preset) < 0)
		return -1;
	for (int i = 0; i < o->set_count; i++)
		if (preset_set(preset, o->set[i]) < 0)
			return -1;
	return preset_validate(preset);
}

static volatile sig_atomic_t asked_to_end;

static void ask_to_end(int number)
{
	(void)number;
	asked_to_end = 1;
}

void cli_catch_signals(void)
{
	struct sigaction end = { .sa_handler = ask_to_end, .sa_flags = (int)SA_RESETHAND };
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGINT, &end, NULL);
	sigaction(SIGTERM, &end, NULL);
	sigaction(SIGHUP, &ignore, NULL);
	sigaction(SIGPIPE, &ignore, NULL);
}

bool cli_interrupted(void)
{
	return asked_to_end;
}

/* runs/20261124-081719, with -2 … behind it where that is taken. */
static void new_run_path(char path[512])
{
	time_t now = time(NULL);
	struct tm local;
	char stamp[32];
	struct stat st;

	localtime_r(&now, &local);
	strftime(stamp, sizeof stamp, "runs/%Y%m%d-%H%M%S", &local);
	snprintf(path, 512, "%s", stamp);
	for (int i = 2; stat(path, &st) == 0; i++)
		snprintf(path, 512, "%s-%d", stamp, i);
}

/* Preset and settings as they are given; settings alone change the run's own. 0, or -1 with err_last(). */
static int given_preset(struct preset *preset, const struct options *o)
{
	if (options_given(o, "preset"))
		return cli_preset(preset, o);
	for (int i = 0; i < o->set_count; i++)
		if (preset_set(preset, o->set[i]) < 0)
			return -1;
	return preset_validate(preset);
}

/* 1 the same, 0 another, -1. */
static int same_preset(const struct preset *made_with, const struct options *o)
{
	struct preset preset = *made_with;
	json_t *given, *kept;
	int same;

	if (given_preset(&preset, o) < 0)
		return -1;
	given = preset_to_json(&preset);
	kept = preset_to_json(made_with);
	same = json_equal(given, kept);
	json_decref(given);
	json_decref(kept);
	return same;
}

/* The same data set, perhaps in another folder. */
static bool same_data(const char *given, const char *kept)
{
	size_t length = strcspn(given, ":");

	return strcspn(kept, ":") == length && memcmp(given, kept, length) == 0;
}

static int keeps(const char *run, const char *option, const char *value)
{
	return err_set("--%s: %s exists and keeps what it was made with, %s; leave --%s out, or name another --run", option, run, value, option);
}

/* What a run was made with stays, and saying something else about it is a mistake worth an error; device and threads are the machine's. */
static int check_same(const char *path, const struct options *o)
{
	struct run *run = run_open(path, false);
	char seed[24];
	int rc = 0, same = 1;

	if (!run)
		return 0;                                /* opening it will say why */
	snprintf(seed, sizeof seed, "%llu", (unsigned long long)run->config.seed);
	if (options_given(o, "preset") || o->set_count)
		same = same_preset(&run->config.preset, o);
	if (same < 0)
		rc = -1;
	else if (!same)
		rc = keeps(path, options_given(o, "preset") ? "preset" : "set", run->config.preset.name);
	else if (options_given(o, "data") && !same_data(o->data, run->config.data))
		rc = keeps(path, "data", run->config.data);
	else if (options_given(o, "seed") && (uint64_t)o->seed != run->config.seed)
		rc = keeps(path, "seed", seed);
	run_close(run);
	return rc;
}

static int copy(char *target, size_t size, const char *option, const char *text)
{
	if ((size_t)snprintf(target, size, "%s", text) >= size)
		return err_set("--%s: longer than %zu characters", option, size - 1);
	return 0;
}

int cli_machine(struct worker_options *w, const struct options *o)
{
	bool device = options_given(o, "device") || w->create, precision = options_given(o, "precision") || w->create;

	w->threads = options_given(o, "threads") || w->create ? (int)o->threads : 0;
	if (precision && precision_find(o->precision) < 0)
		return err_prefix("--precision");
	return (device && copy(w->device, sizeof w->device, "device", o->device) < 0) ||
		(precision && copy(w->precision, sizeof w->precision, "precision", o->precision) < 0) ? -1 : 0;
}

int cli_worker_options(struct worker_options *w, const struct options *o)
{
	struct preset preset;

	*w = (struct worker_options){ .seed = (uint64_t)o->seed, .steps = o->steps };
	if (options_given(o, "run")) {
		if (copy(w->run_path, sizeof w->run_path, "run", o->run) < 0)
			return EXIT_USAGE;
		w->create = !run_exists(o->run);
		if (w->create && o->resume) {
			err_set("--resume: %s is no run directory; leave --resume out to make one", o->run);
			return EXIT_FAILED;
		}
	} else if (o->resume) {
		if (!run_find_unfinished("runs", w->run_path)) {
			err_set("--resume: no unfinished run in runs/; name one with --run, or leave --resume out to start one");
			return EXIT_FAILED;
		}
	} else {
		w->create = true;
		new_run_path(w->run_path);
	}
	if (cli_machine(w, o) < 0)
		return EXIT_USAGE;
	if (!w->create && (check_same(w->run_path, o) < 0 || (options_given(o, "data") && copy(w->data, sizeof w->data, "data", o->data) < 0)))
		return EXIT_USAGE;
	if (!w->create)
		return EXIT_DONE;
	if (cli_preset(&preset, o) < 0 || copy(w->preset, sizeof w->preset, "preset", o->preset) < 0 ||
			copy(w->data, sizeof w->data, "data", o->data) < 0)
		return EXIT_USAGE;
	w->set_count = o->set_count;
	memcpy(w->set, o->set, sizeof w->set);
	return EXIT_DONE;
}
