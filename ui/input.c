/* input.c -- keys, pastes and the mouse, to whom they belong. */
#include <curses.h>

#include "ui/loop.h"
#include "ui/pane.h"
#include "ui/term.h"

static const double second_click_seconds = 0.5, glance_seconds = 0.5;

static bool paste_key(struct ui *ui, struct loop *loop, int key)
{
	if (key == TERM_PASTE_BEGIN) {
		loop->pasting = true;
		loop->pasted = 0;
		loop->paste[0] = 0;
		return true;
	}
	if (!loop->pasting)
		return false;
	if (key != TERM_PASTE_END) {
		if (key < 256 && loop->pasted < (long)sizeof loop->paste - 1) {
			loop->paste[loop->pasted] = (char)key;
			loop->paste[loop->pasted + 1] = 0;
		}
		loop->pasted++;
		return true;
	}
	loop->pasting = false;
	if (ui->overlay && ui->overlay->paste)
		ui->overlay->paste(ui, loop->paste, loop->pasted);
	else
		ui_say(ui, ROLE_WARNING, "a paste of %ld characters is dropped: open the prompt with %s first", loop->pasted,
		       key_of(ACTION_PROMPT, EVERYWHERE));
	ui->dirty = true;
	return true;
}

static int pane_at(const struct ui *ui, int y, int x)
{
	for (int i = 0; i < PANES_FOCUS; i++) {
		struct rect r = ui->pane[i]->at;

		if (y >= r.y && y < r.y + r.h && x >= r.x && x < r.x + r.w)
			return i;
	}
	return -1;
}

static void mouse_wheel(struct ui *ui, int y, int x, bool up)
{
	int at = pane_at(ui, y, x);

	if (at < 0)
		return;
	ui_focus(ui, at);
	if (at == PANE_LOSS)
		ui_act(ui, up ? ACTION_MORE : ACTION_LESS);
	else
		for (int i = 0; i < 3; i++)
			ui_act(ui, up ? ACTION_UP : ACTION_DOWN);
}

/* Terminals say where the button went up, not the way there. */
static void mouse_release(struct ui *ui, struct loop *loop, int y, int x)
{
	if (loop->dragged != SEPARATOR_NONE && (y != loop->click_y || x != loop->click_x))
		layout_move(ui, (enum separator)loop->dragged, y, x);
	loop->dragged = SEPARATOR_NONE;
}

static void mouse_event(struct ui *ui, struct loop *loop, MEVENT e)
{
	enum action action;
	bool second;
	int at;

	if (ui->overlay)
		return;
	if (e.bstate & (BUTTON4_PRESSED | BUTTON5_PRESSED)) {
		mouse_wheel(ui, e.y, e.x, e.bstate & BUTTON4_PRESSED);
		return;
	}
	if (e.bstate & BUTTON1_RELEASED)
		mouse_release(ui, loop, e.y, e.x);
	if (!(e.bstate & BUTTON1_PRESSED))
		return;
	ui->dirty = true;
	loop->dragged = (int)layout_separator(ui, e.y, e.x);
	second = e.y == loop->click_y && e.x == loop->click_x && ui->now - loop->click_time < second_click_seconds;
	loop->click_time = ui->now;
	loop->click_y = e.y;
	loop->click_x = e.x;
	if ((action = status_click(ui, e.y, e.x)) != ACTION_NONE)
		ui_act(ui, action);
	else if ((at = pane_at(ui, e.y, e.x)) >= 0) {
		ui_focus(ui, at);
		ui->pane[at]->class->click(ui, ui->pane[at], e.y - ui->pane[at]->at.y, e.x - ui->pane[at]->at.x, second);
	}
}

/* Events that came together are one key, and curses gives the last of them first. */
static void mouse(struct ui *ui, struct loop *loop)
{
	MEVENT e[8];
	int n = 0;

	while (n < 8 && getmouse(&e[n]) == OK)
		n++;
	while (n > 0)
		mouse_event(ui, loop, e[--n]);
}

/* A key that does nothing here says so, and where it would do something. */
static void explain(struct ui *ui, int key)
{
	const char *name = key_name(key);

	ui->cancel_once = false;
	for (int i = 0; i < key_row_count && name[0]; i++)
		if (key_has(&key_rows[i], key)) {
			ui_say(ui, ROLE_INFO, "%s does nothing here; %s: %s", name, where_names[key_rows[i].where], key_rows[i].help);
			return;
		}
	if (name[0])
		ui_say(ui, ROLE_INFO, "%s does nothing; %s lists the keys", name, key_of(ACTION_HELP, EVERYWHERE));
}

static void press(struct ui *ui, int key)
{
	const struct key_row *row;

	if (ui->overlay) {
		ui->overlay->key(ui, key);
		return;
	}
	row = key_find(key, ui->pane[ui->focus]->where);
	if (row)
		ui_act(ui, row->action);
	else
		explain(ui, key);
}

/* A key takes away what was said before it, or first its folds; but not what has only just come: nobody has read that. Lines are written over it. */
static void key(struct ui *ui, struct loop *loop, int key)
{
	int said = message_count();
	bool folded = ui->message_long;

	if (key == KEY_RESIZE) {
		ui->dirty = ui->repaint = true;
		return;
	}
	if (paste_key(ui, loop, key))
		return;
	if (key == KEY_MOUSE) {
		mouse(ui, loop);
		return;
	}
	ui->dirty = true;
	ui->message_long = false;
	ui->key = key;
	press(ui, key);
	if (message_count() == said && !folded && !ui->overlay && ui->now >= ui->message_begins + glance_seconds)
		ui_say_nothing(ui);
}

bool drain_keys(struct ui *ui, struct loop *loop)
{
	bool any = false;
	int k;

	while ((k = term_key()) != TERM_NO_KEY) {
		loop->resized |= k == KEY_RESIZE;
		key(ui, loop, k);
		any = true;
	}
	return any;
}
