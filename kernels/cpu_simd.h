/*
 * cpu_simd.h -- the innermost loops, built once for each instruction set and chosen when the backend opens. All work in the
 * calling thread on the range they are given.
 */
#ifndef CPU_SIMD_H
#define CPU_SIMD_H

#include <stddef.h>
#include "kernels/kernels.h"

enum {
	GROUPS_LOG2 = 4,                 /* kinds: 1, 2, 4 or 8 groups side by side in a vector */
	VECTORS_MAX = 4,                 /* vectors of outputs a tile holds in registers */
	LANES_MAX = 16,
	TAPS_MAX = 8,                    /* inputs a tile of the weights' gradient holds in registers */
};

/*
 * A strip of one output row: `vectors` vectors of output channels of each pixel.
 *     acc[p][l] = sum over rows r, taps k, inputs c of  x_row[r][p * pixel + k * tap + c * groups + l % groups] * w
 * Weights lie in the order of the loops: w_row[r][((k * inputs + c) * vectors * lanes) + l].
 */
struct conv_strip {
	const float *const *x_row;
	const float *const *w_row;
	int rows, taps, inputs, groups_log2, vectors;
	ptrdiff_t pixel, tap;            /* steps in x, floats */
	int columns, pad, stride, dilation;   /* of the row, to leave out taps in the padding */
	float *y;
	ptrdiff_t y_pixel;
	int outputs;                     /* lanes that are stored; the rest are dropped */
	float slope, beta;
};

/*
 * One tile of the weights' gradient, over rows of `pixels` pixels:
 *     sum[j][l] += sum over rows r, pixels p of  x_row[r][p * pixel + at[j] + l % groups] * dy_row[r][p * dy_pixel + l]
 * j < inputs (1, 2, 4 or TAPS_MAX), l < vectors * lanes, vectors 1 or 2. Lines of `sum` are sum_pitch floats apart.
 */
struct weights_tile {
	const float *const *x_row;
	const float *const *dy_row;
	int rows, pixels, inputs, groups_log2, vectors;
	ptrdiff_t pixel, dy_pixel;
	const ptrdiff_t *at;
	float *sum;
	ptrdiff_t sum_pitch;
};

/* Channels of a pixel in another order: to[i] = act(beta to[i] + from[index[i]]), i < count, index < sources. */
struct permutation {
	const int32_t *index;
	int count, sources;
	ptrdiff_t to_pixel, from_pixel;
	float slope, beta;
};

struct simd {
	const char *name;
	int lanes;
	void (*conv_strip)(const struct conv_strip *, int first, int pixels);
	void (*weights_tile)(const struct weights_tile *);
	void (*permute)(const struct permutation *, float *to, const float *from, size_t pixels);

	void (*axpby)(float *y, float a, const float *x, float beta, size_t n);
	void (*act)(float *y, const float *x, float slope, size_t n);
	void (*act_backward)(float *dx, const float *dy, const float *y, float slope, float beta, size_t n);
	double (*dot)(const float *x, const float *y, size_t n);
	void (*adam)(float *w, float *m, float *v, const float *g, float step, float root, const struct adam *, size_t n);
	void (*sgd)(float *w, float *m, const float *g, const struct sgd *, size_t n);
	/* to[row, range.to + i] = beta to + from[row, range.from + i] for all ranges of `rows` rows */
	void (*channels)(float *to, int to_channels, const float *from, int from_channels, const struct channel_range *, int count,
		size_t rows);

	/* Batch norm, [rows, c]. sums: s[c] += x - k, q[c] += (x - k)^2 */
	void (*norm_sums)(float *s, float *q, const float *x, const float *k, size_t rows, int c);
	/* y = act(a x + b) for each channel */
	void (*norm_apply)(float *y, const float *x, const float *a, const float *b, float slope, size_t rows, int c);
	/* g = dy act'(y): s[c] += g, q[c] += g (x - k) */
	void (*norm_backward_sums)(float *s, float *q, const float *dy, const float *x, const float *y, const float *k, float slope,
		size_t rows, int c);
	/* dx = beta dx + a g + b (x - k) + d */
	void (*norm_backward_apply)(float *dx, const float *dy, const float *x, const float *y, const float *k, const float *a,
		const float *b, const float *d, float slope, float beta, size_t rows, int c);
};

/* The best instruction set of this processor; SMASHTOP_SIMD in the environment names a lesser one (for tests). */
void simd_choose(const struct simd **wide, const struct simd **narrow);

#endif
