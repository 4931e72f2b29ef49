/* heat.c -- architectures in a race. Between its visits an architecture is kept as its row, its losses and the statistics of its batch
 * norms; its weights are generated again, which costs little. */
#include "src/lab/heat.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

struct contestant {
	struct ranking_entry entry;
	float *statistics;               /* of its batch norms, from its first visit until it is out */
};

struct heat {
	struct scorer *scorer;
	int images;
	struct race *race;
	struct contestant *contestant;   /* by their numbers in the race */
	int count, room;
	int visited;                     /* the one that the scorer is at */
	int64_t evaluations, before;     /* of the visits; the scorer's when this one began */
	float *loss, *wrong;             /* of one that has seen all images */
};

struct heat *heat_new(struct scorer *scorer, int images, int top)
{
	struct heat *h = calloc(1, sizeof(*h));

	if (!h) {
		err_set("out of memory");
		return NULL;
	}
	*h = (struct heat){ .scorer = scorer, .images = images };
	h->loss = malloc(images * sizeof(float));
	h->wrong = malloc(images * sizeof(float));
	h->race = race_new(images, scorer_calibration_images(scorer), top, race_z);
	if (!h->loss || !h->wrong || !h->race) {
		err_set("out of memory for a race on %d images", images);
		heat_free(h);
		return NULL;
	}
	return h;
}

void heat_free(struct heat *h)
{
	if (!h)
		return;
	for (int i = 0; i < h->count; i++)
		free(h->contestant[i].statistics);
	free(h->contestant);
	race_free(h->race);
	free(h->loss);
	free(h->wrong);
	free(h);
}

int heat_enter(struct heat *h, const struct ranking_entry *e)
{
	if (h->count == h->room) {
		int room = h->room ? 2 * h->room : 64;
		struct contestant *contestant = realloc(h->contestant, room * sizeof(*contestant));

		if (!contestant)
			return err_set("out of memory for %d contestants", room);
		h->contestant = contestant;
		h->room = room;
	}
	if (race_enter(h->race) < 0)
		return -1;
	h->contestant[h->count++] = (struct contestant){ .entry = *e };
	return 0;
}

bool heat_has(const struct heat *h, const char *id)
{
	for (int i = 0; i < h->count; i++)
		if (strcmp(h->contestant[i].entry.row.id, id) == 0)
			return true;
	return false;
}

int heat_visit(struct heat *h)
{
	int until, number = race_next(h->race, &until);

	if (number < 0)
		return number;

	const struct contestant *c = &h->contestant[number];
	int seen = race_seen(h->race, number);

	scorer_order(h->scorer, race_order(h->race));
	if (seen == 0)
		scorer_begin(h->scorer, &c->entry.arch, until);
	else
		scorer_return(h->scorer, &c->entry.arch, c->statistics, seen, until);
	h->visited = number;
	h->before = scorer_evaluations(h->scorer);
	return number;
}

static void leave(struct heat *h)
{
	scorer_order(h->scorer, NULL);
	h->evaluations += scorer_evaluations(h->scorer) - h->before;
}

int heat_visited(struct heat *h)
{
	struct contestant *c = &h->contestant[h->visited];
	int count;
	const float *loss = scorer_losses(h->scorer, &count), *wrong = scorer_wrongs(h->scorer, &count);

	leave(h);
	if (race_seen(h->race, h->visited) == 0) {
		c->statistics = scorer_leave(h->scorer);
		if (!c->statistics || race_look(h->race, h->visited, scorer_calibration_losses(h->scorer)) < 0)
			return -1;
	}
	return race_add(h->race, h->visited, loss, wrong, count);
}

void heat_withdraw(struct heat *h)
{
	leave(h);
	race_withdraw(h->race, h->visited);
}

bool heat_out(struct heat *h, struct ranking_entry *e)
{
	int number = race_out(h->race);
	struct score score;

	if (number < 0)
		return false;
	free(h->contestant[number].statistics);
	h->contestant[number].statistics = NULL;
	if (race_dropped(h->race, number)) {
		score = race_score(h->race, number);
	} else {
		race_losses(h->race, number, h->loss, h->wrong);
		score = score_of(h->loss, h->wrong, h->images);
	}
	*e = h->contestant[number].entry;
	ranking_row_set_score(&e->row, score);
	return true;
}

struct heat_standing heat_standing(const struct heat *h)
{
	return (struct heat_standing){
		.contestants = h->count, .left = race_left(h->race), .images = race_round_images(h->race), .waiting = race_waiting(h->race),
		.evaluations = h->evaluations, .evaluations_of_all = (int64_t)h->count * (scorer_calibration_images(h->scorer) + h->images),
	};
}
