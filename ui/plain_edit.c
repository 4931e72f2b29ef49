/* plain_edit.c -- editing without a screen: places are named as everything else names them, "1.2 conv 1 kernel h" being of block 1 op 2. */
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/text.h"
#include "src/base/err.h"
#include "ui/edit.h"
#include "ui/figures.h"
#include "ui/plain.h"

static bool waiting;                     /* for figures */

static struct banks_pane *pane_of(const struct ui *ui)
{
	return (struct banks_pane *)ui->pane[PANE_BANKS];
}

/* NULL, having said so, where nothing is edited. */
static struct edit *edited(const struct ui *ui)
{
	struct edit *e = pane_of(ui)->edit;

	if (!e)
		puts("Error: nothing is edited; edit NAME begins with a pattern, an id, a name or a file.");
	return e;
}

/* ---- places ---- */

/* "1.2": block and op; "1": the block, op -1. What follows it; NULL, having said what is wrong. */
static const char *parse_op(const struct arch *a, const char *text, int *block, int *op)
{
	char *end;

	*block = (int)strtol(text, &end, 10) - 1;
	*op = *end == '.' ? (int)strtol(end + 1, &end, 10) - 1 : -1;
	if (!isdigit((unsigned char)*text) || (*end && *end != ' '))
		puts("Error: a place begins with BLOCK.OP, as in 1.2.");
	else if (*block < 0 || *block >= BLOCKS)
		printf("Error: there are blocks 1 to %d.\n", BLOCKS);
	else if (*op < -1 || *op >= a->block[*block].op_count)
		printf("Error: block %d has ops 1 to %d.\n", *block + 1, a->block[*block].op_count);
	else
		return end + strspn(end, " ");
	return NULL;
}

/* All places of an op, or of a block. */
enum { PLACES_MAX = FIELDS_MAX + BANKS_MAX };

static int places_of(const struct space *space, const struct arch *a, int block, int op, struct place list[PLACES_MAX])
{
	int n;

	if (op < 0)
		return block_field(space, block, list);
	n = op_fields(space, a, block, op, list);
	for (int k = 0; k < BANKS_MAX; k++)
		list[n++] = (struct place){ .block = block, .op = op, .kind = PLACE_BANK, .bank = k, .conv = -1, .axis = -1 };
	return n;
}

static void say_fields(const struct arch *a, const struct place *list, int count)
{
	char text[32];

	fputs("Error: there is no such field; there are", stdout);
	for (int i = 0; i < count && list[i].kind != PLACE_BANK; i++) {
		place_text(a, &list[i], text, sizeof text);
		printf(" %s,", text);
	}
	puts(count > 1 ? " bank 0, bank 1 and so on." : count ? " and no other." : " none: the space has one bank size.");
}

/* "1.2 units 16": the place, and what follows its name. NULL, having said what is wrong. */
static const char *parse_place(const struct ui *ui, const struct arch *a, const char *text, struct place *place)
{
	struct place list[PLACES_MAX];
	int block, op, count;

	if (!(text = parse_op(a, text, &block, &op)))
		return NULL;
	count = places_of(&ui->snap->space, a, block, op, list);
	for (int i = 0; i < count; i++) {
		char name[32];
		size_t n;

		place_text(a, &list[i], name, sizeof name);
		n = strlen(name);
		if (!strncmp(text, name, n) && (!text[n] || text[n] == ' ')) {
			*place = list[i];
			return text + n + strspn(text + n, " ");
		}
	}
	say_fields(a, list, count);
	return NULL;
}

static int parse_value(const struct place *p, const char *text)
{
	int mask = 0;

	if (p->kind == PLACE_BANK)
		return strlen(text) == 1 ? text[0] : 0;
	if (p->kind != PLACE_CONVS)
		return atoi(text);
	for (; *text; text++)
		mask |= *text >= '1' && *text < '1' + CONVS ? 1 << (*text - '1') : *text == ' ' ? 0 : 1 << CONVS;
	return mask;
}

static void say_values(const struct ui *ui, const struct arch *a, const struct place *p)
{
	struct value list[VALUES_MAX];
	int count = place_values(&ui->snap->space, a, p, list), now = place_value(a, p);
	char text[64];

	for (int i = 0; i < count; i++) {
		value_text(p, list[i].value, text, sizeof text);
		printf("%s%s", text, list[i].value == now ? ", as it is" : "");
		if (!list[i].valid) {
			fault_place(&list[i].fault, text, sizeof text);
			printf(": breaks a rule: %s: %s", text, list[i].fault.rule);
		}
		puts(".");
	}
}

/* ---- what is known of the draft ---- */

static void say_faults(const struct edit *e)
{
	char place[64];

	for (int i = 0; i < e->fault_count; i++) {
		fault_place(&e->fault[i], place, sizeof place);
		printf("Breaks a rule: %s: %s.\n", place, e->fault[i].rule);
	}
}

/* A change was made, or was not, which was said. */
static void amend(struct ui *ui, const struct amend *a)
{
	struct banks_pane *p = pane_of(ui);
	int at = p->edit->draft.at;

	edit_change(ui, p, a);
	if (p->edit->draft.at == at)
		return;
	if (a->kind == AMEND_SET)
		printf("%s.\n", p->edit->draft.state[p->edit->draft.at].text);
	say_faults(p->edit);
}

