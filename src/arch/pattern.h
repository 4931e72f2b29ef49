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

/* Index in patterns, or -1 for another name. */
int pattern_find(const char *name);

/*
 * The pattern in that space, as large as its budget and banks allow. Its "bank" is a group of banks whose channels are a multiple
 * of D N; an op wider than N_max writes its u channels round the group. Plain convolutions: 3x3, dilation 1, one group; two of them one
 * after the other in an op of resnet where the space has ops of two. 0, or -1 with err_last(): unknown name (the nearest), or the
 * space cannot hold it (which block, what it takes).
 */
int pattern_make(struct arch *, const char *name, const struct space *, int axes);

#endif
