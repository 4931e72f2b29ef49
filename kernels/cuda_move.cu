/*
 * cuda_move.cu -- channels between tensors of the same pixels, boxes of strided arrays, and other orders and precisions. Each moves what it
 * must once: reads a source, reads an old value where it is added to, writes. Short inner lines cost the rest of their 32-byte sectors.
 */
#include "kernels/cuda_device.h"

#include <cstring>

#include "kernels/box.h"

/*
 * Ranges that apply in order are turned about: the written channels are cut where any range begins or ends, and each segment has the list of
 * what it becomes: v = beta v + from[…], the first one with the old value. So one launch reads and writes every channel once, however
 * ranges overlap. Some tables do not fit in the arguments of a launch; then the ranges go in several.
 */
enum { SEGMENTS = 96, TERMS = 192, RANGES_MAX = (SEGMENTS + 1) / 2 };

struct segment {
	int at;                          /* vectors of the segments before it */
	int to;                          /* channel */
	int term, terms;
};

struct term {
	int from;                        /* channel */
	float beta;
};

struct segments {
	float *to;
	const float *from;
	size_t to_channels, from_channels, rows;
	struct tiles tiles;              /* over all written channels */
	int count;
	struct segment segment[SEGMENTS];
	struct term term[TERMS];
};

template <int W> __global__ static void move_channels(__grid_constant__ const struct segments m)
{
	struct tiles t = m.tiles;
	int column = (int)tile_column(t), i = 0;

	if (!in_tile(t))
		return;
	for (int step = 64; step > 0; step /= 2)
		if (i + step < m.count && m.segment[i + step].at <= column)
			i += step;

	const struct segment &s = m.segment[i];
	int channel = (column - s.at) * W;

	for (size_t row = (size_t)blockIdx.y * t.down + tile_row(t); row < m.rows; row += (size_t)gridDim.y * t.down) {
		float *to = m.to + row * m.to_channels + s.to + channel;
		const float *from = m.from + row * m.from_channels + channel;
		lanes<W> v = load_old<W>(to, 0, m.term[s.term].beta);

		for (int k = s.term; k < s.term + s.terms; k++) {
			float beta = m.term[k].beta;
			lanes<W> x = load<W>(from + m.term[k].from, 0);

			for (int j = 0; j < W; j++)
				v.at[j] = fmaf(beta, v.at[j], x.at[j]);
		}
		store<W>(to, 0, v);
	}
}

/* Where ranges begin and end, in order, each once. */
static int cuts_of(const struct channel_range *range, int count, int *cut)
{
	int cuts = 0;

	for (int i = 0; i < 2 * count; i++) {
		int at = range[i / 2].to + (i % 2 ? range[i / 2].count : 0), k = cuts;

		while (k > 0 && cut[k - 1] > at)
			k--;
		if (k > 0 && cut[k - 1] == at)
			continue;
		memmove(cut + k + 1, cut + k, (size_t)(cuts - k) * sizeof *cut);
		cut[k] = at;
		cuts++;
	}
	return cuts;
}

/* The terms of segment [begin, end) after `terms` others; what is overwritten does not count. -1: no room. */
static int terms_of(const struct channel_range *range, int count, int begin, int end, struct term *term, int terms)
{
	int first = terms;

	for (int i = 0; i < count; i++) {
		if (range[i].to > begin || range[i].to + range[i].count < end)
			continue;
		if (range[i].beta == 0)
			terms = first;
		if (terms == TERMS)
			return -1;
		term[terms++] = { range[i].from + begin - range[i].to, range[i].beta };
	}
	return terms;
}

/* Fills the table from at most RANGES_MAX ranges. False: they do not fit. `vector` 4: all that there is are whole vectors. */
static bool cut_ranges(struct segments *m, const struct channel_range *range, int count, int *vector)
{
	int cut[2 * RANGES_MAX + 1], cuts = cuts_of(range, count, cut), terms = 0, channels = 0, odd = 0;

	m->count = 0;
	for (int i = 0; i + 1 < cuts; i++) {
		int next = terms_of(range, count, cut[i], cut[i + 1], m->term, terms);

		if (next < 0)
			return false;
		if (next == terms)
			continue;
		m->segment[m->count++] = { channels, cut[i], terms, next - terms };
		channels += cut[i + 1] - cut[i];
		odd |= cut[i] | cut[i + 1];
		for (; terms < next; terms++)
			odd |= m->term[terms].from;
	}
	*vector = odd % WIDE == 0 && m->to_channels % WIDE == 0 && m->from_channels % WIDE == 0 && aligned(m->to, m->from) ? WIDE : 1;
	for (int i = 0; i < m->count; i++)
		m->segment[i].at /= *vector;
	if (channels > 0)
		m->tiles = tiles_of(channels, *vector, THREADS);
	return true;
}

