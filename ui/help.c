/* help.c -- every key and command, from the tables that dispatch them; those of the focused pane first. Found by a word or by a key. */
#include <ctype.h>
#include <curses.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/commands.h"
#include "ui/pane.h"

enum { LINES_MAX = 768, WORD_LEAST = 96 };

enum finding { READING, FIND_WORD, FIND_KEY };           /* a word is being written; a key is waited for */

/* A heading (neither row), a key's or a command's. */
struct help_line {
	const char *heading;
	const struct key_row *key;
	const struct command_row *command;
	const char *text;                /* the part of a row's help that stands here: a long one takes several lines */
	size_t bytes;
	bool first;
};

static struct {
	struct help_line line[LINES_MAX];
	int count, top, rows;            /* lines there are; first one shown; that fit */
	int width;                       /* for which the lines were made */
	enum finding finding;
	char word[32];                   /* only what has it is listed; "": all */
	int key;                         /* likewise, 0: any */
} help;

/* At the beginning of some word of the text. */
static bool has_word(const char *text, const char *word)
{
	size_t n = strlen(word);

	for (const char *s = text; *s; s++)
		if ((s == text || !isalnum((unsigned char)s[-1])) && !strncasecmp(s, word, n))
			return true;
	return false;
}

static bool matches_key(const struct key_row *k)
{
	char names[64];

	if (help.key)
		return key_has(k, help.key);
	return !help.word[0] || has_word(where_names[k->where], help.word) || has_word(k->help, help.word) ||
	       has_word(action_words[k->action], help.word) || strstr(key_names(k, names, sizeof names), help.word);
}

static bool matches_command(const struct command_row *c)
{
	return !help.key && (!help.word[0] || has_word(c->name, help.word) || has_word(c->help, help.word) || has_word("commands", help.word));
}

static int names_room(void)
{
	return help.width >= 90 ? 20 : help.width >= 60 ? 11 : 8;
}

/* Columns for the word by which an action is called in the configuration; 0: no room for it. */
static int word_room(void)
{
	return help.width >= WORD_LEAST ? 20 : 0;
}

static void add(struct help_line line)
{
	if (help.count < LINES_MAX)
		help.line[help.count++] = line;
}

/* With as many lines as its help takes. */
static void add_row(struct help_line line, const char *text)
{
	int room = help.width - 3 - names_room() - word_room();

	line.first = true;
	do {
		line.text = text;
		line.bytes = text_row(text, room > 10 ? room : 10);
		add(line);
		line.first = false;
		text += line.bytes;
	} while (*text);
}

static void add_keys(enum where where)
{
	bool heading = false;

	for (int i = 0; i < key_row_count; i++) {
		if (key_rows[i].where != where || !matches_key(&key_rows[i]))
			continue;
		if (!heading)
			add((struct help_line){ .heading = where_names[where] });
		heading = true;
		add_row((struct help_line){ .key = &key_rows[i] }, key_rows[i].help);
	}
}

static void add_commands(void)
{
	bool heading = false;

	for (int i = 0; i < command_row_count; i++) {
		if (!matches_command(&command_rows[i]))
			continue;
		if (!heading)
			add((struct help_line){ .heading = "Commands, after :" });
		heading = true;
		add_row((struct help_line){ .command = &command_rows[i] }, command_rows[i].help);
	}
}

/* As overlay_box will have it. */
static int box_width(void)
{
	int wanted = COLS >= 120 ? 112 : 78;

	return wanted < COLS - 4 ? wanted : COLS - 4;
}

static void list(const struct ui *ui)
{
	enum where focus = ui->pane[ui->focus]->where;

	help.count = help.top = 0;
	help.width = box_width();
	add_keys(focus);
	if (focus != EVERYWHERE)
		add_keys(EVERYWHERE);
	add_commands();
	for (int w = EVERYWHERE + 1; w < WHERES; w++)
		if ((enum where)w != focus)
			add_keys((enum where)w);
}

/* ---- drawing ---- */

static void draw_key(struct rect r, int y, const struct key_row *k)
{
	char text[64];

	put(y, r.x + 2, names_room(), ROLE_KEY, key_names(k, text, sizeof text));
	if (word_room() && k->action)
		put_right(y, r.x, r.w, ROLE_DIM, action_words[k->action]);
}

static void draw_command(struct rect r, int y, const struct command_row *c)
{
	int used = put(y, r.x + 2, names_room(), ROLE_KEY, c->name) + 1;

	if (used + text_width(c->arguments) <= names_room())
		put(y, r.x + 2 + used, names_room() - used, ROLE_TEXT, c->arguments);
}

static void draw_line(struct rect r, int y, const struct help_line *l)
{
	char text[256];

	if (l->heading) {
		put(y, r.x, r.w, ROLE_TITLE, l->heading);
		return;
	}
	if (l->first && l->key)
		draw_key(r, y, l->key);
	else if (l->first)
		draw_command(r, y, l->command);
	snprintf(text, sizeof text, "%.*s", (int)l->bytes, l->text);
	put(y, r.x + 3 + names_room(), r.w - 3 - names_room() - word_room(), ROLE_TEXT, text);
}

