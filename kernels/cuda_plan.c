/*
 * cuda_plan.c -- describes a convolution to cuDNN, chooses an engine, and keeps plans by shape.
 *
 * Asking the heuristics takes 1.5 to 5 ms, making a plan with an engine that is known 0.05 to 0.4 ms, and a network that is new at every step
 * meets new shapes for hours. So shapes of one kind (direction, kernel, dilation, groups, precision) remember the engine that served the last of them.
 */
#include "kernels/cuda_plan.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"

typedef cudnnBackendDescriptor_t desc;

enum {
	KEPT = 4096,                     /* plans; a power of two */
	PROBES = 8,                      /* places where a key may stand */
	KINDS = 1024,                    /* engines remembered; a power of two */
	CANDIDATES = 16                  /* engines taken from the heuristics */
};

struct plan_key plan_key(const struct conv *c, enum plan_direction direction, enum precision precision, float beta, int alignment)
{
	struct plan_key k;

	memset(&k, 0, sizeof k);
	k.conv.axes = c->axes;
	k.conv.n = c->n;
	k.conv.c_in = c->c_in;
	k.conv.c_out = c->c_out;
	k.conv.groups = c->groups;
	for (int i = 0; i < c->axes; i++) {
		k.conv.in[i] = c->in[i];
		k.conv.out[i] = c->out[i];
		k.conv.kernel[i] = c->kernel[i];
		k.conv.stride[i] = c->stride[i];
		k.conv.dilation[i] = c->dilation[i];
		k.conv.pad[i] = c->pad[i];
	}
	k.direction = direction;
	k.precision = precision;
	k.beta = beta != 0;
	k.alignment = alignment;
	return k;
}

/* --- one plan --- */

/* While a plan is made: the first call that fails ends it, the rest do nothing. */
struct making {
	struct plan *plan;
	const struct plan_target *target;
	bool failed;
};

static bool went_well(struct making *m, cudnnStatus_t status)
{
	if (status != CUDNN_STATUS_SUCCESS)
		m->failed = true;
	return !m->failed;
}

static desc create(struct making *m, cudnnBackendDescriptorType_t type)
{
	desc d = NULL;

	if (m->failed || m->plan->parts == PLAN_PARTS || !went_well(m, m->target->library->cudnnBackendCreateDescriptor(type, &d))) {
		m->failed = true;
		return NULL;
	}
	m->plan->part[m->plan->parts++] = d;
	return d;
}

/* Forgets the parts from `first` on. */
static void drop_parts(struct plan *p, const struct cuda_library *library, int first)
{
	while (p->parts > first)
		library->cudnnBackendDestroyDescriptor(p->part[--p->parts]);
}

static void set(struct making *m, desc d, cudnnBackendAttributeName_t name, cudnnBackendAttributeType_t type, int64_t count,
	const void *value)
{
	if (!m->failed)
		went_well(m, m->target->library->cudnnBackendSetAttribute(d, name, type, count, value));
}

static desc finalize(struct making *m, desc d)
{
	return !m->failed && went_well(m, m->target->library->cudnnBackendFinalize(d)) ? d : NULL;
}

static cudnnDataType_t data_type(const struct plan_key *k)
{
	return k->precision == PRECISION_BF16 ? CUDNN_DATA_BFLOAT16 : CUDNN_DATA_FLOAT;
}

/* cuDNN counts dims as (n, c, d, h, w), wherever they lie. */
static desc describe_tensor(struct making *m, const struct plan_key *k, int64_t id, int n, int c, const int *extent)
{
	int axes = k->conv.axes;
	int64_t dims[AXES_MAX + 2] = { n, c }, strides[AXES_MAX + 2] = { 0, 1 }, stride = c, alignment = k->alignment;
	cudnnDataType_t type = data_type(k);
	desc d = create(m, CUDNN_BACKEND_TENSOR_DESCRIPTOR);

	for (int i = axes - 1; i >= 0; i--) {
		dims[2 + i] = extent[i];
		strides[2 + i] = stride;
		stride *= extent[i];
	}
	strides[0] = stride;
	set(m, d, CUDNN_ATTR_TENSOR_DATA_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &type);
	set(m, d, CUDNN_ATTR_TENSOR_DIMENSIONS, CUDNN_TYPE_INT64, axes + 2, dims);
	set(m, d, CUDNN_ATTR_TENSOR_STRIDES, CUDNN_TYPE_INT64, axes + 2, strides);
	set(m, d, CUDNN_ATTR_TENSOR_UNIQUE_ID, CUDNN_TYPE_INT64, 1, &id);
	set(m, d, CUDNN_ATTR_TENSOR_BYTE_ALIGNMENT, CUDNN_TYPE_INT64, 1, &alignment);
	return finalize(m, d);
}

