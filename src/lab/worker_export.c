/*
 * worker_export.c -- architectures and rows as files: a job that waits for no other, in parts as long as a person's look allows. Its choice of rows
 * comes in as many commands as it needs.
 */
#include "src/lab/worker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/export/export.h"

struct export_job {
	struct job super;
	const struct ranking *ranking;
	struct export_request of;
	int *row, count;                 /* indices; NULL: */
	struct arch arch;
	struct export_facts *facts;      /* of each entry of the ranking; NULL: the format says nothing of scores */
	struct export_writing *writing;
	bool written;
	char path[PATH_MAX];
};

/* ---- what is exported ---- */

static const struct ranking_row *row_at(void *context, int i, const struct export_facts **facts)
{
	const struct export_job *j = context;

	*facts = &j->facts[j->row[i]];
	return &j->ranking->entry[j->row[i]].row;
}

static bool arch_at(void *context, int i, struct arch *arch)
{
	const struct export_job *j = context;

	*arch = j->row ? j->ranking->entry[j->row[i]].arch : j->arch;
	return true;
}

/* ---- the job ---- */

static enum job_progress export_job_advance(struct job *job)
{
	struct export_job *j = (struct export_job *)job;
	int rc = export_advance(j->writing);

	j->written = rc == 0;
	return rc < 0 ? JOB_BROKEN : rc > 0 ? JOB_MORE : JOB_DONE;
}

static void export_job_counts(const struct job *job, int64_t *done, int64_t *total)
{
	int parts, all;

	export_counts(((const struct export_job *)job)->writing, &parts, &all);
	*done = parts;
	*total = all;
}

static void export_job_describe(const struct job *job, char *text, size_t size)
{
	const struct export_job *j = (const struct export_job *)job;
	char told[96];

	export_told(j->writing, told, sizeof(told));
	if (j->written)
		snprintf(text, size, "%s: %s", j->path, told);
	else
		snprintf(text, size, "parts  %s", j->path);
}

static void export_job_free(struct job *job)
{
	struct export_job *j = (struct export_job *)job;

	export_end(j->writing);
	free(j->facts);
	free(j->row);
	free(j);
}

static const struct job_type export_job_type = {
	.name = "export",
	.advance = export_job_advance,
	.counts = export_job_counts,
	.describe = export_job_describe,
	.free = export_job_free,
};

/* ---- the command ---- */

static void forget_rows(struct worker *w)
{
	free(w->export_row);
	w->export_row = NULL;
	w->export_rows = 0;
}

static int check_rows(const struct worker *w, const struct command *c)
{
	if (c->export.count < 0 || c->export.count > COMMAND_ROWS || c->export.before != w->export_rows)
		return err_set("%d rows after %d, of which %d came", c->export.count, c->export.before, w->export_rows);
	for (int i = 0; i < c->export.count; i++)
		if (c->export.row[i] < 0 || c->export.row[i] >= w->ranking.count)
			return err_set("there is no row %d of %d", c->export.row[i], w->ranking.count);
	return 0;
}

/* The rows of one command after those of the ones before it. */
static int take_rows(struct worker *w, const struct command *c)
{
	int *row;

	if (c->export.before == 0)
		forget_rows(w);
	if (check_rows(w, c) < 0)
		return -1;
	if (c->export.count == 0)
		return 0;
	row = realloc(w->export_row, (size_t)(w->export_rows + c->export.count) * sizeof(*row));
	if (!row)
		return err_set("out of memory");
	memcpy(row + w->export_rows, c->export.row, (size_t)c->export.count * sizeof(*row));
	w->export_row = row;
	w->export_rows += c->export.count;
	return 0;
}

static int begin_writing(struct worker *w, struct export_job *j, const struct command *c)
{
	const struct export_format *format = export_find(c->export.format);
	struct export_source source = {
		.subject = j->of.subject, .result = j->of.result, .style = j->of.style, .weights = j->of.weights,
		.network = *j->of.network ? j->of.network : NULL, .data = *j->of.data ? j->of.data : NULL, .one_conv = j->of.one_conv,
		.count = j->of.subject != EXPORT_BANKS ? 0 : j->row ? j->count : 1, .space = &w->trainer->layout.space,
		.input = &w->trainer->data->input, .arch = arch_at, .context = j, .run_path = w->run->path,
	};

	if (!format || export_check(format, j->of.subject) < 0)
		return -1;
	if ((format->rows || format->scores) && j->row) {
		j->facts = export_facts(&w->ranking, w->run->path, w->run->config.data);
		if (!j->facts)
			return -1;
		source.row = row_at;
	}
	source.trainer = format->weights ? w->trainer : NULL;
	if (export_path(j->path, format, &source, c->export.path) < 0)
		return -1;
	j->writing = export_begin(format, &source, j->path, c->export.replace);
	return j->writing ? 0 : -1;
}

/* The rows are the job's. NULL with err_last(). */
static struct job *export_job_new(struct worker *w, const struct command *c)
{
	struct export_job *j = calloc(1, sizeof(*j));

	if (!j) {
		err_set("out of memory");
		return NULL;
	}
	j->super.type = &export_job_type;
	j->ranking = &w->ranking;
	j->row = w->export_row;
	j->count = w->export_rows;
	w->export_row = NULL;
	w->export_rows = 0;
	if (!j->row)
		j->arch = c->export.arch;
	j->of = c->export.of;
	if (begin_writing(w, j, c) == 0)
		return &j->super;
	export_job_free(&j->super);
	return NULL;
}

void export_command(struct worker *w, const struct command *c)
{
	char words[REQUEST_TEXT + 64];
	struct job *job;

	if (take_rows(w, c) < 0) {
		say(w, "not exported: %s", err_last());
		forget_rows(w);
		return;
	}
	if (c->export.more)
		return;
	job = export_job_new(w, c);
	snprintf(words, sizeof(words), "export --format %s --output %s", c->export.format, c->export.path);
	if (!job || job_begin_at_once(w, job, words) < 0)
		say(w, "not exported: %s", err_last());
}

/* ---- at the end of the worker ---- */

bool export_finish(struct job *job)
{
	enum { SECONDS = 5 };
	double until = clock_seconds() + SECONDS;
	enum job_progress progress = JOB_MORE;

	if (job->type != &export_job_type)
		return false;
	while (progress == JOB_MORE && clock_seconds() < until)
		progress = job->type->advance(job);
	return progress == JOB_DONE;
}
