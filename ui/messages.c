/* messages.c -- what the message line has said: kept, so that none is missed and a long one can be read whole. The run's log. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/clock.h"
#include "ui/pane.h"

enum { KEPT = 60 };                      /* as many as a report has room for */

static struct {
	double clock;
	enum role role;
	char text[WORKER_TEXT];
} kept[KEPT];
static int kept_count;

void message_keep(enum role role, const char *text)
{
	int i = kept_count++ % KEPT;

	kept[i].clock = clock_wall();
	kept[i].role = role;
	snprintf(kept[i].text, sizeof kept[i].text, "%s", text);
}

int message_count(void)
{
	return kept_count;
}

bool message_at(int number, const char **text, enum role *role)
{
	if (number < kept_count - KEPT || number >= kept_count)
		return false;
	*text = kept[number % KEPT].text;
	*role = kept[number % KEPT].role;
	return true;
}

static const char *role_word(enum role role)
{
	return role == ROLE_ERROR ? "error: " : role == ROLE_WARNING ? "warning: " : "";
}

static int count_rows(const char *text, int width)
{
	int rows = 0;

	for (; *text; rows++)
		text += text_row(text, width);
	return rows;
}

/* All of it, in the rows above too. */
static void draw_folded(const struct ui *ui, int y)
{
	const char *text = ui->message;
	char part[WORKER_TEXT];
	int rows = count_rows(text, COLS - 2);

	for (int top = y - rows + 1; *text; top++) {
		size_t n = text_row(text, COLS - 2);

		if (top > 0) {
			snprintf(part, sizeof part, "%.*s", (int)n, text);
			put_blank((struct rect){ top, 0, 1, COLS }, ROLE_TEXT);
			put(top, 1, COLS - 1, ui->message_role, part);
		}
		text += n;
	}
}

void message_draw(struct ui *ui, int y)
{
	static const char more[] = " :messages";
	int room = COLS - 1;

	if (ui->message_long) {
		draw_folded(ui, y);
		return;
	}
	if (text_width(ui->message) > room && room > 30)
		room -= put_right(y, 1, room, ROLE_DIM, more) + 1;
	put(y, 1, room, ui->message_role, ui->message);
}

static void open_lines(struct ui *ui, const char *title, void (*write)(FILE *, const void *), const void *what)
{
	char *text = NULL;
	size_t bytes;
	FILE *f = open_memstream(&text, &bytes);

	if (!f)
		return;
	write(f, what);
	if (fclose(f) == 0)
		report_open_text(ui, title, text);
	free(text);
	report_to_end();
}

/* A report folds prose, and takes what has gaps for a table. */
static void write_prose(FILE *f, const char *text)
{
	for (; *text; text++)
		if (text[0] != ' ' || text[1] != ' ')
			fputc(*text, f);
	fputc('\n', f);
}

static void write_messages(FILE *f, const void *nothing)
{
	int first = kept_count > KEPT ? kept_count - KEPT : 0;

	(void)nothing;
	for (int i = first; i < kept_count; i++) {
		fprintf(f, "%s %s", text_clock(kept[i % KEPT].clock), role_word(kept[i % KEPT].role));
		write_prose(f, kept[i % KEPT].text);
	}
}

void messages_open(struct ui *ui)
{
	open_lines(ui, "Messages", write_messages, NULL);
}

static void write_log(FILE *f, const void *snapshot)
{
	const struct snapshot *s = snapshot;
	int first = s->log_count > LOG_LINES ? s->log_count - LOG_LINES : 0;

	for (int i = first; i < s->log_count; i++)
		fprintf(f, "%s %s\n", text_clock(s->log[i % LOG_LINES].clock), s->log[i % LOG_LINES].text);
}

void log_open(struct ui *ui)
{
	if (!ui->snap->log_count)
		ui_say(ui, ROLE_INFO, "the log is empty yet");
	else
		open_lines(ui, "Log of this session", write_log, ui->snap);
}
