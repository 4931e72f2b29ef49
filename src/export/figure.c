/* figure.c -- shapes of a picture, and how wide text is. */
#include "src/export/figure.h"

#include <cairo.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clean.h"
#include "src/base/err.h"
#include "src/export/figure_files.h"

static const double margin = 2, points_per_mm = 72 / 25.4;

static const char *const colours[2][INKS] = {
	{ [INK_PAPER] = "#ffffff", [INK_TEXT] = "#1a1a1a", [INK_DIM] = "#555555", [INK_GRID] = "#d4d4d4", [INK_STRIPE] = "#f1f1f1", [INK_VEIL] = "#bfdcec",
		[INK_BLUE] = "#0072b2", [INK_ORANGE] = "#d55e00", [INK_GREEN] = "#009e73", [INK_PURPLE] = "#b0568a" },
	{ [INK_PAPER] = "#1c1c1c", [INK_TEXT] = "#ececec", [INK_DIM] = "#b0b0b0", [INK_GRID] = "#444444", [INK_STRIPE] = "#272727", [INK_VEIL] = "#264e66",
		[INK_BLUE] = "#56b4e9", [INK_ORANGE] = "#e69f00", [INK_GREEN] = "#22b68a", [INK_PURPLE] = "#cc79a7" },
};

const char *figure_colour(const struct figure *f, enum ink ink)
{
	return colours[f->dark][ink];
}

/* ---- shapes ---- */

void figure_start(struct figure *f, bool dark, double width_mm)
{
	*f = (struct figure){ .width = width_mm * points_per_mm, .dark = dark };
}

void figure_release(struct figure *f)
{
	for (int i = 0; i < f->count; i++)
		free(f->shape[i].text);
	free(f->shape);
	free(f->point);
	free(f->about);
	if (f->measure)
		cairo_destroy(f->measure);
	*f = (struct figure){ 0 };
}

int figure_check(const struct figure *f)
{
	return f->broken ? err_set("out of memory") : 0;
}

/* A list with room for `more`; what is returned is its place in memory, NULL where there is none. */
static void *grow(void *list, int count, int more, int *room, size_t size)
{
	int wanted = *room ? *room : 64;

	while (wanted < count + more)
		wanted *= 2;
	if (wanted == *room)
		return list;
	list = realloc(list, (size_t)wanted * size);
	if (list)
		*room = wanted;
	return list;
}

static struct figure_shape *add(struct figure *f, int kind, struct pen pen, const struct point *point, int count)
{
	struct figure_shape *shapes = grow(f->shape, f->count, 1, &f->room, sizeof *shapes);
	struct point *points;

	if (shapes)
		f->shape = shapes;
	points = grow(f->point, f->points, count, &f->points_room, sizeof *points);
	if (points)
		f->point = points;
	if (!shapes || !points) {
		f->broken = true;
		return NULL;
	}
	if (count)
		memcpy(points + f->points, point, (size_t)count * sizeof *point);
	shapes[f->count] = (struct figure_shape){ .kind = kind, .pen = pen, .first = f->points, .count = count };
	f->points += count;
	return &shapes[f->count++];
}

void figure_path(struct figure *f, struct pen pen, const struct point *point, int count)
{
	if (count > 1)
		add(f, SHAPE_PATH, pen, point, count);
}

void figure_polygon(struct figure *f, struct pen pen, const struct point *point, int count)
{
	if (count > 1)
		add(f, SHAPE_POLYGON, pen, point, count);
}

void figure_line(struct figure *f, enum ink ink, double width, double x0, double y0, double x1, double y1)
{
	figure_path(f, (struct pen){ .stroke = ink, .width = width }, (struct point[]){ { x0, y0 }, { x1, y1 } }, 2);
}

void figure_box(struct figure *f, struct pen pen, double x, double y, double width, double height)
{
	figure_polygon(f, pen, (struct point[]){ { x, y }, { x + width, y }, { x + width, y + height }, { x, y + height } }, 4);
}

static void circle(struct figure *f, struct pen pen, double x, double y, double radius)
{
	add(f, SHAPE_CIRCLE, pen, (struct point[]){ { x, y }, { radius, 0 } }, 2);
}

/* Outlines in the paper's colour keep marks apart that lie on one another. */
void figure_mark(struct figure *f, enum mark mark, enum ink ink, double x, double y, double r)
{
	struct pen solid = { .fill = ink, .stroke = INK_PAPER, .width = 0.4 }, line = { .stroke = ink, .width = 1.1 };

	switch (mark) {
	case MARK_CIRCLE:
		circle(f, solid, x, y, r);
		break;
	case MARK_SQUARE:
		figure_box(f, solid, x - 0.9 * r, y - 0.9 * r, 1.8 * r, 1.8 * r);
		break;
	case MARK_TRIANGLE:
		figure_polygon(f, solid, (struct point[]){ { x, y - 1.2 * r }, { x + 1.1 * r, y + 0.8 * r }, { x - 1.1 * r, y + 0.8 * r } }, 3);
		break;
	case MARK_DIAMOND:
		figure_polygon(f, solid, (struct point[]){ { x, y - 1.3 * r }, { x + 1.3 * r, y }, { x, y + 1.3 * r }, { x - 1.3 * r, y } }, 4);
		break;
	case MARK_CROSS:
		figure_path(f, line, (struct point[]){ { x - r, y - r }, { x + r, y + r } }, 2);
		figure_path(f, line, (struct point[]){ { x - r, y + r }, { x + r, y - r } }, 2);
		break;
	case MARK_RING:
		circle(f, (struct pen){ INK_PAPER, ink, 1.1, false }, x, y, r);
		break;
	case MARK_BOTH:
		figure_box(f, solid, x - 1.2 * r, y - 1.2 * r, 2.4 * r, 2.4 * r);
		circle(f, (struct pen){ ink, INK_PAPER, 1, false }, x, y, 0.65 * r);
		break;
	case MARK_DOT:
		circle(f, (struct pen){ .fill = ink }, x, y, 0.6);
		break;
	case MARK_LINE:
		figure_line(f, ink, 1.2, x - 2 * r, y, x + 2 * r, y);
		break;
	case MARK_DASHES:
		figure_path(f, (struct pen){ .stroke = ink, .width = 1.2, .dashed = true }, (struct point[]){ { x - 2 * r, y }, { x + 2 * r, y } }, 2);
		break;
	case MARK_BAND:
		figure_box(f, (struct pen){ .fill = ink }, x - 2 * r, y - r, 4 * r, 2 * r);
		break;
	}
}

