/*
 * pane_banks.c -- an architecture as its memory banks: rows are ops, columns are banks. One architecture is held; following
 * training takes a new one at most every three seconds, because drawing one costs a kilobyte and nobody reads faster.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "ui/edit.h"

static const double rest_seconds = 0.12;

static bool has_arch(const struct banks_pane *p)
{
	return p->mode != NOTHING;
}

const struct arch *banks_current(const struct banks_pane *p)
{
	return p->edit ? &p->edit->draft.arch : &p->shown.arch;
}

const char *banks_current_id(const struct banks_pane *p)
{
	return p->edit ? p->edit->id : p->id;
}

static int level(const void *context, int block, int op, int bank)
{
	const struct banks_pane *p = context;

	return gates_level(&p->gates, banks_current(p), block, op, bank);
}

struct matrix banks_matrix(const struct ui *ui, const struct banks_pane *p)
{
	struct matrix m = {
		.space = &ui->snap->space, .input = &ui->snap->input, .arch = banks_current(p), .context = p,
		.focused = ui->focus == PANE_BANKS, .plain = p->mode == FOLLOWING,
	};

	if (p->edit) {
		m.other = p->edit->draft.at ? &p->edit->draft.first : NULL;
		m.lineage = &p->edit->draft.lineage;
		m.fault = p->edit->fault;
		m.fault_count = p->edit->fault_count;
		m.spare = 1;
		m.sizes = true;
		m.plain = false;
	}
	if (p->gradient && !strcmp(p->gates.id, banks_current_id(p)))
		m.level = level;
	return m;
}

static void take(struct ui *ui, struct banks_pane *p, const struct sample *s)
{
	struct matrix m;

	p->shown = *s;
	arch_id(&s->arch, p->id);
	p->cost = arch_cost(&ui->snap->space, &s->arch, &ui->snap->input);
	m = banks_matrix(ui, p);
	matrix_go(&m, &p->view, p->view.at.block, p->view.at.op);
	banks_want_gates(ui, p);
}

void banks_want_gates(struct ui *ui, struct banks_pane *p)
{
	if (has_arch(p) && (p->edit ? !p->edit->fault_count : p->gradient))
		gates_ask(ui, &p->gates, banks_current(p), banks_current_id(p));
}

static const struct sample *sample_at(const struct banks_pane *p, int64_t i)
{
	return &p->sample[i % SAMPLES];
}

/* Says once that edits of earlier times are there. */
static void say_drafts(struct ui *ui, struct banks_pane *p)
{
	int waiting = (int)document_count(ui->answer[ANSWER_KEPT], "drafts");

	p->drafts_said = true;
	if (waiting > 0 && !ui->plain)   /* its command is of the screen */
		ui_say(ui, ROLE_INFO, "%d draft%s of architectures %s not kept yet: :drafts", waiting, waiting == 1 ? "" : "s", waiting == 1 ? "is" : "are");
}

static void follow(struct ui *ui, struct banks_pane *p)
{
	const struct snapshot *s = ui->snap;

	if (s->arch_step <= 0 || !s->arch.axes)
		return;
	if (!p->seen || sample_at(p, p->seen - 1)->step != s->arch_step) {
		p->sample[p->seen % SAMPLES] = (struct sample){ s->arch, s->arch_step, s->arch_loss };
		p->seen++;
	}
	if (p->mode == NOTHING || (p->mode == FOLLOWING && !p->edit && ui->now - p->taken >= ui->settings.follow && p->shown.step != s->arch_step)) {
		p->mode = FOLLOWING;
		p->taken = ui->now;
		p->at = p->seen - 1;
		take(ui, p, sample_at(p, p->at));
	}
}

