/*
 * cpu_library.c -- convolutions through oneDNN, and its matrix product as the measure of the machine.
 *
 * A primitive is made once for a shape (0.2 to 2 ms) and kept with its memory objects in a table of the most recently used ones.
 * Pixels stay as they are, channels last; oneDNN says how it wants the weights, and a reorder brings them there at each call. Its
 * working memory is ours. oneDNN 2 and 3 differ in how a primitive is described: the lines under DNNL_VERSION_MAJOR.
 */
#include "kernels/cpu.h"

#include <dnnl.h>
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "src/base/err.h"

enum kind { CONV, DATA, WEIGHTS };

enum {
	KEPT = 256,                      /* primitives kept */
	ALIGN = 64
};

struct key {
	struct conv conv;
	int kind;
	float slope, beta;
};

#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t layout_view;
#define VIEW(layout) (layout)
#else
typedef const dnnl_memory_desc_t *layout_view;
#define VIEW(layout) (&(layout))
#endif

struct entry {
	struct key key;
	uint64_t used;                   /* 0: free */
	dnnl_primitive_t run, reorder;   /* reorder: of the weights, NULL where oneDNN takes them as they are */
	dnnl_memory_t in, out, weights, plain, scratch;   /* in and out by the role in `kind`; plain: the caller's weights */
	size_t scratch_bytes, weights_bytes;
};

struct library {
	dnnl_engine_t engine;
	dnnl_stream_t stream;
	uint64_t clock;
	struct entry entry[KEPT];
};

const char *library_version(void)
{
	static char text[32];
	const dnnl_version_t *v = dnnl_version();

	snprintf(text, sizeof text, "oneDNN %d.%d.%d", v->major, v->minor, v->patch);
	return text;
}

/* A layout: dims in oneDNN's order (n, c, spatial), stored channels last or, for weights, as they come. */
static bool layout_make(dnnl_memory_desc_t *layout, int rank, const dnnl_dims_t dim, dnnl_format_tag_t tag)
{
#if DNNL_VERSION_MAJOR >= 3
	return dnnl_memory_desc_create_with_tag(layout, rank, dim, dnnl_f32, tag) == dnnl_success;
#else
	return dnnl_memory_desc_init_by_tag(layout, rank, dim, dnnl_f32, tag) == dnnl_success;
#endif
}

static void layout_free(dnnl_memory_desc_t *layout)
{
#if DNNL_VERSION_MAJOR >= 3
	dnnl_memory_desc_destroy(*layout);
#else
	(void)layout;
#endif
}

static bool same_layout(layout_view a, layout_view b)
{
	return dnnl_memory_desc_equal(a, b);
}

/* The layouts of one convolution and its numbers as oneDNN counts them. */
struct description {
	dnnl_memory_desc_t x, y, plain, weights;
	dnnl_dims_t stride, dilation, pad, pad_end;
};

static bool describe(struct description *d, const struct conv *c)
{
	const int rank = c->axes + 2;
	const bool grouped = c->groups > 1;
	const int first = grouped ? 3 : 2;
	dnnl_dims_t x = { c->n, c->c_in }, y = { c->n, c->c_out }, w = { c->c_out, c->c_in };
	const dnnl_format_tag_t pixels = c->axes == 2 ? dnnl_nhwc : dnnl_ndhwc;
	const dnnl_format_tag_t plain = c->axes == 2 ? (grouped ? dnnl_goihw : dnnl_oihw) : (grouped ? dnnl_goidhw : dnnl_oidhw);

	if (grouped) {
		w[0] = c->groups;
		w[1] = c->c_out / c->groups;
		w[2] = c->c_in / c->groups;
	}
	for (int i = 0; i < c->axes; i++) {
		x[2 + i] = c->in[i];
		y[2 + i] = c->out[i];
		w[first + i] = c->kernel[i];
		d->stride[i] = c->stride[i];
		d->dilation[i] = c->dilation[i] - 1;
		d->pad[i] = c->pad[i];
		d->pad_end[i] = (dnnl_dim_t)(c->out[i] - 1) * c->stride[i] + (dnnl_dim_t)(c->kernel[i] - 1) * c->dilation[i] + 1 - c->in[i] -
			c->pad[i];
	}
	return layout_make(&d->x, rank, x, pixels) && layout_make(&d->y, rank, y, pixels) &&
		layout_make(&d->plain, rank + grouped, w, plain) && layout_make(&d->weights, rank + grouped, w, dnnl_format_tag_any);
}

static void describe_free(struct description *d)
{
	layout_free(&d->x);
	layout_free(&d->y);
	layout_free(&d->plain);
	layout_free(&d->weights);
}

