/*
 * worker_queue.c -- which job has its turn: one runs, others wait for its end. Either can be held. The score of a single architecture and an export,
 * which take a second, wait for none: the one that runs makes way and goes on after them.
 */
#include "src/lab/worker_internal.h"

#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/lookup.h"

/* ---- what waits ---- */

static bool is_held(struct worker *w, int number)
{
	return list_find(w, number)->state == JOB_HELD;
}

/* Its place among those that wait, or -1. */
static int find_waiting(const struct worker *w, int number)
{
	for (int i = 0; i < w->waiting_count; i++)
		if (w->waiting[i].number == number)
			return i;
	return -1;
}

static void take_out(struct worker *w, int i)
{
	w->waiting_count--;
	memmove(w->waiting + i, w->waiting + i + 1, (size_t)(w->waiting_count - i) * sizeof(w->waiting[0]));
	w->dirty = true;
}

/* ---- making way ---- */

static void put_aside(struct worker *w)
{
	if (!w->active.held) {
		w->active.still_since = clock_seconds();
		list_find(w, w->active.number)->state = JOB_WAITS;
	}
	w->aside[w->aside_count++] = w->active;
	w->active = (struct active){ 0 };
}

static struct active take_aside(struct worker *w, int i)
{
	struct active taken = w->aside[i];

	w->aside_count--;
	memmove(w->aside + i, w->aside + i + 1, (size_t)(w->aside_count - i) * sizeof(w->aside[0]));
	return taken;
}

static void go_on(struct worker *w)
{
	w->active.lost += clock_seconds() - w->active.still_since;
	list_find(w, w->active.number)->state = JOB_RUNS;
	share_anew(w);
}

static void take_back(struct worker *w, int i)
{
	w->active = take_aside(w, i);
	answers_begin(w);
	if (!w->active.held)
		go_on(w);
	w->dirty = true;
}

/* The newest that is not held, or -1. */
static int find_aside(const struct worker *w)
{
	int i = w->aside_count - 1;

	while (i >= 0 && w->aside[i].held)
		i--;
	return i;
}

/* The first that waits and is not held, or -1. */
static int find_first_waiting(struct worker *w)
{
	for (int i = 0; i < w->waiting_count; i++)
		if (!is_held(w, w->waiting[i].number))
			return i;
	return -1;
}

/* Whether the one that runs, or stands still, goes before the one that waits first (-1: none does). */
static bool stays(const struct worker *w, int first)
{
	bool score = first >= 0 && w->waiting[first].command.kind == COMMAND_SCORE;

	if (w->aside_count == JOBS_ASIDE || (score && *w->active.single && !w->active.held))
		return true;
	if (score)
		return false;
	return !w->active.held || w->next.state == WORKER_TRAINING || (first < 0 && find_aside(w) < 0);
}

static void begin_first(struct worker *w, int i)
{
	struct waiting next = w->waiting[i];

	take_out(w, i);
	job_begin_or_add(w, &next.command, next.number);
}

/* The next that can run where none does: a single score, then what has made way, then what waits. One that is held is shown where there is nothing
 * else, and while training has its time. False: there is none. */
static bool take_up_next(struct worker *w, int first)
{
	int back = find_aside(w);

	if (first >= 0 && w->waiting[first].command.kind == COMMAND_SCORE)
		back = -1;
	else if (back < 0 && (first < 0 || w->next.state == WORKER_TRAINING))
		back = w->aside_count - 1;
	if (back >= 0)
		take_back(w, back);
	else if (first >= 0)
		begin_first(w, first);
	return back >= 0 || first >= 0;
}

void jobs_take_up(struct worker *w)
{
	for (;;) {
		int first = find_first_waiting(w);

		if (!w->active.job) {
			if (!take_up_next(w, first))
				return;
		} else if (first >= 0 && job_joins(w, &w->waiting[first].command)) {
			begin_first(w, first);
		} else if (stays(w, first)) {
			return;
		} else {
			put_aside(w);
		}
	}
}

/* ---- waiting ---- */

/* Single scores before all else, each kind in order. Its number. */
static int put_in(struct worker *w, const struct command *c)
{
	char words[REQUEST_TEXT];
	int i = 0, number = list_add(w, job_name(c), job_words(c, words));

	while (i < w->waiting_count && (c->kind != COMMAND_SCORE || w->waiting[i].command.kind == COMMAND_SCORE))
		i++;
	memmove(w->waiting + i + 1, w->waiting + i, (size_t)(w->waiting_count++ - i) * sizeof(w->waiting[0]));
	w->waiting[i] = (struct waiting){ *c, number };
	return number;
}

