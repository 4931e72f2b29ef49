/* worker_open.c -- a run on the disk, or one that is to be made, becomes what the first snapshots say. */
#include "src/lab/worker_internal.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/clock.h"
#include "src/lab/curve.h"
#include "src/lab/marks.h"
#include "src/lab/setup.h"

void forget_history(struct snapshot *s)
{
	s->step = s->valid_step = 0;
	s->loss = s->error = s->learning_rate = NAN;
	s->valid_loss = s->valid_loss_stderr = s->valid_error = NAN;
	s->elapsed_seconds = 0;
	curve_init(&s->curve);
}

void first_snapshot(struct snapshot *s)
{
	forget_history(s);
	s->serial = 1;
	s->state = WORKER_OPENING;
	s->arch_loss = NAN;
	s->step_seconds = s->eta_seconds = s->checkpoint_age_seconds = NAN;
	s->checkpoint_step = -1;
}

void add_history(void *context, const struct metrics_line *line)
{
	struct snapshot *s = context;

	if (!isnan(line->loss)) {
		s->loss = line->loss;
		s->error = line->error;
		curve_add(&s->curve, line->step, line->loss, line->error, line->learning_rate);
	}
	if (!isnan(line->valid_loss)) {
		s->valid_loss = line->valid_loss;
		s->valid_loss_stderr = line->valid_loss_stderr;
		s->valid_error = line->valid_error;
		s->valid_step = line->step;
		curve_add_validation(&s->curve, line->step, line->valid_loss, line->valid_loss_stderr, line->valid_error);
	}
}

/* ---- damaged files ---- */

static void note_lines(struct worker *w, const char *name, int count, int first)
{
	if (count == 1)
		note_damage(w, "%s: line %d makes no sense and was passed over", name, first);
	else if (count > 1)
		note_damage(w, "%s: %d lines make no sense and were passed over, the first is line %d", name, count, first);
}

struct damaged {
	int count, first;
};

static void count_damaged(void *context, const json_t *line, int number)
{
	struct damaged *d = context;

	if (!line && d->count++ == 0)
		d->first = number;
}

/* A draft is read when it is edited; what it has lost then is known now. */
static void check_drafts(struct worker *w)
{
	char path[sizeof(w->run->path) + 16];
	DIR *dir;

	snprintf(path, sizeof(path), "%s/drafts", w->run->path);
	dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir)); ) {
		struct damaged d = { 0 };
		char name[300];
		size_t length = strlen(e->d_name);

		if (length < 6 || strcmp(e->d_name + length - 6, ".jsonl") != 0)
			continue;
		snprintf(name, sizeof(name), "drafts/%s", e->d_name);
		run_scan_lines(w->run->path, name, count_damaged, &d);
		note_lines(w, name, d.count, d.first);
	}
	if (dir)
		closedir(dir);
}

static void check_files(struct worker *w)
{
	int first, count = marks_damaged(w->run->path, &first);

	if (count)
		note_lines(w, "marks", count, first);
	check_drafts(w);
}

/* ---- what the run has been ---- */

static int read_history(struct worker *w)
{
	struct ranking ranking = { 0 };
	int bad;

	if (metrics_read(w->run->path, w->trainer->step, add_history, &w->next) < 0 || ranking_load(&ranking, w->run->path, &bad) < 0)
		return -1;
	if (bad && ranking.count == 0)
		note_damage(w, "ranking.jsonl: none of its %d lines makes sense: the ranking is empty", bad);
	else if (bad)
		note_lines(w, "ranking.jsonl", bad, ranking.first_bad);
	pthread_mutex_lock(&w->lock);
	ranking_release(&w->ranking);            /* what was seen of it while another process had the run */
	w->ranking = ranking;
	pthread_mutex_unlock(&w->lock);
	w->next.ranking_count = ranking.count;
	w->next.ranking_serial++;
	return 0;
}

void fill_run(struct snapshot *s, const struct run *run, const struct dataset *data, const struct params *params)
{
	const struct preset *preset = &run->config.preset;

	snprintf(s->run_path, sizeof(s->run_path), "%s", run->path);
	snprintf(s->data_name, sizeof(s->data_name), "%s", data->name);
	snprintf(s->preset_name, sizeof(s->preset_name), "%s", preset->name);
	s->space = preset->space;
	s->input = data->input;
	s->train_images = data->train.count;
	s->validation_images = data->validation.count;
	s->test_images = data->test.count;
	s->hypernet_parameters = (int64_t)params_count(params, PARAM_HYPERNET);
	s->free_parameters = (int64_t)params_count(params, PARAM_FREE);
	s->steps = run->config.steps;
	s->epoch_steps = (data->train.count + preset->training.batch - 1) / preset->training.batch;
}

static void fill_facts(struct worker *w)
{
	struct trainer *t = w->trainer;
	struct snapshot *s = &w->next;

	fill_run(s, w->run, t->data, t->params);
	snprintf(s->device, sizeof(s->device), "%s", t->be->description);
	s->threads = t->be->threads;
	s->step = t->step;
	s->learning_rate = trainer_learning_rate(t, PARAM_HYPERNET, t->step);
	s->elapsed_seconds = t->seconds;
}

/* A checkpoint of an earlier process: its file knows when it was written. */
static void fill_checkpoint(struct worker *w)
{
	char path[sizeof(w->run->path) + 32];
	struct stat st;

	if (w->trainer->step == 0)
		return;
	w->next.checkpoint_step = w->trainer->step;
	snprintf(path, sizeof(path), "%s/checkpoint.safetensors", w->run->path);
	if (stat(path, &st) == 0)
		w->saved = clock_seconds() - (clock_wall() - (double)st.st_mtime);
}

static bool stop_is_asked(struct worker *w)
{
	bool asked = false;

	pthread_mutex_lock(&w->lock);
	for (int i = 0; i < w->queue_count; i++)
		asked |= w->queue[(w->queue_first + i) % COMMANDS_QUEUED].kind == COMMAND_STOP;
	pthread_mutex_unlock(&w->lock);
	return asked;
}

/* A data set that takes a while is shown as a job is. */
bool tell_opening(void *context, const char *text, int64_t done, int64_t total)
{
	struct worker *w = context;

	w->opening = (struct job_status){ .name = "open", .done = done, .total = total, .per_second = NAN, .eta_seconds = NAN };
	snprintf(w->opening.text, sizeof(w->opening.text), "%s", text);
	if (done >= total)
		w->opening = (struct job_status){ 0 };
	publish(w);
	return !stop_is_asked(w);
}

int open_run(struct worker *w)
{
	dataset_watch(tell_opening, w);
	if (setup_open(&w->options, &w->run, &w->trainer) < 0 || !(w->answering = answering_new(w->trainer)))
		return -1;
	w->saved = clock_seconds();
	fill_facts(w);
	fill_checkpoint(w);
	if (read_history(w) < 0)
		return -1;
	say(w, w->trainer->step ? "opened %s at step %lld" : "training begins in %s", w->run->path, (long long)w->trainer->step);
	answers_open(w);
	list_unfinished(w);
	check_files(w);
	if (*w->trainer->notice)
		say(w, "%s", w->trainer->notice);
	say_damage(w);
	meter_start(&w->meter, clock_seconds());
	set_state(w, w->trainer->step == w->trainer->config.steps ? WORKER_FINISHED : w->trainer->data->missing ? WORKER_PAUSED :
		WORKER_TRAINING);
	if (w->trainer->data->missing)
		say(w, "without images: %s", w->trainer->data->missing);
	return 0;
}
