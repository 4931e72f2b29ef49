/* ranking_marks.c -- keys that mark, and marks that outlive the session: they are written to the run whenever they change. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/lab/marks.h"
#include "ui/ranking.h"

/* Where there is no cursor, it appears at the first row that is seen. */
static bool has_cursor(struct ui *ui, struct ranking_pane *p)
{
	if ((p->selected < 0 || p->place < 0) && p->view.count)
		ranking_select(ui, p, p->view.order[p->top]);
	if (p->selected < 0 || p->place < 0)
		ui_say(ui, ROLE_INFO, "there is no row");
	return p->selected >= 0 && p->place >= 0;
}

static void mark_range(struct ui *ui, struct ranking_pane *p)
{
	int a = ranking_view_place(&p->view, p->anchor), b = p->place;
	int first = a < b ? a : b, last = a < b ? b : a;

	p->anchor = -1;
	ranking_mark(&p->view, &p->changes, p->view.order + first, last - first + 1, true);
	ui_say(ui, ROLE_INFO, "%s marked", text_count(p->view.marked));
}

static void mark_one(struct ui *ui, struct ranking_pane *p)
{
	int index = p->selected, next = p->place + 1 < p->view.count ? p->view.order[p->place + 1] : index;

	ranking_mark(&p->view, &p->changes, &index, 1, !p->view.facts[index].marked);
	ranking_select(ui, p, next);
}

static void mark_all(struct ui *ui, struct ranking_pane *p)
{
	ranking_mark(&p->view, &p->changes, p->view.order, p->view.count, true);
	ui_say(ui, ROLE_INFO, "all %s that pass are marked; u takes it back", text_count(p->view.count));
}

static void unmark(struct ui *ui, struct ranking_pane *p)
{
	int *all = malloc((size_t)(p->view.rows + 1) * sizeof *all), had = p->view.marked;

	if (!all)
		return;
	for (int i = 0; i < p->view.rows; i++)
		all[i] = i;
	ranking_mark(&p->view, &p->changes, all, p->view.rows, false);
	free(all);
	ui_say(ui, ROLE_INFO, had ? "no row is marked any more; u takes it back" : "no row is marked");
}

static void undo(struct ui *ui, struct ranking_pane *p, bool again)
{
	const char *what = again ? ranking_redo(&p->view, &p->changes) : ranking_undo(&p->view, &p->changes);

	if (what)
		ui_say(ui, ROLE_INFO, again ? "%s: done again" : "%s: as before; ^r does it again", what);
	else
		ui_say(ui, ROLE_INFO, again ? "nothing to do again" : "nothing to undo");
}

static void act(struct ui *ui, struct ranking_pane *p, enum action action)
{
	switch (action) {
	case ACTION_MARK:
	case ACTION_MARK_RANGE:
		if (!has_cursor(ui, p))
			break;
		if (p->anchor >= 0)
			mark_range(ui, p);
		else if (action == ACTION_MARK)
			mark_one(ui, p);
		else {
			p->anchor = p->selected;
			ui_say(ui, ROLE_INFO, "a range begins here: v again marks it, Esc does not");
		}
		break;
	case ACTION_MARK_ALL:
		mark_all(ui, p);
		break;
	case ACTION_UNMARK:
		unmark(ui, p);
		break;
	case ACTION_NAME_MARK:
		if (has_cursor(ui, p))
			ranking_letter_open(ui, true);
		break;
	case ACTION_TO_MARK:
		ranking_letter_open(ui, false);
		break;
	default:
		undo(ui, p, action == ACTION_REDO);
	}
}

/* ---- in the run ---- */

void ranking_write_marks(struct ui *ui, struct ranking_pane *p)
{
	const struct ranking_view *v = &p->view;
	struct mark *mark = malloc((size_t)(v->rows + 1) * sizeof *mark);
	int n = 0;

	p->changes.marks_changed = false;
	if (ui_only_looking(ui, "marks kept") || !mark) {
		free(mark);
		return;
	}
	for (int i = 0; i < v->rows; i++)
		if (v->facts[i].marked || v->facts[i].letter) {
			mark[n] = (struct mark){ .marked = v->facts[i].marked, .letter = v->facts[i].letter };
			strcpy(mark[n++].id, v->seen[i].id);
		}
	if (marks_save(ui->snap->run_path, mark, n) < 0)
		ui_say(ui, ROLE_WARNING, "marks are not kept: %s", err_last());
	free(mark);
}

bool ranking_mark_action(struct ui *ui, struct ranking_pane *p, enum action action)
{
	static const enum action mine[] = {
		ACTION_MARK, ACTION_MARK_RANGE, ACTION_MARK_ALL, ACTION_UNMARK, ACTION_NAME_MARK, ACTION_TO_MARK, ACTION_UNDO, ACTION_REDO,
	};

	for (size_t i = 0; i < sizeof mine / sizeof mine[0]; i++)
		if (action == mine[i]) {
			act(ui, p, action);
			ranking_keep_place(p);
			if (p->changes.marks_changed)
				ranking_write_marks(ui, p);
			return true;
		}
	return false;
}

bool ranking_marked(const struct ui *ui, int index)
{
	const struct ranking_pane *p = (const struct ranking_pane *)ui->pane[PANE_RANKING];

	return index >= 0 && index < p->view.rows && p->view.facts[index].marked;
}

bool ranking_toggle_mark(struct ui *ui, int index)
{
	struct ranking_pane *p = (struct ranking_pane *)ui->pane[PANE_RANKING];
	bool marked = !ranking_marked(ui, index);

	if (index < 0 || index >= p->view.rows)
		return false;
	ranking_mark(&p->view, &p->changes, &index, 1, marked);
	ranking_write_marks(ui, p);
	return marked;
}

bool ranking_read_marks(struct ui *ui, struct ranking_pane *p)
{
	struct mark *mark;
	int n = marks_load(ui->snap->run_path, &mark);

	p->marks_read = true;
	for (int i = 0; i < n; i++) {
		int index = ranking_view_find(&p->view, mark[i].id);

		if (index < 0)
			continue;
		p->view.facts[index].marked = mark[i].marked;
		p->view.facts[index].letter = mark[i].letter;
	}
	if (n >= 0)
		free(mark);
	else
		ui_say(ui, ROLE_WARNING, "%s", err_last());
	return n > 0;
}
