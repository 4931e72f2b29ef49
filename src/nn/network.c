/* network.c -- a memory-bank network recorded on a tape (METHOD §2): stem, three blocks of banks, head. */
#include "src/nn/network.h"

#include <stdio.h>

#include "src/nn/ops.h"

static const float norm_epsilon = 1e-5f;
static const float relu = 0;

/* ---- parameters ---- */

static int add_conv(struct params *ps, int axes, int out, int in, int kernel, const char *name)
{
	int fan_in = in;

	for (int a = 0; a < axes; a++)
		fan_in *= kernel;
	return params_add(ps, PARAM_FREE, INIT_ORTHOGONAL, fan_in, conv_shape(axes, out, in, kernel), "%s.weight", name);
}

/* The convolutions of set `s` of a block, called block1.conv1, of the second set block1.set2.conv1. */
static void add_set(struct network *net, struct params *ps, int b, int s)
{
	const struct space *space = &net->space;
	char set[16] = "", name[40];

	if (s > 0)
		snprintf(set, sizeof(set), "set%d.", s + 1);
	for (int c = 0; c < CONVS; c++) {
		net->conv[b][s][c] = -1;
		if (c >= space->arrangement || s >= space->weight_sets)
			continue;
		snprintf(name, sizeof(name), "block%d.%sconv%d", b + 1, set, c + 1);
		net->conv[b][s][c] = add_conv(ps, net->axes, space->units_max, space->units_max, space->kernel_max, name);
	}
}

static void add_block(struct network *net, struct params *ps, int b)
{
	const struct space *space = &net->space;
	int channels = space->block_channels[b];
	char name[32];

	for (int s = 0; s < OPS_MAX; s++)
		add_set(net, ps, b, s);
	net->norm_gamma[b] = params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(channels), "norm%d.weight", b + 1);
	net->norm_shift[b] = params_add(ps, PARAM_FREE, INIT_ZERO, 0, SHAPE(channels), "norm%d.bias", b + 1);
	if (b + 1 < BLOCKS) {
		snprintf(name, sizeof(name), "transition%d", b + 1);
		net->transition[b] = add_conv(ps, net->axes, space->block_input[b + 1], channels, 1, name);
	}
}

/* Mean, then variance of block b's norm, in a statistics buffer. */
static size_t statistics_offset(const struct network *net, int b)
{
	size_t offset = 0;

	for (int i = 0; i < b; i++)
		offset += 2 * (size_t)net->space.block_channels[i];
	return offset;
}

int network_init(struct network *net, const struct space *space, int axes, const struct arch_input *input, struct params *ps)
{
	int features = space->block_channels[BLOCKS - 1];

	net->space = *space;
	net->input = *input;
	net->axes = axes;
	net->stem = add_conv(ps, axes, space->stem_channels, input->channels, space->stem_kernel, "stem");
	for (int b = 0; b < BLOCKS; b++)
		add_block(net, ps, b);
	net->linear = params_add(ps, PARAM_FREE, INIT_UNIFORM_FAN_IN, features, SHAPE(input->classes, features), "linear.weight");
	net->bias = params_add(ps, PARAM_FREE, INIT_UNIFORM_FAN_IN, features, SHAPE(input->classes), "linear.bias");
	net->statistics_size = statistics_offset(net, BLOCKS);
	return 0;
}

/* ---- slices ---- */

/* The first `size` elements of a parameter along each axis, of its kernel axes (2 on, `central` set) the central taps. */
static struct tensor *slice(const struct network_recording *r, int param, struct shape size, bool central)
{
	struct tensor *w = params_leaf(r->ps, r->tape, param, r->pass.train);
	unsigned axes = 0;

	if (shape_equal(&w->shape, &size))
		return w;
	for (int a = 2; central && a < size.rank; a++)
		axes |= 1u << a;
	return op_slice(r->tape, w, size, axes);
}

static struct tensor *slice_1x1(const struct network_recording *r, int param, int out, int in)
{
	return slice(r, param, conv_shape(r->net->axes, out, in, 1), false);
}

