/* block.c -- recording the ops of an architecture on a tape (METHOD §2), wherever their weights come from. */
#include "src/nn/block.h"

static const float relu = 0;

/* What the functions below pass on to one another while one op is recorded. */
struct recording {
	struct tape *tape;
	const struct arch *arch;
	int block, op;
	const struct op_weights *weights;
};

struct shape conv_shape(int axes, int out, int in, int kernel)
{
	return axes == 3 ? SHAPE(out, in, kernel, kernel, kernel) : SHAPE(out, in, kernel, kernel);
}

static const struct arch_op *arch_op(const struct recording *r)
{
	return &r->arch->block[r->block].op[r->op];
}

/* Convolution `c` on x, u channels out; on top of `sum` where there is one. */
static struct tensor *stage(const struct recording *r, int c, struct tensor *sum, struct tensor *x, float slope)
{
	const struct arch_conv *conv = &arch_op(r)->conv[c];
	struct conv_options options = { .groups = conv->groups, .slope = slope };
	struct shape size = conv_shape(r->arch->axes, arch_op(r)->units, shape_channels(&x->shape) / conv->groups, 0);

	for (int a = 0; a < r->arch->axes; a++) {
		size.dim[2 + a] = conv->kernel[a];
		options.dilation[a] = conv->dilation[a];
	}

	struct tensor *w = r->weights->conv(r->weights->context, r->block, r->op, c, size);

	return sum ? op_conv_add(r->tape, sum, x, w, options) : op_conv(r->tape, x, w, options);
}

struct tensor *op_mid_record(struct tape *tape, int block, int op, struct tensor *x, const struct op_weights *weights)
{
	if (weights->norm)
		x = weights->norm(weights->context, block, op, 0, x);

	struct tensor *w1 = weights->pointwise(weights->context, block, op);

	x = op_conv(tape, x, w1, (struct conv_options){ .slope = weights->norm ? ACT_NONE : relu });
	return weights->norm ? weights->norm(weights->context, block, op, 1, x) : x;
}

struct tensor *op_path_record(struct tape *tape, const struct arch *arch, int block, int op, int path, struct tensor *sum,
	struct tensor *mid, const struct op_weights *weights)
{
	struct recording r = { .tape = tape, .arch = arch, .block = block, .op = op, .weights = weights };
	int first = 2 * path, second = first + 1;

	if (arch_op(&r)->active & 1u << second)
		return stage(&r, second, sum, stage(&r, first, NULL, mid, relu), ACT_NONE);
	return stage(&r, first, sum, mid, ACT_NONE);
}

struct tensor *op_record(struct tape *tape, const struct arch *arch, int block, int op, struct tensor *x,
	const struct op_weights *weights)
{
	struct tensor *mid = op_mid_record(tape, block, op, x, weights), *sum = NULL;

	for (int path = 0; path < OP_PATHS; path++)
		if (op_has_path(&arch->block[block].op[op], path))
			sum = op_path_record(tape, arch, block, op, path, sum, mid, weights);
	return sum;
}

struct tensor *block_record(struct tape *tape, const struct space *space, const struct arch *arch, int b, struct tensor *x,
	const struct op_weights *weights, struct tensor **state)
{
	const struct arch_block *block = &arch->block[b];
	int size = block->bank_size;
	struct tensor *banks = op_banks(tape, x, size, block_banks(space, arch, b, block->op_count) * size);

	if (state)
		state[0] = banks;
	for (int o = 0; o < block->op_count; o++) {
		struct tensor *y = op_record(tape, arch, b, o, op_bank_read(tape, banks, size, block->op[o].reads), weights);

		banks = op_bank_write(tape, banks, y, size, block->op[o].writes);
		if (state)
			state[o + 1] = banks;
	}
	return banks;
}
