/*
 * corrupt.c -- encodings that lie (METHOD §8). A lie about a field is an architecture that differs from the true one in this field alone and
 * need not be valid; its values are written on the true geometry.
 */
#include "src/arch/corrupt.h"

#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/draw.h"

const char *const corrupt_field_names[CORRUPT_FIELDS] = {
	[CORRUPT_DILATION] = "dilation", [CORRUPT_KERNEL] = "kernel", [CORRUPT_GROUPS] = "groups", [CORRUPT_UNITS] = "units",
	[CORRUPT_ACTIVE] = "active", [CORRUPT_READS] = "reads", [CORRUPT_WRITES] = "writes", [CORRUPT_OTHER] = "other",
	[CORRUPT_RANDOM] = "random", [CORRUPT_EMPTY] = "empty",
};

const char *const corrupt_how_names[CORRUPT_HOWS] = {
	[CORRUPT_WITHIN] = "within", [CORRUPT_ACROSS] = "across", [CORRUPT_FIXED] = "fixed",
};

bool corrupt_applies(const struct space *space, enum corrupt_field field)
{
	switch (field) {
	case CORRUPT_DILATION: return space->dilation_max > 1;
	case CORRUPT_KERNEL:   return space->kernel_max > 3;
	case CORRUPT_GROUPS:   return space->groups_vary;
	case CORRUPT_UNITS:    return space->units_max > space->bank_unit;
	case CORRUPT_ACTIVE:   return space->arrangement > 1;
	default:               return true;
	}
}

/* An op and what is true about it. */
struct subject {
	const struct space *space;
	const struct arch *arch;
	int block, op;
	int written, banks_max;          /* banks before it; most of the block */
};

static struct subject subject_at(const struct space *space, const struct arch *arch, int block, int op)
{
	return (struct subject){
		.space = space, .arch = arch, .block = block, .op = op, .written = block_banks(space, arch, block, op),
		.banks_max = space->block_channels[block] / arch->block[block].bank_size,
	};
}

/* ---- within: another valid value of the op, where there is one ---- */

enum { VALUES_MAX = 256 };

/* One of the values first, first + step … last that `valid` (may be NULL) lets through and that is not the truth; the truth where none is. */
static int another(int truth, int first, int last, int step, bool (*valid)(int value, int parameter, const struct space *), int parameter,
	const struct space *space, struct rng *rng)
{
	int list[VALUES_MAX], count = 0;

	for (int v = first; v <= last && count < VALUES_MAX; v += step)
		if (v != truth && (!valid || valid(v, parameter, space)))
			list[count++] = v;
	return count ? list[rng_below(rng, count)] : truth;
}

static bool dilation_fits(int dilation, int kernel, const struct space *space)
{
	return (kernel - 1) * dilation + 1 <= space->extent_max;
}

static bool kernel_fits(int kernel, int dilation, const struct space *space)
{
	return dilation_fits(dilation, kernel, space);
}

static bool divides_unit(int groups, int unused, const struct space *space)
{
	(void)unused;
	return space->bank_unit % groups == 0;
}

/* Where an op is one convolution, kernel and dilation are the same on all axes. */
static void copy_first_axis(const struct space *space, uint8_t *values, int axes)
{
	for (int a = 1; a < axes && space->arrangement == 1; a++)
		values[a] = values[0];
}

static void conv_within(const struct subject *s, struct arch_conv *conv, enum corrupt_field field, struct rng *rng)
{
	const struct space *space = s->space;
	int axes = s->arch->axes;

	for (int a = 0; a < axes; a++) {
		if (field == CORRUPT_DILATION)
			conv->dilation[a] = another(conv->dilation[a], 1, space->dilation_max, 1, dilation_fits, conv->kernel[a], space, rng);
		if (field == CORRUPT_KERNEL)
			conv->kernel[a] = another(conv->kernel[a], 3, space->kernel_max, 2, kernel_fits, conv->dilation[a], space, rng);
	}
	copy_first_axis(space, conv->dilation, axes);
	copy_first_axis(space, conv->kernel, axes);
	if (field == CORRUPT_GROUPS)
		conv->groups = another(conv->groups, 1, space->bank_unit, 1, divides_unit, 0, space, rng);
}

