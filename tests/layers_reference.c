/* layers_reference.c -- what the layers of an exported network compute. Values are [channels, side…] of one example. */
#include "tests/layers_reference.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int pixels(const struct layer *l)
{
	int count = 1;

	for (int a = 0; a < l->axes; a++)
		count *= l->side[a];
	return count;
}

static const float *tensor(const struct exported *e, int number)
{
	ck_assert_int_ge(number, 0);
	return e->tensor[number].data;
}

/* Pixel p as a place along each axis; two axes are three of which the first is 1 long. */
static void place(const struct layer *l, int p, int at[3])
{
	int three = l->axes == 3;

	at[2] = p % l->side[1 + three];
	p /= l->side[1 + three];
	at[1] = p % l->side[three];
	at[0] = p / l->side[three];
}

/* The pixel of a place, or -1 beyond the edge. */
static int pixel(const struct layer *l, const int at[3])
{
	int three = l->axes == 3, depth = three ? l->side[0] : 1;

	if (at[0] < 0 || at[1] < 0 || at[2] < 0 || at[0] >= depth || at[1] >= l->side[three] || at[2] >= l->side[1 + three])
		return -1;
	return (at[0] * l->side[three] + at[1]) * l->side[1 + three] + at[2];
}

static int along(const int *x, int axes, int a, int missing)
{
	return axes == 3 ? x[a] : a == 0 ? missing : x[a - 1];
}

static float tap_sum(const struct layer *l, const struct layer *from, const float *x, const float *w, int c, int p)
{
	const struct conv *g = &l->conv;
	int in = g->c_in / g->groups, first = c / (g->c_out / g->groups) * in, at[3], tap[3], k[3];
	double sum = 0;

	place(l, p, at);
	for (int i = 0; i < in; i++)
		for (k[0] = 0; k[0] < along(g->kernel, g->axes, 0, 1); k[0]++)
			for (k[1] = 0; k[1] < along(g->kernel, g->axes, 1, 1); k[1]++)
				for (k[2] = 0; k[2] < along(g->kernel, g->axes, 2, 1); k[2]++, w++) {
					for (int a = 0; a < 3; a++)
						tap[a] = at[a] * along(g->stride, g->axes, a, 1) + k[a] * along(g->dilation, g->axes, a, 1) -
							along(g->pad, g->axes, a, 0);
					if (pixel(from, tap) >= 0)
						sum += (double)*w * x[(first + i) * pixels(from) + pixel(from, tap)];
				}
	return (float)sum;
}

static void run_conv(const struct exported *e, const struct layer *l, const struct layer *from, const float *x, float *y)
{
	const float *w = tensor(e, l->weight);
	int taps = (int)exported_tensor_count(&e->tensor[l->weight]) / l->conv.c_out, n = pixels(l);

	for (int c = 0; c < l->channels; c++)
		for (int p = 0; p < n; p++)
			y[c * n + p] = tap_sum(l, from, x, w + c * taps, c, p);
}

static void run_norm(const struct exported *e, const struct layer *l, const float *x, float *y)
{
	const float *gamma = tensor(e, l->weight), *shift = tensor(e, l->bias), *mean = tensor(e, l->mean), *variance = tensor(e, l->variance);
	int n = pixels(l);

	for (int i = 0; i < l->channels * n; i++) {
		int c = i / n;

		y[i] = (float)((x[i] - (double)mean[c]) / sqrt((double)variance[c] + l->epsilon) * gamma[c] + shift[c]);
	}
}

static void run_pool(const struct layer *l, const struct layer *from, const float *x, float *y)
{
	int n = pixels(l), at[3], tap[3];

	for (int i = 0; i < l->channels * n; i++) {
		double sum = 0;
		int count = 0;

		place(l, i % n, at);
		for (int k = 0; k < 8; k++) {
			for (int a = 0; a < 3; a++)
				tap[a] = 2 * at[a] + (k >> a & 1);
			if ((l->axes == 2 && k & 1) || pixel(from, tap) < 0)
				continue;
			sum += x[i / n * pixels(from) + pixel(from, tap)];
			count++;
		}
		y[i] = (float)(sum / count);
	}
}

