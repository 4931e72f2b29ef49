/* run.c -- the directory of a run: its definition and its lock. Its logs are in lines.c. */
#include "src/store/run.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/folders.h"
#include "src/store/checkpoint.h"
#include "src/store/file.h"
#include "src/store/lines.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "unknown"
#endif

/* CONFIG_MAX: bytes of a run.json, a hundred times what is needed. NAME_ROOM: for the longest file name below a run. */
enum { CONFIG_MAX = 1 << 20, NAME_ROOM = 64, RUN_PATH_MAX = sizeof ((struct run *)0)->path - NAME_ROOM };

/* run.json. */

static json_t *floats_to_json(const float *x, int count)
{
	json_t *list = json_array();

	for (int i = 0; i < count; i++)
		json_array_append_new(list, json_real(x[i]));
	return list;
}

static json_t *normalisation_to_json(const struct normalisation *n)
{
	return n->channels ? json_pack("{s:o, s:o}", "mean", floats_to_json(n->mean, n->channels), "deviation",
		floats_to_json(n->deviation, n->channels)) : NULL;
}

static json_t *config_to_json(const struct run_config *c)
{
	return json_pack("{s:i, s:s, s:s, s:o*, s:I, s:I, s:i, s:s, s:s, s:o}", "version", RUN_VERSION, "program",
		"smashtop " PACKAGE_VERSION, "data", c->data, "normalisation", normalisation_to_json(&c->normalisation),
		"seed", (json_int_t)c->seed, "steps", (json_int_t)c->steps, "threads", c->threads, "device", c->device,
		"precision", *c->precision ? c->precision : "float",
		"preset", preset_to_json(&c->preset));
}

enum field { FIELD_VERSION, FIELD_PROGRAM, FIELD_DATA, FIELD_SEED, FIELD_STEPS, FIELD_THREADS, FIELD_DEVICE, FIELD_PRESET,
	FIELD_NORMALISATION, FIELD_PRECISION, FIELDS };

/* Texts have a longest length, numbers a range. */
static const struct config_field {
	const char *name;
	json_type type;
	json_int_t min, max;
	bool optional;
} config_fields[FIELDS] = {
	[FIELD_VERSION] = { "version", JSON_INTEGER, RUN_VERSION, RUN_VERSION },
	[FIELD_PROGRAM] = { "program", JSON_STRING, 0, 255 },
	[FIELD_DATA] = { "data", JSON_STRING, 1, sizeof ((struct run_config *)0)->data - 1 },
	[FIELD_SEED] = { "seed", JSON_INTEGER, 0, INT64_MAX },
	[FIELD_STEPS] = { "steps", JSON_INTEGER, 1, INT64_MAX },
	[FIELD_THREADS] = { "threads", JSON_INTEGER, 1, 4096 },
	[FIELD_DEVICE] = { "device", JSON_STRING, 1, sizeof ((struct run_config *)0)->device - 1 },
	[FIELD_PRESET] = { "preset", JSON_OBJECT, 0, 0 },
	[FIELD_PRECISION] = { "precision", JSON_STRING, 1, sizeof ((struct run_config *)0)->precision - 1, .optional = true },
	[FIELD_NORMALISATION] = { "normalisation", JSON_OBJECT, 0, 0, .optional = true },
};

static int check_field(const struct config_field *f, const json_t *value)
{
	if (!value)
		return f->optional ? 0 : err_set("%s is missing", f->name);
	if (json_typeof(value) != f->type)
		return err_set("%s: %s would be right", f->name,
			f->type == JSON_INTEGER ? "a whole number" : f->type == JSON_STRING ? "a text" : "an object");
	if (f->type == JSON_STRING && (json_string_length(value) < (size_t)f->min || json_string_length(value) > (size_t)f->max))
		return err_set("%s: a text of %d to %d bytes would be right", f->name, (int)f->min, (int)f->max);
	if (f->type == JSON_INTEGER && (json_integer_value(value) < f->min || json_integer_value(value) > f->max))
		return err_set("%s is %" JSON_INTEGER_FORMAT ", where %" JSON_INTEGER_FORMAT " to %" JSON_INTEGER_FORMAT " would be right",
			f->name, json_integer_value(value), f->min, f->max);
	return 0;
}

