/* menu.c -- the two menus: how to leave, and what to sort by. */
#include <curses.h>
#include <stdio.h>
#include <string.h>

#include "ui/pane.h"
#include "ui/term.h"

struct rect overlay_box(int h, int w, const char *title)
{
	struct rect r;

	r.w = w + 4 < COLS ? w + 4 : COLS;
	r.h = h + 2 < LINES ? h + 2 : LINES;
	r.y = (LINES - r.h) / 2;
	r.x = (COLS - r.w) / 2;
	put_blank(r, ROLE_TEXT);
	if (r.w < 8 || r.h < 3)
		return r;
	put_frame(r, ROLE_TEXT);
	putf(r.y, r.x + 2, r.w - 4, ROLE_TITLE, " %s ", title);
	return (struct rect){ r.y + 1, r.x + 2, r.h - 2, r.w - 4 };
}

/* ---- leaving ---- */

/* Lines of the quit menu; a letter each. The first one shown is what `q` again does: nothing is lost by it. */
static const struct leave {
	int key;
	const char *text, *short_text;
	bool training, idle, viewing, suspend;   /* shown while there is training; when there is none; where another process has the run; only after ^z */
} leaves[] = {
	{ 'd', "detach: the screen goes, training goes on without it", "detach, training goes on", true, false, false, false },
	{ 's', "stop training and save the run", "stop and save", true, false, false, false },
	{ 's', "leave; the run is saved", "leave", false, true, false, false },
	{ 's', "leave; the process that has the run goes on with it", "leave", false, false, true, false },
	{ 'z', "suspend; training stops too until fg", "suspend", true, true, true, true },
	{ KEY_ESCAPE, "back", "back", true, true, true, false },
};
enum { LEAVES = sizeof leaves / sizeof leaves[0] };

static bool offered(const struct ui *ui, const struct leave *l)
{
	return (ui_training(ui) ? l->training : ui->snap->state == WORKER_VIEWING ? l->viewing : l->idle) && (!l->suspend || ui->may_suspend);
}

/* A run that is paused would begin to run again if it were detached, and one that is still opening can't be. */
static int default_key(const struct ui *ui)
{
	return ui->snap->state == WORKER_TRAINING ? 'd' : 's';
}

/* Jobs end with the screen, whatever becomes of training; the log keeps their commands. */
static const char *unfinished(const struct ui *ui, char *text, size_t size)
{
	const struct job_status *job = &ui->snap->job;
	int edits = banks_unwritten(ui);
	char jobs[48] = "";

	if (job->name[0] && job->waiting)
		snprintf(jobs, sizeof jobs, "%s and %d more job%s", job->name, job->waiting, job->waiting == 1 ? "" : "s");
	else if (job->name[0])
		snprintf(jobs, sizeof jobs, "%s", job->name);
	if (edits)
		snprintf(text, size, "Leave?  a draft of %d edit%s is in memory alone", edits, edits == 1 ? "" : "s");
	else if (ui_training(ui))
		snprintf(text, size, "Leave?  training%s%s %s not finished", jobs[0] ? ", " : "", jobs, jobs[0] ? "are" : "is");
	else if (jobs[0])
		snprintf(text, size, "Leave?  %s %s not finished", jobs, job->waiting ? "are" : "is");
	else
		snprintf(text, size, "Leave?");
	return text;
}

static void quit_draw(struct ui *ui)
{
	int n = 0, y;
	struct rect r;
	char title[96];

	for (int i = 0; i < LEAVES; i++)
		n += offered(ui, &leaves[i]);
	r = overlay_box(n, 60, unfinished(ui, title, sizeof title));
	y = r.y;
	for (int i = 0; i < LEAVES && y < r.y + r.h; i++) {
		const struct leave *l = &leaves[i];
		bool first = l->key == default_key(ui);

		if (!offered(ui, l))
			continue;
		if (l->key == KEY_ESCAPE)
			put(y, r.x, 5, ROLE_KEY, "Esc");
		else
			putf(y, r.x, 5, ROLE_KEY, first ? "%c q" : "%c", l->key);
		put(y, r.x + 5, r.w - 5, ROLE_TEXT, r.w >= 58 ? l->text : l->short_text);
		if (first) {
			ui->cursor_y = y;
			ui->cursor_x = r.x;
		}
		y++;
	}
}

static void quit_key(struct ui *ui, int key)
{
	if (key == 'q' || key == KEY_F(10))
		key = default_key(ui);
	ui->overlay = NULL;
	switch (key) {
	case 'd':
		if (ui->snap->state == WORKER_TRAINING || ui->snap->state == WORKER_PAUSED)
			ui->quitting = QUIT_DETACH;
		else
			ui_say(ui, ROLE_WARNING, "nothing is training that could go on alone");
		break;
	case 's':
		ui->quitting = QUIT_STOP;
		break;
	case 'z':
		if (ui->may_suspend)
			term_suspend();
		break;
	default:
		break;
	}
}

const struct overlay overlay_quit = { .draw = quit_draw, .key = quit_key };

void quit_open(struct ui *ui, bool suspend)
{
	ui->may_suspend = suspend;
	ui->overlay = &overlay_quit;
}

/* ---- sorting ---- */

static int sort_at;

static int sort_beside(int column, int by)
{
	int i = column;

	do
		i = (i + by + ranking_columns()) % ranking_columns();
	while (!ranking_column(i));
	return i;
}

static void sort_draw(struct ui *ui)
{
	int n = 0, y;
	struct rect r;

	for (int i = 0; i < ranking_columns(); i++)
		n += ranking_column(i) != NULL;
	r = overlay_box(n, 30, "Sort by   Enter, Esc");
	y = r.y;
	for (int i = 0; i < ranking_columns() && y < r.y + r.h; i++) {
		if (!ranking_column(i))
			continue;
		putf(y, r.x, r.w, i == sort_at ? ROLE_SELECTION : ROLE_TEXT, "%c %-12s", i == sort_at ? '>' : ' ', ranking_column(i));
		if (i == sort_at) {
			ui->cursor_y = y;
			ui->cursor_x = r.x;
		}
		y++;
	}
}

static void sort_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);

	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		ranking_sort(ui, sort_at);
		ui->overlay = NULL;
	} else if (k && k->action == ACTION_UP)
		sort_at = sort_beside(sort_at, -1);
	else if (k && k->action == ACTION_DOWN)
		sort_at = sort_beside(sort_at, 1);
	else {
		ui->overlay = NULL;
		if (k && (k->action == ACTION_QUIT || k->action == ACTION_SUSPEND))
			ui_act(ui, k->action);
	}
}

const struct overlay overlay_sort = { .draw = sort_draw, .key = sort_key };

void sort_open(struct ui *ui, int column)
{
	sort_at = column;
	ui->overlay = &overlay_sort;
}
