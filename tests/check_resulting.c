/*
 * check_resulting.c -- networks with weights of their own, resulting networks and Wide ResNets: against PyTorch (tests/reference/golden_own.py), and what
 * they count.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/lab/model.h"
#include "tests/golden.h"
#include "tests/device.h"

static const char *const own_names[] = {
	"resulting-kernels", "resulting-arrangements", "resulting-volumes", "resulting-weight-norm", "wide-images", "wide-volumes",
};
enum { OWN = sizeof(own_names) / sizeof(*own_names) };

static struct backend *be;
static struct tape *tape;
static struct rng rng;

static void set_up(void)
{
	be = backend_open(TEST_DEVICE, 1);
	ck_assert_msg(be != NULL, "%s", err_last());
	tape = tape_new(be);
	rng_seed(&rng, 3, 0);
}

static void tear_down(void)
{
	tape_free(tape);
	backend_close(be);
}

/* ---- against PyTorch ---- */

struct own {
	json_t *json;
	struct model model;
	struct shape shape;              /* of the images */
	float *images, *other_images;
	int32_t *labels;
};

static void open_model(struct own *own, const struct arch_input *input)
{
	const json_t *network = json_object_get(own->json, "network");
	int axes = own->shape.rank - 2, depth, width, rc;
	struct preset preset;
	struct arch arch;

	if (network) {
		ck_assert_int_eq(wide_resnet_parse(json_string_value(network), &depth, &width), 0);
		rc = model_open_wide(&own->model, be, depth, width, axes, input, &rng);
	} else {
		golden_preset(own->json, &preset);
		ck_assert_int_eq(arch_from_json(&arch, json_object_get(own->json, "architecture"), &preset.space), 0);
		rc = model_open(&own->model, be, &preset.space, &arch, input, json_is_true(json_object_get(own->json, "weight_norm")), &rng);
	}
	ck_assert_msg(rc == 0, "%s", err_last());
	golden_set_parameters(own->model.ps);
}

static void own_open(struct own *own, const char *name)
{
	struct arch_input input;
	int32_t label[16];

	own->json = golden_read("own", name);
	own->shape = golden_input(own->json, &input);
	open_model(own, &input);
	own->images = golden_device(be, "images", &own->shape, 1.7);
	own->other_images = golden_device(be, "other images", &own->shape, 1.7);
	own->labels = be->k->alloc(be, sizeof(label));
	for (int i = 0; i < own->shape.dim[0]; i++)
		label[i] = i * 3 % input.classes;
	be->k->upload(be, own->labels, label, (size_t)own->shape.dim[0] * sizeof(*label));
	be->k->sync(be);
}

static void own_close(struct own *own)
{
	be->k->free(be, own->images);
	be->k->free(be, own->other_images);
	be->k->free(be, own->labels);
	model_release(&own->model);
	json_decref(own->json);
}

static struct tensor *run(struct own *own, float *images, struct norm_pass pass)
{
	struct tensor *logits;

	tape_reset(tape);
	logits = model_record(&own->model, tape, tape_leaf(tape, own->shape, images, NULL), pass);
	tape_keep(tape, logits);
	return logits;
}

START_TEST(parameters_have_the_names_and_shapes_of_pytorch)
{
	struct own own;

	own_open(&own, own_names[_i]);
	golden_compare_names(json_object_get(own.json, "parameters"), own.model.ps);
	own_close(&own);
}
END_TEST

START_TEST(logits_match_pytorch_with_statistics_of_the_batch_and_of_another)
{
	struct own own;
	struct tensor *logits;

	own_open(&own, own_names[_i]);
	logits = run(&own, own.images, (struct norm_pass){ .batch_statistics = true, .statistics = own.model.statistics });
	ck_assert_msg(tape_forward(tape, false) == 0, "%s", err_last());
	golden_compare_list(be, "logit", logits, json_object_get(own.json, "logits"));
	logits = run(&own, own.other_images, (struct norm_pass){ .statistics = own.model.statistics });
	ck_assert_msg(tape_forward(tape, false) == 0, "%s", err_last());
	golden_compare_list(be, "logit", logits, json_object_get(own.json, "logits_fixed"));
	own_close(&own);
}
END_TEST

