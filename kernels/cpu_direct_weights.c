/*
 * cpu_direct_weights.c -- the weights' gradient of a convolution. A tile of registers holds the sums of some inputs (taps and
 * channels) by some outputs and goes over pixels. Each part of the work has its own sums, as [group block][tap][input][lane];
 * they are added in the order of the parts, so that the bits depend on the number of threads alone.
 */
#include "kernels/cpu_direct.h"

#include <assert.h>
#include <string.h>

enum {
	VISIT_PIXELS = 64,               /* a tile stays for so many pixels or a row before its sums go back to memory */
	VISIT_ROWS = 64,
	IMAGES = 8                       /* of a task that goes across images */
};

struct backward {
	struct direct s;
	struct lane_plan lanes;
	struct permutation order;        /* channels to lanes, where dy is packed */
	float *dw, *tiles, *sums;
	const float *x, *dy;
	bool pack_dy;
	size_t tile_floats;              /* of x and dy, aligned */
	int parts;                       /* each with its own sums */
	float beta;
};

static size_t sum_floats(const struct backward *f)
{
	return (size_t)f->s.blocks * (size_t)f->s.taps * (size_t)f->s.in_channels * (size_t)f->lanes.total;
}

static size_t dy_pixel(const struct backward *f)
{
	return f->pack_dy ? (size_t)f->s.blocks * (size_t)f->lanes.total : out_pixel(&f->s);
}

static size_t dy_image(const struct backward *f)
{
	return (size_t)f->s.out.d * (size_t)f->s.out.h * (size_t)f->s.out.w * dy_pixel(f);
}

/* Rows of pixels that a tile goes over in one visit. */
struct visit {
	int rows, pixels;
	ptrdiff_t pixel, dy_pixel;
	const float *x[VISIT_ROWS], *dy[VISIT_ROWS];
};

/* All sums of `taps` taps from tap number `tap` on (those of one kernel row), of every channel and output. */
static void add_taps(const struct backward *f, float *sums, const struct visit *v, int tap, int taps)
{
	const struct direct *s = &f->s;
	const int groups = 1 << s->groups_log2, inputs = taps * s->in_channels;
	const ptrdiff_t pixel = (ptrdiff_t)in_pixel(s);
	const float *x[VISIT_ROWS], *dy[VISIT_ROWS];

	for (int b = 0; b < s->blocks; b++)
		for (int i = 0; i < f->lanes.blocks; i++) {
			struct lanes l = lanes_of(&f->lanes, i);
			float *sum = sums + ((size_t)b * (size_t)s->taps + (size_t)tap) * (size_t)s->in_channels * (size_t)f->lanes.total;

			for (int r = 0; r < v->rows; r++) {
				x[r] = v->x[r] + (size_t)(b * groups) * (size_t)s->in_channels;
				dy[r] = v->dy[r] + (size_t)l.first + (size_t)b * (f->pack_dy ? (size_t)f->lanes.total :
					(size_t)(groups * s->out_channels));
			}
			for (int first = 0; first < inputs;) {
				int left = inputs - first, together = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
				ptrdiff_t at[TAPS_MAX];

				for (int j = 0; j < together; j++)
					at[j] = (first + j) / s->in_channels * pixel * s->dilation.w + (first + j) % s->in_channels * groups;
				l.simd->weights_tile(&(struct weights_tile){
					.x_row = x,
					.dy_row = dy,
					.rows = v->rows,
					.pixels = v->pixels,
					.inputs = together,
					.groups_log2 = s->groups_log2,
					.vectors = l.vectors,
					.pixel = v->pixel,
					.dy_pixel = v->dy_pixel,
					.at = at,
					.sum = sum + (size_t)first * (size_t)f->lanes.total + l.first,
					.sum_pitch = f->lanes.total,
				});
				first += together;
			}
		}
}

/* A task's operands. */
struct operands {
	struct band band;
	int images, out_rows;
	const float *x, *dy;
	size_t x_image, dy_image;        /* from one image to the next */
};

/* Output row (d, h) of image i of the task. */
static const float *dy_row(const struct backward *f, const struct operands *o, int i, int d, int h)
{
	const struct direct *s = &f->s;
	int row = s->out.d > 1 ? (d - o->band.out_begin) * s->out.h + h : h - o->band.out_begin;

	return o->dy + (size_t)i * o->dy_image + (size_t)row * (size_t)s->out.w * dy_pixel(f);
}

static const float *x_row(const struct direct *s, const struct operands *o, int i, int d, int h)
{
	return o->x + (size_t)i * o->x_image + ((size_t)(d - o->band.begin.d) * (size_t)(o->band.end.h - o->band.begin.h) +
		(size_t)(h - o->band.begin.h)) * (size_t)s->columns * in_pixel(s);
}

/* Output positions [begin, end) of an axis from which tap `k` sees the image. */
static struct span positions(int k, int out, int stride, int dilation, int pad, int extent)
{
	struct span s = { 0, out };

