/*
 * pane_correlate.c -- does the score tell how good a trained network will be: each trained architecture as a point, its score across, its true error
 * up; beside it the coefficients with what they are to be compared with.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "ui/agreement_table.h"
#include "ui/figures.h"
#include "ui/scatter.h"
#include "ui/view.h"

static const int trainings[] = { 10, 25, 50, 100 };       /* of the next one */
enum { TRAININGS = sizeof trainings / sizeof trainings[0], TRAININGS_FIRST = 1, EVERY = 5, EPOCHS = 5, FACTS = 6 };

struct pair {
	char id[ARCH_ID_LENGTH + 1];
	int rank, trained;               /* trained: so many times */
	double score, score_error, true_error, true_loss, parameters, macs;
};

struct correlate_pane {
	struct pane super;
	struct view view;
	struct pair *pair;
	struct scatter_point *point;
	int pairs, cursor;
	struct scatter scatter;          /* as last drawn: the cursor moves over it */
	double slope, intercept;
	bool line, noise, classes;
	int count;                       /* of trainings */
};

/* ---- the document ---- */

static void take_pair(struct pair *p, const json_t *from)
{
	*p = (struct pair){
		.rank = (int)document_count(from, "rank"), .trained = (int)json_array_size(document_at(from, "true_errors")),
		.score = document_number(from, "score"), .score_error = document_number(from, "score_error"),
		.true_error = document_number(from, "true_error"), .true_loss = document_number(from, "true_loss"),
		.parameters = document_number(from, "parameters"), .macs = document_number(from, "macs"),
	};
	snprintf(p->id, sizeof p->id, "%s", document_text(from, "id"));
}

/* Least squares. */
static void fit_line(struct correlate_pane *p)
{
	double x = 0, y = 0, xx = 0, xy = 0;

	p->slope = p->intercept = NAN;
	for (int i = 0; i < p->pairs; i++) {
		x += p->pair[i].score / p->pairs;
		y += p->pair[i].true_error / p->pairs;
	}
	for (int i = 0; i < p->pairs; i++) {
		xx += (p->pair[i].score - x) * (p->pair[i].score - x);
		xy += (p->pair[i].score - x) * (p->pair[i].true_error - y);
	}
	if (p->pairs < 3 || !(xx > 0))
		return;
	p->slope = xy / xx;
	p->intercept = y - p->slope * x;
}

/* How many have less compute than this one, as a quarter: 0 … 3. */
static int quarter(const struct correlate_pane *p, int i)
{
	int less = 0;

	for (int k = 0; k < p->pairs; k++)
		less += p->pair[k].macs < p->pair[i].macs;
	return 4 * less / p->pairs;
}

/* As the ranking has them now. A test error is the mean of so many images that are right or wrong, once a training. */
static void make_points(const struct ui *ui, struct correlate_pane *p)
{
	static const enum role roles[] = { ROLE_GRADIENT_2, ROLE_GRADIENT_3, ROLE_GRADIENT_5, ROLE_GRADIENT_6 };

	int64_t step = document_count(p->view.document, "step");

	for (int i = 0; i < p->pairs; i++) {
		const struct pair *of = &p->pair[i];
		double images = (double)ui->snap->test_images * (of->trained > 0 ? of->trained : 1);
		const struct ranking_row *row = view_row(ui, of->id);
		bool marked = row && ranking_marked(ui, view_index(ui, of->id));

		p->point[i] = (struct scatter_point){ of->score, of->true_error, row && row->step == step ? row->score_stderr : NAN,
			images > 0 ? sqrt(of->true_error * (1 - of->true_error) / images) : NAN, marked ? '*' : 'o', marked ? ROLE_MARK : ROLE_CHART_TRAIN };
		if (!p->classes || marked)
			continue;
		p->point[i].letter = (char)('a' + quarter(p, i));
		p->point[i].role = roles[quarter(p, i)];
	}
}

