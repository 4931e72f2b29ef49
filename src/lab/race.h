/*
 * race.h -- racing on common images: which contestants can be dropped because, on the images all have seen, they cannot be among the
 * best `top`. Pure statistics over losses; it knows no network.
 */
#ifndef RACE_H
#define RACE_H

#include <stdbool.h>

struct race;

/* `contestants` losses on up to `images` common images. A contestant is dropped when the mean of its paired differences from the top'th best
 * (lowest mean loss) so far is above zero by `z` standard errors. NULL out of memory. */
struct race *race_new(int contestants, int images, int top, double z);
void race_free(struct race *);

/* Losses of one contestant on the images [seen, seen + count), in the common order. */
void race_add(struct race *, int contestant, const float *loss, const float *wrong, int count);

/* After all that are left have seen the same images: drops. Returns how many are left. */
int race_drop(struct race *);

bool race_running(const struct race *, int contestant);
int race_seen(const struct race *, int contestant);          /* images */

#endif
