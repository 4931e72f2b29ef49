/* edit_draw.c -- around the matrix of a draft: what the cursor is on, what the rules say, what the edits have brought. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/text.h"
#include "ui/edit.h"
#include "ui/figures.h"
#include "ui/view.h"

/* "EDIT 91ce0d2 > #3" */
void edit_title(struct ui *ui, struct banks_pane *p, char *left, size_t left_size, char *right, size_t right_size)
{
	const struct edit *e = p->edit;
	int undos = draft_undos(&e->draft), redos = draft_redos(&e->draft);

	(void)ui;
	snprintf(left, left_size, "EDIT %.*s > %s%s%.*s", SHORT_ID, e->draft.id, e->draft.name, e->draft.name[0] ? " " : "", SHORT_ID,
	         undos ? e->id : "nothing changed");
	if (!undos)
		snprintf(left, left_size, "EDIT %.*s", SHORT_ID, e->draft.id);
	snprintf(right, right_size, p->super.at.w >= 60 ? "%s undo %d  %s redo %d" : "%s %d  %s %d", key_of(ACTION_UNDO, IN_EDIT), undos,
	         key_of(ACTION_REDO, IN_EDIT), redos);
}

/* ---- the cell ---- */

static size_t add_values(const struct ui *ui, struct banks_pane *p, char *text, size_t size)
{
	const struct value *list;
	int count = edit_values((struct ui *)ui, p, &list), now = place_value(&p->edit->draft.arch, &p->view.at);
	size_t n = 0;

	for (int i = 0; i < count && n + 16 < size; i++) {
		char one[16];

		if (!list[i].valid && list[i].value != now)
			continue;
		value_text(&p->view.at, list[i].value, one, sizeof one);
		for (char *s = one; *s; s++)             /* "1 2 3" among others is 123 */
			if (*s == ' ')
				memmove(s, s + 1, strlen(s));
		n += (size_t)snprintf(text + n, size - n, list[i].value == now ? "%s[%s]" : "%s%s", n ? " " : "", one);
	}
	return n;
}

static void gates_text(const struct banks_pane *p, char *text, size_t size)
{
	const struct place *at = &p->view.at;

	text[0] = 0;
	if (at->kind == PLACE_BANK && !strcmp(p->gates.id, banks_current_id(p)))
		snprintf(text, size, "; dE/dgate read %s write %s", text_change(p->gates.read[at->block][at->op][at->bank], 4),
		         text_change(p->gates.write[at->block][at->op][at->bank], 4));
}

static void draw_cell_line(struct ui *ui, struct banks_pane *p, struct rect r)
{
	const struct edit *e = p->edit;
	const struct place *at = &p->view.at;
	char place[32], op[16] = "", value[16], values[128], gates[80];
	int x = r.x;

	place_text(&e->draft.arch, at, place, sizeof place);
	if (at->op >= 0)
		snprintf(op, sizeof op, "op%d ", at->op + 1);
	value_text(at, place_value(&e->draft.arch, at), value, sizeof value);
	x += putf(r.y, x, r.w, ROLE_TEXT, " [b%d %s%s] %s ", at->block + 1, op, place, e->typed[0] ? "" : value);
	if (e->typed[0]) {
		x += putf(r.y, x, r.x + r.w - x, ROLE_PROMPT, "%s", e->typed);
		ui->cursor_y = r.y;
		ui->cursor_x = x;
		putf(r.y, x, r.x + r.w - x, ROLE_DIM, "   %s sets it, %s leaves it", key_of(ACTION_OPEN, IN_EDIT), key_of(ACTION_BACK, IN_EDIT));
		return;
	}
	if (at->kind == PLACE_BANK) {
		gates_text(p, gates, sizeof gates);
		snprintf(values, sizeof values, "  %s read  %s write  %s both  %s none%s", key_of(ACTION_CELL_READ, IN_EDIT),
		         key_of(ACTION_CELL_WRITE, IN_EDIT), key_of(ACTION_CELL_BOTH, IN_EDIT), key_of(ACTION_CELL_NONE, IN_EDIT), gates);
		put_pieces(r.y, x, r.x + r.w - x, ROLE_TEXT, values);
		return;
	}
	add_values(ui, p, values, sizeof values);
	putf(r.y, x, r.x + r.w - x, ROLE_TEXT, "  valid %s", values);
}

