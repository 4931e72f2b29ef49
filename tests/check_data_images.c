/* check_data_images.c -- pictures in folders as people have them, and in folders that are not as they should be. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "tests/data_fixture.h"
#include "tests/png_writer.h"

/* `count` grey pictures CLASS/NN.png. */
static void write_class(const char *class, int count, int side, int seed)
{
	char name[400];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%s/%02d.png", class, i);
		write_grey(name, side, side, seed + i);
	}
}

/* ---- folders ---- */

static int count_label(const struct split *s, int label)
{
	int count = 0;

	for (int i = 0; i < s->count; i++)
		count += s->labels[i] == label;
	return count;
}

START_TEST(a_folder_for_each_class_is_a_data_set)
{
	write_class("zebra", 20, 12, 0);
	write_class("ape with a space", 31, 12, 100);
	write_class("\xc3\xa9l\xc3\xa9phant", 2, 12, 200);
	write_file("README.txt", "x", 1);
	write_file("zebra/notes.txt", "x", 1);
	write_file("zebra/.thumbnail.png", "x", 1);
	mkdir(path_of(".hidden"), 0777);

	struct dataset *d = open_good("images");

	ck_assert_int_eq(d->input.classes, 3);
	ck_assert_str_eq(d->class_name[0], "ape with a space");
	ck_assert_str_eq(d->class_name[1], "zebra");
	ck_assert_str_eq(d->class_name[2], "\xc3\xa9l\xc3\xa9phant");
	ck_assert_int_eq(d->input.channels, 1);
	ck_assert_int_eq(d->input.side[0], 12);
	ck_assert_int_eq(d->mirror[2], 0);
	ck_assert_int_eq(count_label(&d->test, 0), 3);
	ck_assert_int_eq(count_label(&d->validation, 0), 2);
	ck_assert_int_eq(count_label(&d->train, 0), 26);
	ck_assert_int_eq(count_label(&d->test, 1), 2);
	ck_assert_int_eq(count_label(&d->validation, 1), 1);
	ck_assert_int_eq(count_label(&d->train, 1), 17);
	ck_assert_int_eq(count_label(&d->train, 2), 2);
	ck_assert_int_eq(d->train.count + d->validation.count + d->test.count, 53);
	dataset_close(d);
}
END_TEST

START_TEST(paths_may_have_spaces_colons_and_letters_of_any_alphabet)
{
	static const char *const name = "my pictures: \xc3\xa9t\xc3\xa9 \xd0\xbb\xd0\xb5\xd1\x82\xd0\xbe";
	char class[200], path[400];
	struct dataset *d;

	for (int c = 0; c < 2; c++) {
		snprintf(class, sizeof class, "%s/%c", name, 'a' + c);
		write_class(class, 6, 8, 20 * c);
	}
	snprintf(path, sizeof path, "images:%s/%s", folder, name);
	d = dataset_open(path);
	ck_assert_msg(d != NULL, "%s", err_last());
	ck_assert_int_eq(d->input.classes, 2);
	dataset_close(d);
}
END_TEST

/* The first byte of a picture tells which it is. */
static void note_first_bytes(const struct split *s, int part, int parts[256])
{
	for (int i = 0; i < s->count; i++)
		parts[s->pixels[i][0]] = part;
}

START_TEST(few_pictures_more_leave_the_others_in_their_parts)
{
	int before[256] = { 0 }, after[256] = { 0 }, moved = 0;

	for (int round = 0; round < 2; round++) {
		int *parts = round ? after : before;
		struct dataset *d;

		write_class("a", round ? 52 : 50, 8, 0);
		write_class("b", 3, 8, 100);
		d = open_good("images");
		note_first_bytes(&d->train, 1, parts);
		note_first_bytes(&d->validation, 2, parts);
		note_first_bytes(&d->test, 3, parts);
		dataset_close(d);
	}
	for (int i = 0; i < 50; i++)
		moved += before[png_sample(i, 0, 0, 0) >> 8] != after[png_sample(i, 0, 0, 0) >> 8];
	ck_assert_int_le(moved, 4);                  /* each new one may push one from test to validation and one from there to training */
}
END_TEST

