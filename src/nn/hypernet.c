/* hypernet.c -- the network H that makes the 1x1 weights of an architecture from its encoding (METHOD §5; SMASH §3.2). */
#include "src/nn/hypernet.h"

#include <stdio.h>

#include "src/base/err.h"
#include "src/nn/ops.h"

static const float leak = 0.02f;

/* What the layers of one dense block have made so far; each reads all of it. */
struct dense {
	struct tensor *part[HYPERNET_LAYERS_MAX + 1];
	int count;
};

static struct tensor *joined(struct tape *tape, const struct dense *d)
{
	return d->count == 1 ? d->part[0] : op_concat(tape, d->part, d->count);
}

/* A convolution whose weight counts by its direction alone. Unit weights make the activations smaller from layer to layer by a constant
 * factor (about 1 / sqrt(channels out)), the same for all architectures; each W1 is normalised again, so the factor does not matter. */
static struct tensor *unit_conv(struct tape *tape, struct params *ps, int param, struct tensor *x, float slope, bool train)
{
	struct tensor *w = op_normalize(tape, params_leaf(ps, tape, param, train));

	return op_conv(tape, x, w, (struct conv_options){ .slope = slope });
}

static int dense_blocks(const struct hypernet_sizes *sizes)
{
	int count = 0;

	while (count < DENSE_BLOCKS && sizes->layers[count] > 0)
		count++;
	return count;
}

static int add_weight(struct params *ps, int out, int in, int kernel, const char *name)
{
	return params_add(ps, PARAM_HYPERNET, INIT_ORTHOGONAL, in * kernel * kernel, SHAPE(out, in, kernel, kernel),
		"hypernet.%s.weight", name);
}

/* Declared in the order in which hypernet_record uses them. */
int hypernet_init(struct hypernet *h, const struct layout *layout, const struct hypernet_sizes *sizes, struct params *ps)
{
	int blocks = dense_blocks(sizes), channels = sizes->stem;
	char name[40];

	h->layout = *layout;
	h->sizes = *sizes;
	h->in_channels = layout->channels + (layout->space.noise ? 1 : 0);
	h->out_channels = layout->space.depth_compression * layout->space.bank_unit * layout->space.bank_unit;

	h->first_param = add_weight(ps, channels, h->in_channels, 3, "stem");
	for (int b = 0; b < blocks; b++) {
		if (sizes->layers[b] > HYPERNET_LAYERS_MAX)
			return err_set("hypernet.layers: %d in dense block %d, at most %d are possible", sizes->layers[b], b + 1,
				HYPERNET_LAYERS_MAX);
		for (int l = 0; l < sizes->layers[b]; l++) {
			snprintf(name, sizeof(name), "block%d.layer%d", b + 1, l + 1);
			add_weight(ps, sizes->growth, channels, 3, name);
			channels += sizes->growth;
		}
		if (b + 1 < blocks) {
			int half = (channels + 1) / 2;

			snprintf(name, sizeof(name), "join%d", b + 1);
			add_weight(ps, half, channels, 3, name);
			channels = half;
		}
	}
	add_weight(ps, h->out_channels, channels + (sizes->skip ? h->in_channels : 0), 1, "out");
	h->param_count = ps->count - h->first_param;
	return 0;
}

struct tensor *hypernet_record(const struct hypernet *h, struct tape *tape, struct params *ps, struct tensor *encoding, bool train)
{
	int param = h->first_param, blocks = dense_blocks(&h->sizes);
	struct tensor *x = unit_conv(tape, ps, param++, encoding, leak, train);

	for (int b = 0; b < blocks; b++) {
		struct dense dense = { .part = { x }, .count = 1 };

		for (int l = 0; l < h->sizes.layers[b]; l++) {
			struct tensor *y = unit_conv(tape, ps, param++, joined(tape, &dense), leak, train);

			dense.part[dense.count++] = y;
		}
		x = joined(tape, &dense);
		if (b + 1 < blocks)
			x = unit_conv(tape, ps, param++, x, leak, train);
	}
	if (h->sizes.skip)
		x = op_concat(tape, (struct tensor *[]){ x, encoding }, 2);
	return unit_conv(tape, ps, param, x, ACT_NONE, train);
}