/* ---- the rules ---- */

static int budget_used(const struct arch *a, int block)
{
	int sum = 0;

	for (int i = 0; i < a->block[block].op_count; i++)
		sum += op_n_in(a, block, i);
	return sum;
}

/* The first that is broken; of the cursor's op where it breaks one. */
static const struct arch_fault *urgent(const struct edit *e, const struct place *at)
{
	for (int i = 0; i < e->fault_count; i++)
		if (fault_is_at(&e->fault[i], at))
			return &e->fault[i];
	for (int i = 0; i < e->fault_count; i++)
		if (e->fault[i].block == at->block && e->fault[i].op == at->op)
			return &e->fault[i];
	return &e->fault[0];
}

/* What the rules leave: the block's first, which stays the same from op to op. */
static const char *rules_text(const struct space *s, const struct arch *a, int block, int op)
{
	static char text[200];
	int slice = s->depth_compression * s->bank_unit, n_in = op < 0 ? 0 : op_n_in(a, block, op), n;

	n = snprintf(text, sizeof text, " rules ok: budget %d of %d, %d%%; %d of %d banks", budget_used(a, block), s->block_budget[block],
	             100 * budget_used(a, block) / s->block_budget[block], block_banks(s, a, block, a->block[block].op_count),
	             s->block_channels[block] / a->block[block].bank_size);
	if (op >= 0)
		snprintf(text + n, sizeof text - (size_t)n, "; n_in %d = %d x %d; units up to %d", n_in, n_in / slice, slice, s->units_max);
	return text;
}

static void draw_rules(struct ui *ui, struct banks_pane *p, struct rect r)
{
	const struct edit *e = p->edit;
	const struct space *s = &ui->snap->space;
	const struct arch *a = &e->draft.arch;
	int block = p->view.at.block, op = p->view.at.op;
	const struct arch_fault *f;
	char more[32] = "", place[64], text[256];

	if (!e->fault_count) {
		put_pieces(r.y, r.x, r.w, ROLE_TEXT, rules_text(s, a, block, op));
		return;
	}
	f = urgent(e, &p->view.at);
	if (e->fault_count > 1)
		snprintf(more, sizeof more, " (+%d)", e->fault_count - 1);
	fault_place(f, place, sizeof place);
	snprintf(text, sizeof text, "! %s: %s", place, f->rule);
	if (text_width(text) + text_width(more) <= r.w)
		snprintf(text + strlen(text), sizeof text - strlen(text), "%s", more);
	put(r.y, r.x, r.w, ROLE_ERROR, text);
}

/* ---- before and now ---- */

/* What stands where there are no figures. */
static const char *why_none(const struct edit *e, bool wide)
{
	if (e->fault_count)
		return wide ? "not measured: a rule is broken" : "a rule is broken";
	if (e->compared.serial == e->serial && e->compared.failed[0])
		return e->compared.failed;
	return "being measured";
}

/* ".011", as a change has it, without a sign. */
static const char *error_text(double v, int decimals)
{
	return isfinite(v) ? text_change(v, decimals) + 1 : text_missing();
}

static const char *with_error(double value, double error, int decimals)
{
	static char text[6][40];
	static unsigned next;
	char *out = text[next++ % 6];

	snprintf(out, sizeof text[0], "%s ±%s", text_fixed(value, decimals), error_text(error, decimals));
	return out;
}

static const char *change_with_error(double value, double error)
{
	static char text[2][40];
	static unsigned next;
	char *out = text[next++ % 2];

	snprintf(out, sizeof text[0], "%s ±%s", text_change(value, 4), error_text(error, 4));
	return out;
}

static const char *share_change(double now, double before)
{
	static char text[2][24];
	static unsigned next;
	char *out = text[next++ % 2];

	if (now == before || before <= 0)
		snprintf(out, sizeof text[0], "same");
	else
		snprintf(out, sizeof text[0], "%+.1f %%", 100 * (now / before - 1));
	return out;
}

#define LINE(role, ...) do { if (y < r.y + r.h) putf(y, r.x, r.w, role, __VA_ARGS__); y++; } while (0)

