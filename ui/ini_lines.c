/* ini_lines.c -- inih reads; it is handed a line at a time, so that the number of the line is known where one is wrong. */
#include "ui/ini_lines.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"

struct reading {
	FILE *f;
	const char *path;
	int line;
	ini_taker *take;
	void *context;
	struct faults *faults;
};

void faults_add(struct faults *faults, const char *path, int line)
{
	int i = faults->count++;

	if (i >= FAULTS_KEPT)
		return;
	if (line)
		snprintf(faults->text[i], FAULT_SIZE, "%s line %d: %s", path, line, err_last());
	else
		snprintf(faults->text[i], FAULT_SIZE, "%s: %s", path, err_last());
}

/* inih's way to get the next line, as fgets has it. */
static char *next_line(char *text, int size, void *context)
{
	struct reading *r = context;

	if (!fgets(text, size, r->f))
		return NULL;
	if (text[0])
		r->line++;
	if (!strchr(text, '\n') && !feof(r->f)) {        /* inih would take the rest for a line of its own */
		int c;

		while ((c = getc(r->f)) != EOF && c != '\n')
			;
		err_set("longer than %d characters: its end is left out", size - 2);
		faults_add(r->faults, r->path, r->line);
	}
	return text;
}

/* 0 is inih's error: never, it would remember only the first. */
static int handle(void *context, const char *section, const char *name, const char *value)
{
	struct reading *r = context;

	if (r->take(r->context, r->line, section, name, value) < 0)
		faults_add(r->faults, r->path, r->line);
	return 1;
}

int ini_lines_read(const char *path, ini_taker *take, void *context, struct faults *faults)
{
	struct reading r = { .f = fopen(path, "re"), .path = path, .take = take, .context = context, .faults = faults };
	int line, broken;

	if (!r.f)
		return err_set("%s: %s", path, strerror(errno));
	line = ini_parse_stream(next_line, &r, handle, &r);
	broken = ferror(r.f) ? errno : 0;
	fclose(r.f);
	if (broken)
		return err_set("%s: %s", path, strerror(broken));
	if (line > 0) {
		err_set("neither a [section] nor NAME = VALUE");
		faults_add(faults, path, line);
	}
	return 0;
}
