/* check_data.c -- IDX files good and bad, where data sets are found, held-out images, who waits for an opening. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/hash.h"
#include "src/data/format.h"
#include "tests/data_fixture.h"
#include "tests/skip.h"

enum { TRAIN = 40, TEST = 20, SIDE = 5 };

static size_t idx_file(uint8_t *to, int rank, const int *dim, const uint8_t *data, size_t bytes)
{
	size_t n = 0;

	memcpy(to, (uint8_t[]){ 0, 0, 8, (uint8_t)rank }, 4);
	n += 4;
	for (int i = 0; i < rank; i++)
		for (int shift = 24; shift >= 0; shift -= 8)
			to[n++] = (uint8_t)(dim[i] >> shift);
	memcpy(to + n, data, bytes);
	return n + bytes;
}

/* Pixels and labels are functions of the example's number, so that a test knows what belongs together. */
static uint8_t pixel(int example, int i)
{
	return (uint8_t)(example * 31 + i * 7);
}

static uint8_t label(int example)
{
	return (uint8_t)(example % 10);
}

static void write_pair(const char *images, const char *labels, int count, bool gzip)
{
	static uint8_t file[16 + TRAIN * SIDE * SIDE], data[TRAIN * SIDE * SIDE];
	void (*write)(const char *, const void *, size_t) = gzip ? write_gzip : write_file;

	for (int e = 0; e < count; e++)
		for (int i = 0; i < SIDE * SIDE; i++)
			data[e * SIDE * SIDE + i] = pixel(e, i);
	write(images, file, idx_file(file, 3, (int[]){ count, SIDE, SIDE }, data, (size_t)(count * SIDE * SIDE)));
	for (int e = 0; e < count; e++)
		data[e] = label(e);
	write(labels, file, idx_file(file, 1, (int[]){ count }, data, (size_t)count));
}

/* The training set compressed, the test set plain. */
static void write_all(void)
{
	write_pair("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", TRAIN, true);
	write_pair("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", TEST, false);
}

START_TEST(idx_files_become_a_data_set)
{
	write_all();

	struct dataset *d = open_good("mnist");

	ck_assert_str_eq(d->name, "mnist");
	ck_assert_str_eq(d->path, folder);
	ck_assert_int_eq(d->axes, 2);
	ck_assert_int_eq(d->input.side[0], SIDE);
	ck_assert_int_eq(d->input.side[1], SIDE);
	ck_assert_int_eq(d->input.channels, 1);
	ck_assert_int_eq(d->input.classes, 10);
	ck_assert_str_eq(d->class_name[9], "9");
	ck_assert_int_eq(d->train.count, TRAIN - TRAIN / 10);
	ck_assert_int_eq(d->validation.count, TRAIN / 10);
	ck_assert_int_eq(d->test.count, TEST);
	for (int e = 0; e < TEST; e++) {
		ck_assert_int_eq(d->test.labels[e], label(e));
		for (int i = 0; i < SIDE * SIDE; i++)
			ck_assert_int_eq(d->test.pixels[e][i], pixel(e, i));
	}
	dataset_close(d);
}
END_TEST

