/*
 * worker.c -- the thread that trains. All of it runs in one loop: take commands, do a slice of the job or a step of training, tell
 * what happened. What both threads touch stands first in the struct and under its lock; the rest is the thread's own.
 */
#include "src/lab/worker.h"

#include <fcntl.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/curve.h"
#include "src/lab/meter.h"
#include "src/lab/metrics.h"
#include "src/lab/rank.h"
#include "src/lab/setup.h"

enum { QUEUE = 256, NICE = 5 };
static const double publish_seconds = 0.05, checkpoint_seconds = 60, peak_after_seconds = 1;

struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;             /* a command has come */
	int pipe[2];
	bool signalled;                  /* a byte stands in the pipe */
	bool running;
	struct command queue[QUEUE];
	int queue_first, queue_count;
	struct snapshot shared;
	struct ranking ranking;          /* changed by the thread alone, and then under the lock; so the thread reads without it */

	/* The thread's own. */
	struct worker_options options;
	struct run *run;
	struct trainer *trainer;
	struct rank_job *job;
	double job_began, job_seconds, train_seconds;    /* since the job began: who has had how much */
	struct meter meter;
	struct snapshot next;            /* what the next snapshot will say */
	bool dirty;                      /* it says something new */
	double published, saved;         /* clocks */
	bool stop;
};

/* ---- telling ---- */

static int64_t resident_bytes(void)
{
	long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f)
		return 0;
	if (fscanf(f, "%*d %ld", &pages) != 1)
		pages = 0;
	fclose(f);
	return (int64_t)pages * sysconf(_SC_PAGESIZE);
}

static void fill_job(struct worker *w)
{
	struct job_status *job = &w->next.job;

	if (!w->job) {
		*job = (struct job_status){ 0 };
		return;
	}
	rank_counts(w->job, &job->done, &job->total);

	double rate = job->done / (clock_seconds() - w->job_began);

	job->per_second = job->done ? rate : NAN;
	job->eta_seconds = job->done ? (job->total - job->done) / rate : NAN;
}

static void fill_rates(struct worker *w)
{
	struct snapshot *s = &w->next;
	bool training = s->state == WORKER_TRAINING;

	s->images_per_second = training && w->meter.steps > 0 ? meter_images_per_second(&w->meter) : 0;
	s->gflops = training && w->meter.steps > 0 ? meter_gflops(&w->meter) : 0;
	s->step_seconds = meter_step_seconds(&w->meter);
	s->eta_seconds = s->state == WORKER_FINISHED ? 0 : NAN;
	if (training && w->meter.wall > 0.5)
		s->eta_seconds = (double)(s->steps - s->step) / meter_steps_per_second(&w->meter);
	s->checkpoint_age_seconds = s->checkpoint_step >= 0 ? clock_seconds() - w->saved : NAN;
	s->resident_bytes = resident_bytes();
	if (w->trainer)
		s->slab_bytes = (int64_t)tape_slab_bytes(w->trainer->tape);
}

/* The byte is written and taken under the lock, so that never two stand in the pipe. */
static void publish(struct worker *w)
{
	fill_job(w);
	fill_rates(w);
	w->next.serial++;
	pthread_mutex_lock(&w->lock);
	w->shared = w->next;
	if (!w->signalled)
		w->signalled = write(w->pipe[1], "", 1) == 1;
	pthread_mutex_unlock(&w->lock);
	w->published = clock_seconds();
	w->dirty = false;
}

static void __attribute__((format(printf, 2, 3))) say(struct worker *w, const char *format, ...)
{
	struct snapshot *s = &w->next;
	int line = s->log_count++ % LOG_LINES;
	va_list args;

	va_start(args, format);
	vsnprintf(s->message, sizeof(s->message), format, args);
	va_end(args);
	s->message_serial++;
	s->log[line].clock = clock_wall();
	snprintf(s->log[line].text, sizeof(s->log[line].text), "%.*s", (int)sizeof(s->log[line].text) - 1, s->message);
	if (w->run)
		run_log(w->run, "%s", s->message);
	w->dirty = true;
}

static void set_state(struct worker *w, enum worker_state state)
{
	w->next.state = state;
	publish(w);
}

