/*
 * cuda_sums.cu -- sums over everything or over rows, always in the same order: a thread adds what is THREADS apart, the threads of a block
 * are added as a tree, and so are blocks, by whoever needs their sum. A long sum is cut into parts of a fixed length, a block each.
 */
#include "kernels/cuda_device.h"

#include <cfloat>
#include <climits>
#include <cmath>

enum {
	PART = 16384,                    /* elements of a part: 16 additions to each of a thread's four sums */
	WHOLE_THREADS = 1024             /* of the block that does a sum of one part on its own */
};

static size_t parts_of(size_t n)
{
	return n > PART ? (n + PART - 1) / PART : 1;
}

/* The sum of x[i] z[i], begin <= i < end, of this thread. begin is a multiple of W. */
template <int W> static __device__ float products(const float *x, const float *z, size_t begin, size_t end)
{
	lanes<W> sum = zeroes<W>();
	float rest = 0;

	for (size_t i = begin / W + threadIdx.x; i < end / W; i += blockDim.x) {
		lanes<W> a = load<W>(x, i), b = load<W>(z, i);

		for (int k = 0; k < W; k++)
			sum.at[k] = fmaf(a.at[k], b.at[k], sum.at[k]);
	}
	if (W > 1 && threadIdx.x < end % W)
		rest = x[end / W * W + threadIdx.x] * z[end / W * W + threadIdx.x];
	for (int k = 0; k < W; k++)
		rest += sum.at[k];
	return rest;
}

static __device__ float sum_of_parts(const float *part, size_t parts)
{
	float sum = 0;

	for (size_t i = threadIdx.x; i < parts; i += blockDim.x)
		sum += part[i];
	return block_sum(sum);
}

/* sums[row * parts + part], a block each. */
template <int W> __global__ static void dot_parts(float *sums, const float *x, const float *z, size_t n, size_t parts, size_t blocks)
{
	for (size_t block = blockIdx.x; block < blocks; block += gridDim.x) {
		size_t row = block / parts, begin = block % parts * PART, end = begin + PART < n ? begin + PART : n;
		float sum = block_sum(products<W>(x + row * n, z + row * n, begin, end));

		if (threadIdx.x == 0)
			sums[block] = sum;
	}
}

/* y[row] is the sum of its parts, a block a row. */
__global__ static void dot_rows(float *y, const float *sums, size_t parts, size_t rows)
{
	for (size_t row = blockIdx.x; row < rows; row += gridDim.x) {
		float sum = sum_of_parts(sums + row * parts, parts);

		if (threadIdx.x == 0)
			y[row] = sum;
	}
}

/* Rows of any number: some blocks of a grid may have several. */
static unsigned blocks_of_rows(const struct cuda *cuda, size_t rows)
{
	size_t most = (size_t)cuda->processors * 64;

	return (unsigned)(rows < most ? rows : most);
}

static void launch_parts(struct cuda *cuda, const char *what, float *sums, const float *x, const float *z, size_t rows, size_t n)
{
	bool wide = aligned(x, z) && (rows == 1 || n % WIDE == 0);
	auto kernel = wide ? dot_parts<WIDE> : dot_parts<1>;
	size_t parts = parts_of(n), blocks = rows * parts;

	LAUNCH(cuda, what, kernel, blocks_of_rows(cuda, blocks), THREADS, sums, x, z, n, parts, blocks);
}

void cuda_dot(struct backend *be, float *y, const float *x, const float *z, size_t rows, size_t n)
{
	struct cuda *cuda = cuda_of(be);
	size_t parts = parts_of(n);
	float *sums = y;

	if (rows == 0)
		return;
	if (parts > 1)
		sums = (float *)cuda_scratch(cuda, CUDA_SCRATCH_SUMS, rows * parts * sizeof(float));
	if (!sums)
		return;
	launch_parts(cuda, "dot", sums, x, z, rows, n);
	if (parts > 1)
		LAUNCH(cuda, "dot", dot_rows, blocks_of_rows(cuda, rows), THREADS, y, sums, parts, rows);
}

/*
 * A norm and what it divides. A tensor of one part is read twice by one block, the second time from a cache; of a longer one the parts are
 * summed first, and then again by every block: some hundred sums instead of a third launch.
 */
template <int W> __global__ static void __launch_bounds__(WHOLE_THREADS) normalize_by(float *y, float *norm, const float *x, float epsilon,
	size_t n, const float *part, size_t parts)
{
	float length = sqrtf(part ? sum_of_parts(part, parts) : block_sum(products<W>(x, x, 0, n)));
	float scale = 1 / fmaxf(length, epsilon);

	if (first_index() == 0)
		*norm = length;
	for (size_t i = first_index(); i < n / W; i += index_step()) {
		lanes<W> v = load<W>(x, i);

		for (int k = 0; k < W; k++)
			v.at[k] *= scale;
		store<W>(y, i, v);
	}
	if (W > 1 && first_index() < n % W)
		y[n / W * W + first_index()] = x[n / W * W + first_index()] * scale;
}

