/* svg.c -- figures as scalable vector graphics: shapes and text stay what they are, so that they can be searched and edited. */
#include <errno.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/figure_files.h"

/* Fonts about as wide as the one that text was measured with, or narrower. */
static const char fonts[] = "DejaVu Sans, Liberation Sans, Helvetica, Arial, sans-serif";

static void put_text(FILE *f, const char *text)
{
	for (; *text; text++)
		switch (*text) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		default:
			fputc(*text, f);
		}
}

/* A hundredth of a point is finer than anything is printed; no zeros at the end. */
static void put_number(FILE *f, double x)
{
	char text[32];
	int n = snprintf(text, sizeof text, "%.2f", x);

	while (text[n - 1] == '0')
		n--;
	n -= text[n - 1] == '.';
	text[n] = 0;
	fputs(strcmp(text, "-0") ? text : "0", f);
}

static void put_attribute(FILE *f, const char *name, double x)
{
	fprintf(f, " %s=\"", name);
	put_number(f, x);
	fputc('"', f);
}

static void put_pen(FILE *f, const struct figure *figure, const struct pen *pen)
{
	fprintf(f, " fill=\"%s\"", pen->fill ? figure_colour(figure, pen->fill) : "none");
	if (pen->stroke) {
		fprintf(f, " stroke=\"%s\"", figure_colour(figure, pen->stroke));
		put_attribute(f, "stroke-width", pen->width);
		if (pen->dashed)
			fputs(" stroke-dasharray=\"2 2\"", f);
	}
	fputs("/>\n", f);
}

static void put_shape(FILE *f, const struct figure *figure, const struct figure_shape *s, double top)
{
	static const char *const anchors[] = { "start", "middle", "end" };
	const struct point *p = figure->point + s->first;

	switch (s->kind) {
	case SHAPE_PATH:
	case SHAPE_POLYGON:
		fprintf(f, "<poly%s points=\"", s->kind == SHAPE_PATH ? "line" : "gon");
		for (int i = 0; i < s->count; i++) {
			fputs(i ? " " : "", f);
			put_number(f, p[i].x);
			fputc(',', f);
			put_number(f, top + p[i].y);
		}
		fputc('"', f);
		put_pen(f, figure, &s->pen);
		break;
	case SHAPE_CIRCLE:
		fputs("<circle", f);
		put_attribute(f, "cx", p[0].x);
		put_attribute(f, "cy", top + p[0].y);
		put_attribute(f, "r", p[1].x);
		put_pen(f, figure, &s->pen);
		break;
	case SHAPE_TEXT:
		fputs("<text", f);
		put_attribute(f, "x", p->x);
		put_attribute(f, "y", top + p->y);
		put_attribute(f, "font-size", s->size);
		if (s->bold)
			fputs(" font-weight=\"bold\"", f);
		if (s->anchor != ANCHOR_START)
			fprintf(f, " text-anchor=\"%s\"", anchors[s->anchor]);
		fprintf(f, " fill=\"%s\">", figure_colour(figure, s->pen.fill));
		put_text(f, s->text);
		fputs("</text>\n", f);
		break;
	}
}

static void put_element(FILE *f, const char *name, const char *text)
{
	fprintf(f, "<%s>", name);
	put_text(f, text);
	fprintf(f, "</%s>\n", name);
}

int figure_write_svg(FILE *f, const struct figure *figure, int count, const struct figure_origin *origin)
{
	double width = 0, height = 0, top = 0;

	for (int i = 0; i < count; i++) {
		width = figure[i].width > width ? figure[i].width : width;
		height += figure[i].height;
	}
	fprintf(f, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%.2fpt\" height=\"%.2fpt\" viewBox=\"0 0 %.2f %.2f\" font-family=\"%s\" role=\"img\">\n",
		width, height, width, height, fonts);
	put_element(f, "title", figure->title);
	put_element(f, "desc", figure->about ? figure->about : "");
	if (origin->run)
		put_element(f, "metadata", origin->run);
	fprintf(f, "<rect width=\"100%%\" height=\"100%%\" fill=\"%s\"/>\n", figure_colour(figure, INK_PAPER));
	for (int i = 0; i < count; i++) {
		for (int k = 0; k < figure[i].count; k++)
			put_shape(f, &figure[i], &figure[i].shape[k], top);
		top += figure[i].height;
	}
	fputs("</svg>\n", f);
	return ferror(f) ? err_set("the picture cannot be written: %s", strerror(errno)) : 0;
}
