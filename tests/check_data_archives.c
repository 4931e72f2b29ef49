/* check_data_archives.c -- ImageNet32x32 in archives of NumPy and SVHN in MATLAB files, in every form that others write, good and bad. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/imagenet.h"
#include "src/data/matlab.h"
#include "src/data/npz.h"
#include "src/data/svhn.h"
#include "tests/data_fixture.h"
#include "tests/data_writers.h"

enum { PIXELS = 3072, PICTURES = 12 };

static uint8_t pixel(int picture, int y, int x, int c)
{
	return (uint8_t)(picture * 31 + y * 7 + x * 3 + c * 101);
}

static void ck_picture(const struct dataset *d, const struct split *s, int index, int picture)
{
	uint8_t bytes[PIXELS], *at = bytes;

	dataset_example(d, s, index, bytes);
	for (int y = 0; y < 32; y++)
		for (int x = 0; x < 32; x++)
			for (int c = 0; c < 3; c++)
				ck_assert_int_eq(*at++, pixel(picture, y, x, c));
}

static void write_buffer(const char *name, struct buffer *b)
{
	write_file(name, b->data, b->size);
	buffer_release(b);
}

/* ---- ImageNet32x32 ---- */

/* How an archive is written; what is NULL is as the official ones are. */
struct form {
	bool deflated, wide, planes;
	const char *descr, *shape, *label_descr, *label_shape, *comment;
	size_t data_bytes;               /* 0: all */
	int label_bytes, label_add, pictures;    /* pictures 0: PICTURES */
};

static int label(int picture)
{
	return picture * 5 % 7;
}

static void put_archive(struct buffer *b, const struct form *f, int first)
{
	int count = f->pictures ? f->pictures : PICTURES, label_bytes = f->label_bytes ? f->label_bytes : 8;
	uint8_t *data = malloc((size_t)count * PIXELS), *to = data;
	struct zip_file files[3] = { { .name = "data.npy" }, { .name = "labels.npy" }, { .name = "mean.npy" } };
	struct buffer labels = { 0 };
	char shape[64], label_shape[64];

	for (int p = first; p < first + count; p++)
		for (int c = 0; c < 3; c++)
			for (int y = 0; y < 32; y++)
				for (int x = 0; x < 32; x++)
					*to++ = pixel(p, y, x, c);
	for (int p = first; p < first + count; p++)
		buffer_put_little(&labels, (uint64_t)(label(p) + 1 + f->label_add), label_bytes);
	snprintf(shape, sizeof shape, f->planes ? "(%d, 3, 32, 32)" : "(%d, 3072)", count);
	snprintf(label_shape, sizeof label_shape, "(%d,)", count);
	npy_put(&files[0].content, f->descr ? f->descr : "|u1", f->shape ? f->shape : shape, data,
		f->data_bytes ? f->data_bytes : (size_t)count * PIXELS);
	npy_put(&files[1].content, f->label_descr ? f->label_descr : "<i8", f->label_shape ? f->label_shape : label_shape, labels.data, labels.size);
	npy_put(&files[2].content, "<f8", "(1,)", "\0\0\0\0\0\0\0", 8);
	for (int i = 0; i < 3; i++) {
		files[i].deflated = f->deflated;
		files[i].wide = f->wide;
	}
	zip_put(b, files, 3, f->wide, f->comment ? f->comment : "");
	for (int i = 0; i < 3; i++)
		buffer_release(&files[i].content);
	buffer_release(&labels);
	free(data);
}

static void write_archive(const char *name, const struct form *f, int first)
{
	struct buffer b = { 0 };

	put_archive(&b, f, first);
	write_buffer(name, &b);
}

static const struct form forms[] = {
	{ .wide = false }, { .deflated = true }, { .wide = true }, { .deflated = true, .wide = true }, { .planes = true },
	{ .label_descr = "|u1", .label_bytes = 1 }, { .label_descr = "<i4", .label_bytes = 4 }, { .label_descr = "<u2", .label_bytes = 2 },
	{ .comment = "a comment that ends like an archive: PK\5\6" },
};

