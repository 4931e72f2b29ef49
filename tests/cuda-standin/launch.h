/*
 * launch.h -- what the two halves of the stand-in know of one another: device.cpp runs kernels, runtime.c has streams. C and C++.
 */
#ifndef STANDIN_LAUNCH_H
#define STANDIN_LAUNCH_H

#include <cuda_runtime_api.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A kernel with its arguments, by value: runs when its turn comes in its stream, more than once where a graph was captured. */
struct standin_launch {
	const char *name;
	unsigned grid[3], block[3];
	void *arguments;
	void (*thread)(void *arguments);         /* one thread of it */
	void (*drop)(void *arguments);
};

/* Puts a launch into a stream, which owns its arguments from then on: standin_run() any number of times, then drop(). runtime.c */
void standin_enqueue(cudaStream_t, const struct standin_launch *);

/* Runs all blocks of a launch, one after the other, on this thread. device.cpp */
void standin_run(const struct standin_launch *);

/*
 * In which order the blocks of a launch and the threads of a block take their turns from now on. Before the first call it is what
 * SMASHTOP_STANDIN_ORDER in the environment says: forward (the default), backward or shuffled.
 */
enum standin_order { STANDIN_FORWARD, STANDIN_BACKWARD, STANDIN_SHUFFLED };
void standin_order(enum standin_order);

#ifdef __cplusplus
}
#endif

#endif
