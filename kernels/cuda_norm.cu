/*
 * cuda_norm.cu -- batch normalisation with its activation.
 *
 * Statistics are means and sums of squared deviations, of a thread's rows around the first of them, then merged in pairs (Chan, Golub and
 * LeVeque 1983): a channel far from zero keeps the digits of its variance. A small tensor takes one launch, in which a block reads its
 * channels twice, the second time from a cache; a large one takes two, of which the first reads x (backward: dy, x, y) and the second
 * reads it again and writes: 12 bytes an element (backward 28 with act, 20 without), the least there is when the whole does not stay in a cache.
 */
#include "kernels/cuda_device.h"

#include <cmath>

enum {
	SMALL_ROWS = 1024,               /* of a tensor that takes one launch */
	SMALL_TILE = 8,                  /* vectors beside one another there: many blocks, each 32 rows at a time */
	ROWS_LEAST = 8                   /* of a thread in a large tensor */
};

struct norm {
	float *y, *mean, *variance;
	const float *x, *gamma, *shift;
	float epsilon, slope;
	size_t rows;
	float *part;                     /* of the large: means and deviations, 2 c floats a block of rows */
	unsigned *tickets;
	struct tiles tiles;
};

/* What a thread, a block or all of them know of W channels. */
template <int W> struct moments {
	float count;
	float mean[W], deviation[W];     /* sum of (x - mean)^2 */
};

static __device__ inline void merge(float n, float *mean, float *deviation, float other_n, float other_mean, float other_deviation)
{
	float apart = other_mean - *mean, share = other_n / (n + other_n);

	if (other_n > 0) {
		*mean = fmaf(apart, share, *mean);
		*deviation += other_deviation + apart * apart * n * share;
	}
}

/* Rows `first`, first + step, … of column `column`. */
template <int W> static __device__ moments<W> moments_of_rows(const float *x, struct tiles t, size_t first, size_t step, size_t rows)
{
	moments<W> m = {};
	size_t column = tile_column(t);

	if (!in_tile(t) || first >= rows)
		return m;
	lanes<W> origin = load<W>(x, first * t.wide + column), sum = zeroes<W>(), square = zeroes<W>();

	for (size_t row = first; row < rows; row += step) {
		lanes<W> v = load<W>(x, row * t.wide + column);

		for (int k = 0; k < W; k++) {
			v.at[k] -= origin.at[k];
			sum.at[k] += v.at[k];
			square.at[k] = fmaf(v.at[k], v.at[k], square.at[k]);
		}
		m.count++;
	}
	for (int k = 0; k < W; k++) {
		float mean = sum.at[k] / m.count;

		m.mean[k] = origin.at[k] + mean;
		m.deviation[k] = fmaxf(square.at[k] - sum.at[k] * mean, 0);
	}
	return m;
}

/* Merges the rows of a tile, as tile_sum() adds them. */
template <int W> static __device__ void tile_moments(struct tiles t, moments<W> *m)
{
	SHARED(float, count, THREADS);
	SHARED(float, mean, W * THREADS);
	SHARED(float, deviation, W * THREADS);
	unsigned row = tile_row(t), i = threadIdx.x;

	__syncthreads();
	count[i] = m->count;
	for (int k = 0; k < W; k++) {
		mean[k * THREADS + i] = m->mean[k];
		deviation[k * THREADS + i] = m->deviation[k];
	}
	for (unsigned half = t.half; half > 0; half /= 2) {
		unsigned other = i + half * t.tile;

		__syncthreads();
		if (row >= half || row + half >= t.down)
			continue;
		for (int k = 0; k < W; k++)
			merge(count[i], &mean[k * THREADS + i], &deviation[k * THREADS + i], count[other], mean[k * THREADS + other],
				deviation[k * THREADS + other]);
		count[i] += count[other];
	}
	__syncthreads();
	/* every row of the tile gets what row 0 has */
	i = threadIdx.x % t.tile;
	m->count = count[i];
	for (int k = 0; k < W; k++) {
		m->mean[k] = mean[k * THREADS + i];
		m->deviation[k] = deviation[k * THREADS + i];
	}
}

