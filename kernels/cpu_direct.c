/*
 * cpu_direct.c -- convolution and the data's gradient straight from the definition, by the register tiles of cpu_simd_body.h.
 *
 * Nothing is prepared or kept by shape, so a network that is new at every step costs nothing extra. The data's gradient is the convolution of
 * dy with the weights turned round. Where there are groups, lanes lie as [output][group] and a row goes through a buffer that
 * puts its channels in order.
 */
#include "kernels/cpu_direct.h"

#include <assert.h>

enum {
	IMAGES = 16,                     /* of a task that goes across images */
	PARTS = 4
};

/* Where a weight lies for the role it plays; `turned` reverses the taps. */
struct weight_order {
	ptrdiff_t group, out, in;
	bool turned;
};

struct forward {
	struct direct s;
	struct lane_plan lanes;
	struct weight_order weights;
	struct permutation order;        /* lanes to channels, where there are groups */
	float *y, *packed, *tiles, *lines;
	const float *x, *w;
	size_t line_floats;
	float slope, beta;
};

static size_t block_weights(const struct forward *f)
{
	return (size_t)f->s.taps * (size_t)f->s.in_channels * (size_t)f->lanes.total;
}

/* Packs the weights of inputs [begin, end) of every group block, in the order in which the tiles read them. */
static void pack_weights(const struct forward *f, int begin, int end)
{
	const struct direct *s = &f->s;
	const int groups = 1 << s->groups_log2;
	const ptrdiff_t step = f->weights.turned ? -1 : 1, start = f->weights.turned ? s->taps - 1 : 0;

	for (int b = 0; b < s->blocks; b++)
		for (int i = 0; i < f->lanes.blocks; i++) {
			struct lanes l = lanes_of(&f->lanes, i);
			const int lanes = l.vectors * l.simd->lanes, outputs = smaller(lanes / groups, s->out_channels - l.first / groups);
			float *to = f->packed + (size_t)b * block_weights(f) + (size_t)s->taps * (size_t)s->in_channels * (size_t)l.first;

			for (int c = begin; c < end; c++) {
				const float *from = f->w + (ptrdiff_t)(b * groups) * f->weights.group + l.first / groups * f->weights.out +
					c * f->weights.in + start;

				for (int t = 0; t < s->taps; t++) {
					float *line = to + ((size_t)t * (size_t)s->in_channels + (size_t)c) * (size_t)lanes;

					for (int o = 0; o < outputs; o++)
						for (int g = 0; g < groups; g++)
							line[o * groups + g] = from[t * step + g * f->weights.group + o * f->weights.out];
					for (int o = outputs * groups; o < lanes; o++)
						line[o] = 0;
				}
			}
		}
}

/* Kernel rows that see the image: where their input rows begin, and which they are. */
struct kernel_rows {
	int count;
	const float *x[ROWS_MAX];
	int which[ROWS_MAX];
};

static void kernel_rows(struct kernel_rows *rows, const struct direct *s, const struct band *b, const float *tile, int d, int h)
{
	const size_t row_floats = (size_t)s->columns * in_pixel(s);
	const struct span kd = direct_span(d, s->kernel.d, s->stride.d, s->dilation.d, s->pad.d, s->in.d);
	const struct span kh = direct_span(h, s->kernel.h, s->stride.h, s->dilation.h, s->pad.h, s->in.h);

	rows->count = 0;
	for (int i = kd.begin; i < kd.end; i++)
		for (int j = kh.begin; j < kh.end; j++) {
			int in_d = d * s->stride.d - s->pad.d + i * s->dilation.d, in_h = h * s->stride.h - s->pad.h + j * s->dilation.h;

			rows->x[rows->count] = tile + ((size_t)(in_d - b->begin.d) * (size_t)(b->end.h - b->begin.h) +
				(size_t)(in_h - b->begin.h)) * row_floats;
			rows->which[rows->count++] = i * s->kernel.h + j;
		}
}

