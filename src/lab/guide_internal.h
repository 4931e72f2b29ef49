/* guide_internal.h -- the job of guided search: its state, which guide.c moves on and guide_job.c opens, describes and frees. */
#ifndef GUIDE_INTERNAL_H
#define GUIDE_INTERNAL_H

#include "src/lab/experiment.h"
#include "src/lab/guide_predict.h"
#include "src/lab/guide_results.h"
#include "src/lab/guide_walk.h"
#include "src/lab/score.h"
#include "src/store/journal.h"

enum stage {
	STAGE_START,                     /* score of the start */
	STAGE_PREDICT, STAGE_MEASURE,    /* its single edits */
	STAGE_GUIDED, STAGE_RANDOM,      /* the two descents */
	STAGE_REPORT_GUIDED, STAGE_REPORT_RANDOM,
	STAGES
};
enum doing { DECIDING, PREDICTING, SCORING_PARENT, SCORING };

struct guide {
	struct job job;
	struct trainer *t;
	const struct ranking *ranking;
	struct scorer *scorer;
	struct guidance *guidance;
	struct journal journal;
	struct guide_results results;
	struct arch given;               /* settings.arch_id */

	/* The start at work. */
	struct arch arch;
	float *loss;                     /* of it, on the first so many images: none after an interruption, then it is scored again */
	int losses;
	struct guide_start start;
	enum stage stage;
	enum doing doing;
	struct walk walk;
	float *walk_loss;                /* of where it stands, likewise */
	int walk_losses;
	struct arch best[SEARCHES];
	struct prediction trial;         /* the edit that is being scored */
	struct arch scored;
	struct ranking_entry entry;
	int scores;                      /* of this start */

	/* Scores of this start that an interrupted experiment has left, in order. */
	struct known { char id[ARCH_ID_LENGTH + 1]; struct guide_outcome outcome; } *known;
	int known_count, known_next;
	int scores_left;                 /* as many as there were */
};

/* The next slice. */
enum job_progress guide_advance(struct job *);

/* Adds the edits of the one start that are not measured, with their predictions. 0, or -1 out of memory. */
int guide_note_others(const struct guide *, struct guide_list *);

int guide_all_images(const struct guide *);

#endif
