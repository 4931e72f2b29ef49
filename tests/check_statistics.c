/* check_statistics.c -- correlations, tests and intervals against SciPy's values (tests/reference/golden_statistics.py). */
#include <check.h>
#include <jansson.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/correlation.h"
#include "src/base/paired.h"
#include "src/base/rng.h"

enum { MOST = 256, CORRELATION_CASES = 64, WILCOXON_CASES = 54, HOLM_CASES = 8, INTERVAL_CASES = 3 };

/* Both sides compute in double precision; sums of 250 terms in another order, and SciPy's exact p of Kendall from counts up to 50!. */
static const double tolerance = 1e-10;

static json_t *golden;

static void load_golden(void)
{
	char path[1024];
	const char *source = getenv("SMASHTOP_SOURCE");
	json_error_t error;

	snprintf(path, sizeof(path), "%s/tests/reference/statistics.json", source ? source : ".");
	golden = json_load_file(path, 0, &error);
	ck_assert_msg(golden != NULL, "%s: %s", path, error.text);
}

static void release_golden(void)
{
	json_decref(golden);
}

static const json_t *golden_case(const char *list, int i, int cases)
{
	ck_assert_uint_eq(json_array_size(json_object_get(golden, list)), cases);
	return json_array_get(json_object_get(golden, list), i);
}

/* null is NAN. */
static int numbers(double list[MOST], const json_t *of, const char *name)
{
	const json_t *array = json_object_get(of, name);
	int n = (int)json_array_size(array);

	ck_assert(json_is_array(array) && n <= MOST);
	for (int i = 0; i < n; i++)
		list[i] = json_is_null(json_array_get(array, i)) ? NAN : json_number_value(json_array_get(array, i));
	return n;
}

static void ck_close(const char *what, double got, const json_t *expected)
{
	ck_assert_ptr_nonnull(expected);
	if (json_is_null(expected)) {
		ck_assert_msg(isnan(got), "%s: %.17g, SciPy has none", what, got);
		return;
	}

	double want = json_number_value(expected);

	ck_assert_msg(fabs(got - want) <= tolerance * fabs(want) + 1e-14, "%s: %.17g, SciPy %.17g", what, got, want);
}

/* ---- correlations ---- */

START_TEST(coefficients_and_p_are_those_of_scipy)
{
	const json_t *c = golden_case("correlation", _i, CORRELATION_CASES);
	double x[MOST], y[MOST], z[MOST];
	int n = numbers(x, c, "x");

	numbers(y, c, "y");
	numbers(z, c, "z");
	ck_close("kendall", kendall(x, y, n), json_object_get(c, "kendall"));
	ck_close("kendall_p", kendall_p(x, y, n), json_object_get(c, "kendall_p"));
	ck_close("spearman", spearman(x, y, n), json_object_get(c, "spearman"));
	ck_close("pearson", pearson(x, y, n), json_object_get(c, "pearson"));
	ck_close("partial_spearman", partial_spearman(x, y, z, n), json_object_get(c, "partial_spearman"));
}
END_TEST

START_TEST(precision_is_the_mean_over_ties)
{
	const json_t *c = golden_case("correlation", _i, CORRELATION_CASES);
	double x[MOST], y[MOST];
	int n = numbers(x, c, "x");
	size_t i;
	json_t *at;

	numbers(y, c, "y");
	json_array_foreach(json_object_get(c, "precision"), i, at)
		ck_close("precision", precision_at(x, y, n, (int)json_integer_value(json_object_get(at, "k"))), json_object_get(at, "value"));
}
END_TEST

