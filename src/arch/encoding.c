/* encoding.c -- an architecture as the HyperNet sees it, and back (METHOD §4). */
#include "src/arch/encoding.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"

/* One op of an architecture. */
struct place {
	const struct arch *arch;
	int block, op;
};

/* Numbers of the bits of a mask in ascending order. Returns how many. */
static int bits_list(uint64_t mask, int list[BANKS_MAX])
{
	int count = 0;

	for (; mask; mask &= mask - 1)
		list[count++] = bits_first(mask);
	return count;
}

static void set_banks(const struct layout_field *field, uint64_t banks, float *cell)
{
	for (int i = 0; i < field->count; i++)
		if (banks >> i & 1)
			cell[field->first + i] = 1;
}

/* The banks that slice `s` of an op carries: the reads stand one after the other, D N channels are a slice. Beyond the last (only a false
 * encoding has slices there) they begin again. */
static uint64_t slice_banks(const struct layout *layout, const struct place *at, int s)
{
	int slice = layout->space.depth_compression * layout->space.bank_unit;
	int size = at->arch->block[at->block].bank_size;
	int list[BANKS_MAX], count = bits_list(at->arch->block[at->block].op[at->op].reads, list);
	int last = ((s + 1) * slice - 1) / size;
	uint64_t banks = 0;

	for (int i = s * slice / size; i <= last; i++)
		banks |= bit(list[i % count]);
	return banks;
}

/* The value of a one-hot field of an op; 0: nothing is set. */
static int op_value(const struct place *at, const struct layout_field *field)
{
	const struct arch_op *op = &at->arch->block[at->block].op[at->op];
	const struct arch_conv *conv = field->conv < 0 ? NULL : &op->conv[field->conv];

	if (conv && !(op->active & 1 << field->conv))
		return 0;
	switch (field->kind) {
	case LAYOUT_UNITS:    return op->units;
	case LAYOUT_ACTIVE:   return 1;
	case LAYOUT_KERNEL:   return conv->kernel[field->axis];
	case LAYOUT_DILATION: return conv->dilation[field->axis];
	case LAYOUT_GROUPS:   return conv->groups;
	default:              return 0;
	}
}

/* Everything of an op but the banks of its slices. */
static void encode_op(const struct layout *layout, const struct place *at, float *cell)
{
	const struct arch_op *op = &at->arch->block[at->block].op[at->op];

	for (int f = 0; f < layout->field_count; f++) {
		const struct layout_field *field = &layout->field[f];
		int value;

		switch (field->kind) {
		case LAYOUT_SLICE_BANKS:
			break;
		case LAYOUT_READS:
			set_banks(field, op->reads, cell);
			break;
		case LAYOUT_WRITES:
			set_banks(field, op->writes, cell);
			break;
		case LAYOUT_BLOCK:
			cell[field->first + at->block] = 1;
			break;
		default:
			value = op_value(at, field);
			if (value)
				cell[layout_channel(layout, field, value)] = 1;
		}
	}
}

int encoding_slices(const struct layout *layout, const struct arch *arch)
{
	return (arch_slices(&layout->space, arch) + SLICE_QUANTUM - 1) / SLICE_QUANTUM * SLICE_QUANTUM;
}

/* The budget of a block bounds the sum of n_in over its ops, and n_in is whole slices. */
size_t encoding_room(const struct layout *layout)
{
	const struct space *space = &layout->space;
	int slices = 0, width = space->depth_compression * space->bank_unit;

	for (int b = 0; b < BLOCKS; b++)
		slices += space->block_budget[b] / width;
	slices = (slices + SLICE_QUANTUM - 1) / SLICE_QUANTUM * SLICE_QUANTUM;
	return (size_t)layout->rows * slices * layout->channels;
}

void encode_as(const struct layout *layout, const struct arch *truth, const struct arch *told, float *c)
{
	const struct layout_field *carried = layout_find(layout, LAYOUT_SLICE_BANKS, -1, -1);
	int channels = layout->channels, slices = encoding_slices(layout, truth), first = 0;
	size_t row_size = (size_t)slices * channels;

	assert(truth->axes == layout->axes);
	for (size_t i = 0; i < layout->rows * row_size; i++)
		c[i] = layout->space.background;
	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i < truth->block[b].op_count; i++) {
			struct place at = { told, b, i };
			int count = op_slices(&layout->space, truth, b, i);
			int rows = op_n_mid(&layout->space, truth, b, i) / layout->space.bank_unit;
			float *start = c + (size_t)first * channels;

			for (int s = 0; s < count; s++) {
				encode_op(layout, &at, start + (size_t)s * channels);
				set_banks(carried, slice_banks(layout, &at, s), start + (size_t)s * channels);
			}
			for (int r = 1; r < rows; r++)               /* all rows below n_mid / N say the same */
				memcpy(start + r * row_size, start, (size_t)count * channels * sizeof(*c));
			first += count;
		}
}

void encode(const struct layout *layout, const struct arch *arch, float *c)
{
	encode_as(layout, arch, arch, c);
}

/* An encoding being read: `slice` is where. */
struct decoder {
	const struct layout *layout;
	const float *c;
	int slices, slice;
	const struct layout_field *carried, *reads;
};

static const float *cell_at(const struct decoder *d, int row, int slice)
{
	return d->c + ((size_t)row * d->slices + slice) * d->layout->channels;
}

static uint64_t banks_at(const struct decoder *d, const struct layout_field *field, int slice)
{
	const float *cell = cell_at(d, 0, slice);
	uint64_t banks = 0;

	for (int i = 0; i < field->count; i++)
		if (cell[field->first + i] == 1)
			banks |= bit(i);
	return banks;
}

