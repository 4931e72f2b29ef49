/* prompt.c -- the command line of the screen: it is written on the message line, and the table of commands knows what it means. */
#include <curses.h>

#include "ui/commands.h"
#include "ui/pane.h"

static struct line line;
static struct history history;
static bool opened;

void ui_command(struct ui *ui, const char *text)
{
	commands_run(ui, text);
}

static void prompt_draw(struct ui *ui)
{
	line_draw(&line, ui, LINES >= 2 ? LINES - 2 : LINES - 1, 0, COLS, ":");
}

static void prompt_key(struct ui *ui, int key)
{
	enum line_outcome outcome = line_key(&line, key);

	if (outcome == LINE_WRITING)
		return;
	ui->overlay = NULL;
	if (outcome == LINE_DONE)
		commands_run(ui, line.text);
}

static void prompt_paste(struct ui *ui, const char *text, long bytes)
{
	(void)ui;
	line_paste(&line, text, bytes);
}

const struct overlay overlay_prompt = { .draw = prompt_draw, .key = prompt_key, .paste = prompt_paste };

void prompt_open(struct ui *ui, const char *text)
{
	if (!opened)
		history_open(&history, "history");
	opened = true;
	line_begin(&line, text, &history, commands_complete, ui);
	ui->overlay = &overlay_prompt;
}

void prompt_release(void)
{
	history_release(&history);
	opened = false;
}
