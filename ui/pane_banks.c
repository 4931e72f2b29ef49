/*
 * pane_banks.c -- an architecture as its memory banks: rows are ops, columns are banks. One architecture is held; following
 * training takes a new one at most every three seconds, because drawing one costs a kilobyte and nobody reads faster.
 */
#include <stdio.h>
#include <stdlib.h>

#include "ui/banks.h"

static const double follow_seconds = 3;

static bool has_arch(const struct banks_pane *p)
{
	return p->mode != NOTHING;
}

static struct matrix matrix_of(const struct ui *ui, const struct banks_pane *p)
{
	return (struct matrix){
		.space = &ui->snap->space, .input = &ui->snap->input, .arch = &p->shown.arch,
		.focused = ui->focus == PANE_BANKS, .plain = p->mode == FOLLOWING,
	};
}

static void take(struct ui *ui, struct banks_pane *p, const struct sample *s)
{
	struct matrix m = matrix_of(ui, p);

	p->shown = *s;
	arch_id(&s->arch, p->id);
	p->cost = arch_cost(&ui->snap->space, &s->arch, &ui->snap->input);
	matrix_go(&m, &p->view, p->view.at.block, p->view.at.op);
}

static const struct sample *sample_at(const struct banks_pane *p, int64_t i)
{
	return &p->sample[i % SAMPLES];
}

static void banks_news(struct ui *ui, struct pane *pane)
{
	struct banks_pane *p = (struct banks_pane *)pane;
	const struct snapshot *s = ui->snap;

	if (s->arch_step <= 0 || !s->arch.axes)
		return;
	if (!p->seen || sample_at(p, p->seen - 1)->step != s->arch_step) {
		p->sample[p->seen % SAMPLES] = (struct sample){ s->arch, s->arch_step, s->arch_loss };
		p->seen++;
	}
	if (p->mode == NOTHING || (p->mode == FOLLOWING && ui->now - p->taken >= follow_seconds && p->shown.step != s->arch_step)) {
		p->mode = FOLLOWING;
		p->taken = ui->now;
		p->at = p->seen - 1;
		take(ui, p, sample_at(p, p->at));
	}
}

void banks_show(struct ui *ui, const struct arch *arch, const struct ranking_row *row, int place)
{
	struct banks_pane *p = (struct banks_pane *)ui->pane[PANE_BANKS];
	struct sample s = { *arch, row->step, row->score };

	p->mode = RANKED;
	p->row = *row;
	p->place = place;
	take(ui, p, &s);
}

bool banks_arch(const struct ui *ui, bool held, struct arch *arch)
{
	const struct banks_pane *p = (const struct banks_pane *)ui->pane[PANE_BANKS];

	if (p->mode == NOTHING || (held && p->mode == FOLLOWING))
		return false;
	*arch = p->shown.arch;
	return true;
}

static void draw_title(struct ui *ui, struct banks_pane *p)
{
	struct rect r = p->super.at;
	char left[96] = "", right[96] = "";
	bool wide = r.w >= 60;

	if (p->mode == RANKED) {
		snprintf(left, sizeof left, "ranked %.*s  #%d  error %s", SHORT_ID, p->id, p->place, text_fixed(p->row.error, 4));
		snprintf(right, sizeof right, "%s", wide ? "F5 back to training" : "F5");
	} else if (has_arch(p)) {
		int64_t older = p->seen - 1 - p->at;

		snprintf(left, sizeof left, "%s%.*s of step %s", wide ? "arch " : "", SHORT_ID, p->id, text_count(p->shown.step));
		if (p->mode == FOLLOWING)
			snprintf(right, sizeof right, "%s", r.w >= 96 ? "F5 follows, 1 in 3 s   - + older, newer   Space hold" :
			         wide ? "F5 follows, 1 in 3 s" : "F5 follows");
		else if (older > 0 && wide)
			snprintf(right, sizeof right, r.w >= 80 ? "held, %s older   F5 follow" : "held, %s older", text_count(older));
		else
			snprintf(right, sizeof right, "%s", wide ? "held   F5 follow" : "held");
	}
	put_title(r.y, r.x, r.w, p->super.class->name, ui->focus == PANE_BANKS, left, right);
}

