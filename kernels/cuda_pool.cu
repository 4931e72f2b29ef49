/* cuda_pool.cu -- average pooling by 2, and over all pixels. Each reads and writes every byte once. */
#include "kernels/cuda_device.h"

/* Images of one launch. 2-D images have depth 1 and keep it. */
struct pooling {
	float *y;
	const float *x;
	float beta;
	unsigned all;                    /* vectors that are written: outputs, backward inputs */
	struct divider wide, w, h, d;    /* of what is written: vectors of a pixel, columns, rows, slices */
	unsigned in_d, in_h, in_w, out_d, out_h, out_w, step_d;
};

/* A pixel of what is written. */
struct pixel {
	unsigned vector, w, h, d, image;
};

static __device__ inline struct pixel pixel_of(const struct pooling &p, unsigned i)
{
	struct pixel at;

	at.vector = divide_off(p.wide, &i);
	at.w = divide_off(p.w, &i);
	at.h = divide_off(p.h, &i);
	at.d = divide_off(p.d, &i);
	at.image = i;
	return at;
}

/* The inputs of output `i` along an axis: from step * i, one or two of them. */
static __device__ inline unsigned window(unsigned i, unsigned step, unsigned extent)
{
	return step == 1 || step * i + 1 >= extent ? 1 : 2;
}

static __device__ inline size_t vector_at(const struct pooling &p, const struct pixel &at, unsigned depth, unsigned height, unsigned width,
	unsigned d, unsigned h, unsigned w)
{
	return ((((size_t)at.image * depth + d) * height + h) * width + w) * p.wide.by + at.vector;
}

template <int W> __global__ static void pool_windows(struct pooling p)
{
	for (unsigned i = (unsigned)first_index(); i < p.all; i += (unsigned)index_step()) {
		struct pixel at = pixel_of(p, i);
		unsigned nd = window(at.d, p.step_d, p.in_d), nh = window(at.h, 2, p.in_h), nw = window(at.w, 2, p.in_w);
		float scale = 1 / (float)(nd * nh * nw);
		lanes<W> sum = zeroes<W>();

		for (unsigned d = 0; d < nd; d++)
			for (unsigned h = 0; h < nh; h++)
				for (unsigned w = 0; w < nw; w++) {
					lanes<W> v = load<W>(p.x, vector_at(p, at, p.in_d, p.in_h, p.in_w, at.d * p.step_d + d, at.h * 2 + h,
						at.w * 2 + w));

					for (int k = 0; k < W; k++)
						sum.at[k] += v.at[k];
				}
		for (int k = 0; k < W; k++)
			sum.at[k] *= scale;
		store<W>(p.y, i, sum);
	}
}

/* Each input pixel belongs to one window. */
template <int W> __global__ static void spread_windows(struct pooling p)
{
	for (unsigned i = (unsigned)first_index(); i < p.all; i += (unsigned)index_step()) {
		struct pixel at = pixel_of(p, i);
		unsigned d = at.d / p.step_d, h = at.h / 2, w = at.w / 2;
		float scale = 1 / (float)(window(d, p.step_d, p.in_d) * window(h, 2, p.in_h) * window(w, 2, p.in_w));
		lanes<W> v = load<W>(p.x, vector_at(p, at, p.out_d, p.out_h, p.out_w, d, h, w));

		for (int k = 0; k < W; k++)
			v.at[k] *= scale;
		put<W>(p.y, i, v, p.beta);
	}
}

static size_t volume(const int *extent, int axes)
{
	size_t n = 1;

	for (int i = 0; i < axes; i++)
		n *= (size_t)extent[i];
	return n;
}

