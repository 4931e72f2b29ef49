/*
 * guide_predict.c -- both predictors of METHOD §9 over all single edits of an architecture.
 *
 * Passes over the gradient images give the banks of each block after each op, G of the loss with respect to them, and the gradients of the
 * encoding and of each 1x1 weight. An edit changes what one op adds to the banks: the wiring prediction is <G, y' - y>, with y and y'
 * from this op alone (guide_wiring.c).
 *
 * Weights: where an edit leaves the shape of every weight as it is, what it does to them counts to first order, <dE/dc, c' - c>. On a
 * trained run this agrees with the HyperNet's true change at a correlation of .95, and is a fortieth of the whole. Where reads or units
 * change, or ops come and go, the edited encoding goes through the HyperNet: y' has its weight, and the other ops, matched one by one,
 * add <dE/dW, W' - W>.
 */
#include "src/lab/guide_predict.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"
#include "src/lab/guide_wiring.h"

/* Edits a slice takes; bytes that the kept banks of a pass may have. */
enum { SLICE_EDITS = 8 };
static const double banks_bytes_max = 512e6;

/* The more an edit moves single images, the less the slope holds, and the worse it ends: its prediction is raised by so much of the root mean
 * square of what it changes on an image. Measured on 520 and 233 random edits of two runs, rank correlation with the true change:
 * .67 and .54 without, .72 and .60 with, within .03 of these for factors from .005 to .02. */
static const double damping = 0.01;

/* Whether the edit changes the shape of weights, so that they come from the HyperNet. */
static const bool reshapes[EDIT_KINDS] = {
	[EDIT_TOGGLE_READ] = true, [EDIT_SWAP_READ] = true, [EDIT_UNITS] = true, [EDIT_ADD_OP] = true, [EDIT_DELETE_OP] = true,
};

enum phase { GENERATE, CONTRIBUTE, CONCLUDE };

struct guidance {
	struct trainer *t;
	struct backend *be;
	struct params *params;
	struct feed feed;
	struct tape *tape;               /* of a pass */
	struct wiring wiring;
	int *image, images, pass;        /* numbers in the training split; how many; of one pass */

	struct prediction *list;
	size_t *own;                     /* of each edit that reshapes: where its op's new weight stands in own_weight */
	double *square;                  /* of each edit: mean over images of the square of what it changes */
	int count, room;
	float *own_weight;               /* device */

	enum phase phase;
	int at, first;                   /* edit; image of the pass */
	enum pass_state { PASS_NONE, PASS_FORWARD, PASS_DONE } passed;       /* how much of the pass has been run */
	struct tensor *loss;             /* of the pass */

	bool cells;                      /* guidance_begin_gates */
	struct gates *gates;             /* NULL before its first use, as the buffers */
	struct gate_buffers gate_buffers;
	int gate_block, gate_op;         /* the next in this pass; block BLOCKS: none left */
	double loss_sum;                 /* over the images of the passes */

	float *code, *edited_code, *code_gradient;                   /* host: two encodings without noise, dE/dc */
	float *device_code_gradient;
	float *weight_gradient;          /* device: dE/dW of the ops, one after the other */
	size_t weight_at[BLOCKS][OPS_MAX];
	double weight_inner[BLOCKS][OPS_MAX];                        /* <dE/dW, W> */
	float *product;                  /* device: one number */
};

/* ---- passes over images ---- */

static void fixed_encoding(struct guidance *g, const struct arch *arch)
{
	struct rng noise;

	rng_seed(&noise, g->t->config.seed, STREAM_FIXED_NOISE);
	feed_encoding(&g->feed, arch, &noise);
}