/* y of the rows `first`, first + step, … */
template <int W> static __device__ void normalize_rows(const struct norm &a, lanes<W> mean, lanes<W> variance, size_t first, size_t step)
{
	struct tiles t = a.tiles;
	size_t column = tile_column(t);

	if (!in_tile(t))
		return;
	lanes<W> factor = load<W>(a.gamma, column), shift = load<W>(a.shift, column);

	for (int k = 0; k < W; k++)
		factor.at[k] /= sqrtf(variance.at[k] + a.epsilon);
	for (size_t row = first; row < a.rows; row += step) {
		lanes<W> v = load<W>(a.x, row * t.wide + column);

		for (int k = 0; k < W; k++)
			v.at[k] = activate(fmaf(v.at[k] - mean.at[k], factor.at[k], shift.at[k]), a.slope);
		store<W>(a.y, row * t.wide + column, v);
	}
}

template <int W> static __device__ void write_statistics(const struct norm &a, const moments<W> &m, lanes<W> *mean, lanes<W> *variance)
{
	for (int k = 0; k < W; k++) {
		mean->at[k] = m.mean[k];
		variance->at[k] = m.deviation[k] / (float)a.rows;
	}
	if (in_tile(a.tiles) && tile_row(a.tiles) == 0) {
		store<W>(a.mean, tile_column(a.tiles), *mean);
		store<W>(a.variance, tile_column(a.tiles), *variance);
	}
}

/* Small: a tile with all its rows a block. */
template <int W> __global__ static void norm_at_once(struct norm a)
{
	moments<W> m = moments_of_rows<W>(a.x, a.tiles, tile_row(a.tiles), a.tiles.down, a.rows);
	lanes<W> mean, variance;

	tile_moments<W>(a.tiles, &m);
	write_statistics<W>(a, m, &mean, &variance);
	normalize_rows<W>(a, mean, variance, tile_row(a.tiles), a.tiles.down);
}

/* The rows of block `block` in norm_statistics(). */
static __device__ inline float rows_of(struct tiles t, size_t rows, size_t groups_each, size_t groups_rest, unsigned block)
{
	return (float)((groups_each + (block < groups_rest)) * t.down + (block == groups_rest ? rows % t.down : 0));
}

/* Large, first: a block has groups of `down` rows, gridDim.y groups apart; the last block of a tile merges what all have found. */
template <int W> __global__ static void norm_statistics(struct norm a)
{
	struct tiles t = a.tiles;
	size_t c = (size_t)t.wide * W, groups = a.rows / t.down;
	moments<W> m = moments_of_rows<W>(a.x, t, (size_t)blockIdx.y * t.down + tile_row(t), (size_t)gridDim.y * t.down, a.rows);
	lanes<W> mean, variance;

	tile_moments<W>(t, &m);
	if (gridDim.y > 1) {
		float *part = a.part + blockIdx.y * 2 * c + (size_t)tile_column(t) * W;

		if (in_tile(t) && tile_row(t) == 0)
			for (int k = 0; k < W; k++) {
				part[k] = m.mean[k];
				part[c + k] = m.deviation[k];
			}
		if (!last_block(a.tickets + blockIdx.x, gridDim.y))
			return;
		m = {};
		for (unsigned block = tile_row(t); in_tile(t) && block < gridDim.y; block += t.down) {
			float count = rows_of(t, a.rows, groups / gridDim.y, groups % gridDim.y, block);

			part = a.part + block * 2 * c + (size_t)tile_column(t) * W;
			for (int k = 0; k < W; k++)
				merge(m.count, &m.mean[k], &m.deviation[k], count, __ldcg(part + k), __ldcg(part + c + k));
			m.count += count;
		}
		tile_moments<W>(t, &m);
	}
	write_statistics<W>(a, m, &mean, &variance);
}

