/*
 * onnx.c -- a network as an ONNX model: each layer is the node of the same name in ONNX, but for banks. There each bank is a value of its
 * own; a read is a Concat, a write cuts what it writes in pieces (Split), which new banks take as they are and others add (Add).
 *
 * Opset 13 with IR version 7 are those of ONNX 1.8 (2020). Nothing in here needs newer ones, and readers accept all that are older than they.
 */
#include "src/export/onnx.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "src/arch/bits.h"
#include "src/base/clean.h"
#include "src/base/err.h"
#include "src/export/export.h"

enum { IR_VERSION = 7, OPSET = 13, NAME = 96, TEXT = 1200 };

/* Numbers of fields and of values, from the schema (onnx.proto). */
enum {
	MODEL_IR_VERSION = 1, MODEL_PRODUCER_NAME = 2, MODEL_PRODUCER_VERSION = 3, MODEL_DOC = 6, MODEL_GRAPH = 7, MODEL_OPSET = 8,
	MODEL_METADATA = 14,
	OPSET_VERSION = 2,
	METADATA_KEY = 1, METADATA_VALUE = 2,
	GRAPH_NODE = 1, GRAPH_NAME = 2, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12, GRAPH_VALUE = 13,
	NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_TYPE = 4, NODE_ATTRIBUTE = 5,
	ATTRIBUTE_NAME = 1, ATTRIBUTE_FLOAT = 2, ATTRIBUTE_INT = 3, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20,
	ATTRIBUTE_IS_FLOAT = 1, ATTRIBUTE_IS_INT = 2, ATTRIBUTE_IS_INTS = 7,
	TENSOR_DIM = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9,
	TYPE_FLOAT = 1,
	VALUE_NAME = 1, VALUE_TYPE = 2, VALUE_DOC = 3,
	TYPE_TENSOR = 1, TENSOR_TYPE_ELEMENT = 1, TENSOR_TYPE_SHAPE = 2,
	SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2,
};

struct writer {
	struct protobuf *out;
	const struct exported *net;
	char (*value)[NAME];             /* of each layer; a state has none */
	char bank[BANKS_MAX][NAME];      /* the values of the banks of the block, as they are now */
	int nameless[LAYER_KINDS];       /* layers so far that have no name and no block */
};

/* ---- pieces of the graph ---- */

static size_t open_node(struct writer *w, const char *type, const char *name)
{
	size_t node = protobuf_open(w->out, GRAPH_NODE);

	protobuf_string(w->out, NODE_TYPE, type);
	protobuf_string(w->out, NODE_NAME, name);
	return node;
}

static void input(struct writer *w, const char *value)
{
	protobuf_string(w->out, NODE_INPUT, value);
}

static void input_tensor(struct writer *w, int tensor)
{
	input(w, w->net->tensor[tensor].name);
}

static void output(struct writer *w, const char *value)
{
	protobuf_string(w->out, NODE_OUTPUT, value);
}

static size_t open_attribute(struct writer *w, const char *name, int type)
{
	size_t attribute = protobuf_open(w->out, NODE_ATTRIBUTE);

	protobuf_string(w->out, ATTRIBUTE_NAME, name);
	protobuf_integer(w->out, ATTRIBUTE_TYPE, type);
	return attribute;
}

static void set_float(struct writer *w, const char *name, float value)
{
	size_t attribute = open_attribute(w, name, ATTRIBUTE_IS_FLOAT);

	protobuf_float(w->out, ATTRIBUTE_FLOAT, value);
	protobuf_close(w->out, attribute);
}

static void set_int(struct writer *w, const char *name, int value)
{
	size_t attribute = open_attribute(w, name, ATTRIBUTE_IS_INT);

	protobuf_integer(w->out, ATTRIBUTE_INT, value);
	protobuf_close(w->out, attribute);
}

/* For each axis one, `times` over. */
static void set_axes(struct writer *w, const char *name, const int *value, int axes, int times)
{
	size_t attribute = open_attribute(w, name, ATTRIBUTE_IS_INTS);

	for (int i = 0; i < times * axes; i++)
		protobuf_integer(w->out, ATTRIBUTE_INTS, value[i % axes]);
	protobuf_close(w->out, attribute);
}