/* Banks and losses of the images from g->first on. 0 or -1. */
static int run_forward(struct guidance *g)
{
	struct trainer *t = g->t;
	int n = g->images - g->first < g->pass ? g->images - g->first : g->pass;

	fixed_encoding(g, &g->wiring.arch);
	feed_images(&g->feed, &t->data->train, g->image + g->first, n, NULL);
	tape_reset(g->tape);

	struct tensor *code = tape_leaf(g->tape, g->feed.code_shape, g->feed.code, g->device_code_gradient);
	struct tensor *tiles = hypernet_record(&t->hypernet, g->tape, g->params, code, false);
	struct tensor *logits = network_record(&t->network, g->tape, g->params, &g->wiring.arch, tiles,
		feed_image_leaf(&g->feed, g->tape),
		(struct network_pass){ .batch_statistics = true, .state = g->wiring.state, .pointwise = g->wiring.pointwise });

	g->loss = feed_loss(&g->feed, g->tape, logits);
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o <= g->wiring.arch.block[b].op_count; o++) {
			tape_keep(g->tape, g->wiring.state[b][o]);
			if (o < g->wiring.arch.block[b].op_count)
				tape_keep(g->tape, g->wiring.pointwise[b][o]);
		}
	return tape_forward(g->tape, true);
}

/* G, and the gradients of weights and encoding, added up over the passes. 0 or -1. */
static int run_backward(struct guidance *g)
{
	if (tape_backward(g->tape, g->loss, 1 / (float)g->images) < 0)
		return -1;
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < g->wiring.arch.block[b].op_count; o++) {
			const struct tensor *w = g->wiring.pointwise[b][o];

			g->be->k->axpby(g->be, g->weight_gradient + g->weight_at[b][o], 1, w->grad, g->first > 0 ? 1 : 0,
				shape_count(&w->shape));
		}
	wiring_begin(&g->wiring);
	return 0;
}

/* ---- weights from edited encodings ---- */

/* The 1x1 weights of all ops, as they are used, until the edit tape is reset. 0 or -1. */
static int generate(struct guidance *g, const struct arch *arch, struct tensor *weight[BLOCKS][OPS_MAX])
{
	struct network_recording r = { .net = &g->t->network, .tape = g->wiring.edit_tape, .ps = g->params, .arch = arch };
	struct op_weights weights = network_weights(&r);

	fixed_encoding(g, arch);
	tape_reset(g->wiring.edit_tape);
	r.tiles = hypernet_record(&g->t->hypernet, g->wiring.edit_tape, g->params, feed_encoding_leaf(&g->feed, g->wiring.edit_tape), false);
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch->block[b].op_count; o++)
			weight[b][o] = weights.pointwise(weights.context, b, o);
	return tape_forward(g->wiring.edit_tape, false);
}

/* The op that has the edit's new weight; -1: none. */
static int own_op(const struct arch_edit *e)
{
	return e->kind == EDIT_DELETE_OP ? -1 : e->kind == EDIT_ADD_OP ? e->op + 1 : e->op;
}

/* Where op o of the edit's block stands in the edited architecture; -1: it is the edited one. */
static int matching_op(const struct arch_edit *e, int o)
{
	if (e->kind == EDIT_ADD_OP)
		return o <= e->op ? o : o + 1;
	if (o == e->op)
		return -1;
	return e->kind == EDIT_DELETE_OP && o > e->op ? o - 1 : o;
}

/* Keeps the weight of edit i's own op. 0 or -1. */
static int generate_own(struct guidance *g, int i)
{
	const struct arch_edit *e = &g->list[i].edit;
	struct tensor *weight[BLOCKS][OPS_MAX];
	struct arch edited;

	if (arch_edit_apply(&g->t->layout.space, &g->wiring.arch, e, &edited) < 0 || generate(g, &edited, weight) < 0)
		return -1;

	const struct tensor *w = weight[e->block][own_op(e)];

	g->be->k->copy(g->be, g->own_weight + g->own[i], w->value, shape_count(&w->shape) * sizeof(float));
	return 0;
}

/* <dE/dW, w> for a weight of op o's shape. Waits for the device. */
static double weight_inner(struct guidance *g, int b, int o, const struct tensor *w)
{
	float inner;

	g->be->k->dot(g->be, g->product, g->weight_gradient + g->weight_at[b][o], w->value, 1, shape_count(&w->shape));
	g->be->k->download(g->be, &inner, g->product, sizeof(inner));
	return (double)inner;
}

