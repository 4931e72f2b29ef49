/*
 * worker.h -- the thread that trains, and the only thing the screen knows of the laboratory. Commands go in, snapshots come out; both
 * are plain data without pointers into the worker. Neither side ever waits for the other's work.
 */
#ifndef WORKER_H
#define WORKER_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/arch/arch.h"
#include "src/base/paired.h"
#include "src/lab/request.h"

/* WORKER_VIEWING: another process trains the run, and its files are followed. Nothing is written then; COMMAND_RESULT is obeyed, a question is answered
 * by why not, COMMAND_RESUME opens the run for good once nobody has it. */
enum worker_state { WORKER_OPENING, WORKER_TRAINING, WORKER_PAUSED, WORKER_FINISHED, WORKER_FAILED, WORKER_STOPPED, WORKER_VIEWING };

/* Curve of a run: buckets of 2^k steps, k grows when the buckets are full, so that a drawn bucket never changes its place otherwise. */
enum { CURVE_BUCKETS = 1024 };
struct curve_bucket {
	float train_min, train_max, train_mean, train_error;     /* losses; NAN where no step fell in */
	float valid, valid_stderr, valid_error;                  /* the last validation in it; NAN where none */
	float learning_rate;
	int32_t steps;                   /* how many fell in */
};
struct curve {
	int64_t bucket_steps;            /* a power of two */
	int count;
	struct curve_bucket bucket[CURVE_BUCKETS];
};

/* One scored architecture. Names of origins: sampled, edited, perturbed, pattern, guided. */
enum origin { ORIGIN_SAMPLED, ORIGIN_EDITED, ORIGIN_PERTURBED, ORIGIN_PATTERN, ORIGIN_GUIDED, ORIGINS };
extern const char *const origin_names[ORIGINS];

struct ranking_row {
	char id[ARCH_ID_LENGTH + 1];
	char parent[ARCH_ID_LENGTH + 1];         /* "" for none */
	enum origin origin;
	int64_t step;                            /* training step of the score */
	double score, score_stderr, error, error_stderr;     /* score: mean loss */
	int images;
	bool has_parts;
	float part[PAIRED_PARTS];                /* of the score (paired.h): rows of one step on as many images compare as pairs, where both have them */
	int64_t parameters, macs;                /* free and generated together */
	int depth;
};

/* The order of a ranking among rows of one step, below 0: a is the better. Scores on as many images compare, the lowest first; those on fewer stand
 * behind, as chance decides more. 0: both are the same, and the one that was scored first goes before. */
int ranking_row_compare(const struct ranking_row *a, const struct ranking_row *b);

/* The job beside training: one at a time, with the parameters of the moment when it began. A COMMAND_RANK or COMMAND_SCORE_ROWS adds to a ranking
 * that runs, so that all it scores belongs to one step; other jobs wait. Those of COMMAND_SCORE and COMMAND_EXPORT take a second and run at once:
 * the one that runs makes way for them. */
struct job_status {
	char name[24];                   /* "rank", "score", "corrupt" …; "" where there is none */
	char text[96];                   /* what it says of itself: "architectures  best 0.391" */
	int64_t done, total;
	double per_second, eta_seconds;          /* NAN while unknown */
	int waiting;                     /* jobs that begin after it, or go on */
};

/* A job as the list of jobs has it: those that have ended, the one that runs, those that wait. */
enum job_state { JOB_WAITS, JOB_RUNS, JOB_HELD, JOB_ENDED, JOB_CANCELLED, JOB_BROKE };
struct job_line {
	int number;                      /* its name for COMMAND_CANCEL and COMMAND_HOLD_JOB; counts from 1 */
	enum job_state state;
	char name[24];
	char words[160];                 /* as a person would write it */
	char text[160];                  /* its verdict at the end, or what it says of itself */
	int64_t done, total, step;       /* step of training when it began */
	double began, ended;             /* clocks since 1970; NAN: not yet */
	double per_second, eta_seconds;  /* NAN while unknown */
};
enum { JOB_LINES = 32 };                 /* the oldest that have ended go first */

