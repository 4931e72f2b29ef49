/* ops_loss.c -- softmax cross-entropy. */
#include "src/nn/node.h"

struct cross_entropy_data {
	const int32_t *label;
	float *wrong;
};

static const char *cross_entropy_infer(struct node *nd)
{
	const struct cross_entropy_data *data = nd->data;
	const struct shape *logits = &nd->in[0]->shape;

	if (logits->rank != 2)
		return "logits are not [n, classes]";
	nd->out->shape = SHAPE(logits->dim[0]);
	nd->saved_count = data->wrong ? 0 : (size_t)logits->dim[0];
	return NULL;
}

static void cross_entropy_forward(struct backend *be, struct node *nd)
{
	const struct cross_entropy_data *data = nd->data;
	const struct tensor *logits = nd->in[0];

	be->k->cross_entropy(be, nd->out->value, data->wrong ? data->wrong : nd->saved, logits->value, data->label,
		logits->shape.dim[0], logits->shape.dim[1]);
}

static void cross_entropy_backward(struct backend *be, struct node *nd)
{
	const struct cross_entropy_data *data = nd->data;
	struct tensor *logits = nd->in[0];

	if (logits->grad)
		be->k->cross_entropy_backward(be, logits->grad, nd->out->grad, logits->value, data->label, logits->shape.dim[0],
			logits->shape.dim[1], grad_beta(logits));
}

static unsigned cross_entropy_needs(const struct node *nd)
{
	(void)nd;
	return NEEDS_IN(0);
}

static struct tape_cost cross_entropy_cost(const struct node *nd)
{
	double count = (double)shape_count(&nd->in[0]->shape);

	return (struct tape_cost){ .flops = 4 * count, .flops_backward = 5 * count, .bytes = cost_bytes(nd) };
}

static const struct op cross_entropy_op = {
	.name = "cross_entropy", .infer = cross_entropy_infer, .forward = cross_entropy_forward,
	.backward = cross_entropy_backward, .needs = cross_entropy_needs, .cost = cross_entropy_cost,
};

struct tensor *op_cross_entropy(struct tape *t, struct tensor *logits, const int32_t *label, float *wrong)
{
	struct cross_entropy_data *data = tape_alloc(t, sizeof(*data));

	if (data)
		*data = (struct cross_entropy_data){ label, wrong };
	return node_add(t, &cross_entropy_op, data, &logits, 1);
}
