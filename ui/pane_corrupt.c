/* pane_corrupt.c -- */
#include <curses.h>
#include <stdlib.h>

#include "ui/pane.h"

static void corrupt_draw(struct ui *ui, struct pane *pane)
{
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, true, NULL, NULL);
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
}

static bool corrupt_act(struct ui *ui, struct pane *pane, enum action action)
{
	(void)ui, (void)pane, (void)action;
	return false;
}

static void corrupt_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	(void)ui, (void)pane, (void)y, (void)x, (void)second;
}

static void corrupt_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class corrupt_class = {
	.name = "Corrupt",
	.tab = "Corrupt",
	.where = IN_CORRUPT,
	.draw = corrupt_draw,
	.act = corrupt_act,
	.click = corrupt_click,
	.release = corrupt_release,
};

struct pane *pane_corrupt_new(void)
{
	struct pane *p = calloc(1, sizeof *p);

	if (p)
		p->class = &corrupt_class;
	return p;
}