static void set_axes(struct making *m, desc d, cudnnBackendAttributeName_t name, int axes, const int *values)
{
	int64_t wide[AXES_MAX];

	for (int i = 0; i < axes; i++)
		wide[i] = values[i];
	set(m, d, name, CUDNN_TYPE_INT64, axes, wide);
}

static desc describe_geometry(struct making *m, const struct conv *c)
{
	int64_t axes = c->axes;
	cudnnDataType_t compute = CUDNN_DATA_FLOAT;
	cudnnConvolutionMode_t mode = CUDNN_CROSS_CORRELATION;
	desc d = create(m, CUDNN_BACKEND_CONVOLUTION_DESCRIPTOR);

	set(m, d, CUDNN_ATTR_CONVOLUTION_SPATIAL_DIMS, CUDNN_TYPE_INT64, 1, &axes);
	set(m, d, CUDNN_ATTR_CONVOLUTION_COMP_TYPE, CUDNN_TYPE_DATA_TYPE, 1, &compute);
	set(m, d, CUDNN_ATTR_CONVOLUTION_CONV_MODE, CUDNN_TYPE_CONVOLUTION_MODE, 1, &mode);
	set_axes(m, d, CUDNN_ATTR_CONVOLUTION_PRE_PADDINGS, c->axes, c->pad);
	set_axes(m, d, CUDNN_ATTR_CONVOLUTION_POST_PADDINGS, c->axes, c->pad);
	set_axes(m, d, CUDNN_ATTR_CONVOLUTION_FILTER_STRIDES, c->axes, c->stride);
	set_axes(m, d, CUDNN_ATTR_CONVOLUTION_DILATIONS, c->axes, c->dilation);
	return finalize(m, d);
}

static desc describe_graph(struct making *m, const struct plan_key *k)
{
	static const struct {
		cudnnBackendDescriptorType_t type;
		cudnnBackendAttributeName_t x, w, y, conv, alpha, beta;
	} op[PLAN_DIRECTIONS] = {
		[PLAN_CONV] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_FORWARD_DESCRIPTOR,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_X, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_W,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_Y, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_CONV_DESC,
			CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_FORWARD_BETA },
		[PLAN_DATA] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_DATA_DESCRIPTOR,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DX, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_W,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_CONV_DESC,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_DATA_BETA },
		[PLAN_WEIGHTS] = { CUDNN_BACKEND_OPERATION_CONVOLUTION_BACKWARD_FILTER_DESCRIPTOR,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_X, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DW,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_DY, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_CONV_DESC,
			CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_ALPHA, CUDNN_ATTR_OPERATION_CONVOLUTION_BWD_FILTER_BETA },
	};
	const struct conv *c = &k->conv;
	float alpha = 1, beta = (float)k->beta;
	desc x = describe_tensor(m, k, 'x', c->n, c->c_in, c->in), y = describe_tensor(m, k, 'y', c->n, c->c_out, c->out);
	desc w = describe_tensor(m, k, 'w', c->c_out, c->c_in / c->groups, c->kernel), geometry = describe_geometry(m, c);
	desc d = create(m, op[k->direction].type), graph;

	set(m, d, op[k->direction].x, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &x);
	set(m, d, op[k->direction].w, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &w);
	set(m, d, op[k->direction].y, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &y);
	set(m, d, op[k->direction].conv, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &geometry);
	set(m, d, op[k->direction].alpha, CUDNN_TYPE_FLOAT, 1, &alpha);
	set(m, d, op[k->direction].beta, CUDNN_TYPE_FLOAT, 1, &beta);
	finalize(m, d);
	graph = create(m, CUDNN_BACKEND_OPERATIONGRAPH_DESCRIPTOR);
	if (m->target->handle)
		set(m, graph, CUDNN_ATTR_OPERATIONGRAPH_HANDLE, CUDNN_TYPE_HANDLE, 1, &m->target->handle);
	set(m, graph, CUDNN_ATTR_OPERATIONGRAPH_OPS, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &d);
	return finalize(m, graph);
}

