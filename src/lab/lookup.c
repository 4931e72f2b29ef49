/* lookup.c -- a run keeps architectures in two places: RUN/architectures, where some have names, and RUN/ranking.jsonl. */
#include "src/lab/lookup.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/base/nearest.h"
#include "src/lab/kept.h"
#include "src/lab/rank.h"

static bool is_file(const char *name)
{
	struct stat st;

	return strcmp(name, "-") == 0 || (stat(name, &st) == 0 && !S_ISDIR(st.st_mode));
}

bool names_next(const char **at, char *name, size_t size)
{
	size_t length;

	if (!*at)
		return false;
	length = strcspn(*at, ",");
	snprintf(name, size, "%.*s", (int)length, *at);
	*at = (*at)[length] ? *at + length + 1 : NULL;
	return true;
}

struct id_search id_search(const char *begin)
{
	return (struct id_search){ .begin = begin, .number = -1 };
}

void id_search_offer(struct id_search *s, const char *id, int number)
{
	if (strncmp(id, s->begin, strlen(s->begin)) != 0 || strcmp(id, s->id) == 0)
		return;
	if (s->count++ > 0)
		return;
	snprintf(s->id, sizeof s->id, "%.*s", ARCH_ID_LENGTH, id);
	s->number = number;
}

bool is_id_begin(const char *name)
{
	size_t digits = strlen(name);

	return digits >= LOOKUP_DIGITS && digits <= ARCH_ID_LENGTH && strspn(name, "0123456789abcdef") == digits;
}

static void search_kept(struct id_search *s, const char *run_path)
{
	char path[600], id[ARCH_ID_LENGTH + 1];
	DIR *dir;

	snprintf(path, sizeof path, "%s/architectures", run_path);
	dir = opendir(path);
	for (struct dirent *e; dir && (e = readdir(dir)); )
		if (kept_is_file(e->d_name, id))
			id_search_offer(s, id, -1);
	if (dir)
		closedir(dir);
}

static int load_id(struct arch *arch, const char *id, const char *run_path, const struct ranking *ranking)
{
	char path[600];
	int i = ranking_find(ranking, id);

	if (i < 0) {
		kept_path(path, sizeof path, run_path, id);
		return arch_load(arch, path, NULL);
	}
	*arch = ranking->entry[i].arch;
	return 0;
}

static int find_id(struct arch *arch, const char *name, const char *run_path, const struct ranking *ranking, struct nearest *near)
{
	struct id_search s = id_search(name);
	bool is_id = is_id_begin(name);

	if (!is_id && kept_find(run_path, name, s.id))           /* no name is like an id, and each look reads all files */
		return load_id(arch, s.id, run_path, ranking);
	if (is_id) {
		search_kept(&s, run_path);
		for (int i = 0; i < ranking->count; i++)
			id_search_offer(&s, ranking->entry[i].row.id, i);
	}
	if (s.count == 1)
		return load_id(arch, s.id, run_path, ranking);
	if (s.count > 1)
		return err_set("%s: several ids in %s begin so, %s is one; write more of the %d digits", name, run_path, s.id, ARCH_ID_LENGTH);
	for (int i = 0; i < ranking->count; i++)
		nearest_offer(near, ranking->entry[i].row.id);
	return err_set("%s: no such file, pattern, or architecture of %s%s", name, run_path, nearest_hint(near));
}

/* Neither a file nor a pattern. */
static int find_in_run(struct arch *arch, const char *name, const struct lookup *where)
{
	struct nearest near = nearest_to(name);
	struct ranking read = { 0 };
	int rc = -1;

	for (int i = 0; i < pattern_count; i++)
		nearest_offer(&near, patterns[i].name);
	if (!where->run_path)
		return err_set("%s: no such file or pattern%s", name, near.name ? nearest_hint(&near) : "; an architecture's id needs --run DIR");
	if (where->ranking || where->kept_alone)
		return find_id(arch, name, where->run_path, where->ranking ? where->ranking : &read, &near);
	if (ranking_load(&read, where->run_path, NULL) == 0)
		rc = find_id(arch, name, where->run_path, &read, &near);
	ranking_release(&read);
	return rc;
}

static int find_named(struct arch *arch, const char *name, const struct lookup *where)
{
	if (pattern_find(name) >= 0)
		return pattern_make(arch, name, where->space, where->axes);
	return find_in_run(arch, name, where);
}

int lookup_arch(struct arch *arch, const char *name, const struct lookup *where)
{
	return is_file(name) ? arch_load(arch, name, NULL) : find_named(arch, name, where);
}

int lookup_archs(struct arch **list, const char *name, const struct lookup *where)
{
	if (is_file(name))
		return arch_load_list(name, list);
	*list = malloc(sizeof **list);
	if (!*list)
		return err_set("out of memory");
	if (find_named(*list, name, where) == 0)
		return 1;
	free(*list);
	return -1;
}