/* ---- weights of an op ---- */

static struct tensor *pointwise(void *context, int b, int o)
{
	const struct network_recording *r = context;
	const struct space *space = &r->net->space;
	int unit = space->bank_unit;
	struct tensor *w = op_normalize(r->tape, op_tiles(r->tape, r->tiles, unit, space->depth_compression * unit,
		op_first_slice(space, r->arch, b, o), op_n_mid(space, r->arch, b, o), op_n_in(r->arch, b, o)));

	if (r->pass.pointwise)
		r->pass.pointwise[b][o] = w;
	return w;
}

/* The ops of a block share four convolutions (by option several sets of them), central taps where the kernel is smaller. */
static struct tensor *conv(void *context, int b, int o, int c, struct shape size)
{
	const struct network_recording *r = context;

	return slice(r, r->net->conv[b][o % r->net->space.weight_sets][c], size, true);
}

struct op_weights network_weights(struct network_recording *r)
{
	return (struct op_weights){ .context = r, .pointwise = pointwise, .conv = conv };
}

/* ---- the network ---- */

static int input_channels(const struct network_recording *r, int b)
{
	return block_input_banks(&r->net->space, r->arch, b) * r->arch->block[b].bank_size;
}

static struct tensor *record_norm(const struct network_recording *r, int b, struct tensor *x)
{
	int channels = shape_channels(&x->shape);
	struct batch_norm_options options = { .epsilon = norm_epsilon, .slope = relu, .batch_statistics = r->pass.batch_statistics };

	if (r->pass.statistics) {
		options.mean = r->pass.statistics + statistics_offset(r->net, b);
		options.variance = options.mean + r->net->space.block_channels[b];
	}
	return op_batch_norm(r->tape, x, slice(r, r->net->norm_gamma[b], SHAPE(channels), false),
		slice(r, r->net->norm_shift[b], SHAPE(channels), false), options);
}

/* METHOD has the convolution first. Both are linear, one over pixels and one over channels, so they commute; after pooling a
 * quarter of the pixels is left to multiply. */
static struct tensor *record_transition(const struct network_recording *r, int b, struct tensor *x)
{
	struct tensor *w = slice_1x1(r, r->net->transition[b], input_channels(r, b + 1), shape_channels(&x->shape));

	return op_conv(r->tape, op_pool(r->tape, x), w, (struct conv_options){ .slope = ACT_NONE });
}

static struct tensor *record_head(const struct network_recording *r, struct tensor *x)
{
	int channels = shape_channels(&x->shape);
	struct tensor *w = slice(r, r->net->linear, SHAPE(r->net->input.classes, channels), false);

	return op_linear(r->tape, op_global_pool(r->tape, x), w, params_leaf(r->ps, r->tape, r->net->bias, r->pass.train));
}

struct tensor *network_record(const struct network *net, struct tape *tape, struct params *ps, const struct arch *arch,
	struct tensor *tiles, struct tensor *x, struct network_pass pass)
{
	const struct space *space = &net->space;
	struct network_recording r = { .net = net, .tape = tape, .ps = ps, .arch = arch, .tiles = tiles, .pass = pass };
	struct op_weights weights = network_weights(&r);

	if (arch->axes != net->axes)
		return tape_fail(tape, "an architecture of %d axes on data of %d", arch->axes, net->axes);

	struct shape stem = conv_shape(net->axes, input_channels(&r, 0), net->input.channels, space->stem_kernel);

	x = op_conv(tape, x, slice(&r, net->stem, stem, false), (struct conv_options){ .stride = input_stem_stride(space, &r.net->input), .slope = relu });
	for (int b = 0; b < BLOCKS; b++) {
		x = block_record(tape, space, arch, b, x, &weights, pass.state ? pass.state[b] : NULL);
		x = record_norm(&r, b, x);
		if (b + 1 < BLOCKS)
			x = record_transition(&r, b, x);
	}
	return record_head(&r, x);
}
