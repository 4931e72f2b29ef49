/*
 * journal.h -- what an experiment has found so far, a line at a time in RUN/results: an experiment that was interrupted goes on where it
 * was. The first line defines the experiment (what, of which training step, with which settings); its hash is part of the file's name,
 * so that results of other settings are never mixed.
 */
#ifndef JOURNAL_H
#define JOURNAL_H

#include "src/store/run.h"

struct journal {                         /* {0} is closed */
	struct run *run;
	FILE *file;
	char path[600];                  /* RUN/results/NAME-HASH.jsonl */
};

/* Opens the journal of that definition (an object; the reference is stolen), calling `each` for the lines it has after the first; a torn
 * last line is cut off, a damaged one between is passed over. 0, or -1 with err_last(): not writable, in use by another experiment, or not
 * the journal of this definition; the journal is then closed. */
int journal_open(struct journal *, struct run *, const char *name, json_t *definition, void (*each)(void *, const json_t *),
	void *context);
void journal_close(struct journal *);

int journal_append(struct journal *, json_t *line);                    /* as run_append, numbers exactly */

/* Writes the finished document beside it, RUN/results/NAME-HASH.json, by way of a temporary name, numbers with nine digits. Does not steal.
 * 0 or -1. */
int journal_finish(struct journal *, json_t *document);

#endif
