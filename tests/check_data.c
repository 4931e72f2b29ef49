/* check_data.c -- IDX files good and bad, where data sets are found, held-out images, batches, augmentation. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include "src/base/err.h"
#include "src/data/dataset.h"
#include "src/data/format.h"
#include "tests/skip.h"

static char folder[256];

static void make_folder(void)
{
	const char *parent = getenv("TMPDIR");

	snprintf(folder, sizeof folder, "%s/check_data.XXXXXX", parent ? parent : "/tmp");
	ck_assert_ptr_nonnull(mkdtemp(folder));
	setenv("XDG_DATA_HOME", folder, 1);
	setenv("HOME", folder, 1);
}

static void remove_folder(void)
{
	char command[300];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Files. */

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

static void write_file(const char *name, const void *data, size_t bytes)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);

	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, bytes, f), bytes);
	fclose(f);
}

static void write_gzip(const char *name, const void *data, size_t bytes)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);

	gzFile f = gzopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_int_eq(gzwrite(f, data, (unsigned)bytes), (int)bytes);
	ck_assert_int_eq(gzclose(f), Z_OK);
}

static size_t file_bytes(const char *name, uint8_t *to, size_t room)
{
	char path[512];

	snprintf(path, sizeof path, "%s/%s", folder, name);

	FILE *f = fopen(path, "rb");

	ck_assert_ptr_nonnull(f);

	size_t n = fread(to, 1, room, f);

	fclose(f);
	return n;
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

static struct dataset *open_here(const char *format)
{
	char name[300];

	snprintf(name, sizeof name, "%s:%s", format, folder);
	return dataset_open(name);
}

START_TEST(idx_files_become_a_data_set)
{
	write_all();

	struct dataset *d = open_here("mnist");

	ck_assert_msg(d != NULL, "%s", err_last());
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
			ck_assert_int_eq(d->test.pixels[e * SIDE * SIDE + i], pixel(e, i));
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

	struct dataset *d = open_here("mnist");

	ck_assert_ptr_null(d);
	for (size_t i = 0; i < sizeof c->says / sizeof *c->says; i++)
		ck_assert_msg(strstr(err_last(), c->says[i]) != NULL, "'%s' is not in: %s", c->says[i], err_last());
	ck_assert_ptr_null(strchr(err_last(), '\n'));
}
END_TEST

/* Every byte of the compressed labels changed in turn: refused, or (name, time, system in the gzip header) the labels are right. */
START_TEST(no_changed_byte_of_a_compressed_file_gets_through)
{
	static uint8_t data[1024];
	char path[512];
	struct idx x;

	write_all();
	snprintf(path, sizeof path, "%s/train-labels-idx1-ubyte.gz", folder);

	size_t n = file_bytes("train-labels-idx1-ubyte.gz", data, sizeof data);
	int refused = 0;

	for (size_t at = 0; at < n; at++) {
		data[at] ^= 0x55;
		write_file("train-labels-idx1-ubyte.gz", data, n);
		data[at] ^= 0x55;
		if (idx_read(path, 1, &x) < 0) {
			refused++;
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
	ck_assert_ptr_null(open_here("mnist"));
	ck_assert_ptr_nonnull(strstr(err_last(), "9 training images"));
	ck_assert_ptr_nonnull(strstr(err_last(), "at least 10 would be right"));
}
END_TEST

/* Finding. */

START_TEST(unknown_name_lists_the_known_ones)
{
	ck_assert_ptr_null(dataset_open("fashon"));
	ck_assert_str_eq(err_last(), "fashon: no data set of that name; there are fashion-mnist, mnist");
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

	char path[512];

	snprintf(path, sizeof path, "%s/t10k-labels-idx1-ubyte", folder);
	unlink(path);
	ck_assert_ptr_null(open_here("fashion-mnist"));
	ck_assert_ptr_nonnull(strstr(err_last(), "lacks t10k-labels-idx1-ubyte (.gz will do)"));
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

static void number_examples(struct examples *e, int count)
{
	*e = (struct examples){ .count = count, .pixels = malloc((size_t)count * 4), .labels = malloc((size_t)count) };
	for (int i = 0; i < count; i++) {
		memcpy(e->pixels + 4 * i, &i, 4);
		e->labels[i] = label(i);
	}
}

static int number_of(const struct split *s, int i)
{
	int number;

	memcpy(&number, s->pixels + 4 * i, 4);
	ck_assert_int_eq(s->labels[i], label(number));
	return number;
}

static const char *const class_name[] = { "a", "b", "c", "d", "e", "f", "g", "h", "i", "j" };

static struct dataset *numbered(int train_count, int test_count)
{
	struct arch_input input = { .side = { 2, 2 }, .channels = 1, .classes = 10 };
	struct examples train, test;

	number_examples(&train, train_count);
	number_examples(&test, test_count);
	return dataset_build("numbered", "nowhere", 2, &input, class_name, true, 1, &train, &test);
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
	uint64_t hash = 14695981039346656037u;           /* FNV-1a of all */

	for (size_t i = 0; i < sizeof first / sizeof *first; i++)
		ck_assert_int_eq(number_of(&d->validation, (int)i), first[i]);
	for (int i = 0; i < 4 * d->validation.count; i++)
		hash = (hash ^ d->validation.pixels[i]) * 1099511628211u;
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

/* Normalisation. */

/* A volume of two channels, every byte a function of example and place. */
static struct dataset *volumes(bool mirror, int padding)
{
	enum { COUNT = 20, BYTES = 2 * 3 * 4 * 2 };
	struct arch_input input = { .side = { 2, 3, 4 }, .channels = 2, .classes = 10 };
	struct examples e[2];

	for (int k = 0; k < 2; k++) {
		e[k] = (struct examples){ .count = COUNT, .pixels = malloc(COUNT * BYTES), .labels = malloc(COUNT) };
		for (int i = 0; i < COUNT * BYTES; i++)
			e[k].pixels[i] = (uint8_t)(1 + (i * 37 + i / BYTES * 11) % 255);
		for (int i = 0; i < COUNT; i++)
			e[k].labels[i] = label(i);
	}
	return dataset_build("volumes", "nowhere", 3, &input, class_name, mirror, padding, &e[0], &e[1]);
}

START_TEST(mean_and_deviation_are_those_of_the_training_images)
{
	struct dataset *d = volumes(false, 0);
	int n = d->train.count * 24;

	for (int c = 0; c < 2; c++) {
		double mean = 0, square = 0;

		for (int i = 0; i < n; i++)
			mean += d->train.pixels[2 * i + c] / 255.0 / n;
		for (int i = 0; i < n; i++)
			square += pow(d->train.pixels[2 * i + c] / 255.0 - mean, 2) / n;
		ck_assert_float_eq_tol(d->mean[c], mean, 1e-6);
		ck_assert_float_eq_tol(d->deviation[c], sqrt(square), 1e-6);
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
			double p = d->train.pixels[index[e] * 48 + i] / 255.0;

			ck_assert_float_eq_tol(x[e * 48 + i], (p - d->mean[i % 2]) / d->deviation[i % 2], 1e-5);
		}
	}
	dataset_close(d);
}
END_TEST

START_TEST(constant_images_stay_finite)
{
	struct arch_input input = { .side = { 2, 2 }, .channels = 1, .classes = 10 };
	struct examples train = { 10, calloc(10, 4), calloc(10, 1) }, test = { 1, calloc(1, 4), calloc(1, 1) };
	struct dataset *d = dataset_build("black", "nowhere", 2, &input, class_name, false, 0, &train, &test);
	float x[4];
	int32_t l;

	dataset_batch(d, &d->train, (int[]){ 0 }, 1, NULL, x, &l);
	ck_assert_float_eq(x[3], 0);
	dataset_close(d);
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
					if (fabs(*x++ - (p - d->mean[c]) / d->deviation[c]) > 1e-5)
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
				if (same_view(d, x, d->train.pixels + i % 18 * 48, (int[]){ s / 9 - 1, s / 3 % 3 - 1, s % 3 - 1 }, m)) {
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

START_TEST(fashion_is_mirrored_digits_are_not)
{
	write_all();

	struct dataset *fashion = open_here("fashion-mnist"), *digits = open_here("mnist");

	ck_assert(fashion->mirror && !digits->mirror);
	ck_assert_str_eq(fashion->class_name[9], "Ankle boot");
	dataset_close(fashion);
	dataset_close(digits);
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

/* The real files, where they are. */

START_TEST(fashion_mnist_has_its_70000_images)
{
	struct dataset *d = dataset_open("fashion-mnist");
	int per_class[10] = { 0 }, test_class[10] = { 0 };
	static const uint8_t first_test_labels[] = { 9, 2, 1, 1, 6, 1, 4, 6, 5, 7 };

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
	ck_assert_float_eq_tol(d->mean[0], 0.2860, 0.001);
	ck_assert_float_eq_tol(d->deviation[0], 0.3530, 0.001);
	dataset_close(d);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data");
	TCase *files = tcase_create("files"), *splits = tcase_create("splits"), *batches = tcase_create("batches");
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
	tcase_add_test(splits, mean_and_deviation_are_those_of_the_training_images);
	TCASE_ADD_OR_SKIP(splits, fashion_mnist_has_its_70000_images, have_fashion, "apt install dataset-fashion-mnist");
	tcase_add_test(batches, batch_without_augmentation_is_the_normalised_bytes);
	tcase_add_test(batches, constant_images_stay_finite);
	tcase_add_test(batches, crops_and_mirrors_are_equally_likely);
	tcase_add_test(batches, nothing_is_mirrored_where_it_makes_no_sense);
	tcase_add_test(batches, every_example_comes_once_an_epoch);
	tcase_add_test(batches, each_epoch_and_each_seed_has_its_own_order);
	tcase_add_loop_test(batches, restored_batches_go_on_in_the_same_order, 0, sizeof restore_after / sizeof *restore_after);
	tcase_add_test(batches, impossible_position_is_refused_and_changes_nothing);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, splits);
	suite_add_tcase(suite, batches);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