/* What edit i does to the weights of the other ops. 0 or -1. */
static int add_elsewhere(struct guidance *g, int i)
{
	const struct arch_edit *e = &g->list[i].edit;
	struct tensor *weight[BLOCKS][OPS_MAX];
	struct arch edited;

	if (arch_edit_apply(&g->t->layout.space, &g->wiring.arch, e, &edited) < 0 || generate(g, &edited, weight) < 0)
		return -1;
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < g->wiring.arch.block[b].op_count; o++) {
			int matching = b == e->block ? matching_op(e, o) : o;

			if (matching >= 0)
				g->list[i].slope += weight_inner(g, b, o, weight[b][matching]) - g->weight_inner[b][o];
		}
	return 0;
}

/* <dE/dC, c' - c>; the gradient has a channel of noise beside those of the encoding where the space has it. */
static double encoding_change(struct guidance *g, const struct arch *edited)
{
	const struct layout *layout = &g->t->layout;
	size_t cells = (size_t)layout->rows * encoding_slices(layout, edited);
	int channels = layout->channels, pitch = g->t->hypernet.in_channels;
	double change = 0;

	encode(layout, edited, g->edited_code);
	for (size_t i = 0; i < cells; i++)
		for (int c = 0; c < channels; c++) {
			double step = (double)(g->edited_code[i * channels + c] - g->code[i * channels + c]);

			if (step != 0)
				change += step * (double)g->code_gradient[i * pitch + c];
		}
	return change;
}

/* ---- phases ---- */

/* GENERATE: one HyperNet pass. */
static int generate_next(struct guidance *g)
{
	while (g->at < g->count && (!reshapes[g->list[g->at].edit.kind] || isnan(g->list[g->at].slope) ||
		own_op(&g->list[g->at].edit) < 0))
		g->at++;
	if (g->at < g->count)
		return generate_own(g, g->at++) < 0 ? -1 : 1;
	g->phase = CONTRIBUTE;
	g->at = 0;
	return 1;
}

/* What edit i does to the banks on the images of this pass. 0 or -1. */
static int contribute_edit(struct guidance *g, int i)
{
	struct prediction *p = &g->list[i];
	float change[GUIDE_PASS];
	struct arch edited;

	if (isnan(p->slope))
		return 0;
	if (arch_edit_apply(&g->t->layout.space, &g->wiring.arch, &p->edit, &edited) < 0 ||
	    wiring_change(&g->wiring, &p->edit, &edited, g->own_weight + g->own[i], change) < 0)
		return -1;
	for (int k = 0; k < wiring_images(&g->wiring); k++) {
		double of_image = (double)change[k] * g->images;         /* G is that of the mean loss */

		p->slope += of_image / g->images;
		g->square[i] += of_image * of_image / g->images;
	}
	return 0;
}

static void add_losses(struct guidance *g)
{
	float loss[GUIDE_PASS];
	int n = wiring_images(&g->wiring);

	g->be->k->download(g->be, loss, g->loss->value, (size_t)n * sizeof(*loss));
	for (int i = 0; i < n; i++)
		g->loss_sum += (double)loss[i];
}

/* One way of a pass. 0 or -1. */
static int run_pass(struct guidance *g)
{
	if ((g->passed == PASS_NONE ? run_forward : run_backward)(g) < 0)
		return -1;
	if (g->passed == PASS_NONE)
		add_losses(g);
	g->passed++;
	g->gate_block = g->cells ? 0 : BLOCKS;
	g->gate_op = 0;
	return 0;
}

/* The gates of one op on the images of this pass. 0 or -1. */
static int contribute_gates(struct guidance *g)
{
	if (gates_of_op(g->gates, &g->gate_buffers, &g->wiring, g->gate_block, g->gate_op) < 0)
		return -1;
	if (++g->gate_op == g->wiring.arch.block[g->gate_block].op_count) {
		g->gate_op = 0;
		g->gate_block++;
	}
	return 0;
}