static void correlate_news(struct ui *ui, struct pane *pane)
{
	struct correlate_pane *p = (struct correlate_pane *)pane;
	const json_t *list, *from;
	char id[ARCH_ID_LENGTH + 1] = "";
	size_t i;

	if (!view_news(ui, &p->view))
		return;
	if (p->pairs)
		strcpy(id, p->pair[p->cursor].id);
	list = document_at(p->view.document, "pairs");
	free(p->pair);
	free(p->point);
	p->pairs = p->cursor = 0;
	p->scatter.count = 0;            /* its points are gone until it is drawn again */
	p->pair = calloc(json_array_size(list) + 1, sizeof *p->pair);
	p->point = calloc(json_array_size(list) + 1, sizeof *p->point);
	if (!p->pair || !p->point)
		return;
	json_array_foreach((json_t *)list, i, from) {
		take_pair(&p->pair[p->pairs], from);
		if (isfinite(p->pair[p->pairs].score) && isfinite(p->pair[p->pairs].true_error))
			p->pairs++;
	}
	for (int k = 0; k < p->pairs; k++)
		if (strcmp(p->pair[k].id, id) == 0)
			p->cursor = k;
	fit_line(p);
}

/* ---- drawing ---- */

static int draw_facts(const struct ui *ui, const struct correlate_pane *p, struct rect r)
{
	const json_t *d = p->view.document;
	int trained = (int)document_count(d, "trained"), wanted = (int)document_count(d, "trainings"), seeds = (int)document_count(d, "seeds");
	int64_t behind = view_steps_behind(ui, &p->view);
	char text[200];
	int rows = 0;

	if (r.h < 8)
		return 0;
	if (!p->pairs && trained <= 0)
		snprintf(text, sizeof text, "%s of %s scored, then one in %d is trained for %d epochs", text_count(document_count(d, "scored")),
		         text_count(document_count(d, "count")), (int)document_count(d, "every"), (int)document_count(d, "epochs"));
	else
		snprintf(text, sizeof text, "%d of %d trained: the figures use %d pairs, %d epochs%s, of %s scored%s%s", trained, wanted, p->pairs,
		         (int)document_count(d, "epochs"), seeds > 1 ? ", twice or more" : "", text_count(document_count(d, "scored")),
		         document_says(d, "matched") ? ", equal compute" : "", document_says(d, "spread") ? ", scores spread evenly" : "");
	put_pieces(r.y + rows++, r.x + 1, r.w - 1, ROLE_TEXT, text);
	if (behind && !view_running(&p->view) && r.h > 10)
		putf(r.y + rows++, r.x + 1, r.w - 1, ROLE_WARNING, "training has gone on %s steps since: t scores with the weights of now", text_short_count((double)behind));
	return rows;
}

static int draw_verdict(const struct correlate_pane *p, struct rect r)
{
	char text[400];

	snprintf(text, sizeof text, "%s.", document_text(p->view.document, "verdict"));
	return view_verdict(&p->view, r, r.h / 4, text);
}

/* Of the point under the cursor. */
static void draw_selected(const struct correlate_pane *p, struct rect r)
{
	const struct pair *of = &p->pair[p->cursor];
	const struct scatter_point *at = &p->point[p->cursor];
	int row = r.y;

	putf(row++, r.x, r.w, ROLE_TITLE, "<> %s rank %d/%s", of->id, of->rank, text_count(document_count(p->view.document, "scored")));
	putf(row++, r.x, r.w, ROLE_TEXT, "score %s ±%s", text_fixed(of->score, 4), text_fixed(at->x_error, 4));
	putf(row++, r.x, r.w, ROLE_TEXT, "SMASH error %s %%", text_percent(of->score_error, 1));
	putf(row++, r.x, r.w, ROLE_TEXT, "true error %s ±%s %%", text_percent(of->true_error, 2), text_percent(at->y_error, 2));
	putf(row++, r.x, r.w, ROLE_TEXT, "loss %s, trained %d time%s", text_fixed(of->true_loss, 3), of->trained, of->trained == 1 ? "" : "s");
	putf(row, r.x, r.w, ROLE_TEXT, "%s params %s MMAC", text_short_count(of->parameters), text_fixed(of->macs / 1e6, 1));
}

