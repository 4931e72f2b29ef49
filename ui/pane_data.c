/*
 * pane_data.c -- held-out images and what an architecture says they are; which classes it takes for which. The worker is asked only while this is
 * looked at: for another page, another architecture, or the weights of now.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/confusion.h"
#include "ui/document.h"
#include "ui/view.h"

/* Sizes are powers of two; by itself the largest is taken that shows so many images. */
enum { SMALLEST = -4, LARGEST = 3, SHOWN_LEAST = 4, CAPTION = 12, PAGE_MOST = 400, SERIAL = 4 };
static const double hurry_seconds = 2;

/* Whose predictions: the first of these that there is, or the one that was chosen. */
enum whose { WHOSE_HELD, WHOSE_CURSOR, WHOSE_BEST, WHOSE_SAMPLE, WHOSES };

/* What is asked, or was. */
struct asked {
	char id[ARCH_ID_LENGTH + 1];     /* "": of none, the images alone */
	int first, count;
	bool worst;
};

/* Where images stand: cells of pitch_y rows by pitch_x columns, each a picture with its caption below. */
struct grid {
	struct rect at;
	int columns, rows, pitch_x, pitch_y;
	int picture_w, picture_h, captions;
};

struct data_pane {
	struct pane super;
	struct predicted found;
	uint64_t seen;                   /* serial of the answer that is shown */
	char failed[160];                /* why there are no predictions of failed_id */
	char failed_id[ARCH_ID_LENGTH + 1];

	enum whose whose;
	bool chosen;                     /* whose: by the person */
	struct arch arch, sample;        /* sample: one of training, kept */
	char id[ARCH_ID_LENGTH + 1];     /* of arch; "": there is none */
	bool sampled;

	struct asked asked;
	uint64_t questions;
	bool anew;                       /* with the weights of now */

	int at;                          /* the image under the cursor: its place in the order */
	bool worst;
	int size;                        /* added to the size that is taken by itself */
	bool open;                       /* the one image, large */
	bool turned;                     /* the matrix: alone where it has no room beside the images, gone where it has */
	struct grid grid;
};

static struct data_pane *of(struct pane *pane)
{
	return (struct data_pane *)pane;
}

/* ---- whose predictions ---- */

static bool find_held(struct ui *ui, struct data_pane *p, struct arch *arch)
{
	(void)p;
	return banks_arch(ui, true, arch);
}

static bool find_cursor(struct ui *ui, struct data_pane *p, struct arch *arch)
{
	(void)p;
	return ranking_arch(ui, arch);
}

static bool find_best(struct ui *ui, struct data_pane *p, struct arch *arch)
{
	const struct ranking_row *best = ranking_best(ui);

	(void)p;
	return best && worker_ranking_arch(ui->worker, (int)(best - ui->ranking), arch);
}

/* Training has another one each step: the first that was seen stays. */
static bool find_sample(struct ui *ui, struct data_pane *p, struct arch *arch)
{
	if (!p->sampled && ui->snap->arch_step > 0) {
		p->sample = ui->snap->arch;
		p->sampled = true;
	}
	*arch = p->sample;
	return p->sampled;
}

static const struct {
	const char *words;
	bool (*find)(struct ui *, struct data_pane *, struct arch *);
} sources[WHOSES] = {
	[WHOSE_HELD] = { "held in Banks", find_held }, [WHOSE_CURSOR] = { "under the cursor of Rank", find_cursor },
	[WHOSE_BEST] = { "best of Rank", find_best }, [WHOSE_SAMPLE] = { "a sample of training", find_sample },
};

/* From `first` on, going round. False: there is none. */
static bool find_arch(struct ui *ui, struct data_pane *p, enum whose first)
{
	for (int i = 0; i < WHOSES && ui->snap->step > 0; i++) {
		enum whose whose = (first + i) % WHOSES;

		if (!sources[whose].find(ui, p, &p->arch))
			continue;
		p->whose = whose;
		arch_id(&p->arch, p->id);
		return true;
	}
	p->id[0] = 0;
	return false;
}