START_TEST(archives_of_every_form_are_read)
{
	struct dataset *d;

	write_archive("imagenet32_train.npz", &forms[_i], 0);
	write_archive("imagenet32_val.npz", &forms[_i], 50);
	d = open_good("imagenet32");
	ck_assert_int_eq(d->input.classes, 7);
	ck_assert_int_eq(d->input.channels, 3);
	ck_assert_str_eq(d->class_name[0], "1");
	ck_assert_str_eq(d->class_name[6], "7");
	ck_assert_int_eq(d->train.count, 11);
	ck_assert_int_eq(d->test.count, PICTURES);
	for (int i = 0; i < PICTURES; i++) {
		ck_assert_int_eq(d->test.labels[i], label(50 + i));
		ck_picture(d, &d->test, i, 50 + i);
	}
	dataset_close(d);
}
END_TEST

START_TEST(the_ten_official_archives_are_one_training_set)
{
	struct form two = { .pictures = 2 };
	char name[64];
	struct dataset *d;

	for (int i = 1; i <= 10; i++) {
		snprintf(name, sizeof name, "train_data_batch_%d.npz", i);
		write_archive(name, &two, 2 * i);
	}
	write_archive("val_data.npz", &two, 50);
	d = open_good("imagenet32");
	ck_assert_int_eq(d->train.count + d->validation.count, 20);
	ck_assert_int_eq(d->test.count, 2);
	dataset_close(d);
	remove(path_of("train_data_batch_7.npz"));
	REFUSES("imagenet32", "lacks train_data_batch_7.npz; to get the data");
}
END_TEST

static void write_names(int classes)
{
	char text[80000] = "";
	size_t n = 0;

	for (int i = classes; i > 0; i--)
		n += (size_t)sprintf(text + n, "n%08d %d name_%d\n", i * 11, i, i);
	write_file("map_clsloc.txt", text, n);
}

/* A thousand classes: labels do not fit a byte. */
START_TEST(classes_have_their_names_a_thousand_too)
{
	struct form far = { .label_add = 990 };
	struct dataset *d;

	write_archive("imagenet32_train.npz", &far, 0);
	write_archive("imagenet32_val.npz", &far, 0);
	write_names(1000);
	d = open_good("imagenet32");
	ck_assert_int_eq(d->input.classes, 1000);
	ck_assert_str_eq(d->class_name[999], "name_1000");
	ck_assert_int_eq(d->test.labels[1], 990 + label(1));
	dataset_close(d);
	write_names(995);
	REFUSES("imagenet32", "imagenet32_train.npz: labels.npy: label 996 of example 1, where 1 to 995 would be right");
}
END_TEST

static const struct { const char *text, *says; } bad_names[] = {
	{ "n1 1 a\nn2 2\n", "map_clsloc.txt: line 2: a word, the class's number and its name" }, { "n1 1 a\nn2 1 b\n", "line 2: class 1 has a name already" },
	{ "n1 1 a\nn2 3 b\n", "class 2 of 3 has no name" }, { "n1 0 a\n", "line 1:" }, { "n1 70000 a\n", "line 1:" }, { "", "0 names" },
};

START_TEST(damaged_names_are_named_with_their_line)
{
	write_archive("imagenet32_train.npz", &forms[0], 0);
	write_archive("imagenet32_val.npz", &forms[0], 0);
	write_file("map_clsloc.txt", bad_names[_i].text, strlen(bad_names[_i].text));
	REFUSES("imagenet32", bad_names[_i].says);
}
END_TEST