static void run_linear(const struct exported *e, const struct layer *l, const struct layer *from, const float *x, float *y)
{
	const float *w = tensor(e, l->weight), *b = tensor(e, l->bias);

	for (int c = 0; c < l->channels; c++) {
		double sum = b[c];

		for (int i = 0; i < from->channels; i++)
			sum += (double)w[c * from->channels + i] * x[i];
		y[c] = (float)sum;
	}
}

static void run_read(const struct layer *l, const float *x, float *y)
{
	size_t bank = (size_t)l->bank * (size_t)pixels(l);

	for (int b = 0; b < 64; b++)
		if (l->banks >> b & 1) {
			memcpy(y, x + (size_t)b * bank, bank * sizeof(float));
			y += bank;
		}
}

static void run_write(const struct layer *l, const struct layer *state, const struct layer *y_layer, const float *x, const float *y, float *to)
{
	int n = pixels(l), bank = l->bank * n, j = 0;

	memcpy(to, x, (size_t)state->channels * (size_t)n * sizeof(float));
	for (int b = 0; b < 64; b++) {
		const float *piece;

		if (!(l->banks >> b & 1))
			continue;
		piece = y + layer_piece(l, j++, y_layer->channels) * n;
		for (int i = 0; i < bank; i++)
			to[b * bank + i] = l->created >> b & 1 ? piece[i] : to[b * bank + i] + piece[i];
	}
}

static void run_layer(const struct exported *e, int number, float **value)
{
	const struct layer *l = &e->layer[number], *from = l->in[0] < 0 ? NULL : &e->layer[l->in[0]];
	const float *x = from ? value[l->in[0]] : NULL, *other = l->in[1] < 0 ? NULL : value[l->in[1]];
	int count = l->channels * pixels(l);
	float *y = value[number];

	switch (l->kind) {
	case LAYER_CONV: run_conv(e, l, from, x, y); break;
	case LAYER_NORM: run_norm(e, l, x, y); break;
	case LAYER_POOL: run_pool(l, from, x, y); break;
	case LAYER_LINEAR: run_linear(e, l, from, x, y); break;
	case LAYER_READ: run_read(l, x, y); break;
	case LAYER_WRITE: run_write(l, from, &e->layer[l->in[1]], x, other, y); break;
	case LAYER_BANKS: memcpy(y, x, (size_t)count * sizeof(float)); break;
	case LAYER_ACT:
		for (int i = 0; i < count; i++)
			y[i] = x[i] > 0 ? x[i] : l->slope * x[i];
		break;
	case LAYER_ADD:
		for (int i = 0; i < count; i++)
			y[i] = x[i] + other[i];
		break;
	case LAYER_GLOBAL_POOL:
		for (int c = 0; c < l->channels; c++) {
			double sum = 0;

			for (int p = 0; p < pixels(from); p++)
				sum += x[c * pixels(from) + p];
			y[c] = (float)(sum / pixels(from));
		}
		break;
	default:
		ck_abort_msg("a layer of kind %d", l->kind);
	}
}

double layers_reference_difference(const struct exported *e)
{
	float **value = calloc((size_t)e->count, sizeof(*value));
	int input = e->layer[0].channels * pixels(&e->layer[0]), classes = e->input.classes;
	double worst = 0, largest = 0;

	for (int i = 0; i < e->count; i++)
		value[i] = calloc((size_t)e->layer[i].channels * (size_t)pixels(&e->layer[i]), sizeof(**value));
	for (int n = 0; n < e->examples; n++) {
		memcpy(value[0], e->example_input + n * input, (size_t)input * sizeof(float));
		for (int i = 1; i < e->count; i++)
			run_layer(e, i, value);
		for (int c = 0; c < classes; c++) {
			double expected = e->example_output[n * classes + c];

			worst = fmax(worst, fabs(value[e->count - 1][c] - expected));
			largest = fmax(largest, fabs(expected));
		}
	}
	for (int i = 0; i < e->count; i++)
		free(value[i]);
	free(value);
	return worst / largest;
}
