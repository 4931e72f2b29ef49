/* check_network.c -- what must hold for the HyperNet and the network of any architecture. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "tests/network_rig.h"

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
	TCase *all = tcase_create("any");
	SRunner *runner = srunner_create(suite);

	tcase_add_loop_test(all, random_architectures_give_finite_losses_and_gradients, 0, KINDS);
	tcase_add_loop_test(all, hypernet_tells_architectures_apart_from_the_start, 0, KINDS);
	tcase_add_test(all, encoding_of_zeros_gives_weights_of_zero_and_finite_gradients);
	tcase_add_test(all, fixed_statistics_make_logits_independent_of_the_batch);
	tcase_add_test(all, encoding_gradient_matches_central_differences);
	tcase_add_test(all, training_on_random_architectures_lowers_their_loss);
	tcase_add_test(all, architecture_of_other_axes_is_refused);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
