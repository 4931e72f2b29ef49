/*
 * cudnn.c -- cuDNN's backend API for the stand-in: descriptors keep what is set, and a plan that is executed is a convolution read back from
 * them: its dims, strides, pads, dilations, types, alpha and beta, whatever the backend meant. It is computed by the CPU backend, which
 * has been compared with the formulas. Anything cuDNN would refuse is refused: an attribute of a finished descriptor, a pointer less aligned than
 * promised, a plan whose parts are gone.
 */
#include <cudnn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernels/kernels.h"
#include "tests/cuda-standin/libraries.h"
#include "tests/cuda-standin/standin.h"

enum { ATTRIBUTES = 16, ENGINE_NUMBER = 7, WORKSPACE = 64, MAGIC = 0x5d5c };

struct attribute {
	cudnnBackendAttributeName_t name;
	cudnnBackendAttributeType_t type;
	int64_t count;
	unsigned char *data;
};

struct descriptor {
	unsigned magic;
	cudnnBackendDescriptorType_t type;
	bool finished;
	struct attribute attribute[ATTRIBUTES];
	int attributes;
	struct descriptor *engine;       /* of a configuration that the heuristics gave: owned */
};

struct cudnnContext {
	cudaStream_t stream;
};

static char last_error[128];

static cudnnStatus_t refuse(const char *why)
{
	snprintf(last_error, sizeof last_error, "stand-in: %s", why);
	return CUDNN_STATUS_BAD_PARAM;
}

static struct descriptor *descriptor_of(cudnnBackendDescriptor_t d)
{
	struct descriptor *own = d;

	return own && own->magic == MAGIC ? own : NULL;
}

static size_t size_of(cudnnBackendAttributeType_t type)
{
	switch (type) {
	case CUDNN_TYPE_INT64:
	case CUDNN_TYPE_HANDLE:
	case CUDNN_TYPE_VOID_PTR:
	case CUDNN_TYPE_BACKEND_DESCRIPTOR:
	case CUDNN_TYPE_DOUBLE:
		return 8;
	case CUDNN_TYPE_BOOLEAN:
	case CUDNN_TYPE_CHAR:
		return 1;
	default:
		return 4;
	}
}

static const struct attribute *find(const struct descriptor *d, cudnnBackendAttributeName_t name)
{
	for (int i = 0; d && i < d->attributes; i++)
		if (d->attribute[i].name == name)
			return &d->attribute[i];
	return NULL;
}

/* The descriptor that an attribute refers to. */
static struct descriptor *reference(const struct descriptor *d, cudnnBackendAttributeName_t name)
{
	const struct attribute *a = find(d, name);
	void *pointer;

	if (!a || a->type != CUDNN_TYPE_BACKEND_DESCRIPTOR)
		return NULL;
	memcpy(&pointer, a->data, sizeof pointer);
	return descriptor_of(pointer);
}

static void forget(struct descriptor *d)
{
	for (int i = 0; i < d->attributes; i++)
		free(d->attribute[i].data);
	if (d->engine)
		forget(d->engine);
	memset(d, 0, sizeof *d);
	free(d);
}

