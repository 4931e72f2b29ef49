/* check_export_onnx.c -- networks as ONNX models: their bytes, read back by a reader of the tests' own. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/export/export.h"
#include "src/export/onnx.h"
#include "src/store/file.h"
#include "tests/arch_fixture.h"
#include "tests/export_rig.h"
#include "tests/protobuf_reader.h"
#include "tests/skip.h"

/* Fields of the schema that are looked at. */
enum {
	MODEL_IR_VERSION = 1, MODEL_DOC = 6, MODEL_GRAPH = 7, MODEL_OPSET = 8, MODEL_METADATA = 14, OPSET_VERSION = 2,
	GRAPH_NODE = 1, GRAPH_INITIALIZER = 5, GRAPH_INPUT = 11, GRAPH_OUTPUT = 12, GRAPH_VALUE = 13,
	NODE_INPUT = 1, NODE_OUTPUT = 2, NODE_NAME = 3, NODE_TYPE = 4, NODE_ATTRIBUTE = 5,
	ATTRIBUTE_NAME = 1, ATTRIBUTE_FLOAT = 2, ATTRIBUTE_INT = 3, ATTRIBUTE_INTS = 8, ATTRIBUTE_TYPE = 20,
	TENSOR_DIM = 1, TENSOR_TYPE = 2, TENSOR_NAME = 8, TENSOR_RAW = 9,
	VALUE_NAME = 1, VALUE_TYPE = 2, TYPE_TENSOR = 1, TENSOR_SHAPE = 2, SHAPE_DIM = 1, DIM_VALUE = 1, DIM_NAME = 2,
};

static struct protobuf written;
static struct message model, graph;

static void after(void)
{
	protobuf_release(&written);
}

static void write_model(const struct exported *net)
{
	ck_assert_msg(onnx_model(&written, net) == 0, "%s", err_last());
	model = (struct message){ written.data, written.size };
	graph = message_part(model, MODEL_GRAPH, 0);
}

/* ---- a network written by hand, that has every kind of layer ---- */

enum { NUMBERS = 400 };

static float numbers[NUMBERS];

static const struct st_tensor tensors[] = {
	{ "stem.weight", ST_F32, 4, { 8, 3, 3, 3 }, numbers, 0 },
	{ "block1.op1.pointwise.weight", ST_F32, 4, { 4, 4, 1, 1 }, numbers + 1, 0 },
	{ "block1.op1.conv1.weight", ST_F32, 4, { 8, 2, 3, 5 }, numbers + 2, 0 },
	{ "block1.op1.conv3.weight", ST_F32, 4, { 8, 4, 3, 3 }, numbers + 3, 0 },
	{ "norm1.weight", ST_F32, 1, { 16 }, numbers + 4, 0 },
	{ "norm1.bias", ST_F32, 1, { 16 }, numbers + 5, 0 },
	{ "norm1.running_mean", ST_F32, 1, { 16 }, numbers + 6, 0 },
	{ "norm1.running_var", ST_F32, 1, { 16 }, numbers + 7, 0 },
	{ "linear.weight", ST_F32, 2, { 2, 16 }, numbers + 8, 0 },
	{ "linear.bias", ST_F32, 1, { 2 }, numbers + 9, 0 },
};
enum { TENSORS = sizeof(tensors) / sizeof(*tensors) };

#define SIDES(h, w) .axes = 2, .side = { h, w }
#define CONV(...) { .axes = 2, .n = 1, __VA_ARGS__ }
#define DENSE .stride = { 1, 1 }, .dilation = { 1, 1 }

