/*
 * resulting.h -- resulting networks (METHOD §10): an architecture with weights of its own. Every op has its own 1x1 and convolutions, and
 * batch norm with ReLU on what it reads and after its 1x1; or, by option, the simplified weight norm (each 1x1 divided by its Euclidean norm,
 * as in the SMASH network, no norm inside ops). Stem, transitions and head as in the SMASH network, at the sizes that this architecture uses.
 */
#ifndef RESULTING_H
#define RESULTING_H

#include "src/nn/block.h"
#include "src/nn/params.h"

struct resulting {
	struct space space;
	struct arch arch;
	struct arch_input input;
	bool weight_norm;
	int stem;                                        /* parameter indices */
	int pointwise[BLOCKS][OPS_MAX], conv[BLOCKS][OPS_MAX][CONVS];
	int op_gamma[BLOCKS][OPS_MAX][2], op_shift[BLOCKS][OPS_MAX][2];
	int norm_gamma[BLOCKS], norm_shift[BLOCKS], transition[BLOCKS - 1];
	int linear, bias;
	size_t statistics_size;                          /* floats: mean and variance of every batch norm */
};

/* Declares the parameters in PARAM_FREE, each norm's before what it stands before, named as an export would name them ("block1.op1.pointwise.weight",
 * "block1.op1.norm1.weight", …). 0 or -1. */
int resulting_init(struct resulting *, const struct space *, const struct arch *, const struct arch_input *, bool weight_norm,
	struct params *);

/* How a network with batch norm runs: as network_pass, statistics of resulting.statistics_size floats. */
struct resulting_pass {
	bool train, batch_statistics;
	float *statistics;
};
struct tensor *resulting_record(const struct resulting *, struct tape *, struct params *, struct tensor *x, struct resulting_pass);

/* The scalars of resulting_init's parameters that decay, and that do not (norms, biases), are the optimiser's business: see params_sgd. */

#endif
