/* marks.c -- a line is an id, then * where it is marked, then its letter where it has one: "3f1c09a0b1c2 *a". */
#include "src/lab/marks.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"

static bool read_line(struct mark *m, const char *line)
{
	const char *rest = line + ARCH_ID_LENGTH;

	if (strspn(line, "0123456789abcdef") != ARCH_ID_LENGTH || *rest++ != ' ')
		return false;
	*m = (struct mark){ .marked = *rest == '*' };
	memcpy(m->id, line, ARCH_ID_LENGTH);
	rest += m->marked;
	m->letter = *rest >= 'a' && *rest <= 'z' ? *rest++ : 0;
	return (m->marked || m->letter) && strspn(rest, "\n") == strlen(rest);
}

int marks_load(const char *run_path, struct mark **list)
{
	char path[PATH_MAX], line[64];
	int count = 0, room = 0;
	FILE *f;

	*list = NULL;
	snprintf(path, sizeof path, "%s/marks", run_path);
	if (!(f = fopen(path, "r")))
		return errno == ENOENT ? 0 : err_set("%s: %s", path, strerror(errno));
	while (fgets(line, sizeof line, f)) {
		if (count == room) {
			struct mark *grown = realloc(*list, (size_t)(room = room ? 2 * room : 64) * sizeof *grown);

			if (!grown)
				break;
			*list = grown;
		}
		count += read_line(&(*list)[count], line);
	}
	fclose(f);
	return count;
}

int marks_damaged(const char *run_path, int *first)
{
	char path[PATH_MAX], line[64];
	struct mark unseen;
	int damaged = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/marks", run_path);
	if (!(f = fopen(path, "r")))
		return 0;
	for (int number = 1; fgets(line, sizeof line, f); number++)
		if (!read_line(&unseen, line) && damaged++ == 0)
			*first = number;
	fclose(f);
	return damaged;
}

int marks_save(const char *run_path, const struct mark *mark, int count)
{
	char path[PATH_MAX], new[PATH_MAX + 8];
	bool bad;
	FILE *f;

	snprintf(path, sizeof path, "%s/marks", run_path);
	snprintf(new, sizeof new, "%s.tmp", path);
	if (!(f = fopen(new, "w")))
		return err_set("%s: %s", new, strerror(errno));
	for (int i = 0; i < count; i++)
		fprintf(f, "%s %s%.*s\n", mark[i].id, mark[i].marked ? "*" : "", mark[i].letter != 0, &mark[i].letter);
	bad = ferror(f) != 0;
	bad |= fclose(f) == EOF;
	if (!bad && rename(new, path) == 0)
		return 0;
	err_set("%s: %s", new, strerror(errno));
	unlink(new);
	return -1;
}