static const struct layer layers[] = {
	{ .kind = LAYER_INPUT, .channels = 3, SIDES(9, 7), .in = { -1, -1 } },
	{ .kind = LAYER_CONV, .name = "stem", .in = { 0, -1 }, .channels = 8, SIDES(5, 4), .weight = 0,
		.conv = CONV(.c_in = 3, .c_out = 8, .groups = 1, .kernel = { 3, 3 }, .stride = { 2, 2 }, .dilation = { 1, 1 }, .pad = { 1, 1 }) },
	{ .kind = LAYER_ACT, .in = { 1, -1 }, .channels = 8, SIDES(5, 4) },
	{ .kind = LAYER_BANKS, .in = { 2, -1 }, .block = 1, .channels = 8, SIDES(5, 4), .bank = 4, .written = 2 },
	{ .kind = LAYER_READ, .in = { 3, -1 }, .block = 1, .op = 1, .channels = 4, SIDES(5, 4), .bank = 4, .banks = 2 },
	{ .kind = LAYER_CONV, .name = "block1.op1.pointwise", .in = { 4, -1 }, .block = 1, .op = 1, .channels = 4, SIDES(5, 4), .weight = 1,
		.conv = CONV(.c_in = 4, .c_out = 4, .groups = 1, .kernel = { 1, 1 }, DENSE) },
	{ .kind = LAYER_ACT, .in = { 5, -1 }, .block = 1, .op = 1, .channels = 4, SIDES(5, 4), .slope = 0.25f },
	{ .kind = LAYER_CONV, .name = "block1.op1.conv1", .in = { 6, -1 }, .block = 1, .op = 1, .channels = 8, SIDES(5, 4), .weight = 2,
		.conv = CONV(.c_in = 4, .c_out = 8, .groups = 2, .kernel = { 3, 5 }, .stride = { 1, 1 }, .dilation = { 3, 1 }, .pad = { 3, 2 }) },
	{ .kind = LAYER_CONV, .name = "block1.op1.conv3", .in = { 6, -1 }, .block = 1, .op = 1, .channels = 8, SIDES(5, 4), .weight = 3,
		.conv = CONV(.c_in = 4, .c_out = 8, .groups = 1, .kernel = { 3, 3 }, DENSE, .pad = { 1, 1 }) },
	{ .kind = LAYER_ADD, .in = { 7, 8 }, .block = 1, .op = 1, .channels = 8, SIDES(5, 4) },
	{ .kind = LAYER_WRITE, .in = { 3, 9 }, .block = 1, .op = 1, .channels = 16, SIDES(5, 4), .bank = 4, .banks = 13, .created = 12, .written = 4 },
	{ .kind = LAYER_READ, .in = { 10, -1 }, .block = 1, .channels = 16, SIDES(5, 4), .bank = 4, .banks = 15 },
	{ .kind = LAYER_NORM, .name = "norm1", .in = { 11, -1 }, .channels = 16, SIDES(5, 4), .weight = 4, .bias = 5, .mean = 6, .variance = 7,
		.epsilon = 0.5f },
	{ .kind = LAYER_ACT, .in = { 12, -1 }, .channels = 16, SIDES(5, 4) },
	{ .kind = LAYER_POOL, .in = { 13, -1 }, .channels = 16, SIDES(3, 2) },
	{ .kind = LAYER_ADD, .in = { 14, 14 }, .channels = 16, SIDES(3, 2) },
	{ .kind = LAYER_ADD, .in = { 15, 14 }, .channels = 16, SIDES(3, 2) },
	{ .kind = LAYER_GLOBAL_POOL, .in = { 16, -1 }, .channels = 16 },
	{ .kind = LAYER_LINEAR, .name = "linear", .in = { 17, -1 }, .channels = 2, .weight = 8, .bias = 9 },
};
enum { LAYERS = sizeof(layers) / sizeof(*layers) };