START_TEST(what_means_nothing_is_not_a_number)
{
	static correlation *const all[] = { pearson, spearman, kendall, kendall_p };
	double up[6] = { 1, 2, 3, 4, 5, 6 }, other[6] = { 2, 1, 4, 3, 6, 5 }, same[6] = { 0.1, 0.1, 0.1, 0.1, 0.1, 0.1 };
	double hole[6] = { 1, 2, NAN, 4, 5, 6 }, endless[6] = { 1, 2, INFINITY, 4, 5, 6 };

	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		ck_assert(isfinite(all[i](up, other, 6)));
		ck_assert(isfinite(all[i](up, other, 3)));
		ck_assert(isnan(all[i](up, other, 2)));
		ck_assert(isnan(all[i](up, other, 0)));
		ck_assert(isnan(all[i](same, other, 6)));
		ck_assert(isnan(all[i](up, same, 6)));
		ck_assert(isnan(all[i](hole, up, 6)));
		ck_assert(isnan(all[i](up, endless, 6)));
	}
	ck_assert(isnan(partial_spearman(up, other, same, 6)));
	ck_assert(isnan(partial_spearman(up, other, up, 6)));
	ck_assert(isnan(partial_spearman(up, other, hole, 6)));
	ck_assert(isnan(partial_spearman(up, other, other, 3)));
	ck_assert(isnan(precision_at(up, other, 6, 0)));
	ck_assert(isnan(precision_at(up, other, 6, 7)));
	ck_assert(isnan(precision_at(up, same, 6, 2)));
	ck_assert(isnan(precision_at(up, hole, 6, 2)));
	ck_assert_double_eq(precision_at(up, other, 6, 1), 0);
	ck_assert_double_eq(precision_at(up, other, 6, 2), 1);
}
END_TEST

/* ---- tests ---- */

START_TEST(wilcoxon_is_that_of_scipy)
{
	const json_t *c = golden_case("wilcoxon", _i, WILCOXON_CASES);
	double d[MOST];
	int n = numbers(d, c, "difference");

	ck_close("two-sided", wilcoxon_p(d, n, TWO_SIDED), json_object_get(c, "two_sided"));
	ck_close("greater", wilcoxon_p(d, n, GREATER), json_object_get(c, "greater"));
}
END_TEST

START_TEST(wilcoxon_says_nothing_of_few_or_broken_differences)
{
	double d[8] = { 1, 2, 3, 4, 5, 6, 0, 0 };

	ck_assert_double_eq(wilcoxon_p(d, 6, GREATER), 1.0 / 64);
	ck_assert(isnan(wilcoxon_p(d, 5, GREATER)));
	ck_assert(isnan(wilcoxon_p(d + 1, 7, TWO_SIDED)));       /* five that are not zero */
	d[2] = NAN;
	ck_assert(isnan(wilcoxon_p(d, 8, TWO_SIDED)));
}
END_TEST

START_TEST(holm_is_its_definition)
{
	const json_t *c = golden_case("holm", _i, HOLM_CASES);
	double p[MOST];
	int n = numbers(p, c, "p");

	holm_correct(p, n);
	for (int i = 0; i < n; i++)
		ck_close("corrected", p[i], json_array_get(json_object_get(c, "corrected"), i));
}
END_TEST

/* ---- intervals ---- */

enum { RESAMPLES = 4000 };

static void ck_interval(const char *what, struct interval got, const json_t *expected)
{
	double low = json_number_value(json_object_get(expected, "low")), high = json_number_value(json_object_get(expected, "high"));

	/* Two bootstraps of 4,000 and 20,000 draws: the standard error of such an end is about 1.3 % of the width. */
	double off = 0.06 * (high - low);

	ck_assert_msg(fabs(got.low - low) < off && fabs(got.high - high) < off, "%s: %.4f to %.4f, SciPy %.4f to %.4f", what, got.low,
		got.high, low, high);
}

START_TEST(intervals_are_those_of_scipy)
{
	const json_t *c = golden_case("interval", _i, INTERVAL_CASES);
	double x[MOST], y[MOST], z[MOST];
	int n = numbers(x, c, "x");

	numbers(y, c, "y");
	numbers(z, c, "z");
	ck_interval("pearson", correlation_interval(pearson, x, y, n, RESAMPLES, 1), json_object_get(c, "pearson"));
	ck_interval("spearman", correlation_interval(spearman, x, y, n, RESAMPLES, 1), json_object_get(c, "spearman"));
	ck_interval("kendall", correlation_interval(kendall, x, y, n, RESAMPLES, 1), json_object_get(c, "kendall"));
	ck_interval("mean", mean_interval(x, n, RESAMPLES, 1), json_object_get(c, "mean"));
	ck_interval("partial", triple_interval(partial_spearman, x, y, z, n, RESAMPLES, 1), json_object_get(c, "partial_spearman"));
	ck_interval("gain", triple_interval(kendall_gain, x, y, z, n, RESAMPLES, 1), json_object_get(c, "kendall_gain"));
	ck_assert_double_eq(correlation_interval(kendall, x, y, n, RESAMPLES, 1).value, kendall(x, y, n));
}
END_TEST

