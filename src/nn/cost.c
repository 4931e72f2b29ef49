/* cost.c -- what ops cost that are like others. */
#include "src/nn/node.h"

double cost_bytes(const struct node *nd)
{
	double count = (double)shape_count(&nd->out->shape);

	for (int i = 0; i < nd->in_count; i++)
		count += (double)shape_count(&nd->in[i]->shape);
	return count * sizeof(float);
}

struct tape_cost cost_pointwise(const struct node *nd, double flops_per_output, double flops_backward_per_output)
{
	double count = (double)shape_count(&nd->out->shape);

	return (struct tape_cost){
		.flops = flops_per_output * count,
		.flops_backward = flops_backward_per_output * count,
		.bytes = cost_bytes(nd),
	};
}

struct tape_cost cost_of_copy(const struct node *nd)
{
	return (struct tape_cost){ .bytes = 2.0 * sizeof(float) * (double)shape_count(&nd->out->shape) };
}

double cost_bytes_backward(const struct node *nd)
{
	unsigned needs = nd->op->needs ? nd->op->needs(nd) : 0;
	double count = (double)shape_count(&nd->out->shape) * (needs & NEEDS_OUT ? 2 : 1);

	for (int i = 0; i < nd->in_count; i++)
		count += (double)shape_count(&nd->in[i]->shape) * ((i < 30 && needs & NEEDS_IN(i)) + nd->in[i]->wants_grad);
	return count * sizeof(float);
}
