/* ops_pool.c -- average pooling. */
#include "src/nn/node.h"

/* --- pool --- */

static const char *pool_infer(struct node *nd)
{
	const struct shape *x = &nd->in[0]->shape;
	struct pool *g = nd->data;

	if (x->rank - 2 < 2 || x->rank - 2 > AXES_MAX)
		return "x is not [n, (d,) h, w, c]";
	*g = (struct pool){ .axes = x->rank - 2, .n = x->dim[0], .c = shape_channels(x) };
	nd->out->shape = *x;
	for (int i = 0; i < g->axes; i++) {
		g->in[i] = x->dim[1 + i];
		g->out[i] = (g->in[i] + 1) / 2;
		nd->out->shape.dim[1 + i] = g->out[i];
	}
	return NULL;
}

static void pool_forward(struct backend *be, struct node *nd)
{
	be->k->pool(be, nd->data, nd->out->value, nd->in[0]->value);
}

static void pool_backward(struct backend *be, struct node *nd)
{
	struct tensor *x = nd->in[0];

	if (x->grad)
		be->k->pool_backward(be, nd->data, x->grad, nd->out->grad, grad_beta(x));
}

static struct tape_cost pool_cost(const struct node *nd)
{
	double count = (double)shape_count(&nd->in[0]->shape);

	return (struct tape_cost){ .flops = count, .flops_backward = count, .bytes = cost_bytes(nd) };
}

static const struct op pool_op = {
	.name = "pool", .infer = pool_infer, .forward = pool_forward, .backward = pool_backward, .cost = pool_cost,
	.kind = TRACE_POOL,
};

struct tensor *op_pool(struct tape *t, struct tensor *x)
{
	return node_add(t, &pool_op, tape_alloc(t, sizeof(struct pool)), &x, 1);
}

/* --- global_pool --- */

static const char *global_pool_infer(struct node *nd)
{
	const struct shape *x = &nd->in[0]->shape;

	if (x->rank < 3)
		return "x is not [n, …, c]";
	nd->out->shape = SHAPE(x->dim[0], shape_channels(x));
	return NULL;
}

static void global_pool_forward(struct backend *be, struct node *nd)
{
	const struct shape *x = &nd->in[0]->shape;

	be->k->global_pool(be, nd->out->value, nd->in[0]->value, x->dim[0], shape_pixels(x), shape_channels(x));
}

static void global_pool_backward(struct backend *be, struct node *nd)
{
	struct tensor *x = nd->in[0];

	if (x->grad)
		be->k->global_pool_backward(be, x->grad, nd->out->grad, x->shape.dim[0], shape_pixels(&x->shape),
			shape_channels(&x->shape), grad_beta(x));
}

static const struct op global_pool_op = {
	.name = "global_pool", .infer = global_pool_infer, .forward = global_pool_forward, .backward = global_pool_backward,
	.cost = pool_cost, .kind = TRACE_GLOBAL_POOL,
};

struct tensor *op_global_pool(struct tape *t, struct tensor *x)
{
	return node_add(t, &global_pool_op, NULL, &x, 1);
}
