/* check_batches.c -- bytes become normalised floats, whatever order they lie in; augmentation; which examples come next. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/format.h"

static const char *const class_name[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };

static uint8_t label(int example)
{
	return (uint8_t)(example % 10);
}

/* Normalisation. */

/* Volumes of two channels, every byte a function of example and place: channels last, or in an order of the test's own. */
enum { VOLUMES = 20, VOLUME_SIDES = 2 * 3 * 4, VOLUME_BYTES = VOLUME_SIDES * 2 };

static struct volume_kind {
	bool mirror;
	int padding;
	int step[4];
} volume_kind;
static const int channels_last[4] = { 24, 8, 2, 1 };

static uint8_t volume_byte(int example, int z, int y, int x, int c)
{
	int i = ((z * 3 + y) * 4 + x) * 2 + c;

	return (uint8_t)(1 + ((example * VOLUME_BYTES + i) * 37 + example * 11) % 255);
}

static int volumes_read(struct material *m, const char *folder)
{
	const struct volume_kind *k = &volume_kind;
	struct examples *splits[] = { &m->train, &m->test };
	uint8_t *at = memory_alloc(&m->memory, folder, VOLUMES * VOLUME_BYTES);

	for (int e = 0; e < VOLUMES; e++)
		for (int i = 0; i < VOLUME_BYTES; i++) {
			int c = i % 2, x = i / 2 % 4, y = i / 8 % 3, z = i / 24;

			at[e * VOLUME_BYTES + z * k->step[0] + y * k->step[1] + x * k->step[2] + c * k->step[3]] = volume_byte(e, z, y, x, c);
		}
	for (int s = 0; s < 2; s++) {
		ck_assert_int_eq(examples_reserve(splits[s], VOLUMES), 0);
		for (int e = 0; e < VOLUMES; e++)
			examples_add(splits[s], at + e * VOLUME_BYTES, label(e));
	}
	m->d->axes = 3;
	m->d->input = (struct arch_input){ .side = { 2, 3, 4 }, .channels = 2, .classes = 10 };
	memcpy(m->d->order.step, k->step, sizeof k->step);
	m->d->mirror[2] = k->mirror ? 2 : 0;
	m->d->crop_padding = k->padding;
	return material_names(m, class_name);
}

static struct dataset *volumes_in_order(bool mirror, int padding, const int step[4])
{
	static const struct dataset_format format = { .name = "volumes", .read = volumes_read };

	volume_kind = (struct volume_kind){ .mirror = mirror, .padding = padding };
	memcpy(volume_kind.step, step, sizeof volume_kind.step);
	return dataset_read(&format, "", "nowhere", true, NULL);
}

static struct dataset *volumes(bool mirror, int padding)
{
	return volumes_in_order(mirror, padding, channels_last);
}

START_TEST(mean_and_deviation_are_those_of_the_training_images)
{
	struct dataset *d = volumes(false, 0);
	int n = d->train.count * 24;

	for (int c = 0; c < 2; c++) {
		double mean = 0, square = 0;

		for (int i = 0; i < n; i++)
			mean += d->train.pixels[i / 24][2 * (i % 24) + c] / 255.0 / n;
		for (int i = 0; i < n; i++)
			square += pow(d->train.pixels[i / 24][2 * (i % 24) + c] / 255.0 - mean, 2) / n;
		ck_assert_float_eq_tol(d->normalisation.mean[c], mean, 1e-6);
		ck_assert_float_eq_tol(d->normalisation.deviation[c], sqrt(square), 1e-6);
	}
	dataset_close(d);
}
END_TEST

