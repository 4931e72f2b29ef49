/*
 * checkpoint.h -- everything that training needs to go on with the same bits: parameters, optimiser state, random generators, position.
 * RUN/checkpoint.safetensors is the newest, RUN/checkpoint-previous.safetensors the one before.
 */
#ifndef CHECKPOINT_H
#define CHECKPOINT_H

#include "src/base/rng.h"
#include "src/data/dataset.h"
#include "src/nn/params.h"
#include "src/store/run.h"

struct checkpoint_state {
	int64_t step;                    /* steps done */
	double seconds;                  /* training time so far */
	struct rng sampler, augmentation, noise;
	int batches_position;
	int64_t batches_epoch;
	struct rng batches_rng, batches_epoch_rng;
};

/* Keeps the last two. 0 or -1 with err_last(); those there were stay good on failure. The run must be open for writing. */
int checkpoint_save(struct run *, const struct params *, const struct checkpoint_state *);

/*
 * Loads the newest good one. A damaged one is logged, named in `notice` (size bytes, "" otherwise), and the previous is used; in a run
 * that is open for writing it is kept as checkpoint-damaged.safetensors. On failure parameters and state are untouched.
 * 0; 1: there is none (a fresh run); -1 with err_last(): none is good, or it does not fit the parameters (which, how).
 * metrics.jsonl may hold steps beyond the one loaded: see run_truncate_metrics.
 */
int checkpoint_load(struct run *, struct params *, struct checkpoint_state *, char *notice, size_t size);

/* The step of the newest readable checkpoint without loading it, 0 where there is none. */
int64_t checkpoint_step(const char *run_path);

#endif
