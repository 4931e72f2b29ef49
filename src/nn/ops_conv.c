/* ops_conv.c -- convolutions, plain and added in place, and the fully connected layer. */
#include "src/nn/node.h"

struct conv_data {
	struct conv_options options;
	struct conv geometry;
};

/* --- conv --- */

static const char *conv_geometry(struct node *nd, const struct tensor *x, const struct tensor *w)
{
	struct conv_data *data = nd->data;
	const struct conv_options *o = &data->options;
	struct conv *g = &data->geometry;
	int axes = x->shape.rank - 2;

	if (axes < 2 || axes > AXES_MAX)
		return "x is not [n, (d,) h, w, c]";
	if (w->shape.rank != 2 && w->shape.rank != axes + 2)
		return "the weight's rank is neither x's nor 2";
	*g = (struct conv){
		.axes = axes, .n = x->shape.dim[0], .c_in = shape_channels(&x->shape), .c_out = w->shape.dim[0],
		.groups = o->groups ? o->groups : 1,
	};
	if (g->groups < 0 || g->c_in % g->groups || g->c_out % g->groups)
		return "groups do not divide the channels";
	if (w->shape.dim[1] != g->c_in / g->groups)
		return "the weight's second size is not x's channels / groups";
	nd->out->shape = x->shape;
	nd->out->shape.dim[axes + 1] = g->c_out;
	for (int i = 0; i < axes; i++) {
		g->kernel[i] = w->shape.rank == 2 ? 1 : w->shape.dim[2 + i];
		if (g->kernel[i] % 2 == 0)
			return "a kernel must be odd";
		g->dilation[i] = o->dilation[i] && g->kernel[i] > 1 ? o->dilation[i] : 1;
		g->stride[i] = o->stride ? o->stride : 1;
		g->pad[i] = g->dilation[i] * (g->kernel[i] - 1) / 2;
		g->in[i] = x->shape.dim[1 + i];
		g->out[i] = (g->in[i] - 1) / g->stride[i] + 1;
		nd->out->shape.dim[1 + i] = g->out[i];
	}
	return NULL;
}

static const char *conv_infer(struct node *nd)
{
	return conv_geometry(nd, nd->in[0], nd->in[1]);
}

static void conv_forward(struct backend *be, struct node *nd)
{
	struct conv_data *data = nd->data;

	be->k->conv(be, &data->geometry, nd->out->value, nd->in[0]->value, nd->in[1]->value, data->options.slope, 0);
}

/* The activation's mask goes into dy itself: nobody else reads the gradient of y. */
static void conv_backward_into(struct backend *be, struct node *nd, struct tensor *x, struct tensor *w)
{
	struct conv_data *data = nd->data;
	struct tensor *y = nd->out;

	if (data->options.slope >= 0)
		be->k->act_backward(be, y->grad, y->grad, y->value, data->options.slope, 0, shape_count(&y->shape));
	if (x->grad)
		be->k->conv_backward_data(be, &data->geometry, x->grad, y->grad, w->value, grad_beta(x));
	if (w->grad)
		be->k->conv_backward_weights(be, &data->geometry, w->grad, x->value, y->grad, grad_beta(w));
}

static void conv_backward(struct backend *be, struct node *nd)
{
	conv_backward_into(be, nd, nd->in[0], nd->in[1]);
}

static unsigned conv_needs_of(const struct node *nd, int x, int w)
{
	const struct conv_data *data = nd->data;

	return (nd->in[x]->wants_grad ? NEEDS_IN(w) : 0) | (nd->in[w]->wants_grad ? NEEDS_IN(x) : 0) |
		(data->options.slope >= 0 ? NEEDS_OUT : 0);
}

static unsigned conv_needs(const struct node *nd)
{
	return conv_needs_of(nd, 0, 1);
}

static struct tape_cost conv_cost_of(const struct node *nd, const struct tensor *x, const struct tensor *w)
{
	double flops = 2.0 * (double)shape_count(&w->shape) * (double)shape_rows(&nd->out->shape);

	return (struct tape_cost){
		.flops = flops,
		.flops_backward = flops * (x->wants_grad + w->wants_grad),
		.bytes = cost_bytes(nd),
	};
}

static struct tape_cost conv_cost(const struct node *nd)
{
	return conv_cost_of(nd, nd->in[0], nd->in[1]);
}

static void conv_trace(const struct node *nd, struct trace *trace)
{
	const struct conv_data *data = nd->data;

	trace->conv = data->geometry;
	trace->slope = data->options.slope;
}

static const struct op conv_op = {
	.name = "conv", .infer = conv_infer, .forward = conv_forward, .backward = conv_backward,
	.needs = conv_needs, .cost = conv_cost, .kind = TRACE_CONV, .trace = conv_trace,
};

