/* network.c -- a network with its weights, read off a tape: layers, tensors on the host, and what it makes of a few examples. */
#include "src/export/network.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"
#include "src/lab/model.h"
#include "src/nn/trace.h"

/* At most: banks read as a whole, a convolution, a sum, an activation; scale, shift, mean, variance of a norm. */
enum { LAYERS_A_NODE = 4, TENSORS_A_NODE = 4 };

size_t exported_tensor_count(const struct st_tensor *t)
{
	return st_bytes(t) / sizeof(float);
}

int exported_tensor(const struct exported *e, const char *name)
{
	for (int i = 0; i < e->tensors; i++)
		if (strcmp(e->tensor[i].name, name) == 0)
			return i;
	return -1;
}

void exported_release(struct exported *e)
{
	for (int i = 0; i < e->tensors; i++)
		free(e->tensor[i].data);
	for (int i = 0; e->class_name && i < e->input.classes; i++)
		free(e->class_name[i]);
	free(e->class_name);
	free(e->layer);
	free(e->tensor);
	free(e->example_input);
	free(e->example_output);
	*e = (struct exported){ 0 };
}

/* ---- the walk ---- */

/* A tape being read after it has run. A value of the tape is known by its tensor, which is that of the layer that gives it. */
struct walk {
	struct exported *e;
	const struct model *m;
	const struct tensor **value;     /* of each layer */
	const struct tensor **weight, **whole;   /* weights that are divided by their norm: as they are used, and the parameters */
	int weights;
	int block, op;                   /* the last one entered; 0: none */
	bool in_block, in_op;
	bool failed;
};

static void fail(struct walk *w, const char *what)
{
	if (!w->failed)
		err_set("%s: %s cannot be exported", w->e->name, what);
	w->failed = true;
}

static int layer_of(struct walk *w, const struct tensor *x)
{
	for (int i = w->e->count - 1; i >= 0; i--)
		if (w->value[i] == x)
			return i;
	fail(w, "a value that no layer gives");
	return 0;
}

/* ---- tensors ---- */

static int add_tensor(struct walk *w, const char *name, const struct shape *shape, const char *ending)
{
	struct st_tensor *t = &w->e->tensor[w->e->tensors];

	*t = (struct st_tensor){ .type = ST_F32, .rank = shape->rank };
	snprintf(t->name, sizeof(t->name), "%s%s", name, ending);
	for (int i = 0; i < shape->rank; i++)
		t->dim[i] = shape->dim[i];
	t->bytes = st_bytes(t);
	t->data = calloc(t->bytes, 1);
	if (!t->data)
		fail(w, "what there is no memory for");
	return w->e->tensors++;
}

static void download(struct walk *w, int tensor, const float *from)
{
	if (!w->failed)
		w->m->be->k->download(w->m->be, w->e->tensor[tensor].data, from, w->e->tensor[tensor].bytes);
}

static const struct param *param_at(struct walk *w, const float *value)
{
	const struct params *ps = w->m->ps;

	for (int i = 0; i < ps->count; i++)
		if (ps->value + ps->list[i].offset == value)
			return &ps->list[i];
	fail(w, "a weight that is no parameter");
	return &ps->list[0];
}

/* A parameter, or what has been made of it by dividing it by its norm. The layer takes its name. */
static int add_weight(struct walk *w, struct layer *l, const struct tensor *x)
{
	const struct tensor *leaf = x;

	for (int i = 0; i < w->weights; i++)
		if (w->weight[i] == x)
			leaf = w->whole[i];

	const struct param *p = param_at(w, leaf->value);
	int tensor = add_tensor(w, p->name, &p->shape, "");

	download(w, tensor, x->value);
	snprintf(l->name, sizeof(l->name), "%.*s", (int)(strrchr(p->name, '.') - p->name), p->name);
	return tensor;
}

static int add_statistic(struct walk *w, const struct layer *l, const float *from, const char *ending)
{
	int tensor = add_tensor(w, l->name, &SHAPE(l->channels), ending);

	download(w, tensor, from);
	return tensor;
}

/* ---- layers ---- */

/* Gives the value `out`, where that is one of the tape's; else one between two of these. */
static struct layer *add_layer(struct walk *w, enum layer_kind kind, const struct tensor *out, int in)
{
	struct exported *e = w->e;
	struct layer *l = &e->layer[e->count];

	*l = (struct layer){
		.kind = kind, .in = { in, -1 }, .block = w->in_block ? w->block : 0, .op = w->in_op ? w->op : 0,
		.axes = out->shape.rank - 2, .channels = shape_channels(&out->shape), .weight = -1, .bias = -1, .mean = -1, .variance = -1,
	};
	for (int a = 0; a < l->axes; a++)
		l->side[a] = out->shape.dim[1 + a];
	w->value[e->count++] = out;
	return l;
}

