/* pane_data.c -- */
#include <curses.h>
#include <stdlib.h>

#include "ui/pane.h"

static void data_draw(struct ui *ui, struct pane *pane)
{
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, true, NULL, NULL);
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
}

static bool data_act(struct ui *ui, struct pane *pane, enum action action)
{
	(void)ui, (void)pane, (void)action;
	return false;
}

static void data_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	(void)ui, (void)pane, (void)y, (void)x, (void)second;
}

static void data_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class data_class = {
	.name = "Data",
	.tab = "Data",
	.where = IN_DATA,
	.draw = data_draw,
	.act = data_act,
	.click = data_click,
	.release = data_release,
};

struct pane *pane_data_new(void)
{
	struct pane *p = calloc(1, sizeof *p);

	if (p)
		p->class = &data_class;
	return p;
}
