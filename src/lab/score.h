/*
 * score.h -- the SMASH score: mean loss of an architecture with generated weights on held-out images (METHOD §7). It depends on the
 * parameters, the architecture and the images alone: batch norm is re-estimated for each architecture on a fixed set of
 * training images, noise is fixed, augmentation off.
 */
#ifndef SCORE_H
#define SCORE_H

#include "src/base/paired.h"
#include "src/lab/trainer.h"

enum { CALIBRATION_IMAGES = 500, SCORE_CHUNK = 250 };

struct score {
	double loss, loss_stderr, error, error_stderr;       /* standard errors NAN below two images */
	int images;
	bool has_parts;                  /* from PAIRED_PARTS_LEAST images on */
	float part[PAIRED_PARTS];        /* of the loss (paired.h) */
};

/* Of the losses of that many images, and 0 or 1 for wrong ones. */
struct score score_of(const float *loss, const float *wrong, int images);

/* A scoring in progress, cut into slices short enough to stand between training steps. */
struct scorer;

/* Freezes the parameters: scores belong to the step of this moment, training may go on. The trainer must outlive it. NULL with err_last(). */
struct scorer *scorer_new(struct trainer *);
void scorer_free(struct scorer *);
int64_t scorer_step(const struct scorer *);

/* Starts on one architecture; images 0, or more than there are: all of the validation set. */
void scorer_begin(struct scorer *, const struct arch *, int images);

/* The same with an encoding of the caller's, [1, H, encoding_slices(arch), C] without noise, in place of the true one: weights are generated
 * from `code`, the network that runs is `arch`. It is copied. */
void scorer_begin_encoding(struct scorer *, const struct arch *, const float *code, int images);

/* The next slice, calibration first, then SCORE_CHUNK images at a time: 1 more to do, 0 done with images reached, -1 with err_last() (a
 * loss that is not finite, or the device failed). The score so far is valid after each slice that had images. */
int scorer_advance(struct scorer *);
struct score scorer_score(const struct scorer *);

/* Losses of the images so far, in the order in which they are run: for paired comparisons. */
const float *scorer_losses(const struct scorer *, int *count);
const float *scorer_wrongs(const struct scorer *, int *count);         /* 0 or 1 each */

/* Of the images of the last slice, [n, classes]; before anything else runs on the trainer's tape. */
void scorer_logits(const struct scorer *, float *logits);

/*
 * Scoring a little of many architectures in turn. `order` numbers the validation images in the order in which they are to be run from the next
 * scorer_begin on, and stays the caller's; NULL: their own. Having scored some, leave gives the statistics of the batch norms (malloc'ed,
 * the caller's; NULL out of memory), with which return goes on after the first `seen` images up to `images`, without calibrating again;
 * score and losses are then of the images since.
 */
void scorer_order(struct scorer *, const int *order);
float *scorer_leave(const struct scorer *);
void scorer_return(struct scorer *, const struct arch *, const float *statistics, int seen, int images);

/* Losses of the calibration images, with the statistics of their batch: they come with every calibration. */
const float *scorer_calibration_losses(const struct scorer *);
int scorer_calibration_images(const struct scorer *);

/* Passes of one image through a network since scorer_new, those of calibrations included. */
int64_t scorer_evaluations(const struct scorer *);

/* The frozen parameters: values alone, the gradient slab is NULL. */
struct params *scorer_params(struct scorer *);

/* Whether the run has been trained at all: 0, or -1 with err_last() saying "untrained" and what to do. For every experiment's start. */
int check_trained(const struct trainer *);

#endif
