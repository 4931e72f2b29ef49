/* cublas.c -- cuBLAS for the stand-in: the product by its formula, summed in double. cuda_library() of the stand-in stands here, too. */
#include <stdint.h>
#include <stdlib.h>

#include "tests/cuda-standin/libraries.h"
#include "tests/cuda-standin/standin.h"

struct cublasContext {
	cudaStream_t stream;
};

struct product {
	int64_t m, n, k, lda, ldb, ldc;
	bool a_turned, b_turned;
	const float *a, *b;
	float *c, alpha, beta;
};

static void run(void *arg)
{
	const struct product *p = arg;
	double *column = malloc((size_t)p->m * sizeof *column);

	if (!column)
		abort();
	for (int64_t j = 0; j < p->n; j++) {
		for (int64_t i = 0; i < p->m; i++)
			column[i] = 0;
		for (int64_t l = 0; l < p->k; l++) {
			double b = (double)(p->b_turned ? p->b[j + l * p->ldb] : p->b[l + j * p->ldb]);

			for (int64_t i = 0; i < p->m; i++)
				column[i] += b * (double)(p->a_turned ? p->a[l + i * p->lda] : p->a[i + l * p->lda]);
		}
		for (int64_t i = 0; i < p->m; i++) {
			float *c = p->c + i + j * p->ldc;

			*c = p->beta != 0 ? p->beta * *c + p->alpha * (float)column[i] : p->alpha * (float)column[i];
		}
	}
	free(column);
}

static cublasStatus_t product(cublasHandle_t handle, cublasOperation_t turn_a, cublasOperation_t turn_b, int64_t m, int64_t n, int64_t k,
	const void *alpha, const void *a, cudaDataType type_a, int64_t lda, const void *b, cudaDataType type_b, int64_t ldb,
	const void *beta, void *c, cudaDataType type_c, int64_t ldc, cublasComputeType_t compute, cublasGemmAlgo_t algorithm)
{
	struct product *p;

	(void)compute;
	(void)algorithm;
	if (!standin_library_call())
		return CUBLAS_STATUS_EXECUTION_FAILED;
	if (type_a != CUDA_R_32F || type_b != CUDA_R_32F || type_c != CUDA_R_32F || lda < (turn_a == CUBLAS_OP_N ? m : k) ||
	    ldb < (turn_b == CUBLAS_OP_N ? k : n) || ldc < m)
		return CUBLAS_STATUS_INVALID_VALUE;
	p = malloc(sizeof *p);
	if (!p)
		abort();
	*p = (struct product){ m, n, k, lda, ldb, ldc, turn_a != CUBLAS_OP_N, turn_b != CUBLAS_OP_N, a, b, c, *(const float *)alpha,
		*(const float *)beta };
	standin_count.products += 2.0 * (double)m * (double)n * (double)k;
	standin_queue(handle->stream, run, p);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t create(cublasHandle_t *handle)
{
	if (!standin_library_call())
		return CUBLAS_STATUS_NOT_INITIALIZED;
	*handle = calloc(1, sizeof **handle);
	return *handle ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_ALLOC_FAILED;
}

static cublasStatus_t destroy(cublasHandle_t handle)
{
	free(handle);
	return CUBLAS_STATUS_SUCCESS;
}

static cublasStatus_t set_stream(cublasHandle_t handle, cudaStream_t stream)
{
	handle->stream = stream;
	return standin_library_call() ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INTERNAL_ERROR;
}

/* What is computed here needs none. */
static cublasStatus_t set_workspace(cublasHandle_t handle, void *workspace, size_t bytes)
{
	(void)handle;
	if (!workspace || (uintptr_t)workspace % 256 != 0 || bytes < 4 << 20)
		return CUBLAS_STATUS_INVALID_VALUE;
	return standin_library_call() ? CUBLAS_STATUS_SUCCESS : CUBLAS_STATUS_INTERNAL_ERROR;
}

static const char *status_string(cublasStatus_t status)
{
	return status == CUBLAS_STATUS_SUCCESS ? "success" : status == CUBLAS_STATUS_INVALID_VALUE ? "an invalid value" : "failed";
}

void standin_cublas(struct cuda_library *library)
{
	library->cublasCreate_v2 = create;
	library->cublasDestroy_v2 = destroy;
	library->cublasSetStream_v2 = set_stream;
	library->cublasSetWorkspace_v2 = set_workspace;
	library->cublasGetStatusString = status_string;
	library->cublasGemmEx_64 = product;
}

const struct cuda_library *cuda_library(void)
{
	static struct cuda_library library;

	standin_cudnn(&library);
	standin_cublas(&library);
	return &library;
}
