/* export.c -- the table of formats, and files that are written as a whole or not at all. */
#include "src/export/export.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "src/base/units.h"
#include "src/export/files.h"
#include "src/store/file.h"

#define OF(name) (1u << EXPORT_##name)
#define ALL ((1u << EXPORT_SUBJECTS) - 1)

const struct export_format export_formats[] = {
	{ .name = "json", .suffix = ".json", .subjects = OF(BANKS), .help = "architectures that smashtop and other programs read back", .one = "architecture",
		.many = "architectures", .parts = export_json_parts, .write_part = export_json },
	{ .name = "csv", .suffix = ".csv", .subjects = ALL, .help = "tables with all their columns", .rows = true, .one = "row", .many = "rows",
		.write = export_csv },
	{ .name = "txt", .suffix = ".txt", .subjects = OF(BANKS), .help = "memory banks as text, as smashtop show prints them", .images = true, .one = "architecture",
		.many = "architectures", .parts = export_text_parts, .write_part = export_text },
	{ .name = "svg", .suffix = ".svg", .subjects = ALL, .help = "a picture for papers, of lines and text",
		.images = true, .scores = true, .picture = true, .one = "picture", .many = "pictures", .write = export_svg },
	{ .name = "pdf", .suffix = ".pdf", .subjects = ALL, .help = "a picture for papers, a page each",
		.images = true, .scores = true, .picture = true, .one = "page", .many = "pages", .write = export_pdf },
	{ .name = "png", .suffix = ".png", .subjects = ALL, .help = "a picture of pixels",
		.images = true, .scores = true, .picture = true, .pixels = true, .one = "picture",
		.many = "pictures", .write = export_png },
	{ .name = "dot", .suffix = ".dot", .subjects = OF(BANKS), .help = "banks and ops as graphs for Graphviz", .images = true, .one = "graph",
		.many = "graphs", .parts = export_dot_parts, .write_part = export_dot },
	{ .name = "tensorboard", .suffix = ".tfevents", .subjects = OF(LOSS), .help = "the metrics of training as events for TensorBoard",
		.one = "file", .many = "files", .write = export_tensorboard },
	{ .name = "pytorch", .suffix = ".py", .beside = ".safetensors", .subjects = OF(BANKS), .help = "a module of PyTorch, and its weights",
		.weights = true, .one = "network", .many = "networks", .write_each = export_pytorch },
	{ .name = "onnx", .suffix = ".onnx", .subjects = OF(BANKS), .help = "a model with its weights, for ONNX Runtime and others",
		.weights = true, .one = "network", .many = "networks", .write_each = export_onnx },
};
const int export_format_count = sizeof(export_formats) / sizeof(*export_formats);

const struct export_format *export_find(const char *name)
{
	struct nearest near = nearest_to(name);
	char known[160] = "";

	for (int i = 0; i < export_format_count; i++) {
		if (strcmp(export_formats[i].name, name) == 0)
			return &export_formats[i];
		nearest_offer(&near, export_formats[i].name);
		snprintf(known + strlen(known), sizeof(known) - strlen(known), "%s%s", i ? ", " : "", export_formats[i].name);
	}
	err_set("%s: there is no such format%s%s", name, near.name ? nearest_hint(&near) : "; there are ", near.name ? "" : known);
	return NULL;
}

const char *const export_subject_names[EXPORT_SUBJECTS] = { "banks", "loss", "correlate", "corrupt" };

/* "banks, loss or corrupt" of a mask. */
static const char *subjects_text(unsigned subjects, char text[64])
{
	int n = 0;

	*text = 0;
	for (int i = 0; i < EXPORT_SUBJECTS; i++)
		if (subjects >> i & 1)
			n += snprintf(text + n, 64 - (size_t)n, "%s%s", n == 0 ? "" : subjects >> (i + 1) ? ", " : " or ", export_subject_names[i]);
	return text;
}

enum export_subject export_subject_find(const char *name)
{
	struct nearest near = nearest_to(name);
	char text[64];

	for (int i = 0; i < EXPORT_SUBJECTS; i++) {
		if (strcmp(export_subject_names[i], name) == 0)
			return (enum export_subject)i;
		nearest_offer(&near, export_subject_names[i]);
	}
	err_set("%s: there is no such figure%s%s", name, near.name ? nearest_hint(&near) : "; there are ", near.name ? "" : subjects_text(ALL, text));
	return EXPORT_SUBJECTS;
}

