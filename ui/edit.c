/* edit.c -- what keys do to a draft. Every change is on the disk before the next key. */
#include "ui/edit.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/text.h"
#include "src/base/document.h"
#include "src/base/err.h"
#include "ui/table.h"

static struct banks_pane *pane_of(const struct ui *ui)
{
	return (struct banks_pane *)ui->pane[PANE_BANKS];
}

/* ---- the draft and what is known of it ---- */

/* Says once that the draft can't be written, and once that it can again. */
static void save(struct ui *ui, struct edit *e)
{
	if (draft_save(&e->draft) < 0) {
		if (!e->trouble_said)
			ui_say(ui, ROLE_ERROR, "the draft is in memory alone: %s", err_last());
		e->trouble_said = true;
	} else if (e->trouble_said) {
		e->trouble_said = false;
		ui_say(ui, ROLE_INFO, "the whole draft is on the disk again");
	}
}

static void look(struct ui *ui, struct banks_pane *p)
{
	static uint64_t edits;
	struct edit *e = p->edit;
	struct matrix m;

	arch_id(&e->draft.arch, e->id);
	e->as_it_began = arch_equal(&e->draft.first, &e->draft.arch);
	e->fault_count = arch_faults(&ui->snap->space, &e->draft.arch, e->fault, EDIT_FAULTS);
	if (e->fault_count > EDIT_FAULTS)
		e->fault_count = EDIT_FAULTS;
	p->cost = arch_cost(&ui->snap->space, &e->draft.arch, &ui->snap->input);
	e->serial = ++edits;
	m = banks_matrix(ui, p);
	matrix_go(&m, &p->view, p->view.at.block, p->view.at.op);
}

void edit_moved(struct ui *ui, struct banks_pane *p)
{
	save(ui, p->edit);
	look(ui, p);
	edit_ask(ui, p);
}

/* The gradient's prediction belongs to the state that the change has made. */
static void predict(struct banks_pane *p, const struct arch *before, const char *id, const struct amend *a)
{
	struct edit *e = p->edit;

	if (e->draft.count > e->predicted_room) {
		int room = e->draft.count + 64;
		double *more = realloc(e->predicted, (size_t)room * sizeof *more);

		if (!more)
			return;
		e->predicted = more;
		for (; e->predicted_room < room; e->predicted_room++)
			e->predicted[e->predicted_room] = e->predicted_room ? NAN : 0;
	}
	if (a)
		e->predicted[e->draft.at] = gates_predict(&p->gates, before, id, a);
}

void edit_change(struct ui *ui, struct banks_pane *p, const struct amend *a)
{
	struct edit *e = p->edit;
	struct arch before = e->draft.arch;
	int count = e->draft.count;

	if (draft_change(&e->draft, a) < 0) {
		ui_say(ui, ROLE_WARNING, "%s", err_last());
		return;
	}
	if (e->draft.count == count) {
		ui_say(ui, ROLE_INFO, "that changes nothing");
		return;
	}
	predict(p, &before, e->id, a);
	if (a->kind != AMEND_SET)
		ui_say(ui, ROLE_INFO, "%s", e->draft.state[e->draft.at].text);
	edit_moved(ui, p);
}

void edit_set(struct ui *ui, struct banks_pane *p, int value)
{
	edit_change(ui, p, &(struct amend){ .kind = AMEND_SET, .place = p->view.at, .value = value });
}

int edit_values(struct ui *ui, struct banks_pane *p, const struct value **list)
{
	struct edit *e = p->edit;

	if (e->valued_serial != e->serial || memcmp(&e->valued, &p->view.at, sizeof e->valued)) {
		e->value_count = place_values(&ui->snap->space, &e->draft.arch, &p->view.at, e->value);
		e->valued = p->view.at;
		e->valued_serial = e->serial;
	}
	*list = e->value;
	return e->value_count;
}

/* ---- beginning and ending ---- */

void edit_release(struct edit *e)
{
	if (!e)
		return;
	draft_close(&e->draft);
	free(e->predicted);
	free(e);
}

/* What would be lost is not left: there may be room on the disk later. */
static bool may_end(struct ui *ui, struct edit *e)
{
	if (e->draft.count < 2 || draft_save(&e->draft) == 0)
		return true;
	ui_say(ui, ROLE_WARNING, "%.*s stays in edit: its draft of %d edit%s is in memory alone (%s)", SHORT_ID, e->draft.id, e->draft.count - 1,
	       e->draft.count == 2 ? "" : "s", err_last());
	return false;
}

int banks_unwritten(const struct ui *ui)
{
	const struct edit *e = pane_of(ui)->edit;

	return e && e->trouble_said ? e->draft.count - 1 : 0;
}

