/* inference.h -- passes without gradients: the weights of an architecture are generated once, then run on any number of batches. */
#ifndef INFERENCE_H
#define INFERENCE_H

#include "src/lab/feed.h"
#include "src/nn/hypernet.h"
#include "src/nn/network.h"

struct inference {
	const struct hypernet *hypernet;
	const struct network *network;
	struct tape *tape;               /* the passes reset it */
	struct params *params;
	struct feed *feed;
	struct arch arch;                /* of the last inference_generate */
	float *tiles;                    /* device: the HyperNet's output for it */
	struct shape tiles_shape;
	const struct tensor *logits;     /* [n, classes] of the last inference_run, until the tape is reset */
	/* What the last inference_run recorded: runs of the same kind, one after the other, run it again. */
	struct tensor *loss;
	struct network_pass pass;
	long recording;
	int images;
};

/* All stay the caller's. 0, or -1 with err_last(). */
int inference_init(struct inference *, const struct hypernet *, const struct network *, struct tape *, struct params *, struct feed *);
void inference_release(struct inference *);

/* Makes the weights of an architecture; noise, where the space has it, is drawn from `noise`. 0 or -1. */
int inference_generate(struct inference *, const struct arch *, struct rng *noise);

/* The same from an encoding of the caller's, as feed_encoding_values takes it. */
int inference_generate_from(struct inference *, const struct arch *, const float *code, struct rng *noise);

/* Runs the network on n images of a split, not augmented; the losses are then in the feed (feed_fetch is done). `train` of the pass is
 * false. 0 or -1. */
int inference_run(struct inference *, const struct split *, const int *index, int n, struct network_pass);

#endif