/* CONTRIBUTE: one way of a pass, or the gates of an op or some edits on its images. */
static int contribute_next(struct guidance *g)
{
	if (g->passed != PASS_DONE)
		return run_pass(g) < 0 ? -1 : 1;
	if (g->gate_block < BLOCKS)
		return contribute_gates(g) < 0 ? -1 : 1;
	for (int i = 0; i < SLICE_EDITS && g->at < g->count; i++, g->at++)
		if (contribute_edit(g, g->at) < 0)
			return -1;
	if (g->at < g->count)
		return 1;
	g->at = 0;
	g->passed = PASS_NONE;
	g->first += g->pass;
	if (g->first >= g->images)
		g->phase = CONCLUDE;
	return 1;
}

/* <dE/dW, W> of the weights as they are, and the encoding's gradient to the host. 0 or -1. */
static int begin_conclusion(struct guidance *g)
{
	struct tensor *weight[BLOCKS][OPS_MAX];

	if (generate(g, &g->wiring.arch, weight) < 0)
		return -1;
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < g->wiring.arch.block[b].op_count; o++)
			g->weight_inner[b][o] = weight_inner(g, b, o, weight[b][o]);
	g->be->k->download(g->be, g->code_gradient, g->device_code_gradient, shape_count(&g->feed.code_shape) * sizeof(float));
	encode(&g->t->layout, &g->wiring.arch, g->code);
	return 0;
}

/* The parts of one prediction that come from weights. 0 or -1. */
static int conclude_edit(struct guidance *g, int i)
{
	struct prediction *p = &g->list[i];
	struct arch edited;

	if (arch_edit_apply(&g->t->layout.space, &g->wiring.arch, &p->edit, &edited) < 0)
		return -1;
	p->weights = arch_slices(&g->t->layout.space, &edited) == arch_slices(&g->t->layout.space, &g->wiring.arch) ?
		encoding_change(g, &edited) : NAN;
	if (isnan(p->slope))
		return 0;
	if (!reshapes[p->edit.kind])
		p->slope += p->weights;
	else if (add_elsewhere(g, i) < 0)
		return -1;
	p->wiring = p->slope + damping * sqrt(g->square[i]);
	return 0;
}

/* CONCLUDE */
static int conclude_next(struct guidance *g)
{
	if (g->at == 0 && begin_conclusion(g) < 0)
		return -1;
	for (int i = 0; i < SLICE_EDITS && g->at < g->count; i++, g->at++)
		if (conclude_edit(g, g->at) < 0)
			return -1;
	return g->at < g->count;
}

int guidance_advance(struct guidance *g)
{
	static int (*const phases[])(struct guidance *) = {
		[GENERATE] = generate_next, [CONTRIBUTE] = contribute_next, [CONCLUDE] = conclude_next,
	};
	int more = phases[g->phase](g);

	return more < 0 || backend_ok(g->be) ? more : err_set("%s", g->be->failure);
}

const struct prediction *guidance_list(const struct guidance *g, int *count)
{
	*count = g->count;
	return g->list;
}

/* ---- beginning ---- */

static size_t op_weight_size(const struct space *space, const struct arch *arch, int b, int o)
{
	return (size_t)op_n_mid(space, arch, b, o) * op_n_in(arch, b, o);
}

/* Where ops of a block take turns with sets of convolution weights, those after one that comes or goes change theirs. */
static bool changes_turns(const struct guidance *g, const struct arch_edit *e)
{
	return (e->kind == EDIT_ADD_OP || e->kind == EDIT_DELETE_OP) && g->t->layout.space.weight_sets > 1 &&
		e->op + 1 < g->wiring.arch.block[e->block].op_count;
}