bool edit_end(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;
	struct matrix m;

	if (!may_end(ui, e))
		return false;
	save(ui, e);
	if (e->draft.count > 1 && !e->trouble_said)
		ui_say(ui, ROLE_INFO, "the draft is kept: %s goes on with it, :drafts lists all", key_of(ACTION_EDIT, IN_BANKS));
	edit_release(e);
	p->edit = NULL;
	p->super.where = IN_BANKS;
	p->sheet = SHEET_MATRIX;
	p->cost = arch_cost(&ui->snap->space, &p->shown.arch, &ui->snap->input);
	m = banks_matrix(ui, p);
	matrix_go(&m, &p->view, p->view.at.block, p->view.at.op);        /* the draft may have had more ops */
	return true;
}

/* What cannot be drawn as banks of this run, or has no op to begin with. */
static bool fits_here(struct ui *ui, const struct arch *arch)
{
	struct arch_fault list[EDIT_FAULTS];
	int count = arch_faults(&ui->snap->space, arch, list, EDIT_FAULTS), axes = ui->snap->input.side[2] > 0 ? 3 : 2;

	if (arch->axes != axes) {
		ui_say(ui, ROLE_ERROR, "edit: an architecture of %d axes, where the data have %d", arch->axes, axes);
		return false;
	}
	for (int i = 0; i < count && i < EDIT_FAULTS; i++)
		if (list[i].op < 0) {
			ui_say(ui, ROLE_ERROR, "edit: block %d %s: %s", list[i].block + 1, list[i].field, list[i].rule);
			return false;
		}
	return true;
}

void edit_begin(struct ui *ui, const struct arch *given, const char *from)
{
	struct banks_pane *p = pane_of(ui);
	struct arch arch = *given;
	struct edit *e;
	char id[ARCH_ID_LENGTH + 1];

	if (!ui_run_open(ui, "edit") || !fits_here(ui, &arch) || (p->edit && !edit_end(ui, p)))
		return;
	arch_id(&arch, id);
	if (p->mode == NOTHING || strcmp(p->id, id))
		banks_show_named(ui, &arch, from);
	else if (p->mode == FOLLOWING)
		p->mode = HELD;
	e = calloc(1, sizeof *e);
	if (!e || draft_open(&e->draft, ui->snap->run_path, &ui->snap->space, &arch, from) < 0) {
		ui_say(ui, ROLE_ERROR, "edit: out of memory");
		edit_release(e);
		return;
	}
	e->fresh_weights = true;
	e->first_cost = arch_cost(&ui->snap->space, &arch, &ui->snap->input);
	e->seen = ui->answer_serial[ANSWER_OF(QUESTION_COMPARE)];
	p->edit = e;
	p->super.where = IN_EDIT;
	p->sheet = SHEET_MATRIX;
	predict(p, &arch, id, NULL);
	if (*err_last())
		ui_say(ui, ROLE_WARNING, "%s", err_last());
	else if (ui->plain)
		ui_say(ui, ROLE_INFO, "a copy of %s is edited, %d edit%s so far; draft says what it is", e->draft.id, draft_undos(&e->draft),
		       draft_undos(&e->draft) == 1 ? "" : "s");
	else if (e->draft.count > 1)
		ui_say(ui, ROLE_INFO, "its draft of %d edit%s goes on: %s undoes, %s lists them", e->draft.count - 1, e->draft.count == 2 ? "" : "s",
		       key_of(ACTION_UNDO, IN_EDIT), key_of(ACTION_EDITS, IN_EDIT));
	else
		ui_say(ui, ROLE_INFO, "a copy is edited: %s %s %s %s set a cell, %s %s %s a value; %s has every key", key_of(ACTION_CELL_READ, IN_EDIT),
		       key_of(ACTION_CELL_WRITE, IN_EDIT), key_of(ACTION_CELL_BOTH, IN_EDIT), key_of(ACTION_CELL_NONE, IN_EDIT), key_of(ACTION_MORE, IN_EDIT),
		       key_of(ACTION_LESS, IN_EDIT), key_of(ACTION_OPEN, IN_EDIT), key_of(ACTION_HELP, EVERYWHERE));
	ui_act(ui, ACTION_TAB_2);
	look(ui, p);
	edit_ask(ui, p);
	banks_want_gates(ui, p);                 /* for the prediction of the first change */
}

/* ---- keeping ---- */

