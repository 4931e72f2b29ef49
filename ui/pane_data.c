/*
 * pane_data.c -- held-out images and what an architecture says they are; which classes it takes for which. The worker is asked only while this is
 * looked at: for another page, another architecture, or the weights of now.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "ui/confusion.h"
#include "ui/image_grid.h"
#include "ui/view.h"

enum { PAGE_MOST = 400, SERIAL = 4 };
static const double hurry_seconds = 2;

/* Whose predictions: the first of these that there is, or the one that was chosen. */
enum whose { WHOSE_HELD, WHOSE_CURSOR, WHOSE_BEST, WHOSE_SAMPLE, WHOSES };

/* What is asked, or was. */
struct asked {
	char id[ARCH_ID_LENGTH + 1];     /* "": of none, the images alone */
	int first, count;
	bool worst;
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

static int page_first(const struct data_pane *p)
{
	return p->at - p->at % page(p);
}

static struct asked wanted(const struct data_pane *p)
{
	bool can = p->id[0] && strcmp(p->failed_id, p->id) != 0;
	struct asked a = { .first = page_first(p), .count = page(p), .worst = p->worst && can };

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
		if (p->asked.id[0])              /* else the images cannot be had either, and asking again would bring nothing new */
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

/* What there is in the order that is wanted; of another order there is nothing yet. */
static const struct predicted *shown(const struct data_pane *p)
{
	static const struct predicted nothing;

	return p->found.worst == (p->worst && p->found.id && p->found.id[0]) ? &p->found : &nothing;
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
		snprintf(text + strlen(text), sizeof text - strlen(text), "; r takes the weights of now");
	put_pieces(y, x, w, ROLE_TEXT, text);
}

/* Draws the matrix where it is wanted; what is left for the images, w 0: nothing. */
static struct rect draw_matrix(const struct data_pane *p, struct rect r)
{
	int width = confusion_width(&p->found), least = 4 * (CAPTION_WIDTH + 1);
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
	int first = page_first(p), last = first + page(p);

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
		p->grid = grid_choose(&p->found, left, p->size);
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
		image_draw_open(ui, shown(p), p->at, left);
	else if (left.w > 0 && p->grid.columns * p->grid.rows > 0)
		grid_draw(ui, &p->grid, shown(p), page_first(p), p->at, ui->focus == PANE_DATA);
	if (pane->at.h > 3 && !p->open)
		image_draw_line(shown(p), p->at, pane->at.y + pane->at.h - 1, r.x + 1, r.w - 1);
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
		p->open = predicted_at(shown(p), p->at) != NULL;
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
		p->size = p->size > SIZE_LARGEST ? SIZE_LARGEST : p->size < SIZE_SMALLEST ? SIZE_SMALLEST : p->size;
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
	int place = page_first(p) + row * g->columns + column;

	if (p->open || pane->at.y + y < g->at.y || row >= g->rows || column >= g->columns || !predicted_at(shown(p), place))
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
