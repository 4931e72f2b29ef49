/* layout.c -- what stands where at which size, and all of it drawn; sending it is the loop's business. */
#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <wchar.h>

#include "src/base/err.h"
#include "ui/pane.h"

static void place(struct ui *ui, int pane, int y, int x, int h, int w, bool large)
{
	ui->pane[pane]->at = (struct rect){ y, x, h, w };
	ui->pane[pane]->large = large;
}

/* A share of `whole` cells, both sides of it no smaller than they can be read. */
static int share_of(double share, int whole, int least, int rest)
{
	int cells = (int)(share * whole + 0.5);

	if (cells > whole - rest)
		cells = whole - rest;
	return cells < least ? least : cells;
}

enum { LOSS_LEAST = 6, BELOW_LEAST = 6, BANKS_LEAST = 28, RANKING_LEAST = 28 };

/* Loss above; banks and ranking below; the run's facts beside the loss where there is room. */
static void layout_train(struct ui *ui, int y, int h)
{
	int loss = (h * 9 + 10) / 20, banks = COLS / 2 + 2 < 48 ? 48 : COLS / 2 + 2;
	bool facts = COLS >= 160 && LINES >= 50;
	int wide = facts ? COLS * 2 / 3 : COLS;

	if (ui->loss_share > 0)
		loss = share_of(ui->loss_share, h, LOSS_LEAST, BELOW_LEAST);
	if (ui->banks_share > 0)
		banks = share_of(ui->banks_share, COLS, BANKS_LEAST, RANKING_LEAST);
	place(ui, PANE_LOSS, y, 0, loss, facts ? wide - 1 : wide, false);
	if (facts)
		place(ui, PANE_RUN, y, wide + 1, loss, COLS - wide - 1, false);
	place(ui, PANE_BANKS, y + loss, 0, h - loss, banks, false);
	place(ui, PANE_RANKING, y + loss, banks + 1, h - loss, COLS - banks - 1, false);
}

static bool split(const struct ui *ui)
{
	return ui->frame == FRAME_FULL && ui->pane[PANE_LOSS]->at.h > 0 && ui->pane[PANE_BANKS]->at.h > 0;
}

enum separator layout_separator(const struct ui *ui, int y, int x)
{
	const struct rect *banks = &ui->pane[PANE_BANKS]->at;

	if (!split(ui))
		return SEPARATOR_NONE;
	return y == banks->y ? SEPARATOR_LOSS : y > banks->y && y < banks->y + banks->h && x == banks->w ? SEPARATOR_BANKS : SEPARATOR_NONE;
}

void layout_move(struct ui *ui, enum separator which, int y, int x)
{
	const struct rect *loss = &ui->pane[PANE_LOSS]->at, *banks = &ui->pane[PANE_BANKS]->at;

	if (!split(ui))
		return;
	if (which == SEPARATOR_LOSS)
		ui->loss_share = (y - loss->y < 1 ? 1 : y - loss->y) / (double)(loss->h + banks->h);
	else if (which == SEPARATOR_BANKS)
		ui->banks_share = (x < 1 ? 1 : x) / (double)COLS;
	ui->dirty = true;
}

void layout_grow(struct ui *ui, int by)
{
	const struct rect *loss = &ui->pane[PANE_LOSS]->at, *banks = &ui->pane[PANE_BANKS]->at;

	if (ui->focus == PANE_LOSS)
		layout_move(ui, SEPARATOR_LOSS, loss->y + loss->h + by, 0);
	else
		layout_move(ui, SEPARATOR_BANKS, 0, banks->w + 2 * (ui->focus == PANE_BANKS ? by : -by));
}

void ui_layout(struct ui *ui)
{
	for (int i = 0; i < PANES; i++)
		place(ui, i, 0, 0, 0, 0, false);
	ui->frame = COLS < 40 || LINES < 10 ? FRAME_TINY : COLS < 80 || LINES < 24 ? FRAME_SMALL : FRAME_FULL;
	if (ui->frame == FRAME_SMALL)
		place(ui, ui->focus, 1, 0, LINES - 4, COLS, false);
	else if (ui->frame == FRAME_FULL) {
		int y = 2, h = LINES - 5;

		if (ui->tab > 0 || ui->zoomed || ui->focus >= PANES_TRAIN)
			place(ui, ui->focus, y, 0, h, COLS, true);
		else
			layout_train(ui, y, h);
	}
}

static void draw_frame(struct ui *ui)
{
	switch (ui->frame) {
	case FRAME_FULL:
		status_draw(ui, 0);
		status_tabs(ui, 1);
		status_job(ui, LINES - 3);
		message_draw(ui, LINES - 2);
		status_keys(ui, LINES - 1);
		break;
	case FRAME_SMALL:
		status_small(ui, 0);
		status_job(ui, LINES - 3);
		message_draw(ui, LINES - 2);
		status_keys(ui, LINES - 1);
		break;
	case FRAME_TINY:
		status_tiny(ui);
		break;
	}
}

void ui_draw(struct ui *ui)
{
	erase();
	ui->cursor_y = ui->cursor_x = 0;
	ui->typing = false;
	ui_layout(ui);
	draw_frame(ui);
	for (int i = 0; i < PANES; i++) {
		struct pane *pane = ui->pane[i];

		if (pane->at.h > 0)
			pane->class->draw(ui, pane);
		if (i != PANE_LOSS && pane->at.h > 0 && pane->at.x > 0)
			put_vertical(pane->at.y + 1, pane->at.x - 1, pane->at.h - 1, ROLE_RULE);
	}
	if (ui->message_long && ui->frame != FRAME_TINY)
		message_draw(ui, LINES - 2);             /* over what the panes have there */
	if (ui->overlay)
		ui->overlay->draw(ui);
	move(ui->cursor_y < LINES ? ui->cursor_y : LINES - 1, ui->cursor_x < COLS ? ui->cursor_x : COLS - 1);
	curs_set(ui->typing);
}

bool screen_dump(struct ui *ui, const char *path)
{
	FILE *f = fopen(path, "w");
	bool bad;

	if (!f) {
		err_set("%s: %s", path, strerror(errno));
		return false;
	}
	ui_draw(ui);
	for (int y = 0; y < LINES; y++) {
		for (int x = 0; x < COLS; x++) {
			cchar_t c;
			wchar_t text[CCHARW_MAX + 1] = { 0 };
			attr_t attributes;
			short pair;

			if (mvin_wch(y, x, &c) == ERR || getcchar(&c, text, &attributes, &pair, NULL) == ERR || !text[0])
				fputc('?', f);
			else
				fprintf(f, "%lc", (wint_t)text[0]);
			if (wcwidth(text[0]) == 2)
				x++;
		}
		fputc('\n', f);
	}
	bad = ferror(f) != 0;
	if (fclose(f) == EOF || bad) {
		err_set("%s: %s", path, strerror(errno));
		return false;
	}
	return true;
}
