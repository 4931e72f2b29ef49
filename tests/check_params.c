/* check_params.c -- named parameters: layout, initial values, leaves, and the optimisers against numbers worked out by hand. */
#include <check.h>
#include <math.h>
#include <stdlib.h>

#include "src/base/err.h"
#include "src/nn/ops.h"
#include "src/nn/params.h"
#include "tests/device.h"

enum { VALUES_MAX = 8192 };

static struct backend *be;
static struct params *ps;
static struct rng rng;

static void set_up(void)
{
	be = backend_open(TEST_DEVICE, 1);
	ck_assert_msg(be != NULL, "%s", err_last());
	ps = params_new(be);
	rng_seed(&rng, 11, 0);
}

static void tear_down(void)
{
	params_free(ps);
	backend_close(be);
}

static void alloc_all(void)
{
	ck_assert_msg(params_alloc(ps, &rng) == 0, "%s", err_last());
}

/* The values of one parameter. */
static size_t values(float *host, int index)
{
	size_t count = shape_count(&ps->list[index].shape);

	ck_assert_uint_le(count, VALUES_MAX);
	be->k->download(be, host, ps->value + ps->list[index].offset, count * sizeof(float));
	return count;
}

static void set(float *slab, int index, const float *host)
{
	const struct param *p = &ps->list[index];

	be->k->upload(be, slab + p->offset, host, shape_count(&p->shape) * sizeof(float));
	be->k->sync(be);
}

START_TEST(parameters_are_found_by_name_and_lie_apart)
{
	int a = params_add(ps, PARAM_FREE, INIT_ZERO, 0, SHAPE(3, 5), "block%d.weight", 1);
	int b = params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(17), "block%d.gamma", 1);
	int c = params_add(ps, PARAM_HYPERNET, INIT_ZERO, 0, SHAPE(2, 2), "hypernet.out");

	ck_assert_int_eq(params_find(ps, "block1.weight"), a);
	ck_assert_int_eq(params_find(ps, "hypernet.out"), c);
	ck_assert_int_eq(params_find(ps, "block1"), -1);
	ck_assert_uint_eq(ps->list[b].offset, 16);
	ck_assert_uint_eq(ps->list[c].offset, 48);
	ck_assert_uint_eq(ps->size, 64);
	ck_assert_uint_eq(params_count(ps, PARAM_FREE), 15 + 17);
	ck_assert_uint_eq(params_count(ps, PARAM_HYPERNET), 4);
}
END_TEST

/* More than one growth of the list. */
START_TEST(hundreds_of_parameters_can_be_declared)
{
	for (int i = 0; i < 300; i++)
		ck_assert_int_eq(params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(1 + i % 20), "p%d", i), i);
	alloc_all();
	ck_assert_int_eq(params_find(ps, "p299"), 299);
	for (int i = 0; i < 300; i++) {
		float host[VALUES_MAX];
		size_t count = values(host, i);

		for (size_t k = 0; k < count; k++)
			ck_assert_float_eq(host[k], 1);
	}
}
END_TEST

static const struct orthogonal_case {
	int rank, dim[4];
} orthogonal_cases[] = {
	{ 2, { 7, 7 } }, { 2, { 5, 40 } }, { 2, { 40, 5 } }, { 4, { 16, 8, 3, 3 } }, { 4, { 32, 2, 3, 1 } }, { 2, { 1, 9 } }, { 2, { 9, 1 } },
};

START_TEST(orthogonal_weights_are_orthonormal)
{
	const struct orthogonal_case *c = &orthogonal_cases[_i];
	struct shape shape = { .rank = c->rank, .dim = { c->dim[0], c->dim[1], c->dim[2], c->dim[3] } };
	int index = params_add(ps, PARAM_FREE, INIT_ORTHOGONAL, 0, shape, "w");
	int out = shape.dim[0], rest = (int)(shape_count(&shape) / (size_t)out);
	bool rows = out <= rest;         /* else the columns */
	float host[VALUES_MAX];

	alloc_all();
	values(host, index);
	for (int a = 0; a < (rows ? out : rest); a++)
		for (int b = 0; b <= a; b++) {
			double dot = 0;

			for (int i = 0; i < (rows ? rest : out); i++)
				dot += rows ? (double)host[a * rest + i] * (double)host[b * rest + i]
					: (double)host[i * rest + a] * (double)host[i * rest + b];
			ck_assert_double_eq_tol(dot, a == b, 1e-6);
		}
}
END_TEST

START_TEST(uniform_values_fill_their_interval)
{
	int index = params_add(ps, PARAM_FREE, INIT_UNIFORM_FAN_IN, 25, SHAPE(40, 100), "w");
	float host[VALUES_MAX];
	double low = 1, high = -1, mean = 0;
	size_t count;

	alloc_all();
	count = values(host, index);
	for (size_t i = 0; i < count; i++) {
		low = fmin(low, (double)host[i]);
		high = fmax(high, (double)host[i]);
		mean += (double)host[i] / (double)count;
	}
	ck_assert(low >= -0.2 && low < -0.199);
	ck_assert(high <= 0.2 && high > 0.199);
	ck_assert_double_eq_tol(mean, 0, 4 * 0.2 / sqrt(3 * (double)count));     /* four standard errors */
}
END_TEST

