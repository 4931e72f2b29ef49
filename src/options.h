/*
 * options.h -- one table of subcommands and one of options; the parser, --help and the man page are made from them, and the
 * screen's prompt takes the same names. GNU conventions: --name VALUE, --name=VALUE, unambiguous abbreviations, `--`.
 */
#ifndef OPTIONS_H
#define OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum subcommand {
	SUBCOMMAND_WORKBENCH,            /* none given */
	SUBCOMMAND_TRAIN, SUBCOMMAND_RANK, SUBCOMMAND_CORRUPT, SUBCOMMAND_GUIDE, SUBCOMMAND_RETRAIN, SUBCOMMAND_CORRELATE,
	SUBCOMMAND_SAMPLE, SUBCOMMAND_SHOW, SUBCOMMAND_CHECK, SUBCOMMAND_EXPORT, SUBCOMMAND_DATA,
	SUBCOMMAND_BENCH, SUBCOMMAND_COMPLETION, SUBCOMMAND_THEMES,
	SUBCOMMANDS
};

struct subcommand_row {
	const char *name;                /* "train"; NULL for the workbench */
	const char *arguments;           /* "ID|FILE", NULL for none */
	int arguments_min, arguments_max;
	const char *help;                /* one line */
	const char *more;                /* sentences for --help and the man page */
};
extern const struct subcommand_row subcommand_rows[SUBCOMMANDS];

enum option_type { OPTION_FLAG, OPTION_NUMBER, OPTION_TEXT, OPTION_REAL, OPTION_ASSIGNMENT };

enum { OPTION_TEXT_SIZE = 512, ASSIGNMENTS_MAX = 16, ASSIGNMENT_SIZE = 96 };

struct option_row {
	const char *name;
	int letter;                      /* short form, or 0 */
	const char *argument;            /* "DIR"; NULL for a flag */
	enum option_type type;
	int64_t min, max;                /* of a number; a real one lies above min */
	const char *initial;             /* the value where the option is not given, as text; NULL: 0, false, "": a subcommand's own */
	size_t offset;                   /* in struct options */
	unsigned subcommands;            /* bit per enum subcommand that takes it */
	const char *help;                /* one line, says the unit */
};
extern const struct option_row option_rows[];
extern const int option_row_count;

/* What an option is to some subcommands, where that differs from its row; NULL: as there. */
struct option_variant {
	const char *option;
	unsigned subcommands;
	const char *initial, *help;
};
extern const struct option_variant option_variants[];
extern const int option_variant_count;

/* What an option means to one subcommand, and what it is where it is not given; initial NULL: there is nothing to say. */
const char *option_help(const struct option_row *, enum subcommand);
const char *option_initial(const struct option_row *, enum subcommand);

struct options {
	enum subcommand subcommand;
	char **argument;                 /* what is not an option, in argv */
	int argument_count;
	uint64_t given;                  /* bit per row of option_rows */

	bool help, help_man, version;
	char run[OPTION_TEXT_SIZE], data[OPTION_TEXT_SIZE], preset[OPTION_TEXT_SIZE], device[OPTION_TEXT_SIZE], precision[OPTION_TEXT_SIZE], theme[OPTION_TEXT_SIZE];
	char set[ASSIGNMENTS_MAX][ASSIGNMENT_SIZE];
	int set_count;
	char arch[OPTION_TEXT_SIZE], field[OPTION_TEXT_SIZE], how[OPTION_TEXT_SIZE], predictor[OPTION_TEXT_SIZE];
	char format[OPTION_TEXT_SIZE], weights[OPTION_TEXT_SIZE], output[OPTION_TEXT_SIZE], figure[OPTION_TEXT_SIZE], style[OPTION_TEXT_SIZE];
	int64_t seed, steps, epochs, threads, count, images, top, perturb, chain, trials, evaluations, batch, every, seeds, best, result, width, dpi;
	double rate;
	bool resume, json, ascii, no_mouse, plain, patterns, from_generated, weight_norm, one_conv, folds, matched, spread, marked, force, log;
};

/* Reads the command line (permutes argv). 0, or -1 with err_last(): unknown or misplaced option or subcommand (the nearest), a value out of
 * range, too few or too many arguments. --help and --version end the reading: nothing after them is checked. */
int options_parse(struct options *, int argc, char **argv);

/* Whether the command line named it. */
bool options_given(const struct options *, const char *name);

void options_write_help(FILE *, enum subcommand);
void options_write_roff(FILE *, const char *text);       /* as man(7) has text that is to be typeset as it is */
void options_write_man(FILE *);      /* the COMMANDS, OPTIONS and PRESET FIELDS sections of smashtop(1), in man(7) */

#endif
