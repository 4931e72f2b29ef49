/* heat.h -- architectures in a race: a scorer turns to each for some images, round after round, until it is dropped or has seen all. */
#ifndef HEAT_H
#define HEAT_H

#include "src/lab/race.h"
#include "src/lab/rank.h"

struct heat;

/* `images` of the validation set; the scorer stays the caller's, and is free between the visits. NULL with err_last(). */
struct heat *heat_new(struct scorer *, int images, int top);
void heat_free(struct heat *);

/* A contestant: its row has no score yet. 0 or -1. */
int heat_enter(struct heat *, const struct ranking_entry *);
bool heat_has(const struct heat *, const char *id);

/* Begins the next visit: the scorer is to be advanced to its end, then heat_visited takes what it found, 0 or -1. RACE_OVER where there is
 * none, RACE_FAILED with err_last(); other numbers mean nothing. heat_withdraw in place of heat_visited where the scorer failed. */
int heat_visit(struct heat *);
int heat_visited(struct heat *);
void heat_withdraw(struct heat *);

/* A contestant that the race has done with since, its row with a score. False where there is none. */
bool heat_out(struct heat *, struct ranking_entry *);

struct heat_standing {
	int contestants, left;           /* left: not dropped */
	int images;                      /* of this round */
	int waiting;                     /* visits left in this round */
	int64_t evaluations;             /* passes of one image, calibrations included */
	int64_t evaluations_of_all;      /* what scoring every contestant on all images takes */
};
struct heat_standing heat_standing(const struct heat *);

#endif
