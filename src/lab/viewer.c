/*
 * viewer.c -- a run that another process trains: its files are followed as they grow, and snapshots say what they say. Files alone: no lock is
 * taken, no network is built, nothing is written. Of questions there is an answer to the one that needs no network, for images alone.
 */
#include "src/lab/worker_internal.h"

#include <errno.h>
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/lab/run_data.h"

/* still_seconds: without a step for so long, training has no speed. */
static const double still_seconds = 10, smoothing_seconds = 10;

struct viewer {
	struct worker *w;
	struct trainer *images;          /* one with a data set and nothing else, for answering */
	struct answering *answering;
	struct line_place metrics, ranking;
	struct timespec checkpoint;      /* its time of change */
	uint64_t folders;                /* of the times of change of those that answers come from */
	double stepped;                  /* clock of the last step that was seen; 0: training stood still then */
	int64_t stepped_to;
	double steps_per_second;         /* of wall time; 0: not known yet */
};

/* ---- what it is ---- */

/* What the parameters are is known without any memory for them. */
static int declare_and_fill(struct worker *w, struct backend *be, const struct dataset *data)
{
	struct shapes {
		struct layout layout;
		struct network network;
		struct hypernet hypernet;
	} *shapes = calloc(1, sizeof(*shapes));
	struct params *params = params_new(be);
	const struct preset *preset = &w->run->config.preset;
	int rc = -1;

	if (!shapes || !params)
		err_set("out of memory");
	else if (layout_init(&shapes->layout, &preset->space, data->axes) == 0 &&
	    network_init(&shapes->network, &preset->space, data->axes, &data->input, params) == 0 &&
	    hypernet_init(&shapes->hypernet, &shapes->layout, &preset->hypernet, params) == 0)
		rc = 0;
	if (rc == 0)
		fill_run(&w->next, w->run, data, params);
	params_free(params);
	free(shapes);
	return rc;
}

static int open_view(struct viewer *v)
{
	struct worker *w = v->w;
	struct snapshot *s = &w->next;
	struct backend *be;
	int rc;

	dataset_watch(tell_opening, w);
	v->images = calloc(1, sizeof(*v->images));
	if (!v->images)
		return err_set("out of memory");
	if (!(w->run = run_open(w->options.run_path, false)) || !(v->images->data = run_data_open(w->run->path, &w->run->config, false)) ||
	    !(v->answering = answering_new(v->images)))
		return -1;
	be = backend_open("cpu", 1);
	rc = be ? declare_and_fill(w, be, v->images->data) : -1;
	backend_close(be);
	snprintf(s->device, sizeof(s->device), "%s", w->run->config.device);
	s->threads = w->run->config.threads;
	return rc;
}

static void close_view(struct viewer *v)
{
	answering_free(v->answering);
	if (v->images)
		dataset_close(v->images->data);
	free(v->images);
}

/* ---- files that grow ---- */

static void take_line(void *context, const struct metrics_line *line)
{
	struct worker *w = context;
	struct snapshot *s = &w->next;

	add_history(s, line);
	w->dirty = true;
	if (line->validation)
		return;
	s->step = line->step;
	s->learning_rate = line->learning_rate;
	if (!(line->images_per_second > 0))
		return;
	s->gflops = line->gflops;
	s->step_seconds = w->run->config.preset.training.batch / line->images_per_second;
	s->elapsed_seconds += s->step_seconds;
}

static void follow_metrics(struct viewer *v)
{
	struct worker *w = v->w;

	if (metrics_follow(w->run->path, &v->metrics, take_line, w) != 1)
		return;
	forget_history(&w->next);                /* steps since a checkpoint are done again */
	v->stepped = 0;
	metrics_follow(w->run->path, &v->metrics, take_line, w);
}

static void follow_ranking(struct viewer *v)
{
	struct worker *w = v->w;
	struct ranking added = { 0 };
	bool anew = ranking_follow(&added, w->run->path, &v->ranking) == 1;

	if (anew)
		ranking_follow(&added, w->run->path, &v->ranking);
	if (anew || added.count) {
		pthread_mutex_lock(&w->lock);
		if (anew)
			ranking_release(&w->ranking);
		for (int i = 0; i < added.count; i++)
			ranking_put(&w->ranking, &added.entry[i]);
		pthread_mutex_unlock(&w->lock);
		w->next.ranking_count = w->ranking.count;
		w->next.ranking_serial++;
		w->dirty = true;
	}
	ranking_release(&added);
}

static bool stat_of(const struct worker *w, const char *name, struct stat *st)
{
	char path[sizeof(w->run->path) + 32];

	snprintf(path, sizeof(path), "%s/%s", w->run->path, name);
	return stat(path, st) == 0;
}

static void follow_checkpoint(struct viewer *v)
{
	struct snapshot *s = &v->w->next;
	struct stat st;
	int64_t step;

	if (!stat_of(v->w, "checkpoint.safetensors", &st) || memcmp(&st.st_mtim, &v->checkpoint, sizeof(v->checkpoint)) == 0)
		return;
	v->checkpoint = st.st_mtim;
	step = checkpoint_step(v->w->run->path);
	s->checkpoint_step = step > 0 ? step : -1;
	s->step = step > s->step ? step : s->step;       /* a run without its metrics is one still */
	v->w->saved = clock_seconds() - (clock_wall() - (double)st.st_mtime);
	v->w->dirty = true;
}

/* Documents are renamed into their folders, which tell by their times. */
static void follow_answers(struct viewer *v)
{
	static const char *const folders[] = { "results", "retrained", "architectures", "drafts" };
	char times[4 * 48] = "";
	uint64_t hash;

	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct stat st = { 0 };
		size_t n = strlen(times);

		if (stat_of(v->w, folders[i], &st))
			snprintf(times + n, sizeof(times) - n, "%zu %lld.%09ld,", i, (long long)st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	}
	hash = hash_text(times);
	if (hash != v->folders)
		answers_open(v->w);
	v->folders = hash;
}

