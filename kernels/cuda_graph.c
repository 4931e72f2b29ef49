/*
 * cuda_graph.c -- calls that come again unchanged: the stream notes them once, as a graph, and the device is then given all of them at once.
 *
 * Own kernels, copies on the device, products of cuBLAS (in a workspace of ours) and plans of cuDNN all go into the stream that captures, as they
 * would run. A graph has the addresses of working memory and what plans launch; it is stale once either may have changed.
 */
#include <stdlib.h>

#include "kernels/cuda_plan.h"

struct captured {
	cudaGraphExec_t graph;
	enum precision precision;
	unsigned scratch_moved;
	long plans_dropped;
};

bool cuda_ends_capture(struct cuda *cuda)
{
	if (cuda->capturing)
		cuda->capture_failed = true;
	return cuda->capturing;
}

bool cuda_capture(struct backend *be)
{
	struct cuda *cuda = cuda_of(be);

	/* relaxed: what libraries do beside the stream is their affair */
	if (!backend_ok(be) || cudaStreamBeginCapture(cuda->stream, cudaStreamCaptureModeRelaxed) != cudaSuccess) {
		cudaGetLastError();
		return false;
	}
	cuda->capture_failed = false;
	cuda->capturing = true;
	return true;
}

static struct captured *captured_of(const struct cuda *cuda, cudaGraph_t graph)
{
	struct captured *c = malloc(sizeof *c);

	if (!c)
		return NULL;
	*c = (struct captured){ .precision = cuda->be.precision, .scratch_moved = cuda->scratch_moved, .plans_dropped = plans_count(cuda->plans).dropped };
	if (cudaGraphInstantiate(&c->graph, graph, 0) == cudaSuccess)
		return c;
	free(c);
	return NULL;
}

struct captured *cuda_captured(struct backend *be)
{
	struct cuda *cuda = cuda_of(be);
	cudaGraph_t graph = NULL;
	cudaError_t status = cudaStreamEndCapture(cuda->stream, &graph);
	struct captured *c = NULL;

	cuda->capturing = false;
	if (status == cudaSuccess && graph && !cuda->capture_failed)
		c = captured_of(cuda, graph);
	if (graph)
		cudaGraphDestroy(graph);
	if (!c)
		cudaGetLastError();      /* it is dealt with: the calls are made again */
	return c;
}

bool cuda_replay(struct backend *be, struct captured *c)
{
	struct cuda *cuda = cuda_of(be);

	if (c->precision != be->precision || c->scratch_moved != cuda->scratch_moved || c->plans_dropped != plans_count(cuda->plans).dropped)
		return false;
	if (backend_ok(be)) {
		be->replays++;
		cuda_check(be, cudaGraphLaunch(c->graph, cuda->stream), "replay");
	}
	return true;
}

void cuda_forget(struct backend *be, struct captured *c)
{
	(void)be;
	if (!c)
		return;
	cudaGraphExecDestroy(c->graph);
	free(c);
}