START_TEST(batch_without_augmentation_is_the_normalised_bytes)
{
	struct dataset *d = volumes(true, 1);
	int index[3] = { 7, 0, 7 };
	float x[3 * 48];
	int32_t labels[3];

	dataset_batch(d, &d->validation, (int[]){ 1 }, 1, NULL, x, labels);
	ck_assert_int_eq(labels[0], d->validation.labels[1]);
	dataset_batch(d, &d->train, index, 3, NULL, x, labels);
	for (int e = 0; e < 3; e++) {
		ck_assert_int_eq(labels[e], d->train.labels[index[e]]);
		for (int i = 0; i < 48; i++) {
			double p = d->train.pixels[index[e]][i] / 255.0;

			ck_assert_float_eq_tol(x[e * 48 + i], (p - d->normalisation.mean[i % 2]) / d->normalisation.deviation[i % 2], 1e-5);
		}
	}
	dataset_close(d);
}
END_TEST

/* The orders of the files there are: planes, planes of columns, bytes of the last axis first. */
static const int orders[][4] = { { 12, 4, 1, 24 }, { 12, 1, 3, 24 }, { 1, 8, 2, 24 }, { 2, 16, 4, 1 } };

START_TEST(files_may_have_their_values_in_any_order)
{
	struct dataset *a = volumes(true, 1), *b = volumes_in_order(true, 1, orders[_i]);
	float x[2][2 * 48];
	uint8_t bytes[48];
	int32_t labels[2];
	struct rng rng[2];

	for (int c = 0; c < 2; c++) {
		ck_assert_float_eq(a->normalisation.mean[c], b->normalisation.mean[c]);
		ck_assert_float_eq(a->normalisation.deviation[c], b->normalisation.deviation[c]);
		rng_seed(&rng[c], 5, 6);
	}
	for (int k = 0; k < 100; k++) {
		dataset_batch(a, &a->train, (int[]){ k % 18, 3 }, 2, &rng[0], x[0], labels);
		dataset_batch(b, &b->train, (int[]){ k % 18, 3 }, 2, &rng[1], x[1], labels);
		ck_assert_mem_eq(x[0], x[1], sizeof x[0]);
	}
	dataset_example(b, &b->train, 7, bytes);
	ck_assert_mem_eq(bytes, a->train.pixels[7], sizeof bytes);
	dataset_close(a);
	dataset_close(b);
}
END_TEST

/* 8 bits make an example of 2x2x2; example e has the bits of e * 37. */
static int bits_read(struct material *m, const char *folder)
{
	uint8_t *at = memory_alloc(&m->memory, folder, VOLUMES);
	struct examples *splits[] = { &m->train, &m->test };

	for (int s = 0; s < 2; s++) {
		ck_assert_int_eq(examples_reserve(splits[s], VOLUMES), 0);
		for (int e = 0; e < VOLUMES; e++) {
			at[e] = (uint8_t)(e * 37);
			examples_add(splits[s], at + e, label(e));
		}
	}
	m->d->axes = 3;
	m->d->input = (struct arch_input){ .side = { 2, 2, 2 }, .channels = 1, .classes = 10 };
	m->d->order = (struct pixel_order){ .step = { 1, 2, 4, 1 }, .bits = true };
	return material_names(m, class_name);
}

START_TEST(bits_are_black_and_white)
{
	static const struct dataset_format format = { .name = "bits", .read = bits_read };
	struct dataset *d = dataset_read(&format, "", "nowhere", true, NULL);
	const struct normalisation *n = &d->normalisation;
	float x[8];
	uint8_t bytes[8];
	int32_t l;
	double ones = 0;

	for (int i = 0; i < d->train.count; i++)
		ones += __builtin_popcount(*d->train.pixels[i]);
	ck_assert_float_eq_tol(n->mean[0], ones / (8 * d->train.count), 1e-6);
	ck_assert_float_eq_tol(n->deviation[0], sqrt(n->mean[0] * (1 - n->mean[0])), 1e-6);
	dataset_batch(d, &d->test, (int[]){ 5 }, 1, NULL, x, &l);
	dataset_example(d, &d->test, 5, bytes);
	for (int i = 0; i < 8; i++) {
		int z = i / 4, y = i / 2 % 2, w = i % 2, bit = 5 * 37 >> (7 - (z + 2 * y + 4 * w)) & 1;

		ck_assert_int_eq(bytes[i], bit ? 255 : 0);
		ck_assert_float_eq_tol(x[i], (bit - n->mean[0]) / n->deviation[0], 1e-5);
	}
	dataset_close(d);
}
END_TEST

