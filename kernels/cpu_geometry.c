/* cpu_geometry.c -- how the direct convolutions cut their work into tasks and lay out pixels and lanes. */
#include "kernels/cpu_direct.h"

#include <string.h>

static struct extent extent_of(const int *value, int axes, int missing)
{
	return axes == 3 ? (struct extent){ value[0], value[1], value[2] } : (struct extent){ missing, value[0], value[1] };
}

struct direct direct_of(const struct cpu *cpu, const struct conv *c)
{
	struct direct s = {
		.n = c->n,
		.in = extent_of(c->in, c->axes, 1),
		.out = extent_of(c->out, c->axes, 1),
		.kernel = extent_of(c->kernel, c->axes, 1),
		.stride = extent_of(c->stride, c->axes, 1),
		.dilation = extent_of(c->dilation, c->axes, 1),
		.pad = extent_of(c->pad, c->axes, 0),
		.blocks = c->groups,
		.in_channels = c->c_in / c->groups,
		.out_channels = c->c_out / c->groups,
	};

	s.rows = s.kernel.d * s.kernel.h;
	s.taps = s.rows * s.kernel.w;
	while (s.groups_log2 + 1 < GROUPS_LOG2 && s.blocks % 2 == 0 && 2 << s.groups_log2 <= cpu->narrow->lanes) {
		s.blocks /= 2;
		s.groups_log2++;
	}
	return s;
}

/* A 1x1 convolution sees only pixels: make rows of them long enough for the tiles. */
static void flatten(struct direct *s)
{
	int h = s->n * s->in.d * s->in.h, w = s->in.w;

	if (w < 16) {
		h = s->n * s->in.d;
		w *= s->in.h;
	}
	if (w < 16) {
		w *= h;
		h = 1;
	}
	s->n = 1;
	s->in = s->out = (struct extent){ 1, h, w };
}

/* The share of the products along a row that do not fall into the padding. */
static double useful(const struct direct *s)
{
	int taps = 0;

	for (int w = 0; w < s->out.w; w++) {
		struct span k = direct_span(w, s->kernel.w, s->stride.w, s->dilation.w, s->pad.w, s->in.w);

		taps += k.end - k.begin;
	}
	return (double)taps / (s->out.w * s->kernel.w);
}

static int clamp_row(int row, int rows)
{
	return row < 0 ? 0 : smaller(row, rows);
}

struct band direct_band(const struct direct *s, int index)
{
	bool deep = s->out.d > 1;
	int out = deep ? s->out.d : s->out.h, stride = deep ? s->stride.d : s->stride.h, pad = deep ? s->pad.d : s->pad.h;
	int reach = deep ? (s->kernel.d - 1) * s->dilation.d : (s->kernel.h - 1) * s->dilation.h;
	struct band b = { { 0, 0, 0 }, s->in, (int)((long)out * index / s->bands), (int)((long)out * (index + 1) / s->bands) };
	int rows = deep ? s->in.d : s->in.h;
	int begin = clamp_row(b.out_begin * stride - pad, rows), end = clamp_row((b.out_end - 1) * stride - pad + reach + 1, rows);

	*(deep ? &b.begin.d : &b.begin.h) = begin;
	*(deep ? &b.end.d : &b.end.h) = larger(begin, end);
	return b;
}

static size_t band_floats(const struct direct *s)
{
	size_t most = 0;

	for (int i = 0; i < s->bands; i++) {
		struct band b = direct_band(s, i);
		size_t rows = (size_t)(b.end.d - b.begin.d) * (size_t)(b.end.h - b.begin.h);

		if (rows > most)
			most = rows;
	}
	return most * (size_t)s->columns * in_pixel(s);
}

/* Bands of images, or whole images, so that there are enough tasks for the threads and each has its packed pixels in the cache. */
static void cut(struct direct *s, int parts, int images)
{
	int rows = s->out.d > 1 ? s->out.d : s->out.h;

	s->bands = 1;
	while (s->bands < rows && s->n * s->bands < 4 * parts && (s->n * s->bands) % parts != 0)
		s->bands++;
	if (s->pack)
		while (s->bands < rows && band_floats(s) * sizeof(float) > TILE_BYTES)
			s->bands++;
	/* the odd line keeps the same pixel of several images out of one another's place in the cache */
	s->image_floats = s->pack ? aligned_floats(band_floats(s)) + ALIGN_FLOATS : 0;
	s->images = 1;
	if (s->bands == 1) {
		int fit = s->pack ? (int)(TILE_BYTES / sizeof(float) / s->image_floats) : images, share = (s->n + parts - 1) / parts;

		s->images = larger(1, smaller(images, smaller(fit, share)));
		s->images = (share + (share + s->images - 1) / s->images - 1) / ((share + s->images - 1) / s->images);
	}
	s->tasks = s->bands > 1 ? s->n * s->bands : (s->n + s->images - 1) / s->images;
	s->tile_floats = s->image_floats * (size_t)s->images;
}