static void add_dim(struct writer *w, const char *name, int value)
{
	size_t dim = protobuf_open(w->out, SHAPE_DIM);

	if (name)
		protobuf_string(w->out, DIM_NAME, name);
	else
		protobuf_integer(w->out, DIM_VALUE, value);
	protobuf_close(w->out, dim);
}

/* A value of the graph: [batch, channels, side…]. */
static void declare(struct writer *w, int field, const char *name, int channels, const int *side, int axes, const char *doc)
{
	struct protobuf *out = w->out;
	size_t value = protobuf_open(out, field), type, tensor, shape;

	protobuf_string(out, VALUE_NAME, name);
	type = protobuf_open(out, VALUE_TYPE);
	tensor = protobuf_open(out, TYPE_TENSOR);
	protobuf_integer(out, TENSOR_TYPE_ELEMENT, TYPE_FLOAT);
	shape = protobuf_open(out, TENSOR_TYPE_SHAPE);
	add_dim(w, "batch", 0);
	add_dim(w, NULL, channels);
	for (int a = 0; a < axes; a++)
		add_dim(w, NULL, side[a]);
	protobuf_close(out, shape);
	protobuf_close(out, tensor);
	protobuf_close(out, type);
	if (doc)
		protobuf_string(out, VALUE_DOC, doc);
	protobuf_close(out, value);
}

/* ---- names ---- */

static const char *in(const struct writer *w, const struct layer *l, int i)
{
	return w->value[l->in[i]];
}

static void name_format(char name[NAME], const char *format, ...) __attribute__((format(printf, 2, 3)));
static void name_format(char name[NAME], const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(name, NAME, format, args);
	va_end(args);
}

/* "block1.op2.read"; outside of blocks "pool", "pool2" … */
static void name_place(struct writer *w, const struct layer *l, const char *word, char name[NAME])
{
	if (l->op)
		name_format(name, "block%d.op%d.%s", l->block, l->op, word);
	else if (l->block)
		name_format(name, "block%d.%s", l->block, word);
	else if (w->nameless[l->kind]++)
		name_format(name, "%s%d", word, w->nameless[l->kind]);
	else
		name_format(name, "%s", word);
}

/* ---- layers ---- */

static bool is_last(const struct writer *w, const struct layer *l)
{
	return l == &w->net->layer[w->net->count - 1];
}

/* A node that gives the layer's value. The value has the node's name. */
static size_t begin(struct writer *w, const struct layer *l, const char *type, const char *name)
{
	char *value = w->value[l - w->net->layer];
	size_t node = open_node(w, type, name);

	name_format(value, "%s", is_last(w, l) ? "logits" : name);
	output(w, value);
	return node;
}

static void end(struct writer *w, const struct layer *l, size_t node)
{
	protobuf_close(w->out, node);
	if (!is_last(w, l))                      /* the graph's output is declared as that */
		declare(w, GRAPH_VALUE, w->value[l - w->net->layer], l->channels, l->side, l->axes, NULL);
}

static void write_input(struct writer *w, const struct layer *l)
{
	name_format(w->value[l - w->net->layer], "input");
}

static void write_conv(struct writer *w, const struct layer *l)
{
	const struct conv *c = &l->conv;
	size_t node = begin(w, l, "Conv", l->name);

	input(w, in(w, l, 0));
	input_tensor(w, l->weight);
	set_axes(w, "dilations", c->dilation, c->axes, 1);
	set_int(w, "group", c->groups);
	set_axes(w, "kernel_shape", c->kernel, c->axes, 1);
	set_axes(w, "pads", c->pad, c->axes, 2);
	set_axes(w, "strides", c->stride, c->axes, 1);
	end(w, l, node);
}

static void write_norm(struct writer *w, const struct layer *l)
{
	size_t node = begin(w, l, "BatchNormalization", l->name);

	input(w, in(w, l, 0));
	input_tensor(w, l->weight);
	input_tensor(w, l->bias);
	input_tensor(w, l->mean);
	input_tensor(w, l->variance);
	set_float(w, "epsilon", l->epsilon);
	end(w, l, node);
}