static int check_fields(const json_t *root)
{
	const char *key;
	json_t *value;

	for (int i = 0; i < FIELDS; i++)
		if (check_field(&config_fields[i], json_object_get(root, config_fields[i].name)) < 0)
			return -1;
	json_object_foreach((json_t *)root, key, value) {
		int i = 0;

		while (i < FIELDS && strcmp(key, config_fields[i].name) != 0)
			i++;
		if (i == FIELDS)
			return err_set("%.40s: there is no such field", key);
	}
	return 0;
}

/* Numbers between `least` and 1. How many there are, or -1. */
static int floats_from_json(float x[CHANNELS_MAX], const json_t *root, const char *key, double least)
{
	const json_t *list = json_object_get(root, key);
	size_t count = json_array_size(list);

	if (count < 1 || count > CHANNELS_MAX)
		return err_set("normalisation %s: a list of 1 to %d numbers would be right", key, CHANNELS_MAX);
	for (size_t i = 0; i < count; i++) {
		const json_t *value = json_array_get(list, i);

		if (!json_is_number(value) || !(json_number_value(value) >= least && json_number_value(value) <= 1))
			return err_set("normalisation %s: numbers from %g to 1 would be right", key, least);
		x[i] = (float)json_number_value(value);
	}
	return (int)count;
}

static int normalisation_from_json(struct normalisation *n, const json_t *root)
{
	int means, deviations;

	if (!root)
		return 0;
	means = floats_from_json(n->mean, root, "mean", 0);
	deviations = means < 0 ? -1 : floats_from_json(n->deviation, root, "deviation", 1e-6);
	if (deviations < 0)
		return -1;
	if (means != deviations || json_object_size(root) != 2)
		return err_set("normalisation: mean and deviation of as many channels would be right, and nothing else");
	n->channels = means;
	return 0;
}

static int config_from_json(struct run_config *c, const json_t *root)
{
	const json_t *version = json_object_get(root, "version");
	const json_t *value[FIELDS];

	if (!json_is_object(root))
		return err_set("an object would be right");
	/* Before anything else: another version may have other fields. */
	if (json_is_integer(version) && json_integer_value(version) != RUN_VERSION)
		return err_set("a run of version %" JSON_INTEGER_FORMAT "; this smashtop (%s) reads version %d", json_integer_value(version),
			PACKAGE_VERSION, RUN_VERSION);
	if (check_fields(root) < 0)
		return -1;
	for (int i = 0; i < FIELDS; i++)
		value[i] = json_object_get(root, config_fields[i].name);
	*c = (struct run_config){ .seed = (uint64_t)json_integer_value(value[FIELD_SEED]),
		.steps = json_integer_value(value[FIELD_STEPS]), .threads = (int)json_integer_value(value[FIELD_THREADS]) };
	strcpy(c->data, json_string_value(value[FIELD_DATA]));
	strcpy(c->device, json_string_value(value[FIELD_DEVICE]));
	strcpy(c->precision, value[FIELD_PRECISION] ? json_string_value(value[FIELD_PRECISION]) : "float");
	if (normalisation_from_json(&c->normalisation, value[FIELD_NORMALISATION]) < 0)
		return -1;
	return preset_from_json(&c->preset, value[FIELD_PRESET]) < 0 ? err_prefix("preset") : 0;
}

static int read_config(const char *run_path, struct run_config *c)
{
	char path[PATH_MAX];
	json_error_t error;
	size_t bytes;
	int rc;

	file_path(path, run_path, "run.json");

	char *text = file_read(path, CONFIG_MAX, &bytes);

	if (!text)
		return -1;

	json_t *root = json_loadb(text, bytes, JSON_REJECT_DUPLICATES, &error);

	if (!root)
		rc = err_set("%s: line %d: %s", path, error.line, error.text);
	else
		rc = config_from_json(c, root) < 0 ? err_prefix("%s", path) : 0;
	json_decref(root);
	free(text);
	return rc;
}