static bool same(struct interval a, struct interval b)
{
	return a.value == b.value && a.low == b.low && a.high == b.high;
}

START_TEST(intervals_repeat_by_seed)
{
	double x[20], y[20];
	int cluster[20];
	struct rng rng;

	rng_seed(&rng, 1, 1);
	for (int i = 0; i < 20; i++) {
		x[i] = rng_normal(&rng);
		y[i] = x[i] + rng_normal(&rng);
		cluster[i] = i / 2;
	}
	ck_assert(same(correlation_interval(spearman, x, y, 20, 200, 5), correlation_interval(spearman, x, y, 20, 200, 5)));
	ck_assert(!same(correlation_interval(spearman, x, y, 20, 200, 5), correlation_interval(spearman, x, y, 20, 200, 6)));
	ck_assert(same(mean_interval(x, 20, 200, 5), mean_interval(x, 20, 200, 5)));
	ck_assert(!same(mean_interval(x, 20, 200, 5), mean_interval(x, 20, 200, 6)));
	ck_assert(same(mean_interval_clustered(x, cluster, 20, 10, 200, 5), mean_interval_clustered(x, cluster, 20, 10, 200, 5)));
	ck_assert(!same(mean_interval_clustered(x, cluster, 20, 10, 200, 5), mean_interval_clustered(x, cluster, 20, 10, 200, 6)));
}
END_TEST

START_TEST(few_numbers_have_a_value_and_no_interval)
{
	double x[6] = { 1, 2, 3, 4, 5, 6 }, y[6] = { 2, 1, 4, 3, 6, 5 };
	int cluster[6] = { 0, 1, 2, 3, 3, 3 };
	struct interval i = correlation_interval(kendall, x, y, 4, 100, 1);

	ck_assert(isfinite(i.value) && isnan(i.low) && isnan(i.high));
	i = correlation_interval(kendall, x, y, 5, 100, 1);
	ck_assert(isfinite(i.low) && isfinite(i.high));
	i = mean_interval(x, 4, 100, 1);
	ck_assert_double_eq(i.value, 2.5);
	ck_assert(isnan(i.low) && isnan(i.high));
	i = mean_interval_clustered(x, cluster, 6, 4, 100, 1);
	ck_assert_double_eq(i.value, 3.5);
	ck_assert(isnan(i.low) && isnan(i.high));
	ck_assert(isnan(mean_interval(x, 0, 100, 1).value));
	ck_assert(isnan(mean_interval_clustered(x, cluster, 0, 4, 100, 1).value));
}
END_TEST

/* How often 95 % intervals of samples of a known law hold the truth. */
enum { SAMPLES = 400, SAMPLE_SIZE = 60 };

START_TEST(intervals_cover_the_truth)
{
	double truth = 2 / M_PI * asin(0.6);         /* tau of two normals that correlate by 0.6 */
	int tau_held = 0, mean_held = 0;
	struct rng rng;

	rng_seed(&rng, 11, 1);
	for (int s = 0; s < SAMPLES; s++) {
		double x[SAMPLE_SIZE], y[SAMPLE_SIZE];

		for (int i = 0; i < SAMPLE_SIZE; i++) {
			x[i] = rng_normal(&rng);
			y[i] = 0.6 * x[i] + 0.8 * rng_normal(&rng);
		}

		struct interval tau = correlation_interval(kendall, x, y, SAMPLE_SIZE, 200, (uint64_t)s), m = mean_interval(y, SAMPLE_SIZE, 200, (uint64_t)s);

		tau_held += tau.low <= truth && truth <= tau.high;
		mean_held += m.low <= 0 && 0 <= m.high;
	}
	/* 95 % of 400 is 380, standard deviation 4.4; resampled pairs tie, which pulls tau's interval a little towards zero. */
	ck_assert_msg(tau_held >= 355 && tau_held <= 395, "tau %d of %d", tau_held, SAMPLES);
	ck_assert_msg(mean_held >= 360 && mean_held <= 395, "mean %d of %d", mean_held, SAMPLES);
}
END_TEST

