/*
 * standin.h -- a device that is none: the CUDA runtime, cuDNN's and cuBLAS's entry points that kernels/cuda*.c use, answered on the CPU, so that the
 * backend runs unchanged where there is no GPU. Device memory is the host's: filled with NaN when allocated, fenced at both ends. cuDNN's convolutions and
 * cuBLAS's products are computed by their formulas from the descriptors and numbers that the backend really gave. Own kernels run as device.h says.
 *
 * Files: memory.c; runtime.c streams, events, graphs; cudnn.c; cublas.c; device.h and device.cpp threads and blocks of own kernels.
 */
#ifndef STANDIN_H
#define STANDIN_H

#include <cuda_runtime_api.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How the device behaves, all zero when the program starts; SMASHTOP_STANDIN="late,fail=launch:3,memory=1000000" sets it from outside. */
enum standin_call { STANDIN_ALLOCATION, STANDIN_LAUNCH, STANDIN_LIBRARY, STANDIN_RUNTIME, STANDIN_CALLS };

struct standin {
	bool late;                       /* a stream runs only when somebody waits for it; otherwise each call at once */
	bool idle;                       /* nothing is computed or copied, and memory is what it was: to count what a large network asks for */
	size_t memory;                   /* bytes of device memory; 0: 8 GiB */
	int devices;                     /* how many there are; 0: one; -1: none */
	int capability;                  /* 75, 80 …; 0: 90 */
	long fail[STANDIN_CALLS];        /* the so many-th call of that kind from now fails, from 1; 0: none */
	bool lost;                       /* after a failure, every call fails */
	bool no_plans;                   /* cuDNN has no engine for anything */
	bool no_image;                   /* the binary's kernels are for other devices */
	int driver;                      /* the CUDA that the driver knows, 12040; 0: the runtime's; -1: there is no driver */
};
extern struct standin standin;

/* Counted since the program started. */
enum { STANDIN_NAMES = 64 };

struct standin_count {
	long call[STANDIN_CALLS];
	struct standin_name {
		const char *name;        /* of own kernels, as their launches give it; NULL behind the last */
		long launches;
	} name[STANDIN_NAMES];
	long graphs;                     /* launched */
	long copies;
	double copied;                   /* bytes between host and device and on the device */
	double products;                 /* floating point operations of cuDNN and cuBLAS */
	size_t allocated, peak;          /* bytes of device memory */
};
extern struct standin_count standin_count;

/* Another device in place of the one that failed: what was lost is there again, nothing more fails. */
void standin_recover(void);

/* A call of a library; false: it is its turn to fail. */
bool standin_library_call(void);

/* Work of a library that the stream runs when it comes to it: `arg` is freed with free(). */
void standin_queue(cudaStream_t, void (*run)(void *arg), void *arg);

/* Blocks of device memory that are still there; those whose fences were written over count as errors: see standin_errors. */
int standin_blocks(void);
int standin_errors(void);                /* writes outside a block, frees of what is none, events, streams and graphs left over; each is told on stderr */

#ifdef __cplusplus
}
#endif

#endif