/* Convolutions that the lie makes active get random fields, those that it leaves out lose theirs. */
static void set_active(const struct subject *s, struct arch_op *op, uint8_t active, struct rng *rng)
{
	for (int c = 0; c < CONVS; c++) {
		bool was = op->active & 1 << c, is = active & 1 << c;

		if (is && !was)
			op->conv[c] = draw_conv(s->space, s->arch->axes, 0, rng);
		if (!is)
			op->conv[c] = (struct arch_conv){ 0 };
	}
	op->active = active;
}

static uint8_t other_active(uint8_t truth, struct rng *rng)
{
	uint8_t list[ACTIVE_SETS];
	int count = 0;

	for (int i = 0; i < ACTIVE_SETS; i++)
		if (arch_active_sets[i] != truth)
			list[count++] = arch_active_sets[i];
	return list[rng_below(rng, count)];
}

enum { TRIES = 32 };

/* As many banks as the truth, other ones. */
static uint64_t other_reads(const struct subject *s, uint64_t truth, struct rng *rng)
{
	uint64_t reads = truth;

	for (int i = 0; i < TRIES && reads == truth; i++)
		reads = draw_banks(s->written, bits_count(truth), rng);
	return reads;
}

static uint64_t other_writes(const struct subject *s, const struct arch_op *op, struct rng *rng)
{
	uint64_t writes = op->writes;

	for (int i = 0; i < TRIES && writes == op->writes; i++)
		writes = draw_writes(op->units, s->arch->block[s->block].bank_size, s->written, s->banks_max, rng);
	return writes;
}

static void op_within(const struct subject *s, struct arch_op *op, enum corrupt_field field, struct rng *rng)
{
	int size = s->arch->block[s->block].bank_size, most = s->space->units_max < s->banks_max * size ? s->space->units_max : s->banks_max * size;

	switch (field) {
	case CORRUPT_UNITS:  op->units = another(op->units, size, most, size, NULL, 0, s->space, rng); break;
	case CORRUPT_ACTIVE: set_active(s, op, other_active(op->active, rng), rng); break;
	case CORRUPT_READS:  op->reads = other_reads(s, op->reads, rng); break;
	case CORRUPT_WRITES: op->writes = other_writes(s, op, rng); break;
	default:
		for (int c = 0; c < CONVS; c++)
			if (op->active & 1 << c)
				conv_within(s, &op->conv[c], field, rng);
	}
}

/* Every field drawn anew by the sampler's rules; reads keep their number, which is geometry. */
static void op_random(const struct subject *s, struct arch_op *op, struct rng *rng)
{
	int size = s->arch->block[s->block].bank_size;

	op->reads = draw_banks(s->written, bits_count(op->reads), rng);
	op->units = draw_units(s->space, size, s->banks_max, bits_count(op->reads) * size, rng);
	op->writes = draw_writes(op->units, size, s->written, s->banks_max, rng);
	op->active = draw_active(s->space, rng);
	for (int c = 0; c < CONVS; c++)
		op->conv[c] = op->active & 1 << c ? draw_conv(s->space, s->arch->axes, 0, rng) : (struct arch_conv){ 0 };
}

/* ---- across and fixed: the field as another op has it ---- */

/* The active set goes with the fields of the convolutions that it makes active. */
static void take_active(struct arch_op *op, const struct arch_op *from)
{
	for (int c = 0; c < CONVS; c++) {
		bool was = op->active & 1 << c, is = from->active & 1 << c;

		if (is && !was)
			op->conv[c] = from->conv[c];
		if (!is)
			op->conv[c] = (struct arch_conv){ 0 };
	}
	op->active = from->active;
}

