/*
 * cuda_conv.c -- who runs a convolution. A dense 1x1 is a matrix product over pixels; the rest are plans of cuDNN, which wants weights with
 * their channels last; a shape for which cuDNN has no plan runs through kernels of our own.
 *
 * With PRECISION_BF16 a plan reads and writes bfloat16: what it takes is rounded into working memory before, what it gives is widened after.
 */
#include "kernels/cuda_plan.h"

#include <stdint.h>

static size_t volume(const int *extent, int axes)
{
	size_t n = 1;

	for (int i = 0; i < axes; i++)
		n *= (size_t)extent[i];
	return n;
}

static bool is_product(const struct conv *c)
{
	for (int i = 0; i < c->axes; i++)
		if (c->kernel[i] != 1 || c->stride[i] != 1 || c->pad[i] != 0)
			return false;
	return c->groups == 1;
}

static size_t pixels(const struct conv *c)
{
	return (size_t)c->n * volume(c->out, c->axes);
}

/* The tensors of one convolution, in elements. */
struct sizes {
	size_t x, y, w;
	int taps, in;                    /* of a kernel; input channels of a group */
};

static struct sizes sizes_of(const struct conv *c)
{
	struct sizes s = { .taps = (int)volume(c->kernel, c->axes), .in = c->c_in / c->groups };

	s.x = (size_t)c->n * volume(c->in, c->axes) * (size_t)c->c_in;
	s.y = pixels(c) * (size_t)c->c_out;
	s.w = (size_t)c->c_out * (size_t)s.in * (size_t)s.taps;
	return s;
}

static int alignment_of(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & 15) == 0 ? 16 : 4;
}

static bool went_well(struct cuda *cuda, cudnnStatus_t status)
{
	char why[128] = "";

	if (status == CUDNN_STATUS_SUCCESS)
		return true;
	cuda->library->cudnnGetLastErrorString(why, sizeof why);
	cuda_fail(&cuda->be, "cuDNN: %s%s%s", cuda->library->cudnnGetErrorString(status), why[0] ? ": " : "", why);
	return false;
}

static void run_pack(struct cuda *cuda, const struct plan *p, cudnnBackendDescriptor_t pack, void *x, void *w, void *y, void *workspace)
{
	const struct cuda_library *library = cuda->library;
	int64_t ids[] = { 'x', 'w', 'y' };
	void *pointers[] = { x, w, y };

	if (went_well(cuda, library->cudnnBackendSetAttribute(pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_TYPE_INT64, 3, ids)) &&
	    went_well(cuda, library->cudnnBackendSetAttribute(pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS, CUDNN_TYPE_VOID_PTR, 3, pointers)) &&
	    went_well(cuda, library->cudnnBackendSetAttribute(pack, CUDNN_ATTR_VARIANT_PACK_WORKSPACE, CUDNN_TYPE_VOID_PTR, 1, &workspace)) &&
	    went_well(cuda, library->cudnnBackendFinalize(pack))) {
		cuda->be.library_calls++;
		went_well(cuda, library->cudnnBackendExecute(cuda->cudnn, p->run, pack));
	}
}

/* cuDNN takes what it reads without const. */
static void *unconst(const void *p)
{
	return (void *)(uintptr_t)p;
}

static void run_plan(struct cuda *cuda, const struct plan *p, const void *x, const void *w, const void *y)
{
	void *workspace = p->workspace > 0 ? cuda_scratch(cuda, CUDA_SCRATCH_PLAN, (size_t)p->workspace) : NULL;
	cudnnBackendDescriptor_t pack = NULL;

	if (!backend_ok(&cuda->be) ||
	    !went_well(cuda, cuda->library->cudnnBackendCreateDescriptor(CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, &pack)))
		return;
	run_pack(cuda, p, pack, unconst(x), unconst(w), unconst(y), workspace);
	cuda->library->cudnnBackendDestroyDescriptor(pack);
}

/* n floats as bfloat16 in working memory, where the precision is that; otherwise as they are. */
static const void *rounded(struct cuda *cuda, enum cuda_scratch where, const float *x, size_t n)
{
	void *half;

	if (cuda_precision(cuda) != PRECISION_BF16)
		return x;
	half = cuda_scratch(cuda, where, n * sizeof(uint16_t));
	if (half)
		cuda_to_half(cuda, half, x, n);
	return half;
}

/* The weights with their channels last, in the precision of the plan. */
static const void *weights_last(struct cuda *cuda, const struct conv *c, const struct sizes *s, const float *w)
{
	bool half = cuda_precision(cuda) == PRECISION_BF16;
	void *last = cuda_scratch(cuda, CUDA_SCRATCH_WEIGHTS, s->w * (half ? sizeof(uint16_t) : sizeof(float)));

	if (last)
		cuda_weights_last(cuda, last, w, c->c_out, s->in, s->taps, half);
	return last;
}

/* The plan of a direction. With bfloat16 all pointers are working memory, and the result is added outside the plan. */
static const struct plan *find(struct cuda *cuda, const struct conv *c, enum plan_direction direction, float beta, const void *a, const void *b)
{
	bool half = cuda_precision(cuda) == PRECISION_BF16;
	struct plan_key key = plan_key(c, direction, cuda_precision(cuda), half ? 0 : beta, half ? 16 : alignment_of(a, b));
	double before = plans_count(cuda->plans).seconds;
	const struct plan *p = plans_find(cuda->plans, &key);

	cuda->be.seconds_preparing += plans_count(cuda->plans).seconds - before;
	return p;
}