void cuda_channels(struct backend *be, float *to, int to_channels, const float *from, int from_channels,
	const struct channel_range *range, int count, size_t rows)
{
	struct cuda *cuda = cuda_of(be);
	struct segments m;

	m.to = to;
	m.from = from;
	m.to_channels = (size_t)to_channels;
	m.from_channels = (size_t)from_channels;
	m.rows = rows;
	while (count > 0 && rows > 0) {
		int some = count < RANGES_MAX ? count : RANGES_MAX, vector;

		while (!cut_ranges(&m, range, some, &vector))
			some /= 2;
		if (m.count > 0) {
			auto kernel = vector == WIDE ? move_channels<WIDE> : move_channels<1>;
			unsigned down = tiles_down(m.tiles, rows + m.tiles.down - 1, 1, (size_t)cuda->processors * BLOCKS);

			LAUNCH(cuda, "channels", kernel, dim3(tiles_across(m.tiles), down), THREADS, m);
		}
		range += some;
		count -= some;
	}
}

/* Where element `i` of a box lies: counts and strides of the merged box, in vectors. */
struct places {
	int dims;
	struct divider count[BOX_DIMS];
	ptrdiff_t stride[BOX_DIMS];
	unsigned all;
};

static __device__ inline ptrdiff_t place(const struct places &p, unsigned i)
{
	ptrdiff_t at = 0;

	for (int k = p.dims - 1; k > 0; k--)
		at += (ptrdiff_t)divide_off(p.count[k], &i) * p.stride[k];
	return at + (ptrdiff_t)i * p.stride[0];
}

template <int W> __global__ static void gather_box(float *y, const float *x, __grid_constant__ const struct places p, float beta)
{
	for (unsigned i = (unsigned)first_index(); i < p.all; i += (unsigned)index_step())
		put<W>(y, i, load<W>(x + place(p, i) * W, 0), beta);
}

template <int W> __global__ static void scatter_box(float *x, const float *y, __grid_constant__ const struct places p, float beta)
{
	for (unsigned i = (unsigned)first_index(); i < p.all; i += (unsigned)index_step())
		put<W>(x + place(p, i) * W, 0, load<W>(y, i), beta);
}

__global__ static void gather_half(__nv_bfloat16 *y, const float *x, __grid_constant__ const struct places p)
{
	for (unsigned i = (unsigned)first_index(); i < p.all; i += (unsigned)index_step())
		y[i] = __float2bfloat16_rn(x[place(p, i)]);
}

/* Vectors of a merged box: its lines are dense and all else steps by whole vectors. */
static int vector_of(const struct box *b, const float *dense, const float *strided)
{
	int last = b->dims - 1;
	ptrdiff_t odd = b->count[last];

	for (int i = 0; i < last; i++)
		odd |= b->stride[i];
	return b->stride[last] == 1 && odd % WIDE == 0 && aligned(dense, strided + b->offset) ? WIDE : 1;
}

static struct places places_of(const struct box *b, int vector)
{
	struct places p = {};
	int last = b->dims - 1;

	p.dims = b->dims;
	p.all = 1;
	for (int i = 0; i <= last; i++) {
		int count = i == last ? b->count[i] / vector : b->count[i];

		p.count[i] = divider_of((size_t)count);
		p.stride[i] = i == last ? b->stride[i] : b->stride[i] / vector;
		p.all *= (unsigned)count;
	}
	return p;
}

/*
 * Runs `move` for a box in one piece or, where it has more elements than an index counts, for the halves of its first dim. The dense side
 * of a piece begins at its element `dense`.
 */
template <class Move> static void in_pieces(struct box b, size_t dense, Move move)
{
	size_t n = box_count(&b);

	if (n <= INDEX_MAX) {
		if (n > 0)
			move(&b, dense);
		return;
	}
	if (b.count[0] == 1) {
		for (int i = 1; i < b.dims; i++) {
			b.count[i - 1] = b.count[i];
			b.stride[i - 1] = b.stride[i];
		}
		b.dims--;
		in_pieces(b, dense, move);
		return;
	}

	struct box second = b;
	int half = b.count[0] / 2;

	second.count[0] -= half;
	second.offset += (size_t)(half * b.stride[0]);
	b.count[0] = half;
	in_pieces(b, dense, move);
	in_pieces(second, dense + box_count(&b), move);
}

