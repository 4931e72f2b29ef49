/* hash.h -- FNV-1a of 64 bits: names for what was said before, not safe against anybody who wants two of one. */
#ifndef HASH_H
#define HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_START UINT64_C(0xcbf29ce484222325)

/* Goes on from `hash`, or from HASH_START. */
uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes);
uint64_t hash_number(uint64_t hash, uint64_t number);    /* its eight bytes, least significant first, whatever the machine's order */

uint64_t hash_text(const char *);

/* FNV's high bits depend little on the last bytes: mixed (the finaliser of splitmix64) for names that show only those. */
uint64_t hash_mixed(uint64_t hash);

#endif