int run_save_config(struct run *r)
{
	char path[PATH_MAX];
	json_t *root = config_to_json(&r->config);
	char *text = root ? json_dumps(root, JSON_INDENT(2)) : NULL;
	int rc;

	file_path(path, r->path, "run.json");
	if (text)
		rc = file_replace(path, (struct piece[]){ { text, strlen(text) }, { "\n", 1 } }, 2);
	else
		rc = err_set("%s: out of memory", path);
	free(text);
	json_decref(root);
	return rc;
}

/* The lock. The kernel drops it when its process ends, however it ends; the number in it is for people. */

/* 0: it has none. */
static long lock_number(int fd)
{
	char text[32] = "";
	ssize_t n = pread(fd, text, sizeof text - 1, 0);

	return n > 0 ? strtol(text, NULL, 10) : 0;
}

static int lock_taken(const char *run_path, int fd)
{
	long pid = lock_number(fd);

	if (pid > 0)
		return err_set("%s: in use by process %ld; end it first (q on its screen; where it is detached, kill %ld saves and ends it), or name "
			"another --run", run_path, pid, pid);
	return err_set("%s: in use by another process; close that one, or name another --run", run_path);
}

long run_holder(const char *run_path)
{
	char path[PATH_MAX];
	long holder = 0;

	file_path(path, run_path, "lock");

	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	if (flock(fd, LOCK_SH | LOCK_NB) < 0 && errno == EWOULDBLOCK) {
		holder = lock_number(fd);
		holder = holder > 0 ? holder : -1;
	}
	close(fd);
	return holder;
}

static int take_lock(struct run *r)
{
	char path[PATH_MAX], text[32];

	file_path(path, r->path, "lock");

	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);

	if (fd < 0)
		return err_set("%s: %s", path, strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
		int rc = errno == EWOULDBLOCK ? lock_taken(r->path, fd) : err_set("%s: cannot be locked: %s", path, strerror(errno));

		close(fd);
		return rc;
	}
	r->lock = fd;
	snprintf(text, sizeof text, "%ld\n", (long)getpid());
	return ftruncate(fd, 0) < 0 || file_write(fd, text, strlen(text)) < 0 ? err_set("%s: %s", path, strerror(errno)) : 0;
}

/* Opening. */

static struct run *run_new(const char *path)
{
	size_t n = strlen(path);
	struct run *r;

	while (n > 1 && path[n - 1] == '/')
		n--;
	if (n == 0 || n > RUN_PATH_MAX) {
		err_set("run directory: a path of 1 to %d bytes would be right, this one has %zu", (int)RUN_PATH_MAX, n);
		return NULL;
	}
	r = calloc(1, sizeof *r);
	if (!r) {
		err_set("out of memory");
		return NULL;
	}
	memcpy(r->path, path, n);
	r->lock = -1;
	return r;
}

void run_close(struct run *r)
{
	if (!r)
		return;

	FILE *file[] = { r->metrics, r->ranking, r->log };

	for (size_t i = 0; i < sizeof file / sizeof *file; i++)
		if (file[i])
			fclose(file[i]);
	if (r->lock >= 0) {
		if (ftruncate(r->lock, 0) < 0)
			errno = 0;                   /* a number stays in it: lock_taken reads it only while somebody holds the lock */
		close(r->lock);
	}
	free(r);
}

bool run_exists(const char *path)
{
	char file[PATH_MAX];
	struct stat st;

	file_path(file, path, "run.json");
	return stat(file, &st) == 0;
}

/* What an attempt that was cut off may have left: a lock, half a run.json, logs without a line. */
static bool is_leftover(const char *path, const char *name)
{
	static const struct { const char *name; bool empty; } leftovers[] = {
		{ ".", false }, { "..", false }, { "lock", false }, { "run.json.tmp", false },
		{ "log", true }, { "metrics.jsonl", true }, { "ranking.jsonl", true },
	};
	char file[PATH_MAX];
	struct stat st;

	file_path(file, path, name);
	for (size_t i = 0; i < sizeof leftovers / sizeof *leftovers; i++)
		if (strcmp(name, leftovers[i].name) == 0)
			return !leftovers[i].empty || (stat(file, &st) == 0 && st.st_size == 0);
	return false;
}