static dnnl_primitive_attr_t attributes(const struct key *k)
{
	dnnl_primitive_attr_t attr = NULL;
	dnnl_post_ops_t ops = NULL;

	if (dnnl_primitive_attr_create(&attr) != dnnl_success)
		return NULL;
	dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
	if (k->kind != CONV || (k->beta == 0 && k->slope < 0))
		return attr;
	dnnl_post_ops_create(&ops);
#if DNNL_VERSION_MAJOR >= 3
	if (k->beta != 0)
		dnnl_post_ops_append_sum(ops, k->beta, 0, dnnl_data_type_undef);
	if (k->slope >= 0)
		dnnl_post_ops_append_eltwise(ops, dnnl_eltwise_relu, k->slope, 0);
#else
	if (k->beta != 0)
		dnnl_post_ops_append_sum(ops, k->beta);
	if (k->slope >= 0)
		dnnl_post_ops_append_eltwise(ops, 1, dnnl_eltwise_relu, k->slope, 0);
#endif
	dnnl_primitive_attr_set_post_ops(attr, ops);
	dnnl_post_ops_destroy(ops);
	return attr;
}

#if DNNL_VERSION_MAJOR >= 3
static dnnl_primitive_desc_t plan(dnnl_engine_t engine, const struct description *d, int kind, const_dnnl_primitive_attr_t attr)
{
	dnnl_primitive_desc_t forward = NULL, pd = NULL;

	dnnl_convolution_forward_primitive_desc_create(&forward, engine, dnnl_forward_training, dnnl_convolution_direct, d->x, d->weights,
		NULL, d->y, d->stride, d->dilation, d->pad, d->pad_end, kind == CONV ? attr : NULL);
	if (kind == CONV || !forward)
		return forward;
	if (kind == DATA)
		dnnl_convolution_backward_data_primitive_desc_create(&pd, engine, dnnl_convolution_direct, d->x, d->weights, d->y, d->stride,
			d->dilation, d->pad, d->pad_end, forward, attr);
	else
		dnnl_convolution_backward_weights_primitive_desc_create(&pd, engine, dnnl_convolution_direct, d->x, d->weights, NULL, d->y,
			d->stride, d->dilation, d->pad, d->pad_end, forward, attr);
	dnnl_primitive_desc_destroy(forward);
	return pd;
}
#else
static dnnl_primitive_desc_t plan(dnnl_engine_t engine, const struct description *d, int kind, const_dnnl_primitive_attr_t attr)
{
	dnnl_convolution_desc_t forward, backward;
	dnnl_primitive_desc_t hint = NULL, pd = NULL;

	if (dnnl_dilated_convolution_forward_desc_init(&forward, dnnl_forward_training, dnnl_convolution_direct, &d->x, &d->weights, NULL,
		&d->y, d->stride, d->dilation, d->pad, d->pad_end) != dnnl_success)
		return NULL;
	dnnl_primitive_desc_create(&hint, &forward, kind == CONV ? attr : NULL, engine, NULL);
	if (kind == CONV || !hint)
		return hint;
	if ((kind == DATA ? dnnl_dilated_convolution_backward_data_desc_init(&backward, dnnl_convolution_direct, &d->x, &d->weights, &d->y,
		d->stride, d->dilation, d->pad, d->pad_end) : dnnl_dilated_convolution_backward_weights_desc_init(&backward,
		dnnl_convolution_direct, &d->x, &d->weights, NULL, &d->y, d->stride, d->dilation, d->pad, d->pad_end)) == dnnl_success)
		dnnl_primitive_desc_create(&pd, &backward, attr, engine, hint);
	dnnl_primitive_desc_destroy(hint);
	return pd;
}
#endif

static layout_view layout_in_plan(const_dnnl_primitive_desc_t pd, dnnl_query_t what)
{
	return dnnl_primitive_desc_query_md(pd, what, 0);
}

static void entry_free(struct entry *e)
{
	dnnl_primitive_destroy(e->run);
	dnnl_primitive_destroy(e->reorder);
	dnnl_memory_destroy(e->in);
	dnnl_memory_destroy(e->out);
	dnnl_memory_destroy(e->weights);
	dnnl_memory_destroy(e->plain);
	dnnl_memory_destroy(e->scratch);
	memset(e, 0, sizeof *e);
}

static bool memory_make(dnnl_memory_t *memory, layout_view layout, dnnl_engine_t engine)
{
	return dnnl_memory_create(memory, layout, engine, DNNL_MEMORY_NONE) == dnnl_success;
}

