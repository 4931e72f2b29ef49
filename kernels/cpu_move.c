/* cpu_move.c -- channels between tensors of the same pixels, and boxes of strided arrays. */
#include "kernels/box.h"
#include "kernels/cpu.h"

enum { RANGES_MAX = 256 };

struct move_channels {
	const struct simd *simd;
	float *to;
	const float *from;
	int to_channels, from_channels, count;
	struct channel_range range[RANGES_MAX];
};

static void channels_part(void *arg, size_t begin, size_t end)
{
	const struct move_channels *m = arg;

	m->simd->channels(m->to + begin * (size_t)m->to_channels, m->to_channels, m->from + begin * (size_t)m->from_channels,
		m->from_channels, m->range, m->count, end - begin);
}

static bool range_continues(const struct channel_range *last, const struct channel_range *range)
{
	return range->beta == last->beta && range->to == last->to + last->count && range->from == last->from + last->count;
}

void cpu_channels(struct backend *be, float *to, int to_channels, const float *from, int from_channels,
	const struct channel_range *range, int count, size_t rows)
{
	struct move_channels m;

	m.simd = cpu_of(be)->wide;
	m.to = to;
	m.from = from;
	m.to_channels = to_channels;
	m.from_channels = from_channels;

	while (count > 0) {
		int moved = 0;

		/* neighbours on both sides are one range; more of them than fit go in several passes, in order */
		for (m.count = 0; count > 0 && m.count < RANGES_MAX; range++, count--) {
			moved += range->count;
			if (m.count == 0 || !range_continues(&m.range[m.count - 1], range))
				m.range[m.count++] = *range;
			else
				m.range[m.count - 1].count += range->count;
		}
		cpu_parallel(cpu_of(be), rows, 1 + 0.3 * moved, channels_part, &m);
	}
}

/* One side of a box is dense: `dense` runs over the box in order, `strided` lies in the larger array. */
struct move_box {
	struct box box;                  /* without dims that continue the one before them */
	size_t inner;                    /* elements of the last dim */
	float *to_dense, *to_strided;    /* one of them NULL */
	const float *from_dense, *from_strided;
	float beta;
};

static void gather_line(float *y, const float *x, ptrdiff_t stride, size_t n, float beta)
{
	if (beta == 0)
		for (size_t i = 0; i < n; i++)
			y[i] = x[(ptrdiff_t)i * stride];
	else
		for (size_t i = 0; i < n; i++)
			y[i] = beta * y[i] + x[(ptrdiff_t)i * stride];
}

static void scatter_line(float *x, const float *y, ptrdiff_t stride, size_t n, float beta)
{
	if (beta == 0)
		for (size_t i = 0; i < n; i++)
			x[(ptrdiff_t)i * stride] = y[i];
	else
		for (size_t i = 0; i < n; i++)
			x[(ptrdiff_t)i * stride] = beta * x[(ptrdiff_t)i * stride] + y[i];
}

/* Lines [begin, end) of the box. */
static void box_part(void *arg, size_t begin, size_t end)
{
	const struct move_box *m = arg;
	const struct box *b = &m->box;
	const int last = b->dims - 1;
	int at[BOX_DIMS] = { 0 };
	ptrdiff_t offset = (ptrdiff_t)b->offset;
	size_t rest = begin;

	for (int i = last - 1; i >= 0; i--) {
		at[i] = (int)(rest % (size_t)b->count[i]);
		rest /= (size_t)b->count[i];
		offset += at[i] * b->stride[i];
	}
	for (size_t line = begin; line < end; line++) {
		if (m->to_dense)
			gather_line(m->to_dense + line * m->inner, m->from_strided + offset, b->stride[last], m->inner, m->beta);
		else
			scatter_line(m->to_strided + offset, m->from_dense + line * m->inner, b->stride[last], m->inner, m->beta);
		for (int i = last - 1; i >= 0; i--) {
			offset += b->stride[i];
			if (++at[i] < b->count[i])
				break;
			offset -= at[i] * b->stride[i];
			at[i] = 0;
		}
	}
}

static void move_box(struct backend *be, struct move_box *m, const struct box *b)
{
	size_t lines = 1;

	if (box_count(b) == 0)
		return;
	m->box = box_merged(b);
	for (int i = 0; i < m->box.dims - 1; i++)
		lines *= (size_t)m->box.count[i];
	m->inner = (size_t)m->box.count[m->box.dims - 1];
	cpu_parallel(cpu_of(be), lines, 3 + 0.7 * (double)m->inner, box_part, m);
}

void cpu_gather(struct backend *be, float *y, const float *x, const struct box *b, float beta)
{
	move_box(be, &(struct move_box){ .to_dense = y, .from_strided = x, .beta = beta }, b);
}

/* The box must not meet itself (two elements at one place), else threads would too. */
void cpu_scatter(struct backend *be, float *x, const float *y, const struct box *b, float beta)
{
	move_box(be, &(struct move_box){ .to_strided = x, .from_dense = y, .beta = beta }, b);
}
