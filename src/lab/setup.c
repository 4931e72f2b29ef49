/* setup.c -- from what a person asked for to a run with its trainer. */
#include "src/lab/setup.h"

#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/lab/run_data.h"

static const char *or_default(const char *text, const char *standard)
{
	return *text ? text : standard;
}

int processors(void)
{
	cpu_set_t set;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		return CPU_COUNT(&set);
	return sysconf(_SC_NPROCESSORS_ONLN) > 0 ? (int)sysconf(_SC_NPROCESSORS_ONLN) : 1;
}

int run_config_from_options(struct run_config *config, const struct worker_options *options)
{
	*config = (struct run_config){ .seed = options->seed };
	if (preset_get(&config->preset, or_default(options->preset, "small")) < 0)
		return -1;
	for (int i = 0; i < options->set_count; i++)
		if (preset_set(&config->preset, options->set[i]) < 0)
			return -1;
	if (preset_validate(&config->preset) < 0)
		return -1;
	if (dataset_absolute(config->data, or_default(options->data, "fashion-mnist")) < 0)
		return -1;
	strcpy(config->device, or_default(options->device, "auto"));
	strcpy(config->precision, or_default(options->precision, "float"));
	if (options->steps < 0)
		return err_set("steps: %lld, where 1 or more would be right", (long long)options->steps);
	config->steps = options->steps ? options->steps : config->preset.training.steps;
	config->threads = options->threads > 0 ? options->threads : processors();
	return 0;
}

/* A run that exists, made longer or shorter: the schedule belongs to the whole length, so it changes for the steps that are left. */
static int change_length(struct run *run, struct trainer *t, int64_t steps)
{
	int64_t old = run->config.steps;
	double before = trainer_learning_rate(t, PARAM_HYPERNET, t->step);

	if (steps == 0 || steps == old)
		return 0;
	if (steps < t->step || steps < 1)
		return err_set("%s: %lld steps are done, so --steps %lld cannot be; ask for more", run->path, (long long)t->step,
			(long long)steps);
	run->config.steps = t->config.steps = steps;
	if (run_save_config(run) < 0) {
		run->config.steps = old;
		return -1;
	}

	size_t used = strlen(t->notice);

	snprintf(t->notice + used, sizeof(t->notice) - used, "%s%lld steps instead of %lld: the learning rate goes on from %.2g (was %.2g)",
		used ? "; " : "", (long long)steps, (long long)old, trainer_learning_rate(t, PARAM_HYPERNET, t->step), before);
	return 0;
}

/* What the run's data are, for times when they are not there; a run of an earlier version has it from now on. */
static int note_data(const struct run *run, struct trainer *t)
{
	char differs[256];
	size_t used = strlen(t->notice);

	if (t->data->missing)
		return 0;
	if (run_data_note(run->path, t->data, differs, sizeof(differs)) < 0)
		return -1;
	snprintf(t->notice + used, sizeof(t->notice) - used, "%s%s", used && *differs ? "; " : "", differs);
	return 0;
}

static void tell_partial(struct trainer *t)
{
	char partial[160];

	if (dataset_partial(t->data, partial, sizeof(partial)))
		snprintf(t->notice, sizeof(t->notice), "%s is a part: %s", t->data->name, partial);
}

/* run.json is written last: a data set that is missing must not leave an empty run behind. */
static int create(const struct worker_options *options, struct run **run, struct trainer **t)
{
	struct run_config config;

	if (run_exists(options->run_path))
		return err_set("%s: a run is there already; open it (--resume), or name another directory", options->run_path);
	if (run_config_from_options(&config, options) < 0 || !(*t = trainer_new(&config)) ||
	    !(*run = run_create(options->run_path, &(*t)->config)) || note_data(*run, *t) < 0)
		return -1;
	if (trainer_attach(*t, *run) < 0)
		return -1;
	tell_partial(*t);
	return 0;
}

/* A run goes on with another device, precision or number of threads where they are asked for, and keeps them. */
static bool change_machine(struct run_config *config, const struct worker_options *options)
{
	struct run_config before = *config;

	if (options->threads > 0)
		config->threads = options->threads;
	if (*options->device)
		strcpy(config->device, options->device);
	if (*options->precision)
		strcpy(config->precision, options->precision);
	return config->threads != before.threads || strcmp(config->device, before.device) != 0 || strcmp(config->precision, before.precision) != 0;
}

static int keep_machine(struct run *run, struct trainer *t)
{
	size_t used = strlen(t->notice);

	snprintf(t->notice + used, sizeof(t->notice) - used, "%s%s, %s, %d thread%s from here on: sums are rounded otherwise than before", used ? "; " : "",
		run->config.device, run->config.precision, run->config.threads, run->config.threads == 1 ? "" : "s");
	return run_save_config(run);
}

static int open_existing(const struct worker_options *options, struct run **run, struct trainer **t)
{
	bool changed;

	if (!(*run = run_open(options->run_path, true)))
		return -1;
	if (*options->data && run_data_move((*run)->path, &(*run)->config, options->data) < 0)
		return -1;
	changed = change_machine(&(*run)->config, options);
	if (!(*t = trainer_open(*run)) || note_data(*run, *t) < 0 || (options->steps && dataset_examples((*t)->data) < 0) || (changed && keep_machine(*run, *t) < 0))
		return -1;
	return change_length(*run, *t, options->steps);
}

int setup_open(const struct worker_options *options, struct run **run, struct trainer **t)
{
	*run = NULL;
	*t = NULL;
	if ((options->create ? create : open_existing)(options, run, t) == 0)
		return 0;
	trainer_close(*t);
	run_close(*run);
	*run = NULL;
	*t = NULL;
	return -1;
}
