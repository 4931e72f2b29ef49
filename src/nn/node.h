/*
 * node.h -- what an op sees of the tape: its node, and the table that describes the op. Private to src/nn.
 *
 * Writing an op: the constructor in ops.h calls node_add with the op's table and its own data; `infer` gives the output's shape. The
 * backward function finds y->grad complete, and for each input with a `grad` adds its contribution with grad_beta (called once per
 * contribution). Inputs and outputs whose values backward reads are named by `needs`, for nobody else keeps them.
 */
#ifndef NODE_H
#define NODE_H

#include "src/nn/ops.h"
#include "src/nn/trace.h"

/* A piece of device memory and the time it is needed. Forward of node i happens at time i, backward at 2 nodes - 1 - i. */
struct memory {
	size_t count;                    /* floats */
	int first, last;                 /* both included */
	size_t offset;                   /* in the slab, floats */
	float *at;
	bool external;                   /* the caller's */
	bool written;                    /* of a gradient: something has been contributed */
};

struct op;

struct node {
	const struct op *op;
	struct tensor **in;
	int in_count;
	struct tensor *out;
	void *data;                      /* the op's own */
	/* What infer asks for, in floats: memory from forward to backward, and during backward only. */
	size_t saved_count, scratch_count;
	float *saved, *scratch;
	/* private to the tape beyond here */
	struct memory *saved_memory, *scratch_memory;
	struct memory *kept_value, *kept_grad;           /* copies of an output that is kept and overwritten */
	int index;
};

enum { NEEDS_OUT = 1 << 30 };
#define NEEDS_IN(k) (1u << (k))          /* k < 30 */

struct op {
	const char *name;
	const char *(*infer)(struct node *);             /* sets out->shape; NULL, or what is wrong */
	void (*forward)(struct backend *, struct node *);
	void (*backward)(struct backend *, struct node *);
	unsigned (*needs)(const struct node *);          /* NULL: backward reads no values */
	struct tape_cost (*cost)(const struct node *);   /* NULL: cost_of_copy */
	enum trace_kind kind;                            /* TRACE_NONE: it has no description */
	void (*trace)(const struct node *, struct trace *);      /* the rest of it; NULL: there is no more to say */
	/* Why no other op may read the output yet, or NULL: it may. */
	const char *(*unreadable)(const struct node *);
	bool reads_parts;                /* reads such an output nevertheless */
	bool in_place;                   /* the output takes over the memory of in[0] */
};

/* Appends a node; gives its output, or the harmless tensor when infer fails or an earlier node has failed. */
struct tensor *node_add(struct tape *, const struct op *, void *data, struct tensor *const *in, int in_count);

/* Zeroed memory that lives until tape_reset. NULL: out of memory, recorded. */
void *tape_alloc(struct tape *, size_t bytes);
bool tape_failed(const struct tape *);

/* 0 for the first contribution to a gradient, then 1; always 1 for a leaf. Counts as a contribution. 0 where no gradient is wanted. */
float grad_beta(struct tensor *);

/* For a contribution to some of the elements only: makes the rest zero if it is the first. Then add with beta 1. */
void grad_open(struct backend *, struct tensor *);

/* Implemented by cost.c. Costs of a pointwise op: inputs read and output written once. */
struct tape_cost cost_pointwise(const struct node *, double flops_per_output, double flops_backward_per_output);
struct tape_cost cost_of_copy(const struct node *);      /* an output read from somewhere and written */
double cost_bytes(const struct node *);                  /* inputs and output once */
double cost_bytes_backward(const struct node *);         /* the output's gradient and the values that are needed read, the inputs' gradients written */

/* Implemented by plan.c. */
struct plan;

struct plan *plan_new(void);
void plan_free(struct plan *);

/* Gives each memory with first <= last an offset such that no two that live at one time overlap, multiples of 16. `times`: all of first
 * and last are below it. Returns the floats needed; SIZE_MAX: out of memory. */
size_t plan_layout(struct plan *, struct memory **, int count, int times);

#endif
