/*
 * loss_rig.h -- the loss of a network that the test records by itself, from public ops and given 1x1 weights, so that it can stand between two
 * architectures, or one of its wires be a little thicker: what predictions and gate gradients are differences of.
 */
#ifndef LOSS_RIG_H
#define LOSS_RIG_H

#include "src/arch/edit.h"
#include "src/lab/score.h"

enum { LOSS_IMAGES = 64 };

typedef float *op_values[BLOCKS][OPS_MAX];       /* a 1x1 weight of each op, host; on the cpu also the device's */

struct loss_rig {
	struct trainer *t;
	struct scorer *scorer;
	struct params *ps;                       /* frozen, the scorer's */
	struct tape *tape;
	struct feed feed;
	int *image;                              /* the training images that gradients are taken on */
};

/* On a trained tiny run; the trainer stays the caller's. */
void loss_rig_open(struct loss_rig *, struct trainer *);
void loss_rig_close(struct loss_rig *);

/* What the HyperNet makes of an encoding; to be freed. */
void generate(struct loss_rig *, const struct arch *, const float *code, op_values);
void values_free(const struct arch *, op_values);

/* An edit on the way: the network with (1 - t) of what the op adds to the banks and t of what it adds after the edit. */
struct mixture {
	struct loss_rig *rig;
	const struct arch *arch, *edited;        /* edited NULL: no edit */
	struct arch_edit edit;
	double t;
	float **weight;                          /* op_values of arch, as one array */
	float *own;                              /* of the edited op, NULL: that of the op it was */
	struct {
		int block, op, bank;
		double share;                    /* not 0: so much of what the op writes to the bank is written there once more */
	} more;
	float scale[2][64 * 64];                 /* (1 - t) and t times the unit matrix; or what picks the channels of `more` */
};

/* Mean loss of the mixture on the first LOSS_IMAGES gradient images, with the statistics of these. */
double mixed_loss(struct mixture *);

#endif
