/* sample.c -- random architectures (METHOD §3). */
#include "src/arch/draw.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"

enum { CHOICES_MAX = 1024 };             /* most values a field has: unit counts, bank sizes */

static int min(int a, int b)
{
	return a < b ? a : b;
}

static int max(int a, int b)
{
	return a > b ? a : b;
}

uint64_t draw_banks(int n, int count, struct rng *rng)
{
	uint64_t banks = 0;

	for (int i = 0; i < n; i++)
		if (rng_below(rng, n - i) < count) {
			banks |= bit(i);
			count--;
		}
	return banks;
}

static int sample_bank_size(const struct space *space, int block, struct rng *rng)
{
	int size[CHOICES_MAX], count = 0;

	for (int s = space->bank_unit; s <= space->bank_size_max; s += space->bank_unit)
		if (space_bank_size_fits(space, block, s))
			size[count++] = s;
	assert(count > 0);                       /* preset_validate */
	return size[rng_below(rng, count)];
}

uint64_t draw_reads(const struct space *space, int bank_size, int written, int left, struct rng *rng)
{
	int step = space_read_step(space, bank_size);
	int most = min(written, left / bank_size) / step;

	return most < 1 ? 0 : draw_banks(written, step * (1 + rng_below(rng, most)), rng);
}

int draw_units(const struct space *space, int bank_size, int banks_max, int n_in, struct rng *rng)
{
	double weight[CHOICES_MAX];
	int count = min(space->units_max / bank_size, banks_max);        /* more could not be covered by writes */

	for (int i = 0; i < count; i++)
		weight[i] = 1 / (space->units_offset + space->units_slope * abs((i + 1) * bank_size - n_in) / bank_size);
	return bank_size * (1 + rng_weighted(rng, weight, count));
}

uint64_t draw_writes(int units, int bank_size, int written, int banks_max, struct rng *rng)
{
	double weight[BANKS_MAX];
	int least = units / bank_size;
	int most = max(written / 2, least);
	int empty = min(least, banks_max - written);                     /* empty banks that may be picked */

	for (int k = least; k <= most; k++)
		weight[k - least] = exp(least - k);

	int count = least + rng_weighted(rng, weight, most - least + 1);
	uint64_t picked = draw_banks(written + empty, count, rng);
	uint64_t old = picked & bits_below(written);

	return old | (bits_below(bits_count(picked) - bits_count(old)) << written);
}

uint8_t draw_kernel(const struct space *space, int kernel_max, struct rng *rng)
{
	if (kernel_max < 1 || kernel_max > space->kernel_max)
		kernel_max = space->kernel_max;
	kernel_max = max(kernel_max, 3);
	return 3 + 2 * rng_below(rng, (kernel_max - 1) / 2);
}

uint8_t draw_dilation(const struct space *space, int kernel, struct rng *rng)
{
	return 1 + rng_below(rng, min(space->dilation_max, (space->extent_max - 1) / (kernel - 1)));
}

uint8_t draw_groups(const struct space *space, struct rng *rng)
{
	int divisors[64], count = 0;

	for (int g = 1; g <= space->bank_unit; g++)
		if (space->bank_unit % g == 0)
			divisors[count++] = g;
	return space->groups_vary ? divisors[rng_below(rng, count)] : 1;
}

struct arch_conv draw_conv(const struct space *space, int axes, int kernel_max, struct rng *rng)
{
	struct arch_conv conv = { 0 };

	for (int a = 0; a < axes; a++) {
		if (a > 0 && space->arrangement == 1) {
			conv.kernel[a] = conv.kernel[0];
			conv.dilation[a] = conv.dilation[0];
			continue;
		}
		conv.kernel[a] = draw_kernel(space, kernel_max, rng);
		conv.dilation[a] = draw_dilation(space, conv.kernel[a], rng);
	}
	conv.groups = draw_groups(space, rng);
	return conv;
}

uint8_t draw_active(const struct space *space, struct rng *rng)
{
	return arch_active_sets[space->arrangement == 1 ? 0 : rng_weighted(rng, arch_active_weights, ACTIVE_SETS)];
}

static void sample_block(struct arch *arch, const struct space *space, int b, int kernel_max, struct rng *rng)
{
	struct arch_block *block = &arch->block[b];
	int size = block->bank_size = sample_bank_size(space, b, rng);
	int banks_max = space->block_channels[b] / size;
	double share = space->budget_share_min + (1 - space->budget_share_min) * rng_uniform(rng);
	int left = max((int)(share * space->block_budget[b]), space_read_step(space, size) * size);     /* at least one op */
	int written = block_input_banks(space, arch, b);

	while (block->op_count < OPS_MAX) {
		struct arch_op *op = &block->op[block->op_count];

		op->reads = draw_reads(space, size, written, left, rng);
		if (!op->reads)
			break;
		int n_in = bits_count(op->reads) * size;

		left -= n_in;
		op->units = draw_units(space, size, banks_max, n_in, rng);
		op->writes = draw_writes(op->units, size, written, banks_max, rng);
		written = max(written, bits_end(op->writes));
		op->active = draw_active(space, rng);
		for (int c = 0; c < CONVS; c++)
			if (op->active & 1 << c)
				op->conv[c] = draw_conv(space, arch->axes, kernel_max, rng);
		block->op_count++;
	}
}

void arch_sample(struct arch *arch, const struct space *space, int axes, int kernel_max, struct rng *rng)
{
	assert(axes == 2 || axes == 3);
	memset(arch, 0, sizeof(*arch));
	arch->axes = axes;
	for (int b = 0; b < BLOCKS; b++)
		sample_block(arch, space, b, kernel_max, rng);
}
