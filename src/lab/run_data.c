/* run_data.c -- the data set of a run. */
#include "src/lab/run_data.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/store/file.h"

static const char file_name[] = "data.json", moved_key[] = "moved_to";

static void name_file(char path[PATH_MAX], const char *run_path)
{
	file_path(path, run_path, file_name);
}

/* NULL: the run has none, or a damaged one. New reference. */
static json_t *load(const char *run_path)
{
	char path[PATH_MAX];

	name_file(path, run_path);
	return json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
}

static const struct normalisation *known_of(const struct run_config *config)
{
	return config->normalisation.channels ? &config->normalisation : NULL;
}

/* Where somebody has moved them to, or as the run began. */
static struct dataset *open_there(const json_t *description, const struct run_config *config, bool pixels)
{
	const char *moved = json_string_value(json_object_get(description, moved_key)), *name = moved ? moved : config->data;
	const struct normalisation *known = known_of(config);

	return known || !pixels ? dataset_open_known(name, known) : dataset_open(name);
}

struct dataset *run_data_open(const char *run_path, const struct run_config *config, bool pixels)
{
	json_t *description = load(run_path);
	struct dataset *d = open_there(description, config, pixels);
	char why[1024];

	/* Whoever ended the opening did not want another one. */
	if (!d && strcmp(err_last(), "interrupted") != 0 && description) {
		snprintf(why, sizeof(why), "%s", err_last());
		d = dataset_absent(description, known_of(config), why);
		if (!d)
			err_set("%s", why);
	}
	json_decref(description);
	return d;
}

static int write_new(const char *run_path, const json_t *description)
{
	char path[PATH_MAX], *text = description ? json_dumps(description, JSON_INDENT(2) | JSON_REAL_PRECISION(9)) : NULL;
	int rc;

	name_file(path, run_path);
	rc = text ? file_replace(path, (struct piece[]){ { text, strlen(text) }, { "\n", 1 } }, 2) : err_set("%s: out of memory", path);
	free(text);
	return rc;
}

static json_int_t count(const json_t *description, const char *part)
{
	return json_integer_value(json_object_get(description, part));
}

static void compare(const json_t *then, const json_t *now, char *notice, size_t size)
{
	static const char *const parts[] = { "train", "validation", "test" };
	bool same = true;

	for (int i = 0; i < 3; i++)
		same &= count(then, parts[i]) == count(now, parts[i]);
	if (!same)
		snprintf(notice, size, "%.40s is not what the run began with: %lld training, %lld held-out and %lld test examples, then %lld, %lld and %lld",
			json_string_value(json_object_get(now, "name")), (long long)count(now, parts[0]), (long long)count(now, parts[1]),
			(long long)count(now, parts[2]), (long long)count(then, parts[0]), (long long)count(then, parts[1]),
			(long long)count(then, parts[2]));
}

int run_data_note(const char *run_path, const struct dataset *d, char *notice, size_t size)
{
	json_t *now = dataset_describe(d), *then = load(run_path);
	int rc = then ? 0 : write_new(run_path, now);

	*notice = '\0';
	if (then && now)
		compare(then, now, notice, size);
	json_decref(now);
	json_decref(then);
	return rc;
}

/* ---- moved ---- */

/* That the examples are those the run began with. The new description, or NULL with err_last(). */
static json_t *describe_moved(const json_t *then, const struct run_config *config, const char *data)
{
	struct dataset *d = dataset_open_known(data, known_of(config));
	json_t *now = d ? dataset_describe(d) : NULL;
	char differs[256] = "";

	if (then && now)
		compare(then, now, differs, sizeof(differs));
	if (*differs) {
		err_set("%s", differs);
		json_decref(now);
		now = NULL;
	}
	dataset_close(d);
	return now;
}

int run_data_move(const char *run_path, const struct run_config *config, const char *data)
{
	char whole[DATASET_NAME_SIZE];
	size_t length = strcspn(config->data, ":");
	json_t *then, *now;
	int rc;

	if (dataset_absolute(whole, data) < 0)
		return -1;
	if (strcspn(whole, ":") != length || strncmp(whole, config->data, length) != 0)
		return err_set("%s: the run is on %.*s, so %.*s:FOLDER would be right", data, (int)length, config->data, (int)length, config->data);
	then = load(run_path);
	if (strcmp(whole, config->data) == 0 && !json_object_get(then, moved_key)) {
		json_decref(then);
		return 0;                        /* said again */
	}
	now = describe_moved(then, config, whole);
	if (now && strcmp(whole, config->data) != 0)
		json_object_set_new(now, moved_key, json_string(whole));
	rc = now ? write_new(run_path, now) : -1;
	json_decref(then);
	json_decref(now);
	return rc;
}