static const char *const expected_nodes =
	"Conv stem(input, stem.weight) = stem; dilations 1 1; group 1; kernel_shape 3 3; pads 1 1 1 1; strides 2 2\n"
	"Relu stem.relu(stem) = stem.relu\n"
	"Split block1.split(stem.relu) = block1.bank0, block1.bank1; axis 1\n"
	"Conv block1.op1.pointwise(block1.bank1, block1.op1.pointwise.weight) = block1.op1.pointwise; dilations 1 1; group 1; "
	"kernel_shape 1 1; pads 0 0 0 0; strides 1 1\n"
	"LeakyRelu block1.op1.pointwise.relu(block1.op1.pointwise) = block1.op1.pointwise.relu; alpha 0.25\n"
	"Conv block1.op1.conv1(block1.op1.pointwise.relu, block1.op1.conv1.weight) = block1.op1.conv1; dilations 3 1; group 2; "
	"kernel_shape 3 5; pads 3 2 3 2; strides 1 1\n"
	"Conv block1.op1.conv3(block1.op1.pointwise.relu, block1.op1.conv3.weight) = block1.op1.conv3; dilations 1 1; group 1; "
	"kernel_shape 3 3; pads 1 1 1 1; strides 1 1\n"
	"Add block1.op1.add(block1.op1.conv1, block1.op1.conv3) = block1.op1.add\n"
	"Split block1.op1.split(block1.op1.add) = block1.op1.bank3, block1.op1.bank2; axis 1\n"
	"Add block1.op1.bank0(block1.bank0, block1.op1.bank3) = block1.op1.bank0\n"
	"Concat block1.read(block1.op1.bank0, block1.bank1, block1.op1.bank2, block1.op1.bank3) = block1.read; axis 1\n"
	"BatchNormalization norm1(block1.read, norm1.weight, norm1.bias, norm1.running_mean, norm1.running_var) = norm1; epsilon 0.5\n"
	"Relu norm1.relu(norm1) = norm1.relu\n"
	"AveragePool pool(norm1.relu) = pool; kernel_shape 2 2; strides 2 2; ceil_mode 1\n"
	"Add add(pool, pool) = add\n"
	"Add add2(add, pool) = add2\n"
	"GlobalAveragePool global_pool(add2) = global_pool\n"
	"Flatten flatten(global_pool) = flatten\n"
	"Gemm linear(flatten, linear.weight, linear.bias) = logits; transB 1\n";

static const char *const expected_values =
	"stem 8 5 4, stem.relu 8 5 4, block1.bank0 4 5 4, block1.bank1 4 5 4, block1.op1.pointwise 4 5 4, block1.op1.pointwise.relu 4 5 4, "
	"block1.op1.conv1 8 5 4, block1.op1.conv3 8 5 4, block1.op1.add 8 5 4, block1.op1.bank3 4 5 4, block1.op1.bank2 4 5 4, "
	"block1.op1.bank0 4 5 4, block1.read 16 5 4, norm1 16 5 4, norm1.relu 16 5 4, pool 16 3 2, add 16 3 2, add2 16 3 2, "
	"global_pool 16 1 1, flatten 16, ";

static char *class_names[] = { "Käse", "\"the other\", one" };

/* The layers and tensors of the last call may be changed. */
static struct exported by_hand(void)
{
	static struct layer layer[LAYERS];
	static struct st_tensor tensor[TENSORS];
	struct exported net = {
		.layer = layer, .count = LAYERS, .tensor = tensor, .tensors = TENSORS, .input = { .side = { 9, 7 }, .channels = 3, .classes = 2 },
		.axes = 2, .name = "0123456789ab", .is_arch = true, .arch = fixture_arch, .weights = "generated",
		.weights_text = "generated after 7 of 9 steps", .run = "runs/\xc3\xa4", .data = "images:cheese",
		.normalisation = { 3, { 0.5f, 0.25f, 0.1f }, { 0.125f, 1, 2 } }, .class_name = class_names, .parameters = 5000000000, .macs = 17,
	};

	memcpy(layer, layers, sizeof(layers));
	memcpy(tensor, tensors, sizeof(tensors));
	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = (float)i / 7;
	return net;
}

/* ---- the graph as text ---- */

