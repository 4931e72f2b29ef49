/*
 * compare.c -- two architectures of the ranking beside each other: their banks with what differs, what they cost, and their scores, which the
 * worker measures on the same images with the weights of now.
 */
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/align.h"
#include "src/arch/bits.h"
#include "src/base/document.h"
#include "ui/banks_matrix.h"
#include "ui/figures.h"
#include "ui/ranking.h"

enum { FIGURES = 7 };                    /* rows below the banks, their title included */

static struct {
	struct arch arch[2];
	struct ranking_row row[2];
	struct arch_cost cost[2];
	struct lineage to[2];            /* which op and bank of the other each is */
	struct matrix_view view[2];
	uint64_t serial;                 /* of the question */
	int cells, fields;               /* that differ; those of ops that only one has count */
} two;

/* ---- what differs ---- */

/* Of op `op` of a block of one of them: cells in *cells, fields in *fields that the other has otherwise. All of an op that the other lacks. */
static void count_op(const struct space *space, int side, int block, int op, int *cells, int *fields)
{
	const struct arch *a = &two.arch[side], *b = &two.arch[1 - side];
	const struct arch_op *x = &a->block[block].op[op];
	int other = two.to[side].op[block][op], count;
	uint64_t reads = 0, writes = 0;
	struct place list[FIELDS_MAX];

	*cells = 0;
	*fields = count = op_fields(space, a, block, op, list);
	if (other < 0) {
		*cells = bits_count(x->reads | x->writes);
		return;
	}
	for (int k = 0; k < BANKS_MAX; k++) {            /* the other's cells, as banks are numbered here */
		int there = two.to[side].bank[block][k];

		reads |= there >= 0 && b->block[block].op[other].reads & bit(there) ? bit(k) : 0;
		writes |= there >= 0 && b->block[block].op[other].writes & bit(there) ? bit(k) : 0;
	}
	*cells = bits_count((x->reads ^ reads) | (x->writes ^ writes));
	for (int i = 0; i < count; i++) {
		struct place there = list[i];

		there.op = other;
		*fields -= (list[i].kind < PLACE_KERNEL || b->block[block].op[other].active & 1 << list[i].conv) &&
			place_value(a, &list[i]) == place_value(b, &there);
	}
}

static void count_all(const struct space *space)
{
	int cells, fields;

	two.cells = two.fields = 0;
	for (int side = 0; side < 2; side++)
		for (int b = 0; b < BLOCKS; b++)
			for (int op = 0; op < two.arch[side].block[b].op_count; op++) {
				if (side == 1 && two.to[side].op[b][op] >= 0)    /* counted from the first */
					continue;
				count_op(space, side, b, op, &cells, &fields);
				two.cells += cells;
				two.fields += fields;
			}
}

/* The op of the second that an op of the first is beside: its own, or where it would be. */
static int beside(int block, int op)
{
	while (op >= 0 && two.to[0].op[block][op] < 0)
		op--;
	return op < 0 ? 0 : two.to[0].op[block][op];
}

/* It, or what comes behind it in the second, is not in the other architecture, or is something else there. */
static bool differs(const struct space *space, int block, int op)
{
	int cells, fields, next = two.to[0].op[block][op] + 1;

	count_op(space, 0, block, op, &cells, &fields);
	return cells + fields || (next > 0 && next < two.arch[1].block[block].op_count && two.to[1].op[block][next] < 0);
}

/* ---- drawing ---- */

static struct matrix matrix_of(const struct ui *ui, int side)
{
	return (struct matrix){
		.space = &ui->snap->space, .input = &ui->snap->input, .arch = &two.arch[side], .other = &two.arch[1 - side],
		.lineage = &two.to[side], .focused = side == 0,
	};
}

static void draw_banks(struct ui *ui, struct rect r)
{
	for (int side = 0; side < 2; side++) {
		struct rect half = { r.y, side ? r.x + r.w / 2 + 1 : r.x, r.h, side ? r.w - r.w / 2 - 1 : r.w / 2 };
		struct matrix m = matrix_of(ui, side);
		char left[64];

		snprintf(left, sizeof left, "%.7s  %s", two.row[side].id, origin_names[two.row[side].origin]);
		put_title(half.y, half.x, half.w, side ? "2" : "1", false, left, "");
		half.y++;
		half.h--;
		if (side)
			put_vertical(half.y, half.x - 1, half.h, ROLE_RULE);
		matrix_draw(&m, &two.view[side], half);
	}
	ui->cursor_y = two.view[0].cursor_y;
	ui->cursor_x = two.view[0].cursor_x;
}

/* "0.4726 ±.0115" */
static const char *with_error(double value, double error, char text[40])
{
	snprintf(text, 40, "%s ±%s", text_fixed(value, 4), ranking_uncertainty(error));
	return text;
}

