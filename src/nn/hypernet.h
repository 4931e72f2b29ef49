/* hypernet.h -- the network H that makes the 1x1 weights of an architecture from its encoding (METHOD §5; SMASH §3.2). */
#ifndef HYPERNET_H
#define HYPERNET_H

#include "src/arch/encoding.h"
#include "src/nn/params.h"

enum { HYPERNET_LAYERS_MAX = 64 };       /* of one dense block */

struct hypernet {
	struct layout layout;
	struct hypernet_sizes sizes;
	int first_param, param_count;    /* indices in params */
	int in_channels;                 /* C, and one of noise where the space has it */
	int out_channels;                /* D N^2: a tile */
};

/* Declares the HyperNet's parameters ("hypernet.stem.weight", "hypernet.block1.layer1.weight", "hypernet.join1.weight",
 * "hypernet.out.weight" …) in group PARAM_HYPERNET. 0 or -1. */
int hypernet_init(struct hypernet *, const struct layout *, const struct hypernet_sizes *, struct params *);

/* Records H on an encoding [1, H, L, in_channels]; gives the tiles [1, H, L, out_channels] that op_tiles cuts. `train`: gradients of the
 * parameters are wanted (those of the encoding, where its leaf wants them). */
struct tensor *hypernet_record(const struct hypernet *, struct tape *, struct params *, struct tensor *encoding, bool train);

#endif