static void draw_foot(struct ui *ui, struct rect r)
{
	int y = r.y + r.h - 1, last = help.top + help.rows < help.count ? help.top + help.rows : help.count;

	ui->cursor_y = y;
	ui->cursor_x = r.x;
	if (help.finding == FIND_WORD) {
		put(y, r.x, r.w, ROLE_PROMPT, "/");
		ui->cursor_x += 1 + put(y, r.x + 1, r.w - 1, ROLE_PROMPT, help.word);
		ui->typing = true;
	} else if (help.finding == FIND_KEY)
		put(y, r.x, r.w, ROLE_PROMPT, "press the key to be told what it does; Esc leaves");
	else if (help.key && !help.count)
		putf(y, r.x, r.w, ROLE_PROMPT, "%s does nothing   = another key   Esc all", key_name(help.key));
	else if (help.key)
		putf(y, r.x, r.w, ROLE_PROMPT, "what %s does   = another key   Esc all", key_name(help.key));
	else if (help.word[0])
		putf(y, r.x, r.w, ROLE_PROMPT, help.count ? "what has to do with \"%s\"   Esc all" : "nothing has to do with \"%s\"   Esc all", help.word);
	else
		putf(y, r.x, r.w, ROLE_DIM, "%d–%d of %d   / a word   = a key   Esc closes", help.count ? help.top + 1 : 0, last, help.count);
}

static void help_draw(struct ui *ui)
{
	struct rect r;

	if (help.width != box_width())
		list(ui);
	r = overlay_box(help.count + 1, help.width, "Help");
	help.rows = r.h - 1;
	if (help.top > help.count - help.rows)
		help.top = help.count - help.rows;
	if (help.top < 0)
		help.top = 0;
	for (int i = 0; i < help.rows && help.top + i < help.count; i++)
		draw_line(r, r.y + i, &help.line[help.top + i]);
	draw_foot(ui, r);
}

/* ---- keys ---- */

static void word_key(struct ui *ui, int key)
{
	size_t n = strlen(help.word);

	if (key == KEY_ESCAPE || key == CONTROL('c')) {
		help.finding = READING;
		help.word[0] = 0;
	} else if (key == '\r' || key == '\n' || key == KEY_ENTER)
		help.finding = READING;
	else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && n)
		help.word[n - 1] = 0;
	else if (key < 127 && isprint(key) && n + 1 < sizeof help.word) {
		help.word[n] = (char)key;
		help.word[n + 1] = 0;
	}
	list(ui);
}

static void asked_key(struct ui *ui, int key)
{
	help.finding = READING;
	help.key = key == KEY_ESCAPE ? 0 : key;
	help.word[0] = 0;
	list(ui);
}

static void find(struct ui *ui, enum finding how)
{
	help.finding = how;
	help.word[0] = 0;
	help.key = 0;
	list(ui);
}

/* All again, or away. */
static void back(struct ui *ui)
{
	if (help.word[0] || help.key)
		find(ui, READING);
	else
		ui->overlay = NULL;
}

static void help_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);
	int page = help.rows > 1 ? help.rows - 1 : 1;

	if (help.finding == FIND_WORD) {
		word_key(ui, key);
		return;
	}
	if (help.finding == FIND_KEY) {
		asked_key(ui, key);
		return;
	}
	if (key == '/' || key == KEY_F(3)) {
		find(ui, FIND_WORD);
		return;
	}
	if (key == '=') {
		find(ui, FIND_KEY);
		return;
	}
	switch (k ? k->action : ACTION_NONE) {
	case ACTION_UP:
		help.top--;
		break;
	case ACTION_DOWN:
		help.top++;
		break;
	case ACTION_PAGE_UP:
		help.top -= page;
		break;
	case ACTION_HALF_UP:
		help.top -= (page + 1) / 2;
		break;
	case ACTION_PAGE_DOWN:
		help.top += page;
		break;
	case ACTION_HALF_DOWN:
		help.top += (page + 1) / 2;
		break;
	case ACTION_FIRST:
		help.top = 0;
		break;
	case ACTION_LAST:
		help.top = help.count;
		break;
	case ACTION_BACK:
	case ACTION_CANCEL:
		back(ui);
		break;
	case ACTION_HELP:
		ui->overlay = NULL;
		break;
	case ACTION_QUIT:
	case ACTION_SUSPEND:
		ui->overlay = NULL;
		ui_act(ui, k->action);
		break;
	default:
		break;
	}
}

const struct overlay overlay_help = { .draw = help_draw, .key = help_key };

void help_open(struct ui *ui, const char *search)
{
	help.finding = READING;
	help.key = 0;
	snprintf(help.word, sizeof help.word, "%s", search);
	list(ui);
	help.rows = LINES - 3;                   /* keys may come before it is drawn */
	ui->overlay = &overlay_help;
}