START_TEST(folders_of_parts_are_the_parts)
{
	write_class("train/a", 12, 8, 0);
	write_class("train/b", 14, 8, 20);
	write_class("validation/a", 3, 8, 40);
	write_class("validation/b", 2, 8, 50);
	write_class("test/b", 4, 8, 60);

	struct dataset *d = open_good("images");

	ck_assert_int_eq(d->train.count, 26);
	ck_assert_int_eq(d->validation.count, 5);
	ck_assert_int_eq(count_label(&d->validation, 0), 3);
	ck_assert_int_eq(d->test.count, 4);
	ck_assert_int_eq(count_label(&d->test, 1), 4);
	for (int i = 0; i < 4; i++) {
		int found = 0;

		for (int seed = 60; seed < 64; seed++)
			found += d->test.pixels[i][0] == png_sample(seed, 0, 0, 0) >> 8 && d->test.pixels[i][10] == png_sample(seed, 2, 1, 0) >> 8;
		ck_assert_int_eq(found, 1);
	}
	dataset_close(d);
}
END_TEST

START_TEST(parts_without_a_folder_are_shares_of_the_training_images)
{
	write_class("train/a", 20, 8, 0);
	write_class("train/b", 20, 8, 20);

	struct dataset *d = open_good("images");

	ck_assert_int_eq(d->test.count, 4);
	ck_assert_int_eq(count_label(&d->test, 0), 2);
	ck_assert_int_eq(d->validation.count, 3);            /* a tenth of the 36 */
	ck_assert_int_eq(d->train.count, 33);
	dataset_close(d);
}
END_TEST

START_TEST(a_class_may_be_called_train)
{
	write_class("bus", 10, 8, 0);
	write_class("train", 10, 8, 20);

	struct dataset *d = open_good("images");

	ck_assert_int_eq(d->input.classes, 2);
	ck_assert_str_eq(d->class_name[1], "train");
	dataset_close(d);
}
END_TEST

START_TEST(pictures_of_many_sizes_become_squares_of_the_middle_one)
{
	write_class("a", 10, 20, 0);
	write_class("b", 10, 30, 20);
	write_grey("b/wide.png", 90, 24, 1);

	struct dataset *d = open_good("images");

	ck_assert_int_eq(d->input.side[0], 24);
	ck_assert_int_eq(d->input.side[1], 24);
	dataset_close(d);
	d = open_good("images@16");
	ck_assert_str_eq(d->name, "images@16");
	ck_assert_int_eq(d->input.side[0], 16);
	ck_assert_int_eq(d->mirror[2], 0);
	dataset_close(d);
	d = open_good("images@mirror+16");
	ck_assert_int_eq(d->input.side[0], 16);
	ck_assert_int_eq(d->mirror[2], 2);
	dataset_close(d);
	REFUSES("images@7", "images@7", "8 to 512");
	REFUSES("images@513", "8 to 512");
	REFUSES("images@64px", "would be right");
	REFUSES("images@64+px", "images@64+px: a side");
	REFUSES("images@+", "would be right");
	REFUSES("images@a-variant-that-is-longer-than-any-variant-of-any-data-set-could-be-said-to-be", "longer than any variant");
	REFUSES("mnist@3", "mnist has no variants; mnist alone would be right");
}
END_TEST

START_TEST(one_small_size_is_kept_a_large_one_is_not)
{
	write_colour("a/1.png", 20, 10, 1);
	write_class("b", 3, 8, 0);
	for (int i = 0; i < 12; i++) {
		char name[32];

		snprintf(name, sizeof name, "a/%d.png", i);
		write_colour(name, 20, 10, i);
		snprintf(name, sizeof name, "b/%02d.png", i);
		write_grey(name, 20, 10, i);
	}

	struct dataset *d = open_good("images");
	uint8_t bytes[20 * 10 * 3];

	ck_assert_int_eq(d->input.side[0], 10);
	ck_assert_int_eq(d->input.side[1], 20);
	ck_assert_int_eq(d->input.channels, 3);              /* one with colour is enough */
	for (int i = 0; i < d->train.count; i++) {
		dataset_example(d, &d->train, i, bytes);
		ck_assert(d->train.labels[i] == 0 || (bytes[30] == bytes[31] && bytes[31] == bytes[32]));
	}
	dataset_close(d);
	remove_folder();
	make_folder();
	write_class("a", 6, 120, 0);
	write_class("b", 6, 120, 0);
	d = open_good("images");
	ck_assert_int_eq(d->input.side[0], 96);
	dataset_close(d);
}
END_TEST