/* One byte changed, bytes cut off or added: what the one line must say. */
static const struct damage {
	const char *file;
	long at;                         /* -1: no byte changed */
	int value;
	long length;                     /* of the result, relative to the end where <= 0 */
	const char *says[3];
} damages[] = {
	{ "t10k-images-idx3-ubyte", 0, 7, 0, { "t10k-images-idx3-ubyte", "not an IDX file", "00 00 08 03" } },
	{ "t10k-images-idx3-ubyte", 2, 0x0d, 0, { "t10k-images-idx3-ubyte", "type float", "unsigned byte" } },
	{ "t10k-images-idx3-ubyte", 2, 0x77, 0, { "t10k-images-idx3-ubyte", "not an IDX file", "00 00 77 03" } },
	{ "t10k-images-idx3-ubyte", 3, 1, 0, { "t10k-images-idx3-ubyte", "1 dimension,", "3 would be right" } },
	{ "t10k-labels-idx1-ubyte", 3, 3, 0, { "t10k-labels-idx1-ubyte", "3 dimensions,", "1 would be right" } },
	{ "t10k-images-idx3-ubyte", 7, TEST + 1, 0, { "t10k-images-idx3-ubyte", "promises 525 bytes", "its 516 bytes" } },
	{ "t10k-images-idx3-ubyte", 7, TEST - 1, 0, { "t10k-images-idx3-ubyte", "longer than its header says", "" } },
	{ "t10k-images-idx3-ubyte", 7, 0, 0, { "t10k-images-idx3-ubyte", "dimension 1 is 0", "1 to 2147483647" } },
	{ "t10k-images-idx3-ubyte", 4, 0x80, 0, { "t10k-images-idx3-ubyte", "dimension 1 is 2147483668", "would be right" } },
	{ "t10k-images-idx3-ubyte", 5, 1, 0, { "t10k-images-idx3-ubyte", "promises 1638900 bytes", "its 516 bytes" } },
	{ "t10k-images-idx3-ubyte", 10, 4, 0, { "t10k-images-idx3-ubyte", "dimension 2 is 1029", "1 to 1024" } },
	{ "t10k-images-idx3-ubyte", 15, SIDE - 1, -TEST * SIDE, { "t10k-images-idx3-ubyte", "images of 5x4", "5x5 would be right" } },
	{ "t10k-images-idx3-ubyte", -1, 0, -1, { "t10k-images-idx3-ubyte", "cut short after 499 of the 500 bytes", "get the file again" } },
	{ "t10k-images-idx3-ubyte", -1, 0, 10, { "t10k-images-idx3-ubyte", "cut short", "header" } },
	{ "t10k-images-idx3-ubyte", -1, 0, 2, { "t10k-images-idx3-ubyte", "cut short", "header" } },
	{ "t10k-labels-idx1-ubyte", -1, 0, 0x10000, { "t10k-labels-idx1-ubyte", "longer than its header says", "" } },
	{ "t10k-labels-idx1-ubyte", 8 + 3, 10, 0, { "t10k-labels-idx1-ubyte", "label 10 of example 3", "0 to 9 would be right" } },
	{ "t10k-labels-idx1-ubyte", 7, TEST - 1, -1, { "t10k-labels-idx1-ubyte", "19 labels", "20 would be right" } },
	{ "train-images-idx3-ubyte.gz", -1, 0, -1, { "train-images-idx3-ubyte.gz", "damaged gzip data", "get the file again" } },
	{ "train-images-idx3-ubyte.gz", -1, 0, -100, { "train-images-idx3-ubyte.gz", "cut short", "get the file again" } },
	{ "train-images-idx3-ubyte.gz", -1, 0, 5, { "train-images-idx3-ubyte.gz", "", "" } },
	{ "train-images-idx3-ubyte.gz", 10, 0xff, 0, { "train-images-idx3-ubyte.gz", "damaged gzip data", "" } },
	{ "train-labels-idx1-ubyte.gz", 0, 0, 0, { "train-labels-idx1-ubyte.gz", "not an IDX file", "00 00 08 01" } },
};

START_TEST(damaged_file_is_named_with_what_would_be_right)
{
	const struct damage *c = &damages[_i];
	static uint8_t data[0x20000];

	write_all();

	size_t n = file_bytes(c->file, data, sizeof data);

	if (c->at >= 0)
		data[c->at] = (uint8_t)c->value;
	write_file(c->file, data, c->length > 0 ? (size_t)c->length : n - (size_t)-c->length);

	refuses("mnist", c->says, sizeof c->says / sizeof *c->says);
}
END_TEST

/* Every byte of the compressed labels changed in turn: refused, or (name, time, system in the gzip header) the labels are right. */
START_TEST(no_changed_byte_of_a_compressed_file_gets_through)
{
	static uint8_t data[1024];
	struct idx x;

	write_all();

	size_t n = file_bytes("train-labels-idx1-ubyte.gz", data, sizeof data);
	int refused = 0;

	for (size_t at = 0; at < n; at++) {
		data[at] ^= 0x55;
		write_file("train-labels-idx1-ubyte.gz", data, n);
		data[at] ^= 0x55;
		if (idx_read(path_of("train-labels-idx1-ubyte.gz"), 1, &x) < 0) {
			refused++;
			ck_assert_msg(!strstr(strstr(err_last(), folder) + 1, folder), "twice: %s", err_last());
			continue;
		}
		ck_assert_int_eq(x.dim[0], TRAIN);
		for (int e = 0; e < TRAIN; e++)
			ck_assert_int_eq(x.data[e], label(e));
		idx_release(&x);
	}
	ck_assert_int_ge(refused, (int)n - 6);       /* time 4, compression level 1, system 1 */
}
END_TEST

