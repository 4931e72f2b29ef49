/* network_rig.c -- a HyperNet and a network on one device, for tests. */
#include "tests/network_rig.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/nn/ops.h"
#include "tests/device.h"

void rig_open(struct rig *rig, const struct preset *preset, const struct arch_input *input, int axes, int encoding_channels)
{
	rig_open_on(rig, backend_open(TEST_DEVICE, 2), preset, input, axes, encoding_channels);
}

void rig_open_on(struct rig *rig, struct backend *be, const struct preset *preset, const struct arch_input *input, int axes,
	int encoding_channels)
{
	struct rng rng;

	memset(rig, 0, sizeof(*rig));
	rig->preset = *preset;
	rig->input = *input;
	rig->axes = axes;
	rig->be = be;
	ck_assert_msg(rig->be != NULL, "%s", err_last());
	rig->params = params_new(rig->be);
	rig->tape = tape_new(rig->be);
	ck_assert_int_eq(layout_init(&rig->layout, &preset->space, axes), 0);
	if (encoding_channels)
		rig->layout.channels = encoding_channels;        /* the HyperNet takes an encoding of any width */
	ck_assert_int_eq(network_init(&rig->network, &preset->space, axes, input, rig->params), 0);
	ck_assert_int_eq(hypernet_init(&rig->hypernet, &rig->layout, &preset->hypernet, rig->params), 0);
	rng_seed(&rng, 1, 0);
	ck_assert_int_eq(params_alloc(rig->params, &rng), 0);
}

void rig_open_preset(struct rig *rig, const char *name, int axes, int side)
{
	struct preset preset;
	struct arch_input input = { .channels = 3, .classes = 10 };

	ck_assert_int_eq(preset_get(&preset, name), 0);
	for (int a = 0; a < axes; a++)
		input.side[a] = side;
	rig_open(rig, &preset, &input, axes, 0);
}

void rig_close(struct rig *rig)
{
	tape_free(rig->tape);
	params_free(rig->params);
	backend_close(rig->be);
}

void *on_device(struct rig *rig, const void *host, size_t bytes)
{
	void *device = rig->be->k->alloc(rig->be, bytes);

	ck_assert_ptr_nonnull(device);
	rig->be->k->upload(rig->be, device, host, bytes);
	return device;
}

float *zeros_on_device(struct rig *rig, size_t count)
{
	float *device = rig->be->k->alloc(rig->be, count * sizeof(float));

	ck_assert_ptr_nonnull(device);
	rig->be->k->fill(rig->be, device, 0, count);
	return device;
}

float *on_host(struct rig *rig, const float *device, size_t count)
{
	float *host = malloc(count * sizeof(float));

	rig->be->k->download(rig->be, host, device, count * sizeof(float));
	return host;
}

struct shape images_shape(const struct rig *rig, int n)
{
	const int *side = rig->input.side;

	return rig->axes == 3 ? SHAPE(n, side[0], side[1], side[2], rig->input.channels) : SHAPE(n, side[0], side[1], rig->input.channels);
}

struct shape encoding_shape(const struct rig *rig, const struct arch *arch)
{
	return SHAPE(1, rig->layout.rows, encoding_slices(&rig->layout, arch), rig->hypernet.in_channels);
}

struct recorded record(struct rig *rig, const struct given *g, struct network_pass pass)
{
	struct recorded r = { 0 };

	tape_reset(rig->tape);
	struct tensor *c = tape_leaf(rig->tape, encoding_shape(rig, g->arch), g->encoding, g->encoding_grad);
	struct tensor *x = tape_leaf(rig->tape, images_shape(rig, g->n), g->images, NULL);

	r.tiles = hypernet_record(&rig->hypernet, rig->tape, rig->params, c, pass.train);
	r.logits = network_record(&rig->network, rig->tape, rig->params, g->arch, r.tiles, x, pass);
	tape_keep(rig->tape, r.tiles);
	tape_keep(rig->tape, r.logits);
	if (g->labels) {
		r.losses = op_cross_entropy(rig->tape, r.logits, g->labels, NULL);
		tape_keep(rig->tape, r.losses);
	}
	ck_assert_msg(tape_forward(rig->tape, pass.train || g->encoding_grad) == 0, "%s", err_last());
	return r;
}

double mean(struct rig *rig, const struct tensor *t)
{
	size_t count = shape_count(&t->shape);
	float *host = on_host(rig, t->value, count);
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += host[i];
	free(host);
	return sum / count;
}

double squares(const float *x, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)x[i] * x[i];
	return sum;
}

void free_given(struct rig *rig, struct given *g)
{
	rig->be->k->free(rig->be, g->encoding);
	rig->be->k->free(rig->be, g->encoding_grad);
	rig->be->k->free(rig->be, g->images);
	rig->be->k->free(rig->be, g->labels);
}

struct given given_random(struct rig *rig, const struct arch *arch, int n, struct rng *rng)
{
	struct given g = { .arch = arch, .n = n };
	struct shape images = images_shape(rig, n), encoding = encoding_shape(rig, arch);
	size_t count = shape_count(&images);
	float *x = malloc(count * sizeof(float)), *c = malloc(shape_count(&encoding) * sizeof(float));
	int32_t *label = malloc(n * sizeof(*label));

	for (size_t i = 0; i < count; i++)
		x[i] = (float)rng_normal(rng);
	for (int i = 0; i < n; i++)
		label[i] = rng_below(rng, rig->input.classes);
	encode(&rig->layout, arch, c);
	g.images = on_device(rig, x, count * sizeof(float));
	g.labels = on_device(rig, label, n * sizeof(*label));
	g.encoding = on_device(rig, c, shape_count(&encoding) * sizeof(float));
	free(x);
	free(c);
	free(label);
	return g;
}