static int black_read(struct material *m, const char *folder)
{
	uint8_t *at = memory_alloc(&m->memory, folder, 4);

	memset(at, 0, 4);
	ck_assert_int_eq(examples_reserve(&m->train, 10), 0);
	ck_assert_int_eq(examples_reserve(&m->test, 1), 0);
	for (int i = 0; i < 10; i++)
		examples_add(&m->train, at, 0);
	examples_add(&m->test, at, 0);
	m->d->axes = 2;
	m->d->input = (struct arch_input){ .side = { 2, 2 }, .channels = 1, .classes = 10 };
	m->d->order = (struct pixel_order){ .step = { 0, 2, 1, 1 } };
	return material_names(m, class_name);
}

START_TEST(constant_images_stay_finite)
{
	static const struct dataset_format format = { .name = "black", .read = black_read };
	struct dataset *d = dataset_read(&format, "", "nowhere", true, NULL);
	float x[4];
	int32_t l;

	dataset_batch(d, &d->train, (int[]){ 0 }, 1, NULL, x, &l);
	ck_assert_float_eq(x[3], 0);
	dataset_close(d);
}
END_TEST

/* Constants that are known are taken, not measured again: a run keeps those it began with. */
START_TEST(known_constants_of_normalisation_are_kept)
{
	static const struct dataset_format format = { .name = "black", .read = black_read };
	struct normalisation known = { .channels = 1, .mean = { 0.5f }, .deviation = { 0.25f } };
	struct dataset *d = dataset_read(&format, "", "nowhere", true, &known);
	float x[4];
	int32_t l;

	dataset_batch(d, &d->train, (int[]){ 0 }, 1, NULL, x, &l);
	ck_assert_float_eq(x[0], -2);
	dataset_close(d);
	known.channels = 3;
	ck_assert_ptr_null(dataset_read(&format, "", "nowhere", true, &known));
	ck_assert_ptr_nonnull(strstr(err_last(), "1 channel in nowhere, where 3 would be right"));
}
END_TEST

/* Augmentation: the naive way to see the same picture. */

static bool same_view(const struct dataset *d, const float *x, const uint8_t *pixels, const int shift[3], bool mirror)
{
	const int *side = d->input.side;

	for (int z = 0; z < side[0]; z++)
		for (int y = 0; y < side[1]; y++)
			for (int w = 0; w < side[2]; w++)
				for (int c = 0; c < 2; c++) {
					int from[3] = { z + shift[0], y + shift[1], (mirror ? side[2] - 1 - w : w) + shift[2] };
					double p = 0;

					if (from[0] >= 0 && from[0] < side[0] && from[1] >= 0 && from[1] < side[1] && from[2] >= 0 &&
					    from[2] < side[2])
						p = pixels[((from[0] * side[1] + from[1]) * side[2] + from[2]) * 2 + c] / 255.0;
					if (fabs(*x++ - (p - d->normalisation.mean[c]) / d->normalisation.deviation[c]) > 1e-5)
						return false;
				}
	return true;
}

/* All 27 crops of padding 1, mirrored or not, equally often. */
static void count_views(bool mirror, int count[2][27])
{
	enum { DRAWS = 5400 };
	struct dataset *d = volumes(mirror, 1);
	struct rng rng;
	float x[48];
	int32_t l;

	rng_seed(&rng, 5, 6);
	for (int i = 0; i < DRAWS; i++) {
		int found = 0;

		dataset_batch(d, &d->train, (int[]){ i % 18 }, 1, &rng, x, &l);
		for (int m = 0; m < 2; m++)
			for (int s = 0; s < 27; s++)
				if (same_view(d, x, d->train.pixels[i % 18], (int[]){ s / 9 - 1, s / 3 % 3 - 1, s % 3 - 1 }, m)) {
					count[m][s]++;
					found++;
				}
		ck_assert_int_eq(found, 1);
	}
	dataset_close(d);
}

