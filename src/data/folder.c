/* folder.c -- what a folder holds, in one order on every machine. */
#include "src/data/folder.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

#include "src/base/err.h"

enum { GROWN_BY = 256 };

static int add(struct folder *f, const char *name)
{
	if (f->count % GROWN_BY == 0) {
		char **grown = realloc(f->name, ((size_t)f->count + GROWN_BY) * sizeof *grown);

		if (!grown)
			return err_set("out of memory");
		f->name = grown;
	}
	f->name[f->count] = strdup(name);
	return f->name[f->count] ? (f->count++, 0) : err_set("out of memory");
}

static int add_if_wanted(struct folder *f, const char *path, const char *name, bool folders)
{
	char full[PATH_MAX];
	struct stat st;

	if (*name == '.')
		return 0;
	if (snprintf(full, sizeof full, "%s/%s", path, name) >= (int)sizeof full)
		return err_set("%.200s…/%.200s: longer than a path may be", path, name);
	if (stat(full, &st) < 0)
		return err_set("%s: %s", full, errno == ENOENT ? "a link that leads nowhere" : strerror(errno));
	return (folders ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode)) ? add(f, name) : 0;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

int folder_list(struct folder *f, const char *path, bool folders)
{
	DIR *dir = opendir(path);
	struct dirent *entry;
	int rc = 0;

	*f = (struct folder){ 0 };
	if (!dir)
		return err_set("%s: %s", path, strerror(errno));
	errno = 0;
	while (rc == 0 && (entry = readdir(dir))) {
		rc = add_if_wanted(f, path, entry->d_name, folders);
		errno = 0;
	}
	if (rc == 0 && errno)
		rc = err_set("%s: %s", path, strerror(errno));
	closedir(dir);
	if (rc < 0)
		folder_release(f);
	else if (f->count)
		qsort(f->name, (size_t)f->count, sizeof *f->name, compare);
	return rc;
}

void folder_release(struct folder *f)
{
	for (int i = 0; i < f->count; i++)
		free(f->name[i]);
	free(f->name);
	*f = (struct folder){ 0 };
}

int folder_find(const struct folder *f, const char *name)
{
	char **found = f->count ? bsearch(&name, f->name, (size_t)f->count, sizeof *f->name, compare) : NULL;

	return found ? (int)(found - f->name) : -1;
}

bool has_ending(const char *name, const char *ending)
{
	const char *dot = strrchr(name, '.');

	return dot && strcasecmp(dot + 1, ending) == 0;
}
