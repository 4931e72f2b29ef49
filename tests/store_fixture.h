/* store_fixture.h -- a folder of its own for each test of the store, and a run in it. */
#ifndef STORE_FIXTURE_H
#define STORE_FIXTURE_H

#include <stddef.h>

#include "src/store/run.h"

extern char folder[256], run_path[300];          /* run_path: FOLDER/run, not made */
void make_folder(void);
void remove_folder(void);

const char *in(const char *parent, const char *name);    /* PARENT/NAME; the last four results stay */
void write_file(const char *path, const void *data, size_t bytes);
char *read_file(const char *path, size_t *bytes);        /* allocated, with a NUL after it */
void ck_says(const char *what);                          /* err_last() contains it, and is one line */

struct run_config some_config(void);             /* preset small, 1000 steps */
struct run *some_run(void);                      /* made at run_path */
int append_step(struct run *, int step);         /* a line of 22 bytes in metrics.jsonl */

#endif