void edit_keep(struct ui *ui, const char *name, bool take)
{
	static struct command c;
	struct banks_pane *p = pane_of(ui);
	struct edit *e = p->edit;
	struct arch arch;
	char id[ARCH_ID_LENGTH + 1], place[64];

	if (!ui_run_open(ui, "w"))
		return;
	if (e && e->fault_count) {
		fault_place(&e->fault[0], place, sizeof place);
		ui_say(ui, ROLE_WARNING, "not kept: %s breaks a rule; the draft itself is on the disk", place);
		return;
	}
	if (!e && !ui_meant_arch(ui, false, &arch)) {
		ui_say(ui, ROLE_WARNING, "w: select an architecture, or edit one");
		return;
	}
	if (e)
		arch = e->draft.arch;
	arch_id(&arch, id);
	if (*name && kept_check(ui->snap->run_path, name, id, take) < 0) {
		ui_say(ui, ROLE_ERROR, "w: %s", err_last());
		return;
	}
	c = (struct command){ .kind = COMMAND_KEEP, .arch = arch, .take_name = take, .score = e != NULL };
	snprintf(c.name, sizeof c.name, "%s", name);
	if (e && strcmp(e->draft.id, id))
		snprintf(c.parent, sizeof c.parent, "%s", e->draft.id);
	if (!ui_send_command(ui, &c))
		return;
	ui_say(ui, ROLE_INFO, "w: %s is being written", *name ? name : id);       /* in place of an old error; the laboratory says when it is */
	if (!e || !*name)
		return;
	strcpy(e->keeping.id, id);
	strcpy(e->keeping.name, c.name);
	e->keeping.until = ui->now + 10;
}

const char *edit_kept_id(const struct ui *ui, const char *name)
{
	const json_t *kept;
	size_t i;

	json_array_foreach(document_at(ui->answer[ANSWER_KEPT], "kept"), i, kept)
		if (!strcmp(document_text(kept, "name"), name))
			return document_text(kept, "id");
	return "";
}

void edit_kept(struct ui *ui, struct edit *e)
{
	if (!e->keeping.name[0])
		return;
	if (!strcmp(edit_kept_id(ui, e->keeping.name), e->keeping.id)) {
		draft_set_name(&e->draft, e->keeping.name);
		save(ui, e);
		e->keeping.name[0] = 0;
	} else if (ui->now > e->keeping.until)
		e->keeping.name[0] = 0;
}

/* ---- keys ---- */

/* The index of the one that comes next that way. */
static int beside(const struct value *list, int count, int now, int by)
{
	int at = 0;

	for (int i = 0; i < count; i++)
		if (list[i].value == now)
			return i + by;
	while (at < count && list[at].value < now)       /* what stands there is none of them */
		at++;
	return by > 0 ? at : at - 1;
}

/* The next valid value that way, or why there is none. */
static void step_value(struct ui *ui, struct banks_pane *p, int by)
{
	const struct value *list;
	int count = edit_values(ui, p, &list), first = beside(list, count, place_value(&p->edit->draft.arch, &p->view.at), by);
	const struct arch_fault *fault;
	char text[16], place[32], where[64];

	for (int at = first; at >= 0 && at < count; at += by)
		if (list[at].valid) {
			edit_set(ui, p, list[at].value);
			return;
		}
	place_text(&p->edit->draft.arch, &p->view.at, place, sizeof place);
	if (first < 0 || first >= count) {
		ui_say(ui, ROLE_INFO, "%s: that is the %s value", place, by > 0 ? "last" : "first");
		return;
	}
	fault = &list[first].fault;
	value_text(&p->view.at, list[first].value, text, sizeof text);
	fault_place(fault, where, sizeof where);
	ui_say(ui, ROLE_WARNING, "%s %s: %s: %s", place, text, where, fault->rule);
}

static void set_cell(struct ui *ui, struct banks_pane *p, enum arch_cell cell)
{
	if (p->view.at.kind == PLACE_BANK)
		edit_set(ui, p, cell);
	else
		ui_say(ui, ROLE_INFO, "that is for banks; %s %s change this value, %s lists those that are valid", key_of(ACTION_MORE, IN_EDIT), key_of(ACTION_LESS, IN_EDIT),
		       key_of(ACTION_OPEN, IN_EDIT));
}

void edit_click(struct ui *ui, struct banks_pane *p, const struct place *place)
{
	static const enum arch_cell next[][2] = {
		{ CELL_EXISTS, CELL_READ }, { CELL_READ, CELL_WRITE }, { CELL_WRITE, CELL_BOTH }, { CELL_BOTH, CELL_EXISTS },
	};

	if (place->kind != PLACE_BANK) {
		values_open(ui, p);
		return;
	}
	for (size_t i = 0; i < sizeof next / sizeof next[0]; i++)
		if ((int)next[i][0] == place_value(&p->edit->draft.arch, place)) {
			edit_set(ui, p, next[i][1]);
			return;
		}
}

