/*
 * tape.c -- recording, running and differentiating a graph.
 *
 * Everything recorded comes from an arena of chunks that are kept at reset. Device memory is one slab: lifetimes of all values
 * and gradients lie on one time axis, forward of node i at i and its backward at 2 nodes - 1 - i, so that gradients share memory
 * with values that are dead by then (plan.c).
 */
#include "src/nn/node.h"
#include "src/nn/pass.h"

#include <assert.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"

enum { CHUNK_BYTES = 256 * 1024, ALIGNMENT = 16 };

struct chunk {
	struct chunk *next;
	size_t size, used;
	_Alignas(ALIGNMENT) char data[];
};

struct tape {
	struct backend *be;
	struct chunk *chunks, *chunk;    /* all, and the one that is being filled */
	struct node **nodes;
	struct memory **memories;
	int node_count, node_capacity, memory_count, memory_capacity;
	struct tape_cost cost;
	struct tensor harmless;
	bool failed;
	char failure[256];
	struct plan *plan;
	bool planned, training;          /* memory is laid out, for which kind of pass */
	bool ran;                        /* the values of a forward pass for training are there */
	struct pass forward, backward;
	const struct tensor *backward_from;
	long recording;
	float *slab;
	size_t slab_floats;
};

/* --- recording --- */

struct tensor *tape_fail(struct tape *t, const char *format, ...)
{
	va_list args;

	if (!t->failed) {
		va_start(args, format);
		vsnprintf(t->failure, sizeof(t->failure), format, args);
		va_end(args);
		t->failed = true;
	}
	return &t->harmless;
}

bool tape_failed(const struct tape *t)
{
	return t->failed;
}

static struct chunk *chunk_new(size_t bytes)
{
	size_t size = bytes > CHUNK_BYTES ? bytes : CHUNK_BYTES;
	struct chunk *c = malloc(sizeof(*c) + size);

	if (c) {
		c->next = NULL;
		c->size = size;
		c->used = 0;
	}
	return c;
}