static void draw_body(struct ui *ui, struct correlate_pane *p, struct rect r)
{
	int rows = draw_facts(ui, p, r), side = r.w >= 190 ? 84 : r.w >= 110 ? 46 : r.w >= 56 ? 30 : 0, facts;
	struct scatter *s = &p->scatter;

	r.y += rows;
	r.h -= rows;
	r.h -= draw_verdict(p, r);
	make_points(ui, p);
	facts = p->pairs && r.h >= FACTS + 4 ? FACTS : 0;
	*s = (struct scatter){
		.point = p->point, .count = p->pairs, .percent = true,
		.whiskers = p->noise, .slope = p->line ? p->slope : NAN, .intercept = p->intercept,
	};
	if (p->pairs)
		scatter_draw(s, (struct rect){ r.y, r.x, r.h, r.w - side }, p->cursor, &ui->cursor_y, &ui->cursor_x);
	else
		put(r.y + r.h / 2, r.x + 2, r.w - side - 2, ROLE_DIM, "no network is trained yet");
	if (p->line && !isnan(p->slope) && r.h > 2)
		putf(r.y + r.h - 2, r.x + 8, r.w - side - 9, ROLE_CHART_CURSOR, "line: %+.1f points of error for .1 of score", 10 * p->slope);
	if (!side)
		return;
	put_vertical(r.y, r.x + r.w - side, r.h, ROLE_RULE);
	agreement_draw((struct rect){ r.y, r.x + r.w - side + 2, r.h - facts - (facts > 0), side - 2 }, p->view.document);
	if (facts)
		draw_selected(p, (struct rect){ r.y + r.h - facts, r.x + r.w - side + 2, facts, side - 2 });
}

static void correlate_draw(struct ui *ui, struct pane *pane)
{
	struct correlate_pane *p = (struct correlate_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 2, pane->at.w };
	char state[96] = "", begin[200];
	int train = trainings[p->count];
	double images = (double)train * EVERY * ui->snap->validation_images + 3.0 * train * EPOCHS * ui->snap->train_images;

	if (p->view.document)
		view_state(ui, &p->view, r.w < 60, state, sizeof state);
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, ui->focus == PANE_CORRELATE, state, "x SMASH score  y true error");
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
	snprintf(begin, sizeof begin, "t begins: %d trainings of %d epochs (- +)%s, scores %d first, trains every %dth", train, EPOCHS,
	         view_about(ui, images), train * EVERY, EVERY);
	if (r.h < 1)
		return;
	view_foot(ui, &p->view, r.y + r.h, r.x + 1, r.w - 1, begin);
	if (p->view.document)
		draw_body(ui, p, r);
	else
		view_empty(r, "Do scores without training tell which networks are good? Random architectures are scored, every fifth of their ranking is "
		           "trained with weights of its own, and scores are held against true test errors: by rank correlation with its interval, beside "
		           "that of parameters and compute alone, among the better half, and at most as far as a second training agrees with the first.",
		           begin);
}

/* ---- keys ---- */

static void again(struct ui *ui, struct correlate_pane *p)
{
	static const char *const options[] = { "count", "every", "epochs", "seeds", "batch", "images", "seed" };
	const json_t *d = p->view.document;
	char words[REQUEST_TEXT] = "correlate";

	for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
		if (document_count(d, options[i]) > 0)
			snprintf(words + strlen(words), sizeof words - strlen(words), " --%s %lld", options[i], (long long)document_count(d, options[i]));
	snprintf(words + strlen(words), sizeof words - strlen(words), " --rate %g%s%s%s", document_number(d, "learning_rate"),
	         document_says(d, "matched") ? " --matched" : "", document_says(d, "spread") ? " --spread" : "",
	         document_says(d, "weight_norm") ? " --weight-norm" : "");
	view_again(ui, &p->view, words);
}

