/* check_data_images.c -- PNG files of every kind and damage, in folders as people have them; pictures in another size. */
#include <check.h>
#include <math.h>
#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/data/picture.h"
#include "tests/data_fixture.h"

/* ---- writing PNG files ---- */

enum { GREY = PNG_COLOR_TYPE_GRAY, RGB = PNG_COLOR_TYPE_RGB, PALETTE = PNG_COLOR_TYPE_PALETTE, GREY_ALPHA = PNG_COLOR_TYPE_GRAY_ALPHA,
	RGB_ALPHA = PNG_COLOR_TYPE_RGB_ALPHA };

struct kind {
	int type, depth;
	bool interlaced, transparent;    /* transparent: the colour or the palette's entries that tRNS names */
};

static const int channels_of[] = { [GREY] = 1, [RGB] = 3, [PALETTE] = 1, [GREY_ALPHA] = 2, [RGB_ALPHA] = 4 };

/* Sample of 16 bits; the first ones of a file are told apart by `seed`. */
static int sample(int seed, int x, int y, int c)
{
	return (seed * 12345 + x * 5003 + y * 3011 + c * 9007) & 0xffff;
}

static int palette_value(int entry, int c)
{
	return (entry * (c == 0 ? 37 : c == 1 ? 59 : 83) + 10) & 255;
}

static int palette_alpha(int entry)
{
	return (entry * 101) & 255;
}

static void put_sample(uint8_t *row, int index, int depth, int value)
{
	if (depth == 16) {
		row[2 * index] = (uint8_t)(value >> 8);
		row[2 * index + 1] = (uint8_t)value;
	} else {
		int bit = index * depth, shift = 8 - depth - bit % 8;

		row[bit / 8] |= (uint8_t)(value >> (16 - depth) << shift);
	}
}

static void set_palette(png_structp png, png_infop info, const struct kind *k)
{
	png_color color[256];
	png_byte alpha[256];
	int count = 1 << k->depth;

	for (int i = 0; i < count; i++) {
		color[i] = (png_color){ (png_byte)palette_value(i, 0), (png_byte)palette_value(i, 1), (png_byte)palette_value(i, 2) };
		alpha[i] = (png_byte)palette_alpha(i);
	}
	png_set_PLTE(png, info, color, count);
	if (k->transparent)
		png_set_tRNS(png, info, alpha, count, NULL);
}

/* The colour of the pixel at (1, 1) is transparent. */
static void set_transparent(png_structp png, png_infop info, const struct kind *k, int seed)
{
	png_color_16 c = { 0 };
	int shift = 16 - k->depth;

	c.gray = (png_uint_16)(sample(seed, 1, 1, 0) >> shift);
	c.red = (png_uint_16)(sample(seed, 1, 1, 0) >> shift);
	c.green = (png_uint_16)(sample(seed, 1, 1, 1) >> shift);
	c.blue = (png_uint_16)(sample(seed, 1, 1, 2) >> shift);
	png_set_tRNS(png, info, NULL, 0, &c);
}

static void write_kind(const char *name, const struct kind *k, int width, int height, int seed)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, NULL, NULL);
	png_infop info = png_create_info_struct(png);
	size_t row_bytes = (size_t)width * (size_t)channels_of[k->type] * 2;
	uint8_t *pixels = calloc((size_t)height, row_bytes), **row = malloc((size_t)height * sizeof *row);

	write_file(name, "", 0);                     /* makes the folders */

	FILE *f = fopen(path_of(name), "wb");

	ck_assert_ptr_nonnull(f);
	png_init_io(png, f);
	png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, k->depth, k->type, k->interlaced ? PNG_INTERLACE_ADAM7 : 0, 0, 0);
	if (k->type == PALETTE)
		set_palette(png, info, k);
	else if (k->transparent)
		set_transparent(png, info, k, seed);
	for (int y = 0; y < height; y++) {
		row[y] = pixels + (size_t)y * row_bytes;
		for (int x = 0; x < width; x++)
			for (int c = 0; c < channels_of[k->type]; c++)
				put_sample(row[y], x * channels_of[k->type] + c, k->depth, sample(seed, x, y, c));
	}
	png_set_rows(png, info, row);
	png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
	png_destroy_write_struct(&png, &info);
	fclose(f);
	free(row);
	free(pixels);
}

