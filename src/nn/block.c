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

/* The 2x2 arrangement: conv 1 then conv 2, beside it conv 3 then conv 4; a second stage that is inactive is left out, the paths add up. */
static struct tensor *arrangement(const struct recording *r, struct tensor *x)
{
	const struct arch_op *op = arch_op(r);
	struct tensor *sum = NULL;

	for (int first = 0; first < CONVS; first += 2) {
		if (!(op->active & 1u << first))
			continue;
		if (op->active & 1u << (first + 1))
			sum = stage(r, first + 1, sum, stage(r, first, NULL, x, relu), ACT_NONE);
		else
			sum = stage(r, first, sum, x, ACT_NONE);
	}
	return sum;
}

struct tensor *op_record(struct tape *tape, const struct arch *arch, int block, int op, struct tensor *x,
	const struct op_weights *weights)
{
	struct recording r = { .tape = tape, .arch = arch, .block = block, .op = op, .weights = weights };

	if (weights->norm)
		x = weights->norm(weights->context, block, op, 0, x);

	struct tensor *w1 = weights->pointwise(weights->context, block, op);

	x = op_conv(tape, x, w1, (struct conv_options){ .slope = weights->norm ? ACT_NONE : relu });
	if (weights->norm)
		x = weights->norm(weights->context, block, op, 1, x);
	return arrangement(&r, x);
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
