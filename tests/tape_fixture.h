/* tape_fixture.h -- what the tests of tape and ops share: a device, a tape, leaves of random numbers, and an op that weighs its input. */
#ifndef TAPE_FIXTURE_H
#define TAPE_FIXTURE_H

#include "src/base/rng.h"
#include "src/nn/node.h"

enum { VALUES_MAX = 4096 };              /* floats of any tensor looked at */

extern struct backend *be;
extern struct tape *tape;
extern struct rng rng;

/* Of a checked fixture: before and after each test. */
void set_up(void);
void tear_down(void);

struct leaf {
	struct shape shape;
	float *value, *grad;
};

struct leaf leaf_new(struct shape);      /* Gaussian numbers, gradient zero */
void leaf_free(struct leaf *);
struct tensor *leaf_on_tape(const struct leaf *, bool wants_grad);
struct tensor *some(struct shape);       /* a leaf without memory, for what is not run */

void random_values(float *host, size_t count);
float *device_new(const float *host, size_t count);      /* host NULL: zeros */
size_t download(float *host, const float *device, struct shape);         /* these three give the number of floats */
size_t value_of(float *host, const struct tensor *);
size_t grad_of(float *host, const struct tensor *);
double largest(const float *, size_t count);             /* absolute value */

/* Fail the test with the tape's error. */
void forward(bool training);
void backward(struct tensor *);

/* y = r x elementwise, r a host array: the gradient of x is r. */
struct tensor *weighed(struct tensor *x, float *r);

static inline struct conv_options conv_none(void)        /* no activation */
{
	return (struct conv_options){ .slope = ACT_NONE };
}

#endif
