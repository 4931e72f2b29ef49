/*
 * worker.c -- the thread that trains. All of it runs in one loop: take commands, do a slice of the job or a step of training, tell
 * what happened.
 */
#include "src/lab/worker_internal.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/curve.h"
#include "src/lab/kept.h"
#include "src/lab/setup.h"

enum { NICE = 5 };
static const double publish_seconds = 0.05, checkpoint_seconds = 60, peak_after_seconds = 1;

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
	jobs_take_up(w);
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
	jobs_take_up(w);
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

/* ---- commands ---- */

static void do_pause(struct worker *w, const struct command *c)
{
	(void)c;
	if (w->next.state != WORKER_TRAINING)
		return;
	set_state(w, WORKER_PAUSED);
	save(w);
	jobs_take_up(w);
}

static void do_resume(struct worker *w, const struct command *c)
{
	(void)c;
	if (w->next.state != WORKER_PAUSED)
		return;
	if (dataset_examples(w->trainer->data) < 0) {
		say(w, "cannot train: %s", err_last());
		return;
	}
	meter_start(&w->meter, clock_seconds());
	share_anew(w);
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

static void do_keep(struct worker *w, const struct command *c)
{
	struct command score = *c;
	char id[ARCH_ID_LENGTH + 1];

	arch_id(&c->arch, id);
	if (kept_save(w->run->path, &c->arch, c->name, c->parent, c->take_name) < 0) {
		say(w, "not kept: %s", err_last());
		return;
	}
	say(w, "kept%s%s as architectures/%s.json", c->name[0] ? " " : "", c->name, id);
	answer_kept(w);
	score.kind = COMMAND_SCORE;
	if (c->score && w->trainer->step > 0)
		job_command(w, &score);
}

static void do_drafts(struct worker *w, const struct command *c)
{
	(void)c;
	answer_kept(w);
}

static void do_note(struct worker *w, const struct command *c)
{
	note(w, c->words);
}

static void do_question(struct worker *w, const struct command *c)
{
	answering_ask(w->answering, &c->question);
	w->question_seconds = w->question_train_seconds = 0;
}

static void (*const commands[])(struct worker *, const struct command *) = {
	[COMMAND_PAUSE] = do_pause, [COMMAND_RESUME] = do_resume, [COMMAND_SAVE] = do_save, [COMMAND_STOP] = do_stop,
	[COMMAND_RANK] = job_command, [COMMAND_SCORE] = job_command, [COMMAND_SCORE_ROWS] = job_command, [COMMAND_EXPERIMENT] = job_command,
	[COMMAND_QUESTION] = do_question, [COMMAND_RESULT] = answer_result,
	[COMMAND_CANCEL] = job_cancel, [COMMAND_HOLD_JOB] = job_hold, [COMMAND_DRAFTS] = do_drafts, [COMMAND_KEEP] = do_keep,
	[COMMAND_EXPORT] = export_command, [COMMAND_NOTE] = do_note,
};

static bool idle(const struct worker *w)
{
	return w->next.state != WORKER_TRAINING && !job_ready(w) && !answering_busy(w->answering);
}

bool queued_command(struct worker *w, struct command *c)
{
	if (w->queue_count == 0)
		return false;
	*c = w->queue[w->queue_first];
	w->queue_first = (w->queue_first + 1) % COMMANDS_QUEUED;
	w->queue_count--;
	return true;
}

/* Takes the next command; where there is nothing to do, waits for one. False when the queue is empty. */
static bool take_command(struct worker *w, struct command *c)
{
	bool taken;

	pthread_mutex_lock(&w->lock);
	while (w->queue_count == 0 && idle(w))
		pthread_cond_wait(&w->wake, &w->lock);
	taken = queued_command(w, c);
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

static void answer_questions(struct worker *w)
{
	bool hurries = answering_hurries(w->answering);
	enum question_kind kind;
	json_t *document = answering_advance(w->answering, &kind);

	if (!backend_ok(w->trainer->be)) {
		json_decref(document);
		err_set("%s", w->trainer->be->failure);
		fail(w);
	} else if (document) {
		put_answer(w, ANSWER_OF(kind), document);
		if (hurries)
			publish(w);
	}
}

/* Whose turn it is. Time is shared half and half, a step or a slice is never cut: by questions and training while there are both, and the first
 * answer of one that hurries comes before all else; by a job and training where there is no question. */
static void work(struct worker *w)
{
	bool training = w->next.state == WORKER_TRAINING, asked = answering_busy(w->answering);
	double start = clock_seconds();

	if (asked && (!training || answering_hurries(w->answering) || w->question_seconds <= w->question_train_seconds)) {
		answer_questions(w);
		w->question_seconds += clock_seconds() - start;
	} else if (job_ready(w) && !asked && (!training || w->job_seconds <= w->train_seconds)) {
		job_advance(w);
		w->job_seconds += clock_seconds() - start;
	} else if (training) {
		train(w);
		w->train_seconds += clock_seconds() - start;
		w->question_train_seconds += clock_seconds() - start;
	}
	if (w->dirty && clock_seconds() - w->published >= publish_seconds)
		publish(w);
}

static void end(struct worker *w)
{
	jobs_end(w);
	if (w->next.state == WORKER_FAILED)
		return;
	if (save(w) < 0) {
		fail(w);
		return;
	}
	run_log(w->run, "stopped at step %lld, saved", (long long)w->trainer->step);
	set_state(w, WORKER_STOPPED);
}

static void train_run(struct worker *w)
{
	if (open_run(w) < 0) {
		fail(w);
		return;
	}
	while (!w->stop) {
		obey(w);
		if (!w->stop)
			work(w);
	}
	end(w);
}

static void *worker_main(void *argument)
{
	struct worker *w = argument;
	id_t self = (id_t)syscall(SYS_gettid);

	/* Before the first parallel region: the threads of OpenMP inherit it, so that the screen is served first. */
	setpriority(PRIO_PROCESS, self, getpriority(PRIO_PROCESS, self) + NICE);
	view_run(w);
	if (!w->stop)
		train_run(w);
	answering_free(w->answering);
	trainer_close(w->trainer);
	run_close(w->run);
	pthread_mutex_lock(&w->lock);
	w->running = false;
	pthread_mutex_unlock(&w->lock);
	return NULL;
}

/* ---- the other side ---- */

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
	free(w->export_row);
	for (int i = 0; i < ANSWERS; i++)
		json_decref(w->answer[i]);
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
	room = w->queue_count < COMMANDS_QUEUED;
	if (room) {
		w->queue[(w->queue_first + w->queue_count++) % COMMANDS_QUEUED] = *c;
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

void worker_report(struct worker *w, char *text, size_t size)
{
	pthread_mutex_lock(&w->lock);
	snprintf(text, size, "%s", w->report);
	pthread_mutex_unlock(&w->lock);
}

json_t *worker_answer(struct worker *w, int kind)
{
	json_t *document;

	pthread_mutex_lock(&w->lock);
	document = w->answer[kind];
	w->answer[kind] = NULL;
	pthread_mutex_unlock(&w->lock);
	return document;
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
