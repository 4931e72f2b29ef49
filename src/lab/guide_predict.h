/*
 * guide_predict.h -- what each single edit of an architecture would do to its loss, predicted from one gradient (METHOD §9). All is done with
 * frozen parameters on training images, so that no prediction is made on an image that a score is measured on.
 */
#ifndef GUIDE_PREDICT_H
#define GUIDE_PREDICT_H

#include "src/arch/edit.h"
#include "src/lab/guide_gates.h"
#include "src/lab/trainer.h"

/* Images of a prediction, and of one of its passes where memory allows: batch norm takes the statistics of a pass. */
enum { GUIDE_IMAGES = 1000, GUIDE_PASS = 125 };

/* Changes of the mean loss; below 0 is better. */
struct prediction {
	struct arch_edit edit;
	double weights;                  /* <dE/dc, c' - c>, the paper's; NAN where slices come or go, so that c' and c do not match */
	double slope;                    /* sum of <G, y' - y> and what weights do, NAN as wiring */
	double wiring;                   /* the slope, damped by how much single images are moved. NAN where the edit changes the banks (arch_edit_changes_banks), or an op comes or goes and
	                                  * those after it take turns with sets of convolutions */
};

struct guidance;

/* `images` training images (fewer where there are fewer), always the same ones. Trainer and parameters, whose gradients are not needed, stay
 * the caller's and must outlive it. NULL with err_last(). */
struct guidance *guidance_new(struct trainer *, struct params *frozen, int images);
void guidance_free(struct guidance *);

/* Starts on all single edits of an architecture. 0, or -1 out of memory. */
int guidance_begin(struct guidance *, const struct arch *);

/* The same of cells of the bank matrix alone: edits that add one read or one write, and the gates of those that are there. 0 or -1. */
int guidance_begin_gates(struct guidance *, const struct arch *);

/* The next slice: 1 more to do, 0 done, -1 with err_last(). */
int guidance_advance(struct guidance *);

/* In the order of arch_edits, after the last slice. */
const struct prediction *guidance_list(const struct guidance *, int *count);

/* After guidance_begin_gates and the last slice, beside the list; the guidance's. */
struct cells {
	const struct gates *gates;
	int images;
	double loss;                     /* mean over them */
	const float *code_gradient;      /* dE/dc [H, slices, channels], behind the encoding's own channels one of noise where the space has it */
	int code_channels;
};
struct cells guidance_cells(const struct guidance *);

#endif
