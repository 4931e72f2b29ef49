/* check_base.c -- errors, random numbers, statistics, units, clock, nearest names, hashes, folders. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/folders.h"
#include "src/base/hash.h"
#include "src/base/nearest.h"
#include "src/base/pace.h"
#include "src/base/rng.h"
#include "src/base/stats.h"
#include "src/base/units.h"

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

START_TEST(error_never_moves_the_cursor)
{
	err_set("%s: not a file", "a\033[2J\nb\177\302\233c \303\251");       /* ESC, newline, DEL, the one-character CSI; é stays */
	ck_assert_str_eq(err_last(), "a?[2J?b???c \303\251: not a file");
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

START_TEST(stats_match_textbook)
{
	struct stats s = { 0 };
	const double x[] = { 2, 4, 4, 4, 5, 5, 7, 9 };      /* mean 5, squared differences 32 */

	ck_assert(isnan(stats_stderr(&s)));
	for (int i = 0; i < 8; i++)
		stats_add(&s, 1e9 + x[i]);   /* an offset that sum of squares would not survive */
	ck_assert_double_eq_tol(s.mean - 1e9, 5, 1e-6);
	ck_assert_double_eq_tol(stats_variance(&s), 32.0 / 7, 1e-6);
	ck_assert_double_eq_tol(stats_stderr(&s), sqrt(32.0 / 7 / 8), 1e-6);
}
END_TEST

START_TEST(median_of_odd_and_even)
{
	double odd[] = { 9, 1, 5 }, even[] = { 4, 1, 3, 2 }, one[] = { 7 };

	ck_assert_double_eq(stats_median(odd, 3), 5);
	ck_assert_double_eq(stats_median(even, 4), 2.5);
	ck_assert_double_eq(stats_median(one, 1), 7);
}
END_TEST

static const char *beside_millions(double x, char *text) { return units_count_beside(x, 1.91e6, text); }
static const char *beside_hundreds(double x, char *text) { return units_count_beside(x, 140e3, text); }
static const char *beside_thousands(double x, char *text) { return units_count_beside(x, 99900, text); }

static const struct {
	const char *(*units)(double, char *);
	double x;
	const char *text;
} unit_cases[] = {
	{ units_count, 0, "0" },
	{ units_count, 999.4, "999" },
	{ units_count, 999.6, "1.0k" },
	{ units_count, 19300, "19.3k" },
	{ units_count, 99949, "99.9k" },
	{ units_count, 99951, "0.10M" },
	{ units_count, 430000, "0.43M" },
	{ units_count, 2.1e6, "2.10M" },
	{ units_count, 1.25e9, "1.25G" },
	{ beside_millions, 1.91e6, "1.91M" },
	{ beside_millions, 43000, "0.04M" },
	{ beside_hundreds, 114010, "114k" },
	{ beside_hundreds, 70874, "71k" },
	{ beside_thousands, 940, "0.9k" },
	{ beside_thousands, 99900, "99.9k" },
	{ units_duration, 0.2, "0s" },
	{ units_duration, -3, "0s" },
	{ units_duration, 41, "41s" },
	{ units_duration, 59.7, "1m" },
	{ units_duration, 41 * 60, "41m" },
	{ units_duration, 3599, "1h00" },
	{ units_duration, 2 * 3600 + 5 * 60, "2h05" },
	{ units_duration, 76 * 3600, "3d04h" },
	{ units_bytes, 100, "0 KiB" },
	{ units_bytes, 12 * 1024, "12 KiB" },
	{ units_bytes, 1.9 * 1024 * 1024, "1.9 MiB" },
	{ units_bytes, 612.0 * 1024 * 1024, "612 MiB" },
	{ units_bytes, 1.9 * 1024 * 1024 * 1024, "1.9 GiB" },
};

START_TEST(units_read_as_a_person_writes_them)
{
	char text[UNITS_TEXT];

	ck_assert_str_eq(unit_cases[_i].units(unit_cases[_i].x, text), unit_cases[_i].text);
}
END_TEST

START_TEST(thousands_are_separated)
{
	char text[UNITS_TEXT];

	ck_assert_str_eq(units_thousands(0, text), "0");
	ck_assert_str_eq(units_thousands(999, text), "999");
	ck_assert_str_eq(units_thousands(8412, text), "8,412");
	ck_assert_str_eq(units_thousands(-1234567, text), "-1,234,567");
	ck_assert_str_eq(units_thousands(INT64_MIN, text), "-9,223,372,036,854,775,808");
}
END_TEST

static const struct {
	const char *given, *hint;
} nearest_cases[] = {
	{ "smal", "; did you mean small?" },
	{ "smash_v2", "; did you mean smash-v2?" },
	{ "Smash-V1", "; did you mean smash-v1?" },
	{ "fahsion-mnist", "; did you mean fashion-mnist?" },
	{ "fash", "; did you mean fashion-mnist?" },
	{ "volcano", "" },
	{ "", "" },
};

START_TEST(nearest_suggests_slips_only)
{
	static const char *const names[] = { "small", "smash-v1", "smash-v2", "fashion-mnist" };
	struct nearest near = nearest_to(nearest_cases[_i].given);

	for (int i = 0; i < 4; i++)
		nearest_offer(&near, names[i]);
	ck_assert_str_eq(nearest_hint(&near), nearest_cases[_i].hint);
}
END_TEST

START_TEST(clocks_go_forward)
{
	double a = clock_seconds(), b = clock_seconds();

	ck_assert_double_ge(b, a);
	ck_assert_double_gt(clock_wall(), 1.6e9);
}
END_TEST

