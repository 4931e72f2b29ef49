/* rng.h -- xoshiro256** (Blackman and Vigna 2018) as plain data, so that a checkpoint stores it whole. */
#ifndef RNG_H
#define RNG_H

#include <stdint.h>

struct rng {
	uint64_t s[4];
};

/* Streams of one seed are independent: name each use (sampler, batches, augmentation …) by its own stream number. */
void rng_seed(struct rng *, uint64_t seed, uint64_t stream);

uint64_t rng_next(struct rng *);
double rng_uniform(struct rng *);                       /* [0, 1) */
int rng_below(struct rng *, int n);                     /* 0 … n-1, unbiased; n >= 1 */
double rng_normal(struct rng *);                        /* mean 0, standard deviation 1; two draws of rng_uniform, no hidden state */
int rng_weighted(struct rng *, const double *weight, int n);   /* index with probability weight[i] / sum; sum > 0 */
void rng_shuffle(struct rng *, int *values, int n);

#endif