void plain_edit_say(const struct ui *ui)
{
	const struct edit *e = pane_of(ui)->edit;
	const struct comparison *c = &e->compared;
	double half = 1.96 * c->difference_stderr;

	if (c->failed[0]) {
		printf("Not measured: %s.\n", text_harmless(c->failed));
		return;
	}
	printf("Before: loss %s plus or minus %s, error %s percent.\n", text_fixed(c->before.loss, 4), text_fixed(c->before.loss_stderr, 4),
	       text_fixed(100 * c->before.error, 1));
	if (e->as_it_began)
		puts("Nothing has changed.");
	else {
		printf("Now: loss %s plus or minus %s, error %s percent.\n", text_fixed(c->now.loss, 4), text_fixed(c->now.loss_stderr, 4),
		       text_fixed(100 * c->now.error, 1));
		printf("Paired difference of the loss: %s, 95 percent interval %s to %s, p %s.\n", text_change(c->difference, 4),
		       text_change(c->difference - half, 4), text_change(c->difference + half, 4), text_p(c->p));
	}
	printf("On %s of %s held-out images, weights of step %s.\n", text_count(c->images), text_count(c->total), text_count(c->step));
}

static bool measured(const struct edit *e)
{
	return e->compared.serial == e->serial && !e->compared.running;
}

bool plain_edit_waits(void)
{
	return waiting;
}

bool plain_edit_tick(struct ui *ui)
{
	struct banks_pane *p = pane_of(ui);

	if (!p->edit) {
		waiting = false;
		return false;
	}
	edit_tick(ui, p);
	if (!waiting || !measured(p->edit))
		return false;
	waiting = false;
	return true;
}

/* ---- commands ---- */

static void do_change(struct ui *ui, const char *rest)
{
	struct edit *e = edited(ui);
	struct amend a = { .kind = AMEND_SET };

	if (!e || !(rest = parse_place(ui, &e->draft.arch, rest, &a.place)))
		return;
	if (!*rest) {
		say_values(ui, &e->draft.arch, &a.place);
		return;
	}
	a.value = parse_value(&a.place, rest);
	amend(ui, &a);
}

/* Of add, delete and move: block and op; what follows them. */
static const char *parse_amend(const struct edit *e, const char *rest, struct amend *a)
{
	rest = parse_op(&e->draft.arch, rest, &a->place.block, &a->place.op);
	if (!rest || a->place.op >= 0)
		return rest;
	puts("Error: which op? As in 1.2.");
	return NULL;
}

static void do_add(struct ui *ui, const char *rest)
{
	struct edit *e = edited(ui);
	struct amend a = { .kind = AMEND_ADD };

	if (!e || !parse_amend(e, rest, &a))
		return;
	a.copy = plain_op(&ui->snap->space, &e->draft.arch, a.place.block, a.place.op, a.place.op + 1);
	a.place.op++;
	amend(ui, &a);
}

static void do_delete(struct ui *ui, const char *rest)
{
	struct edit *e = edited(ui);
	struct amend a = { .kind = AMEND_DELETE };

	if (e && parse_amend(e, rest, &a))
		amend(ui, &a);
}

static void do_move(struct ui *ui, const char *rest)
{
	struct edit *e = edited(ui);
	struct amend a = { .kind = AMEND_MOVE };

	if (!e || !(rest = parse_amend(e, rest, &a)))
		return;
	a.value = !strcmp(rest, "down") ? 1 : !strcmp(rest, "up") ? -1 : 0;
	if (a.value)
		amend(ui, &a);
	else
		puts("Error: move BLOCK.OP up or down.");
}

static void do_step(struct ui *ui, enum action action)
{
	struct edit *e = edited(ui);

	if (!e)
		return;
	edit_act(ui, pane_of(ui), action);
	say_faults(e);
}

static void do_undo(struct ui *ui, const char *rest)
{
	(void)rest;
	do_step(ui, ACTION_UNDO);
}

static void do_redo(struct ui *ui, const char *rest)
{
	(void)rest;
	do_step(ui, ACTION_REDO);
}

static void do_draft(struct ui *ui, const char *rest)
{
	struct edit *e = edited(ui);
	char *text;

	(void)rest;
	if (!e)
		return;
	printf("%d change%s of %s.\n", draft_undos(&e->draft), draft_undos(&e->draft) == 1 ? "" : "s", text_harmless(e->draft.from));
	text = arch_text(&ui->snap->space, &e->draft.arch, &ui->snap->input);
	fputs(text ? text : "", stdout);
	free(text);
	say_faults(e);
}

static void do_score(struct ui *ui, const char *rest)
{
	struct edit *e = edited(ui);

	(void)rest;
	if (!e)
		return;
	if (e->fault_count)
		say_faults(e);
	else if (measured(e))
		plain_edit_say(ui);
	else {
		waiting = true;
		puts("It is being measured.");
	}
}

const struct plain_row plain_edit_rows[] = {
	{ "draft", "", do_draft, "what is edited, as the bank view has it, and the rules that it breaks" },
	{ "change", "BLOCK.OP FIELD [VALUE]", do_change,
	  "sets a bank to r, w, b or ., or a field, as in change 1.2 bank 3 w, change 1.2 units 16 or change 1 bank size 8; without a value: which there are" },
	{ "add", "BLOCK.OP", do_add, "adds an op behind that one" },
	{ "delete", "BLOCK.OP", do_delete, "deletes it, and banks that nobody else writes" },
	{ "move", "BLOCK.OP up|down", do_move, "moves it in its block" },
	{ "undo", "", do_undo, "takes a change back, without end" },
	{ "redo", "", do_redo, "makes it again" },
	{ "score", "", do_score, "the loss before and now, and their paired difference with its interval" },
};
const int plain_edit_row_count = sizeof plain_edit_rows / sizeof plain_edit_rows[0];
