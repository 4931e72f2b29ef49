/* memory.c -- device memory of the stand-in, and copies. */
#include "tests/cuda-standin/runtime.h"

#include <stdlib.h>
#include <string.h>

/* A fence, the block, a fence. */
enum { FENCE = 256, FENCE_BYTE = 0xa5, FRESH_BYTE = 0xff };      /* four bytes of 0xff are a NaN */

struct block {
	struct block *next;
	size_t bytes;
	_Alignas(FENCE) unsigned char data[];
};

static struct block *blocks;

size_t standin_memory(void)
{
	return standin.memory ? standin.memory : (size_t)8 << 30;
}

cudaError_t cudaMalloc(void **at, size_t bytes)
{
	struct block *b;

	if (standin_breaks_capture())
		return standin_give(cudaErrorStreamCaptureUnsupported);
	if (standin_fails(STANDIN_ALLOCATION) || bytes > standin_memory() - standin_count.allocated)
		return standin_give(cudaErrorMemoryAllocation);
	b = aligned_alloc(FENCE, (sizeof *b + 2 * FENCE + bytes + FENCE - 1) / FENCE * FENCE);
	if (!b)
		return standin_give(cudaErrorMemoryAllocation);
	b->bytes = bytes;
	b->next = blocks;
	blocks = b;
	memset(b->data, FENCE_BYTE, FENCE);
	if (!standin.idle)
		memset(b->data + FENCE, FRESH_BYTE, bytes);
	memset(b->data + FENCE + bytes, FENCE_BYTE, FENCE);
	standin_count.allocated += bytes;
	if (standin_count.allocated > standin_count.peak)
		standin_count.peak = standin_count.allocated;
	*at = b->data + FENCE;
	return cudaSuccess;
}

static void check_fences(const struct block *b)
{
	for (size_t i = 0; i < FENCE; i++)
		if (b->data[i] != FENCE_BYTE || b->data[FENCE + b->bytes + i] != FENCE_BYTE) {
			standin_complain("a write outside the block", b->data + FENCE);
			return;
		}
}

cudaError_t cudaFree(void *at)
{
	standin_run_everything();
	if (!at)
		return cudaSuccess;
	for (struct block **b = &blocks; *b; b = &(*b)->next) {
		struct block *found = *b;

		if (found->data + FENCE != at)
			continue;
		check_fences(found);
		standin_count.allocated -= found->bytes;
		*b = found->next;
		free(found);
		return cudaSuccess;
	}
	standin_complain("memory is freed that was not allocated", at);
	return standin_give(cudaErrorInvalidValue);
}

cudaError_t cudaMallocHost(void **at, size_t bytes)
{
	if (standin_fails(STANDIN_ALLOCATION))
		return standin_give(cudaErrorMemoryAllocation);
	*at = malloc(bytes);
	return *at ? cudaSuccess : standin_give(cudaErrorMemoryAllocation);
}

cudaError_t cudaFreeHost(void *at)
{
	standin_run_everything();
	free(at);
	return cudaSuccess;
}

cudaError_t cudaMemGetInfo(size_t *unused, size_t *total)
{
	*total = standin_memory();
	*unused = *total - standin_count.allocated;
	return standin_answer();
}

/* Whether [at, at + bytes) lies in one block. */
static bool on_device(const void *at, size_t bytes)
{
	const unsigned char *p = at;

	for (const struct block *b = blocks; b; b = b->next)
		if (p >= b->data + FENCE && p + bytes <= b->data + FENCE + b->bytes)
			return true;
	return false;
}

struct copy {
	void *to;
	const void *from;
	size_t bytes;
};

static void run_copy(void *arg)
{
	const struct copy *c = arg;

	memcpy(c->to, c->from, c->bytes);
}

cudaError_t cudaMemcpyAsync(void *to, const void *from, size_t bytes, enum cudaMemcpyKind kind, cudaStream_t stream)
{
	cudaError_t status;
	struct copy *c;

	if ((kind != cudaMemcpyHostToDevice && !on_device(from, bytes)) || (kind != cudaMemcpyDeviceToHost && !on_device(to, bytes))) {
		standin_complain("a copy outside device memory", kind == cudaMemcpyHostToDevice ? to : from);
		return standin_give(cudaErrorInvalidValue);
	}
	if (kind != cudaMemcpyDeviceToDevice && standin_breaks_capture())
		return standin_give(cudaErrorStreamCaptureUnsupported);
	status = standin_answer();
	if (status != cudaSuccess)
		return status;
	c = malloc(sizeof *c);
	if (!c)
		abort();
	*c = (struct copy){ to, from, bytes };
	standin_count.copies++;
	standin_count.copied += (double)bytes;
	standin_queue(stream, run_copy, c);
	return cudaSuccess;
}

int standin_blocks(void)
{
	int count = 0;

	for (const struct block *b = blocks; b; b = b->next) {
		check_fences(b);
		count++;
	}
	return count;
}
