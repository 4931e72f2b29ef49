/*
 * cpu_norm.c -- batch normalisation with its activation.
 *
 * Sums are of differences to a value near the mean (the first row, then the mean itself), so that the variance of a channel far
 * from zero keeps its digits; in float over a block of rows, in double over the blocks, and over the parts in their order.
 */
#include "kernels/cpu.h"

#include <math.h>
#include <string.h>

enum { BLOCK_ROWS = 64, LINES = 4 };

struct norm {
	const struct simd *simd;
	size_t rows, c;
	const float *x, *y, *dy, *k, *a, *b, *d;
	float *to, *block;               /* block: 2 c floats a thread */
	double *sums;                    /* 2 c doubles a part */
	float slope, beta;
};

static void block_sums(const struct norm *n, float *s, size_t row, size_t rows)
{
	size_t at = row * n->c;

	memset(s, 0, 2 * n->c * sizeof(float));
	if (n->dy)
		n->simd->norm_backward_sums(s, s + n->c, n->dy + at, n->x + at, n->slope < 0 ? n->dy + at : n->y + at, n->k, n->slope,
			rows, (int)n->c);
	else
		n->simd->norm_sums(s, s + n->c, n->x + at, n->k, rows, (int)n->c);
}

static void sums_part(void *arg, int part, int parts, int thread)
{
	const struct norm *n = arg;
	double *sums = n->sums + (size_t)part * 2 * n->c;
	float *block = n->block + (size_t)thread * 2 * n->c;
	size_t begin, end;

	for (size_t i = 0; i < 2 * n->c; i++)
		sums[i] = 0;
	cpu_part(n->rows, parts, part, &begin, &end);
	for (size_t row = begin; row < end; row += BLOCK_ROWS) {
		block_sums(n, block, row, end - row < BLOCK_ROWS ? end - row : BLOCK_ROWS);
		for (size_t i = 0; i < 2 * n->c; i++)
			sums[i] += (double)block[i];
	}
}

/* The sums of both kinds, 2 c doubles, or NULL. `lines` points to LINES * c floats of working memory. */
static const double *norm_sums(struct cpu *cpu, struct norm *n, float **lines)
{
	int parts = cpu_threads(cpu, (double)n->rows * (double)n->c * 0.3);
	size_t c = n->c, pairs = (size_t)cpu->be.threads * 2 * c;
	char *memory = cpu_scratch(cpu, SCRATCH_SUMS, pairs * (sizeof(double) + sizeof(float)) + LINES * c * sizeof(float));

	if (!memory)
		return NULL;
	n->sums = (double *)memory;
	n->block = (float *)(n->sums + pairs);
	*lines = n->block + pairs;
	team_run(cpu->team, parts, sums_part, n);
	for (int part = 1; part < parts; part++)
		for (size_t i = 0; i < 2 * c; i++)
			n->sums[i] += n->sums[(size_t)part * 2 * c + i];
	return n->sums;
}

static void apply_part(void *arg, size_t begin, size_t end)
{
	const struct norm *n = arg;
	size_t at = begin * n->c;

	n->simd->norm_apply(n->to + at, n->x + at, n->a, n->b, n->slope, end - begin, (int)n->c);
}

void cpu_batch_norm(struct backend *be, float *y, float *mean, float *variance, const float *x, const float *gamma,
	const float *shift, float epsilon, float slope, bool batch_statistics, size_t rows, int channels)
{
	size_t c = (size_t)channels;
	struct norm n = { .simd = cpu_of(be)->wide, .rows = rows, .c = c, .x = x, .k = x, .to = y, .slope = slope };
	float *a, *b;

	if (batch_statistics) {
		const double *sums = norm_sums(cpu_of(be), &n, &a);

		if (!sums)
			return;
		for (size_t i = 0; i < c; i++) {
			double s = sums[i] / (double)rows, q = sums[c + i] / (double)rows - s * s;

			mean[i] = (float)((double)x[i] + s);
			variance[i] = (float)fmax(q, 0);
		}
	} else {
		a = cpu_scratch(cpu_of(be), SCRATCH_SUMS, 2 * c * sizeof(float));
		if (!a)
			return;
	}
	b = a + c;
	for (size_t i = 0; i < c; i++) {
		a[i] = gamma[i] / sqrtf(variance[i] + epsilon);
		b[i] = shift[i] - mean[i] * a[i];
	}
	n.a = a;
	n.b = b;
	cpu_parallel(cpu_of(be), rows, (double)c * 0.3, apply_part, &n);
}

static void backward_part(void *arg, size_t begin, size_t end)
{
	const struct norm *n = arg;
	size_t at = begin * n->c;

	n->simd->norm_backward_apply(n->to + at, n->dy + at, n->x + at, n->slope < 0 ? n->dy + at : n->y + at, n->k, n->a, n->b, n->d,
		n->slope, n->beta, end - begin, (int)n->c);
}

/*
 * With g = dy act'(y), r = 1 / sqrt(variance + epsilon), xhat = (x - mean) r:
 *     dshift = sum g,  dgamma = sum g xhat,  dx = gamma r (g - [dshift / rows + xhat dgamma / rows])
 * where the bracket is the way through the batch statistics.
 */
void cpu_batch_norm_backward(struct backend *be, float *dx, float *dgamma, float *dshift, const float *dy, const float *x,
	const float *y, const float *mean, const float *variance, const float *gamma, float epsilon, float slope,
	bool batch_statistics, size_t rows, int channels, float beta_dx, float beta_dgamma, float beta_dshift, float *scratch)
{
	size_t c = (size_t)channels;
	struct norm n = { .simd = cpu_of(be)->wide, .rows = rows, .c = c, .x = x, .y = y, .dy = dy, .k = mean, .to = dx, .slope = slope,
		.beta = beta_dx };
	float *line;
	const double *sums = norm_sums(cpu_of(be), &n, &line);

	(void)scratch;
	if (!sums)
		return;
	for (size_t i = 0; i < c; i++) {
		double r = 1 / sqrt((double)variance[i] + (double)epsilon), g = sums[i], gx = sums[c + i] * r;
		double through = batch_statistics ? (double)gamma[i] * r / (double)rows : 0;

		if (dshift)
			dshift[i] = beta_dshift != 0 ? beta_dshift * dshift[i] + (float)g : (float)g;
		if (dgamma)
			dgamma[i] = beta_dgamma != 0 ? beta_dgamma * dgamma[i] + (float)gx : (float)gx;
		line[i] = (float)((double)gamma[i] * r);
		line[c + i] = (float)(-through * gx * r);
		line[2 * c + i] = (float)(-through * g);
	}
	n.a = line;
	n.b = line + c;
	n.d = line + 2 * c;
	if (dx)
		cpu_parallel(cpu_of(be), rows, (double)c * 0.4, backward_part, &n);
}