static void write_grey(const char *name, int width, int height, int seed)
{
	write_kind(name, &(struct kind){ GREY, 8, false, false }, width, height, seed);
}

static void write_colour(const char *name, int width, int height, int seed)
{
	write_kind(name, &(struct kind){ RGB, 8, false, false }, width, height, seed);
}

/* `count` grey pictures CLASS/NN.png. */
static void write_class(const char *class, int count, int side, int seed)
{
	char name[200];

	for (int i = 0; i < count; i++) {
		snprintf(name, sizeof name, "%s/%02d.png", class, i);
		write_grey(name, side, side, seed + i);
	}
}

/* ---- what a file looks like ---- */

static double to_8_bits(const struct kind *k, int value)
{
	return 255.0 * (value >> (16 - k->depth)) / ((1 << k->depth) - 1);
}

static double expected(const struct kind *k, int seed, int x, int y, int c)
{
	int first = sample(seed, x, y, 0), entry = first >> (16 - k->depth);
	bool hidden = k->transparent && k->type != PALETTE;
	double value, alpha = 1;

	if (k->type == PALETTE) {
		value = palette_value(entry, c);
		alpha = k->transparent ? palette_alpha(entry) / 255.0 : 1;
	} else if (k->type == GREY || k->type == GREY_ALPHA) {
		value = to_8_bits(k, first);
		alpha = k->type == GREY_ALPHA ? to_8_bits(k, sample(seed, x, y, 1)) / 255 : 1;
		hidden &= entry == sample(seed, 1, 1, 0) >> (16 - k->depth);
	} else {
		value = to_8_bits(k, sample(seed, x, y, c));
		alpha = k->type == RGB_ALPHA ? to_8_bits(k, sample(seed, x, y, 3)) / 255 : 1;
		for (int i = 0; i < 3; i++)
			hidden &= sample(seed, x, y, i) >> (16 - k->depth) == sample(seed, 1, 1, i) >> (16 - k->depth);
	}
	return hidden ? 255 : value * alpha + 255 * (1 - alpha);
}

static const struct kind kinds[] = {
	{ GREY, 1, 0, 0 }, { GREY, 2, 0, 0 }, { GREY, 4, 0, 0 }, { GREY, 8, 0, 0 }, { GREY, 16, 0, 0 }, { GREY, 4, 0, 1 }, { GREY, 8, 0, 1 },
	{ GREY, 16, 0, 1 }, { RGB, 8, 0, 0 }, { RGB, 16, 0, 0 }, { RGB, 8, 0, 1 }, { RGB, 16, 0, 1 }, { PALETTE, 1, 0, 0 }, { PALETTE, 2, 0, 0 },
	{ PALETTE, 4, 0, 0 }, { PALETTE, 8, 0, 0 }, { PALETTE, 2, 0, 1 }, { PALETTE, 8, 0, 1 }, { GREY_ALPHA, 8, 0, 0 }, { GREY_ALPHA, 16, 0, 0 },
	{ RGB_ALPHA, 8, 0, 0 }, { RGB_ALPHA, 16, 0, 0 }, { GREY, 2, 1, 0 }, { RGB, 16, 1, 0 }, { PALETTE, 4, 1, 0 }, { GREY_ALPHA, 8, 1, 0 },
	{ RGB_ALPHA, 16, 1, 0 },
};