/* Weights go from the caller's layout to oneDNN's, their gradient the other way. */
static bool make_reorder(struct entry *e, layout_view plain, layout_view weights, dnnl_engine_t engine)
{
	bool back = e->key.kind == WEIGHTS;
	dnnl_primitive_desc_t pd = NULL;
	bool ok;

	if (same_layout(plain, weights))
		return true;
	ok = dnnl_reorder_primitive_desc_create(&pd, back ? weights : plain, engine, back ? plain : weights, engine, NULL) == dnnl_success &&
		dnnl_primitive_create(&e->reorder, pd) == dnnl_success;
	dnnl_primitive_desc_destroy(pd);
	return ok;
}

static bool entry_make(struct library *l, struct entry *e, const struct key *k)
{
	struct description d;
	dnnl_primitive_attr_t attr = attributes(k);
	dnnl_primitive_desc_t pd = NULL;
	bool ok = false;

	memset(&d, 0, sizeof d);
	e->key = *k;
	if (!attr || !describe(&d, &k->conv) || !(pd = plan(l->engine, &d, k->kind, attr)))
		goto out;
	layout_view weights = layout_in_plan(pd, k->kind == WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md);
	layout_view scratch = layout_in_plan(pd, dnnl_query_scratchpad_md);

	e->scratch_bytes = dnnl_memory_desc_get_size(scratch);
	e->weights_bytes = dnnl_memory_desc_get_size(weights);
	ok = make_reorder(e, VIEW(d.plain), weights, l->engine) && dnnl_primitive_create(&e->run, pd) == dnnl_success &&
		memory_make(&e->in, k->kind == DATA ? VIEW(d.y) : VIEW(d.x), l->engine) &&
		memory_make(&e->out, k->kind == DATA ? VIEW(d.x) : VIEW(d.y), l->engine) && memory_make(&e->weights, weights, l->engine) &&
		memory_make(&e->plain, VIEW(d.plain), l->engine) && memory_make(&e->scratch, scratch, l->engine);
out:
	dnnl_primitive_desc_destroy(pd);
	dnnl_primitive_attr_destroy(attr);
	describe_free(&d);
	if (!ok)
		entry_free(e);
	return ok;
}

static struct library *library_of(struct cpu *cpu)
{
	/* a setting of the calling thread, and oneDNN cuts its work by it */
	if (omp_get_max_threads() != cpu->be.threads)
		omp_set_num_threads(cpu->be.threads);
	if (cpu->library)
		return cpu->library;
	cpu->library = calloc(1, sizeof *cpu->library);
	if (!cpu->library || dnnl_engine_create(&cpu->library->engine, dnnl_cpu, 0) != dnnl_success ||
		dnnl_stream_create(&cpu->library->stream, cpu->library->engine, dnnl_stream_default_flags) != dnnl_success) {
		library_close(cpu->library);
		cpu->library = NULL;
		cpu_fail(&cpu->be, "%s does not start: out of memory?", library_version());
		return NULL;
	}
	dnnl_set_primitive_cache_capacity(KEPT);
	return cpu->library;
}

void library_close(struct library *l)
{
	if (!l)
		return;
	for (int i = 0; i < KEPT; i++)
		entry_free(&l->entry[i]);
	dnnl_stream_destroy(l->stream);
	dnnl_engine_destroy(l->engine);
	free(l);
}

/* The primitive of this shape, made where it is new in the place of the one that rested longest. */
static struct entry *entry_of(struct cpu *cpu, enum kind kind, const struct conv *c, float slope, float beta)
{
	struct library *l = library_of(cpu);
	struct entry *oldest;
	struct key k;

	if (!l)
		return NULL;
	memset(&k, 0, sizeof k);                 /* compared as bytes */
	k.conv = *c;
	for (int i = c->axes; i < AXES_MAX; i++)
		k.conv.in[i] = k.conv.out[i] = k.conv.kernel[i] = k.conv.stride[i] = k.conv.dilation[i] = k.conv.pad[i] = 0;
	k.kind = kind;
	k.slope = slope < 0 ? ACT_NONE : slope;
	k.beta = beta;
	l->clock++;
	oldest = &l->entry[0];
	for (struct entry *e = l->entry; e < l->entry + KEPT; e++) {
		if (e->used && memcmp(&e->key, &k, sizeof k) == 0) {
			e->used = l->clock;
			return e;
		}
		if (e->used < oldest->used)
			oldest = e;
	}
	entry_free(oldest);
	if (!entry_make(l, oldest, &k)) {
		cpu_fail(&cpu->be, "%s has no convolution for %d -> %d channels in %d groups, kernel %dx%d", library_version(), c->c_in,
			c->c_out, c->groups, c->kernel[0], c->kernel[1]);
		return NULL;
	}
	oldest->used = l->clock;
	return oldest;
}

static size_t round_up(size_t bytes)
{
	return (bytes + ALIGN - 1) / ALIGN * ALIGN;
}