START_TEST(too_few_examples_to_hold_any_out_are_refused)
{
	write_all();
	write_pair("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", 9, true);
	REFUSES("mnist", "9 training images", "at least 10 would be right");
}
END_TEST

/* Finding. */

START_TEST(unknown_name_lists_the_known_ones)
{
	ck_assert_ptr_null(dataset_open("fashon"));
	ck_assert_ptr_nonnull(strstr(err_last(), "fashon: no data set of that name; there are fashion-mnist, cifar10, cifar100, stl10, svhn, imagenet32, modelnet10, modelnet40, mnist, images"));
	ck_assert_ptr_null(dataset_open(""));
	ck_assert_ptr_null(dataset_open(":"));
	ck_assert_ptr_null(dataset_open("mnist-with-a-name-longer-than-any-name-of-a-data-set-could-ever-be:x"));
}
END_TEST

START_TEST(missing_data_says_where_it_looked_and_where_to_get_it)
{
	json_t *missing;

	if (access("/usr/share/datasets/mnist", F_OK) == 0)
		return;
	ck_assert_ptr_null(dataset_open("mnist"));
	ck_assert_ptr_nonnull(strstr(err_last(), "/usr/share/datasets/mnist"));
	ck_assert_ptr_nonnull(strstr(err_last(), "~/.local/share/smashtop/mnist"));
	ck_assert_ptr_null(dataset_find(dataset_format_find("mnist"), &missing));
	ck_assert_uint_eq(json_array_size(missing), 4);
	json_decref(missing);
	ck_assert_str_eq(dataset_format_find("fashion-mnist")->package, "apt install dataset-fashion-mnist");
}
END_TEST

START_TEST(named_folder_that_is_wrong_is_named)
{
	ck_assert_ptr_null(dataset_open("fashion-mnist:/nonexistent/folder"));
	ck_assert_ptr_nonnull(strstr(err_last(), "no folder /nonexistent/folder"));
	ck_assert_ptr_nonnull(strstr(err_last(), "apt install dataset-fashion-mnist"));
	write_all();

	unlink(path_of("t10k-labels-idx1-ubyte"));
	REFUSES("fashion-mnist", "lacks t10k-labels-idx1-ubyte (.gz will do)");
	ck_assert_ptr_null(dataset_open("mnist:$SMASHTOP_NO_SUCH_VARIABLE/x"));
	ck_assert_ptr_nonnull(strstr(err_last(), "variable is not set"));
}
END_TEST

START_TEST(data_is_found_below_home_and_partly_missing_data_is_named)
{
	char command[600], home[300];
	json_t *missing;

	write_all();
	snprintf(home, sizeof home, "%s/home", folder);
	snprintf(command, sizeof command, "cd '%s' && mkdir -p home/.local/share/smashtop/mnist && mv *ubyte* home/.local/share/smashtop/mnist",
		folder);
	ck_assert_int_eq(system(command), 0);
	unsetenv("XDG_DATA_HOME");
	setenv("HOME", home, 1);

	struct dataset *d = dataset_open("mnist");

	ck_assert_msg(d != NULL, "%s", err_last());
	dataset_close(d);
	ck_assert_ptr_nonnull(dataset_find(dataset_format_find("mnist"), &missing));
	ck_assert_uint_eq(json_array_size(missing), 0);
	json_decref(missing);

	snprintf(command, sizeof command, "rm '%s/.local/share/smashtop/mnist/train-images-idx3-ubyte.gz'", home);
	ck_assert_int_eq(system(command), 0);
	ck_assert_ptr_null(dataset_find(dataset_format_find("mnist"), &missing));
	ck_assert_uint_eq(json_array_size(missing), 1);
	ck_assert_str_eq(json_string_value(json_array_get(missing, 0)), "train-images-idx3-ubyte");
	json_decref(missing);
	ck_assert_ptr_null(dataset_open("mnist"));
	ck_assert_ptr_nonnull(strstr(err_last(), "train-images-idx3-ubyte not found in"));
}
END_TEST

/* Splits: images of 2x2 carry their number. */

static const char *const class_name[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };
static int numbered_train, numbered_test;

static int number_examples(struct material *m, struct examples *e, int count)
{
	uint8_t *pixels = memory_alloc(&m->memory, "numbers", (size_t)count * 4);

	if (!pixels || examples_reserve(e, (size_t)count) < 0)
		return -1;
	for (int i = 0; i < count; i++) {
		memcpy(pixels + 4 * i, &i, 4);
		examples_add(e, pixels + 4 * i, label(i));
	}
	return 0;
}

