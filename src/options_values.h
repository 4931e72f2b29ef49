/* options_values.h -- what may stand as the value of an option or as an argument: for completion, on the prompt and in shells. */
#ifndef OPTIONS_VALUES_H
#define OPTIONS_VALUES_H

#include "src/options.h"

enum option_values {
	VALUES_ANY,                      /* a number, free text */
	VALUES_NAMES,                    /* one of a list */
	VALUES_LIST,                     /* some of a list, comma between */
	VALUES_ASSIGNMENT,               /* NAME=VALUE, the name one of a list */
	VALUES_DATA,                     /* one of a list, or with :FOLDER after it */
	VALUES_ARCH,                     /* one of a list (patterns), an id of the run, a file */
	VALUES_THEME,                    /* a theme's name, a file */
	VALUES_FOLDER, VALUES_FILE
};

enum option_values option_values(const struct option_row *);
enum option_values subcommand_values(enum subcommand);           /* of its arguments */

/* The i-th of the list, NULL past its end. */
const char *option_value(const struct option_row *, int i);
const char *subcommand_value(enum subcommand, int i);

#endif
