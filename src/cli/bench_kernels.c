/*
 * bench_kernels.c -- the machine's matrix peak, and convolutions of the preset's own shapes: every convolution of some sampled
 * architectures, forward and both backward passes, as rates over all of them.
 */
#include <stdio.h>
#include <stdlib.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/cli/bench.h"

enum { ARCHITECTURES = 8, REPEATS = 3 };

/* Kinds of convolution that run at different speeds. */
enum kind { KIND_POINTWISE, KIND_DENSE, KIND_DILATED, KIND_GROUPED, KINDS };
static const char *const kind_names[KINDS] = { "pointwise", "dense", "dilated", "grouped" };

enum pass { PASS_FORWARD, PASS_DATA, PASS_WEIGHTS, PASSES };
static const char *const pass_names[PASSES] = { "forward", "backward_data", "backward_weights" };

struct rates {
	double flops[KINDS][PASSES], seconds[KINDS][PASSES];
};

struct buffers {
	float *x, *w, *y;                /* as large as any of the convolutions needs; stay what they are */
	float *out;
};

static size_t volume(const int *side, int axes)
{
	size_t n = 1;

	for (int a = 0; a < axes; a++)
		n *= (size_t)side[a];
	return n;
}

static double conv_flops(const struct conv *c)
{
	return 2.0 * c->n * (double)volume(c->out, c->axes) * c->c_out * (c->c_in / c->groups) * (double)volume(c->kernel, c->axes);
}

static enum kind kind_of(const struct conv *c)
{
	if (c->groups > 1)
		return KIND_GROUPED;
	for (int a = 0; a < c->axes; a++)
		if (c->dilation[a] > 1)
			return KIND_DILATED;
	return volume(c->kernel, c->axes) == 1 ? KIND_POINTWISE : KIND_DENSE;
}

static void run_pass(struct backend *be, const struct conv *c, const struct buffers *b, enum pass pass)
{
	switch (pass) {
	case PASS_FORWARD:
		be->k->conv(be, c, b->out, b->x, b->w, ACT_NONE, 0);
		break;
	case PASS_DATA:
		be->k->conv_backward_data(be, c, b->out, b->y, b->w, 0);
		break;
	default:
		be->k->conv_backward_weights(be, c, b->out, b->x, b->y, 0);
	}
}

static void measure(struct backend *be, const struct conv *c, const struct buffers *b, struct rates *rates)
{
	enum kind kind = kind_of(c);

	for (int pass = 0; pass < PASSES; pass++) {
		run_pass(be, c, b, (enum pass)pass);             /* makes the primitive */
		be->k->sync(be);

		double start = clock_seconds();

		for (int i = 0; i < REPEATS; i++)
			run_pass(be, c, b, (enum pass)pass);
		be->k->sync(be);
		rates->seconds[kind][pass] += clock_seconds() - start;
		rates->flops[kind][pass] += REPEATS * conv_flops(c);
	}
}

/* Calls `each` for every convolution of an architecture's ops: the generated one and the active free ones. */
static void each_conv(const struct trainer *t, const struct arch *arch, void (*each)(void *, const struct conv *), void *context)
{
	const struct space *space = &t->layout.space;

	for (int b = 0; b < BLOCKS; b++) {
		struct conv c = { .axes = arch->axes, .n = t->config.preset.training.batch };

		for (int a = 0; a < c.axes; a++)
			c.in[a] = c.out[a] = block_side(space, &t->data->input, b, a);
		for (int i = 0; i < arch->block[b].op_count; i++) {
			const struct arch_op *op = &arch->block[b].op[i];

			c.c_in = op_n_in(arch, b, i);
			c.c_out = op_n_mid(space, arch, b, i);
			c.groups = 1;
			for (int a = 0; a < c.axes; a++) {
				c.kernel[a] = c.stride[a] = c.dilation[a] = 1;
				c.pad[a] = 0;
			}
			each(context, &c);
			for (int k = 0; k < CONVS; k++) {
				if (!(op->active & 1 << k))
					continue;
				c.c_in = op_conv_in(space, arch, b, i, k);
				c.c_out = op->units;
				c.groups = op->conv[k].groups;
				for (int a = 0; a < c.axes; a++) {
					c.kernel[a] = op->conv[k].kernel[a];
					c.dilation[a] = op->conv[k].dilation[a];
					c.pad[a] = (c.kernel[a] - 1) * c.dilation[a] / 2;
				}
				each(context, &c);
			}
		}
	}
}

