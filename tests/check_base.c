/* check_base.c -- errors, random numbers, statistics, units, clock, nearest names. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/rng.h"

START_TEST(error_is_one_line_and_returns_minus_one)
{
	ck_assert_str_eq(err_last(), "");
	ck_assert_int_eq(err_set("%s: no such preset", "smal"), -1);
	ck_assert_str_eq(err_last(), "smal: no such preset");
	ck_assert_int_eq(err_prefix("run %d", 3), -1);
	ck_assert_str_eq(err_last(), "run 3: smal: no such preset");
	err_set("again: %s", err_last());
	ck_assert_str_eq(err_last(), "again: run 3: smal: no such preset");
	err_clear();
	ck_assert_str_eq(err_last(), "");
}
END_TEST

START_TEST(error_too_long_is_cut_not_overrun)
{
	char text[5000];

	memset(text, 'x', sizeof text - 1);
	text[sizeof text - 1] = '\0';
	err_set("%s", text);
	ck_assert_uint_lt(strlen(err_last()), sizeof text / 2);
	for (int i = 0; i < 3; i++)
		err_prefix("%s", text);
	ck_assert_uint_lt(strlen(err_last()), sizeof text / 2);
}
END_TEST

/* First outputs of the reference implementation for the state 1, 2, 3, 4. */
START_TEST(rng_is_xoshiro256starstar)
{
	struct rng r = { { 1, 2, 3, 4 } };
	const uint64_t expected[] = { 11520, 0, 1509978240, UINT64_C(1215971899390074240) };

	for (int i = 0; i < 4; i++)
		ck_assert_uint_eq(rng_next(&r), expected[i]);
}
END_TEST

START_TEST(rng_streams_and_seeds_differ)
{
	struct rng a, b, c, d;

	rng_seed(&a, 1, 1);
	rng_seed(&b, 1, 2);
	rng_seed(&c, 2, 1);
	rng_seed(&d, 1, 1);
	uint64_t x = rng_next(&a), y = rng_next(&b), z = rng_next(&c);

	ck_assert_uint_ne(x, y);
	ck_assert_uint_ne(x, z);
	ck_assert_uint_ne(y, z);
	ck_assert_uint_eq(x, rng_next(&d));
}
END_TEST

START_TEST(rng_below_is_uniform)
{
	struct rng r;
	int count[7] = { 0 };
	const int n = 70000;

	rng_seed(&r, 3, 0);
	for (int i = 0; i < n; i++)
		count[rng_below(&r, 7)]++;
	for (int i = 0; i < 7; i++)          /* 5 standard deviations of a binomial count */
		ck_assert_int_lt(abs(count[i] - n / 7), (int)(5 * sqrt(n / 7.0 * 6 / 7)));
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(rng_below(&r, 1), 0);
}
END_TEST

START_TEST(rng_normal_has_mean_0_and_variance_1)
{
	struct rng r;
	const int n = 100000;
	double sum = 0, squares = 0;

	rng_seed(&r, 4, 0);
	for (int i = 0; i < n; i++) {
		double x = rng_normal(&r);

		ck_assert(isfinite(x));
		sum += x;
		squares += x * x;
	}
	ck_assert_double_lt(fabs(sum / n), 5 / sqrt(n));
	ck_assert_double_lt(fabs(squares / n - 1), 5 * sqrt(2.0 / n));
}
END_TEST

START_TEST(rng_weighted_follows_weights_and_never_draws_weight_0)
{
	struct rng r;
	const double weight[] = { 0, 1, 0, 3, 0 };
	int count[5] = { 0 };
	const int n = 40000;

	rng_seed(&r, 5, 0);
	for (int i = 0; i < n; i++)
		count[rng_weighted(&r, weight, 5)]++;
	ck_assert_int_eq(count[0] + count[2] + count[4], 0);
	ck_assert_int_lt(abs(count[1] - n / 4), (int)(5 * sqrt(n * 3.0 / 16)));
}
END_TEST

START_TEST(rng_shuffle_permutes)
{
	struct rng r;
	int value[100], seen[100] = { 0 }, moved = 0;

	rng_seed(&r, 6, 0);
	for (int i = 0; i < 100; i++)
		value[i] = i;
	rng_shuffle(&r, value, 100);
	for (int i = 0; i < 100; i++) {
		seen[value[i]]++;
		moved += value[i] != i;
	}
	for (int i = 0; i < 100; i++)
		ck_assert_int_eq(seen[i], 1);
	ck_assert_int_gt(moved, 80);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *error = tcase_create("error"), *random = tcase_create("random");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(error, error_is_one_line_and_returns_minus_one);
	tcase_add_test(error, error_too_long_is_cut_not_overrun);
	tcase_add_test(random, rng_is_xoshiro256starstar);
	tcase_add_test(random, rng_streams_and_seeds_differ);
	tcase_add_test(random, rng_below_is_uniform);
	tcase_add_test(random, rng_normal_has_mean_0_and_variance_1);
	tcase_add_test(random, rng_weighted_follows_weights_and_never_draws_weight_0);
	tcase_add_test(random, rng_shuffle_permutes);
	suite_add_tcase(suite, error);
	suite_add_tcase(suite, random);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
