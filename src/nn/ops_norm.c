/* ops_norm.c -- batch normalisation, and division of a weight by its norm. */
#include "src/nn/node.h"

static const float NORMALIZE_EPSILON = 1e-6f;

/* --- batch_norm --- */

static const char *batch_norm_infer(struct node *nd)
{
	const struct batch_norm_options *o = nd->data;
	const struct shape *x = &nd->in[0]->shape, *gamma = &nd->in[1]->shape, *shift = &nd->in[2]->shape;
	size_t c = (size_t)shape_channels(x);

	nd->out->shape = *x;
	if (x->rank < 2 || gamma->rank != 1 || shift->rank != 1 || gamma->dim[0] != (int)c || shift->dim[0] != (int)c)
		return "shapes are not [n, …, c], [c], [c]";
	if (!o->mean != !o->variance)
		return "mean without variance";
	if (!o->mean && !o->batch_statistics)
		return "without batch statistics it needs the caller's mean and variance";
	nd->saved_count = o->mean ? 0 : 2 * c;
	nd->scratch_count = 2 * c;
	return NULL;
}

static float *batch_norm_mean(const struct node *nd)
{
	const struct batch_norm_options *o = nd->data;

	return o->mean ? o->mean : nd->saved;
}

static float *batch_norm_variance(const struct node *nd)
{
	const struct batch_norm_options *o = nd->data;

	return o->variance ? o->variance : nd->saved + shape_channels(&nd->out->shape);
}

static void batch_norm_forward(struct backend *be, struct node *nd)
{
	const struct batch_norm_options *o = nd->data;
	struct tensor *y = nd->out;

	be->k->batch_norm(be, y->value, batch_norm_mean(nd), batch_norm_variance(nd), nd->in[0]->value, nd->in[1]->value,
		nd->in[2]->value, o->epsilon, o->slope, o->batch_statistics, shape_rows(&y->shape), shape_channels(&y->shape));
}

static void batch_norm_backward(struct backend *be, struct node *nd)
{
	const struct batch_norm_options *o = nd->data;
	struct tensor *x = nd->in[0], *gamma = nd->in[1], *shift = nd->in[2], *y = nd->out;

	be->k->batch_norm_backward(be, x->grad, gamma->grad, shift->grad, y->grad, x->value, y->value, batch_norm_mean(nd),
		batch_norm_variance(nd), gamma->value, o->epsilon, o->slope, o->batch_statistics, shape_rows(&y->shape),
		shape_channels(&y->shape), grad_beta(x), grad_beta(gamma), grad_beta(shift), nd->scratch);
}

static unsigned batch_norm_needs(const struct node *nd)
{
	const struct batch_norm_options *o = nd->data;

	return NEEDS_IN(0) | NEEDS_IN(1) | (o->slope >= 0 ? NEEDS_OUT : 0);
}

static struct tape_cost batch_norm_cost(const struct node *nd)
{
	const struct batch_norm_options *o = nd->data;

	/* mean 1, variance 3, normalisation 2; backward two sums of 4, dx 5 */
	return cost_pointwise(nd, o->batch_statistics ? 6 : 2, 9);
}

static void batch_norm_trace(const struct node *nd, struct trace *trace)
{
	const struct batch_norm_options *o = nd->data;

	trace->slope = o->slope;
	trace->epsilon = o->epsilon;
	trace->mean = o->batch_statistics ? NULL : o->mean;
	trace->variance = o->batch_statistics ? NULL : o->variance;
}

static const struct op batch_norm_op = {
	.name = "batch_norm", .infer = batch_norm_infer, .forward = batch_norm_forward, .backward = batch_norm_backward,
	.needs = batch_norm_needs, .cost = batch_norm_cost, .kind = TRACE_NORM, .trace = batch_norm_trace,
};

struct tensor *op_batch_norm(struct tape *t, struct tensor *x, struct tensor *gamma, struct tensor *shift,
	struct batch_norm_options options)
{
	struct batch_norm_options *data = tape_alloc(t, sizeof(*data));

	if (data)
		*data = options;
	return node_add(t, &batch_norm_op, data, (struct tensor *[]){ x, gamma, shift }, 3);
}

/* --- normalize --- */

static const char *normalize_infer(struct node *nd)
{
	nd->out->shape = nd->in[0]->shape;
	nd->saved_count = 1;             /* the norm */
	return NULL;
}

static void normalize_forward(struct backend *be, struct node *nd)
{
	be->k->normalize(be, nd->out->value, nd->saved, nd->in[0]->value, NORMALIZE_EPSILON, shape_count(&nd->out->shape));
}

static void normalize_backward(struct backend *be, struct node *nd)
{
	struct tensor *x = nd->in[0], *y = nd->out;

	if (x->grad)
		be->k->normalize_backward(be, x->grad, y->grad, y->value, nd->saved, NORMALIZE_EPSILON, grad_beta(x),
			shape_count(&y->shape));
}

static unsigned normalize_needs(const struct node *nd)
{
	(void)nd;
	return NEEDS_OUT;
}

static struct tape_cost normalize_cost(const struct node *nd)
{
	return cost_pointwise(nd, 3, 5);
}

static const struct op normalize_op = {
	.name = "normalize", .infer = normalize_infer, .forward = normalize_forward, .backward = normalize_backward,
	.needs = normalize_needs, .cost = normalize_cost, .kind = TRACE_NORMALIZE,
};

struct tensor *op_normalize(struct tape *t, struct tensor *x)
{
	return node_add(t, &normalize_op, NULL, &x, 1);
}
