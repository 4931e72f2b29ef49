/* ref.c -- every kernel as its formula. Nothing here is fast; everything should be evident. */
#include "tests/ref.h"

#include <math.h>
#include <stdlib.h>

/* beta old + new, where beta 0 does not look at the old */
static void put(float *to, double value, float beta)
{
	*to = (float)(beta != 0 ? (double)beta * (double)*to + value : value);
}

static double act(double x, float slope)
{
	return slope < 0 || x > 0 ? x : (double)slope * x;
}

void ref_act(float *y, const float *x, float slope, size_t n)
{
	for (size_t i = 0; i < n; i++)
		y[i] = (float)act((double)x[i], slope);
}

void ref_act_backward(float *dx, const float *dy, const float *y, float slope, float beta, size_t n)
{
	for (size_t i = 0; i < n; i++)
		put(&dx[i], (double)dy[i] * (y[i] > 0 ? 1 : (double)slope), beta);
}

/* A volume of `axes` axes as three: sizes missing in front are 1. */
static int along(const int *value, int axes, int axis, int missing)
{
	int i = axis - (3 - axes);

	return i < 0 ? missing : value[i];
}

/* Calls visit for every product of a convolution: x[xi] w[wi] adds to y[yi]. */
static void each_product(const struct conv *c, void (*visit)(void *arg, size_t xi, size_t wi, size_t yi), void *arg)
{
#define A(field, axis) along(c->field, c->axes, axis, 1)
#define PAD(axis) along(c->pad, c->axes, axis, 0)
	const int in_group = c->c_in / c->groups, out_group = c->c_out / c->groups;

	for (int n = 0; n < c->n; n++)
	for (int od = 0; od < A(out, 0); od++)
	for (int oh = 0; oh < A(out, 1); oh++)
	for (int ow = 0; ow < A(out, 2); ow++)
	for (int kd = 0; kd < A(kernel, 0); kd++)
	for (int kh = 0; kh < A(kernel, 1); kh++)
	for (int kw = 0; kw < A(kernel, 2); kw++) {
		int d = od * A(stride, 0) - PAD(0) + kd * A(dilation, 0);
		int h = oh * A(stride, 1) - PAD(1) + kh * A(dilation, 1);
		int w = ow * A(stride, 2) - PAD(2) + kw * A(dilation, 2);

		if (d < 0 || d >= A(in, 0) || h < 0 || h >= A(in, 1) || w < 0 || w >= A(in, 2))
			continue;
		for (int o = 0; o < c->c_out; o++)
			for (int i = 0; i < in_group; i++) {
				size_t x = (((size_t)n * (size_t)A(in, 0) + (size_t)d) * (size_t)A(in, 1) + (size_t)h) * (size_t)A(in, 2) + (size_t)w;
				size_t y = (((size_t)n * (size_t)A(out, 0) + (size_t)od) * (size_t)A(out, 1) + (size_t)oh) * (size_t)A(out, 2) + (size_t)ow;
				size_t k = (((size_t)o * (size_t)in_group + (size_t)i) * (size_t)A(kernel, 0) + (size_t)kd) * (size_t)A(kernel, 1);

				k = (k + (size_t)kh) * (size_t)A(kernel, 2) + (size_t)kw;
				visit(arg, x * (size_t)c->c_in + (size_t)(o / out_group * in_group + i), k, y * (size_t)c->c_out + (size_t)o);
			}
	}
#undef A
#undef PAD
}

static size_t volume(const int *extent, int axes)
{
	size_t pixels = 1;

	for (int i = 0; i < axes; i++)
		pixels *= (size_t)extent[i];
	return pixels;
}

struct products {
	const float *x, *w, *y;
	double *sum;
};

static void product_y(void *arg, size_t xi, size_t wi, size_t yi)
{
	struct products *p = arg;

	p->sum[yi] += (double)p->x[xi] * (double)p->w[wi];
}

static void product_x(void *arg, size_t xi, size_t wi, size_t yi)
{
	struct products *p = arg;

	p->sum[xi] += (double)p->y[yi] * (double)p->w[wi];
}

static void product_w(void *arg, size_t xi, size_t wi, size_t yi)
{
	struct products *p = arg;

	p->sum[wi] += (double)p->y[yi] * (double)p->x[xi];
}

