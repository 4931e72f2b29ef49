/*
 * trace.h -- a recorded tape as data: what each node computes of what, for those who write the same down in another language. Read off what runs
 * here, it cannot differ from that. Ops of inference have a description; those that only train, and weights that are computed, have none.
 */
#ifndef TRACE_H
#define TRACE_H

#include <stdint.h>

#include "kernels/kernels.h"
#include "src/nn/tape.h"

enum trace_kind {
	TRACE_NONE,                      /* the op has no description */
	TRACE_CONV,                      /* x, weight */
	TRACE_CONV_ADD,                  /* sum, x, weight; sum + x * weight */
	TRACE_ACT,                       /* x */
	TRACE_ADD,                       /* a, b */
	TRACE_NORM,                      /* x, gamma, shift */
	TRACE_POOL, TRACE_GLOBAL_POOL,   /* x */
	TRACE_LINEAR,                    /* x, weight, bias */
	TRACE_NORMALIZE,                 /* x */
	TRACE_BANKS, TRACE_READ,         /* x; state */
	TRACE_WRITE                      /* state, y */
};

struct trace {
	enum trace_kind kind;
	const char *name;                /* the op's */
	struct tensor *const *in;
	int in_count;
	const struct tensor *out;
	float slope;                     /* of the activation that follows, ACT_NONE none; of TRACE_ACT itself */
	struct conv conv;
	float epsilon;                   /* TRACE_NORM */
	const float *mean, *variance;    /* likewise: device, the caller's; NULL: those of the batch */
	int bank;                        /* of states: channels of one */
	uint64_t banks, written;         /* read or written to; not empty after the op */
};

/* The nodes in the order in which they were recorded. */
int tape_nodes(const struct tape *);
struct trace tape_trace(const struct tape *, int index);

#endif
