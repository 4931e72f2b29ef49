/* check_data_cifar.c -- CIFAR-10 and CIFAR-100 in files of a few records, good and bad. */
#include <check.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/cifar.h"
#include "tests/data_fixture.h"

enum { RECORDS = 10, PIXELS = 3072, ROOM = RECORDS * (PIXELS + 2) };

/* A record's picture: at row y, column x, channel c this byte. */
static uint8_t pixel(int record, int y, int x, int c)
{
	return (uint8_t)(record * 31 + y * 7 + x * 3 + c * 101);
}

static uint8_t *put_picture(uint8_t *to, int record)
{
	for (int c = 0; c < 3; c++)
		for (int y = 0; y < 32; y++)
			for (int x = 0; x < 32; x++)
				*to++ = pixel(record, y, x, c);
	return to;
}

static uint8_t file[ROOM];

static void write_records(const char *name, int first, int count, bool coarse)
{
	uint8_t *to = file;

	for (int i = first; i < first + count; i++) {
		if (coarse)
			*to++ = (uint8_t)(i % 20);
		*to++ = (uint8_t)(coarse ? i * 9 % 100 : i % 10);
		to = put_picture(to, i);
	}
	write_file(name, file, (size_t)(to - file));
}

static void write_cifar10(void)
{
	for (int i = 0; cifar10_files[i]; i++)
		write_records(cifar10_files[i], i * RECORDS, RECORDS - i, false);
}

static void write_cifar100(void)
{
	write_records("train.bin", 0, RECORDS, true);
	write_records("test.bin", 10, 3, true);
}

static void ck_picture(const struct dataset *d, const struct split *s, int index, int record)
{
	uint8_t bytes[PIXELS], *at = bytes;

	dataset_example(d, s, index, bytes);
	for (int y = 0; y < 32; y++)
		for (int x = 0; x < 32; x++)
			for (int c = 0; c < 3; c++)
				ck_assert_int_eq(*at++, pixel(record, y, x, c));
}

START_TEST(cifar10_is_its_five_files_and_a_test_file)
{
	write_cifar10();

	struct dataset *d = open_good("cifar10");

	ck_assert_str_eq(d->name, "cifar10");
	ck_assert_int_eq(d->axes, 2);
	ck_assert_int_eq(d->input.side[0], 32);
	ck_assert_int_eq(d->input.side[1], 32);
	ck_assert_int_eq(d->input.channels, 3);
	ck_assert_int_eq(d->input.classes, 10);
	ck_assert_int_eq(d->train.count + d->validation.count, 10 + 9 + 8 + 7 + 6);
	ck_assert_int_eq(d->validation.count, 4);
	ck_assert_int_eq(d->test.count, 5);
	ck_assert_str_eq(d->class_name[0], "airplane");
	ck_assert_str_eq(d->class_name[9], "truck");
	ck_assert_int_eq(d->mirror[2], 2);
	ck_assert_int_eq(d->crop_padding, 4);
	for (int i = 0; i < d->test.count; i++) {
		ck_assert_int_eq(d->test.labels[i], i % 10);
		ck_picture(d, &d->test, i, 50 + i);
	}
	dataset_close(d);
}
END_TEST

START_TEST(cifar100_takes_the_fine_label)
{
	write_cifar100();

	struct dataset *d = open_good("cifar100");

	ck_assert_int_eq(d->input.classes, 100);
	ck_assert_int_eq(d->train.count, 9);
	ck_assert_int_eq(d->test.count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(d->test.labels[i], (10 + i) * 9 % 100);
		ck_picture(d, &d->test, i, 10 + i);
	}
	ck_assert_str_eq(d->class_name[0], "apple");
	ck_assert_str_eq(d->class_name[52], "oak_tree");
	ck_assert_str_eq(d->class_name[99], "worm");
	dataset_close(d);
}
END_TEST

START_TEST(the_folder_of_the_archive_may_be_named_or_the_one_around_it)
{
	static const struct { const char *file; int first, count; } files[] = { { "cifar-100-binary/train.bin", 0, RECORDS },
		{ "cifar-100-binary/test.bin", 10, 3 } };

	for (int i = 0; i < 2; i++)
		write_records(files[i].file, files[i].first, files[i].count, true);

	struct dataset *d = open_good("cifar100");

	ck_assert_str_eq(d->path, path_of("cifar-100-binary"));
	dataset_close(d);
}
END_TEST