/* Large, second; and all there is where the statistics are given. */
template <int W> __global__ static void norm_apply(struct norm a)
{
	struct tiles t = a.tiles;

	if (in_tile(t))
		normalize_rows<W>(a, load<W>(a.mean, tile_column(t)), load<W>(a.variance, tile_column(t)),
			(size_t)blockIdx.y * t.down + tile_row(t), (size_t)gridDim.y * t.down);
}

/* Blocks below one another that find sums, and that write. */
static unsigned blocks_that_sum(const struct cuda *cuda, struct tiles t, size_t rows)
{
	return tiles_across(t) > CUDA_TICKETS ? 1 : tiles_down(t, rows, ROWS_LEAST, (size_t)cuda->processors * 2);
}

static unsigned blocks_that_write(const struct cuda *cuda, struct tiles t, size_t rows)
{
	return tiles_down(t, rows + t.down - 1, 1, (size_t)cuda->processors * BLOCKS);
}

template <int W> static void launch_norm(struct cuda *cuda, struct norm a, bool batch_statistics, int c)
{
	if (batch_statistics && a.rows <= SMALL_ROWS) {
		a.tiles = tiles_of(c, W, SMALL_TILE);
		LAUNCH(cuda, "batch_norm", norm_at_once<W>, tiles_across(a.tiles), THREADS, a);
		return;
	}
	a.tiles = tiles_of(c, W, THREADS);
	if (batch_statistics) {
		unsigned down = blocks_that_sum(cuda, a.tiles, a.rows);

		if (down > 1)
			a.part = (float *)cuda_scratch(cuda, CUDA_SCRATCH_SUMS, (size_t)down * 2 * (size_t)c * sizeof(float));
		LAUNCH(cuda, "batch_norm", norm_statistics<W>, dim3(tiles_across(a.tiles), down), THREADS, a);
	}
	LAUNCH(cuda, "batch_norm", norm_apply<W>, dim3(tiles_across(a.tiles), blocks_that_write(cuda, a.tiles, a.rows)), THREADS, a);
}

void cuda_batch_norm(struct backend *be, float *y, float *mean, float *variance, const float *x, const float *gamma,
	const float *shift, float epsilon, float slope, bool batch_statistics, size_t rows, int c)
{
	struct cuda *cuda = cuda_of(be);
	struct norm a = { y, mean, variance, x, gamma, shift, epsilon, slope, rows, NULL, cuda->tickets, {} };

	if (rows == 0 || c == 0)
		return;
	if (c % WIDE == 0 && aligned(y, x) && aligned(mean, variance, gamma, shift))
		launch_norm<WIDE>(cuda, a, batch_statistics, c);
	else
		launch_norm<1>(cuda, a, batch_statistics, c);
}

/*
 * With g = dy act'(y), r = 1 / sqrt(variance + epsilon), xhat = (x - mean) r:
 *     dshift = sum g,  dgamma = sum g xhat,  dx = gamma r (g - [dshift / rows + xhat dgamma / rows])
 * where the bracket is the way through the batch statistics. The sums are kept as sum g and sum g (x - mean).
 */
struct gradient {
	float *dx, *dgamma, *dshift;
	const float *dy, *x, *y, *mean, *variance, *gamma;
	float epsilon, slope;
	bool batch_statistics;
	size_t rows;
	float beta_dx, beta_dgamma, beta_dshift;
	float *total;                    /* of the large: both sums, 2 c floats */
	float *part;                     /* of the large: both sums, 2 c floats a block of rows */
	unsigned *tickets;
	struct tiles tiles;
};

/* g = dy act'(y) */
template <int W> static __device__ inline lanes<W> before_act(const struct gradient &a, size_t i)
{
	lanes<W> g = load<W>(a.dy, i);

	if (a.slope >= 0) {
		lanes<W> y = load<W>(a.y, i);

		for (int k = 0; k < W; k++)
			g.at[k] *= active(y.at[k], a.slope);
	}
	return g;
}

