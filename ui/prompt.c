/* prompt.c -- the command line of the screen, and what its commands do. */
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/nearest.h"
#include "src/options_experiment.h"
#include "ui/pane.h"

enum { WORDS_MAX = 32 };

static char text[REQUEST_TEXT];

/* ---- experiments: the command line's own words ---- */

/* What the options print when they are asked for help, shown as a report. */
static void show_help(struct ui *ui, const struct options *o)
{
	char *help = NULL;
	size_t bytes;
	FILE *f = open_memstream(&help, &bytes);

	if (!f)
		return;
	options_write_help(f, o->subcommand);
	if (fclose(f) == 0)
		report_open_text(ui, subcommand_rows[o->subcommand].name, help);
	free(help);
}

/* What can be said on a command line and not here. */
static bool check_here(struct ui *ui, const struct options *o)
{
	static const struct {
		const char *option, *why;
	} refused[] = { { "run", "the screen is of one run" }, { "json", "a report is text here" } };

	for (size_t i = 0; i < sizeof refused / sizeof *refused; i++)
		if (options_given(o, refused[i].option)) {
			ui_say(ui, ROLE_ERROR, "--%s: %s; leave it out", refused[i].option, refused[i].why);
			return false;
		}
	return true;
}

/* The architecture that is named, or the one that is meant: retrain needs one, guide takes one that is held. */
static bool choose_arch(struct ui *ui, const struct options *o, struct command *c)
{
	struct experiment *e = &c->experiment;
	bool wants = e->kind == EXPERIMENT_RETRAIN || (e->kind == EXPERIMENT_GUIDE && !options_given(o, "count"));
	char id[ARCH_ID_LENGTH + 1] = "";

	if (e->has_arch) {
		snprintf(c->arch_name, sizeof c->arch_name, "%s", o->arch);
		snprintf(id, sizeof id, "%.*s", ARCH_ID_LENGTH, o->arch);
	} else if (wants && !e->network[0]) {
		e->has_arch = ui_meant_arch(ui, e->kind == EXPERIMENT_GUIDE, &e->arch);
		if (e->has_arch)
			arch_id(&e->arch, id);
		else if (e->kind == EXPERIMENT_RETRAIN) {
			ui_say(ui, ROLE_ERROR, "retrain: select an architecture, or name one: --arch ID|FILE|NAME");
			return false;
		}
	}
	ui_say(ui, ROLE_INFO, "%s%s%s", experiment_names[e->kind], id[0] || e->network[0] ? " " : "", e->network[0] ? e->network : id);
	return true;
}

/* Scores that need no more than random architectures join a ranking that runs. */
static bool only_samples(const struct options *o)
{
	return o->subcommand == SUBCOMMAND_RANK && !o->top && !o->perturb && !o->chain && !o->patterns;
}

static void send_experiment(struct ui *ui, const struct options *o)
{
	static struct command c;

	if (only_samples(o)) {
		c = (struct command){ .kind = COMMAND_RANK, .count = o->count ? (int)o->count : 100, .images = (int)o->images };
		if (ui_send_command(ui, &c))
			ui_say(ui, ROLE_INFO, "ranking %d more architectures", c.count);
		return;
	}
	c = (struct command){ .kind = COMMAND_EXPERIMENT };
	if (options_experiment(&c.experiment, o) < 0) {
		ui_say(ui, ROLE_ERROR, "%s", err_last());
		return;
	}
	snprintf(c.words, sizeof c.words, "%s", text + strspn(text, " "));
	if (choose_arch(ui, o, &c))
		ui_send_command(ui, &c);
}

static void run_experiment(struct ui *ui, int count, char **word)
{
	static struct options o;
	char *argv[WORDS_MAX + 3] = { "smashtop", word[0] };
	int argc = 2;

	if (!strcmp(word[0], "rank") && count > 1 && word[1][strspn(word[1], "0123456789")] == 0)
		argv[argc++] = "--count";                /* rank 50 */
	for (int i = 1; i < count; i++)
		argv[argc++] = word[i];
	if (options_parse(&o, argc, argv) < 0)
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else if (o.help || o.version)
		show_help(ui, &o);
	else if (check_here(ui, &o) && ui_run_open(ui, word[0]))
		send_experiment(ui, &o);
}

/* ---- the screen's own ---- */

static void run_report(struct ui *ui, int count, char **word)
{
	(void)count, (void)word;
	report_open(ui);
}

static void run_screen(struct ui *ui, int count, char **word)
{
	if (count != 2)
		ui_say(ui, ROLE_ERROR, "screen: the name of a file is needed");
	else if (!screen_dump(ui, word[1]))
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else
		ui_say(ui, ROLE_INFO, "the screen as text: %s", word[1]);
}

static void run_quit(struct ui *ui, int count, char **word)
{
	(void)count, (void)word;
	quit_open(ui, false);
}

static const struct {
	const char *name;
	void (*run)(struct ui *, int count, char **word);        /* the words that were typed, the command's name first */
} commands[] = {
	{ "rank", run_experiment }, { "corrupt", run_experiment }, { "guide", run_experiment }, { "retrain", run_experiment },
	{ "correlate", run_experiment }, { "report", run_report }, { "screen", run_screen }, { "q", run_quit }, { "quit", run_quit },
};
enum { COMMANDS = sizeof commands / sizeof commands[0] };

/* Cuts a line at blanks; between quotes of either kind they are the word's. How many words, or -1: more than WORDS_MAX, or no end of a quote. */
static int split(char *line, char *word[WORDS_MAX])
{
	char *to = line;
	int count = 0;

	for (;;) {
		char quote = 0;

		line += strspn(line, " ");
		if (!*line)
			return count;
		if (count == WORDS_MAX)
			return -1;
		word[count++] = to;
		for (; *line && (quote || *line != ' '); line++)
			if (quote ? *line == quote : *line == '"' || *line == '\'')
				quote = quote ? 0 : *line;
			else
				*to++ = *line;
		if (quote)
			return -1;
		line += *line != 0;
		*to++ = 0;
	}
}

static void run(struct ui *ui)
{
	char line[sizeof text + 1], *word[WORDS_MAX + 1] = { NULL };
	struct nearest near;
	int count;

	snprintf(line, sizeof line, "%s", text);
	count = split(line, word);
	if (count < 0)
		ui_say(ui, ROLE_ERROR, "a quote has no end, or the line has more than %d words", WORDS_MAX);
	if (count <= 0)
		return;
	near = nearest_to(word[0]);
	for (int i = 0; i < COMMANDS; i++) {
		if (!strcmp(word[0], commands[i].name)) {
			commands[i].run(ui, count, word);
			return;
		}
		nearest_offer(&near, commands[i].name);
	}
	ui_say(ui, ROLE_ERROR, "no command \"%s\"%s; there are rank, corrupt, guide, retrain, correlate, report, screen FILE, q", word[0],
	       nearest_hint(&near));
}

void ui_command(struct ui *ui, const char *line)
{
	snprintf(text, sizeof text, "%s", line);
	run(ui);
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
