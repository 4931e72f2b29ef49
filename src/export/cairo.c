/* cairo.c -- figures as pdf, which keeps lines and letters, and as png. */
#include <cairo.h>

#include <cairo-pdf.h>
#include <errno.h>
#include <math.h>
#include <png.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/figure_files.h"

void figure_font(cairo_t *cr, double size, bool bold)
{
	cairo_font_options_t *options = cairo_font_options_create();

	/* As wide at every size and resolution: what fits once always fits. */
	cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
	cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
	cairo_set_font_options(cr, options);
	cairo_font_options_destroy(options);
	cairo_select_font_face(cr, "sans-serif", CAIRO_FONT_SLANT_NORMAL, bold ? CAIRO_FONT_WEIGHT_BOLD : CAIRO_FONT_WEIGHT_NORMAL);
	cairo_set_font_size(cr, size);
}

/* ---- painting ---- */

static void set_ink(cairo_t *cr, const struct figure *f, enum ink ink)
{
	unsigned long rgb = strtoul(figure_colour(f, ink) + 1, NULL, 16);

	cairo_set_source_rgb(cr, (double)(rgb >> 16) / 255, (double)(rgb >> 8 & 255) / 255, (double)(rgb & 255) / 255);
}

static void fill_and_stroke(cairo_t *cr, const struct figure *f, const struct pen *pen)
{
	if (pen->fill) {
		set_ink(cr, f, pen->fill);
		cairo_fill_preserve(cr);
	}
	if (pen->stroke) {
		set_ink(cr, f, pen->stroke);
		cairo_set_line_width(cr, pen->width);
		cairo_set_dash(cr, (const double[]){ 2, 2 }, pen->dashed ? 2 : 0, 0);
		cairo_stroke_preserve(cr);
	}
	cairo_new_path(cr);
}

static void paint_text(cairo_t *cr, const struct figure *f, const struct figure_shape *s)
{
	const struct point *p = f->point + s->first;
	cairo_text_extents_t extents;

	figure_font(cr, s->size, s->bold);
	cairo_text_extents(cr, s->text, &extents);
	set_ink(cr, f, s->pen.fill);
	cairo_move_to(cr, p->x - (s->anchor == ANCHOR_START ? 0 : s->anchor == ANCHOR_END ? 1 : 0.5) * extents.x_advance, p->y);
	cairo_show_text(cr, s->text);
	cairo_new_path(cr);
}

void figure_paint(cairo_t *cr, const struct figure *f)
{
	set_ink(cr, f, INK_PAPER);
	cairo_rectangle(cr, 0, 0, f->width, f->height);
	cairo_fill(cr);
	cairo_set_line_join(cr, CAIRO_LINE_JOIN_MITER);
	for (int i = 0; i < f->count; i++) {
		const struct figure_shape *s = &f->shape[i];
		const struct point *p = f->point + s->first;

		if (s->kind == SHAPE_TEXT) {
			paint_text(cr, f, s);
			continue;
		}
		if (s->kind == SHAPE_CIRCLE)
			cairo_arc(cr, p[0].x, p[0].y, p[1].x, 0, 2 * M_PI);
		else
			for (int k = 0; k < s->count; k++)
				cairo_line_to(cr, p[k].x, p[k].y);
		if (s->kind == SHAPE_POLYGON)
			cairo_close_path(cr);
		fill_and_stroke(cr, f, &s->pen);
	}
}

static int failed(cairo_status_t status)
{
	if (status == CAIRO_STATUS_SUCCESS)
		return 0;
	return err_set("the picture cannot be drawn: %s", status == CAIRO_STATUS_WRITE_ERROR ? strerror(errno) : cairo_status_to_string(status));
}

/* ---- pdf ---- */

static cairo_status_t write_bytes(void *f, const unsigned char *data, unsigned length)
{
	return fwrite(data, 1, length, f) == length ? CAIRO_STATUS_SUCCESS : CAIRO_STATUS_WRITE_ERROR;
}

int figure_write_pdf(FILE *f, const struct figure *figure, int count, const struct figure_origin *origin)
{
	cairo_surface_t *surface = cairo_pdf_surface_create_for_stream(write_bytes, f, figure->width, figure->height);
	cairo_t *cr = cairo_create(surface);
	cairo_status_t status;

	cairo_pdf_surface_restrict_to_version(surface, CAIRO_PDF_VERSION_1_4);   /* what every publisher takes */
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_TITLE, figure->title);
	cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_CREATOR, "smashtop");
	if (figure->about)
		cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_SUBJECT, figure->about);
	if (origin->run)
		cairo_pdf_surface_set_metadata(surface, CAIRO_PDF_METADATA_KEYWORDS, origin->run);
	for (int i = 0; i < count; i++) {
		cairo_pdf_surface_set_size(surface, figure[i].width, figure[i].height);
		figure_paint(cr, &figure[i]);
		cairo_show_page(cr);
	}
	status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_finish(surface);
	if (status == CAIRO_STATUS_SUCCESS)
		status = cairo_surface_status(surface);
	cairo_surface_destroy(surface);
	return failed(status);
}