static const struct { struct form form; const char *says; } bad_forms[] = {
	{ { .descr = "<f4", .shape = "(3, 3072)" }, "data.npy: values of type f4, where unsigned bytes (u1) would be right" },
	{ { .descr = ">i2", .shape = "(6, 3072)" }, "data.npy: numbers with the most significant byte first" },
	{ { .descr = "nonsense" }, "data.npy: a type that is not known" },
	{ { .shape = "(12, 3071)" }, "data.npy has 36864 bytes of values, where 36852 would be right by its shape" },
	{ { .shape = "(12, 32, 32, 3)" }, "data.npy: an array of (12, 32, 32, 3), where (N, 3, 32, 32) would be right" },
	{ { .shape = "(36864,)" }, "data.npy: an array of (36864), where (N, 3, 32, 32) would be right" },
	{ { .shape = "(1, 1, 1, 1, 1, 1, 36864)" }, "data.npy: damaged header (its shape)" },
	{ { .shape = "(99999999999999, 3072, 3072)" }, "data.npy: a shape too large" },
	{ { .shape = "(-12, 3072)" }, "damaged header (its shape)" },
	{ { .shape = "[12, 3072]" }, "damaged header (no shape)" },
	{ { .shape = "(12, 3072" }, "damaged header (its shape)" },
	{ { .data_bytes = 36863 }, "data.npy has 36863 bytes of values, where 36864 would be right" },
	{ { .shape = "(11, 3072)", .data_bytes = 33792 }, "12 labels, where 11 would be right: one for each picture" },
	{ { .label_descr = "<f8" }, "labels.npy: whole numbers would be right" },
	{ { .label_shape = "(12, 1)" }, "labels.npy: an array of (12, 1), where (N) would be right" },
	{ { .label_add = -1 }, "labels.npy: label 0 of example 0, where 1 to 65536 would be right" },
	{ { .label_add = -2 }, "labels.npy: label -1 of example 0" },
};

START_TEST(an_array_that_is_wrong_is_named)
{
	write_archive("imagenet32_train.npz", &bad_forms[_i].form, 0);
	write_archive("imagenet32_val.npz", &forms[0], 0);
	REFUSES("imagenet32", "imagenet32_train.npz", bad_forms[_i].says);
}
END_TEST

static int read_archive(const uint8_t *data, size_t bytes, struct memory *memory, struct examples *e)
{
	write_file("changed.npz", data, bytes);
	return imagenet32_read_file(path_of("changed.npz"), 1000, true, memory, e);
}

/* Every byte changed in turn, then every length: refused, or (times, versions, the array that nobody reads) all is as it was. */
static void try_all_damages(const struct form *f)
{
	struct form few = *f;
	struct buffer b = { 0 };
	struct memory good_memory = { 0 };
	struct examples good = { 0 };
	int refused = 0;

	few.pictures = 1;
	put_archive(&b, &few, 0);
	ck_assert_int_eq(read_archive(b.data, b.size, &good_memory, &good), 0);
	for (size_t at = 0; at < 2 * b.size; at++) {
		struct memory memory = { 0 };
		struct examples e = { 0 };
		bool cut = at >= b.size;

		/* In the middle of the picture one in fifty will do. */
		if (!f->deflated && at % b.size > 300 && at % b.size < 3000 && at % 50)
			continue;
		if (!cut)
			b.data[at] ^= 0x15;
		if (read_archive(b.data, cut ? at - b.size : b.size, &memory, &e) < 0) {
			ck_assert_ptr_nonnull(strstr(err_last(), "changed.npz"));
			refused++;
		} else {
			ck_assert(!cut);
			ck_assert_int_eq(e.count, 1);
			ck_assert_int_eq(e.labels[0], good.labels[0]);
			ck_assert_mem_eq(e.pixels[0], good.pixels[0], PIXELS);
		}
		if (!cut)
			b.data[at] ^= 0x15;
		examples_release(&e);
		memory_release(&memory);
	}
	ck_assert_int_gt(refused, 300);
	examples_release(&good);
	memory_release(&good_memory);
	buffer_release(&b);
}

START_TEST(no_changed_or_missing_byte_of_an_archive_gets_through)
{
	try_all_damages(&forms[_i]);
}
END_TEST

