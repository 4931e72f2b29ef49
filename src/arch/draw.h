/* draw.h -- the sampler's rules one field at a time, for those that redraw a single field: perturbation, corruption, edits. */
#ifndef DRAW_H
#define DRAW_H

#include "src/arch/arch.h"

/* `count` of the banks 0 … n-1, each set of them as likely as any other. */
uint64_t draw_banks(int n, int count, struct rng *);

/* Reads of an op that finds `written` banks and may read `left` channels: 0 where no read fits. */
uint64_t draw_reads(const struct space *, int bank_size, int written, int left, struct rng *);

/* `banks_max`: most banks of the block, written or not. */
int draw_units(const struct space *, int bank_size, int banks_max, int n_in, struct rng *);
uint64_t draw_writes(int units, int bank_size, int written, int banks_max, struct rng *);

uint8_t draw_active(const struct space *, struct rng *);

/* Of one axis. `kernel_max` as in arch_sample: 0 is the space's own largest. */
uint8_t draw_kernel(const struct space *, int kernel_max, struct rng *);
uint8_t draw_dilation(const struct space *, int kernel, struct rng *);

/* A divisor of N: both sides of a convolution are multiples of N, so every one is valid. */
uint8_t draw_groups(const struct space *, struct rng *);

/* Kernel and dilation are drawn per axis, or once where an op is one convolution. */
struct arch_conv draw_conv(const struct space *, int axes, int kernel_max, struct rng *);

#endif