static void put_attribute(FILE *f, struct message a)
{
	enum { IS_FLOAT = 1, IS_INT = 2, IS_INTS = 7 };
	int type = (int)message_integer(a, ATTRIBUTE_TYPE, 0);

	fprintf(f, "; %.*s", MESSAGE_TEXT(message_part(a, ATTRIBUTE_NAME, 0)));
	if (type == IS_FLOAT)
		fprintf(f, " %g", message_float(a, ATTRIBUTE_FLOAT));
	else if (type == IS_INT)
		fprintf(f, " %d", (int)message_integer(a, ATTRIBUTE_INT, 0));
	else
		ck_assert_int_eq(type, IS_INTS);
	for (int i = 0; i < message_count(a, ATTRIBUTE_INTS); i++)
		fprintf(f, " %d", (int)message_integer(a, ATTRIBUTE_INTS, i));
}

static void put_list(FILE *f, struct message node, int field)
{
	for (int i = 0; i < message_count(node, field); i++)
		fprintf(f, "%s%.*s", i ? ", " : "", MESSAGE_TEXT(message_part(node, field, i)));
}

static void put_node(FILE *f, struct message node)
{
	fprintf(f, "%.*s %.*s(", MESSAGE_TEXT(message_part(node, NODE_TYPE, 0)), MESSAGE_TEXT(message_part(node, NODE_NAME, 0)));
	put_list(f, node, NODE_INPUT);
	fputs(") = ", f);
	put_list(f, node, NODE_OUTPUT);
	for (int i = 0; i < message_count(node, NODE_ATTRIBUTE); i++)
		put_attribute(f, message_part(node, NODE_ATTRIBUTE, i));
	fputc('\n', f);
}

/* "stem 8 5 4": the first dim is the batch, which has a name. */
static void put_value(FILE *f, struct message value)
{
	struct message tensor = message_part(message_part(value, VALUE_TYPE, 0), TYPE_TENSOR, 0), shape = message_part(tensor, TENSOR_SHAPE, 0);

	fprintf(f, "%.*s", MESSAGE_TEXT(message_part(value, VALUE_NAME, 0)));
	ck_assert(message_is(message_part(message_part(shape, SHAPE_DIM, 0), DIM_NAME, 0), "batch"));
	for (int i = 1; i < message_count(shape, SHAPE_DIM); i++)
		fprintf(f, " %d", (int)message_integer(message_part(shape, SHAPE_DIM, i), DIM_VALUE, 0));
	fputs(", ", f);
}

static char *graph_text(int field, void (*put)(FILE *, struct message))
{
	char *text = NULL;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	for (int i = 0; i < message_count(graph, field); i++)
		put(f, message_part(graph, field, i));
	fclose(f);
	return text;
}

static void check_graph_text(int field, void (*put)(FILE *, struct message), const char *expected)
{
	char *text = graph_text(field, put);

	ck_assert_str_eq(text, expected);
	free(text);
}

START_TEST(a_layer_is_the_node_of_its_name)
{
	struct exported net = by_hand();

	write_model(&net);
	check_graph_text(GRAPH_NODE, put_node, expected_nodes);
}
END_TEST

START_TEST(all_values_have_shapes_and_any_batch)
{
	struct exported net = by_hand();

	write_model(&net);
	check_graph_text(GRAPH_VALUE, put_value, expected_values);
	check_graph_text(GRAPH_INPUT, put_value, "input 3 9 7, ");
	check_graph_text(GRAPH_OUTPUT, put_value, "logits 2, ");
}
END_TEST

START_TEST(an_even_edge_is_pooled_as_everywhere)
{
	struct exported net = by_hand();
	char *text;

	net.layer[13].side[0] = 6;
	write_model(&net);
	text = graph_text(GRAPH_NODE, put_node);
	ck_assert(strstr(text, "AveragePool pool(norm1.relu) = pool; kernel_shape 2 2; strides 2 2\n") != NULL);
	free(text);
}
END_TEST

