/*
 * lines.c -- the logs of a run, a line an event. They are written past stdio's buffer: what failed must not come out later.
 */
#include "src/store/lines.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/store/file.h"

/* Length of the file up to and with its last line end. 0, or -1 with errno. */
static int whole_lines(int fd, off_t *length)
{
	char chunk[4096];
	off_t end = lseek(fd, 0, SEEK_END);

	while (end > 0) {
		off_t begin = end > (off_t)sizeof chunk ? end - (off_t)sizeof chunk : 0;
		ssize_t n = pread(fd, chunk, (size_t)(end - begin), begin);

		if (n != end - begin)
			return -1;
		for (; n > 0; n--) {
			if (chunk[n - 1] == '\n') {
				*length = begin + n;
				return 0;
			}
		}
		end = begin;
	}
	*length = 0;
	return end < 0 ? -1 : 0;
}

FILE *lines_open_file(const char *path)
{
	off_t length;
	FILE *f;
	int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666);

	if (fd >= 0 && whole_lines(fd, &length) == 0 && ftruncate(fd, length) == 0 && (f = fdopen(fd, "a")))
		return f;
	err_set("%s: %s", path, strerror(errno));
	if (fd >= 0)
		close(fd);
	return NULL;
}

static FILE *open_log(const struct run *r, const char *name)
{
	char path[PATH_MAX];

	file_path(path, r->path, name);
	return lines_open_file(path);
}

int lines_open(struct run *r)
{
	return (r->metrics = open_log(r, "metrics.jsonl")) && (r->ranking = open_log(r, "ranking.jsonl")) &&
		(r->log = open_log(r, "log")) ? 0 : -1;
}

static int append(int fd, const char *text, size_t bytes)
{
	off_t before = lseek(fd, 0, SEEK_END);

	if (file_write(fd, text, bytes) == 0)
		return 0;

	int reason = errno;

	if (before >= 0 && ftruncate(fd, before) < 0)
		(void)before;                        /* a torn line stays: readers pass over it, the next run_open cuts it off */
	errno = reason;
	return -1;
}

/* Fifteen digits show what a person typed as it was typed; where a computed number needs more to come back the same, all. */
static char *exact_text(const json_t *line)
{
	char *text = json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_t *back = text ? json_loads(text, 0, NULL) : NULL;
	bool same = back && json_equal(back, line);

	json_decref(back);
	if (same)
		return text;
	free(text);
	return json_dumps(line, JSON_COMPACT);
}

/* Takes the text. 0 or -1. */
static int append_line(FILE *f, const char *path, char *text)
{
	int rc = 0;

	if (!text)
		return err_set("%s: a line cannot be written as JSON (a number that is not finite, or out of memory)", path);

	size_t n = strlen(text);

	text[n] = '\n';                              /* its end is written, not read */
	if (append(fileno(f), text, n + 1) < 0)
		rc = err_set("%s: %s", path, strerror(errno));
	free(text);
	return rc;
}

int lines_append(FILE *f, const char *path, json_t *line)
{
	char *text = line ? exact_text(line) : NULL;

	json_decref(line);
	return append_line(f, path, text);
}

static void log_path(char path[PATH_MAX], const struct run *r, const FILE *f)
{
	file_path(path, r->path, f == r->metrics ? "metrics.jsonl" : f == r->ranking ? "ranking.jsonl" : "log");
}

int run_append_text(struct run *r, FILE *f, const char *line, size_t bytes)
{
	char path[PATH_MAX];

	if (append(fileno(f), line, bytes) == 0)
		return 0;

	int reason = errno;

	log_path(path, r, f);
	return err_set("%s: %s", path, strerror(reason));
}

