/* commands.c -- the table of what can be said at the prompt stands last; before it what its rows do, and how a line is read. */
#include "ui/commands.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "ui/appearance.h"
#include "ui/pane.h"

/* ---- words of a line ---- */

struct words {
	char bytes[LINE_SIZE + 512];     /* of the words, their quotes taken off; a home folder may make one longer */
	char *word[COMMAND_WORDS + 1];   /* NULL after the last */
	size_t from[COMMAND_WORDS + 1];  /* where in the line each begins */
	int count;
};

/* A word that begins with ~/ is in the home folder. */
static char *begin_word(struct words *w, char *to, const char *line, const char *at)
{
	const char *home = getenv("HOME");

	w->from[w->count] = (size_t)(at - line);
	w->word[w->count++] = to;
	if (at[0] == '~' && at[1] == '/' && home && to + strlen(home) < w->bytes + sizeof w->bytes - 1)
		to += sprintf(to, "%s", home);
	return to;
}

/* Cuts a line at blanks; between quotes of either kind, and after a backslash outside of them, they are the word's. `open`: the last quote need not have an end. False: too much for the
 * struct, or an open quote. */
static bool split(struct words *w, const char *line, bool open)
{
	const char *at = line;
	char *to = w->bytes, *end = w->bytes + sizeof w->bytes - 1;

	w->count = 0;
	for (;;) {
		char quote = 0;

		at += strspn(at, " ");
		w->word[w->count] = NULL;
		if (!*at)
			return true;
		if (w->count == COMMAND_WORDS)
			return false;
		to = begin_word(w, to, line, at);
		for (at += to != w->word[w->count - 1]; *at && (quote || *at != ' ') && to < end; at++)
			if (!quote && *at == '\\' && at[1])
				*to++ = *++at;
			else if (quote ? *at == quote : (*at == '"' || *at == '\''))
				quote = quote ? 0 : *at;
			else
				*to++ = *at;
		if ((quote && !open) || to == end)
			return false;
		*to++ = 0;
	}
}

static bool is_safe(const char *word)
{
	for (const char *s = word; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("_-./:=,@%+", *s))
			return false;
	return *word != 0;
}

/* As a shell reads it. Returns the bytes it takes, also where they are more than there is room for. */
static size_t quoted(char *to, size_t size, const char *word)
{
	size_t n = 0;
	bool safe = is_safe(word);

#define PUT(c) do { if (n < size) to[n] = (c); n++; } while (0)
	if (!safe)
		PUT('\'');
	for (; *word; word++)
		if (*word == '\'')
			for (const char *s = "'\\''"; *s; s++)
				PUT(*s);
		else
			PUT(*word);
	if (!safe)
		PUT('\'');
#undef PUT
	return n;
}

void commands_join(char *text, size_t size, int count, char *const *word)
{
	size_t n = 0;

	for (int i = 0; i < count; i++) {
		if (i && n < size)
			text[n++] = ' ';
		n += quoted(text + n, n < size ? size - n : 0, word[i]);
		if (n >= size) {
			text[0] = 0;
			return;
		}
	}
	text[n] = 0;
}

void commands_log(struct ui *ui, const char *words)
{
	static struct command c;
	char run[REQUEST_TEXT];
	char *path[] = { ui->snap->run_path };

	c.kind = COMMAND_NOTE;
	commands_join(run, sizeof run, 1, path);
	if (snprintf(c.words, sizeof c.words, "smashtop %s --run %s", words, run) < (int)sizeof c.words)
		ui_send_command(ui, &c);
}

/* ---- what the rows do ---- */

static void run_report(struct ui *ui, int count, char **word)
{
	(void)count, (void)word;
	report_open(ui);
}

static void run_screen(struct ui *ui, int count, char **word)
{
	(void)count;
	if (!screen_dump(ui, word[1]))
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else
		ui_say(ui, ROLE_INFO, "the screen as text: %s", word[1]);
}