static void write_act(struct writer *w, const struct layer *l)
{
	char name[NAME];
	size_t node;

	name_format(name, "%.80s.relu", in(w, l, 0));
	node = begin(w, l, l->slope == 0 ? "Relu" : "LeakyRelu", name);
	input(w, in(w, l, 0));
	if (l->slope != 0)
		set_float(w, "alpha", l->slope);
	end(w, l, node);
}

static void write_add(struct writer *w, const struct layer *l)
{
	char name[NAME];
	size_t node;

	name_place(w, l, "add", name);
	node = begin(w, l, "Add", name);
	input(w, in(w, l, 0));
	input(w, in(w, l, 1));
	end(w, l, node);
}

/* The padding of ceil_mode is not counted: an odd edge is averaged over what is there. */
static void write_pool(struct writer *w, const struct layer *l)
{
	static const int two[AXES_MAX] = { 2, 2, 2 };
	const struct layer *from = &w->net->layer[l->in[0]];
	bool odd = false;
	char name[NAME];
	size_t node;

	name_place(w, l, "pool", name);
	node = begin(w, l, "AveragePool", name);
	input(w, in(w, l, 0));
	set_axes(w, "kernel_shape", two, l->axes, 1);
	set_axes(w, "strides", two, l->axes, 1);
	for (int a = 0; a < l->axes; a++)
		odd |= from->side[a] % 2;
	if (odd)
		set_int(w, "ceil_mode", 1);
	end(w, l, node);
}

/* It leaves sides of 1, which Flatten takes away. */
static void write_global_pool(struct writer *w, const struct layer *l)
{
	static const int one[AXES_MAX] = { 1, 1, 1 };
	char name[NAME];
	size_t node;

	name_place(w, l, "global_pool", name);
	node = open_node(w, "GlobalAveragePool", name);
	input(w, in(w, l, 0));
	output(w, name);
	protobuf_close(w->out, node);
	declare(w, GRAPH_VALUE, name, l->channels, one, w->net->axes, NULL);
	node = begin(w, l, "Flatten", "flatten");
	input(w, name);
	end(w, l, node);
}

static void write_linear(struct writer *w, const struct layer *l)
{
	size_t node = begin(w, l, "Gemm", l->name);

	input(w, in(w, l, 0));
	input_tensor(w, l->weight);
	input_tensor(w, l->bias);
	set_int(w, "transB", 1);
	end(w, l, node);
}

/* ---- banks ---- */

/* Cuts a value in pieces of as many channels as a bank has, which have names. A single piece is the value itself. */
static void cut(struct writer *w, const struct layer *l, const char *from, int pieces, char (*piece)[NAME])
{
	char name[NAME];
	size_t node;

	if (pieces == 1) {
		name_format(piece[0], "%s", from);
		return;
	}
	name_place(w, l, "split", name);
	node = open_node(w, "Split", name);
	input(w, from);
	for (int i = 0; i < pieces; i++)
		output(w, piece[i]);
	set_int(w, "axis", 1);
	protobuf_close(w->out, node);
	for (int i = 0; i < pieces; i++)
		declare(w, GRAPH_VALUE, piece[i], l->bank, l->side, l->axes, NULL);
}

static void name_numbered(struct writer *w, const struct layer *l, const char *word, int i, char name[NAME])
{
	char numbered[16];

	snprintf(numbered, sizeof(numbered), "%s%d", word, i);
	name_place(w, l, numbered, name);
}

static void write_banks(struct writer *w, const struct layer *l)
{
	for (int b = 0; b < l->written; b++)
		name_numbered(w, l, "bank", b, w->bank[b]);
	cut(w, l, in(w, l, 0), l->written, w->bank);
}