/* Fields of an archive's directory, changed one at a time: where from the end, what. */
static const struct { int back, value; const char *says; } directory_damages[] = {
	{ 22 - 10, 200, "damaged ZIP archive (its directory)" },             /* how many entries */
	{ 22 - 16, 1, "damaged ZIP archive (its directory)" },               /* where the directory begins */
	{ 22 + 54 - 10, 99, "data.npy is packed in another way" }, { 22 + 54 - 8, 1, "data.npy is encrypted" },
	{ 22 + 54 - 46, 'D', "has no data.npy; there is Data.npy" }, { 22 + 54 - 42, 7, "damaged ZIP archive (data.npy)" },
};

START_TEST(a_damaged_directory_is_named)
{
	struct zip_file file = { .name = "data.npy" };
	struct buffer b = { 0 };
	struct memory memory = { 0 };
	struct zip z;
	struct npy a = { 0 };

	npy_put(&file.content, "|u1", "(3,)", "abc", 3);
	zip_put(&b, &file, 1, false, "");
	b.data[b.size - (size_t)directory_damages[_i].back] = (uint8_t)directory_damages[_i].value;
	write_file("x.npz", b.data, b.size);
	ck_assert_int_eq(npz_open(&z, &memory, path_of("x.npz")) < 0 ? -1 : npy_open(&a, &z, "data"), -1);
	ck_assert_msg(strstr(err_last(), directory_damages[_i].says) != NULL, "%s", err_last());
	npy_close(&a);
	memory_release(&memory);
	buffer_release(&b);
	buffer_release(&file.content);
}
END_TEST

