/* model.h -- a network with weights of its own on the device: an architecture's resulting network or a Wide ResNet. */
#ifndef MODEL_H
#define MODEL_H

#include "src/lab/trainer.h"
#include "src/nn/resulting.h"
#include "src/nn/wide_resnet.h"

struct model {
	struct backend *be;
	struct params *ps;
	const struct norms *norms;       /* of the network below */
	float *statistics;               /* device: what its batch norms use when they don't take the batch's */
	bool is_wide;
	struct resulting resulting;
	struct wide_resnet wide;
	int64_t macs;                    /* multiply-accumulates of one forward pass of one example */
};

/* Freshly initialised. The caller's memory is not copied to or moved from afterwards (norms points into it). 0, or -1 with err_last();
 * model_release is right in both cases. The architecture is valid in the space. */
int model_open(struct model *, struct backend *, const struct space *, const struct arch *, const struct arch_input *, bool weight_norm,
	struct rng *);
int model_open_wide(struct model *, struct backend *, int depth, int width, int axes, const struct arch_input *, struct rng *);
void model_release(struct model *);

/* Logits of x. */
struct tensor *model_record(struct model *, struct tape *, struct tensor *x, struct norm_pass);

/*
 * Replaces the fresh weights of a resulting network by those that the trainer's HyperNet generates for its architecture now, divided by their
 * norm, and by slices of the shared ones. Stem and head stay fresh where another data set has other channels or classes. 0 or -1.
 */
int model_take_generated(struct model *, struct trainer *);

/* Then: norms inside ops begin by changing next to nothing on the images that have been fed, so that the network begins as the SMASH network is.
 * Nothing to do with the weight norm. 0 or -1. */
int model_pass_on(struct model *, struct tape *, struct feed *);

#endif
