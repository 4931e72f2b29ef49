/* broken.h -- kernels that are wrong, each in its way, and how the stand-in should meet them. C and C++. */
#ifndef STANDIN_BROKEN_H
#define STANDIN_BROKEN_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

enum broken { BARRIER_FOR_SOME, BARRIER_HERE_AND_THERE, SHUFFLE_OF_HALF_A_WARP, SHARED_OVERRUN, SHARED_TOO_LARGE, NO_BLOCKS, BLOCK_TOO_LARGE };

/* Runs one. The stand-in aborts. */
void broken_run(enum broken);

enum { NEIGHBOURS = 256 };

/* Every thread gives its number to the one before it through shared memory, with a barrier in between or without. */
void neighbours_run(float to[NEIGHBOURS], bool barrier);

#ifdef __cplusplus
}
#endif

#endif
