/* text.c -- the bank view as text. */
#include "src/arch/text.h"

#include <stdio.h>
#include <stdlib.h>

enum arch_cell arch_cell(const struct space *space, const struct arch *arch, int block, int op, int bank)
{
	const struct arch_op *o = &arch->block[block].op[op];
	int reads = o->reads >> bank & 1, writes = o->writes >> bank & 1;

	if (reads || writes)
		return reads && writes ? CELL_BOTH : reads ? CELL_READ : CELL_WRITE;
	return bank < block_banks(space, arch, block, op + 1) ? CELL_EXISTS : CELL_BLANK;
}

/* "3x5" */
static void sides_text(const uint8_t *sides, int axes, char *text, size_t size)
{
	int length = 0;

	for (int a = 0; a < axes && length < (int)size; a++)
		length += snprintf(text + length, size - length, "%s%d", a ? "x" : "", sides[a]);
}

void conv_text(const struct arch *arch, const struct arch_conv *conv, char *text, size_t size)
{
	char kernel[16], dilation[16];

	sides_text(conv->kernel, arch->axes, kernel, sizeof(kernel));
	sides_text(conv->dilation, arch->axes, dilation, sizeof(dilation));
	snprintf(text, size, "%s d%s g%d", kernel, dilation, conv->groups);
}

void block_side_text(const struct space *space, const struct arch *arch, const struct arch_input *input, int block, char *text, size_t size)
{
	int length = 0;

	for (int a = 0; a < arch->axes && length < (int)size; a++)
		length += snprintf(text + length, size - length, "%s%d", a ? "x" : "", block_side(space, input, block, a));
}

/* Columns: one digit a bank while all numbers have one, else two. */
static void print_heading(FILE *out, int banks, int width)
{
	fprintf(out, " op ");
	for (int k = 0; k < banks; k++)
		fprintf(out, "%*d", width, k);
	fprintf(out, " units convolutions (kernel dilation groups)\n");
}

static void print_op(FILE *out, const struct space *space, const struct arch *arch, int block, int op, int banks, int width)
{
	const struct arch_op *o = &arch->block[block].op[op];
	const char *gap = "";

	fprintf(out, "%3d ", op + 1);
	for (int k = 0; k < banks; k++)
		fprintf(out, "%*c", width, arch_cell(space, arch, block, op, k));
	fprintf(out, "%6d ", o->units);
	for (int c = 0; c < CONVS; c++) {
		char text[48];

		if (!(o->active & 1 << c))
			continue;
		conv_text(arch, &o->conv[c], text, sizeof(text));
		fprintf(out, "%s%d %s", gap, c + 1, text);
		gap = "   ";
	}
	fputc('\n', out);
}

char *arch_text(const struct space *space, const struct arch *arch, const struct arch_input *input)
{
	char *text = NULL;
	size_t size;
	FILE *out = open_memstream(&text, &size);
	int banks = 0;

	if (!out)
		return NULL;
	for (int b = 0; b < BLOCKS; b++) {
		int in_block = block_banks(space, arch, b, arch->block[b].op_count);

		banks = in_block > banks ? in_block : banks;
	}

	int width = banks > 10 ? 3 : 2;

	print_heading(out, banks, width);
	for (int b = 0; b < BLOCKS; b++) {
		char side[40] = "";

		if (input)
			block_side_text(space, arch, input, b, side, sizeof(side));
		fprintf(out, " block %d  %s%sbanks of %d channels\n", b + 1, side, *side ? "  " : "", arch->block[b].bank_size);
		for (int i = 0; i < arch->block[b].op_count; i++)
			print_op(out, space, arch, b, i, banks, width);
	}
	if (fclose(out) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
