/* check_network.c -- the HyperNet and memory-bank networks: against values that PyTorch computed in double precision
 * (tests/reference/golden.py), against central differences, and in what must hold for any architecture. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/nn/hypernet.h"
#include "src/nn/network.h"
#include "src/nn/ops.h"

/* ---- a HyperNet and a network on one device ---- */

struct rig {
	struct backend *be;
	struct preset preset;
	struct arch_input input;
	struct layout layout;
	struct params *params;
	struct hypernet hypernet;
	struct network network;
	struct tape *tape;
	int axes;
};

static void rig_open(struct rig *rig, const struct preset *preset, const struct arch_input *input, int axes, int encoding_channels)
{
	struct rng rng;

	memset(rig, 0, sizeof(*rig));
	rig->preset = *preset;
	rig->input = *input;
	rig->axes = axes;
	rig->be = backend_open("cpu", 2);
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

static void rig_open_preset(struct rig *rig, const char *name, int axes, int side)
{
	struct preset preset;
	struct arch_input input = { .channels = 3, .classes = 10 };

	ck_assert_int_eq(preset_get(&preset, name), 0);
	for (int a = 0; a < axes; a++)
		input.side[a] = side;
	rig_open(rig, &preset, &input, axes, 0);
}

static void rig_close(struct rig *rig)
{
	tape_free(rig->tape);
	params_free(rig->params);
	backend_close(rig->be);
}

static void *on_device(struct rig *rig, const void *host, size_t bytes)
{
	void *device = rig->be->k->alloc(rig->be, bytes);

	ck_assert_ptr_nonnull(device);
	rig->be->k->upload(rig->be, device, host, bytes);
	return device;
}

static float *zeros_on_device(struct rig *rig, size_t count)
{
	float *device = rig->be->k->alloc(rig->be, count * sizeof(float));

	ck_assert_ptr_nonnull(device);
	rig->be->k->fill(rig->be, device, 0, count);
	return device;
}

/* The caller frees. */
static float *on_host(struct rig *rig, const float *device, size_t count)
{
	float *host = malloc(count * sizeof(float));

	rig->be->k->download(rig->be, host, device, count * sizeof(float));
	return host;
}

static struct shape images_shape(const struct rig *rig, int n)
{
	const int *side = rig->input.side;

	return rig->axes == 3 ? SHAPE(n, side[0], side[1], side[2], rig->input.channels) : SHAPE(n, side[0], side[1], rig->input.channels);
}

static struct shape encoding_shape(const struct rig *rig, const struct arch *arch)
{
	return SHAPE(1, rig->layout.rows, encoding_slices(&rig->layout, arch), rig->hypernet.in_channels);
}

/* What one pass is given; device memory except for the architecture. */
struct given {
	const struct arch *arch;
	float *encoding, *encoding_grad;
	float *images;
	int32_t *labels;                 /* NULL: no losses */
	int n;
};

struct recorded {
	struct tensor *tiles, *logits, *losses;
};

static struct recorded record(struct rig *rig, const struct given *g, struct network_pass pass)
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

static double mean(struct rig *rig, const struct tensor *t)
{
	size_t count = shape_count(&t->shape);
	float *host = on_host(rig, t->value, count);
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += host[i];
	free(host);
	return sum / count;
}

/* Not finite when any element is not. (An assertion for each element would be a write to a pipe for each.) */
static double squares(const float *x, size_t count)
{
	double sum = 0;

	for (size_t i = 0; i < count; i++)
		sum += (double)x[i] * x[i];
	return sum;
}

static void free_given(struct rig *rig, struct given *g)
{
	rig->be->k->free(rig->be, g->encoding);
	rig->be->k->free(rig->be, g->encoding_grad);
	rig->be->k->free(rig->be, g->images);
	rig->be->k->free(rig->be, g->labels);
}

/* An architecture's own encoding, random images and labels. */
static struct given given_random(struct rig *rig, const struct arch *arch, int n, struct rng *rng)
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

/* ---- golden values ---- */

static const char *const golden_names[] = { "arrangements", "kernels", "compressed", "volumes" };
enum { GOLDEN = sizeof(golden_names) / sizeof(*golden_names) };

/* Single precision against double: with oneDNN on AVX-512 the errors are up to 1.4e-6 of a tensor's norm, other machines add up in
 * another order. A wrong slice, tap or path shows as 1e-2 and more. */
static const double golden_tolerance = 2e-5;

struct golden {
	json_t *json;
	struct arch arch;
	struct given given;
	float *other_images, *statistics;
};

/* The same integers as formula() in golden.py. */
struct formula {
	uint32_t seed;
};

static struct formula formula(const char *prefix, const char *name)
{
	struct formula f = { 2166136261u };

	for (; *prefix; prefix++)
		f.seed = (f.seed ^ (uint8_t)*prefix) * 16777619u;
	for (; *name; name++)
		f.seed = (f.seed ^ (uint8_t)*name) * 16777619u;
	return f;
}

static double formula_at(struct formula f, size_t i)
{
	uint32_t h = (uint32_t)i * 0x9E3779B1u + f.seed;

	h ^= h >> 16;
	h *= 0x85EBCA6Bu;
	h ^= h >> 13;
	h *= 0xC2B2AE35u;
	h ^= h >> 16;
	return (h + 0.5) / 2147483648.0 - 1;
}

static float *formula_on_device(struct rig *rig, const char *name, const struct shape *shape, double scale)
{
	size_t count = shape_count(shape);
	float *host = malloc(count * sizeof(float)), *device;

	for (size_t i = 0; i < count; i++)
		host[i] = (float)(scale * formula_at(formula("", name), i));
	device = on_device(rig, host, count * sizeof(float));
	free(host);
	return device;
}

static void set_parameter(struct rig *rig, const struct param *param)
{
	size_t count = shape_count(&param->shape), fan_in = count / param->shape.dim[0];
	float *host = malloc(count * sizeof(float));
	bool scale_of_norm = !strncmp(param->name, "norm", 4) && strstr(param->name, ".weight");

	for (size_t i = 0; i < count; i++) {
		double v = formula_at(formula("", param->name), i);

		host[i] = (float)(param->shape.rank > 1 ? v * sqrt(3.0 / fan_in) : scale_of_norm + 0.3 * v);
	}
	rig->be->k->upload(rig->be, rig->params->value + param->offset, host, count * sizeof(float));
	free(host);
}

static void golden_preset(const json_t *json, struct preset *preset)
{
	size_t i;
	json_t *assignment;

	ck_assert_int_eq(preset_get(preset, "small"), 0);
	json_array_foreach(json_object_get(json, "set"), i, assignment)
		ck_assert_msg(preset_set(preset, json_string_value(assignment)) == 0, "%s", err_last());
	ck_assert_msg(preset_validate(preset) == 0, "%s", err_last());
}

static void golden_open(struct golden *g, struct rig *rig, const char *name)
{
	char path[1024];
	const char *source = getenv("SMASHTOP_SOURCE");
	json_error_t error;
	struct preset preset;
	struct arch_input input = { 0 };

	memset(g, 0, sizeof(*g));
	snprintf(path, sizeof(path), "%s/tests/reference/golden-%s.json", source ? source : ".", name);
	g->json = json_load_file(path, 0, &error);
	ck_assert_msg(g->json != NULL, "%s: %s", path, error.text);
	golden_preset(g->json, &preset);
	ck_assert_msg(arch_from_json(&g->arch, json_object_get(g->json, "architecture"), &preset.space) == 0, "%s", err_last());

	json_t *images = json_object_get(g->json, "images");
	int dims = (int)json_array_size(images);

	for (int a = 0; a < dims - 2; a++)
		input.side[a] = (int)json_integer_value(json_array_get(images, a + 1));
	input.channels = (int)json_integer_value(json_array_get(images, dims - 1));
	input.classes = (int)json_integer_value(json_object_get(g->json, "classes"));
	rig_open(rig, &preset, &input, dims - 2, (int)json_integer_value(json_object_get(g->json, "encoding_channels")));
	for (int i = 0; i < rig->params->count; i++)
		set_parameter(rig, &rig->params->list[i]);

	int n = (int)json_integer_value(json_array_get(images, 0));
	int32_t label[16];
	struct shape shape = images_shape(rig, n), encoding = encoding_shape(rig, &g->arch);

	for (int i = 0; i < n; i++)
		label[i] = i * 3 % input.classes;
	g->given = (struct given){ .arch = &g->arch, .n = n };
	g->given.images = formula_on_device(rig, "images", &shape, 1.7);
	g->other_images = formula_on_device(rig, "other images", &shape, 1.7);
	g->given.encoding = formula_on_device(rig, "encoding", &encoding, 1);
	g->given.encoding_grad = zeros_on_device(rig, shape_count(&encoding));
	g->given.labels = on_device(rig, label, n * sizeof(*label));
	g->statistics = zeros_on_device(rig, rig->network.statistics_size);
}

static void golden_close(struct golden *g, struct rig *rig)
{
	free_given(rig, &g->given);
	rig->be->k->free(rig->be, g->other_images);
	rig->be->k->free(rig->be, g->statistics);
	json_decref(g->json);
	rig_close(rig);
}

static void compare_list(struct rig *rig, const char *what, const struct tensor *t, const json_t *expected)
{
	size_t count = shape_count(&t->shape);
	float *got = on_host(rig, t->value, count);

	ck_assert_uint_eq(json_array_size(expected), count);
	for (size_t i = 0; i < count; i++) {
		double want = json_number_value(json_array_get(expected, i));

		ck_assert_msg(fabs(got[i] - want) <= golden_tolerance * (1 + fabs(want)), "%s %zu: %.7g, PyTorch %.7g", what, i, got[i], want);
	}
	free(got);
}

/* `got` against a digest: the norm, the sum against formula(), some elements. All errors count against the norm. */
static void compare_digest(const char *what, const char *name, const float *got, size_t count, const json_t *digest, double tolerance)
{
	struct formula f = formula("sum of ", name);
	double sum = 0, norm = json_number_value(json_object_get(digest, "norm"));
	size_t i;
	json_t *element;

	for (size_t k = 0; k < count; k++)
		sum += got[k] * formula_at(f, k);
	double want = json_number_value(json_object_get(digest, "sum")), bound = tolerance * norm + 1e-12;
	double got_norm = sqrt(squares(got, count));

	if (getenv("GOLDEN_ERRORS"))
		fprintf(stderr, "%-32s %-8s norm %.2e  sum %.2e\n", name, what, fabs(got_norm - norm) / (norm + 1e-12), fabs(sum - want) / (norm + 1e-12));
	ck_assert_msg(fabs(got_norm - norm) <= bound, "%s of %s: norm %.8g, PyTorch %.8g", what, name, got_norm, norm);
	ck_assert_msg(fabs(sum - want) <= bound, "%s of %s: sum %.8g, PyTorch %.8g", what, name, sum, want);
	json_array_foreach(json_object_get(digest, "elements"), i, element) {
		size_t at = (size_t)json_integer_value(json_array_get(element, 0));

		want = json_number_value(json_array_get(element, 1));
		ck_assert_msg(fabs(got[at] - want) <= bound, "%s of %s, element %zu: %.8g, PyTorch %.8g", what, name, at, got[at], want);
	}
}

static const struct network_pass training_pass = { .train = true, .batch_statistics = true };

START_TEST(parameters_have_the_names_and_shapes_of_pytorch)
{
	struct golden g;
	struct rig rig;

	golden_open(&g, &rig, golden_names[_i]);
	json_t *parameters = json_object_get(g.json, "parameters"), *parameter;
	const char *name;

	ck_assert_uint_eq(json_object_size(parameters), rig.params->count);
	json_object_foreach(parameters, name, parameter) {
		int at = params_find(rig.params, name);
		json_t *shape = json_object_get(parameter, "shape");

		ck_assert_msg(at >= 0, "no parameter %s", name);
		ck_assert_int_eq(rig.params->list[at].shape.rank, (int)json_array_size(shape));
		for (int d = 0; d < rig.params->list[at].shape.rank; d++)
			ck_assert_int_eq(rig.params->list[at].shape.dim[d], json_integer_value(json_array_get(shape, d)));
	}
	golden_close(&g, &rig);
}
END_TEST

START_TEST(logits_and_losses_match_pytorch)
{
	struct golden g;
	struct rig rig;

	golden_open(&g, &rig, golden_names[_i]);
	struct recorded r = record(&rig, &g.given, (struct network_pass){ .batch_statistics = true });

	compare_list(&rig, "logit", r.logits, json_object_get(g.json, "logits"));
	compare_list(&rig, "loss", r.losses, json_object_get(g.json, "losses"));
	golden_close(&g, &rig);
}
END_TEST

/* Statistics of one batch, used on another. */
START_TEST(logits_with_fixed_statistics_match_pytorch)
{
	struct golden g;
	struct rig rig;

	golden_open(&g, &rig, golden_names[_i]);
	record(&rig, &g.given, (struct network_pass){ .batch_statistics = true, .statistics = g.statistics });

	struct given other = g.given;

	other.images = g.other_images;
	other.encoding_grad = NULL;
	struct recorded r = record(&rig, &other, (struct network_pass){ .statistics = g.statistics });

	compare_list(&rig, "logit", r.logits, json_object_get(g.json, "logits_fixed"));
	golden_close(&g, &rig);
}
END_TEST

START_TEST(gradients_and_an_adam_step_match_pytorch)
{
	struct golden g;
	struct rig rig;

	golden_open(&g, &rig, golden_names[_i]);
	struct params *ps = rig.params;
	struct recorded r = record(&rig, &g.given, training_pass);

	ck_assert_int_eq(tape_backward(rig.tape, r.losses, 1.0f / g.given.n), 0);

	json_t *adam = json_object_get(g.json, "adam"), *parameters = json_object_get(g.json, "parameters");
	struct adam options = { .t = 1,
		.beta1 = (float)json_number_value(json_object_get(adam, "beta1")),
		.beta2 = (float)json_number_value(json_object_get(adam, "beta2")),
		.epsilon = (float)json_number_value(json_object_get(adam, "epsilon")) };
	struct shape encoding = encoding_shape(&rig, &g.arch);
	float *grad = on_host(&rig, ps->grad, ps->size), *before = on_host(&rig, ps->value, ps->size);
	float *encoding_grad = on_host(&rig, g.given.encoding_grad, shape_count(&encoding));

	options.learning_rate = (float)json_number_value(json_object_get(adam, "rate_free"));
	params_adam(ps, PARAM_FREE, &options);
	options.learning_rate = (float)json_number_value(json_object_get(adam, "rate_hypernet"));
	params_adam(ps, PARAM_HYPERNET, &options);
	float *delta = on_host(&rig, ps->value, ps->size);

	for (size_t i = 0; i < ps->size; i++)
		delta[i] -= before[i];
	compare_digest("gradient", "encoding", encoding_grad, shape_count(&encoding), json_object_get(g.json, "encoding_gradient"),
		golden_tolerance);
	for (int i = 0; i < ps->count; i++) {
		const struct param *p = &ps->list[i];
		const json_t *expected = json_object_get(parameters, p->name);

		compare_digest("gradient", p->name, grad + p->offset, shape_count(&p->shape), json_object_get(expected, "gradient"),
			golden_tolerance);
		/* A step of about 1e-3 is read off values of up to 1.3, whose last bit is worth 1e-4 of it. */
		compare_digest("step", p->name, delta + p->offset, shape_count(&p->shape), json_object_get(expected, "adam"), 2e-4);
	}
	free(grad);
	free(before);
	free(delta);
	free(encoding_grad);
	golden_close(&g, &rig);
}
END_TEST

START_TEST(multiply_accumulates_match_reference)
{
	struct golden g;
	struct rig rig;

	golden_open(&g, &rig, golden_names[_i]);
	ck_assert_int_eq(arch_cost(&rig.preset.space, &g.arch, &rig.input).macs, json_integer_value(json_object_get(g.json, "macs")));
	golden_close(&g, &rig);
}
END_TEST

/* The method's order of channels, written down twice. */
START_TEST(encoding_matches_reference)
{
	struct golden g;
	struct rig rig;
	struct layout layout;

	golden_open(&g, &rig, golden_names[_i]);
	ck_assert_int_eq(layout_init(&layout, &rig.preset.space, rig.axes), 0);
	json_t *expected = json_object_get(g.json, "encoding"), *shape = json_object_get(expected, "shape");
	int slices = encoding_slices(&layout, &g.arch);
	size_t count = (size_t)layout.rows * slices * layout.channels;
	float *c = malloc(count * sizeof(float));

	ck_assert_int_eq(json_integer_value(json_array_get(shape, 1)), layout.rows);
	ck_assert_int_eq(json_integer_value(json_array_get(shape, 2)), slices);
	ck_assert_int_eq(json_integer_value(json_array_get(shape, 3)), layout.channels);
	encode(&layout, &g.arch, c);
	compare_digest("encoding", "the encoding", c, count, expected, 1e-7);
	free(c);
	golden_close(&g, &rig);
}
END_TEST

/* ---- what must hold for any architecture ---- */

static const struct kind {
	const char *preset;
	int axes, side;
} kinds[] = {
	{ "tiny", 2, 16 },
	{ "tiny", 3, 9 },
	{ "small", 2, 28 },
	{ "small", 3, 7 },
	{ "smash-v1", 2, 6 },
	{ "smash-v2", 2, 6 },
};
enum { KINDS = sizeof(kinds) / sizeof(*kinds) };

START_TEST(random_architectures_give_finite_losses_and_gradients)
{
	struct rig rig;
	struct rng rng;

	rig_open_preset(&rig, kinds[_i].preset, kinds[_i].axes, kinds[_i].side);
	rng_seed(&rng, 3, 0);
	for (int k = 0; k < 5; k++) {
		struct arch arch;

		arch_sample(&arch, &rig.preset.space, rig.axes, 0, &rng);
		struct given g = given_random(&rig, &arch, 2, &rng);
		struct shape encoding = encoding_shape(&rig, &arch);
		size_t count = shape_count(&encoding);

		g.encoding_grad = zeros_on_device(&rig, count);
		params_zero_grad(rig.params);
		struct recorded r = record(&rig, &g, training_pass);

		ck_assert(isfinite(mean(&rig, r.losses)));
		ck_assert_int_eq(tape_backward(rig.tape, r.losses, 0.5f), 0);
		float *grad = on_host(&rig, rig.params->grad, rig.params->size), *c = on_host(&rig, g.encoding_grad, count);
		double hypernet = 0, of_encoding = 0;

		for (int p = 0; p < rig.params->count; p++) {
			const struct param *param = &rig.params->list[p];
			double square = squares(grad + param->offset, shape_count(&param->shape));

			ck_assert_msg(isfinite(square), "%s", param->name);
			hypernet += param->group == PARAM_HYPERNET ? square : 0;
		}
		of_encoding = squares(c, count);
		ck_assert_double_gt(hypernet, 0);
		ck_assert_double_gt(of_encoding, 0);
		ck_assert(isfinite(of_encoding));
		free(grad);
		free(c);
		free_given(&rig, &g);
	}
	rig_close(&rig);
}
END_TEST

START_TEST(hypernet_tells_architectures_apart_from_the_start)
{
	struct rig rig;
	struct rng rng;
	struct arch arch;

	rig_open_preset(&rig, kinds[_i].preset, kinds[_i].axes, kinds[_i].side);
	rng_seed(&rng, 4, 0);
	arch_sample(&arch, &rig.preset.space, rig.axes, 0, &rng);
	struct given g = given_random(&rig, &arch, 2, &rng);
	struct recorded r = record(&rig, &g, (struct network_pass){ .batch_statistics = true });
	size_t count = shape_count(&r.tiles->shape);
	float *true_tiles = on_host(&rig, r.tiles->value, count);
	struct layout_field *field = &rig.layout.field[1];       /* banks read: clear bank 0 everywhere */
	struct shape encoding = encoding_shape(&rig, &arch);
	float *c = on_host(&rig, g.encoding, shape_count(&encoding));

	ck_assert_int_eq(field->kind, LAYOUT_READS);
	for (size_t row = 0; row < shape_rows(&encoding); row++)
		c[row * shape_channels(&encoding) + field->first] = (float)rig.preset.space.background;
	rig.be->k->upload(rig.be, g.encoding, c, shape_count(&encoding) * sizeof(float));
	r = record(&rig, &g, (struct network_pass){ .batch_statistics = true });
	float *tiles = on_host(&rig, r.tiles->value, count);
	double dot = 0, a = squares(tiles, count), b = squares(true_tiles, count);

	for (size_t i = 0; i < count; i++)
		dot += (double)tiles[i] * true_tiles[i];
	ck_assert_double_gt(sqrt(b / count), 1e-5);              /* far above op_normalize's epsilon and single precision */
	ck_assert_double_lt(dot / sqrt(a * b), 0.99999);         /* one of the reads changes a thousandth of the weights' energy at least */
	free(tiles);
	free(true_tiles);
	free(c);
	free_given(&rig, &g);
	rig_close(&rig);
}
END_TEST

/* METHOD: every norm has an epsilon. */
START_TEST(encoding_of_zeros_gives_weights_of_zero_and_finite_gradients)
{
	struct rig rig;
	struct rng rng;
	struct arch arch;

	rig_open_preset(&rig, "tiny", 2, 16);
	rng_seed(&rng, 5, 0);
	arch_sample(&arch, &rig.preset.space, 2, 0, &rng);
	struct given g = given_random(&rig, &arch, 2, &rng);
	struct shape encoding = encoding_shape(&rig, &arch);

	rig.be->k->fill(rig.be, g.encoding, 0, shape_count(&encoding));
	g.encoding_grad = zeros_on_device(&rig, shape_count(&encoding));
	struct recorded r = record(&rig, &g, training_pass);
	float *tiles = on_host(&rig, r.tiles->value, shape_count(&r.tiles->shape));

	ck_assert_double_eq(squares(tiles, shape_count(&r.tiles->shape)), 0);
	ck_assert(isfinite(mean(&rig, r.losses)));
	ck_assert_int_eq(tape_backward(rig.tape, r.losses, 0.5f), 0);
	float *grad = on_host(&rig, rig.params->grad, rig.params->size);

	ck_assert(isfinite(squares(grad, rig.params->size)));
	free(tiles);
	free(grad);
	free_given(&rig, &g);
	rig_close(&rig);
}
END_TEST

START_TEST(fixed_statistics_make_logits_independent_of_the_batch)
{
	enum { N = 6 };
	struct rig rig;
	struct rng rng;
	struct arch arch;

	rig_open_preset(&rig, "small", 2, 28);
	rng_seed(&rng, 6, 0);
	arch_sample(&arch, &rig.preset.space, 2, 0, &rng);
	struct given g = given_random(&rig, &arch, N, &rng);
	struct shape one = images_shape(&rig, 1);
	float *statistics = zeros_on_device(&rig, rig.network.statistics_size);

	record(&rig, &g, (struct network_pass){ .batch_statistics = true, .statistics = statistics });
	struct network_pass fixed = { .statistics = statistics };
	struct recorded r = record(&rig, &g, fixed);
	int classes = rig.input.classes;
	float *together = on_host(&rig, r.logits->value, N * classes);

	for (int i = 0; i < N; i++) {
		struct given alone = g;

		alone.n = 1;
		alone.images += i * shape_count(&one);
		alone.labels += i;
		r = record(&rig, &alone, fixed);
		float *logits = on_host(&rig, r.logits->value, classes);

		for (int c = 0; c < classes; c++)        /* oneDNN may block other batch sizes differently: rounding only */
			ck_assert_float_eq_tol(logits[c], together[i * classes + c], 1e-4f);
		free(logits);
	}
	free(together);
	rig.be->k->free(rig.be, statistics);
	free_given(&rig, &g);
	rig_close(&rig);
}
END_TEST

/* Along random directions in the encoding: (E(c + h d) - E(c - h d)) / 2h against <dE/dc, d>. */
START_TEST(encoding_gradient_matches_central_differences)
{
	enum { N = 4, DIRECTIONS = 4 };
	const float h = 4e-3f;
	struct rig rig;
	struct rng rng;
	struct arch arch;

	rig_open_preset(&rig, "tiny", 2, 16);
	rng_seed(&rng, 7, 0);
	arch_sample(&arch, &rig.preset.space, 2, 0, &rng);
	struct given g = given_random(&rig, &arch, N, &rng);
	struct shape encoding = encoding_shape(&rig, &arch);
	size_t count = shape_count(&encoding);

	g.encoding_grad = zeros_on_device(&rig, count);
	struct recorded r = record(&rig, &g, training_pass);
	ck_assert_int_eq(tape_backward(rig.tape, r.losses, 1.0f / N), 0);
	float *grad = on_host(&rig, g.encoding_grad, count), *c = on_host(&rig, g.encoding, count), *moved = malloc(count * sizeof(float));
	double norm = sqrt(squares(grad, count));

	rig.be->k->free(rig.be, g.encoding_grad);
	g.encoding_grad = NULL;
	for (int k = 0; k < DIRECTIONS; k++) {
		double predicted = 0, loss[2];
		float *direction = malloc(count * sizeof(float));

		/* The gradient itself, then noise on top of it, so that there is a slope to see. */
		for (size_t i = 0; i < count; i++) {
			direction[i] = (float)(grad[i] / norm * 5 + (k ? 0.3 * rng_normal(&rng) : 0));
			predicted += (double)grad[i] * direction[i];
		}
		for (int side = 0; side < 2; side++) {
			for (size_t i = 0; i < count; i++)
				moved[i] = c[i] + (side ? h : -h) * direction[i];
			rig.be->k->upload(rig.be, g.encoding, moved, count * sizeof(float));
			r = record(&rig, &g, (struct network_pass){ .batch_statistics = true });
			loss[side] = mean(&rig, r.losses);
		}
		double measured = (loss[1] - loss[0]) / (2 * h);

		/* Losses of about 3 carry errors of 3e-7, over 2h 4e-5; the rest is curvature. */
		ck_assert_msg(fabs(measured - predicted) <= 1e-4 + 0.03 * fabs(predicted), "direction %d: %.6g, gradient says %.6g", k,
			measured, predicted);
		free(direction);
	}
	free(grad);
	free(c);
	free(moved);
	free_given(&rig, &g);
	rig_close(&rig);
}
END_TEST

/* 150 steps on one batch with a new architecture each: gradients lead downhill for all of them together. */
START_TEST(training_on_random_architectures_lowers_their_loss)
{
	enum { N = 16, STEPS = 150, LAST = 30 };
	struct rig rig;
	struct rng rng;
	double first = 0, last = 0;

	rig_open_preset(&rig, "tiny", 2, 16);
	rng_seed(&rng, 8, 0);
	struct arch arch;
	arch_sample(&arch, &rig.preset.space, 2, 0, &rng);
	struct given batch = given_random(&rig, &arch, N, &rng);

	for (int t = 1; t <= STEPS; t++) {
		struct adam adam = { .learning_rate = 5e-3f, .beta1 = 0.9f, .beta2 = 0.999f, .epsilon = 1e-8f, .t = t };

		arch_sample(&arch, &rig.preset.space, 2, 0, &rng);
		struct given g = given_random(&rig, &arch, 1, &rng);
		struct given step = batch;

		step.arch = &arch;
		step.encoding = g.encoding;
		params_zero_grad(rig.params);
		struct recorded r = record(&rig, &step, training_pass);
		ck_assert_int_eq(tape_backward(rig.tape, r.losses, 1.0f / N), 0);
		first += t <= LAST ? mean(&rig, r.losses) / LAST : 0;
		last += t > STEPS - LAST ? mean(&rig, r.losses) / LAST : 0;
		params_adam(rig.params, PARAM_FREE, &adam);
		params_adam(rig.params, PARAM_HYPERNET, &adam);
		free_given(&rig, &g);
	}
	ck_assert_msg(last < 0.7 * first, "mean loss %.3f over the first %d steps, %.3f over the last", first, LAST, last);
	free_given(&rig, &batch);
	rig_close(&rig);
}
END_TEST

START_TEST(architecture_of_other_axes_is_refused)
{
	struct rig rig;
	struct rng rng;
	struct arch arch;

	rig_open_preset(&rig, "tiny", 2, 16);
	rng_seed(&rng, 9, 0);
	arch_sample(&arch, &rig.preset.space, 2, 0, &rng);
	struct given g = given_random(&rig, &arch, 1, &rng);

	arch.axes = 3;
	struct tensor *x = tape_leaf(rig.tape, images_shape(&rig, 1), g.images, NULL);

	network_record(&rig.network, rig.tape, rig.params, &arch, x, x, training_pass);
	ck_assert_int_eq(tape_forward(rig.tape, false), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "axes"));
	free_given(&rig, &g);
	rig_close(&rig);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("network");
	TCase *golden = tcase_create("golden"), *any = tcase_create("any");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(golden, parameters_have_the_names_and_shapes_of_pytorch, 0, GOLDEN);
	tcase_add_loop_test(golden, logits_and_losses_match_pytorch, 0, GOLDEN);
	tcase_add_loop_test(golden, logits_with_fixed_statistics_match_pytorch, 0, GOLDEN);
	tcase_add_loop_test(golden, gradients_and_an_adam_step_match_pytorch, 0, GOLDEN);
	tcase_add_loop_test(golden, multiply_accumulates_match_reference, 0, GOLDEN);
	tcase_add_loop_test(golden, encoding_matches_reference, 0, GOLDEN);
	tcase_add_loop_test(any, random_architectures_give_finite_losses_and_gradients, 0, KINDS);
	tcase_add_loop_test(any, hypernet_tells_architectures_apart_from_the_start, 0, KINDS);
	tcase_add_test(any, encoding_of_zeros_gives_weights_of_zero_and_finite_gradients);
	tcase_add_test(any, fixed_statistics_make_logits_independent_of_the_batch);
	tcase_add_test(any, encoding_gradient_matches_central_differences);
	tcase_add_test(any, training_on_random_architectures_lowers_their_loss);
	tcase_add_test(any, architecture_of_other_axes_is_refused);
	suite_add_tcase(suite, golden);
	suite_add_tcase(suite, any);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