START_TEST(what_is_no_archive_is_said)
{
	write_archive("imagenet32_val.npz", &forms[0], 0);
	write_file("imagenet32_train.npz", "nothing of the kind", 19);
	REFUSES("imagenet32", "imagenet32_train.npz: not a ZIP archive");
	write_file("imagenet32_train.npz", "PK\3\4 and so on, for a while at least", 36);
	REFUSES("imagenet32", "imagenet32_train.npz: cut short: the end of the ZIP archive is missing");
	write_file("imagenet32_train.npz", "PK\5\6\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 22);
	REFUSES("imagenet32", "imagenet32_train.npz: has no labels.npy; there are none");
}
END_TEST

/* ---- SVHN ---- */

struct matlab_form {
	bool compressed;
	int class, type, value_bytes;    /* of the labels; 0: unsigned bytes */
	int dim[4];                      /* of the pictures; 0: 32, 32, 3, count */
	const char *x, *y;               /* names */
	size_t bytes;                    /* of the pictures; 0: all */
	int label_add;                   /* to the first label */
};

static int digit(int picture)
{
	return picture * 3 % 10;
}

static void put_matlab(struct buffer *b, const struct matlab_form *f, int first, int count)
{
	uint8_t *data = malloc((size_t)count * PIXELS), *to = data;
	int dim[4] = { 32, 32, 3, count }, label_dim[2] = { count, 1 };
	struct buffer labels = { 0 };

	for (int p = first; p < first + count; p++)
		for (int c = 0; c < 3; c++)
			for (int x = 0; x < 32; x++)
				for (int y = 0; y < 32; y++)
					*to++ = pixel(p, y, x, c);
	for (int p = first; p < first + count; p++) {
		int number = (digit(p) ? digit(p) : 10) + (p == first ? f->label_add : 0);
		double real = number;
		float single = (float)number;

		if (f->type == 9)
			buffer_put(&labels, &real, 8);
		else if (f->type == 7)
			buffer_put(&labels, &single, 4);
		else
			buffer_put_little(&labels, (uint64_t)number, f->value_bytes ? f->value_bytes : 1);
	}
	matlab_put_header(b);
	matlab_put_array(b, f->x ? f->x : "X", 9, 2, f->dim[0] ? f->dim : dim, 4, data, f->bytes ? f->bytes : (size_t)count * PIXELS, f->compressed);
	matlab_put_array(b, f->y ? f->y : "y", f->class ? f->class : 9, f->type ? f->type : 2, label_dim, 2, labels.data, labels.size, f->compressed);
	buffer_release(&labels);
	free(data);
}

static void write_matlab(const char *name, const struct matlab_form *f, int first, int count)
{
	struct buffer b = { 0 };

	put_matlab(&b, f, first, count);
	write_buffer(name, &b);
}

static const struct matlab_form matlab_forms[] = {
	{ .compressed = false }, { .compressed = true }, { .compressed = true, .class = 6, .type = 9 }, { .class = 6, .type = 2 },
	{ .class = 7, .type = 7 }, { .class = 12, .type = 5, .value_bytes = 4 }, { .class = 14, .type = 12, .value_bytes = 8, .compressed = true },
};

START_TEST(house_numbers_are_upright_and_ten_is_zero)
{
	struct dataset *d;

	write_matlab("train_32x32.mat", &matlab_forms[_i], 0, PICTURES);
	write_matlab("test_32x32.mat", &matlab_forms[_i], 20, 3);            /* labels so few that they stand in their tag */
	d = open_good("svhn");
	ck_assert_int_eq(d->input.classes, 10);
	ck_assert_str_eq(d->class_name[0], "0");
	ck_assert_int_eq(d->mirror[2], 0);
	ck_assert_int_eq(d->train.count, 11);
	ck_assert_int_eq(d->test.count, 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_int_eq(d->test.labels[i], digit(20 + i));
		ck_picture(d, &d->test, i, 20 + i);
	}
	dataset_close(d);
}
END_TEST

static const struct { struct matlab_form form; const char *says; } bad_matlab[] = {
	{ { .x = "Z" }, "there is no X in it" }, { { .y = "labels" }, "there is no y in it" },
	{ { .dim = { 32, 32, 1, 36 } }, "X: one array of 32x32x3xN would be right" },
	{ { .dim = { 32, 32, 3, 13 } }, "X has 36864 bytes of values, where 39936 would be right" },
	{ { .dim = { 32, 32, 3, 11 }, .bytes = 11 * PIXELS }, "12 labels, where 11 would be right" },
	{ { .dim = { 32, 32, -3, 12 } }, "damaged MATLAB file (the dimensions" },
	{ { .dim = { 0x7fffffff, 0x7fffffff, 0x7fffffff, 0x7fffffff } }, "damaged MATLAB file (the dimensions" },
	{ { .label_add = 11 }, "y: label 21 of picture 0, where 1 to 10 would be right" },
	{ { .label_add = -10 }, "y: label 0 of picture 0" },
	{ { .type = 10 }, "damaged MATLAB file (the type of values" }, { { .type = 200 }, "damaged MATLAB file (the type of values" },
	{ { .class = 4 }, "there is no y in it" },
};

START_TEST(a_matlab_file_that_is_wrong_is_named)
{
	write_matlab("train_32x32.mat", &bad_matlab[_i].form, 0, PICTURES);
	write_matlab("test_32x32.mat", &matlab_forms[0], 0, 3);
	REFUSES("svhn", "train_32x32.mat", bad_matlab[_i].says);
}
END_TEST

START_TEST(labels_that_are_no_whole_numbers_are_named)
{
	struct buffer b = { 0 };
	double half = 0.5, large = 1e300;

	write_matlab("test_32x32.mat", &matlab_forms[0], 0, 3);
	for (int i = 0; i < 2; i++) {
		matlab_put_header(&b);
		matlab_put_array(&b, "y", 6, 9, (int[]){ 1, 1 }, 2, i ? &large : &half, 8, i);
		write_buffer("train_32x32.mat", &b);
		REFUSES("svhn", "train_32x32.mat: y holds", "where a whole number would be right");
	}
}
END_TEST

static const struct { size_t at; uint8_t value; const char *says; } header_damages[] = {
	{ 7, '7', "a file of MATLAB 7.3, where version 5 to 7 would be right" }, { 126, 'M', "not a MATLAB file of version 5 to 7" },
	{ 125, 2, "not a MATLAB file of version 5 to 7" }, { 132, 0xff, "damaged MATLAB file (cut short" }, { 130, 1, "damaged MATLAB file (the tag" },
};

START_TEST(another_version_of_matlab_is_named)
{
	static uint8_t data[PICTURES * PIXELS * 2];
	size_t n;

	write_matlab("train_32x32.mat", &matlab_forms[0], 0, PICTURES);
	write_matlab("test_32x32.mat", &matlab_forms[0], 0, 3);
	n = file_bytes("train_32x32.mat", data, sizeof data);
	data[header_damages[_i].at] = header_damages[_i].value;
	if (_i == 0)
		data[9] = '3';
	if (_i == 3)
		data[135] = 0x7f;
	write_file("train_32x32.mat", data, n);
	REFUSES("svhn", "train_32x32.mat", header_damages[_i].says);
}
END_TEST

/* As for archives. Uncompressed files have no checksum: there only what is refused must be refused in words. */
START_TEST(no_changed_or_missing_byte_of_a_compressed_file_gets_through)
{
	struct buffer b = { 0 };
	struct memory good_memory = { 0 };
	struct examples good = { 0 };
	int refused = 0;

	put_matlab(&b, &matlab_forms[1], 0, 2);
	write_file("x.mat", b.data, b.size);
	ck_assert_int_eq(svhn_read_file(path_of("x.mat"), &good_memory, &good), 0);
	for (size_t at = 0; at < 2 * b.size; at++) {
		struct memory memory = { 0 };
		struct examples e = { 0 };
		bool cut = at >= b.size;

		if (!cut)
			b.data[at] ^= 0x15;
		write_file("x.mat", b.data, cut ? at - b.size : b.size);
		if (svhn_read_file(path_of("x.mat"), &memory, &e) < 0) {
			ck_assert_ptr_nonnull(strstr(err_last(), "x.mat"));
			refused++;
		} else {
			ck_assert(!cut && at < 128);
			ck_assert_mem_eq(e.pixels[1], good.pixels[1], PIXELS);
		}
		if (!cut)
			b.data[at] ^= 0x15;
		examples_release(&e);
		memory_release(&memory);
	}
	ck_assert_int_gt(refused, (int)(2 * b.size - 128));
	examples_release(&good);
	memory_release(&good_memory);
	buffer_release(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("archives");
	TCase *npz = tcase_create("npz"), *matlab = tcase_create("matlab");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(npz, make_folder, remove_folder);
	tcase_add_checked_fixture(matlab, make_folder, remove_folder);
	tcase_add_loop_test(npz, archives_of_every_form_are_read, 0, sizeof forms / sizeof *forms);
	tcase_add_test(npz, the_ten_official_archives_are_one_training_set);
	tcase_add_test(npz, classes_have_their_names_a_thousand_too);
	tcase_add_loop_test(npz, damaged_names_are_named_with_their_line, 0, sizeof bad_names / sizeof *bad_names);
	tcase_add_loop_test(npz, an_array_that_is_wrong_is_named, 0, sizeof bad_forms / sizeof *bad_forms);
	tcase_add_loop_test(npz, no_changed_or_missing_byte_of_an_archive_gets_through, 0, 4);
	tcase_add_loop_test(npz, a_damaged_directory_is_named, 0, sizeof directory_damages / sizeof *directory_damages);
	tcase_add_test(npz, what_is_no_archive_is_said);
	tcase_add_loop_test(matlab, house_numbers_are_upright_and_ten_is_zero, 0, sizeof matlab_forms / sizeof *matlab_forms);
	tcase_add_loop_test(matlab, a_matlab_file_that_is_wrong_is_named, 0, sizeof bad_matlab / sizeof *bad_matlab);
	tcase_add_test(matlab, labels_that_are_no_whole_numbers_are_named);
	tcase_add_loop_test(matlab, another_version_of_matlab_is_named, 0, sizeof header_damages / sizeof *header_damages);
	tcase_add_test(matlab, no_changed_or_missing_byte_of_a_compressed_file_gets_through);
	suite_add_tcase(suite, npz);
	suite_add_tcase(suite, matlab);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