static void write_read(struct writer *w, const struct layer *l)
{
	char name[NAME];
	size_t node;

	if ((l->banks & (l->banks - 1)) == 0) {
		name_format(w->value[l - w->net->layer], "%s", w->bank[bits_first(l->banks)]);
		return;
	}
	name_place(w, l, "read", name);
	node = begin(w, l, "Concat", name);
	for (int b = 0; b < BANKS_MAX; b++)
		if (l->banks >> b & 1)
			input(w, w->bank[b]);
	set_int(w, "axis", 1);
	end(w, l, node);
}

static void write_onto(struct writer *w, const struct layer *l, int b, const char *piece)
{
	char name[NAME];
	size_t node;

	name_numbered(w, l, "bank", b, name);
	node = open_node(w, "Add", name);
	input(w, w->bank[b]);
	input(w, piece);
	output(w, name);
	protobuf_close(w->out, node);
	declare(w, GRAPH_VALUE, name, l->bank, l->side, l->axes, NULL);
	name_format(w->bank[b], "%s", name);
}

/* A piece that fills a bank has the bank's name; of several the last one's. */
static void name_pieces(struct writer *w, const struct layer *l, int units, char (*piece)[NAME])
{
	int j = 0;

	for (int i = 0; i < units / l->bank; i++)
		name_numbered(w, l, "piece", i, piece[i]);
	for (int b = 0; b < BANKS_MAX; b++) {
		if (l->created >> b & 1)
			name_numbered(w, l, "bank", b, piece[layer_piece(l, j, units) / l->bank]);
		j += l->banks >> b & 1;
	}
}

static void write_write(struct writer *w, const struct layer *l)
{
	int units = w->net->layer[l->in[1]].channels, j = 0;
	char piece[BANKS_MAX][NAME];

	name_pieces(w, l, units, piece);
	cut(w, l, in(w, l, 1), units / l->bank, piece);
	for (int b = 0; b < BANKS_MAX; b++) {
		const char *from;

		if (!(l->banks >> b & 1))
			continue;
		from = piece[layer_piece(l, j++, units) / l->bank];
		if (l->created >> b & 1)
			name_format(w->bank[b], "%s", from);
		else
			write_onto(w, l, b, from);
	}
}

static void (*const writers[LAYER_KINDS])(struct writer *, const struct layer *) = {
	[LAYER_INPUT] = write_input, [LAYER_CONV] = write_conv, [LAYER_NORM] = write_norm, [LAYER_ACT] = write_act, [LAYER_ADD] = write_add,
	[LAYER_POOL] = write_pool, [LAYER_GLOBAL_POOL] = write_global_pool, [LAYER_LINEAR] = write_linear, [LAYER_BANKS] = write_banks,
	[LAYER_READ] = write_read, [LAYER_WRITE] = write_write,
};

/* ---- the model ---- */

static void write_tensor(struct writer *w, const struct st_tensor *t)
{
	size_t tensor = protobuf_open(w->out, GRAPH_INITIALIZER);

	for (int i = 0; i < t->rank; i++)
		protobuf_integer(w->out, TENSOR_DIM, t->dim[i]);
	protobuf_integer(w->out, TENSOR_TYPE, TYPE_FLOAT);
	protobuf_string(w->out, TENSOR_NAME, t->name);
	protobuf_bytes(w->out, TENSOR_RAW, t->data, st_bytes(t));
	protobuf_close(w->out, tensor);
}

static void write_graph(struct writer *w)
{
	const struct exported *net = w->net;
	size_t graph = protobuf_open(w->out, MODEL_GRAPH);

	protobuf_string(w->out, GRAPH_NAME, net->name);
	declare(w, GRAPH_INPUT, "input", net->input.channels, net->input.side, net->axes,
		"images, each channel (pixel / 255 - mean) / deviation; both stand in the model's metadata under normalisation");
	declare(w, GRAPH_OUTPUT, "logits", net->input.classes, NULL, 0, "one a class, as class_names has them in the model's metadata");
	for (int i = 0; i < net->count; i++)
		writers[net->layer[i].kind](w, &net->layer[i]);
	for (int i = 0; i < net->tensors; i++)
		write_tensor(w, &net->tensor[i]);
	protobuf_close(w->out, graph);
}

