/* check_device_kernels.c -- on a GPU: every kernel against its formula in ref.c, at addresses of whole vectors and at odd ones. */
#include <cuda_runtime_api.h>
#include <stdlib.h>

#include "tests/kernel_rig.h"

static struct backend *open_device(int i)
{
	(void)i;
	return backend_open("cuda", 1);
}

static const char *device_name(int i)
{
	return i ? "cuda, odd addresses" : "cuda";
}

static bool device_odd(int i)
{
	return i;
}

/* The host and the device take turns: whoever compares waits first. */
static void *managed(size_t bytes)
{
	void *at = NULL;

	return cudaMallocManaged(&at, bytes, cudaMemAttachGlobal) == cudaSuccess ? at : NULL;
}

static void managed_free(void *at)
{
	cudaFree(at);
}

const struct rig rig = {
	.backends = 2,
	.open = open_device,
	.name = device_name,
	.odd = device_odd,
	.memory = managed,
	.release = managed_free,
};

int main(void)
{
	Suite *suite = suite_create("device kernels");

	add_conv_cases(suite);
	add_other_cases(suite);
	return run_suite(suite);
}