int export_check(const struct export_format *f, enum export_subject subject)
{
	char text[64];

	return f->subjects >> subject & 1 ? 0 : err_set("%s: is of %s, not of %s", f->name, subjects_text(f->subjects, text), export_subject_names[subject]);
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

/* ---- names ---- */

static bool is_folder(const char *path)
{
	struct stat st;

	return path[strlen(path) - 1] == '/' || (stat(path, &st) == 0 && S_ISDIR(st.st_mode));
}

static bool is_several(const struct export_source *s, const char *path)
{
	return s->arch && (s->count > 1 || is_folder(path));
}

/* Of PATH, without the suffix if it has that. */
static int stem_length(const struct export_format *f, const char *path)
{
	size_t length = strlen(path), ends = strlen(f->suffix);

	return (int)(length > ends && strcmp(path + length - ends, f->suffix) == 0 ? length - ends : length);
}

int export_path(char to[PATH_MAX], const struct export_format *f, const struct export_source *s, const char *path)
{
	bool as_is = !*path || strcmp(path, "-") == 0 || !f->write_each || is_several(s, path);
	int length = as_is ? snprintf(to, PATH_MAX, "%s", path) : snprintf(to, PATH_MAX, "%.*s%s", stem_length(f, path), path, f->suffix);

	return length < PATH_MAX ? 0 : err_set("%s: %s", path, strerror(ENAMETOOLONG));
}

/* ---- a file in parts ---- */

struct export_writing {
	const struct export_format *format;
	struct export_source source;
	struct files *files;             /* NULL: standard output */
	FILE *f[EXPORT_FILES_EACH];      /* that are being written */
	char path[PATH_MAX];
	bool several;                    /* path is a folder, where each architecture has files of its own */
	int done, total;                 /* parts */
};

/* PATH without the format's suffix, or in a folder the architecture's id. */
static int stem_of(const struct export_writing *w, int i, char stem[PATH_MAX])
{
	char id[ARCH_ID_LENGTH + 1];
	struct arch arch;

	if (!w->several) {
		snprintf(stem, PATH_MAX, "%.*s", stem_length(w->format, w->path), w->path);
		return 0;
	}
	if (!w->source.arch(w->source.context, i, &arch))
		return err_set("architecture %d of %d is not at hand", i + 1, w->source.count);
	arch_id(&arch, id);
	file_path(stem, w->path, id);
	return 0;
}

/* Those of the i-th architecture. */
static int open_each(struct export_writing *w, int i)
{
	const char *suffix[EXPORT_FILES_EACH] = { w->format->suffix, w->format->beside };
	char stem[PATH_MAX], path[PATH_MAX];

	if (stem_of(w, i, stem) < 0)
		return -1;
	for (int k = 0; k < EXPORT_FILES_EACH && suffix[k]; k++) {
		if (snprintf(path, sizeof(path), "%s%s", stem, suffix[k]) >= PATH_MAX)
			return err_set("%s: %s", stem, strerror(ENAMETOOLONG));
		w->f[k] = files_open(w->files, path);
		if (!w->f[k])
			return -1;
	}
	return 0;
}

static int begin_each(struct export_writing *w)
{
	if (!*w->path)
		return err_set("a file's name is empty");
	w->total = w->source.count;
	w->several = is_several(&w->source, w->path);
	if (w->several && files_folder(w->files, w->path) < 0)
		return -1;
	return open_each(w, 0);
}

static int begin_standard(struct export_writing *w)
{
	const struct export_format *format = w->format;

	if (format->beside)
		return err_set("%s is two files, %s and %s: an --output would be right", format->name, format->suffix, format->beside);
	if (format->write_each && w->source.count > 1)
		return err_set("%s is a file for each: an --output, which names a folder, would be right", format->name);
	w->f[0] = stdout;
	return 0;
}

static int begin_file(struct export_writing *w)
{
	w->f[0] = files_open(w->files, w->path);
	return w->f[0] ? 0 : -1;
}

struct export_writing *export_begin(const struct export_format *format, const struct export_source *source, const char *path, bool replace)
{
	bool standard = strcmp(path, "-") == 0;
	struct export_writing *w = calloc(1, sizeof(*w));

	if (!w) {
		err_set("out of memory");
		return NULL;
	}
	w->format = format;
	w->source = *source;
	w->total = format->parts ? format->parts(source) : 1;
	snprintf(w->path, sizeof(w->path), "%s", path);
	w->files = standard ? NULL : files_new(replace);
	if ((standard || w->files) && (standard ? begin_standard : format->write_each ? begin_each : begin_file)(w) == 0)
		return w;
	export_end(w);
	return NULL;
}

static int write_part(struct export_writing *w)
{
	const struct export_format *format = w->format;

	if (format->parts)
		return format->write_part(w->f[0], &w->source, w->done);
	if (!format->write_each)
		return format->write(w->f[0], &w->source);
	if (w->done > 0 && open_each(w, w->done) < 0)
		return -1;
	if (format->write_each(w->f, &w->source, w->done) < 0)
		return -1;
	return w->files ? files_whole(w->files) : 0;
}

static int finish_standard(void)
{
	return fflush(stdout) == EOF || ferror(stdout) ? err_set("standard output: %s", strerror(errno)) : 0;
}

/* Not every writer knows the name of what it writes to. */
static int name_unwritten(const struct export_writing *w)
{
	const char *name = w->files ? files_unwritten(w->files) : NULL;

	return name ? err_prefix("%s", name) : -1;
}

int export_advance(struct export_writing *w)
{
	if (w->done < w->total) {
		if (write_part(w) < 0)
			return name_unwritten(w);
		w->done++;
	}
	if (w->source.interrupted && w->source.interrupted())
		return err_set("%s: interrupted; nothing is left of it", w->path);
	if (w->done < w->total)
		return 1;
	if (!w->files)
		return finish_standard();
	return files_whole(w->files) < 0 || files_name(w->files) < 0 ? -1 : 0;
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
	long bytes = w->files ? files_bytes(w->files) : 0;

	if (bytes < 10000)
		snprintf(written, sizeof(written), "%ld bytes", bytes);
	else
		units_bytes((double)bytes, written);
	if (w->source.subject == EXPORT_BANKS)
		snprintf(text, size, "%s %s, %s", units_thousands(w->source.count, count), w->source.count == 1 ? format->one : format->many, written);
	else
		snprintf(text, size, "%s, %s", export_subject_names[w->source.subject], written);
}

void export_end(struct export_writing *w)
{
	if (w)
		files_free(w->files);
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
