/* prompt.c -- the command line of the screen, and what its commands do. */
#include <ctype.h>
#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "ui/pane.h"

static char text[256];

static void run_rank(struct ui *ui, const char *argument)
{
	char *end;
	long count = *argument ? strtol(argument, &end, 10) : 50;

	if (*argument && (*end || count < 1 || count > 100000))
		ui_say(ui, ROLE_ERROR, "rank %s: a number of architectures from 1 to 100000 is needed", argument);
	else
		ui_rank(ui, (int)count);
}

static void run_screen(struct ui *ui, const char *argument)
{
	if (!*argument)
		ui_say(ui, ROLE_ERROR, "screen: the name of a file is needed");
	else if (!screen_dump(ui, argument))
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else
		ui_say(ui, ROLE_INFO, "the screen as text: %s", argument);
}

static void run_quit(struct ui *ui, const char *argument)
{
	(void)argument;
	quit_open(ui, false);
}

static const struct {
	const char *name;
	void (*run)(struct ui *, const char *argument);
} commands[] = {
	{ "rank", run_rank }, { "screen", run_screen }, { "q", run_quit }, { "quit", run_quit },
};

static void run(struct ui *ui)
{
	char line[sizeof text];
	char *name = line, *argument;
	struct nearest near;

	snprintf(line, sizeof line, "%s", text);
	while (isspace((unsigned char)*name))
		name++;
	argument = name + strcspn(name, " ");
	while (*argument == ' ')
		*argument++ = 0;
	if (!*name)
		return;
	near = nearest_to(name);
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (!strcmp(name, commands[i].name)) {
			commands[i].run(ui, argument);
			return;
		}
		nearest_offer(&near, commands[i].name);
	}
	ui_say(ui, ROLE_ERROR, "no command \"%s\"%s; there are rank N, screen FILE, q", name, nearest_hint(&near));
}

static void prompt_draw(struct ui *ui)
{
	int y = LINES >= 2 ? LINES - 2 : LINES - 1;
	int width = text_width(text);
	const char *from = text;

	put_blank((struct rect){ y, 0, 1, COLS }, ROLE_PROMPT);
	put(y, 0, 1, ROLE_PROMPT, ":");
	for (; width > COLS - 3 && *from; width--)
		from++;
	put(y, 1, COLS - 1, ROLE_PROMPT, from);
	ui->cursor_y = y;
	ui->cursor_x = 1 + width;
}

static void append(int c)
{
	size_t n = strlen(text);

	if (n + 1 < sizeof text) {
		text[n] = (char)c;
		text[n + 1] = 0;
	}
}

static void erase_last(void)
{
	size_t n = strlen(text);

	while (n > 0 && ((unsigned char)text[n - 1] & 0xc0) == 0x80)     /* the rest of a UTF-8 character */
		n--;
	text[n ? n - 1 : 0] = 0;
}

static void prompt_key(struct ui *ui, int key)
{
	switch (key) {
	case KEY_ESCAPE:
	case CONTROL('c'):
		ui->overlay = NULL;
		return;
	case '\r':
	case '\n':
	case KEY_ENTER:
		ui->overlay = NULL;
		run(ui);
		return;
	case KEY_BACKSPACE:
	case 127:
	case 8:
		if (!text[0])
			ui->overlay = NULL;
		erase_last();
		return;
	case CONTROL('u'):
		text[0] = 0;
		return;
	default:
		if (key >= 32 && key < 256)
			append(key);
	}
}

void prompt_paste(struct ui *ui, const char *pasted)
{
	for (; *pasted; pasted++)
		if (*pasted == '\n' || *pasted == '\r')
			return;                                  /* a line's end never runs what was pasted */
		else
			prompt_key(ui, (unsigned char)*pasted < 32 || *pasted == 127 ? '?' : (unsigned char)*pasted);
}

const struct overlay overlay_prompt = { .draw = prompt_draw, .key = prompt_key };

void prompt_open(struct ui *ui)
{
	text[0] = 0;
	ui->overlay = &overlay_prompt;
}