void cuda_gather(struct backend *be, float *y, const float *x, const struct box *box, float beta)
{
	struct cuda *cuda = cuda_of(be);

	in_pieces(box_merged(box), 0, [=](const struct box *b, size_t dense) {
		int vector = vector_of(b, y + dense, x);
		struct places p = places_of(b, vector);
		auto kernel = vector == WIDE ? gather_box<WIDE> : gather_box<1>;

		LAUNCH(cuda, "gather", kernel, blocks_for(cuda, p.all), THREADS, y + dense, x + b->offset, p, beta);
	});
}

/* The box must not meet itself (two elements at one place), else threads would too. */
void cuda_scatter(struct backend *be, float *x, const float *y, const struct box *box, float beta)
{
	struct cuda *cuda = cuda_of(be);

	in_pieces(box_merged(box), 0, [=](const struct box *b, size_t dense) {
		int vector = vector_of(b, y + dense, x);
		struct places p = places_of(b, vector);
		auto kernel = vector == WIDE ? scatter_box<WIDE> : scatter_box<1>;

		LAUNCH(cuda, "scatter", kernel, blocks_for(cuda, p.all), THREADS, x + b->offset, y + dense, p, beta);
	});
}

/*
 * Weights [out, in, taps] with their channels last, seen from the side that is written. The other side is read a float of each sector at a
 * time; weights are small, and the rest of a sector is still in a cache when its turn comes.
 */
static struct box transposed(int out, int lines, int columns)
{
	struct box b = { 3, { out, lines, columns }, { (ptrdiff_t)lines * columns, 1, lines }, 0 };

	return b;
}

void cuda_weights_last(struct cuda *cuda, void *last, const float *w, int out, int in, int taps, bool half)
{
	struct box box = transposed(out, taps, in);

	if (!half) {
		cuda_gather(&cuda->be, (float *)last, w, &box, 0);
		return;
	}
	in_pieces(box_merged(&box), 0, [=](const struct box *b, size_t dense) {
		struct places p = places_of(b, 1);

		LAUNCH(cuda, "weights to bfloat16", gather_half, blocks_for(cuda, p.all), THREADS, (__nv_bfloat16 *)last + dense, w + b->offset, p);
	});
}

void cuda_weights_first(struct cuda *cuda, float *w, const float *last, int out, int in, int taps, float beta)
{
	struct box box = transposed(out, in, taps);

	cuda_gather(&cuda->be, w, last, &box, beta);
}

template <int W> struct alignas(2 * W) halves {
	__nv_bfloat16 at[W];
};

/* Bytes: 6 an element, and 4 more where the result is added. */
template <int W> static __device__ inline void round_one(__nv_bfloat16 *half, const float *x, size_t i)
{
	lanes<W> v = load<W>(x, i);
	halves<W> h;

	for (int k = 0; k < W; k++)
		h.at[k] = __float2bfloat16_rn(v.at[k]);
	((halves<W> *)half)[i] = h;
}

template <int W> __global__ static void to_half(__nv_bfloat16 *half, const float *x, size_t n)
{
	for (size_t i = first_index(); i < n / W; i += index_step())
		round_one<W>(half, x, i);
	if (W > 1 && first_index() < n % W)
		round_one<1>(half, x, n / W * W + first_index());
}

template <int W> static __device__ inline void widen_one(float *y, const __nv_bfloat16 *half, float slope, float beta, size_t i)
{
	halves<W> h = ((const halves<W> *)half)[i];
	lanes<W> v = load_old<W>(y, i, beta);

	for (int k = 0; k < W; k++)
		v.at[k] = activate(fmaf(beta, v.at[k], __bfloat162float(h.at[k])), slope);
	store<W>(y, i, v);
}

template <int W> __global__ static void from_half(float *y, const __nv_bfloat16 *half, float slope, float beta, size_t n)
{
	for (size_t i = first_index(); i < n / W; i += index_step())
		widen_one<W>(y, half, slope, beta, i);
	if (W > 1 && first_index() < n % W)
		widen_one<1>(y, half, slope, beta, n / W * W + first_index());
}

void cuda_to_half(struct cuda *cuda, void *half, const float *x, size_t n)
{
	bool wide = aligned(half, x);
	auto kernel = wide ? to_half<WIDE> : to_half<1>;

	if (n > 0)
		LAUNCH(cuda, "to bfloat16", kernel, blocks_for(cuda, wide ? (n + WIDE - 1) / WIDE : n), THREADS, (__nv_bfloat16 *)half, x, n);
}

void cuda_from_half(struct cuda *cuda, float *y, const void *half, float slope, float beta, size_t n)
{
	bool wide = aligned(half, y);
	auto kernel = wide ? from_half<WIDE> : from_half<1>;

	if (n > 0)
		LAUNCH(cuda, "from bfloat16", kernel, blocks_for(cuda, wide ? (n + WIDE - 1) / WIDE : n), THREADS, y, (const __nv_bfloat16 *)half, slope,
			beta, n);
}
