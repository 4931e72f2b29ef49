/* pane_correlate.c -- */
#include <curses.h>
#include <stdlib.h>

#include "ui/pane.h"

static void correlate_draw(struct ui *ui, struct pane *pane)
{
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, true, NULL, NULL);
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
}

static bool correlate_act(struct ui *ui, struct pane *pane, enum action action)
{
	(void)ui, (void)pane, (void)action;
	return false;
}

static void correlate_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	(void)ui, (void)pane, (void)y, (void)x, (void)second;
}

static void correlate_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class correlate_class = {
	.name = "Correlate",
	.tab = "Correlate",
	.where = IN_CORRELATE,
	.draw = correlate_draw,
	.act = correlate_act,
	.click = correlate_click,
	.release = correlate_release,
};

struct pane *pane_correlate_new(void)
{
	struct pane *p = calloc(1, sizeof *p);

	if (p)
		p->class = &correlate_class;
	return p;
}
