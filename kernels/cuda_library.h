/*
 * cuda_library.h -- cuDNN and cuBLAS, looked up when the first device is opened and not when the program starts: one binary runs with and
 * without them. The CUDA runtime itself is linked statically and looks for the driver in the same way.
 */
#ifndef CUDA_LIBRARY_H
#define CUDA_LIBRARY_H

#include "kernels/cuda.h"

#define CUDNN_FUNCTIONS(F) \
	F(cudnnGetVersion) F(cudnnGetErrorString) F(cudnnGetLastErrorString) F(cudnnCreate) F(cudnnDestroy) F(cudnnSetStream) \
	F(cudnnBackendCreateDescriptor) F(cudnnBackendDestroyDescriptor) F(cudnnBackendSetAttribute) F(cudnnBackendGetAttribute) \
	F(cudnnBackendFinalize) F(cudnnBackendExecute)

#define CUBLAS_FUNCTIONS(F) \
	F(cublasCreate_v2) F(cublasDestroy_v2) F(cublasSetStream_v2) F(cublasSetWorkspace_v2) F(cublasGetStatusString) F(cublasGemmEx_64)

/* Each function under its own name: library->cudnnCreate(&handle). */
struct cuda_library {
#define MEMBER(function) __typeof__(&function) function;
	CUDNN_FUNCTIONS(MEMBER)
	CUBLAS_FUNCTIONS(MEMBER)
#undef MEMBER
};

/* The same for all devices; loaded at the first call. NULL with err_last(): which library is missing, and what installs it. */
const struct cuda_library *cuda_library(void);

#endif
