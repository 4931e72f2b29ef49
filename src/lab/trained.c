/* trained.c -- the reports of RUN/retrained, gathered by architecture. */
#include "src/lab/trained.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/arch.h"

/* What makes two trainings comparable, and what those have found. */
struct group {
	int epochs, trainings;
	const char *rest;                /* the other settings but the seed, as text; owned */
	double error, error_stderr;      /* sums */
};

struct groups {
	struct group *group;
	int count, room;
};

static void groups_release(struct groups *g)
{
	for (int i = 0; i < g->count; i++)
		free((char *)g->group[i].rest);
	free(g->group);
}

/* The group of these settings, made where there is none; NULL out of memory. Takes `rest`. */
static struct group *find_group(struct groups *g, int epochs, char *rest)
{
	for (int i = 0; rest && i < g->count; i++)
		if (g->group[i].epochs == epochs && strcmp(g->group[i].rest, rest) == 0) {
			free(rest);
			return &g->group[i];
		}
	if (g->count == g->room) {
		int room = g->room ? 2 * g->room : 4;
		struct group *group = realloc(g->group, (size_t)room * sizeof(*group));

		if (!group) {
			free(rest);
			return NULL;
		}
		g->group = group;
		g->room = room;
	}
	if (!rest)
		return NULL;
	g->group[g->count] = (struct group){ .epochs = epochs, .rest = rest };
	return &g->group[g->count++];
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

static void add_report(struct groups *g, const char *path, const char *data)
{
	json_t *document = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
	json_t *settings = json_object_get(document, "settings"), *report = json_object_get(document, "report");
	const char *own = json_string_value(json_object_get(settings, "data"));

	if (own && strcmp(own, data) == 0 && json_is_number(json_object_get(report, "test_error"))) {
		json_object_del(settings, "seed");

		struct group *group = find_group(g, (int)json_integer_value(json_object_get(report, "epochs")),
			json_dumps(settings, JSON_COMPACT | JSON_SORT_KEYS));

		if (group) {
			group->trainings++;
			group->error += number(report, "test_error");
			group->error_stderr += number(report, "test_error_stderr");
		}
	}
	json_decref(document);
}

static int is_id(const char *name)
{
	return strlen(name) == ARCH_ID_LENGTH && strspn(name, "0123456789abcdef") == ARCH_ID_LENGTH;
}

/* NULL: nothing of it is finished. */
static json_t *read_architecture(const char *folder, const char *id, const char *data)
{
	char path[640], file[960];
	struct groups groups = { 0 };
	const struct group *best = NULL;
	const struct dirent *e;
	json_t *trained = NULL;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/%s", folder, id);
	dir = opendir(path);
	while (dir && (e = readdir(dir))) {
		snprintf(file, sizeof(file), "%s/%s/retrain.json", path, e->d_name);
		if (e->d_name[0] != '.')
			add_report(&groups, file, data);
	}
	if (dir)
		closedir(dir);
	for (int i = 0; i < groups.count; i++) {
		const struct group *g = &groups.group[i];

		if (!best || g->epochs > best->epochs || (g->epochs == best->epochs && g->trainings > best->trainings))
			best = g;
	}
	if (best)
		trained = json_pack("{s:s, s:i, s:i, s:f, s:f}", "id", id, "epochs", best->epochs, "trainings", best->trainings,
			"test_error", best->error / best->trainings, "test_error_stderr", best->error_stderr / best->trainings);
	groups_release(&groups);
	return trained;
}

json_t *trained_document(const char *run_path, const char *data)
{
	char folder[600];
	struct dirent **entry = NULL;
	json_t *list = json_array();
	int count;

	snprintf(folder, sizeof(folder), "%s/retrained", run_path);
	count = scandir(folder, &entry, NULL, alphasort);
	for (int i = 0; i < count; i++) {
		json_t *trained = is_id(entry[i]->d_name) ? read_architecture(folder, entry[i]->d_name, data) : NULL;

		if (trained)
			json_array_append_new(list, trained);
		free(entry[i]);
	}
	free(entry);
	return list ? json_pack("{s:o}", "trained", list) : NULL;
}
