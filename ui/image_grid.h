/* image_grid.h -- held-out images on the screen: a page of them with captions, or one alone with all that is known of it. */
#ifndef IMAGE_GRID_H
#define IMAGE_GRID_H

#include "ui/pane.h"
#include "ui/predicted.h"

/* Sizes are powers of two of a picture's own; 0: a column is a pixel. */
enum { SIZE_SMALLEST = -4, SIZE_LARGEST = 3, CAPTION_WIDTH = 12 };

/* Where images stand: cells of pitch_y rows by pitch_x columns, each a picture with its caption below. */
struct grid {
	struct rect at;
	int columns, rows, pitch_x, pitch_y;
	int picture_w, picture_h, captions;
};

/* By itself the largest size at which some images stand on a page, `size` steps up or down from there; at least one image where one fits. */
struct grid grid_choose(const struct predicted *, struct rect, int size);

/* The page from place `first` on; the hardware cursor goes to the selected one where `focused`. */
void grid_draw(struct ui *, const struct grid *, const struct predicted *, int first, int selected, bool focused);

/* The one at that place: everything that is known of it in one row; large, the text beside or below. */
void image_draw_line(const struct predicted *, int place, int y, int x, int w);
void image_draw_open(struct ui *, const struct predicted *, int place, struct rect);

#endif
