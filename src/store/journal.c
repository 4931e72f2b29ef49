/* journal.c -- what an experiment has found so far, a line at a time. */
#include "src/store/journal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/store/file.h"
#include "src/store/lines.h"

/* RUN/results, made where there is none, and the file's path in it. 0 or -1. */
static int make_path(struct journal *j, const char *name, const json_t *definition)
{
	char *text = json_dumps(definition, JSON_COMPACT | JSON_SORT_KEYS);
	int n;

	if (!text)
		return err_set("%s: its definition cannot be written as JSON (a number that is not finite, or out of memory)", name);
	snprintf(j->path, sizeof(j->path), "%s/results", j->run->path);
	if (mkdir(j->path, 0777) < 0 && errno != EEXIST) {
		free(text);
		return err_set("%s: %s", j->path, strerror(errno));
	}
	n = snprintf(j->path, sizeof(j->path), "%s/results/%s-%010" PRIx64 ".jsonl", j->run->path, name, hash_mixed(hash_text(text)) >> 24);
	free(text);
	return n < (int)sizeof(j->path) ? 0 : err_set("%s/results/%s: %s", j->run->path, name, strerror(ENAMETOOLONG));
}

struct reading {
	const json_t *definition;
	void (*each)(void *, const json_t *);
	void *context;
	int lines;
	bool other;                      /* the first line is not the definition */
};

static void read_line(void *context, const json_t *line)
{
	struct reading *r = context;

	if (r->lines++ == 0)
		r->other = !json_equal((json_t *)line, (json_t *)r->definition);
	else if (!r->other)
		r->each(r->context, line);
}

/* 0 or -1. */
static int read_or_begin(struct journal *j, struct reading *r)
{
	if (run_read_lines(j->run->path, j->path + strlen(j->run->path) + 1, read_line, r) < 0)
		return -1;
	if (r->other)
		return err_set("%s: does not begin with the definition of this experiment; move it elsewhere", j->path);
	return r->lines ? 0 : journal_append(j, json_deep_copy(r->definition));
}

int journal_open(struct journal *j, struct run *run, const char *name, json_t *definition, void (*each)(void *, const json_t *),
	void *context)
{
	struct reading r = { .definition = definition, .each = each, .context = context };
	int rc = -1;

	*j = (struct journal){ .run = run };
	if (make_path(j, name, definition) < 0 || !(j->file = lines_open_file(j->path)))
		goto out;
	if (flock(fileno(j->file), LOCK_EX | LOCK_NB) < 0)
		rc = errno == EWOULDBLOCK ? err_set("%s: in use by another experiment; wait for its end", j->path) :
			err_set("%s: cannot be locked: %s", j->path, strerror(errno));
	else
		rc = read_or_begin(j, &r);
out:
	json_decref(definition);
	if (rc < 0)
		journal_close(j);
	return rc;
}

void journal_close(struct journal *j)
{
	if (j->file)
		fclose(j->file);
	j->file = NULL;
}

int journal_append(struct journal *j, json_t *line)
{
	return lines_append(j->file, j->path, line);
}

int journal_finish(struct journal *j, json_t *document)
{
	char path[sizeof(j->path)];
	char *text = json_dumps(document, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	int rc;

	snprintf(path, sizeof(path), "%.*s", (int)(strlen(j->path) - 1), j->path);     /* .json */
	if (!text)
		return err_set("%s: cannot be written as JSON (a number that is not finite, or out of memory)", path);
	rc = file_replace(path, (struct piece[]){ { text, strlen(text) }, { "\n", 1 } }, 2);
	free(text);
	return rc;
}
