/*
 * pane_banks.c -- an architecture as its memory banks: rows are ops, columns are banks. One architecture is held; following
 * training takes a new one at most every three seconds, because drawing one costs a kilobyte and nobody reads faster.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/text.h"
#include "ui/pane.h"

enum { SAMPLES = 128, SHORT_ID = 7 };
static const double follow_seconds = 3;

struct sample {
	struct arch arch;
	int64_t step;
	double loss;
};

struct banks_pane {
	struct pane super;
	enum { NOTHING, FOLLOWING, HELD, RANKED } mode;
	struct sample shown;
	char id[ARCH_ID_LENGTH + 1];
	struct ranking_row row;          /* of a ranked one */
	int place;
	struct arch_cost cost;
	double taken;                    /* when following took it */
	struct sample sample[SAMPLES];   /* ring of those seen */
	int64_t seen, at;                /* samples ever put in it; which one is shown */
	int block, op;                   /* the cursor */
	int top, left;                   /* first list row, first bank column */
};

static bool has_arch(const struct banks_pane *p)
{
	return p->mode != NOTHING;
}

static void take(struct ui *ui, struct banks_pane *p, const struct sample *s)
{
	p->shown = *s;
	arch_id(&s->arch, p->id);
	p->cost = arch_cost(&ui->snap->space, &s->arch, &ui->snap->input);
	if (p->block >= BLOCKS)
		p->block = BLOCKS - 1;
	if (p->op >= s->arch.block[p->block].op_count)
		p->op = s->arch.block[p->block].op_count - 1;
	if (p->op < 0)
		p->op = 0;
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

/* Set bits of a mask, "0 2 5-7"; those from `fresh` on are new ones. */
static void mask_text(uint64_t mask, int fresh, char *out, size_t size)
{
	size_t n = 0;
	bool said_new = false;

	out[0] = 0;
	for (int b = 0; b < BANKS_MAX && n + 16 < size; b++) {
		int last = b;

		if (!(mask >> b & 1))
			continue;
		while (last + 1 < BANKS_MAX && (mask >> (last + 1) & 1) && (last + 1 < fresh || b >= fresh))
			last++;
		if (b >= fresh && !said_new) {
			n += (size_t)snprintf(out + n, size - n, "%snew", n ? " " : "");
			said_new = true;
		}
		n += (size_t)snprintf(out + n, size - n, last > b ? "%s%d%s%d" : "%s%d", n ? " " : "", b, last > b + 1 ? "-" : " ", last);
		b = last;
	}
}

static enum role cell_role(enum arch_cell cell)
{
	switch (cell) {
	case CELL_READ:
		return ROLE_BANK_READ;
	case CELL_WRITE:
		return ROLE_BANK_WRITE;
	case CELL_BOTH:
		return ROLE_BANK_BOTH;
	default:
		return ROLE_BANK_EXISTS;
	}
}

/* Which columns there is room for. */
struct table {
	struct rect r;
	int banks, cell, shown;          /* columns of the matrix: all, width of one, how many fit */
	bool convs, costs;
	int kernel_width;
};

static struct table table_fit(const struct ui *ui, const struct banks_pane *p, struct rect r)
{
	const struct arch *a = &p->shown.arch;
	struct table t = { .r = r, .convs = true, .kernel_width = a->axes == 3 ? 6 : 4 };
	int fixed = 4 + 6 + 5 + t.kernel_width + t.kernel_width + 1 + 3;

	for (int b = 0; b < BLOCKS; b++) {
		int n = block_banks(&ui->snap->space, a, b, a->block[b].op_count);

		if (n > t.banks)
			t.banks = n;
	}
	if (r.w - fixed < 12) {
		t.convs = false;
		fixed = 4 + 6;
	}
	for (t.cell = 4; t.cell > 2 && fixed + t.cell * t.banks > r.w; t.cell--)
		;
	t.costs = t.convs && fixed + t.cell * t.banks + 17 <= r.w;
	t.shown = (r.w - fixed) / t.cell;
	if (t.shown > t.banks)
		t.shown = t.banks;
	if (t.shown < 0)
		t.shown = 0;
	return t;
}

static void draw_header(const struct banks_pane *p, const struct table *t)
{
	int x = t->r.x + 4 + t->cell * t->shown;

	put(t->r.y, t->r.x, 4, ROLE_DIM, " op ");
	if (p->left > 0)
		put(t->r.y, t->r.x + 3, 1, ROLE_WARNING, "<");
	for (int b = 0; b < t->shown; b++) {
		int bank = p->left + b;

		putf(t->r.y, t->r.x + 4 + b * t->cell, t->cell, ROLE_DIM, "%*d", t->cell, t->cell > 2 ? bank : bank % 10);
	}
	if (p->left + t->shown < t->banks)
		put(t->r.y, x, 1, ROLE_WARNING, ">");
	putf(t->r.y, x + 1, t->r.x + t->r.w - x - 1, ROLE_DIM, t->convs ? "units conv %-*s%-*sg%s" : "units", t->kernel_width, "k",
	     t->kernel_width + 1, "dil", t->costs ? "      MMAC  params" : "");
}

static void draw_block(const struct ui *ui, const struct banks_pane *p, const struct table *t, int y, int block)
{
	const struct arch *a = &p->shown.arch;
	int banks = block_banks(&ui->snap->space, a, block, a->block[block].op_count);
	int input = block_input_banks(&ui->snap->space, a, block);
	char side[32];
	int x = t->r.x;

	block_side_text(&ui->snap->space, a, &ui->snap->input, block, side, sizeof side);
	x += putf(y, x, t->r.w, ROLE_TITLE, " block %d %s", block + 1, side);
	for (int i = 0; i < 3; i++) {                    /* the longest that fits */
		static const char *const forms[] = {
			"  %d ops, %d banks of %d channels, %d from the input", "  %d ops, %d banks of %d, %d from input", "  %d ops, %d banks of %d",
		};
		char text[96];

		snprintf(text, sizeof text, forms[i], a->block[block].op_count, banks, a->block[block].bank_size, input);
		if (i == 2 || x + text_width(text) <= t->r.x + t->r.w) {
			put(y, x, t->r.x + t->r.w - x, ROLE_DIM, text);
			return;
		}
	}
}

static const struct arch_conv *first_conv(const struct arch_op *op)
{
	for (int i = 0; i < CONVS; i++)
		if (op->active >> i & 1)
			return &op->conv[i];
	return &op->conv[0];
}

static void convs_text(const struct arch_op *op, char out[CONVS + 1])
{
	for (int i = 0; i < CONVS; i++)
		if (op->active >> i & 1)
			*out++ = (char)('1' + i);
	*out = 0;
}

static void draw_op(const struct ui *ui, const struct banks_pane *p, const struct table *t, int y, int block, int op)
{
	const struct arch *a = &p->shown.arch;
	const struct arch_op *o = &a->block[block].op[op];
	bool cursor = block == p->block && op == p->op, focused = ui->focus == PANE_BANKS;
	bool plain = p->mode == FOLLOWING;                       /* colours on a matrix that changes cost twice the bytes */
	enum role row = !cursor ? ROLE_TEXT : focused ? ROLE_BANK_CURSOR : ROLE_SELECTION_UNFOCUSED;
	int x = t->r.x + 4 + t->cell * t->shown;
	char active[CONVS + 1], conv[48];

	if (cursor && focused) {                         /* as wide as the text: each blank is a byte for every move */
		int end = x + 1 + 6 + (t->convs ? 5 + 2 * t->kernel_width + 4 : 0) + (t->costs ? 16 : 0);

		put_blank((struct rect){ y, t->r.x, 1, end < t->r.x + t->r.w ? end - t->r.x : t->r.w }, row);
	}
	putf(y, t->r.x, 4, row, "%c%2d ", cursor ? '>' : ' ', op + 1);
	for (int b = 0; b < t->shown; b++) {
		enum arch_cell cell = arch_cell(&ui->snap->space, a, block, op, p->left + b);
		enum role role = cursor && focused ? row : plain && !cursor ? ROLE_TEXT : cell_role(cell);

		if (cell != CELL_BLANK)
			putf(y, t->r.x + 4 + b * t->cell + t->cell - 1, 1, role, "%c", cell);
	}
	if (!t->convs) {
		putf(y, x + 1, 5, row, "%5d", o->units);
		return;
	}
	convs_text(o, active);
	conv_text(a, first_conv(o), conv, sizeof conv);
	putf(y, x + 1, t->r.x + t->r.w - x - 1, row, "%5d %-4s %s", o->units, active, conv);
	if (t->costs) {
		struct arch_cost cost = arch_op_cost(&ui->snap->space, a, &ui->snap->input, block, op);

		putf(y, x + 1 + 6 + 5 + 2 * t->kernel_width + 1 + 4, 16, row, "%8s%8s", text_fixed((double)cost.macs / 1e6, 2),
		     text_short_count((double)(cost.free + cost.generated)));
	}
}

/* Rows of the list: a heading a block, then its ops. */
static int list_row(const struct arch *a, int block, int op)
{
	int row = 0;

	for (int b = 0; b < block; b++)
		row += 1 + a->block[b].op_count;
	return row + 1 + op;
}

static void draw_list(struct ui *ui, struct banks_pane *p, struct table *t)
{
	const struct arch *a = &p->shown.arch;
	int rows = t->r.h - 1, total = list_row(a, BLOCKS, -1);
	int cursor = list_row(a, p->block, p->op);
	int row = 0;

	if (p->left > t->banks - t->shown)
		p->left = t->banks - t->shown;
	draw_header(p, t);
	if (cursor < p->top + 1)
		p->top = cursor - (p->op == 0 || rows > 2 ? 1 : 0);
	if (cursor >= p->top + rows)
		p->top = cursor - rows + 1;
	if (p->top > total - rows)
		p->top = total - rows;
	if (p->top < 0)
		p->top = 0;
	for (int b = 0; b < BLOCKS; b++)
		for (int op = -1; op < a->block[b].op_count; op++, row++) {
			int y = t->r.y + 1 + row - p->top;

			if (row < p->top || row >= p->top + rows)
				continue;
			if (op < 0)
				draw_block(ui, p, t, y, b);
			else
				draw_op(ui, p, t, y, b, op);
		}
	if (ui->focus == PANE_BANKS) {
		ui->cursor_y = t->r.y + 1 + cursor - p->top;
		ui->cursor_x = t->r.x;
	}
}

/* Everything about the cursor's op, beside the list of a large pane. */
static void draw_details(struct ui *ui, struct banks_pane *p, struct rect r)
{
	const struct space *space = &ui->snap->space;
	const struct arch *a = &p->shown.arch;
	const struct arch_op *o = &a->block[p->block].op[p->op];
	struct arch_cost cost = arch_op_cost(space, a, &ui->snap->input, p->block, p->op);
	int written = block_banks(space, a, p->block, p->op), n_in = op_n_in(a, p->block, p->op);
	int n_mid = op_n_mid(space, a, p->block, p->op);
	int y = r.y, end = r.y + r.h, gap = r.h >= 22;
	char text[160], side[32];

#define LINE(role, ...) do { if (y < end) putf(y, r.x, r.w, role, __VA_ARGS__); y++; } while (0)
	block_side_text(space, a, &ui->snap->input, p->block, side, sizeof side);
	LINE(ROLE_TITLE, "op %d of block %d  %s", p->op + 1, p->block + 1, side);
	mask_text(o->reads, BANKS_MAX, text, sizeof text);
	LINE(ROLE_TEXT, "reads   %s", text);
	mask_text(o->writes, written, text, sizeof text);
	LINE(ROLE_TEXT, "writes  %s", text);
	LINE(ROLE_TEXT, "units   %d", o->units);
	LINE(ROLE_TEXT, "n_in    %d", n_in);
	LINE(ROLE_TEXT, r.w >= 40 ? "n_mid   %d   generated 1x1: %d > %d" : "n_mid   %d", n_mid, n_in, n_mid);
	y += gap;
	for (int i = 0; i < CONVS; i++) {
		char conv[48];

		if (!(o->active >> i & 1)) {
			LINE(ROLE_DIM, "conv %d  off", i + 1);
			continue;
		}
		conv_text(a, &o->conv[i], conv, sizeof conv);
		if (r.w >= 40)
			LINE(ROLE_TEXT, "conv %d  %-14s %d > %d%s", i + 1, conv,
			     op_conv_in(space, a, p->block, p->op, i), o->units, i % 2 ? "   second stage" : "");
		else
			LINE(ROLE_TEXT, "conv %d  %s", i + 1, conv);
	}
	y += gap;
	LINE(ROLE_TEXT, "cost    %s MMAC", text_fixed((double)cost.macs / 1e6, 2));
	LINE(ROLE_TEXT, "        %s made, %s free", text_short_count((double)cost.generated), text_short_count((double)cost.free));
	y += gap;
	LINE(ROLE_TITLE, "architecture %s", p->id);
	LINE(ROLE_TEXT, "%d ops  depth %d  %s MMAC", arch_op_count(a), p->cost.depth, text_fixed((double)p->cost.macs / 1e6, 1));
	LINE(ROLE_TEXT, "%s parameters", text_short_count((double)(p->cost.free + p->cost.generated)));
	if (p->mode == RANKED) {
		LINE(ROLE_TEXT, "score   %s ±%s", text_fixed(p->row.score, 4), text_fixed(p->row.score_stderr, 4));
		LINE(ROLE_TEXT, "error   %s ±%s", text_fixed(p->row.error, 4), text_fixed(p->row.error_stderr, 4));
		LINE(ROLE_DIM, "%s images, step %s", text_count(p->row.images), text_count(p->row.step));
	} else
		LINE(ROLE_TEXT, "loss %s on its batch", text_loss(p->shown.loss));
#undef LINE
}

/* One line about the cursor's op, where there is no room for more. */
static void draw_summary(struct ui *ui, struct banks_pane *p, struct rect r)
{
	const struct arch *a = &p->shown.arch;
	struct arch_cost cost = arch_op_cost(&ui->snap->space, a, &ui->snap->input, p->block, p->op);

	putf(r.y, r.x, r.w, ROLE_DIM, " op %d.%d  1x1 %d > %d  units %d  %s MMAC  %s par", p->block + 1, p->op + 1,
	     op_n_in(a, p->block, p->op), op_n_mid(&ui->snap->space, a, p->block, p->op), a->block[p->block].op[p->op].units,
	     text_fixed((double)cost.macs / 1e6, 2), text_short_count((double)(cost.free + cost.generated)));
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

static void banks_draw(struct ui *ui, struct pane *pane)
{
	struct banks_pane *p = (struct banks_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 1, pane->at.w };
	struct table t;

	draw_title(ui, p);
	if (ui->focus == PANE_BANKS) {
		ui->cursor_y = pane->at.y;
		ui->cursor_x = pane->at.x + 1;
	}
	if (r.h < 2 || r.w < 12)
		return;
	if (!has_arch(p)) {
		put(r.y + r.h / 3, r.x + 2, r.w - 2, ROLE_DIM, "no architecture yet: it appears with the first step");
		return;
	}
	if (pane->large && r.w >= 76) {
		int side = r.w >= 110 ? 48 : 27;

		put_vertical(r.y, r.x + r.w - side - 1, r.h, ROLE_RULE);
		draw_details(ui, p, (struct rect){ r.y, r.x + r.w - side + 1, r.h, side - 1 });
		r.w -= side + 2;
	} else if (ui->focus == PANE_BANKS && r.h >= 6) {
		r.h--;
		draw_summary(ui, p, (struct rect){ r.y + r.h, r.x, 1, r.w });
	}
	t = table_fit(ui, p, r);
	draw_list(ui, p, &t);
}

static void move_op(struct banks_pane *p, int by)
{
	const struct arch *a = &p->shown.arch;

	for (; by > 0; by--)
		if (p->op + 1 < a->block[p->block].op_count)
			p->op++;
		else if (p->block + 1 < BLOCKS) {
			p->block++;
			p->op = 0;
		}
	for (; by < 0; by++)
		if (p->op > 0)
			p->op--;
		else if (p->block > 0) {
			p->block--;
			p->op = a->block[p->block].op_count - 1;
		}
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
	int page = pane->at.h > 4 ? pane->at.h - 3 : 1;

	if (!has_arch(p))
		return false;
	switch (action) {
	case ACTION_UP:
		move_op(p, -1);
		return true;
	case ACTION_DOWN:
		move_op(p, 1);
		return true;
	case ACTION_PAGE_UP:
		move_op(p, -page);
		return true;
	case ACTION_PAGE_DOWN:
		move_op(p, page);
		return true;
	case ACTION_HALF_UP:
		move_op(p, -page / 2);
		return true;
	case ACTION_HALF_DOWN:
		move_op(p, page / 2);
		return true;
	case ACTION_FIRST:
		p->block = p->op = 0;
		return true;
	case ACTION_LAST:
		p->block = BLOCKS - 1;
		p->op = p->shown.arch.block[p->block].op_count - 1;
		return true;
	case ACTION_LEFT:
		if (p->left > 0)
			p->left--;
		return true;
	case ACTION_RIGHT:
		p->left++;                               /* drawing knows the limit */
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
	int row = p->top + y - 2;

	(void)ui;
	(void)x;
	(void)second;
	if (!has_arch(p) || y < 2)
		return;
	for (int b = 0; b < BLOCKS; b++)
		for (int op = 0; op < p->shown.arch.block[b].op_count; op++)
			if (list_row(&p->shown.arch, b, op) == row) {
				p->block = b;
				p->op = op;
			}
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
