/*
 * ranking_view.c -- the rows that are seen, as an index. New rows are sorted in among the others, which is why ten thousand of them cost no more
 * than a walk through memory each time the worker tells of one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/hash.h"
#include "ui/ranking.h"

/* Where so many rows are others that sorting all of them is as cheap. */
enum { MERGE_SHARE = 8 };
static const double z95 = 1.959964;

void ranking_view_release(struct ranking_view *v)
{
	free(v->facts);
	free(v->seen);
	free(v->key);
	free(v->touched);
	free(v->by_score);
	free(v->order);
	free(v->changed);
	free(v->slot);
}

static bool grow_array(void *array, int room, size_t each)
{
	void *grown = realloc(*(void **)array, (size_t)room * each);

	if (grown)
		*(void **)array = grown;
	return grown != NULL;
}

static bool grow(struct ranking_view *v, int rows)
{
	int room = v->room ? v->room : 256;

	if (rows <= v->room)
		return true;
	while (room < rows)
		room *= 2;
	if (!grow_array(&v->facts, room, sizeof *v->facts) || !grow_array(&v->seen, room, sizeof *v->seen) ||
	    !grow_array(&v->key, room, sizeof *v->key) || !grow_array(&v->touched, room, 1) ||
	    !grow_array(&v->by_score, room, sizeof *v->by_score) || !grow_array(&v->order, room, sizeof *v->order) ||
	    !grow_array(&v->changed, room, sizeof *v->changed) || !grow_array(&v->slot, 2 * room, sizeof *v->slot))
		return false;
	v->room = room;
	return true;
}

/* ---- ids ---- */

/* Twice as many places as there is room for rows, a power of two. */
static int slot_of(const struct ranking_view *v, const char *id)
{
	int i;

	for (i = (int)(hash_text(id) % (uint64_t)v->slots); v->slot[i] >= 0 && strcmp(v->seen[v->slot[i]].id, id); i = (i + 1) % v->slots)
		;
	return i;
}

static void add_slots(struct ranking_view *v, int from)
{
	if (v->slots != 2 * v->room) {
		v->slots = 2 * v->room;
		memset(v->slot, -1, (size_t)v->slots * sizeof *v->slot);
		from = 0;
	}
	for (int i = from; i < v->rows; i++)
		v->slot[slot_of(v, v->seen[i].id)] = i;
}

int ranking_view_find(const struct ranking_view *v, const char *id)
{
	return v->slots ? v->slot[slot_of(v, id)] : -1;
}

/* ---- orders ---- */

static int by_index(int a, int b)
{
	return (a > b) - (a < b);
}

/* The best of many scores on few images is luck as much as merit: those on more images come first, as on the command line. */
static int compare_scores(const void *pa, const void *pb, void *context)
{
	const struct ranking_view *v = context;
	int a = *(const int *)pa, b = *(const int *)pb;
	int c = ranking_row_compare(&v->seen[a], &v->seen[b]);

	return c ? c : by_index(a, b);
}

static int compare_keys(const void *pa, const void *pb, void *context)
{
	const struct ranking_view *v = context;
	int a = *(const int *)pa, b = *(const int *)pb;
	const struct ranking_row *ra = &v->seen[a], *rb = &v->seen[b];
	double ka = v->key[a], kb = v->key[b];

	if (v->sort == COLUMN_SCORE || v->sort == COLUMN_ERROR) {        /* made with other weights, they don't compare */
		if (ra->step != rb->step)
			return ra->step > rb->step ? -1 : 1;
		if (ra->images != rb->images)
			return ra->images > rb->images ? -1 : 1;
	}
	if (isnan(ka) || isnan(kb))
		return isnan(ka) != isnan(kb) ? isnan(ka) - isnan(kb) : by_index(a, b);
	if (ka != kb)
		return ((ka > kb) - (ka < kb)) * (v->descending ? -1 : 1);
	return by_index(a, b);
}

typedef int comparison(const void *, const void *, void *);

/* Sorts `n` more into an order that is sorted; there is room for them. */
static void merge(struct ranking_view *v, int *order, int count, int *more, int n, comparison *compare)
{
	int to = count + n;

	qsort_r(more, (size_t)n, sizeof *more, compare, v);
	while (n > 0)
		if (count > 0 && compare(&order[count - 1], &more[n - 1], v) > 0)
			order[--to] = order[--count];
		else
			order[--to] = more[--n];
}

static int without_touched(const struct ranking_view *v, int *order, int count)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		if (!v->touched[order[i]])
			order[n++] = order[i];
	return n;
}

static bool passes(const struct ranking_view *v, int i)
{
	return filter_passes(&v->filter, &v->seen[i], &v->facts[i]);
}

static void set_key(struct ranking_view *v, int i)
{
	v->key[i] = ranking_column_table[v->sort].value(&v->seen[i], &v->facts[i]);
}

/* ---- what is known of a row by looking at the others ---- */

/* Half the width of the 95 % interval of the difference of two scores. Without what pairing takes, as if the images were different ones: that
 * they are the same makes the difference surer than this. */
static double margin(const struct ranking_row *a, const struct ranking_row *b)
{
	if (a->has_parts && b->has_parts && a->images == b->images)
		return paired_parts_margin(a->part, b->part);
	return z95 * hypot(a->score_stderr, b->score_stderr);
}

