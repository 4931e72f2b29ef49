/* lines.h -- what run.c needs of lines.c; everybody else finds the logs in run.h. */
#ifndef LINES_H
#define LINES_H

#include "src/store/run.h"

/* Opens metrics, ranking and log to append, each cut off after its last whole line. 0 or -1 with err_last(). */
int lines_open(struct run *);

#endif
