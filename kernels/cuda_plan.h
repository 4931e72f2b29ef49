/*
 * cuda_plan.h -- plans of cuDNN for convolutions, by shape. Pixels and weights have their channels last: x [n, (d,) h, w, c_in],
 * w [c_out, (kd,) kh, kw, c_in / groups], y [n, (d,) h, w, c_out], all of them float, or bfloat16 where the precision is that.
 */
#ifndef CUDA_PLAN_H
#define CUDA_PLAN_H

#include "kernels/cuda_library.h"

enum plan_direction { PLAN_CONV, PLAN_DATA, PLAN_WEIGHTS, PLAN_DIRECTIONS };

/* What a plan is made for. Compared byte by byte: set it with plan_key(). */
struct plan_key {
	struct conv conv;
	int direction;
	int precision;                   /* enum precision */
	int beta;                        /* 0 or 1: the result is beta * old + new */
	int alignment;                   /* of all three pointers, in bytes: 4 or 16 */
};

struct plan_key plan_key(const struct conv *, enum plan_direction, enum precision, float beta, int alignment);

/* Whom cuDNN makes a plan for: the device of a handle or, without a device, one that is described (one of both is NULL). */
struct plan_target {
	const struct cuda_library *library;
	cudnnHandle_t handle;
	cudnnBackendDescriptor_t device;
};

/* A plan with everything it refers to. */
enum { PLAN_PARTS = 10 };

struct plan {
	cudnnBackendDescriptor_t part[PLAN_PARTS];
	int parts;
	cudnnBackendDescriptor_t run;    /* the execution plan, one of the parts; NULL: no engine takes this shape */
	int64_t workspace;               /* bytes */
	int64_t engine;                  /* its number in cuDNN */
};

/*
 * Makes the plan for `key`. The engine `known` (from a shape of the same kind; -1: none) is tried before the heuristics are asked, which is some
 * twenty times as fast. Engines that are not deterministic, that compile at run time or, with PRECISION_FLOAT, that round their inputs to less are
 * passed over. False: cuDNN has none; `why` (may be NULL) says its reason.
 */
bool plan_make(struct plan *, const struct plan_target *, const struct plan_key *, int64_t known, char *why, size_t size);
void plan_drop(struct plan *, const struct cuda_library *);

/* The plans of an open device, the most recently used ones kept. */
struct plans *plans_new(const struct plan_target *);
void plans_free(struct plans *);

/* The plan for `key`, made where there is none yet. NULL: no engine takes the shape. Valid until the next call. */
const struct plan *plans_find(struct plans *, const struct plan_key *);

/* What the plans have cost so far. */
struct plans_count {
	long found, made, dropped, without;      /* asked and there; made; made place for others; shapes that no engine takes */
	double seconds;                  /* in which the caller waited */
};
struct plans_count plans_count(const struct plans *);

#endif
