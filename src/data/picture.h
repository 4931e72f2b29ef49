/* picture.h -- PNG files as bytes: what their header promises, their pixels, and those in another size. */
#ifndef PICTURE_H
#define PICTURE_H

#include <stdbool.h>
#include <stdint.h>

enum { PICTURE_SIDE_MAX = 16384, PICTURE_PIXELS_MAX = 1 << 25 };

struct picture {
	int width, height, channels;     /* 1 grey, 3 red, green, blue */
	uint8_t *pixels;                 /* owned; [height, width, channels] */
};

/* Reads the header alone: sizes, and 3 channels where there is colour. 0, or -1 with err_last(): no PNG file (what it seems to be), sizes beyond
 * the limits, a file too small to hold what its header promises. */
int picture_look(const char *path, struct picture *);

/*
 * Reads any PNG file, 1 to 16 bits, palette, transparent, interlaced; the result is what it looks like on white, in 8 bits, in as many channels
 * as asked for (a grey picture may be given 3). 0, or -1 with err_last(): also damage anywhere in the file. Safe in several threads.
 */
int picture_read(const char *path, int channels, struct picture *);
void picture_release(struct picture *);

/* The largest part of the picture's middle that has the shape of width:height, in that size, into `to` [height, width, channels]: a cubic of
 * Catmull and Rom, as wide as a pixel of the result. 0, or -1 out of memory. */
int picture_fit(const struct picture *, int width, int height, uint8_t *to);

#endif
