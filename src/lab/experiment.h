/* experiment.h -- from what a person asks to the job that does it. */
#ifndef EXPERIMENT_H
#define EXPERIMENT_H

#include "src/lab/job.h"
#include "src/lab/request.h"
#include "src/lab/trainer.h"

/*
 * Makes the job. The ranking is read while it runs, and changed by the caller alone; trainer and ranking must outlive the job. NULL with
 * err_last(): untrained run, an architecture that is invalid in the space, a field that the space does not vary, wrong numbers.
 */
struct job *experiment_start(struct trainer *, const struct ranking *, const struct experiment *);

/* The constructors behind it, one a file of the laboratory. */
struct job *rank_start(struct trainer *, const struct ranking *, const struct experiment *);
struct job *corrupt_start(struct trainer *, const struct ranking *, const struct experiment *);
struct job *guide_start(struct trainer *, const struct ranking *, const struct experiment *);
struct job *retrain_start(struct trainer *, const struct ranking *, const struct experiment *);
struct job *correlate_start(struct trainer *, const struct ranking *, const struct experiment *);

#endif
