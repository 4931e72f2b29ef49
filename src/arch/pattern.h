/*
 * pattern.h -- architectures known by name, expressed in memory banks (METHOD §2): blocks of ResNet, DenseNet and FractalNet (both
 * joins). They are the hand-made baselines beside what was searched.
 */
#ifndef PATTERN_H
#define PATTERN_H

#include "src/arch/arch.h"

struct pattern {
	const char *name;                /* "resnet", "densenet", "fractalnet", "fractalnet-exact" */
	const char *help;                /* one line */
};
extern const struct pattern patterns[];
extern const int pattern_count;

/*
 * The pattern in that space, as large as its budget and banks allow. Its "bank" is the smallest group of banks whose channels are a
 * multiple of D N; an op wider than N_max writes its u channels round the group. 0, or -1 with err_last(): unknown name (the
 * nearest), or the space cannot hold it (which block, why).
 */
int pattern_make(struct arch *, const char *name, const struct space *, int axes);

#endif
