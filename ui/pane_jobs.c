/* pane_jobs.c -- */
#include <curses.h>
#include <stdlib.h>

#include "ui/pane.h"

static void jobs_draw(struct ui *ui, struct pane *pane)
{
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, true, NULL, NULL);
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
}

static bool jobs_act(struct ui *ui, struct pane *pane, enum action action)
{
	(void)ui, (void)pane, (void)action;
	return false;
}

static void jobs_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	(void)ui, (void)pane, (void)y, (void)x, (void)second;
}

static void jobs_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class jobs_class = {
	.name = "Jobs",
	.tab = "Jobs",
	.where = IN_JOBS,
	.draw = jobs_draw,
	.act = jobs_act,
	.click = jobs_click,
	.release = jobs_release,
};

struct pane *pane_jobs_new(void)
{
	struct pane *p = calloc(1, sizeof *p);

	if (p)
		p->class = &jobs_class;
	return p;
}
