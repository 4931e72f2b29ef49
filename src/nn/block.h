/*
 * block.h -- recording the ops of an architecture on a tape (METHOD §2), wherever their weights come from: the SMASH network cuts them from
 * the HyperNet's output and from shared parameters, a resulting network has its own, guidance runs one op alone.
 */
#ifndef BLOCK_H
#define BLOCK_H

#include "src/arch/arch.h"
#include "src/nn/ops.h"

/* Weights by place. Each function records what it needs on the tape and returns a tensor. */
struct op_weights {
	void *context;
	struct tensor *(*pointwise)(void *context, int block, int op);               /* [n_mid, n_in, 1…], as used: the norm is taken */
	/* [u, in / groups, k…] of convolution 0 … 3; `size` is that shape. */
	struct tensor *(*conv)(void *context, int block, int op, int conv, struct shape size);
	/* Before the 1x1 (place 0, on what is read) and after it (place 1): norm and ReLU of x, or NULL for the function: then nothing
	 * stands before it, and a ReLU after it. */
	struct tensor *(*norm)(void *context, int block, int op, int place, struct tensor *x);
};

/* [out, in, k, k] or [out, in, k, k, k] */
struct shape conv_shape(int axes, int out, int in, int kernel);

/* The two halves of an op: its 1x1, [n, side…, n_in] -> [n, side…, n_mid], and one path of its 2x2 arrangement (0: conv 1 and conv 2, 1: conv 3
 * and conv 4; a second convolution that is inactive is left out), [n, side…, n_mid] -> [n, side…, u], on top of `sum` where that isn't NULL. */
enum { OP_PATHS = 2 };
static inline bool op_has_path(const struct arch_op *op, int path) { return op->active & 1u << 2 * path; }
struct tensor *op_mid_record(struct tape *, int block, int op, struct tensor *x, const struct op_weights *);
struct tensor *op_path_record(struct tape *, const struct arch *, int block, int op, int path, struct tensor *sum, struct tensor *mid,
	const struct op_weights *);

/* Both, the paths summed: what the op makes of the channels it reads: [n, side…, n_in] -> [n, side…, u]. */
struct tensor *op_record(struct tape *, const struct arch *, int block, int op, struct tensor *x, const struct op_weights *);

/* The whole block on its input: its banks after the last op. `state` (may be NULL) receives op_count + 1 tensors, the banks before the first
 * op and after each; they are overwritten by later ops unless tape_keep is asked for. */
struct tensor *block_record(struct tape *, const struct space *, const struct arch *, int block, struct tensor *x,
	const struct op_weights *, struct tensor **state);

#endif