void direct_settle(struct direct *s, int parts, int channels_across, int images_rows, int images_across)
{
	bool unpadded = s->pad.d == 0 && s->pad.h == 0 && s->pad.w == 0;

	if (s->taps == 1 && unpadded && s->stride.d == 1 && s->stride.h == 1 && s->stride.w == 1)
		flatten(s);
	s->across = s->n >= 4 * parts && s->in_channels >= channels_across && useful(s) < 0.93 &&
		s->in.d * s->in.h * s->in.w * in_pixel(s) * sizeof(float) * 4 <= TILE_BYTES;
	s->columns = s->across ? s->in.w : (s->out.w - 1) * s->stride.w + (s->kernel.w - 1) * s->dilation.w + 1;
	s->pack = s->across || s->groups_log2 > 0 || s->pad.w > 0 || s->columns > s->in.w;
	if (!s->pack)
		s->columns = s->in.w;
	cut(s, parts, s->across ? images_across : images_rows);
}

int direct_threads(const struct cpu *cpu, const struct direct *s)
{
	double pixels = (double)s->n * s->out.d * s->out.h * s->out.w;
	double products = pixels * s->taps * s->in_channels * (double)out_pixel(s);

	/* multiply-accumulates at a moderate rate, and the pixels' way in and out */
	return cpu_threads(cpu, products / 30 + pixels * (double)(in_pixel(s) + out_pixel(s)) / 8);
}

size_t direct_order_ints(const struct direct *s)
{
	return s->groups_log2 > 0 ? in_pixel(s) : 0;
}

void direct_order(struct direct *s, int32_t *index)
{
	const int groups = 1 << s->groups_log2, pixel = (int)in_pixel(s);

	for (int i = 0; s->groups_log2 > 0 && i < pixel; i++) {
		int block = i / (groups * s->in_channels), channel = i / groups % s->in_channels;

		index[i] = (block * groups + i % groups) * s->in_channels + channel;
	}
	s->order = (struct permutation){ .index = index, .count = pixel, .sources = pixel, .to_pixel = pixel, .from_pixel = pixel,
		.slope = ACT_NONE };
}

int direct_images(const struct direct *s, int task, int *first)
{
	*first = s->bands > 1 ? task / s->bands : task * s->images;
	return smaller(*first + s->images, s->n);
}

static void pack_band(const struct direct *s, const struct simd *simd, float *tile, const float *x, const struct band *b)
{
	const size_t pixel = in_pixel(s), pad = s->across ? 0 : (size_t)s->pad.w;
	const size_t copied = (size_t)larger(0, smaller(s->in.w, s->columns - (int)pad));

	for (int d = b->begin.d; d < b->end.d; d++)
		for (int h = b->begin.h; h < b->end.h; h++, tile += (size_t)s->columns * pixel) {
			const float *from = x + ((size_t)d * (size_t)s->in.h + (size_t)h) * (size_t)s->in.w * pixel;

			memset(tile, 0, pad * pixel * sizeof(float));
			if (s->groups_log2 == 0)
				memcpy(tile + pad * pixel, from, copied * pixel * sizeof(float));
			else
				simd->permute(&s->order, tile + pad * pixel, from, copied);
			memset(tile + (pad + copied) * pixel, 0, ((size_t)s->columns - pad - copied) * pixel * sizeof(float));
		}
}

const float *direct_pack(const struct direct *s, const struct simd *simd, float *tile, const float *x, int task, struct band *band)
{
	const size_t image_floats = (size_t)s->in.d * (size_t)s->in.h * (size_t)s->in.w * in_pixel(s);
	int first, end = direct_images(s, task, &first);

	*band = direct_band(s, task % s->bands);
	if (!s->pack) {
		band->begin = (struct extent){ 0, 0, 0 };
		band->end = s->in;
		return x + (size_t)first * image_floats;
	}
	for (int i = first; i < end; i++)
		pack_band(s, simd, tile + (size_t)(i - first) * s->image_floats, x + (size_t)i * image_floats, band);
	return tile;
}

struct lane_plan lane_plan(const struct cpu *cpu, int lanes, int vectors_max)
{
	struct lane_plan p = { cpu->wide, cpu->narrow, lanes / cpu->wide->lanes, 0, 0, 0 };
	int rest = lanes % cpu->wide->lanes;

	if (rest > cpu->narrow->lanes || (rest > 0 && p.wide == p.narrow)) {
		p.whole++;
		rest = 0;
	}
	p.whole_blocks = (p.whole + vectors_max - 1) / vectors_max;
	p.blocks = p.whole_blocks + (rest > 0);
	p.total = p.whole * p.wide->lanes + (rest > 0 ? p.narrow->lanes : 0);
	return p;
}

struct lanes lanes_of(const struct lane_plan *p, int block)
{
	int begin, end;

	if (block == p->whole_blocks)
		return (struct lanes){ p->narrow, 1, p->whole * p->wide->lanes };
	begin = p->whole * block / p->whole_blocks;
	end = p->whole * (block + 1) / p->whole_blocks;
	return (struct lanes){ p->wide, end - begin, begin * p->wide->lanes };
}
