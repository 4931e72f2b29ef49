/* worker_answers.c -- documents of experiments for the other thread: of the job as far as it has come, and those that the run has on the disk. */
#include "src/lab/worker_internal.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/trained.h"

/* ---- those of RUN/results ---- */

struct found_file {
	char path[800];
	double time;                     /* of its last change */
};

struct found {
	struct found_file *file;         /* the oldest first */
	int count, room;
};

/* "corrupt-9ed0df1b90.json" is one of corrupt's. -1: no experiment's. */
static int kind_of_file(const char *name)
{
	size_t length = strlen(name);

	if (length < 5 || strcmp(name + length - 5, ".json") != 0)
		return -1;
	for (int i = 0; i < EXPERIMENTS; i++) {
		size_t n = strlen(experiment_names[i]);

		if (strncmp(name, experiment_names[i], n) == 0 && name[n] == '-')
			return i;
	}
	return -1;
}

static int by_time(const void *pa, const void *pb)
{
	const struct found_file *a = pa, *b = pb;

	return a->time != b->time ? (a->time > b->time) - (a->time < b->time) : strcmp(a->path, b->path);
}

static struct found_file *add_file(struct found *found)
{
	if (found->count == found->room) {
		int room = found->room ? 2 * found->room : 16;
		struct found_file *file = realloc(found->file, (size_t)room * sizeof(*file));

		if (!file)
			return NULL;
		found->file = file;
		found->room = room;
	}
	return &found->file[found->count++];
}

/* The documents of that kind. The caller frees found.file. */
static struct found find_results(const struct worker *w, int kind)
{
	char folder[sizeof(w->run->path) + 16];
	struct found_file one, *place;
	struct found found = { 0 };
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/results", w->run->path);
	dir = opendir(folder);
	if (!dir)
		return found;
	while ((entry = readdir(dir))) {
		if (kind_of_file(entry->d_name) != kind ||
		    snprintf(one.path, sizeof(one.path), "%s/%s", folder, entry->d_name) >= (int)sizeof(one.path) || stat(one.path, &st) < 0)
			continue;
		one.time = (double)st.st_mtim.tv_sec + 1e-9 * (double)st.st_mtim.tv_nsec;
		place = add_file(&found);
		if (!place)
			break;
		*place = one;
	}
	closedir(dir);
	if (found.count)
		qsort(found.file, (size_t)found.count, sizeof(*found.file), by_time);
	return found;
}

static int count_results(const struct worker *w, int kind)
{
	struct found found = find_results(w, kind);

	free(found.file);
	return found.count;
}

/* NULL, having said so, where the file is no document. */
static json_t *read_document(struct worker *w, const struct found_file *file)
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
	struct found found = find_results(w, kind);
	json_t *document = NULL;

	for (int i = found.count - 1; i >= 0 && !document; i--) {
		document = read_document(w, &found.file[i]);
		if (document) {
			json_object_set_new(document, "older", json_integer(i));
			put_answer(w, kind, document);
		}
	}
	free(found.file);
}

void answer_result(struct worker *w, const struct command *c)
{
	struct found found = find_results(w, c->result.kind);
	json_t *document = NULL;

	if (c->result.number < 1 || c->result.number > found.count)
		say(w, "there is no result %d of %d of %s", c->result.number, found.count, experiment_names[c->result.kind]);
	else
		document = read_document(w, &found.file[c->result.number - 1]);
	if (document)
		put_answer(w, ANSWER_RESULT, json_pack("{s:s, s:i, s:o}", "experiment", experiment_names[c->result.kind], "number",
			c->result.number, "document", document));
	free(found.file);
}

/* ---- of the job that runs ---- */

/* A document goes out once a second at most, and making them takes no more than this share of the time. */
static const double document_seconds = 1, document_share = 0.02;

/* FNV-1a over the text of a document: another one says something new. 0 for none. */
static uint64_t hash_document(const json_t *document)
{
	char *text = json_dumps(document, JSON_COMPACT);
	uint64_t hash = 0xcbf29ce484222325;

	for (const char *p = text; p && *p; p++)
		hash = (hash ^ (unsigned char)*p) * 0x100000001b3;
	free(text);
	return text ? hash : 0;
}

/* Networks with weights of their own, whichever experiment trained them. */
static void answer_trained(struct worker *w)
{
	json_t *document = trained_document(w->run->path, w->run->config.data);

	if (document)
		put_answer(w, ANSWER_TRAINED, document);
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
	for (int i = 0; i < EXPERIMENTS; i++)
		answer_newest(w, i);
}