START_TEST(rounded_numbers_come_back_from_their_digits)
{
	ck_assert_double_eq(units_rounded(0.1 + 0.2, 9), 0.3);
	ck_assert_double_eq(units_rounded(-1234567890123.0, 9), -1234567890000.0);
	ck_assert_double_eq(units_rounded(0, 9), 0);
	ck_assert(isnan(units_rounded(NAN, 9)) && isinf(units_rounded(-INFINITY, 9)));
}
END_TEST

/* An experiment of 1,000: 400 are read from the disk, then one a second, then, from 300 s on, one in four seconds. */
START_TEST(a_pace_is_that_of_late_and_not_of_what_was_taken_up)
{
	struct pace p;
	int64_t done = 400;

	pace_begin(&p, 100, 0);
	ck_assert(isnan(pace_rate(&p, 100)) && isnan(pace_left(&p, 100, 1000)));
	pace_note(&p, 100.1, 300);
	pace_note(&p, 100.2, done);
	ck_assert(isnan(pace_rate(&p, 100.2)) || pace_rate(&p, 100.2) < 21);     /* of two leaps two are counted */
	for (int second = 1; second <= 200; second++)
		pace_note(&p, 100 + second, ++done);
	ck_assert_double_eq_tol(pace_rate(&p, 300), 1, 0.05);
	ck_assert_double_eq_tol(pace_left(&p, 300, 1000), 400, 20);
	for (int second = 201; second <= 400; second++)
		pace_note(&p, 100 + second, second % 4 ? done : ++done);
	ck_assert_double_eq_tol(pace_rate(&p, 500), 0.25, 0.02);
	for (int second = 401; second <= 600; second++)
		pace_note(&p, 100 + second, done);
	ck_assert(isnan(pace_rate(&p, 700)));    /* nothing has moved for long */

	/* One that was resumed far on. */
	pace_begin(&p, 0, 900);
	pace_note(&p, 10, 910);
	ck_assert_double_eq_tol(pace_left(&p, 10, 1000), 90, 1e-9);
}
END_TEST

/* Test vectors of its authors. */
START_TEST(hashes_are_fnv_1a)
{
	ck_assert_uint_eq(hash_text(""), HASH_START);
	ck_assert_uint_eq(hash_text("a"), UINT64_C(0xaf63dc4c8601ec8c));
	ck_assert_uint_eq(hash_text("foobar"), UINT64_C(0x85944171f73967e8));
	ck_assert_uint_eq(hash_bytes(hash_text("foo"), "bar", 3), hash_text("foobar"));
	ck_assert_uint_eq(hash_number(HASH_START, 0x0201), hash_bytes(HASH_START, "\1\2\0\0\0\0\0\0", 8));
}
END_TEST

START_TEST(folders_are_made_as_far_as_they_are_missing)
{
	char folder[] = "/tmp/smashtop-base-XXXXXX", path[100];
	struct stat st;

	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(path, sizeof path, "%s/a/b/file", folder);
	ck_assert_int_eq(folders_make_for(path, 0700), 2);
	ck_assert_int_eq(folders_make_for(path, 0700), 0);
	ck_assert_int_lt(access(path, F_OK), 0);
	ck_assert_int_eq(folders_make(path, 0755), 1);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert(S_ISDIR(st.st_mode));
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(folders_make_for("file", 0700), 0);
	snprintf(path, sizeof path, "%s/a/b", folder);
	ck_assert_int_eq(stat(path, &st), 0);
	ck_assert_int_eq(st.st_mode & 0777, 0700);
	ck_assert_int_eq(rmdir(path), 0);
	snprintf(path, sizeof path, "%s/a", folder);
	ck_assert_int_eq(rmdir(path), 0);
	ck_assert_int_eq(rmdir(folder), 0);
	ck_assert_int_eq(folders_make("/dev/null/a", 0700), -1);
	ck_assert_str_eq(err_last(), "/dev/null/a: Not a directory");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("base");
	TCase *error = tcase_create("error"), *random = tcase_create("random"), *text = tcase_create("text");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(error, error_is_one_line_and_returns_minus_one);
	tcase_add_test(error, error_never_moves_the_cursor);
	tcase_add_test(error, error_too_long_is_cut_not_overrun);
	tcase_add_test(random, rng_is_xoshiro256starstar);
	tcase_add_test(random, rng_streams_and_seeds_differ);
	tcase_add_test(random, rng_below_is_uniform);
	tcase_add_test(random, rng_normal_has_mean_0_and_variance_1);
	tcase_add_test(random, rng_weighted_follows_weights_and_never_draws_weight_0);
	tcase_add_test(random, rng_shuffle_permutes);
	tcase_add_test(random, stats_match_textbook);
	tcase_add_test(random, median_of_odd_and_even);
	tcase_add_loop_test(text, units_read_as_a_person_writes_them, 0, sizeof unit_cases / sizeof *unit_cases);
	tcase_add_test(text, thousands_are_separated);
	tcase_add_loop_test(text, nearest_suggests_slips_only, 0, sizeof nearest_cases / sizeof *nearest_cases);
	tcase_add_test(text, rounded_numbers_come_back_from_their_digits);
	tcase_add_test(text, a_pace_is_that_of_late_and_not_of_what_was_taken_up);
	tcase_add_test(text, clocks_go_forward);
	tcase_add_test(text, hashes_are_fnv_1a);
	tcase_add_test(text, folders_are_made_as_far_as_they_are_missing);
	suite_add_tcase(suite, error);
	suite_add_tcase(suite, random);
	suite_add_tcase(suite, text);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
