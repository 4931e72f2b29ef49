/* worker_tell.c -- what the other thread gets to see: snapshots, messages, reports. */
#include "src/lab/worker_internal.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"

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

/* What the job says of itself, here and in its line of the list. */
static void fill_job(struct worker *w)
{
	struct job_status *s = &w->next.job;
	struct job_line *line;

	if (!w->active.job) {
		*s = w->opening;
		return;
	}
	w->active.job->type->counts(w->active.job, &s->done, &s->total);
	strcpy(s->name, w->active.name);
	s->text[0] = '\0';
	w->active.job->type->describe(w->active.job, s->text, sizeof(s->text));
	s->waiting = w->waiting_count + w->aside_count;
	s->per_second = pace_rate(&w->active.pace, job_clock(w));
	s->eta_seconds = job_ready(w) ? pace_left(&w->active.pace, job_clock(w), s->total) : NAN;

	line = list_find(w, w->active.number);
	line->done = s->done;
	line->total = s->total;
	line->per_second = s->per_second;
	line->eta_seconds = s->eta_seconds;
	snprintf(line->text, sizeof(line->text), "%s", s->text);
}

static void fill_rates(struct worker *w)
{
	struct snapshot *s = &w->next;
	bool training = s->state == WORKER_TRAINING;

	s->checkpoint_age_seconds = s->checkpoint_step >= 0 ? clock_seconds() - w->saved : NAN;
	s->resident_bytes = resident_bytes();
	if (w->trainer)
		s->slab_bytes = (int64_t)tape_slab_bytes(w->trainer->tape);
	if (s->state == WORKER_VIEWING)
		return;                          /* they are the other process's */
	s->images_per_second = training && w->meter.steps > 0 ? meter_images_per_second(&w->meter) : 0;
	s->gflops = training && w->meter.steps > 0 ? meter_gflops(&w->meter) : 0;
	s->step_seconds = meter_step_seconds(&w->meter);
	s->eta_seconds = s->state == WORKER_FINISHED ? 0 : NAN;
	if (training && w->meter.wall > 0.5)
		s->eta_seconds = (double)(s->steps - s->step) / meter_steps_per_second(&w->meter);
}

/* The byte is written and taken under the lock, so that never two stand in the pipe. */
void publish(struct worker *w)
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

void note(struct worker *w, const char *text)
{
	struct snapshot *s = &w->next;
	int line = s->log_count++ % LOG_LINES;

	s->log[line].clock = clock_wall();
	snprintf(s->log[line].text, sizeof(s->log[line].text), "%.*s", (int)sizeof(s->log[line].text) - 1, text);
	if (w->run)
		run_log(w->run, "%s", text);
	w->dirty = true;
}

void say(struct worker *w, const char *format, ...)
{
	struct snapshot *s = &w->next;
	va_list args;

	va_start(args, format);
	vsnprintf(s->message, sizeof(s->message), format, args);
	va_end(args);
	s->message_serial++;
	note(w, s->message);
}

void note_damage(struct worker *w, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(w->damage, sizeof(w->damage), format, args);
	va_end(args);
	if (w->next.state == WORKER_OPENING) {
		w->damaged++;
		note(w, w->damage);
	} else {
		say(w, "%s", w->damage);
	}
}

void say_damage(struct worker *w)
{
	struct snapshot *s = &w->next;

	if (w->damaged > 1) {
		say(w, "%d files of the run are damaged, what is whole was read: see :log", w->damaged);
	} else if (w->damaged == 1) {
		snprintf(s->message, sizeof(s->message), "%s", w->damage);       /* it is in the log */
		s->message_serial++;
	}
}

void set_state(struct worker *w, enum worker_state state)
{
	w->next.state = state;
	publish(w);
}

void fail(struct worker *w)
{
	snprintf(w->next.failure, sizeof(w->next.failure), "%s", err_last());
	say(w, "%s", w->next.failure);
	w->stop = true;
	set_state(w, WORKER_FAILED);
}

/* The text as a whole, or as many of its lines as there is room for. */
static void cut_report(char *report, const char *text, size_t bytes)
{
	static const char more[] = "... there is more: it is cut here\n";

	if (bytes < REPORT_SIZE) {
		memcpy(report, text, bytes + 1);
		return;
	}
	bytes = REPORT_SIZE - sizeof(more);
	while (bytes > 0 && text[bytes - 1] != '\n')
		bytes--;
	memcpy(report, text, bytes);
	strcpy(report + bytes, more);
}

void put_report(struct worker *w, const struct job *job, const char *unfinished)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (!f) {
		say(w, "%s: no report, out of memory", w->active.name);
		return;
	}
	if (unfinished)
		fprintf(f, "Not finished: %s.\n\n", unfinished);
	job->type->print(job, f);
	if (fclose(f) == 0) {
		pthread_mutex_lock(&w->lock);
		cut_report(w->report, text, bytes);
		pthread_mutex_unlock(&w->lock);
		strcpy(w->next.report_name, w->active.name);
		w->next.report_serial++;
	}
	free(text);
}

void put_answer(struct worker *w, int kind, json_t *document)
{
	json_t *old;

	pthread_mutex_lock(&w->lock);
	old = w->answer[kind];
	w->answer[kind] = document;
	pthread_mutex_unlock(&w->lock);
	json_decref(old);
	w->next.answer_serial[kind]++;
	w->dirty = true;
}