/* The thread ends after this. */
static void fail(struct worker *w)
{
	snprintf(w->next.failure, sizeof(w->next.failure), "%s", err_last());
	say(w, "%s", w->next.failure);
	w->stop = true;
	set_state(w, WORKER_FAILED);
}

/* ---- checkpoints ---- */

static int save(struct worker *w)
{
	w->saved = clock_seconds();              /* also when it fails: the next try comes as late as any other */
	if (w->next.checkpoint_step == w->trainer->step)
		return 0;
	if (trainer_save(w->trainer) < 0) {
		err_prefix("not saved");
		say(w, "%s", err_last());
		return -1;
	}
	w->next.checkpoint_step = w->trainer->step;
	w->dirty = true;
	return 0;
}

/* ---- opening ---- */

static void add_history(void *context, const struct metrics_line *line)
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

static int read_history(struct worker *w)
{
	struct ranking ranking = { 0 };
	int bad;

	if (metrics_read(w->run->path, w->trainer->step, add_history, &w->next) < 0 || ranking_load(&ranking, w->run->path, &bad) < 0)
		return -1;
	if (bad)
		say(w, "ranking.jsonl: %d line%s passed over that make%s no sense", bad, bad == 1 ? "" : "s", bad == 1 ? "s" : "");
	pthread_mutex_lock(&w->lock);
	w->ranking = ranking;
	pthread_mutex_unlock(&w->lock);
	w->next.ranking_count = ranking.count;
	w->next.ranking_serial++;
	return 0;
}