/* Two means over the same 5,000 values, which differ by what chance does to pairs: the interval covers the truth 95 times of 100. */
START_TEST(parts_tell_how_sure_a_difference_of_pairs_is)
{
	enum { VALUES = 5000, TRIALS = 400 };
	static float a[VALUES], b[VALUES];
	float part_a[PAIRED_PARTS], part_b[PAIRED_PARTS];
	struct rng rng;
	int covered = 0;
	double width = 0;

	rng_seed(&rng, 3, 1);
	for (int t = 0; t < TRIALS; t++) {
		double mean_a = 0, mean_b = 0, margin;

		for (int i = 0; i < VALUES; i++) {
			double both = rng_normal(&rng);          /* an image that is hard for one is hard for the other */

			a[i] = (float)(both + 0.3 * rng_normal(&rng));
			b[i] = (float)(both + 0.3 * rng_normal(&rng) + 0.02);
			mean_a += a[i] / VALUES;
			mean_b += b[i] / VALUES;
		}
		paired_parts(a, VALUES, part_a);
		paired_parts(b, VALUES, part_b);
		margin = paired_parts_margin(part_a, part_b);
		covered += fabs(mean_b - mean_a - 0.02) < margin;
		width += margin / TRIALS;
	}
	ck_assert_int_ge(covered, TRIALS * 92 / 100);            /* 95 % of 400 is 380 +- 4.4 */
	ck_assert_int_le(covered, TRIALS * 98 / 100);
	/* 2.09 * .3 * sqrt(2 / 5000), where scores that are not paired would have 1.96 * sqrt(2 * 1.09 / 5000) = .041 */
	ck_assert_double_eq_tol(width, 0.01255, 0.0005);
}
END_TEST

START_TEST(parts_are_means_of_every_twentieth)
{
	float x[3 * PAIRED_PARTS], part[PAIRED_PARTS];

	for (int i = 0; i < 3 * PAIRED_PARTS; i++)
		x[i] = (float)i;
	paired_parts(x, 3 * PAIRED_PARTS, part);
	ck_assert_double_eq_tol(part[0], PAIRED_PARTS, 1e-5);
	ck_assert_double_eq_tol(part[7], PAIRED_PARTS + 7, 1e-5);
	paired_parts(x, 2 * PAIRED_PARTS + 1, part);
	ck_assert_double_eq_tol(part[0], PAIRED_PARTS, 1e-5);            /* three of them, of the others two */
	ck_assert_double_eq_tol(part[1], PAIRED_PARTS / 2. + 1, 1e-5);
	ck_assert_double_eq(paired_parts_margin(part, part), 0);
}
END_TEST

START_TEST(clusters_are_drawn_whole)
{
	enum { CLUSTERS = 10, TRIALS = 20, NUMBERS = CLUSTERS * TRIALS };
	double x[NUMBERS], first[CLUSTERS];
	int cluster[NUMBERS];
	struct rng rng;

	/* Twenty equal trials of ten architectures know no more than ten numbers. */
	rng_seed(&rng, 3, 1);
	for (int i = 0; i < NUMBERS; i++) {
		x[i] = i < CLUSTERS ? rng_normal(&rng) : x[i % CLUSTERS];
		cluster[i] = i % CLUSTERS;
		if (i < CLUSTERS)
			first[i] = x[i];
	}

	struct interval whole = mean_interval_clustered(x, cluster, NUMBERS, CLUSTERS, 2000, 1), ten = mean_interval(first, CLUSTERS, 2000, 1);
	struct interval loose = mean_interval(x, NUMBERS, 2000, 1);

	ck_assert_double_eq_tol(whole.value, ten.value, 1e-12);
	ck_assert_double_eq_tol(whole.low, ten.low, 1e-12);
	ck_assert_double_eq_tol(whole.high, ten.high, 1e-12);
	ck_assert_double_lt(3 * (loose.high - loose.low), whole.high - whole.low);
}
END_TEST

