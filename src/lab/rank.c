/* rank.c -- the table of what has been scored, and its file. The job that scores is in rank_job.c. */
#include "src/lab/rank.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/base/units.h"

const char *const origin_names[ORIGINS] = {
	[ORIGIN_SAMPLED] = "sampled", [ORIGIN_EDITED] = "edited", [ORIGIN_PERTURBED] = "perturbed", [ORIGIN_PATTERN] = "pattern",
	[ORIGIN_GUIDED] = "guided",
};

/* ---- the table ---- */

void ranking_row_set_score(struct ranking_row *row, struct score score)
{
	enum { DIGITS = 9 };             /* as run_append writes: a row is the same whether it was read or has just been found */

	row->score = units_rounded(score.loss, DIGITS);
	row->score_stderr = units_rounded(score.loss_stderr, DIGITS);
	row->error = units_rounded(score.error, DIGITS);
	row->error_stderr = units_rounded(score.error_stderr, DIGITS);
	row->images = score.images;
	row->has_parts = score.has_parts;
	memcpy(row->part, score.part, sizeof(row->part));
}

void ranking_release(struct ranking *r)
{
	free(r->entry);
	free(r->slot);
	*r = (struct ranking){ 0 };
}

/* The slot that has the id, or the free one where it would go. There are some. */
static int *find_slot(const struct ranking *r, const char *id)
{
	uint32_t hash = 2166136261u;

	for (const char *c = id; *c; c++)
		hash = (hash ^ (uint8_t)*c) * 16777619u;
	for (uint32_t i = hash;; i++) {
		int *slot = &r->slot[i & (uint32_t)(r->slots - 1)];

		if (*slot == 0 || strcmp(r->entry[*slot - 1].row.id, id) == 0)
			return slot;
	}
}

int ranking_find(const struct ranking *r, const char *id)
{
	return r->slots ? *find_slot(r, id) - 1 : -1;
}

static int grow(struct ranking *r)
{
	int room = r->room ? 2 * r->room : 64;
	struct ranking_entry *entry = realloc(r->entry, room * sizeof(*entry));
	int *slot = entry ? calloc(2 * room, sizeof(*slot)) : NULL;

	if (entry)
		r->entry = entry;
	if (!slot)
		return err_set("out of memory for %d ranked architectures", room);
	free(r->slot);
	r->slot = slot;
	r->slots = 2 * room;
	r->room = room;
	for (int i = 0; i < r->count; i++)
		*find_slot(r, r->entry[i].row.id) = i + 1;
	return 0;
}

int ranking_put(struct ranking *r, const struct ranking_entry *e)
{
	int i = ranking_find(r, e->row.id);

	if (i < 0) {
		if (r->count == r->room && grow(r) < 0)
			return -1;
		i = r->count++;
		*find_slot(r, e->row.id) = i + 1;
	}
	r->entry[i] = *e;
	return i;
}

int64_t ranking_newest(const struct ranking *r)
{
	int64_t newest = 0;

	for (int i = 0; i < r->count; i++)
		if (r->entry[i].row.step > newest)
			newest = r->entry[i].row.step;
	return newest;
}

int ranking_row_compare(const struct ranking_row *a, const struct ranking_row *b)
{
	if (a->images != b->images)
		return a->images > b->images ? -1 : 1;
	if (isnan(a->score) || isnan(b->score))
		return isnan(a->score) - isnan(b->score);
	return (a->score > b->score) - (a->score < b->score);
}

struct place {
	const struct ranking_row *row;
	int index;
};

/* Equal scores keep the order of scoring. */
static int compare_places(const void *a, const void *b)
{
	const struct place *x = a, *y = b;
	int c = ranking_row_compare(x->row, y->row);

	return c ? c : x->index - y->index;
}

int ranking_order(const struct ranking *r, int64_t step, int *order)
{
	struct place *place = malloc((r->count + 1) * sizeof(*place));
	int n = 0;

	if (!place)
		return err_set("out of memory");
	for (int i = 0; i < r->count; i++)
		if (r->entry[i].row.step == step)
			place[n++] = (struct place){ &r->entry[i].row, i };
	qsort(place, n, sizeof(*place), compare_places);
	for (int i = 0; i < n; i++)
		order[i] = place[i].index;
	free(place);
	return n;
}

/* ---- lines of the file: one row a key ---- */

enum row_type { ROW_TEXT, ROW_ORIGIN, ROW_STEP, ROW_INT, ROW_INT64, ROW_DOUBLE, ROW_STDERR };

static const struct {
	const char *name;
	enum row_type type;
	size_t offset;
} row_fields[] = {
	{ "id", ROW_TEXT, offsetof(struct ranking_row, id) },
	{ "origin", ROW_ORIGIN, offsetof(struct ranking_row, origin) },
	{ "parent", ROW_TEXT, offsetof(struct ranking_row, parent) },
	{ "step", ROW_INT64, offsetof(struct ranking_row, step) },
	{ "score", ROW_DOUBLE, offsetof(struct ranking_row, score) },
	{ "score_stderr", ROW_STDERR, offsetof(struct ranking_row, score_stderr) },
	{ "error", ROW_DOUBLE, offsetof(struct ranking_row, error) },
	{ "error_stderr", ROW_STDERR, offsetof(struct ranking_row, error_stderr) },
	{ "images", ROW_INT, offsetof(struct ranking_row, images) },
	{ "parameters", ROW_INT64, offsetof(struct ranking_row, parameters) },
	{ "macs", ROW_INT64, offsetof(struct ranking_row, macs) },
	{ "depth", ROW_INT, offsetof(struct ranking_row, depth) },
};
enum { ROW_FIELDS = sizeof(row_fields) / sizeof(row_fields[0]) };

