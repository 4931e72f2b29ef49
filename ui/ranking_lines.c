/* ranking_lines.c -- what is written on the message line for the ranking: a filter and a search, both live; a letter for a mark. */
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "ui/commands.h"
#include "ui/line.h"
#include "ui/ranking.h"

static struct line line;

static int line_row(void)
{
	return LINES >= 2 ? LINES - 2 : LINES - 1;
}

static void paste(struct ui *ui, const char *text, long bytes)
{
	(void)ui;
	line_paste(&line, text, bytes);
}

/* ---- filter ---- */

static char filter_before[FILTER_TEXT], filter_wrong[160];

static void complete_word(void *context, struct candidates *c, const char *text)
{
	const char *blank = strrchr(text, ' ');
	size_t from = blank ? (size_t)(blank + 1 - text) : 0;
	static char typed[LINE_SIZE];
	const char *name, *help;

	(void)context;
	snprintf(typed, sizeof typed, "%s", text + from);
	candidates_begin(c, typed, from);
	for (int i = 0; (name = filter_name(i, &help)); i++)
		candidates_offer(c, name, help);
	c->open = true;                          /* a comparison follows */
}

/* What is written is tried at once; up to a word that is wrong. What is longer than a filter may be is cut off. */
static void try_filter(struct ui *ui)
{
	struct ranking_pane *p = ranking_pane(ui);

	line.text[FILTER_TEXT - 1] = 0;
	if (line.cursor > strlen(line.text))
		line.cursor = strlen(line.text);
	filter_wrong[0] = 0;
	if (filter_parse(&p->view.filter, line.text) < 0)
		snprintf(filter_wrong, sizeof filter_wrong, "%s", err_last());
	snprintf(p->view.filter_text, sizeof p->view.filter_text, "%.*s", FILTER_TEXT - 1, line.text);
	ranking_view_rebuild(&p->view);
	ranking_keep_place(p);
}

static void filter_draw(struct ui *ui)
{
	int beside = filter_wrong[0] ? text_width(filter_wrong) + 3 : 0, x = COLS - beside, room = text_width(line.text) + 10;

	if (x < room)
		x = room;
	if (x > COLS)
		x = COLS;
	line_draw(&line, ui, line_row(), 0, x, "filter ");
	put_blank((struct rect){ line_row(), x, 1, COLS - x }, ROLE_TEXT);
	put(line_row(), x + 1, COLS - x - 1, ROLE_WARNING, filter_wrong);
}

/* From the filter before to the one that is written is one step for undo. */
static void set_filter(struct ui *ui, const char *text)
{
	struct ranking_pane *p = ranking_pane(ui);

	filter_parse(&p->view.filter, filter_before);
	strcpy(p->view.filter_text, filter_before);
	ranking_filter(ui, text);
	ranking_view_rebuild(&p->view);
	ranking_keep_place(p);
	if (*text)
		ui_say(ui, ROLE_INFO, "%s of %s pass; %s changes the filter, emptied it lets all pass", text_count(p->view.count), text_count(p->view.rows),
		       key_of(ACTION_FILTER, IN_RANKING));
}

static void filter_key(struct ui *ui, int key)
{
	enum line_outcome outcome = line_key(&line, key);

	if (outcome == LINE_DONE && filter_wrong[0]) {          /* it is still there, and what is wrong beside it */
		line_begin(&line, line.text, NULL, complete_word, NULL);
		return;
	}
	if (outcome == LINE_WRITING) {
		try_filter(ui);
		return;
	}
	ui->overlay = NULL;
	set_filter(ui, outcome == LINE_DONE ? line.text : filter_before);
}

static void filter_paste(struct ui *ui, const char *text, long bytes)
{
	paste(ui, text, bytes);
	try_filter(ui);
}

static const struct overlay overlay_filter = { .draw = filter_draw, .key = filter_key, .paste = filter_paste };

void ranking_filter_open(struct ui *ui)
{
	const char *text = ranking_pane(ui)->view.filter_text;

	snprintf(filter_before, sizeof filter_before, "%s", text);
	filter_wrong[0] = 0;
	line_begin(&line, text, NULL, complete_word, NULL);
	ui->overlay = &overlay_filter;
}

void run_filter(struct ui *ui, int count, char **word)
{
	const char *text = count > 1 ? word[1] : "";
	struct ranking_pane *p = ranking_pane(ui);

	if (!ranking_filter(ui, text))
		ui_say(ui, ROLE_ERROR, "filter: %s", err_last());
	else
		ui_say(ui, ROLE_INFO, *text ? "%s of %s pass" : "all %s pass", text_count(p->view.count), text_count(p->view.rows));
}

/* ---- search ---- */

static struct {
	char find[sizeof ((struct ranking_pane *)0)->find];
	int selected, top;
} before;

static bool matches(const struct ranking_pane *p, int place)
{
	const struct ranking_row *r = &p->view.seen[p->view.order[place]];

	return strstr(r->id, p->find) || strstr(origin_names[r->origin], p->find) || (r->parent[0] && !strncmp(r->parent, p->find, strlen(p->find)));
}