static void banks_news(struct ui *ui, struct pane *pane)
{
	struct banks_pane *p = (struct banks_pane *)pane;
	enum worker_state state = ui->snap->state;

	if (!p->drafts_said && ui->answer[ANSWER_KEPT] && state != WORKER_FAILED)
		say_drafts(ui, p);
	drafts_news(ui);
	follow(ui, p);
	gates_news(ui, &p->gates);
	if (p->edit) {
		edit_news(ui, p);
		edit_kept(ui, p->edit);
	}
	if (p->map)
		lie_map_news(ui, p->map);
}

void banks_show(struct ui *ui, const struct arch *arch, const struct ranking_row *row, int place)
{
	struct banks_pane *p = (struct banks_pane *)ui->pane[PANE_BANKS];
	struct sample s = { *arch, row->step, row->score };

	if (p->edit && !edit_end(ui, p))
		return;
	p->mode = RANKED;
	p->row = *row;
	p->place = place;
	take(ui, p, &s);
}

void banks_show_named(struct ui *ui, const struct arch *arch, const char *from)
{
	struct banks_pane *p = (struct banks_pane *)ui->pane[PANE_BANKS];
	struct sample s = { .arch = *arch };

	p->mode = NAMED;
	snprintf(p->from, sizeof p->from, "%s", from);
	take(ui, p, &s);
}

bool banks_arch(const struct ui *ui, bool held, struct arch *arch)
{
	const struct banks_pane *p = (const struct banks_pane *)ui->pane[PANE_BANKS];

	if (p->mode == NOTHING || (held && p->mode == FOLLOWING) || (p->edit && p->edit->fault_count))
		return false;
	*arch = *banks_current(p);
	return true;
}

static void draw_title(struct ui *ui, struct banks_pane *p)
{
	struct rect r = p->super.at;
	char left[96] = "", right[96] = "";
	const char *follow_key = key_of(ACTION_FOLLOW, IN_BANKS);
	bool wide = r.w >= 60;

	if (p->edit)
		edit_title(ui, p, left, sizeof left, right, sizeof right);
	else if (p->mode == NAMED) {
		snprintf(left, sizeof left, "%.*s  %.40s", SHORT_ID, p->id, p->from);
		snprintf(right, sizeof right, "%s%s", follow_key, wide ? " back to training" : "");
	} else if (p->mode == RANKED) {
		snprintf(left, sizeof left, "ranked %.*s  #%d  error %s", SHORT_ID, p->id, p->place, text_fixed(p->row.error, 4));
		snprintf(right, sizeof right, "%s%s", follow_key, wide ? " back to training" : "");
	} else if (has_arch(p)) {
		int64_t older = p->seen - 1 - p->at;

		snprintf(left, sizeof left, "%s%.*s of step %s", wide ? "arch " : "", SHORT_ID, p->id, text_count(p->shown.step));
		if (p->mode == FOLLOWING)
			snprintf(right, sizeof right, wide ? "%s follows, 1 in %d s%s" : "%s follows", follow_key, ui->settings.follow,
			         r.w >= 96 ? "   - + older, newer   Space hold" : "");
		else if (older > 0 && wide)
			snprintf(right, sizeof right, r.w >= 80 ? "held, %s older   %s follow" : "held, %s older", text_count(older), follow_key);
		else
			snprintf(right, sizeof right, wide ? "held   %s follow" : "held", follow_key);
	}
	put_title(r.y, r.x, r.w, p->super.class->name, ui->focus == PANE_BANKS, left, right);
}

/* Where the parts are; h 0: there is no room for one. */
struct parts {
	struct rect matrix, side, edits, lines;
	int rule;                        /* column of the line between matrix and side; -1: none */
};

enum { SIDE_LEAST = 76, SIDE_NARROW = 27, SIDE_WIDE = 52, EDITS_LEAST = 4, EDITS_MOST = 14 };

static struct parts arrange(const struct banks_pane *p, struct rect r)
{
	struct parts a = { .rule = -1 };
	const struct arch *arch = banks_current(p);
	int needed = 1 + BLOCKS + arch_op_count(arch), spare;
	bool beside = p->super.large && r.w >= SIDE_LEAST && p->sheet != SHEET_ENCODING;

