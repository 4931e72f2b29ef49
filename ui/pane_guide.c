/* pane_guide.c -- */
#include <curses.h>
#include <stdlib.h>

#include "ui/pane.h"

static void guide_draw(struct ui *ui, struct pane *pane)
{
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, true, NULL, NULL);
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
}

static bool guide_act(struct ui *ui, struct pane *pane, enum action action)
{
	(void)ui, (void)pane, (void)action;
	return false;
}

static void guide_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	(void)ui, (void)pane, (void)y, (void)x, (void)second;
}

static void guide_release(struct pane *pane)
{
	free(pane);
}

static const struct pane_class guide_class = {
	.name = "Guide",
	.tab = "Guide",
	.where = IN_GUIDE,
	.draw = guide_draw,
	.act = guide_act,
	.click = guide_click,
	.release = guide_release,
};

struct pane *pane_guide_new(void)
{
	struct pane *p = calloc(1, sizeof *p);

	if (p)
		p->class = &guide_class;
	return p;
}
