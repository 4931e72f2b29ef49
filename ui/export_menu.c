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

enum { ITEMS_MAX = 40 };

static struct {
	struct export_choice choice;
	struct item {
		const struct export_format *format;
		enum export_subject subject;
		enum export_weights weights;     /* of a format that has such */
	} item[ITEMS_MAX];               /* what can be exported */
	int items, at;
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
	return menu.item[menu.at].format;
}

static void export_to_path(struct ui *ui, bool replace)
{
	enum export_subject subject = menu.item[menu.at].subject;
	struct export_request of = {
		.subject = subject, .result = subject == EXPORT_BANKS ? 0 : menu.choice.result, .weights = menu.item[menu.at].weights,
	};

	export_do(ui, &menu.choice, format(), &of, menu.path, replace);
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
		export_to_path(ui, true);
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
		export_to_path(ui, false);
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

/* "3f1c09a.json", "architectures.json", "ranking.csv", "loss.svg", the folder "networks" */
static void begin_path(struct ui *ui)
{
	const struct item *item = &menu.item[menu.at];
	const char *name = item->subject != EXPORT_BANKS ? export_subject_names[item->subject] : format()->rows ? "ranking" : format()->many;

	if (item->subject == EXPORT_BANKS && !format()->rows && menu.choice.count <= 1)
		snprintf(menu.path, sizeof menu.path, "%.7s%s", menu.choice.id, format()->suffix);
	else
		snprintf(menu.path, sizeof menu.path, "%s%s", name, format()->write_each ? "" : format()->suffix);
	name_again(ui);
}

/* ---- formats ---- */

static bool offered(const struct export_format *f, enum export_subject subject)
{
	if (!(f->subjects >> subject & 1))
		return false;
	return subject != EXPORT_BANKS || (!menu.choice.no_arch && (!f->rows || menu.choice.count > 0));
}

/* Generated weights, and where all that is chosen has been trained its own. */
static void add_item(struct ui *ui, struct item item, const struct item *last)
{
	int kinds = item.format->weights && export_all_trained(ui, &menu.choice) ? EXPORT_WEIGHTS : 1;

	for (int i = 0; i < kinds && menu.items < ITEMS_MAX; i++) {
		item.weights = (enum export_weights)i;
		if (item.format == last->format && item.subject == last->subject && item.weights == last->weights)
			menu.at = menu.items;
		menu.item[menu.items++] = item;
	}
}

/* The figure that is looked at first. What was exported last time is under the cursor again. */
static void list_items(struct ui *ui)
{
	struct item last = menu.item[menu.at];

	menu.items = menu.at = 0;
	for (int banks = menu.choice.figure == EXPORT_BANKS; banks < 2; banks++)
		for (int i = 0; i < export_format_count; i++) {
			struct item item = { .format = &export_formats[i], .subject = banks ? EXPORT_BANKS : menu.choice.figure };

			if (offered(item.format, item.subject))
				add_item(ui, item, &last);
		}
}

static void draw_item(struct ui *ui, int y, struct rect r, int i)
{
	static const char *const figures[EXPORT_SUBJECTS] = { [EXPORT_LOSS] = "loss", [EXPORT_CORRELATE] = "correlation", [EXPORT_CORRUPT] = "corruption" };
	static const char *const weights[EXPORT_WEIGHTS] = {
		[EXPORT_GENERATED] = "generated: the weights that the HyperNet makes",
		[EXPORT_LAST] = "last: its own weights of the last epoch",
		[EXPORT_SELECTED] = "selected: its own weights of the best epoch",
	};
	const struct export_format *f = menu.item[i].format;
	bool has_own = menu.item[i].weights != EXPORT_GENERATED || (i + 1 < menu.items && menu.item[i + 1].weights != EXPORT_GENERATED);
	const char *help = has_own ? weights[menu.item[i].weights] : f->help;
	enum export_subject subject = menu.item[i].subject;
	enum role role = i == menu.at ? ROLE_SELECTION : ROLE_TEXT;
	int count = export_count(ui, &menu.choice, f);
	char what[48];

	if (subject != EXPORT_BANKS)
		snprintf(what, sizeof what, "%6s %s", "", figures[subject]);
	else
		snprintf(what, sizeof what, "%6s %s", text_count(count), count == 1 ? f->one : f->many);
	putf(y, r.x, r.w, role, "%c %-11s %-20s", i == menu.at ? '>' : ' ', f->name, what);
	if (has_own || r.w >= 76)
		put(y, r.x + 35, r.w - 35, ROLE_DIM, help);
	if (i == menu.at) {
		ui->cursor_y = y;
		ui->cursor_x = r.x;
	}
}

static void menu_draw(struct ui *ui)
{
	struct rect r = overlay_box(menu.items, 90, "Export   Enter, Esc");
	int top = menu.at < r.h ? 0 : menu.at - r.h + 1;

	for (int i = top; i < menu.items && i - top < r.h; i++)
		draw_item(ui, r.y + i - top, r, i);
}

/* The next one with that first letter, which several may have. How many do. */
static int go_to_letter(int key)
{
	int count = 0, to = -1;

	for (int k = 1; k <= menu.items; k++) {
		int i = (menu.at + k) % menu.items;

		if (key != menu.item[i].format->name[0])
			continue;
		count++;
		to = to < 0 ? i : to;
	}
	menu.at = to < 0 ? menu.at : to;
	return count;
}

static void menu_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);
	int lettered;

	ui->overlay = NULL;
	if (key == '\r' || key == '\n' || key == KEY_ENTER) {
		begin_path(ui);
		return;
	}
	lettered = go_to_letter(key);
	if (lettered == 1)
		begin_path(ui);
	else if (lettered > 1)
		ui->overlay = &overlay_export;
	else if (k && (k->action == ACTION_UP || k->action == ACTION_DOWN)) {
		menu.at = (menu.at + (k->action == ACTION_UP ? -1 : 1) + menu.items) % menu.items;
		ui->overlay = &overlay_export;
	} else if (k && (k->action == ACTION_QUIT || k->action == ACTION_SUSPEND))
		ui_act(ui, k->action);
}

const struct overlay overlay_export = { .draw = menu_draw, .key = menu_key };

void export_open(struct ui *ui)
{
	if (!export_choose(ui, &menu.choice))
		return;
	list_items(ui);
	ui->overlay = &overlay_export;
}
