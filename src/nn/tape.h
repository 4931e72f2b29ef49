/*
 * tape.h -- a recorded graph with reverse-mode differentiation.
 *
 * Constructors (ops.h) append a node and infer its shape, so creation order is topological order. Nothing runs while recording;
 * tape_cost is known at once. tape_forward lays out one slab by the lifetimes of values and gradients and runs; tape_backward walks back;
 * tape_reset forgets all in O(1) and keeps the memory. Nodes, tensors and the slab come from memory that only grows: no
 * allocation in steady state.
 *
 * Errors are sticky: a constructor given impossible shapes records the first error and returns a harmless tensor, later ones do
 * the same, and tape_forward fails with err_last() naming the op and the shapes. So building needs no checks.
 *
 * A recorded graph may run again and again on new contents of its leaves (tape_forward, then at most one tape_backward). A device that can
 * replay what it was asked does so from the third run on: nothing of the graph may then be asked of the host one by one.
 */
#ifndef TAPE_H
#define TAPE_H

#include "kernels/kernels.h"
#include "src/nn/tensor.h"

struct tape;

struct tape_cost {
	double flops;                    /* of the forward pass: 2 per multiply-accumulate */
	double flops_backward;           /* of the backward pass, for the gradients that are wanted */
	double bytes;                    /* moved by the forward pass at least: every input read once, every output written once */
	double bytes_backward;           /* the same, for the gradients that are wanted and the values that they need */
	int nodes;
};

struct tape *tape_new(struct backend *);
void tape_free(struct tape *);
void tape_reset(struct tape *);

/* Which recording this is: another number after every tape_reset. Who finds the number of its own may run it again. */
long tape_recording(const struct tape *);

/* A leaf on memory the caller owns: value, and grad when the gradient is wanted, else NULL. Gradients of leaves are added to what is there. */
struct tensor *tape_leaf(struct tape *, struct shape, float *value, float *grad);

/* Makes the value (and gradient, if any) of a tensor outlive the pass, until tape_reset. A bank state that later writes overwrite is
 * copied: its value and gradient are then those just after its op. Outputs that no op reads are kept unasked. */
void tape_keep(struct tape *, struct tensor *);

/*
 * Runs all nodes. `training`: values that the backward pass needs are kept, tape_backward may follow; otherwise memory is reused as
 * soon as the last reader has run. 0, or -1 with err_last() (a recorded error, out of memory, a failed device).
 */
int tape_forward(struct tape *, bool training);

/* Sets the gradient of every element of `y` (an op's output) to seed and walks back to the leaves, after a tape_forward for training.
 * 0 or -1. */
int tape_backward(struct tape *, struct tensor *y, float seed);

/* The same from a gradient of the caller's for each element of `y`, device memory of y's shape. */
int tape_backward_from(struct tape *, struct tensor *y, const float *gradient);

struct tape_cost tape_cost(const struct tape *);
size_t tape_slab_bytes(const struct tape *);     /* high-water mark */

/* Records an error as a constructor would; for builders above (network.c) whose own input is impossible. Returns a harmless tensor. */
struct tensor *tape_fail(struct tape *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
