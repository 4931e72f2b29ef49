/* worker_jobs.c -- experiments beside training: one runs, a slice at a time, others wait for its end. */
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
	return w->job && strcmp(w->job->type->name, experiment_names[EXPERIMENT_RANK]) == 0 ? (struct rank_job *)w->job : NULL;
}

/* An architecture is scored under the origin it has in the ranking; one that isn't there was edited. */
static int add_scoring(struct worker *w, const struct command *c)
{
	char id[ARCH_ID_LENGTH + 1];

	if (c->kind == COMMAND_RANK) {
		rank_sample(ranking_job(w), c->count, c->images);
		return 0;
	}
	arch_id(&c->arch, id);

	int i = ranking_find(&w->ranking, id);
	enum origin origin = i >= 0 ? w->ranking.entry[i].row.origin : ORIGIN_EDITED;
	const char *parent = i >= 0 ? w->ranking.entry[i].row.parent : "";

	return rank_score(ranking_job(w), &c->arch, origin, parent, c->images);
}

/* ---- beginning ---- */

static const char *command_name(const struct command *c)
{
	if (c->kind == COMMAND_EXPERIMENT)
		return experiment_names[c->experiment.kind];
	return c->kind == COMMAND_SCORE ? "score" : "rank";
}

/* 0, or -1 with the worker's message: nothing was begun. */
static int begin(struct worker *w, const struct command *c)
{
	bool experiment = c->kind == COMMAND_EXPERIMENT;
	struct job *job = experiment ? experiment_start(w->trainer, &w->ranking, &c->experiment) :
		(struct job *)rank_new(w->trainer, &w->ranking);
	int64_t total;

	if (!job) {
		say(w, "%s: %s", command_name(c), err_last());
		return -1;
	}
	w->job = job;
	w->job_reports = experiment;
	w->job_kind = experiment ? c->experiment.kind : EXPERIMENT_RANK;
	answers_begin(w);
	snprintf(w->next.job.name, sizeof(w->next.job.name), "%s", command_name(c));
	w->job_began = clock_seconds();
	w->job_seconds = w->train_seconds = 0;
	job->type->counts(job, &w->job_done_before, &total);
	w->dirty = true;
	if (!experiment)
		return 0;
	if (c->words[0])
		run_log(w->run, "smashtop %s --run %s", c->words, w->run->path);
	say(w, "%s begins at step %lld", command_name(c), (long long)w->trainer->step);
	return 0;
}

/* To the ranking that runs. */
static void add(struct worker *w, const struct command *c)
{
	if (!w->job_reports)
		snprintf(w->next.job.name, sizeof(w->next.job.name), "%s", command_name(c));
	if (add_scoring(w, c) < 0)
		say(w, "%s: %s", command_name(c), err_last());
	w->dirty = true;
}

static bool joins(const struct worker *w, const struct command *c)
{
	return ranking_job(w) && c->kind != COMMAND_EXPERIMENT;
}

static void begin_or_add(struct worker *w, const struct command *c)
{
	if ((joins(w, c) || begin(w, c) == 0) && c->kind != COMMAND_EXPERIMENT)
		add(w, c);
}

/* What waits first, and with it all that the same job takes. */
static void begin_waiting(struct worker *w)
{
	while (w->waiting_count > 0 && (!w->job || joins(w, &w->waiting[0]))) {
		struct command c = w->waiting[0];

		w->waiting_count--;
		memmove(w->waiting, w->waiting + 1, (size_t)w->waiting_count * sizeof(w->waiting[0]));
		begin_or_add(w, &c);
	}
}

static void let_wait(struct worker *w, const struct command *c)
{
	if (w->waiting_count == JOBS_WAITING) {
		say(w, "%s: %d jobs wait already; cancel one, or ask again later", command_name(c), JOBS_WAITING);
		return;
	}
	w->waiting[w->waiting_count++] = *c;
	say(w, "%s waits for the end of %s%s", command_name(c), w->next.job.name, w->waiting_count > 1 ? " and of others" : "");
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
	default:
		if (!c->arch_name[0])
			return 0;
		c->experiment.has_arch = true;
		return lookup_arch(&c->experiment.arch, c->arch_name, &where);
	}
}

void job_command(struct worker *w, const struct command *given)
{
	struct command c = *given;

	if (check_command(w, &c) < 0)
		say(w, "%s: %s", command_name(&c), err_last());
	else if (w->job && !joins(w, &c))
		let_wait(w, &c);
	else
		begin_or_add(w, &c);
}

/* ---- running and ending ---- */

static void end_job(struct worker *w)
{
	if (w->job)
		w->job->type->free(w->job);
	w->job = NULL;
	w->job_done_before = 0;
	w->dirty = true;
}

/* "corrupt: the HyperNet uses reads": what the document gives as its verdict, or what the job says of itself, without the unit that follows
 * its counts. */
static void say_verdict(struct worker *w)
{
	json_t *document = w->job->type->to_json(w->job);
	const char *verdict = json_string_value(json_object_get(document, "verdict"));
	char text[WORKER_TEXT] = "";

	if (!verdict) {
		w->job->type->describe(w->job, text, sizeof(text));
		verdict = strstr(text, "  ") ? strstr(text, "  ") + 2 : text;
	}
	say(w, "%s: %s", w->next.job.name, verdict);
	json_decref(document);
}

static void say_scored(struct worker *w)
{
	int64_t done, total;

	w->job->type->counts(w->job, &done, &total);
	say(w, "%lld architecture%s scored at step %lld", (long long)done, done == 1 ? "" : "s", (long long)rank_step(ranking_job(w)));
}

static void end_in_time(struct worker *w)
{
	if (w->job_reports) {
		answer_job(w, false);
		put_report(w, w->job);
		say_verdict(w);
	} else {
		say_scored(w);
	}
	end_job(w);
	begin_waiting(w);
}

static void end_early(struct worker *w)
{
	if (!backend_ok(w->trainer->be)) {
		fail(w);
		return;
	}
	say(w, "%s ended: %s", w->next.job.name, err_last());
	answer_job(w, false);
	end_job(w);
	begin_waiting(w);
}

static int record_entry(struct worker *w)
{
	const struct ranking_entry *e = w->job->type->entry(w->job);
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
	switch (w->job->type->advance(w->job)) {
	case JOB_DONE:
		end_in_time(w);
		break;
	case JOB_MORE:
		answer_job(w, true);
		w->dirty = true;
		break;
	case JOB_ENTRY:
		if (record_entry(w) < 0)
			end_early(w);
		else
			answer_job(w, true);
		break;
	case JOB_FAILED:
		if (backend_ok(w->trainer->be))
			say(w, "%s: %s", w->next.job.name, err_last());
		else
			fail(w);
		break;
	case JOB_BROKEN:
		end_early(w);
		break;
	}
}

void job_cancel(struct worker *w)
{
	int64_t done, total;

	if (!w->job)
		return;
	w->job->type->counts(w->job, &done, &total);
	say(w, "%s cancelled after %lld of %lld; what it has found stays", w->next.job.name, (long long)done, (long long)total);
	answer_job(w, false);
	end_job(w);
	begin_waiting(w);
}

void jobs_end(struct worker *w)
{
	w->waiting_count = 0;
	end_job(w);
}
