/* text.h -- the bank view: rows are ops in order, columns are banks. The screen draws from the parts, `smashtop show` prints all. */
#ifndef TEXT_H
#define TEXT_H

#include "src/arch/arch.h"

/* What an op does with a bank; the values are what is drawn. */
enum arch_cell {
	CELL_BLANK = ' ',                /* the bank does not exist yet after this op */
	CELL_EXISTS = '.',
	CELL_READ = 'r', CELL_WRITE = 'w', CELL_BOTH = 'b'
};

enum arch_cell arch_cell(const struct space *, const struct arch *, int block, int op, int bank);

/* "3x3 d2x1 g4" */
void conv_text(const struct arch *, const struct arch_conv *, char *text, size_t size);

/* "28x28": a block's resolution. */
void block_side_text(const struct space *, const struct arch *, const struct arch_input *, int block, char *text, size_t size);

/* The whole view, lines ending in '\n'. `input` may be NULL: without resolutions. The caller frees; NULL when out of memory. */
char *arch_text(const struct space *, const struct arch *, const struct arch_input *);

#endif
