/*
 * guide_wiring.c -- what an edit changes of what its op adds to the banks. As little as possible is run again: where the 1x1 stays, one of
 * the two paths; where reads change before a single convolution, the 1x1 alone, for what follows is linear.
 */
#include "src/lab/guide_wiring.h"

#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"

static const unsigned second_convs = 1u << 1 | 1u << 3;

/* ---- one op alone ---- */

static struct tensor *lone_pointwise(void *context, int b, int o)
{
	struct lone_op *l = context;
	const struct arch *arch = l->recording.arch;

	return tape_leaf(l->recording.tape, SHAPE(op_n_mid(&l->recording.net->space, arch, b, o), op_n_in(arch, b, o)), l->weight, NULL);
}

static struct tensor *lone_conv(void *context, int b, int o, int c, struct shape size)
{
	struct lone_op *l = context;
	struct op_weights of_network = network_weights(&l->recording);

	return of_network.conv(of_network.context, b, o, c, size);
}

struct lone_op lone_op(const struct wiring *w, struct tape *tape, const struct arch *arch, float *weight)
{
	return (struct lone_op){ { .net = w->network, .tape = tape, .ps = w->params, .arch = arch }, weight };
}

struct op_weights lone_weights(struct lone_op *l)
{
	return (struct op_weights){ .context = l, .pointwise = lone_pointwise, .conv = lone_conv };
}

/* What an op reads, out of a state's value into `read`. */
static struct tensor *read_banks(struct wiring *w, struct tape *tape, int bank_size, uint64_t reads, const struct tensor *state)
{
	struct channel_range range[BANKS_MAX];
	struct shape shape = state->shape;
	int count = 0;

	for (int k = 0; k < BANKS_MAX; k++)
		if (reads & bit(k)) {
			range[count] = (struct channel_range){ .to = count * bank_size, .from = k * bank_size, .count = bank_size };
			count++;
		}
	shape.dim[shape.rank - 1] = count * bank_size;
	w->be->k->channels(w->be, w->read, count * bank_size, state->value, shape_channels(&state->shape), range, count,
		shape_rows(&shape));
	return tape_leaf(tape, shape, w->read, NULL);
}

/* G of the op's output from that of the banks it writes. Units are whole banks, so each bank has one run of channels. */
static void gather_gradient(struct wiring *w, float *gradient, int bank_size, const struct arch_op *op, const struct tensor *state)
{
	struct channel_range range[BANKS_MAX];
	int count = 0;

	for (int k = 0; k < BANKS_MAX; k++)
		if (op->writes & bit(k)) {
			int at = count * bank_size;

			range[count++] = (struct channel_range){ .to = at % op->units, .from = k * bank_size, .count = bank_size,
				.beta = at < op->units ? 0 : 1 };
		}
	w->be->k->channels(w->be, gradient, op->units, state->grad, shape_channels(&state->shape), range, count,
		shape_rows(&state->shape));
}

void wiring_output_gradient(struct wiring *w, float *gradient, int b, int o)
{
	gather_gradient(w, gradient, w->arch.block[b].bank_size, &w->arch.block[b].op[o], w->state[b][o + 1]);
}

int wiring_images(const struct wiring *w)
{
	return w->state[0][0]->shape.dim[0];
}

/* inner[i] = <gradient, y> on image i. Waits for the device. */
static void inner_products(struct wiring *w, const float *gradient, const struct tensor *y, float *inner)
{
	int images = wiring_images(w);

	w->be->k->dot(w->be, w->product, gradient, y->value, (size_t)images, shape_count(&y->shape) / (size_t)images);
	w->be->k->download(w->be, inner, w->product, (size_t)images * sizeof(*inner));
}

/* Adds it to a change. */
static void add_inner(struct wiring *w, const float *gradient, const struct tensor *y, float *change)
{
	inner_products(w, gradient, y, w->host_product);
	for (int i = 0; i < wiring_images(w); i++)
		change[i] += w->host_product[i];
}

/* ---- the op at hand ---- */

/* The paths on what the 1x1 made; where they are straight, going back gives the gradient behind it. 0 or -1. */
static int run_paths(struct wiring *w, const struct op_weights *weights)
{
	struct wiring_op *current = &w->current;
	const struct arch_op *op = &w->arch.block[current->block].op[current->op];
	const struct tensor *mid = current->mid;
	struct tensor *leaf, *y = NULL;

	w->be->k->fill(w->be, w->mid_gradient, 0, shape_count(&mid->shape));
	leaf = tape_leaf(w->path_tape, mid->shape, mid->value, current->straight ? w->mid_gradient : NULL);
	for (int p = 0; p < OP_PATHS; p++) {
		if (!op_has_path(op, p))
			continue;
		current->path[p] = op_path_record(w->path_tape, &w->arch, current->block, current->op, p, NULL, leaf, weights);
		tape_keep(w->path_tape, current->path[p]);
		y = y ? op_add(w->path_tape, y, current->path[p]) : current->path[p];
	}
	if (tape_forward(w->path_tape, current->straight) < 0)
		return -1;
	return current->straight ? tape_backward_from(w->path_tape, y, w->gradient) : 0;
}

