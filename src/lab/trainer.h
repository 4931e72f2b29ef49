/* trainer.h -- one SMASH training: sample an architecture and a minibatch, generate, forward, loss, backward, update (METHOD §6). */
#ifndef TRAINER_H
#define TRAINER_H

#include "src/data/dataset.h"
#include "src/lab/inference.h"
#include "src/lab/streams.h"
#include "src/nn/hypernet.h"
#include "src/nn/network.h"
#include "src/store/checkpoint.h"
#include "src/store/run.h"

/*
 * Validation takes VALIDATION_ARCHITECTURES * VALIDATION_IMAGES forward passes of an image, as much as 10 or 11 steps of 64 images:
 * about 2 % of the time when it comes every VALIDATION_STEPS steps.
 */
enum { VALIDATION_STEPS = 500, VALIDATION_ARCHITECTURES = 4, VALIDATION_IMAGES = 512 };

struct trainer {
	struct run *run;                 /* NULL before trainer_attach */
	struct run_config config;        /* the run's */
	struct dataset *data;
	struct backend *be;
	struct params *params;
	struct layout layout;
	struct hypernet hypernet;
	struct network network;
	struct tape *tape;               /* of one step, one batch of a validation or one slice of a scoring at a time: they share its memory */
	struct tape *ahead;              /* of the step after this one: recorded and not run; NULL where the device need not know */
	struct feed feed;                /* a batch */
	struct inference inference;      /* of validations, on that feed */
	struct batches batches;
	int *batch_index;
	struct rng sampler, augmentation, noise;
	int64_t step;                    /* steps done */
	double seconds;                  /* in them, over the whole run */
	double matrix_peak;              /* GFLOP/s, 0 until trainer_measure_peak */
	bool write_failed;               /* the last -1 came from a file of the run: training itself is sound and can go on */
	char notice[256];                /* what a person should know about opening ("fell back to …"), or "" */
	struct arch arch;                /* of the last step */
	struct arch *validation_arch;    /* the fixed ones */
};

struct step_report {
	int64_t step;                    /* number of this step, from 1 */
	double loss, error;              /* of the minibatch */
	double learning_rate;            /* of the HyperNet */
	double seconds;                  /* wall time of the step */
	double flops;                    /* forward and backward, counted */
	int images;
};

/* Everything a run needs, freshly initialised: data, device, parameters. NULL with err_last(). */
struct trainer *trainer_new(const struct run_config *);

/* Ties it to its run, which stays the caller's, and loads the newest checkpoint. 0 or -1. */
int trainer_attach(struct trainer *, struct run *);

/* Both. Where the examples cannot be had, but the run has noted what they are, data->missing says why: parameters, ranking and shapes are there, what
 * asks for a batch fails. NULL with err_last(). */
struct trainer *trainer_open(struct run *);
void trainer_close(struct trainer *);

/*
 * One step, and its line in metrics.jsonl. 0; 1: training has reached its last step, nothing done; -1 with err_last(): a loss that is not
 * finite names step and architecture (kept in RUN/architectures), or the device failed, and everything is then as it was before the step;
 * or the line could not be written (write_failed): the step is done.
 */
int trainer_step(struct trainer *, struct step_report *);

/* The rates of a step (from 0): cosine to zero over the run. */
double trainer_learning_rate(const struct trainer *, enum param_group, int64_t step);
/* The largest kernel sampled at a step: grows from 3 to the space's own over the first half of the run. */
int trainer_kernel_limit(const struct trainer *, int64_t step);

/* Mean loss and error over a fixed set of architectures and held-out images, with the generated weights of now and the statistics of
 * each batch. Standard errors over images. Training does not notice it. 0 or -1; a line in metrics.jsonl. */
struct validation_report {
	double loss, loss_stderr, error, error_stderr;
	int architectures, images;
};
int trainer_validate(struct trainer *, struct validation_report *);
/* After this step a validation is wanted: every VALIDATION_STEPS, and at the end. */
bool trainer_validation_due(const struct trainer *);

/* Writes a checkpoint; never one with a parameter that is not finite. 0 or -1. */
int trainer_save(struct trainer *);

/* Takes about 0.3 s at the first call. GFLOP/s. */
double trainer_measure_peak(struct trainer *);

#endif