static void run_quit(struct ui *ui, int count, char **word)
{
	(void)count, (void)word;
	quit_open(ui, false);
}

static void run_help(struct ui *ui, int count, char **word)
{
	help_open(ui, count > 1 ? word[1] : "");
}

static void run_messages(struct ui *ui, int count, char **word)
{
	(void)count, (void)word;
	messages_open(ui);
}

static void run_log(struct ui *ui, int count, char **word)
{
	(void)count, (void)word;
	log_open(ui);
}

static void run_note(struct ui *ui, int count, char **word)
{
	static struct command c;

	(void)count;
	if (!ui_run_open(ui, "note"))
		return;
	c.kind = COMMAND_NOTE;
	snprintf(c.words, sizeof c.words, "%.*s", (int)sizeof c.words - 1, word[1]);
	if (ui_send_command(ui, &c))
		ui_say(ui, ROLE_INFO, "noted in the run's log");
}

static void run_train(struct ui *ui, int count, char **word)
{
	const struct snapshot *s = ui->snap;

	(void)count, (void)word;
	ui_act(ui, ACTION_TAB_1);
	if (s->state == WORKER_PAUSED)
		ui_act(ui, ACTION_PAUSE);
	else if (s->state == WORKER_FINISHED)
		ui_say(ui, ROLE_INFO, "training is finished at step %s; `smashtop train --run %s --steps N` makes it longer", text_count(s->steps),
		       s->run_path);
}

static void run_pause(struct ui *ui, int count, char **word)
{
	bool pause = word[0][0] == 'p';

	(void)count;
	if (ui->snap->state == (pause ? WORKER_TRAINING : WORKER_PAUSED) || ui->snap->state == WORKER_VIEWING)
		ui_act(ui, ACTION_PAUSE);
	else
		ui_say(ui, ROLE_WARNING, pause ? "there is no training to pause" : "there is no training that is paused");
}

/* The job of that number, or the one that runs; says what is wrong. -1: none. */
static int job_number(struct ui *ui, int count, char **word)
{
	const struct snapshot *s = ui->snap;
	char *end;
	long number = count > 1 ? strtol(word[1], &end, 10) : 0;

	if (count > 1 && (*end || number < 1 || number > 1000000)) {
		ui_say(ui, ROLE_ERROR, "%s: %s is no number of a job; tab Jobs has them", word[0], word[1]);
		return -1;
	}
	if (count == 1 && !s->job.name[0]) {
		ui_say(ui, ROLE_WARNING, "%s: no job runs", word[0]);
		return -1;
	}
	for (int i = 0; i < s->job_count && count > 1; i++)
		if (s->jobs[i].number == number) {
			if (s->jobs[i].state < JOB_ENDED)
				return (int)number;
			ui_say(ui, ROLE_WARNING, "%s: job %ld has ended", word[0], number);
			return -1;
		}
	if (count > 1)
		ui_say(ui, ROLE_ERROR, "%s: there is no job %ld; tab Jobs has their numbers", word[0], number);
	return count > 1 ? -1 : 0;
}

static void run_job(struct ui *ui, int count, char **word)
{
	bool hold = word[0][0] == 'h';
	int number = job_number(ui, count, word);

	if (number >= 0 && ui_send(ui, hold ? COMMAND_HOLD_JOB : COMMAND_CANCEL, number))
		ui_say(ui, ROLE_INFO, hold ? "%s: held, or goes on" : "%s: cancelled; what it has found is kept", number ? word[1] : ui->snap->job.name);
}

static void complete_job(struct ui *ui, struct candidates *c, int count, char **word)
{
	char number[16];

	(void)count, (void)word;
	for (int i = 0; i < ui->snap->job_count; i++)
		if (ui->snap->jobs[i].state < JOB_ENDED) {
			snprintf(number, sizeof number, "%d", ui->snap->jobs[i].number);
			candidates_offer(c, number, ui->snap->jobs[i].words);
		}
}

