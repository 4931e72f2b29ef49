/* params.h -- named parameters in one slab: values, gradients and optimiser state side by side. */
#ifndef PARAMS_H
#define PARAMS_H

#include "kernels/kernels.h"
#include "src/base/rng.h"
#include "src/nn/tape.h"

/* Groups share a learning rate and an optimiser. */
enum param_group { PARAM_FREE, PARAM_HYPERNET, PARAM_GROUPS };

enum param_init {
	INIT_ZERO, INIT_ONE,
	INIT_ORTHOGONAL,                 /* rows of [out, rest] orthonormal (or columns where out > rest) */
	INIT_UNIFORM_FAN_IN,             /* U(-1/sqrt(fan_in), 1/sqrt(fan_in)), as PyTorch's nn.Linear */
	INIT_HE                          /* Gaussian of variance 2 / fan_in (He et al. 2015): keeps the scale through a ReLU */
};

struct param {
	char name[64];
	struct shape shape;
	enum param_group group;
	enum param_init init;
	int fan_in;
	size_t offset;                   /* in floats, a multiple of 16 */
};

struct params {
	struct param *list;
	int count;
	size_t size;                     /* floats of a slab, padding included */
	float *value, *grad, *m, *v;     /* device slabs of `size` floats; NULL before params_alloc */
	struct backend *be;
};

struct params *params_new(struct backend *);
void params_free(struct params *);

/* Declares a parameter; returns its index. All of a group stand together: declare group by group. */
int params_add(struct params *, enum param_group, enum param_init, int fan_in, struct shape, const char *name_format, ...)
	__attribute__((format(printf, 6, 7)));

/* Allocates the slabs and initialises the values; gradients and optimiser state are zero. 0 or -1. */
int params_alloc(struct params *, struct rng *);

int params_find(const struct params *, const char *name);             /* index or -1 */
struct tensor *params_leaf(struct params *, struct tape *, int index, bool wants_grad);
void params_zero_grad(struct params *);
size_t params_count(const struct params *, enum param_group);         /* numbers of that group, without padding */

/* One update of a group from the gradients. The weight decay of sgd is for weights of convolutions and matrices, rank 2 and more: a norm's
 * scale and shift and a bias, rank 1, are free of it. */
void params_adam(struct params *, enum param_group, const struct adam *);
void params_sgd(struct params *, enum param_group, const struct sgd *);

/* Cosine annealing to zero: the learning rate of step 0 … steps - 1 when the first one has `initial`. */
double cosine_rate(double initial, int64_t step, int64_t steps);

#endif