	while (s.begin < s.end && s.begin * stride - pad + k * dilation < 0)
		s.begin++;
	while (s.begin < s.end && (s.end - 1) * stride - pad + k * dilation >= extent)
		s.end--;
	return s;
}

/* A visit is some output rows, for all taps of one kernel row. */
static void by_rows(const struct backward *f, float *sums, const struct operands *o)
{
	const struct direct *s = &f->s;
	const bool deep = s->out.d > 1;
	const int most = smaller(VISIT_ROWS, larger(1, VISIT_PIXELS / s->out.w)), rows = o->images * o->out_rows;
	struct visit v = { .pixels = s->out.w, .pixel = (ptrdiff_t)in_pixel(s) * s->stride.w, .dy_pixel = (ptrdiff_t)dy_pixel(f) };

	for (int first = 0; first < rows; first += most)
		for (int k = 0; k < s->rows; k++) {
			int kd = k / s->kernel.h, kh = k % s->kernel.h;

			v.rows = 0;
			for (int r = first; r < smaller(first + most, rows); r++) {
				int row = r % o->out_rows;
				int d = deep ? o->band.out_begin + row / s->out.h : 0, h = deep ? row % s->out.h : o->band.out_begin + row;
				int in_d = d * s->stride.d - s->pad.d + kd * s->dilation.d, in_h = h * s->stride.h - s->pad.h + kh * s->dilation.h;

				if (in_d < 0 || in_d >= s->in.d || in_h < 0 || in_h >= s->in.h)
					continue;
				v.x[v.rows] = x_row(s, o, r / o->out_rows, in_d, in_h);
				v.dy[v.rows++] = dy_row(f, o, r / o->out_rows, d, h);
			}
			if (v.rows > 0)
				add_taps(f, sums, &v, k * s->kernel.w, s->kernel.w);
		}
}

/* A visit is one output pixel after the other, each of all images, for one tap. */
static void by_images(const struct backward *f, float *sums, const struct operands *o)
{
	const struct direct *s = &f->s;
	const size_t pixel = in_pixel(s);
	struct visit v = { .pixels = o->images, .pixel = (ptrdiff_t)o->x_image, .dy_pixel = (ptrdiff_t)o->dy_image };

	for (int k = 0; k < s->taps; k++) {
		int kd = k / s->kernel.w / s->kernel.h, kh = k / s->kernel.w % s->kernel.h, kw = k % s->kernel.w;
		struct span ds = positions(kd, s->out.d, s->stride.d, s->dilation.d, s->pad.d, s->in.d);
		struct span hs = positions(kh, s->out.h, s->stride.h, s->dilation.h, s->pad.h, s->in.h);
		struct span ws = positions(kw, s->out.w, s->stride.w, s->dilation.w, s->pad.w, s->in.w);

		v.rows = 0;
		for (int d = ds.begin; d < ds.end; d++)
			for (int h = hs.begin; h < hs.end; h++) {
				const float *x = x_row(s, o, 0, d * s->stride.d - s->pad.d + kd * s->dilation.d,
					h * s->stride.h - s->pad.h + kh * s->dilation.h);
				const float *dy = dy_row(f, o, 0, d, h);

				for (int w = ws.begin; w < ws.end; w++) {
					v.x[v.rows] = x + (size_t)(w * s->stride.w - s->pad.w + kw * s->dilation.w) * pixel;
					v.dy[v.rows++] = dy + (size_t)w * dy_pixel(f);
					if (v.rows == VISIT_ROWS) {
						add_taps(f, sums, &v, k, 1);
						v.rows = 0;
					}
				}
			}
		if (v.rows > 0)
			add_taps(f, sums, &v, k, 1);
	}
}

static void backward_task(const struct backward *f, float *sums, float *tile, int task)
{
	const struct direct *s = &f->s;
	int first, end = direct_images(s, task, &first), axis;
	size_t floats;
	struct operands o = { .x_image = s->pack ? s->image_floats : (size_t)s->in.d * (size_t)s->in.h * (size_t)s->columns * in_pixel(s) };

	o.x = direct_pack(s, f->lanes.wide, tile, f->x, task, &o.band);
	o.images = end - first;
	axis = s->out.d > 1 ? s->out.h : 1;
	o.out_rows = (o.band.out_end - o.band.out_begin) * axis;
	floats = (size_t)s->out.d * (size_t)s->out.h * (size_t)s->out.w * out_pixel(s);
	o.dy = f->dy + (size_t)first * floats + (size_t)o.band.out_begin * (size_t)axis * (size_t)s->out.w * out_pixel(s);
	o.dy_image = floats;
	if (f->pack_dy) {
		float *to = tile + s->tile_floats;
		size_t pixels = (size_t)o.out_rows * (size_t)s->out.w;

		o.dy_image = pixels * dy_pixel(f) + ALIGN_FLOATS;
		for (int i = 0; i < o.images; i++)
			f->lanes.wide->permute(&f->order, to + (size_t)i * o.dy_image, o.dy + (size_t)i * floats, pixels);
		o.dy = to;
	}
	(s->across ? by_images : by_rows)(f, sums, &o);
}

