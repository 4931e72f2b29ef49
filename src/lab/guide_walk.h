/* guide_walk.h -- where a search stands among the architectures, and which edit it tries next: by prediction or at random. */
#ifndef GUIDE_WALK_H
#define GUIDE_WALK_H

#include "src/lab/guide_predict.h"
#include "src/lab/request.h"

struct walk {                            /* {0} is empty */
	struct arch at;
	char id[ARCH_ID_LENGTH + 1];
	struct prediction *choice;       /* edits in the order of trial */
	int choices, next;
	enum predictor predictor;        /* that ordered them */
	uint64_t touched[BLOCKS];        /* ops that were edited since */
	int kept;                        /* edits since */
	struct arch_edit *rejected;      /* edits of ops that have not been edited since */
	int rejections, rejected_room;
	struct rng rng;
};

void walk_release(struct walk *);

/* Stands at `arch`, without choices. */
void walk_begin(struct walk *, const struct arch *);

/* New choices: predictions for where it stands, the best first by that predictor, those without one last; PREDICTOR_RANDOM: at random. 0, or -1
 * out of memory. */
int walk_choose(struct walk *, const struct prediction *, int count, enum predictor);
/* All its edits at random, without predictions. */
int walk_choose_any(struct walk *, const struct space *);

/*
 * The next edit to try and what it makes of `at`. False: nothing is left, or, after edits were kept, new choices are wanted: random ones
 * after each; predicted ones when those left promise nothing or a few edits were kept. Until then predictions made
 * for an earlier `at` serve for the ops that have not been edited since.
 */
bool walk_next(struct walk *, const struct space *, struct prediction *trial, struct arch *edited);

/* Keeps an edit: stands at what it made. */
void walk_on(struct walk *, const struct arch_edit *, const struct arch *edited);

/* Does not keep it: it is not tried again before its op is edited. 0, or -1 out of memory. */
int walk_reject(struct walk *, const struct arch_edit *);

#endif
