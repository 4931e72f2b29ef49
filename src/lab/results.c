/* results.c -- what experiments have left in RUN/results. */
#include "src/lab/results.h"

#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/stats.h"

struct found {
	struct result_file *file;
	int count, room;
};

/* "corrupt-9ed0df1b90.json" is one of corrupt's. */
static bool is_of_kind(const char *name, enum experiment_kind kind)
{
	size_t length = strlen(name), n = strlen(experiment_names[kind]);

	return length > n + 5 && strcmp(name + length - 5, ".json") == 0 && strncmp(name, experiment_names[kind], n) == 0 && name[n] == '-';
}

static int by_time(const void *pa, const void *pb)
{
	const struct result_file *a = pa, *b = pb;

	return a->time != b->time ? (a->time > b->time) - (a->time < b->time) : strcmp(a->path, b->path);
}

static struct result_file *add_file(struct found *found)
{
	if (found->count == found->room) {
		int room = found->room ? 2 * found->room : 16;
		struct result_file *file = realloc(found->file, (size_t)room * sizeof(*file));

		if (!file)
			return NULL;
		found->file = file;
		found->room = room;
	}
	return &found->file[found->count++];
}

int results_list(const char *run_path, enum experiment_kind kind, struct result_file **list)
{
	char folder[600];
	struct result_file one, *place;
	struct found found = { 0 };
	struct dirent *entry;
	struct stat st;
	DIR *dir;

	snprintf(folder, sizeof(folder), "%s/results", run_path);
	dir = opendir(folder);
	while (dir && (entry = readdir(dir))) {
		if (!is_of_kind(entry->d_name, kind) ||
		    snprintf(one.path, sizeof(one.path), "%s/%s", folder, entry->d_name) >= (int)sizeof(one.path) || stat(one.path, &st) < 0)
			continue;
		one.time = (double)st.st_mtim.tv_sec + 1e-9 * (double)st.st_mtim.tv_nsec;
		place = add_file(&found);
		if (!place)
			break;
		*place = one;
	}
	if (dir)
		closedir(dir);
	if (found.count)
		qsort(found.file, (size_t)found.count, sizeof(*found.file), by_time);
	*list = found.file;
	return found.count;
}

json_t *results_newest(const char *run_path, enum experiment_kind kind)
{
	struct result_file *list;
	json_t *document = NULL;

	for (int i = results_list(run_path, kind, &list) - 1; i >= 0 && !document; i--) {
		document = json_load_file(list[i].path, 0, NULL);
		if (!json_is_object(document)) {
			json_decref(document);
			document = NULL;
		}
	}
	free(list);
	return document;
}

bool corruption_of_one_field(const json_t *field)
{
	const char *name = json_string_value(json_object_get(field, "field"));

	for (int f = 0; name && f < CORRUPT_OTHER; f++)
		if (strcmp(name, corrupt_field_names[f]) == 0)
			return true;
	return false;
}

double corruption_rise(const json_t *document, const json_t *subject, double *error)
{
	struct stats mean = { 0 };
	const json_t *fields = json_object_get(document, "fields"), *rise;
	size_t i;

	json_array_foreach(json_object_get(subject, "loss_increase"), i, rise)
		if (json_is_number(rise) && corruption_of_one_field(json_array_get(fields, i)))
			stats_add(&mean, json_number_value(rise));
	if (error)
		*error = stats_stderr(&mean);
	return mean.count ? mean.mean : NAN;
}
