/* rng.c -- xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number generators", 2018), seeded by SplitMix64. */
#include "src/base/rng.h"

#include <assert.h>
#include <math.h>

static uint64_t rotate_left(uint64_t x, int k)
{
	return (x << k) | (x >> (64 - k));
}

/* SplitMix64 (Steele, Lea and Flood 2014): a bijection, so that different inputs never meet. */
static uint64_t mix(uint64_t x)
{
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

void rng_seed(struct rng *r, uint64_t seed, uint64_t stream)
{
	const uint64_t golden = UINT64_C(0x9e3779b97f4a7c15);
	uint64_t x = mix(seed + golden) ^ mix(mix(stream + golden) + golden);

	for (int i = 0; i < 4; i++)
		r->s[i] = mix(x += golden);
	/* All zero would stay zero; of 2^64 starts none gives it, for mix is a bijection and the four arguments differ. */
}

uint64_t rng_next(struct rng *r)
{
	uint64_t *s = r->s;
	uint64_t result = rotate_left(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotate_left(s[3], 45);
	return result;
}

double rng_uniform(struct rng *r)
{
	return (double)(rng_next(r) >> 11) * 0x1p-53;
}

int rng_below(struct rng *r, int n)
{
	assert(n >= 1);
	/* Values past the largest multiple of n would favour the small results: draw again. */
	uint64_t range = (uint64_t)n, rest = (UINT64_MAX % range + 1) % range, x;

	do
		x = rng_next(r);
	while (x > UINT64_MAX - rest);
	return (int)(x % range);
}

double rng_normal(struct rng *r)
{
	double u = 1 - rng_uniform(r);       /* (0, 1]: the logarithm is finite */
	double v = rng_uniform(r);

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

int rng_weighted(struct rng *r, const double *weight, int n)
{
	double sum = 0;
	int last = 0;

	for (int i = 0; i < n; i++) {
		sum += weight[i];
		if (weight[i] > 0)
			last = i;
	}
	assert(sum > 0);
	double x = rng_uniform(r) * sum;

	for (int i = 0; i < last; i++)
		if ((x -= weight[i]) < 0)
			return i;
	return last;                         /* also what rounding leaves over: never an index of weight 0 */
}

void rng_shuffle(struct rng *r, int *values, int n)
{
	for (int i = n - 1; i > 0; i--) {
		int j = rng_below(r, i + 1), t = values[i];

		values[i] = values[j];
		values[j] = t;
	}
}
