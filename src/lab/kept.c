/* kept.c -- a file an architecture: as smashtop-architecture(5) has it, within an object that says more where there is more to say. */
#include "src/lab/kept.h"

#include <dirent.h>
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/store/file.h"

void kept_path(char *path, size_t size, const char *run_path, const char *id)
{
	snprintf(path, size, "%s/architectures/%s.json", run_path, id);
}

bool kept_is_file(const char *file_name, char id[ARCH_ID_LENGTH + 1])
{
	if (strlen(file_name) != ARCH_ID_LENGTH + strlen(".json") || strcmp(file_name + ARCH_ID_LENGTH, ".json") != 0)
		return false;
	snprintf(id, ARCH_ID_LENGTH + 1, "%.*s", ARCH_ID_LENGTH, file_name);
	return true;
}

/* A text of the file's object into `out`, "" where there is none. */
static void read_text(const char *run_path, const char *id, const char *key, char *out, size_t size)
{
	char path[600];
	json_t *json;
	const char *text;

	kept_path(path, sizeof path, run_path, id);
	json = json_load_file(path, 0, NULL);
	text = json_string_value(json_object_get(json, key));
	snprintf(out, size, "%s", text ? text : "");
	json_decref(json);
}

void kept_names(const char *run_path, void (*each)(void *, const char *name, const char *id), void *context)
{
	char path[600], id[ARCH_ID_LENGTH + 1], name[KEPT_NAME];
	DIR *dir;

	snprintf(path, sizeof path, "%s/architectures", run_path);
	dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir)); ) {
		if (!kept_is_file(e->d_name, id))
			continue;
		read_text(run_path, id, "name", name, sizeof name);
		if (*name)
			each(context, name, id);
	}
	if (dir)
		closedir(dir);
}

struct search {
	const char *name;
	char *id;
	bool found;
};

static void compare(void *context, const char *name, const char *id)
{
	struct search *s = context;

	if (strcmp(name, s->name) != 0)
		return;
	s->found = true;
	snprintf(s->id, ARCH_ID_LENGTH + 1, "%s", id);
}

bool kept_find(const char *run_path, const char *name, char id[ARCH_ID_LENGTH + 1])
{
	struct search s = { .name = name, .id = id };

	kept_names(run_path, compare, &s);
	return s.found;
}

static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
static const char others[] = "0123456789._+-";

int kept_check(const char *run_path, const char *name, const char *id, bool take)
{
	char all[sizeof letters + sizeof others], other[ARCH_ID_LENGTH + 1];

	snprintf(all, sizeof all, "%s%s", letters, others);
	if (strlen(name) >= KEPT_NAME)
		return err_set("a name has at most %d characters", KEPT_NAME - 1);
	if (name[strspn(name, all)] || !strpbrk(name, letters) || name[0] == '-' || name[0] == '.')
		return err_set("%s: a name is of letters, digits and . _ + -, and begins with none of . -", name);
	if (pattern_find(name) >= 0)
		return err_set("%s is the name of a pattern", name);
	if (name[strspn(name, "0123456789abcdef")] == '\0' && strlen(name) <= ARCH_ID_LENGTH)
		return err_set("%s could be the beginning of an id: add another letter", name);
	if (!take && kept_find(run_path, name, other) && strcmp(other, id) != 0)
		return err_set("%s is the name of %s; another name, or w! to take it", name, other);
	return 0;
}

/* Through a temporary name, so that the file is the old one or the new one. */
static int write_file(const char *run_path, const struct arch *arch, const char *name, const char *parent)
{
	char path[600], id[ARCH_ID_LENGTH + 1];
	json_t *json = json_object();
	char *text;
	int rc;

	arch_id(arch, id);
	kept_path(path, sizeof path, run_path, id);
	json_object_set_new(json, "id", json_string(id));
	if (*name)
		json_object_set_new(json, "name", json_string(name));
	if (*parent)
		json_object_set_new(json, "parent", json_string(parent));
	json_object_set_new(json, "architecture", arch_to_json(arch));
	text = json_dumps(json, JSON_COMPACT);
	json_decref(json);
	if (!text)
		return err_set("out of memory");
	rc = file_replace(path, (struct piece[]){ { text, strlen(text) }, { "\n", 1 } }, 2);
	free(text);
	return rc;
}

/* The one that has the name stays without. */
static int free_name(const char *run_path, const char *name, const char *id)
{
	char other[ARCH_ID_LENGTH + 1], parent[ARCH_ID_LENGTH + 1], path[600];
	struct arch arch;

	if (!kept_find(run_path, name, other) || strcmp(other, id) == 0)
		return 0;
	kept_path(path, sizeof path, run_path, other);
	read_text(run_path, other, "parent", parent, sizeof parent);
	return arch_load(&arch, path, NULL) < 0 || write_file(run_path, &arch, "", parent) < 0 ? -1 : 0;
}

int kept_save(const char *run_path, const struct arch *arch, const char *name, const char *parent, bool take)
{
	char path[600], id[ARCH_ID_LENGTH + 1], old_name[KEPT_NAME], old_parent[ARCH_ID_LENGTH + 1];
	bool named = name && *name, with_parent = parent && *parent;

	arch_id(arch, id);
	if (named && kept_check(run_path, name, id, take) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/architectures", run_path);
	if (mkdir(path, 0777) < 0 && errno != EEXIST)
		return err_set("%s: %s", path, strerror(errno));
	if (named && free_name(run_path, name, id) < 0)
		return -1;
	read_text(run_path, id, "name", old_name, sizeof old_name);
	read_text(run_path, id, "parent", old_parent, sizeof old_parent);
	if (named || with_parent || *old_name || *old_parent)
		return write_file(run_path, arch, named ? name : old_name, with_parent ? parent : old_parent);
	kept_path(path, sizeof path, run_path, id);
	return arch_save(arch, path);
}