/* ---- asking ---- */

static int images(const struct ui *ui)
{
	return ui->snap->validation_images;
}

static int page(const struct data_pane *p)
{
	int n = p->grid.columns * p->grid.rows;

	return n < 1 ? 1 : n > PAGE_MOST ? PAGE_MOST : n;
}

static struct asked wanted(const struct data_pane *p)
{
	bool can = p->id[0] && strcmp(p->failed_id, p->id) != 0;
	struct asked a = { .first = p->at - p->at % page(p), .count = page(p), .worst = p->worst && can };

	if (can)
		strcpy(a.id, p->id);
	return a;
}

static bool same(const struct asked *a, const struct asked *b)
{
	return strcmp(a->id, b->id) == 0 && a->first == b->first && a->count == b->count && a->worst == b->worst;
}

static uint64_t serial(uint64_t question)
{
	return (uint64_t)SERIAL << 32 | question;
}

static void ask(struct ui *ui, struct data_pane *p)
{
	static struct command c;
	struct asked want = wanted(p);

	if (images(ui) == 0 || (same(&want, &p->asked) && !p->anew))
		return;
	c = (struct command){ .kind = COMMAND_QUESTION };
	c.question = (struct question){
		.kind = QUESTION_PREDICTIONS, .serial = serial(++p->questions), .keep_step = !p->anew, .first = want.first,
		.count = want.count, .worst = want.worst,
	};
	if (want.id[0])
		c.question.arch = p->arch;
	if (!ui_send_command(ui, &c))
		return;
	p->asked = want;
	p->anew = false;
	ui->hurry = ui->now + hurry_seconds;
}

static void data_news(struct ui *ui, struct pane *pane)
{
	struct data_pane *p = of(pane);
	int kind = ANSWER_OF(QUESTION_PREDICTIONS);
	json_t *answer = ui->answer[kind];
	struct predicted found;

	if (!answer || p->seen == ui->answer_serial[kind])
		return;
	p->seen = ui->answer_serial[kind];
	ui->hurry = 0;
	if (*document_text(answer, "failed")) {
		if (document_count(answer, "serial") != (json_int_t)serial(p->questions))
			return;                  /* of another question */
		snprintf(p->failed, sizeof p->failed, "%s", document_text(answer, "failed"));
		strcpy(p->failed_id, p->asked.id);
		return;
	}
	if (!predicted_read(&found, answer))
		return;
	predicted_release(&p->found);
	p->found = found;
}

/* The shape of images that have not come yet. */
static void expect(const struct ui *ui, struct predicted *f)
{
	const struct arch_input *input = &ui->snap->input;
	int axes = input->side[2] > 0 ? 3 : 2;

	f->depth = axes == 3 ? input->side[0] : 1;
	f->height = input->side[axes - 2];
	f->width = input->side[axes - 1];
	f->channels = input->channels;
}

/* ---- the grid ---- */

/* Columns of a picture at a size. */
static int picture_width(const struct predicted *f, int size)
{
	return size >= 0 ? f->width << size : (f->width + (1 << -size) - 1) >> -size;
}

static struct grid grid_at(const struct predicted *f, struct rect r, int size)
{
	struct grid g = { .at = r, .picture_w = picture_width(f, size) };
	struct picture shape = { .height = f->height, .width = f->width };
	int gap = r.h >= 24;             /* a row between the images */

	g.picture_h = picture_rows(&shape, g.picture_w);
	g.pitch_x = (g.picture_w > CAPTION ? g.picture_w : CAPTION) + 1;
	g.columns = (r.w + 1) / g.pitch_x;
	g.captions = (r.h + gap) / (g.picture_h + 2 + gap) == (r.h + gap) / (g.picture_h + 1 + gap) ? 2 : 1;     /* where it costs no images */
	g.pitch_y = g.picture_h + g.captions + gap;
	g.rows = (r.h + gap) / g.pitch_y;
	return g;
}

static struct grid choose_grid(const struct data_pane *p, struct rect r)
{
	int size = LARGEST;
	struct grid g;