static bool has_note(const int *notes, int64_t count, int note)
{
	for (int64_t i = 0; i < count; i++)
		if (notes[i] == note)
			return true;
	return false;
}

/* Whether what the engine says of itself is what this precision allows. */
static bool engine_suits(const struct cuda_library *library, desc engine, enum precision precision)
{
	/* inputs are converted down to half floats, whose range is too small for gradients */
	static const int never[] = { CUDNN_NUMERICAL_NOTE_NONDETERMINISTIC, CUDNN_NUMERICAL_NOTE_REDUCED_PRECISION_REDUCTION,
		CUDNN_NUMERICAL_NOTE_DOWN_CONVERT_INPUTS };
	static const int inexact[] = { CUDNN_NUMERICAL_NOTE_TENSOR_CORE, CUDNN_NUMERICAL_NOTE_FFT, CUDNN_NUMERICAL_NOTE_WINOGRAD };
	int notes[CUDNN_NUMERICAL_NOTE_TYPE_COUNT], behaviours[CUDNN_BEHAVIOR_NOTE_TYPE_COUNT];
	int64_t note_count = 0, behaviour_count = 0;

	if (library->cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_NUMERICAL_NOTE, CUDNN_TYPE_NUMERICAL_NOTE, CUDNN_NUMERICAL_NOTE_TYPE_COUNT,
		&note_count, notes) != CUDNN_STATUS_SUCCESS ||
	    library->cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_BEHAVIOR_NOTE, CUDNN_TYPE_BEHAVIOR_NOTE, CUDNN_BEHAVIOR_NOTE_TYPE_COUNT,
		&behaviour_count, behaviours) != CUDNN_STATUS_SUCCESS)
		return false;
	if (has_note(behaviours, behaviour_count, CUDNN_BEHAVIOR_NOTE_RUNTIME_COMPILATION))
		return false;
	for (size_t i = 0; i < sizeof never / sizeof never[0]; i++)
		if (has_note(notes, note_count, never[i]))
			return false;
	for (size_t i = 0; precision == PRECISION_FLOAT && i < sizeof inexact / sizeof inexact[0]; i++)
		if (has_note(notes, note_count, inexact[i]))
			return false;
	return true;
}

/* The execution plan of an engine with its settings, made last of the parts. */
static bool plan_of(struct making *m, desc config)
{
	const struct plan_target *t = m->target;
	int64_t count = 0;
	desc run = create(m, CUDNN_BACKEND_EXECUTION_PLAN_DESCRIPTOR);

	if (t->handle)
		set(m, run, CUDNN_ATTR_EXECUTION_PLAN_HANDLE, CUDNN_TYPE_HANDLE, 1, &t->handle);
	else
		set(m, run, CUDNN_ATTR_EXECUTION_PLAN_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &t->device);
	set(m, run, CUDNN_ATTR_EXECUTION_PLAN_ENGINE_CONFIG, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &config);
	m->plan->run = finalize(m, run);
	if (m->plan->run)
		went_well(m, t->library->cudnnBackendGetAttribute(run, CUDNN_ATTR_EXECUTION_PLAN_WORKSPACE_SIZE, CUDNN_TYPE_INT64, 1, &count,
			&m->plan->workspace));
	if (m->failed)
		m->plan->run = NULL;
	return m->plan->run != NULL;
}

/* With the engine of this number and the settings it takes by itself. Whoever remembered it may have had another kind of shape in mind: it is asked, too. */
static bool plan_of_engine(struct making *m, desc graph, int64_t number, enum precision precision)
{
	int first = m->plan->parts;
	desc engine = create(m, CUDNN_BACKEND_ENGINE_DESCRIPTOR), config;

	set(m, engine, CUDNN_ATTR_ENGINE_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &graph);
	set(m, engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1, &number);
	if (!m->target->handle)
		set(m, engine, CUDNN_ATTR_ENGINE_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &m->target->device);
	if (finalize(m, engine) && !engine_suits(m->target->library, engine, precision))
		m->failed = true;
	config = create(m, CUDNN_BACKEND_ENGINECFG_DESCRIPTOR);
	set(m, config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &engine);
	finalize(m, config);
	m->plan->engine = number;
	if (!m->failed && plan_of(m, config))
		return true;
	drop_parts(m->plan, m->target->library, first);
	m->failed = false;
	return false;
}

