/*
 * counting.h -- a device that computes nothing and counts what it is asked: which convolutions a network has, how many kernels a step launches. Memory is
 * an address and no more.
 */
#ifndef COUNTING_H
#define COUNTING_H

#include "kernels/kernels.h"

/* What a convolution writes. */
enum counted_direction { COUNTED_CONV, COUNTED_DATA, COUNTED_WEIGHTS };

struct counting {
	struct backend be;
	long calls;                      /* of all kernels but memory */
	double bytes;                    /* allocated */
	void (*conv)(void *context, const struct conv *, enum counted_direction, float beta);    /* NULL: nobody asks */
	void *context;
};

void counting_init(struct counting *);

#endif