static struct conv_data *conv_data_new(struct tape *t, struct conv_options options)
{
	struct conv_data *data = tape_alloc(t, sizeof(*data));

	if (data)
		data->options = options;
	return data;
}

struct tensor *op_conv(struct tape *t, struct tensor *x, struct tensor *w, struct conv_options options)
{
	return node_add(t, &conv_op, conv_data_new(t, options), (struct tensor *[]){ x, w }, 2);
}

/* --- conv_add: in[0] is the sum --- */

static const char *conv_add_infer(struct node *nd)
{
	const struct tensor *sum = nd->in[0];
	const struct node *producer = sum->producer;
	const char *reason = conv_geometry(nd, nd->in[1], nd->in[2]);

	if (reason)
		return reason;
	if (!shape_equal(&sum->shape, &nd->out->shape))
		return "the sum has another shape than the convolution";
	if (!producer || sum->readers || sum == nd->in[1] || sum == nd->in[2])
		return "the sum is not the output of an op that nobody else reads";
	if (producer->op->needs && producer->op->needs(producer) & NEEDS_OUT)
		return "the sum is the output of an op that needs it for its gradient (an activation)";
	return NULL;
}

static void conv_add_forward(struct backend *be, struct node *nd)
{
	struct conv_data *data = nd->data;

	be->k->conv(be, &data->geometry, nd->out->value, nd->in[1]->value, nd->in[2]->value, data->options.slope, 1);
}

/* The gradient of the sum is that of y, in the same memory. */
static void conv_add_backward(struct backend *be, struct node *nd)
{
	conv_backward_into(be, nd, nd->in[1], nd->in[2]);
}

static unsigned conv_add_needs(const struct node *nd)
{
	return conv_needs_of(nd, 1, 2);
}

static struct tape_cost conv_add_cost(const struct node *nd)
{
	return conv_cost_of(nd, nd->in[1], nd->in[2]);
}

static const struct op conv_add_op = {
	.name = "conv_add", .infer = conv_add_infer, .forward = conv_add_forward, .backward = conv_add_backward,
	.needs = conv_add_needs, .cost = conv_add_cost, .kind = TRACE_CONV_ADD, .trace = conv_trace, .in_place = true,
};

struct tensor *op_conv_add(struct tape *t, struct tensor *sum, struct tensor *x, struct tensor *w, struct conv_options options)
{
	return node_add(t, &conv_add_op, conv_data_new(t, options), (struct tensor *[]){ sum, x, w }, 3);
}

/* --- linear --- */

static const char *linear_infer(struct node *nd)
{
	const struct shape *x = &nd->in[0]->shape, *w = &nd->in[1]->shape, *b = &nd->in[2]->shape;

	if (x->rank != 2 || w->rank != 2 || b->rank != 1)
		return "shapes are not [n, in], [out, in], [out]";
	nd->out->shape = SHAPE(x->dim[0], w->dim[0]);
	return x->dim[1] == w->dim[1] && w->dim[0] == b->dim[0] ? NULL : "sizes do not match [n, in], [out, in], [out]";
}

static void linear_forward(struct backend *be, struct node *nd)
{
	const struct shape *x = &nd->in[0]->shape;

	be->k->linear(be, nd->out->value, nd->in[0]->value, nd->in[1]->value, nd->in[2]->value, x->dim[0], x->dim[1],
		nd->out->shape.dim[1]);
}

static void linear_backward(struct backend *be, struct node *nd)
{
	struct tensor *x = nd->in[0], *w = nd->in[1], *b = nd->in[2], *y = nd->out;

	be->k->linear_backward(be, x->grad, w->grad, b->grad, y->grad, x->value, w->value, x->shape.dim[0], x->shape.dim[1],
		y->shape.dim[1], grad_beta(x), grad_beta(w), grad_beta(b));
}

static unsigned linear_needs(const struct node *nd)
{
	return (nd->in[0]->wants_grad ? NEEDS_IN(1) : 0) | (nd->in[1]->wants_grad ? NEEDS_IN(0) : 0);
}

static struct tape_cost linear_cost(const struct node *nd)
{
	double flops = 2.0 * (double)shape_count(&nd->in[1]->shape) * nd->in[0]->shape.dim[0];

	return (struct tape_cost){
		.flops = flops,
		.flops_backward = flops * (nd->in[0]->wants_grad + nd->in[1]->wants_grad),
		.bytes = cost_bytes(nd),
	};
}

static const struct op linear_op = {
	.name = "linear", .infer = linear_infer, .forward = linear_forward, .backward = linear_backward,
	.needs = linear_needs, .cost = linear_cost, .kind = TRACE_LINEAR,
};

struct tensor *op_linear(struct tape *t, struct tensor *x, struct tensor *w, struct tensor *b)
{
	return node_add(t, &linear_op, NULL, (struct tensor *[]){ x, w, b }, 3);
}