	while (size > SMALLEST && (g = grid_at(&p->found, r, size), g.columns * g.rows < SHOWN_LEAST))
		size--;
	size += p->size;
	do
		g = grid_at(&p->found, r, size < SMALLEST ? SMALLEST : size > LARGEST ? LARGEST : size);
	while (g.columns * g.rows < 1 && size-- > SMALLEST);
	return g;
}

/* The place of an image on the page, or NULL: it is not there (yet). */
static const struct predicted_image *image_at(const struct data_pane *p, int place)
{
	const struct predicted *f = &p->found;

	return place >= f->first && place < f->first + f->shown && f->worst == (p->worst && f->id[0]) ? &f->image[place - f->first] : NULL;
}

static bool is_right(const struct predicted_image *image)
{
	return image->predicted == image->label;
}

/* "ok", "x": what a person sees without colours, too. */
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
static void draw_caption(const struct data_pane *p, const struct grid *g, int y, int x, const struct predicted_image *image, bool selected)
{
	int w = g->pitch_x - 1;
	enum role role;
	const char *sign = verdict(image, &role), *name = predicted_name(&p->found, image->label);
	char line[128];

	if (g->captions == 1 && image->predicted >= 0 && !is_right(image))
		snprintf(line, sizeof line, "%s%.1s %.40s", selected ? ">" : "", sign, predicted_name(&p->found, image->predicted));
	else
		snprintf(line, sizeof line, "%s%.1s%s%.40s", selected ? ">" : "", g->captions == 1 ? sign : "", g->captions == 1 ? " " : "", name);
	put(y, x, w, selected ? ROLE_SELECTION : g->captions == 1 ? role : ROLE_TEXT, line);
	if (g->captions == 1 || image->predicted < 0)
		return;
	x += put(y + 1, x, w, role, sign);
	x += put(y + 1, x, w - 1, role, " ");
	put(y + 1, x, w - 6, role, is_right(image) ? "" : predicted_name(&p->found, image->predicted));
	put_right(y + 1, x + w - 6, 4, role, probability(image->probability));
}

