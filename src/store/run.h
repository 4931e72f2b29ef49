/*
 * run.h -- a run is a directory (DESIGN §6): run.json says what it is, metrics.jsonl and ranking.jsonl grow a line at a time,
 * checkpoints are safetensors written to a new name and renamed, the last two kept. One process writes a run: RUN/lock.
 */
#ifndef RUN_H
#define RUN_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "src/arch/space.h"
#include "src/data/dataset.h"

enum { RUN_VERSION = 1 };

/* What defines a run, in run.json. */
struct run_config {
	struct preset preset;
	char data[544];                  /* "fashion-mnist" or NAME:FOLDER */
	struct normalisation normalisation;      /* measured when the run began; runs of earlier versions have none */
	uint64_t seed;
	int64_t steps;                   /* whole length: cosine and kernel growth need it */
	int threads;                     /* bits depend on it */
	char device[32];
	char precision[8];               /* of products, a name of precision_names; "": float */
};

struct run {
	char path[512];
	struct run_config config;
	FILE *metrics, *ranking, *log;   /* NULL unless opened for writing */
	int lock;                        /* descriptor; -1 unless opened for writing */
};

/* Makes the directory (parents too) and run.json, takes the lock. NULL with err_last(): exists already, holds other files, not writable, disk
 * full. What it made is then removed again. */
struct run *run_create(const char *path, const struct run_config *);

/* Opens one that exists. `write`: takes the lock (the process that holds it is in the error), opens the logs and cuts off a line that a
 * crash tore. NULL with err_last(): also another version, a damaged run.json (line, field). */
struct run *run_open(const char *path, bool write);
void run_close(struct run *);

/* The process that has the run open for writing: 0: none has, -1: its number is not known. Takes no lock that outlives the call. */
long run_holder(const char *path);

int run_save_config(struct run *);                        /* after run->config changed (--steps extends) */
bool run_exists(const char *path);                        /* has a run.json */

/* The run below `parent` (one level) that was written to last among those whose checkpoint has not reached the last step; false when
 * there is none. It may be in use: run_open says so. */
bool run_find_unfinished(const char *parent, char path[512]);

/* Drops the lines of metrics.jsonl whose "step" is beyond `step`; lines without one stay. For the trainer, after checkpoint_load and before the
 * first step: steps since the checkpoint are done again, with the same bits, and write their lines again. ranking.jsonl needs no such
 * thing: a score of step s stays true. 0 or -1; the file is then as it was. */
int run_truncate_metrics(struct run *, int64_t step);

/* Appends one line of JSON, past any buffer; steals the reference. 0, or -1 (disk full …; `line` NULL, as jansson gives for a number that is
 * not finite): the file then ends with the last whole line. Numbers have nine digits. */
int run_append(struct run *, FILE *, json_t *line);

/* The same of a line that is JSON already, its newline included: where a line is written at each step, nothing is allocated. */
int run_append_text(struct run *, FILE *, const char *line, size_t bytes);

/* Calls `each` for every whole line of RUN/NAME that parses; a torn last line is passed over. 0, or -1 unreadable. A missing file has no lines. */
int run_read_lines(const char *run_path, const char *name, void (*each)(void *, const json_t *), void *context);

/* The same, and NULL for every line that does not parse; they are numbered from 1. */
int run_scan_lines(const char *run_path, const char *name, void (*each)(void *, const json_t *, int number), void *context);

/* How far a file that another process appends to has been read. Zeroed: nothing of it. */
struct line_place {
	int64_t bytes;
	uint64_t file;                   /* its inode */
	int lines;
};

/* The lines that have come since the last call, as run_scan_lines gives them. 0; 1: the file was replaced or cut, so that what it has given is void,
 * and the next call begins with its first line; -1 unreadable. */
int run_follow_lines(const char *run_path, const char *name, struct line_place *, void (*each)(void *, const json_t *, int number), void *context);

/* A line in RUN/log with the time. */
void run_log(struct run *, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