/* sum[0 … W - 1] of g, sum[W … 2 W - 1] of g (x - mean) */
template <int W> static __device__ void sums_of_rows(const struct gradient &a, size_t first, size_t step, float *sum)
{
	struct tiles t = a.tiles;
	size_t column = tile_column(t);

	for (int k = 0; k < 2 * W; k++)
		sum[k] = 0;
	if (!in_tile(t))
		return;
	lanes<W> mean = load<W>(a.mean, column);

	for (size_t row = first; row < a.rows; row += step) {
		lanes<W> g = before_act<W>(a, row * t.wide + column), x = load<W>(a.x, row * t.wide + column);

		for (int k = 0; k < W; k++) {
			sum[k] += g.at[k];
			sum[W + k] = fmaf(g.at[k], x.at[k] - mean.at[k], sum[W + k]);
		}
	}
}

/* Gives the sums of row 0 to the other rows of the tile. */
template <int W> static __device__ void tile_share(struct tiles t, float *sum)
{
	SHARED(float, shared, 2 * W * THREADS);

	if (tile_row(t) == 0)
		for (int k = 0; k < 2 * W; k++)
			shared[k * THREADS + threadIdx.x] = sum[k];
	__syncthreads();
	for (int k = 0; k < 2 * W; k++)
		sum[k] = shared[k * THREADS + threadIdx.x % t.tile];
}

template <int W> static __device__ lanes<W> inverse_deviation(const struct gradient &a)
{
	lanes<W> r = load<W>(a.variance, tile_column(a.tiles));

	for (int k = 0; k < W; k++)
		r.at[k] = 1 / sqrtf(r.at[k] + a.epsilon);
	return r;
}

template <int W> static __device__ void write_parameters(const struct gradient &a, const float *sum)
{
	lanes<W> r, dgamma, dshift;

	if (!in_tile(a.tiles) || tile_row(a.tiles) > 0)
		return;
	r = inverse_deviation<W>(a);
	for (int k = 0; k < W; k++) {
		dshift.at[k] = sum[k];
		dgamma.at[k] = sum[W + k] * r.at[k];
	}
	if (a.dshift)
		put<W>(a.dshift, tile_column(a.tiles), dshift, a.beta_dshift);
	if (a.dgamma)
		put<W>(a.dgamma, tile_column(a.tiles), dgamma, a.beta_dgamma);
}

template <int W> static __device__ void write_rows(const struct gradient &a, const float *sum, size_t first, size_t step)
{
	struct tiles t = a.tiles;
	size_t column = tile_column(t);
	float through = a.batch_statistics ? 1 / (float)a.rows : 0;

	if (!in_tile(t))
		return;
	lanes<W> r = inverse_deviation<W>(a), mean = load<W>(a.mean, column), factor = load<W>(a.gamma, column), slant, level;

	for (int k = 0; k < W; k++) {
		factor.at[k] *= r.at[k];
		level.at[k] = sum[k] * through;
		slant.at[k] = sum[W + k] * r.at[k] * r.at[k] * through;
	}
	for (size_t row = first; row < a.rows; row += step) {
		size_t i = row * t.wide + column;
		lanes<W> g = before_act<W>(a, i);

		if (a.batch_statistics) {
			lanes<W> x = load<W>(a.x, i);

			for (int k = 0; k < W; k++)
				g.at[k] -= fmaf(x.at[k] - mean.at[k], slant.at[k], level.at[k]);
		}
		for (int k = 0; k < W; k++)
			g.at[k] *= factor.at[k];
		put<W>(a.dx, i, g, a.beta_dx);
	}
}

/* Small: a tile with all its rows a block. */
template <int W> __global__ static void gradient_at_once(struct gradient a)
{
	struct tiles t = a.tiles;
	float sum[2 * W];

	sums_of_rows<W>(a, tile_row(t), t.down, sum);
	tile_sum<2 * W>(t, sum);
	write_parameters<W>(a, sum);
	if (a.dx) {
		tile_share<W>(t, sum);
		write_rows<W>(a, sum, tile_row(t), t.down);
	}
}

