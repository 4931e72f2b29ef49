/* bits.h -- masks of banks. */
#ifndef BITS_H
#define BITS_H

#include <stdint.h>

static inline int bits_count(uint64_t mask)
{
	int count = 0;

	for (; mask; mask &= mask - 1)
		count++;
	return count;
}

/* One more than the highest bit; 0 for an empty mask. */
static inline int bits_end(uint64_t mask)
{
	int end = 0;

	for (; mask; mask >>= 1)
		end++;
	return end;
}

/* The lowest bit's number; the mask isn't empty. */
static inline int bits_first(uint64_t mask)
{
	return bits_end(mask & -mask) - 1;
}

/* The lowest `count` bits, 0 … 64. */
static inline uint64_t bits_below(int count)
{
	return count >= 64 ? UINT64_MAX : (UINT64_C(1) << count) - 1;
}

static inline uint64_t bit(int number)
{
	return UINT64_C(1) << number;
}

#endif
