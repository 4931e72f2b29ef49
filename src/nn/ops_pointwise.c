/* ops_pointwise.c -- activation, sum. */
#include "src/nn/node.h"

/* --- act --- */

static const char *act_infer(struct node *nd)
{
	const float *slope = nd->data;

	nd->out->shape = nd->in[0]->shape;
	return *slope >= 0 ? NULL : "the slope is negative";
}

static void act_forward(struct backend *be, struct node *nd)
{
	const float *slope = nd->data;

	be->k->act(be, nd->out->value, nd->in[0]->value, *slope, shape_count(&nd->out->shape));
}

static void act_backward(struct backend *be, struct node *nd)
{
	struct tensor *x = nd->in[0], *y = nd->out;
	const float *slope = nd->data;

	if (x->grad)
		be->k->act_backward(be, x->grad, y->grad, y->value, *slope, grad_beta(x), shape_count(&y->shape));
}

static unsigned act_needs(const struct node *nd)
{
	(void)nd;
	return NEEDS_OUT;
}

static struct tape_cost act_cost(const struct node *nd)
{
	return cost_pointwise(nd, 1, 1);
}

static void act_trace(const struct node *nd, struct trace *trace)
{
	trace->slope = *(const float *)nd->data;
}

static const struct op act_op = {
	.name = "act", .infer = act_infer, .forward = act_forward, .backward = act_backward,
	.needs = act_needs, .cost = act_cost, .kind = TRACE_ACT, .trace = act_trace,
};

struct tensor *op_act(struct tape *t, struct tensor *x, float slope)
{
	float *data = tape_alloc(t, sizeof(*data));

	if (data)
		*data = slope;
	return node_add(t, &act_op, data, &x, 1);
}

/* --- add --- */

static const char *add_infer(struct node *nd)
{
	nd->out->shape = nd->in[0]->shape;
	return shape_equal(&nd->in[0]->shape, &nd->in[1]->shape) ? NULL : "shapes differ";
}

static void add_forward(struct backend *be, struct node *nd)
{
	size_t n = shape_count(&nd->out->shape);

	be->k->axpby(be, nd->out->value, 1, nd->in[0]->value, 0, n);
	be->k->axpby(be, nd->out->value, 1, nd->in[1]->value, 1, n);
}

static void add_backward(struct backend *be, struct node *nd)
{
	for (int i = 0; i < 2; i++)
		if (nd->in[i]->grad)
			be->k->axpby(be, nd->in[i]->grad, 1, nd->out->grad, grad_beta(nd->in[i]), shape_count(&nd->out->shape));
}

static struct tape_cost add_cost(const struct node *nd)
{
	return cost_pointwise(nd, 1, 0);
}

static const struct op add_op = {
	.name = "add", .infer = add_infer, .forward = add_forward, .backward = add_backward, .cost = add_cost,
	.kind = TRACE_ADD,
};

struct tensor *op_add(struct tape *t, struct tensor *a, struct tensor *b)
{
	return node_add(t, &add_op, NULL, (struct tensor *[]){ a, b }, 2);
}
