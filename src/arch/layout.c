/* layout.c -- which channels of the encoding mean what (METHOD §4). */
#include "src/arch/encoding.h"

#include <stdarg.h>
#include <stdio.h>

#include "src/base/err.h"

static int add(struct layout *, enum layout_kind, int conv, int axis, int count, const char *format, ...)
	__attribute__((format(printf, 6, 7)));

/* Appends a field of `count` channels. 0, or -1 with err_last(). */
static int add(struct layout *layout, enum layout_kind kind, int conv, int axis, int count, const char *format, ...)
{
	va_list args;

	if (layout->field_count == LAYOUT_FIELDS_MAX)
		return err_set("encoding: more than %d fields", LAYOUT_FIELDS_MAX);

	struct layout_field *field = &layout->field[layout->field_count++];

	*field = (struct layout_field){ .kind = kind, .conv = conv, .axis = axis, .first = layout->channels, .count = count };
	va_start(args, format);
	vsnprintf(field->name, sizeof(field->name), format, args);
	va_end(args);
	layout->channels += count;
	return 0;
}

static int add_conv(struct layout *layout, int conv)
{
	const struct space *space = &layout->space;
	const char *axis_name = layout->axes == 3 ? "dhw" : "hw";
	int divisors = 0;

	if (add(layout, LAYOUT_ACTIVE, conv, -1, 1, "conv %d active", conv + 1) < 0)
		return -1;
	for (int a = 0; a < layout->axes; a++)
		if (add(layout, LAYOUT_KERNEL, conv, a, (space->kernel_max - 1) / 2, "conv %d kernel %c", conv + 1, axis_name[a]) < 0)
			return -1;
	for (int a = 0; a < layout->axes; a++)
		if (add(layout, LAYOUT_DILATION, conv, a, space->dilation_max, "conv %d dilation %c", conv + 1, axis_name[a]) < 0)
			return -1;
	for (int g = 1; g <= space->bank_unit; g++)
		divisors += space->bank_unit % g == 0;
	return add(layout, LAYOUT_GROUPS, conv, -1, space->groups_vary ? divisors : 1, "conv %d groups", conv + 1);
}

int layout_init(struct layout *layout, const struct space *space, int axes)
{
	int banks = 0;

	*layout = (struct layout){ .space = *space, .axes = axes, .rows = space->units_max / space->bank_unit };
	for (int b = 0; b < BLOCKS; b++)
		if (space->block_channels[b] / space->bank_unit > banks)
			banks = space->block_channels[b] / space->bank_unit;
	if (add(layout, LAYOUT_SLICE_BANKS, -1, -1, banks, "banks of the slice") < 0
		|| add(layout, LAYOUT_READS, -1, -1, banks, "reads") < 0 || add(layout, LAYOUT_WRITES, -1, -1, banks, "writes") < 0
		|| add(layout, LAYOUT_BLOCK, -1, -1, BLOCKS, "block") < 0 || add(layout, LAYOUT_UNITS, -1, -1, layout->rows, "units") < 0)
		return -1;
	for (int c = 0; c < space->arrangement; c++)
		if (add_conv(layout, c) < 0)
			return -1;
	return 0;
}

const struct layout_field *layout_find(const struct layout *layout, enum layout_kind kind, int conv, int axis)
{
	for (int f = 0; f < layout->field_count; f++) {
		const struct layout_field *field = &layout->field[f];

		if (field->kind == kind && field->conv == conv && field->axis == axis)
			return field;
	}
	return NULL;
}

/* The group counts are N's divisors in ascending order: place of one, and one at a place (0: beyond the last). */
static int divisor_place(int n, int divisor)
{
	int place = 0;

	for (int g = 1; g < divisor; g++)
		place += n % g == 0;
	return place;
}

static int divisor_at(int n, int place)
{
	for (int g = 1; g <= n; g++)
		if (n % g == 0 && place-- == 0)
			return g;
	return 0;
}

int layout_channel(const struct layout *layout, const struct layout_field *field, int value)
{
	int n = layout->space.bank_unit;

	switch (field->kind) {
	case LAYOUT_SLICE_BANKS:
	case LAYOUT_READS:
	case LAYOUT_WRITES:
	case LAYOUT_BLOCK:
		return field->first + value;
	case LAYOUT_UNITS:
		return field->first + value / n - 1;
	case LAYOUT_ACTIVE:
		return field->first;
	case LAYOUT_KERNEL:
		return field->first + (value - 3) / 2;
	case LAYOUT_DILATION:
		return field->first + value - 1;
	case LAYOUT_GROUPS:
		return field->first + divisor_place(n, value);
	}
	return -1;
}

int layout_value(const struct layout *layout, const struct layout_field *field, int channel)
{
	int n = layout->space.bank_unit, place = channel - field->first;

	switch (field->kind) {
	case LAYOUT_SLICE_BANKS:
	case LAYOUT_READS:
	case LAYOUT_WRITES:
	case LAYOUT_BLOCK:
		return place;
	case LAYOUT_UNITS:
		return (place + 1) * n;
	case LAYOUT_ACTIVE:
		return 1;
	case LAYOUT_KERNEL:
		return 3 + 2 * place;
	case LAYOUT_DILATION:
		return 1 + place;
	case LAYOUT_GROUPS:
		return divisor_at(n, place);
	}
	return -1;
}