static int numbered_read(struct material *m, const char *folder)
{
	ck_assert_str_eq(folder, "nowhere");
	m->d->axes = 2;
	m->d->input = (struct arch_input){ .side = { 2, 2 }, .channels = 1, .classes = 10 };
	m->d->order = (struct pixel_order){ .step = { 0, 2, 1, 1 } };
	return number_examples(m, &m->train, numbered_train) < 0 || number_examples(m, &m->test, numbered_test) < 0 ? -1 :
		material_names(m, class_name);
}

static int number_of(const struct split *s, int i)
{
	int number;

	memcpy(&number, s->pixels[i], 4);
	ck_assert_int_eq(s->labels[i], label(number));
	return number;
}

static struct dataset *numbered(int train_count, int test_count)
{
	static const struct dataset_format format = { .name = "numbered", .read = numbered_read };

	numbered_train = train_count;
	numbered_test = test_count;
	return dataset_read(&format, "", "nowhere", true, NULL);
}

static const struct { int images, held_out; } split_cases[] = { { 10, 1 }, { 1000, 100 }, { 49999, 4999 }, { 50000, 5000 }, { 60000, 5000 } };

START_TEST(splits_are_disjoint_and_lose_nothing)
{
	int count = split_cases[_i].images;
	struct dataset *d = numbered(count, 10);
	int *seen = calloc((size_t)count, sizeof *seen), last = -1;

	ck_assert_ptr_nonnull(d);
	ck_assert_int_eq(d->validation.count, split_cases[_i].held_out);
	ck_assert_int_eq(d->train.count, count - split_cases[_i].held_out);
	ck_assert_int_eq(d->test.count, 10);
	for (int i = 0; i < d->validation.count; i++)
		seen[number_of(&d->validation, i)]++;
	for (int i = 0; i < d->train.count; i++) {
		ck_assert_int_gt(number_of(&d->train, i), last);
		last = number_of(&d->train, i);
		seen[last]++;
	}
	for (int i = 0; i < count; i++)
		ck_assert_int_eq(seen[i], 1);
	free(seen);
	dataset_close(d);
}
END_TEST

/* Scores of last year's run rest on the same images: what is held out must not change with the code. */
START_TEST(held_out_images_are_the_same_for_ever)
{
	static const int first[] = { 24489, 64, 14872, 24285, 58937, 82 };
	struct dataset *d = numbered(60000, 10);
	uint64_t hash = HASH_START;

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		ck_assert_int_eq(number_of(&d->validation, (int)i), first[i]);
	for (int i = 0; i < 4 * d->validation.count; i++)
		hash = hash_bytes(hash, &d->validation.pixels[i / 4][i % 4], 1);
	ck_assert_uint_eq(hash, UINT64_C(7432408139413268699));
	dataset_close(d);
}
END_TEST

START_TEST(held_out_images_are_a_fair_sample_however_few)
{
	struct dataset *d = numbered(60000, 10);
	int per_class[10] = { 0 }, early = 0;

	for (int i = 0; i < 1000; i++) {
		int number = number_of(&d->validation, i);

		per_class[label(number)]++;
		early += number < 30000;
	}
	for (int c = 0; c < 10; c++)
		ck_assert_int_lt(abs(per_class[c] - 100), 45);       /* sigma 9.5 */
	ck_assert_int_lt(abs(early - 500), 75);                      /* sigma 15.8 */
	dataset_close(d);
}
END_TEST

/* Watching. A reader that goes on until somebody was told twice, as one of gigabytes would. */

static struct watched {
	int told, stop_at;               /* calls; the call that ends it, 0: none */
	bool ended;
	char text[64];
} watched;

static bool note_progress(void *context, const char *text, int64_t done, int64_t total)
{
	struct watched *w = context;

	ck_assert(!w->ended && done <= total);
	w->ended = done == total;
	if (!w->ended)
		snprintf(w->text, sizeof w->text, "%s", text);
	return ++w->told != w->stop_at;
}

static int slow_read(struct material *m, const char *folder)
{
	double end = clock_seconds() + 20;

	for (int i = 0; watched.told < 2 && clock_seconds() < end; i++)
		if (watch_say(i % 50, 100, "reading %s", folder) < 0)
			return -1;
	return numbered_read(m, "nowhere");
}

