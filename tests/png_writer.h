/* png_writer.h -- PNG files of every kind, whose samples are functions of place and seed. */
#ifndef PNG_WRITER_H
#define PNG_WRITER_H

#include <png.h>
#include <stdbool.h>

enum { GREY = PNG_COLOR_TYPE_GRAY, RGB = PNG_COLOR_TYPE_RGB, PALETTE = PNG_COLOR_TYPE_PALETTE, GREY_ALPHA = PNG_COLOR_TYPE_GRAY_ALPHA,
	RGB_ALPHA = PNG_COLOR_TYPE_RGB_ALPHA };

struct png_kind {
	int type, depth;
	bool interlaced, transparent;    /* transparent: the colour or the palette's entries that tRNS names */
};

/* A sample of 16 bits, of which a file of fewer has the upper ones. */
int png_sample(int seed, int x, int y, int c);
/* A palette's colours, and how opaque they are where it is transparent. */
int png_palette_value(int entry, int c);
int png_palette_alpha(int entry);

/* Below the folder of data_fixture.h. Transparent without a palette: the colour at (1, 1) is. */
void write_png(const char *name, const struct png_kind *, int width, int height, int seed);
void write_grey(const char *name, int width, int height, int seed);
void write_colour(const char *name, int width, int height, int seed);

#endif
