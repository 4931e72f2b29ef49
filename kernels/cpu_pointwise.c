/* cpu_pointwise.c -- elementwise functions, sums over everything, and the optimisers. */
#include "kernels/cpu.h"

#include <math.h>
#include <string.h>

/* Nanoseconds of an element, roughly: what a core streams from its caches. */
static const double COST = 0.25;

struct pointwise {
	const struct simd *simd;
	float *y, *m, *v;
	const float *x, *z;
	float a, beta, root;
	const struct adam *adam;
	const struct sgd *sgd;
};

static void fill_part(void *arg, size_t begin, size_t end)
{
	const struct pointwise *p = arg;

	if (p->a == 0) {
		memset(p->y + begin, 0, (end - begin) * sizeof(float));
		return;
	}
	for (size_t i = begin; i < end; i++)
		p->y[i] = p->a;
}

void cpu_fill(struct backend *be, float *y, float value, size_t n)
{
	cpu_parallel(cpu_of(be), n, COST, fill_part, &(struct pointwise){ .y = y, .a = value });
}

static void axpby_part(void *arg, size_t begin, size_t end)
{
	const struct pointwise *p = arg;

	p->simd->axpby(p->y + begin, p->a, p->x + begin, p->beta, end - begin);
}

void cpu_axpby(struct backend *be, float *y, float a, const float *x, float beta, size_t n)
{
	cpu_parallel(cpu_of(be), n, COST, axpby_part,
		&(struct pointwise){ .simd = cpu_of(be)->wide, .y = y, .x = x, .a = a, .beta = beta });
}

static void act_part(void *arg, size_t begin, size_t end)
{
	const struct pointwise *p = arg;

	p->simd->act(p->y + begin, p->x + begin, p->a, end - begin);
}

void cpu_act(struct backend *be, float *y, const float *x, float slope, size_t n)
{
	cpu_parallel(cpu_of(be), n, COST, act_part, &(struct pointwise){ .simd = cpu_of(be)->wide, .y = y, .x = x, .a = slope });
}

static void act_backward_part(void *arg, size_t begin, size_t end)
{
	const struct pointwise *p = arg;

	p->simd->act_backward(p->y + begin, p->x + begin, p->z + begin, p->a, p->beta, end - begin);
}

void cpu_act_backward(struct backend *be, float *dx, const float *dy, const float *y, float slope, float beta, size_t n)
{
	cpu_parallel(cpu_of(be), n, COST, act_backward_part,
		&(struct pointwise){ .simd = cpu_of(be)->wide, .y = dx, .x = dy, .z = y, .a = slope, .beta = beta });
}

/* One thread, and so the same sums for any number of threads. */
void cpu_dot(struct backend *be, float *y, const float *x, const float *z, size_t rows, size_t n)
{
	for (size_t r = 0; r < rows; r++)
		y[r] = (float)cpu_of(be)->wide->dot(x + r * n, z + r * n, n);
}

/* Weights are small and normalised by the dozen: one thread, and so the same sum for any number of threads. */
void cpu_normalize(struct backend *be, float *y, float *norm, const float *x, float epsilon, size_t n)
{
	const struct simd *simd = cpu_of(be)->wide;

	*norm = (float)sqrt(simd->dot(x, x, n));
	simd->axpby(y, 1 / fmaxf(*norm, epsilon), x, 0, n);
}

void cpu_normalize_backward(struct backend *be, float *dx, const float *dy, const float *y, const float *norm, float epsilon,
	float beta, size_t n)
{
	const struct simd *simd = cpu_of(be)->wide;
	bool constant = *norm < epsilon;
	float scale = 1 / fmaxf(*norm, epsilon);
	float along = constant ? 0 : (float)simd->dot(dy, y, n) * scale;

	simd->axpby(dx, scale, dy, beta, n);
	if (!constant)
		simd->axpby(dx, -along, y, 1, n);
}

/* Logits are few: the loss of a batch takes some microseconds on one thread. */
void cpu_cross_entropy(struct backend *be, float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes)
{
	(void)be;
	for (int i = 0; i < n; i++, logits += classes) {
		int best = 0;
		double sum = 0;

		for (int k = 1; k < classes; k++)
			if (logits[k] > logits[best])
				best = k;
		for (int k = 0; k < classes; k++)
			sum += (double)expf(logits[k] - logits[best]);
		loss[i] = (float)(log(sum) - (double)(logits[label[i]] - logits[best]));
		if (wrong)
			wrong[i] = best != label[i];
	}
}

void cpu_cross_entropy_backward(struct backend *be, float *dlogits, const float *dloss, const float *logits, const int32_t *label,
	int n, int classes, float beta)
{
	(void)be;
	for (int i = 0; i < n; i++, logits += classes, dlogits += classes) {
		float most = logits[0];
		double sum = 0;

		for (int k = 1; k < classes; k++)
			most = fmaxf(most, logits[k]);
		for (int k = 0; k < classes; k++)
			sum += (double)expf(logits[k] - most);
		for (int k = 0; k < classes; k++) {
			float g = dloss[i] * ((float)((double)expf(logits[k] - most) / sum) - (k == label[i]));

			dlogits[k] = beta != 0 ? beta * dlogits[k] + g : g;
		}
	}
}

static void adam_part(void *arg, size_t begin, size_t end)
{
	const struct pointwise *p = arg;

	p->simd->adam(p->y + begin, p->m + begin, p->v + begin, p->x + begin, p->a, p->root, p->adam, end - begin);
}

/* w -= step m / (sqrt(v) / root + epsilon), with step = lr / (1 - beta1^t) and root = sqrt(1 - beta2^t) */
void cpu_adam(struct backend *be, float *w, float *m, float *v, const float *gradient, const struct adam *a, size_t n)
{
	double step = (double)a->learning_rate / (1 - pow((double)a->beta1, (double)a->t));
	double root = sqrt(1 - pow((double)a->beta2, (double)a->t));

	cpu_parallel(cpu_of(be), n, 4 * COST, adam_part, &(struct pointwise){ .simd = cpu_of(be)->wide, .y = w, .m = m, .v = v,
		.x = gradient, .a = (float)step, .root = (float)root, .adam = a });
}

static void sgd_part(void *arg, size_t begin, size_t end)
{
	const struct pointwise *p = arg;

	p->simd->sgd(p->y + begin, p->m + begin, p->x + begin, p->sgd, end - begin);
}

void cpu_sgd(struct backend *be, float *w, float *m, const float *gradient, const struct sgd *s, size_t n)
{
	cpu_parallel(cpu_of(be), n, 3 * COST, sgd_part,
		&(struct pointwise){ .simd = cpu_of(be)->wide, .y = w, .m = m, .x = gradient, .sgd = s });
}