/* ---- png ---- */

static void png_failed(png_structp png, png_const_charp why)
{
	err_set("the picture cannot be written: %s", errno ? strerror(errno) : why);
	png_longjmp(png, 1);
}

static void png_warned(png_structp png, png_const_charp what)
{
	(void)png;
	(void)what;
}

/* As UTF-8, which all readers of the last twenty years know. */
static void put_texts(png_structp png, png_infop info, const struct figure *figure, const struct figure_origin *origin)
{
	const char *const pair[][2] = {
		{ "Title", figure->title }, { "Description", figure->about }, { "Source", origin->run }, { "Software", "smashtop" },
	};
	png_text text[4] = { { 0 } };
	int n = 0;

	for (int i = 0; i < 4; i++)
		if (pair[i][1] && *pair[i][1])
			text[n++] = (png_text){ .compression = PNG_ITXT_COMPRESSION_NONE, .key = (char *)pair[i][0], .text = (char *)pair[i][1] };
	png_set_text(png, info, text, n);
}

/* Cairo's pixels are numbers, 0xrrggbb; they become three bytes, in place. */
static void to_bytes(unsigned char *row, int width)
{
	uint32_t pixel;

	for (int x = 0; x < width; x++) {
		memcpy(&pixel, row + 4 * x, sizeof pixel);
		row[3 * x] = (unsigned char)(pixel >> 16);
		row[3 * x + 1] = (unsigned char)(pixel >> 8);
		row[3 * x + 2] = (unsigned char)pixel;
	}
}

static int write_rows(FILE *f, unsigned char *data, int stride, int width, int height, const struct figure *figure, const struct figure_origin *origin,
	int dpi)
{
	png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, NULL, png_failed, png_warned);
	png_infop info = png ? png_create_info_struct(png) : NULL;

	if (!info || setjmp(png_jmpbuf(png))) {
		if (!info)
			err_set("out of memory");
		png_destroy_write_struct(&png, &info);
		return -1;
	}
	errno = 0;
	png_init_io(png, f);
	png_set_IHDR(png, info, (png_uint_32)width, (png_uint_32)height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
		PNG_FILTER_TYPE_DEFAULT);
	png_set_pHYs(png, info, (png_uint_32)lround(dpi / 0.0254), (png_uint_32)lround(dpi / 0.0254), PNG_RESOLUTION_METER);
	png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
	put_texts(png, info, figure, origin);
	png_write_info(png, info);
	for (int y = 0; y < height; y++) {
		to_bytes(data + (size_t)y * (size_t)stride, width);
		png_write_row(png, data + (size_t)y * (size_t)stride);
	}
	png_write_end(png, info);
	png_destroy_write_struct(&png, &info);
	return 0;
}

static cairo_status_t paint_all(cairo_surface_t *surface, const struct figure *figure, int count, double scale)
{
	cairo_t *cr = cairo_create(surface);
	cairo_status_t status;

	cairo_scale(cr, scale, scale);
	set_ink(cr, figure, INK_PAPER);
	cairo_paint(cr);
	for (int i = 0; i < count; i++) {
		figure_paint(cr, &figure[i]);
		cairo_translate(cr, 0, figure[i].height);
	}
	status = cairo_status(cr);
	cairo_destroy(cr);
	cairo_surface_flush(surface);
	return status;
}

int figure_write_png(FILE *f, const struct figure *figure, int count, const struct figure_origin *origin, int dpi)
{
	static const double most = 32767;        /* pixels of a side that cairo can */
	double width = 0, height = 0, scale = dpi / 72.0;

	for (int i = 0; i < count; i++) {
		width = fmax(width, figure[i].width);
		height += figure[i].height;
	}
	width = ceil(width * scale);
	height = ceil(height * scale);
	if (width > most || height > most)
		return err_set("png: %.0fx%.0f pixels are too many; fewer, less --dpi, or pdf, which has a page for each, would be right", width, height);

	cairo_surface_t *surface = cairo_image_surface_create(CAIRO_FORMAT_RGB24, (int)width, (int)height);
	int rc = failed(cairo_surface_status(surface) ? cairo_surface_status(surface) : paint_all(surface, figure, count, scale));

	if (rc == 0)
		rc = write_rows(f, cairo_image_surface_get_data(surface), cairo_image_surface_get_stride(surface), (int)width, (int)height, figure, origin, dpi);
	cairo_surface_destroy(surface);
	return rc;
}