static void run(struct cpu *cpu, struct entry *e, void *in, void *out, void *w)
{
	const bool back = e->key.kind == WEIGHTS;
	const int in_argument = e->key.kind == DATA ? DNNL_ARG_DIFF_DST : DNNL_ARG_SRC;
	const int out_argument = e->key.kind == CONV ? DNNL_ARG_DST : e->key.kind == DATA ? DNNL_ARG_DIFF_SRC : DNNL_ARG_DIFF_DST;
	dnnl_stream_t stream = cpu->library->stream;
	char *memory = cpu_scratch(cpu, SCRATCH_LIBRARY, round_up(e->scratch_bytes) + round_up(e->weights_bytes) + ALIGN);
	dnnl_exec_arg_t argument[] = {
		{ in_argument, e->in }, { out_argument, e->out }, { back ? DNNL_ARG_DIFF_WEIGHTS : DNNL_ARG_WEIGHTS, e->weights },
		{ DNNL_ARG_SCRATCHPAD, e->scratch },
	};
	dnnl_exec_arg_t there[] = { { DNNL_ARG_FROM, back ? e->weights : e->plain }, { DNNL_ARG_TO, back ? e->plain : e->weights } };
	dnnl_status_t status = dnnl_success;

	if (!memory)
		return;
	dnnl_memory_set_data_handle(e->in, in);
	dnnl_memory_set_data_handle(e->out, out);
	dnnl_memory_set_data_handle(e->plain, w);
	dnnl_memory_set_data_handle(e->scratch, memory);
	dnnl_memory_set_data_handle(e->weights, e->reorder ? memory + round_up(e->scratch_bytes) : w);
	if (e->reorder && !back)
		status = dnnl_primitive_execute(e->reorder, stream, 2, there);
	if (status == dnnl_success)
		status = dnnl_primitive_execute(e->run, stream, 4, argument);
	if (e->reorder && back && status == dnnl_success)
		status = dnnl_primitive_execute(e->reorder, stream, 2, there);
	if (status == dnnl_success)
		status = dnnl_stream_wait(stream);
	if (status != dnnl_success)
		cpu_fail(&cpu->be, "%s failed with status %d", library_version(), (int)status);
}

void library_conv(struct cpu *cpu, const struct conv *c, float *y, const float *x, const float *w, float slope, float beta)
{
	struct entry *e = entry_of(cpu, CONV, c, slope, beta);

	if (e)
		run(cpu, e, (void *)x, y, (void *)w);
}

/* oneDNN's gradients only overwrite: with beta they go through working memory. */
static float *result_of(struct cpu *cpu, float *result, size_t n, float beta)
{
	return beta == 0 ? result : cpu_scratch(cpu, SCRATCH_TILES, n * sizeof(float));
}

void library_data(struct cpu *cpu, const struct conv *c, float *dx, const float *dy, const float *w, float beta)
{
	struct entry *e = entry_of(cpu, DATA, c, ACT_NONE, 0);
	size_t n = (size_t)c->n * cpu_pixels(c->in, c->axes) * (size_t)c->c_in;
	float *result = result_of(cpu, dx, n, beta);

	if (!e || !result)
		return;
	run(cpu, e, (void *)dy, result, (void *)w);
	if (beta != 0)
		cpu_axpby(&cpu->be, dx, 1, result, beta, n);
}

void library_weights(struct cpu *cpu, const struct conv *c, float *dw, const float *x, const float *dy, float beta)
{
	struct entry *e = entry_of(cpu, WEIGHTS, c, ACT_NONE, 0);
	size_t n = (size_t)c->c_out * (size_t)(c->c_in / c->groups) * cpu_pixels(c->kernel, c->axes);
	float *result = result_of(cpu, dw, n, beta);

	if (!e || !result)
		return;
	run(cpu, e, (void *)x, (void *)dy, result);
	if (beta != 0)
		cpu_axpby(&cpu->be, dw, 1, result, beta, n);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

double library_matrix_peak(struct cpu *cpu)
{
	enum { SIDE = 2048, TRIES = 4 };
	const size_t n = (size_t)SIDE * SIDE;
	float *a = cpu->be.k->alloc(&cpu->be, 3 * n * sizeof(float));
	double best = 0;

	if (!a || !library_of(cpu))
		goto out;
	for (size_t i = 0; i < 3 * n; i++)
		a[i] = (float)(i % 7) - 3;
	for (int i = 0; i < TRIES; i++) {
		double begin = seconds();

		dnnl_sgemm('N', 'N', SIDE, SIDE, SIDE, 1, a, SIDE, a + n, SIDE, 0, a + 2 * n, SIDE);
		double rate = 2.0 * SIDE * (double)n / (seconds() - begin) * 1e-9;

		if (rate > best)
			best = rate;
	}
out:
	cpu->be.k->free(&cpu->be, a);
	return best;
}