void ref_conv(const struct conv *c, float *y, const float *x, const float *w, float slope, float beta)
{
	size_t n = (size_t)c->n * volume(c->out, c->axes) * (size_t)c->c_out;
	struct products p = { .x = x, .w = w, .sum = calloc(n, sizeof(double)) };

	each_product(c, product_y, &p);
	for (size_t i = 0; i < n; i++)
		y[i] = (float)act(p.sum[i] + (beta != 0 ? (double)beta * (double)y[i] : 0), slope);
	free(p.sum);
}

void ref_conv_backward_data(const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	size_t n = (size_t)c->n * volume(c->in, c->axes) * (size_t)c->c_in;
	struct products p = { .y = dy, .w = w, .sum = calloc(n, sizeof(double)) };

	each_product(c, product_x, &p);
	for (size_t i = 0; i < n; i++)
		put(&dx[i], p.sum[i], beta);
	free(p.sum);
}

void ref_conv_backward_weights(const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	size_t n = (size_t)c->c_out * (size_t)(c->c_in / c->groups) * volume(c->kernel, c->axes);
	struct products p = { .y = dy, .x = x, .sum = calloc(n, sizeof(double)) };

	each_product(c, product_w, &p);
	for (size_t i = 0; i < n; i++)
		put(&dw[i], p.sum[i], beta);
	free(p.sum);
}

void ref_linear(float *y, const float *x, const float *w, const float *b, int n, int in, int out)
{
	for (int i = 0; i < n; i++)
		for (int o = 0; o < out; o++) {
			double sum = (double)b[o];

			for (int k = 0; k < in; k++)
				sum += (double)x[i * in + k] * (double)w[o * in + k];
			y[i * out + o] = (float)sum;
		}
}

void ref_linear_backward(float *dx, float *dw, float *db, const float *dy, const float *x, const float *w, int n, int in, int out,
	float beta_dx, float beta_dw, float beta_db)
{
	for (int i = 0; dx && i < n; i++)
		for (int k = 0; k < in; k++) {
			double sum = 0;

			for (int o = 0; o < out; o++)
				sum += (double)dy[i * out + o] * (double)w[o * in + k];
			put(&dx[i * in + k], sum, beta_dx);
		}
	for (int o = 0; dw && o < out; o++)
		for (int k = 0; k < in; k++) {
			double sum = 0;

			for (int i = 0; i < n; i++)
				sum += (double)dy[i * out + o] * (double)x[i * in + k];
			put(&dw[o * in + k], sum, beta_dw);
		}
	for (int o = 0; db && o < out; o++) {
		double sum = 0;

		for (int i = 0; i < n; i++)
			sum += (double)dy[i * out + o];
		put(&db[o], sum, beta_db);
	}
}

/* Calls visit for every input pixel of every window; `share` is one over the pixels of the window. */
static void each_window(const struct pool *p, void (*visit)(void *arg, size_t x, size_t y, double share), void *arg)
{
#define A(field, axis) along(p->field, p->axes, axis, 1)
	for (int n = 0; n < p->n; n++)
	for (int d = 0; d < A(in, 0); d++)
	for (int h = 0; h < A(in, 1); h++)
	for (int w = 0; w < A(in, 2); w++) {
		int at[3] = { d, h, w }, pixels = 1;
		size_t y = (size_t)n, x = (((size_t)n * (size_t)A(in, 0) + (size_t)d) * (size_t)A(in, 1) + (size_t)h) * (size_t)A(in, 2) + (size_t)w;

		for (int i = 0; i < 3; i++) {
			bool pooled = i >= 3 - p->axes;

			y = y * (size_t)A(out, i) + (size_t)(pooled ? at[i] / 2 : at[i]);
			if (pooled)
				pixels *= at[i] / 2 * 2 + 1 < A(in, i) ? 2 : 1;
		}
		for (int c = 0; c < p->c; c++)
			visit(arg, x * (size_t)p->c + (size_t)c, y * (size_t)p->c + (size_t)c, 1.0 / pixels);
	}
#undef A
}

static void window_y(void *arg, size_t x, size_t y, double share)
{
	struct products *p = arg;

	p->sum[y] += share * (double)p->x[x];
}