static int list_edits(struct guidance *g, struct arch_edit *edit)
{
	const struct space *space = &g->t->layout.space;
	size_t floats = 0;
	struct arch edited;

	for (int i = 0; i < g->count; i++) {
		bool none = arch_edit_changes_banks(space, &g->wiring.arch, &edit[i]) || changes_turns(g, &edit[i]);

		g->list[i] = (struct prediction){ .edit = edit[i], .weights = NAN, .slope = none ? NAN : 0, .wiring = NAN };
		g->square[i] = 0;
		g->own[i] = floats;
		if (!none && reshapes[edit[i].kind] && own_op(&edit[i]) >= 0 && arch_edit_apply(space, &g->wiring.arch, &edit[i], &edited) == 0)
			floats += op_weight_size(space, &edited, edit[i].block, own_op(&edit[i]));
	}
	g->be->k->free(g->be, g->own_weight);
	g->own_weight = g->be->k->alloc(g->be, (floats + 1) * sizeof(float));
	return g->own_weight ? 0 : -1;
}

static int reserve(struct guidance *g, int count)
{
	if (count <= g->room)
		return 0;
	free(g->list);
	free(g->own);
	free(g->square);
	g->list = malloc((size_t)count * sizeof(*g->list));
	g->own = malloc((size_t)count * sizeof(*g->own));
	g->square = malloc((size_t)count * sizeof(*g->square));
	g->room = g->list && g->own && g->square ? count : 0;
	return g->room ? 0 : err_set("out of memory for %d edits", count);
}

/* Images of one pass: what is kept of each is twice the banks (value and gradient) before the first op and after each. */
static int pass_images(const struct guidance *g)
{
	const struct space *space = &g->t->layout.space;
	double bytes = 0;

	for (int b = 0; b < BLOCKS; b++) {
		double floats = space->block_channels[b];

		for (int a = 0; a < g->wiring.arch.axes; a++)
			floats *= block_side(space, &g->t->data->input, b, a);
		bytes += 2 * sizeof(float) * floats * (g->wiring.arch.block[b].op_count + 1);
	}
	return (int)fmin(GUIDE_PASS, fmax(banks_bytes_max / bytes, 8));
}

static bool adds_cell(const struct arch *arch, const struct arch_edit *e)
{
	const struct arch_op *op = &arch->block[e->block].op[e->op];

	return (e->kind == EDIT_TOGGLE_READ && !(op->reads & bit(e->bank))) || (e->kind == EDIT_TOGGLE_WRITE && !(op->writes & bit(e->bank)));
}

/* The single edits of the architecture, or those that add a cell; how many. -1 out of memory. */
static int find_edits(const struct guidance *g, struct arch_edit **list)
{
	const struct space *space = &g->t->layout.space;
	const struct arch *arch = &g->wiring.arch;
	int all = arch_edits(space, arch, NULL, 0), count = 0;
	struct arch_edit *edit = malloc((size_t)(all + 1) * sizeof(*edit));

	if (!edit)
		return err_set("out of memory for %d edits", all);
	arch_edits(space, arch, edit, all);
	for (int i = 0; i < all; i++)
		if (!g->cells || adds_cell(arch, &edit[i]))
			edit[count++] = edit[i];
	*list = edit;
	return count;
}

static void begin_passes(struct guidance *g)
{
	const struct space *space = &g->t->layout.space;
	const struct arch *arch = &g->wiring.arch;
	size_t floats = 0;

	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch->block[b].op_count; o++) {
			g->weight_at[b][o] = floats;
			floats += op_weight_size(space, arch, b, o);
		}
	g->pass = pass_images(g);
	g->phase = GENERATE;
	g->at = g->first = 0;
	g->passed = PASS_NONE;
	g->loss_sum = 0;
	g->be->k->fill(g->be, g->device_code_gradient, 0, g->feed.code_room);
}

static int begin(struct guidance *g, const struct arch *arch, bool cells)
{
	struct arch_edit *edit = NULL;
	int count, rc;

	g->wiring.arch = *arch;
	g->cells = cells;
	count = find_edits(g, &edit);
	if (count < 0)
		return -1;
	rc = reserve(g, count);
	g->count = rc < 0 ? 0 : count;
	if (rc == 0)
		rc = list_edits(g, edit);
	free(edit);
	begin_passes(g);
	return rc;
}

