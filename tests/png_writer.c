/* png_writer.c -- PNG files of every kind. */
#include "tests/png_writer.h"

#include <check.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "tests/data_fixture.h"

static const int channels_of[] = { [GREY] = 1, [RGB] = 3, [PALETTE] = 1, [GREY_ALPHA] = 2, [RGB_ALPHA] = 4 };

int png_sample(int seed, int x, int y, int c)
{
	return (seed * 12345 + x * 5003 + y * 3011 + c * 9007) & 0xffff;
}

int png_palette_value(int entry, int c)
{
	return (entry * (c == 0 ? 37 : c == 1 ? 59 : 83) + 10) & 255;
}

int png_palette_alpha(int entry)
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

static void set_palette(png_structp png, png_infop info, const struct png_kind *k)
{
	png_color color[256];
	png_byte alpha[256];
	int count = 1 << k->depth;

	for (int i = 0; i < count; i++) {
		color[i] = (png_color){ (png_byte)png_palette_value(i, 0), (png_byte)png_palette_value(i, 1), (png_byte)png_palette_value(i, 2) };
		alpha[i] = (png_byte)png_palette_alpha(i);
	}
	png_set_PLTE(png, info, color, count);
	if (k->transparent)
		png_set_tRNS(png, info, alpha, count, NULL);
}

/* The colour of the pixel at (1, 1) is transparent. */
static void set_transparent(png_structp png, png_infop info, const struct png_kind *k, int seed)
{
	png_color_16 c = { 0 };
	int shift = 16 - k->depth;

	c.gray = (png_uint_16)(png_sample(seed, 1, 1, 0) >> shift);
	c.red = (png_uint_16)(png_sample(seed, 1, 1, 0) >> shift);
	c.green = (png_uint_16)(png_sample(seed, 1, 1, 1) >> shift);
	c.blue = (png_uint_16)(png_sample(seed, 1, 1, 2) >> shift);
	png_set_tRNS(png, info, NULL, 0, &c);
}

void write_png(const char *name, const struct png_kind *k, int width, int height, int seed)
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
				put_sample(row[y], x * channels_of[k->type] + c, k->depth, png_sample(seed, x, y, c));
	}
	png_set_rows(png, info, row);
	png_write_png(png, info, PNG_TRANSFORM_IDENTITY, NULL);
	png_destroy_write_struct(&png, &info);
	fclose(f);
	free(row);
	free(pixels);
}

void write_grey(const char *name, int width, int height, int seed)
{
	write_png(name, &(struct png_kind){ GREY, 8, false, false }, width, height, seed);
}

void write_colour(const char *name, int width, int height, int seed)
{
	write_png(name, &(struct png_kind){ RGB, 8, false, false }, width, height, seed);
}
