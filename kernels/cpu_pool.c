/* cpu_pool.c -- average pooling by 2, and over all pixels. */
#include "kernels/cpu.h"

#include <string.h>

struct pooling {
	const struct simd *simd;
	int d, h, w;                     /* input; 2-D images have depth 1 and keep it */
	int out_d, out_h, out_w, c, step_d;
	float *y;
	const float *x;
	float beta;
};

static struct pooling pooling_of(struct backend *be, const struct pool *p)
{
	bool deep = p->axes == 3;
	const int *in = p->in + deep, *out = p->out + deep;

	return (struct pooling){ .simd = cpu_of(be)->wide, .d = deep ? p->in[0] : 1, .h = in[0], .w = in[1],
		.out_d = deep ? p->out[0] : 1, .out_h = out[0], .out_w = out[1], .c = p->c, .step_d = deep ? 2 : 1 };
}

/* The inputs of output `i` along an axis: from step * i, one or two of them. */
static int window(int i, int step, int extent)
{
	return step == 1 || step * i + 1 >= extent ? 1 : 2;
}

/* Output rows [begin, end) of all images. */
static void pool_part(void *arg, size_t begin, size_t end)
{
	const struct pooling *p = arg;
	const size_t c = (size_t)p->c;

	for (size_t row = begin; row < end; row++) {
		int h = (int)(row % (size_t)p->out_h), d = (int)(row / (size_t)p->out_h % (size_t)p->out_d);
		size_t image = row / (size_t)p->out_h / (size_t)p->out_d;
		int nd = window(d, p->step_d, p->d), nh = window(h, 2, p->h);
		float *y = p->y + row * (size_t)p->out_w * c;

		for (int w = 0; w < p->out_w; w++, y += c) {
			int nw = window(w, 2, p->w);
			float scale = 1 / (float)(nd * nh * nw), beta = 0;

			for (int i = 0; i < nd; i++)
				for (int j = 0; j < nh; j++)
					for (int k = 0; k < nw; k++, beta = 1)
						p->simd->axpby(y, scale, p->x + ((((image * (size_t)p->d) + (size_t)(d * p->step_d + i)) *
							(size_t)p->h + (size_t)(2 * h + j)) * (size_t)p->w + (size_t)(2 * w + k)) * c, beta, c);
		}
	}
}

void cpu_pool(struct backend *be, const struct pool *pool, float *y, const float *x)
{
	struct pooling p = pooling_of(be, pool);
	size_t rows = (size_t)pool->n * (size_t)p.out_d * (size_t)p.out_h;

	p.y = y;
	p.x = x;
	cpu_parallel(cpu_of(be), rows, (double)p.out_w * (20 + p.c), pool_part, &p);
}

/* Input rows [begin, end) of all images: each pixel belongs to one window. */
static void pool_backward_part(void *arg, size_t begin, size_t end)
{
	const struct pooling *p = arg;
	const size_t c = (size_t)p->c;

	for (size_t row = begin; row < end; row++) {
		int h = (int)(row % (size_t)p->h), d = (int)(row / (size_t)p->h % (size_t)p->d);
		size_t image = row / (size_t)p->h / (size_t)p->d;
		int od = d / p->step_d, oh = h / 2, n = window(od, p->step_d, p->d) * window(oh, 2, p->h);
		float *dx = p->y + row * (size_t)p->w * c;
		const float *dy = p->x + ((image * (size_t)p->out_d + (size_t)od) * (size_t)p->out_h + (size_t)oh) * (size_t)p->out_w * c;

		for (int w = 0; w < p->w; w++, dx += c)
			p->simd->axpby(dx, 1 / (float)(n * window(w / 2, 2, p->w)), dy + (size_t)(w / 2) * c, p->beta, c);
	}
}

void cpu_pool_backward(struct backend *be, const struct pool *pool, float *dx, const float *dy, float beta)
{
	struct pooling p = pooling_of(be, pool);
	size_t rows = (size_t)pool->n * (size_t)p.d * (size_t)p.h;

	p.y = dx;
	p.x = dy;
	p.beta = beta;
	cpu_parallel(cpu_of(be), rows, (double)p.w * (8 + 0.4 * p.c), pool_backward_part, &p);
}

struct global {
	const struct simd *simd;
	float *y;
	const float *x;
	size_t pixels, c;
	float beta;
};

/* Images [begin, end). */
static void global_part(void *arg, size_t begin, size_t end)
{
	const struct global *g = arg;
	const float scale = 1 / (float)g->pixels;

	for (size_t image = begin; image < end; image++)
		for (size_t p = 0; p < g->pixels; p++)
			g->simd->axpby(g->y + image * g->c, scale, g->x + (image * g->pixels + p) * g->c, p > 0, g->c);
}

void cpu_global_pool(struct backend *be, float *y, const float *x, int n, int pixels, int c)
{
	struct global g = { cpu_of(be)->wide, y, x, (size_t)pixels, (size_t)c, 0 };

	cpu_parallel(cpu_of(be), (size_t)n, (double)pixels * (5 + 0.3 * c), global_part, &g);
}

static void global_backward_part(void *arg, size_t begin, size_t end)
{
	const struct global *g = arg;
	const float scale = 1 / (float)g->pixels;

	for (size_t image = begin; image < end; image++)
		for (size_t p = 0; p < g->pixels; p++)
			g->simd->axpby(g->y + (image * g->pixels + p) * g->c, scale, g->x + image * g->c, g->beta, g->c);
}

void cpu_global_pool_backward(struct backend *be, float *dx, const float *dy, int n, int pixels, int c, float beta)
{
	struct global g = { cpu_of(be)->wide, dx, dy, (size_t)pixels, (size_t)c, beta };

	cpu_parallel(cpu_of(be), (size_t)n, (double)pixels * (5 + 0.3 * c), global_backward_part, &g);
}
