/* libraries.h -- the stand-in's cuDNN and cuBLAS, in the table that kernels/cuda_library.h describes. */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "kernels/cuda_library.h"

void standin_cudnn(struct cuda_library *);
void standin_cublas(struct cuda_library *);

#endif