START_TEST(crops_and_mirrors_are_equally_likely)
{
	int count[2][27] = { 0 };
	double chi = 0;

	count_views(true, count);
	for (int m = 0; m < 2; m++)
		for (int s = 0; s < 27; s++)
			chi += pow(count[m][s] - 100, 2) / 100;
	ck_assert_double_lt(chi, 53 + 5 * sqrt(2 * 53));             /* 53 degrees of freedom, five sigma */
}
END_TEST

START_TEST(nothing_is_mirrored_where_it_makes_no_sense)
{
	int count[2][27] = { 0 };

	count_views(false, count);
	for (int s = 0; s < 27; s++)
		ck_assert_int_eq(count[1][s], 0);
}
END_TEST

/* Volumes are turned about their depth; a quarter of a circle moves values, it makes no new ones. */
static int cubes_read(struct material *m, const char *folder)
{
	static const int step[4] = { 16, 4, 1, 1 };
	struct examples *splits[] = { &m->train, &m->test };
	uint8_t *at = memory_alloc(&m->memory, folder, 20 * 64);

	for (int i = 0; i < 20 * 64; i++)
		at[i] = (uint8_t)(1 + i * 37 % 255);
	for (int s = 0; s < 2; s++) {
		ck_assert_int_eq(examples_reserve(splits[s], 20), 0);
		for (int e = 0; e < 20; e++)
			examples_add(splits[s], at + e * 64, 0);
	}
	m->d->axes = 3;
	m->d->input = (struct arch_input){ .side = { 4, 4, 4 }, .channels = 1, .classes = 10 };
	memcpy(m->d->order.step, step, sizeof step);
	m->d->turns = 4;
	m->d->mirror[1] = 3;
	return material_names(m, class_name);
}

START_TEST(turns_and_mirrors_of_volumes_come_as_often_as_they_should)
{
	enum { DRAWS = 4800 };
	static const struct dataset_format format = { .name = "cubes", .read = cubes_read };
	struct dataset *d = dataset_read(&format, "", "nowhere", true, NULL);
	const struct normalisation *n = &d->normalisation;
	const uint8_t *p = d->train.pixels[5];
	int count[2][4] = { { 0 } };
	double chi = 0;
	struct rng rng;
	float x[64];
	int32_t l;

	rng_seed(&rng, 7, 8);
	for (int i = 0; i < DRAWS; i++) {
		int found = 0;

		dataset_batch(d, &d->train, (int[]){ 5 }, 1, &rng, x, &l);
		for (int k = 0; k < 8; k++) {
			bool same = true;

			for (int v = 0; v < 64; v++) {
				int z = v / 16, a = v / 4 % 4, b = v % 4, y = a, w = b;

				for (int q = 0; q < k % 4; q++) {
					int old = y;

					y = 3 - w;
					w = old;
				}
				y = k / 4 ? 3 - y : y;
				same &= fabs(x[v] - (p[z * 16 + y * 4 + w] / 255.0 - n->mean[0]) / n->deviation[0]) < 1e-5;
			}
			count[k / 4][k % 4] += same;
			found += same;
		}
		ck_assert_int_eq(found, 1);
	}
	for (int k = 0; k < 8; k++) {
		double expected = DRAWS / 4.0 * (k / 4 ? 1 : 2) / 3;

		chi += pow(count[k / 4][k % 4] - expected, 2) / expected;
	}
	ck_assert_double_lt(chi, 7 + 5 * sqrt(2 * 7));
	dataset_close(d);
}
END_TEST

/* Batches. */

START_TEST(every_example_comes_once_an_epoch)
{
	struct batches b;
	int index[7], seen[100] = { 0 }, n = 0;

	ck_assert_int_eq(batches_init(&b, 100, 3), 0);
	while (n + 7 <= 10 * 100) {
		ck_assert_int_eq(b.epoch, n / 100 - (n && n % 100 == 0));    /* the next epoch begins with its first example */
		batches_next(&b, index, 7);
		for (int i = 0; i < 7; i++) {
			seen[index[i]]++;
			n++;
			if (n % 100 == 0)
				for (int e = 0; e < 100; e++)
					ck_assert_int_eq(seen[e], n / 100);
		}
	}
	batches_release(&b);
}
END_TEST

