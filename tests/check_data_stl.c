/* check_data_stl.c -- STL-10 in files of a few pictures, its folds, good and bad. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/stl.h"
#include "tests/data_fixture.h"

enum { TRAIN = 30, TEST = 4, BYTES = 3 * 96 * 96 };

static uint8_t pixel(int picture, int y, int x, int c)
{
	return (uint8_t)(picture * 31 + y * 7 + x * 3 + c * 101);
}

static int label(int picture)
{
	return 1 + picture * 3 % 10;
}

static void write_part(const char *pictures, const char *labels, int first, int count)
{
	uint8_t *data = malloc((size_t)count * BYTES), *to = data;

	/* Planes, column by column. */
	for (int p = first; p < first + count; p++)
		for (int c = 0; c < 3; c++)
			for (int x = 0; x < 96; x++)
				for (int y = 0; y < 96; y++)
					*to++ = pixel(p, y, x, c);
	write_file(pictures, data, (size_t)count * BYTES);
	for (int p = 0; p < count; p++)
		data[p] = (uint8_t)label(first + p);
	write_file(labels, data, (size_t)count);
	free(data);
}

/* Fold f has the ten images f, f + 2, f + 4 … backwards. */
static void write_folds(void)
{
	char text[2000] = "";

	for (int f = 0; f < 10; f++)
		for (int i = 9; i >= 0; i--)
			sprintf(text + strlen(text), "%d%s", f + 2 * i, i ? " " : f % 2 ? " \r\n" : "\n");
	write_file("stl10_binary/fold_indices.txt", text, strlen(text));
}

static void write_all(void)
{
	write_part("stl10_binary/train_X.bin", "stl10_binary/train_y.bin", 0, TRAIN);
	write_part("stl10_binary/test_X.bin", "stl10_binary/test_y.bin", TRAIN, TEST);
	write_folds();
}

START_TEST(pictures_are_upright_and_labels_from_one)
{
	uint8_t bytes[BYTES], *at = bytes;
	struct dataset *d;

	write_all();
	d = open_good("stl10");
	ck_assert_int_eq(d->input.side[0], 96);
	ck_assert_int_eq(d->input.side[1], 96);
	ck_assert_int_eq(d->input.channels, 3);
	ck_assert_int_eq(d->input.classes, 10);
	ck_assert_int_eq(d->train.count, 27);
	ck_assert_int_eq(d->validation.count, 3);
	ck_assert_int_eq(d->test.count, TEST);
	ck_assert_str_eq(d->class_name[0], "airplane");
	ck_assert_str_eq(d->class_name[7], "monkey");
	ck_assert_int_eq(d->mirror[2], 2);
	ck_assert_int_eq(d->crop_padding, 12);
	for (int i = 0; i < TEST; i++)
		ck_assert_int_eq(d->test.labels[i], label(TRAIN + i) - 1);
	dataset_example(d, &d->test, 2, bytes);
	for (int y = 0; y < 96; y++)
		for (int x = 0; x < 96; x++)
			for (int c = 0; c < 3; c++)
				ck_assert_int_eq(*at++, pixel(TRAIN + 2, y, x, c));
	dataset_close(d);
}
END_TEST

/* The paper's networks work on 48, 24 and 12 pixels. */
START_TEST(blocks_begin_with_half_the_pixels)
{
	struct preset p;
	struct dataset *d;

	write_all();
	d = open_good("stl10");
	ck_assert_int_eq(preset_get(&p, "smash-v2"), 0);
	ck_assert_int_eq(p.space.stem_stride, 1);
	for (int b = 0; b < 3; b++)
		ck_assert_int_eq(block_side(&p.space, &d->input, b, 0), 48 >> b);

	struct arch arch;
	struct rng rng;
	struct arch_input plain = d->input;
	struct arch_cost cost, same;

	rng_seed(&rng, 1, 1);
	arch_sample(&arch, &p.space, 2, 0, &rng);
	cost = arch_cost(&p.space, &arch, &d->input);
	plain.stem_stride = 0;
	p.space.stem_stride = 2;
	same = arch_cost(&p.space, &arch, &plain);
	ck_assert_int_eq(cost.macs, same.macs);
	p.space.stem_stride = 4;
	ck_assert_int_eq(block_side(&p.space, &d->input, 0, 1), 24);
	dataset_close(d);
}
END_TEST