static void type_digit(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;
	size_t n = strlen(e->typed);

	if (p->view.at.kind == PLACE_BANK) {             /* a cell has no number: the key is a tab's, as everywhere */
		const struct key_row *row = key_find(ui->key, EVERYWHERE);

		if (row)
			ui_act(ui, row->action);
	} else if (ui->key < 128 && isdigit(ui->key) && n + 1 < sizeof e->typed - 1) {
		e->typed[n] = (char)ui->key;
		e->typed[n + 1] = 0;
	}
}

static int typed_value(const struct edit *e, enum place_kind kind)
{
	int mask = 0;

	if (kind != PLACE_CONVS)
		return atoi(e->typed);
	for (const char *s = e->typed; *s; s++)
		mask |= *s >= '1' && *s < '1' + CONVS ? 1 << (*s - '1') : 1 << CONVS;
	return mask;
}

static void enter(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;
	int value = typed_value(e, p->view.at.kind);
	bool typed = e->typed[0];

	e->typed[0] = 0;
	if (typed)
		edit_set(ui, p, value);
	else
		values_open(ui, p);
}

static void erase(struct ui *ui, struct banks_pane *p)
{
	size_t n = strlen(p->edit->typed);

	(void)ui;
	if (n)
		p->edit->typed[n - 1] = 0;
}

/* The cursor goes along with what has been added or moved. */
static void change_op(struct ui *ui, struct banks_pane *p, struct amend a, int cursor)
{
	int serial = p->edit->draft.at;

	a.place.block = p->view.at.block;
	edit_change(ui, p, &a);
	if (p->edit->draft.at != serial) {
		struct matrix m = banks_matrix(ui, p);

		matrix_go(&m, &p->view, a.place.block, cursor);
	}
}

/* Beside the cursor's op; at a heading the first one. */
static void add_op(struct ui *ui, struct banks_pane *p, int below)
{
	int block = p->view.at.block, op = p->view.at.op, at = op < 0 ? 0 : op + below;
	struct amend a = { .kind = AMEND_ADD, .place.op = at };

	a.copy = plain_op(&ui->snap->space, &p->edit->draft.arch, block, op < 0 ? 0 : op, at);
	change_op(ui, p, a, at);
}

static bool at_an_op(struct ui *ui, const struct banks_pane *p)
{
	if (p->view.at.op >= 0)
		return true;
	ui_say(ui, ROLE_INFO, "the cursor is at block %d itself: that is for ops", p->view.at.block + 1);
	return false;
}

static void copy(struct ui *ui, struct banks_pane *p)
{
	if (!at_an_op(ui, p))
		return;
	p->copied = copy_op(&ui->snap->space, &p->edit->draft.arch, p->view.at.block, p->view.at.op);
	ui_say(ui, ROLE_INFO, "block %d op %d is copied: %s puts it below the cursor's op, in any block", p->view.at.block + 1, p->view.at.op + 1,
	       key_of(ACTION_PASTE_OP, IN_EDIT));
}

static void paste(struct ui *ui, struct banks_pane *p)
{
	if (p->copied.op.units)
		change_op(ui, p, (struct amend){ .kind = AMEND_ADD, .place.op = p->view.at.op + 1, .copy = p->copied }, p->view.at.op + 1);
	else
		ui_say(ui, ROLE_INFO, "nothing is copied yet: %s copies the cursor's op", key_of(ACTION_COPY_OP, IN_EDIT));
}

static void delete(struct ui *ui, struct banks_pane *p)
{
	struct op_copy gone;
	int count = p->edit->draft.count;

	if (!at_an_op(ui, p))
		return;
	gone = copy_op(&ui->snap->space, &p->edit->draft.arch, p->view.at.block, p->view.at.op);
	change_op(ui, p, (struct amend){ .kind = AMEND_DELETE, .place.op = p->view.at.op }, p->view.at.op);
	if (p->edit->draft.count > count)
		p->copied = gone;
}

static void move_op(struct ui *ui, struct banks_pane *p, int by)
{
	if (at_an_op(ui, p))
		change_op(ui, p, (struct amend){ .kind = AMEND_MOVE, .place.op = p->view.at.op, .value = by }, p->view.at.op + by);
}

/* The cursor goes where the change was. */
static void show_change(struct ui *ui, struct banks_pane *p, const struct draft_state *s, const char *word)
{
	if (s->amend.kind != AMENDS)
		p->view.at = s->amend.place;
	if (s->amend.kind != AMEND_SET)
		p->view.at.kind = PLACE_BANK;
	ui_say(ui, ROLE_INFO, "%s: %s", word, s->parent < 0 ? "where it began" : s->text);
	edit_moved(ui, p);
}

