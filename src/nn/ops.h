/*
 * ops.h -- the ops of a tape, one constructor each. Shapes in brackets. Every op has a gradient for each float input that wants one.
 * Tensors given in may be used by any number of ops; gradients add up.
 */
#ifndef OPS_H
#define OPS_H

#include <stdint.h>

#include "src/nn/tape.h"

struct conv_options {
	int groups;                      /* 0 counts as 1 */
	int stride;                      /* the same on all axes; 0 counts as 1 */
	int dilation[AXES_MAX];          /* 0 counts as 1 */
	float slope;                     /* of the activation after it: 0 ReLU, ACT_NONE none */
};

/* [n, …, in] * [out, in / groups, k…] -> [n, …, out]. Padding keeps the resolution (divided by the stride, rounded up); odd kernels only.
 * A weight of rank 2, [out, in], is a 1x1 convolution. */
struct tensor *op_conv(struct tape *, struct tensor *x, struct tensor *w, struct conv_options);

/* The same, added in place to `sum` (the output of an op without activation, not read by anybody else): returns the sum, which takes
 * over sum's memory. */
struct tensor *op_conv_add(struct tape *, struct tensor *sum, struct tensor *x, struct tensor *w, struct conv_options);

/* max(x, slope x), any shape. */
struct tensor *op_act(struct tape *, struct tensor *x, float slope);
struct tensor *op_add(struct tape *, struct tensor *a, struct tensor *b);

/*
 * Batch normalisation, then activation. gamma, shift [c]. `mean` and `variance` [c] are device memory of the caller: written with
 * batch statistics, read without; NULL (batch statistics only): kept by the tape.
 */
struct batch_norm_options {
	float epsilon, slope;
	bool batch_statistics;
	float *mean, *variance;
};
struct tensor *op_batch_norm(struct tape *, struct tensor *x, struct tensor *gamma, struct tensor *shift, struct batch_norm_options);

struct tensor *op_pool(struct tape *, struct tensor *x);                 /* [n, h, w, c] -> [n, ceil h/2, ceil w/2, c], average */
struct tensor *op_global_pool(struct tape *, struct tensor *x);          /* [n, …, c] -> [n, c], average */
struct tensor *op_linear(struct tape *, struct tensor *x, struct tensor *w, struct tensor *b);   /* [n, in], [out, in], [out] -> [n, out] */

/*
 * Memory banks (SMASH §3.1). op_banks opens a tensor of `channels` channels whose first banks are filled with the first of x's
 * channels (the block's input), as far as they fill whole banks; the rest is empty. op_bank_write adds y in place and returns the next state, which takes over the memory of
 * `banks` (use only the returned tensor for later writes; earlier reads were copies). op_bank_read concatenates.
 *
 * Banks are `bank` channels wide; masks have bit b for bank b. The j-th written bank receives the channels of y that start at
 * (j * bank) mod y's channels, and all of y must find a place. A bank that no one has written takes the value. Each bank of the tensor must have been written by the
 * time the tensor is read whole (by any other op, op_conv for instance).
 */
struct tensor *op_banks(struct tape *, struct tensor *x, int bank, int channels);
struct tensor *op_bank_read(struct tape *, struct tensor *banks, int bank, uint64_t reads);
struct tensor *op_bank_write(struct tape *, struct tensor *banks, struct tensor *y, int bank, uint64_t writes);

/* The first `size[k]` elements along each axis, or, where `central` has bit k, the central ones (the central taps of a kernel).
 * The rank stays. A run of a leaf's memory is not copied: what comes back is a leaf. */
struct tensor *op_slice(struct tape *, struct tensor *x, struct shape size, unsigned central);

/*
 * The 1x1 weight of one op from the HyperNet's output: tiles [1, H, L, n * dn], where element (r, l) holds rows r n … of output units
 * and columns l dn … of input channels, row-major [n][dn]. Gives [out, in], columns from slice `first` on; out <= H n, in <= (L - first) dn.
 */
struct tensor *op_tiles(struct tape *, struct tensor *tiles, int n, int dn, int first, int out, int in);

/* x / ||x||_2 over the whole tensor, epsilon 1e-6 (METHOD: an all-zero weight stays zero). */
struct tensor *op_normalize(struct tape *, struct tensor *x);

/* [n, …, c1], [n, …, c2], … -> [n, …, c1 + c2 + …] */
struct tensor *op_concat(struct tape *, struct tensor *const *x, int count);

/* logits [n, classes], label n device integers -> loss of each example [n]. `wrong`, device memory [n] or NULL, receives 0 or 1. */
struct tensor *op_cross_entropy(struct tape *, struct tensor *logits, const int32_t *label, float *wrong);

#endif
