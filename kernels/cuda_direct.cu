/*
 * cuda_direct.cu -- convolutions of any shape, for what cuDNN has no plan. They read from caches what they read often, and are slow: some
 * per cent of what a tiled product reaches. Sums are of 64 products at a time, so that long ones keep their digits.
 */
#include "kernels/cuda_device.h"

enum { CHUNK = 64 };

/* A convolution of three axes; missing ones stand in front with extent 1. */
struct direct {
	size_t n;
	int c_in, c_out, in_group, out_group, taps;
	int in[AXES_MAX], out[AXES_MAX], kernel[AXES_MAX], stride[AXES_MAX], dilation[AXES_MAX], pad[AXES_MAX];
};

static struct direct direct_of(const struct conv *c)
{
	struct direct d = {};
	int missing = AXES_MAX - c->axes;

	d.n = (size_t)c->n;
	d.c_in = c->c_in;
	d.c_out = c->c_out;
	d.in_group = c->c_in / c->groups;
	d.out_group = c->c_out / c->groups;
	d.taps = 1;
	for (int i = 0; i < AXES_MAX; i++) {
		bool there = i >= missing;
		int k = there ? i - missing : 0;

		d.in[i] = there ? c->in[k] : 1;
		d.out[i] = there ? c->out[k] : 1;
		d.kernel[i] = there ? c->kernel[k] : 1;
		d.stride[i] = there ? c->stride[k] : 1;
		d.dilation[i] = there ? c->dilation[k] : 1;
		d.pad[i] = there ? c->pad[k] : 0;
		d.taps *= d.kernel[i];
	}
	return d;
}

static size_t pixels(const struct direct &d, const int *extent)
{
	return d.n * (size_t)extent[0] * (size_t)extent[1] * (size_t)extent[2];
}

/* A sum in two steps. */
struct sum {
	float chunk, all;
	int count;
};

static __device__ inline void add(struct sum *s, float a, float b)
{
	s->chunk = fmaf(a, b, s->chunk);
	if (++s->count == CHUNK) {
		s->all += s->chunk;
		s->chunk = 0;
		s->count = 0;
	}
}

/* Pixel `i` of images of `extent`: its place, and its image. */
static __device__ inline size_t unfold(size_t i, const int *extent, int *at)
{
	for (int k = AXES_MAX - 1; k >= 0; k--) {
		at[k] = (int)(i % (size_t)extent[k]);
		i /= (size_t)extent[k];
	}
	return i;
}

static __device__ inline size_t fold(size_t image, const int *extent, const int *at)
{
	return ((image * (size_t)extent[0] + (size_t)at[0]) * (size_t)extent[1] + (size_t)at[1]) * (size_t)extent[2] + (size_t)at[2];
}

/* The input under tap `tap` of the output at `out`. False: it is padding. */
static __device__ inline bool input_under(const struct direct &d, const int *out, int tap, int *in)
{
	bool inside = true;

	for (int k = AXES_MAX - 1; k >= 0; k--) {
		in[k] = out[k] * d.stride[k] - d.pad[k] + tap % d.kernel[k] * d.dilation[k];
		tap /= d.kernel[k];
		inside = inside && in[k] >= 0 && in[k] < d.in[k];
	}
	return inside;
}

/* The output that has the input at `in` under tap `tap`. False: there is none. */
static __device__ inline bool output_over(const struct direct &d, const int *in, int tap, int *out)
{
	bool inside = true;

	for (int k = AXES_MAX - 1; k >= 0; k--) {
		int at = in[k] + d.pad[k] - tap % d.kernel[k] * d.dilation[k];

		tap /= d.kernel[k];
		out[k] = at / d.stride[k];
		inside = inside && at >= 0 && at % d.stride[k] == 0 && out[k] < d.out[k];
	}
	return inside;
}