/* A name, the figure of either, what the second has more. Columns move together where there is little room. */
static void put_figures(int y, struct rect r, const char *name, const char *first, const char *second, const char *difference)
{
	int gap = r.w >= 90 ? 18 : 15;

	put(y, r.x + 1, 7, ROLE_DIM, name);
	put(y, r.x + 8, gap - 1, ROLE_TEXT, first);
	put(y, r.x + 8 + gap, gap - 1, ROLE_TEXT, second);
	put(y, r.x + 8 + 2 * gap, r.w - 8 - 2 * gap, ROLE_TEXT, difference);
}

static const json_t *answer(const struct ui *ui)
{
	const json_t *a = ui->answer[ANSWER_OF(QUESTION_COMPARE)];

	return a && document_count(a, "serial") == (json_int_t)two.serial ? a : NULL;
}

/* The scores that are measured now, side by side; until they come, a word about them. */
static void draw_scores(struct ui *ui, struct rect r)
{
	const json_t *a = answer(ui);
	const char *failed = a ? document_text(a, "failed") : "";
	char text[4][40], difference[96], on[48] = "";

	if (!a || *failed) {
		putf(r.y, r.x + 1, r.w - 1, *failed ? ROLE_WARNING : ROLE_DIM, "score   %s", *failed ? failed :
		     two.serial ? "is being measured on the same images" : text_missing());
		return;
	}
	snprintf(difference, sizeof difference, "%s ±%s   p %s", text_change(document_number(a, "difference"), 4),
	         ranking_uncertainty(document_number(a, "difference_stderr")), text_p(document_number(a, "p")));
	put_figures(r.y, r, "score", with_error(document_number(a, "before.loss"), document_number(a, "before.loss_stderr"), text[0]),
	            with_error(document_number(a, "now.loss"), document_number(a, "now.loss_stderr"), text[1]), difference);
	if (document_says(a, "running"))
		snprintf(on, sizeof on, " of %s", text_count(document_count(a, "total")));
	snprintf(difference, sizeof difference, "%s ±%s   paired, %s%s images%s%s", text_change(document_number(a, "error_difference"), 4),
	         ranking_uncertainty(document_number(a, "error_difference_stderr")), text_count(document_count(a, "images")), on,
	         r.w >= 90 ? ", step " : "", r.w >= 90 ? text_count(document_count(a, "step")) : "");
	put_figures(r.y + 1, r, "error", with_error(document_number(a, "before.error"), document_number(a, "before.error_stderr"), text[2]),
	            with_error(document_number(a, "now.error"), document_number(a, "now.error_stderr"), text[3]), difference);
}

static void put_count(int y, struct rect r, const char *name, double first, double second)
{
	double more = second - first;
	char difference[48];

	snprintf(difference, sizeof difference, "%c%s   %+.0f %%", more < 0 ? '-' : '+', text_short_count(more < 0 ? -more : more),
	         first > 0 ? 100 * more / first : 0);
	put_figures(y, r, name, text_short_count(first), text_short_count(second), difference);
}

static void draw_figures(struct ui *ui, struct rect r)
{
	char left[64], depth[24];

	snprintf(left, sizeof left, "%d cell%s, %d field%s differ *", two.cells, two.cells == 1 ? "" : "s", two.fields, two.fields == 1 ? "" : "s");
	put_title(r.y, r.x, r.w, "Compared", false, left, r.w >= 100 ? "n N next, previous op that differs   Esc closes" : "Esc closes");
	put_figures(r.y + 1, r, "", two.row[0].id, two.row[1].id, "2 - 1");
	draw_scores(ui, (struct rect){ r.y + 2, r.x, 2, r.w });
	put_count(r.y + 4, r, "params", (double)(two.cost[0].free + two.cost[0].generated), (double)(two.cost[1].free + two.cost[1].generated));
	put_count(r.y + 5, r, "MACs", (double)two.cost[0].macs, (double)two.cost[1].macs);
	snprintf(depth, sizeof depth, "%+d", two.cost[1].depth - two.cost[0].depth);
	put_figures(r.y + 6, r, "depth", text_fixed(two.cost[0].depth, 0), text_fixed(two.cost[1].depth, 0), depth);
}

static void compare_draw(struct ui *ui)
{
	int y = ui->frame == FRAME_FULL ? 2 : 0, h = LINES - y - (LINES > 10 ? 3 : 1);
	struct rect r = { y, 0, h, COLS };

	put_blank(r, ROLE_TEXT);
	if (h < FIGURES + 4 || COLS < 40) {
		draw_figures(ui, r);
		ui->cursor_y = y;
		ui->cursor_x = 0;
		return;
	}
	draw_banks(ui, (struct rect){ y, 0, h - FIGURES, COLS });
	draw_figures(ui, (struct rect){ y + h - FIGURES, 0, FIGURES, COLS });
}

/* ---- keys ---- */

