/* check_picture.c -- PNG files of every kind, damaged ones, and pictures in another size. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/picture.h"
#include "tests/data_fixture.h"
#include "tests/png_writer.h"

/* ---- what a file looks like ---- */

static double to_8_bits(const struct png_kind *k, int value)
{
	return 255.0 * (value >> (16 - k->depth)) / ((1 << k->depth) - 1);
}

static double expected(const struct png_kind *k, int seed, int x, int y, int c)
{
	int first = png_sample(seed, x, y, 0), entry = first >> (16 - k->depth);
	bool hidden = k->transparent && k->type != PALETTE;
	double value, alpha = 1;

	if (k->type == PALETTE) {
		value = png_palette_value(entry, c);
		alpha = k->transparent ? png_palette_alpha(entry) / 255.0 : 1;
	} else if (k->type == GREY || k->type == GREY_ALPHA) {
		value = to_8_bits(k, first);
		alpha = k->type == GREY_ALPHA ? to_8_bits(k, png_sample(seed, x, y, 1)) / 255 : 1;
		hidden &= entry == png_sample(seed, 1, 1, 0) >> (16 - k->depth);
	} else {
		value = to_8_bits(k, png_sample(seed, x, y, c));
		alpha = k->type == RGB_ALPHA ? to_8_bits(k, png_sample(seed, x, y, 3)) / 255 : 1;
		for (int i = 0; i < 3; i++)
			hidden &= png_sample(seed, x, y, i) >> (16 - k->depth) == png_sample(seed, 1, 1, i) >> (16 - k->depth);
	}
	return hidden ? 255 : value * alpha + 255 * (1 - alpha);
}

static const struct png_kind kinds[] = {
	{ GREY, 1, 0, 0 }, { GREY, 2, 0, 0 }, { GREY, 4, 0, 0 }, { GREY, 8, 0, 0 }, { GREY, 16, 0, 0 }, { GREY, 4, 0, 1 }, { GREY, 8, 0, 1 },
	{ GREY, 16, 0, 1 }, { RGB, 8, 0, 0 }, { RGB, 16, 0, 0 }, { RGB, 8, 0, 1 }, { RGB, 16, 0, 1 }, { PALETTE, 1, 0, 0 }, { PALETTE, 2, 0, 0 },
	{ PALETTE, 4, 0, 0 }, { PALETTE, 8, 0, 0 }, { PALETTE, 2, 0, 1 }, { PALETTE, 8, 0, 1 }, { GREY_ALPHA, 8, 0, 0 }, { GREY_ALPHA, 16, 0, 0 },
	{ RGB_ALPHA, 8, 0, 0 }, { RGB_ALPHA, 16, 0, 0 }, { GREY, 2, 1, 0 }, { RGB, 16, 1, 0 }, { PALETTE, 4, 1, 0 }, { GREY_ALPHA, 8, 1, 0 },
	{ RGB_ALPHA, 16, 1, 0 },
};

START_TEST(every_kind_of_png_is_read_as_it_looks_on_white)
{
	enum { WIDTH = 13, HEIGHT = 9 };
	const struct png_kind *k = &kinds[_i];
	struct picture header, p;
	int channels = k->type & PNG_COLOR_MASK_COLOR ? 3 : 1;

	write_png("a.png", k, WIDTH, HEIGHT, 3);
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

static uint8_t data[1 << 16];

START_TEST(no_changed_or_missing_byte_of_a_png_gets_through)
{
	struct picture good, p;
	size_t n;
	int refused = 0;

	write_png("a.png", &(struct png_kind){ RGB_ALPHA, 8, true, false }, 7, 5, 3);
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
	return png_sample(5, x, y, c) >> 8;
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

int main(void)
{
	Suite *suite = suite_create("picture");
	TCase *files = tcase_create("files"), *sizes_case = tcase_create("sizes");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(files, make_folder, remove_folder);
	tcase_add_loop_test(files, every_kind_of_png_is_read_as_it_looks_on_white, 0, sizeof kinds / sizeof *kinds);
	tcase_add_test(files, no_changed_or_missing_byte_of_a_png_gets_through);
	tcase_add_loop_test(sizes_case, resizing_keeps_constants_and_ramps, 0, sizeof sizes / sizeof *sizes);
	tcase_add_loop_test(sizes_case, resizing_matches_the_definition, 0, sizeof sizes / sizeof *sizes);
	tcase_add_test(sizes_case, fine_stripes_become_grey_instead_of_a_pattern);
	suite_add_tcase(suite, files);
	suite_add_tcase(suite, sizes_case);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