static void mark(struct ui *ui, struct correlate_pane *p)
{
	int index = p->pairs ? view_index(ui, p->pair[p->cursor].id) : -1;

	if (!p->pairs)
		ui_say(ui, ROLE_INFO, "there is no point to mark: no network is trained yet");
	else if (index < 0)
		ui_say(ui, ROLE_INFO, "%s cannot be marked: it is not in the ranking any more", p->pair[p->cursor].id);
	else
		ui_say(ui, ROLE_INFO, ranking_toggle_mark(ui, index) ? "%s is marked in the ranking" : "%s is not marked any more", p->pair[p->cursor].id);
}

static void move_cursor(struct correlate_pane *p, int dx, int dy)
{
	if (p->pairs && p->scatter.count == p->pairs)        /* it is drawn */
		p->cursor = scatter_move(&p->scatter, p->cursor, dx, dy);
}

static bool correlate_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct correlate_pane *p = (struct correlate_pane *)pane;

	switch (action) {
	case ACTION_LEFT:
	case ACTION_RIGHT:
		move_cursor(p, action == ACTION_RIGHT ? 1 : -1, 0);
		return true;
	case ACTION_UP:
	case ACTION_DOWN:
		move_cursor(p, 0, action == ACTION_UP ? 1 : -1);
		return true;
	case ACTION_FIRST:
		p->cursor = 0;
		return true;
	case ACTION_LAST:
		p->cursor = p->pairs ? p->pairs - 1 : 0;
		return true;
	case ACTION_OPEN:
		if (p->pairs)
			view_open(ui, &p->view, p->pair[p->cursor].id);
		return true;
	case ACTION_EDIT:
		if (p->pairs)
			view_edit(ui, &p->view, p->pair[p->cursor].id);
		return true;
	case ACTION_BEGIN:
		view_begin(ui, &p->view, "correlate --count %d --every %d --epochs %d", trainings[p->count] * EVERY, EVERY, EPOCHS);
		return true;
	case ACTION_OLDER:
	case ACTION_NEWER:
		view_turn(ui, &p->view, action == ACTION_NEWER ? 1 : -1);
		correlate_news(ui, pane);
		return true;
	case ACTION_AGAIN:
		again(ui, p);
		return true;
	case ACTION_MARK:
		mark(ui, p);
		return true;
	case ACTION_FIT_LINE:
		p->line = !p->line;
		return true;
	case ACTION_NOISE:
		p->noise = !p->noise;
		return true;
	case ACTION_CLASSES:
		p->classes = !p->classes;
		ui_say(ui, ROLE_INFO, p->classes ? "a to d: quarters by MACs, a the least" : "all points alike");
		return true;
	case ACTION_LESS:
	case ACTION_MORE:
		p->count += action == ACTION_MORE ? 1 : -1;
		p->count = p->count < 0 ? 0 : p->count >= TRAININGS ? TRAININGS - 1 : p->count;
		return true;
	default:
		return false;
	}
}

static void correlate_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct correlate_pane *p = (struct correlate_pane *)pane;
	int at = p->scatter.count ? scatter_nearest(&p->scatter, pane->at.y + y, pane->at.x + x) : -1;

	if (at < 0)
		return;
	if (second && at == p->cursor)
		view_open(ui, &p->view, p->pair[at].id);
	p->cursor = at;
}

static void correlate_release(struct pane *pane)
{
	struct correlate_pane *p = (struct correlate_pane *)pane;

	view_release(&p->view);
	free(p->pair);
	free(p->point);
	free(p);
}

static const struct pane_class correlate_class = {
	.name = "Correlate",
	.tab = "Correlate",
	.where = IN_CORRELATE,
	.draw = correlate_draw,
	.act = correlate_act,
	.news = correlate_news,
	.click = correlate_click,
	.release = correlate_release,
};

const struct view *correlate_view(const struct ui *ui)
{
	return &((const struct correlate_pane *)ui->pane[PANE_CORRELATE])->view;
}

struct pane *pane_correlate_new(void)
{
	struct correlate_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &correlate_class;
	p->view.kind = EXPERIMENT_CORRELATE;
	p->count = TRAININGS_FIRST;
	return &p->super;
}