static json_t *field_to_json(const struct ranking_row *row, int i)
{
	const void *p = (const char *)row + row_fields[i].offset;

	switch (row_fields[i].type) {
	case ROW_TEXT:
		return *(const char *)p ? json_string(p) : json_null();
	case ROW_ORIGIN:
		return json_string(origin_names[row->origin]);
	case ROW_INT:
		return json_integer(*(const int *)p);
	case ROW_INT64:
		return json_integer(*(const int64_t *)p);
	default:
		return json_of(*(const double *)p);
	}
}

/* In whole hundred thousandths: a third of the digits. */
static const double parts_unit = 1e-5;

static json_t *parts_to_json(const float part[PAIRED_PARTS])
{
	json_t *list = json_array();

	for (int i = 0; i < PAIRED_PARTS; i++)
		json_array_append_new(list, json_integer(llround(part[i] / parts_unit)));
	return list;
}

/* A row may do without. */
static void parts_from_json(struct ranking_row *row, const json_t *list)
{
	row->has_parts = json_array_size(list) == PAIRED_PARTS;
	for (int i = 0; row->has_parts && i < PAIRED_PARTS; i++) {
		const json_t *value = json_array_get(list, (size_t)i);

		row->has_parts = json_is_integer(value);
		row->part[i] = (float)((double)json_integer_value(value) * parts_unit);
	}
}

json_t *ranking_entry_to_json(const struct ranking_entry *e, bool with_arch)
{
	json_t *line = json_object();

	for (int i = 0; i < ROW_FIELDS; i++)
		json_object_set_new(line, row_fields[i].name, field_to_json(&e->row, i));
	if (!with_arch)
		return line;
	if (e->row.has_parts)
		json_object_set_new(line, "score_parts", parts_to_json(e->row.part));
	json_object_set_new(line, "architecture", arch_to_json(&e->arch));
	return line;
}

int ranking_append(struct run *run, const struct ranking_entry *e)
{
	json_t *line = ranking_entry_to_json(e, true);

	return line ? run_append(run, run->ranking, line) : err_set("out of memory");
}

static int origin_from_name(const char *name)
{
	for (int i = 0; name && i < ORIGINS; i++)
		if (strcmp(name, origin_names[i]) == 0)
			return i;
	return -1;
}

static bool text_from_json(char text[ARCH_ID_LENGTH + 1], const json_t *value)
{
	const char *s = json_is_null(value) ? "" : json_string_value(value);

	if (!s || strlen(s) > ARCH_ID_LENGTH)
		return false;
	strcpy(text, s);
	return true;
}

/* 0, or -1: the line doesn't have it or has something else there. */
static int field_from_json(struct ranking_row *row, int i, const json_t *value)
{
	void *p = (char *)row + row_fields[i].offset;
	int origin;

	switch (row_fields[i].type) {
	case ROW_TEXT:
		return value && text_from_json(p, value) ? 0 : -1;
	case ROW_ORIGIN:
		if ((origin = origin_from_name(json_string_value(value))) < 0)
			return -1;
		row->origin = origin;
		return 0;
	case ROW_INT:
		*(int *)p = (int)json_integer_value(value);
		return json_is_integer(value) ? 0 : -1;
	case ROW_INT64:
		*(int64_t *)p = json_integer_value(value);
		return json_is_integer(value) ? 0 : -1;
	case ROW_STDERR:
		*(double *)p = number_of(value);
		return 0;
	default:
		*(double *)p = json_number_value(value);
		return json_is_number(value) ? 0 : -1;
	}
}

struct loading {
	struct ranking *ranking;
	int bad;
	bool failed;
};

static bool entry_from_json(struct ranking_entry *e, const json_t *line)
{
	char id[ARCH_ID_LENGTH + 1];

	for (int i = 0; i < ROW_FIELDS; i++)
		if (field_from_json(&e->row, i, json_object_get(line, row_fields[i].name)) < 0)
			return false;
	parts_from_json(&e->row, json_object_get(line, "score_parts"));
	if (arch_from_json(&e->arch, json_object_get(line, "architecture"), NULL) < 0)
		return false;
	arch_id(&e->arch, id);
	return strcmp(id, e->row.id) == 0;
}

static void load_line(void *context, const json_t *line, int number)
{
	struct loading *l = context;
	struct ranking_entry e = { 0 };

	if (!entry_from_json(&e, line)) {
		if (l->bad++ == 0)
			l->ranking->first_bad = number;
	} else if (ranking_put(l->ranking, &e) < 0) {
		l->failed = true;
	}
}

int ranking_load(struct ranking *r, const char *run_path, int *bad)
{
	struct loading l = { .ranking = r };
	int rc = run_scan_lines(run_path, "ranking.jsonl", load_line, &l);

	if (bad)
		*bad = l.bad;
	return rc < 0 || l.failed ? -1 : 0;
}

int ranking_follow(struct ranking *r, const char *run_path, struct line_place *at)
{
	struct loading l = { .ranking = r };
	int rc = run_follow_lines(run_path, "ranking.jsonl", at, load_line, &l);

	return l.failed ? -1 : rc;
}