START_TEST(tensors_keep_names_shapes_and_values)
{
	struct exported net = by_hand();

	write_model(&net);
	ck_assert_int_eq(message_count(graph, GRAPH_INITIALIZER), TENSORS);
	for (int i = 0; i < TENSORS; i++) {
		struct message t = message_part(graph, GRAPH_INITIALIZER, i), raw = message_part(t, TENSOR_RAW, 0);

		ck_assert(message_is(message_part(t, TENSOR_NAME, 0), tensors[i].name));
		ck_assert_int_eq(message_integer(t, TENSOR_TYPE, 0), 1);
		ck_assert_int_eq(message_count(t, TENSOR_DIM), tensors[i].rank);
		for (int k = 0; k < tensors[i].rank; k++)
			ck_assert_int_eq(message_integer(t, TENSOR_DIM, k), tensors[i].dim[k]);
		ck_assert_uint_eq(raw.size, st_bytes(&tensors[i]));
		ck_assert_mem_eq(raw.data, tensors[i].data, raw.size);
	}
}
END_TEST

/* ---- the model ---- */

/* What the metadata have under a key, as text. */
static char *metadata(const char *key)
{
	for (int i = 0; i < message_count(model, MODEL_METADATA); i++) {
		struct message entry = message_part(model, MODEL_METADATA, i), value = message_part(entry, 2, 0);

		if (message_is(message_part(entry, 1, 0), key))
			return strndup((const char *)value.data, value.size);
	}
	ck_abort_msg("the metadata have no %s", key);
}

static void check_metadata(const char *key, const char *expected)
{
	char *value = metadata(key);

	ck_assert_str_eq(value, expected);
	free(value);
}

START_TEST(a_model_says_what_it_is)
{
	struct exported net = by_hand();
	struct arch arch;
	char *text;
	json_t *document;

	write_model(&net);
	ck_assert_int_eq(message_integer(model, MODEL_IR_VERSION, 0), 7);
	ck_assert_int_eq(message_integer(message_part(model, MODEL_OPSET, 0), OPSET_VERSION, 0), 13);
	ck_assert(message_is(message_part(model, MODEL_DOC, 0),
	                     "0123456789ab, a network of smashtop for images:cheese. Weights: generated after 7 of 9 steps."));
	check_metadata("name", "0123456789ab");
	check_metadata("weights", "generated");
	check_metadata("weights_are", "generated after 7 of 9 steps");
	check_metadata("run", "runs/\xc3\xa4");
	check_metadata("data", "images:cheese");
	check_metadata("normalisation", "{\"mean\":[0.5,0.25,0.100000001],\"deviation\":[0.125,1.0,2.0]}");
	check_metadata("class_names", "[\"Käse\",\"\\\"the other\\\", one\"]");
	check_metadata("parameters", "5000000000");
	check_metadata("multiply_accumulates", "17");
	text = metadata("architecture");
	document = json_loads(text, 0, NULL);
	ck_assert_msg(arch_from_json(&arch, document, &fixture_space) == 0, "%s", err_last());
	ck_assert(arch_equal(&arch, &fixture_arch));
	json_decref(document);
	free(text);
}
END_TEST

START_TEST(a_folder_whose_name_is_no_text_is_text_in_the_metadata)
{
	struct exported net = by_hand();

	strcpy(net.run, "runs/\xff");
	write_model(&net);
	check_metadata("run", "runs/\xef\xbf\xbd");
}
END_TEST

START_TEST(a_network_without_an_architecture_has_none_in_its_metadata)
{
	struct exported net = by_hand();

	net.is_arch = false;
	write_model(&net);
	for (int i = 0; i < message_count(model, MODEL_METADATA); i++)
		ck_assert(!message_is(message_part(message_part(model, MODEL_METADATA, i), 1, 0), "architecture"));
}
END_TEST

START_TEST(more_than_two_gigabytes_are_refused_in_one_line)
{
	struct exported net = by_hand();

	net.tensor[0].dim[0] = 1 << 25;                             /* of 27 floats */
	ck_assert_int_eq(onnx_model(&written, &net), -1);
	ck_assert_str_eq(err_last(), "0123456789ab: more than 2 GiB, the most that such a file can hold");
}
END_TEST

/* ---- the wire ---- */