/* Names of folders need not be UTF-8. */
static void add_text(struct protobuf *out, int field, const char *text)
{
	char *clean = clean_text(text);

	if (clean)
		protobuf_string(out, field, clean);
	else
		out->problem = "out of memory";
	free(clean);
}

static void add_metadata(struct protobuf *out, const char *key, const char *value)
{
	size_t entry = protobuf_open(out, MODEL_METADATA);

	protobuf_string(out, METADATA_KEY, key);
	add_text(out, METADATA_VALUE, value);
	protobuf_close(out, entry);
}

/* Takes the reference. NULL, as jansson gives for what does not fit in memory: a problem. */
static void add_metadata_json(struct protobuf *out, const char *key, json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT | JSON_REAL_PRECISION(9)) : NULL;

	if (text)
		add_metadata(out, key, text);
	else
		out->problem = "out of memory";
	free(text);
	json_decref(value);
}

static json_t *normalisation_json(const struct normalisation *n)
{
	json_t *mean = json_array(), *deviation = json_array();

	for (int c = 0; c < n->channels; c++) {
		json_array_append_new(mean, json_real(n->mean[c]));
		json_array_append_new(deviation, json_real(n->deviation[c]));
	}
	return json_pack("{s:o, s:o}", "mean", mean, "deviation", deviation);
}

static json_t *class_names_json(const struct exported *net)
{
	json_t *names = json_array();

	for (int i = 0; i < net->input.classes; i++)
		json_array_append_new(names, json_string(net->class_name[i]));
	return names;
}

static void write_metadata(struct protobuf *out, const struct exported *net)
{
	char parameters[24], macs[24];

	snprintf(parameters, sizeof(parameters), "%" PRId64, net->parameters);
	snprintf(macs, sizeof(macs), "%" PRId64, net->macs);
	add_metadata(out, "name", net->name);
	if (net->is_arch)
		add_metadata_json(out, "architecture", arch_to_json(&net->arch));
	add_metadata(out, "weights", net->weights);
	add_metadata(out, "weights_are", net->weights_text);
	add_metadata(out, "run", net->run);
	add_metadata(out, "data", net->data);
	add_metadata_json(out, "normalisation", normalisation_json(&net->normalisation));
	add_metadata_json(out, "class_names", class_names_json(net));
	add_metadata(out, "parameters", parameters);
	add_metadata(out, "multiply_accumulates", macs);
}

static void write_opset(struct protobuf *out)
{
	size_t opset = protobuf_open(out, MODEL_OPSET);

	protobuf_integer(out, OPSET_VERSION, OPSET);
	protobuf_close(out, opset);
}

static void write_model(struct writer *w)
{
	struct protobuf *out = w->out;
	char doc[TEXT];

	snprintf(doc, sizeof(doc), "%s, a network of smashtop for %s. Weights: %s.", w->net->name, w->net->data, w->net->weights_text);
	protobuf_integer(out, MODEL_IR_VERSION, IR_VERSION);
	protobuf_string(out, MODEL_PRODUCER_NAME, "smashtop");
	protobuf_string(out, MODEL_PRODUCER_VERSION, PACKAGE_VERSION);
	add_text(out, MODEL_DOC, doc);
	write_graph(w);
	write_opset(out);
	write_metadata(out, w->net);
}

int onnx_model(struct protobuf *to, const struct exported *net)
{
	struct writer w = { .out = to, .net = net, .value = malloc((size_t)net->count * sizeof(*w.value)) };

	if (!w.value)
		return err_set("out of memory");
	write_model(&w);
	free(w.value);
	return to->problem ? err_set("%s: %s", net->name, to->problem) : 0;
}

int export_onnx(FILE *const file[], const struct export_source *s, int i)
{
	struct protobuf model = { 0 };
	struct exported net;
	int rc = -1;

	if (export_network(&net, s, i) == 0 && onnx_model(&model, &net) == 0) {
		fwrite(model.data, 1, model.size, file[0]);
		rc = 0;
	}
	protobuf_release(&model);
	exported_release(&net);
	return rc;
}