/* All output channels of a strip of `pixels`: a row of one image, or one pixel of several. `strip` has the geometry. */
static void strip_channels(const struct forward *f, struct conv_strip *strip, const struct kernel_rows *rows, struct span taps,
	ptrdiff_t x_offset, float *y, ptrdiff_t y_pixel, float *line, int pixels)
{
	const struct direct *s = &f->s;
	const int groups = 1 << s->groups_log2;
	const size_t row_weights = (size_t)s->kernel.w * (size_t)s->in_channels;
	const float *x_row[ROWS_MAX], *w_row[ROWS_MAX];

	strip->x_row = x_row;
	strip->w_row = w_row;
	strip->rows = rows->count;
	strip->taps = taps.end - taps.begin;
	strip->inputs = s->in_channels;
	strip->groups_log2 = s->groups_log2;
	strip->tap = (ptrdiff_t)in_pixel(s) * s->dilation.w;
	strip->slope = line ? ACT_NONE : f->slope;
	strip->beta = line ? 0 : f->beta;
	strip->y_pixel = line ? (ptrdiff_t)f->order.sources : y_pixel;
	for (int b = 0; b < s->blocks; b++) {
		for (int r = 0; r < rows->count; r++)
			x_row[r] = rows->x[r] + x_offset + (ptrdiff_t)(b * groups) * s->in_channels;
		for (int i = 0; i < f->lanes.blocks; i++) {
			struct lanes l = lanes_of(&f->lanes, i);
			const int lanes = l.vectors * l.simd->lanes;
			const float *w = f->packed + (size_t)b * block_weights(f) + (size_t)s->taps * (size_t)s->in_channels * (size_t)l.first +
				(size_t)taps.begin * (size_t)s->in_channels * (size_t)lanes;

			for (int r = 0; r < rows->count; r++)
				w_row[r] = w + (size_t)rows->which[r] * row_weights * (size_t)lanes;
			strip->vectors = l.vectors;
			strip->y = line ? line + b * f->lanes.total + l.first : y + b * s->out_channels + l.first;
			strip->outputs = line ? lanes : smaller(lanes, s->out_channels - l.first);
			l.simd->conv_strip(strip, 0, pixels);
		}
	}
	if (line) {
		struct permutation order = f->order;

		order.to_pixel = y_pixel;
		f->lanes.wide->permute(&order, y, line, (size_t)pixels);
	}
}

static void row_task(const struct forward *f, const float *tile, const struct band *band, int image, float *line)
{
	const struct direct *s = &f->s;
	const bool deep = s->out.d > 1;
	struct kernel_rows rows;
	struct conv_strip strip = { .pixel = (ptrdiff_t)in_pixel(s) * s->stride.w, .columns = s->in.w, .pad = s->pad.w, .stride = s->stride.w,
		.dilation = s->dilation.w };

	for (int a = band->out_begin; a < band->out_end; a++)
		for (int b = 0; b < (deep ? s->out.h : 1); b++) {
			int d = deep ? a : 0, h = deep ? b : a;
			size_t row = ((size_t)image * (size_t)s->out.d + (size_t)d) * (size_t)s->out.h + (size_t)h;

			kernel_rows(&rows, s, band, tile, d, h);
			strip_channels(f, &strip, &rows, (struct span){ 0, s->kernel.w }, 0, f->y + row * (size_t)s->out.w * out_pixel(s),
				(ptrdiff_t)out_pixel(s), line, s->out.w);
		}
}

static void image_task(const struct forward *f, const float *tile, const struct band *band, int first, int images, float *line)
{
	const struct direct *s = &f->s;
	const size_t pixels = (size_t)s->out.d * (size_t)s->out.h * (size_t)s->out.w;
	struct kernel_rows rows;
	struct conv_strip strip = { .pixel = (ptrdiff_t)s->image_floats, .columns = 1 };
	float *y = f->y + (size_t)first * pixels * out_pixel(s);

	for (int d = 0; d < s->out.d; d++)
		for (int h = 0; h < s->out.h; h++) {
			kernel_rows(&rows, s, band, tile, d, h);
			for (int w = 0; w < s->out.w; w++, y += out_pixel(s)) {
				struct span taps = direct_span(w, s->kernel.w, s->stride.w, s->dilation.w, s->pad.w, s->in.w);
				int column = w * s->stride.w - s->pad.w + taps.begin * s->dilation.w;

				strip_channels(f, &strip, &rows, taps, (ptrdiff_t)column * (ptrdiff_t)in_pixel(s), y,
					(ptrdiff_t)(pixels * out_pixel(s)), line, images);
			}
		}
}

static void weights_part(void *arg, int part, int parts, int thread)
{
	const struct forward *f = arg;
	size_t begin, end;

	(void)thread;
	cpu_part((size_t)f->s.in_channels, parts, part, &begin, &end);
	pack_weights(f, (int)begin, (int)end);
}

