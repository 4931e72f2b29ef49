/* guide_walk.c -- where a search stands, and which edit it tries next. */
#include "src/lab/guide_walk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

/* Edits that a descent keeps before it wants new predictions. */
enum { REFRESH = 4 };

void walk_release(struct walk *w)
{
	free(w->choice);
	free(w->rejected);
	*w = (struct walk){ 0 };
}

static void stand_at(struct walk *w, const struct arch *arch)
{
	w->at = *arch;
	arch_id(arch, w->id);
}

void walk_begin(struct walk *w, const struct arch *arch)
{
	stand_at(w, arch);
	w->choices = w->next = w->kept = w->rejections = 0;
}

/* ---- choices ---- */

static int compare(double p, double q)
{
	if (isnan(p) || isnan(q))
		return isnan(p) - isnan(q);
	return (p > q) - (p < q);
}

static int compare_wiring(const void *a, const void *b)
{
	return compare(((const struct prediction *)a)->wiring, ((const struct prediction *)b)->wiring);
}

static int compare_weights(const void *a, const void *b)
{
	return compare(((const struct prediction *)a)->weights, ((const struct prediction *)b)->weights);
}

static void shuffle(struct walk *w)
{
	for (int i = w->choices - 1; i > 0; i--) {
		int k = rng_below(&w->rng, i + 1);
		struct prediction swapped = w->choice[i];

		w->choice[i] = w->choice[k];
		w->choice[k] = swapped;
	}
}

/* Room for so many. 0 or -1. */
static int renew(struct walk *w, int count, enum predictor predictor)
{
	struct prediction *choice = realloc(w->choice, ((size_t)count + 1) * sizeof(*choice));

	if (!choice)
		return err_set("out of memory for %d edits", count);
	w->choice = choice;
	w->choices = count;
	w->predictor = predictor;
	w->next = w->kept = 0;
	memset(w->touched, 0, sizeof(w->touched));
	return 0;
}

int walk_choose(struct walk *w, const struct prediction *list, int count, enum predictor predictor)
{
	if (renew(w, count, predictor) < 0)
		return -1;
	memcpy(w->choice, list, (size_t)count * sizeof(*list));
	if (predictor == PREDICTOR_RANDOM)
		shuffle(w);
	else
		qsort(w->choice, (size_t)count, sizeof(*list), predictor == PREDICTOR_WEIGHTS ? compare_weights : compare_wiring);
	return 0;
}

int walk_choose_any(struct walk *w, const struct space *space)
{
	int count = arch_edits(space, &w->at, NULL, 0);
	struct arch_edit *edit = malloc(((size_t)count + 1) * sizeof(*edit));

	if (!edit)
		return err_set("out of memory for %d edits", count);
	if (renew(w, count, PREDICTOR_RANDOM) < 0) {
		free(edit);
		return -1;
	}
	arch_edits(space, &w->at, edit, count);
	for (int i = 0; i < count; i++)
		w->choice[i] = (struct prediction){ .edit = edit[i], .weights = NAN, .wiring = NAN };
	free(edit);
	shuffle(w);
	return 0;
}

/* ---- trials ---- */

static bool wants_new_choices(const struct walk *w)
{
	const struct prediction *p = &w->choice[w->next];

	if (w->kept == 0)
		return false;
	return w->predictor == PREDICTOR_RANDOM || w->kept >= REFRESH || !((w->predictor == PREDICTOR_WEIGHTS ? p->weights : p->wiring) < 0);
}

static bool was_rejected(const struct walk *w, const struct arch_edit *e)
{
	for (int i = 0; i < w->rejections; i++)
		if (memcmp(&w->rejected[i], e, sizeof(*e)) == 0)
			return true;
	return false;
}

bool walk_next(struct walk *w, const struct space *space, struct prediction *trial, struct arch *edited)
{
	while (w->next < w->choices && !wants_new_choices(w)) {
		const struct prediction *p = &w->choice[w->next++];

		if (w->touched[p->edit.block] >> p->edit.op & 1 || was_rejected(w, &p->edit))
			continue;
		if (arch_edit_apply(space, &w->at, &p->edit, edited) < 0)
			continue;
		*trial = *p;
		return true;
	}
	return false;
}

/* The ops for which nothing holds any more that was known of them: where ops came or went, those of the block are counted anew. */
static uint64_t ops_touched(const struct arch_edit *e)
{
	return e->kind == EDIT_ADD_OP || e->kind == EDIT_DELETE_OP ? UINT64_MAX : UINT64_C(1) << e->op;
}

void walk_on(struct walk *w, const struct arch_edit *e, const struct arch *edited)
{
	uint64_t touched = ops_touched(e);
	int left = 0;

	stand_at(w, edited);
	w->kept++;
	w->touched[e->block] |= touched;
	for (int i = 0; i < w->rejections; i++)
		if (w->rejected[i].block != e->block || !(touched >> w->rejected[i].op & 1))
			w->rejected[left++] = w->rejected[i];
	w->rejections = left;
}

int walk_reject(struct walk *w, const struct arch_edit *e)
{
	if (w->rejections == w->rejected_room) {
		int room = w->rejected_room ? 2 * w->rejected_room : 64;
		struct arch_edit *rejected = realloc(w->rejected, (size_t)room * sizeof(*rejected));

		if (!rejected)
			return err_set("out of memory for %d edits", room);
		w->rejected = rejected;
		w->rejected_room = room;
	}
	w->rejected[w->rejections++] = *e;
	return 0;
}
