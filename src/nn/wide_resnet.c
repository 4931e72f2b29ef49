/* wide_resnet.c -- Wide ResNets as their authors' code has them: no batch norm after the stem, shortcuts from the activated input. */
#include "src/nn/wide_resnet.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/nn/block.h"

enum { STEM_CHANNELS = 16 };

/* ---- the name ---- */

/* A decimal number of at most `most`; its end, or NULL. */
static const char *read_number(const char *text, int most, int *number)
{
	*number = 0;
	if (*text < '1' || *text > '9')
		return NULL;
	for (; *text >= '0' && *text <= '9'; text++)
		if ((*number = *number * 10 + *text - '0') > most)
			return NULL;
	return text;
}

int wide_resnet_parse(const char *name, int *depth, int *width)
{
	const char *at = strncmp(name, "wrn-", 4) == 0 ? name + 4 : NULL;

	if (!at || !strchr(at, '-'))
		return err_set("%.32s: wants wrn-DEPTH-WIDTH, such as wrn-16-4", name);
	at = read_number(at, WIDE_DEPTH_MAX, depth);
	if (!at || *at != '-' || *depth < 10 || *depth % 6 != 4)
		return err_set("%.32s: a depth of 6 n + 4 (10, 16, 22, 28 … %d) would be right", name, WIDE_DEPTH_MAX);
	at = read_number(at + 1, WIDE_WIDTH_MAX, width);
	if (!at || *at)
		return err_set("%.32s: a width of 1 to %d would be right", name, WIDE_WIDTH_MAX);
	return 0;
}

/* ---- parameters ---- */

static int group_blocks(const struct wide_resnet *net)
{
	return (net->depth - 4) / 6;
}

static int group_channels(const struct wide_resnet *net, int g)
{
	return (16 << g) * net->width;
}

/* Channels that a block is given. */
static int block_input(const struct wide_resnet *net, int g, int b)
{
	return b > 0 ? group_channels(net, g) : g > 0 ? group_channels(net, g - 1) : STEM_CHANNELS;
}

static int add_conv(const struct wide_resnet *net, struct params *ps, int out, int in, int kernel, const char *name)
{
	struct shape shape = conv_shape(net->axes, out, in, kernel);

	return params_add(ps, PARAM_FREE, INIT_HE, (int)(shape_count(&shape) / (size_t)out), shape, "%s.weight", name);
}

static int add_block(struct wide_resnet *net, struct params *ps, int g, int b)
{
	struct wide_block *block = &net->block[g][b];
	int in = block_input(net, g, b), out = group_channels(net, g);
	char name[64];

	*block = (struct wide_block){ .shortcut = -1, .stride = g > 0 && b == 0 ? 2 : 1 };
	for (int i = 0; i < 2; i++) {
		snprintf(name, sizeof(name), "group%d.block%d.norm%d", g + 1, b + 1, i + 1);
		block->norm[i] = norms_add(&net->norms, ps, i ? out : in, name);
		if (block->norm[i] < 0)
			return -1;
		snprintf(name, sizeof(name), "group%d.block%d.conv%d", g + 1, b + 1, i + 1);
		block->conv[i] = add_conv(net, ps, out, i ? out : in, 3, name);
	}
	if (in != out || block->stride > 1) {
		snprintf(name, sizeof(name), "group%d.block%d.shortcut", g + 1, b + 1);
		block->shortcut = add_conv(net, ps, out, in, 1, name);
	}
	return 0;
}

int wide_resnet_init(struct wide_resnet *net, int depth, int width, int axes, const struct arch_input *input, struct params *ps)
{
	int features;

	*net = (struct wide_resnet){ .axes = axes, .depth = depth, .width = width, .input = *input };
	features = group_channels(net, WIDE_GROUPS - 1);
	net->stem = add_conv(net, ps, STEM_CHANNELS, input->channels, 3, "stem");
	for (int g = 0; g < WIDE_GROUPS; g++)
		for (int b = 0; b < group_blocks(net); b++)
			if (add_block(net, ps, g, b) < 0)
				return -1;
	net->norm = norms_add(&net->norms, ps, features, "norm");
	net->linear = params_add(ps, PARAM_FREE, INIT_UNIFORM_FAN_IN, features, SHAPE(input->classes, features), "linear.weight");
	net->bias = params_add(ps, PARAM_FREE, INIT_UNIFORM_FAN_IN, features, SHAPE(input->classes), "linear.bias");
	return net->norm < 0 || net->bias < 0 ? -1 : 0;
}

/* ---- recording ---- */

struct recording {
	const struct wide_resnet *net;
	struct tape *tape;
	struct params *ps;
	struct norm_pass pass;
};

static struct tensor *weight(const struct recording *r, int param)
{
	return params_leaf(r->ps, r->tape, param, r->pass.train);
}

static struct tensor *norm(const struct recording *r, int index, struct tensor *x)
{
	return norms_record(&r->net->norms, index, r->tape, r->ps, x, r->pass);
}

static struct tensor *record_block(const struct recording *r, const struct wide_block *block, struct tensor *x)
{
	struct conv_options first = { .stride = block->stride, .slope = ACT_NONE }, second = { .slope = ACT_NONE };
	struct tensor *active = norm(r, block->norm[0], x), *y;

	y = op_conv(r->tape, active, weight(r, block->conv[0]), first);
	y = op_conv(r->tape, norm(r, block->norm[1], y), weight(r, block->conv[1]), second);
	if (block->shortcut < 0)
		return op_add(r->tape, y, x);
	return op_conv_add(r->tape, y, active, weight(r, block->shortcut), first);
}

struct tensor *wide_resnet_record(const struct wide_resnet *net, struct tape *tape, struct params *ps, struct tensor *x,
	struct norm_pass pass)
{
	struct recording r = { .net = net, .tape = tape, .ps = ps, .pass = pass };

	x = op_conv(tape, x, weight(&r, net->stem), (struct conv_options){ .stride = net->input.stem_stride, .slope = ACT_NONE });
	for (int g = 0; g < WIDE_GROUPS; g++)
		for (int b = 0; b < group_blocks(net); b++)
			x = record_block(&r, &net->block[g][b], x);
	x = norm(&r, net->norm, x);
	return op_linear(tape, op_global_pool(tape, x), weight(&r, net->linear), weight(&r, net->bias));
}

/* ---- cost ---- */

int64_t wide_resnet_macs(const struct wide_resnet *net)
{
	int64_t taps = net->axes == 3 ? 27 : 9, macs = 0;
	int stride = net->input.stem_stride > 1 ? net->input.stem_stride : 1;

	for (int g = 0; g < WIDE_GROUPS; g++) {
		int64_t pixels = 1, out = group_channels(net, g);

		for (int a = 0; a < net->axes; a++)
			pixels *= ((net->input.side[a] + stride - 1) / stride + (1 << g) - 1) >> g;
		if (g == 0)
			macs += pixels * taps * STEM_CHANNELS * net->input.channels;
		for (int b = 0; b < group_blocks(net); b++) {
			int64_t in = block_input(net, g, b);

			macs += pixels * out * (taps * (in + out) + (net->block[g][b].shortcut < 0 ? 0 : in));
		}
	}
	return macs + (int64_t)group_channels(net, WIDE_GROUPS - 1) * net->input.classes;
}
