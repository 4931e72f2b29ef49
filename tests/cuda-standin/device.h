/*
 * device.h -- what a .cu file needs to be C++ for the host (kernels/cuda_launch.h includes it). The threads of a block are coroutines of
 * one thread: each runs until it ends or waits for the others, at a barrier or in a shuffle. What is wrong aborts with the kernel's name:
 * a barrier that not all threads reach, or that they reach in different places, a write beyond shared memory, a launch that no device takes.
 */
#ifndef STANDIN_DEVICE_H
#define STANDIN_DEVICE_H

#include <cuda_bf16.h>
#include <cmath>
#include <cstdint>
#include <cstring>
#include <tuple>

#include "tests/cuda-standin/launch.h"

/* It tells the compiler what the host's does not know. */
#undef __launch_bounds__
#define __launch_bounds__(...)

/* The coordinates of the thread that runs. */
extern uint3 threadIdx, blockIdx, blockDim, gridDim;

void standin_barrier(const char *file, int line);
/* Waits for the warp, then gives the value of its thread `lane`. */
uint64_t standin_shuffle(uint64_t value, unsigned lane, unsigned mask, const char *file, int line);
/* The memory of this block that belongs to `site`: full of NaN at the first call of a block, with a fence behind it. */
void *standin_shared(const char *site, size_t bytes);

#define SHARED(type, name, count) \
	static const char name##_site = 0; \
	type *const name = (type *)standin_shared(&name##_site, sizeof(type) * (count))

#define __syncthreads() standin_barrier(__FILE__, __LINE__)
#define __syncwarp() ((void)standin_shuffle(0, 0, 0xffffffffu, __FILE__, __LINE__))
#define __shfl_sync(mask, value, lane) standin_shuffle_as(value, (unsigned)(lane) % 32, mask, __FILE__, __LINE__)
#define __shfl_xor_sync(mask, value, lanes) standin_shuffle_as(value, (threadIdx.x % 32) ^ (unsigned)(lanes), mask, __FILE__, __LINE__)

template <class T> static inline T standin_shuffle_as(T value, unsigned lane, unsigned mask, const char *file, int line)
{
	uint64_t bits = 0;

	static_assert(sizeof(T) <= sizeof bits, "shuffles move at most eight bytes");
	memcpy(&bits, &value, sizeof(T));
	bits = standin_shuffle(bits, lane, mask, file, line);
	memcpy(&value, &bits, sizeof(T));
	return value;
}

static inline void __threadfence(void)
{
}

/* No thread runs until another waits: what is one instruction there may be several here. */
static inline unsigned atomicInc(unsigned *at, unsigned last)
{
	unsigned old = *at;

	*at = old >= last ? 0 : old + 1;
	return old;
}

static inline unsigned __umulhi(unsigned a, unsigned b)
{
	return (unsigned)((uint64_t)a * b >> 32);
}

template <class T> static inline T __ldcg(const T *p)
{
	return *p;
}

template <class... P> struct standin_closure {
	void (*kernel)(P...);
	std::tuple<P...> arguments;
};

template <class... P> static void standin_thread(void *closure)
{
	auto *c = (struct standin_closure<P...> *)closure;

	std::apply(c->kernel, c->arguments);
}

template <class... P> static void standin_drop(void *closure)
{
	delete (struct standin_closure<P...> *)closure;
}

template <class... P, class... A> static void standin_launch_kernel(cudaStream_t stream, const char *name, dim3 grid, dim3 block,
	void (*kernel)(P...), A... arguments)
{
	static_assert((0 + ... + sizeof(P)) <= 4096, "a launch has at most 4 KiB of arguments");
	struct standin_launch launch = { name, { grid.x, grid.y, grid.z }, { block.x, block.y, block.z },
		new standin_closure<P...>{ kernel, std::tuple<P...>(arguments...) }, standin_thread<P...>, standin_drop<P...> };

	standin_enqueue(stream, &launch);
}

#define LAUNCH(cuda, what, kernel, grid, block, ...) do { \
	if (backend_ok(&(cuda)->be)) { \
		(cuda)->be.launches++; \
		standin_launch_kernel((cuda)->stream, what, grid, block, kernel, __VA_ARGS__); \
		cuda_check(&(cuda)->be, cudaGetLastError(), what); \
	} \
} while (0)

#endif
