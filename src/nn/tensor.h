/* tensor.h -- shapes, and the tensor a tape's nodes pass on. Channels last: [n, (d,) h, w, c]. */
#ifndef TENSOR_H
#define TENSOR_H

#include <stdbool.h>
#include <stddef.h>

enum { RANK_MAX = 6 };

struct shape {
	int rank;
	int dim[RANK_MAX];
};

#define SHAPE(...) ((struct shape){ \
	.rank = (int)(sizeof((int[]){ __VA_ARGS__ }) / sizeof(int)), .dim = { __VA_ARGS__ } })

struct node;
struct memory;

/*
 * `value` and `grad` are device memory: the caller's for leaves, the tape's slab for the rest (valid from tape_forward, or
 * tape_backward, to the next tape_reset; a value that nobody needs any more may be overwritten by a later one unless tape_keep was asked).
 * `grad` is NULL where no gradient is wanted. After the pass, the gradient of an output with a fused activation is the one
 * before the activation.
 */
struct tensor {
	struct shape shape;
	float *value;
	float *grad;
	bool wants_grad;
	struct node *producer;           /* NULL for a leaf */
	/* private to the tape beyond here */
	struct memory *value_memory, *grad_memory;
	int readers;                     /* nodes that have it as an input */
	bool overwritten;                /* an op in place has taken over the memory */
	bool kept;
};

size_t shape_count(const struct shape *);
bool shape_equal(const struct shape *, const struct shape *);
/* "64x14x14x16" into text; returns text. */
const char *shape_text(const struct shape *, char text[64]);

/* Pixels: the product of all dims between the first and the last; rows: also times the first. */
int shape_pixels(const struct shape *);
size_t shape_rows(const struct shape *);
int shape_channels(const struct shape *);

#endif
