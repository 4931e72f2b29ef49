/* perturb.h -- random neighbours of an architecture (METHOD §7; SMASH §3.3): what local search moves by. */
#ifndef PERTURB_H
#define PERTURB_H

#include "src/arch/arch.h"

/*
 * `out` becomes a neighbour of `in`: each element (each field of each op and convolution, an axis at a time; its read set, its write set) is
 * redrawn by the sampler's own rule with `probability`. What that makes invalid further down is redrawn too, and an op for whose reads
 * the block's budget is spent is deleted. Bank sizes stay. Valid in the space, and never equal to `in`: it draws again until something
 * changed. `out` may be `in`. 0, or -1 with err_last() where `in` is invalid or 1,000 draws changed nothing; `out` is then as it was.
 */
int arch_perturb(struct arch *out, const struct arch *in, const struct space *, double probability, struct rng *);

/* What a small step is: probability 0.05. */
extern const double perturb_probability;

#endif
