/*
 * export.h -- architectures and rankings in forms that other programs and people read: one table of formats, which the command line and the
 * screen show. A new format is a file with a writer, and a row.
 */
#ifndef EXPORT_H
#define EXPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "src/lab/worker.h"

/* What is known of a scored architecture beside its row. */
struct export_facts {
	int rank;                        /* among those of the newest weights, from 1; 0: it has none */
	double true_error, true_error_stderr;    /* of the network with weights of its own; NAN: none */
	int true_epochs, trainings;
	double corrupted;                /* what corruption of its encoding adds to the loss; NAN: not tested */
};

/* What is exported: `count` architectures, in the order in which they are written. */
struct export_source {
	int count;
	const struct space *space;
	const struct arch_input *input;
	/* NULL where none of them has a score (of an architecture that is only held). The row lives until the next call. */
	const struct ranking_row *(*row)(void *context, int i, struct export_facts *);
	/* NULL where only rows are at hand. False: this one is not at hand. */
	bool (*arch)(void *context, int i, struct arch *);
	void *context;
};

struct export_format {
	const char *name, *suffix;       /* "json", ".json" */
	const char *help;                /* one line */
	bool rows;                       /* it takes rows; otherwise architectures */
	bool images;                     /* it speaks of the images, which `input` describes */
	const char *one, *many;          /* what it holds: "architecture", "architectures" */
	int (*write)(FILE *, const struct export_source *);      /* 0 or -1 with err_last() */
};
extern const struct export_format export_formats[];
extern const int export_format_count;

/* By name; NULL with err_last() naming the nearest. By what a file's name ends in; NULL: none ends so. */
const struct export_format *export_find(const char *name);
const struct export_format *export_of_file(const char *path);

/*
 * Writes to `path`, "-" being standard output: under another name first, renamed when it is whole. An existing file is left alone unless
 * `replace`; what is no file always is. `text` (may be NULL) says what was written: "12 architectures, 31 KiB". 0, or -1 with err_last(): nothing
 * of it is left.
 */
int export_file(const struct export_format *, const struct export_source *, const char *path, bool replace, char *text, size_t size);

/* An architecture's costs and its bank view, as `smashtop show` prints them. 0 or -1. */
int export_arch_text(FILE *, const struct space *, const struct arch_input *, const struct arch *);

/* The writers, one a file. */
int export_json(FILE *, const struct export_source *);
int export_csv(FILE *, const struct export_source *);
int export_text(FILE *, const struct export_source *);

#endif
