/* tape_fixture.c -- a device, a tape, leaves of random numbers, and an op that weighs its input. */
#include "tests/tape_fixture.h"

#include <check.h>
#include <math.h>

#include "src/base/err.h"
#include "tests/device.h"

struct backend *be;
struct tape *tape;
struct rng rng;

float *device_new(const float *host, size_t count)
{
	float *p = be->k->alloc(be, (count ? count : 1) * sizeof(float));

	ck_assert_ptr_nonnull(p);
	if (host)
		be->k->upload(be, p, host, count * sizeof(float));
	else
		be->k->fill(be, p, 0, count);
	be->k->sync(be);
	return p;
}

void random_values(float *host, size_t count)
{
	for (size_t i = 0; i < count; i++)
		host[i] = (float)rng_normal(&rng);
}

struct leaf leaf_new(struct shape shape)
{
	size_t count = shape_count(&shape);
	struct leaf leaf = { .shape = shape };
	float host[VALUES_MAX];

	ck_assert_uint_le(count, VALUES_MAX);
	random_values(host, count);
	leaf.value = device_new(host, count);
	leaf.grad = device_new(NULL, count);
	return leaf;
}

void leaf_free(struct leaf *leaf)
{
	be->k->free(be, leaf->value);
	be->k->free(be, leaf->grad);
}

struct tensor *leaf_on_tape(const struct leaf *leaf, bool wants_grad)
{
	return tape_leaf(tape, leaf->shape, leaf->value, wants_grad ? leaf->grad : NULL);
}

size_t download(float *host, const float *device, struct shape shape)
{
	size_t count = shape_count(&shape);

	ck_assert_uint_le(count, VALUES_MAX);
	be->k->download(be, host, device, count * sizeof(float));
	return count;
}

size_t value_of(float *host, const struct tensor *x)
{
	return download(host, x->value, x->shape);
}

size_t grad_of(float *host, const struct tensor *x)
{
	return download(host, x->grad, x->shape);
}

void set_up(void)
{
	be = backend_open(TEST_DEVICE, 1);
	ck_assert_msg(be != NULL, "%s", err_last());
	tape = tape_new(be);
	rng_seed(&rng, 7, 0);
}

void tear_down(void)
{
	tape_free(tape);
	backend_close(be);
}

void forward(bool training)
{
	ck_assert_msg(tape_forward(tape, training) == 0, "%s", err_last());
}

void backward(struct tensor *y)
{
	ck_assert_msg(tape_backward(tape, y, 1) == 0, "%s", err_last());
}

static const char *weigh_infer(struct node *nd)
{
	nd->out->shape = nd->in[0]->shape;
	return NULL;
}

static void weigh(struct backend *b, float *y, const float *x, const float *r, float beta, size_t n)
{
	float in[VALUES_MAX], out[VALUES_MAX];

	b->k->download(b, in, x, n * sizeof(float));
	b->k->download(b, out, y, n * sizeof(float));
	for (size_t i = 0; i < n; i++)
		out[i] = r[i] * in[i] + (beta ? out[i] : 0);
	b->k->upload(b, y, out, n * sizeof(float));
	b->k->sync(b);
}

static void weigh_forward(struct backend *b, struct node *nd)
{
	weigh(b, nd->out->value, nd->in[0]->value, nd->data, 0, shape_count(&nd->out->shape));
}

static void weigh_backward(struct backend *b, struct node *nd)
{
	weigh(b, nd->in[0]->grad, nd->out->grad, nd->data, grad_beta(nd->in[0]), shape_count(&nd->out->shape));
}

static const struct op weigh_op = {
	.name = "weigh", .infer = weigh_infer, .forward = weigh_forward, .backward = weigh_backward,
};

struct tensor *weighed(struct tensor *x, float *r)
{
	return node_add(tape, &weigh_op, r, &x, 1);
}

struct tensor *some(struct shape shape)
{
	return tape_leaf(tape, shape, NULL, NULL);
}

double largest(const float *x, size_t count)
{
	double most = 0;

	for (size_t i = 0; i < count; i++)
		most = fmax(most, fabs((double)x[i]));
	return most;
}