static void draw_grid(struct ui *ui, const struct data_pane *p, bool focused)
{
	const struct grid *g = &p->grid;
	int first = p->at - p->at % page(p);

	for (int i = 0; i < g->rows * g->columns; i++) {
		const struct predicted_image *image = image_at(p, first + i);
		int y = g->at.y + i / g->columns * g->pitch_y, x = g->at.x + i % g->columns * g->pitch_x;
		bool selected = first + i == p->at;

		if (!image)
			continue;
		if (image->pixel) {
			struct picture picture = predicted_picture(&p->found, image, 0);

			picture_draw(&picture, y, x, g->picture_w);
		}
		draw_caption(p, g, y + g->picture_h, x, image, selected);
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
static void draw_line(const struct data_pane *p, int y, int x, int w)
{
	const struct predicted_image *image = image_at(p, p->at);
	char text[320], place[48] = "", loss[32] = "";

	if (!image)
		return;
	if (p->worst)
		snprintf(place, sizeof place, "number %s by loss, ", text_count(p->at + 1));
	if (image->predicted >= 0)
		snprintf(loss, sizeof loss, " loss %s;", text_loss(image->loss));
	snprintf(text, sizeof text, "%simage %s: %.60s;%s %s", place, text_count(image->number + 1), predicted_name(&p->found, image->label), loss,
	         of_class(&p->found, image));
	put_pieces(y, x, w, ROLE_TEXT, text);
}

/* Columns of a picture of which `beside` stand side by side: as many as fit, a multiple of its own where that is less. */
static int width_that_fits(const struct predicted *f, int h, int w, int beside)
{
	int by_height = 2 * h * f->width / f->height, by_width = (w + 1) / beside - 1, columns = by_height < by_width ? by_height : by_width;

	return columns >= f->width ? columns - columns % f->width : columns < 1 ? 1 : columns;
}

enum { TEXT_WIDTH = 44, TEXT_ROWS = 5 };

static void draw_text(const struct data_pane *p, const struct predicted_image *image, struct rect r)
{
	const struct predicted *f = &p->found;
	char line[TEXT_ROWS][200];
	enum role role;

	verdict(image, &role);
	snprintf(line[0], sizeof line[0], "image %s of %s held out", text_count(image->number + 1), text_count(f->available));
	snprintf(line[1], sizeof line[1], "it is %.100s", predicted_name(f, image->label));
	snprintf(line[2], sizeof line[2], "%s", of_class(f, image));
	snprintf(line[3], sizeof line[3], image->predicted < 0 ? "" : "loss %s", text_loss(image->loss));
	snprintf(line[4], sizeof line[4], p->worst ? "number %s by loss" : "", text_count(p->at + 1));
	for (int i = 0; i < TEXT_ROWS && i < r.h; i++)
		put(r.y + i, r.x, r.w, i == 0 ? ROLE_TITLE : i == 2 ? role : ROLE_TEXT, line[i]);
}

/* The picture and what is known of it, beside or below: where it is larger. A volume has its three slices in the middle. */
static void draw_open(struct ui *ui, const struct data_pane *p, struct rect r)
{
	static const char *const across[3] = { "across the depth", "across the height", "across the width" };
	const struct predicted *f = &p->found;
	const struct predicted_image *image = image_at(p, p->at);
	int slices = f->depth > 1 ? 3 : 1, x = r.x, rows = 0;
	int beside = width_that_fits(f, r.h - (slices > 1), r.w - TEXT_WIDTH, slices), below = width_that_fits(f, r.h - TEXT_ROWS - 1, r.w, slices);
	int w = beside >= below ? beside : below;
	struct rect text;

	if (!image)
		return;
	for (int axis = 0; axis < slices && image->pixel; axis++) {
		struct picture picture = predicted_picture(f, image, axis);

		rows = picture_rows(&picture, w) > rows ? picture_rows(&picture, w) : rows;
		picture_draw(&picture, r.y, x, w);
		if (slices > 1 && picture_rows(&picture, w) < r.h)
			put(r.y + picture_rows(&picture, w), x, w, ROLE_DIM, across[axis]);
		x += w + 1;
	}
	rows += slices > 1;
	text = beside >= below ? (struct rect){ r.y, x + 1, r.h, r.x + r.w - x - 1 } : (struct rect){ r.y + rows, r.x + 1, r.h - rows, r.w - 1 };
	draw_text(p, image, text);
	ui->cursor_y = text.h > 0 ? text.y : r.y;
	ui->cursor_x = text.x;
}

/* ---- the pane ---- */

/* "error 11.92 % ±0.46 on 5,000 images, 91ce0d25f3a1, best of Rank, step 8,412" */
static void draw_facts(const struct ui *ui, const struct data_pane *p, int y, int x, int w)
{
	const struct predicted *f = &p->found;
	char text[320];

	if (ui->snap->step == 0) {
		put_pieces(y, x, w, ROLE_WARNING, "untrained: nothing is predicted yet; training makes weights for every architecture");
		return;
	}
	if (p->id[0] && strcmp(p->failed_id, p->id) == 0) {
		putf(y, x, w, ROLE_WARNING, "no predictions of %s: %s", p->id, p->failed);
		return;
	}
	if (!p->id[0]) {
		put_pieces(y, x, w, ROLE_DIM, "no architecture is at hand: hold one in Banks, or rank some");
		return;
	}
	if (strcmp(f->id ? f->id : "", p->id) != 0 || f->images == 0) {
		putf(y, x, w, ROLE_DIM, "%s, %s: asked", p->id, sources[p->whose].words);
		return;
	}
	snprintf(text, sizeof text, "error %s %% ±%s on %s images", text_fixed(100 * f->error, 2),
	         text_fixed(100 * sqrt(f->error * (1 - f->error) / f->images), 2), text_count(f->images));
	if (f->images < f->total)
		snprintf(text + strlen(text), sizeof text - strlen(text), " of %s", text_count(f->total));
	snprintf(text + strlen(text), sizeof text - strlen(text), ", %s, %s, step %s", p->id, sources[p->whose].words, text_count(f->step));
	if (ui->snap->step > f->step)
		snprintf(text + strlen(text), sizeof text - strlen(text), "; %s steps have been trained since, r takes the weights of now",
		         text_count(ui->snap->step - f->step));
	put_pieces(y, x, w, ROLE_TEXT, text);
}

/* Draws the matrix where it is wanted; what is left for the images, w 0: nothing. */
static struct rect draw_matrix(const struct data_pane *p, struct rect r)
{
	int width = confusion_width(&p->found), least = 4 * (CAPTION + 1);
	bool beside;

	width = width ? width : 56;
	beside = r.w >= width + 2 + least;
	if (!beside && p->turned) {
		confusion_draw((struct rect){ r.y, r.x + 1, r.h, r.w - 1 }, &p->found);
		return (struct rect){ 0 };
	}
	if (!beside || p->turned || !p->found.confusion)
		return r;
	put_vertical(r.y, r.x + r.w - width - 2, r.h, ROLE_RULE);
	confusion_draw((struct rect){ r.y, r.x + r.w - width, r.h, width }, &p->found);
	r.w -= width + 3;
	return r;
}

static void draw_title(const struct ui *ui, const struct data_pane *p)
{
	struct rect r = p->super.at;
	char left[160] = "", right[64] = "", where[64];
	int first = p->at - p->at % page(p), last = first + page(p);

	if (images(ui) > 0) {
		last = last < images(ui) ? last : images(ui);
		if (p->open)
			snprintf(where, sizeof where, "%s", text_count(p->at + 1));
		else
			snprintf(where, sizeof where, "%s-%s", text_count(first + 1), text_count(last));
		snprintf(left, sizeof left, "%s  %s of %s held out", ui->snap->data_name, where, text_count(images(ui)));
		snprintf(right, sizeof right, "%s", p->worst ? "most wrong first" : "");
	}
	put_title(r.y, r.x, r.w, p->super.class->name, ui->focus == PANE_DATA, left, right);
}

static void data_draw(struct ui *ui, struct pane *pane)
{
	struct data_pane *p = of(pane);
	struct rect r = { pane->at.y + 2, pane->at.x, pane->at.h - 3, pane->at.w }, left;

	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
	find_arch(ui, p, p->chosen ? p->whose : WHOSE_HELD);
	theme_pixels_begin();
	if (!p->found.width)
		expect(ui, &p->found);
	left = p->found.width && r.h > 0 ? draw_matrix(p, r) : (struct rect){ 0 };
	if (p->found.width && left.w > 0 && !p->open)
		p->grid = choose_grid(p, left);
	draw_title(ui, p);
	if (images(ui) == 0) {
		if (r.h > 0)
			put(pane->at.y + 1, r.x + 1, r.w - 1, ROLE_DIM, "the run is being opened");
		return;
	}
	ask(ui, p);
	if (pane->at.h > 2)
		draw_facts(ui, p, pane->at.y + 1, r.x + 1, r.w - 1);
	if (left.w > 0 && p->open)
		draw_open(ui, p, left);
	else if (left.w > 0 && p->grid.columns * p->grid.rows > 0)
		draw_grid(ui, p, ui->focus == PANE_DATA);
	if (pane->at.h > 3 && !p->open)
		draw_line(p, pane->at.y + pane->at.h - 1, r.x + 1, r.w - 1);
}

/* ---- keys ---- */

static void move_to(struct ui *ui, struct data_pane *p, int place)
{
	int last = images(ui) - 1;

	p->at = place > last ? last : place;
	p->at = p->at < 0 ? 0 : p->at;
}

static bool walk(struct ui *ui, struct data_pane *p, enum action action)
{
	int row = p->open ? 1 : p->grid.columns, by;

	switch (action) {
	case ACTION_LEFT:
	case ACTION_RIGHT:
		by = 1;
		break;
	case ACTION_UP:
	case ACTION_DOWN:
		by = row;
		break;
	case ACTION_HALF_UP:
	case ACTION_HALF_DOWN:
		by = page(p) / 2 > row ? page(p) / 2 : row;
		break;
	case ACTION_PAGE_UP:
	case ACTION_PAGE_DOWN:
		by = page(p);
		break;
	case ACTION_FIRST:
	case ACTION_LAST:
		by = images(ui);
		break;
	default:
		return false;
	}
	if (action == ACTION_LEFT || action == ACTION_UP || action == ACTION_HALF_UP || action == ACTION_PAGE_UP || action == ACTION_FIRST)
		by = -by;
	move_to(ui, p, p->at + by);
	return true;
}

static void turn_order(struct ui *ui, struct data_pane *p)
{
	if (!p->id[0] || ui->snap->step == 0) {
		ui_say(ui, ROLE_INFO, "without predictions there is nothing that is most wrong");
		return;
	}
	p->worst = !p->worst;
	p->at = 0;
	ui_say(ui, ROLE_INFO, "%s", p->worst ? "the largest loss first" : "in the order of the data set");
}

static void other_arch(struct ui *ui, struct data_pane *p)
{
	enum whose before = p->whose;

	p->sampled = false;                      /* choosing it again means a newer one */
	if (!find_arch(ui, p, (p->whose + 1) % WHOSES)) {
		ui_say(ui, ROLE_INFO, "no architecture is at hand: hold one in Banks, or rank some");
		return;
	}
	p->chosen = true;
	if (p->whose == before && before != WHOSE_SAMPLE)
		ui_say(ui, ROLE_INFO, "there is no other: the one %s", sources[p->whose].words);
	else
		ui_say(ui, ROLE_INFO, "predictions of %s, %s", p->id, sources[p->whose].words);
}

static bool data_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct data_pane *p = of(pane);

	switch (action) {
	case ACTION_OPEN:
		p->open = image_at(p, p->at) != NULL;
		return true;
	case ACTION_BACK:
		if (!p->open)
			return false;
		p->open = false;
		return true;
	case ACTION_WORST:
		turn_order(ui, p);
		return true;
	case ACTION_CONFUSION:
		p->turned = !p->turned;
		return true;
	case ACTION_WHOSE:
		other_arch(ui, p);
		return true;
	case ACTION_AGAIN:
		p->anew = p->id[0] != 0;
		p->failed_id[0] = 0;
		if (!p->anew)
			ui_say(ui, ROLE_INFO, "no architecture is at hand, so nothing is predicted");
		return true;
	case ACTION_LESS:
	case ACTION_MORE:
		p->size += action == ACTION_MORE ? 1 : -1;
		p->size = p->size > LARGEST ? LARGEST : p->size < SMALLEST ? SMALLEST : p->size;
		return true;
	default:
		return walk(ui, p, action);
	}
}

static void data_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct data_pane *p = of(pane);
	const struct grid *g = &p->grid;
	int row = (pane->at.y + y - g->at.y) / (g->pitch_y ? g->pitch_y : 1), column = (pane->at.x + x - g->at.x) / (g->pitch_x ? g->pitch_x : 1);
	int place = p->at - p->at % page(p) + row * g->columns + column;

	if (p->open || pane->at.y + y < g->at.y || row >= g->rows || column >= g->columns || !image_at(p, place))
		return;
	move_to(ui, p, place);
	if (second)
		data_act(ui, pane, ACTION_OPEN);
}

static void data_release(struct pane *pane)
{
	predicted_release(&of(pane)->found);
	free(pane);
}

static const struct pane_class data_class = {
	.name = "Data",
	.tab = "Data",
	.where = IN_DATA,
	.draw = data_draw,
	.act = data_act,
	.news = data_news,
	.click = data_click,
	.release = data_release,
};

struct pane *pane_data_new(void)
{
	struct data_pane *p = calloc(1, sizeof *p);

	if (p)
		p->super.class = &data_class;
	return &p->super;
}
