/* counting.c -- kernels that only count. */
#include "tests/counting.h"

#include <string.h>

static struct counting *of(struct backend *be)
{
	return (struct counting *)be;
}

/* Addresses that nobody touches, apart from one another and aligned. */
static void *allocate(struct backend *be, size_t bytes)
{
	uintptr_t at = (uintptr_t)1 << 40;

	at += (uintptr_t)of(be)->bytes;
	of(be)->bytes += (double)((bytes + 255) / 256 * 256);
	return (void *)at;
}

static void release(struct backend *be, void *memory)
{
	(void)be;
	(void)memory;
}

static void upload(struct backend *be, void *device, const void *host, size_t bytes)
{
	(void)be;
	(void)device;
	(void)host;
	(void)bytes;
}

static void download(struct backend *be, void *host, const void *device, size_t bytes)
{
	(void)be;
	(void)device;
	memset(host, 0, bytes);
}

static void copy(struct backend *be, void *to, const void *from, size_t bytes)
{
	(void)to;
	(void)from;
	(void)bytes;
	of(be)->calls++;
}

static void nothing(struct backend *be)
{
	(void)be;
}

static void count_conv(struct backend *be, const struct conv *c, enum counted_direction direction, float beta)
{
	of(be)->calls++;
	if (of(be)->conv)
		of(be)->conv(of(be)->context, c, direction, beta);
}

static void conv(struct backend *be, const struct conv *c, float *y, const float *x, const float *w, float slope, float beta)
{
	(void)y;
	(void)x;
	(void)w;
	(void)slope;
	count_conv(be, c, COUNTED_CONV, beta);
}

static void conv_data(struct backend *be, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	(void)dx;
	(void)dy;
	(void)w;
	count_conv(be, c, COUNTED_DATA, beta);
}

static void conv_weights(struct backend *be, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	(void)dw;
	(void)x;
	(void)dy;
	count_conv(be, c, COUNTED_WEIGHTS, beta);
}

/* The others: their arguments, and one more call. */
#define COUNTED(name, ...) \
	static void name(__VA_ARGS__) \
	{ \
		of(be)->calls++; \
	}
#pragma GCC diagnostic ignored "-Wunused-parameter"
COUNTED(fill, struct backend *be, float *y, float value, size_t n)
COUNTED(axpby, struct backend *be, float *y, float a, const float *x, float beta, size_t n)
COUNTED(act, struct backend *be, float *y, const float *x, float slope, size_t n)
COUNTED(act_backward, struct backend *be, float *dx, const float *dy, const float *y, float slope, float beta, size_t n)
COUNTED(dot, struct backend *be, float *y, const float *x, const float *z, size_t rows, size_t n)
COUNTED(linear, struct backend *be, float *y, const float *x, const float *w, const float *b, int n, int in, int out)
COUNTED(linear_backward, struct backend *be, float *dx, float *dw, float *db, const float *dy, const float *x, const float *w, int n, int in,
	int out, float beta_dx, float beta_dw, float beta_db)
COUNTED(pool, struct backend *be, const struct pool *p, float *y, const float *x)
COUNTED(pool_backward, struct backend *be, const struct pool *p, float *dx, const float *dy, float beta)
COUNTED(global_pool, struct backend *be, float *y, const float *x, int n, int pixels, int c)
COUNTED(global_pool_backward, struct backend *be, float *dx, const float *dy, int n, int pixels, int c, float beta)
COUNTED(batch_norm, struct backend *be, float *y, float *mean, float *variance, const float *x, const float *gamma, const float *shift,
	float epsilon, float slope, bool batch_statistics, size_t rows, int c)
COUNTED(batch_norm_backward, struct backend *be, float *dx, float *dgamma, float *dshift, const float *dy, const float *x, const float *y,
	const float *mean, const float *variance, const float *gamma, float epsilon, float slope, bool batch_statistics, size_t rows, int c,
	float beta_dx, float beta_dgamma, float beta_dshift, float *scratch)
COUNTED(channels, struct backend *be, float *to, int to_channels, const float *from, int from_channels, const struct channel_range *r, int count,
	size_t rows)
COUNTED(gather, struct backend *be, float *y, const float *x, const struct box *b, float beta)
COUNTED(scatter, struct backend *be, float *x, const float *y, const struct box *b, float beta)
COUNTED(normalize, struct backend *be, float *y, float *norm, const float *x, float epsilon, size_t n)
COUNTED(normalize_backward, struct backend *be, float *dx, const float *dy, const float *y, const float *norm, float epsilon, float beta, size_t n)
COUNTED(cross_entropy, struct backend *be, float *loss, float *wrong, const float *logits, const int32_t *label, int n, int classes)
COUNTED(cross_entropy_backward, struct backend *be, float *dlogits, const float *dloss, const float *logits, const int32_t *label, int n,
	int classes, float beta)
COUNTED(adam, struct backend *be, float *w, float *m, float *v, const float *gradient, const struct adam *a, size_t n)
COUNTED(sgd, struct backend *be, float *w, float *m, const float *gradient, const struct sgd *s, size_t n)

static const struct kernels counting_kernels = {
	.name = "counting", .alloc = allocate, .free = release, .upload = upload, .download = download, .copy = copy, .sync = nothing,
	.fill = fill, .axpby = axpby, .act = act, .act_backward = act_backward, .dot = dot, .conv = conv, .conv_backward_data = conv_data,
	.conv_backward_weights = conv_weights, .linear = linear, .linear_backward = linear_backward, .pool = pool, .pool_backward = pool_backward,
	.global_pool = global_pool, .global_pool_backward = global_pool_backward, .batch_norm = batch_norm,
	.batch_norm_backward = batch_norm_backward, .channels = channels, .gather = gather, .scatter = scatter, .normalize = normalize,
	.normalize_backward = normalize_backward, .cross_entropy = cross_entropy, .cross_entropy_backward = cross_entropy_backward,
	.adam = adam, .sgd = sgd, .close = nothing,
};

void counting_init(struct counting *c)
{
	memset(c, 0, sizeof *c);
	c->be.k = &counting_kernels;
	c->be.threads = 1;
	strcpy(c->be.description, "counting");
}