static void figures_wide(const struct banks_pane *p, struct rect r)
{
	const struct edit *e = p->edit;
	const struct comparison *c = &e->compared;
	int y = r.y;

	LINE(ROLE_TITLE, "        before         now            difference");
	if (edit_compared(e) && e->as_it_began) {
		LINE(ROLE_TEXT, "loss    %-15sas it began: edits are", with_error(c->before.loss, c->before.loss_stderr, 3));
		LINE(ROLE_TEXT, "error   %-15smeasured against it", with_error(c->before.error, c->before.error_stderr, 3));
	} else if (edit_compared(e)) {
		LINE(ROLE_TEXT, "loss    %-15s%-15s%s", with_error(c->before.loss, c->before.loss_stderr, 3),
		     with_error(c->now.loss, c->now.loss_stderr, 3), change_with_error(c->difference, c->difference_stderr));
		LINE(ROLE_TEXT, "error   %-15s%-15s%s", with_error(c->before.error, c->before.error_stderr, 3),
		     with_error(c->now.error, c->now.error_stderr, 3), change_with_error(c->error_difference, c->error_difference_stderr));
	} else
		LINE(ROLE_DIM, "loss    %s", why_none(e, true));
	LINE(ROLE_TEXT, "params  %-14s%-14s%s", text_short_count((double)(e->first_cost.free + e->first_cost.generated)),
	     text_short_count((double)(p->cost.free + p->cost.generated)),
	     share_change((double)(p->cost.free + p->cost.generated), (double)(e->first_cost.free + e->first_cost.generated)));
	LINE(ROLE_TEXT, "MMAC    %-14s%-14s%s", text_fixed((double)e->first_cost.macs / 1e6, 2), text_fixed((double)p->cost.macs / 1e6, 2),
	     share_change((double)p->cost.macs, (double)e->first_cost.macs));
	if (edit_compared(e)) {
		LINE(ROLE_TEXT, "%s%s%s on %s of %s images%s", e->as_it_began ? "" : "p ", e->as_it_began ? "" : text_p(c->p),
		     e->as_it_began ? "measured" : ", paired", text_count(c->images), text_count(c->total), c->running ? " ..." : "");
		LINE(ROLE_DIM, "weights of step %s, %s measures with today's", text_count(c->step), key_of(ACTION_MEASURE, IN_EDIT));
	}
	if (e->draft.at)
		LINE(ROLE_TEXT, "predicted by the gradient  %s", text_change(edit_predicted(e), 4));
}

static void figures_narrow(const struct banks_pane *p, struct rect r)
{
	const struct edit *e = p->edit;
	const struct comparison *c = &e->compared;
	int y = r.y;

	if (edit_compared(e) && e->as_it_began) {
		LINE(ROLE_TEXT, "loss %s", with_error(c->before.loss, c->before.loss_stderr, 4));
		LINE(ROLE_DIM, "as it began");
		LINE(ROLE_DIM, "%s/%s images", text_count(c->images), text_count(c->total));
	} else if (edit_compared(e)) {
		LINE(ROLE_TEXT, "was  %s", with_error(c->before.loss, c->before.loss_stderr, 4));
		LINE(ROLE_TEXT, "now  %s", with_error(c->now.loss, c->now.loss_stderr, 4));
		LINE(ROLE_TEXT, "diff %s", change_with_error(c->difference, c->difference_stderr));
		LINE(ROLE_DIM, "p %s  %s/%s img", text_p(c->p), text_count(c->images), text_count(c->total));
	} else {
		LINE(ROLE_TEXT, "loss, against before:");
		LINE(ROLE_DIM, "%s", why_none(e, false));
	}
	if (e->draft.at)
		LINE(ROLE_DIM, "by gradient %s", text_change(edit_predicted(e), 4));
}

#undef LINE

void edit_figures(const struct banks_pane *p, struct rect r)
{
	if (r.w >= 49)
		figures_wide(p, r);
	else
		figures_narrow(p, r);
}

