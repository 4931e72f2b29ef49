/*
 * cuda_direct.cu -- convolutions of any shape, for what cuDNN has no plan. They read from caches what they read often, and are slow: some
 * per cent of what a tiled product reaches. Sums are of 64 products at a time, so that long ones keep their digits.
 */
#include "kernels/cuda_device.h"

enum {
	CHUNK = 64,
	PIXELS_LEAST = CHUNK             /* of a thread, where it sums over them */
};

/* A convolution of three axes; missing ones stand in front with extent 1. */
struct direct {
	int c_in, c_out, in_group, out_group, taps;
	int in[AXES_MAX], out[AXES_MAX], kernel[AXES_MAX], stride[AXES_MAX], dilation[AXES_MAX], pad[AXES_MAX];
	struct divider in_by[AXES_MAX], out_by[AXES_MAX], c_in_by, c_out_by;
};

static struct direct direct_of(const struct conv *c)
{
	struct direct d = {};
	int missing = AXES_MAX - c->axes;

	d.c_in = c->c_in;
	d.c_out = c->c_out;
	d.c_in_by = divider_of((size_t)c->c_in);
	d.c_out_by = divider_of((size_t)c->c_out);
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
		d.in_by[i] = divider_of((size_t)d.in[i]);
		d.out_by[i] = divider_of((size_t)d.out[i]);
	}
	return d;
}

