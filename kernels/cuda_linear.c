/*
 * cuda_linear.c -- matrix products through cuBLAS. It counts columns first, so a row-major [rows, columns] is its columns x rows:
 * y = x w^T is y^T = w x^T there.
 */
#include "kernels/cuda_library.h"

#include <string.h>

enum { PEAK_SIZE = 2048, PEAK_TRIES = 10 };

static cublasComputeType_t compute_type(const struct cuda *cuda)
{
	switch (cuda_precision(cuda)) {
	case PRECISION_TF32:
		return CUBLAS_COMPUTE_32F_FAST_TF32;
	case PRECISION_BF16:
		return CUBLAS_COMPUTE_32F_FAST_16BF;
	default:
		return CUBLAS_COMPUTE_32F;
	}
}

struct matrix {
	const float *at;
	int64_t stride;                  /* elements from one row (of the row-major matrix) to the next */
	cublasOperation_t operation;
};

/* c (m x n, columns first) = beta c + a (m x k) b (k x n) */
static void product(struct cuda *cuda, float *c, int64_t m, int64_t n, int64_t k, struct matrix a, struct matrix b, float beta)
{
	const float one = 1;
	cublasStatus_t status;

	if (!backend_ok(&cuda->be) || m == 0 || n == 0)
		return;
	cuda->be.library_calls++;
	status = cuda->library->cublasGemmEx_64(cuda->cublas, a.operation, b.operation, m, n, k, &one, a.at, CUDA_R_32F, a.stride, b.at,
		CUDA_R_32F, b.stride, &beta, c, CUDA_R_32F, m, compute_type(cuda), CUBLAS_GEMM_DEFAULT);
	if (status != CUBLAS_STATUS_SUCCESS)
		cuda_fail(&cuda->be, "cuBLAS: product of %lldx%lld and %lldx%lld: %s", (long long)n, (long long)k, (long long)k, (long long)m,
			cuda->library->cublasGetStatusString(status));
}

void cuda_pixels(struct cuda *cuda, float *y, const float *x, const float *w, size_t rows, int in, int out, float beta)
{
	product(cuda, y, out, (int64_t)rows, in, (struct matrix){ w, in, CUBLAS_OP_T }, (struct matrix){ x, in, CUBLAS_OP_N }, beta);
}

void cuda_pixels_data(struct cuda *cuda, float *dx, const float *dy, const float *w, size_t rows, int in, int out, float beta)
{
	product(cuda, dx, in, (int64_t)rows, out, (struct matrix){ w, in, CUBLAS_OP_N }, (struct matrix){ dy, out, CUBLAS_OP_N }, beta);
}

void cuda_pixels_weights(struct cuda *cuda, float *dw, const float *x, const float *dy, size_t rows, int in, int out, float beta)
{
	product(cuda, dw, in, out, (int64_t)rows, (struct matrix){ x, in, CUBLAS_OP_N }, (struct matrix){ dy, out, CUBLAS_OP_T }, beta);
}

void cuda_linear(struct backend *be, float *y, const float *x, const float *w, const float *b, int n, int in, int out)
{
	/* the bias in every row, and the product onto it */
	const struct box rows = { .dims = 2, .count = { n, out }, .stride = { 0, 1 } };

	cuda_gather(be, y, b, &rows, 0);
	cuda_pixels(cuda_of(be), y, x, w, (size_t)n, in, out, 1);
}

void cuda_linear_backward(struct backend *be, float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
	int n, int in, int out, float beta_dx, float beta_dw, float beta_db)
{
	if (dx)
		cuda_pixels_data(cuda_of(be), dx, dy, w, (size_t)n, in, out, beta_dx);
	if (dw)
		cuda_pixels_weights(cuda_of(be), dw, x, dy, (size_t)n, in, out, beta_dw);
	if (db)
		cuda_sum_rows(cuda_of(be), db, dy, (size_t)n, out, beta_db);
}

/* Milliseconds of the stream between two events around one large product; negative: it failed. */
static float product_time(struct cuda *cuda, float *y, const float *x, const float *w, cudaEvent_t begin, cudaEvent_t end)
{
	float milliseconds = -1;

	cuda_check(&cuda->be, cudaEventRecord(begin, cuda->stream), "event");
	cuda_pixels(cuda, y, x, w, PEAK_SIZE, PEAK_SIZE, PEAK_SIZE, 0);
	cuda_check(&cuda->be, cudaEventRecord(end, cuda->stream), "event");
	cuda_check(&cuda->be, cudaEventSynchronize(end), "event");
	cuda_check(&cuda->be, cudaEventElapsedTime(&milliseconds, begin, end), "event");
	return backend_ok(&cuda->be) ? milliseconds : -1;
}

double cuda_matrix_peak(struct backend *be)
{
	const size_t count = (size_t)PEAK_SIZE * PEAK_SIZE;
	struct cuda *cuda = cuda_of(be);
	float *slab = be->k->alloc(be, 3 * count * sizeof(float)), best = 0;
	cudaEvent_t begin = NULL, end = NULL;

	if (!slab)
		return 0;
	cuda_fill(be, slab, 1, 3 * count);
	cuda_check(be, cudaEventCreate(&begin), "event");
	cuda_check(be, cudaEventCreate(&end), "event");
	for (int i = 0; i < PEAK_TRIES && backend_ok(be); i++) {
		float milliseconds = product_time(cuda, slab, slab + count, slab + 2 * count, begin, end);

		if (milliseconds > 0 && (best == 0 || milliseconds < best))
			best = milliseconds;
	}
	if (begin)
		cudaEventDestroy(begin);
	if (end)
		cudaEventDestroy(end);
	be->k->free(be, slab);
	return best > 0 ? 2e-6 * PEAK_SIZE * PEAK_SIZE * PEAK_SIZE / (double)best : 0;
}