static void run_sort(struct ui *ui, int count, char **word)
{
	struct nearest near = nearest_to(word[1]);

	(void)count;
	for (int i = 0; i < ranking_columns(); i++) {
		if (!ranking_column(i))
			continue;
		if (!strcmp(ranking_column(i), word[1])) {
			ranking_sort(ui, i);
			ui_say(ui, ROLE_INFO, "sorted by %s; :sort-invert turns the order round", word[1]);
			return;
		}
		nearest_offer(&near, ranking_column(i));
	}
	ui_say(ui, ROLE_ERROR, "sort: there is no column \"%s\"%s", word[1], near.name ? nearest_hint(&near) : "; Tab lists them");
}

static void complete_sort(struct ui *ui, struct candidates *c, int count, char **word)
{
	(void)ui, (void)count, (void)word;
	for (int i = 0; i < ranking_columns(); i++)
		if (ranking_column(i))
			candidates_offer(c, ranking_column(i), NULL);
}

void complete_file(struct ui *ui, struct candidates *c, int count, char **word)
{
	(void)ui, (void)count, (void)word;
	candidates_offer_files(c, 0);
}

static void complete_help(struct ui *ui, struct candidates *c, int count, char **word)
{
	(void)ui, (void)count, (void)word;
	for (int i = 0; i < command_row_count; i++)
		candidates_offer(c, command_rows[i].name, command_rows[i].help);
}

/* "theme=dark", "theme dark", "theme": a row and a value, which is NULL where there is none. NULL with err_last(). */
static const struct setting_row *read_setting(int count, char **word, const char **value)
{
	char *equals = strchr(word[1], '=');

	*value = count > 2 ? word[2] : NULL;
	if (equals && count == 2) {
		*equals = 0;
		*value = equals + 1;
	}
	return setting_find(word[1]);
}

static void list_settings(struct ui *ui)
{
	char text[1024], value[SETTING_SIZE], values[128];
	int n = 0;

	for (int i = 0; i < setting_row_count && n < (int)sizeof text - 200; i++) {
		setting_values(&setting_rows[i], values, sizeof values);
		n += snprintf(text + n, sizeof text - (size_t)n, "%-8s %-10.60s  %s\n", setting_rows[i].name,
		              setting_text(&ui->settings, &setting_rows[i], value), values);
	}
	report_open_text(ui, "Settings", text);
}

static void run_set(struct ui *ui, int count, char **word)
{
	const struct setting_row *row;
	const char *value;
	char text[SETTING_SIZE], saves[64];

	if (count == 1) {
		list_settings(ui);
		return;
	}
	row = read_setting(count, word, &value);
	if (!row || (value && appearance_set(ui, row, value) < 0))
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else if (ui->message_role != ROLE_ERROR || !value) {
		snprintf(saves, sizeof saves, "; %s saves what is set there", key_of(ACTION_SETUP, EVERYWHERE));
		ui_say(ui, ROLE_INFO, "%s = %s%s", row->name, setting_text(&ui->settings, row, text), value ? saves : "");
	}
}

static void run_theme(struct ui *ui, int count, char **word)
{
	char *words[] = { "set", "theme", word[1], NULL };

	(void)count;
	run_set(ui, 3, words);
}

/* The value begins at byte `skip` of the word. */
static void complete_value(struct candidates *c, const struct setting_row *row, size_t skip)
{
	static struct theme_list list;
	char text[LINE_SIZE];

	c->hidden = skip;
	for (int i = 0; row->choices && row->choices[i]; i++) {
		snprintf(text, sizeof text, "%.*s%s", (int)skip, c->typed, row->choices[i]);
		candidates_offer(c, text, NULL);
	}
	if (row->choices || row->max)
		return;
	theme_list(&list);
	for (int i = 0; i < list.count; i++) {
		snprintf(text, sizeof text, "%.*s%s", (int)skip, c->typed, list.item[i].name);
		candidates_offer(c, text, NULL);
	}
	if (c->typed[skip])
		candidates_offer_files(c, skip);
}