/* Runs the op at hand for all its edits. 0 or -1. */
static int open_op(struct wiring *w, int b, int o)
{
	struct lone_op middle = lone_op(w, w->mid_tape, &w->arch, w->pointwise[b][o]->value);
	struct lone_op paths = lone_op(w, w->path_tape, &w->arch, NULL);
	struct op_weights middle_weights = lone_weights(&middle), path_weights = lone_weights(&paths);
	const struct arch_op *op = &w->arch.block[b].op[o];
	struct wiring_op *current = &w->current;
	int size = w->arch.block[b].bank_size;

	*current = (struct wiring_op){ .block = b, .op = o, .straight = !(op->active & second_convs) };
	tape_reset(w->mid_tape);
	tape_reset(w->path_tape);
	current->mid = op_mid_record(w->mid_tape, b, o, read_banks(w, w->mid_tape, size, op->reads, w->state[b][o]), &middle_weights);
	gather_gradient(w, w->gradient, size, op, w->state[b][o + 1]);
	if (tape_forward(w->mid_tape, false) < 0 || run_paths(w, &path_weights) < 0) {
		current->block = -1;
		return -1;
	}
	for (int p = 0; p < OP_PATHS; p++) {
		current->inner[p] = w->inner[p];
		if (op_has_path(op, p))
			inner_products(w, w->gradient, current->path[p], w->inner[p]);
	}
	return 0;
}

/* Takes a path of the op at hand out of a change; all of it. */
static void remove_path(const struct wiring *w, int p, float *change)
{
	if (op_has_path(&w->arch.block[w->current.block].op[w->current.op], p))
		for (int i = 0; i < wiring_images(w); i++)
			change[i] -= w->current.inner[p][i];
}

static void remove_op(const struct wiring *w, float *change)
{
	for (int p = 0; p < OP_PATHS; p++)
		remove_path(w, p, change);
}

/* ---- changes ---- */

/* All of op o of the edited architecture, on banks as `before` has them; its output goes where G is that of `after`. 0 or -1. */
static int add_op(struct wiring *w, const struct arch *edited, int b, int o, float *weight, const struct tensor *before,
	const struct tensor *after, float *change)
{
	struct lone_op lone = lone_op(w, w->edit_tape, edited, weight);
	struct op_weights weights = lone_weights(&lone);
	const struct arch_op *op = &edited->block[b].op[o];
	int size = edited->block[b].bank_size;

	tape_reset(w->edit_tape);

	struct tensor *y = op_record(w->edit_tape, edited, b, o, read_banks(w, w->edit_tape, size, op->reads, before), &weights);

	if (tape_forward(w->edit_tape, false) < 0)
		return -1;
	gather_gradient(w, w->edited_gradient, size, op, after);
	add_inner(w, w->edited_gradient, y, change);
	return 0;
}

/* The 1x1 of the op at hand as the edit has it, where what follows is linear and the same. 0 or -1. */
static int add_mid(struct wiring *w, const struct arch *edited, float *weight, float *change)
{
	int b = w->current.block, o = w->current.op;
	struct lone_op lone = lone_op(w, w->edit_tape, edited, weight);
	struct op_weights weights = lone_weights(&lone);

	tape_reset(w->edit_tape);

	struct tensor *x = read_banks(w, w->edit_tape, edited->block[b].bank_size, edited->block[b].op[o].reads, w->state[b][o]);
	struct tensor *mid = op_mid_record(w->edit_tape, b, o, x, &weights);

	if (tape_forward(w->edit_tape, false) < 0)
		return -1;
	add_inner(w, w->mid_gradient, mid, change);
	return 0;
}

/* One path of the op at hand as the edit has it. 0 or -1. */
static int add_path(struct wiring *w, const struct arch *edited, int p, float *change)
{
	const struct wiring_op *current = &w->current;
	struct lone_op lone = lone_op(w, w->edit_tape, edited, NULL);
	struct op_weights weights = lone_weights(&lone);

	tape_reset(w->edit_tape);

	struct tensor *mid = tape_leaf(w->edit_tape, current->mid->shape, current->mid->value, NULL);
	struct tensor *y = op_path_record(w->edit_tape, edited, current->block, current->op, p, NULL, mid, &weights);

	if (tape_forward(w->edit_tape, false) < 0)
		return -1;
	add_inner(w, w->gradient, y, change);
	return 0;
}

static bool path_differs(const struct arch_op *x, const struct arch_op *y, int p)
{
	unsigned both = 3u << 2 * p;

	return (x->active & both) != (y->active & both) || memcmp(&x->conv[2 * p], &y->conv[2 * p], 2 * sizeof(x->conv[0])) != 0;
}

/* Reads and writes are what they were; convolutions are others. 0 or -1. */
static int change_convs(struct wiring *w, const struct arch *edited, float *change)
{
	const struct arch_op *old = &w->arch.block[w->current.block].op[w->current.op];
	const struct arch_op *new = &edited->block[w->current.block].op[w->current.op];

	for (int p = 0; p < OP_PATHS; p++) {
		if (!path_differs(old, new, p))
			continue;
		remove_path(w, p, change);
		if (op_has_path(new, p) && add_path(w, edited, p, change) < 0)
			return -1;
	}
	return 0;
}

