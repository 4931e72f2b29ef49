/*
 * worker_jobs.c -- experiments beside training: one runs, a slice at a time, others wait for its end. Either can be held. The score of a single
 * architecture, which takes a second, waits for none: the one that runs makes way and goes on after it.
 */
#include "src/lab/worker_internal.h"

#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/lookup.h"

/* ---- rankings take more work while they run: what COMMAND_RANK and COMMAND_SCORE ask for ---- */

/* NULL where the job is none, or there is none. A ranking is a job by its first member (job.h). */
static struct rank_job *ranking_job(const struct worker *w)
{
	return w->active.job && strcmp(w->active.job->type->name, experiment_names[EXPERIMENT_RANK]) == 0 ? (struct rank_job *)w->active.job : NULL;
}

static int add_rows(struct worker *w, const struct command *c)
{
	for (int i = 0; i < c->rows.count; i++) {
		const struct ranking_entry *e = &w->ranking.entry[c->rows.row[i]];

		if (rank_score(ranking_job(w), &e->arch, e->row.origin, e->row.parent, c->rows.images) < 0)
			return -1;
	}
	return 0;
}

/* An architecture is scored under the origin it has in the ranking; one that isn't there was edited. */
static int add_scoring(struct worker *w, const struct command *c)
{
	char id[ARCH_ID_LENGTH + 1];

	if (c->kind == COMMAND_RANK) {
		rank_sample(ranking_job(w), c->count, c->images);
		return 0;
	}
	if (c->kind == COMMAND_SCORE_ROWS)
		return add_rows(w, c);
	arch_id(&c->arch, id);

	int i = ranking_find(&w->ranking, id);
	enum origin origin = i >= 0 ? w->ranking.entry[i].row.origin : ORIGIN_EDITED;
	const char *parent = i >= 0 ? w->ranking.entry[i].row.parent : c->parent;

	return rank_score(ranking_job(w), &c->arch, origin, parent, c->images);
}

/* ---- what it is called ---- */

static const char *command_name(const struct command *c)
{
	if (c->kind == COMMAND_EXPERIMENT)
		return experiment_names[c->experiment.kind];
	return c->kind == COMMAND_RANK ? "rank" : "score";
}

/* As a person would write it. */
static const char *command_words(const struct command *c, char text[REQUEST_TEXT])
{
	char images[32] = "", id[ARCH_ID_LENGTH + 1];

	if (c->kind == COMMAND_EXPERIMENT) {
		snprintf(text, REQUEST_TEXT, "%s", c->words[0] ? c->words : command_name(c));
		return text;
	}
	if (c->kind == COMMAND_SCORE_ROWS) {
		snprintf(text, REQUEST_TEXT, "score %d rows again", c->rows.count);
		return text;
	}
	if (c->images > 0)
		snprintf(images, sizeof(images), " --images %d", c->images);
	if (c->kind == COMMAND_RANK) {
		snprintf(text, REQUEST_TEXT, "rank --count %d%s", c->count, images);
	} else {
		arch_id(&c->arch, id);
		snprintf(text, REQUEST_TEXT, "score %s%s", id, images);
	}
	return text;
}

/* ---- time ---- */

void share_anew(struct worker *w)
{
	w->job_seconds = w->train_seconds = 0;
}

static bool is_held(struct worker *w, int number)
{
	return list_find(w, number)->state == JOB_HELD;
}

bool job_ready(const struct worker *w)
{
	return w->active.job && !w->active.held;
}

double job_clock(const struct worker *w)
{
	return (w->active.held ? w->active.still_since : clock_seconds()) - w->active.lost;
}

/* ---- beginning ---- */

static void note_begin(struct worker *w, const struct command *c, int number)
{
	struct job_line *line = list_find(w, number);
	int64_t done, total;

	w->active.number = number;
	w->active.words = strlen(line->words);
	w->active.job->type->counts(w->active.job, &done, &total);
	pace_begin(&w->active.pace, job_clock(w), done);
	share_anew(w);
	line->state = JOB_RUNS;
	line->began = clock_wall();
	line->step = w->trainer->step;
	w->active.reports = c->kind == COMMAND_EXPERIMENT;
	w->active.kind = w->active.reports ? c->experiment.kind : EXPERIMENT_RANK;
	snprintf(w->active.name, sizeof(w->active.name), "%s", command_name(c));
	if (c->kind == COMMAND_SCORE) {
		arch_id(&c->arch, w->active.single);
		w->active.single_images = c->images;
	}
	if (c->kind != COMMAND_SCORE && c->kind != COMMAND_SCORE_ROWS)
		run_log(w->run, "smashtop %s --run %s", line->words, w->run->path);
	answers_begin(w);
	w->dirty = true;
}