/* Which contribution to a gradient of the input comes first is seen only then: there are plans for both. */
void cuda_foresee(struct backend *be, const struct conv *c)
{
	static const struct {
		enum plan_direction direction;
		float beta;
	} wanted[] = { { PLAN_CONV, 0 }, { PLAN_CONV, 1 }, { PLAN_DATA, 0 }, { PLAN_DATA, 1 }, { PLAN_WEIGHTS, 0 } };
	struct cuda *cuda = cuda_of(be);
	enum precision precision = cuda_precision(cuda);

	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0] && !is_product(c); i++) {
		struct plan_key key = plan_key(c, wanted[i].direction, precision, wanted[i].beta, 16);

		if (wanted[i].beta == 0 || precision != PRECISION_BF16)
			plans_find(cuda->plans, &key);
	}
}

static void plan_conv(struct cuda *cuda, const struct plan *p, const struct conv *c, float *y, const float *x, const float *w, float slope,
	float beta)
{
	struct sizes s = sizes_of(c);
	const void *xs = rounded(cuda, CUDA_SCRATCH_X, x, s.x), *ws = weights_last(cuda, c, &s, w);
	void *half;

	if (cuda_precision(cuda) != PRECISION_BF16) {
		run_plan(cuda, p, xs, ws, y);
		if (slope >= 0)
			cuda_act(&cuda->be, y, y, slope, s.y);
		return;
	}
	half = cuda_scratch(cuda, CUDA_SCRATCH_Y, s.y * sizeof(uint16_t));
	run_plan(cuda, p, xs, ws, half);
	if (half)
		cuda_from_half(cuda, y, half, slope, beta, s.y);
}

static void plan_data(struct cuda *cuda, const struct plan *p, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	struct sizes s = sizes_of(c);
	const void *ys = rounded(cuda, CUDA_SCRATCH_Y, dy, s.y), *ws = weights_last(cuda, c, &s, w);
	void *half;

	if (cuda_precision(cuda) != PRECISION_BF16) {
		run_plan(cuda, p, dx, ws, ys);
		return;
	}
	half = cuda_scratch(cuda, CUDA_SCRATCH_X, s.x * sizeof(uint16_t));
	run_plan(cuda, p, half, ws, ys);
	if (half)
		cuda_from_half(cuda, dx, half, ACT_NONE, beta, s.x);
}

/* The gradient comes with channels last, in float unless the plan is all bfloat16. */
static void plan_weights(struct cuda *cuda, const struct plan *p, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	struct sizes s = sizes_of(c);
	bool half = cuda_precision(cuda) == PRECISION_BF16;
	const void *xs = rounded(cuda, CUDA_SCRATCH_X, x, s.x), *ys = rounded(cuda, CUDA_SCRATCH_Y, dy, s.y);
	size_t floats = (s.w + 63) / 64 * 64;    /* what a plan writes stands behind, aligned as all that is allocated */
	float *last = cuda_scratch(cuda, CUDA_SCRATCH_WEIGHTS, floats * sizeof(float) + (half ? s.w * sizeof(uint16_t) : 0));
	void *given = half && last ? (void *)(last + floats) : (void *)last;

	if (!last)
		return;
	run_plan(cuda, p, xs, given, ys);
	if (half)
		cuda_from_half(cuda, last, given, ACT_NONE, 0, s.w);
	cuda_weights_first(cuda, dw, last, c->c_out, s.in, s.taps, beta);
}

void cuda_conv(struct backend *be, const struct conv *c, float *y, const float *x, const float *w, float slope, float beta)
{
	struct cuda *cuda = cuda_of(be);
	const struct plan *p;

	if (is_product(c)) {
		cuda_pixels(cuda, y, x, w, pixels(c), c->c_in, c->c_out, beta);
	} else if ((p = find(cuda, c, PLAN_CONV, beta, x, y))) {
		plan_conv(cuda, p, c, y, x, w, slope, beta);
		return;
	} else {
		cuda_direct_conv(cuda, c, y, x, w, beta);
	}
	if (slope >= 0)
		cuda_act(be, y, y, slope, pixels(c) * (size_t)c->c_out);
}

void cuda_conv_backward_data(struct backend *be, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	struct cuda *cuda = cuda_of(be);
	const struct plan *p;

	if (is_product(c))
		cuda_pixels_data(cuda, dx, dy, w, pixels(c), c->c_in, c->c_out, beta);
	else if ((p = find(cuda, c, PLAN_DATA, beta, dx, dy)))
		plan_data(cuda, p, c, dx, dy, w, beta);
	else
		cuda_direct_data(cuda, c, dx, dy, w, beta);
}

void cuda_conv_backward_weights(struct backend *be, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	struct cuda *cuda = cuda_of(be);
	const struct plan *p;

	if (is_product(c))
		cuda_pixels_weights(cuda, dw, x, dy, pixels(c), c->c_in, c->c_out, beta);
	else if ((p = find(cuda, c, PLAN_WEIGHTS, 0, x, dy)))
		plan_weights(cuda, p, c, dw, x, dy, beta);
	else
		cuda_direct_weights(cuda, c, dw, x, dy, beta);
}
