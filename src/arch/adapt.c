/* adapt.c -- an architecture as other data and other questions want it. */
#include "src/arch/adapt.h"

#include <string.h>

enum { IMAGE_AXES = 2, VOLUME_AXES = 3 };

/* (h, w) to (h, h, w), or (d, h, w) to (h, w). */
static void set_sides(uint8_t sides[ARCH_AXES], int axes)
{
	if (axes == VOLUME_AXES) {
		memmove(sides + 1, sides, IMAGE_AXES);
	} else {
		memmove(sides, sides + 1, IMAGE_AXES);
		sides[IMAGE_AXES] = 0;
	}
}

void arch_set_axes(struct arch *arch, int axes)
{
	if (arch->axes == axes)
		return;
	arch->axes = (uint8_t)axes;
	for (int b = 0; b < BLOCKS; b++) {
		for (int o = 0; o < arch->block[b].op_count; o++) {
			for (int c = 0; c < CONVS; c++) {
				set_sides(arch->block[b].op[o].conv[c].kernel, axes);
				set_sides(arch->block[b].op[o].conv[c].dilation, axes);
			}
		}
	}
}

struct arch_conv arch_plain_conv(int axes)
{
	struct arch_conv conv = { .groups = 1 };

	for (int a = 0; a < axes; a++) {
		conv.kernel[a] = 3;
		conv.dilation[a] = 1;
	}
	return conv;
}

void arch_make_plain(struct arch *arch)
{
	for (int b = 0; b < BLOCKS; b++) {
		for (int o = 0; o < arch->block[b].op_count; o++) {
			struct arch_op *op = &arch->block[b].op[o];

			memset(op->conv, 0, sizeof op->conv);
			op->conv[0] = arch_plain_conv(arch->axes);
			op->active = 1;
		}
	}
}