struct norm_gradient {
	float *dx;
	const float *dy, *y;
	float scale, along, beta;

	template <int W> __device__ void at(size_t i) const
	{
		lanes<W> v = load<W>(dy, i), unit = load<W>(y, i);

		for (int k = 0; k < W; k++)
			v.at[k] = (v.at[k] - along * unit.at[k]) * scale;
		put<W>(dx, i, v, beta);
	}
};

template <int W> __global__ static void __launch_bounds__(WHOLE_THREADS) normalize_gradient(float *dx, const float *dy, const float *y,
	const float *norm, float epsilon, float beta, size_t n, const float *part, size_t parts)
{
	float along = part ? sum_of_parts(part, parts) : block_sum(products<W>(dy, y, 0, n));
	struct norm_gradient g = { dx, dy, y, 1 / fmaxf(*norm, epsilon), *norm < epsilon ? 0 : along, beta };

	for (size_t i = first_index(); i < n / W; i += index_step())
		g.at<W>(i);
	if (W > 1 && first_index() < n % W)
		g.at<1>(n / W * W + first_index());
}

/* The parts of <x, z> where there are several, for a second launch. False: no memory for them. */
static bool sum_first(struct cuda *cuda, const char *what, float **part, const float *x, const float *z, size_t n)
{
	size_t parts = parts_of(n);

	*part = NULL;
	if (parts == 1)
		return true;
	*part = (float *)cuda_scratch(cuda, CUDA_SCRATCH_SUMS, parts * sizeof(float));
	if (*part)
		launch_parts(cuda, what, *part, x, z, 1, n);
	return *part != NULL;
}

void cuda_normalize(struct backend *be, float *y, float *norm, const float *x, float epsilon, size_t n)
{
	struct cuda *cuda = cuda_of(be);
	auto kernel = aligned(y, x) ? normalize_by<WIDE> : normalize_by<1>;
	float *part;

	if (sum_first(cuda, "normalize", &part, x, x, n))
		LAUNCH(cuda, "normalize", kernel, part ? blocks_for(cuda, n / WIDE) : 1, part ? +THREADS : +WHOLE_THREADS, y, norm, x, epsilon, n,
			part, parts_of(n));
}

void cuda_normalize_backward(struct backend *be, float *dx, const float *dy, const float *y, const float *norm, float epsilon,
	float beta, size_t n)
{
	struct cuda *cuda = cuda_of(be);
	auto kernel = aligned(dx, dy, y) ? normalize_gradient<WIDE> : normalize_gradient<1>;
	float *part;

	if (n > 0 && sum_first(cuda, "normalize_backward", &part, dy, y, n))
		LAUNCH(cuda, "normalize_backward", kernel, part ? blocks_for(cuda, n / WIDE) : 1, part ? +THREADS : +WHOLE_THREADS, dx, dy, y, norm,
			epsilon, beta, n, part, parts_of(n));
}

/* The largest logit of an example, the first of equals, in all threads of its warp. */
static __device__ void largest(const float *logits, int classes, float *most, int *best)
{
	float value = -INFINITY;
	int at = INT_MAX;

	for (int k = (int)(threadIdx.x % WARP); k < classes; k += WARP)
		if (logits[k] > value || at == INT_MAX) {
			value = logits[k];
			at = k;
		}
	for (int distance = WARP / 2; distance > 0; distance /= 2) {
		float other = __shfl_xor_sync(WHOLE_WARP, value, distance);
		int other_at = __shfl_xor_sync(WHOLE_WARP, at, distance);

		if (other_at != INT_MAX && (at == INT_MAX || other > value || (other == value && other_at < at))) {
			value = other;
			at = other_at;
		}
	}
	*most = value;
	*best = at;
}

/* The sum of exp(logit - most) over all classes but the best, whose term is 1. */
static __device__ float other_terms(const float *logits, int classes, float most, int best)
{
	float sum = 0;

	for (int k = (int)(threadIdx.x % WARP); k < classes; k += WARP)
		if (k != best)
			sum += expf(logits[k] - most);
	return warp_sum(sum);
}

/* The example of this warp; the next one is warps_step() further. */
static __device__ size_t first_warp(void)
{
	return first_index() / WARP;
}

static __device__ size_t warps_step(void)
{
	return index_step() / WARP;
}