/* dw from the sums, for inputs [begin, end) of each group; 16 lanes at a time, so that lines of the sums are read once. */
static void unpack_weights(const struct backward *f, int begin, int end)
{
	const struct direct *s = &f->s;
	const int groups = 1 << s->groups_log2, outputs = s->out_channels;
	const size_t lanes = (size_t)f->lanes.total, tap = (size_t)s->in_channels * lanes;

	for (int b = 0; b < s->blocks; b++)
		for (int c = begin; c < end; c++)
			for (int o = 0; o < outputs; o++)
				for (int g = 0; g < groups; g++) {
					const float *sum = f->sums + (size_t)b * (size_t)s->taps * tap + (size_t)c * lanes + o * groups + g;
					float *dw = f->dw + (((size_t)(b * groups + g) * (size_t)outputs + (size_t)o) *
						(size_t)s->in_channels + (size_t)c) * (size_t)s->taps;

					for (int t = 0; t < s->taps; t++)
						dw[t] = f->beta != 0 ? f->beta * dw[t] + sum[(size_t)t * tap] : sum[(size_t)t * tap];
				}
}

static void backward_part(void *arg, int part, int parts, int thread)
{
	const struct backward *f = arg;
	float *sums = f->sums + (size_t)part * sum_floats(f);
	size_t begin, end;

	memset(sums, 0, sum_floats(f) * sizeof(float));
	cpu_part((size_t)f->s.tasks, parts, part, &begin, &end);
	for (size_t task = begin; task < end; task++)
		backward_task(f, sums, f->tiles + (size_t)thread * f->tile_floats, (int)task);
}

static void add_part(void *arg, size_t begin, size_t end)
{
	const struct backward *f = arg;

	for (int i = 1; i < f->parts; i++)
		f->lanes.wide->axpby(f->sums + begin, 1, f->sums + (size_t)i * sum_floats(f) + begin, 1, end - begin);
}

static void unpack_part(void *arg, size_t begin, size_t end)
{
	unpack_weights(arg, (int)begin, (int)end);
}

/* Lane [group block][output][group] from channel [group][output] of a pixel; empty lanes take any channel, nobody reads their sums. */
static void lane_order(struct backward *f, int32_t *index)
{
	const int groups = 1 << f->s.groups_log2, pixel = (int)dy_pixel(f), outputs = f->s.out_channels;

	for (int i = 0; i < pixel; i++) {
		int block = i / f->lanes.total, lane = i % f->lanes.total, output = lane / groups;

		index[i] = output < outputs ? (block * groups + lane % groups) * outputs + output : 0;
	}
	f->order = (struct permutation){ .index = index, .count = pixel, .sources = (int)out_pixel(&f->s), .to_pixel = pixel,
		.from_pixel = (ptrdiff_t)out_pixel(&f->s), .slope = ACT_NONE };
}

void direct_weights(struct cpu *cpu, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	struct backward f = { .s = direct_of(cpu, c), .dw = dw, .x = x, .dy = dy, .beta = beta };
	struct direct *s = &f.s;
	int threads = cpu->be.threads, lanes = s->out_channels << s->groups_log2;
	size_t dy_floats = 0, tiles, indices;

	assert(s->rows <= ROWS_MAX);
	/* with fewer channels a tap does not fill a tile; taps of a row together do, by rows */
	f.parts = direct_threads(cpu, s);
	direct_settle(s, f.parts, TAPS_MAX, IMAGES, IMAGES);
	f.lanes = lane_plan(cpu, lanes, 2);
	f.pack_dy = s->groups_log2 > 0 || f.lanes.total != lanes;
	if (f.pack_dy)
		dy_floats = (size_t)s->images * (dy_image(&f) / (size_t)larger(1, s->bands) + (size_t)s->out.h * (size_t)s->out.w * dy_pixel(&f) +
			ALIGN_FLOATS);
	f.tile_floats = aligned_floats(s->tile_floats + dy_floats);
	tiles = (size_t)threads * f.tile_floats;
	indices = direct_order_ints(s) + dy_pixel(&f);
	f.tiles = cpu_scratch(cpu, SCRATCH_TILES, (tiles + indices + ALIGN_FLOATS) * sizeof(float));
	f.sums = cpu_scratch(cpu, SCRATCH_SUMS, (size_t)f.parts * sum_floats(&f) * sizeof(float));
	if (!f.tiles || !f.sums)
		return;
	direct_order(s, (int32_t *)(void *)(f.tiles + tiles));
	if (f.pack_dy)
		lane_order(&f, (int32_t *)(void *)(f.tiles + tiles) + direct_order_ints(s));
	team_run(cpu->team, f.parts, backward_part, &f);
	if (f.parts > 1)
		cpu_parallel(cpu, sum_floats(&f), 0.2 * f.parts, add_part, &f);
	cpu_parallel(cpu, (size_t)s->in_channels, 1.0 * (double)(s->taps * (int)out_pixel(s)), unpack_part, &f);
}