/* Elements of an image of `extent`. */
static size_t image_of(const int *extent, int channels)
{
	return (size_t)extent[0] * (size_t)extent[1] * (size_t)extent[2] * (size_t)channels;
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

/* Pixel `i` of images: its place, and its image. */
static __device__ inline unsigned unfold(unsigned i, const struct divider *by, int *at)
{
	for (int k = AXES_MAX - 1; k >= 0; k--)
		at[k] = (int)divide_off(by[k], &i);
	return i;
}

static __device__ inline size_t fold(size_t image, const int *extent, const int *at)
{
	return ((image * (size_t)extent[0] + (size_t)at[0]) * (size_t)extent[1] + (size_t)at[1]) * (size_t)extent[2] + (size_t)at[2];
}

/* How far tap `tap` lies from the output it belongs to. */
static __device__ inline void offset_of(const struct direct &d, int tap, int *offset)
{
	for (int k = AXES_MAX - 1; k >= 0; k--) {
		offset[k] = tap % d.kernel[k] * d.dilation[k] - d.pad[k];
		tap /= d.kernel[k];
	}
}

/* The input that a tap takes for the output at `out`. False: it is padding. */
static __device__ inline bool input_under(const struct direct &d, const int *out, const int *offset, int *in)
{
	bool inside = true;

	for (int k = 0; k < AXES_MAX; k++) {
		in[k] = out[k] * d.stride[k] + offset[k];
		inside = inside && in[k] >= 0 && in[k] < d.in[k];
	}
	return inside;
}

/* The output for which a tap takes the input at `in`. False: there is none. */
static __device__ inline bool output_over(const struct direct &d, const int *in, const int *offset, int *out)
{
	bool inside = true;

	for (int k = 0; k < AXES_MAX; k++) {
		int at = in[k] - offset[k];

		out[k] = at / d.stride[k];
		inside = inside && at >= 0 && at % d.stride[k] == 0 && out[k] < d.out[k];
	}
	return inside;
}

/* An element of y a thread. */
__global__ static void direct_outputs(__grid_constant__ const struct direct d, float *y, const float *x, const float *w, float beta, unsigned all)
{
	for (unsigned i = (unsigned)first_index(); i < all; i += (unsigned)index_step()) {
		unsigned pixel = i, o = divide_off(d.c_out_by, &pixel);
		int group = (int)o / d.out_group, out[AXES_MAX], in[AXES_MAX], offset[AXES_MAX];
		unsigned image = unfold(pixel, d.out_by, out);
		struct sum s = {};

		for (int tap = 0; tap < d.taps; tap++) {
			offset_of(d, tap, offset);
			if (!input_under(d, out, offset, in))
				continue;
			const float *from = x + fold(image, d.in, in) * (size_t)d.c_in + group * d.in_group;
			const float *by = w + (size_t)o * (size_t)d.in_group * (size_t)d.taps + tap;

			for (int c = 0; c < d.in_group; c++)
				add(&s, from[c], by[(size_t)c * (size_t)d.taps]);
		}
		put<1>(y, i, { { s.all + s.chunk } }, beta);
	}
}

/* An element of dx a thread. */
__global__ static void direct_inputs(__grid_constant__ const struct direct d, float *dx, const float *dy, const float *w, float beta, unsigned all)
{
	for (unsigned i = (unsigned)first_index(); i < all; i += (unsigned)index_step()) {
		unsigned pixel = i, c = divide_off(d.c_in_by, &pixel);
		int group = (int)c / d.in_group, out[AXES_MAX], in[AXES_MAX], offset[AXES_MAX];
		unsigned image = unfold(pixel, d.in_by, in);
		struct sum s = {};

		for (int tap = 0; tap < d.taps; tap++) {
			offset_of(d, tap, offset);
			if (!output_over(d, in, offset, out))
				continue;
			const float *from = dy + fold(image, d.out, out) * (size_t)d.c_out;

			for (int o = group * d.out_group; o < (group + 1) * d.out_group; o++)
				add(&s, from[o], w[((size_t)o * (size_t)d.in_group + c % (unsigned)d.in_group) * (size_t)d.taps + (size_t)tap]);
		}
		put<1>(dx, i, { { s.all + s.chunk } }, beta);
	}
}

/* A block has one output channel, one tap and a tile of input channels; its rows share the pixels. */
__global__ static void direct_taps(__grid_constant__ const struct direct d, float *dw, const float *x, const float *dy, float beta,
	unsigned pixels, size_t blocks, struct tiles t)
{
	size_t across = tiles_across(t);

	for (size_t block = blockIdx.x; block < blocks; block += gridDim.x) {
		int o = (int)(block / across / (size_t)d.taps), tap = (int)(block / across % (size_t)d.taps);
		int out[AXES_MAX], in[AXES_MAX], offset[AXES_MAX];
		unsigned c = (unsigned)(block % across) * t.tile + threadIdx.x % t.tile;
		bool there = tile_row(t) < t.down && c < t.wide;
		const float *from = x + o / d.out_group * d.in_group + c;
		struct sum s = {};
		float sum;

		offset_of(d, tap, offset);
		for (unsigned i = tile_row(t); there && i < pixels; i += t.down) {
			unsigned image = unfold(i, d.out_by, out);

			if (input_under(d, out, offset, in))
				add(&s, from[fold(image, d.in, in) * (size_t)d.c_in], dy[(size_t)i * (size_t)d.c_out + (size_t)o]);
		}
		sum = s.all + s.chunk;
		tile_sum<1>(t, &sum);
		if (there && tile_row(t) == 0)
			put<1>(dw, ((size_t)o * (size_t)d.in_group + c) * (size_t)d.taps + (size_t)tap, { { sum } }, beta);
	}
}

/* As many images at once as an index counts, `size` of them each; one has never more than that. */
template <class Launch> static void images_in_pieces(int images, size_t size, Launch launch)
{
	const size_t most = size > 0 && size < INDEX_MAX ? INDEX_MAX / size : 1;

	for (size_t at = 0, n = (size_t)images; size > 0 && at < n; at += most)
		launch(at, (unsigned)((n - at < most ? n - at : most) * size));
}

void cuda_direct_conv(struct cuda *cuda, const struct conv *c, float *y, const float *x, const float *w, float beta)
{
	struct direct d = direct_of(c);
	size_t written = image_of(d.out, d.c_out), read = image_of(d.in, d.c_in);

	images_in_pieces(c->n, written, [=](size_t image, unsigned all) {
		LAUNCH(cuda, "convolution", direct_outputs, blocks_for(cuda, all), THREADS, d, y + image * written, x + image * read, w, beta, all);
	});
}

void cuda_direct_data(struct cuda *cuda, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	struct direct d = direct_of(c);
	size_t written = image_of(d.in, d.c_in), read = image_of(d.out, d.c_out);

	images_in_pieces(c->n, written, [=](size_t image, unsigned all) {
		LAUNCH(cuda, "convolution backward data", direct_inputs, blocks_for(cuda, all), THREADS, d, dx + image * written, dy + image * read, w,
			beta, all);
	});
}

void cuda_direct_weights(struct cuda *cuda, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	struct direct d = direct_of(c);
	size_t image_x = image_of(d.in, d.c_in), image_dy = image_of(d.out, d.c_out);

	images_in_pieces(c->n, image_of(d.out, 1), [=](size_t image, unsigned pixels) {
		struct tiles t = tiles_of(d.in_group, 1, WARP, pixels / PIXELS_LEAST + 1);
		size_t blocks = (size_t)d.c_out * (size_t)d.taps * tiles_across(t), most = (size_t)cuda->processors * 64;
		unsigned threads = (t.tile * t.down + WARP - 1) / WARP * WARP;

		LAUNCH(cuda, "convolution backward weights", direct_taps, (unsigned)(blocks < most ? blocks : most), threads, d, dw, x + image * image_x,
			dy + image * image_dy, image > 0 ? 1 : beta, pixels, blocks, t);
	});
}