/* A warp an example. The loss of a right and certain answer keeps its digits: log1p. */
__global__ static void losses(float *loss, float *wrong, const float *logits, const int32_t *label, size_t n, int classes)
{
	for (size_t i = first_warp(); i < n; i += warps_step()) {
		const float *row = logits + i * (size_t)classes;
		float most, sum;
		int best;

		largest(row, classes, &most, &best);
		sum = other_terms(row, classes, most, best);
		if (threadIdx.x % WARP == 0) {
			loss[i] = log1pf(sum) - (row[label[i]] - most);
			if (wrong)
				wrong[i] = best != label[i];
		}
	}
}

__global__ static void loss_gradients(float *dlogits, const float *dloss, const float *logits, const int32_t *label, size_t n, int classes,
	float beta)
{
	for (size_t i = first_warp(); i < n; i += warps_step()) {
		const float *row = logits + i * (size_t)classes;
		float most, sum;
		int best;

		largest(row, classes, &most, &best);
		sum = 1 + other_terms(row, classes, most, best);
		for (int k = (int)(threadIdx.x % WARP); k < classes; k += WARP) {
			lanes<1> g = { { dloss[i] * (expf(row[k] - most) / sum - (k == label[i] ? 1.0f : 0.0f)) } };

			put<1>(dlogits, i * (size_t)classes + (size_t)k, g, beta);
		}
	}
}

void cuda_cross_entropy(struct backend *be, float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes)
{
	struct cuda *cuda = cuda_of(be);

	if (n > 0)
		LAUNCH(cuda, "cross_entropy", losses, blocks_for(cuda, (size_t)n * WARP), THREADS, loss, wrong, logits, label, (size_t)n, classes);
}

void cuda_cross_entropy_backward(struct backend *be, float *dlogits, const float *dloss, const float *logits, const int32_t *label,
	int n, int classes, float beta)
{
	struct cuda *cuda = cuda_of(be);

	if (n > 0)
		LAUNCH(cuda, "cross_entropy_backward", loss_gradients, blocks_for(cuda, (size_t)n * WARP), THREADS, dlogits, dloss, logits, label,
			(size_t)n, classes, beta);
}

/*
 * Sums of columns: a tile of channels and a part of the rows a block, the parts added by the last block of a tile. Reads x once; the
 * parts are c floats for at least 8 rows a thread.
 */
struct column_sums {
	float *sums, *part;
	const float *x;
	unsigned *tickets;
	size_t rows;
	float beta;
	struct tiles tiles;
};

template <int W> __global__ static void sum_columns(struct column_sums a)
{
	struct tiles t = a.tiles;
	size_t column = tile_column(t);
	lanes<W> sum = zeroes<W>();

	if (in_tile(t))
		for (size_t row = (size_t)blockIdx.y * t.down + tile_row(t); row < a.rows; row += (size_t)gridDim.y * t.down) {
			lanes<W> v = load<W>(a.x, row * t.wide + column);

			for (int k = 0; k < W; k++)
				sum.at[k] += v.at[k];
		}
	tile_sum<W>(t, sum.at);
	if (gridDim.y > 1) {
		if (in_tile(t) && tile_row(t) == 0)
			store<W>(a.part, blockIdx.y * t.wide + column, sum);
		if (!last_block(a.tickets + blockIdx.x, gridDim.y))
			return;
		sum = zeroes<W>();
		if (in_tile(t))
			for (unsigned part = tile_row(t); part < gridDim.y; part += t.down)
				for (int k = 0; k < W; k++)
					sum.at[k] += __ldcg(a.part + (part * t.wide + column) * W + k);
		tile_sum<W>(t, sum.at);
	}
	if (in_tile(t) && tile_row(t) == 0)
		put<W>(a.sums, column, sum, a.beta);
}

void cuda_sum_rows(struct cuda *cuda, float *sums, const float *x, size_t rows, int c, float beta)
{
	bool wide = c % WIDE == 0 && aligned(sums, x);
	auto kernel = wide ? sum_columns<WIDE> : sum_columns<1>;
	struct column_sums a = { sums, NULL, x, cuda->tickets, rows, beta, {} };
	unsigned down;

	if (c == 0)
		return;
	a.tiles = tiles_of(c, wide ? WIDE : 1, THREADS);
	down = tiles_across(a.tiles) > CUDA_TICKETS ? 1 : tiles_down(a.tiles, rows, 8, (size_t)cuda->processors * 2);
	if (down > 1) {
		a.part = (float *)cuda_scratch(cuda, CUDA_SCRATCH_SUMS, (size_t)down * (size_t)c * sizeof(float));
		if (!a.part)
			return;
	}
	LAUNCH(cuda, "sum_rows", kernel, dim3(tiles_across(a.tiles), down), THREADS, a);
}