/* Its turn may be at once. */
static void let_wait(struct worker *w, const struct command *c)
{
	int number = put_in(w, c), i;

	jobs_take_up(w);
	i = find_waiting(w, number);
	if (i >= 0 && w->waiting_count > JOBS_WAITING) {
		take_out(w, i);
		list_remove(w, number);
		say(w, "%s: %d jobs wait already; cancel one, or ask again later", job_name(c), JOBS_WAITING);
	} else if (i >= 0 && i + w->aside_count > 0) {
		say(w, "%s waits: %d jobs are before it", job_name(c), i + w->aside_count + 1);
	} else if (i == 0 && c->kind != COMMAND_SCORE) {
		say(w, "%s waits for the end of %s%s", job_name(c), w->active.name, w->active.held ? ", which is held" : "");
	}
}

/* Whether the architecture is being scored, waits for it, or has the score with the weights of now on as many images. */
static bool has_score(struct worker *w, const struct command *c)
{
	int all = w->trainer->data->validation.count, images = c->images > 0 && c->images < all ? c->images : all, i;
	char id[ARCH_ID_LENGTH + 1];

	arch_id(&c->arch, id);
	for (i = 0; i < w->waiting_count; i++)
		if (w->waiting[i].command.kind == COMMAND_SCORE && w->waiting[i].command.images == c->images &&
		    arch_equal(&w->waiting[i].command.arch, &c->arch))
			return true;
	if (w->active.job && strcmp(w->active.single, id) == 0 && w->active.single_images == c->images)
		return true;
	i = ranking_find(&w->ranking, id);
	return i >= 0 && w->ranking.entry[i].row.step == w->trainer->step && w->ranking.entry[i].row.images == images;
}

static int check_rows(const struct worker *w, const struct command *c)
{
	if (c->rows.count < 1 || c->rows.count > COMMAND_ROWS)
		return err_set("%d rows, where 1 to %d would be right", c->rows.count, COMMAND_ROWS);
	for (int i = 0; i < c->rows.count; i++)
		if (c->rows.row[i] < 0 || c->rows.row[i] >= w->ranking.count)
			return err_set("there is no row %d of %d", c->rows.row[i], w->ranking.count);
	return 0;
}

/* What can be known to be wrong before it is its turn. Finds the architecture that was named. */
static int check_command(struct worker *w, struct command *c)
{
	const struct space *space = &w->trainer->layout.space;
	struct lookup where = { .space = space, .axes = w->trainer->data->axes, .run_path = w->run->path, .ranking = &w->ranking };

	switch (c->kind) {
	case COMMAND_RANK:
		return c->count < 1 ? err_set("%d architectures, where 1 or more would be right", c->count) : 0;
	case COMMAND_SCORE:
		return arch_validate(space, &c->arch, NULL);
	case COMMAND_SCORE_ROWS:
		return check_rows(w, c);
	default:
		if (!c->arch_name[0])
			return 0;
		c->experiment.has_arch = true;
		return lookup_arch(&c->experiment.arch, c->arch_name, &where);
	}
}

/* In the log alone: what a person asked for besides stands on the message line. */
static void note_score(struct worker *w, const struct command *c)
{
	char id[ARCH_ID_LENGTH + 1], text[96];

	arch_id(&c->arch, id);
	snprintf(text, sizeof(text), "%s has the score with these weights, or gets it: not scored twice", id);
	note(w, text);
}

void job_command(struct worker *w, const struct command *given)
{
	struct command c = *given;

	if (check_command(w, &c) < 0)
		say(w, "%s: %s", job_name(&c), err_last());
	else if (c.kind == COMMAND_SCORE && has_score(w, &c))
		note_score(w, &c);
	else if (w->active.job && !job_joins(w, &c))
		let_wait(w, &c);
	else
		job_begin_or_add(w, &c, 0);
}

int job_begin_at_once(struct worker *w, struct job *job, const char *words)
{
	if (w->active.job && w->aside_count == JOBS_ASIDE) {
		job->type->free(job);
		return err_set("%d jobs have made way already; when one of them is done", JOBS_ASIDE);
	}
	if (w->active.job)
		put_aside(w);
	job_adopt(w, job, list_add(w, job->type->name, words));
	return 0;
}