/* ---- text ---- */

static void add_text(struct figure *f, enum ink ink, enum anchor anchor, double x, double y, double size, bool bold, const char *text)
{
	char *copy = clean_text(text);
	struct figure_shape *shape = copy ? add(f, SHAPE_TEXT, (struct pen){ .fill = ink }, &(struct point){ x, y }, 1) : NULL;

	if (!shape) {
		free(copy);
		f->broken = true;
		return;
	}
	shape->text = copy;
	shape->size = size;
	shape->bold = bold;
	shape->anchor = anchor;
}

void figure_text(struct figure *f, enum ink ink, enum anchor anchor, double x, double y, const char *text)
{
	add_text(f, ink, anchor, x, y, figure_text_size, false, text);
}

void figure_bold(struct figure *f, enum anchor anchor, double x, double y, const char *text)
{
	add_text(f, INK_TEXT, anchor, x, y, figure_text_size, true, text);
}

static double measured(struct figure *f, double size, bool bold, const char *text)
{
	cairo_text_extents_t extents = { 0 };
	char *copy = clean_text(text);

	if (!f->measure) {
		cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_A8, 1, 1);

		f->measure = cairo_create(surface);
		cairo_surface_destroy(surface);
	}
	figure_font(f->measure, size, bold);
	if (copy)
		cairo_text_extents(f->measure, copy, &extents);
	free(copy);
	return extents.x_advance;
}

double figure_text_width(struct figure *f, const char *text)
{
	return measured(f, figure_text_size, false, text);
}

/* The bytes of `text` that a line of that width takes: whole words, or as many characters as it has room for. */
static size_t line_length(struct figure *f, double size, bool bold, double width, const char *text)
{
	char line[512] = "";
	size_t fits = 0, at = 0;

	while (text[at]) {
		size_t end = at + strspn(text + at, " "), next;

		end += strcspn(text + end, " ");
		next = end < sizeof line ? end : sizeof line - 1;
		memcpy(line, text, next);
		line[next] = 0;
		if (measured(f, size, bold, line) > width || end >= sizeof line)
			break;
		at = fits = end;
	}
	if (fits)
		return fits;
	for (size_t n = 1; text[n - 1] && n < sizeof line; n++) {
		if (((unsigned char)text[n] & 0xc0) == 0x80)
			continue;                                /* within a character */
		memcpy(line, text, n);
		line[n] = 0;
		if (fits && measured(f, size, bold, line) > width)
			break;
		fits = n;
	}
	return fits;
}

static double paragraph(struct figure *f, enum ink ink, double y, double size, bool bold, const char *text)
{
	char line[512];

	for (text += strspn(text, " "); *text; text += strspn(text, " ")) {
		size_t n = line_length(f, size, bold, f->width - 2 * margin, text);

		memcpy(line, text, n);
		line[n] = 0;
		y += size + 2;
		add_text(f, ink, ANCHOR_START, margin, y - 2.5, size, bold, line);
		text += n;
	}
	return y;
}

double figure_paragraph(struct figure *f, enum ink ink, double y, const char *text)
{
	return paragraph(f, ink, y, figure_text_size, false, text);
}

double figure_heading(struct figure *f, double y, const char *text)
{
	if (!f->title[0])
		strncat(f->title, text, sizeof f->title - 1);
	return paragraph(f, INK_TEXT, y, figure_title_size, true, text);
}

void figure_caption(struct figure *f, double y, const char *text)
{
	free(f->about);
	f->about = clean_text(text);
	f->broken |= !f->about;
	f->height = ceil(figure_paragraph(f, INK_DIM, y, text) + margin);
}

double figure_legend(struct figure *f, double y, const struct legend *item, int count)
{
	static const double mark_width = 14, gap = 8;
	double x = margin;

	y += figure_line_height;
	for (int i = 0; i < count; i++) {
		double width = mark_width + figure_text_width(f, item[i].text);

		if (i > 0 && x + width > f->width - margin) {
			x = margin;
			y += figure_line_height + 1;
		}
		figure_mark(f, item[i].mark, item[i].ink, x + 5, y - 4.5, 2.4);
		figure_text(f, INK_TEXT, ANCHOR_START, x + mark_width - 2, y - 2, item[i].text);
		x += width + gap;
	}
	return y + 2;
}