/* The layer of a value that is wanted whole: banks are then read, all of them, and their block is left. */
static int whole(struct walk *w, const struct tensor *x)
{
	int in = layer_of(w, x);
	const struct layer *state = &w->e->layer[in];

	if (state->kind != LAYER_BANKS && state->kind != LAYER_WRITE)
		return in;

	struct layer *l = add_layer(w, LAYER_READ, x, in);

	l->bank = state->bank;
	l->written = state->written;
	l->banks = bits_below(state->written);
	w->in_block = false;
	return w->e->count - 1;
}

static void add_act(struct walk *w, const struct trace *t)
{
	if (t->slope >= 0)
		add_layer(w, LAYER_ACT, t->out, w->e->count - 1)->slope = t->slope;
}

static void walk_conv(struct walk *w, const struct trace *t)
{
	bool adds = t->kind == TRACE_CONV_ADD;
	int sum = adds ? layer_of(w, t->in[0]) : -1, in = whole(w, t->in[adds]);
	struct layer *l = add_layer(w, LAYER_CONV, t->out, in);

	l->conv = t->conv;
	l->conv.n = 1;
	l->weight = add_weight(w, l, t->in[1 + adds]);
	if (adds) {
		l = add_layer(w, LAYER_ADD, t->out, sum);
		l->in[1] = w->e->count - 2;
	}
	add_act(w, t);
}

static void walk_act(struct walk *w, const struct trace *t)
{
	add_layer(w, LAYER_ACT, t->out, whole(w, t->in[0]))->slope = t->slope;
}

static void walk_add(struct walk *w, const struct trace *t)
{
	int a = whole(w, t->in[0]), b = whole(w, t->in[1]);

	add_layer(w, LAYER_ADD, t->out, a)->in[1] = b;
}

static void walk_norm(struct walk *w, const struct trace *t)
{
	struct layer *l = add_layer(w, LAYER_NORM, t->out, whole(w, t->in[0]));

	l->epsilon = t->epsilon;
	l->weight = add_weight(w, l, t->in[1]);
	l->bias = add_weight(w, l, t->in[2]);
	l->mean = add_statistic(w, l, t->mean, ".running_mean");
	l->variance = add_statistic(w, l, t->variance, ".running_var");
	add_act(w, t);
}

static void walk_pool(struct walk *w, const struct trace *t)
{
	add_layer(w, LAYER_POOL, t->out, whole(w, t->in[0]));
}

static void walk_global_pool(struct walk *w, const struct trace *t)
{
	add_layer(w, LAYER_GLOBAL_POOL, t->out, whole(w, t->in[0]));
}

static void walk_linear(struct walk *w, const struct trace *t)
{
	struct layer *l = add_layer(w, LAYER_LINEAR, t->out, whole(w, t->in[0]));

	l->weight = add_weight(w, l, t->in[1]);
	l->bias = add_weight(w, l, t->in[2]);
}

static void walk_normalize(struct walk *w, const struct trace *t)
{
	w->weight[w->weights] = t->out;
	w->whole[w->weights++] = t->in[0];
}

static void walk_banks(struct walk *w, const struct trace *t)
{
	int in = whole(w, t->in[0]);

	w->block++;
	w->op = 0;
	w->in_block = true;

	struct layer *l = add_layer(w, LAYER_BANKS, t->out, in);

	l->bank = t->bank;
	l->written = bits_count(t->written);
	l->channels = l->written * l->bank;
	if (l->channels != w->e->layer[in].channels)
		fail(w, "a block that leaves out channels");
}

static void walk_read(struct walk *w, const struct trace *t)
{
	int in = layer_of(w, t->in[0]);

	w->op++;
	w->in_op = true;

	struct layer *l = add_layer(w, LAYER_READ, t->out, in);

	l->bank = t->bank;
	l->banks = t->banks;
	l->written = w->e->layer[in].written;
}

static void walk_write(struct walk *w, const struct trace *t)
{
	int in = layer_of(w, t->in[0]), y = layer_of(w, t->in[1]), before = w->e->layer[in].written;
	struct layer *l = add_layer(w, LAYER_WRITE, t->out, in);

	l->in[1] = y;
	l->bank = t->bank;
	l->banks = t->banks;
	l->written = bits_count(t->written);
	l->created = before == 64 ? 0 : t->banks >> before << before;
	l->channels = l->written * l->bank;
	w->in_op = false;
	if (t->written & (t->written + 1) || w->e->layer[y].channels % l->bank)
		fail(w, "banks with a hole");
}

static void (*const walkers[])(struct walk *, const struct trace *) = {
	[TRACE_CONV] = walk_conv, [TRACE_CONV_ADD] = walk_conv, [TRACE_ACT] = walk_act, [TRACE_ADD] = walk_add, [TRACE_NORM] = walk_norm,
	[TRACE_POOL] = walk_pool, [TRACE_GLOBAL_POOL] = walk_global_pool, [TRACE_LINEAR] = walk_linear,
	[TRACE_NORMALIZE] = walk_normalize, [TRACE_BANKS] = walk_banks, [TRACE_READ] = walk_read, [TRACE_WRITE] = walk_write,
};