/* As many images a launch as an index counts; one has never more than that. */
static void launch_pooling(struct backend *be, const char *what, const struct pool *pool, bool backward, float *y, const float *x, float beta)
{
	struct cuda *cuda = cuda_of(be);
	const bool wide = pool->c % WIDE == 0 && aligned(y, x), deep = pool->axes == 3;
	const unsigned vectors = (unsigned)(pool->c / (wide ? WIDE : 1));
	const int *in = pool->in + deep, *out = pool->out + deep, *written = backward ? pool->in : pool->out;
	const size_t image = volume(written, pool->axes) * vectors, read = volume(backward ? pool->out : pool->in, pool->axes) * (size_t)pool->c;
	struct pooling p = { y, x, beta, 0, {}, {}, {}, {}, deep ? (unsigned)pool->in[0] : 1, (unsigned)in[0], (unsigned)in[1],
		deep ? (unsigned)pool->out[0] : 1, (unsigned)out[0], (unsigned)out[1], deep ? 2u : 1u };
	auto forward = wide ? pool_windows<WIDE> : pool_windows<1>, spread = wide ? spread_windows<WIDE> : spread_windows<1>;

	if (pool->n == 0 || image == 0)
		return;
	p.wide = divider_of(vectors);
	p.w = divider_of(backward ? p.in_w : p.out_w);
	p.h = divider_of(backward ? p.in_h : p.out_h);
	p.d = divider_of(backward ? p.in_d : p.out_d);
	for (size_t n = (size_t)pool->n, some; n > 0; n -= some) {
		some = INDEX_MAX / image > 0 ? INDEX_MAX / image : 1;
		if (some > n)
			some = n;
		p.all = (unsigned)(some * image);
		LAUNCH(cuda, what, backward ? spread : forward, blocks_for(cuda, p.all), THREADS, p);
		p.y += some * image * (wide ? WIDE : 1);
		p.x += some * read;
	}
}

void cuda_pool(struct backend *be, const struct pool *pool, float *y, const float *x)
{
	launch_pooling(be, "pool", pool, false, y, x, 0);
}

void cuda_pool_backward(struct backend *be, const struct pool *pool, float *dx, const float *dy, float beta)
{
	launch_pooling(be, "pool_backward", pool, true, dx, dy, beta);
}

/* Images of `pixels` rows: a block has a tile of channels of one image, or of several after one another. */
struct global {
	float *y;
	const float *x;
	float beta, scale;
	size_t pixels, images;
	struct tiles tiles;
};

template <int W> __global__ static void mean_of_pixels(struct global g)
{
	struct tiles t = g.tiles;
	size_t column = tile_column(t);

	for (size_t image = blockIdx.y; image < g.images; image += gridDim.y) {
		lanes<W> sum = zeroes<W>();

		for (size_t pixel = tile_row(t); in_tile(t) && pixel < g.pixels; pixel += t.down) {
			lanes<W> v = load<W>(g.x, (image * g.pixels + pixel) * t.wide + column);

			for (int k = 0; k < W; k++)
				sum.at[k] += v.at[k];
		}
		tile_sum<W>(t, sum.at);
		for (int k = 0; k < W; k++)
			sum.at[k] *= g.scale;
		if (in_tile(t) && tile_row(t) == 0)
			store<W>(g.y, image * t.wide + column, sum);
	}
}

template <int W> __global__ static void spread_to_pixels(struct global g)
{
	struct tiles t = g.tiles;
	size_t column = tile_column(t);

	if (!in_tile(t))
		return;
	for (size_t image = blockIdx.y; image < g.images; image += gridDim.y) {
		lanes<W> v = load<W>(g.x, image * t.wide + column);

		for (int k = 0; k < W; k++)
			v.at[k] *= g.scale;
		for (size_t pixel = tile_row(t); pixel < g.pixels; pixel += t.down)
			put<W>(g.y, (image * g.pixels + pixel) * t.wide + column, v, g.beta);
	}
}

static void launch_global(struct backend *be, const char *what, bool backward, float *y, const float *x, int n, int pixels, int c, float beta)
{
	struct cuda *cuda = cuda_of(be);
	bool wide = c % WIDE == 0 && aligned(y, x);
	struct global g = { y, x, beta, 1 / (float)pixels, (size_t)pixels, (size_t)n, {} };
	int most;
	auto forward = wide ? mean_of_pixels<WIDE> : mean_of_pixels<1>, spread = wide ? spread_to_pixels<WIDE> : spread_to_pixels<1>;

	if (n == 0 || pixels == 0 || c == 0)
		return;
	g.tiles = tiles_of(c, wide ? WIDE : 1, THREADS);
	most = cuda->processors * 64 < 65535 ? cuda->processors * 64 : 65535;
	LAUNCH(cuda, what, backward ? spread : forward, dim3(tiles_across(g.tiles), (unsigned)(n < most ? n : most)), THREADS, g);
}

void cuda_global_pool(struct backend *be, float *y, const float *x, int n, int pixels, int c)
{
	launch_global(be, "global_pool", false, y, x, n, pixels, c, 0);
}

void cuda_global_pool_backward(struct backend *be, float *dx, const float *dy, int n, int pixels, int c, float beta)
{
	launch_global(be, "global_pool_backward", true, dx, dy, n, pixels, c, beta);
}
