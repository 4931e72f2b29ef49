/*
 * cuda.h -- what the files of the CUDA backend share. C and C++ (the .cu files). Nothing outside kernels/ includes this but the backend's table.
 *
 * Files: cuda.c the device, its memory and its table; cuda_graph.c calls that come again; cuda_library.c cuDNN and cuBLAS, looked up when a device is opened; cuda_plan.c plans of
 * cuDNN by shape; cuda_conv.c convolutions; cuda_linear.c matrix products; cuda_*.cu kernels of our own, each with the function of the table that launches it.
 *
 * Everything runs in one stream in the order of the calls. Errors are sticky: cuda_check() notes the first one, later calls do nothing harmful.
 * While calls are captured an error only ends that: they are made again, and what is really wrong shows then.
 */
#ifndef CUDA_H
#define CUDA_H

#include <cublas_v2.h>
#include <cuda_runtime_api.h>
#include <cudnn.h>

#include "kernels/kernels.h"

#ifdef __cplusplus
extern "C" {
#endif

struct cuda_library;                     /* cuda_library.h */
struct plans;                            /* cuda_plan.h */
struct staging;                          /* cuda.c */
struct cuda_block;

/* Working memory on the device that grows to the largest call and stays. One user at a time each; what is freed waits for the stream. */
enum cuda_scratch {
	CUDA_SCRATCH_PLAN,               /* workspace of a plan of cuDNN */
	CUDA_SCRATCH_PRODUCT,            /* of cuBLAS */
	CUDA_SCRATCH_WEIGHTS,            /* weights with their channels last */
	CUDA_SCRATCH_X, CUDA_SCRATCH_Y,  /* what a convolution reads and writes in another precision */
	CUDA_SCRATCH_SUMS,               /* partial sums of own kernels */
	CUDA_SCRATCHES
};

enum { CUDA_TICKETS = 64 };

struct cuda {
	struct backend be;
	int device;                      /* number */
	cudaError_t error;               /* of the runtime, behind the sticky one */
	int capability;                  /* 80: compute capability 8.0 */
	int processors;                  /* multiprocessors: a grid of a few times that many blocks fills the device */
	cudaStream_t stream;
	const struct cuda_library *library;
	cudnnHandle_t cudnn;
	cublasHandle_t cublas;
	struct plans *plans;
	struct staging *staging;         /* pinned memory through which uploads go */
	struct cuda_block *blocks;       /* what is allocated, with its size */
	int block_count, block_capacity;
	void *scratch[CUDA_SCRATCHES];
	size_t scratch_bytes[CUDA_SCRATCHES];
	unsigned scratch_moved;          /* how often any of them has changed its place */
	bool capturing, capture_failed;  /* between capture and captured; a call that cannot be part of it, or went wrong */
	unsigned *tickets;               /* CUDA_TICKETS zeroes on the device: blocks of a kernel count themselves here and leave zeroes */
};

static inline struct cuda *cuda_of(struct backend *be)
{
	return (struct cuda *)be;
}

/* How products are computed on this device, as its precision asks and it can. */
static inline enum precision cuda_precision(const struct cuda *cuda)
{
	return cuda->be.precision == PRECISION_BF16 && cuda->capability < 80 ? PRECISION_FLOAT : cuda->be.precision;
}

/* Opens device `index`. NULL with err_last(): no driver, no such device, too old for this binary, cuDNN missing … */
struct backend *cuda_open(int index, int threads);
/* "CUDA 13.0 for sm_80, sm_90; cuDNN 9.19.0; no NVIDIA driver on this machine" */
void cuda_versions(char *text, size_t size);

/* Sets the sticky error, which begins with the device's name; the first one stays. */
void cuda_fail(struct backend *, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* True: it went well. Otherwise the sticky error says `what` and the reason. Also after a launch: cuda_check(be, cudaGetLastError(), "act"). */
bool cuda_check(struct backend *, cudaError_t, const char *what);

/* At least `bytes`, 256-byte aligned, content undefined. NULL with the sticky error set. */
void *cuda_scratch(struct cuda *, enum cuda_scratch, size_t bytes);

/* cuda_graph.c: see struct kernels */
bool cuda_capture(struct backend *);
struct captured *cuda_captured(struct backend *);
bool cuda_replay(struct backend *, struct captured *);
void cuda_forget(struct backend *, struct captured *);
/* True, and the capture has failed, where there is one: for what only a stream that runs can do. */
bool cuda_ends_capture(struct cuda *);

/* cuda_pointwise.cu */
void cuda_fill(struct backend *, float *y, float value, size_t n);
void cuda_axpby(struct backend *, float *y, float a, const float *x, float beta, size_t n);
void cuda_act(struct backend *, float *y, const float *x, float slope, size_t n);
void cuda_act_backward(struct backend *, float *dx, const float *dy, const float *y, float slope, float beta, size_t n);
void cuda_adam(struct backend *, float *w, float *m, float *v, const float *gradient, const struct adam *, size_t n);
void cuda_sgd(struct backend *, float *w, float *m, const float *gradient, const struct sgd *, size_t n);

/* cuda_sums.cu: sums over everything or over rows, always in the same order */
void cuda_dot(struct backend *, float *y, const float *x, const float *z, size_t rows, size_t n);
void cuda_normalize(struct backend *, float *y, float *norm, const float *x, float epsilon, size_t n);
void cuda_normalize_backward(struct backend *, float *dx, const float *dy, const float *y, const float *norm, float epsilon,
	float beta, size_t n);
void cuda_cross_entropy(struct backend *, float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes);
void cuda_cross_entropy_backward(struct backend *, float *dlogits, const float *dloss, const float *logits, const int32_t *label,
	int n, int classes, float beta);
/* sums[c] = beta sums[c] + sum over rows of x[rows, c]: the gradient of a bias */
void cuda_sum_rows(struct cuda *, float *sums, const float *x, size_t rows, int c, float beta);

/* cuda_move.cu */
void cuda_channels(struct backend *, float *to, int to_channels, const float *from, int from_channels,
	const struct channel_range *, int count, size_t rows);
void cuda_gather(struct backend *, float *y, const float *x, const struct box *, float beta);
void cuda_scatter(struct backend *, float *x, const float *y, const struct box *, float beta);
/* Weights [out, in, taps] to [out, taps, in] and back: back[…] = beta back[…] + w[…]. `half` bfloat16 instead of float on the channels-last side. */
void cuda_weights_last(struct cuda *, void *last, const float *w, int out, int in, int taps, bool half);
void cuda_weights_first(struct cuda *, float *w, const float *last, int out, int in, int taps, float beta);
/* n floats to bfloat16 (to nearest even) and back: y = act(beta y + x), slope ACT_NONE: no act. */
void cuda_to_half(struct cuda *, void *half, const float *x, size_t n);
void cuda_from_half(struct cuda *, float *y, const void *half, float slope, float beta, size_t n);

/* cuda_pool.cu */
void cuda_pool(struct backend *, const struct pool *, float *y, const float *x);
void cuda_pool_backward(struct backend *, const struct pool *, float *dx, const float *dy, float beta);
void cuda_global_pool(struct backend *, float *y, const float *x, int n, int pixels, int c);
void cuda_global_pool_backward(struct backend *, float *dx, const float *dy, int n, int pixels, int c, float beta);

/* cuda_norm.cu */
void cuda_batch_norm(struct backend *, float *y, float *mean, float *variance, const float *x, const float *gamma,
	const float *shift, float epsilon, float slope, bool batch_statistics, size_t rows, int c);
void cuda_batch_norm_backward(struct backend *, float *dx, float *dgamma, float *dshift, const float *dy, const float *x,
	const float *y, const float *mean, const float *variance, const float *gamma, float epsilon, float slope,
	bool batch_statistics, size_t rows, int c, float beta_dx, float beta_dgamma, float beta_dshift, float *scratch);

/* cuda_conv.c: a product over pixels through cuBLAS, the rest through cuDNN; what has no plan through cuda_direct.cu */
void cuda_conv(struct backend *, const struct conv *, float *y, const float *x, const float *w, float slope, float beta);
void cuda_conv_backward_data(struct backend *, const struct conv *, float *dx, const float *dy, const float *w, float beta);
void cuda_conv_backward_weights(struct backend *, const struct conv *, float *dw, const float *x, const float *dy, float beta);

void cuda_foresee(struct backend *, const struct conv *);

/* cuda_direct.cu: convolutions of any shape, slow; float, weights as PyTorch keeps them. y = beta y + conv(x, w). */
void cuda_direct_conv(struct cuda *, const struct conv *, float *y, const float *x, const float *w, float beta);
void cuda_direct_data(struct cuda *, const struct conv *, float *dx, const float *dy, const float *w, float beta);
void cuda_direct_weights(struct cuda *, const struct conv *, float *dw, const float *x, const float *dy, float beta);

/* cuda_linear.c */
void cuda_linear(struct backend *, float *y, const float *x, const float *w, const float *b, int n, int in, int out);
void cuda_linear_backward(struct backend *, float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
	int n, int in, int out, float beta_dx, float beta_dw, float beta_db);
/* The dense 1x1 convolution and its gradients: pixels rows of x[rows, in], y[rows, out], w[out, in]. */
void cuda_pixels(struct cuda *, float *y, const float *x, const float *w, size_t rows, int in, int out, float beta);
void cuda_pixels_data(struct cuda *, float *dx, const float *dy, const float *w, size_t rows, int in, int out, float beta);
void cuda_pixels_weights(struct cuda *, float *dw, const float *x, const float *dy, size_t rows, int in, int out, float beta);
double cuda_matrix_peak(struct backend *);

#ifdef __cplusplus
}
#endif

#endif