	if (p->edit) {
		int h = r.h < 4 ? 0 : r.h < 8 ? 1 : beside || r.h < 11 ? 2 : 3;

		a.lines = (struct rect){ r.y + r.h - h, r.x, h, r.w };
		r.h -= h;
	}
	if (beside) {
		int side = r.w >= 110 ? SIDE_WIDE : SIDE_NARROW;

		a.rule = r.x + r.w - side - 1;
		a.side = (struct rect){ r.y, r.x + r.w - side + 1, r.h, side - 1 };
		r.w -= side + 2;
	}
	spare = r.h - needed;
	if (p->edit && (spare >= EDITS_LEAST || r.h >= 26)) {
		int h = spare < EDITS_LEAST + 2 ? EDITS_LEAST + 2 : spare > EDITS_MOST ? EDITS_MOST : spare;

		a.edits = (struct rect){ r.y + r.h - h, r.x, h, r.w };
		r.h -= h;
	}
	a.matrix = r;
	return a;
}

/* In place of the matrix; false: nothing is. */
static bool draw_sheet(struct ui *ui, struct banks_pane *p, const struct parts *a)
{
	const struct rect *r = &a->matrix;

	if (p->sheet == SHEET_ENCODING && p->map && !strcmp(p->mapped, banks_current_id(p)))
		lie_map_draw(ui, p->map, *r);
	else if (p->sheet == SHEET_INSIDE)
		banks_inside(ui, p, (struct rect){ r->y, r->x + 1, r->h, r->w - 1 }, true);
	else if (p->edit && p->edit->listing && !a->edits.h)
		edit_history(ui, p, *r);
	else
		return false;
	return true;
}

static void draw_side(struct ui *ui, struct banks_pane *p, struct rect r)
{
	int figures = r.w >= 49 ? 8 : 5, rows = banks_inside_rows(&ui->snap->space);

	if (!p->edit) {
		banks_details(ui, p, r);
		return;
	}
	if (rows > r.h - figures - 1)
		rows = r.h - figures - 1;
	banks_inside(ui, p, (struct rect){ r.y, r.x, rows, r.w }, false);
	edit_figures(p, (struct rect){ r.y + rows + 1, r.x, r.h - rows - 1, r.w });
}

/* What is told of an op follows the cursor when that rests: hundreds of bytes are not for each row that it passes. */
static void tell(struct ui *ui, struct banks_pane *p)
{
	const struct place *at = &p->view.at;
	int op = at->op < 0 ? 0 : at->op;        /* at a heading: the first below */

	if (p->told.to_block != at->block || p->told.to_op != op) {
		p->told.to_block = at->block;
		p->told.to_op = op;
		p->told.moved = ui->now;
	}
	if (!strcmp(p->told.id, banks_current_id(p)) && ui->now < p->told.moved + rest_seconds) {
		if (p->told.block != at->block || p->told.op != op)
			ui->wake = p->told.moved + rest_seconds;
		return;
	}
	snprintf(p->told.id, sizeof p->told.id, "%s", banks_current_id(p));
	p->told.block = at->block;
	p->told.op = op;
}

static void draw_body(struct ui *ui, struct banks_pane *p, struct rect r)
{
	struct matrix m = banks_matrix(ui, p);
	struct parts a;

	tell(ui, p);
	if (m.focused && !p->edit && r.h >= 6 && !(p->super.large && r.w >= SIDE_LEAST)) {
		r.h--;
		banks_summary(ui, p, (struct rect){ r.y + r.h, r.x, 1, r.w });
	}
	a = arrange(p, r);
	if (a.rule >= 0) {
		put_vertical(r.y, a.rule, a.side.h, ROLE_RULE);
		draw_side(ui, p, a.side);
	}
	if (!draw_sheet(ui, p, &a)) {
		p->matrix = a.matrix;
		matrix_draw(&m, &p->view, a.matrix);
		if (m.focused) {
			ui->cursor_y = p->view.cursor_y;
			ui->cursor_x = p->view.cursor_x;
		}
	}
	if (a.edits.h)
		edit_history(ui, p, a.edits);
	if (p->edit)
		edit_lines(ui, p, a.lines, a.rule < 0);
}

