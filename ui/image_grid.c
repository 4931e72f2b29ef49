/* image_grid.c -- a page of images, or one. */
#include "ui/image_grid.h"

#include <math.h>
#include <stdio.h>

#include "ui/view.h"

enum { SHOWN_LEAST = 4, TEXT_WIDTH = 44, TEXT_ROWS = 5 };

/* ---- where they stand ---- */

/* Columns of a picture at a size. */
static int picture_width(const struct predicted *f, int size)
{
	return size >= 0 ? f->width << size : (f->width + (1 << -size) - 1) >> -size;
}

static struct grid grid_at(const struct predicted *f, struct rect r, int size)
{
	struct grid g = { .at = r, .picture_w = picture_width(f, size) };
	struct thumbnail shape = { .height = f->height, .width = f->width };
	int gap = r.h >= 24;             /* a row between the images */

	g.picture_h = thumbnail_rows(&shape, g.picture_w);
	g.pitch_x = (g.picture_w > CAPTION_WIDTH ? g.picture_w : CAPTION_WIDTH) + 1;
	g.columns = (r.w + 1) / g.pitch_x;
	g.captions = (r.h + gap) / (g.picture_h + 2 + gap) == (r.h + gap) / (g.picture_h + 1 + gap) ? 2 : 1;     /* where it costs no images */
	g.pitch_y = g.picture_h + g.captions + gap;
	g.rows = (r.h + gap) / g.pitch_y;
	return g;
}

struct grid grid_choose(const struct predicted *f, struct rect r, int by)
{
	int size = SIZE_LARGEST;
	struct grid g;

	while (size > SIZE_SMALLEST && (g = grid_at(f, r, size), g.columns * g.rows < SHOWN_LEAST))
		size--;
	size += by;
	do
		g = grid_at(f, r, size < SIZE_SMALLEST ? SIZE_SMALLEST : size > SIZE_LARGEST ? SIZE_LARGEST : size);
	while (g.columns * g.rows < 1 && size-- > SIZE_SMALLEST);
	return g;
}

/* ---- a page ---- */

static bool is_right(const struct predicted_image *image)
{
	return image->predicted == image->label;
}

/* '=' or 'x': what a person sees without colours, too. */
static const char *verdict(const struct predicted_image *image, enum role *role)
{
	*role = image->predicted < 0 ? ROLE_DIM : is_right(image) ? ROLE_TRUE : ROLE_CORRUPTED;
	return image->predicted < 0 ? " " : is_right(image) ? "=" : "x";
}

static const char *probability(double p)
{
	return isnan(p) ? "" : p >= 0.995 ? "1.0" : text_fixed(p, 2) + 1;       /* .97 */
}

/* The first line is the class, or where there is but one, what it is taken for. */
static void draw_caption(const struct predicted *f, const struct grid *g, int y, int x, const struct predicted_image *image, bool selected)
{
	int w = g->pitch_x - 1;
	enum role role;
	const char *sign = verdict(image, &role), *name = predicted_name(f, image->label);
	char line[128];

	if (g->captions == 1 && image->predicted >= 0 && !is_right(image))
		snprintf(line, sizeof line, "%s%.1s %.40s", selected ? ">" : "", sign, predicted_name(f, image->predicted));
	else
		snprintf(line, sizeof line, "%s%.1s%s%.40s", selected ? ">" : "", g->captions == 1 ? sign : "", g->captions == 1 ? " " : "", name);
	put(y, x, w, selected ? ROLE_SELECTION : g->captions == 1 ? role : ROLE_TEXT, line);
	if (g->captions == 1 || image->predicted < 0)
		return;
	x += put(y + 1, x, w, role, sign);
	x += put(y + 1, x, w - 1, role, " ");
	put(y + 1, x, w - 6, role, is_right(image) ? "" : predicted_name(f, image->predicted));
	put_right(y + 1, x + w - 6, 4, role, probability(image->probability));
}

void grid_draw(struct ui *ui, const struct grid *g, const struct predicted *f, int first, int selected_place, bool focused)
{
	for (int i = 0; i < g->rows * g->columns; i++) {
		const struct predicted_image *image = predicted_at(f, first + i);
		int y = g->at.y + i / g->columns * g->pitch_y, x = g->at.x + i % g->columns * g->pitch_x;
		bool selected = first + i == selected_place;

		if (!image)
			continue;
		if (image->pixel) {
			struct thumbnail picture = predicted_picture(f, image, 0);

			thumbnail_draw(&picture, y, x, g->picture_w);
		}
		draw_caption(f, g, y + g->picture_h, x, image, selected);
		if (selected && focused) {
			ui->cursor_y = y + g->picture_h;
			ui->cursor_x = x;
		}
	}
}