static int walk_tape(struct walk *w, const struct tape *tape, const struct tensor *input)
{
	add_layer(w, LAYER_INPUT, input, -1);
	for (int i = 0; i < tape_nodes(tape) && !w->failed; i++) {
		struct trace t = tape_trace(tape, i);

		if (t.kind == TRACE_NONE)
			fail(w, t.name);
		else
			walkers[t.kind](w, &t);
	}
	if (!w->failed && !backend_ok(w->m->be)) {
		err_set("%s", w->m->be->failure);
		w->failed = true;
	}
	return w->failed ? -1 : 0;
}

/* A tape that has run, into the layers and tensors of e. */
static int read_tape(struct exported *e, const struct model *m, const struct tape *tape, const struct tensor *input)
{
	size_t nodes = (size_t)tape_nodes(tape);
	struct walk w = { .e = e, .m = m };
	int rc = -1;

	e->layer = calloc(LAYERS_A_NODE * nodes + 1, sizeof(*e->layer));
	e->tensor = calloc(TENSORS_A_NODE * nodes + 1, sizeof(*e->tensor));
	w.value = calloc(LAYERS_A_NODE * nodes + 1, sizeof(*w.value));
	w.weight = calloc(nodes + 1, sizeof(*w.weight));
	w.whole = calloc(nodes + 1, sizeof(*w.whole));
	if (e->layer && e->tensor && w.value && w.weight && w.whole)
		rc = walk_tape(&w, tape, input);
	else
		err_set("out of memory");
	free(w.value);
	free(w.weight);
	free(w.whole);
	return rc;
}

/* ---- examples ---- */

/* [n, side…, channels] to [n, channels, side…] */
static void channels_first(float *to, const float *from, int n, int pixels, int channels)
{
	for (int i = 0; i < n; i++)
		for (int p = 0; p < pixels; p++)
			for (int c = 0; c < channels; c++)
				to[((size_t)i * channels + c) * pixels + p] = from[((size_t)i * pixels + p) * channels + c];
}

static int keep_examples(struct exported *e, const struct feed *feed, const struct tensor *logits)
{
	const struct shape *x = &feed->image_shape;
	int pixels = shape_pixels(x);

	e->examples = feed->images;
	e->example_input = malloc((size_t)e->examples * pixels * e->input.channels * sizeof(float));
	e->example_output = malloc(shape_count(&logits->shape) * sizeof(float));
	if (!e->example_input || !e->example_output)
		return err_set("out of memory");
	channels_first(e->example_input, feed->host_x, e->examples, pixels, e->input.channels);
	feed->be->k->download(feed->be, e->example_output, logits->value, shape_count(&logits->shape) * sizeof(float));
	return backend_ok(feed->be) ? 0 : err_set("%s", feed->be->failure);
}

/* Weights that are divided by their norm are read after the pass. */
static void keep_weights(struct tape *tape)
{
	for (int i = 0; i < tape_nodes(tape); i++) {
		struct trace t = tape_trace(tape, i);

		if (t.kind == TRACE_NORMALIZE)
			tape_keep(tape, (struct tensor *)t.out);
	}
}

static int run(struct exported *e, struct model *m, struct tape *tape, struct feed *feed, const struct split *split)
{
	int index[EXPORT_EXAMPLES] = { 0 }, count = split->count < EXPORT_EXAMPLES ? split->count : EXPORT_EXAMPLES;
	struct tensor *x, *logits;

	for (int i = 0; i < count; i++)
		index[i] = i;
	feed_images(feed, split, index, count, NULL);
	tape_reset(tape);
	x = feed_image_leaf(feed, tape);
	logits = model_record(m, tape, x, (struct norm_pass){ .statistics = m->statistics });
	keep_weights(tape);
	if (tape_forward(tape, false) < 0 || keep_examples(e, feed, logits) < 0)
		return -1;
	return read_tape(e, m, tape, x);
}

/* ---- what it is ---- */

static int copy_names(struct exported *e, const struct dataset *data)
{
	e->class_name = calloc((size_t)e->input.classes, sizeof(*e->class_name));
	for (int i = 0; e->class_name && i < e->input.classes; i++)
		if (!(e->class_name[i] = strdup(data->class_name[i])))
			return err_set("out of memory");
	return e->class_name ? 0 : err_set("out of memory");
}

static int64_t parameters(const struct params *ps)
{
	int64_t count = 0;

	for (int i = 0; i < ps->count; i++)
		count += (int64_t)shape_count(&ps->list[i].shape);
	return count;
}

int exported_model(struct exported *e, struct trainer *t, struct model *m, const struct dataset *data)
{
	struct feed feed = { 0 };
	int rc = -1;

	e->input = data->input;
	e->axes = data->axes;
	e->normalisation = data->normalisation;
	e->parameters = parameters(m->ps);
	e->macs = m->macs;
	snprintf(e->run, sizeof(e->run), "%s", t->run ? t->run->path : "");
	if (dataset_examples(data) < 0)
		return -1;
	if (copy_names(e, data) == 0 && feed_init(&feed, t->be, data, &t->layout, EXPORT_EXAMPLES) == 0)
		rc = run(e, m, t->tape, &feed, &data->validation);
	feed_release(&feed);
	return rc;
}
