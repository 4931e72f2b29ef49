/*
 * wide_resnet.h -- Wide ResNets (Zagoruyko and Komodakis 2016), the hand-made baselines of METHOD §11: WRN-DEPTH-WIDTH has three groups of
 * (DEPTH - 4) / 6 pre-activation blocks of two 3x3 convolutions, with 16, 32 and 64 times WIDTH channels; the second and the third halve the
 * resolution. Images and volumes of any size.
 */
#ifndef WIDE_RESNET_H
#define WIDE_RESNET_H

#include "src/arch/arch.h"
#include "src/nn/norms.h"

enum { WIDE_GROUPS = 3, WIDE_BLOCKS_MAX = 84, WIDE_DEPTH_MAX = 4 + 6 * WIDE_BLOCKS_MAX, WIDE_WIDTH_MAX = 64 };

struct wide_block {
	int conv[2], shortcut;           /* parameter indices; shortcut -1: the channels stay */
	int norm[2];                     /* indices in norms */
	int stride;
};

struct wide_resnet {
	int axes, depth, width;
	struct arch_input input;
	int stem;
	struct wide_block block[WIDE_GROUPS][WIDE_BLOCKS_MAX];
	int norm, linear, bias;
	struct norms norms;
};

/* "wrn-16-4". 0, or -1 with err_last(): what a depth or a width may be. */
int wide_resnet_parse(const char *name, int *depth, int *width);

/* Declares the parameters in PARAM_FREE ("stem.weight", "group1.block1.norm1.weight", "group1.block1.conv1.weight",
 * "group1.block1.shortcut.weight" …, "norm.weight", "linear.weight", "linear.bias"). Depth and width as wide_resnet_parse gives them. 0 or -1. */
int wide_resnet_init(struct wide_resnet *, int depth, int width, int axes, const struct arch_input *, struct params *);

/* Logits [n, classes] on images x [n, side…, channels]. */
struct tensor *wide_resnet_record(const struct wide_resnet *, struct tape *, struct params *, struct tensor *x, struct norm_pass);

/* Multiply-accumulates of one forward pass of one example. */
int64_t wide_resnet_macs(const struct wide_resnet *);

#endif
