/*
 * plan.c -- lays memory of known lifetimes into one slab.
 *
 * Walks along time with a list of holes, as an allocator would that knows the future only by what it has to place: the smallest
 * hole that fits. Time is short (two steps a node), so starts and ends are sorted into one bucket a time.
 */
#include "src/nn/node.h"

#include <stdlib.h>
#include <string.h>

enum { UNIT = 16 };                      /* floats: 64 bytes */

struct hole {
	size_t offset, size;
};

struct plan {
	int *start, *end;                /* of each time: first memory of its list, or -1 */
	int *next_start, *next_end;      /* of each memory */
	struct hole *holes;              /* by offset; the last one has no end */
	int hole_count;
	int times, memories;             /* capacities */
};

struct plan *plan_new(void)
{
	return calloc(1, sizeof(struct plan));
}

void plan_free(struct plan *p)
{
	if (!p)
		return;
	free(p->start);
	free(p->end);
	free(p->next_start);
	free(p->next_end);
	free(p->holes);
	free(p);
}

static bool grow(void *list, int count, size_t size)
{
	void *old, *grown;

	memcpy(&old, list, sizeof(old));
	grown = realloc(old, (size_t)count * size);
	if (grown)
		memcpy(list, &grown, sizeof(grown));
	return grown != NULL;
}

static bool plan_reserve(struct plan *p, int times, int memories)
{
	if (times > p->times) {
		if (!grow(&p->start, 2 * times, sizeof(*p->start)) || !grow(&p->end, 2 * times, sizeof(*p->end)))
			return false;
		p->times = 2 * times;
	}
	if (memories > p->memories || !p->holes) {
		/* between two pieces of memory there is at most one hole */
		if (!grow(&p->next_start, 2 * memories, sizeof(*p->next_start)) ||
		    !grow(&p->next_end, 2 * memories, sizeof(*p->next_end)) ||
		    !grow(&p->holes, 2 * memories + 2, sizeof(*p->holes)))
			return false;
		p->memories = 2 * memories;
	}
	return true;
}

static void hole_remove(struct plan *p, int i)
{
	memmove(p->holes + i, p->holes + i + 1, (size_t)(p->hole_count - i - 1) * sizeof(*p->holes));
	p->hole_count--;
}

static void hole_insert(struct plan *p, int i, struct hole h)
{
	memmove(p->holes + i + 1, p->holes + i, (size_t)(p->hole_count - i) * sizeof(*p->holes));
	p->holes[i] = h;
	p->hole_count++;
}

static size_t take(struct plan *p, size_t size)
{
	int best = p->hole_count - 1;
	size_t offset;

	for (int i = 0; i < p->hole_count; i++)
		if (p->holes[i].size >= size && p->holes[i].size < p->holes[best].size)
			best = i;
	offset = p->holes[best].offset;
	p->holes[best].offset += size;
	p->holes[best].size -= size;
	if (!p->holes[best].size)
		hole_remove(p, best);
	return offset;
}

static void give(struct plan *p, size_t offset, size_t size)
{
	int low = 0, high = p->hole_count - 1;
	bool joins_next, joins_previous;

	while (low < high) {             /* the first hole behind it; the last one always is */
		int middle = (low + high) / 2;

		if (p->holes[middle].offset < offset)
			low = middle + 1;
		else
			high = middle;
	}
	joins_next = p->holes[low].offset == offset + size;
	joins_previous = low > 0 && p->holes[low - 1].offset + p->holes[low - 1].size == offset;
	if (joins_next) {
		p->holes[low].offset = offset;
		p->holes[low].size += size;
	}
	if (joins_previous && joins_next) {
		p->holes[low].offset = p->holes[low - 1].offset;
		p->holes[low].size += p->holes[low - 1].size;
		hole_remove(p, low - 1);
	} else if (joins_previous) {
		p->holes[low - 1].size += size;
	} else if (!joins_next) {
		hole_insert(p, low, (struct hole){ offset, size });
	}
}

static size_t units(size_t count)
{
	return (count + UNIT - 1) / UNIT * UNIT;
}

size_t plan_layout(struct plan *p, struct memory **m, int count, int times)
{
	size_t top = 0;

	if (!plan_reserve(p, times, count))
		return SIZE_MAX;
	for (int t = 0; t < times; t++)
		p->start[t] = p->end[t] = -1;
	for (int i = count - 1; i >= 0; i--) {
		if (m[i]->first > m[i]->last)
			continue;
		p->next_start[i] = p->start[m[i]->first];
		p->start[m[i]->first] = i;
		p->next_end[i] = p->end[m[i]->last];
		p->end[m[i]->last] = i;
	}
	p->holes[0] = (struct hole){ 0, SIZE_MAX / 2 };
	p->hole_count = 1;
	for (int t = 0; t < times; t++) {
		for (int i = p->start[t]; i >= 0; i = p->next_start[i]) {
			m[i]->offset = take(p, units(m[i]->count));
			if (m[i]->offset + units(m[i]->count) > top)
				top = m[i]->offset + units(m[i]->count);
		}
		for (int i = p->end[t]; i >= 0; i = p->next_end[i])
			give(p, m[i]->offset, units(m[i]->count));
	}
	return top;
}
