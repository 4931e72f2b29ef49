/* plain.h -- what the files of --plain share: commands a line. */
#ifndef PLAIN_H
#define PLAIN_H

#include "ui/pane.h"

struct plain_row {
	const char *name, *arguments;
	void (*run)(struct ui *, const char *rest);
	const char *help;
};

/* plain_edit.c: on the draft that the bank pane edits, as edit and w do. */
extern const struct plain_row plain_edit_rows[];
extern const int plain_edit_row_count;

/* Asks what a change was worth; true when the figures that somebody waits for have come: plain_edit_say() then writes them. */
bool plain_edit_tick(struct ui *);
void plain_edit_say(const struct ui *);
bool plain_edit_waits(void);

/* plain_data.c: likewise. */
extern const struct plain_row plain_data_row;
bool plain_data_tick(struct ui *);
void plain_data_say(const struct ui *);
bool plain_data_waits(void);

#endif
