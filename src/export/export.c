/* export.c -- the table of formats, and files that are written as a whole or not at all. */
#include "src/export/export.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "src/base/units.h"

const struct export_format export_formats[] = {
	{ .name = "json", .suffix = ".json", .help = "architectures that smashtop and other programs read back", .one = "architecture",
		.many = "architectures", .write = export_json },
	{ .name = "csv", .suffix = ".csv", .help = "the table of scores with all its columns", .rows = true, .one = "row", .many = "rows",
		.write = export_csv },
	{ .name = "txt", .suffix = ".txt", .help = "memory banks as text, as smashtop show prints them", .images = true, .one = "architecture",
		.many = "architectures", .write = export_text },
};
const int export_format_count = sizeof(export_formats) / sizeof(*export_formats);

const struct export_format *export_find(const char *name)
{
	struct nearest near = nearest_to(name);
	char known[64] = "";

	for (int i = 0; i < export_format_count; i++) {
		if (strcmp(export_formats[i].name, name) == 0)
			return &export_formats[i];
		nearest_offer(&near, export_formats[i].name);
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "", export_formats[i].name);
	}
	err_set("%s: there is no such format%s%s", name, near.name ? nearest_hint(&near) : "; there are ", near.name ? "" : known);
	return NULL;
}

const struct export_format *export_of_file(const char *path)
{
	for (int i = 0; i < export_format_count; i++) {
		const char *suffix = export_formats[i].suffix;
		size_t length = strlen(path), ends = strlen(suffix);

		if (length > ends && strcmp(path + length - ends, suffix) == 0)
			return &export_formats[i];
	}
	return NULL;
}

/* ---- files ---- */

static int taken(const char *path)
{
	return err_set("%s: exists; another name, or to replace it --force, would be right", path);
}

/* Before anything is written: what is wrong with the name. */
static int check_path(const char *path, bool replace)
{
	struct stat st;

	if (!*path)
		return err_set("a file's name is empty");
	if (path[strlen(path) - 1] == '/')
		return err_set("%s: a folder; a name in it would be right", path);
	if (stat(path, &st) < 0)
		return 0;
	if (S_ISDIR(st.st_mode))
		return err_set("%s: a folder; a name in it would be right", path);
	if (!S_ISREG(st.st_mode))
		return err_set("%s: no file; it is left alone", path);
	return replace ? 0 : taken(path);
}

/* A new file beside `path`, whose name nobody has. */
static FILE *open_beside(const char *path, char new[PATH_MAX])
{
	int fd = -1;

	for (int i = 0; i < 100 && fd < 0; i++) {
		if (snprintf(new, PATH_MAX, "%s.%ld-%d.tmp", path, (long)getpid(), i) >= PATH_MAX) {
			err_set("%s: %s", path, strerror(ENAMETOOLONG));
			return NULL;
		}
		fd = open(new, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
		if (fd < 0 && errno != EEXIST)
			break;
	}

	FILE *f = fd < 0 ? NULL : fdopen(fd, "w");

	if (!f)
		err_set("%s: %s", path, strerror(errno));
	return f;
}

/* As rename, but never over something. Some file systems can't say that in one go. */
static int rename_to_new(const char *from, const char *to)
{
	if (renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0)
		return 0;
	if (errno == EEXIST)
		return taken(to);
	if (errno != EINVAL && errno != ENOSYS)
		return err_set("%s: %s", to, strerror(errno));
	if (access(to, F_OK) == 0)
		return taken(to);
	return rename(from, to) == 0 ? 0 : err_set("%s: %s", to, strerror(errno));
}

static int write_beside(const struct export_format *format, const struct export_source *source, const char *path, bool replace, long *bytes)
{
	char new[PATH_MAX];
	FILE *f = open_beside(path, new);
	int rc;

	if (!f)
		return -1;
	rc = format->write(f, source);
	if (rc == 0 && (fflush(f) == EOF || ferror(f) || fsync(fileno(f)) < 0))
		rc = err_set("%s: %s", path, strerror(errno));
	*bytes = ftell(f);
	if (fclose(f) == EOF && rc == 0)
		rc = err_set("%s: %s", path, strerror(errno));
	if (rc == 0 && replace)
		rc = rename(new, path) == 0 ? 0 : err_set("%s: %s", path, strerror(errno));
	else if (rc == 0)
		rc = rename_to_new(new, path);
	if (rc < 0)
		unlink(new);
	return rc;
}

static int write_standard(const struct export_format *format, const struct export_source *source)
{
	if (format->write(stdout, source) < 0)
		return -1;
	return fflush(stdout) == EOF || ferror(stdout) ? err_set("standard output: %s", strerror(errno)) : 0;
}

int export_file(const struct export_format *format, const struct export_source *source, const char *path, bool replace, char *text, size_t size)
{
	char count[UNITS_TEXT], written[UNITS_TEXT];
	long bytes = 0;

	if (strcmp(path, "-") == 0)
		return write_standard(format, source);
	if (check_path(path, replace) < 0 || write_beside(format, source, path, replace, &bytes) < 0)
		return -1;
	if (bytes < 10000)
		snprintf(written, sizeof(written), "%ld bytes", bytes);
	else
		units_bytes((double)bytes, written);
	if (text)
		snprintf(text, size, "%s %s, %s", units_thousands(source->count, count), source->count == 1 ? format->one : format->many, written);
	return 0;
}