struct largest {
	size_t x, w, y;
};

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void note_size(void *context, const struct conv *c)
{
	struct largest *l = context;

	l->x = larger(l->x, (size_t)c->n * volume(c->in, c->axes) * (size_t)c->c_in);
	l->y = larger(l->y, (size_t)c->n * volume(c->out, c->axes) * (size_t)c->c_out);
	l->w = larger(l->w, (size_t)c->c_out * (size_t)(c->c_in / c->groups) * volume(c->kernel, c->axes));
}

struct measuring {
	struct backend *be;
	const struct buffers *buffers;
	struct rates *rates;
};

static void measure_one(void *context, const struct conv *c)
{
	const struct measuring *m = context;

	measure(m->be, c, m->buffers, m->rates);
}

static void add_rates(struct bench *b, const struct rates *rates)
{
	double flops = 0, seconds = 0;

	for (int pass = 0; pass < PASSES; pass++) {
		for (int kind = 0; kind < KINDS; kind++) {
			char name[64];

			if (rates->flops[kind][pass] == 0)
				continue;
			snprintf(name, sizeof name, "kernels.conv.%s.%s", kind_names[kind], pass_names[pass]);
			bench_add(b, name, "GFLOP/s", rates->flops[kind][pass] / rates->seconds[kind][pass] * 1e-9);
			flops += rates->flops[kind][pass];
			seconds += rates->seconds[kind][pass];
		}
	}
	bench_add(b, "kernels.conv", "GFLOP/s", flops / seconds * 1e-9);
}

int bench_kernels(struct bench *b)
{
	struct backend *be = b->t->be;
	struct arch *arch = malloc(ARCHITECTURES * sizeof *arch);
	struct buffers buffers = { 0 };
	struct largest largest = { 0 };
	struct rates rates = { 0 };
	struct measuring measuring = { be, &buffers, &rates };
	int rc = -1;

	if (!arch)
		return err_set("out of memory");
	bench_add(b, "kernels.matrix_peak", "GFLOP/s", trainer_measure_peak(b->t));
	for (int i = 0; i < ARCHITECTURES; i++) {
		arch_sample(&arch[i], &b->t->layout.space, b->t->data->axes, 0, &b->rng);
		each_conv(b->t, &arch[i], note_size, &largest);
	}
	buffers.x = be->k->alloc(be, largest.x * sizeof(float));
	buffers.w = be->k->alloc(be, largest.w * sizeof(float));
	buffers.y = be->k->alloc(be, largest.y * sizeof(float));
	buffers.out = be->k->alloc(be, larger(largest.x, larger(largest.y, largest.w)) * sizeof(float));
	if (!buffers.x || !buffers.w || !buffers.y || !buffers.out)
		goto out;
	be->k->fill(be, buffers.x, 0.5f, largest.x);
	be->k->fill(be, buffers.w, 0.01f, largest.w);
	be->k->fill(be, buffers.y, 0.5f, largest.y);
	for (int i = 0; i < ARCHITECTURES; i++)
		each_conv(b->t, &arch[i], measure_one, &measuring);
	add_rates(b, &rates);
	rc = backend_ok(be) ? 0 : err_set("%s", be->failure);
out:
	be->k->free(be, buffers.x);
	be->k->free(be, buffers.w);
	be->k->free(be, buffers.y);
	be->k->free(be, buffers.out);
	free(arch);
	return rc;
}