/* An element of y a thread. */
__global__ static void direct_outputs(__grid_constant__ const struct direct d, float *y, const float *x, const float *w, float beta, size_t all)
{
	for (size_t i = first_index(); i < all; i += index_step()) {
		int o = (int)(i % (size_t)d.c_out), out[AXES_MAX], in[AXES_MAX];
		size_t image = unfold(i / (size_t)d.c_out, d.out, out);
		struct sum s = {};

		for (int tap = 0; tap < d.taps; tap++) {
			if (!input_under(d, out, tap, in))
				continue;
			const float *from = x + fold(image, d.in, in) * (size_t)d.c_in + o / d.out_group * d.in_group;
			const float *by = w + (size_t)o * (size_t)d.in_group * (size_t)d.taps + tap;

			for (int c = 0; c < d.in_group; c++)
				add(&s, from[c], by[(size_t)c * (size_t)d.taps]);
		}
		put<1>(y, i, { { s.all + s.chunk } }, beta);
	}
}

/* An element of dx a thread. */
__global__ static void direct_inputs(__grid_constant__ const struct direct d, float *dx, const float *dy, const float *w, float beta, size_t all)
{
	for (size_t i = first_index(); i < all; i += index_step()) {
		int c = (int)(i % (size_t)d.c_in), group = c / d.in_group, out[AXES_MAX], in[AXES_MAX];
		size_t image = unfold(i / (size_t)d.c_in, d.in, in);
		struct sum s = {};

		for (int tap = 0; tap < d.taps; tap++) {
			if (!output_over(d, in, tap, out))
				continue;
			const float *from = dy + fold(image, d.out, out) * (size_t)d.c_out;

			for (int o = group * d.out_group; o < (group + 1) * d.out_group; o++)
				add(&s, from[o], w[((size_t)o * (size_t)d.in_group + (size_t)(c % d.in_group)) * (size_t)d.taps + (size_t)tap]);
		}
		put<1>(dx, i, { { s.all + s.chunk } }, beta);
	}
}

/* A block has one output channel, one tap and a tile of input channels; its rows share the pixels. */
__global__ static void direct_taps(__grid_constant__ const struct direct d, float *dw, const float *x, const float *dy, float beta, size_t all,
	size_t blocks, struct tiles t)
{
	size_t across = tiles_across(t);

	for (size_t block = blockIdx.x; block < blocks; block += gridDim.x) {
		int o = (int)(block / across / (size_t)d.taps), tap = (int)(block / across % (size_t)d.taps);
		int out[AXES_MAX], in[AXES_MAX];
		unsigned c = (unsigned)(block % across) * t.tile + threadIdx.x % t.tile;
		bool there = tile_row(t) < t.down && c < t.wide;
		struct sum s = {};
		float sum;

		for (size_t i = tile_row(t); there && i < all; i += t.down) {
			size_t image = unfold(i, d.out, out);

			if (input_under(d, out, tap, in))
				add(&s, x[fold(image, d.in, in) * (size_t)d.c_in + (size_t)(o / d.out_group * d.in_group) + c],
					dy[i * (size_t)d.c_out + (size_t)o]);
		}
		sum = s.all + s.chunk;
		tile_sum<1>(t, &sum);
		if (there && tile_row(t) == 0)
			put<1>(dw, ((size_t)o * (size_t)d.in_group + c) * (size_t)d.taps + (size_t)tap, { { sum } }, beta);
	}
}

void cuda_direct_conv(struct cuda *cuda, const struct conv *c, float *y, const float *x, const float *w, float beta)
{
	struct direct d = direct_of(c);
	size_t all = pixels(d, d.out) * (size_t)d.c_out;

	if (all > 0)
		LAUNCH(cuda, "convolution", direct_outputs, blocks_for(cuda, all), THREADS, d, y, x, w, beta, all);
}

void cuda_direct_data(struct cuda *cuda, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	struct direct d = direct_of(c);
	size_t all = pixels(d, d.in) * (size_t)d.c_in;

	if (all > 0)
		LAUNCH(cuda, "convolution backward data", direct_inputs, blocks_for(cuda, all), THREADS, d, dx, dy, w, beta, all);
}

void cuda_direct_weights(struct cuda *cuda, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	struct direct d = direct_of(c);
	struct tiles t = tiles_of(d.in_group, 1, WARP);
	size_t all = pixels(d, d.out), blocks = (size_t)d.c_out * (size_t)d.taps * tiles_across(t), most = (size_t)cuda->processors * 64;

	LAUNCH(cuda, "convolution backward weights", direct_taps, (unsigned)(blocks < most ? blocks : most), THREADS, d, dw, x, dy, beta, all, blocks,
		t);
}