static void draw_nothing(const struct ui *ui, struct rect r)
{
	if (ui_training(ui)) {
		put(r.y + r.h / 3, r.x + 2, r.w - 2, ROLE_DIM, "no architecture yet: it appears with the first step");
		return;
	}
	put(r.y + r.h / 3, r.x + 2, r.w - 2, ROLE_DIM, "no architecture: Enter on a row of the ranking");
	put(r.y + r.h / 3 + 1, r.x + 2, r.w - 2, ROLE_DIM, "shows one, :edit NAME begins with one");
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
	if (p->edit)
		edit_tick(ui, p);
	if (r.h < 2 || r.w < 12)
		return;
	if (has_arch(p))
		draw_body(ui, p, r);
	else
		draw_nothing(ui, r);
}

static void show_sample(struct ui *ui, struct banks_pane *p, int by)
{
	int64_t oldest = p->seen > SAMPLES ? p->seen - SAMPLES : 0;
	int64_t to = p->mode == RANKED || p->mode == NAMED ? p->at : p->at + by;

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
	if (!p->seen) {
		ui_say(ui, ROLE_INFO, "training has sampled no architecture since the run was opened");
		return;
	}
	p->mode = FOLLOWING;
	p->at = p->seen - 1;
	p->taken = ui->now;
	take(ui, p, sample_at(p, p->at));
}

/* ---- keys ---- */

/* How the list of edits calls what is shown. */
static void name_shown(const struct banks_pane *p, char *text, size_t size)
{
	if (p->mode == RANKED)
		snprintf(text, size, "ranked #%d at step %s, loss %s", p->place, text_count(p->row.step), text_fixed(p->row.score, 4));
	else if (p->mode == NAMED)
		snprintf(text, size, "%s", p->from);
	else
		snprintf(text, size, "sampled at step %s", text_count(p->shown.step));
}

static void begin_edit(struct ui *ui, struct banks_pane *p)
{
	struct arch arch = p->shown.arch;
	char from[64];

	name_shown(p, from, sizeof from);
	edit_begin(ui, &arch, from);
}

static void toggle_gradient(struct ui *ui, struct banks_pane *p)
{
	p->gradient = !p->gradient;
	if (!p->gradient)
		return;
	if (p->mode == FOLLOWING)
		p->mode = HELD;
	p->gates.asked[0] = 0;
	if (p->edit && p->edit->fault_count)
		ui_say(ui, ROLE_INFO, "the gradient needs a draft that breaks no rule");
	else if (strcmp(p->gates.id, banks_current_id(p)))
		ui_say(ui, ROLE_INFO, "the gradient comes: - and + beside a cell say how the loss falls and rises with it");
	banks_want_gates(ui, p);
}

static void close_map(struct banks_pane *p)
{
	lie_map_free(p->map);
	p->map = NULL;
	p->sheet = SHEET_MATRIX;
}

static void toggle_map(struct ui *ui, struct banks_pane *p)
{
	if (p->map) {
		close_map(p);
		return;
	}
	if (p->edit && p->edit->fault_count) {
		ui_say(ui, ROLE_INFO, "a draft that breaks a rule has no encoding");
		return;
	}
	if (p->mode == FOLLOWING)
		p->mode = HELD;
	p->map = lie_map_new(ui, banks_current(p), CORRUPT_FIELDS, CORRUPT_WITHIN);
	snprintf(p->mapped, sizeof p->mapped, "%s", banks_current_id(p));
	if (p->map)
		p->sheet = SHEET_ENCODING;
}

