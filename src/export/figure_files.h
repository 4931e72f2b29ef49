/* figure_files.h -- figures as files of each kind. */
#ifndef FIGURE_FILES_H
#define FIGURE_FILES_H

#include <cairo.h>
#include <stdio.h>

#include "src/export/figure.h"

/* Where a picture comes from, for the chunks and properties of its file. */
struct figure_origin {
	const char *run;                 /* NULL: of no run */
};

/* Each writes `count` figures: pdf a page each, the others one below the other. 0 or -1 with err_last(). */
int figure_write_svg(FILE *, const struct figure *, int count, const struct figure_origin *);
int figure_write_pdf(FILE *, const struct figure *, int count, const struct figure_origin *);
int figure_write_png(FILE *, const struct figure *, int count, const struct figure_origin *, int dpi);

/* For those that draw with cairo: the font of texts, and a figure whose upper left corner is (0, 0). */
void figure_font(cairo_t *, double size, bool bold);
void figure_paint(cairo_t *, const struct figure *);

#endif
