/* cpu_conv.c -- picks who runs a convolution: the direct tiles or oneDNN. */
#include "kernels/cpu.h"

#include <string.h>

enum who { DIRECT, LIBRARY };

/* What the direct tiles can do: every kernel row in a list, padding that a turned kernel can have too. */
static bool direct_can(const struct conv *c, bool turned)
{
	int rows = 1;

	for (int i = 0; i < c->axes; i++) {
		rows *= i < c->axes - 1 ? c->kernel[i] : 1;
		if (c->pad[i] > (c->kernel[i] - 1) * c->dilation[i] || (turned && c->stride[i] != 1))
			return false;
	}
	return rows <= 128;
}

static enum who who_runs(const struct cpu *cpu, const struct conv *c, bool turned)
{
	return cpu->prefer_library || !direct_can(c, turned) ? LIBRARY : DIRECT;
}

void cpu_conv(struct backend *be, const struct conv *c, float *y, const float *x, const float *w, float slope, float beta)
{
	(who_runs(cpu_of(be), c, false) == DIRECT ? direct_conv : library_conv)(cpu_of(be), c, y, x, w, slope, beta);
}

void cpu_conv_backward_data(struct backend *be, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	(who_runs(cpu_of(be), c, true) == DIRECT ? direct_data : library_data)(cpu_of(be), c, dx, dy, w, beta);
}

void cpu_conv_backward_weights(struct backend *be, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	(who_runs(cpu_of(be), c, false) == DIRECT ? direct_weights : library_weights)(cpu_of(be), c, dw, x, dy, beta);
}

/* A fully connected layer is a 1x1 convolution over one row of n pixels. */
static struct conv linear_conv(int n, int in, int out)
{
	return (struct conv){ .axes = 2, .n = 1, .c_in = in, .c_out = out, .groups = 1, .in = { 1, n }, .out = { 1, n },
		.kernel = { 1, 1 }, .stride = { 1, 1 }, .dilation = { 1, 1 } };
}

void cpu_linear(struct backend *be, float *y, const float *x, const float *w, const float *b, int n, int in, int out)
{
	struct conv c = linear_conv(n, in, out);

	for (int i = 0; i < n; i++)
		memcpy(y + (size_t)i * (size_t)out, b, (size_t)out * sizeof(float));
	cpu_conv(be, &c, y, x, w, ACT_NONE, 1);
}

void cpu_linear_backward(struct backend *be, float *dx, float *dw, float *db, const float *dy, const float *x, const float *w,
	int n, int in, int out, float beta_dx, float beta_dw, float beta_db)
{
	struct conv c = linear_conv(n, in, out);

	if (dx)
		cpu_conv_backward_data(be, &c, dx, dy, w, beta_dx);
	if (dw)
		cpu_conv_backward_weights(be, &c, dw, x, dy, beta_dw);
	if (db)
		for (int i = 0; i < n; i++)
			cpu_of(be)->wide->axpby(db, 1, dy + (size_t)i * (size_t)out, i > 0 ? 1 : beta_db, (size_t)out);
}
