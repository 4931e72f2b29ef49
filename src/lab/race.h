/*
 * race.h -- racing on common images: which contestants can be dropped because, by what all have seen so far, they cannot be among the best
 * `top` (METHOD §7). Statistics over losses alone; it knows no network.
 *
 * What a contestant has seen are `looks` losses on images of another set, which cost nothing more (its batch norms are calibrated on them),
 * and then images in an order common to all. The first YARDSTICKS contestants see every image: their losses say which images are hard, and
 * the others see more of those first. Losses differ where they are large, so that half as many images tell two contestants apart. Means are
 * those of the stratified sample that this makes, and become the plain mean when all images have been seen.
 */
#ifndef RACE_H
#define RACE_H

#include <stdbool.h>

#include "src/lab/score.h"

enum { RACE_YARDSTICKS = 3 };

/*
 * Contestants are dropped in rounds, the first after a hundredth of the images, each then with about a third more: all whose mean loss is
 * above the top'th best's by z standard errors of their paired difference. At this z, 98 of 100 of the true best ten of 500 were found
 * with 5.6 times fewer images (two trained runs, 20 orders of contestants and images each).
 */
extern const double race_z;

struct race;

/* NULL out of memory. z INFINITY drops nothing. */
struct race *race_new(int images, int looks, int top, double z);
void race_free(struct race *);

/* One more contestant, also after a race is over: a new one then begins against those that are left. Its number, from 0; -1 out of memory. */
int race_enter(struct race *);

/* The contestant that is to go on, and how many images it shall have seen then; drops at the end of a round. RACE_OVER: all that are left
 * have seen all images. RACE_FAILED: out of memory. */
enum { RACE_OVER = -1, RACE_FAILED = -2 };
int race_next(struct race *, int *until);

/* The image at each place of the common order. It changes once, before the first contestant that is no yardstick begins. */
const int *race_order(const struct race *);

/* Losses of a contestant on the looks, once; on the next `count` places of the order, and 0 or 1 for wrong. 0, or -1 out of memory. */
int race_look(struct race *, int contestant, const float *loss);
int race_add(struct race *, int contestant, const float *loss, const float *wrong, int count);

/* It has no finite loss: as if it had never entered. */
void race_withdraw(struct race *, int contestant);

/* A contestant that was dropped or has seen all images and has not been named by this function yet, or -1. */
int race_out(struct race *);

/*
 * The score of one that was dropped, an estimate of the mean over all images: the mean of the yardsticks over all of them plus the
 * difference from the yardsticks on what it has seen (the error without looks). `images` counts no looks.
 */
struct score race_score(const struct race *, int contestant);

/* Losses of one that has seen all images, in the images' own order, as many as there are. */
void race_losses(const struct race *, int contestant, float *loss, float *wrong);

int race_seen(const struct race *, int contestant);          /* images */
bool race_dropped(const struct race *, int contestant);
int race_left(const struct race *);                          /* contestants that have not been dropped */
int race_waiting(const struct race *);                       /* of them, those that have not yet seen the images of this round */
int race_round_images(const struct race *);

#endif