static void complete_set(struct ui *ui, struct candidates *c, int count, char **word)
{
	const struct setting_row *row;
	char name[64];

	(void)ui;
	snprintf(name, sizeof name, "%.*s", (int)strcspn(word[1], "="), word[1]);
	if (count == 3 || strchr(c->typed, '=')) {
		row = setting_find(name);
		if (row && count < 4)
			complete_value(c, row, count == 3 ? 0 : strlen(name) + 1);
		return;
	}
	for (int i = 0; i < setting_row_count; i++) {
		snprintf(name, sizeof name, "%s=", setting_rows[i].name);
		candidates_offer(c, name, setting_rows[i].help);
	}
	c->open = true;
}

static void complete_theme(struct ui *ui, struct candidates *c, int count, char **word)
{
	(void)ui, (void)count, (void)word;
	complete_value(c, setting_find("theme"), 0);
}

/* ---- a line ---- */

static const struct command_row *find_row(const char *name)
{
	for (int i = 0; i < command_row_count; i++)
		if (!strcmp(command_rows[i].name, name))
			return &command_rows[i];
	return NULL;
}

static void say_unknown(struct ui *ui, const char *name)
{
	struct nearest near = nearest_to(name);

	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++)
		nearest_offer(&near, action_words[i]);
	for (int i = 0; i < command_row_count; i++)
		nearest_offer(&near, command_rows[i].name);
	ui_say(ui, ROLE_ERROR, "no command \"%s\"%s", name, near.name ? nearest_hint(&near) : "; Tab lists them, :help tells of each");
}

static void run_row(struct ui *ui, const struct command_row *row, const char *line, struct words *w)
{
	char rest[LINE_SIZE];

	if (row->rest && w->count > 1) {
		snprintf(rest, sizeof rest, "%s", line + w->from[1]);
		w->word[1] = rest;
		w->word[2] = NULL;
		w->count = 2;
	}
	if (w->count - 1 < row->least)
		ui_say(ui, ROLE_ERROR, "%s wants %s", row->name, row->arguments);
	else if (w->count - 1 > row->most)
		ui_say(ui, ROLE_ERROR, "%s: %s is one word too many", row->name, w->word[row->most + 1]);
	else
		row->run(ui, w->count, w->word);
}

void commands_run(struct ui *ui, const char *line)
{
	struct words w;
	bool good = split(&w, line, false);
	const struct command_row *row = w.count ? find_row(w.word[0]) : NULL;
	enum action action = w.count && !row ? action_find(w.word[0]) : ACTION_NONE;

	if (!good && !(row && row->rest)) {
		ui_say(ui, ROLE_ERROR, "a quote has no end, or the line has more than %d words", COMMAND_WORDS);
		return;
	}
	if (row)
		run_row(ui, row, line, &w);
	else if (action && w.count > 1)
		ui_say(ui, ROLE_ERROR, "%s is what a key does: no word may follow it", w.word[0]);
	else if (action)
		ui_act(ui, action);
	else if (w.count)
		say_unknown(ui, w.word[0]);
}

static void complete_name(struct candidates *c)
{
	for (int i = 0; i < command_row_count; i++)
		candidates_offer(c, command_rows[i].name, command_rows[i].help);
	if (!c->typed[0])
		return;                                  /* actions are for those who begin to name one */
	for (int i = 0; i < key_row_count; i++)
		if (key_rows[i].action)
			candidates_offer(c, action_words[key_rows[i].action], key_rows[i].help);
}

