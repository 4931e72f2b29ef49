/*
 * perturb.c -- random neighbours of an architecture. Ops are gone through in order, as the sampler makes them: each keeps its elements
 * unless they are redrawn, or no longer fit what the ops before it have left it.
 */
#include "src/arch/perturb.h"

#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/draw.h"
#include "src/base/err.h"

const double perturb_probability = 0.05;

struct perturbation {
	const struct space *space;
	double probability;
	struct rng *rng;
	int axes;
	int bank_size, banks_max;        /* of the block */
	int written, left;               /* banks and channels of budget that the next op finds */
};

static bool redraw(struct perturbation *p)
{
	return rng_uniform(p->rng) < p->probability;
}

static bool reads_fit(const struct perturbation *p, uint64_t reads)
{
	return !(reads & ~bits_below(p->written)) && bits_count(reads) * p->bank_size <= p->left;
}

/* New banks follow the written ones, and all units find a place. */
static bool writes_fit(const struct perturbation *p, const struct arch_op *op)
{
	uint64_t new = bits_below(bits_end(op->writes)) & ~bits_below(p->written);

	return (op->writes & new) == new && bits_count(op->writes) * p->bank_size >= op->units;
}

/* False where no read fits. */
static bool perturb_banks(struct perturbation *p, struct arch_op *op)
{
	if (redraw(p) || !reads_fit(p, op->reads))
		op->reads = draw_reads(p->space, p->bank_size, p->written, p->left, p->rng);
	if (!op->reads)
		return false;

	int n_in = bits_count(op->reads) * p->bank_size;

	if (redraw(p))
		op->units = draw_units(p->space, p->bank_size, p->banks_max, n_in, p->rng);
	if (redraw(p) || !writes_fit(p, op))
		op->writes = draw_writes(op->units, p->bank_size, p->written, p->banks_max, p->rng);
	p->left -= n_in;
	if (bits_end(op->writes) > p->written)
		p->written = bits_end(op->writes);
	return true;
}

static void perturb_conv(struct perturbation *p, struct arch_conv *conv)
{
	const struct space *space = p->space;

	for (int a = 0; a < p->axes; a++) {
		if (a > 0 && space->arrangement == 1) {          /* the axes of a lone convolution are one element */
			conv->kernel[a] = conv->kernel[0];
			conv->dilation[a] = conv->dilation[0];
			continue;
		}
		if (redraw(p))
			conv->kernel[a] = draw_kernel(space, 0, p->rng);
		if (redraw(p) || (conv->kernel[a] - 1) * conv->dilation[a] + 1 > space->extent_max)
			conv->dilation[a] = draw_dilation(space, conv->kernel[a], p->rng);
	}
	if (redraw(p))
		conv->groups = draw_groups(space, p->rng);
}

static void perturb_convs(struct perturbation *p, struct arch_op *op)
{
	uint8_t before = op->active;

	if (redraw(p))
		op->active = draw_active(p->space, p->rng);
	for (int c = 0; c < CONVS; c++) {
		if (!(op->active & 1 << c))
			op->conv[c] = (struct arch_conv){ 0 };
		else if (before & 1 << c)
			perturb_conv(p, &op->conv[c]);
		else
			op->conv[c] = draw_conv(p->space, p->axes, 0, p->rng);
	}
}

static void perturb_block(struct perturbation *p, struct arch_block *block)
{
	int kept = 0;

	for (int i = 0; i < block->op_count; i++) {
		struct arch_op op = block->op[i];

		if (!perturb_banks(p, &op))
			continue;
		perturb_convs(p, &op);
		block->op[kept++] = op;
	}
	memset(&block->op[kept], 0, (block->op_count - kept) * sizeof(block->op[0]));
	block->op_count = kept;
}

int arch_perturb(struct arch *out, const struct arch *in, const struct space *space, double probability, struct rng *rng)
{
	enum { TRIES = 1000 };
	struct perturbation p = { .space = space, .probability = probability, .rng = rng, .axes = in->axes };

	if (arch_validate(space, in, NULL) < 0)
		return -1;
	for (int i = 0; i < TRIES; i++) {
		struct arch arch = *in;

		for (int b = 0; b < BLOCKS; b++) {
			p.bank_size = arch.block[b].bank_size;
			p.banks_max = space->block_channels[b] / p.bank_size;
			p.written = block_input_banks(space, &arch, b);
			p.left = space->block_budget[b];
			perturb_block(&p, &arch.block[b]);
		}
		if (arch_equal(&arch, in))
			continue;
		if (arch_validate(space, &arch, NULL) < 0)
			return -1;
		*out = arch;
		return 0;
	}
	return err_set("no neighbour: %d redraws of its elements with probability %g left the architecture as it is", TRIES, probability);
}
