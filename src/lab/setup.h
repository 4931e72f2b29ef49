/* setup.h -- from what a person asked for to a run with its trainer, for the worker and the command line alike. */
#ifndef SETUP_H
#define SETUP_H

#include "src/lab/trainer.h"
#include "src/lab/worker.h"

/* Defaults where a field is empty or 0: preset small, its data set and length, the cpu, all processors. 0 or -1. */
int run_config_from_options(struct run_config *, const struct worker_options *);

/*
 * Makes or opens the run of the options and its trainer. A run directory is made only when data and device are there. 0, or -1 with
 * err_last() and both NULL.
 */
int setup_open(const struct worker_options *, struct run **, struct trainer **);

/* Processors that this process may use. */
int processors(void);

#endif
