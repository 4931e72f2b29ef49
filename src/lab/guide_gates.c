/*
 * guide_gates.c -- gate gradients of the cells that are there. The op runs alone on the banks as the pass left them, each bank that it reads
 * a leaf of its own: <dE/d(what is read), what is read>. Of a write it is <G, what is written>.
 */
#include "src/lab/guide_gates.h"

#include <math.h>

#include "src/arch/bits.h"

int gate_buffers_init(struct gate_buffers *g, const struct wiring *w, int images)
{
	size_t floats = wiring_read_room(w, images);

	g->value = w->be->k->alloc(w->be, floats * sizeof(float));
	g->gradient = w->be->k->alloc(w->be, floats * sizeof(float));
	return g->value && g->gradient ? 0 : -1;
}

void gate_buffers_release(struct gate_buffers *g, const struct wiring *w)
{
	if (!w->be)
		return;
	w->be->k->free(w->be, g->value);
	w->be->k->free(w->be, g->gradient);
}

/* A run of channels out of a tensor's value or gradient, dense. */
static void take_channels(const struct wiring *w, float *to, int count, const float *from, const struct shape *shape, int first)
{
	struct channel_range range = { .to = 0, .from = first, .count = count };

	w->be->k->channels(w->be, to, count, from, shape_channels(shape), &range, 1, shape_rows(shape));
}

/* <x, y> over all images. Waits for the device. */
static double inner_product(const struct wiring *w, const float *x, const float *y, size_t count)
{
	size_t images = (size_t)wiring_images(w);
	double sum = 0;

	w->be->k->dot(w->be, w->product, x, y, images, count / images);
	w->be->k->download(w->be, w->host_product, w->product, images * sizeof(float));
	for (size_t i = 0; i < images; i++)
		sum += (double)w->host_product[i];
	return sum;
}

/* The banks that an op reads as leaves on the edit tape, with their gradients; how many. */
static int bank_leaves(struct gate_buffers *g, struct wiring *w, int b, int o, struct tensor *leaf[BANKS_MAX])
{
	const struct tensor *state = w->state[b][o];
	struct shape shape = state->shape;
	int size = w->arch.block[b].bank_size, count = 0;
	size_t floats;

	shape.dim[shape.rank - 1] = size;
	floats = shape_count(&shape);
	for (int k = 0; k < BANKS_MAX; k++) {
		if (!(w->arch.block[b].op[o].reads & bit(k)))
			continue;

		float *value = g->value + floats * (size_t)count, *gradient = g->gradient + floats * (size_t)count;

		take_channels(w, value, size, state->value, &state->shape, k * size);
		w->be->k->fill(w->be, gradient, 0, floats);
		leaf[count++] = tape_leaf(w->edit_tape, shape, value, gradient);
	}
	return count;
}

/* The op on its leaves, to the end and back. Its output, or NULL with err_last(). */
static struct tensor *run_op(struct wiring *w, int b, int o, struct tensor *const *leaf, int leaves)
{
	struct lone_op lone = lone_op(w, w->edit_tape, &w->arch, w->pointwise[b][o]->value);
	struct op_weights weights = lone_weights(&lone);
	struct tensor *y = op_record(w->edit_tape, &w->arch, b, o, op_concat(w->edit_tape, leaf, leaves), &weights);

	tape_keep(w->edit_tape, y);
	wiring_output_gradient(w, w->edited_gradient, b, o);
	return tape_forward(w->edit_tape, true) < 0 || tape_backward_from(w->edit_tape, y, w->edited_gradient) < 0 ? NULL : y;
}

static void add_reads(struct gates *gates, const struct wiring *w, int b, int o, struct tensor *const *leaf)
{
	for (int k = 0; k < BANKS_MAX; k++) {
		if (!(w->arch.block[b].op[o].reads & bit(k)))
			continue;
		gates->read[b][o][k] += inner_product(w, (*leaf)->value, (*leaf)->grad, shape_count(&(*leaf)->shape));
		leaf++;
	}
}

/* The j-th target has the channels of y from (j bank) mod u on. */
static void add_writes(struct gates *gates, struct wiring *w, int b, int o, const struct tensor *y)
{
	const struct arch_op *op = &w->arch.block[b].op[o];
	const struct tensor *state = w->state[b][o + 1];
	int size = w->arch.block[b].bank_size, target = 0;

	for (int k = 0; k < BANKS_MAX; k++) {
		if (!(op->writes & bit(k)))
			continue;
		take_channels(w, w->read, size, y->value, &y->shape, target++ * size % op->units);
		take_channels(w, w->edited_gradient, size, state->grad, &state->shape, k * size);
		gates->write[b][o][k] += inner_product(w, w->read, w->edited_gradient, shape_rows(&y->shape) * (size_t)size);
	}
}

int gates_of_op(struct gates *gates, struct gate_buffers *g, struct wiring *w, int b, int o)
{
	struct tensor *leaf[BANKS_MAX], *y;
	int leaves;

	tape_reset(w->edit_tape);
	leaves = bank_leaves(g, w, b, o, leaf);
	y = run_op(w, b, o, leaf, leaves);
	if (!y)
		return -1;
	add_reads(gates, w, b, o, leaf);
	add_writes(gates, w, b, o, y);
	return 0;
}
