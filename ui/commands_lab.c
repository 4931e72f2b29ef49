/* commands_lab.c -- the commands of the laboratory: the same words as on the command line, read from the same tables. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/base/document.h"
#include "src/base/err.h"
#include "src/options_experiment.h"
#include "src/options_values.h"
#include "ui/commands.h"
#include "ui/ranking.h"

/* What can be said on a command line and not here. */
static const struct {
	const char *option, *why;
} refused[] = {
	{ "run", "the screen is of one run" }, { "json", "a report is text here" }, { "device", "it is chosen when the run is opened" },
	{ "precision", "it is chosen when the run is opened" }, { "threads", "they are chosen when the run is opened" },
};
enum { REFUSED = sizeof refused / sizeof refused[0] };

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

static bool check_here(struct ui *ui, const struct options *o)
{
	for (int i = 0; i < REFUSED; i++)
		if (options_given(o, refused[i].option)) {
			ui_say(ui, ROLE_ERROR, "--%s: %s; leave it out", refused[i].option, refused[i].why);
			return false;
		}
	return true;
}

bool commands_options(struct ui *ui, struct options *o, int count, char **word)
{
	char *argv[COMMAND_WORDS + 3] = { "smashtop" };

	memcpy(argv + 1, word, (size_t)count * sizeof *word);
	if (options_parse(o, count + 1, argv) < 0)
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else if (o->help || o->version)
		show_help(ui, o);
	else
		return check_here(ui, o);
	return false;
}

/* The architecture that is named, or the one that is meant: retrain needs one, guide takes one that is held. Its id, or "". */
static bool choose_arch(struct ui *ui, const struct options *o, struct command *c, char id[ARCH_ID_LENGTH + 1])
{
	struct experiment *e = &c->experiment;
	bool wants = e->kind == EXPERIMENT_RETRAIN || (e->kind == EXPERIMENT_GUIDE && !options_given(o, "count"));

	id[0] = 0;
	if (e->has_arch)
		snprintf(c->arch_name, sizeof c->arch_name, "%s", o->arch);
	else if (wants && !e->network[0]) {
		e->has_arch = ui_meant_arch(ui, e->kind == EXPERIMENT_GUIDE, &e->arch);
		if (e->has_arch)
			arch_id(&e->arch, id);
		else if (e->kind == EXPERIMENT_RETRAIN) {
			ui_say(ui, ROLE_ERROR, "retrain: select an architecture, or name one: --arch ID|FILE|NAME");
			return false;
		}
	}
	return true;
}

/* Scores that need no more than random architectures join a ranking that runs. */
static bool only_samples(const struct options *o)
{
	return o->subcommand == SUBCOMMAND_RANK && !o->top && !o->perturb && !o->chain && !o->patterns && !options_given(o, "arch");
}

static void send_samples(struct ui *ui, const struct options *o, const char *words)
{
	static struct command c;

	c = (struct command){ .kind = COMMAND_RANK, .count = o->count ? (int)o->count : 100, .images = (int)o->images };
	if (!ui_send_command(ui, &c))
		return;
	ui_say(ui, ROLE_INFO, "ranking %d more architectures", c.count);
	commands_log(ui, words);
}

/* `argv` of `argc` words has room for two more. */
static void send_experiment(struct ui *ui, const struct options *o, int argc, char **argv)
{
	static struct command c;
	char id[ARCH_ID_LENGTH + 1];

	c = (struct command){ .kind = COMMAND_EXPERIMENT };
	if (options_experiment(&c.experiment, o) < 0) {
		ui_say(ui, ROLE_ERROR, "%s", err_last());
		return;
	}
	if (!choose_arch(ui, o, &c, id))
		return;
	if (id[0]) {
		argv[argc++] = "--arch";
		argv[argc++] = id;
	}
	commands_join(c.words, sizeof c.words, argc - 1, argv + 1);
	if (ui_send_command(ui, &c))
		ui_say(ui, ROLE_INFO, "%s", c.words);
}

