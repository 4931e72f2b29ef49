/*
 * cpu_direct.h -- the geometry that the direct convolutions share: roles of the operands, tasks, packed pixels, lanes.
 *
 * Two-dimensional images are volumes of depth 1. The operands are named by their role: `in` is x, or dy when dx is computed; `out` the
 * other. Groups stand in blocks of 2^groups_log2 that lie side by side in a vector.
 *
 * A task's pixels are first copied into a buffer of the thread, with the channels of a group block as [channel][group], in one of
 * two ways:
 *   rows    a band of one image with its columns padded; a tile of registers is a strip of pixels of an output row
 *   images  several whole images; a tile is the same pixel of several images. Nothing is padded and no product with the
 *           padding is computed, which is a third of them and more where an image has 4 to 8 columns.
 */
#ifndef CPU_DIRECT_H
#define CPU_DIRECT_H

#include "kernels/cpu.h"

enum {
	ROWS_MAX = 128,                  /* kernel rows (kd * kh) */
	TILE_BYTES = 512 << 10,          /* of a packed task: half of a usual second-level cache */
	ALIGN_FLOATS = 16
};

struct extent {
	int d, h, w;
};

struct direct {
	int n;
	struct extent in, out, kernel, stride, dilation, pad;
	int groups_log2, blocks;         /* groups = blocks << groups_log2 */
	int in_channels, out_channels;   /* of one group */
	int rows, taps;                  /* of the kernel: kd kh, kd kh kw */
	bool across;                     /* packed as images, not as rows */
	bool pack;                       /* whether pixels are copied at all */
	int columns;                     /* of a packed row */
	int bands, images;               /* a task is one band of an image, or `images` whole images */
	int tasks;
	size_t image_floats, tile_floats;   /* of a packed band or image, of a packed task */
	struct permutation order;        /* of a pixel's channels, where there are groups */
};

/* Input rows [begin, end) that output rows [out_begin, out_end) see, along the depth or, where that is 1, the height. */
struct band {
	struct extent begin, end;        /* w unused */
	int out_begin, out_end;
};

/* The shape as the forward pass sees it; the caller may then exchange the roles. */
struct direct direct_of(const struct cpu *, const struct conv *);
/* Settles what follows from the roles, for work in `parts` parts. `channels_across`: the fewest input channels of a group for packing
 * by images; a task has at most images_rows whole images when packed as rows, images_across as images. */
void direct_settle(struct direct *, int parts, int channels_across, int images_rows, int images_across);
/* Parts that the work is worth. */
int direct_threads(const struct cpu *, const struct direct *);

/* Floats of index memory; fills it and sets order.index where there are groups. */
size_t direct_order_ints(const struct direct *);
void direct_order(struct direct *, int32_t *index);

struct band direct_band(const struct direct *, int index);
/* Images of task `task`: [*first, return). */
int direct_images(const struct direct *, int task, int *first);
/* Packs the task into tile, or returns the pixels as they are where nothing is packed (and the band is then the whole image). */
const float *direct_pack(const struct direct *, const struct simd *, float *tile, const float *x, int task, struct band *);

static inline size_t in_pixel(const struct direct *s)
{
	return (size_t)(s->blocks << s->groups_log2) * (size_t)s->in_channels;
}

static inline size_t out_pixel(const struct direct *s)
{
	return (size_t)(s->blocks << s->groups_log2) * (size_t)s->out_channels;
}

/* Taps [begin, end) of a kernel axis that see the image from output position `at`. */
struct span {
	int begin, end;
};

static inline struct span direct_span(int at, int kernel, int stride, int dilation, int pad, int extent)
{
	struct span s = { 0, kernel };

	while (s.begin < s.end && at * stride - pad + s.begin * dilation < 0)
		s.begin++;
	while (s.begin < s.end && at * stride - pad + (s.end - 1) * dilation >= extent)
		s.end--;
	return s;
}

/*
 * Output channels as lanes of vectors: whole wide ones in nearly equal blocks that a tile computes together, then what is left, in
 * a narrow one where it fits.
 */
struct lane_plan {
	const struct simd *wide, *narrow;
	int whole, whole_blocks, blocks; /* wide vectors, blocks of them, blocks with the rest */
	int total;                       /* lanes, with those that stay empty */
};

struct lanes {
	const struct simd *simd;
	int vectors, first;              /* first lane */
};

struct lane_plan lane_plan(const struct cpu *, int lanes, int vectors_max);
struct lanes lanes_of(const struct lane_plan *, int block);

static inline int smaller(int a, int b)
{
	return a < b ? a : b;
}

static inline int larger(int a, int b)
{
	return a > b ? a : b;
}

static inline size_t aligned_floats(size_t floats)
{
	return (floats + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
}

#endif
