/*
 * encoding.h -- the tensor c [1, H, L, C] that tells the HyperNet an architecture (METHOD §4), and the one layout object that
 * names its channels. Nobody else knows an offset.
 *
 * H = N_max / N rows (output units), L slices (one per D N input channels of a 1x1 weight, ops in order, blocks in order). L is
 * padded with background to a multiple of SLICE_QUANTUM, so that the HyperNet meets few shapes.
 */
#ifndef ENCODING_H
#define ENCODING_H

#include "src/arch/arch.h"

enum { SLICE_QUANTUM = 16, LAYOUT_FIELDS_MAX = 64 };

enum layout_kind {
	LAYOUT_SLICE_BANKS,              /* banks this slice carries */
	LAYOUT_READS, LAYOUT_WRITES,     /* banks the op reads, writes */
	LAYOUT_BLOCK, LAYOUT_UNITS,
	LAYOUT_ACTIVE, LAYOUT_KERNEL, LAYOUT_DILATION, LAYOUT_GROUPS    /* per convolution; kernel and dilation per axis */
};

/* One group of channels: a one-hot (or, for banks, several-hot) field. */
struct layout_field {
	enum layout_kind kind;
	int conv, axis;                  /* -1 where they do not apply */
	int first, count;                /* channels */
	char name[32];                   /* "reads", "conv 2 kernel w" */
};

struct layout {
	struct space space;
	int axes;
	int rows;                        /* H */
	int channels;                    /* C, without noise */
	int field_count;
	struct layout_field field[LAYOUT_FIELDS_MAX];
};

/* 0, or -1 with err_last() (more fields than fit). */
int layout_init(struct layout *, const struct space *, int axes);

/* The field of that kind, of a convolution and an axis (-1 where they do not apply); NULL where the space has none. */
const struct layout_field *layout_find(const struct layout *, enum layout_kind, int conv, int axis);

/* The channel that says `value` (a bank or block from 0, units, a kernel, dilation or number of groups as it is), and back. */
int layout_channel(const struct layout *, const struct layout_field *, int value);
int layout_value(const struct layout *, const struct layout_field *, int channel);

int encoding_slices(const struct layout *, const struct arch *);        /* L, padded */

/* Floats of the longest encoding that an architecture of the space can have. */
size_t encoding_room(const struct layout *);

/* Writes [1, H, encoding_slices, C] host floats: background, and +1 where set. */
void encode(const struct layout *, const struct arch *, float *c);

/* The geometry of one architecture (slices, rows) with the values of another that has as many ops in each block, valid or not. */
void encode_as(const struct layout *, const struct arch *geometry, const struct arch *values, float *c);

/* The architecture whose encoding c is; the exact inverse of encode on its image. 0, or -1 naming slice and field. */
int decode(const struct layout *, const float *c, int slices, struct arch *);

#endif