static int check_free(const char *path)
{
	DIR *folder = opendir(path);
	struct dirent *entry;
	int rc = 0;

	if (!folder)
		return errno == ENOENT ? 0 : err_set("%s: %s", path, strerror(errno));
	while (rc == 0 && (entry = readdir(folder)))
		if (!is_leftover(path, entry->d_name))
			rc = err_set("%s: no run, but it holds %s; a new or an empty directory would be right", path, entry->d_name);
	closedir(folder);
	return rc;
}

static void remove_files(const char *path)
{
	static const char *const names[] = { "run.json", "run.json.tmp", "metrics.jsonl", "ranking.jsonl", "log", "lock" };
	char file[PATH_MAX];

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		file_path(file, path, names[i]);
		unlink(file);
	}
}

/* As many as folders_make made, from the innermost; one that is not empty stays. */
static void remove_folders(const char *path, int count)
{
	char part[PATH_MAX], *slash;

	snprintf(part, sizeof part, "%s", path);
	while (count-- > 0 && rmdir(part) == 0 && (slash = strrchr(part, '/')))
		*slash = '\0';
}

static int check_config(const struct run_config *c)
{
	json_t *root = config_to_json(c);
	int rc = root ? check_fields(root) : err_set("run: its definition cannot be written as JSON (a text that is not UTF-8?)");

	json_decref(root);
	return rc;
}

static int check_new(const char *path)
{
	return run_exists(path) ? err_set("%s: there is a run already; go on with it (--resume), or name another --run", path) : 0;
}

struct run *run_create(const char *path, const struct run_config *config)
{
	struct run *r = run_new(path);
	int made = 0;

	if (!r)
		return NULL;
	r->config = *config;
	if (check_config(config) < 0 || check_new(r->path) < 0 || check_free(r->path) < 0 || (made = folders_make(r->path, 0777)) < 0)
		goto fail;
	/* Again, for another process may have been quicker. run.json last: where it is, the run is whole. */
	if (take_lock(r) < 0 || check_new(r->path) < 0 || lines_open(r) < 0 || run_save_config(r) < 0)
		goto fail;
	return r;
fail:
	if (r->lock >= 0 && !run_exists(r->path))
		remove_files(r->path);
	remove_folders(r->path, made);
	run_close(r);
	return NULL;
}

struct run *run_open(const char *path, bool write)
{
	struct run *r = run_new(path);

	if (!r)
		return NULL;
	if (!run_exists(r->path)) {
		err_set("%s: no run there: it has no run.json", r->path);
		goto fail;
	}
	if (read_config(r->path, &r->config) < 0 || (write && (take_lock(r) < 0 || lines_open(r) < 0)))
		goto fail;
	return r;
fail:
	run_close(r);
	return NULL;
}

static struct timespec last_written(const char *run_path)
{
	static const char *const names[] = { "checkpoint.safetensors", "metrics.jsonl", "run.json" };
	struct timespec newest = { 0 };
	char path[PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		file_path(path, run_path, names[i]);
		if (stat(path, &st) == 0 && (st.st_mtim.tv_sec > newest.tv_sec ||
		    (st.st_mtim.tv_sec == newest.tv_sec && st.st_mtim.tv_nsec > newest.tv_nsec)))
			newest = st.st_mtim;
	}
	return newest;
}

bool run_find_unfinished(const char *parent, char path[512])
{
	DIR *folder = opendir(parent);
	struct timespec newest = { .tv_sec = -1 };
	struct dirent *entry;
	struct run_config config;
	char candidate[PATH_MAX];

	while (folder && (entry = readdir(folder))) {
		if (*entry->d_name == '.')
			continue;
		file_path(candidate, parent, entry->d_name);
		if (strlen(candidate) > RUN_PATH_MAX || !run_exists(candidate) || read_config(candidate, &config) < 0 ||
		    checkpoint_step(candidate) >= config.steps)
			continue;

		struct timespec t = last_written(candidate);

		if (t.tv_sec > newest.tv_sec || (t.tv_sec == newest.tv_sec && t.tv_nsec > newest.tv_nsec)) {
			newest = t;
			strcpy(path, candidate);
		}
	}
	if (folder)
		closedir(folder);
	return newest.tv_sec >= 0;
}
