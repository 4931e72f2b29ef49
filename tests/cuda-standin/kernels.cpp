/* kernels.cpp -- the own kernels of the CUDA backend as C++ for the host (kernels/cuda_launch.h). */
#include "kernels/cuda_direct.cu"
#include "kernels/cuda_move.cu"
#include "kernels/cuda_norm.cu"
#include "kernels/cuda_pointwise.cu"
#include "kernels/cuda_pool.cu"
#include "kernels/cuda_sums.cu"