/* The number of the engine of a configuration of the heuristics; -1: it does not suit. */
static int64_t suitable_engine(const struct making *m, desc config, enum precision precision)
{
	const struct cuda_library *library = m->target->library;
	desc engine = NULL;
	int64_t number = -1, count = 0;

	if (library->cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINE_DESCRIPTOR, &engine) != CUDNN_STATUS_SUCCESS)
		return -1;
	if (library->cudnnBackendGetAttribute(config, CUDNN_ATTR_ENGINECFG_ENGINE, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &count, &engine) !=
	    CUDNN_STATUS_SUCCESS || !engine_suits(library, engine, precision) ||
	    library->cudnnBackendGetAttribute(engine, CUDNN_ATTR_ENGINE_GLOBAL_INDEX, CUDNN_TYPE_INT64, 1, &count, &number) != CUDNN_STATUS_SUCCESS)
		number = -1;
	library->cudnnBackendDestroyDescriptor(engine);
	return number;
}

/* The first of the configurations that suits and gives a plan becomes a part of it, the others are dropped. */
static bool plan_of_first(struct making *m, desc *config, int64_t count, enum precision precision)
{
	const struct cuda_library *library = m->target->library;
	bool made = false;

	for (int64_t i = 0; i < count && !made; i++) {
		int first = m->plan->parts;
		int64_t number = suitable_engine(m, config[i], precision);

		if (number < 0 || first == PLAN_PARTS)
			continue;
		m->plan->part[m->plan->parts++] = config[i];
		made = plan_of(m, config[i]);
		if (made) {
			m->plan->engine = number;
			config[i] = NULL;
		} else {
			drop_parts(m->plan, library, first + 1);
			m->plan->parts = first;
			m->failed = false;
		}
	}
	for (int i = 0; i < CANDIDATES; i++)
		if (config[i])
			library->cudnnBackendDestroyDescriptor(config[i]);
	return made;
}

static bool plan_of_heuristics(struct making *m, desc graph, cudnnBackendHeurMode_t mode, enum precision precision)
{
	const struct cuda_library *library = m->target->library;
	desc config[CANDIDATES] = { NULL }, heuristics;
	int64_t count = 0;
	int made = 0;

	heuristics = create(m, CUDNN_BACKEND_ENGINEHEUR_DESCRIPTOR);
	set(m, heuristics, CUDNN_ATTR_ENGINEHEUR_OPERATION_GRAPH, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &graph);
	set(m, heuristics, CUDNN_ATTR_ENGINEHEUR_MODE, CUDNN_TYPE_HEUR_MODE, 1, &mode);
	if (!m->target->handle)
		set(m, heuristics, CUDNN_ATTR_ENGINEHEUR_DEVICEPROP, CUDNN_TYPE_BACKEND_DESCRIPTOR, 1, &m->target->device);
	finalize(m, heuristics);
	while (!m->failed && made < CANDIDATES && went_well(m, library->cudnnBackendCreateDescriptor(CUDNN_BACKEND_ENGINECFG_DESCRIPTOR, &config[made])))
		made++;
	if (!m->failed)
		went_well(m, library->cudnnBackendGetAttribute(heuristics, CUDNN_ATTR_ENGINEHEUR_RESULTS, CUDNN_TYPE_BACKEND_DESCRIPTOR, CANDIDATES,
			&count, config));
	m->failed = false;
	return plan_of_first(m, config, count < CANDIDATES ? count : CANDIDATES, precision);
}

