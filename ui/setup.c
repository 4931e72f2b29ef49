/* setup.c -- the settings as a list: what is changed shows at once, and is in the configuration file when the list is left. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "ui/appearance.h"
#include "ui/config.h"

static struct {
	int at;                          /* row */
	struct settings before;          /* as the list was opened */
	struct theme_list themes;
	char path[1024];
} setup;

static bool is_theme(const struct setting_row *row)
{
	return !row->choices && row->max == 0;
}

/* The place of the value among those there are; -1: it is none of them (a theme that is a file). */
static int place(const struct ui *ui, const struct setting_row *row)
{
	const char *theme = ui->settings.theme;

	if (!is_theme(row))
		return *(const int *)((const char *)&ui->settings + row->offset) - row->min;
	for (int i = 0; i < setup.themes.count; i++)
		if (!strcmp(setup.themes.item[i].name, theme))
			return i;
	return -1;
}

static int places(const struct setting_row *row)
{
	int n = 0;

	if (is_theme(row))
		return setup.themes.count;
	if (!row->choices)
		return row->max - row->min + 1;
	while (row->choices[n])
		n++;
	return n;
}

/* Numbers stop at their ends; what is chosen from goes round. */
static void change(struct ui *ui, int by)
{
	const struct setting_row *row = &setting_rows[setup.at];
	int n = places(row), at = place(ui, row) + by;
	char value[SETTING_SIZE];

	if (n == 0)
		return;
	if (row->choices || is_theme(row))
		at = (at + n) % n;
	else if (at < 0 || at >= n)
		return;
	if (is_theme(row))
		snprintf(value, sizeof value, "%s", setup.themes.item[at].name);
	else if (row->choices)
		snprintf(value, sizeof value, "%s", row->choices[at]);
	else
		snprintf(value, sizeof value, "%d", row->min + at);
	if (appearance_set(ui, row, value) < 0)
		ui_say(ui, ROLE_ERROR, "%s", err_last());
}

/* As the list was opened: that is what is saved, and nothing is written then. */
static void take_back(struct ui *ui)
{
	char value[SETTING_SIZE], now[SETTING_SIZE];

	for (int i = 0; i < setting_row_count; i++) {
		const struct setting_row *row = &setting_rows[i];
		const char *text = setting_text(&setup.before, row, value);

		if (strcmp(text, setting_text(&ui->settings, row, now)) != 0 && appearance_set(ui, row, text) < 0)
			ui_say(ui, ROLE_ERROR, "%s", err_last());
	}
}

/* In as many rows as it takes. The row below. */
static int put_help(struct rect r, int y, const char *help)
{
	for (; *help && y < r.y + r.h; y++) {
		size_t bytes = text_row(help, r.w);

		putf(y, r.x, r.w, ROLE_TEXT, "%.*s", (int)bytes, help);
		help += bytes;
	}
	return y;
}

static void setup_draw(struct ui *ui)
{
	const struct setting_row *row = &setting_rows[setup.at];
	struct rect r = overlay_box(setting_row_count + 5, 72, "Setup   left, right change   u takes all back   Esc saves");
	char text[SETTING_SIZE], values[128];
	int y = r.y, bottom = r.y + r.h;

	for (int i = 0; i < setting_row_count && y < bottom; i++, y++) {
		enum role role = i == setup.at ? ROLE_SELECTION : ROLE_TEXT;

		put_blank((struct rect){ y, r.x, 1, r.w }, role);
		put(y, r.x, 1, role, i == setup.at ? ">" : " ");
		put(y, r.x + 2, 10, role, setting_rows[i].name);
		putf(y, r.x + 12, r.w - 12, role, "< %s >", setting_text(&ui->settings, &setting_rows[i], text));
		if (i == setup.at) {
			ui->cursor_y = y;
			ui->cursor_x = r.x + 14;
		}
	}
	if (is_theme(row))
		snprintf(values, sizeof values, "%d themes; :theme FILE takes another", setup.themes.count);
	else
		setting_values(row, values, sizeof values);
	y = put_help(r, y + 1, row->help);
	if (y < bottom)
		put(y, r.x, r.w, ROLE_DIM, values);
	if (y + 1 < bottom)
		putf(y + 1, r.x, r.w, ROLE_DIM, "saved in %s", setup.path[0] ? setup.path : "nothing: HOME is not set");
}

static void leave(struct ui *ui)
{
	ui->overlay = NULL;
	if (!memcmp(&setup.before, &ui->settings, sizeof setup.before))
		return;
	if (!setup.path[0])
		ui_say(ui, ROLE_WARNING, "not saved: neither HOME nor XDG_CONFIG_HOME is set");
	else if (config_save(setup.path, &setup.before, &ui->settings) < 0)
		ui_say(ui, ROLE_ERROR, "not saved: %s", err_last());
	else
		ui_say(ui, ROLE_INFO, "saved in %s", setup.path);
}

static void setup_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);

	switch (k ? k->action : ACTION_NONE) {
	case ACTION_UP:
		setup.at = (setup.at + setting_row_count - 1) % setting_row_count;
		break;
	case ACTION_DOWN:
		setup.at = (setup.at + 1) % setting_row_count;
		break;
	case ACTION_LEFT:
		change(ui, -1);
		break;
	case ACTION_RIGHT:
		change(ui, 1);
		break;
	case ACTION_BACK:
	case ACTION_SETUP:
	case ACTION_CANCEL:
		leave(ui);
		break;
	case ACTION_QUIT:
	case ACTION_SUSPEND:
		leave(ui);
		ui_act(ui, k->action);
		break;
	default:
		if (key == ' ')
			change(ui, 1);
		else if (key == 'u')
			take_back(ui);
		else if (key == '\r' || key == '\n' || key == KEY_ENTER)
			leave(ui);
		break;
	}
}

const struct overlay overlay_setup = { .draw = setup_draw, .key = setup_key };

void settings_open(struct ui *ui)
{
	theme_list(&setup.themes);
	if (!config_path(setup.path, sizeof setup.path))
		setup.path[0] = 0;
	setup.before = ui->settings;
	setup.at = 0;
	ui->overlay = &overlay_setup;
}