int run_append(struct run *r, FILE *f, json_t *line)
{
	char path[PATH_MAX];

	char *text = line ? json_dumps(line, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

	json_decref(line);
	log_path(path, r, f);
	return append_line(f, path, text);
}

void run_log(struct run *r, const char *format, ...)
{
	char line[1024];
	time_t now = time(NULL);
	struct tm tm;
	va_list arguments;

	if (!r->log)
		return;
	localtime_r(&now, &tm);

	size_t n = strftime(line, sizeof line, "%Y-%m-%d %H:%M:%S ", &tm);

	va_start(arguments, format);
	vsnprintf(line + n, sizeof line - n - 1, format, arguments);
	va_end(arguments);
	for (char *p = line; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			*p = ' ';                    /* one line, and nothing that a terminal obeys */
	n = strlen(line);
	line[n++] = '\n';
	append(fileno(r->log), line, n);             /* a log that cannot be written stops nothing */
}

/* From the place on. 0 or -1 with errno. */
static int read_lines(FILE *f, struct line_place *at, void (*each)(void *, const json_t *, int number), void *context)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;

	if (at->bytes > 0 && fseeko(f, (off_t)at->bytes, SEEK_SET) < 0)
		return -1;
	while ((n = getline(&line, &room, f)) > 0 && line[n - 1] == '\n') {
		json_t *value = json_loadb(line, (size_t)n, 0, NULL);

		at->bytes += n;
		each(context, value, ++at->lines);
		json_decref(value);
	}
	free(line);
	return ferror(f) ? -1 : 0;
}

int run_follow_lines(const char *run_path, const char *name, struct line_place *at, void (*each)(void *, const json_t *, int number), void *context)
{
	char path[PATH_MAX];
	struct stat st;
	FILE *f;
	int rc = 0;

	file_path(path, run_path, name);
	if (stat(path, &st) < 0)
		return errno == ENOENT ? 0 : err_set("%s: %s", path, strerror(errno));
	if (at->bytes > 0 && ((uint64_t)st.st_ino != at->file || st.st_size < at->bytes)) {
		*at = (struct line_place){ 0 };
		return 1;
	}
	at->file = (uint64_t)st.st_ino;
	if (st.st_size == at->bytes)
		return 0;
	if (!(f = fopen(path, "r")))
		return errno == ENOENT ? 0 : err_set("%s: %s", path, strerror(errno));
	if (read_lines(f, at, each, context) < 0)
		rc = err_set("%s: %s", path, strerror(errno));
	fclose(f);
	return rc;
}

int run_scan_lines(const char *run_path, const char *name, void (*each)(void *, const json_t *, int number), void *context)
{
	return run_follow_lines(run_path, name, &(struct line_place){ 0 }, each, context);
}

struct reading {
	void (*each)(void *, const json_t *);
	void *context;
};

static void pass_whole(void *context, const json_t *value, int number)
{
	const struct reading *r = context;

	(void)number;
	if (value)
		r->each(r->context, value);
}

int run_read_lines(const char *run_path, const char *name, void (*each)(void *, const json_t *), void *context)
{
	return run_scan_lines(run_path, name, pass_whole, &(struct reading){ each, context });
}

static bool is_beyond(const char *line, size_t bytes, int64_t step)
{
	json_t *value = json_loadb(line, bytes, 0, NULL);
	const json_t *of = json_object_get(value, "step");
	bool beyond = json_is_integer(of) && json_integer_value(of) > step;

	json_decref(value);
	return beyond;
}

/* The lines that stay, moved to the front; returns their bytes. */
static size_t keep_lines(char *text, size_t bytes, int64_t step)
{
	size_t kept = 0;

	for (size_t at = 0, next; at < bytes; at = next) {
		const char *end = memchr(text + at, '\n', bytes - at);

		next = end ? (size_t)(end - text) + 1 : bytes;
		if (is_beyond(text + at, next - at, step))
			continue;
		memmove(text + kept, text + at, next - at);
		kept += next - at;
	}
	return kept;
}

int run_truncate_metrics(struct run *r, int64_t step)
{
	char path[PATH_MAX];
	size_t bytes;
	FILE *f;
	int rc = 0;

	file_path(path, r->path, "metrics.jsonl");

	char *text = file_read(path, SIZE_MAX, &bytes);

	if (!text)
		return -1;

	size_t kept = keep_lines(text, bytes, step);

	if (kept < bytes) {
		rc = file_replace(path, &(struct piece){ text, kept }, 1);
		if (rc == 0 && !(f = open_log(r, "metrics.jsonl")))
			rc = -1;
		if (rc == 0) {
			fclose(r->metrics);          /* of the file that was replaced */
			r->metrics = f;
		}
	}
	free(text);
	return rc;
}