bool plan_make(struct plan *p, const struct plan_target *target, const struct plan_key *k, int64_t known, char *why, size_t size)
{
	static const cudnnBackendHeurMode_t modes[] = { CUDNN_HEUR_MODE_A, CUDNN_HEUR_MODE_FALLBACK };
	struct making m = { .plan = p, .target = target };
	desc graph;
	int described;

	memset(p, 0, sizeof *p);
	graph = describe_graph(&m, k);
	described = p->parts;
	if (graph && known >= 0 && plan_of_engine(&m, graph, known, (enum precision)k->precision))
		return true;
	for (size_t i = 0; graph && i < sizeof modes / sizeof modes[0]; i++) {
		if (plan_of_heuristics(&m, graph, modes[i], (enum precision)k->precision))
			return true;
		drop_parts(p, target->library, described);
	}
	if (why)
		target->library->cudnnGetLastErrorString(why, size);
	plan_drop(p, target->library);
	return false;
}

void plan_drop(struct plan *p, const struct cuda_library *library)
{
	drop_parts(p, library, 0);
	memset(p, 0, sizeof *p);
}

/* --- plans by shape --- */

struct entry {
	struct plan_key key;
	struct plan plan;
	uint64_t used;                   /* 0: free */
};

struct plans {
	struct plan_target target;
	struct entry entry[KEPT];
	int64_t engine[KINDS];           /* one more than its number; 0: none known yet */
	uint64_t clock;
	struct plans_count count;
};

struct plans *plans_new(const struct plan_target *target)
{
	struct plans *ps = calloc(1, sizeof *ps);

	if (ps)
		ps->target = *target;
	else
		err_set("out of memory: %zu bytes asked for the plans of cuDNN", sizeof *ps);
	return ps;
}

void plans_free(struct plans *ps)
{
	if (!ps)
		return;
	for (int i = 0; i < KEPT; i++)
		if (ps->entry[i].used)
			plan_drop(&ps->entry[i].plan, ps->target.library);
	free(ps);
}

static uint64_t mixed(uint64_t hash, int value)
{
	hash = (hash ^ (uint32_t)value) * 0x9e3779b97f4a7c15u;
	return hash ^ hash >> 29;
}

static uint64_t hash_of_kind(const struct plan_key *k)
{
	uint64_t hash = mixed(mixed(mixed(0, k->direction), k->precision), k->beta << 8 | k->alignment);

	hash = mixed(mixed(hash, k->conv.groups), k->conv.axes);
	for (int i = 0; i < k->conv.axes; i++)
		hash = mixed(mixed(mixed(mixed(hash, k->conv.kernel[i]), k->conv.dilation[i]), k->conv.stride[i]), k->conv.in[i]);
	return hash;
}

static uint64_t hash_of_key(const struct plan_key *k)
{
	return mixed(mixed(mixed(hash_of_kind(k), k->conv.n), k->conv.c_in), k->conv.c_out);
}

/* Where the key stands, or where it may: a free place, or the one not used for longest. */
static struct entry *place_of(struct plans *ps, const struct plan_key *k)
{
	uint64_t hash = hash_of_key(k);
	struct entry *oldest = NULL;

	for (uint64_t i = 0; i < PROBES; i++) {
		struct entry *e = &ps->entry[(hash + i) & (KEPT - 1)];

		if (e->used && memcmp(&e->key, k, sizeof *k) == 0)
			return e;
		if (!oldest || e->used < oldest->used)
			oldest = e;
	}
	return oldest;
}

const struct plan *plans_find(struct plans *ps, const struct plan_key *k)
{
	struct entry *e = place_of(ps, k);
	int64_t *engine = &ps->engine[hash_of_kind(k) & (KINDS - 1)];
	double start;

	if (!e->used || memcmp(&e->key, k, sizeof *k) != 0) {
		start = clock_seconds();
		if (e->used) {
			plan_drop(&e->plan, ps->target.library);
			ps->count.dropped++;
		}
		e->key = *k;
		if (plan_make(&e->plan, &ps->target, k, *engine - 1, NULL, 0))
			*engine = e->plan.engine + 1;
		else
			ps->count.without++;
		ps->count.made++;
		ps->count.seconds += clock_seconds() - start;
	} else {
		ps->count.found++;
	}
	e->used = ++ps->clock;
	return e->plan.run ? &e->plan : NULL;
}

struct plans_count plans_count(const struct plans *ps)
{
	return ps->count;
}
