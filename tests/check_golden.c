/* check_golden.c -- whole small SMASH networks against values that PyTorch computed in double precision (tests/reference/golden.py). */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "tests/golden.h"
#include "tests/network_rig.h"

static const char *const golden_names[] = { "arrangements", "kernels", "compressed", "volumes" };
enum { GOLDEN = sizeof(golden_names) / sizeof(*golden_names) };

struct golden {
	json_t *json;
	struct arch arch;
	struct given given;
	float *other_images, *statistics;
};

static void golden_open(struct golden *g, struct rig *rig, const char *name)
{
	struct preset preset;
	struct arch_input input = { 0 };

	memset(g, 0, sizeof(*g));
	g->json = golden_read("golden", name);
	golden_preset(g->json, &preset);
	ck_assert_msg(arch_from_json(&g->arch, json_object_get(g->json, "architecture"), &preset.space) == 0, "%s", err_last());

	struct shape shape = golden_input(g->json, &input);
	int dims = shape.rank, n = shape.dim[0];
	int32_t label[16];

	rig_open(rig, &preset, &input, dims - 2, (int)json_integer_value(json_object_get(g->json, "encoding_channels")));
	golden_set_parameters(rig->params);

	struct shape encoding = encoding_shape(rig, &g->arch);

	for (int i = 0; i < n; i++)
		label[i] = i * 3 % input.classes;
	g->given = (struct given){ .arch = &g->arch, .n = n };
	g->given.images = golden_device(rig->be, "images", &shape, 1.7);
	g->other_images = golden_device(rig->be, "other images", &shape, 1.7);
	g->given.encoding = golden_device(rig->be, "encoding", &encoding, 1);
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

START_TEST(parameters_have_the_names_and_shapes_of_pytorch)
{
	struct golden g;
	struct rig rig;

	golden_open(&g, &rig, golden_names[_i]);
	golden_compare_names(json_object_get(g.json, "parameters"), rig.params);
	golden_close(&g, &rig);
}
END_TEST

START_TEST(logits_and_losses_match_pytorch)
{
	struct golden g;
	struct rig rig;

	golden_open(&g, &rig, golden_names[_i]);
	struct recorded r = record(&rig, &g.given, (struct network_pass){ .batch_statistics = true });

	golden_compare_list(rig.be, "logit", r.logits, json_object_get(g.json, "logits"));
	golden_compare_list(rig.be, "loss", r.losses, json_object_get(g.json, "losses"));
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

	golden_compare_list(rig.be, "logit", r.logits, json_object_get(g.json, "logits_fixed"));
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
	golden_compare_digest("gradient", "encoding", encoding_grad, shape_count(&encoding), json_object_get(g.json, "encoding_gradient"),
		golden_tolerance);
	for (int i = 0; i < ps->count; i++) {
		const struct param *p = &ps->list[i];
		const json_t *expected = json_object_get(parameters, p->name);

		golden_compare_digest("gradient", p->name, grad + p->offset, shape_count(&p->shape), json_object_get(expected, "gradient"),
			golden_tolerance);
		/* A step of about 1e-3 is read off values of up to 1.3, whose last bit is worth 1e-4 of it. */
		golden_compare_digest("step", p->name, delta + p->offset, shape_count(&p->shape), json_object_get(expected, "adam"), 2e-4);
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
	golden_compare_digest("encoding", "the encoding", c, count, expected, 1e-7);
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
