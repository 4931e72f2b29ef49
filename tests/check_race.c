/* check_race.c -- the best of many with a fraction of the images. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/rng.h"
#include "src/lab/race.h"

enum { CONTESTANTS = 150, IMAGES = 2000, LOOKS = 200, TOP = 10 };

/* Losses as networks have them: most images are easy, a few are very hard, contestants differ by a few per cent and on each image by chance. */
struct field {
	float loss[CONTESTANTS][IMAGES], wrong[CONTESTANTS][IMAGES], look[CONTESTANTS][LOOKS];
	double mean[CONTESTANTS];
	int rank[CONTESTANTS];           /* 0: the best */
};

static struct field field;

static void make_losses(float *loss, const double *difficulty, int n, double quality, struct rng *rng)
{
	for (int i = 0; i < n; i++)
		loss[i] = (float)(difficulty[i] * exp(quality + 0.3 * rng_normal(rng)));
}

static void make_field(uint64_t seed)
{
	double of_image[IMAGES], of_look[LOOKS];
	struct rng rng;

	rng_seed(&rng, seed, 61);
	for (int i = 0; i < IMAGES; i++)
		of_image[i] = exp(1.8 * rng_normal(&rng) - 2);
	for (int i = 0; i < LOOKS; i++)
		of_look[i] = exp(1.8 * rng_normal(&rng) - 2);
	for (int c = 0; c < CONTESTANTS; c++) {
		double quality = 0.05 * rng_normal(&rng);

		make_losses(field.loss[c], of_image, IMAGES, quality, &rng);
		make_losses(field.look[c], of_look, LOOKS, quality, &rng);
		field.mean[c] = 0;
		for (int i = 0; i < IMAGES; i++) {
			field.wrong[c][i] = field.loss[c][i] > 0.7f;
			field.mean[c] += (double)field.loss[c][i] / IMAGES;
		}
	}
	for (int c = 0; c < CONTESTANTS; c++) {
		field.rank[c] = 0;
		for (int other = 0; other < CONTESTANTS; other++)
			field.rank[c] += field.mean[other] < field.mean[c];
	}
}

/* Runs on until the race is over; returns how many losses it took. */
static int run_race(struct race *race)
{
	static float loss[IMAGES], wrong[IMAGES];
	int until, c, evaluations = 0;

	while ((c = race_next(race, &until)) >= 0) {
		int seen = race_seen(race, c);

		ck_assert_int_lt(seen, until);
		ck_assert_int_le(until, IMAGES);
		if (seen == 0)
			ck_assert_int_eq(race_look(race, c, field.look[c]), 0);
		for (int i = seen; i < until; i++) {
			loss[i - seen] = field.loss[c][race_order(race)[i]];
			wrong[i - seen] = field.wrong[c][race_order(race)[i]];
		}
		ck_assert_int_eq(race_add(race, c, loss, wrong, until - seen), 0);
		evaluations += until - seen;
	}
	ck_assert_int_eq(c, RACE_OVER);
	return evaluations;
}

static struct race *start_race(int top, double z, int contestants)
{
	struct race *race = race_new(IMAGES, LOOKS, top, z);

	for (int c = 0; c < contestants; c++)
		ck_assert_int_eq(race_enter(race), c);
	return race;
}

static int found_of_the_best(const struct race *race)
{
	int found = 0;

	for (int c = 0; c < CONTESTANTS; c++)
		found += field.rank[c] < TOP && !race_dropped(race, c);
	return found;
}

START_TEST(a_race_finds_the_best_with_a_fraction_of_the_images)
{
	int found = 0, evaluations = 0;

	for (int seed = 0; seed < 8; seed++) {
		make_field(seed);

		struct race *race = start_race(TOP, race_z, CONTESTANTS);

		evaluations += run_race(race);
		found += found_of_the_best(race);
		race_free(race);
	}
	ck_assert_msg(found >= 8 * TOP - 4, "%d of %d", found, 8 * TOP);
	ck_assert_msg(evaluations < 8 * CONTESTANTS * IMAGES / 4, "%d of %d images", evaluations, 8 * CONTESTANTS * IMAGES);
}
END_TEST

START_TEST(the_greater_z_the_fewer_are_dropped)
{
	static const double z[] = { 0.5, 1, 2, 3, 5, INFINITY };
	int evaluations = 0, left = 0;

	make_field(1);
	for (int i = 0; i < 6; i++) {
		struct race *race = start_race(TOP, z[i], CONTESTANTS);
		int took = run_race(race);

		ck_assert_int_gt(took, evaluations);
		ck_assert_int_ge(race_left(race), left);
		evaluations = took;
		left = race_left(race);
		race_free(race);
	}
	ck_assert_int_eq(left, CONTESTANTS);
	ck_assert_int_eq(evaluations, CONTESTANTS * IMAGES);
}
END_TEST

START_TEST(the_common_order_shows_hard_images_first_and_all_in_the_end)
{
	bool seen[IMAGES] = { false };
	double first = 0, all = 0;

	make_field(2);

	struct race *race = start_race(TOP, race_z, CONTESTANTS);

	run_race(race);
	for (int i = 0; i < IMAGES; i++) {
		int image = race_order(race)[i];

		ck_assert(!seen[image]);
		seen[image] = true;
		all += field.loss[0][image] / IMAGES;
		if (i < IMAGES / 10)
			first += field.loss[0][image] / (IMAGES / 10);
	}
	ck_assert_msg(first > 1.5 * all, "%.3f first, %.3f in the mean", first, all);
	race_free(race);
}
END_TEST

