/* draw.h -- the sampler's rules one field at a time, for those that redraw a single field: perturbation, corruption, edits. */
#ifndef DRAW_H
#define DRAW_H

#include "src/arch/arch.h"

/* Reads of an op that finds `written` banks and may read `left` channels: 0 where no read fits. */
uint64_t draw_reads(const struct space *, int bank_size, int written, int left, struct rng *);
int draw_units(const struct space *, int bank_size, int banks_max, int n_in, struct rng *);
uint64_t draw_writes(int units, int bank_size, int written, int banks_max, struct rng *);
uint8_t draw_active(const struct space *, struct rng *);
struct arch_conv draw_conv(const struct space *, int axes, int kernel_max, struct rng *);

#endif
