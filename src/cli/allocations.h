/* allocations.h -- how often the process has asked for heap memory. */
#ifndef ALLOCATIONS_H
#define ALLOCATIONS_H

#include <stdint.h>

/* Calls of malloc and its kin so far, by all threads and libraries; -1 where they cannot be counted. */
int64_t allocations(void);

#endif