static void forward_part(void *arg, int part, int parts, int thread)
{
	const struct forward *f = arg;
	const struct direct *s = &f->s;
	float *tile = f->tiles + (size_t)thread * s->tile_floats;
	float *line = f->lines ? f->lines + (size_t)thread * f->line_floats : NULL;
	size_t begin, end;

	cpu_part((size_t)s->tasks, parts, part, &begin, &end);
	for (size_t task = begin; task < end; task++) {
		struct band band;
		const float *pixels = direct_pack(s, f->lanes.wide, tile, f->x, (int)task, &band);
		int first, last = direct_images(s, (int)task, &first);

		if (s->across)
			image_task(f, pixels, &band, first, last - first, line);
		else
			row_task(f, pixels, &band, first, line);
	}
}

/* Channel [group][output] of a pixel from lane [group block][output][group]. */
static void lane_order(struct forward *f, int32_t *index)
{
	const int groups = 1 << f->s.groups_log2, pixel = (int)out_pixel(&f->s);

	for (int i = 0; i < pixel; i++) {
		int group = i / f->s.out_channels, output = i % f->s.out_channels;

		index[i] = group / groups * f->lanes.total + output * groups + group % groups;
	}
	f->order = (struct permutation){ .index = index, .count = pixel, .sources = f->s.blocks * f->lanes.total,
		.from_pixel = f->s.blocks * f->lanes.total, .slope = f->slope, .beta = f->beta };
}

static void forward_run(struct cpu *cpu, struct forward *f)
{
	struct direct *s = &f->s;
	int share = direct_threads(cpu, s), threads = share > 1 ? cpu->be.threads : 1, pixels_max;
	size_t tiles, lines = 0, indices = 0;

	direct_settle(s, share, 1, 1, IMAGES);
	f->lanes = lane_plan(cpu, s->out_channels << s->groups_log2, s->groups_log2 ? 2 : VECTORS_MAX);
	pixels_max = s->across ? s->images : s->out.w;
	if (s->groups_log2 > 0) {
		f->line_floats = aligned_floats((size_t)pixels_max * (size_t)(s->blocks * f->lanes.total));
		lines = (size_t)threads * f->line_floats;
		indices = direct_order_ints(s) + out_pixel(s);
	}
	tiles = aligned_floats((size_t)threads * s->tile_floats);
	f->packed = cpu_scratch(cpu, SCRATCH_WEIGHTS, (size_t)s->blocks * block_weights(f) * sizeof(float));
	f->tiles = cpu_scratch(cpu, SCRATCH_TILES, (tiles + lines + indices + ALIGN_FLOATS) * sizeof(float));
	if (!f->packed || !f->tiles)
		return;
	if (s->groups_log2 > 0) {
		int32_t *index = (int32_t *)(void *)(f->tiles + tiles + lines);

		f->lines = f->tiles + tiles;
		direct_order(s, index);
		lane_order(f, index + direct_order_ints(s));
	}
	team_run(cpu->team, cpu_threads(cpu, (double)s->blocks * (double)block_weights(f)), weights_part, f);
	/* several parts a thread: who is held up takes fewer */
	team_run(cpu->team, share > 1 ? smaller(s->tasks, PARTS * share) : 1, forward_part, f);
}

void direct_conv(struct cpu *cpu, const struct conv *c, float *y, const float *x, const float *w, float slope, float beta)
{
	struct forward f = { .s = direct_of(cpu, c), .y = y, .x = x, .w = w, .slope = slope, .beta = beta };

	assert(f.s.rows <= ROWS_MAX);
	f.weights = (struct weight_order){ (ptrdiff_t)f.s.out_channels * f.s.in_channels * f.s.taps,
		(ptrdiff_t)f.s.in_channels * f.s.taps, f.s.taps, false };
	forward_run(cpu, &f);
}

static int turned_pad(int kernel, int dilation, int pad)
{
	return (kernel - 1) * dilation - pad;
}

void direct_data(struct cpu *cpu, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	struct forward f = { .s = direct_of(cpu, c), .y = dx, .x = dy, .w = w, .slope = ACT_NONE, .beta = beta };
	const struct direct s = f.s;

	assert(s.rows <= ROWS_MAX && s.stride.d == 1 && s.stride.h == 1 && s.stride.w == 1);
	f.weights = (struct weight_order){ (ptrdiff_t)s.out_channels * s.in_channels * s.taps, s.taps,
		(ptrdiff_t)s.in_channels * s.taps, true };
	f.s.in = s.out;
	f.s.out = s.in;
	f.s.in_channels = s.out_channels;
	f.s.out_channels = s.in_channels;
	f.s.pad = (struct extent){ turned_pad(s.kernel.d, s.dilation.d, s.pad.d), turned_pad(s.kernel.h, s.dilation.h, s.pad.h),
		turned_pad(s.kernel.w, s.dilation.w, s.pad.w) };
	forward_run(cpu, &f);
}