/* Large, first: the sums, added by the last block of a tile. */
template <int W> __global__ static void gradient_sums(struct gradient a)
{
	struct tiles t = a.tiles;
	size_t c = (size_t)t.wide * W, channel = (size_t)tile_column(t) * W;
	float sum[2 * W];
	bool writes = in_tile(t) && tile_row(t) == 0;

	sums_of_rows<W>(a, (size_t)blockIdx.y * t.down + tile_row(t), (size_t)gridDim.y * t.down, sum);
	tile_sum<2 * W>(t, sum);
	if (gridDim.y > 1) {
		for (int k = 0; writes && k < 2 * W; k++)
			a.part[(blockIdx.y * 2 + k / W) * c + channel + k % W] = sum[k];
		if (!last_block(a.tickets + blockIdx.x, gridDim.y))
			return;
		for (int k = 0; k < 2 * W; k++)
			sum[k] = 0;
		for (unsigned block = tile_row(t); in_tile(t) && block < gridDim.y; block += t.down)
			for (int k = 0; k < 2 * W; k++)
				sum[k] += __ldcg(&a.part[(block * 2 + k / W) * c + channel + k % W]);
		tile_sum<2 * W>(t, sum);
	}
	for (int k = 0; writes && k < 2 * W; k++)
		a.total[k / W * c + channel + k % W] = sum[k];
	write_parameters<W>(a, sum);
}

/* Large, second; and all there is where nothing goes through the statistics and no parameter wants its gradient. */
template <int W> __global__ static void gradient_apply(struct gradient a)
{
	struct tiles t = a.tiles;
	size_t c = (size_t)t.wide * W, channel = (size_t)tile_column(t) * W;
	float sum[2 * W];

	if (!in_tile(t))
		return;
	for (int k = 0; k < 2 * W; k++)
		sum[k] = a.batch_statistics ? a.total[k / W * c + channel + k % W] : 0;
	write_rows<W>(a, sum, (size_t)blockIdx.y * t.down + tile_row(t), (size_t)gridDim.y * t.down);
}

template <int W> static void launch_gradient(struct cuda *cuda, struct gradient a, int c)
{
	bool sums = a.dgamma || a.dshift || (a.dx && a.batch_statistics);

	if (sums && a.rows <= SMALL_ROWS) {
		a.tiles = tiles_of(c, W, SMALL_TILE);
		LAUNCH(cuda, "batch_norm_backward", gradient_at_once<W>, tiles_across(a.tiles), THREADS, a);
		return;
	}
	a.tiles = tiles_of(c, W, THREADS);
	if (sums) {
		unsigned down = blocks_that_sum(cuda, a.tiles, a.rows);

		if (down > 1)
			a.part = (float *)cuda_scratch(cuda, CUDA_SCRATCH_SUMS, (size_t)down * 2 * (size_t)c * sizeof(float));
		LAUNCH(cuda, "batch_norm_backward", gradient_sums<W>, dim3(tiles_across(a.tiles), down), THREADS, a);
	}
	if (a.dx)
		LAUNCH(cuda, "batch_norm_backward", gradient_apply<W>, dim3(tiles_across(a.tiles), blocks_that_write(cuda, a.tiles, a.rows)),
			THREADS, a);
}

void cuda_batch_norm_backward(struct backend *be, float *dx, float *dgamma, float *dshift, const float *dy, const float *x,
	const float *y, const float *mean, const float *variance, const float *gamma, float epsilon, float slope,
	bool batch_statistics, size_t rows, int c, float beta_dx, float beta_dgamma, float beta_dshift, float *scratch)
{
	struct cuda *cuda = cuda_of(be);
	struct gradient a = { dx, dgamma, dshift, dy, x, y, mean, variance, gamma, epsilon, slope, batch_statistics, rows,
		beta_dx, beta_dgamma, beta_dshift, scratch, NULL, cuda->tickets, {} };

	if (rows == 0 || c == 0)
		return;
	/* y counts only where there is an act; NULL is aligned */
	if (c % WIDE == 0 && aligned(dy, x, y, dx) && aligned(dgamma, dshift, mean, variance) && aligned(gamma))
		launch_gradient<WIDE>(cuda, a, c);
	else
		launch_gradient<1>(cuda, a, c);
}