/* 0, or -1 with the worker's message: nothing was begun. */
static int begin(struct worker *w, const struct command *c, int number)
{
	bool experiment = c->kind == COMMAND_EXPERIMENT;

	w->active = (struct active){ 0 };
	w->active.job = experiment ? experiment_start(w->trainer, &w->ranking, &c->experiment) :
		(struct job *)rank_new(w->trainer, &w->ranking);
	if (!w->active.job) {
		list_end(w, number, JOB_BROKE, err_last());
		say(w, "%s: %s", command_name(c), err_last());
		return -1;
	}
	note_begin(w, c, number);
	if (experiment)
		say(w, "%s begins at step %lld", command_name(c), (long long)w->trainer->step);
	return 0;
}

/* To the ranking that runs. */
static void add(struct worker *w, const struct command *c)
{
	if (add_scoring(w, c) < 0)
		say(w, "%s: %s", command_name(c), err_last());
	w->dirty = true;
}

static bool joins(const struct worker *w, const struct command *c)
{
	return ranking_job(w) && !w->active.held && !*w->active.single && (c->kind == COMMAND_RANK || c->kind == COMMAND_SCORE_ROWS);
}

/* "rank --count 50 and 2 more" */
static void note_joined(struct worker *w)
{
	struct job_line *line = list_find(w, w->active.number);
	size_t length = w->active.words;

	snprintf(line->words + length, sizeof(line->words) - length, " and %d more", ++w->active.joined);
}

/* `number`: its line in the list, 0 where it has none yet. */
static void begin_or_add(struct worker *w, const struct command *c, int number)
{
	char words[REQUEST_TEXT];

	if (joins(w, c)) {
		note_joined(w);
		if (number)
			list_remove(w, number);
	} else if (begin(w, c, number ? number : list_add(w, command_name(c), command_words(c, words))) < 0) {
		return;
	}
	if (c->kind != COMMAND_EXPERIMENT)
		add(w, c);
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
	begin_or_add(w, &next.command, next.number);
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
		} else if (first >= 0 && joins(w, &w->waiting[first].command)) {
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
	int i = 0, number = list_add(w, command_name(c), command_words(c, words));

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
		say(w, "%s: %d jobs wait already; cancel one, or ask again later", command_name(c), JOBS_WAITING);
	} else if (i >= 0 && i + w->aside_count > 0) {
		say(w, "%s waits: %d jobs are before it", command_name(c), i + w->aside_count + 1);
	} else if (i == 0 && c->kind != COMMAND_SCORE) {
		say(w, "%s waits for the end of %s%s", command_name(c), w->active.name, w->active.held ? ", which is held" : "");
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
		say(w, "%s: %s", command_name(&c), err_last());
	else if (c.kind == COMMAND_SCORE && has_score(w, &c))
		note_score(w, &c);
	else if (w->active.job && !joins(w, &c))
		let_wait(w, &c);
	else
		begin_or_add(w, &c, 0);
}

/* ---- ending ---- */

/* Frees the job; its line says how it ended. */
static void end_job(struct worker *w, enum job_state state, const char *text)
{
	int64_t done, total;
	struct job_line *line = list_find(w, w->active.number);

	w->active.job->type->counts(w->active.job, &done, &total);
	line->done = done;
	line->total = total;
	list_end(w, w->active.number, state, text);
	w->active.job->type->free(w->active.job);
	w->active = (struct active){ 0 };
}

