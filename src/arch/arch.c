/* arch.c -- what follows from an architecture alone: geometry, equality, id. */
#include "src/arch/arch.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/hash.h"

#define CONV(number) (1u << ((number) - 1))

const uint8_t arch_active_sets[ACTIVE_SETS] = {
	CONV(1), CONV(1) | CONV(3), CONV(1) | CONV(2), CONV(1) | CONV(2) | CONV(3), CONV(1) | CONV(2) | CONV(3) | CONV(4),
};
const double arch_active_weights[ACTIVE_SETS] = { 0.05, 0.10, 0.15, 0.25, 0.45 };

static int min(int a, int b)
{
	return a < b ? a : b;
}

int block_input_banks(const struct space *space, const struct arch *arch, int block)
{
	return space->block_input[block] / arch->block[block].bank_size;
}

int block_banks(const struct space *space, const struct arch *arch, int block, int before_op)
{
	int written = block_input_banks(space, arch, block);

	for (int i = 0; i < before_op; i++) {
		int end = bits_end(arch->block[block].op[i].writes);

		written = end > written ? end : written;
	}
	return written;
}

int op_n_in(const struct arch *arch, int block, int op)
{
	return bits_count(arch->block[block].op[op].reads) * arch->block[block].bank_size;
}

int space_n_mid(const struct space *space, int n_in, int units)
{
	int widening = n_in / units;

	if (space->bottleneck == BOTTLENECK_V2)
		widening = 2;
	else
		widening = widening < 1 ? 1 : min(widening, 4);
	return min(min(units * widening, n_in), space->units_max);
}

int op_n_mid(const struct space *space, const struct arch *arch, int block, int op)
{
	return space_n_mid(space, op_n_in(arch, block, op), arch->block[block].op[op].units);
}

int op_conv_in(const struct space *space, const struct arch *arch, int block, int op, int conv)
{
	return conv % 2 == 0 ? op_n_mid(space, arch, block, op) : arch->block[block].op[op].units;
}

int op_slices(const struct space *space, const struct arch *arch, int block, int op)
{
	int slice = space->depth_compression * space->bank_unit;

	return (op_n_in(arch, block, op) + slice - 1) / slice;
}

int op_first_slice(const struct space *space, const struct arch *arch, int block, int op)
{
	int slices = 0;

	for (int b = 0; b <= block; b++)
		for (int i = 0; i < (b < block ? arch->block[b].op_count : op); i++)
			slices += op_slices(space, arch, b, i);
	return slices;
}

int arch_slices(const struct space *space, const struct arch *arch)
{
	return op_first_slice(space, arch, BLOCKS - 1, arch->block[BLOCKS - 1].op_count);
}

int arch_op_count(const struct arch *arch)
{
	int count = 0;

	for (int b = 0; b < BLOCKS; b++)
		count += arch->block[b].op_count;
	return count;
}

/* Inactive convolutions, unused axes and ops beyond op_count say nothing: neither equality nor the id sees them. */
static int conv_equal(const struct arch_conv *a, const struct arch_conv *b, int axes)
{
	return a->groups == b->groups && !memcmp(a->kernel, b->kernel, axes) && !memcmp(a->dilation, b->dilation, axes);
}

static int op_equal(const struct arch_op *a, const struct arch_op *b, int axes)
{
	if (a->reads != b->reads || a->writes != b->writes || a->units != b->units || a->active != b->active)
		return 0;
	for (int c = 0; c < CONVS; c++)
		if (a->active & 1 << c && !conv_equal(&a->conv[c], &b->conv[c], axes))
			return 0;
	return 1;
}

int arch_equal(const struct arch *a, const struct arch *b)
{
	if (a->axes != b->axes)
		return 0;
	for (int k = 0; k < BLOCKS; k++) {
		if (a->block[k].bank_size != b->block[k].bank_size || a->block[k].op_count != b->block[k].op_count)
			return 0;
		for (int i = 0; i < a->block[k].op_count; i++)
			if (!op_equal(&a->block[k].op[i], &b->block[k].op[i], a->axes))
				return 0;
	}
	return 1;
}

static void hash_op(uint64_t *hash, const struct arch_op *op, int axes)
{
	*hash = hash_number(*hash, op->reads);
	*hash = hash_number(*hash, op->writes);
	*hash = hash_number(*hash, op->units);
	*hash = hash_number(*hash, op->active);
	for (int c = 0; c < CONVS; c++) {
		if (!(op->active & 1 << c))
			continue;
		for (int a = 0; a < axes; a++)
			*hash = hash_number(*hash, op->conv[c].kernel[a]);
		for (int a = 0; a < axes; a++)
			*hash = hash_number(*hash, op->conv[c].dilation[a]);
		*hash = hash_number(*hash, op->conv[c].groups);
	}
}

void arch_id(const struct arch *arch, char id[ARCH_ID_LENGTH + 1])
{
	uint64_t hash = HASH_START;
	char digits[17];

	hash = hash_number(hash, arch->axes);
	for (int b = 0; b < BLOCKS; b++) {
		hash = hash_number(hash, arch->block[b].bank_size);
		hash = hash_number(hash, arch->block[b].op_count);
		for (int i = 0; i < arch->block[b].op_count; i++)
			hash_op(&hash, &arch->block[b].op[i], arch->axes);
	}
	snprintf(digits, sizeof(digits), "%016" PRIx64, hash_mixed(hash));
	snprintf(id, ARCH_ID_LENGTH + 1, "%.*s", ARCH_ID_LENGTH, digits);
}
