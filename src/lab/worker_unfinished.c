/*
 * worker_unfinished.c -- experiments that an earlier process left half done, in the list of jobs: what their journals define as a command, and how
 * far they came. Only those with the weights of now: others could not go on.
 */
#include "src/lab/worker_internal.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/document.h"

enum { UNFINISHED_MAX = 8 };

/* ---- what a journal defines, in words ---- */

struct words {
	char *text;
	size_t size, length;
};

__attribute__((format(printf, 2, 3)))
static void add(struct words *w, const char *format, ...)
{
	va_list ap;
	int n;

	va_start(ap, format);
	n = vsnprintf(w->text + w->length, w->size - w->length, format, ap);
	va_end(ap);
	w->length += n < 0 ? 0 : (size_t)n;
	if (w->length >= w->size)
		w->length = w->size - 1;
}

static void add_count(struct words *w, const char *option, const json_t *definition, const char *key)
{
	if (document_count(definition, key) > 0)
		add(w, " --%s %lld", option, (long long)document_count(definition, key));
}

/* Names at a place of each pair of a list, each once. */
static void add_names(struct words *w, const char *option, const json_t *pairs, size_t place)
{
	char seen[400] = ",", one[64];
	const json_t *pair;
	size_t i;

	json_array_foreach((json_t *)pairs, i, pair) {
		const char *name = json_string_value(json_array_get(pair, place));

		snprintf(one, sizeof(one), ",%.40s,", name ? name : "");
		if (!name || strstr(seen, one))
			continue;
		if (seen[1])
			add(w, ",%s", name);
		else
			add(w, " --%s %s", option, name);
		snprintf(seen + strlen(seen), sizeof(seen) - strlen(seen), "%.40s,", name);
	}
}

static void corrupt_words(struct words *w, const json_t *definition)
{
	const json_t *chosen = document_at(definition, "chosen"), *id;
	size_t i;

	if (!chosen)
		add_count(w, "count", definition, "architectures");
	json_array_foreach((json_t *)chosen, i, id)
		add(w, i ? ",%s" : " --arch %s", json_string_value(id) ? json_string_value(id) : "");
	add_count(w, "trials", definition, "trials");
	add_count(w, "images", definition, "images");
	add_names(w, "field", document_at(definition, "kinds"), 0);
	add_names(w, "how", document_at(definition, "kinds"), 1);
}

static void guide_words(struct words *w, const json_t *definition)
{
	if (*document_text(definition, "architecture"))
		add(w, " --arch %s", document_text(definition, "architecture"));
	else
		add_count(w, "count", definition, "starts");
	add_count(w, "evaluations", definition, "evaluations");
	add(w, " --images %lld", (long long)(document_count(definition, "search_images") + document_count(definition, "report_images")));
	add(w, " --predictor %s", document_text(definition, "predictor"));
}

static void correlate_words(struct words *w, const json_t *definition)
{
	static const char *const options[] = { "count", "every", "epochs", "seeds", "batch", "images" };

	for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
		add_count(w, options[i], definition, options[i]);
	add(w, " --rate %.9g%s%s%s", document_number(definition, "learning_rate"), document_says(definition, "matched") ? " --matched" : "",
		document_says(definition, "spread") ? " --spread" : "", document_says(definition, "weight_norm") ? " --weight-norm" : "");
}

/* ---- how far it came ---- */

/* Lines that have `line` are counted, the definition's `total` is how many there will be. */
static const struct kind {
	enum experiment_kind kind;
	const char *line, *total, *unit;
	void (*words)(struct words *, const json_t *definition);
} kinds[] = {
	{ EXPERIMENT_CORRUPT, "lies", "architectures", "architectures", corrupt_words },
	{ EXPERIMENT_GUIDE, "finished", "starts", "starts", guide_words },
	{ EXPERIMENT_CORRELATE, "draw", "count", "scores", correlate_words },
};

struct journal_lines {
	const struct kind *kind;
	json_t *definition;              /* NULL: no line yet */
	int found, done;                 /* lines, and those that are counted */
};

static void take_line(void *context, const json_t *line)
{
	struct journal_lines *j = context;

	if (!j->definition) {
		j->definition = json_deep_copy(line);
		return;
	}
	j->found++;
	j->done += json_object_get(line, j->kind->line) != NULL;
}

/* NULL: no journal's name, or one that has its document. */
static const struct kind *kind_of(const struct worker *w, const char *name)
{
	char path[sizeof(w->run->path) + 300];
	size_t length = strlen(name);

	if (length < 7 || strcmp(name + length - 6, ".jsonl") != 0)
		return NULL;
	snprintf(path, sizeof(path), "%s/results/%.*s.json", w->run->path, (int)length - 6, name);
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		const char *kind = experiment_names[kinds[i].kind];

		if (strncmp(name, kind, strlen(kind)) == 0 && name[strlen(kind)] == '-')
			return access(path, F_OK) == 0 ? NULL : &kinds[i];
	}
	return NULL;
}

static void list_journal(struct worker *w, const struct journal_lines *j, double changed)
{
	const char *name = experiment_names[j->kind->kind];
	char text[REQUEST_TEXT];
	struct words words = { text, sizeof(text), 0 };
	struct job_line *line;

	add(&words, "%s", name);
	j->kind->words(&words, j->definition);
	add_count(&words, "seed", j->definition, "seed");
	line = list_find(w, list_add(w, name, text));
	line->done = j->done;
	line->total = document_count(j->definition, j->kind->total);
	line->step = w->trainer->step;
	snprintf(text, sizeof(text), "stopped after %lld of %lld %s; the same command goes on", (long long)line->done, (long long)line->total, j->kind->unit);
	list_end(w, line->number, JOB_CANCELLED, text);
	line->ended = changed;
}

static void look_at(struct worker *w, const char *file)
{
	struct journal_lines j = { .kind = kind_of(w, file) };
	char name[300], path[sizeof(w->run->path) + 300];
	struct stat st;

	if (!j.kind)
		return;
	snprintf(name, sizeof(name), "results/%s", file);
	snprintf(path, sizeof(path), "%s/%s", w->run->path, name);
	if (run_read_lines(w->run->path, name, take_line, &j) == 0 && j.found > 0 && stat(path, &st) == 0 &&
	    document_count(j.definition, "step") == w->trainer->step && document_count(j.definition, j.kind->total) > 0)
		list_journal(w, &j, (double)st.st_mtime);
	json_decref(j.definition);
}

void list_unfinished(struct worker *w)
{
	char path[sizeof(w->run->path) + 16];
	struct dirent **entry = NULL;
	int count;

	snprintf(path, sizeof(path), "%s/results", w->run->path);
	count = scandir(path, &entry, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		if (w->next.job_count < UNFINISHED_MAX)
			look_at(w, entry[i]->d_name);
		free(entry[i]);
	}
	free(entry);
}
