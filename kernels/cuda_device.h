/*
 * cuda_device.h -- what kernels of our own share: vectors of floats, division by what is known at the launch, sums over a block, and tiles
 * of channels. For the .cu files only.
 *
 * `W` is the floats that a thread moves at once: 4 where pointers, strides and counts allow it, otherwise 1.
 */
#ifndef CUDA_DEVICE_H
#define CUDA_DEVICE_H

#include "kernels/cuda_launch.h"

enum {
	WARP = 32,
	THREADS = 256,                   /* of a block, where nothing else is said */
	BLOCKS = 8,                      /* of THREADS that a multiprocessor holds */
	WIDE = 4
};
#define WHOLE_WARP 0xffffffffu

template <int W> struct alignas(4 * W) lanes {
	float at[W];
};

/* Vector `i` of an array. */
template <int W> static __device__ inline lanes<W> load(const float *p, size_t i)
{
	return ((const lanes<W> *)p)[i];
}

template <int W> static __device__ inline void store(float *p, size_t i, lanes<W> v)
{
	((lanes<W> *)p)[i] = v;
}

template <int W> static __device__ inline lanes<W> zeroes(void)
{
	lanes<W> v;

	for (int k = 0; k < W; k++)
		v.at[k] = 0;
	return v;
}

/* What beta multiplies: with beta 0 nothing is read. */
template <int W> static __device__ inline lanes<W> load_old(const float *p, size_t i, float beta)
{
	return beta != 0 ? load<W>(p, i) : zeroes<W>();
}

/* Adds v to beta times what is there. */
template <int W> static __device__ inline void put(float *p, size_t i, lanes<W> v, float beta)
{
	lanes<W> old = load_old<W>(p, i, beta);

	for (int k = 0; k < W; k++)
		old.at[k] = fmaf(beta, old.at[k], v.at[k]);
	store<W>(p, i, old);
}

static __device__ inline float activate(float x, float slope)
{
	return slope < 0 || x > 0 ? x : slope * x;
}

/* The factor of act's gradient, from its result. */
static __device__ inline float active(float y, float slope)
{
	return slope < 0 || y > 0 ? 1 : slope;
}

/* The first index of this thread, and its step, where all threads of all blocks walk over one array. */
static __device__ inline size_t first_index(void)
{
	return (size_t)blockIdx.x * blockDim.x + threadIdx.x;
}

static __device__ inline size_t index_step(void)
{
	return (size_t)gridDim.x * blockDim.x;
}

/* May these be moved four floats at a time? */
static inline bool aligned(const void *a, const void *b = NULL, const void *c = NULL, const void *d = NULL)
{
	return (((uintptr_t)a | (uintptr_t)b | (uintptr_t)c | (uintptr_t)d) & (WIDE * sizeof(float) - 1)) == 0;
}

/* Blocks for `items`, one a thread at a time; the device is full with them. */
static inline unsigned blocks_for(const struct cuda *cuda, size_t items)
{
	size_t blocks = (items + THREADS - 1) / THREADS, most = (size_t)cuda->processors * BLOCKS;

	return (unsigned)(blocks < most ? blocks : most);
}

/* What one launch counts with an unsigned index; tensors with more go in pieces. Tests make it small. */
#ifndef INDEX_MAX
#define INDEX_MAX 0x7fffffffu
#endif

/* Division of what is below 2^31 by a constant: a multiplication (Granlund and Montgomery 1994). */
struct divider {
	unsigned by, multiply, shift;
};

static inline struct divider divider_of(size_t by)
{
	struct divider d = { (unsigned)by, 0, 0 };

	while (((size_t)1 << d.shift) < by)
		d.shift++;
	d.multiply = (unsigned)((((uint64_t)1 << 32) * (((uint64_t)1 << d.shift) - by)) / by + 1);
	return d;
}

static __device__ inline unsigned divide(struct divider d, unsigned n)
{
	return (__umulhi(n, d.multiply) + n) >> d.shift;
}

/* *n becomes the quotient, the result is the remainder. */
static __device__ inline unsigned divide_off(struct divider d, unsigned *n)
{
	unsigned quotient = divide(d, *n), rest = *n - quotient * d.by;

	*n = quotient;
	return rest;
}