static float *to_host(const float *device, size_t count)
{
	float *host = malloc(count * sizeof(float));

	be->k->download(be, host, device, count * sizeof(float));
	return host;
}

START_TEST(gradients_and_a_step_of_sgd_match_pytorch)
{
	struct own own;
	struct tensor *losses;

	own_open(&own, own_names[_i]);
	struct params *ps = own.model.ps;
	const json_t *sgd = json_object_get(own.json, "sgd"), *parameters = json_object_get(own.json, "parameters");

	losses = op_cross_entropy(tape, run(&own, own.images, (struct norm_pass){ .train = true, .batch_statistics = true }), own.labels, NULL);
	tape_keep(tape, losses);
	ck_assert_msg(tape_forward(tape, true) == 0, "%s", err_last());
	golden_compare_list(be, "loss", losses, json_object_get(own.json, "losses"));
	ck_assert_int_eq(tape_backward(tape, losses, 1.0f / (float)own.shape.dim[0]), 0);

	float *grad = to_host(ps->grad, ps->size), *before = to_host(ps->value, ps->size);

	params_sgd(ps, PARAM_FREE, &(struct sgd){ .learning_rate = (float)json_number_value(json_object_get(sgd, "rate")),
		.momentum = (float)json_number_value(json_object_get(sgd, "momentum")),
		.weight_decay = (float)json_number_value(json_object_get(sgd, "decay")) });

	float *delta = to_host(ps->value, ps->size);

	for (size_t i = 0; i < ps->size; i++)
		delta[i] -= before[i];
	for (int i = 0; i < ps->count; i++) {
		const struct param *p = &ps->list[i];
		const json_t *expected = json_object_get(parameters, p->name);

		golden_compare_digest("gradient", p->name, grad + p->offset, shape_count(&p->shape), json_object_get(expected, "gradient"),
			golden_tolerance);
		/* A step of about 1e-2 is read off values of about 1, whose last bit is worth 1e-5 of it. */
		golden_compare_digest("step", p->name, delta + p->offset, shape_count(&p->shape), json_object_get(expected, "sgd"), 1e-4);
	}
	free(grad);
	free(before);
	free(delta);
	own_close(&own);
}
END_TEST

/* ---- what they count ---- */

static struct arch_input an_input(int axes, int side, int channels, int classes)
{
	struct arch_input input = { .channels = channels, .classes = classes };

	for (int a = 0; a < axes; a++)
		input.side[a] = side + a;
	return input;
}

static const char *const preset_list[] = { "tiny", "small", "smash-v1", "smash-v2" };
enum { PRESETS = sizeof(preset_list) / sizeof(*preset_list) };

START_TEST(resulting_network_has_the_parameters_that_cost_counts_and_its_norms)
{
	struct preset preset;

	ck_assert_int_eq(preset_get(&preset, preset_list[_i]), 0);
	for (int k = 0; k < 20; k++) {
		static struct resulting net;
		struct params *ps = params_new(be);
		struct arch arch;
		int axes = 2 + k % 2;
		bool weight_norm = k % 4 >= 2;
		struct arch_input input = an_input(axes, 12, 1 + k % 3, 7);

		arch_sample(&arch, &preset.space, axes, 0, &rng);

		struct arch_cost cost = arch_cost(&preset.space, &arch, &input);
		int64_t expected = cost.free + cost.generated;

		for (int b = 0; b < BLOCKS; b++)
			for (int o = 0; o < arch.block[b].op_count && !weight_norm; o++)
				expected += 2 * (op_n_in(&arch, b, o) + op_n_mid(&preset.space, &arch, b, o));
		ck_assert_int_eq(resulting_init(&net, &preset.space, &arch, &input, weight_norm, ps), 0);
		ck_assert_int_eq((int64_t)params_count(ps, PARAM_FREE), expected);
		params_free(ps);
	}
}
END_TEST

/* Parameters as golden_own.py counts them, for images of 32 x 32 x 3 and ten classes; the paper has 8.9 and 36.5 million. Multiply-accumulates
 * of wrn-10-1 by hand: 1024 (27 16 + 2 144 16) + 256 32 (9 48 + 16) + 64 64 (9 96 + 32) + 640. */
