/* runtime.h -- what the files of the stand-in's runtime share. */
#ifndef STANDIN_RUNTIME_H
#define STANDIN_RUNTIME_H

#include "tests/cuda-standin/standin.h"

/* Counts a call; true: it is its turn to fail, or the device is lost. */
bool standin_fails(enum standin_call);
/* The answer of a call, kept for cudaGetLastError. */
cudaError_t standin_give(cudaError_t);
/* What a call of the runtime that is not an allocation answers. */
cudaError_t standin_answer(void);
/* True: a stream captures, which this call breaks. */
bool standin_breaks_capture(void);
/* Whatever any stream still has to do. */
void standin_run_everything(void);
/* A wrong use, on stderr and in standin_errors(). */
void standin_complain(const char *what, const void *where);
/* Bytes of device memory that there are, used or not. */
size_t standin_memory(void);

#endif