int guidance_begin(struct guidance *g, const struct arch *arch)
{
	return begin(g, arch, false);
}

int guidance_begin_gates(struct guidance *g, const struct arch *arch)
{
	if (!g->gates) {
		g->gates = malloc(sizeof(*g->gates));
		if (!g->gates)
			return err_set("out of memory");
		if (gate_buffers_init(&g->gate_buffers, &g->wiring, GUIDE_PASS) < 0)
			return -1;
	}
	memset(g->gates, 0, sizeof(*g->gates));
	return begin(g, arch, true);
}

struct cells guidance_cells(const struct guidance *g)
{
	return (struct cells){
		.gates = g->gates, .images = g->images, .loss = g->loss_sum / g->images, .code_gradient = g->code_gradient,
		.code_channels = g->t->hypernet.in_channels,
	};
}

/* Always the same training images, drawn from all of them: a data set may be sorted by class. */
static int draw_images(struct guidance *g, int images)
{
	int n = g->t->data->train.count;
	struct rng rng;

	g->image = malloc((size_t)n * sizeof(int));
	if (!g->image)
		return err_set("out of memory");
	for (int i = 0; i < n; i++)
		g->image[i] = i;
	rng_seed(&rng, g->t->config.seed, STREAM_GUIDE);
	rng_shuffle(&rng, g->image, n);
	g->images = n < images ? n : images;
	return 0;
}

/* Floats of the weights of all ops together: no op reads more than its block's budget, none has more rows than N_max. */
static size_t weights_room(const struct space *space)
{
	size_t room = 0;

	for (int b = 0; b < BLOCKS; b++)
		room += (size_t)space->block_budget[b] * space->units_max;
	return room;
}

static int build(struct guidance *g, int images)
{
	struct trainer *t = g->t;
	const struct kernels *k = g->be->k;

	if (draw_images(g, images) < 0 || feed_init(&g->feed, g->be, t->data, &t->layout, GUIDE_PASS) < 0 ||
	    wiring_init(&g->wiring, &t->network, g->params, GUIDE_PASS) < 0)
		return -1;
	g->tape = tape_new(g->be);
	g->code = malloc(encoding_room(&t->layout) * sizeof(float));
	g->edited_code = malloc(encoding_room(&t->layout) * sizeof(float));
	g->code_gradient = malloc(g->feed.code_room * sizeof(float));
	if (!g->tape || !g->code || !g->edited_code || !g->code_gradient)
		return err_set("out of memory");
	g->device_code_gradient = k->alloc(g->be, g->feed.code_room * sizeof(float));
	g->weight_gradient = k->alloc(g->be, weights_room(&t->layout.space) * sizeof(float));
	g->product = k->alloc(g->be, sizeof(float));
	return g->device_code_gradient && g->weight_gradient && g->product ? 0 : -1;
}

struct guidance *guidance_new(struct trainer *t, struct params *frozen, int images)
{
	struct guidance *g = calloc(1, sizeof(*g));

	if (!g) {
		err_set("out of memory");
		return NULL;
	}
	g->t = t;
	g->be = t->be;
	g->params = frozen;
	if (build(g, images) < 0) {
		guidance_free(g);
		return NULL;
	}
	return g;
}

void guidance_free(struct guidance *g)
{
	if (!g)
		return;
	g->be->k->free(g->be, g->own_weight);
	g->be->k->free(g->be, g->device_code_gradient);
	g->be->k->free(g->be, g->weight_gradient);
	g->be->k->free(g->be, g->product);
	gate_buffers_release(&g->gate_buffers, &g->wiring);
	wiring_release(&g->wiring);
	free(g->gates);
	tape_free(g->tape);
	feed_release(&g->feed);
	free(g->image);
	free(g->list);
	free(g->own);
	free(g->square);
	free(g->code);
	free(g->edited_code);
	free(g->code_gradient);
	free(g);
}
