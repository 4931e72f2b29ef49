/*
 * cpu_direct.c -- convolution and both gradients straight from the definition, by the register tiles of cpu_simd_body.h.
 *
 * Nothing is prepared or kept by shape, so a network that is new at every step costs nothing extra. An image is first copied into
 * a buffer of the thread with its columns padded and, where there are groups, the channels of groups side by side: [group block]
 * [channel][group]. Rows in the padding are left out. The data's gradient is the convolution of dy with the weights
 * turned round; the weights' gradient is summed in each thread and added up in the order of the threads.
 *
 * Two-dimensional images are volumes of depth 1.
 */
#include "kernels/cpu.h"

#include <assert.h>
#include <string.h>

enum {
	ROWS_MAX = 128,                  /* kernel rows (kd * kh) */
	TILE_BYTES = 512 << 10,          /* of a packed band: half of a usual second-level cache */
	WEIGHTS_PIXELS = 64,             /* the weights' gradient visits its sums once for so many pixels or a row */
	ALIGN_FLOATS = 16
};

struct extent {
	int d, h, w;
};

/* The operands by their role: in (x, or dy when computing dx), out (y, or dx). Group blocks of 2^groups_log2 groups side by side. */
struct shape3 {
	int n;
	struct extent in, out, kernel, stride, dilation, pad;
	int groups_log2, blocks;         /* groups = blocks << groups_log2 */
	int in_channels, out_channels;   /* of one group */
	int taps, rows;                  /* of the kernel: kd kh kw, kd kh */
	bool pack;                       /* whether pixels are copied at all */
	int columns;                     /* of a packed row */
	int bands, images;               /* a task is one band of an image, or `images` whole images */
	int tasks;
	size_t image_floats, tile_floats;   /* of a packed band, of a packed task */
};