START_TEST(every_kind_of_png_is_read_as_it_looks_on_white)
{
	enum { WIDTH = 13, HEIGHT = 9 };
	const struct kind *k = &kinds[_i];
	struct picture header, p;
	int channels = k->type & PNG_COLOR_MASK_COLOR ? 3 : 1;

	write_kind("a.png", k, WIDTH, HEIGHT, 3);
	ck_assert_msg(picture_look(path_of("a.png"), &header) == 0, "%s", err_last());
	ck_assert_int_eq(header.width, WIDTH);
	ck_assert_int_eq(header.height, HEIGHT);
	ck_assert_int_eq(header.channels, channels);
	for (int as = channels; as <= 3; as += 2) {
		ck_assert_msg(picture_read(path_of("a.png"), as, &p) == 0, "%s", err_last());
		for (int y = 0; y < HEIGHT; y++)
			for (int x = 0; x < WIDTH; x++)
				for (int c = 0; c < as; c++)         /* 16 bits are rounded before white shows through */
					ck_assert_double_eq_tol(p.pixels[(y * WIDTH + x) * as + c], expected(k, 3, x, y, c), 1.5);
		picture_release(&p);
	}
}
END_TEST

/* ---- another size ---- */

static struct picture made(int width, int height, int channels, double (*value)(int x, int y, int c))
{
	struct picture p = { width, height, channels, malloc((size_t)(width * height * channels)) };

	for (int y = 0; y < height; y++)
		for (int x = 0; x < width; x++)
			for (int c = 0; c < channels; c++)
				p.pixels[(y * width + x) * channels + c] = (uint8_t)(value(x, y, c) + 0.5);
	return p;
}

static double constant(int x, int y, int c)
{
	(void)x, (void)y;
	return 40 + 80 * c;
}

static double ramp(int x, int y, int c)
{
	return 20 + 2 * x + 3 * y + 10 * c;
}

static double stripes(int x, int y, int c)
{
	(void)c;
	return (x + y) % 2 ? 255 : 0;
}

static double noise(int x, int y, int c)
{
	return sample(5, x, y, c) >> 8;
}

static const struct { int width, height, to_width, to_height; } sizes[] = {
	{ 40, 30, 20, 15 }, { 40, 30, 10, 10 }, { 30, 40, 7, 7 }, { 9, 9, 24, 24 }, { 5, 3, 8, 8 }, { 1, 1, 4, 4 }, { 300, 2, 2, 2 }, { 33, 33, 32, 32 }
};

START_TEST(resizing_keeps_constants_and_ramps)
{
	int w = sizes[_i].to_width, h = sizes[_i].to_height;
	double across = (double)sizes[_i].width / w, down = (double)sizes[_i].height / h, scale = fmin(across, down);
	struct picture p = made(sizes[_i].width, sizes[_i].height, 3, constant);
	uint8_t *to = malloc((size_t)(w * h * 3));

	ck_assert_int_eq(picture_fit(&p, w, h, to), 0);
	for (int i = 0; i < w * h * 3; i++)
		ck_assert_int_eq(to[i], 40 + 80 * (i % 3));
	picture_release(&p);

	if (sizes[_i].width <= 40) {
		p = made(sizes[_i].width, sizes[_i].height, 3, ramp);
		ck_assert_int_eq(picture_fit(&p, w, h, to), 0);
		for (int y = 0; y < h; y++)
			for (int x = 0; x < w; x++) {
				double fx = (sizes[_i].width - w * scale) / 2 + (x + 0.5) * scale;
				double fy = (sizes[_i].height - h * scale) / 2 + (y + 0.5) * scale, reach = 2 * fmax(scale, 1);

				/* Away from the edges, where nothing is cut off. */
				if (fx >= reach && fy >= reach && fx + reach <= sizes[_i].width && fy + reach <= sizes[_i].height)
					ck_assert_double_eq_tol(to[(y * w + x) * 3], 20 + 2 * (fx - 0.5) + 3 * (fy - 0.5), 1.01);
			}
		picture_release(&p);
	}
	free(to);
}
END_TEST

START_TEST(fine_stripes_become_grey_instead_of_a_pattern)
{
	struct picture p = made(64, 64, 1, stripes);
	uint8_t to[9 * 9];

	ck_assert_int_eq(picture_fit(&p, 9, 9, to), 0);
	for (int i = 0; i < 9 * 9; i++)
		ck_assert_int_lt(abs(to[i] - 127), 12);
	picture_release(&p);
}
END_TEST

