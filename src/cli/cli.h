/* cli.h -- the subcommands, one file each, and what they share. Each returns the exit status. */
#ifndef CLI_H
#define CLI_H

#include <jansson.h>

#include "src/lab/worker.h"
#include "src/options.h"

enum { EXIT_DONE = 0, EXIT_FAILED = 1, EXIT_USAGE = 2, EXIT_INTERRUPTED = 130 };
enum { SAMPLE_STREAM = 77 };         /* of the seed, for `sample`; apart from those that training draws */

int cli_train(const struct options *);
int cli_experiment(const struct options *);            /* rank, corrupt, guide, retrain, correlate */
int cli_sample(const struct options *);
int cli_show(const struct options *);
int cli_check(const struct options *);
int cli_export(const struct options *);
int cli_data(const struct options *);
int cli_bench(const struct options *);
int cli_completion(const struct options *);
int cli_themes(const struct options *);

/* Says err_last() on standard error and returns `status`. */
int cli_failed(int status);

/* Writes the document on standard output and drops the reference. EXIT_DONE, or EXIT_FAILED (disk full) having said so. */
int cli_print_json(json_t *);

/* The preset of --preset and --set, validated. 0 or -1. */
int cli_preset(struct preset *, const struct options *);

/*
 * What the worker and setup_open() need: which run to open or to make. Options that would contradict an existing run are an error, not
 * ignored. EXIT_DONE, or EXIT_FAILED or EXIT_USAGE with err_last().
 */
int cli_worker_options(struct worker_options *, const struct options *);

/* Its part that is about the machine: device, precision, threads; of an existing run only what was given. 0 or -1. */
int cli_machine(struct worker_options *, const struct options *);

/* From here on a data set that takes a while to open shows how far it is. */
void cli_watch_data(void);

/* From here on SIGINT and SIGTERM only ask to end, the second time they end. A hang-up does nothing: training outlives its terminal. */
void cli_catch_signals(void);
bool cli_interrupted(void);

/* One line of progress on standard error: redrawn in place on a terminal, else a line at a time, at most every ten seconds unless
 * `important`. `text` says what the bar doesn't. */
struct progress {
	double shown;                    /* clock_seconds() of the last one; 0: never */
	bool terminal, open;
};

void progress_start(struct progress *);
void progress_show(struct progress *, int64_t done, int64_t total, const char *text, bool important);
bool progress_due(const struct progress *);          /* whether progress_show would show something unimportant now */
void progress_end(struct progress *);                /* leaves the last line standing */

#endif