START_TEST(a_fold_has_its_training_images_alone)
{
	struct dataset *d;
	int seen[TRAIN] = { 0 };

	write_all();
	d = open_good("stl10@9");
	ck_assert_str_eq(d->name, "stl10@9");
	ck_assert_int_eq(d->train.count, 9);
	ck_assert_int_eq(d->validation.count, 1);
	ck_assert_int_eq(d->test.count, TEST);
	for (int i = 0; i < 10; i++) {
		const struct split *s = i < 9 ? &d->train : &d->validation;
		int k = i < 9 ? i : 0, picture = -1;

		for (int p = 0; p < TRAIN; p++)
			if (s->pixels[k][0] == pixel(p, 0, 0, 0) && s->pixels[k][1] == pixel(p, 1, 0, 0))
				picture = p;
		ck_assert_int_ge(picture, 9);
		ck_assert_int_eq((picture - 9) % 2, 0);
		ck_assert_int_eq(seen[picture]++, 0);
		ck_assert_int_eq(s->labels[k], label(picture) - 1);
	}
	dataset_close(d);
	REFUSES("stl10@10", "stl10@10: a fold from 0 to 9 would be right");
	REFUSES("stl10@x", "a fold from 0 to 9");
	REFUSES("stl10@03", "a fold from 0 to 9");
}
END_TEST

static const struct { const char *text, *says; } bad_folds[] = {
	{ "0 1 2 3 4 5 6 7 8 9\n0 1 2 3 4 5 6 7 8 30\n", "line 2: image 30, where 0 to 29 would be right" },
	{ "0 1 2 3 4 5 6 7 8 9\n0 1 2 3 4 5 6 7 8 999999999\n", "line 2: image 999999999, where" },
	{ "0 1 2 3 4 5 6 7 8 9\n0 1 2 3 4 5 6 7 8 9999999999\n", "line 2: numbers of images would be right" },
	{ "\n0 1 2 3 4 5 6 7 8 8\n", "line 2: image 8 comes twice" },
	{ "\n0 1 2 3 -4 5\n", "line 2: numbers of images would be right" },
	{ "\n0 1 2 3.5 5\n", "line 2: numbers of images would be right" },
	{ "\nairplane\n", "line 2: numbers of images would be right" },
	{ "0 1 2\n", "line 2, of fold 1, is missing" },
	{ "", "line 2, of fold 1, is missing" },
	{ "\n\n3 4\n", "line 2, of fold 1, is missing" },
};

START_TEST(a_damaged_fold_is_named_with_its_line)
{
	write_all();
	write_file("stl10_binary/fold_indices.txt", bad_folds[_i].text, strlen(bad_folds[_i].text));
	REFUSES("stl10@1", "fold_indices.txt", bad_folds[_i].says);
}
END_TEST

static void change(const char *name, long at, int value, size_t length)
{
	static uint8_t data[TRAIN * BYTES];
	char path[64];

	snprintf(path, sizeof path, "stl10_binary/%s", name);

	size_t n = file_bytes(path, data, sizeof data);

	if (at >= 0)
		data[at] = (uint8_t)value;
	write_file(path, data, length ? length : n);
}

static const struct { const char *file; long at; int value; size_t length; const char *says[2]; } damages[] = {
	{ "train_X.bin", -1, 0, TRAIN * BYTES - 1, { "train_X.bin: 829439 bytes", "a multiple of 27648 would be right" } },
	{ "train_X.bin", -1, 0, (TRAIN - 1) * BYTES, { "train_y.bin: 30 labels, where 29 would be right", "train_X.bin" } },
	{ "test_y.bin", -1, 0, 3, { "test_y.bin: 3 labels, where 4 would be right", "test_X.bin" } },
	{ "test_y.bin", 2, 0, 0, { "test_y.bin: label 0 in byte 2", "1 to 10 would be right" } },
	{ "train_y.bin", 29, 11, 0, { "train_y.bin: label 11 in byte 29", "1 to 10 would be right" } },
};

START_TEST(a_damaged_file_is_named)
{
	write_all();
	change(damages[_i].file, damages[_i].at, damages[_i].value, damages[_i].length);
	refuses("stl10", damages[_i].says, 2);
}
END_TEST

START_TEST(folds_without_their_file_are_refused)
{
	write_all();
	remove(path_of("stl10_binary/fold_indices.txt"));
	dataset_close(open_good("stl10"));
	REFUSES("stl10@0", "fold_indices.txt: No such file");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("stl");
	TCase *tcase = tcase_create("stl");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, pictures_are_upright_and_labels_from_one);
	tcase_add_test(tcase, blocks_begin_with_half_the_pixels);
	tcase_add_test(tcase, a_fold_has_its_training_images_alone);
	tcase_add_loop_test(tcase, a_damaged_fold_is_named_with_its_line, 0, sizeof bad_folds / sizeof *bad_folds);
	tcase_add_loop_test(tcase, a_damaged_file_is_named, 0, sizeof damages / sizeof *damages);
	tcase_add_test(tcase, folds_without_their_file_are_refused);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