static void undo(struct ui *ui, struct banks_pane *p)
{
	int state = p->edit->draft.at;

	if (draft_undo(&p->edit->draft))
		show_change(ui, p, &p->edit->draft.state[state], "undone");
	else
		ui_say(ui, ROLE_INFO, "this is where the draft began");
}

static void redo(struct ui *ui, struct banks_pane *p)
{
	if (draft_redo(&p->edit->draft))
		show_change(ui, p, &p->edit->draft.state[p->edit->draft.at], "again");
	else
		ui_say(ui, ROLE_INFO, "nothing is undone; %s lists every edit, also those on other ways", key_of(ACTION_EDITS, IN_EDIT));
}

static void measure(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;

	e->fresh_weights = true;
	p->gates.asked[0] = 0;
	edit_ask(ui, p);
	ui_say(ui, ROLE_INFO, e->ask_at ? "measured again with the weights of now" : "nothing is measured while a rule is broken");
}

static void back(struct ui *ui, struct banks_pane *p)
{
	if (p->edit->typed[0])
		p->edit->typed[0] = 0;
	else
		edit_end(ui, p);
}

static void keep(struct ui *ui, struct banks_pane *p)
{
	edit_keep(ui, p->edit->draft.name, false);
}

/* ---- the list of edits ---- */

static void toggle_list(struct ui *ui, struct banks_pane *p)
{
	struct edit *e = p->edit;

	(void)ui;
	e->listing = !e->listing;
	e->list_at = e->draft.at;
}

static bool list_act(struct ui *ui, struct banks_pane *p, enum action action)
{
	struct edit *e = p->edit;

	if (list_move(action, &e->list_at, e->draft.count, LIST_PAGE))
		return true;
	if (action == ACTION_OPEN && draft_go(&e->draft, e->list_at))
		show_change(ui, p, &e->draft.state[e->list_at], "at");
	if (action == ACTION_OPEN || action == ACTION_BACK)
		e->listing = false;
	return action == ACTION_OPEN || action == ACTION_BACK;
}

static const struct {
	enum action action;
	void (*with)(struct ui *, struct banks_pane *, int);             /* one of the two */
	int argument;
	void (*plain)(struct ui *, struct banks_pane *);
} acts[] = {
	{ ACTION_MORE, step_value, 1, NULL }, { ACTION_LESS, step_value, -1, NULL },
	{ ACTION_ADD_BELOW, add_op, 1, NULL }, { ACTION_ADD_ABOVE, add_op, 0, NULL },
	{ ACTION_OP_DOWN, move_op, 1, NULL }, { ACTION_OP_UP, move_op, -1, NULL },
	{ ACTION_DIGIT, NULL, 0, type_digit }, { ACTION_OPEN, NULL, 0, enter }, { ACTION_ERASE, NULL, 0, erase },
	{ ACTION_COPY_OP, NULL, 0, copy }, { ACTION_PASTE_OP, NULL, 0, paste }, { ACTION_DELETE_OP, NULL, 0, delete },
	{ ACTION_UNDO, NULL, 0, undo }, { ACTION_REDO, NULL, 0, redo }, { ACTION_EDITS, NULL, 0, toggle_list },
	{ ACTION_MEASURE, NULL, 0, measure }, { ACTION_SAVE, NULL, 0, keep }, { ACTION_BACK, NULL, 0, back },
};

static const struct { enum action action; enum arch_cell cell; } cells[] = {
	{ ACTION_CELL_READ, CELL_READ }, { ACTION_CELL_WRITE, CELL_WRITE }, { ACTION_CELL_BOTH, CELL_BOTH }, { ACTION_CELL_NONE, CELL_EXISTS },
};

bool edit_act(struct ui *ui, struct banks_pane *p, enum action action)
{
	if (p->edit->listing && list_act(ui, p, action))
		return true;
	if (action != ACTION_DIGIT && action != ACTION_OPEN && action != ACTION_ERASE && action != ACTION_BACK)
		p->edit->typed[0] = 0;
	for (size_t i = 0; i < sizeof cells / sizeof cells[0]; i++)
		if (cells[i].action == action) {
			set_cell(ui, p, cells[i].cell);
			return true;
		}
	for (size_t i = 0; i < sizeof acts / sizeof acts[0]; i++)
		if (acts[i].action == action) {
			if (acts[i].with)
				acts[i].with(ui, p, acts[i].argument);
			else
				acts[i].plain(ui, p);
			return true;
		}
	return false;
}
