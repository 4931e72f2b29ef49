/* cost.c -- parameters, multiply-accumulates and depth of an architecture (METHOD §3). */
#include "src/arch/arch.h"

#include "src/arch/bits.h"

static int max(int a, int b)
{
	return a > b ? a : b;
}

/* A side after a stride or a pooling window of that size, at the edge smaller. */
static int shrunk(int side, int by)
{
	return (side + by - 1) / by;
}

int block_side(const struct space *space, const struct arch_input *input, int block, int axis)
{
	int side = shrunk(input->side[axis], input_stem_stride(space, input));

	for (int b = 0; b < block; b++)
		side = shrunk(side, 2);
	return side;
}

static int64_t block_pixels(const struct space *space, const struct arch *arch, const struct arch_input *input, int block)
{
	int64_t pixels = 1;

	for (int a = 0; a < arch->axes; a++)
		pixels *= block_side(space, input, block, a);
	return pixels;
}

struct arch_cost arch_op_cost(const struct space *space, const struct arch *arch, const struct arch_input *input, int block, int op)
{
	const struct arch_op *o = &arch->block[block].op[op];
	struct arch_cost cost = { .depth = 2 };          /* the 1x1 and the first stage */

	cost.generated = (int64_t)op_n_mid(space, arch, block, op) * op_n_in(arch, block, op);
	for (int c = 0; c < CONVS; c++) {
		int64_t weights = o->units;

		if (!(o->active & 1 << c))
			continue;
		weights *= op_conv_in(space, arch, block, op, c) / o->conv[c].groups;
		for (int a = 0; a < arch->axes; a++)
			weights *= o->conv[c].kernel[a];
		cost.free += weights;
		if (c % 2 == 1)
			cost.depth = 3;                  /* a second stage */
	}
	cost.macs = (cost.free + cost.generated) * block_pixels(space, arch, input, block);
	return cost;
}

/* Adds the ops of a block whose input lies behind `depth` convolutions. Returns the depth of its output. */
static int add_ops(const struct space *space, const struct arch *arch, const struct arch_input *input, int block, int depth,
	struct arch_cost *cost)
{
	int bank_depth[BANKS_MAX] = { 0 };               /* longest path that ends in the bank */

	for (int i = 0; i < block_input_banks(space, arch, block); i++)
		bank_depth[i] = depth;
	for (int i = 0; i < arch->block[block].op_count; i++) {
		const struct arch_op *op = &arch->block[block].op[i];
		struct arch_cost of_op = arch_op_cost(space, arch, input, block, i);
		int reached = 0;

		cost->free += of_op.free;
		cost->generated += of_op.generated;
		cost->macs += of_op.macs;
		for (int k = 0; k < BANKS_MAX; k++)
			if (op->reads >> k & 1)
				reached = max(reached, bank_depth[k] + of_op.depth);
		for (int k = 0; k < BANKS_MAX; k++)
			if (op->writes >> k & 1)
				bank_depth[k] = max(bank_depth[k], reached);
	}
	for (int k = 0; k < BANKS_MAX; k++)
		depth = max(depth, bank_depth[k]);
	return depth;
}

/* Channels that a block is given: what fills whole banks. */
static int64_t input_channels(const struct space *space, const struct arch *arch, int block)
{
	return (int64_t)block_input_banks(space, arch, block) * arch->block[block].bank_size;
}

struct arch_cost arch_cost(const struct space *space, const struct arch *arch, const struct arch_input *input)
{
	struct arch_cost cost = { 0 };
	int64_t stem = input_channels(space, arch, 0) * input->channels;

	for (int a = 0; a < arch->axes; a++)
		stem *= space->stem_kernel;
	cost.free += stem;
	cost.macs += stem * block_pixels(space, arch, input, 0);
	cost.depth = 1;
	for (int b = 0; b < BLOCKS; b++) {
		int64_t channels = (int64_t)block_banks(space, arch, b, arch->block[b].op_count) * arch->block[b].bank_size;

		cost.depth = add_ops(space, arch, input, b, cost.depth, &cost) + 1;
		cost.free += 2 * channels;               /* batch norm's scale and shift */
		if (b < BLOCKS - 1) {
			int64_t transition = channels * input_channels(space, arch, b + 1);

			cost.free += transition;
			cost.macs += transition * block_pixels(space, arch, input, b);
		} else {
			cost.free += channels * input->classes + input->classes;
			cost.macs += channels * input->classes;
		}
	}
	return cost;
}