/* ---- one image ---- */

static const char *of_class(const struct predicted *f, const struct predicted_image *image)
{
	static char text[160];

	if (image->predicted < 0)
		snprintf(text, sizeof text, "%s", *f->id ? "not predicted yet" : "no prediction");
	else
		snprintf(text, sizeof text, "%s %.60s, probability %s", is_right(image) ? "= rightly taken for" : "x taken for",
		         predicted_name(f, image->predicted), text_fixed(image->probability, 3));
	return text;
}

/* Everything that is known of it, in one row. */
void image_draw_line(const struct predicted *f, int place, int y, int x, int w)
{
	const struct predicted_image *image = predicted_at(f, place);
	char text[320], number[48] = "", loss[32] = "";

	if (!image)
		return;
	if (f->worst)
		snprintf(number, sizeof number, "number %s by loss, ", text_count(place + 1));
	if (image->predicted >= 0)
		snprintf(loss, sizeof loss, " loss %s;", text_loss(image->loss));
	snprintf(text, sizeof text, "%simage %s: %.60s;%s %s", number, text_count(image->number + 1), predicted_name(f, image->label), loss,
	         of_class(f, image));
	put_pieces(y, x, w, ROLE_TEXT, text);
}

/* Columns of a picture of which `beside` stand side by side: as many as fit, a multiple of its own where that is less. */
static int width_that_fits(const struct predicted *f, int h, int w, int beside)
{
	int by_height = 2 * h * f->width / f->height, by_width = (w + 1) / beside - 1, columns = by_height < by_width ? by_height : by_width;

	return columns >= f->width ? columns - columns % f->width : columns < 1 ? 1 : columns;
}

static void draw_text(const struct predicted *f, const struct predicted_image *image, int place, struct rect r)
{
	char line[TEXT_ROWS][200];
	enum role role;

	verdict(image, &role);
	snprintf(line[0], sizeof line[0], "image %s of %s held out", text_count(image->number + 1), text_count(f->available));
	snprintf(line[1], sizeof line[1], "it is %.100s", predicted_name(f, image->label));
	snprintf(line[2], sizeof line[2], "%s", of_class(f, image));
	snprintf(line[3], sizeof line[3], image->predicted < 0 ? "" : "loss %s", text_loss(image->loss));
	snprintf(line[4], sizeof line[4], f->worst ? "number %s by loss" : "", text_count(place + 1));
	for (int i = 0; i < TEXT_ROWS && i < r.h; i++)
		put(r.y + i, r.x, r.w, i == 0 ? ROLE_TITLE : i == 2 ? role : ROLE_TEXT, line[i]);
}

/* The picture and what is known of it, beside or below: where it is larger. A volume has its three slices in the middle. */
void image_draw_open(struct ui *ui, const struct predicted *f, int place, struct rect r)
{
	static const char *const across[3] = { "across the depth", "across the height", "across the width" };
	const struct predicted_image *image = predicted_at(f, place);
	int slices = f->depth > 1 ? 3 : 1, x = r.x, rows = 0, beside, below, w;
	struct rect text;

	if (!image)
		return;
	beside = width_that_fits(f, r.h - (slices > 1), r.w - TEXT_WIDTH, slices);
	below = width_that_fits(f, r.h - TEXT_ROWS - 1, r.w, slices);
	w = beside >= below ? beside : below;
	for (int axis = 0; axis < slices && image->pixel; axis++) {
		struct thumbnail picture = predicted_picture(f, image, axis);

		rows = thumbnail_rows(&picture, w) > rows ? thumbnail_rows(&picture, w) : rows;
		thumbnail_draw(&picture, r.y, x, w);
		if (slices > 1 && thumbnail_rows(&picture, w) < r.h)
			put(r.y + thumbnail_rows(&picture, w), x, w, ROLE_DIM, across[axis]);
		x += w + 1;
	}
	rows += slices > 1;
	text = beside >= below ? (struct rect){ r.y, x + 1, r.h, r.x + r.w - x - 1 } : (struct rect){ r.y + rows, r.x + 1, r.h - rows, r.w - 1 };
	draw_text(f, image, place, text);
	ui->cursor_y = text.h > 0 ? text.y : r.y;
	ui->cursor_x = text.x;
}