/* ---- what is wrong ---- */

static uint8_t data[1 << 16];

static void write_good(void)
{
	write_class("a", 8, 8, 0);
	write_class("b", 8, 8, 20);
}

static void put_number(uint8_t *to, uint32_t n)
{
	for (int i = 0; i < 4; i++)
		to[i] = (uint8_t)(n >> (24 - 8 * i));
}

/* A header with a right checksum that promises what the file cannot hold. */
static void promise(uint32_t width, uint32_t height)
{
	uint32_t crc = 0xffffffff;
	size_t n = file_bytes("a/03.png", data, sizeof data);

	put_number(data + 16, width);
	put_number(data + 20, height);
	for (int i = 12; i < 29; i++) {
		crc ^= data[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc & 1 ? crc >> 1 ^ 0xedb88320 : crc >> 1;
	}
	put_number(data + 29, ~crc);
	write_file("a/03.png", data, n);
}

START_TEST(a_file_that_promises_too_much_is_refused_before_memory_is_asked_for)
{
	write_good();
	promise(5000, 6000);
	REFUSES("images", "a/03.png: its header promises 5000 x 6000 pixels", "cannot hold them");
	promise(16384, 16384);
	REFUSES("images", "a/03.png: 16384 x 16384 pixels", "at most 33554432 pixels would be right");
	promise(0xffffffff, 1);
	REFUSES("images", "4294967295 x 1 pixels", "sides of 1 to 16384");
	promise(0, 1);
	REFUSES("images", "0 x 1 pixels");
	promise(8, 9);
	REFUSES("images", "a/03.png: damaged PNG");
}
END_TEST

static const struct { const char *bytes; size_t count; const char *says; } mislabelled[] = {
	{ "", 0, "not a PNG file" }, { "\xff\xd8\xff\xe0 and so on, a picture", 20, "a JPEG picture, where PNG would be right" },
	{ "GIF89a and so on, a picture", 20, "a GIF picture" }, { "RIFFxxxxWEBPVP8 ", 16, "a WebP picture" }, { "<svg>", 5, "perhaps SVG" },
	{ "\x89PNG\r\n\x1a\n", 8, "cut short after 8 bytes" }, { "\x89PNG", 4, "not a PNG file" }, { "nothing at all", 14, "not a PNG file" },
};

START_TEST(what_is_called_png_and_is_none_is_named)
{
	write_good();
	write_file("b/05.png", mislabelled[_i].bytes, mislabelled[_i].count);
	REFUSES("images", "b/05.png", mislabelled[_i].says);
}
END_TEST

/* Folders that are not as they should be: each is made, refused, and named. */

static void make_nothing(void)
{
	write_file("a.png", "", 0);
}

static void make_one_class(void)
{
	write_class("a", 3, 8, 0);
}

static void make_empty_class(void)
{
	write_good();
	write_file("empty/notes.txt", "x", 1);
}

static void make_jpeg(void)
{
	write_good();
	write_file("a/photo.JPG", "x", 1);
}

static void make_folder_in_class(void)
{
	write_good();
	write_class("a/kittens", 1, 8, 0);
}

static void make_unknown_class(void)
{
	write_class("train/a", 8, 8, 0);
	write_class("train/b", 8, 8, 0);
	write_class("test/c", 8, 8, 0);
}

static void make_dangling_link(void)
{
	write_good();
	ck_assert_int_eq(symlink("nowhere.png", path_of("a/link.png")), 0);
}

static void make_circle(void)
{
	write_good();
	ck_assert_int_eq(symlink("circle", path_of("circle")), 0);
}

static void make_link_to_parent(void)
{
	write_good();
	ck_assert_int_eq(symlink("..", path_of("a/up")), 0);
}

static void make_few(void)
{
	write_class("train/a", 4, 8, 0);
	write_class("train/b", 4, 8, 0);
	write_class("test/b", 4, 8, 0);
}

static void make_empty_test(void)
{
	write_class("a", 2, 8, 0);
	write_class("b", 2, 8, 0);
}

static const struct { void (*make)(void); const char *says[2]; } wrong_folders[] = {
	{ make_nothing, { "0 folders, where 2 to 65536 would be right", "one for each class" } },
	{ make_one_class, { "1 folder,", "2 to 65536" } },
	{ make_empty_class, { "/empty: no PNG files in it", "" } },
	{ make_jpeg, { "a/photo.JPG: PNG alone is read", "convert it" } },
	{ make_folder_in_class, { "a/kittens: a folder within a class's folder", "would be right" } },
	{ make_unknown_class, { "test/c: a class that the training images do not have", "" } },
	{ make_dangling_link, { "a/link.png: a link that leads nowhere", "" } },
	{ make_circle, { "/circle: Too many levels of symbolic links", "" } },
	{ make_link_to_parent, { "a/up: a folder within a class's folder", "" } },
	{ make_few, { "8 training images", "at least 10 would be right" } },
	{ make_empty_test, { "no test images", "" } },
};

START_TEST(a_folder_that_is_wrong_is_named)
{
	wrong_folders[_i].make();
	refuses("images", wrong_folders[_i].says, 2);
}
END_TEST

/* Both as root, who may read everything, and as anybody. */
START_TEST(an_unreadable_folder_or_file_is_named)
{
	write_good();
	chmod(folder, 0755);
	chmod(path_of("b"), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	REFUSES("images", "/b: Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
	chmod(path_of("b"), 0755);
	chmod(path_of("b/02.png"), 0);
	if (geteuid() == 0)
		ck_assert_int_eq(seteuid(65534), 0);
	REFUSES("images", "b/02.png: Permission denied");
	if (getuid() == 0)
		ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

START_TEST(without_a_folder_there_are_no_images)
{
	ck_assert_ptr_null(dataset_open("images"));
	ck_assert_ptr_nonnull(strstr(err_last(), "images: no folder is named; name yours: images:FOLDER"));
	ck_assert_ptr_null(dataset_find(dataset_format_find("images"), NULL));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("images");
	TCase *files = tcase_create("files"), *folders = tcase_create("folders");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(files, make_folder, remove_folder);
	tcase_add_checked_fixture(folders, make_folder, remove_folder);
	tcase_add_test(files, a_file_that_promises_too_much_is_refused_before_memory_is_asked_for);
	tcase_add_loop_test(files, what_is_called_png_and_is_none_is_named, 0, sizeof mislabelled / sizeof *mislabelled);
	tcase_add_test(folders, a_folder_for_each_class_is_a_data_set);
	tcase_add_test(folders, paths_may_have_spaces_colons_and_letters_of_any_alphabet);
	tcase_add_test(folders, few_pictures_more_leave_the_others_in_their_parts);
	tcase_add_test(folders, folders_of_parts_are_the_parts);
	tcase_add_test(folders, parts_without_a_folder_are_shares_of_the_training_images);
	tcase_add_test(folders, a_class_may_be_called_train);
	tcase_add_test(folders, pictures_of_many_sizes_become_squares_of_the_middle_one);
	tcase_add_test(folders, one_small_size_is_kept_a_large_one_is_not);
	tcase_add_loop_test(folders, a_folder_that_is_wrong_is_named, 0, sizeof wrong_folders / sizeof *wrong_folders);
	tcase_add_test(folders, an_unreadable_folder_or_file_is_named);
	tcase_add_test(folders, without_a_folder_there_are_no_images);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, folders);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
