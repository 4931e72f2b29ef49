/* help.c -- every key, from the table that dispatches them; those of the focused pane first. */
#include <ctype.h>
#include <curses.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "ui/pane.h"

static struct {
	int top, rows;                   /* first line shown; lines that fit */
	bool searching;
	char search[32];
} help;

static bool matches(const struct key_row *k)
{
	size_t n = strlen(help.search);
	char names[64];

	if (!n || !strncasecmp(where_names[k->where], help.search, n) || strstr(key_names(k, names, sizeof names), help.search))
		return true;
	for (const char *s = k->help; *s; s++)
		if (!strncasecmp(s, help.search, n))
			return true;
	return false;
}

/* Lines of the list in order: each `where` is a heading (row NULL) and its keys. Returns how many; line i goes into *at, *where. */
static int line(const struct ui *ui, int i, const struct key_row **at, enum where *in)
{
	enum where focus = ui->pane[ui->focus]->where;
	enum where order[WHERES] = { focus, EVERYWHERE };
	int n = 0, sections = 2;

	*at = NULL;
	for (int w = EVERYWHERE + 1; w < WHERES; w++)
		if ((enum where)w != focus)
			order[sections++] = (enum where)w;
	for (int s = 0; s < sections; s++) {
		bool heading = false;

		for (int k = 0; k < key_row_count; k++) {
			if (key_rows[k].where != order[s] || !matches(&key_rows[k]))
				continue;
			if (!heading) {
				heading = true;
				if (n++ == i)
					*in = order[s];
			}
			if (n++ == i)
				*at = &key_rows[k];
		}
	}
	return n;
}

static void help_draw(struct ui *ui)
{
	const struct key_row *k;
	enum where where;
	int total = line(ui, -1, &k, &where);
	struct rect r = overlay_box(total + 1, 78, help.searching || help.search[0] ? "Keys" : "Keys   / searches   Esc closes");
	int names = r.w >= 60 ? 10 : 7;
	char text[64];

	help.rows = r.h - 1;
	if (help.top > total - help.rows)
		help.top = total - help.rows;
	if (help.top < 0)
		help.top = 0;
	for (int i = 0; i < help.rows && help.top + i < total; i++) {
		line(ui, help.top + i, &k, &where);
		if (!k) {
			put(r.y + i, r.x, r.w, ROLE_TITLE, where_names[where]);
			continue;
		}
		put(r.y + i, r.x + 2, names, ROLE_KEY, key_names(k, text, sizeof text));
		put(r.y + i, r.x + 3 + names, r.w - 3 - names, ROLE_TEXT, k->help);
	}
	if (help.searching || help.search[0])
		putf(r.y + r.h - 1, r.x, r.w, ROLE_PROMPT, "/%s%s", help.search, total ? "" : "   no key");
	else
		putf(r.y + r.h - 1, r.x, r.w, ROLE_DIM, "%d–%d of %d%s", total ? help.top + 1 : 0,
		     help.top + help.rows < total ? help.top + help.rows : total, total, help.rows < total ? "   arrows, PgUp, PgDn" : "");
	ui->cursor_y = r.y + r.h - 1;
	ui->cursor_x = r.x + (help.searching ? 1 + (int)strlen(help.search) : 0);
}

static void search_key(int key)
{
	size_t n = strlen(help.search);

	if (key == KEY_ESCAPE) {
		help.searching = false;
		help.search[0] = 0;
	} else if (key == '\r' || key == '\n' || key == KEY_ENTER)
		help.searching = false;
	else if ((key == KEY_BACKSPACE || key == 127 || key == 8) && n)
		help.search[n - 1] = 0;
	else if (key < 127 && isprint(key) && n + 1 < sizeof help.search) {
		help.search[n] = (char)key;
		help.search[n + 1] = 0;
	}
	help.top = 0;
}

static void help_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);
	enum action action = k ? k->action : ACTION_NONE;
	int page = help.rows > 1 ? help.rows - 1 : 1;

	if (help.searching) {
		search_key(key);
		return;
	}
	switch (action) {
	case ACTION_UP:
		help.top--;
		break;
	case ACTION_DOWN:
		help.top++;
		break;
	case ACTION_PAGE_UP:
	case ACTION_HALF_UP:
		help.top -= page;
		break;
	case ACTION_PAGE_DOWN:
	case ACTION_HALF_DOWN:
		help.top += page;
		break;
	case ACTION_FIRST:
		help.top = 0;
		break;
	case ACTION_LAST:
		help.top = 1000;
		break;
	case ACTION_BACK:
		if (help.search[0])
			help.search[0] = 0;
		else
			ui->overlay = NULL;
		break;
	case ACTION_HELP:
		ui->overlay = NULL;
		break;
	case ACTION_QUIT:
	case ACTION_SUSPEND:
		ui->overlay = NULL;
		ui_act(ui, action);
		break;
	default:
		if (key == '/')
			help.searching = true;
		break;
	}
}

const struct overlay overlay_help = { .draw = help_draw, .key = help_key };

void help_open(struct ui *ui, const char *search)
{
	help.top = 0;
	help.searching = false;
	snprintf(help.search, sizeof help.search, "%s", search);
	ui->overlay = &overlay_help;
}
