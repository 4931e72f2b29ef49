/* pictures.c -- the formats of pictures: what the source asks for as figures, then those as a file. */
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/figure_files.h"
#include "src/export/figures.h"

enum { FIGURES_MOST = 100, DPI = 300 };
static const double column_mm = 85;      /* of a page with two columns */

const char *figure_run_name(const struct export_source *s)
{
	const char *name = s->run_path ? strrchr(s->run_path, '/') : NULL;

	return name && name[1] ? name + 1 : s->run_path ? s->run_path : "";
}

struct figures {
	struct figure *figure;
	int count;
};

static int draw_one(struct figure *f, const struct export_source *s, int i)
{
	int rc;

	figure_start(f, s->style.dark, s->style.width_mm ? s->style.width_mm : column_mm);
	switch (s->subject) {
	case EXPORT_LOSS:
		rc = figure_loss(f, s);
		break;
	case EXPORT_CORRELATE:
		rc = figure_correlate(f, s);
		break;
	case EXPORT_CORRUPT:
		rc = figure_corrupt(f, s);
		break;
	default:
		rc = figure_banks(f, s, i);
	}
	return rc < 0 ? -1 : figure_check(f);
}

static int draw(struct figures *all, const struct export_source *s)
{
	int count = s->subject == EXPORT_BANKS ? s->count : 1;

	if (count > FIGURES_MOST)
		return err_set("%d architectures are too many for pictures; at most %d would be right", count, FIGURES_MOST);
	all->figure = calloc((size_t)count, sizeof *all->figure);
	if (!all->figure)
		return err_set("out of memory");
	for (int i = 0; i < count; i++) {
		all->count = i + 1;              /* also one that fails is released */
		if (draw_one(&all->figure[i], s, i) < 0)
			return -1;
	}
	return 0;
}

static void release(struct figures *all)
{
	for (int i = 0; i < all->count; i++)
		figure_release(&all->figure[i]);
	free(all->figure);
}

static int write_pdf(FILE *f, const struct figures *all, const struct figure_origin *origin, int dpi)
{
	(void)dpi;
	return figure_write_pdf(f, all->figure, all->count, origin);
}

static int write_svg(FILE *f, const struct figures *all, const struct figure_origin *origin, int dpi)
{
	(void)dpi;
	return figure_write_svg(f, all->figure, all->count, origin);
}

static int write_png(FILE *f, const struct figures *all, const struct figure_origin *origin, int dpi)
{
	return figure_write_png(f, all->figure, all->count, origin, dpi);
}

static int export_picture(FILE *f, const struct export_source *s, int (*write)(FILE *, const struct figures *, const struct figure_origin *, int dpi))
{
	struct figure_origin origin = { s->run_path };
	struct figures all = { 0 };
	int rc = draw(&all, s);

	if (rc == 0)
		rc = write(f, &all, &origin, s->style.dpi ? s->style.dpi : DPI);
	release(&all);
	return rc;
}

int export_svg(FILE *f, const struct export_source *s)
{
	return export_picture(f, s, write_svg);
}

int export_png(FILE *f, const struct export_source *s)
{
	return export_picture(f, s, write_png);
}

int export_pdf(FILE *f, const struct export_source *s)
{
	return export_picture(f, s, write_pdf);
}