/* The next place that matches from `from` on, around the end; -1: none does. */
static int find_from(const struct ranking_pane *p, int from, int by)
{
	int count = p->view.count;

	for (int i = 0; i < count; i++) {
		int place = ((from + by * i) % count + count) % count;

		if (matches(p, place))
			return place;
	}
	return -1;
}

static void go_to(struct ui *ui, struct ranking_pane *p, int place)
{
	if (place >= 0)
		ranking_select(ui, p, p->view.order[place]);
}

void ranking_find_beside(struct ui *ui, struct ranking_pane *p, int by)
{
	int place;

	if (!p->find[0]) {
		ui_say(ui, ROLE_INFO, "nothing is searched for: / begins that");
		return;
	}
	place = p->view.count ? find_from(p, (p->place >= 0 ? p->place : p->top) + by, by) : -1;
	go_to(ui, p, place);
	if (place < 0)
		ui_say(ui, ROLE_WARNING, "no id or origin has \"%s\"", p->find);
}

static void find_draw(struct ui *ui)
{
	const struct ranking_pane *p = ranking_pane(ui);
	int n = 0, room = COLS > 40 ? 24 : 0;

	for (int i = 0; i < p->view.count && p->find[0]; i++)
		n += matches(p, i);
	line_draw(&line, ui, line_row(), 0, COLS - room, "/");
	put_blank((struct rect){ line_row(), COLS - room, 1, room }, ROLE_TEXT);
	if (p->find[0])
		putf(line_row(), COLS - room + 1, room - 1, n ? ROLE_DIM : ROLE_WARNING, "%s of %s have it", text_count(n), text_count(p->view.count));
}

static void try_find(struct ui *ui)
{
	struct ranking_pane *p = ranking_pane(ui);

	snprintf(p->find, sizeof p->find, "%.*s", (int)sizeof p->find - 1, line.text);
	ranking_select(ui, p, before.selected);
	p->top = before.top;
	if (p->find[0] && p->view.count)
		go_to(ui, p, find_from(p, p->place >= 0 ? p->place : p->top, 1));
}

static void find_key(struct ui *ui, int key)
{
	enum line_outcome outcome = line_key(&line, key);

	if (outcome == LINE_WRITING) {
		try_find(ui);
		return;
	}
	ui->overlay = NULL;
	if (outcome == LINE_LEFT) {
		strcpy(ranking_pane(ui)->find, before.find);
		ranking_select(ui, ranking_pane(ui), before.selected);
		ranking_pane(ui)->top = before.top;
	}
}

static void find_paste(struct ui *ui, const char *text, long bytes)
{
	paste(ui, text, bytes);
	try_find(ui);
}

static const struct overlay overlay_find = { .draw = find_draw, .key = find_key, .paste = find_paste };

void ranking_find_open(struct ui *ui)
{
	struct ranking_pane *p = ranking_pane(ui);

	strcpy(before.find, p->find);
	before.selected = p->selected;
	before.top = p->top;
	p->find[0] = 0;
	line_begin(&line, "", NULL, NULL, NULL);
	ui->overlay = &overlay_find;
}

/* ---- a letter ---- */

static bool naming;

static void letter_draw(struct ui *ui)
{
	const struct ranking_view *v = &ranking_pane(ui)->view;
	char names[64] = "";
	int y = line_row(), n = 0;

	for (char c = 'a'; c <= 'z'; c++)
		if (ranking_letter(v, c) >= 0)
			names[n++] = c;
	put_blank((struct rect){ y, 0, 1, COLS }, ROLE_PROMPT);
	ui->cursor_y = y;
	ui->cursor_x = putf(y, 0, COLS, ROLE_PROMPT, naming ? "name for it, a to z%s%s: " : "to which name%s%s: ", n ? "; there are " : "", names);
	ui->typing = true;
}

static void letter_key(struct ui *ui, int key)
{
	struct ranking_pane *p = ranking_pane(ui);
	int index;

	ui->overlay = NULL;
	if (key < 'a' || key > 'z') {
		if (key != KEY_ESCAPE && key != CONTROL('c'))
			ui_say(ui, ROLE_WARNING, "a name is a letter from a to z");
	} else if (naming) {
		ranking_name(&p->view, &p->changes, p->selected, (char)key);
		ranking_write_marks(ui, p);
		ui_say(ui, ROLE_INFO, "'%c goes to %.7s", key, p->view.seen[p->selected].id);
	} else if ((index = ranking_letter(&p->view, (char)key)) < 0)
		ui_say(ui, ROLE_WARNING, "nothing is named %c: m%c names the row under the cursor", key, key);
	else if (ranking_view_place(&p->view, index) < 0)
		ui_say(ui, ROLE_WARNING, "%.7s, named %c, does not pass the filter", p->view.seen[index].id, key);
	else
		ranking_select(ui, p, index);
}

static const struct overlay overlay_letter = { .draw = letter_draw, .key = letter_key };

void ranking_letter_open(struct ui *ui, bool name)
{
	naming = name;
	ui->overlay = &overlay_letter;
}