static void toggle_inside(struct ui *ui, struct banks_pane *p)
{
	(void)ui;
	p->sheet = p->sheet == SHEET_INSIDE ? SHEET_MATRIX : SHEET_INSIDE;
}

static bool move(struct ui *ui, struct banks_pane *p, enum action action)
{
	struct matrix m = banks_matrix(ui, p);
	int page = p->super.at.h > 4 ? p->super.at.h - 3 : 1;
	const struct { enum action action; int rows, columns; } moves[] = {
		{ ACTION_UP, -1, 0 }, { ACTION_DOWN, 1, 0 }, { ACTION_LEFT, 0, -1 }, { ACTION_RIGHT, 0, 1 }, { ACTION_PAGE_UP, -page, 0 },
		{ ACTION_PAGE_DOWN, page, 0 }, { ACTION_HALF_UP, -page / 2, 0 }, { ACTION_HALF_DOWN, page / 2, 0 },
		{ ACTION_FIRST, -BLOCKS * OPS_MAX, 0 }, { ACTION_LAST, BLOCKS * OPS_MAX, 0 },
	};

	for (size_t i = 0; i < sizeof moves / sizeof moves[0]; i++)
		if (moves[i].action == action) {
			if (moves[i].rows)
				matrix_move_rows(&m, &p->view, moves[i].rows);
			else
				matrix_move_columns(&m, &p->view, moves[i].columns);
			return true;
		}
	return false;
}

/* Of what is shown, not edited. */
static bool view_act(struct ui *ui, struct banks_pane *p, enum action action)
{
	switch (action) {
	case ACTION_EDIT:
		begin_edit(ui, p);
		return true;
	case ACTION_FOLLOW:
	case ACTION_HOLD:
		toggle_follow(ui, p);
		return true;
	case ACTION_BACK:                                /* to the row it was opened from */
		if (p->mode != RANKED || p->super.large)
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

static bool sheet_act(struct ui *ui, struct banks_pane *p, enum action action)
{
	if (p->sheet == SHEET_ENCODING && p->map && lie_map_act(ui, p->map, action))
		return true;
	if (action != ACTION_BACK || p->sheet == SHEET_MATRIX)
		return false;
	close_map(p);
	return true;
}

static bool banks_act(struct ui *ui, struct pane *pane, enum action action)
{
	static const struct { enum action action; void (*toggle)(struct ui *, struct banks_pane *); } toggles[] = {
		{ ACTION_GRADIENT, toggle_gradient }, { ACTION_MAP, toggle_map }, { ACTION_INSIDE, toggle_inside },
	};
	struct banks_pane *p = (struct banks_pane *)pane;

	if (!has_arch(p)) {
		if (action == ACTION_EDIT)
			ui_say(ui, ROLE_INFO, "no architecture yet: :edit NAME begins with a pattern, an id or a file");
		return action == ACTION_EDIT;
	}
	for (size_t i = 0; i < sizeof toggles / sizeof toggles[0]; i++)
		if (toggles[i].action == action) {
			toggles[i].toggle(ui, p);
			return true;
		}
	if (sheet_act(ui, p, action) || (p->edit ? edit_act(ui, p, action) : view_act(ui, p, action)))
		return true;
	return move(ui, p, action);
}

static void banks_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct banks_pane *p = (struct banks_pane *)pane;
	struct matrix m = banks_matrix(ui, p);
	struct place place;

	(void)second;
	if (!has_arch(p) || !matrix_at(&m, &p->view, p->matrix, pane->at.y + y, pane->at.x + x, &place))
		return;
	if (p->edit && !memcmp(&place, &p->view.at, sizeof place))
		edit_click(ui, p, &place);
	p->view.at = place;
}

static void banks_release(struct pane *pane)
{
	struct banks_pane *p = (struct banks_pane *)pane;

	edit_release(p->edit);
	lie_map_free(p->map);
	free(p);
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
