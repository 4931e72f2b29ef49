/* rank_internal.h -- the job that ranks: its state, which rank_job.c moves on and rank_report.c tells of. */
#ifndef RANK_INTERNAL_H
#define RANK_INTERNAL_H

#include "src/lab/heat.h"
#include "src/lab/job.h"

struct wish {
	struct arch arch;
	enum origin origin;
	char parent[ARCH_ID_LENGTH + 1];
	int images;
};

/* Each takes what the one before it has found. */
enum phase { PHASE_SAMPLES, PHASE_NEIGHBOURS, PHASE_CHAIN, PHASES };

/* Mean losses on the images of even and of odd number. */
struct halves {
	double *even, *odd;
	int count, room;
};

struct rank_job {
	struct job job;
	struct trainer *t;
	const struct ranking *ranking;
	struct scorer *scorer;

	struct wish *wish;               /* asked for by name; the first `wish_next` have begun */
	int wish_count, wish_room, wish_next;
	int samples, sample_images;      /* random ones of rank_sample still to begin */

	enum phase phase;                /* of rank_start */
	int left[PHASES];                /* still to begin */
	int images;                      /* each is scored on, if it is not dropped */
	char named[ARCH_ID_LENGTH + 1];  /* whose neighbours are scored first of all; "": the best's */
	struct ranking_entry base;       /* whose neighbours are scored: the best when they began; where the chain stands */
	int top;                         /* of the race */
	struct heat *heat;               /* of random ones and neighbours; NULL: each is scored on all images */

	uint64_t sample_draw, neighbour_draw;    /* numbers of the next */
	int tried;                       /* draws since the last new one: of several slices where many are known */
	bool scoring, visiting;          /* at work: an architecture that is scored on all images, one in the race */
	struct ranking_entry current;
	int done;                        /* times that an architecture was turned to */
	char (*found)[ARCH_ID_LENGTH + 1];       /* what got a score, in order */
	int found_count, found_room;
	struct halves halves;            /* of the random ones that were scored alone on all images */
};

/* The best row of this step that rests on as many images as the job's: index or -1. */
int rank_find_best(const struct rank_job *);

json_t *rank_to_json(const struct job *);
void rank_print(const struct job *, FILE *);

#endif
