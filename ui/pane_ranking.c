/*
 * pane_ranking.c -- scored architectures, sorted by any column, chosen by a filter, marked. New rows come in where they belong and never move the
 * cursor off its architecture. A score made with older weights than the newest one's has no rank: the two don't compare.
 */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/ranking.h"

struct ranking_pane *ranking_pane(struct ui *ui)
{
	return (struct ranking_pane *)ui->pane[PANE_RANKING];
}

/* ---- the cursor ---- */

void ranking_select(struct ui *ui, struct ranking_pane *p, int index)
{
	p->selected = index;
	p->place = index < 0 ? -1 : ranking_view_place(&p->view, index);
	p->moved = ui->now;
}

static void select_place(struct ui *ui, struct ranking_pane *p, int place)
{
	if (!p->view.count)
		return;
	place = place < 0 ? 0 : place >= p->view.count ? p->view.count - 1 : place;
	ranking_select(ui, p, p->view.order[place]);
}

/* From where the cursor is; where it is nowhere to be seen, it appears at the first row that is. */
static void move_place(struct ui *ui, struct ranking_pane *p, int by)
{
	select_place(ui, p, p->selected < 0 || p->place < 0 ? p->top : p->place + by);
}

/* After rows came, or an order or filter did: the cursor's architecture stays on its line of the screen, as far as there are rows for that. */
void ranking_keep_place(struct ranking_pane *p)
{
	int before = p->place;

	p->place = p->selected < 0 ? -1 : ranking_view_place(&p->view, p->selected);
	if (before >= 0 && p->place >= 0)
		p->top += p->place - before;
	if (p->anchor >= 0 && ranking_view_place(&p->view, p->anchor) < 0)
		p->anchor = -1;
}

/* ---- what the others ask ---- */

int ranking_columns(void)
{
	return COLUMNS_ALL;
}

const char *ranking_column(int column)
{
	return ranking_column_table[column].sort_name;
}

/* As the table is sorted by score: newer weights, then more images, then the lower score. */
static bool comes_before(const struct ranking_row *a, const struct ranking_row *b)
{
	if (a->step != b->step)
		return a->step > b->step;
	return a->images != b->images ? a->images > b->images : a->score < b->score;
}

const struct ranking_row *ranking_best(const struct ui *ui)
{
	const struct ranking_row *best = NULL;

	for (int i = 0; i < ui->ranking_count; i++) {
		const struct ranking_row *r = &ui->ranking[i];

		if (!best || comes_before(r, best))
			best = r;
	}
	return best;
}

bool ranking_arch(struct ui *ui, struct arch *arch)
{
	const struct ranking_pane *p = ranking_pane(ui);

	return p->selected >= 0 && worker_ranking_arch(ui->worker, p->selected, arch);
}

static void sort(struct ui *ui, enum column_id column, bool descending)
{
	struct ranking_pane *p = ranking_pane(ui);

	ranking_set_sort(&p->view, &p->changes, column, descending);
	ranking_keep_place(p);
	ui_say(ui, ROLE_INFO, "sorted by %s%s", ranking_column(column), descending ? ", the largest first" : "");
}

int ranking_sort(struct ui *ui, int column)
{
	struct ranking_pane *p = ranking_pane(ui);

	if (column >= 0 && ranking_column(column))
		sort(ui, (enum column_id)column, p->view.descending);
	return p->view.sort;
}

bool ranking_filter(struct ui *ui, const char *text)
{
	struct ranking_pane *p = ranking_pane(ui);

	if (!ranking_set_filter(&p->view, &p->changes, text))
		return false;
	ranking_keep_place(p);
	return true;
}

static void sort_beside(struct ui *ui, struct ranking_pane *p, int by)
{
	int i = p->view.sort;

	do
		i = (i + by + COLUMNS_ALL) % COLUMNS_ALL;
	while (!ranking_column(i));
	ranking_sort(ui, i);
}

/* ---- news ---- */

static void ranking_news(struct ui *ui, struct pane *pane)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;

	if ((p->serial != ui->ranking_serial || p->view.rows != ui->ranking_count) &&
	    ranking_view_update(&p->view, ui->ranking, ui->ranking_count)) {
		p->serial = ui->ranking_serial;
		ranking_keep_place(p);
	}
	if (ranking_take_facts(ui, p))
		ranking_keep_place(p);
}

/* ---- keys and clicks ---- */

static void open_selected(struct ui *ui, struct ranking_pane *p)
{
	struct arch arch;

	if (p->selected < 0)
		move_place(ui, p, 0);
	if (p->selected < 0)
		return;
	if (!worker_ranking_arch(ui->worker, p->selected, &arch)) {
		ui_say(ui, ROLE_WARNING, "the architecture of %s is not at hand", p->view.seen[p->selected].id);
		return;
	}
	banks_show(ui, &arch, &p->view.seen[p->selected], p->view.facts[p->selected].rank);
	ui_focus(ui, PANE_BANKS);
}