static void take(struct arch_op *op, const struct arch_op *from, enum corrupt_field field)
{
	for (int c = 0; c < CONVS; c++) {
		if (!(op->active & from->active & 1 << c))
			continue;
		if (field == CORRUPT_DILATION)
			memcpy(op->conv[c].dilation, from->conv[c].dilation, sizeof(op->conv[c].dilation));
		if (field == CORRUPT_KERNEL)
			memcpy(op->conv[c].kernel, from->conv[c].kernel, sizeof(op->conv[c].kernel));
		if (field == CORRUPT_GROUPS)
			op->conv[c].groups = from->conv[c].groups;
	}
	switch (field) {
	case CORRUPT_UNITS:  op->units = from->units; break;
	case CORRUPT_ACTIVE: take_active(op, from); break;
	case CORRUPT_READS:  op->reads = from->reads; break;
	case CORRUPT_WRITES: op->writes = from->writes; break;
	default: break;
	}
}

static void block_across(const struct arch_block *truth, struct arch_block *lie, enum corrupt_field field, struct rng *rng)
{
	int order[OPS_MAX];

	for (int i = 0; i < truth->op_count; i++)
		order[i] = i;
	rng_shuffle(rng, order, truth->op_count);
	for (int i = 0; i < truth->op_count; i++)
		take(&lie->op[i], &truth->op[order[i]], field);
}

static bool field_equal(const struct arch_op *op, const struct arch_op *with, enum corrupt_field field)
{
	struct arch_op changed = *op;

	take(&changed, with, field);
	return memcmp(&changed, op, sizeof(changed)) == 0;
}

/* The op of the block whose value of the field is wrong for most of the others (the later of equals). */
static const struct arch_op *oddest(const struct arch_block *block, enum corrupt_field field)
{
	int odd = 0, most = -1;

	for (int i = 0; i < block->op_count; i++) {
		int wrong = 0;

		for (int k = 0; k < block->op_count; k++)
			wrong += !field_equal(&block->op[k], &block->op[i], field);
		if (wrong >= most) {
			most = wrong;
			odd = i;
		}
	}
	return &block->op[odd];
}

/* ---- a lie ---- */

static void tell(const struct space *space, const struct arch *truth, struct arch *lie, enum corrupt_field field, enum corrupt_how how,
	struct rng *rng)
{
	for (int b = 0; b < BLOCKS; b++) {
		const struct arch_block *block = &truth->block[b];

		if (field != CORRUPT_RANDOM && how == CORRUPT_ACROSS) {
			block_across(block, &lie->block[b], field, rng);
			continue;
		}
		for (int i = 0; i < block->op_count; i++) {
			struct subject s = subject_at(space, truth, b, i);

			if (field == CORRUPT_RANDOM)
				op_random(&s, &lie->block[b].op[i], rng);
			else if (how == CORRUPT_FIXED)
				take(&lie->block[b].op[i], oddest(block, field), field);
			else
				op_within(&s, &lie->block[b].op[i], field, rng);
		}
	}
}

/* Ops of another architecture take the place of the true ones: those of the same block, in order, repeated or cut. */
static void tell_other(const struct arch *other, struct arch *lie)
{
	for (int b = 0; b < BLOCKS; b++) {
		lie->block[b].bank_size = other->block[b].bank_size;
		for (int i = 0; i < lie->block[b].op_count; i++)
			lie->block[b].op[i] = other->block[b].op[i % other->block[b].op_count];
	}
}

bool corrupt_encode(const struct layout *layout, const struct arch *truth, enum corrupt_field field, enum corrupt_how how,
	const struct arch *other, struct rng *rng, float *c)
{
	struct arch lie = *truth;
	size_t count = (size_t)layout->rows * encoding_slices(layout, truth) * layout->channels;

	if (field == CORRUPT_EMPTY) {
		for (size_t i = 0; i < count; i++)
			c[i] = layout->space.background;
		return true;
	}
	if (field == CORRUPT_OTHER)
		tell_other(other, &lie);
	else
		tell(&layout->space, truth, &lie, field, how, rng);
	encode_as(layout, truth, &lie, c);
	return !arch_equal(truth, &lie);
}
