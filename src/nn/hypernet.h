/* hypernet.h -- the network H that makes the 1x1 weights of an architecture from its encoding (METHOD §5; SMASH §3.2). */
#ifndef HYPERNET_H
#define HYPERNET_H

#include "src/arch/encoding.h"
#include "src/nn/params.h"

struct hypernet {
	struct layout layout;
	struct hypernet_sizes sizes;
	int first_param, param_count;    /* indices in params */
	/* private to hypernet.c beyond here */
	int out_channels;                /* D N^2 */
};

/* Declares the HyperNet's parameters ("hypernet.block1.layer1.weight" …) in group PARAM_HYPERNET. 0 or -1. */
int hypernet_init(struct hypernet *, const struct layout *, const struct hypernet_sizes *, struct params *);

/* Records H on an encoding [1, H, L, C (+1 with noise)]; gives the tiles [1, H, L, D N^2] that op_tiles cuts. `train`: gradients wanted. */
struct tensor *hypernet_record(const struct hypernet *, struct tape *, struct params *, struct tensor *encoding, bool train);

#endif