/* The first rows stay in view, whatever comes. */
static void toggle_follow(struct ui *ui, struct ranking_pane *p)
{
	if (p->selected < 0) {
		move_place(ui, p, 0);
		return;
	}
	ranking_select(ui, p, -1);
	p->anchor = -1;
	p->top = 0;
	ui_say(ui, ROLE_INFO, "the first rows are followed; any move sets the cursor again");
}

/* Esc: a range, what was found, then the cursor. */
static bool back(struct ui *ui, struct ranking_pane *p)
{
	if (p->anchor >= 0)
		p->anchor = -1;
	else if (p->find[0])
		p->find[0] = 0;
	else if (p->selected >= 0 && !p->super.large && ui->frame == FRAME_FULL && !ui->zoomed)
		ranking_select(ui, p, -1);
	else
		return false;
	return true;
}

/* The list goes with the cursor. */
static void move_page(struct ui *ui, struct ranking_pane *p, int by)
{
	bool was = p->selected >= 0 && p->place >= 0;

	move_place(ui, p, by);
	if (was)
		p->top += by;
}

static bool move_by(struct ui *ui, struct ranking_pane *p, enum action action)
{
	int page = p->list.h > 3 ? p->list.h - 2 : 1;

	switch (action) {
	case ACTION_UP:
		move_place(ui, p, -1);
		return true;
	case ACTION_DOWN:
		move_place(ui, p, 1);
		return true;
	case ACTION_PAGE_UP:
		move_page(ui, p, -page);
		return true;
	case ACTION_PAGE_DOWN:
		move_page(ui, p, page);
		return true;
	case ACTION_HALF_UP:
		move_page(ui, p, -page / 2);
		return true;
	case ACTION_HALF_DOWN:
		move_page(ui, p, page / 2);
		return true;
	case ACTION_FIRST:
		select_place(ui, p, 0);
		return true;
	case ACTION_LAST:
		select_place(ui, p, p->view.count - 1);
		return true;
	default:
		return false;
	}
}

static bool ranking_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;

	if (move_by(ui, p, action))
		return true;
	switch (action) {
	case ACTION_OPEN:
		open_selected(ui, p);
		return true;
	case ACTION_BACK:
		return back(ui, p);
	case ACTION_FOLLOW:
		toggle_follow(ui, p);
		return true;
	case ACTION_SORT_MENU:
		sort_open(ui, p->view.sort);
		return true;
	case ACTION_SORT_PREVIOUS:
		sort_beside(ui, p, -1);
		return true;
	case ACTION_SORT_NEXT:
		sort_beside(ui, p, 1);
		return true;
	case ACTION_SORT_INVERT:
		sort(ui, p->view.sort, !p->view.descending);
		return true;
	case ACTION_FILTER:
		ranking_filter_open(ui);
		return true;
	case ACTION_FIND:
		ranking_find_open(ui);
		return true;
	case ACTION_FIND_NEXT:
	case ACTION_FIND_PREVIOUS:
		ranking_find_beside(ui, p, action == ACTION_FIND_NEXT ? 1 : -1);
		return true;
	default:
		return ranking_mark_action(ui, p, action) || ranking_action(ui, p, action);
	}
}

static void click_head(struct ui *ui, struct ranking_pane *p, int x)
{
	for (int i = 0; i < COLUMNS_ALL; i++)
		if (x >= p->column_x[i] && x < p->column_end[i] && ranking_column(i))
			sort(ui, (enum column_id)i, i == (int)p->view.sort ? !p->view.descending : false);
}

static void ranking_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;
	int row = pane->at.y + y - p->list.y - 1, place = p->top + row;

	x += pane->at.x;
	if (!p->view.count || x >= p->list.x + p->list.w || row >= p->list.h - 1)
		return;
	if (row < 0) {
		if (row == -1)
			click_head(ui, p, x);
		return;
	}
	if (place >= p->view.count)
		return;
	select_place(ui, p, place);
	if (second)
		open_selected(ui, p);
}

static void ranking_release(struct pane *pane)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;

	ranking_view_release(&p->view);
	changes_release(&p->changes);
	free(p);
}

static const struct pane_class ranking_class = {
	.name = "Ranking",
	.tab = "Rank",
	.where = IN_RANKING,
	.draw = ranking_draw,
	.act = ranking_act,
	.news = ranking_news,
	.click = ranking_click,
	.release = ranking_release,
};

struct pane *pane_ranking_new(void)
{
	struct ranking_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &ranking_class;
	p->view.sort = COLUMN_SCORE;     /* loss ranks: it separates where errors tie */
	p->selected = p->place = p->anchor = p->shown = -1;
	return &p->super;
}