START_TEST(who_waits_for_an_opening_is_told_and_may_end_it)
{
	static const struct dataset_format format = { .name = "slow", .read = slow_read };
	struct dataset *d;

	numbered_train = numbered_test = 10;
	dataset_watch(note_progress, &watched);
	d = dataset_read(&format, "", "a large file", true, NULL);
	ck_assert_ptr_nonnull(d);
	dataset_close(d);
	ck_assert_str_eq(watched.text, "reading a large file");
	ck_assert(watched.ended);
	ck_assert_int_ge(watched.told, 3);

	watched = (struct watched){ .stop_at = 1 };
	ck_assert_ptr_null(dataset_read(&format, "", "a large file", true, NULL));
	ck_assert_str_eq(err_last(), "interrupted");
	ck_assert(watched.ended);

	watched = (struct watched){ 0 };
	d = numbered(1000, 10);
	ck_assert_int_eq(watched.told, 0);           /* what is done at once is not worth a word */
	dataset_close(d);
}
END_TEST

START_TEST(fashion_is_mirrored_digits_are_not)
{
	write_all();

	struct dataset *fashion = open_good("fashion-mnist"), *digits = open_good("mnist");

	ck_assert_int_eq(fashion->mirror[2], 2);
	ck_assert_int_eq(digits->mirror[2], 0);
	ck_assert_int_eq(fashion->crop_padding, 4);
	ck_assert_str_eq(fashion->class_name[9], "Ankle boot");
	dataset_close(fashion);
	dataset_close(digits);
}
END_TEST

/* The real files, where they are. */

START_TEST(fashion_mnist_has_its_70000_images)
{
	struct dataset *d = dataset_open("fashion-mnist");
	int per_class[10] = { 0 }, test_class[10] = { 0 };
	static const uint16_t first_test_labels[] = { 9, 2, 1, 1, 6, 1, 4, 6, 5, 7 };

	ck_assert_msg(d != NULL, "%s", err_last());
	ck_assert_int_eq(d->train.count, 55000);
	ck_assert_int_eq(d->validation.count, 5000);
	ck_assert_int_eq(d->test.count, 10000);
	ck_assert_int_eq(d->input.side[0], 28);
	for (int i = 0; i < d->train.count; i++)
		per_class[d->train.labels[i]]++;
	for (int i = 0; i < d->validation.count; i++)
		per_class[d->validation.labels[i]]++;
	for (int i = 0; i < d->test.count; i++)
		test_class[d->test.labels[i]]++;
	for (int c = 0; c < 10; c++) {
		ck_assert_int_eq(per_class[c], 6000);
		ck_assert_int_eq(test_class[c], 1000);
	}
	ck_assert_mem_eq(d->test.labels, first_test_labels, sizeof first_test_labels);
	/* The well-known constants of all 60,000 are 0.2860 and 0.3530. */
	ck_assert_float_eq_tol(d->normalisation.mean[0], 0.2860, 0.001);
	ck_assert_float_eq_tol(d->normalisation.deviation[0], 0.3530, 0.001);
	dataset_close(d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data");
	TCase *files = tcase_create("files"), *splits = tcase_create("splits");
	SRunner *runner = srunner_create(suite);
	bool have_fashion = dataset_find(dataset_format_find("fashion-mnist"), NULL) != NULL;

	tcase_add_checked_fixture(files, make_folder, remove_folder);
	tcase_add_test(files, idx_files_become_a_data_set);
	tcase_add_loop_test(files, damaged_file_is_named_with_what_would_be_right, 0, sizeof damages / sizeof *damages);
	tcase_add_test(files, no_changed_byte_of_a_compressed_file_gets_through);
	tcase_add_test(files, too_few_examples_to_hold_any_out_are_refused);
	tcase_add_test(files, unknown_name_lists_the_known_ones);
	tcase_add_test(files, missing_data_says_where_it_looked_and_where_to_get_it);
	tcase_add_test(files, named_folder_that_is_wrong_is_named);
	tcase_add_test(files, data_is_found_below_home_and_partly_missing_data_is_named);
	tcase_add_test(files, fashion_is_mirrored_digits_are_not);
	tcase_add_loop_test(splits, splits_are_disjoint_and_lose_nothing, 0, sizeof split_cases / sizeof *split_cases);
	tcase_add_test(splits, held_out_images_are_the_same_for_ever);
	tcase_add_test(splits, held_out_images_are_a_fair_sample_however_few);
	TCASE_ADD_OR_SKIP(splits, fashion_mnist_has_its_70000_images, have_fashion, "apt install dataset-fashion-mnist");
	tcase_add_test(splits, who_waits_for_an_opening_is_told_and_may_end_it);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, splits);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