START_TEST(numbers_and_lengths_of_any_size_are_read_back)
{
	static const int64_t integers[] = { 0, 1, 127, 128, 300, INT32_MAX, INT64_MAX, -1, INT64_MIN };
	static const int sizes[] = { 0, 1, 127, 128, 16383, 16384, 100000 };
	static char content[100000];
	struct message m;

	memset(content, 'x', sizeof(content));
	for (size_t i = 0; i < sizeof(integers) / sizeof(*integers); i++)
		protobuf_integer(&written, 536870911, integers[i]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		size_t outer = protobuf_open(&written, 16), inner = protobuf_open(&written, 1);

		protobuf_bytes(&written, 15, content, (size_t)sizes[i]);
		protobuf_float(&written, 2, -0.1f);
		protobuf_close(&written, inner);
		protobuf_integer(&written, 3, 5);
		protobuf_close(&written, outer);
	}
	ck_assert_ptr_null(written.problem);
	m = (struct message){ written.data, written.size };
	for (size_t i = 0; i < sizeof(integers) / sizeof(*integers); i++)
		ck_assert_int_eq(message_integer(m, 536870911, (int)i), integers[i]);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		struct message outer = message_part(m, 16, (int)i), inner = message_part(outer, 1, 0), bytes = message_part(inner, 15, 0);

		ck_assert_uint_eq(bytes.size, (size_t)sizes[i]);
		ck_assert_mem_eq(bytes.data, content, bytes.size);
		ck_assert(message_float(inner, 2) == -0.1f);
		ck_assert_int_eq(message_integer(outer, 3, 0), 5);
	}
}
END_TEST

/* ---- run by others ---- */

enum { QUICK = 1 };

/* Models with examples below the rig's folder, for tests/onnx_runs.py. */
struct models {
	const char *folder;
	int count;
};

static void write_file(const struct models *m, const char *ending, const void *data, size_t bytes)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%d%s", m->folder, m->count, ending);
	f = fopen(path, "wb");
	ck_assert(f && fwrite(data, 1, bytes, f) == bytes && fclose(f) == 0);
}

static void add_model(struct models *m, struct exported *e)
{
	size_t input = (size_t)e->examples * (size_t)e->input.channels;
	char path[400];
	FILE *list;

	write_model(e);
	write_file(m, ".onnx", written.data, written.size);
	protobuf_release(&written);
	snprintf(path, sizeof(path), "%s/list", m->folder);
	list = fopen(path, "a");
	fprintf(list, "%d %d %d", m->count, e->examples, e->input.channels);
	for (int a = 0; a < e->axes; a++) {
		fprintf(list, " %d", e->input.side[a]);
		input *= (size_t)e->input.side[a];
	}
	fputc('\n', list);
	fclose(list);
	write_file(m, ".input", e->example_input, input * sizeof(float));
	write_file(m, ".output", e->example_output, (size_t)e->examples * (size_t)e->input.classes * sizeof(float));
	m->count++;
	exported_release(e);
}

START_TEST(others_compute_what_smashtop_does)
{
	const struct export_space *space = &export_spaces[_i];
	struct export_rig rig;
	struct models models = { 0 };
	struct exported e;
	struct arch arch;
	struct rng rng;

	rng_seed(&rng, 11, (uint64_t)_i);
	export_rig_open(&rig, space->preset, space->axes, space->stem_stride);
	models.folder = rig.folder;
	for (int i = 0; i < (export_everything() ? EXPORT_EACH : QUICK); i++) {
		arch_sample(&arch, &rig.trainer->layout.space, space->axes, 0, &rng);
		export_rig_generated(&rig, &arch, &e);
		add_model(&models, &e);
		export_rig_retrained(&rig, &arch, NULL, i % 4 == 3, &e);
		add_model(&models, &e);
	}
	export_check_runs("onnx_runs.py", rig.folder, models.count);
	export_rig_close(&rig);
}
END_TEST

static bool arch_at(void *context, int i, struct arch *arch)
{
	(void)i;
	*arch = *(const struct arch *)context;
	return true;
}

