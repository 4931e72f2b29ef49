/* data_fixture.c -- a folder for a test's own small data sets. */
#include "tests/data_fixture.h"

#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "src/base/err.h"

char folder[256];

void make_folder(void)
{
	/* In memory where possible: on a disk each of some thousand small files that is written again waits for it. */
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(folder, sizeof folder, "%s/check_data.XXXXXX", parent);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	setenv("XDG_DATA_HOME", folder, 1);
	setenv("XDG_CACHE_HOME", folder, 1);
	setenv("HOME", folder, 1);
}

void remove_folder(void)
{
	char command[600];

	snprintf(command, sizeof command, "chmod -R u+rwx '%s'; rm -rf '%s'", folder, folder);
	ck_assert_int_eq(system(command), 0);
}

const char *path_of(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof path, "%s/%s", folder, name);
	return path;
}

static const char *path_to_write(const char *name)
{
	static char path[1024];

	snprintf(path, sizeof path, "%s", path_of(name));
	for (char *slash = path + strlen(folder) + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		ck_assert(mkdir(path, 0777) == 0 || errno == EEXIST);
		*slash = '/';
	}
	return path;
}

void write_file(const char *name, const void *data, size_t bytes)
{
	FILE *f = fopen(path_to_write(name), "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, bytes, f), bytes);
	ck_assert_int_eq(fclose(f), 0);
}

void write_gzip(const char *name, const void *data, size_t bytes)
{
	gzFile f = gzopen(path_to_write(name), "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(gzwrite(f, data, (unsigned)bytes), (int)bytes);
	ck_assert_int_eq(gzclose(f), Z_OK);
}

size_t file_bytes(const char *name, uint8_t *to, size_t room)
{
	FILE *f = fopen(path_of(name), "rb");

	ck_assert_ptr_nonnull(f);

	size_t n = fread(to, 1, room, f);

	fclose(f);
	return n;
}

static struct dataset *open_here(const char *format)
{
	char name[300];

	snprintf(name, sizeof name, "%s:%s", format, folder);
	err_clear();
	return dataset_open(name);
}

struct dataset *open_good(const char *format)
{
	struct dataset *d = open_here(format);

	ck_assert_msg(d != NULL, "%s: %s", format, err_last());
	return d;
}

void refuses(const char *format, const char *const *words, size_t count)
{
	struct dataset *d = open_here(format);

	ck_assert_msg(d == NULL, "%s was taken", format);
	for (size_t i = 0; i < count; i++)
		ck_assert_msg(strstr(err_last(), words[i]) != NULL, "'%s' is not in: %s", words[i], err_last());
	ck_assert_ptr_null(strchr(err_last(), '\n'));
}