enum { LOG_LINES = 64, WORKER_TEXT = 256, JOBS_WAITING = 8, REPORT_SIZE = 16384 };

struct snapshot {
	uint64_t serial;                 /* changes with every snapshot */
	enum worker_state state;
	char failure[WORKER_TEXT];       /* why WORKER_FAILED */
	char message[WORKER_TEXT];       /* the newest thing worth saying */
	uint64_t message_serial;
	long holder;                     /* WORKER_VIEWING, and at its end: the process that has the run, as run_holder says; 0: nobody has it any more */

	/* The run: set once opening is done. */
	char run_path[512], data_name[32], preset_name[32], device[224];
	struct space space;
	struct arch_input input;
	int train_images, validation_images, test_images;
	int64_t hypernet_parameters, free_parameters;
	int threads;

	/* Training. */
	int64_t step, steps, epoch_steps;        /* epoch_steps: steps a pass over the training images takes */
	double loss, error, learning_rate;       /* of the last step; loss smoothed is the screen's business */
	double valid_loss, valid_loss_stderr, valid_error; int64_t valid_step;      /* NAN before the first */
	double images_per_second;                /* of wall time: validations, checkpoints and jobs beside count; 0 while not training */
	double gflops, peak_gflops;              /* within steps; peak 0: not measured yet */
	double step_seconds;
	double eta_seconds;                      /* NAN while unknown */
	double elapsed_seconds;                  /* training time of the whole run */
	int64_t resident_bytes, slab_bytes;
	int64_t checkpoint_step;                 /* of the last one written, -1 none */
	double checkpoint_age_seconds;           /* at this snapshot; NAN without one */
	struct arch arch;                        /* sampled at arch_step, 0 and empty before the first step since opening */
	int64_t arch_step;
	double arch_loss;
	struct curve curve;

	struct job_status job;
	struct job_line jobs[JOB_LINES];         /* in the order in which they were asked for */
	int job_count;
	uint64_t answer_serial[ANSWERS];         /* changes when there is a newer one: worker_answer() takes it */
	char report_name[24];            /* the job that the newest report is of: worker_report() copies it */
	uint64_t report_serial;          /* changes with every report; 0: there is none yet */
	int ranking_count;                       /* rows there are: worker_ranking() copies them */
	uint64_t ranking_serial;                 /* changes when any row changes */
	struct { double clock; char text[160]; } log[LOG_LINES];     /* ring, newest at log_count - 1 mod LOG_LINES; clock: seconds since 1970 */
	int log_count;
};

enum command_kind {
	COMMAND_PAUSE, COMMAND_RESUME,
	COMMAND_SAVE,                    /* checkpoint now */
	COMMAND_STOP,                    /* checkpoint, then end the thread */
	COMMAND_RANK,                    /* score `count` more random architectures on `images` images (0: all) */
	COMMAND_SCORE,                   /* score `arch` (a stale row again, or an edited one) on `images` images, where it has no such score yet */
	COMMAND_SCORE_ROWS,              /* score rows of the ranking again, all at the step of one job */
	COMMAND_EXPERIMENT,              /* `experiment`; its end leaves a report */
	COMMAND_QUESTION,                /* `question` */
	COMMAND_RESULT,                  /* `result`: it is given out as ANSWER_RESULT; where it cannot be read, a message says so */
	COMMAND_CANCEL,                  /* job `count`, 0: the one that runs; what it has found stays, an experiment that keeps a journal can go on from there */
	COMMAND_HOLD_JOB,                /* job `count`, 0: the one that runs; a second time lets it go on. Others run where training does not */
	COMMAND_DRAFTS,                  /* ANSWER_KEPT again: the drafts are somebody else's, who writes them */
	COMMAND_KEEP,                    /* write `arch` to RUN/architectures/ID.json, under `name`; then score it, where `score` says so */
	COMMAND_EXPORT,                  /* write rows or architectures to a file, as `export` says: a job that begins at once */
	COMMAND_NOTE                     /* write `words` to the log */
};

enum { COMMAND_ROWS = 2000 };

