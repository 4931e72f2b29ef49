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
	return w->job_kind == EXPERIMENT_RETRAIN || w->job_kind == EXPERIMENT_CORRELATE;
}

void answers_begin(struct worker *w)
{
	w->document_due = 0;
	w->document_hash = 0;
}

void answer_job(struct worker *w, bool running)
{
	double start = clock_seconds(), seconds;
	json_t *document;
	uint64_t hash;

	if (!w->job_reports || (running && start < w->document_due))
		return;
	document = w->job->type->to_json(w->job);
	hash = hash_document(document);
	if (document && hash && (!running || hash != w->document_hash)) {
		json_object_set_new(document, "running", json_boolean(running));
		put_answer(w, (int)w->job_kind, document);
		if (trains_networks(w))
			answer_trained(w);
	} else {
		json_decref(document);
	}
	w->document_hash = hash;
	seconds = clock_seconds() - start;
	w->document_due = start + seconds + fmax(document_seconds, seconds / document_share);
}

/* ---- those of RUN/results ---- */

struct found_file {
	char path[800];
	double time;                     /* of its last change; 0: there is none */
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

/* The newest file of each kind that is older than `before` has it. False where the run has no such folder. */
static bool find_newest(const struct worker *w, const double before[EXPERIMENTS], struct found_file newest[EXPERIMENTS])
{
	char folder[sizeof(w->run->path) + 16], path[sizeof(newest->path)];
	struct dirent *entry;
	struct stat st;
	DIR *dir;
	int kind;

	snprintf(folder, sizeof(folder), "%s/results", w->run->path);
	memset(newest, 0, EXPERIMENTS * sizeof(*newest));
	dir = opendir(folder);
	if (!dir)
		return false;
	while ((entry = readdir(dir))) {
		kind = kind_of_file(entry->d_name);
		if (kind < 0 || snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name) >= (int)sizeof(path) || stat(path, &st) < 0)
			continue;

		double time = (double)st.st_mtim.tv_sec + 1e-9 * (double)st.st_mtim.tv_nsec;

		if (time >= before[kind] || time <= newest[kind].time)
			continue;
		newest[kind].time = time;
		strcpy(newest[kind].path, path);
	}
	closedir(dir);
	return true;
}

/* NULL, having said so, where the file is no document. */
static json_t *read_document(struct worker *w, const struct found_file *file)
{
	json_error_t error;
	json_t *document = json_load_file(file->path, 0, &error);

	if (json_is_object(document))
		return document;
	note_damage(w, "%s: passed over: %s", file->path, document ? "no JSON object" : error.text);
	json_decref(document);
	return NULL;
}

void answers_open(struct worker *w)
{
	struct found_file newest[EXPERIMENTS];
	double before[EXPERIMENTS];
	bool again = true;

	answer_trained(w);
	for (int i = 0; i < EXPERIMENTS; i++)
		before[i] = INFINITY;
	/* A damaged file makes way for the one before it. */
	while (again && find_newest(w, before, newest)) {
		again = false;
		for (int i = 0; i < EXPERIMENTS; i++) {
			json_t *document;

			if (newest[i].time == 0)
				continue;
			document = read_document(w, &newest[i]);
			before[i] = document ? 0 : newest[i].time;
			again = again || !document;
			if (!document)
				continue;
			json_object_set_new(document, "running", json_false());
			json_object_set_new(document, "age_seconds", json_real(fmax(clock_wall() - newest[i].time, 0)));
			put_answer(w, i, document);
		}
	}
}
