/* network.h -- a memory-bank network recorded on a tape (METHOD §2): stem, three blocks of banks, head. */
#ifndef NETWORK_H
#define NETWORK_H

#include "src/arch/encoding.h"
#include "src/nn/block.h"
#include "src/nn/params.h"

/* The freely learned parameters that all architectures share, stored at the largest size and sliced. */
struct network {
	struct space space;
	struct arch_input input;
	int axes;
	int stem;                                        /* parameter indices */
	int conv[BLOCKS][OPS_MAX][CONVS];                /* [N_max, largest input, k…] of each weight set; -1: the space has none */
	int norm_gamma[BLOCKS], norm_shift[BLOCKS];      /* after each block: transition 1, 2 and the head */
	int transition[BLOCKS - 1];                      /* [next block's input, block_channels] */
	int linear, bias;
	size_t statistics_size;                          /* floats of a statistics buffer, below */
};

/* Declares the parameters ("stem.weight", "block1.conv1.weight", "norm1.weight", "transition1.weight", "linear.weight" …) in PARAM_FREE. */
int network_init(struct network *, const struct space *, int axes, const struct arch_input *, struct params *);

struct network_pass {
	bool train;                      /* gradients of the free parameters are wanted */
	bool batch_statistics;           /* batch norm from the batch; otherwise from `statistics` */
	float *statistics;               /* device, network.statistics_size floats: written with batch statistics, read without; NULL: not kept */
	struct tensor *(*state)[OPS_MAX + 1];    /* receives the banks of each block as block_record gives them; NULL: not wanted */
	struct tensor *(*pointwise)[OPS_MAX];    /* receives the 1x1 weight of each op, [n_mid, n_in], as it is used; NULL: not wanted */
};

/* A network while it is recorded, and what its ops take their weights from. */
struct network_recording {
	const struct network *net;
	struct tape *tape;
	struct params *ps;
	const struct arch *arch;
	struct tensor *tiles;
	struct network_pass pass;
};

/* Weights of the ops as network_record uses them, for recording one op alone; valid while the recording is. */
struct op_weights network_weights(struct network_recording *);

/* Logits [n, classes] of `arch` on images x [n, h, w, c], with 1x1 weights cut from `tiles` (hypernet_record). */
struct tensor *network_record(const struct network *, struct tape *, struct params *, const struct arch *, struct tensor *tiles,
	struct tensor *x, struct network_pass);

#endif
