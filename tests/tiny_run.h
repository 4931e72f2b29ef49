/* tiny_run.h -- a small learnable data set in IDX files and runs of the preset tiny on it, below a temporary folder. */
#ifndef TINY_RUN_H
#define TINY_RUN_H

#include "src/lab/worker.h"

enum { TINY_TRAIN = 240, TINY_TEST = 40, TINY_SIDE = 16, TINY_VALIDATION = 24 };

/* A fresh folder that holds the files; tiny_remove takes it away with all below. */
void tiny_make(char folder[256]);
void tiny_make_of(char folder[256], int train);          /* with so many training images; a tenth is held out */
void tiny_remove(const char *folder);

/* Options that make FOLDER/NAME a run of `steps` steps, one thread. */
struct worker_options tiny_options(const char *folder, const char *name, int steps);

#endif
