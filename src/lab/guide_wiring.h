/*
 * guide_wiring.h -- what an edit changes of what its op adds to the banks, weighed by the gradient there: <G, y' - y> of METHOD §9, on the
 * images of one pass. One op runs at a time, alone, on the banks as the pass left them.
 */
#ifndef GUIDE_WIRING_H
#define GUIDE_WIRING_H

#include "src/arch/edit.h"
#include "src/nn/network.h"

/* The op whose edits are at hand: what all of them share. */
struct wiring_op {
	int block, op;                   /* block -1: none */
	struct tensor *mid, *path[OP_PATHS];     /* [n, side…, n_mid], [n, side…, u] of each path that is active; on their tapes */
	float *inner[OP_PATHS];          /* host: <G, path> of each image */
	bool straight;                   /* no path has a second convolution: the output is linear in mid, and mid_gradient is set */
};

struct wiring {
	const struct network *network;
	struct params *params;
	struct backend *be;
	struct arch arch;

	/* Of the pass, the caller's: values and gradients of the banks before each block's first op and after each, and the 1x1 weights. */
	struct tensor *state[BLOCKS][OPS_MAX + 1], *pointwise[BLOCKS][OPS_MAX];

	struct tape *mid_tape, *path_tape, *edit_tape;           /* edit_tape is free for others between calls */
	struct wiring_op current;
	/* Device: what an op reads, G where it writes and behind its 1x1, a number of each image. */
	float *read, *gradient, *edited_gradient, *mid_gradient, *product;
	float *host_product, *inner[OP_PATHS];
};

/* `images`: most of a pass. 0, or -1 with err_last(); release is right in both cases. */
int wiring_init(struct wiring *, const struct network *, struct params *frozen, int images);
void wiring_release(struct wiring *);

/* After each pass, and after `arch` has changed. */
void wiring_begin(struct wiring *);

/*
 * change[i] = <G, y' - y> on image i of the pass, for an edit that does not change how many banks its block has. `edited` is the architecture with the edit. `weight`: of the
 * edit's op in it (of the copy where an op was added), device [n_mid, n_in]; NULL: that of the op as it is, for edits that leave its shape.
 * 0 or -1.
 */
int wiring_change(struct wiring *, const struct arch_edit *, const struct arch *edited, float *weight, float *change);

/* Images of the pass. */
int wiring_images(const struct wiring *);

/* Recording an op alone: its 1x1 weight is given, convolutions are the network's. Both live as long as the recording is used. */
struct lone_op {
	struct network_recording recording;
	float *weight;
};
struct lone_op lone_op(const struct wiring *, struct tape *, const struct arch *, float *weight);
struct op_weights lone_weights(struct lone_op *);

/* G of the op's output in the pass, device [n, side…, u]. */
void wiring_output_gradient(struct wiring *, float *gradient, int block, int op);

/* Floats of the most that an op reads of so many images. */
size_t wiring_read_room(const struct wiring *, int images);

#endif
