/* worker_jobs.c -- a job beside training, from its beginning to its end, a slice at a time. Which one has its turn: worker_queue.c. */
#include "src/lab/worker_internal.h"

#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"

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

const char *job_name(const struct command *c)
{
	if (c->kind == COMMAND_EXPERIMENT)
		return experiment_names[c->experiment.kind];
	return c->kind == COMMAND_RANK ? "rank" : "score";
}

/* As a person would write it. */
const char *job_words(const struct command *c, char text[REQUEST_TEXT])
{
	char images[32] = "", id[ARCH_ID_LENGTH + 1];

	if (c->kind == COMMAND_EXPERIMENT) {
		snprintf(text, REQUEST_TEXT, "%s", c->words[0] ? c->words : job_name(c));
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

bool job_ready(const struct worker *w)
{
	return w->active.job && !w->active.held;
}

double job_clock(const struct worker *w)
{
	return (w->active.held ? w->active.still_since : clock_seconds()) - w->active.lost;
}

/* ---- beginning ---- */

/* It has time from now on. */
static void take_turn(struct worker *w, int number)
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
	answers_begin(w);
	w->dirty = true;
}

static void note_begin(struct worker *w, const struct command *c, int number)
{
	take_turn(w, number);
	w->active.reports = c->kind == COMMAND_EXPERIMENT;
	w->active.kind = w->active.reports ? c->experiment.kind : EXPERIMENT_RANK;
	snprintf(w->active.name, sizeof(w->active.name), "%s", job_name(c));
	if (c->kind == COMMAND_SCORE) {
		arch_id(&c->arch, w->active.single);
		w->active.single_images = c->images;
	}
	if (c->kind != COMMAND_SCORE && c->kind != COMMAND_SCORE_ROWS)
		run_log(w->run, "smashtop %s --run %s", list_find(w, number)->words, w->run->path);
}

void job_adopt(struct worker *w, struct job *job, int number)
{
	w->active = (struct active){ .job = job };
	snprintf(w->active.name, sizeof(w->active.name), "%s", job->type->name);
	take_turn(w, number);
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
		say(w, "%s: %s", job_name(c), err_last());
		return -1;
	}
	note_begin(w, c, number);
	if (experiment)
		say(w, "%s begins at step %lld", job_name(c), (long long)w->trainer->step);
	return 0;
}

/* To the ranking that runs. */
static void add(struct worker *w, const struct command *c)
{
	if (add_scoring(w, c) < 0)
		say(w, "%s: %s", job_name(c), err_last());
	w->dirty = true;
}

bool job_joins(const struct worker *w, const struct command *c)
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
void job_begin_or_add(struct worker *w, const struct command *c, int number)
{
	char words[REQUEST_TEXT];

	if (job_joins(w, c)) {
		note_joined(w);
		if (number)
			list_remove(w, number);
	} else if (begin(w, c, number ? number : list_add(w, job_name(c), job_words(c, words))) < 0) {
		return;
	}
	if (c->kind != COMMAND_EXPERIMENT)
		add(w, c);
}

/* ---- ending ---- */

/* Frees the job; its line says how it ended. */
void job_end(struct worker *w, enum job_state state, const char *text)
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
	} else if (!ranking_job(w)) {
		w->active.job->type->describe(w->active.job, text, sizeof(text));
		say(w, "%s", text);
	} else {
		w->active.job->type->counts(w->active.job, &done, &total);
		snprintf(text, sizeof(text), "%lld architecture%s scored at step %lld", (long long)done, done == 1 ? "" : "s",
			(long long)rank_step(ranking_job(w)));
		say(w, "%s", text);
	}
	job_end(w, JOB_ENDED, text);
	jobs_take_up(w);
}

/* What is known stays, and can be read. */
static void end_early(struct worker *w, enum job_state state, const char *text)
{
	if (w->active.reports) {
		answer_job(w, false, false);
		put_report(w, w->active.job, text);
	}
	job_end(w, state, text);
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

void job_cancel_running(struct worker *w)
{
	char text[WORKER_TEXT];
	int64_t done, total;

	w->active.job->type->counts(w->active.job, &done, &total);
	snprintf(text, sizeof(text), "cancelled after %lld of %lld", (long long)done, (long long)total);
	say(w, "%s %s; what it has found stays", w->active.name, text);
	end_early(w, JOB_CANCELLED, text);
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