static void draw_body(struct ui *ui, struct banks_pane *p, struct rect r)
{
	struct matrix m = matrix_of(ui, p);

	if (p->super.large && r.w >= 76) {
		int side = r.w >= 110 ? 48 : 27;

		put_vertical(r.y, r.x + r.w - side - 1, r.h, ROLE_RULE);
		banks_details(ui, p, (struct rect){ r.y, r.x + r.w - side + 1, r.h, side - 1 });
		r.w -= side + 2;
	} else if (m.focused && r.h >= 6) {
		r.h--;
		banks_summary(ui, p, (struct rect){ r.y + r.h, r.x, 1, r.w });
	}
	p->matrix = r;
	matrix_draw(&m, &p->view, r);
	if (m.focused) {
		ui->cursor_y = p->view.cursor_y;
		ui->cursor_x = p->view.cursor_x;
	}
}

static void banks_draw(struct ui *ui, struct pane *pane)
{
	struct banks_pane *p = (struct banks_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 1, pane->at.w };

	draw_title(ui, p);
	if (ui->focus == PANE_BANKS) {
		ui->cursor_y = pane->at.y;
		ui->cursor_x = pane->at.x + 1;
	}
	p->matrix = (struct rect){ 0 };
	if (r.h < 2 || r.w < 12)
		return;
	if (has_arch(p))
		draw_body(ui, p, r);
	else
		put(r.y + r.h / 3, r.x + 2, r.w - 2, ROLE_DIM, "no architecture yet: it appears with the first step");
}

static void show_sample(struct ui *ui, struct banks_pane *p, int by)
{
	int64_t oldest = p->seen > SAMPLES ? p->seen - SAMPLES : 0;
	int64_t to = p->mode == RANKED ? p->at : p->at + by;

	if (to < oldest)
		ui_say(ui, ROLE_INFO, "the oldest sample that is kept");
	else if (to >= p->seen)
		ui_say(ui, ROLE_INFO, "the newest sample; training makes the next");
	else {
		p->at = to;
		take(ui, p, sample_at(p, to));
		p->mode = HELD;
	}
}

static void toggle_follow(struct ui *ui, struct banks_pane *p)
{
	if (p->mode == FOLLOWING) {
		p->mode = HELD;
		return;
	}
	p->mode = FOLLOWING;
	p->taken = 0;
	if (p->seen) {
		p->at = p->seen - 1;
		take(ui, p, sample_at(p, p->at));
		p->taken = ui->now;
	}
}

static bool banks_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct banks_pane *p = (struct banks_pane *)pane;
	struct matrix m = matrix_of(ui, p);
	int page = pane->at.h > 4 ? pane->at.h - 3 : 1;

	if (!has_arch(p))
		return false;
	switch (action) {
	case ACTION_UP:
		matrix_move_rows(&m, &p->view, -1);
		return true;
	case ACTION_DOWN:
		matrix_move_rows(&m, &p->view, 1);
		return true;
	case ACTION_PAGE_UP:
		matrix_move_rows(&m, &p->view, -page);
		return true;
	case ACTION_PAGE_DOWN:
		matrix_move_rows(&m, &p->view, page);
		return true;
	case ACTION_HALF_UP:
		matrix_move_rows(&m, &p->view, -page / 2);
		return true;
	case ACTION_HALF_DOWN:
		matrix_move_rows(&m, &p->view, page / 2);
		return true;
	case ACTION_FIRST:
		matrix_go(&m, &p->view, 0, 0);
		return true;
	case ACTION_LAST:
		matrix_go(&m, &p->view, BLOCKS - 1, p->shown.arch.block[BLOCKS - 1].op_count - 1);
		return true;
	case ACTION_LEFT:
		matrix_move_columns(&m, &p->view, -1);
		return true;
	case ACTION_RIGHT:
		matrix_move_columns(&m, &p->view, 1);
		return true;
	case ACTION_FOLLOW:
	case ACTION_HOLD:
		toggle_follow(ui, p);
		return true;
	case ACTION_BACK:                                /* to the row it was opened from */
		if (p->mode != RANKED || pane->large)
			return false;
		ui_focus(ui, PANE_RANKING);
		return true;
	case ACTION_LESS:
		show_sample(ui, p, -1);
		return true;
	case ACTION_MORE:
		show_sample(ui, p, 1);
		return true;
	default:
		return false;
	}
}

static void banks_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct banks_pane *p = (struct banks_pane *)pane;
	struct matrix m = matrix_of(ui, p);
	struct place place;

	(void)second;
	if (has_arch(p) && matrix_at(&m, &p->view, p->matrix, pane->at.y + y, pane->at.x + x, &place))
		p->view.at = place;
}

static void banks_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class banks_class = {
	.name = "Banks",
	.tab = "Banks",
	.where = IN_BANKS,
	.draw = banks_draw,
	.act = banks_act,
	.news = banks_news,
	.click = banks_click,
	.release = banks_release,
};

struct pane *pane_banks_new(void)
{
	struct banks_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &banks_class;
	return &p->super;
}
