/*
 * resulting.h -- resulting networks (METHOD §10): an architecture with weights of its own. Every op has its own 1x1 and convolutions, and
 * batch norm with ReLU on what it reads and after its 1x1; or, by option, the simplified weight norm (each 1x1 divided by its Euclidean norm,
 * as in the SMASH network, no norm inside ops). Stem, transitions and head as in the SMASH network, at the sizes that this architecture uses.
 */
#ifndef RESULTING_H
#define RESULTING_H

#include "src/nn/block.h"
#include "src/nn/norms.h"

struct resulting {
	struct space space;
	struct arch arch;
	struct arch_input input;
	bool weight_norm;
	int stem;                                        /* parameter indices; -1: the architecture has no such thing */
	int pointwise[BLOCKS][OPS_MAX], conv[BLOCKS][OPS_MAX][CONVS];
	int transition[BLOCKS - 1];
	int linear, bias;
	struct norms norms;
	int op_norm[BLOCKS][OPS_MAX][2];                 /* indices in norms; not with weight_norm */
	int norm[BLOCKS];
};

/*
 * Declares the parameters in PARAM_FREE, each norm's before what it stands before, named as an export would name them ("block1.op1.norm1.weight",
 * "block1.op1.pointwise.weight", "block1.op1.conv1.weight", "norm1.weight", "transition1.weight", "linear.weight" …), with the shapes of
 * PyTorch. The architecture is valid in the space. 0 or -1.
 */
int resulting_init(struct resulting *, const struct space *, const struct arch *, const struct arch_input *, bool weight_norm,
	struct params *);

/* Logits [n, classes] on images x [n, side…, channels]. */
struct tensor *resulting_record(const struct resulting *, struct tape *, struct params *, struct tensor *x, struct norm_pass);

/*
 * For weights that were trained without norms inside ops. resulting_measure is resulting_record without them, as the SMASH network is; they
 * only write the statistics (device) of what they would be given. resulting_pass_on makes them, with these statistics (host), change next to nothing: what
 * is read is raised above the ReLU by three standard deviations, which the norm after the 1x1 takes out again.
 */
struct tensor *resulting_measure(const struct resulting *, struct tape *, struct params *, struct tensor *x, float *statistics);
void resulting_pass_on(const struct resulting *, struct params *, const float *statistics);

#endif
