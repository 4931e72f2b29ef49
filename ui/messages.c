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

static const char *role_word(enum role role)
{
	return role == ROLE_ERROR ? "error: " : role == ROLE_WARNING ? "warning: " : "";
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

static void write_messages(FILE *f, const void *nothing)
{
	int first = kept_count > KEPT ? kept_count - KEPT : 0;

	(void)nothing;
	for (int i = first; i < kept_count; i++)
		fprintf(f, "%s %s%s\n", text_clock(kept[i % KEPT].clock), role_word(kept[i % KEPT].role), kept[i % KEPT].text);
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