static void window_x(void *arg, size_t x, size_t y, double share)
{
	struct products *p = arg;

	p->sum[x] += share * (double)p->y[y];
}

void ref_pool(const struct pool *p, float *y, const float *x)
{
	size_t n = (size_t)p->n * volume(p->out, p->axes) * (size_t)p->c;
	struct products s = { .x = x, .sum = calloc(n, sizeof(double)) };

	each_window(p, window_y, &s);
	for (size_t i = 0; i < n; i++)
		y[i] = (float)s.sum[i];
	free(s.sum);
}

void ref_pool_backward(const struct pool *p, float *dx, const float *dy, float beta)
{
	size_t n = (size_t)p->n * volume(p->in, p->axes) * (size_t)p->c;
	struct products s = { .y = dy, .sum = calloc(n, sizeof(double)) };

	each_window(p, window_x, &s);
	for (size_t i = 0; i < n; i++)
		put(&dx[i], s.sum[i], beta);
	free(s.sum);
}

void ref_global_pool(float *y, const float *x, int n, int pixels, int c)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < c; k++) {
			double sum = 0;

			for (int p = 0; p < pixels; p++)
				sum += (double)x[((size_t)i * (size_t)pixels + (size_t)p) * (size_t)c + (size_t)k];
			y[i * c + k] = (float)(sum / pixels);
		}
}

void ref_global_pool_backward(float *dx, const float *dy, int n, int pixels, int c, float beta)
{
	for (int i = 0; i < n; i++)
		for (int p = 0; p < pixels; p++)
			for (int k = 0; k < c; k++)
				put(&dx[((size_t)i * (size_t)pixels + (size_t)p) * (size_t)c + (size_t)k], (double)dy[i * c + k] / pixels, beta);
}

void ref_batch_norm(float *y, float *mean, float *variance, const float *x, const float *gamma, const float *shift, float epsilon,
	float slope, bool batch_statistics, size_t rows, int channels)
{
	size_t c = (size_t)channels;

	for (size_t k = 0; k < c; k++) {
		double m = 0, v = 0;

		for (size_t r = 0; r < rows; r++)
			m += (double)x[r * c + k] / (double)rows;
		for (size_t r = 0; r < rows; r++)
			v += ((double)x[r * c + k] - m) * ((double)x[r * c + k] - m) / (double)rows;
		if (batch_statistics) {
			mean[k] = (float)m;
			variance[k] = (float)v;
		} else {
			m = (double)mean[k];
			v = (double)variance[k];
		}
		for (size_t r = 0; r < rows; r++)
			y[r * c + k] = (float)act((double)gamma[k] * ((double)x[r * c + k] - m) / sqrt(v + (double)epsilon) + (double)shift[k], slope);
	}
}

void ref_batch_norm_backward(float *dx, float *dgamma, float *dshift, const float *dy, const float *x, const float *y,
	const float *mean, const float *variance, const float *gamma, float epsilon, float slope, bool batch_statistics, size_t rows,
	int channels, float beta_dx, float beta_dgamma, float beta_dshift)
{
	size_t c = (size_t)channels;

	for (size_t k = 0; k < c; k++) {
		double r = 1 / sqrt((double)variance[k] + (double)epsilon), sum = 0, sum_x = 0;

		for (size_t i = k; i < rows * c; i += c) {
			double g = (double)dy[i] * (slope < 0 || y[i] > 0 ? 1 : (double)slope);

			sum += g;
			sum_x += g * ((double)x[i] - (double)mean[k]) * r;
		}
		for (size_t i = k; dx && i < rows * c; i += c) {
			double g = (double)dy[i] * (slope < 0 || y[i] > 0 ? 1 : (double)slope);

			if (batch_statistics)
				g -= (sum + ((double)x[i] - (double)mean[k]) * r * sum_x) / (double)rows;
			put(&dx[i], (double)gamma[k] * r * g, beta_dx);
		}
		if (dgamma)
			put(&dgamma[k], sum_x, beta_dgamma);
		if (dshift)
			put(&dshift[k], sum, beta_dshift);
	}
}