START_TEST(each_epoch_and_each_seed_has_its_own_order)
{
	struct batches a, b;
	int x[3][1000], same[2] = { 0 };

	batches_init(&a, 1000, 3);
	batches_init(&b, 1000, 4);
	batches_next(&a, x[0], 1000);
	batches_next(&a, x[1], 1000);
	batches_next(&b, x[2], 1000);
	for (int i = 0; i < 1000; i++) {
		same[0] += x[0][i] == x[1][i];
		same[1] += x[0][i] == x[2][i];
	}
	ck_assert_int_lt(same[0], 12);               /* one expected, Poisson */
	ck_assert_int_lt(same[1], 12);
	batches_release(&a);
	batches_release(&b);
}
END_TEST

static const int restore_after[] = { 0, 1, 37, 99, 100, 101, 250, 300 };

START_TEST(restored_batches_go_on_in_the_same_order)
{
	struct batches a, b;
	int x[500], y[500];

	batches_init(&a, 100, 3);
	batches_next(&a, x, restore_after[_i]);
	batches_init(&b, 100, 99);
	ck_assert_int_eq(batches_restore(&b, a.position, a.epoch, &a.rng, &a.epoch_rng), 0);
	batches_next(&a, x, 500);
	batches_next(&b, y, 500);
	ck_assert_mem_eq(x, y, sizeof x);
	ck_assert_int_eq(a.epoch, b.epoch);
	ck_assert_int_eq(a.position, b.position);
	batches_release(&a);
	batches_release(&b);
}
END_TEST

START_TEST(impossible_position_is_refused_and_changes_nothing)
{
	struct batches a, b;
	struct rng other;
	int x[100], y[100];

	rng_seed(&other, 8, 8);
	batches_init(&a, 100, 3);
	batches_init(&b, 100, 3);
	ck_assert_int_eq(batches_restore(&b, 101, 0, &other, &other), -1);
	ck_assert_ptr_nonnull(strstr(err_last(), "0 to 100 would be right"));
	ck_assert_int_eq(batches_restore(&b, -1, 0, &other, &other), -1);
	ck_assert_int_eq(batches_restore(&b, 5, -1, &other, &other), -1);
	batches_next(&a, x, 100);
	batches_next(&b, y, 100);
	ck_assert_mem_eq(x, y, sizeof x);
	batches_release(&a);
	batches_release(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("batches");
	TCase *values = tcase_create("values"), *batches = tcase_create("batches");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(values, mean_and_deviation_are_those_of_the_training_images);
	tcase_add_test(values, batch_without_augmentation_is_the_normalised_bytes);
	tcase_add_loop_test(values, files_may_have_their_values_in_any_order, 0, sizeof orders / sizeof *orders);
	tcase_add_test(values, bits_are_black_and_white);
	tcase_add_test(values, constant_images_stay_finite);
	tcase_add_test(values, known_constants_of_normalisation_are_kept);
	tcase_add_test(values, crops_and_mirrors_are_equally_likely);
	tcase_add_test(values, nothing_is_mirrored_where_it_makes_no_sense);
	tcase_add_test(values, turns_and_mirrors_of_volumes_come_as_often_as_they_should);
	tcase_add_test(batches, every_example_comes_once_an_epoch);
	tcase_add_test(batches, each_epoch_and_each_seed_has_its_own_order);
	tcase_add_loop_test(batches, restored_batches_go_on_in_the_same_order, 0, sizeof restore_after / sizeof *restore_after);
	tcase_add_test(batches, impossible_position_is_refused_and_changes_nothing);
	suite_add_tcase(suite, values);
	suite_add_tcase(suite, batches);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