/* All of it in one row. */
static void figures_line(const struct banks_pane *p, struct rect r)
{
	const struct edit *e = p->edit;
	const struct comparison *c = &e->compared;
	char text[160];

	if (!edit_compared(e)) {
		putf(r.y, r.x, r.w, ROLE_TEXT, " loss: %s", why_none(e, true));
		return;
	}
	if (e->as_it_began)
		snprintf(text, sizeof text, " loss %s as it began; %s/%s images", with_error(c->before.loss, c->before.loss_stderr, 3),
		         text_count(c->images), text_count(c->total));
	else
		snprintf(text, sizeof text, " %s, p %s; loss %s, was %s; %s/%s images", change_with_error(c->difference, c->difference_stderr), text_p(c->p),
		         text_fixed(c->now.loss, 3), text_fixed(c->before.loss, 3), text_count(c->images), text_count(c->total));
	put_pieces(r.y, r.x, r.w, ROLE_TEXT, text);
}

/* ---- the rows below the matrix ---- */

/* By need, in the order in which they stand: the cell, the rules, the figures where nothing beside the matrix has them. Of the last two the rules
 * are left out where there is one row for both and none is broken. */
void edit_lines(struct ui *ui, struct banks_pane *p, struct rect r, bool figures)
{
	int y = r.y, end = r.y + r.h;
	bool broken = p->edit->fault_count > 0, both = end - y >= 3 || !figures;

	if (y < end && (r.h > 1 || !broken))
		draw_cell_line(ui, p, (struct rect){ y++, r.x, 1, r.w });
	if (y < end && (broken || both))
		draw_rules(ui, p, (struct rect){ y++, r.x, 1, r.w });
	if (y < end && figures)
		figures_line(p, (struct rect){ y, r.x, 1, r.w });
}

/* ---- the list of edits ---- */

static void draw_state(const struct edit *e, int i, struct rect r)
{
	const struct draft_state *s = &e->draft.state[i];
	bool cursor = e->listing && i == e->list_at;
	enum role role = cursor ? ROLE_SELECTION : i == e->draft.at ? ROLE_TITLE : ROLE_TEXT;
	char text[160];
	int x = r.x, score = r.w >= 90 ? 44 : r.w >= 60 ? 20 : 0;

	snprintf(text, sizeof text, "%s", i == 0 ? e->draft.from : s->text);
	if (i > 0 && s->parent != i - 1)
		snprintf(text, sizeof text, "%s   (from %d)", s->text, s->parent);
	x += putf(r.y, x, r.w, role, "%c%3d  ", i == e->draft.at ? '>' : ' ', i);
	put(r.y, x, r.w - (x - r.x) - score, role, text);
	if (!score || !s->score.images)
		return;
	if (score > 20)
		putf(r.y, r.x + r.w - score, score, ROLE_TEXT, "loss %s  %s  p %s", with_error(s->score.loss, s->score.loss_stderr, 3),
		     change_with_error(s->score.difference, s->score.difference_stderr), text_p(s->score.p));
	else
		put(r.y, r.x + r.w - score, score, ROLE_TEXT, change_with_error(s->score.difference, s->score.difference_stderr));
}

void edit_history(struct ui *ui, struct banks_pane *p, struct rect r)
{
	struct edit *e = p->edit;
	int at = e->listing ? e->list_at : e->draft.at, rows = r.h - 1;
	char left[96], keys[64];

	if (e->listing)
		snprintf(keys, sizeof keys, "%s goes there, %s", key_of(ACTION_OPEN, IN_EDIT), key_of(ACTION_BACK, IN_EDIT));
	else
		snprintf(keys, sizeof keys, "%s", key_of(ACTION_EDITS, IN_EDIT));
	snprintf(left, sizeof left, "%d edit%s   %s", e->draft.count - 1, e->draft.count == 2 ? "" : "s", keys);
	put_title(r.y, r.x, r.w, "Edits", e->listing, left, r.w >= 90 ? "loss against the beginning's" : "");
	if (rows < 1)
		return;
	if (at < e->list_top)
		e->list_top = at;
	if (at >= e->list_top + rows)
		e->list_top = at - rows + 1;
	if (e->list_top > e->draft.count - rows)
		e->list_top = e->draft.count > rows ? e->draft.count - rows : 0;
	for (int i = 0; i < rows && e->list_top + i < e->draft.count; i++)
		draw_state(e, e->list_top + i, (struct rect){ r.y + 1 + i, r.x, 1, r.w });
	if (e->listing) {
		ui->cursor_y = r.y + 1 + at - e->list_top;
		ui->cursor_x = r.x;
	}
}