void *tape_alloc(struct tape *t, size_t bytes)
{
	struct chunk **at = t->chunk ? &t->chunk : &t->chunks;
	void *p;

	bytes = (bytes + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
	while (*at && (*at)->size - (*at)->used < bytes)
		at = &(*at)->next;
	if (!*at && !(*at = chunk_new(bytes))) {
		tape_fail(t, "out of memory while recording the graph");
		return NULL;
	}
	t->chunk = *at;
	p = (*at)->data + (*at)->used;
	(*at)->used += bytes;
	return memset(p, 0, bytes);
}

/* Makes room for one more pointer in a growing list. */
static bool list_grow(struct tape *t, void *list, int count, int *capacity)
{
	void **old, **grown;
	int wanted = *capacity ? 2 * *capacity : 256;

	if (count < *capacity)
		return true;
	memcpy(&old, list, sizeof(old));
	grown = realloc(old, (size_t)wanted * sizeof(*grown));
	if (!grown) {
		tape_fail(t, "out of memory while recording the graph");
		return false;
	}
	memcpy(list, &grown, sizeof(grown));
	*capacity = wanted;
	return true;
}

static struct memory *memory_new(struct tape *t, size_t count)
{
	struct memory *m = tape_alloc(t, sizeof(*m));

	if (!m || !list_grow(t, &t->memories, t->memory_count, &t->memory_capacity))
		return NULL;
	m->count = count;
	t->memories[t->memory_count++] = m;
	return m;
}

static struct memory *memory_external(struct tape *t, size_t count, float *at)
{
	struct memory *m = tape_alloc(t, sizeof(*m));

	if (m)
		*m = (struct memory){ .count = count, .at = at, .external = true, .written = true };
	return m;
}

struct tensor *tape_leaf(struct tape *t, struct shape shape, float *value, float *grad)
{
	struct tensor *x = t->failed ? NULL : tape_alloc(t, sizeof(*x));

	if (!x)
		return &t->harmless;
	*x = (struct tensor){ .shape = shape, .value = value, .grad = grad, .wants_grad = grad != NULL };
	x->value_memory = memory_external(t, shape_count(&shape), value);
	if (grad)
		x->grad_memory = memory_external(t, shape_count(&shape), grad);
	return t->failed ? &t->harmless : x;
}

void tape_keep(struct tape *t, struct tensor *x)
{
	if (!x->kept)
		t->planned = false;
	x->kept = true;
}

/* "conv of 64x14x14x16, 8x3x3x3: reason" */
static struct tensor *node_fail(struct tape *t, const struct node *nd, const char *reason)
{
	char shapes[128] = "", text[64];
	size_t at = 0;

	for (int i = 0; i < nd->in_count && at < sizeof(shapes); i++)
		at += (size_t)snprintf(shapes + at, sizeof(shapes) - at, i ? ", %s" : "%s", shape_text(&nd->in[i]->shape, text));
	return tape_fail(t, "%s of %s: %s", nd->op->name, shapes, reason);
}

static const char *inputs_check(const struct node *nd)
{
	for (int i = 0; i < nd->in_count; i++) {
		const struct tensor *x = nd->in[i];
		const char *reason = NULL;

		if (x->overwritten)
			return "an input has been overwritten by an op in place";
		if (x->producer && x->producer->op->unreadable && !nd->op->reads_parts)
			reason = x->producer->op->unreadable(x->producer);
		if (reason)
			return reason;
	}
	return NULL;
}

static bool node_memory(struct tape *t, struct node *nd)
{
	struct tensor *y = nd->out;
	size_t count = shape_count(&y->shape);
	bool in_place = nd->op->in_place;

	y->value_memory = in_place ? nd->in[0]->value_memory : memory_new(t, count);
	if (y->wants_grad)
		y->grad_memory = in_place && nd->in[0]->wants_grad ? nd->in[0]->grad_memory : memory_new(t, count);
	if (nd->saved_count)
		nd->saved_memory = memory_new(t, nd->saved_count);
	if (nd->scratch_count && y->wants_grad)
		nd->scratch_memory = memory_new(t, nd->scratch_count);
	return !t->failed;
}

static void cost_add(struct tape *t, const struct node *nd)
{
	struct tape_cost cost = nd->op->cost ? nd->op->cost(nd) : cost_of_copy(nd);

	t->cost.flops += cost.flops;
	if (nd->out->wants_grad)
		t->cost.flops_backward += cost.flops_backward;
	t->cost.bytes += cost.bytes;
	if (nd->out->wants_grad && nd->op->backward)
		t->cost.bytes_backward += nd->op->cost ? cost_bytes_backward(nd) : cost.bytes;
	t->cost.nodes++;
}

struct tensor *node_add(struct tape *t, const struct op *op, void *data, struct tensor *const *in, int in_count)
{
	struct node *nd = t->failed ? NULL : tape_alloc(t, sizeof(*nd));
	const char *reason;

	if (!nd)
		return &t->harmless;
	nd->op = op;
	nd->data = data;
	nd->in_count = in_count;
	nd->in = tape_alloc(t, (size_t)in_count * sizeof(*nd->in));
	nd->out = tape_alloc(t, sizeof(*nd->out));
	if (!nd->in || !nd->out)
		return &t->harmless;
	nd->out->producer = nd;
	for (int i = 0; i < in_count; i++) {
		nd->in[i] = in[i];
		if (in[i]->wants_grad)
			nd->out->wants_grad = true;
	}
	if ((reason = inputs_check(nd)) || (reason = op->infer(nd)))
		return node_fail(t, nd, reason);
	if (!node_memory(t, nd) || !list_grow(t, &t->nodes, t->node_count, &t->node_capacity))
		return &t->harmless;

	for (int i = 0; i < in_count; i++)
		in[i]->readers++;
	if (op->in_place)
		in[0]->overwritten = true;
	nd->index = t->node_count;
	t->nodes[t->node_count++] = nd;
	t->planned = false;
	cost_add(t, nd);
	return nd->out;
}

int tape_nodes(const struct tape *t)
{
	return t->node_count;
}

struct trace tape_trace(const struct tape *t, int index)
{
	const struct node *nd = t->nodes[index];
	struct trace trace = {
		.kind = nd->op->kind, .name = nd->op->name, .in = nd->in, .in_count = nd->in_count, .out = nd->out, .slope = ACT_NONE,
	};

	if (nd->op->trace)
		nd->op->trace(nd, &trace);
	return trace;
}

/* --- lifetimes --- */

static void lives_at(struct memory *m, int time)
{
	if (m->external)
		return;
	if (time < m->first)
		m->first = time;
	if (time > m->last)
		m->last = time;
}

static bool runs_backward(const struct node *nd)
{
	return nd->out->wants_grad && nd->op->backward;
}

static void lifetimes_backward(struct node *nd, int time)
{
	unsigned needs = nd->op->needs ? nd->op->needs(nd) : 0;

	lives_at(nd->out->grad_memory, time);
	if (needs & NEEDS_OUT)
		lives_at(nd->out->value_memory, time);
	for (int i = 0; i < nd->in_count; i++) {
		if (nd->in[i]->wants_grad)
			lives_at(nd->in[i]->grad_memory, time);
		if (i < 30 && needs & NEEDS_IN(i))
			lives_at(nd->in[i]->value_memory, time);
	}
	if (nd->saved_memory)
		lives_at(nd->saved_memory, time);
	if (nd->scratch_memory)
		lives_at(nd->scratch_memory, time);
}

/* A kept output stays to the end of time; one that is overwritten gets copies that do. */
static void lifetimes_kept(struct node *nd, int end, bool training, int backward_time)
{
	struct tensor *y = nd->out;
	struct memory *value = nd->kept_value ? nd->kept_value : y->value_memory;
	struct memory *grad = nd->kept_grad ? nd->kept_grad : y->grad_memory;

	lives_at(value, nd->index);
	lives_at(value, end);
	if (training && y->wants_grad && y->kept) {
		lives_at(grad, backward_time);
		lives_at(grad, end);
	}
}

/* A value is copied if a later op overwrites it; a gradient, which goes the other way, if an earlier op will. Made only before running,
 * since an output may be kept before or after it is overwritten. */
static void kept_copies(struct tape *t, struct node *nd)
{
	const struct tensor *y = nd->out;

	if (!y->kept)
		return;
	if (y->overwritten && !nd->kept_value)
		nd->kept_value = memory_new(t, y->value_memory->count);
	if (y->wants_grad && (y->overwritten || nd->op->in_place) && !nd->kept_grad)
		nd->kept_grad = memory_new(t, y->value_memory->count);
}

static void memory_never(struct memory *m)
{
	m->first = INT_MAX;
	m->last = -1;
	m->at = NULL;
}

static void lifetimes(struct tape *t, bool training)
{
	for (int i = 0; i < t->node_count; i++)
		kept_copies(t, t->nodes[i]);
	if (t->failed)
		return;
	for (int i = 0; i < t->memory_count; i++)
		memory_never(t->memories[i]);
	for (int i = 0; i < t->node_count; i++) {
		struct node *nd = t->nodes[i];
		int backward_time = 2 * t->node_count - 1 - i;

		lives_at(nd->out->value_memory, i);
		for (int k = 0; k < nd->in_count; k++)
			lives_at(nd->in[k]->value_memory, i);
		if (nd->saved_memory)
			lives_at(nd->saved_memory, i);
		if (training && runs_backward(nd))
			lifetimes_backward(nd, backward_time);
		if (nd->out->kept || (!nd->out->readers && !nd->out->overwritten))
			lifetimes_kept(nd, 2 * t->node_count, training, backward_time);
	}
}

/* --- running --- */

static void passes_forget(struct tape *t)
{
	pass_forget(&t->forward, t->be);
	pass_forget(&t->backward, t->be);
}

static int slab_reserve(struct tape *t, size_t floats)
{
	if (floats <= t->slab_floats)
		return 0;
	floats += floats / 16;           /* the next architecture is often a little larger */
	t->be->k->free(t->be, t->slab);
	t->slab_floats = 0;
	t->slab = t->be->k->alloc(t->be, floats * sizeof(float));
	if (!t->slab)
		return -1;
	t->slab_floats = floats;
	return 0;
}

static int lay_out(struct tape *t, bool training)
{
	size_t floats;

	passes_forget(t);
	lifetimes(t, training);
	floats = t->failed ? SIZE_MAX : plan_layout(t->plan, t->memories, t->memory_count, 2 * t->node_count + 1);
	if (floats == SIZE_MAX)
		return err_set("out of memory while laying out a graph of %d nodes", t->node_count);
	if (slab_reserve(t, floats) < 0)
		return -1;
	for (int i = 0; i < t->memory_count; i++)
		if (t->memories[i]->first <= t->memories[i]->last)
			t->memories[i]->at = t->slab + t->memories[i]->offset;
	t->planned = true;
	t->training = training;
	return 0;
}

static float *memory_at(const struct memory *m)
{
	return m ? m->at : NULL;
}

static void point_at_memory(struct tape *t)
{
	for (int i = 0; i < t->node_count; i++) {
		struct node *nd = t->nodes[i];

		nd->out->value = memory_at(nd->out->value_memory);
		nd->out->grad = memory_at(nd->out->grad_memory);
		nd->saved = memory_at(nd->saved_memory);
		nd->scratch = memory_at(nd->scratch_memory);
	}
}

static int device_status(const struct tape *t)
{
	return backend_ok(t->be) ? 0 : err_set("%s", t->be->failure);
}

static void copy(struct backend *be, struct memory *to, const float *from)
{
	be->k->copy(be, to->at, from, to->count * sizeof(float));
}

static void walk_forward(struct tape *t)
{
	struct backend *be = t->be;

	for (int i = 0; i < t->node_count; i++) {
		struct node *nd = t->nodes[i];

		nd->op->forward(be, nd);
		if (nd->kept_value)
			copy(be, nd->kept_value, nd->out->value);
	}
}

int tape_forward(struct tape *t, bool training)
{
	t->ran = false;
	if (t->failed)
		return err_set("%s", t->failure);
	if ((!t->planned || t->training != training) && lay_out(t, training) < 0)
		return -1;
	point_at_memory(t);
	pass_run(&t->forward, t->be, walk_forward, t);
	/* Ops that overwrite, and bank reads, use no values of the overwritten tensor in their backward pass. */
	for (int i = 0; i < t->node_count; i++)
		if (t->nodes[i]->kept_value)
			t->nodes[i]->out->value = t->nodes[i]->kept_value->at;
	t->ran = training;
	return device_status(t);
}

float grad_beta(struct tensor *x)
{
	struct memory *m = x->grad_memory;
	float beta = m && m->written ? 1 : 0;

	if (m)
		m->written = true;
	return beta;
}

void grad_open(struct backend *be, struct tensor *x)
{
	if (grad_beta(x) == 0)
		be->k->fill(be, x->grad, 0, x->grad_memory->count);
}

/* A kept gradient that nothing has contributed to is zero; one that was overwritten is shown by its copy. */
static void kept_gradients(struct tape *t)
{
	for (int i = 0; i < t->node_count; i++) {
		struct node *nd = t->nodes[i];
		struct tensor *y = nd->out;
		struct memory *m = nd->kept_grad ? nd->kept_grad : y->grad_memory;

		if (!y->kept || !y->wants_grad)
			continue;
		if (!m->written)
			t->be->k->fill(t->be, m->at, 0, m->count);
		y->grad = m->at;
	}
}

/* 1: the gradient of y may be set; 0: nothing wants it; -1. */
static int backward_begin(struct tape *t, const struct tensor *y)
{
	if (t->failed)
		return err_set("%s", t->failure);
	if (!t->ran || !y->producer)
		return err_set("tape_backward: needs the output of an op and a forward pass for training");
	t->ran = false;
	return y->wants_grad;
}

/* From backward_from. What is written stays noted, also for a replay. */
static void walk_backward(struct tape *t)
{
	const struct tensor *y = t->backward_from;
	struct backend *be = t->be;

	for (int i = 0; i < t->memory_count; i++)
		t->memories[i]->written = false;
	y->grad_memory->written = true;
	for (int i = y->producer->index; i >= 0; i--) {
		struct node *nd = t->nodes[i];

		if (!runs_backward(nd) || !nd->out->grad_memory->written)
			continue;
		if (nd->kept_grad) {
			copy(be, nd->kept_grad, nd->out->grad);
			nd->kept_grad->written = true;
		}
		nd->op->backward(be, nd);
	}
}

/* From y, whose gradient has been set. */
static int backward_run(struct tape *t, const struct tensor *y)
{
	if (t->backward_from != y)
		pass_forget(&t->backward, t->be);
	t->backward_from = y;
	pass_run(&t->backward, t->be, walk_backward, t);
	kept_gradients(t);
	return device_status(t);
}

int tape_backward(struct tape *t, struct tensor *y, float seed)
{
	int wanted = backward_begin(t, y);

	if (wanted <= 0)
		return wanted;
	t->be->k->fill(t->be, y->grad, seed, shape_count(&y->shape));
	return backward_run(t, y);
}

int tape_backward_from(struct tape *t, struct tensor *y, const float *gradient)
{
	int wanted = backward_begin(t, y);

	if (wanted <= 0)
		return wanted;
	t->be->k->copy(t->be, y->grad, gradient, shape_count(&y->shape) * sizeof(float));
	return backward_run(t, y);
}

/* --- the tape --- */

struct tape *tape_new(struct backend *be)
{
	struct tape *t = calloc(1, sizeof(*t));

	if (t)
		t->plan = plan_new();
	if (!t || !t->plan) {
		free(t);
		err_set("out of memory");
		return NULL;
	}
	t->be = be;
	t->harmless.shape = SHAPE(1);
	return t;
}

void tape_free(struct tape *t)
{
	if (!t)
		return;
	passes_forget(t);
	t->be->k->free(t->be, t->slab);
	for (struct chunk *c = t->chunks, *next; c; c = next) {
		next = c->next;
		free(c);
	}
	plan_free(t->plan);
	free(t->nodes);
	free(t->memories);
	free(t);
}

void tape_reset(struct tape *t)
{
	passes_forget(t);
	t->recording++;
	for (struct chunk *c = t->chunks; c; c = c->next)
		c->used = 0;
	t->chunk = t->chunks;
	t->node_count = t->memory_count = 0;
	t->cost = (struct tape_cost){ 0 };
	t->failed = t->planned = t->ran = false;
	t->harmless = (struct tensor){ .shape = SHAPE(1) };
}

long tape_recording(const struct tape *t)
{
	return t->recording;
}

struct tape_cost tape_cost(const struct tape *t)
{
	return t->cost;
}

size_t tape_slab_bytes(const struct tape *t)
{
	return t->slab_floats * sizeof(float);
}