static const struct {
	const char *name;
	int64_t parameters, macs;
} wide_counts[] = {
	{ "wrn-10-1", 77850, 12501632 }, { "wrn-16-4", 2748890, 0 }, { "wrn-40-4", 8949210, 0 }, { "wrn-28-10", 36479194, 0 },
};
enum { WIDE_COUNTS = sizeof(wide_counts) / sizeof(*wide_counts) };

START_TEST(wide_resnet_has_the_parameters_of_the_paper)
{
	static struct wide_resnet net;
	struct params *ps = params_new(be);
	struct arch_input input = { .side = { 32, 32 }, .channels = 3, .classes = 10 };
	int depth, width;

	ck_assert_int_eq(wide_resnet_parse(wide_counts[_i].name, &depth, &width), 0);
	ck_assert_int_eq(wide_resnet_init(&net, depth, width, 2, &input, ps), 0);
	ck_assert_int_eq((int64_t)params_count(ps, PARAM_FREE), wide_counts[_i].parameters);
	if (wide_counts[_i].macs)
		ck_assert_int_eq(wide_resnet_macs(&net), wide_counts[_i].macs);
	params_free(ps);
}
END_TEST

static const struct {
	const char *name, *says;
} bad_names[] = {
	{ "wrn-", "wants wrn-DEPTH-WIDTH, such as wrn-16-4" },
	{ "wrn-16", "wants wrn-DEPTH-WIDTH" },
	{ "resnet-16-4", "wants wrn-DEPTH-WIDTH" },
	{ "wrn--4", "a depth of 6 n + 4 (10, 16, 22, 28 … 508) would be right" },
	{ "wrn-17-4", "a depth of 6 n + 4" },
	{ "wrn-4-1", "a depth of 6 n + 4" },
	{ "wrn-514-1", "a depth of 6 n + 4" },
	{ "wrn-016-4", "a depth of 6 n + 4" },
	{ "wrn-99999999999999999999-4", "a depth of 6 n + 4" },
	{ "wrn-16-0", "a width of 1 to 64 would be right" },
	{ "wrn-16-", "a width of 1 to 64" },
	{ "wrn-16-65", "a width of 1 to 64" },
	{ "wrn-16-4x", "a width of 1 to 64" },
	{ "wrn-16-4-2", "a width of 1 to 64" },
};
enum { BAD_NAMES = sizeof(bad_names) / sizeof(*bad_names) };

START_TEST(wrong_size_of_a_wide_resnet_is_named)
{
	int depth, width;

	ck_assert_int_eq(wide_resnet_parse(bad_names[_i].name, &depth, &width), -1);
	ck_assert_msg(strstr(err_last(), bad_names[_i].says) != NULL, "%s", err_last());
	ck_assert_ptr_eq(strstr(err_last(), bad_names[_i].name), err_last());
}
END_TEST

START_TEST(largest_sizes_of_a_wide_resnet_fit)
{
	static struct wide_resnet net;
	struct params *ps = params_new(be);
	struct arch_input input = an_input(3, 8, 1, 2);
	int depth, width;

	ck_assert_int_eq(wide_resnet_parse("wrn-508-64", &depth, &width), 0);
	ck_assert_int_eq(wide_resnet_init(&net, depth, width, 3, &input, ps), 0);
	ck_assert_int_eq(net.norms.count, 6 * WIDE_BLOCKS_MAX + 1);
	params_free(ps);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("resulting");
	TCase *all = tcase_create("resulting");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, set_up, tear_down);
	tcase_add_loop_test(all, parameters_have_the_names_and_shapes_of_pytorch, 0, OWN);
	tcase_add_loop_test(all, logits_match_pytorch_with_statistics_of_the_batch_and_of_another, 0, OWN);
	tcase_add_loop_test(all, gradients_and_a_step_of_sgd_match_pytorch, 0, OWN);
	tcase_add_loop_test(all, resulting_network_has_the_parameters_that_cost_counts_and_its_norms, 0, PRESETS);
	tcase_add_loop_test(all, wide_resnet_has_the_parameters_of_the_paper, 0, WIDE_COUNTS);
	tcase_add_loop_test(all, wrong_size_of_a_wide_resnet_is_named, 0, BAD_NAMES);
	tcase_add_test(all, largest_sizes_of_a_wide_resnet_fit);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