/* The second follows the first, to the op that is the same one there. */
static void follow(const struct ui *ui)
{
	struct matrix m = matrix_of(ui, 1);

	two.view[1].at = two.view[0].at;
	two.view[1].left = two.view[0].left;
	matrix_go(&m, &two.view[1], two.view[0].at.block, beside(two.view[0].at.block, two.view[0].at.op));
}

static void move_rows(const struct ui *ui, int by)
{
	struct matrix m = matrix_of(ui, 0);

	matrix_move_rows(&m, &two.view[0], by);
	follow(ui);
}

static void move_columns(const struct ui *ui, int by)
{
	struct matrix m = matrix_of(ui, 0);

	matrix_move_columns(&m, &two.view[0], by);
	follow(ui);
}

/* To the next op of the first that is another in the second. */
static void next_difference(struct ui *ui, int by)
{
	struct matrix m = matrix_of(ui, 0);
	struct place from = two.view[0].at;

	for (;;) {
		struct place before = two.view[0].at;

		matrix_move_rows(&m, &two.view[0], by);
		if (two.view[0].at.block == before.block && two.view[0].at.op == before.op)
			break;
		if (differs(m.space, two.view[0].at.block, two.view[0].at.op)) {
			follow(ui);
			return;
		}
	}
	two.view[0].at = from;
	ui_say(ui, ROLE_INFO, by > 0 ? "no op below differs" : "no op above differs");
}

static void compare_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);

	switch (k ? k->action : ACTION_NONE) {
	case ACTION_UP:
		move_rows(ui, -1);
		break;
	case ACTION_DOWN:
		move_rows(ui, 1);
		break;
	case ACTION_PAGE_UP:
	case ACTION_HALF_UP:
		move_rows(ui, -8);
		break;
	case ACTION_PAGE_DOWN:
	case ACTION_HALF_DOWN:
		move_rows(ui, 8);
		break;
	case ACTION_LEFT:
		move_columns(ui, -1);
		break;
	case ACTION_RIGHT:
		move_columns(ui, 1);
		break;
	case ACTION_QUIT:
	case ACTION_SUSPEND:
	case ACTION_EXPORT:
	case ACTION_HELP:
	case ACTION_PROMPT:
		ui->overlay = NULL;
		ui_act(ui, k->action);
		break;
	default:
		if (key == 'n' || key == 'N')
			next_difference(ui, key == 'n' ? 1 : -1);
		else if (key == KEY_ESCAPE || key == '=' || key == '\r' || key == KEY_ENTER)
			ui->overlay = NULL;
		else
			ui_say(ui, ROLE_INFO, "two are compared: arrows move, n N go to what differs, Esc leaves; then other keys do what they do");
	}
}

static const struct overlay overlay_compare = { .draw = compare_draw, .key = compare_key };

/* ---- beginning ---- */

static void ask(struct ui *ui)
{
	static struct command c;
	static uint64_t asked = (uint64_t)'=' << 40;     /* others ask this question, too, and count from 1 */

	c = (struct command){ .kind = COMMAND_QUESTION };
	c.question = (struct question){ .kind = QUESTION_COMPARE, .serial = ++asked, .arch = two.arch[1], .before = two.arch[0] };
	two.serial = 0;                          /* it is not measured */
	if (!ui_run_open(ui, "measuring") || !ui_send_command(ui, &c))
		return;
	two.serial = asked;
	ui->hurry = ui->now + 2;
}

/* The two that are marked; of one that is marked, it and the one under the cursor. */
static bool choose_two(struct ui *ui, const struct ranking_pane *p, int index[2])
{
	int list[3], count = ranking_subjects(p, list, 3);

	if (p->view.marked == 2 || (p->view.marked == 1 && p->selected >= 0 && p->selected != list[0])) {
		index[0] = list[0];
		index[1] = count == 2 ? list[1] : p->selected;
		return true;
	}
	if (p->view.marked > 2)
		ui_say(ui, ROLE_INFO, "%s are marked; two are compared", text_count(p->view.marked));
	else
		ui_say(ui, ROLE_INFO, "= compares two: mark them with Space, or mark one and go to the other");
	return false;
}

void compare_open(struct ui *ui, const struct ranking_pane *p)
{
	int index[2];

	if (!choose_two(ui, p, index))
		return;
	memset(two.view, 0, sizeof two.view);
	for (int i = 0; i < 2; i++) {
		if (!worker_ranking_arch(ui->worker, index[i], &two.arch[i])) {
			ui_say(ui, ROLE_WARNING, "the architecture of %s is not at hand", p->view.seen[index[i]].id);
			return;
		}
		two.row[i] = p->view.seen[index[i]];
		two.cost[i] = arch_cost(&ui->snap->space, &two.arch[i], &ui->snap->input);
	}
	for (int side = 0; side < 2; side++)
		arch_align(&two.to[side], &ui->snap->space, &two.arch[side], &two.arch[1 - side]);
	count_all(&ui->snap->space);
	follow(ui);
	ask(ui);
	ui->overlay = &overlay_compare;
}