START_TEST(he_values_have_variance_two_over_fan_in)
{
	int index = params_add(ps, PARAM_FREE, INIT_HE, 50, SHAPE(40, 100), "w");
	float host[VALUES_MAX];
	double mean = 0, square = 0;
	size_t count;

	alloc_all();
	count = values(host, index);
	for (size_t i = 0; i < count; i++) {
		mean += (double)host[i] / (double)count;
		square += (double)host[i] * (double)host[i] / (double)count;
	}
	ck_assert_double_eq_tol(mean, 0, 4 * 0.2 / sqrt((double)count));                /* four standard errors */
	ck_assert_double_eq_tol(square, 0.04, 4 * 0.04 * sqrt(2 / (double)count));
}
END_TEST

START_TEST(same_seed_gives_the_same_values)
{
	int index = params_add(ps, PARAM_FREE, INIT_ORTHOGONAL, 0, SHAPE(6, 20), "w");
	struct params *other = params_new(be);
	float a[VALUES_MAX], b[VALUES_MAX];
	size_t count;

	params_add(other, PARAM_FREE, INIT_ORTHOGONAL, 0, SHAPE(6, 20), "w");
	alloc_all();
	rng_seed(&rng, 11, 0);
	ck_assert_int_eq(params_alloc(other, &rng), 0);
	count = values(a, index);
	be->k->download(be, b, other->value, count * sizeof(float));
	ck_assert_mem_eq(a, b, count * sizeof(float));
	params_free(other);
}
END_TEST

START_TEST(leaf_is_the_slab_and_its_gradient_can_be_zeroed)
{
	int first = params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(3), "a");
	int index = params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(2, 2), "b");
	struct tape *tape = tape_new(be);
	struct tensor *leaf, *y;
	float host[4];

	alloc_all();
	leaf = params_leaf(ps, tape, index, true);
	ck_assert_ptr_eq(leaf->value, ps->value + ps->list[index].offset);
	ck_assert_ptr_eq(leaf->grad, ps->grad + ps->list[index].offset);
	ck_assert_ptr_null(params_leaf(ps, tape, first, false)->grad);
	y = op_add(tape, leaf, leaf);
	for (int i = 1; i <= 2; i++) {
		ck_assert_int_eq(tape_forward(tape, true), 0);
		ck_assert_int_eq(tape_backward(tape, y, 1), 0);
		be->k->download(be, host, leaf->grad, sizeof(host));
		ck_assert_float_eq(host[3], 2 * (float)i);
	}
	params_zero_grad(ps);
	be->k->download(be, host, leaf->grad, sizeof(host));
	for (int i = 0; i < 4; i++)
		ck_assert_float_eq(host[i], 0);
	tape_free(tape);
}
END_TEST

/* Three parameters, the middle two of the other group; all ones, with gradients. */
static void declare_two_groups(void)
{
	static const float gradient[] = { 0.5f, -2, 0.001f };

	params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(1, 3), "free");
	params_add(ps, PARAM_HYPERNET, INIT_ONE, 0, SHAPE(3), "h1");
	params_add(ps, PARAM_HYPERNET, INIT_ONE, 0, SHAPE(3), "h2");
	alloc_all();
	for (int i = 0; i < 3; i++)
		set(ps->grad, i, gradient);
}

static void check_values(int index, double a, double b, double c, double tolerance)
{
	float host[VALUES_MAX];

	values(host, index);
	ck_assert_double_eq_tol((double)host[0], a, tolerance);
	ck_assert_double_eq_tol((double)host[1], b, tolerance);
	ck_assert_double_eq_tol((double)host[2], c, tolerance);
}

/*
 * First step: m / (1 - beta1) = g and v / (1 - beta2) = g^2, so w moves by rate g / (|g| + epsilon). Second step with the gradient
 * halved: m = (0.5 0.5 + 0.5 0.5) g / 0.75 … with beta1 0.5, beta2 0.9: m^ = (0.25 + 0.25) / 0.75 g = 2/3 g and
 * v^ = (0.09 + 0.025) / 0.19 g^2 = 0.6052632 g^2; w moves by rate 0.6666667 / 0.7779866 = 0.8569128 rate.
 */