/* "the HyperNet uses reads": what the document gives as its verdict, or what the job says of itself, without the unit that follows its counts. */
static void find_verdict(struct worker *w, char text[WORKER_TEXT])
{
	json_t *document = w->active.job->type->to_json(w->active.job);
	const char *verdict = json_string_value(json_object_get(document, "verdict"));
	char own[WORKER_TEXT] = "";

	if (!verdict) {
		w->active.job->type->describe(w->active.job, own, sizeof(own));
		verdict = strstr(own, "  ") ? strstr(own, "  ") + 2 : own;
	}
	snprintf(text, WORKER_TEXT, "%s", verdict);
	json_decref(document);
}

static void end_in_time(struct worker *w)
{
	char text[WORKER_TEXT];
	int64_t done, total;

	if (w->active.reports) {
		answer_job(w, false, true);
		put_report(w, w->active.job, NULL);
		find_verdict(w, text);
		say(w, "%s: %s", w->active.name, text);
	} else {
		w->active.job->type->counts(w->active.job, &done, &total);
		snprintf(text, sizeof(text), "%lld architecture%s scored at step %lld", (long long)done, done == 1 ? "" : "s",
			(long long)rank_step(ranking_job(w)));
		say(w, "%s", text);
	}
	end_job(w, JOB_ENDED, text);
	jobs_take_up(w);
}

/* What is known stays, and can be read. */
static void end_early(struct worker *w, enum job_state state, const char *text)
{
	if (w->active.reports) {
		answer_job(w, false, false);
		put_report(w, w->active.job, text);
	}
	end_job(w, state, text);
	jobs_take_up(w);
}

static void break_off(struct worker *w)
{
	char text[WORKER_TEXT];

	if (!backend_ok(w->trainer->be)) {
		fail(w);
		return;
	}
	snprintf(text, sizeof(text), "%s", err_last());
	say(w, "%s ended: %s", w->active.name, text);
	end_early(w, JOB_BROKE, text);
}

static void cancel_running(struct worker *w)
{
	char text[WORKER_TEXT];
	int64_t done, total;

	w->active.job->type->counts(w->active.job, &done, &total);
	snprintf(text, sizeof(text), "cancelled after %lld of %lld", (long long)done, (long long)total);
	say(w, "%s %s; what it has found stays", w->active.name, text);
	end_early(w, JOB_CANCELLED, text);
}

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
		cancel_running(w);
	} else if (find_number_aside(w, c->count) >= 0) {
		bring_forward(w, c->count);
		cancel_running(w);
	} else if (i >= 0) {
		list_end(w, c->count, JOB_CANCELLED, "cancelled before it began");
		say(w, "%s cancelled before it began", command_name(&w->waiting[i].command));
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
	const char *name = command_name(&w->waiting[i].command);

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

/* ---- running ---- */

static int record_entry(struct worker *w)
{
	const struct ranking_entry *e = w->active.job->type->entry(w->active.job);
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

void job_advance(struct worker *w)
{
	enum job_progress progress = w->active.job->type->advance(w->active.job);
	int64_t done, total;

	w->active.job->type->counts(w->active.job, &done, &total);
	pace_note(&w->active.pace, job_clock(w), done);
	w->dirty = true;
	switch (progress) {
	case JOB_DONE:
		end_in_time(w);
		break;
	case JOB_MORE:
		answer_job(w, true, false);
		break;
	case JOB_ENTRY:
		if (record_entry(w) < 0)
			break_off(w);
		else
			answer_job(w, true, false);
		break;
	case JOB_FAILED:
		if (backend_ok(w->trainer->be))
			say(w, "%s: %s", w->active.name, err_last());
		else
			fail(w);
		break;
	case JOB_BROKEN:
		break_off(w);
		break;
	}
}

/* What was asked for and is not done stands in the log. */
void jobs_end(struct worker *w)
{
	static const char running[] = "stopped before its end", waiting[] = "stopped before it began";

	while (w->active.job || w->aside_count > 0) {
		if (!w->active.job)
			w->active = take_aside(w, w->aside_count - 1);
		run_log(w->run, "%s: %s", list_find(w, w->active.number)->words, running);
		end_job(w, JOB_CANCELLED, running);
	}
	for (int i = 0; i < w->waiting_count; i++) {
		run_log(w->run, "%s: %s", list_find(w, w->waiting[i].number)->words, waiting);
		list_end(w, w->waiting[i].number, JOB_CANCELLED, waiting);
	}
	w->waiting_count = 0;
}
