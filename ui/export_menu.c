/* export_menu.c -- exporting from the screen: a menu of formats, then a line for the file's name, then, where that exists, a question. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "ui/commands.h"
#include "ui/export.h"
#include "ui/line.h"

static struct {
	struct export_choice choice;
	int at;                          /* in the table of formats */
	char path[REQUEST_TEXT];
	off_t bytes;                     /* of the file that is there */
} menu;
static struct line line;

static int line_row(void)
{
	return LINES >= 2 ? LINES - 2 : LINES - 1;
}

static const struct export_format *format(void)
{
	return &export_formats[menu.at];
}

/* ---- the question ---- */

static void ask_draw(struct ui *ui)
{
	int y = line_row();

	put_blank((struct rect){ y, 0, 1, COLS }, ROLE_PROMPT);
	ui->cursor_y = y;
	ui->cursor_x = putf(y, 0, COLS, ROLE_WARNING, "%s exists (%s): r replaces it, Enter asks for another name, Esc leaves it ", menu.path,
	                    text_bytes((int64_t)menu.bytes));
	ui->typing = true;
}

static const struct overlay overlay_path;

static void name_again(struct ui *ui);

static void ask_key(struct ui *ui, int key)
{
	ui->overlay = NULL;
	if (key == 'r')
		export_do(ui, &menu.choice, format(), menu.path, true);
	else if (key == '\r' || key == '\n' || key == KEY_ENTER)
		name_again(ui);
	else
		ui_say(ui, ROLE_INFO, "nothing is exported; %s is as it was", menu.path);
}

static const struct overlay overlay_ask = { .draw = ask_draw, .key = ask_key };

/* ---- the file's name ---- */

static void complete_path(void *context, struct candidates *c, const char *text)
{
	static char typed[LINE_SIZE];

	(void)context;
	snprintf(typed, sizeof typed, "%s", text);
	candidates_begin(c, typed, 0);
	candidates_offer_files(c, 0);
}

static void path_draw(struct ui *ui)
{
	char label[48];

	snprintf(label, sizeof label, "export %s to: ", format()->name);
	line_draw(&line, ui, line_row(), 0, COLS, label);
}

/* "~/x" is in the home directory, as in a shell; blanks at the ends are nobody's. */
static void take_path(const char *text)
{
	const char *home = getenv("HOME");
	size_t n;

	text += strspn(text, " ");
	if (text[0] == '~' && text[1] == '/' && home)
		snprintf(menu.path, sizeof menu.path, "%s%s", home, text + 1);
	else
		snprintf(menu.path, sizeof menu.path, "%s", text);
	for (n = strlen(menu.path); n > 0 && menu.path[n - 1] == ' '; n--)
		menu.path[n - 1] = 0;
}

static void path_key(struct ui *ui, int key)
{
	enum line_outcome outcome = line_key(&line, key);
	struct stat st;

	if (outcome == LINE_WRITING)
		return;
	ui->overlay = NULL;
	if (outcome == LINE_LEFT)
		return;
	take_path(line.text);
	if (menu.path[0] && stat(menu.path, &st) == 0 && S_ISREG(st.st_mode)) {
		menu.bytes = st.st_size;
		ui->overlay = &overlay_ask;
	} else
		export_do(ui, &menu.choice, format(), menu.path, false);
}

static void path_paste(struct ui *ui, const char *text, long bytes)
{
	(void)ui;
	line_paste(&line, text, bytes);
}

static const struct overlay overlay_path = { .draw = path_draw, .key = path_key, .paste = path_paste };

static void name_again(struct ui *ui)
{
	line_begin(&line, menu.path, NULL, complete_path, NULL);
	ui->overlay = &overlay_path;
}

/* "3f1c09a.json", "architectures.json", "ranking.csv" */
static void begin_path(struct ui *ui)
{
	const char *name = format()->rows ? "ranking" : format()->many;

	if (!format()->rows && menu.choice.count <= 1)
		snprintf(menu.path, sizeof menu.path, "%.7s%s", menu.choice.id, format()->suffix);
	else
		snprintf(menu.path, sizeof menu.path, "%s%s", name, format()->suffix);
	name_again(ui);
}

/* ---- formats ---- */

static bool offered(const struct export_format *f)
{
	return !f->rows || menu.choice.count > 0;
}

static void menu_draw(struct ui *ui)
{
	int n = 0, y, wide;
	struct rect r;

	for (int i = 0; i < export_format_count; i++)
		n += offered(&export_formats[i]);
	r = overlay_box(n, 76, "Export   Enter, Esc");
	wide = r.w >= 70;
	y = r.y;
	for (int i = 0; i < export_format_count && y < r.y + r.h; i++) {
		const struct export_format *f = &export_formats[i];
		enum role role = i == menu.at ? ROLE_SELECTION : ROLE_TEXT;
		int count;

		if (!offered(f))
			continue;
		count = export_count(ui, &menu.choice, f);
		putf(y, r.x, r.w, role, "%c %-5s %6s %s", i == menu.at ? '>' : ' ', f->name, text_count(count), count == 1 ? f->one : f->many);
		if (wide)
			put(y, r.x + 30, r.w - 30, ROLE_DIM, f->help);
		if (i == menu.at) {
			ui->cursor_y = y;
			ui->cursor_x = r.x;
		}
		y++;
	}
}

static void move_to(int by)
{
	do
		menu.at = (menu.at + by + export_format_count) % export_format_count;
	while (!offered(format()));
}

static void menu_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);

	ui->overlay = NULL;
	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		begin_path(ui);
		return;
	}
	for (int i = 0; i < export_format_count; i++)            /* a format's first letter chooses it */
		if (key == export_formats[i].name[0] && offered(&export_formats[i])) {
			menu.at = i;
			begin_path(ui);
			return;
		}
	if (k && (k->action == ACTION_UP || k->action == ACTION_DOWN)) {
		move_to(k->action == ACTION_UP ? -1 : 1);
		ui->overlay = &overlay_export;
	} else if (k && (k->action == ACTION_QUIT || k->action == ACTION_SUSPEND))
		ui_act(ui, k->action);
}

const struct overlay overlay_export = { .draw = menu_draw, .key = menu_key };

void export_open(struct ui *ui)
{
	if (!export_choose(ui, &menu.choice))
		return;
	if (!offered(format()))
		move_to(1);
	ui->overlay = &overlay_export;
}
