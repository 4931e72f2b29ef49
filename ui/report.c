/* report.c -- text that is read and put away: what an experiment found, a command's help. */
#include <curses.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "ui/view.h"

enum { STEP = 8, LEAST = 56, PROSE = 100 };      /* columns: left and right move by, a report has at least, prose has at most */

static struct {
	char text[REPORT_SIZE], title[64];
	int width, wanted;               /* columns of its widest table; those it has best: prose is fitted to them */
	int top, left;                   /* first row and column shown */
	int rows, all;                   /* that fit, that there are */
} report;

/* Bytes of the first `count` characters, at most `most`. */
static size_t bytes_of(const char *text, int count, size_t most)
{
	size_t n = 0;

	for (; count > 0 && n < most; count--)
		do
			n++;
		while (n < most && ((unsigned char)text[n] & 0xc0) == 0x80);     /* the rest of a UTF-8 character */
	return n;
}

static bool has_gap(const char *line, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++)
		if (line[i] == ' ' && line[i + 1] == ' ')
			return true;
	return false;
}

/* One row of the screen: of a line of prose as many words as fit, of a table (it has gaps) the whole line. Returns its bytes, and in *next where
 * the next row begins. */
static size_t row_at(const char *at, int width, const char **next)
{
	size_t length = strcspn(at, "\n"), fits = bytes_of(at, width, length), blank;

	*next = at + length + (at[length] == '\n');
	if (fits == length || has_gap(at, length))
		return length;
	for (blank = fits; blank > 0 && at[blank] != ' '; blank--)
		;
	if (blank == 0)
		return length;
	*next = at + blank + 1;
	return blank;
}

static int clamp(int value, int most)
{
	return value > most ? (most > 0 ? most : 0) : value < 0 ? 0 : value;
}

static void put_row(struct rect r, int y, const char *at, size_t bytes)
{
	char line[512];
	size_t skipped = has_gap(at, bytes) ? bytes_of(at, report.left, bytes) : 0;

	snprintf(line, sizeof line, "%.*s", (int)(bytes - skipped), at + skipped);
	put(r.y + y, r.x, r.w, ROLE_TEXT, line);
}

static int count_rows(int width)
{
	const char *at = report.text;
	int rows = 0;

	for (; *at; rows++)
		row_at(at, width, &at);
	return rows;
}

static void report_draw(struct ui *ui)
{
	struct rect r = overlay_box(count_rows(report.wanted < COLS - 4 ? report.wanted : COLS - 4) + 1, report.wanted, report.title);
	const char *at = report.text, *next;
	int last;

	report.all = count_rows(r.w);
	report.rows = r.h - 1;
	report.top = clamp(report.top, report.all - report.rows);
	report.left = clamp(report.left, report.width - r.w);
	for (int i = 0; *at && i < report.top + report.rows; i++, at = next) {
		size_t bytes = row_at(at, r.w, &next);

		if (i >= report.top)
			put_row(r, i - report.top, at, bytes);
	}
	last = report.top + report.rows < report.all ? report.top + report.rows : report.all;
	putf(r.y + r.h - 1, r.x, r.w, ROLE_DIM, "%d–%d of %d%s%s   Esc closes", report.top + 1, last, report.all,
	     report.rows < report.all ? "   PgUp, PgDn" : "", r.w < report.width ? "   left, right" : "");
	ui->cursor_y = r.y;
	ui->cursor_x = r.x;
}

static void report_key(struct ui *ui, int key)
{
	const struct key_row *k = key_find(key, EVERYWHERE);
	int page = report.rows > 1 ? report.rows - 1 : 1;

	switch (k ? k->action : ACTION_NONE) {
	case ACTION_UP:
		report.top--;
		break;
	case ACTION_DOWN:
		report.top++;
		break;
	case ACTION_PAGE_UP:
		report.top -= page;
		break;
	case ACTION_PAGE_DOWN:
		report.top += page;
		break;
	case ACTION_HALF_UP:
		report.top -= (page + 1) / 2;
		break;
	case ACTION_HALF_DOWN:
		report.top += (page + 1) / 2;
		break;
	case ACTION_LEFT:
		report.left -= STEP;
		break;
	case ACTION_RIGHT:
		report.left += STEP;
		break;
	case ACTION_FIRST:
		report.top = report.left = 0;
		break;
	case ACTION_LAST:
		report.top = report.all;
		break;
	case ACTION_BACK:
	case ACTION_QUIT:
	case ACTION_CANCEL:
		ui->overlay = NULL;
		break;
	case ACTION_SUSPEND:
		ui->overlay = NULL;
		ui_act(ui, ACTION_SUSPEND);
		break;
	default:
		break;
	}
}

const struct overlay overlay_report = { .draw = report_draw, .key = report_key };

static void measure(void)
{
	report.width = 0;
	report.wanted = LEAST;
	for (const char *at = report.text, *next; *at; at = next) {
		size_t bytes = row_at(at, INT_MAX, &next);
		char line[512];

		snprintf(line, sizeof line, "%.*s", (int)bytes, at);

		int width = text_width(line), wanted = has_gap(at, bytes) || width < PROSE ? width : PROSE;

		if (has_gap(at, bytes) && width > report.width)
			report.width = width;
		if (wanted > report.wanted)
			report.wanted = wanted;
	}
}

void report_open_text(struct ui *ui, const char *title, const char *text)
{
	snprintf(report.title, sizeof report.title, "%s", title);
	snprintf(report.text, sizeof report.text, "%s", text);
	report.top = report.left = 0;
	measure();
	ui->overlay = &overlay_report;
}

const char *report_text(void)
{
	return report.text;
}

void report_to_end(void)
{
	report.top = INT_MAX / 2;
}

void report_open(struct ui *ui)
{
	static char text[REPORT_SIZE];

	if (!ui->snap->report_serial) {
		ui_say(ui, ROLE_INFO, "no report yet: corrupt, guide, retrain and correlate each end with one");
		return;
	}
	worker_report(ui->worker, text, sizeof text);
	report_open_text(ui, ui->snap->report_name, text);
}

void report_news(struct ui *ui)
{
	const struct snapshot *s = ui->snap;

	if (s->report_serial == ui->report_serial)
		return;
	ui->report_serial = s->report_serial;
	if (!view_has(s->report_name) && !ui->overlay && ui->pane[ui->focus]->where != IN_EDIT)
		report_open(ui);
}