/* The sum over the threads of a warp, in each of them, always in the same order. */
static __device__ inline float warp_sum(float v)
{
	for (int distance = WARP / 2; distance > 0; distance /= 2)
		v += __shfl_xor_sync(WHOLE_WARP, v, distance);
	return v;
}

/* The same over the threads of a block, whole warps. */
static __device__ inline float block_sum(float v)
{
	SHARED(float, part, WARP);
	unsigned lane = threadIdx.x % WARP;

	v = warp_sum(v);
	__syncthreads();                 /* the sum before this one has been read */
	if (lane == 0)
		part[threadIdx.x / WARP] = v;
	__syncthreads();
	return warp_sum(lane < blockDim.x / WARP ? part[lane] : 0);
}

/*
 * True in all threads of the block that is the last of `blocks` to come here: it sees what the others wrote before. The ticket, one of
 * cuda->tickets, is 0 again afterwards. What is read must pass by the first cache (__ldcg).
 */
static __device__ inline bool last_block(unsigned *ticket, unsigned blocks)
{
	SHARED(bool, last, 1);

	__threadfence();
	__syncthreads();
	if (threadIdx.x == 0)
		last[0] = atomicInc(ticket, blocks - 1) == blocks - 1;
	__syncthreads();
	__threadfence();
	return last[0];
}

/*
 * Rows of channels, walked over by blocks of THREADS: a block has `tile` vectors of channels beside one another and THREADS / tile rows
 * below one another, so that neighbours read neighbours and a thread keeps its channel. blockIdx.x is the tile.
 */
struct tiles {
	unsigned wide;                   /* vectors in a row */
	unsigned tile, down;             /* vectors and rows of a block: tile * down <= THREADS */
	unsigned half;                   /* the power of two from which a tree over `down` starts */
};

/* `most` vectors and `rows` rows at most. */
static inline struct tiles tiles_of(int channels, int vector, unsigned most, size_t rows = THREADS)
{
	unsigned wide = (unsigned)(channels / vector), tile = wide < most ? wide : most, down = THREADS / tile;
	struct tiles t = { wide, tile, down < rows ? down : (unsigned)rows, 1 };

	while (t.half * 2 < t.down)
		t.half *= 2;
	return t;
}

static __host__ __device__ inline unsigned tiles_across(struct tiles t)
{
	return (t.wide + t.tile - 1) / t.tile;
}

/* Blocks below one another for `rows`: at least `least` rows for each thread, at most `most` blocks on the device. */
static inline unsigned tiles_down(struct tiles t, size_t rows, size_t least, size_t most)
{
	size_t blocks = rows / (t.down * least), fit = most / tiles_across(t);

	blocks = blocks < fit ? blocks : fit;
	return (unsigned)(blocks < 1 ? 1 : blocks < 65535 ? blocks : 65535);
}

static __device__ inline unsigned tile_column(struct tiles t)
{
	return blockIdx.x * t.tile + threadIdx.x % t.tile;
}

static __device__ inline unsigned tile_row(struct tiles t)
{
	return threadIdx.x / t.tile;
}

static __device__ inline bool in_tile(struct tiles t)
{
	return tile_row(t) < t.down && tile_column(t) < t.wide;
}

/*
 * sum[] over the rows of a tile, K values a thread, in the threads of row 0; the others keep what is of no use. All threads of the block
 * come here; those outside of the tile are not counted.
 */
template <int K> static __device__ inline void tile_sum(struct tiles t, float *sum)
{
	SHARED(float, shared, K * THREADS);
	unsigned row = tile_row(t);

	__syncthreads();                 /* the sums before these have been read */
	for (int k = 0; k < K; k++)
		shared[k * THREADS + threadIdx.x] = sum[k];
	for (unsigned half = t.half; half > 0; half /= 2) {
		__syncthreads();
		if (row < half && row + half < t.down)
			for (int k = 0; k < K; k++)
				shared[k * THREADS + threadIdx.x] += shared[k * THREADS + threadIdx.x + half * t.tile];
	}
	if (row == 0)
		for (int k = 0; k < K; k++)
			sum[k] = shared[k * THREADS + threadIdx.x];
}

#endif