static void fill_facts(struct worker *w)
{
	struct trainer *t = w->trainer;
	struct snapshot *s = &w->next;

	snprintf(s->run_path, sizeof(s->run_path), "%s", w->run->path);
	snprintf(s->data_name, sizeof(s->data_name), "%s", t->data->name);
	snprintf(s->preset_name, sizeof(s->preset_name), "%s", t->config.preset.name);
	snprintf(s->device, sizeof(s->device), "%s", t->be->description);
	s->space = t->config.preset.space;
	s->input = t->data->input;
	s->train_images = t->data->train.count;
	s->validation_images = t->data->validation.count;
	s->test_images = t->data->test.count;
	s->hypernet_parameters = (int64_t)params_count(t->params, PARAM_HYPERNET);
	s->free_parameters = (int64_t)params_count(t->params, PARAM_FREE);
	s->threads = t->be->threads;
	s->step = t->step;
	s->steps = t->config.steps;
	s->epoch_steps = (t->data->train.count + t->config.preset.training.batch - 1) / t->config.preset.training.batch;
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

static int open_run(struct worker *w)
{
	if (setup_open(&w->options, &w->run, &w->trainer) < 0)
		return -1;
	w->saved = clock_seconds();
	fill_facts(w);
	fill_checkpoint(w);
	if (read_history(w) < 0)
		return -1;
	say(w, w->trainer->step ? "opened %s at step %lld" : "training begins in %s", w->run->path, (long long)w->trainer->step);
	if (*w->trainer->notice)
		say(w, "%s", w->trainer->notice);
	meter_start(&w->meter, clock_seconds());
	set_state(w, w->trainer->step < w->trainer->config.steps ? WORKER_TRAINING : WORKER_FINISHED);
	return 0;
}

/* ---- training ---- */

static void note_step(struct worker *w, const struct step_report *r)
{
	struct snapshot *s = &w->next;

	meter_step(&w->meter, clock_seconds(), r->seconds, r->images, r->flops);
	curve_add(&s->curve, r->step, r->loss, r->error, r->learning_rate);
	s->step = r->step;
	s->loss = r->loss;
	s->error = r->error;
	s->learning_rate = r->learning_rate;
	s->elapsed_seconds = w->trainer->seconds;
	s->arch = w->trainer->arch;
	s->arch_step = r->step;
	s->arch_loss = r->loss;
	w->dirty = true;
}

/* A file of the run cannot be written: training is sound, so it waits for the person to make room. */
static void pause_for_files(struct worker *w)
{
	say(w, "paused: %s; make that possible, then resume", err_last());
	set_state(w, WORKER_PAUSED);
}

static int trouble(struct worker *w)
{
	if (w->trainer->write_failed)
		pause_for_files(w);
	else
		fail(w);
	return -1;
}

static int validate(struct worker *w)
{
	struct snapshot *s = &w->next;
	struct validation_report r;

	if (trainer_validate(w->trainer, &r) < 0 && !w->trainer->write_failed)
		return trouble(w);
	s->valid_loss = r.loss;
	s->valid_loss_stderr = r.loss_stderr;
	s->valid_error = r.error;
	s->valid_step = w->trainer->step;
	curve_add_validation(&s->curve, w->trainer->step, r.loss, r.loss_stderr, r.error);
	return w->trainer->write_failed ? trouble(w) : 0;
}

static void finish(struct worker *w)
{
	if (save(w) == 0)
		say(w, "training is finished: %lld steps", (long long)w->trainer->step);
	set_state(w, WORKER_FINISHED);
}

static void train(struct worker *w)
{
	struct trainer *t = w->trainer;
	struct step_report r;
	int rc = trainer_step(t, &r);

	if (rc == 0 || t->write_failed)
		note_step(w, &r);
	if (rc < 0) {
		trouble(w);
		return;
	}
	if (trainer_validation_due(t) && validate(w) < 0)
		return;
	if (t->step == t->config.steps) {
		finish(w);
		return;
	}
	if (clock_seconds() - w->saved > checkpoint_seconds)
		save(w);
	if (w->next.peak_gflops == 0 && w->meter.total > peak_after_seconds) {
		w->next.peak_gflops = trainer_measure_peak(t);
		meter_start(&w->meter, clock_seconds());
	}
}

/* ---- the job ---- */

static void end_job(struct worker *w)
{
	rank_free(w->job);
	w->job = NULL;
	w->dirty = true;
}

static struct rank_job *need_job(struct worker *w, const char *name)
{
	if (!w->job) {
		w->job = rank_new(w->trainer, &w->ranking);
		w->job_began = clock_seconds();
		w->job_seconds = w->train_seconds = 0;
	}
	if (w->job)
		strcpy(w->next.job.name, name);
	else
		say(w, "%s", err_last());
	return w->job;
}

static int record_result(struct worker *w)
{
	const struct ranking_entry *e = rank_result(w->job);
	int rc = ranking_append(w->run, e);

	pthread_mutex_lock(&w->lock);
	if (ranking_put(&w->ranking, e) < 0)
		rc = -1;
	pthread_mutex_unlock(&w->lock);
	w->next.ranking_count = w->ranking.count;
	w->next.ranking_serial++;
	w->dirty = true;
	return rc;
}

static void end_in_time(struct worker *w)
{
	int done, total;

	rank_counts(w->job, &done, &total);
	say(w, "%d architecture%s scored at step %lld", done, done == 1 ? "" : "s", (long long)rank_step(w->job));
	end_job(w);
}

static void advance_job(struct worker *w)
{
	switch (rank_advance(w->job)) {
	case RANK_DONE:
		end_in_time(w);
		break;
	case RANK_MORE:
		w->dirty = true;
		break;
	case RANK_SCORED:
		if (record_result(w) < 0) {
			say(w, "job ended: %s", err_last());
			end_job(w);
		}
		break;
	case RANK_FAILED:
		if (!backend_ok(w->trainer->be))
			fail(w);
		else
			say(w, "%s", err_last());
		break;
	}
}

/* ---- commands ---- */

static void do_pause(struct worker *w, const struct command *c)
{
	(void)c;
	if (w->next.state != WORKER_TRAINING)
		return;
	set_state(w, WORKER_PAUSED);
	save(w);
}

static void do_resume(struct worker *w, const struct command *c)
{
	(void)c;
	if (w->next.state != WORKER_PAUSED)
		return;
	meter_start(&w->meter, clock_seconds());
	set_state(w, WORKER_TRAINING);
}

static void do_save(struct worker *w, const struct command *c)
{
	(void)c;
	if (save(w) == 0)
		say(w, "saved at step %lld", (long long)w->trainer->step);
}

static void do_stop(struct worker *w, const struct command *c)
{
	(void)c;
	w->stop = true;
}

static void do_rank(struct worker *w, const struct command *c)
{
	if (c->count < 1)
		say(w, "rank: %d architectures, where 1 or more would be right", c->count);
	else if (need_job(w, "rank"))
		rank_sample(w->job, c->count, c->images);
}

static void do_score(struct worker *w, const struct command *c)
{
	char id[ARCH_ID_LENGTH + 1];

	if (arch_validate(&w->trainer->layout.space, &c->arch, NULL) < 0) {
		say(w, "not scored: %s", err_last());
		return;
	}
	arch_id(&c->arch, id);

	int i = ranking_find(&w->ranking, id);
	enum origin origin = i >= 0 ? w->ranking.entry[i].row.origin : ORIGIN_EDITED;
	const char *parent = i >= 0 ? w->ranking.entry[i].row.parent : "";

	if (need_job(w, "score") && rank_score(w->job, &c->arch, origin, parent, c->images) < 0)
		say(w, "%s", err_last());
}

static void do_cancel(struct worker *w, const struct command *c)
{
	int done, total;

	(void)c;
	if (!w->job)
		return;
	rank_counts(w->job, &done, &total);
	say(w, "cancelled after %d of %d", done, total);
	end_job(w);
}

static void do_keep(struct worker *w, const struct command *c)
{
	char id[ARCH_ID_LENGTH + 1];

	arch_id(&c->arch, id);
	if (keep_architecture(w->run, &c->arch) < 0)
		say(w, "not kept: %s", err_last());
	else
		say(w, "kept as architectures/%s.json", id);
}

static void (*const commands[])(struct worker *, const struct command *) = {
	[COMMAND_PAUSE] = do_pause, [COMMAND_RESUME] = do_resume, [COMMAND_SAVE] = do_save, [COMMAND_STOP] = do_stop,
	[COMMAND_RANK] = do_rank, [COMMAND_SCORE] = do_score, [COMMAND_CANCEL] = do_cancel, [COMMAND_KEEP] = do_keep,
};

static bool idle(const struct worker *w)
{
	return w->next.state != WORKER_TRAINING && !w->job;
}

/* Takes the next command; where there is nothing to do, waits for one. False when the queue is empty. */
static bool take_command(struct worker *w, struct command *c)
{
	bool taken = false;

	pthread_mutex_lock(&w->lock);
	while (w->queue_count == 0 && idle(w))
		pthread_cond_wait(&w->wake, &w->lock);
	if (w->queue_count > 0) {
		*c = w->queue[w->queue_first];
		w->queue_first = (w->queue_first + 1) % QUEUE;
		w->queue_count--;
		taken = true;
	}
	pthread_mutex_unlock(&w->lock);
	return taken;
}

static void obey(struct worker *w)
{
	struct command c;

	do {
		if (w->dirty && idle(w))
			publish(w);      /* before waiting, perhaps for long */
		if (!take_command(w, &c))
			return;
		commands[c.kind](w, &c);
	} while (!w->stop);
}

/* ---- the thread ---- */

/* Time is shared half and half while there are both; a step or a slice is never cut. */
static void work(struct worker *w)
{
	bool training = w->next.state == WORKER_TRAINING;
	double start = clock_seconds();

	if (w->job && (!training || w->job_seconds <= w->train_seconds)) {
		advance_job(w);
		w->job_seconds += clock_seconds() - start;
	} else if (training) {
		train(w);
		w->train_seconds += clock_seconds() - start;
	}
	if (w->dirty && clock_seconds() - w->published >= publish_seconds)
		publish(w);
}

static void end(struct worker *w)
{
	end_job(w);
	if (w->next.state == WORKER_FAILED)
		return;
	if (save(w) < 0) {
		fail(w);
		return;
	}
	run_log(w->run, "stopped at step %lld, saved", (long long)w->trainer->step);
	set_state(w, WORKER_STOPPED);
}

static void *worker_main(void *argument)
{
	struct worker *w = argument;
	id_t self = (id_t)syscall(SYS_gettid);

	/* Before the first parallel region: the threads of OpenMP inherit it, so that the screen is served first. */
	setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + NICE);
	if (open_run(w) < 0) {
		fail(w);
	} else {
		while (!w->stop) {
			obey(w);
			if (!w->stop)
				work(w);
		}
		end(w);
	}
	trainer_close(w->trainer);
	run_close(w->run);
	pthread_mutex_lock(&w->lock);
	w->running = false;
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- the other side ---- */

static void first_snapshot(struct snapshot *s)
{
	s->serial = 1;
	s->state = WORKER_OPENING;
	s->loss = s->error = s->learning_rate = s->arch_loss = NAN;
	s->valid_loss = s->valid_loss_stderr = s->valid_error = NAN;
	s->step_seconds = s->eta_seconds = s->checkpoint_age_seconds = NAN;
	s->checkpoint_step = -1;
	curve_init(&s->curve);
}

/* Signals are for the thread of the screen: this one, and all that it starts, has them blocked from its first moment. Those of a crash
 * are not: blocked, they would kill before the handler that gives the terminal back. */
static int start_thread(struct worker *w)
{
	static const int crash[] = { SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT };
	sigset_t all, old;

	sigfillset(&all);
	for (size_t i = 0; i < sizeof(crash) / sizeof(crash[0]); i++)
		sigdelset(&all, crash[i]);
	pthread_sigmask(SIG_SETMASK, &all, &old);

	int rc = pthread_create(&w->thread, NULL, worker_main, w);

	pthread_sigmask(SIG_SETMASK, &old, NULL);
	return rc ? err_set("no thread for training: %s", strerror(rc)) : 0;
}

static void worker_free(struct worker *w)
{
	ranking_release(&w->ranking);
	pthread_cond_destroy(&w->wake);
	pthread_mutex_destroy(&w->lock);
	close(w->pipe[0]);
	close(w->pipe[1]);
	free(w);
}

struct worker *worker_start(const struct worker_options *options)
{
	struct worker *w = calloc(1, sizeof(*w));

	if (!w || pipe2(w->pipe, O_CLOEXEC | O_NONBLOCK) < 0) {
		err_set(w ? "no pipe for training" : "out of memory");
		free(w);
		return NULL;
	}
	pthread_mutex_init(&w->lock, NULL);
	pthread_cond_init(&w->wake, NULL);
	w->options = *options;
	w->running = true;
	first_snapshot(&w->next);
	w->shared = w->next;
	if (start_thread(w) < 0) {
		worker_free(w);
		return NULL;
	}
	return w;
}

bool worker_send(struct worker *w, const struct command *c)
{
	bool room;

	pthread_mutex_lock(&w->lock);
	room = w->queue_count < QUEUE;
	if (room) {
		w->queue[(w->queue_first + w->queue_count++) % QUEUE] = *c;
		pthread_cond_signal(&w->wake);
	}
	pthread_mutex_unlock(&w->lock);
	return room;
}

bool worker_snapshot(struct worker *w, struct snapshot *out)
{
	bool newer;

	pthread_mutex_lock(&w->lock);
	newer = w->shared.serial != out->serial;
	if (newer)
		*out = w->shared;
	pthread_mutex_unlock(&w->lock);
	return newer;
}

int worker_ranking(struct worker *w, int from, struct ranking_row *row, int room)
{
	int n = 0;

	pthread_mutex_lock(&w->lock);
	for (; n < room && from + n < w->ranking.count; n++)
		row[n] = w->ranking.entry[from + n].row;
	pthread_mutex_unlock(&w->lock);
	return n;
}

bool worker_ranking_arch(struct worker *w, int index, struct arch *arch)
{
	bool there;

	pthread_mutex_lock(&w->lock);
	there = index >= 0 && index < w->ranking.count;
	if (there)
		*arch = w->ranking.entry[index].arch;
	pthread_mutex_unlock(&w->lock);
	return there;
}

int worker_descriptor(const struct worker *w)
{
	return w->pipe[0];
}

void worker_drain(struct worker *w)
{
	char byte;

	pthread_mutex_lock(&w->lock);
	if (read(w->pipe[0], &byte, 1) == 1)
		w->signalled = false;
	pthread_mutex_unlock(&w->lock);
}

enum worker_state worker_join(struct worker *w)
{
	enum worker_state state;

	pthread_join(w->thread, NULL);
	state = w->shared.state;
	worker_free(w);
	return state;
}

bool worker_running(const struct worker *w)
{
	struct worker *locked = (struct worker *)w;      /* looking changes nothing but the lock */
	bool running;

	pthread_mutex_lock(&locked->lock);
	running = w->running;
	pthread_mutex_unlock(&locked->lock);
	return running;
}