START_TEST(adam_moves_one_group_as_by_hand)
{
	static const float halved[] = { 0.25f, -1, 0.0005f };
	struct adam adam = { .learning_rate = 0.1f, .beta1 = 0.5f, .beta2 = 0.9f, .epsilon = 1e-3f, .t = 1 };

	declare_two_groups();
	params_adam(ps, PARAM_HYPERNET, &adam);
	check_values(0, 1, 1, 1, 1e-12);
	check_values(1, 1 - 0.1 * 0.5 / 0.501, 1 + 0.1 * 2 / 2.001, 1 - 0.1 * 0.5, 1e-6);
	check_values(2, 1 - 0.1 * 0.5 / 0.501, 1 + 0.1 * 2 / 2.001, 1 - 0.1 * 0.5, 1e-6);

	adam.t = 2;
	adam.epsilon = 0;
	set(ps->grad, 1, halved);
	params_adam(ps, PARAM_HYPERNET, &adam);
	check_values(1, 1 - 0.1 * 0.5 / 0.501 - 0.08569128, 1 + 0.1 * 2 / 2.001 + 0.08569128, 1 - 0.05 - 0.08569128, 1e-6);
	check_values(0, 1, 1, 1, 1e-12);
}
END_TEST

/*
 * rate 0.1, momentum 0.9, decay 0.01: g' = g + 0.01 w; m = g', then 0.9 m + g'; w -= 0.1 (g' + 0.9 m).
 * First element, g 0.5: g' 0.51, m 0.51, w 1 - 0.0969 = 0.9031; then g' 0.509031, m 0.968031, w 0.9031 - 0.13802589 = 0.76507411.
 */
START_TEST(sgd_moves_one_group_as_by_hand)
{
	const struct sgd sgd = { .learning_rate = 0.1f, .momentum = 0.9f, .weight_decay = 0.01f };

	declare_two_groups();
	params_sgd(ps, PARAM_FREE, &sgd);
	check_values(0, 0.9031, 1 + 0.1 * 1.99 * 1.9, 1 - 0.1 * 0.011 * 1.9, 1e-6);
	params_sgd(ps, PARAM_FREE, &sgd);
	check_values(0, 0.76507411, 1.3781 + 0.1 * (1.986219 + 0.9 * (0.9 * 1.99 + 1.986219)),
		0.99791 - 0.1 * (0.0109791 + 0.9 * (0.9 * 0.011 + 0.0109791)), 1e-6);
	check_values(1, 1, 1, 1, 1e-12);
	check_values(2, 1, 1, 1, 1e-12);
}
END_TEST

/* A weight's neighbours on both sides are a scale and a bias: g' = g for them. */
START_TEST(sgd_does_not_decay_scales_and_biases)
{
	static const float gradient[] = { 0.5f, -2, 0.001f };

	params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(3), "norm.weight");
	params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(3), "norm.bias");
	params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(3, 1), "linear.weight");
	params_add(ps, PARAM_FREE, INIT_ONE, 0, SHAPE(3), "linear.bias");
	alloc_all();
	for (int i = 0; i < ps->count; i++)
		set(ps->grad, i, gradient);
	params_sgd(ps, PARAM_FREE, &(struct sgd){ .learning_rate = 0.1f, .momentum = 0.9f, .weight_decay = 0.01f });
	for (int i = 0; i < ps->count; i++) {
		double decay = i == 2 ? 0.01 : 0;

		check_values(i, 1 - 0.19 * (0.5 + decay), 1 - 0.19 * (-2 + decay), 1 - 0.19 * (0.001 + decay), 1e-6);
	}
}
END_TEST

START_TEST(cosine_falls_from_the_initial_rate_to_zero)
{
	ck_assert_double_eq_tol(cosine_rate(0.2, 0, 1000), 0.2, 1e-15);
	ck_assert_double_eq_tol(cosine_rate(0.2, 250, 1000), 0.1 * (1 + sqrt(0.5)), 1e-15);
	ck_assert_double_eq_tol(cosine_rate(0.2, 500, 1000), 0.1, 1e-15);
	ck_assert_double_eq_tol(cosine_rate(0.2, 1000, 1000), 0, 1e-15);
	ck_assert_double_gt(cosine_rate(0.2, 999, 1000), 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("params");
	TCase *tc = tcase_create("params");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(tc, set_up, tear_down);
	tcase_add_test(tc, parameters_are_found_by_name_and_lie_apart);
	tcase_add_test(tc, hundreds_of_parameters_can_be_declared);
	tcase_add_loop_test(tc, orthogonal_weights_are_orthonormal, 0, sizeof(orthogonal_cases) / sizeof(*orthogonal_cases));
	tcase_add_test(tc, uniform_values_fill_their_interval);
	tcase_add_test(tc, he_values_have_variance_two_over_fan_in);
	tcase_add_test(tc, same_seed_gives_the_same_values);
	tcase_add_test(tc, leaf_is_the_slab_and_its_gradient_can_be_zeroed);
	tcase_add_test(tc, adam_moves_one_group_as_by_hand);
	tcase_add_test(tc, sgd_moves_one_group_as_by_hand);
	tcase_add_test(tc, sgd_does_not_decay_scales_and_biases);
	tcase_add_test(tc, cosine_falls_from_the_initial_rate_to_zero);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
