/* edit_lists.c -- what there is to choose from: the values of a place, each with the rule it would break; the drafts of the run. */
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/text.h"
#include "src/base/document.h"
#include "src/base/err.h"
#include "ui/edit.h"
#include "ui/table.h"

static struct banks_pane *pane_of(const struct ui *ui)
{
	return (struct banks_pane *)ui->pane[PANE_BANKS];
}

/* Moves of the cursor in a list; false where the key is none. */
static bool move_in_list(int key, int *at, int count)
{
	const struct key_row *k = key_find(key, EVERYWHERE);

	return k && list_move(k->action, at, count, LIST_PAGE);
}

static bool is_enter(int key)
{
	return key == '\r' || key == '\n' || key == KEY_ENTER;
}

/* Any other key closes; those that leave the program still do. */
static void close_list(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);

	ui->overlay = NULL;
	if (k && (k->action == ACTION_QUIT || k->action == ACTION_SUSPEND))
		ui_act(ui, k->action);
}

/* The row of a list of so many that is drawn first. */
static int first_shown(int at, int count, int rows)
{
	int top = at - rows / 2;

	if (top > count - rows)
		top = count - rows;
	return top < 0 ? 0 : top;
}

/* ---- values ---- */

static int value_at;

static const char *cell_word(int cell)
{
	return cell == CELL_READ ? "read" : cell == CELL_WRITE ? "write" : cell == CELL_BOTH ? "read and write" : "leave alone";
}

static void values_draw(struct ui *ui)
{
	struct banks_pane *p = pane_of(ui);
	const struct value *list;
	int count = edit_values(ui, p, &list), now = place_value(&p->edit->draft.arch, &p->view.at), top;
	char place[64], title[96];
	struct rect r;

	place_full_text(&p->edit->draft.arch, &p->view.at, place, sizeof place);
	snprintf(title, sizeof title, "%s   Enter, Esc", place);
	r = overlay_box(count, 100, title);
	top = first_shown(value_at, count, r.h);
	for (int i = top; i < count && i - top < r.h; i++) {
		enum role role = i == value_at ? ROLE_SELECTION : list[i].valid ? ROLE_TEXT : ROLE_DIM;
		char text[16];
		int x = r.x;

		value_text(&p->view.at, list[i].value, text, sizeof text);
		x += putf(r.y + i - top, x, r.w, role, "%c%c %-8s", i == value_at ? '>' : ' ', list[i].value == now ? '*' : ' ', text);
		if (p->view.at.kind == PLACE_BANK)
			x += putf(r.y + i - top, x, r.x + r.w - x, role, "%-16s", cell_word(list[i].value));
		if (!list[i].valid) {
			fault_place(&list[i].fault, place, sizeof place);
			putf(r.y + i - top, x, r.x + r.w - x, role, "! %s: %s", place, list[i].fault.rule);
		}
		if (i == value_at) {
			ui->cursor_y = r.y + i - top;
			ui->cursor_x = r.x;
		}
	}
}

static void values_key(struct ui *ui, int key)
{
	struct banks_pane *p = pane_of(ui);
	const struct value *list;
	int count = edit_values(ui, p, &list);

	if (move_in_list(key, &value_at, count))
		return;
	if (is_enter(key)) {
		ui->overlay = NULL;
		edit_set(ui, p, list[value_at].value);
	} else
		close_list(ui, key);
}

const struct overlay overlay_values = { .draw = values_draw, .key = values_key };

void values_open(struct ui *ui, struct banks_pane *p)
{
	const struct value *list;
	int count = edit_values(ui, p, &list);

	value_at = 0;
	for (int i = 0; i < count; i++)
		if (list[i].value == place_value(&p->edit->draft.arch, &p->view.at))
			value_at = i;
	if (count)
		ui->overlay = &overlay_values;
}

/* ---- drafts ---- */

static const double hurry_seconds = 2, patience_seconds = 10;

static json_t *drafts;                   /* of the ANSWER_KEPT that they were opened with */
static int draft_at;
static uint64_t drafts_seen;             /* serial of the answer that was there when a newer one was asked for */
static double drafts_until;              /* it is waited for; 0: nothing is */

static void drafts_draw(struct ui *ui)
{
	int count = (int)json_array_size(drafts);
	struct rect r = overlay_box(count, 72, "Drafts   Enter goes on with one, Esc");
	int top = first_shown(draft_at, count, r.h);

	for (int i = top; i < count && i - top < r.h; i++) {
		const json_t *d = json_array_get(drafts, (size_t)i);
		const char *name = document_text(d, "name");
		int changes = (int)document_count(d, "changes");

		putf(r.y + i - top, r.x, r.w, i == draft_at ? ROLE_SELECTION : ROLE_TEXT, "%c %.*s  %3d edit%s %s  %s%s%s", i == draft_at ? '>' : ' ',
		     SHORT_ID, document_text(d, "id"), changes, changes == 1 ? " " : "s", text_clock(document_number(d, "time")),
		     document_text(d, "from"), name[0] ? ", kept as " : "", name);
		if (i == draft_at) {
			ui->cursor_y = r.y + i - top;
			ui->cursor_x = r.x;
		}
	}
}

static void go_on_with(struct ui *ui, const json_t *draft)
{
	struct arch first;

	if (draft_first(&first, ui->snap->run_path, document_text(draft, "id")) < 0)
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else
		edit_begin(ui, &first, document_text(draft, "from"));
}

static void drafts_key(struct ui *ui, int key)
{
	if (move_in_list(key, &draft_at, (int)json_array_size(drafts)))
		return;
	if (is_enter(key)) {
		ui->overlay = NULL;
		go_on_with(ui, json_array_get(drafts, (size_t)draft_at));
	} else
		close_list(ui, key);
}

static const struct overlay overlay_drafts = { .draw = drafts_draw, .key = drafts_key };

void drafts_open(struct ui *ui)
{
	if (!ui_send(ui, COMMAND_DRAFTS, 0))
		return;
	drafts_seen = ui->answer_serial[ANSWER_KEPT];
	drafts_until = ui->now + patience_seconds;
	ui->hurry = ui->now + hurry_seconds;
}

void drafts_news(struct ui *ui)
{
	if (drafts_until == 0 || ui->answer_serial[ANSWER_KEPT] == drafts_seen)
		return;
	if (ui->now < drafts_until && !ui->overlay) {
		json_decref(drafts);
		drafts = json_incref(document_at(ui->answer[ANSWER_KEPT], "draft"));
		draft_at = 0;
		if (json_array_size(drafts))
			ui->overlay = &overlay_drafts;
		else
			ui_say(ui, ROLE_INFO, "there are no drafts: %s on an architecture begins one", key_of(ACTION_EDIT, IN_BANKS));
	}
	drafts_until = ui->hurry = 0;
}
