/*
 * commands.h -- what can be said at the prompt: one table, which dispatches, completes, and makes the help and the man page. A word that is in
 * none of its rows may be that of an action (keys.h): the command then does what the action's key does.
 */
#ifndef COMMANDS_H
#define COMMANDS_H

#include "ui/complete.h"

struct ui;

enum { COMMAND_WORDS = 32 };

struct command_row {
	const char *name;
	const char *arguments;           /* as the help writes them: "COLUMN", "[FILE]"; "" for none */
	int least, most;                 /* words that may follow the name */
	bool rest;                       /* what follows the name is one word, as it was typed */
	void (*run)(struct ui *, int count, char **word);        /* the command's name first */
	/* NULL: nothing can be completed. word[count - 1] is being written: it is c->typed. */
	void (*complete)(struct ui *, struct candidates *c, int count, char **word);
	const char *help;                /* one line */
};
extern const struct command_row command_rows[];
extern const int command_row_count;

/* Runs a line, or says what is wrong with it. */
void commands_run(struct ui *, const char *line);

/* A completer of lines; the context is the struct ui. */
void commands_complete(void *ui, struct candidates *, const char *line);

/* Writes into the run's log that what a person did was the same as `smashtop WORDS --run RUN`. */
void commands_log(struct ui *, const char *words);

/* Words as a shell reads them, a blank between; "" where there is no room for all. */
void commands_join(char *text, size_t size, int count, char *const *word);

/* For rows of the table: names that were given, ids of the ranking (the best first), patterns and files, from byte `skip` of the word on. */
void complete_arch(struct ui *, struct candidates *, size_t skip);
void complete_file(struct ui *, struct candidates *, int count, char **word);

/* Editing: edit_commands.c. */
void run_edit(struct ui *, int count, char **word);
void run_keep(struct ui *, int count, char **word);
void run_drafts(struct ui *, int count, char **word);
void complete_edit(struct ui *, struct candidates *, int count, char **word);

/* Options of a subcommand as the command line has them: commands_lab.c. False: help was asked for and is shown, or what is wrong was said. */
struct options;
bool commands_options(struct ui *, struct options *, int count, char **word);

void run_export(struct ui *, int count, char **word);            /* export.c */
void run_filter(struct ui *, int count, char **word);            /* ranking_lines.c */
void run_train_marked(struct ui *, int count, char **word);    /* ranking_actions.c */

/* Experiments: commands_lab.c. */
void run_experiment(struct ui *, int count, char **word);
void complete_experiment(struct ui *, struct candidates *, int count, char **word);

#endif