/* Clusters of other sizes weigh as many numbers as they have, and numbers without a member are not drawn. */
START_TEST(clusters_weigh_their_numbers)
{
	double x[9] = { 10, 0, 0, 0, 1, 2, 3, 4, 5 };
	int cluster[9] = { 0, 1, 1, 1, 3, 4, 5, 6, 7 };
	struct interval i = mean_interval_clustered(x, cluster, 9, 40, 500, 1);

	ck_assert_double_eq_tol(i.value, 25.0 / 9, 1e-12);
	ck_assert(i.low < i.value && i.value < i.high && i.low >= 0 && i.high <= 10);
}
END_TEST

/* Eight pairs of each of ten clusters that are all but equal know no more than ten pairs; clusters of one pair are pairs. */
START_TEST(pairs_of_clusters_are_drawn_whole)
{
	enum { CLUSTERS = 10, EACH = 8, PAIRS = CLUSTERS * EACH };
	double x[PAIRS], y[PAIRS], first_x[CLUSTERS], first_y[CLUSTERS];
	int cluster[PAIRS], alone[PAIRS];
	struct interval whole, ten, loose;
	struct rng rng;

	rng_seed(&rng, 4, 1);
	for (int i = 0; i < CLUSTERS; i++) {
		first_x[i] = rng_normal(&rng);
		first_y[i] = 0.6 * first_x[i] + 0.8 * rng_normal(&rng);
	}
	for (int i = 0; i < PAIRS; i++) {
		cluster[i] = i / EACH;
		alone[i] = i;
		x[i] = first_x[cluster[i]];
		y[i] = first_y[cluster[i]];
	}
	whole = correlation_interval_clustered(pearson, x, y, cluster, PAIRS, 500, 1);
	ten = correlation_interval(pearson, first_x, first_y, CLUSTERS, 500, 1);
	loose = correlation_interval(pearson, x, y, PAIRS, 500, 1);
	ck_assert_double_eq_tol(whole.low, ten.low, 1e-9);
	ck_assert_double_eq_tol(whole.high, ten.high, 1e-9);
	ck_assert_double_lt(2 * (loose.high - loose.low), whole.high - whole.low);
	ck_assert(same(correlation_interval_clustered(pearson, x, y, alone, PAIRS, 500, 1), loose));
	/* Four clusters have no interval of their own: pairs are drawn. */
	ck_assert(same(correlation_interval_clustered(pearson, x, y, cluster, 4 * EACH, 500, 1), correlation_interval(pearson, x, y, 4 * EACH, 500, 1)));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("statistics");
	TCase *of_pairs = tcase_create("correlation"), *tests = tcase_create("tests"), *intervals = tcase_create("intervals");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(of_pairs, load_golden, release_golden);
	tcase_add_checked_fixture(tests, load_golden, release_golden);
	tcase_add_checked_fixture(intervals, load_golden, release_golden);
	tcase_add_loop_test(of_pairs, coefficients_and_p_are_those_of_scipy, 0, CORRELATION_CASES);
	tcase_add_loop_test(of_pairs, precision_is_the_mean_over_ties, 0, CORRELATION_CASES);
	tcase_add_test(of_pairs, what_means_nothing_is_not_a_number);
	tcase_add_loop_test(tests, wilcoxon_is_that_of_scipy, 0, WILCOXON_CASES);
	tcase_add_test(tests, wilcoxon_says_nothing_of_few_or_broken_differences);
	tcase_add_loop_test(tests, holm_is_its_definition, 0, HOLM_CASES);
	tcase_add_loop_test(intervals, intervals_are_those_of_scipy, 0, INTERVAL_CASES);
	tcase_add_test(intervals, intervals_repeat_by_seed);
	tcase_add_test(intervals, few_numbers_have_a_value_and_no_interval);
	tcase_add_test(intervals, intervals_cover_the_truth);
	tcase_add_test(intervals, clusters_are_drawn_whole);
	tcase_add_test(intervals, parts_are_means_of_every_twentieth);
	tcase_add_test(intervals, parts_tell_how_sure_a_difference_of_pairs_is);
	tcase_add_test(intervals, clusters_weigh_their_numbers);
	tcase_add_test(intervals, pairs_of_clusters_are_drawn_whole);
	suite_add_tcase(suite, of_pairs);
	suite_add_tcase(suite, tests);
	suite_add_tcase(suite, intervals);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