static bool told_apart(const struct ranking_view *v, int a, int b)
{
	const struct ranking_row *ra = &v->seen[a], *rb = &v->seen[b];

	return !(fabs(ra->score - rb->score) <= margin(ra, rb));
}

static void number_ranks(struct ranking_view *v)
{
	v->stale = v->marked = v->tied = 0;
	memset(v->has, 0, sizeof v->has);
	v->largest[COLUMN_PARAMETERS] = 0;
	for (int i = 0; i < v->rows; i++) {
		struct row_facts *f = &v->facts[i];

		f->rank = 0;
		f->tied = false;
		f->stale = v->seen[i].step < v->newest;
		v->stale += f->stale;
		v->marked += f->marked;
		v->has[COLUMN_CORRUPTED] |= !isnan(f->corrupted);
		v->has[COLUMN_TRUE] |= !isnan(f->true_error);
		v->largest[COLUMN_PARAMETERS] = fmax(v->largest[COLUMN_PARAMETERS], (double)v->seen[i].parameters);
	}
	for (int i = 0; i < v->ranked; i++) {
		struct row_facts *f = &v->facts[v->by_score[i]];

		f->rank = i + 1;
		f->tied = i > 0 && !told_apart(v, v->by_score[0], v->by_score[i]);
		v->tied += f->tied;
	}
	if (v->tied)
		v->facts[v->by_score[0]].tied = true;
}

bool ranking_view_ties(const struct ranking_view *v, int index, int *first, int *last)
{
	int at = v->facts[index].rank - 1;

	if (at < 0)
		return false;
	for (*first = at; *first > 0 && !told_apart(v, index, v->by_score[*first - 1]); --*first)
		;
	for (*last = at; *last + 1 < v->ranked && !told_apart(v, index, v->by_score[*last + 1]); ++*last)
		;
	++*first;
	++*last;
	return true;
}

/* ---- updates ---- */

void ranking_view_rebuild(struct ranking_view *v)
{
	v->ranked = v->count = 0;
	if (!v->rows)
		return;
	for (int i = 0; i < v->rows; i++)
		if (v->seen[i].step == v->newest)
			v->by_score[v->ranked++] = i;
	qsort_r(v->by_score, (size_t)v->ranked, sizeof *v->by_score, compare_scores, v);
	number_ranks(v);
	for (int i = 0; i < v->rows; i++) {
		set_key(v, i);
		if (passes(v, i))
			v->order[v->count++] = i;
	}
	qsort_r(v->order, (size_t)v->count, sizeof *v->order, compare_keys, v);
}

/* Rows that are new, or are others than they were. */
static int find_changed(struct ranking_view *v, const struct ranking_row *row, int rows)
{
	int n = 0;

	for (int i = 0; i < rows; i++) {
		v->touched[i] = i >= v->rows || memcmp(&v->seen[i], &row[i], sizeof *v->seen) != 0;
		if (!v->touched[i])
			continue;
		if (i >= v->rows)
			v->facts[i] = (struct row_facts){
				.true_error = NAN, .true_error_stderr = NAN, .corrupted = NAN, .corrupted_stderr = NAN,
			};
		v->seen[i] = row[i];
		v->changed[n++] = i;
	}
	return n;
}

static void merge_changed(struct ranking_view *v, int n)
{
	int passing = 0, ranked = 0;

	v->ranked = without_touched(v, v->by_score, v->ranked);
	for (int i = 0; i < n; i++)
		if (v->seen[v->changed[i]].step == v->newest)
			v->by_score[v->ranked + ranked++] = v->changed[i];
	/* The tail is what is merged, so it stands elsewhere meanwhile. */
	memcpy(v->changed + n, v->by_score + v->ranked, (size_t)ranked * sizeof *v->changed);
	merge(v, v->by_score, v->ranked, v->changed + n, ranked, compare_scores);
	v->ranked += ranked;
	number_ranks(v);

	v->count = without_touched(v, v->order, v->count);
	for (int i = 0; i < n; i++) {
		set_key(v, v->changed[i]);
		if (passes(v, v->changed[i]))
			v->changed[passing++] = v->changed[i];
	}
	merge(v, v->order, v->count, v->changed, passing, compare_keys);
	v->count += passing;
}

bool ranking_view_update(struct ranking_view *v, const struct ranking_row *row, int rows)
{
	int64_t newest = v->newest;
	int before = v->rows, n;

	if (!grow(v, rows))
		return false;
	n = find_changed(v, row, rows);
	v->rows = rows;
	add_slots(v, before);
	for (int i = 0; i < n; i++)
		if (v->seen[v->changed[i]].step > newest)
			newest = v->seen[v->changed[i]].step;
	if (newest != v->newest || n > rows / MERGE_SHARE || v->sort == COLUMN_PLACE || filter_is_relative(&v->filter)) {
		v->newest = newest;
		ranking_view_rebuild(v);
	} else if (n > 0) {
		merge_changed(v, n);
	}
	return true;
}

int ranking_view_place(const struct ranking_view *v, int index)
{
	for (int i = 0; i < v->count; i++)
		if (v->order[i] == index)
			return i;
	return -1;
}