static cudnnStatus_t create_descriptor(cudnnBackendDescriptorType_t type, cudnnBackendDescriptor_t *given)
{
	struct descriptor *d;

	if (!standin_library_call())
		return CUDNN_STATUS_INTERNAL_ERROR;
	d = calloc(1, sizeof *d);
	if (!d)
		abort();
	d->magic = MAGIC;
	d->type = type;
	*given = d;
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t destroy_descriptor(cudnnBackendDescriptor_t given)
{
	if (!descriptor_of(given))
		return refuse("a descriptor is destroyed that is none");
	forget(given);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_attribute(cudnnBackendDescriptor_t given, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
	int64_t count, const void *value)
{
	struct descriptor *d = descriptor_of(given);
	struct attribute *a;
	size_t bytes = size_of(type) * (size_t)count;

	if (!d || d->finished || d->attributes == ATTRIBUTES || find(d, name))
		return refuse("an attribute of a descriptor that is gone, finished or has it");
	if (type == CUDNN_TYPE_BACKEND_DESCRIPTOR) {
		void *pointer;

		memcpy(&pointer, value, sizeof pointer);
		if (!descriptor_of(pointer) || !descriptor_of(pointer)->finished)
			return refuse("a descriptor that is not finished is referred to");
	}
	a = &d->attribute[d->attributes++];
	*a = (struct attribute){ name, type, count, malloc(bytes ? bytes : 1) };
	if (!a->data)
		abort();
	memcpy(a->data, value, bytes);
	return CUDNN_STATUS_SUCCESS;
}

/* What each kind cannot be finished without; CUDNN_ATTR… are positive, 0 ends a row. */
static const struct {
	cudnnBackendDescriptorType_t type;
	int attribute[8];
} needed[] = {
	{ CUDNN_BACKEND_TENSOR_DESCRIPTOR, { CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_ATTR_TENSOR_STRIDES,
		CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT } },
	{ CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR, { CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_ATTR_CONVOLUTION_COMP_TYPE,
		CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS,
		CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, CUDNN_ATTR_CONVOLUTION_DILATIONS } },
	{ CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR, { CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_ATTR_OPERATIONGRAPH_OPS } },
	{ CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR, { CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_ATTR_ENGINEHEUR_MODE } },
	{ CUDNN_BACKEND_ENGINE_DESCRIPTOR, { CUDNN_ATTR_ENGINE_OPERATION_GRAPH, CUDNN_ATTR_ENGINE_GLOBAL_INDEX } },
	{ CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, { CUDNN_ATTR_ENGINECFG_ENGINE } },
	{ CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR, { CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG } },
	{ CUDNN_BACKEND_VARIANT_PACK_DESCRIPTOR, { CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS,
		CUDNN_ATTR_VARIANT_PACK_WORKSPACE } },
};

static cudnnStatus_t finalize(cudnnBackendDescriptor_t given)
{
	struct descriptor *d = descriptor_of(given);

	if (!standin_library_call())
		return CUDNN_STATUS_INTERNAL_ERROR;
	if (!d || d->finished)
		return refuse("a descriptor is finished that is gone or finished");
	for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
		for (int k = 0; needed[i].type == d->type && needed[i].attribute[k]; k++)
			if (!find(d, (cudnnBackendAttributeName_t)needed[i].attribute[k]))
				return refuse("a descriptor lacks an attribute");
	if (d->type == CUDNN_BACKEND_ENGINE_DESCRIPTOR && standin.no_plans)
		return CUDNN_STATUS_NOT_SUPPORTED;
	d->finished = true;
	return CUDNN_STATUS_SUCCESS;
}

/* Makes `d` the engine of a graph, as cuDNN fills a descriptor that it is given. */
static void fill_engine(struct descriptor *d, struct descriptor *graph)
{
	int64_t number = ENGINE_NUMBER;

	set_attribute(d, CUDNN_ATTR_ENGINE_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &graph);
	set_attribute(d, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1, &number);
	d->finished = true;
}

static cudnnStatus_t heuristics_results(const struct descriptor *d, int64_t *count, void *values)
{
	struct descriptor *config, *graph = reference(d, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH);
	cudnnBackendDescriptor_t engine;

	*count = 0;
	if (standin.no_plans)
		return CUDNN_STATUS_SUCCESS;
	memcpy(&config, values, sizeof config);
	if (!graph || !descriptor_of(config) || create_descriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine) != CUDNN_STATUS_SUCCESS)
		return refuse("the heuristics have no graph or nowhere to write");
	fill_engine(engine, graph);
	set_attribute(config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &engine);
	config->engine = engine;
	config->finished = true;
	*count = 1;
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t config_engine(const struct descriptor *d, int64_t *count, void *values)
{
	struct descriptor *into, *engine = reference(d, CUDNN_ATTR_ENGINECFG_ENGINE);

	memcpy(&into, values, sizeof into);
	if (!engine || !descriptor_of(into))
		return refuse("a configuration without an engine");
	fill_engine(into, reference(engine, CUDNN_ATTR_ENGINE_OPERATION_GRAPH));
	*count = 1;
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t get_attribute(cudnnBackendDescriptor_t const given, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type,
	int64_t room, int64_t *count, void *values)
{
	struct descriptor *d = descriptor_of(given);
	int64_t number = name == CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE ? WORKSPACE : ENGINE_NUMBER;

	(void)type;
	if (!standin_library_call())
		return CUDNN_STATUS_INTERNAL_ERROR;
	if (!d || !d->finished || room < 1)
		return refuse("an attribute is asked of a descriptor that is gone or not finished");
	switch (name) {
	case CUDNN_ATTR_ENGINEHEUR_RESULTS:
		return heuristics_results(d, count, values);
	case CUDNN_ATTR_ENGINECFG_ENGINE:
		return config_engine(d, count, values);
	case CUDNN_ATTR_ENGINE_NUMERICAL_NOTE:
	case CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE:
		*count = 0;
		return CUDNN_STATUS_SUCCESS;
	case CUDNN_ATTR_ENGINE_GLOBAL_INDEX:
	case CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE:
		memcpy(values, &number, sizeof number);
		*count = 1;
		return CUDNN_STATUS_SUCCESS;
	default:
		return refuse("an attribute that the stand-in does not answer");
	}
}

/* --- executing --- */

enum { X, W, Y, TENSORS };

struct job {
	struct conv conv;
	int direction;                   /* the tensor that is written */
	bool half;
	float alpha, beta;
	void *at[TENSORS];
	size_t count[TENSORS];
};

static const struct operation {
	cudnnBackendDescriptorType_t type;
	cudnnBackendAttributeName_t tensor[TENSORS], conv, alpha, beta;
	int written;
} operations[] = {
	{ CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR, { CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X,
		CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y },
		CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA,
		CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA, Y },
	{ CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR, { CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX,
		CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY },
		CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA,
		CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA, X },
	{ CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR, { CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X,
		CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY },
		CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA,
		CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA, W },
};

static const char *const operation_lacks = "an operation lacks an attribute, or has one of another size";

static const struct operation *operation_of(const struct descriptor *d)
{
	for (size_t i = 0; d && i < sizeof operations / sizeof operations[0]; i++)
		if (operations[i].type == d->type)
			return &operations[i];
	return NULL;
}

/* An attribute of int64 values as ints; how many, or -1. */
static int numbers(const struct descriptor *d, cudnnBackendAttributeName_t name, int *into, int most)
{
	const struct attribute *a = find(d, name);

	if (!a || a->type != CUDNN_TYPE_INT64 || a->count > most)
		return -1;
	for (int i = 0; i < a->count; i++) {
		int64_t value;

		memcpy(&value, a->data + 8 * i, sizeof value);
		into[i] = (int)value;
	}
	return (int)a->count;
}

static float real(const struct descriptor *d, cudnnBackendAttributeName_t name)
{
	const struct attribute *a = find(d, name);
	float value = -1;

	if (a && a->type == CUDNN_TYPE_FLOAT && a->count == 1)
		memcpy(&value, a->data, sizeof value);
	return value;
}

/* Dims of a tensor that lies dense with its channels last; how many, or -1. Sets its id, type and alignment. */
static int read_tensor(const struct descriptor *d, int *dims, int *id, cudnnDataType_t *type, int *alignment)
{
	const struct attribute *a = find(d, CUDNN_ATTR_TENSOR_DATA_TYPE);
	int strides[AXES_MAX + 2], count = numbers(d, CUDNN_ATTR_TENSOR_DIMENSIONS, dims, AXES_MAX + 2), stride;

	if (count < 4 || numbers(d, CUDNN_ATTR_TENSOR_STRIDES, strides, AXES_MAX + 2) != count || strides[1] != 1 ||
	    numbers(d, CUDNN_ATTR_TENSOR_UNIQUE_ID, id, 1) != 1 || numbers(d, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, alignment, 1) != 1)
		return -1;
	memcpy(type, a->data, sizeof *type);
	stride = dims[1];
	for (int i = count - 1; i >= 2; i--) {
		if (strides[i] != stride)
			return -1;
		stride *= dims[i];
	}
	return strides[0] == stride ? count : -1;
}

static bool read_geometry(const struct descriptor *d, struct conv *c)
{
	int post[AXES_MAX];

	if (numbers(d, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, &c->axes, 1) != 1 ||
	    numbers(d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, c->pad, AXES_MAX) != c->axes ||
	    numbers(d, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, post, AXES_MAX) != c->axes ||
	    numbers(d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, c->stride, AXES_MAX) != c->axes ||
	    numbers(d, CUDNN_ATTR_CONVOLUTION_DILATIONS, c->dilation, AXES_MAX) != c->axes)
		return false;
	for (int i = 0; i < c->axes; i++)
		if (post[i] != c->pad[i])
			return false;
	return true;
}

/* The pointer of `id` in a variant pack; NULL: it has none. */
static void *pointer_of(const struct descriptor *pack, int id)
{
	int ids[8], count = numbers(pack, CUDNN_ATTR_VARIANT_PACK_UNIQUE_IDS, ids, 8);
	const struct attribute *a = find(pack, CUDNN_ATTR_VARIANT_PACK_DATA_POINTERS);
	void *pointer = NULL;

	for (int i = 0; i < count; i++)
		if (ids[i] == id && a && i < a->count)
			memcpy(&pointer, a->data + 8 * i, sizeof pointer);
	return pointer;
}

/* The convolution's shapes agree with one another, as cuDNN checks when the operation is finished. */
static bool shapes_agree(const struct conv *c, int dims[TENSORS][AXES_MAX + 2])
{
	if (dims[Y][0] != dims[X][0] || dims[Y][1] != dims[W][0] || dims[W][1] < 1 || dims[X][1] % dims[W][1] != 0)
		return false;
	for (int i = 0; i < c->axes; i++)
		if (dims[Y][2 + i] != 1 + (dims[X][2 + i] + 2 * c->pad[i] - (dims[W][2 + i] - 1) * c->dilation[i] - 1) / c->stride[i])
			return false;
	return true;
}

static const char *read_job(struct job *j, const struct descriptor *d, const struct descriptor *pack)
{
	const struct operation *op = operation_of(d);
	int dims[TENSORS][AXES_MAX + 2];

	if (!op || !read_geometry(reference(d, op->conv), &j->conv))
		return operation_lacks;
	for (int t = 0; t < TENSORS; t++) {
		cudnnDataType_t type = CUDNN_DATA_FLOAT;
		int id, alignment;

		if (read_tensor(reference(d, op->tensor[t]), dims[t], &id, &type, &alignment) != j->conv.axes + 2)
			return operation_lacks;
		j->half = type == CUDNN_DATA_BFLOAT16;
		j->at[t] = pointer_of(pack, id);
		if (!j->at[t] || (uintptr_t)j->at[t] % (uintptr_t)alignment != 0)
			return "a pointer is missing, or less aligned than its tensor";
		j->count[t] = 1;
		for (int i = 0; i < j->conv.axes + 2; i++)
			j->count[t] *= (size_t)dims[t][i];
	}
	if (!shapes_agree(&j->conv, dims))
		return "the shapes of a convolution do not agree";
	j->direction = op->written;
	j->alpha = real(d, op->alpha);
	j->beta = real(d, op->beta);
	j->conv.n = dims[X][0];
	j->conv.c_in = dims[X][1];
	j->conv.c_out = dims[Y][1];
	j->conv.groups = dims[X][1] / dims[W][1];
	for (int i = 0; i < j->conv.axes; i++) {
		j->conv.in[i] = dims[X][2 + i];
		j->conv.out[i] = dims[Y][2 + i];
		j->conv.kernel[i] = dims[W][2 + i];
	}
	return j->alpha != 1 || (j->beta != 0 && j->beta != 1) ? "alpha or beta" : NULL;
}

static float from_half(uint16_t half)
{
	uint32_t bits = (uint32_t)half << 16;
	float value;

	memcpy(&value, &bits, sizeof value);
	return value;
}

static uint16_t to_half(float value)
{
	uint32_t bits;

	memcpy(&bits, &value, sizeof bits);
	return (uint16_t)((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

/* A tensor of the job as floats, the weights as PyTorch keeps them. */
static float *read_floats(const struct job *j, int t)
{
	int taps = 1, in = j->conv.c_in / j->conv.groups;
	float *values = malloc(j->count[t] * sizeof *values);

	if (!values)
		abort();
	for (int i = 0; i < j->conv.axes; i++)
		taps *= j->conv.kernel[i];
	for (size_t i = 0; i < j->count[t]; i++) {
		size_t tap = i / (size_t)in % (size_t)taps, out = i / ((size_t)in * (size_t)taps);
		size_t to = t == W ? (out * (size_t)in + i % (size_t)in) * (size_t)taps + tap : i;

		values[to] = j->half ? from_half(((const uint16_t *)j->at[t])[i]) : ((const float *)j->at[t])[i];
	}
	return values;
}

static void write_floats(const struct job *j, int t, const float *values)
{
	int taps = 1, in = j->conv.c_in / j->conv.groups;

	for (int i = 0; i < j->conv.axes; i++)
		taps *= j->conv.kernel[i];
	for (size_t i = 0; i < j->count[t]; i++) {
		size_t tap = i / (size_t)in % (size_t)taps, out = i / ((size_t)in * (size_t)taps);
		size_t from = t == W ? (out * (size_t)in + i % (size_t)in) * (size_t)taps + tap : i;

		if (j->half)
			((uint16_t *)j->at[t])[i] = to_half(values[from]);
		else
			((float *)j->at[t])[i] = values[from];
	}
}

static struct backend *cpu(void)
{
	static struct backend *be;

	if (!be && !(be = backend_open("cpu", 1)))
		abort();
	return be;
}

__attribute__((destructor)) static void close_cpu(void)
{
	backend_close(cpu());
}

static void run(void *arg)
{
	const struct job *j = arg;
	struct backend *be = cpu();
	float *f[TENSORS];

	for (int t = 0; t < TENSORS; t++)
		f[t] = read_floats(j, t);
	if (j->direction == Y)
		be->k->conv(be, &j->conv, f[Y], f[X], f[W], ACT_NONE, j->beta);
	else if (j->direction == X)
		be->k->conv_backward_data(be, &j->conv, f[X], f[Y], f[W], j->beta);
	else
		be->k->conv_backward_weights(be, &j->conv, f[W], f[X], f[Y], j->beta);
	write_floats(j, j->direction, f[j->direction]);
	for (int t = 0; t < TENSORS; t++)
		free(f[t]);
}

static cudnnStatus_t execute(cudnnHandle_t handle, cudnnBackendDescriptor_t plan, cudnnBackendDescriptor_t pack)
{
	struct descriptor *config = reference(descriptor_of(plan), CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG);
	struct descriptor *graph = reference(reference(config, CUDNN_ATTR_ENGINECFG_ENGINE), CUDNN_ATTR_ENGINE_OPERATION_GRAPH);
	const struct attribute *workspace = find(descriptor_of(pack), CUDNN_ATTR_VARIANT_PACK_WORKSPACE);
	void *memory = NULL;
	const char *why;
	struct job *j;

	if (!standin_library_call())
		return CUDNN_STATUS_EXECUTION_FAILED;
	if (!graph || !descriptor_of(pack)->finished)
		return refuse("a plan whose parts are gone, or a pack that is not finished");
	memcpy(&memory, workspace->data, sizeof memory);
	if (!memory)
		return refuse("a plan without the workspace that it asked for");
	memset(memory, 0xff, WORKSPACE);
	j = calloc(1, sizeof *j);
	if (!j)
		abort();
	why = read_job(j, reference(graph, CUDNN_ATTR_OPERATIONGRAPH_OPS), pack);
	if (why) {
		free(j);
		return refuse(why);
	}
	standin_count.products += 2.0 * (double)j->count[Y] * (double)j->count[W] / j->conv.c_out;
	standin_queue(handle->stream, run, j);
	return CUDNN_STATUS_SUCCESS;
}

/* --- the handle --- */

static cudnnStatus_t create(cudnnHandle_t *handle)
{
	if (!standin_library_call())
		return CUDNN_STATUS_NOT_INITIALIZED;
	*handle = calloc(1, sizeof **handle);
	return *handle ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_ALLOC_FAILED;
}

static cudnnStatus_t destroy(cudnnHandle_t handle)
{
	free(handle);
	return CUDNN_STATUS_SUCCESS;
}

static cudnnStatus_t set_stream(cudnnHandle_t handle, cudaStream_t stream)
{
	handle->stream = stream;
	return standin_library_call() ? CUDNN_STATUS_SUCCESS : CUDNN_STATUS_INTERNAL_ERROR;
}

static size_t version(void)
{
	return CUDNN_VERSION;
}

static const char *error_string(cudnnStatus_t status)
{
	return status == CUDNN_STATUS_SUCCESS ? "success" : status == CUDNN_STATUS_BAD_PARAM ? "bad parameter" : "failed";
}

static void last_error_string(char *text, size_t size)
{
	snprintf(text, size, "%s", last_error);
}

void standin_cudnn(struct cuda_library *library)
{
	library->cudnnGetVersion = version;
	library->cudnnGetErrorString = error_string;
	library->cudnnGetLastErrorString = last_error_string;
	library->cudnnCreate = create;
	library->cudnnDestroy = destroy;
	library->cudnnSetStream = set_stream;
	library->cudnnBackendCreateDescriptor = create_descriptor;
	library->cudnnBackendDestroyDescriptor = destroy_descriptor;
	library->cudnnBackendSetAttribute = set_attribute;
	library->cudnnBackendGetAttribute = get_attribute;
	library->cudnnBackendFinalize = finalize;
	library->cudnnBackendExecute = execute;
}
