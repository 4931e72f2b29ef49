/* broken.cpp -- kernels that are wrong, each in its way. */
#include "tests/cuda-standin/broken.h"

#include "tests/cuda-standin/device.h"

static void barrier_for_some(void *)
{
	if (threadIdx.x != 77)
		__syncthreads();
}

static void barrier_here_and_there(void *)
{
	if (threadIdx.x < 64)
		__syncthreads();
	else
		__syncthreads();
}

static void shuffle_of_half_a_warp(void *)
{
	if (threadIdx.x % 32 < 16)
		__shfl_xor_sync(0xffffffffu, 1.0f, 1);
}

static void shared_overrun(void *)
{
	SHARED(float, room, 256);

	room[threadIdx.x + 1] = 1;
}

static void shared_too_large(void *)
{
	SHARED(float, room, 13000);

	room[threadIdx.x] = 1;
}

static void nothing(void *)
{
}

static const struct {
	unsigned blocks, threads;
	void (*thread)(void *);
} broken[] = {
	{ 2, 256, barrier_for_some },
	{ 2, 256, barrier_here_and_there },
	{ 1, 64, shuffle_of_half_a_warp },
	{ 3, 256, shared_overrun },
	{ 1, 32, shared_too_large },
	{ 0, 32, nothing },
	{ 1, 1025, nothing },
};

static void run(unsigned blocks, unsigned threads, void *arguments, void (*thread)(void *))
{
	struct standin_launch launch = { "broken", { blocks, 1, 1 }, { threads, 1, 1 }, arguments, thread, nothing };

	standin_run(&launch);
}

void broken_run(enum broken which)
{
	run(broken[which].blocks, broken[which].threads, NULL, broken[which].thread);
}

static void with_barrier(void *to)
{
	SHARED(float, number, NEIGHBOURS);

	number[threadIdx.x] = (float)threadIdx.x;
	__syncthreads();
	((float *)to)[threadIdx.x] = number[(threadIdx.x + 1) % NEIGHBOURS];
}

static void without_barrier(void *to)
{
	SHARED(float, number, NEIGHBOURS);

	number[threadIdx.x] = (float)threadIdx.x;
	((float *)to)[threadIdx.x] = number[(threadIdx.x + 1) % NEIGHBOURS];
}

void neighbours_run(float to[NEIGHBOURS], bool barrier)
{
	run(1, NEIGHBOURS, to, barrier ? with_barrier : without_barrier);
}