START_TEST(class_names_come_from_their_file)
{
	static const char names[] = "one\n two \r\nthr\xc3\xa9\x65\nf\x1b[2Jour\nf\xff\xffive\n6\n7\n8\n9\n10\n\n";

	write_cifar10();
	write_file("batches.meta.txt", names, sizeof names - 1);

	struct dataset *d = open_good("cifar10");

	ck_assert_str_eq(d->class_name[0], "one");
	ck_assert_str_eq(d->class_name[1], "two");
	ck_assert_str_eq(d->class_name[2], "thr\xc3\xa9\x65");
	ck_assert_str_eq(d->class_name[3], "f?[2Jour");
	ck_assert_str_eq(d->class_name[4], "f??ive");
	dataset_close(d);
	write_file("batches.meta.txt", names, 12);
	REFUSES("cifar10", "batches.meta.txt: 3 names, where 10 would be right");
}
END_TEST

/* A byte changed, or the file made another length; of cifar10 unless the name says otherwise. */
static const struct damage {
	const char *format, *file;
	long at, length;                 /* -1: no byte changed, as long as it is */
	int value;
	const char *says[3];
} damages[] = {
	{ "cifar10", "data_batch_2.bin", 0, -1, 10, { "data_batch_2.bin", "label 10 in record 0 (byte 0)", "0 to 9 would be right" } },
	{ "cifar10", "test_batch.bin", 3 * 3073, -1, 255, { "test_batch.bin", "label 255 in record 3 (byte 9219)", "0 to 9" } },
	{ "cifar10", "data_batch_1.bin", -1, 30729, 0, { "data_batch_1.bin", "30729 bytes", "a multiple of 3073 would be right" } },
	{ "cifar10", "data_batch_1.bin", -1, 30731, 0, { "data_batch_1.bin", "30731 bytes", "get the file again" } },
	{ "cifar10", "data_batch_1.bin", -1, 0, 0, { "data_batch_1.bin", "empty", "get the file again" } },
	{ "cifar100", "train.bin", 0, -1, 20, { "train.bin", "label 20 in record 0 (byte 0)", "0 to 19 would be right" } },
	{ "cifar100", "train.bin", 3074 + 1, -1, 100, { "train.bin", "label 100 in record 1 (byte 3075)", "0 to 99 would be right" } },
	{ "cifar100", "test.bin", -1, 3074 * 3 - 3, 0, { "test.bin", "9219 bytes", "a multiple of 3074 would be right" } },
};

START_TEST(damaged_file_is_named_with_record_and_byte)
{
	const struct damage *c = &damages[_i];
	size_t n;

	write_cifar10();
	write_cifar100();
	n = file_bytes(c->file, file, sizeof file);
	if (c->at >= 0)
		file[c->at] = (uint8_t)c->value;
	write_file(c->file, file, c->length >= 0 ? (size_t)c->length : n);
	refuses(c->format, c->says, sizeof c->says / sizeof *c->says);
}
END_TEST

START_TEST(missing_files_are_listed)
{
	write_cifar10();
	remove(path_of("data_batch_4.bin"));
	remove(path_of("test_batch.bin"));
	REFUSES("cifar10", "lacks data_batch_4.bin, test_batch.bin; to get the data:", "https://www.cs.toronto.edu/~kriz/cifar.html");
	REFUSES("cifar100", "lacks train.bin, test.bin");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("cifar");
	TCase *tcase = tcase_create("cifar");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tcase, make_folder, remove_folder);
	tcase_add_test(tcase, cifar10_is_its_five_files_and_a_test_file);
	tcase_add_test(tcase, cifar100_takes_the_fine_label);
	tcase_add_test(tcase, the_folder_of_the_archive_may_be_named_or_the_one_around_it);
	tcase_add_test(tcase, class_names_come_from_their_file);
	tcase_add_loop_test(tcase, damaged_file_is_named_with_record_and_byte, 0, sizeof damages / sizeof *damages);
	tcase_add_test(tcase, missing_files_are_listed);
	suite_add_tcase(suite, tcase);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
