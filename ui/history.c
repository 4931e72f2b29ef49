/* history.c -- the file is appended to a line at a time, so that several sessions share it; one that has grown long is written anew when it is read. */
#include "ui/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/folders.h"

static void push(struct history *h, const char *line)
{
	char *copy = strdup(line);

	if (!copy)
		return;
	if (h->count == HISTORY_LINES) {
		free(h->line[0]);
		memmove(h->line, h->line + 1, (HISTORY_LINES - 1) * sizeof h->line[0]);
		h->count--;
	}
	h->line[h->count++] = copy;
}

static bool find_folder(char *folder, size_t size)
{
	const char *state = getenv("XDG_STATE_HOME"), *home = getenv("HOME");

	if (state && *state == '/')
		return snprintf(folder, size, "%s/smashtop", state) < (int)size;
	return home && *home && snprintf(folder, size, "%s/.local/state/smashtop", home) < (int)size;
}

/* Opened so that neither a pipe nor a device of that name could make anybody wait. */
static int open_file(const char *path, int flags)
{
	int fd = open(path, flags | O_NONBLOCK | O_CLOEXEC, 0600);
	struct stat s;

	if (fd >= 0 && (fstat(fd, &s) < 0 || !S_ISREG(s.st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

static void write_anew(const struct history *h)
{
	char path[1100];
	bool good = true;
	FILE *f;

	snprintf(path, sizeof path, "%s.%ld", h->path, (long)getpid());
	if (!(f = fopen(path, "wx")))
		return;
	fchmod(fileno(f), 0600);
	for (int i = 0; i < h->count; i++)
		good &= fprintf(f, "%s\n", h->line[i]) > 0;
	if (fclose(f) < 0 || !good || rename(path, h->path) < 0)
		unlink(path);
}

void history_open(struct history *h, const char *name)
{
	char folder[900], *line = NULL;
	size_t room = 0;
	ssize_t n;
	int lines = 0, fd;
	FILE *f;

	h->count = 0;
	h->path[0] = 0;
	if (!find_folder(folder, sizeof folder))
		return;
	snprintf(h->path, sizeof h->path, "%s/%s", folder, name);
	fd = open_file(h->path, O_RDONLY);
	if (fd < 0 || !(f = fdopen(fd, "r")))
		return;
	for (; (n = getline(&line, &room, f)) > 0; lines++) {
		if (line[n - 1] == '\n')
			line[n - 1] = 0;
		if (line[0] && n < 512)
			push(h, line);
	}
	free(line);
	fclose(f);
	if (lines > 2 * HISTORY_LINES)
		write_anew(h);
}

void history_release(struct history *h)
{
	for (int i = 0; i < h->count; i++)
		free(h->line[i]);
	h->count = 0;
}

void history_add(struct history *h, const char *line)
{
	char text[600];
	int n, fd;

	if (!line[0] || line[0] == ' ' || strpbrk(line, "\n\r") || (h->count && !strcmp(h->line[h->count - 1], line)))
		return;
	push(h, line);
	n = snprintf(text, sizeof text, "%s\n", line);
	if (!h->path[0] || n >= (int)sizeof text)
		return;
	fd = open_file(h->path, O_WRONLY | O_APPEND | O_CREAT);
	if (fd < 0 && errno == ENOENT) {
		folders_make_for(h->path, 0700);         /* for their owner alone as XDG has it */
		fd = open_file(h->path, O_WRONLY | O_APPEND | O_CREAT);
	}
	if (fd < 0 || write(fd, text, (size_t)n) != n)
		h->path[0] = 0;                          /* a disk that is full or read-only: from here on in memory */
	if (fd >= 0)
		close(fd);
}

int history_older(const struct history *h, int at, const char *text, bool prefix)
{
	while (--at >= 0)
		if (prefix ? !strncmp(h->line[at], text, strlen(text)) : strstr(h->line[at], text) != NULL)
			return at;
	return -1;
}

int history_newer(const struct history *h, int at, const char *prefix)
{
	while (++at < h->count)
		if (!strncmp(h->line[at], prefix, strlen(prefix)))
			return at;
	return -1;
}
