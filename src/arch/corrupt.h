/*
 * corrupt.h -- encodings that lie (METHOD §8; SMASH §4.2): the HyperNet is told something false about an architecture, and the network
 * that runs is still the true one. A corrupted encoding keeps the true geometry (slices per op, rows below n_mid / N); only values of
 * channels change.
 */
#ifndef CORRUPT_H
#define CORRUPT_H

#include "src/arch/encoding.h"

enum corrupt_field {
	CORRUPT_DILATION, CORRUPT_KERNEL, CORRUPT_GROUPS, CORRUPT_UNITS, CORRUPT_ACTIVE, CORRUPT_READS, CORRUPT_WRITES,
	CORRUPT_OTHER,                   /* the whole encoding of another architecture, slice by slice within the block */
	CORRUPT_RANDOM,                  /* every field redrawn by the sampler's rules */
	CORRUPT_EMPTY,                   /* background only */
	CORRUPT_FIELDS
};
extern const char *const corrupt_field_names[CORRUPT_FIELDS];      /* "dilation" … "other", "random", "empty" */

/* How the lie about a field is made; other, random and empty know only one way. */
enum corrupt_how {
	CORRUPT_WITHIN,                  /* redrawn among the values that are valid for the op */
	CORRUPT_ACROSS,                  /* values exchanged between the ops of a block */
	CORRUPT_FIXED,                   /* one wrong value everywhere: the one that is furthest from the truth */
	CORRUPT_HOWS
};
extern const char *const corrupt_how_names[CORRUPT_HOWS];          /* "within", "across", "fixed" */

/* Whether the field varies in the space: one that doesn't cannot be lied about, and must not be asked for below. */
bool corrupt_applies(const struct space *, enum corrupt_field);

/*
 * Writes the corrupted encoding [1, H, encoding_slices(arch), C] into c. `other` is used by CORRUPT_OTHER alone. False where the lie came
 * out as the truth (an architecture of one op has nothing to exchange): c is then the true encoding.
 */
bool corrupt_encode(const struct layout *, const struct arch *, enum corrupt_field, enum corrupt_how, const struct arch *other,
	struct rng *, float *c);

#endif