static void stand_still(struct viewer *v)
{
	struct snapshot *s = &v->w->next;

	v->stepped = v->steps_per_second = s->images_per_second = s->gflops = 0;
	s->eta_seconds = NAN;
	v->w->dirty = true;
}

static void follow_speed(struct viewer *v)
{
	struct snapshot *s = &v->w->next;
	double now = clock_seconds(), seconds = now - v->stepped;

	if (s->step == v->stepped_to) {
		if (v->stepped > 0 && seconds > fmax(still_seconds, 5 * s->step_seconds))
			stand_still(v);
	} else {
		double rate = (double)(s->step - v->stepped_to) / seconds;

		if (v->stepped > 0)
			v->steps_per_second += (rate - v->steps_per_second) * (v->steps_per_second > 0 ? fmin(1, seconds / smoothing_seconds) : 1);
		v->stepped = now;
		v->stepped_to = s->step;
	}
	s->images_per_second = v->steps_per_second * v->w->run->config.preset.training.batch;
	s->eta_seconds = v->steps_per_second > 0 ? (double)(s->steps - s->step) / v->steps_per_second : NAN;
}

/* ---- who has it ---- */

/* As long as that process lives its lock is left alone: looking at it would be in the way of one that opens the run. */
static void watch_holder(struct viewer *v)
{
	struct snapshot *s = &v->w->next;
	long before = s->holder;

	if (before > 0 && (kill((pid_t)before, 0) == 0 || errno == EPERM))
		return;
	if (before == 0 && !v->w->dirty)
		return;                          /* free, and nobody writes it */
	s->holder = run_holder(v->w->run->path);
	if (s->holder == before)
		return;
	stand_still(v);
	if (s->holder == 0)
		say(v->w, "process %ld has ended: the run is free, :resume opens it here", before);
	else
		say(v->w, "process %ld has the run now", s->holder);
}

static void look(struct viewer *v)
{
	follow_metrics(v);
	follow_ranking(v);
	follow_checkpoint(v);
	follow_answers(v);
	follow_speed(v);
	watch_holder(v);
	if (v->w->dirty)
		publish(v->w);
}

/* ---- commands ---- */

const char *only_looking(const struct snapshot *s, char text[ONLY_LOOKING])
{
	if (s->holder > 0)
		snprintf(text, ONLY_LOOKING, "run in use by pid %ld: only looking", s->holder);
	else
		snprintf(text, ONLY_LOOKING, s->holder ? "run in use by another process: only looking" : "only looking: :resume opens the run here");
	return text;
}

static void answer_question(struct viewer *v, const struct question *q)
{
	char why[ONLY_LOOKING];
	enum question_kind kind = q->kind;
	json_t *document;

	if (kind == QUESTION_PREDICTIONS && q->arch.axes == 0) {
		answering_ask(v->answering, q);
		document = answering_advance(v->answering, &kind);
	} else {
		document = json_pack("{s:I, s:s, s:b}", "serial", (json_int_t)q->serial, "failed", only_looking(&v->w->next, why), "running", 0);
	}
	put_answer(v->w, ANSWER_OF(kind), document);
}

/* True: the run is to be opened. */
static bool obey(struct viewer *v, const struct command *c)
{
	struct worker *w = v->w;
	char text[ONLY_LOOKING];

	switch (c->kind) {
	case COMMAND_STOP:
		w->stop = true;
		return false;
	case COMMAND_RESULT:
		answer_result(w, c);
		return false;
	case COMMAND_QUESTION:
		answer_question(v, &c->question);
		return false;
	case COMMAND_RESUME:
		w->next.holder = run_holder(w->run->path);
		if (w->next.holder == 0)
			return true;
		/* fall through */
	default:
		say(w, "%s", only_looking(&w->next, text));
		return false;
	}
}

/* The next command that comes within a second. */
static bool wait_command(struct worker *w, struct command *c)
{
	struct timespec until;
	bool taken;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&w->lock);
	while (w->queue_count == 0 && pthread_cond_timedwait(&w->wake, &w->lock, &until) == 0)
		;
	taken = queued_command(w, c);
	pthread_mutex_unlock(&w->lock);
	return taken;
}

/* ---- the view ---- */

static void view(struct viewer *v)
{
	struct worker *w = v->w;
	struct command c;
	char text[ONLY_LOOKING];
	bool open = false;

	w->next.state = WORKER_VIEWING;
	say(w, "%s", only_looking(&w->next, text));
	while (!w->stop && !open) {
		look(v);
		if (wait_command(w, &c))
			open = obey(v, &c);
	}
}

/* As before anything was opened; what has a serial goes on. */
static void begin_anew(struct worker *w)
{
	uint64_t serial = w->next.serial;

	run_close(w->run);
	w->run = NULL;
	first_snapshot(&w->next);
	w->next.serial = serial;
	w->dirty = true;
}

/* Who asks for something else of the run, a device, a length, wants it opened. */
static bool may_view(const struct worker_options *o)
{
	return !o->create && !*o->data && !*o->device && !*o->precision && o->threads <= 0 && o->steps == 0;
}

void view_run(struct worker *w)
{
	struct viewer v = { .w = w, .folders = 1 };

	if (!may_view(&w->options) || !(w->next.holder = run_holder(w->options.run_path)))
		return;
	if (open_view(&v) < 0) {
		fail(w);
	} else {
		view(&v);
		if (w->stop)
			set_state(w, WORKER_STOPPED);
		else
			begin_anew(w);
	}
	close_view(&v);
}
