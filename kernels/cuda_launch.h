/*
 * cuda_launch.h -- for the .cu files only: the one way in which a kernel is launched, so that the same file also compiles as C++ for the
 * host, where tests/cuda-standin/device.h runs the threads of a block as coroutines (macro SMASHTOP_STANDIN).
 */
#ifndef CUDA_LAUNCH_H
#define CUDA_LAUNCH_H

#include "kernels/cuda.h"

#ifdef SMASHTOP_STANDIN
#include "tests/cuda-standin/device.h"
#else
#include <cuda_bf16.h>

/* Shared memory whose size is given at the launch, as an array of `type`. */
#define LAUNCH_SHARED(type, name) extern __shared__ type name[]

#define LAUNCH(cuda, kernel, grid, block, shared_bytes, ...) do { \
	if (backend_ok(&(cuda)->be)) { \
		kernel<<<(grid), (block), (shared_bytes), (cuda)->stream>>>(__VA_ARGS__); \
		cuda_check(&(cuda)->be, cudaGetLastError(), #kernel); \
	} \
} while (0)
#endif

#endif
