/* folders.c -- see folders.h. */
#include "src/base/folders.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"

/* The first `n` bytes of the path, and what is before each slash in them. */
static int make(const char *path, size_t n, mode_t mode)
{
	char part[PATH_MAX];
	int made = 0;

	for (size_t i = 1; i <= n; i++) {
		if (i < n && path[i] != '/')
			continue;
		snprintf(part, sizeof part, "%.*s", (int)i, path);
		if (mkdir(part, mode) == 0)
			made++;
		else if (errno != EEXIST && access(part, F_OK) < 0)
			return err_set("%s: %s", part, strerror(errno));
	}
	return made;
}

int folders_make(const char *folder, mode_t mode)
{
	return make(folder, strlen(folder), mode);
}

int folders_make_for(const char *file, mode_t mode)
{
	const char *slash = strrchr(file, '/');

	return slash ? make(file, (size_t)(slash - file), mode) : 0;
}
