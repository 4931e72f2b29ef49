/* lines.h -- what the other files of the store need of lines.c; everybody else finds the logs in run.h. */
#ifndef LINES_H
#define LINES_H

#include "src/store/run.h"

/* Opens metrics, ranking and log to append, each cut off after its last whole line. 0 or -1 with err_last(). */
int lines_open(struct run *);

/* The same of one file by its path, which is made where there is none. NULL with err_last(). */
FILE *lines_open_file(const char *path);

/* run_append to such a file, with all the digits that numbers need to come back the same. */
int lines_append(FILE *, const char *path, json_t *line);

#endif