static double cubic(double x)
{
	x = fabs(x);
	return x < 1 ? 1.5 * x * x * x - 2.5 * x * x + 1 : x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

/* The definition: every pixel of the picture with its weight. */
START_TEST(resizing_matches_the_definition)
{
	int w = sizes[_i].to_width, h = sizes[_i].to_height;
	double scale = fmin((double)sizes[_i].width / w, (double)sizes[_i].height / h), stretch = fmax(scale, 1);
	struct picture p = made(sizes[_i].width, sizes[_i].height, 1, noise);
	uint8_t *to = malloc((size_t)(w * h));

	ck_assert_int_eq(picture_fit(&p, w, h, to), 0);
	for (int y = 0; y < h; y++) {
		for (int x = 0; x < w; x++) {
			double sum = 0, weights = 0;

			for (int sy = 0; sy < p.height; sy++)
				for (int sx = 0; sx < p.width; sx++) {
					double dx = sx + 0.5 - (p.width - w * scale) / 2 - (x + 0.5) * scale;
					double dy = sy + 0.5 - (p.height - h * scale) / 2 - (y + 0.5) * scale;
					double weight = cubic(dx / stretch) * cubic(dy / stretch);

					sum += weight * p.pixels[sy * p.width + sx];
					weights += weight;
				}
			ck_assert_double_eq_tol(to[y * w + x], fmin(fmax(sum / weights, 0), 255), 0.51);
		}
	}
	picture_release(&p);
	free(to);
}
END_TEST

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
		moved += before[sample(i, 0, 0, 0) >> 8] != after[sample(i, 0, 0, 0) >> 8];
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
			found += d->test.pixels[i][0] == sample(seed, 0, 0, 0) >> 8 && d->test.pixels[i][10] == sample(seed, 2, 1, 0) >> 8;
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

START_TEST(no_changed_or_missing_byte_of_a_png_gets_through)
{
	struct picture good, p;
	size_t n;
	int refused = 0;

	write_kind("a.png", &(struct kind){ RGB_ALPHA, 8, true, false }, 7, 5, 3);
	n = file_bytes("a.png", data, sizeof data);
	ck_assert_int_eq(picture_read(path_of("a.png"), 3, &good), 0);
	for (size_t at = 0; at < n; at++) {
		data[at] ^= 0x55;
		write_file("b.png", data, n);
		data[at] ^= 0x55;
		if (picture_read(path_of("b.png"), 3, &p) < 0) {
			ck_assert_ptr_nonnull(strstr(err_last(), "b.png"));
			refused++;
			continue;
		}
		ck_assert_mem_eq(p.pixels, good.pixels, 7 * 5 * 3);
		picture_release(&p);
	}
	ck_assert_int_ge(refused, (int)n - 4);
	for (size_t length = 0; length < n; length++) {
		write_file("b.png", data, length);
		ck_assert_msg(picture_read(path_of("b.png"), 3, &p) < 0, "%zu of %zu bytes", length, n);
	}
	picture_release(&good);
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
	TCase *files = tcase_create("files"), *sizes_case = tcase_create("sizes"), *folders = tcase_create("folders");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(files, make_folder, remove_folder);
	tcase_add_checked_fixture(folders, make_folder, remove_folder);
	tcase_add_loop_test(files, every_kind_of_png_is_read_as_it_looks_on_white, 0, sizeof kinds / sizeof *kinds);
	tcase_add_test(files, a_file_that_promises_too_much_is_refused_before_memory_is_asked_for);
	tcase_add_loop_test(files, what_is_called_png_and_is_none_is_named, 0, sizeof mislabelled / sizeof *mislabelled);
	tcase_add_test(files, no_changed_or_missing_byte_of_a_png_gets_through);
	tcase_add_loop_test(sizes_case, resizing_keeps_constants_and_ramps, 0, sizeof sizes / sizeof *sizes);
	tcase_add_loop_test(sizes_case, resizing_matches_the_definition, 0, sizeof sizes / sizeof *sizes);
	tcase_add_test(sizes_case, fine_stripes_become_grey_instead_of_a_pattern);
	tcase_add_test(folders, a_folder_for_each_class_is_a_data_set);
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
	suite_add_tcase(suite, sizes_case);
	suite_add_tcase(suite, folders);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