/* ---- cancelling ---- */

static void say_no_job(struct worker *w, int number)
{
	if (number)
		say(w, "no job %d runs or waits", number);
	else
		say(w, "no job runs");
}

static int find_number_aside(const struct worker *w, int number)
{
	for (int i = 0; i < w->aside_count; i++)
		if (w->aside[i].number == number)
			return i;
	return -1;
}

/* In the place of the one that runs, which is the first to go on after it. */
static void bring_forward(struct worker *w, int number)
{
	struct active forward = take_aside(w, find_number_aside(w, number));

	put_aside(w);
	w->active = forward;
}

static bool is_running(const struct worker *w, int number)
{
	return w->active.job && (number == 0 || number == w->active.number);
}

void job_cancel(struct worker *w, const struct command *c)
{
	int i = find_waiting(w, c->count);

	if (is_running(w, c->count)) {
		job_cancel_running(w);
	} else if (find_number_aside(w, c->count) >= 0) {
		bring_forward(w, c->count);
		job_cancel_running(w);
	} else if (i >= 0) {
		list_end(w, c->count, JOB_CANCELLED, "cancelled before it began");
		say(w, "%s cancelled before it began", job_name(&w->waiting[i].command));
		take_out(w, i);
	} else {
		say_no_job(w, c->count);
	}
}

/* ---- holding ---- */

static void say_held(struct worker *w)
{
	int others = w->waiting_count + w->aside_count;
	bool training = w->next.state == WORKER_TRAINING;

	if (!w->active.held)
		say(w, "%s goes on", w->active.name);
	else if (training && others > 0)
		say(w, "%s held; %d job%s behind it", w->active.name, others, others == 1 ? " waits" : "s wait");
	else
		say(w, "%s held%s", w->active.name, training ? ": training has all the time" : others > 0 ? ": the next job runs" : "");
}

static void hold_running(struct worker *w)
{
	struct job_line *line = list_find(w, w->active.number);

	w->active.held = !w->active.held;
	if (w->active.held) {
		w->active.still_since = clock_seconds();
		line->state = JOB_HELD;
	} else {
		go_on(w);
	}
	say_held(w);
	jobs_take_up(w);
}

static void hold_waiting(struct worker *w, int i)
{
	struct job_line *line = list_find(w, w->waiting[i].number);
	const char *name = job_name(&w->waiting[i].command);

	line->state = line->state == JOB_HELD ? JOB_WAITS : JOB_HELD;
	say(w, line->state == JOB_HELD ? "%s held: others begin before it" : "%s waits for its turn", name);
	jobs_take_up(w);
}

static void hold_aside(struct worker *w, struct active *a)
{
	a->held = !a->held;
	list_find(w, a->number)->state = a->held ? JOB_HELD : JOB_WAITS;
	say(w, a->held ? "%s held: others go on before it" : "%s goes on after %s", a->name, w->active.name);
	jobs_take_up(w);
}

void job_hold(struct worker *w, const struct command *c)
{
	int i = find_waiting(w, c->count);

	if (is_running(w, c->count))
		hold_running(w);
	else if (find_number_aside(w, c->count) >= 0)
		hold_aside(w, &w->aside[find_number_aside(w, c->count)]);
	else if (i >= 0)
		hold_waiting(w, i);
	else
		say_no_job(w, c->count);
}

/* ---- the end of all ---- */

/* What was asked for and is not done stands in the log. */
void jobs_end(struct worker *w)
{
	static const char running[] = "stopped before its end", waiting[] = "stopped before it began";

	while (w->active.job || w->aside_count > 0) {
		if (!w->active.job)
			w->active = take_aside(w, w->aside_count - 1);
		if (export_finish(w->active.job)) {
			job_end(w, JOB_ENDED, "");
			continue;
		}
		run_log(w->run, "%s: %s", list_find(w, w->active.number)->words, running);
		job_end(w, JOB_CANCELLED, running);
	}
	for (int i = 0; i < w->waiting_count; i++) {
		run_log(w->run, "%s: %s", list_find(w, w->waiting[i].number)->words, waiting);
		list_end(w, w->waiting[i].number, JOB_CANCELLED, waiting);
	}
	w->waiting_count = 0;
}