START_TEST(one_that_has_seen_all_images_has_its_losses_in_their_own_order)
{
	static float loss[IMAGES], wrong[IMAGES];

	make_field(3);

	struct race *race = start_race(TOP, race_z, CONTESTANTS);

	run_race(race);
	for (int c = 0; c < CONTESTANTS; c++) {
		if (race_dropped(race, c))
			continue;
		ck_assert_int_eq(race_seen(race, c), IMAGES);
		race_losses(race, c, loss, wrong);
		ck_assert_mem_eq(loss, field.loss[c], sizeof(loss));
		ck_assert_mem_eq(wrong, field.wrong[c], sizeof(wrong));
	}
	race_free(race);
}
END_TEST

/* The error bar holds the sampling of the images, common to all: against the true mean of the same images only the difference from the
 * yardsticks errs, so that most estimates are closer. */
START_TEST(the_score_of_one_that_was_dropped_is_an_honest_estimate)
{
	double off = 0, wrong_off = 0, outside = 0, least = 0;
	int dropped = 0;

	for (int seed = 10; seed < 14; seed++) {
		make_field(seed);

		struct race *race = start_race(TOP, race_z, CONTESTANTS);

		run_race(race);
		for (int c = 0; c < CONTESTANTS; c++) {
			struct score score = race_score(race, c);
			double errors = 0;

			if (!race_dropped(race, c))
				continue;
			for (int i = 0; i < IMAGES; i++)
				errors += field.wrong[c][i] / IMAGES;
			dropped++;
			off += (score.loss - field.mean[c]) / field.mean[c];
			wrong_off += score.error - errors;
			outside += fabs(score.loss - field.mean[c]) > 2 * score.loss_stderr;
			least += score.loss_stderr < score_of(field.loss[c], field.wrong[c], IMAGES).loss_stderr * 0.5;
			ck_assert_int_eq(score.images, race_seen(race, c));
			ck_assert_int_lt(score.images, IMAGES);
		}
		race_free(race);
	}
	ck_assert_int_gt(dropped, 400);
	ck_assert_msg(fabs(off / dropped) < 0.02, "off by %.4f of the loss in the mean", off / dropped);
	ck_assert_msg(fabs(wrong_off / dropped) < 0.01, "off by %.4f of the error in the mean", wrong_off / dropped);
	ck_assert_msg(outside / dropped < 0.05, "%.3f outside two standard errors", outside / dropped);
	ck_assert_double_eq(least, 0);
}
END_TEST

START_TEST(later_contestants_race_against_those_that_are_left)
{
	make_field(4);

	struct race *race = start_race(TOP, race_z, CONTESTANTS / 2);
	int half = run_race(race), out = 0;

	while (race_out(race) >= 0)
		out++;
	ck_assert_int_eq(out, CONTESTANTS / 2);
	for (int c = CONTESTANTS / 2; c < CONTESTANTS; c++)
		ck_assert_int_eq(race_enter(race), c);
	ck_assert_int_eq(race_waiting(race), CONTESTANTS - CONTESTANTS / 2);
	ck_assert_int_lt(run_race(race), half);          /* no yardsticks, and rivals that are good from the start */
	while (race_out(race) >= 0)
		out++;
	ck_assert_int_eq(out, CONTESTANTS);
	ck_assert_int_ge(found_of_the_best(race), TOP - 1);
	race_free(race);
}
END_TEST

/* Yardsticks that fail, fewer contestants than places, one image: nothing to save, nothing to break. */
START_TEST(odd_races_end)
{
	static const float one[1] = { 1 };
	int until;

	make_field(5);

	struct race *race = start_race(TOP, race_z, CONTESTANTS);

	ck_assert_int_eq(race_next(race, &until), 0);
	for (int c = 0; c < RACE_YARDSTICKS; c++)
		race_withdraw(race, c);
	run_race(race);
	ck_assert_int_eq(race_out(race), RACE_YARDSTICKS);
	race_free(race);

	race = start_race(CONTESTANTS + 1, race_z, CONTESTANTS);
	ck_assert_int_eq(run_race(race), CONTESTANTS * IMAGES);
	race_free(race);

	race = start_race(TOP, race_z, 0);
	ck_assert_int_eq(race_next(race, &until), RACE_OVER);
	race_free(race);

	race = race_new(1, 0, 1, race_z);
	for (int c = 0; c < 5; c++) {
		ck_assert_int_eq(race_enter(race), c);
		ck_assert_int_eq(race_next(race, &until), c);
		ck_assert_int_eq(until, 1);
		ck_assert_int_eq(race_look(race, c, one), 0);
		ck_assert_int_eq(race_add(race, c, one, one, 1), 0);
	}
	ck_assert_int_eq(race_next(race, &until), RACE_OVER);
	ck_assert_int_eq(race_left(race), 5);
	race_free(race);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("race");
	TCase *racing = tcase_create("racing");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(racing, a_race_finds_the_best_with_a_fraction_of_the_images);
	tcase_add_test(racing, the_greater_z_the_fewer_are_dropped);
	tcase_add_test(racing, the_common_order_shows_hard_images_first_and_all_in_the_end);
	tcase_add_test(racing, one_that_has_seen_all_images_has_its_losses_in_their_own_order);
	tcase_add_test(racing, the_score_of_one_that_was_dropped_is_an_honest_estimate);
	tcase_add_test(racing, later_contestants_race_against_those_that_are_left);
	tcase_add_test(racing, odd_races_end);
	suite_add_tcase(suite, racing);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