void run_experiment(struct ui *ui, int count, char **word)
{
	static struct options o;
	char *argv[COMMAND_WORDS + 5] = { "smashtop", word[0] }, *parsed[COMMAND_WORDS + 5];
	char words[REQUEST_TEXT];
	int argc = 2;

	if (!strcmp(word[0], "rank") && count > 1 && word[1][strspn(word[1], "0123456789")] == 0)
		argv[argc++] = "--count";                /* rank 50 */
	for (int i = 1; i < count; i++)
		argv[argc++] = word[i];
	memcpy(parsed, argv, sizeof parsed);             /* parsing changes their order */
	if (options_parse(&o, argc, parsed) < 0)
		ui_say(ui, ROLE_ERROR, "%s", err_last());
	else if (o.help || o.version)
		show_help(ui, &o);
	else if (check_here(ui, &o) && ui_run_open(ui, word[0])) {
		commands_join(words, sizeof words, argc - 1, argv + 1);
		if (only_samples(&o))
			send_samples(ui, &o, words);
		else
			send_experiment(ui, &o, argc, argv);
	}
}

/* ---- completion ---- */

static void offer_row(struct candidates *c, size_t skip, const struct ranking_row *row)
{
	char text[LINE_SIZE], help[64];

	if (strncmp(row->id, c->typed + skip, strlen(c->typed + skip)))
		return;
	snprintf(text, sizeof text, "%.*s%s", (int)skip, c->typed, row->id);
	snprintf(help, sizeof help, "%s  score %s  error %s", origin_names[row->origin], text_fixed(row->score, 4), text_fixed(row->error, 4));
	candidates_offer(c, text, help);
}

/* In the order of the ranking, then those that older weights scored. */
static void offer_ids(struct ui *ui, struct candidates *c, size_t skip)
{
	const struct ranking_view *v = &ranking_pane(ui)->view;

	for (int i = 0; i < v->ranked && c->count < CANDIDATES_MAX; i++)
		offer_row(c, skip, &v->seen[v->by_score[i]]);
	for (int i = 0; i < v->rows && c->count < CANDIDATES_MAX; i++)
		if (v->seen[i].step != v->newest)
			offer_row(c, skip, &v->seen[i]);
}

static void offer_kept(struct ui *ui, struct candidates *c, size_t skip)
{
	const json_t *kept;
	size_t i;
	char text[LINE_SIZE], help[48];

	json_array_foreach(document_at(ui->answer[ANSWER_KEPT], "kept"), i, kept) {
		snprintf(text, sizeof text, "%.*s%s", (int)skip, c->typed, document_text(kept, "name"));
		snprintf(help, sizeof help, "kept, %.20s", document_text(kept, "id"));
		candidates_offer(c, text, help);
	}
}

void complete_arch(struct ui *ui, struct candidates *c, size_t skip)
{
	char text[LINE_SIZE];

	c->hidden = skip;
	offer_kept(ui, c, skip);
	offer_ids(ui, c, skip);
	for (int i = 0; i < pattern_count; i++) {
		snprintf(text, sizeof text, "%.*s%s", (int)skip, c->typed, patterns[i].name);
		candidates_offer(c, text, patterns[i].help);
	}
	if (c->typed[skip])                              /* not the whole folder beside what is likelier meant */
		candidates_offer_files(c, skip);
}

/* Some of a list: what stands before the last comma is taken already. */
static void offer_list(struct candidates *c, const struct option_row *row, size_t skip)
{
	const char *comma = strrchr(c->typed + skip, ','), *name;
	size_t before = comma ? (size_t)(comma + 1 - c->typed) : skip;
	char text[LINE_SIZE], taken[LINE_SIZE], found[128];

	snprintf(taken, sizeof taken, ",%.*s", (int)(before - skip), c->typed + skip);
	for (int i = 0; (name = option_value(row, i)); i++) {
		snprintf(found, sizeof found, ",%s,", name);
		snprintf(text, sizeof text, "%.*s%s", (int)before, c->typed, name);
		if (!strstr(taken, found))
			candidates_offer(c, text, NULL);
	}
	c->hidden = before;
	c->open = true;
}