START_TEST(a_file_is_the_model_with_the_weights_that_are_asked_for)
{
	struct export_rig rig;
	struct exported e;
	struct arch arch;
	struct rng rng;
	char path[300], text[96];

	rng_seed(&rng, 17, 0);
	export_rig_open(&rig, "tiny", 2, 0);
	arch_sample(&arch, &rig.trainer->layout.space, 2, 0, &rng);
	snprintf(path, sizeof(path), "%s/it.onnx", rig.folder);
	export_rig_retrained(&rig, &arch, NULL, false, &e);
	exported_release(&e);
	for (enum export_weights weights = 0; weights < EXPORT_WEIGHTS; weights++) {
		struct export_source source = {
			.count = 1, .arch = arch_at, .context = &arch, .run_path = rig.run->path, .trainer = rig.trainer, .weights = weights,
		};
		size_t bytes;
		void *content;

		ck_assert_msg(export_file(export_of_file(path), &source, path, true, text, sizeof(text)) == 0, "%s", err_last());
		ck_assert_msg(strncmp(text, "1 network, ", 11) == 0, "%s", text);
		ck_assert_int_eq(export_network(&e, &source, 0), 0);
		write_model(&e);
		content = file_read(path, 1 << 24, &bytes);
		ck_assert_uint_eq(bytes, written.size);
		ck_assert_mem_eq(content, written.data, written.size);
		check_metadata("weights", export_weights_names[weights]);
		free(content);
		exported_release(&e);
		protobuf_release(&written);
	}
	export_rig_close(&rig);
}
END_TEST

START_TEST(others_compute_what_named_networks_do)
{
	struct export_rig rig;
	struct models models = { 0 };
	struct exported e;
	struct arch arch;

	export_rig_open(&rig, "small", 2, 0);
	models.folder = rig.folder;
	export_rig_retrained(&rig, NULL, "wrn-10-1", false, &e);
	add_model(&models, &e);
	for (int i = 0; i < pattern_count; i++) {
		ck_assert_msg(pattern_make(&arch, patterns[i].name, &rig.trainer->layout.space, 2) == 0, "%s", err_last());
		export_rig_generated(&rig, &arch, &e);
		add_model(&models, &e);
	}
	export_check_runs("onnx_runs.py", rig.folder, models.count);
	export_rig_close(&rig);
}
END_TEST

int main(void)
{
	bool possible = export_python_has("numpy, onnxruntime");
	Suite *suite = suite_create("export_onnx");
	TCase *tcase = tcase_create("model");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tcase, NULL, after);
	tcase_add_test(tcase, a_layer_is_the_node_of_its_name);
	tcase_add_test(tcase, all_values_have_shapes_and_any_batch);
	tcase_add_test(tcase, an_even_edge_is_pooled_as_everywhere);
	tcase_add_test(tcase, tensors_keep_names_shapes_and_values);
	tcase_add_test(tcase, a_model_says_what_it_is);
	tcase_add_test(tcase, a_folder_whose_name_is_no_text_is_text_in_the_metadata);
	tcase_add_test(tcase, a_network_without_an_architecture_has_none_in_its_metadata);
	tcase_add_test(tcase, more_than_two_gigabytes_are_refused_in_one_line);
	tcase_add_test(tcase, numbers_and_lengths_of_any_size_are_read_back);
	suite_add_tcase(suite, tcase);
	tcase = tcase_create("networks");
	tcase_add_checked_fixture(tcase, NULL, after);
	if (export_everything())
		tcase_set_timeout(tcase, 3600);
	tcase_add_test(tcase, a_file_is_the_model_with_the_weights_that_are_asked_for);
	TCASE_ADD_OR_SKIP(tcase, others_compute_what_named_networks_do, possible, "no onnxruntime");
	if (possible)
		tcase_add_loop_test(tcase, others_compute_what_smashtop_does, 0, export_everything() ? EXPORT_SPACES : EXPORT_SPACES_QUICK);
	else
		TCASE_ADD_OR_SKIP(tcase, others_compute_what_smashtop_does, false, "no onnxruntime");
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