/* The value of the one channel of a field that is set. 0: none is; -1 with err_last(): several are. */
static int value_at(const struct decoder *d, const struct layout_field *field)
{
	const float *cell = cell_at(d, 0, d->slice);
	int channel = -1;

	for (int i = field->first; i < field->first + field->count; i++) {
		if (cell[i] != 1)
			continue;
		if (channel >= 0)
			return err_set("slice %d %s: several values are set", d->slice, field->name);
		channel = i;
	}
	return channel < 0 ? 0 : layout_value(d->layout, field, channel);
}

static int decode_value(const struct decoder *d, const struct layout_field *field, struct arch_op *op)
{
	int value = value_at(d, field);

	if (value < 0)
		return -1;
	if (field->kind == LAYOUT_UNITS) {
		op->units = value;
		return 0;
	}
	struct arch_conv *conv = &op->conv[field->conv];

	if (field->kind == LAYOUT_ACTIVE)
		op->active |= value << field->conv;
	else if (field->kind == LAYOUT_KERNEL)
		conv->kernel[field->axis] = value;
	else if (field->kind == LAYOUT_DILATION)
		conv->dilation[field->axis] = value;
	else
		conv->groups = value;
	return 0;
}

/* How many slices the op takes that begins here. One that reads one bank has as many rows as the bank has units. One that reads
 * several ends where the highest has been carried and the lowest comes again, or where another op's reads begin. */
static int decode_length(const struct decoder *d, uint64_t reads)
{
	int depth = d->layout->space.depth_compression, rows = 0, end = d->slice + 1;
	uint64_t lowest = reads & -reads, highest = bit(bits_end(reads) - 1);

	while (rows < d->layout->rows && cell_at(d, rows, d->slice)[d->reads->first + bits_first(reads)] == 1)
		rows++;
	if (bits_count(reads) == 1)
		return rows % depth ? err_set("slice %d reads: %d rows of one bank are no multiple of D = %d", d->slice, rows, depth)
			: rows / depth;
	while (end < d->slices && banks_at(d, d->reads, end) == reads
		&& !(banks_at(d, d->carried, end - 1) & highest && banks_at(d, d->carried, end) & lowest))
		end++;
	return end - d->slice;
}

static int decode_op(struct decoder *d, struct arch *arch)
{
	int block_channel = layout_find(d->layout, LAYOUT_BLOCK, -1, -1)->first;
	const float *cell = cell_at(d, 0, d->slice);
	int block = 0;

	while (block < BLOCKS && cell[block_channel + block] != 1)
		block++;
	if (block == BLOCKS)
		return err_set("slice %d block: none is set", d->slice);
	if (arch->block[block].op_count == OPS_MAX)
		return err_set("slice %d block: more than %d ops in block %d", d->slice, OPS_MAX, block + 1);

	struct arch_op *op = &arch->block[block].op[arch->block[block].op_count];

	op->reads = banks_at(d, d->reads, d->slice);
	op->writes = banks_at(d, layout_find(d->layout, LAYOUT_WRITES, -1, -1), d->slice);
	if (!op->reads)
		return err_set("slice %d reads: none is set", d->slice);
	for (int f = 0; f < d->layout->field_count; f++)
		if (d->layout->field[f].kind >= LAYOUT_UNITS && decode_value(d, &d->layout->field[f], op) < 0)
			return -1;

	int length = decode_length(d, op->reads);

	if (length < 0)
		return -1;
	if (arch->block[block].op_count++ == 0)
		arch->block[block].bank_size = length * d->layout->space.depth_compression * d->layout->space.bank_unit
			/ bits_count(op->reads);
	d->slice += length;
	return 0;
}

static bool slice_is_background(const struct decoder *d, int slice)
{
	const float *cell = cell_at(d, 0, slice);

	for (int i = 0; i < d->layout->channels; i++)
		if (cell[i] != d->layout->space.background)
			return false;
	return true;
}

/* Whatever was decoded, encoding it must give the same numbers everywhere. 0, or -1 naming the first difference. */
static int compare(const struct decoder *d, const struct arch *arch)
{
	const struct layout *layout = d->layout;
	size_t count = (size_t)layout->rows * d->slices * layout->channels, i = 0;
	float *again;

	if (encoding_slices(layout, arch) != d->slices)
		return err_set("encoding: %d slices, but the ops in it take %d", d->slices, encoding_slices(layout, arch));
	again = malloc(count * sizeof(*again));
	if (!again)
		return err_set("encoding: out of memory");
	encode(layout, arch, again);
	while (i < count && again[i] == d->c[i])
		i++;
	free(again);
	if (i == count)
		return 0;
	for (int f = 0; f < layout->field_count; f++) {
		int channel = (int)(i % layout->channels) - layout->field[f].first;

		if (channel >= 0 && channel < layout->field[f].count)
			return err_set("slice %d %s: row %d, value %d is not what the rest says", (int)(i / layout->channels % d->slices),
				layout->field[f].name, (int)(i / layout->channels / d->slices), channel);
	}
	return err_set("encoding: not what its parts say");
}

int decode(const struct layout *layout, const float *c, int slices, struct arch *arch)
{
	struct arch read;
	struct decoder d = {
		.layout = layout, .c = c, .slices = slices,
		.carried = layout_find(layout, LAYOUT_SLICE_BANKS, -1, -1), .reads = layout_find(layout, LAYOUT_READS, -1, -1),
	};

	memset(&read, 0, sizeof(read));
	read.axes = layout->axes;
	while (d.slice < slices && !slice_is_background(&d, d.slice))
		if (decode_op(&d, &read) < 0)
			return -1;
	if (arch_validate(&layout->space, &read, NULL) < 0)
		return err_prefix("encoding");
	if (compare(&d, &read) < 0)
		return -1;
	*arch = read;
	return 0;
}