static void offer_names(struct candidates *c, const struct option_row *row, size_t skip, const char *end)
{
	char text[LINE_SIZE];
	const char *name;

	for (int i = 0; (name = option_value(row, i)); i++) {
		snprintf(text, sizeof text, "%.*s%s%s", (int)skip, c->typed, name, end);
		candidates_offer(c, text, NULL);
	}
	c->hidden = skip;
	c->open = end[0] != 0;
}

/* The value begins at byte `skip` of the word. */
static void offer_values(struct ui *ui, struct candidates *c, const struct option_row *row, size_t skip)
{
	const char *colon = strchr(c->typed + skip, ':'), *comma = strrchr(c->typed + skip, ',');

	switch (option_values(row)) {
	case VALUES_NAMES:
		offer_names(c, row, skip, "");
		break;
	case VALUES_LIST:
		offer_list(c, row, skip);
		break;
	case VALUES_ASSIGNMENT:
		offer_names(c, row, skip, "=");
		break;
	case VALUES_DATA:
		if (colon)
			candidates_offer_files(c, (size_t)(colon + 1 - c->typed));
		else
			offer_names(c, row, skip, "");
		break;
	case VALUES_ARCH:
		complete_arch(ui, c, comma ? (size_t)(comma + 1 - c->typed) : skip);
		break;
	case VALUES_FOLDER:
	case VALUES_FILE:
		candidates_offer_files(c, skip);
		break;
	case VALUES_ANY:
	case VALUES_THEME:
		break;
	}
}

static const struct option_row *find_option(const char *word, unsigned subcommand)
{
	for (int i = 0; i < option_row_count && !strncmp(word, "--", 2); i++)
		if (strlen(option_rows[i].name) == strcspn(word + 2, "=") && (option_rows[i].subcommands >> subcommand & 1) &&
		    !strncmp(option_rows[i].name, word + 2, strlen(option_rows[i].name)))
			return &option_rows[i];
	return NULL;
}

static bool offered(const struct option_row *row, unsigned subcommand, int count, char **word)
{
	if (!(row->subcommands >> subcommand & 1) || !row->help)
		return false;
	for (int i = 0; i < REFUSED; i++)
		if (!strcmp(row->name, refused[i].option))
			return false;
	for (int i = 1; i < count - 1; i++)
		if (row->type != OPTION_ASSIGNMENT && find_option(word[i], subcommand) == row)
			return false;
	return true;
}

static void offer_options(struct candidates *c, unsigned subcommand, int count, char **word)
{
	char text[64];

	for (int i = 0; i < option_row_count; i++) {
		snprintf(text, sizeof text, "--%s", option_rows[i].name);
		if (offered(&option_rows[i], subcommand, count, word))
			candidates_offer(c, text, option_help(&option_rows[i], (enum subcommand)subcommand));
	}
}

void complete_experiment(struct ui *ui, struct candidates *c, int count, char **word)
{
	const struct option_row *row;
	unsigned subcommand = 1;

	while (subcommand < SUBCOMMANDS && strcmp(subcommand_rows[subcommand].name, word[0]) != 0)
		subcommand++;
	if (strchr(c->typed, '=') && (row = find_option(c->typed, subcommand))) {
		offer_values(ui, c, row, strcspn(c->typed, "=") + 1);
		return;
	}
	row = count > 2 && !strchr(word[count - 2], '=') ? find_option(word[count - 2], subcommand) : NULL;
	if (row && row->argument)
		offer_values(ui, c, row, 0);
	else
		offer_options(c, subcommand, count, word);
}
