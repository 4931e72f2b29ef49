/* check_golden.c -- whole small SMASH networks against values that PyTorch computed in double precision (tests/reference/golden.py). */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "tests/network_rig.h"

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

int main(void)
{
	Suite *suite = suite_create("golden");
	TCase *all = tcase_create("golden");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(all, parameters_have_the_names_and_shapes_of_pytorch, 0, GOLDEN);
	tcase_add_loop_test(all, logits_and_losses_match_pytorch, 0, GOLDEN);
	tcase_add_loop_test(all, logits_with_fixed_statistics_match_pytorch, 0, GOLDEN);
	tcase_add_loop_test(all, gradients_and_an_adam_step_match_pytorch, 0, GOLDEN);
	tcase_add_loop_test(all, multiply_accumulates_match_reference, 0, GOLDEN);
	tcase_add_loop_test(all, encoding_matches_reference, 0, GOLDEN);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
