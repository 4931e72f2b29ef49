/* config.c -- reading is ini_lines'; writing goes through the text line by line, so that comments, order and blanks stay a person's own. */
#include "ui/config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/folders.h"
#include "src/base/nearest.h"
#include "ui/keys.h"
#include "ui/theme.h"

bool config_path(char *path, size_t size)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config)
		return snprintf(path, size, "%s/smashtop/config", config) < (int)size;
	return home && *home && snprintf(path, size, "%s/.config/smashtop/config", home) < (int)size;
}

/* ---- reading ---- */

static bool is_theme(const struct setting_row *row)
{
	return !strcmp(row->name, "theme");
}

static int take(void *context, int line, const char *section, const char *name, const char *value)
{
	struct nearest near = nearest_to(section);
	const struct setting_row *row;

	if (!strcmp(section, "keys"))
		return keys_bind(name, value, line);
	if (!strcmp(section, "screen"))
		return (row = setting_find(name)) && (!is_theme(row) || theme_find(value) == 0) ? setting_set(context, row, value) : -1;
	nearest_offer(&near, "keys");
	nearest_offer(&near, "screen");
	return err_set("unknown section [%s]%s; there are screen and keys", section, nearest_hint(&near));
}

void config_load(struct settings *settings, const char *path, struct faults *faults)
{
	struct stat s;

	keys_reset();
	if (stat(path, &s) < 0 && errno == ENOENT)
		return;
	if (!S_ISREG(s.st_mode)) {
		err_set("is no plain file");
		faults_add(faults, path, 0);
	} else if (ini_lines_read(path, take, settings, faults) < 0)
		faults_add(faults, "configuration", 0);
	keys_settle(path, faults);
}

/* ---- writing ---- */

static bool differs(const struct settings *a, const struct settings *b, const struct setting_row *row)
{
	char x[SETTING_SIZE], y[SETTING_SIZE];

	return strcmp(setting_text(a, row, x), setting_text(b, row, y)) != 0;
}

/* Whether the line is "NAME = …". */
static bool is_of(const char *line, const char *name)
{
	size_t n = strlen(name);

	line += strspn(line, " \t");
	if (strncmp(line, name, n) != 0)
		return false;
	line += n + strspn(line + n, " \t");
	return *line == '=' || *line == ':';
}

static bool begins_section(const char *line, char section[64])
{
	const char *end;

	line += strspn(line, " \t");
	if (*line != '[' || !(end = strchr(line, ']')))
		return false;
	snprintf(section, 64, "%.*s", (int)(end - line - 1), line + 1);
	return true;
}

static bool is_blank(const char *line)
{
	return line[strspn(line, " \t\r\n")] == 0;
}

/* The line with another value; all before it and a comment behind it stay. */
static void write_changed(FILE *f, const char *line, const char *value)
{
	const char *at = strpbrk(line, "=:") + 1, *end;

	at += strspn(at, " \t");
	for (end = at; *end && *end != '\n' && !(*end == ';' && (end == at || end[-1] == ' ' || end[-1] == '\t')); end++)
		;
	while (end > at && strchr(" \t\r", end[-1]))
		end--;
	fprintf(f, "%.*s%s%s%s", (int)(at - line), line, value, end == at && *end == ';' ? " " : "", end);
	if (!strchr(end, '\n'))
		fputc('\n', f);
}

struct writing {
	const struct settings *before, *now;
	bool done[64];                   /* of each row: it differs and stands in the new text */
};

/* Those that differ and have no line yet. */
static void write_missing(FILE *f, struct writing *w, bool *in_section)
{
	char value[SETTING_SIZE];

	for (int i = 0; i < setting_row_count; i++) {
		if (w->done[i] || !differs(w->before, w->now, &setting_rows[i]))
			continue;
		if (!*in_section)
			fputs("[screen]\n", f);
		*in_section = w->done[i] = true;
		fprintf(f, "%s = %s\n", setting_rows[i].name, setting_text(w->now, &setting_rows[i], value));
	}
}

/* A line of [screen]: as it is, or with another value. The last of several is the one that counts, so all of them change. */
static void write_line(FILE *f, struct writing *w, char *line)
{
	char value[SETTING_SIZE];

	for (int i = 0; i < setting_row_count; i++)
		if (is_of(line, setting_rows[i].name) && differs(w->before, w->now, &setting_rows[i])) {
			write_changed(f, line, setting_text(w->now, &setting_rows[i], value));
			w->done[i] = true;
			return;
		}
	fputs(line, f);
	if (!strchr(line, '\n'))
		fputc('\n', f);
}

/* Blank lines at the end of [screen] are held back until it is known that nothing is added before them. */
static void write_all(FILE *f, FILE *old, struct writing *w)
{
	char *line = NULL, section[64] = "";
	size_t room = 0;
	int blanks = 0;
	bool in_section = false;

	while (old && getline(&line, &room, old) > 0) {
		if (in_section && is_blank(line)) {
			blanks++;
			continue;
		}
		if (begins_section(line, section)) {
			if (in_section)
				write_missing(f, w, &in_section);
			in_section = !strcmp(section, "screen");
		}
		for (; blanks; blanks--)
			fputc('\n', f);
		if (in_section)
			write_line(f, w, line);
		else
			fputs(line, f);
	}
	free(line);
	write_missing(f, w, &in_section);
	for (; blanks; blanks--)
		fputc('\n', f);
}

int config_save(const char *path, const struct settings *before, const struct settings *now)
{
	struct writing w = { .before = before, .now = now };
	char target[PATH_MAX], fresh[PATH_MAX + 16];
	struct stat s;
	FILE *old, *f;
	bool good;

	folders_make_for(path, 0777);
	if (!realpath(path, target))                     /* one that is a link stays one */
		snprintf(target, sizeof target, "%s", path);
	snprintf(fresh, sizeof fresh, "%s.new", target);
	old = fopen(target, "re");
	if (!(f = fopen(fresh, "we"))) {
		if (old)
			fclose(old);
		return err_set("%s: %s", fresh, strerror(errno));
	}
	if (old && fstat(fileno(old), &s) == 0)
		fchmod(fileno(f), s.st_mode & 07777);
	write_all(f, old, &w);
	if (old)
		fclose(old);
	good = !ferror(f);
	good &= fclose(f) == 0;
	if (good && rename(fresh, target) == 0)
		return 0;
	err_set("%s: %s", target, strerror(errno));
	unlink(fresh);
	return -1;
}