static struct extent extent_of(const int *value, int axes, int missing)
{
	return axes == 3 ? (struct extent){ value[0], value[1], value[2] } : (struct extent){ missing, value[0], value[1] };
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static int larger(int a, int b)
{
	return a > b ? a : b;
}

/* A 1x1 convolution sees only pixels: make rows of them long enough for the tiles. */
static void flatten(struct shape3 *s)
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

/* The band of input rows along axis `d`, or `h` where the depth is 1, that output rows [begin, end) see. */
struct band {
	struct extent begin, end;        /* input; w unused */
	int out_begin, out_end;
};

static int clamp_row(int row, int rows)
{
	return row < 0 ? 0 : smaller(row, rows);
}

static struct band band_of(const struct shape3 *s, int index)
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

static size_t in_pixel(const struct shape3 *s)
{
	return (size_t)(s->blocks << s->groups_log2) * (size_t)s->in_channels;
}

static size_t out_pixel(const struct shape3 *s)
{
	return (size_t)(s->blocks << s->groups_log2) * (size_t)s->out_channels;
}

static size_t band_floats(const struct shape3 *s)
{
	size_t most = 0;

	for (int i = 0; i < s->bands; i++) {
		struct band b = band_of(s, i);
		size_t rows = (size_t)(b.end.d - b.begin.d) * (size_t)(b.end.h - b.begin.h);

		if (rows > most)
			most = rows;
	}
	return most * (size_t)s->columns * in_pixel(s);
}

/* Cuts the work into tasks: enough for the threads, each with its packed pixels in the cache. */
static void cut(struct shape3 *s, int threads, int image_pixels)
{
	int rows = s->out.d > 1 ? s->out.d : s->out.h;

	s->bands = 1;
	while (s->bands < rows && s->n * s->bands < 4 * threads && (s->n * s->bands) % threads != 0)
		s->bands++;
	if (s->pack)
		while (s->bands < rows && band_floats(s) * sizeof(float) > TILE_BYTES)
			s->bands++;
	s->images = 1;
	if (s->bands == 1 && s->out.d * s->out.h * s->out.w < image_pixels) {
		s->images = image_pixels / (s->out.d * s->out.h * s->out.w);
		s->images = larger(1, smaller(s->images, s->n / (4 * threads)));
	}
	s->tasks = s->bands > 1 ? s->n * s->bands : (s->n + s->images - 1) / s->images;
	s->image_floats = s->pack ? (band_floats(s) + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS : 0;
	s->tile_floats = s->image_floats * (size_t)s->images;
}

static struct shape3 shape_of(const struct cpu *cpu, const struct conv *c)
{
	struct shape3 s = {
		.n = c->n,
		.in = extent_of(c->in, c->axes, 1),
		.out = extent_of(c->out, c->axes, 1),
		.kernel = extent_of(c->kernel, c->axes, 1),
		.stride = extent_of(c->stride, c->axes, 1),
		.dilation = extent_of(c->dilation, c->axes, 1),
		.pad = extent_of(c->pad, c->axes, 0),
		.in_channels = c->c_in / c->groups,
		.out_channels = c->c_out / c->groups,
	};

	s.rows = s.kernel.d * s.kernel.h;
	s.taps = s.rows * s.kernel.w;
	s.blocks = c->groups;
	while (s.groups_log2 + 1 < GROUPS_LOG2 && s.blocks % 2 == 0 && 2 << s.groups_log2 <= cpu->narrow->lanes) {
		s.blocks /= 2;
		s.groups_log2++;
	}
	return s;
}

/* After the roles are settled. */
static void shape_finish(struct shape3 *s)
{
	bool unpadded = s->pad.d == 0 && s->pad.h == 0 && s->pad.w == 0;

	if (s->taps == 1 && unpadded && s->stride.d == 1 && s->stride.h == 1 && s->stride.w == 1)
		flatten(s);
	s->columns = (s->out.w - 1) * s->stride.w + (s->kernel.w - 1) * s->dilation.w + 1;
	s->pack = s->groups_log2 > 0 || s->pad.w > 0 || s->columns > s->in.w;
	if (!s->pack)
		s->columns = s->in.w;
}

/* Copies pixels with the channels of the groups of a block side by side. */
static void interleave(float *to, const float *from, const struct shape3 *s, int channels, int to_channels, size_t pixels)
{
	const int groups = 1 << s->groups_log2;

	for (size_t p = 0; p < pixels; p++)
		for (int b = 0; b < s->blocks; b++, to += (size_t)to_channels * (size_t)groups, from += (size_t)channels * (size_t)groups)
			for (int c = 0; c < channels; c++)
				for (int g = 0; g < groups; g++)
					to[c * groups + g] = from[g * channels + c];
}

static void pack_band(float *tile, const float *x, const struct shape3 *s, const struct band *b)
{
	const size_t pixel = in_pixel(s);
	const int copied = smaller(s->in.w, s->columns - s->pad.w);

	for (int d = b->begin.d; d < b->end.d; d++)
		for (int h = b->begin.h; h < b->end.h; h++, tile += (size_t)s->columns * pixel) {
			const float *from = x + ((size_t)d * (size_t)s->in.h + (size_t)h) * (size_t)s->in.w * pixel;
			float *to = tile + (size_t)s->pad.w * pixel;

			memset(tile, 0, (size_t)s->pad.w * pixel * sizeof(float));
			if (copied > 0 && s->groups_log2 == 0)
				memcpy(to, from, (size_t)copied * pixel * sizeof(float));
			else if (copied > 0)
				interleave(to, from, s, s->in_channels, s->in_channels, (size_t)copied);
			if (s->columns > s->pad.w + copied)
				memset(to + (size_t)larger(copied, 0) * pixel, 0,
					(size_t)(s->columns - s->pad.w - larger(copied, 0)) * pixel * sizeof(float));
		}
}

/* The kernel rows that hit the image from output row (d, h): their input rows, and which they are. */
static int rows_of(const struct shape3 *s, const struct band *b, const float *tile, int d, int h, const float **x_row, int *which)
{
	const size_t row_floats = (size_t)s->columns * in_pixel(s);
	int count = 0;

	for (int kd = 0; kd < s->kernel.d; kd++) {
		int in_d = d * s->stride.d - s->pad.d + kd * s->dilation.d;

		if (in_d < 0 || in_d >= s->in.d)
			continue;
		for (int kh = 0; kh < s->kernel.h; kh++) {
			int in_h = h * s->stride.h - s->pad.h + kh * s->dilation.h;

			if (in_h < 0 || in_h >= s->in.h)
				continue;
			x_row[count] = tile + ((size_t)(in_d - b->begin.d) * (size_t)(b->end.h - b->begin.h) +
				(size_t)(in_h - b->begin.h)) * row_floats;
			which[count++] = kd * s->kernel.h + kh;
		}
	}
	return count;
}

/* Vectors of output lanes that a tile computes together: the whole ones of the wide kind in nearly equal blocks, then what is left. */
struct lanes {
	const struct simd *simd;
	int vectors, first;              /* first lane */
};

struct lane_plan {
	const struct simd *wide, *narrow;
	int whole, whole_blocks, blocks; /* wide vectors, blocks of them, blocks with the rest */
	int total;                       /* lanes, with those that stay empty */
};

static struct lane_plan lane_plan(const struct cpu *cpu, int lanes, int vectors_max)
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

static struct lanes lanes_of(const struct lane_plan *p, int block)
{
	int begin, end;

	if (block == p->whole_blocks)
		return (struct lanes){ p->narrow, 1, p->whole * p->wide->lanes };
	begin = p->whole * block / p->whole_blocks;
	end = p->whole * (block + 1) / p->whole_blocks;
	return (struct lanes){ p->wide, end - begin, begin * p->wide->lanes };
}

/* Where a weight lies for the role it plays; `turned` reverses the taps. */
struct weight_order {
	ptrdiff_t group, out, in;
	bool turned;
};

struct forward {
	struct shape3 s;
	struct lane_plan lanes;
	struct weight_order order;
	float *y, *packed, *tiles;
	const float *x, *w;
	float slope, beta;
};

static size_t block_weights(const struct forward *f)
{
	return (size_t)f->s.taps * (size_t)f->s.in_channels * (size_t)f->lanes.total;
}

/* Packs the weights of inputs [begin, end) of every group block, in the order in which the tiles read them. */
static void pack_weights(const struct forward *f, int begin, int end)
{
	const struct shape3 *s = &f->s;
	const int groups = 1 << s->groups_log2;
	const ptrdiff_t step = f->order.turned ? -1 : 1, start = f->order.turned ? s->taps - 1 : 0;

	for (int b = 0; b < s->blocks; b++)
		for (int i = 0; i < f->lanes.blocks; i++) {
			struct lanes l = lanes_of(&f->lanes, i);
			const int lanes = l.vectors * l.simd->lanes, outputs = smaller(lanes / groups, s->out_channels - l.first / groups);
			float *to = f->packed + (size_t)b * block_weights(f) + (size_t)s->taps * (size_t)s->in_channels * (size_t)l.first;

			for (int c = begin; c < end; c++) {
				const float *from = f->w + (ptrdiff_t)(b * groups) * f->order.group + l.first / groups * f->order.out +
					c * f->order.in + start;

				for (int t = 0; t < s->taps; t++) {
					float *line = to + ((size_t)t * (size_t)s->in_channels + (size_t)c) * (size_t)lanes;

					for (int o = 0; o < outputs; o++)
						for (int g = 0; g < groups; g++)
							line[o * groups + g] = from[t * step + g * f->order.group + o * f->order.out];
					for (int o = outputs * groups; o < lanes; o++)
						line[o] = 0;
				}
			}
		}
}

static void forward_row(const struct forward *f, const struct band *band, const float *tile, int image, int d, int h)
{
	const struct shape3 *s = &f->s;
	const int groups = 1 << s->groups_log2;
	const size_t row_weights = (size_t)s->kernel.w * (size_t)s->in_channels;
	const float *rows[ROWS_MAX], *x_row[ROWS_MAX], *w_row[ROWS_MAX];
	int which[ROWS_MAX];
	int count = rows_of(s, band, tile, d, h, rows, which);
	float *y = f->y + (((size_t)image * (size_t)s->out.d + (size_t)d) * (size_t)s->out.h + (size_t)h) * (size_t)s->out.w * out_pixel(s);

	for (int b = 0; b < s->blocks; b++) {
		for (int r = 0; r < count; r++)
			x_row[r] = rows[r] + (size_t)(b * groups) * (size_t)s->in_channels;
		for (int i = 0; i < f->lanes.blocks; i++) {
			struct lanes l = lanes_of(&f->lanes, i);
			const int lanes = l.vectors * l.simd->lanes;
			const float *w = f->packed + (size_t)b * block_weights(f) +
				(size_t)s->taps * (size_t)s->in_channels * (size_t)l.first;
			struct conv_strip strip = {
				.x_row = x_row,
				.w_row = w_row,
				.rows = count,
				.taps = s->kernel.w,
				.inputs = s->in_channels,
				.groups_log2 = s->groups_log2,
				.vectors = l.vectors,
				.pixel = (ptrdiff_t)in_pixel(s) * s->stride.w,
				.tap = (ptrdiff_t)in_pixel(s) * s->dilation.w,
				.columns = s->in.w,
				.pad = s->pad.w,
				.stride = s->stride.w,
				.dilation = s->dilation.w,
				.y = y + (size_t)(b * groups) * (size_t)s->out_channels + l.first / groups,
				.y_pixel = (ptrdiff_t)out_pixel(s),
				.y_group = s->out_channels,
				.outputs = smaller(lanes / groups, s->out_channels - l.first / groups),
				.slope = f->slope,
				.beta = f->beta,
			};

			for (int r = 0; r < count; r++)
				w_row[r] = w + (size_t)which[r] * row_weights * (size_t)lanes;
			l.simd->conv_strip(&strip, 0, s->out.w);
		}
	}
}

static void forward_task(const struct forward *f, float *tile, int task)
{
	const struct shape3 *s = &f->s;
	const int image = task / s->bands;
	const bool deep = s->out.d > 1;
	struct band band = band_of(s, task % s->bands);
	const float *x = f->x + (size_t)image * (size_t)s->in.d * (size_t)s->in.h * (size_t)s->in.w * in_pixel(s);

	if (s->pack) {
		pack_band(tile, x, s, &band);
	} else {
		tile = (float *)x;               /* read only */
		band.begin = (struct extent){ 0, 0, 0 };
		band.end = s->in;
	}
	for (int a = band.out_begin; a < band.out_end; a++)
		for (int h = 0; h < (deep ? s->out.h : 1); h++)
			forward_row(f, &band, tile, image, deep ? a : 0, deep ? h : a);
}

static void forward_thread(void *arg, int thread, int threads)
{
	const struct forward *f = arg;
	size_t begin, end;

	cpu_part((size_t)f->s.in_channels, threads, thread, &begin, &end);
	pack_weights(f, (int)begin, (int)end);
	if (threads > 1)
		cpu_barrier();
	cpu_part((size_t)f->s.tasks, threads, thread, &begin, &end);
	for (size_t task = begin; task < end; task++)
		forward_task(f, f->tiles + (size_t)thread * f->s.tile_floats, (int)task);
}

/* Multiply-accumulates at a moderate rate, and the pixels' way in and out. */
static double nanoseconds(const struct shape3 *s)
{
	double pixels = (double)s->n * s->out.d * s->out.h * s->out.w;
	double products = pixels * s->taps * s->in_channels * (double)out_pixel(s);

	return products / 30 + pixels * (double)(in_pixel(s) + out_pixel(s)) / 8;
}

static void forward_run(struct cpu *cpu, struct forward *f)
{
	int threads;

	shape_finish(&f->s);
	threads = cpu_threads(cpu, nanoseconds(&f->s));
	cut(&f->s, threads, 1);
	f->lanes = lane_plan(cpu, f->s.out_channels << f->s.groups_log2, f->s.groups_log2 ? 2 : VECTORS_MAX);
	f->packed = cpu_scratch(cpu, SCRATCH_WEIGHTS, (size_t)f->s.blocks * block_weights(f) * sizeof(float));
	f->tiles = cpu_scratch(cpu, SCRATCH_TILES, ((size_t)threads * f->s.tile_floats + ALIGN_FLOATS) * sizeof(float));
	if (f->packed && f->tiles)
		cpu_team(threads, forward_thread, f);
}

void direct_conv(struct cpu *cpu, const struct conv *c, float *y, const float *x, const float *w, float slope, float beta)
{
	struct forward f = { .s = shape_of(cpu, c), .y = y, .x = x, .w = w, .slope = slope, .beta = beta };

	assert(f.s.rows <= ROWS_MAX);
	f.order = (struct weight_order){ (ptrdiff_t)f.s.out_channels * f.s.in_channels * f.s.taps,
		(ptrdiff_t)f.s.in_channels * f.s.taps, f.s.taps, false };
	forward_run(cpu, &f);
}

static int turned_pad(int kernel, int dilation, int pad)
{
	return (kernel - 1) * dilation - pad;
}

void direct_data(struct cpu *cpu, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	struct forward f = { .s = shape_of(cpu, c), .y = dx, .x = dy, .w = w, .slope = ACT_NONE, .beta = beta };
	struct shape3 s = f.s;

	assert(s.rows <= ROWS_MAX && s.stride.d == 1 && s.stride.h == 1 && s.stride.w == 1);
	f.order = (struct weight_order){ (ptrdiff_t)s.out_channels * s.in_channels * s.taps, s.taps,
		(ptrdiff_t)s.in_channels * s.taps, true };
	f.s.in = s.out;
	f.s.out = s.in;
	f.s.in_channels = s.out_channels;
	f.s.out_channels = s.in_channels;
	f.s.pad = (struct extent){ turned_pad(s.kernel.d, s.dilation.d, s.pad.d), turned_pad(s.kernel.h, s.dilation.h, s.pad.h),
		turned_pad(s.kernel.w, s.dilation.w, s.pad.w) };
	forward_run(cpu, &f);
}

/* The weights' gradient. Sums lie as [group block][kernel row][tap, input][lane]. */
struct backward {
	struct shape3 s;
	struct lane_plan lanes;
	float *dw, *tiles, *sums;
	const float *x, *dy;
	bool pack_dy;
	size_t tile_floats;              /* of x and dy */
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

/* Output rows that are visited together, and where their data lie. */
struct row_set {
	int count;
	struct band band;
	const float *tile[WEIGHTS_PIXELS], *dy[WEIGHTS_PIXELS];
	int d[WEIGHTS_PIXELS], h[WEIGHTS_PIXELS];
};

static void backward_rows(const struct backward *f, float *sums, const struct row_set *set)
{
	const struct shape3 *s = &f->s;
	const int groups = 1 << s->groups_log2, inputs = s->kernel.w * s->in_channels;
	const size_t pixel = in_pixel(s), row_floats = (size_t)s->columns * pixel;
	const float *x_row[WEIGHTS_PIXELS], *dy_row[WEIGHTS_PIXELS], *x_block[WEIGHTS_PIXELS], *dy_block[WEIGHTS_PIXELS];

	for (int r = 0; r < s->rows; r++) {
		int kd = r / s->kernel.h * s->dilation.d - s->pad.d, kh = r % s->kernel.h * s->dilation.h - s->pad.h, count = 0;

		for (int i = 0; i < set->count; i++) {
			int d = set->d[i] * s->stride.d + kd, h = set->h[i] * s->stride.h + kh;

			if (d < 0 || d >= s->in.d || h < 0 || h >= s->in.h)
				continue;
			x_row[count] = set->tile[i] + ((size_t)(d - set->band.begin.d) * (size_t)(set->band.end.h - set->band.begin.h) +
				(size_t)(h - set->band.begin.h)) * row_floats;
			dy_row[count++] = set->dy[i];
		}
		if (count == 0)
			continue;
		for (int b = 0; b < s->blocks; b++)
			for (int i = 0; i < f->lanes.blocks; i++) {
				struct lanes l = lanes_of(&f->lanes, i);
				float *sum = sums + ((size_t)b * (size_t)s->rows + (size_t)r) * (size_t)inputs * (size_t)f->lanes.total;

				for (int k = 0; k < count; k++) {
					x_block[k] = x_row[k] + (size_t)(b * groups) * (size_t)s->in_channels;
					dy_block[k] = dy_row[k] + (size_t)l.first + (size_t)b * (f->pack_dy ? (size_t)f->lanes.total :
						(size_t)(groups * s->out_channels));
				}
				for (int first = 0; first < inputs;) {
					int left = inputs - first, together = left >= 8 ? 8 : left >= 4 ? 4 : left >= 2 ? 2 : 1;
					ptrdiff_t at[TAPS_MAX];

					for (int j = 0; j < together; j++)
						at[j] = (first + j) / s->in_channels * (ptrdiff_t)pixel * s->dilation.w +
							(first + j) % s->in_channels * groups;
					l.simd->weights_tile(&(struct weights_tile){
						.x_row = x_block,
						.dy_row = dy_block,
						.rows = count,
						.pixels = s->out.w,
						.inputs = together,
						.groups_log2 = s->groups_log2,
						.vectors = l.vectors,
						.pixel = (ptrdiff_t)pixel * s->stride.w,
						.dy_pixel = (ptrdiff_t)dy_pixel(f),
						.at = at,
						.sum = sum + (size_t)first * (size_t)f->lanes.total + l.first,
						.sum_pitch = f->lanes.total,
					});
					first += together;
				}
			}
	}
}

/* dy with its lanes as the tiles want them: groups side by side, the empty lanes 0. */
static void pack_dy(float *to, const struct backward *f, const float *dy, size_t pixels)
{
	const struct shape3 *s = &f->s;
	const int groups = 1 << s->groups_log2, lanes = f->lanes.total, outputs = s->out_channels;

	for (size_t p = 0; p < pixels; p++)
		for (int b = 0; b < s->blocks; b++, to += lanes, dy += groups * outputs) {
			for (int o = 0; o < outputs; o++)
				for (int g = 0; g < groups; g++)
					to[o * groups + g] = dy[g * outputs + o];
			for (int l = outputs * groups; l < lanes; l++)
				to[l] = 0;
		}
}

static void backward_task(const struct backward *f, float *sums, float *tile, int task)
{
	const struct shape3 *s = &f->s;
	const bool deep = s->out.d > 1;
	const size_t image_floats = (size_t)s->in.d * (size_t)s->in.h * (size_t)s->in.w * in_pixel(s);
	const size_t dy_row = (size_t)s->out.w * dy_pixel(f);
	struct row_set set = { .band = band_of(s, task % s->bands) };
	const struct band own = set.band;
	int first = s->bands > 1 ? task / s->bands : task * s->images, images = smaller(s->images, s->n - first);
	int out_rows = (own.out_end - own.out_begin) * (deep ? s->out.h : 1), together = larger(1, WEIGHTS_PIXELS / s->out.w);
	float *dy_tile = tile + s->tile_floats;

	if (!s->pack) {
		set.band.begin = (struct extent){ 0, 0, 0 };
		set.band.end = s->in;
	}
	for (int i = 0; i < images; i++) {
		const float *x = f->x + (size_t)(first + i) * image_floats;
		const float *dy = f->dy + ((size_t)(first + i) * (size_t)(s->out.d * s->out.h) +
			(size_t)own.out_begin * (size_t)(deep ? s->out.h : 1)) * (size_t)s->out.w * out_pixel(s);

		if (s->pack) {
			float *to = tile + (size_t)i * s->image_floats;

			pack_band(to, x, s, &own);
			x = to;
		}
		if (f->pack_dy) {
			float *to = dy_tile + (size_t)i * (size_t)out_rows * dy_row;

			pack_dy(to, f, dy, (size_t)out_rows * (size_t)s->out.w);
			dy = to;
		}
		for (int r = 0; r < out_rows; r++) {
			set.tile[set.count] = x;
			set.dy[set.count] = dy + (size_t)r * dy_row;
			set.d[set.count] = deep ? own.out_begin + r / s->out.h : 0;
			set.h[set.count] = deep ? r % s->out.h : own.out_begin + r;
			if (++set.count == together || (r == out_rows - 1 && i == images - 1)) {
				backward_rows(f, sums, &set);
				set.count = 0;
			}
		}
	}
}

/* dw from the sums, for inputs [begin, end) of each group; 16 lanes at a time, so that lines of the sums are read once. */
static void unpack_weights(const struct backward *f, int begin, int end)
{
	const struct shape3 *s = &f->s;
	const int groups = 1 << s->groups_log2, outputs = s->out_channels, some = larger(1, 16 / groups);
	const size_t lanes = (size_t)f->lanes.total, tap = (size_t)s->in_channels * lanes;

	for (int b = 0; b < s->blocks; b++)
		for (int c = begin; c < end; c++)
			for (int o0 = 0; o0 < outputs; o0 += some)
				for (int o = o0; o < smaller(o0 + some, outputs); o++)
					for (int g = 0; g < groups; g++) {
						const float *sum = f->sums + (size_t)b * (size_t)s->taps * tap + (size_t)c * lanes + o * groups + g;
						float *dw = f->dw + (((size_t)(b * groups + g) * (size_t)outputs + (size_t)o) *
							(size_t)s->in_channels + (size_t)c) * (size_t)s->taps;

						for (int t = 0; t < s->taps; t++)
							dw[t] = f->beta != 0 ? f->beta * dw[t] + sum[(size_t)t * tap] : sum[(size_t)t * tap];
					}
}

static void backward_thread(void *arg, int thread, int threads)
{
	const struct backward *f = arg;
	const size_t floats = sum_floats(f);
	float *sums = f->sums + (size_t)thread * floats;
	size_t begin, end;

	memset(sums, 0, floats * sizeof(float));
	cpu_part((size_t)f->s.tasks, threads, thread, &begin, &end);
	for (size_t task = begin; task < end; task++)
		backward_task(f, sums, f->tiles + (size_t)thread * f->tile_floats, (int)task);
	if (threads > 1) {
		cpu_barrier();
		cpu_part(floats, threads, thread, &begin, &end);
		for (int t = 1; t < threads; t++)
			for (size_t i = begin; i < end; i++)
				f->sums[i] += f->sums[(size_t)t * floats + i];
		cpu_barrier();
	}
	cpu_part((size_t)f->s.in_channels, threads, thread, &begin, &end);
	unpack_weights(f, (int)begin, (int)end);
}

void direct_weights(struct cpu *cpu, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	struct backward f = { .s = shape_of(cpu, c), .dw = dw, .x = x, .dy = dy, .beta = beta };
	int threads, lanes;
	size_t dy_floats = 0;

	assert(f.s.rows <= ROWS_MAX);
	shape_finish(&f.s);
	threads = cpu_threads(cpu, nanoseconds(&f.s));
	cut(&f.s, threads, WEIGHTS_PIXELS);
	lanes = f.s.out_channels << f.s.groups_log2;
	f.lanes = lane_plan(cpu, lanes, 2);
	f.pack_dy = f.s.groups_log2 > 0 || f.lanes.total != lanes;
	if (f.pack_dy) {
		int rows = f.s.out.d > 1 ? f.s.out.d : f.s.out.h, most = (rows + f.s.bands - 1) / f.s.bands;

		dy_floats = (size_t)f.s.images * (size_t)most * (size_t)(f.s.out.d > 1 ? f.s.out.h : 1) * (size_t)f.s.out.w * dy_pixel(&f);
	}
	f.tile_floats = (f.s.tile_floats + dy_floats + ALIGN_FLOATS - 1) / ALIGN_FLOATS * ALIGN_FLOATS;
	f.tiles = cpu_scratch(cpu, SCRATCH_TILES, ((size_t)threads * f.tile_floats + ALIGN_FLOATS) * sizeof(float));
	f.sums = cpu_scratch(cpu, SCRATCH_SUMS, (size_t)threads * sum_floats(&f) * sizeof(float));
	if (f.tiles && f.sums)
		cpu_team(threads, backward_thread, &f);
}
