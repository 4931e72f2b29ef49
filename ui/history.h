/* history.h -- lines that were entered, kept from one session to the next in $XDG_STATE_HOME/smashtop (~/.local/state/smashtop). */
#ifndef HISTORY_H
#define HISTORY_H

#include <stdbool.h>

enum { HISTORY_LINES = 500 };

struct history {
	char *line[HISTORY_LINES];       /* owned, oldest first */
	int count;
	char path[1024];                 /* "": kept in memory alone */
};

/* Reads the file `name` of the folder. What cannot be read or is no plain file is as if it were empty; nothing is said. */
void history_open(struct history *, const char *name);
void history_release(struct history *);

/* Appends, to the file as well. An empty line, one that begins with a blank and one that is there already as the newest are left out. */
void history_add(struct history *, const char *line);

/* The newest line before `at` that has the text: at its beginning where `prefix`, else anywhere. -1: none. */
int history_older(const struct history *, int at, const char *text, bool prefix);
/* The same after `at`. */
int history_newer(const struct history *, int at, const char *prefix);

#endif
