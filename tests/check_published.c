/* check_published.c -- files against what was published of them: sums, numbers of examples. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/format.h"
#include "src/data/md5.h"
#include "tests/data_fixture.h"

/* The test suite of RFC 1321. */
static const struct { const char *text, *sum; } sums[] = {
	{ "", "d41d8cd98f00b204e9800998ecf8427e" }, { "a", "0cc175b9c0f1b6a831c399e269772661" },
	{ "abc", "900150983cd24fb0d6963f7d28e17f72" }, { "message digest", "f96b697d7cb7938d525a2f31aaf161d0" },
	{ "abcdefghijklmnopqrstuvwxyz", "c3fcd3d76192e4007dfb496cca67e13b" },
	{ "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "d174ab98d277d9f5a5611c2c9f419d9f" },
	{ "12345678901234567890123456789012345678901234567890123456789012345678901234567890", "57edf4a22be3c955ac49da2e2107b67a" },
};

START_TEST(sums_are_those_of_the_standard)
{
	struct md5 m;
	char text[MD5_TEXT];

	md5_begin(&m);
	md5_add(&m, sums[_i].text, strlen(sums[_i].text));
	md5_end(&m, text);
	ck_assert_str_eq(text, sums[_i].sum);
}
END_TEST

/* Of a million letters, in pieces of every size. */
START_TEST(sum_does_not_depend_on_the_pieces)
{
	enum { BYTES = 1000000 };
	char text[MD5_TEXT];
	uint8_t *data = malloc(BYTES);
	struct md5 m;

	memset(data, 'a', BYTES);
	for (size_t piece = 1; piece < 200; piece += 9) {
		md5_begin(&m);
		for (size_t at = 0; at < BYTES; at += piece)
			md5_add(&m, data + at, BYTES - at < piece ? BYTES - at : piece);
		md5_end(&m, text);
		ck_assert_str_eq(text, "7707d6ae4e027c70eea2a935c2296f21");
	}
	free(data);
}
END_TEST

/* ---- a data set that there is for this test alone: its file's bytes are its examples, the first half for training ---- */

static int read_bytes(struct material *m, const char *folder_of_it)
{
	char path[1024];
	size_t bytes;
	const uint8_t *at = format_path(path, folder_of_it, "bytes") < 0 ? NULL : memory_map(&m->memory, path, &bytes);
	int half = at ? (int)bytes / 2 : 0;

	if (!at || examples_reserve(&m->train, (size_t)half) < 0 || examples_reserve(&m->test, bytes - (size_t)half) < 0)
		return -1;
	m->d->axes = 2;
	m->d->input = (struct arch_input){ .side = { 1, 1 }, .channels = 1, .classes = 2 };
	m->d->order = (struct pixel_order){ .step = { 0, 1, 1, 1 } };
	for (size_t i = 0; i < bytes; i++)
		examples_add(i < (size_t)half ? &m->train : &m->test, at + i, 0);
	return material_names(m, (const char *const[]){ "a", "b" });
}

static const struct published_file published[] = { { "bytes", 62, "d174ab98d277d9f5a5611c2c9f419d9f" }, { "more", 1, "0" }, { NULL } };
static const struct dataset_format format = {
	.name = "letters", .train = 31, .test = 31, .published = published, .read = read_bytes,
};
static const char *const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static struct dataset *read_letters(const char *text, bool measure)
{
	write_file("bytes", text, strlen(text));
	return dataset_read(&format, "", folder, measure, NULL);
}

START_TEST(file_with_the_published_sum_is_counted)
{
	struct dataset *d = read_letters(letters, true);
	char text[100];

	ck_assert_msg(d != NULL, "%s", err_last());
	ck_assert_int_eq(d->checked, 1);
	ck_assert(!dataset_partial(d, text, sizeof text));
	ck_assert_str_eq(text, "");
	dataset_close(d);
}
END_TEST

START_TEST(changed_byte_is_found_and_both_sums_are_named)
{
	char text[80];

	for (size_t i = 0; i < strlen(letters); i++) {
		strcpy(text, letters);
		text[i] ^= 1;
		ck_assert_ptr_null(read_letters(text, true));
		ck_assert_msg(strstr(err_last(), "/bytes: damaged: its MD5 is ") != NULL, "%s", err_last());
		ck_assert_ptr_nonnull(strstr(err_last(), "d174ab98d277d9f5a5611c2c9f419d9f would be right; get the file again"));
	}
}
END_TEST

START_TEST(part_of_the_file_is_told_of_and_not_summed)
{
	struct dataset *d = read_letters("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdef", true);
	char text[100], cut[20];

	ck_assert_msg(d != NULL, "%s", err_last());
	ck_assert_int_eq(d->checked, 0);
	ck_assert(dataset_partial(d, text, sizeof text));
	ck_assert_str_eq(text, "16 of 31 training examples and 16 of 31 test examples");
	ck_assert(dataset_partial(d, cut, sizeof cut));
	ck_assert_int_eq(strncmp(cut, text, sizeof cut - 1), 0);
	dataset_close(d);
}
END_TEST

/* A run that goes on has been there before. */
START_TEST(known_files_are_not_summed_again)
{
	char text[80];
	struct dataset *d;

	strcpy(text, letters);
	text[5] ^= 1;
	d = read_letters(text, false);
	ck_assert_msg(d != NULL, "%s", err_last());
	ck_assert_int_eq(d->checked, 0);
	dataset_close(d);
}
END_TEST

/* Sums are 32 digits, names are those of the data set's files. */
START_TEST(tables_of_published_files_make_sense)
{
	for (int i = 0; i < dataset_format_count; i++) {
		const struct dataset_format *f = &dataset_formats[i];

		ck_assert_msg((f->train > 0) == (f->test > 0), "%s", f->name);
		for (const struct published_file *p = f->published; p && p->name; p++) {
			bool listed = false;

			ck_assert_uint_eq(strlen(p->md5), 32);
			ck_assert_uint_eq(strspn(p->md5, "0123456789abcdef"), 32);
			for (const char *const *name = f->files; *name; name++)
				listed |= strncmp(p->name, *name, strlen(*name)) == 0;
			ck_assert_msg(listed && p->bytes > 0, "%s: %s", f->name, p->name);
		}
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("published");
	TCase *all = tcase_create("published");
	SRunner *runner = srunner_create(suite);
	int failed;

	tcase_add_checked_fixture(all, make_folder, remove_folder);
	tcase_add_loop_test(all, sums_are_those_of_the_standard, 0, sizeof sums / sizeof *sums);
	tcase_add_test(all, sum_does_not_depend_on_the_pieces);
	tcase_add_test(all, file_with_the_published_sum_is_counted);
	tcase_add_test(all, changed_byte_is_found_and_both_sums_are_named);
	tcase_add_test(all, part_of_the_file_is_told_of_and_not_summed);
	tcase_add_test(all, known_files_are_not_summed_again);
	tcase_add_test(all, tables_of_published_files_make_sense);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
