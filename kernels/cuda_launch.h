/*
 * cuda_launch.h -- for the .cu files only: the one way in which a kernel is launched and has shared memory, so that the same file also
 * compiles as C++ for the host, where tests/cuda-standin/device.h runs the threads of a block as coroutines (macro SMASHTOP_STANDIN).
 */
#ifndef CUDA_LAUNCH_H
#define CUDA_LAUNCH_H

#include "kernels/cuda.h"

#ifdef SMASHTOP_STANDIN
#include "tests/cuda-standin/device.h"
#else
#include <cuda_bf16.h>

/* Memory of a block, an array of `count`. Content undefined. */
#define SHARED(type, name, count) __shared__ type name[count]

/*
 * Launches `kernel` (a function or a pointer to one) in the stream of `cuda`; nothing after the first error. `what` names it in errors.
 * Arguments are copied: together at most 4 KiB.
 */
#define LAUNCH(cuda, what, kernel, grid, block, ...) do { \
	if (backend_ok(&(cuda)->be)) { \
		(cuda)->be.launches++; \
		(kernel)<<<(grid), (block), 0, (cuda)->stream>>>(__VA_ARGS__); \
		cuda_check(&(cuda)->be, cudaGetLastError(), what); \
	} \
} while (0)
#endif

#endif