struct command {
	enum command_kind kind;
	union {
		struct {
			int count, images;
			int row[COMMAND_ROWS];   /* indices, as worker_ranking() has them */
		} rows;
		struct {
			char format[16], path[REQUEST_TEXT];     /* a name of export.h */
			struct export_request of;
			bool replace;                    /* a file that exists */
			bool more;                       /* the next command has more of its rows; nothing is written before the last */
			int before, count;               /* rows: in the commands before this one, and in this one */
			union {
				int row[COMMAND_ROWS];   /* indices */
				struct arch arch;        /* where there are none at all */
			};
		} export;
		struct {
			int count, images;
			struct arch arch;
			char parent[ARCH_ID_LENGTH + 1];         /* SCORE, KEEP: what an edited one was made from; "": nobody knows */
			char name[48];                   /* KEEP: as kept.h allows; "": none */
			bool take_name;                  /* … also from another one that has it */
			bool score;                      /* KEEP: give it its place in the ranking, if the run is trained */
		};
		struct {
			struct experiment experiment;
			char arch_name[REQUEST_TEXT];    /* not "": the architecture by a name of lookup.h, in place of experiment.arch */
			char words[REQUEST_TEXT];        /* as a person would write it, for the log: "corrupt --field reads" */
		};
		struct question question;
		struct {
			enum experiment_kind kind;
			int number;              /* of those in RUN/results, 1: the oldest */
		} result;
	};
};

/* How a run is opened or made. */
struct worker_options {
	char run_path[512];
	bool create;                     /* make it from the fields below; otherwise they are ignored, but device, threads, and where the data are now, where given */
	char data[544], preset[32], device[32], precision[8];
	char set[16][96];                /* preset assignments, NAME=VALUE */
	int set_count;
	uint64_t seed;
	int64_t steps;                   /* 0: the preset's; when opening an existing run: extends it */
	int threads;                     /* 0: all processors; of an existing run: those it had */
};

/* "run in use by pid 4711: only looking", of a snapshot of WORKER_VIEWING. `text` */
enum { ONLY_LOOKING = 64 };
const char *only_looking(const struct snapshot *, char text[ONLY_LOOKING]);

struct worker;

/* Starts the thread; opening happens there, so this returns at once. NULL only when no thread can be had. */
struct worker *worker_start(const struct worker_options *);

/* Puts a command in the queue. False when the queue (256) is full. */
bool worker_send(struct worker *, const struct command *);

/* Copies the newest snapshot if its serial differs from out->serial; true when copied. Never waits longer than a copy. */
bool worker_snapshot(struct worker *, struct snapshot *out);

/* Copies ranking rows (and, where `arch` is not NULL, their architectures) from index `from` on, in order of scoring; returns how many. A row
 * scored again keeps its index. */
int worker_ranking(struct worker *, int from, struct ranking_row *row, int room);
bool worker_ranking_arch(struct worker *, int index, struct arch *arch);

/* Copies the newest report, plain text of lines of at most 100 columns, whatever does not fit cut off. "" where there is none. */
void worker_report(struct worker *, char *text, size_t size);

/*
 * Takes the newest document of that kind (an experiment_kind, or ANSWER_OF a question_kind): a new reference that the worker has nothing more
 * to do with, so each is given out once. NULL: nothing new since. Of experiments it is that of the job as far as it has come, or of the last
 * one; after opening, the newest in RUN/results. "running" (true while more will come), "older" (how many are in RUN/results besides it) and
 * "age_seconds" (since it ended, of one that was found on the disk) are added to it. ANSWER_RESULT has "experiment" (its name), "number" and
 * "document", without which it cannot be read.
 */
json_t *worker_answer(struct worker *, int kind);

/* A descriptor that becomes readable when there is a newer snapshot; worker_drain empties it. At most one byte stands in it. */
int worker_descriptor(const struct worker *);
void worker_drain(struct worker *);

/* Waits for the thread's end (after COMMAND_STOP, or it ended by itself) and frees. Returns its last state. */
enum worker_state worker_join(struct worker *);

/* True while the thread runs. */
bool worker_running(const struct worker *);

#endif