void commands_complete(void *context, struct candidates *c, const char *line)
{
	static struct words w;
	const struct command_row *row;
	size_t length = strlen(line);

	if (!split(&w, line, true) || w.count == COMMAND_WORDS)
		return;
	if (!w.count || line[length - 1] == ' ') {       /* a word that has not begun */
		bool quoted_blank = w.count && w.word[w.count - 1][0] && w.word[w.count - 1][strlen(w.word[w.count - 1]) - 1] == ' ';

		if (!quoted_blank) {
			w.from[w.count] = length;
			w.word[w.count++] = "";
			w.word[w.count] = NULL;
		}
	}
	candidates_begin(c, w.word[w.count - 1], w.from[w.count - 1]);
	c->quote = true;
	if (w.count == 1)
		complete_name(c);
	else if ((row = find_row(w.word[0])) && row->complete)
		row->complete(context, c, w.count, w.word);
}

#define EXPERIMENT(name, help) { name, "[OPTION]...", 0, COMMAND_WORDS, false, run_experiment, complete_experiment, help }

const struct command_row command_rows[] = {
	EXPERIMENT("rank", "score random architectures: N of them, a race, a search"),
	EXPERIMENT("corrupt", "does the HyperNet use what it is told of an architecture"),
	EXPERIMENT("guide", "search by edits that gradients propose"),
	EXPERIMENT("retrain", "train an architecture with weights of its own"),
	EXPERIMENT("correlate", "check scores against trained networks"),
	{ "export", "[OPTION]...", 0, COMMAND_WORDS, false, run_export, complete_experiment, "write architectures or scores to a file" },
	{ "report", "", 0, 0, false, run_report, NULL, "what the newest experiment found" },
	{ "cancel", "[N]", 0, 1, false, run_job, complete_job, "cancel job N, or the one that runs; what it found is kept" },
	{ "hold", "[N]", 0, 1, false, run_job, complete_job, "hold job N, or the one that runs; again: it goes on" },
	{ "train", "", 0, 0, false, run_train, NULL, "tab Train; training that is paused goes on" },
	{ "pause", "", 0, 0, false, run_pause, NULL, "pause training at a step's end" },
	{ "resume", "", 0, 0, false, run_pause, NULL, "go on training" },
	{ "edit", "[ID|NAME|PATTERN|FILE]", 0, 1, false, run_edit, complete_edit, "edit a copy of an architecture, of the selected one without a name" },
	{ "w", "[NAME]", 0, 1, false, run_keep, NULL, "keep the edited (or selected) architecture in RUN/architectures, under a name" },
	{ "w!", "NAME", 1, 1, false, run_keep, NULL, "the same; the name is taken from another one that has it" },
	{ "drafts", "", 0, 0, false, run_drafts, NULL, "the drafts of this run, to go on with one" },
	{ "filter", "[WORDS]", 0, 1, true, run_filter, NULL, "choose rows of the ranking: error<.2 origin!=pattern; without words all" },
	{ "train-marked", "[OPTIONS]", 0, COMMAND_WORDS, false, run_train_marked, NULL, "retrain each marked row, one after the other: --epochs 5" },
	{ "sort", "COLUMN", 1, 1, false, run_sort, complete_sort, "sort the ranking by a column" },
	{ "set", "[NAME=VALUE]", 0, 2, false, run_set, complete_set, "set theme, glyphs, mouse, keybar, rate, follow, message; alone: what they are" },
	{ "theme", "NAME|FILE", 1, 1, false, run_theme, complete_theme, "other colours, at once" },
	{ "note", "TEXT", 1, 1, true, run_note, NULL, "write a line into the run's log" },
	{ "log", "", 0, 0, false, run_log, NULL, "the run's log, the newest last" },
	{ "messages", "", 0, 0, false, run_messages, NULL, "what the message line said, whole, the newest last" },
	{ "screen", "FILE", 1, 1, false, run_screen, complete_file, "write the screen as text" },
	{ "help", "[WORD]", 0, 1, false, run_help, complete_help, "keys and commands; those that have to do with WORD" },
	{ "q", "", 0, 0, false, run_quit, NULL, "quit menu: detach, stop and save" },
	{ "quit", "", 0, 0, false, run_quit, NULL, "the same" },
};
const int command_row_count = sizeof command_rows / sizeof command_rows[0];
