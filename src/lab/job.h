/*
 * job.h -- an experiment in slices, each short enough to stand between two training steps. The worker runs one beside training, the
 * command line runs one to its end; both know nothing but this.
 */
#ifndef JOB_H
#define JOB_H

#include <jansson.h>
#include <stdio.h>

#include "src/lab/rank.h"

enum job_progress {
	JOB_BROKEN = -2,                 /* err_last(): it cannot go on (a file of the run cannot be written, the device failed) */
	JOB_FAILED = -1,                 /* err_last(): one part failed and is left out; it can go on where the device is sound (backend_ok) */
	JOB_DONE,                        /* nothing left; to_json and print have the whole result */
	JOB_MORE,
	JOB_ENTRY                        /* one more architecture has a score: entry() has it, putting it into the ranking is the caller's */
};

struct job;

struct job_type {
	const char *name;                /* "corrupt" */
	enum job_progress (*advance)(struct job *);
	void (*counts)(const struct job *, int64_t *done, int64_t *total);
	void (*describe)(const struct job *, char *text, size_t size);         /* what a bar does not say: "architectures  best 0.391" */
	const struct ranking_entry *(*entry)(const struct job *);              /* NULL where the job never says JOB_ENTRY */
	json_t *(*to_json)(const struct job *);                                /* the document of --json, of what is known so far; new reference */
	void (*print)(const struct job *, FILE *);                             /* the same for a person, at most 100 columns */
	void (*free)(struct job *);
};

/* A job embeds this as its first member. */
struct job {
	const struct job_type *type;
};

#endif