void ref_channels(float *to, int to_channels, const float *from, int from_channels, const struct channel_range *range, int count,
	size_t rows)
{
	for (size_t row = 0; row < rows; row++)
		for (int r = 0; r < count; r++)
			for (int i = 0; i < range[r].count; i++)
				put(&to[row * (size_t)to_channels + (size_t)(range[r].to + i)],
					(double)from[row * (size_t)from_channels + (size_t)(range[r].from + i)], range[r].beta);
}

/* Where element `i` of a box lies in the larger array. */
static size_t place(const struct box *b, size_t i)
{
	ptrdiff_t at = (ptrdiff_t)b->offset;

	for (int k = b->dims - 1; k >= 0; k--) {
		at += (ptrdiff_t)(i % (size_t)b->count[k]) * b->stride[k];
		i /= (size_t)b->count[k];
	}
	return (size_t)at;
}

void ref_gather(float *y, const float *x, const struct box *b, float beta)
{
	for (size_t i = 0; i < volume(b->count, b->dims); i++)
		put(&y[i], (double)x[place(b, i)], beta);
}

void ref_scatter(float *x, const float *y, const struct box *b, float beta)
{
	for (size_t i = 0; i < volume(b->count, b->dims); i++)
		put(&x[place(b, i)], (double)y[i], beta);
}

void ref_normalize(float *y, float *norm, const float *x, float epsilon, size_t n)
{
	double sum = 0;

	for (size_t i = 0; i < n; i++)
		sum += (double)x[i] * (double)x[i];
	*norm = (float)sqrt(sum);
	for (size_t i = 0; i < n; i++)
		y[i] = (float)((double)x[i] / fmax(sqrt(sum), (double)epsilon));
}

void ref_normalize_backward(float *dx, const float *dy, const float *y, const float *norm, float epsilon, float beta, size_t n)
{
	double along_y = 0, length = fmax((double)*norm, (double)epsilon);

	for (size_t i = 0; i < n; i++)
		along_y += (double)y[i] * (double)dy[i];
	if (*norm < epsilon)
		along_y = 0;
	for (size_t i = 0; i < n; i++)
		put(&dx[i], ((double)dy[i] - (double)y[i] * along_y) / length, beta);
}

/* softmax of row i, class k */
static double probability(const float *logits, int classes, int k)
{
	double sum = 0;

	for (int j = 0; j < classes; j++)
		sum += exp((double)logits[j] - (double)logits[k]);
	return 1 / sum;
}

void ref_cross_entropy(float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes)
{
	for (int i = 0; i < n; i++, logits += classes) {
		int best = 0;

		for (int k = 1; k < classes; k++)
			if (logits[k] > logits[best])
				best = k;
		loss[i] = (float)-log(probability(logits, classes, label[i]));
		wrong[i] = best != label[i];
	}
}

void ref_cross_entropy_backward(float *dlogits, const float *dloss, const float *logits, const int32_t *label, int n, int classes,
	float beta)
{
	for (int i = 0; i < n; i++)
		for (int k = 0; k < classes; k++)
			put(&dlogits[i * classes + k], (double)dloss[i] * (probability(logits + i * classes, classes, k) - (k == label[i])), beta);
}

void ref_adam(float *w, float *m, float *v, const float *gradient, const struct adam *a, size_t n)
{
	double b1 = (double)a->beta1, b2 = (double)a->beta2;

	for (size_t i = 0; i < n; i++) {
		double g = (double)gradient[i], mi = b1 * (double)m[i] + (1 - b1) * g, vi = b2 * (double)v[i] + (1 - b2) * g * g;

		m[i] = (float)mi;
		v[i] = (float)vi;
		w[i] = (float)((double)w[i] - (double)a->learning_rate * mi / (1 - pow(b1, (double)a->t)) /
			(sqrt(vi / (1 - pow(b2, (double)a->t))) + (double)a->epsilon));
	}
}

void ref_sgd(float *w, float *m, const float *gradient, const struct sgd *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		double g = (double)gradient[i] + (double)s->weight_decay * (double)w[i];
		double mi = (double)s->momentum * (double)m[i] + g;

		m[i] = (float)mi;
		w[i] = (float)((double)w[i] - (double)s->learning_rate * (g + (double)s->momentum * mi));
	}
}