/* The op reads other banks. 0 or -1. */
static int change_reads(struct wiring *w, const struct arch *edited, float *weight, float *change)
{
	int b = w->current.block, o = w->current.op;

	remove_op(w, change);
	if (w->current.straight && op_n_mid(&w->network->space, edited, b, o) == shape_channels(&w->current.mid->shape))
		return add_mid(w, edited, weight, change);
	return add_op(w, edited, b, o, weight, w->state[b][o], w->state[b][o + 1], change);
}

/* The same output goes to other banks. */
static int change_writes(struct wiring *w, const struct arch *edited, float *change)
{
	const struct arch_block *block = &edited->block[w->current.block];
	const struct arch_op *op = &block->op[w->current.op];

	gather_gradient(w, w->edited_gradient, block->bank_size, op, w->state[w->current.block][w->current.op + 1]);
	for (int p = 0; p < OP_PATHS; p++)
		if (op_has_path(op, p))
			add_inner(w, w->edited_gradient, w->current.path[p], change);
	remove_op(w, change);
	return 0;
}

int wiring_change(struct wiring *w, const struct arch_edit *e, const struct arch *edited, float *weight, float *change)
{
	struct tensor **state = &w->state[e->block][e->op];

	memset(change, 0, (size_t)wiring_images(w) * sizeof(*change));
	if ((w->current.block != e->block || w->current.op != e->op) && open_op(w, e->block, e->op) < 0)
		return -1;
	switch (e->kind) {
	case EDIT_DELETE_OP:
		remove_op(w, change);
		return 0;
	case EDIT_ADD_OP:
		return add_op(w, edited, e->block, e->op + 1, weight, state[1], state[1], change);
	case EDIT_TOGGLE_READ:
	case EDIT_SWAP_READ:
		return change_reads(w, edited, weight, change);
	case EDIT_UNITS:
		remove_op(w, change);
		return add_op(w, edited, e->block, e->op, weight, state[0], state[1], change);
	case EDIT_TOGGLE_WRITE:
		return change_writes(w, edited, change);
	default:
		return change_convs(w, edited, change);
	}
}

/* ---- memory ---- */

/* Floats of the largest read and of the largest output of an op on so many images. */
static void largest_op(const struct network *network, int images, size_t *read, size_t *output)
{
	const struct space *space = &network->space;

	*read = *output = 1;
	for (int b = 0; b < BLOCKS; b++) {
		size_t rows = (size_t)images;

		for (int a = 0; a < network->axes; a++)
			rows *= (size_t)block_side(space, &network->input, b, a);
		if (rows * (size_t)space->block_channels[b] > *read)
			*read = rows * (size_t)space->block_channels[b];
		if (rows * (size_t)space->units_max > *output)
			*output = rows * (size_t)space->units_max;
	}
}

size_t wiring_read_room(const struct wiring *w, int images)
{
	size_t read, output;

	largest_op(w->network, images, &read, &output);
	return read;
}

int wiring_init(struct wiring *w, const struct network *network, struct params *frozen, int images)
{
	struct backend *be = frozen->be;
	size_t read, output;

	*w = (struct wiring){ .network = network, .params = frozen, .be = be };
	largest_op(network, images, &read, &output);
	w->mid_tape = tape_new(be);
	w->path_tape = tape_new(be);
	w->edit_tape = tape_new(be);
	w->read = be->k->alloc(be, read * sizeof(float));
	w->gradient = be->k->alloc(be, output * sizeof(float));
	w->edited_gradient = be->k->alloc(be, output * sizeof(float));
	w->mid_gradient = be->k->alloc(be, output * sizeof(float));
	w->product = be->k->alloc(be, (size_t)images * sizeof(float));
	w->host_product = malloc((size_t)images * sizeof(float));
	for (int p = 0; p < OP_PATHS; p++)
		w->inner[p] = malloc((size_t)images * sizeof(float));
	if (!w->host_product || !w->inner[0] || !w->inner[1])
		return err_set("out of memory");
	return w->mid_tape && w->path_tape && w->edit_tape && w->read && w->gradient && w->edited_gradient && w->mid_gradient &&
		w->product ? 0 : -1;
}

void wiring_release(struct wiring *w)
{
	tape_free(w->mid_tape);
	tape_free(w->path_tape);
	tape_free(w->edit_tape);
	free(w->host_product);
	for (int p = 0; p < OP_PATHS; p++)
		free(w->inner[p]);
	if (!w->be)
		return;
	w->be->k->free(w->be, w->read);
	w->be->k->free(w->be, w->gradient);
	w->be->k->free(w->be, w->edited_gradient);
	w->be->k->free(w->be, w->mid_gradient);
	w->be->k->free(w->be, w->product);
}

void wiring_begin(struct wiring *w)
{
	w->current.block = -1;
}
