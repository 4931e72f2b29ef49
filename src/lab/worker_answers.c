/* worker_answers.c -- documents of experiments for the other thread: of the job as far as it has come, and those that the run has on the disk. */
#include "src/lab/worker_internal.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/lab/draft.h"
#include "src/lab/kept.h"
#include "src/lab/results.h"
#include "src/lab/trained.h"

/* ---- those of RUN/results ---- */

static int count_results(const struct worker *w, int kind)
{
	struct result_file *list;
	int count = results_list(w->run->path, kind, &list);

	free(list);
	return count;
}

/* NULL, having said so, where the file is no document. */
static json_t *read_document(struct worker *w, const struct result_file *file)
{
	json_error_t error;
	json_t *document = json_load_file(file->path, 0, &error);

	if (!json_is_object(document)) {
		note_damage(w, "%s: passed over: %s", file->path, document ? "no JSON object" : error.text);
		json_decref(document);
		return NULL;
	}
	json_object_set_new(document, "running", json_false());
	json_object_set_new(document, "age_seconds", json_real(fmax(clock_wall() - file->time, 0)));
	return document;
}

/* A damaged file makes way for the one before it. */
static void answer_newest(struct worker *w, int kind)
{
	struct result_file *list;
	json_t *document = NULL;

	for (int i = results_list(w->run->path, kind, &list) - 1; i >= 0 && !document; i--) {
		document = read_document(w, &list[i]);
		if (document) {
			json_object_set_new(document, "older", json_integer(i));
			put_answer(w, kind, document);
		}
	}
	free(list);
}

void answer_result(struct worker *w, const struct command *c)
{
	struct result_file *list;
	int count = results_list(w->run->path, c->result.kind, &list);
	json_t *answer = json_pack("{s:s, s:i}", "experiment", experiment_names[c->result.kind], "number", c->result.number);

	if (c->result.number < 1 || c->result.number > count)
		say(w, "there is no result %d of %d of %s", c->result.number, count, experiment_names[c->result.kind]);
	else
		json_object_set_new(answer, "document", read_document(w, &list[c->result.number - 1]));
	put_answer(w, ANSWER_RESULT, answer);
	free(list);
}

/* ---- of the job that runs ---- */

/* A document goes out once a second at most, and making them takes no more than this share of the time. */
static const double document_seconds = 1, document_share = 0.02;

/* Of the text of a document: another one says something new. 0 for none. */
static uint64_t hash_document(const json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT);
	uint64_t hash = text ? hash_text(text) : 0;

	free(text);
	return hash;
}

/* Networks with weights of their own, whichever experiment trained them. */
static void answer_trained(struct worker *w)
{
	json_t *document = trained_document(w->run->path, w->run->config.data);

	if (document)
		put_answer(w, ANSWER_TRAINED, document);
}

static void add_kept(void *context, const char *name, const char *id)
{
	json_array_append_new(context, json_pack("{s:s, s:s}", "name", name, "id", id));
}

void answer_kept(struct worker *w)
{
	struct draft_summary *list;
	json_t *kept = json_array(), *drafts = json_array();
	int count = drafts_list(&list, w->run->path), waiting = 0;

	for (int i = 0; i < count; i++) {
		const struct draft_summary *d = &list[i];

		waiting += d->changes > 0 && !d->name[0];
		json_array_append_new(drafts, json_pack("{s:s, s:s, s:s, s:i, s:f}", "id", d->id, "from", d->from, "name", d->name,
		                                        "changes", d->changes, "time", d->clock));
	}
	free(count < 0 ? NULL : list);
	kept_names(w->run->path, add_kept, kept);
	put_answer(w, ANSWER_KEPT, json_pack("{s:o, s:i, s:o}", "kept", kept, "drafts", waiting, "draft", drafts));
}

static bool trains_networks(const struct worker *w)
{
	return w->active.kind == EXPERIMENT_RETRAIN || w->active.kind == EXPERIMENT_CORRELATE;
}

void answers_begin(struct worker *w)
{
	w->document_due = 0;
	w->document_hash = 0;
}

void answer_job(struct worker *w, bool running, bool stored)
{
	double start = clock_seconds(), seconds;
	json_t *document;
	uint64_t hash;

	if (!w->active.reports || (running && start < w->document_due))
		return;
	document = w->active.job->type->to_json(w->active.job);
	hash = hash_document(document);
	if (document && hash && (!running || hash != w->document_hash)) {
		json_object_set_new(document, "running", json_boolean(running));
		json_object_set_new(document, "older", json_integer(count_results(w, (int)w->active.kind) - stored));
		put_answer(w, (int)w->active.kind, document);
		if (trains_networks(w))
			answer_trained(w);
	} else {
		json_decref(document);
	}
	w->document_hash = hash;
	seconds = clock_seconds() - start;
	w->document_due = start + seconds + fmax(document_seconds, seconds / document_share);
}

/* ---- at the beginning ---- */

void answers_open(struct worker *w)
{
	answer_trained(w);
	answer_kept(w);
	for (int i = 0; i < EXPERIMENTS; i++)
		answer_newest(w, i);
}
