/*
 * thumbnail.h -- small pictures on the screen. Where the terminal has 256 colours and the theme has any, a cell is two pixels, one above the other, in
 * greys or colours; elsewhere it is a character, the brighter the more ink. A cell is taken for twice as high as wide.
 */
#ifndef THUMBNAIL_H
#define THUMBNAIL_H

#include <stddef.h>
#include <stdint.h>

/* Pixels elsewhere: that at row y and column x is at y * row + x * column, its channels one after another; 3 or more are red, green, blue. */
struct thumbnail {
	const uint8_t *pixel;
	int height, width, channels;
	ptrdiff_t row, column;
};

/* Rows of cells where it is drawn in so many columns: its pixels are square. At least 1. */
int thumbnail_rows(const struct thumbnail *, int columns);

/* Over those cells; each is the mean of what it covers. Cells outside the screen are left out. */
void thumbnail_draw(const struct thumbnail *, int y, int x, int columns);

#endif
