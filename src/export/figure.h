/*
 * figure.h -- a picture as a list of shapes in points (1/72 inch) from the upper left corner, for figures in papers: drawn once, then written as
 * svg, pdf or png. Its width is given, its height is what has been drawn. All text is at least 7 points high at that width.
 */
#ifndef FIGURE_H
#define FIGURE_H

#include <stdbool.h>
#include <stddef.h>

/* Of the palette of Okabe and Ito (2008), which people who see few colours can tell apart. */
enum ink { INK_NONE, INK_PAPER, INK_TEXT, INK_DIM, INK_GRID, INK_STRIPE, INK_VEIL, INK_BLUE, INK_ORANGE, INK_GREEN, INK_PURPLE, INKS };

/* What shapes mean is never said by colour alone. RING … BOTH and DOT are the cells of banks. */
enum mark { MARK_CIRCLE, MARK_SQUARE, MARK_TRIANGLE, MARK_DIAMOND, MARK_CROSS, MARK_RING, MARK_BOTH, MARK_DOT, MARK_LINE, MARK_DASHES, MARK_BAND };

enum anchor { ANCHOR_START, ANCHOR_MIDDLE, ANCHOR_END };

struct point {
	double x, y;
};

struct pen {
	enum ink fill, stroke;           /* INK_NONE: it isn't */
	double width;                    /* of the stroke */
	bool dashed;
};

struct figure_shape {
	enum { SHAPE_PATH, SHAPE_POLYGON, SHAPE_CIRCLE, SHAPE_TEXT } kind;
	struct pen pen;                  /* of a text: fill alone */
	int first, count;                /* points; of a circle its centre and (radius, 0), of a text where its baseline begins, is in the middle or ends */
	char *text;
	double size;
	enum anchor anchor;
	bool bold;
};

struct figure {
	double width, height;            /* points */
	bool dark;
	struct figure_shape *shape;
	int count, room;
	struct point *point;
	int points, points_room;
	bool broken;                     /* out of memory: it isn't whole */
	char title[256];                 /* what it is of, in a line, for those who cannot see it */
	char *about;                     /* the caption */
	struct _cairo *measure;          /* what measures text */
};

static const double figure_text_size = 7, figure_title_size = 8, figure_line_height = 9;

void figure_start(struct figure *, bool dark, double width_mm);
void figure_release(struct figure *);

/* 0 or -1 with err_last(): whether all that was drawn is in it. */
int figure_check(const struct figure *);

/* "#0072b2" of an ink. */
const char *figure_colour(const struct figure *, enum ink);

void figure_path(struct figure *, struct pen, const struct point *, int count);
void figure_polygon(struct figure *, struct pen, const struct point *, int count);
void figure_line(struct figure *, enum ink, double width, double x0, double y0, double x1, double y1);
void figure_box(struct figure *, struct pen, double x, double y, double width, double height);
void figure_mark(struct figure *, enum mark, enum ink, double x, double y, double radius);

/* Bytes that are no UTF-8 and control characters become U+FFFD. */
void figure_text(struct figure *, enum ink, enum anchor, double x, double y, const char *text);
void figure_bold(struct figure *, enum anchor, double x, double y, const char *text);
double figure_text_width(struct figure *, const char *text);

/* Text in lines from the left to the right edge; a word that is longer than a line is cut. `y` is the top; what it returns is the end. */
double figure_paragraph(struct figure *, enum ink, double y, const char *text);
double figure_heading(struct figure *, double y, const char *text);           /* bold, in the title's size */

/* The caption, in small print at the foot: it ends the figure, and is what the file says of itself. */
void figure_caption(struct figure *, double y, const char *text);

/* Marks with what they mean, side by side in lines. Returns the end. */
struct legend {
	enum mark mark;
	enum ink ink;
	const char *text;
};
double figure_legend(struct figure *, double y, const struct legend *, int count);

#endif
