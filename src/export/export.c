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
		.many = "architectures", .parts = export_json_parts, .write_part = export_json },
	{ .name = "csv", .suffix = ".csv", .help = "the table of scores with all its columns", .rows = true, .one = "row", .many = "rows",
		.write = export_csv },
	{ .name = "txt", .suffix = ".txt", .help = "memory banks as text, as smashtop show prints them", .images = true, .one = "architecture",
		.many = "architectures", .parts = export_text_parts, .write_part = export_text },
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

/* ---- a file in parts ---- */

struct export_writing {
	const struct export_format *format;
	struct export_source source;
	char path[PATH_MAX], new[PATH_MAX];      /* new: the name until it is whole; "" for standard output */
	bool replace;
	FILE *f;                         /* NULL: nothing more is written */
	int done, total;                 /* parts */
	long bytes;
};

struct export_writing *export_begin(const struct export_format *format, const struct export_source *source, const char *path, bool replace)
{
	bool standard = strcmp(path, "-") == 0;
	struct export_writing *w;

	if (!standard && check_path(path, replace) < 0)
		return NULL;
	w = calloc(1, sizeof(*w));
	if (!w) {
		err_set("out of memory");
		return NULL;
	}
	w->format = format;
	w->source = *source;
	w->replace = replace;
	w->total = format->parts ? format->parts(source) : 1;
	snprintf(w->path, sizeof(w->path), "%s", path);
	w->f = standard ? stdout : open_beside(path, w->new);
	if (w->f)
		return w;
	free(w);
	return NULL;
}

static int finish_standard(struct export_writing *w)
{
	w->f = NULL;
	return fflush(stdout) == EOF || ferror(stdout) ? err_set("standard output: %s", strerror(errno)) : 0;
}

/* Whole on the disk before it has its name. */
static int finish_file(struct export_writing *w)
{
	int rc = 0;

	if (fflush(w->f) == EOF || ferror(w->f) || fsync(fileno(w->f)) < 0)
		rc = err_set("%s: %s", w->path, strerror(errno));
	w->bytes = ftell(w->f);
	if (fclose(w->f) == EOF && rc == 0)
		rc = err_set("%s: %s", w->path, strerror(errno));
	w->f = NULL;
	if (rc == 0 && w->replace)
		rc = rename(w->new, w->path) == 0 ? 0 : err_set("%s: %s", w->path, strerror(errno));
	else if (rc == 0)
		rc = rename_to_new(w->new, w->path);
	if (rc < 0)
		unlink(w->new);
	return rc;
}

int export_advance(struct export_writing *w)
{
	const struct export_format *format = w->format;

	if (w->done < w->total) {
		int rc = format->parts ? format->write_part(w->f, &w->source, w->done) : format->write(w->f, &w->source);

		if (rc < 0)
			return -1;
		w->done++;
	}
	if (w->done < w->total)
		return 1;
	return *w->new ? finish_file(w) : finish_standard(w);
}

void export_counts(const struct export_writing *w, int *done, int *total)
{
	*done = w->done;
	*total = w->total;
}

void export_told(const struct export_writing *w, char *text, size_t size)
{
	const struct export_format *format = w->format;
	char count[UNITS_TEXT], written[UNITS_TEXT];

	if (w->bytes < 10000)
		snprintf(written, sizeof(written), "%ld bytes", w->bytes);
	else
		units_bytes((double)w->bytes, written);
	snprintf(text, size, "%s %s, %s", units_thousands(w->source.count, count), w->source.count == 1 ? format->one : format->many, written);
}

void export_end(struct export_writing *w)
{
	if (w && w->f && *w->new) {
		fclose(w->f);
		unlink(w->new);
	}
	free(w);
}

/* ---- as a whole ---- */

int export_file(const struct export_format *format, const struct export_source *source, const char *path, bool replace, char *text, size_t size)
{
	struct export_writing *w = export_begin(format, source, path, replace);
	int rc = w ? 1 : -1;

	while (rc > 0)
		rc = export_advance(w);
	if (rc == 0 && text)
		export_told(w, text, size);
	export_end(w);
	return rc;
}
