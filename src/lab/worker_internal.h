/*
 * worker_internal.h -- what the files of the worker share. worker.c: the thread, its loop, its commands; worker_open.c: from a run on the
 * disk to its first snapshot; viewer.c: one that another process trains; worker_jobs.c: experiments beside training; worker_queue.c: which has its turn; worker_list.c: the list of
 * them; worker_unfinished.c: those that an earlier process left; worker_answers.c: their documents; worker_export.c: files that are asked for;
 * worker_tell.c: what the other thread gets to see.
 */
#ifndef WORKER_INTERNAL_H
#define WORKER_INTERNAL_H

#include <pthread.h>

#include "src/base/pace.h"
#include "src/lab/experiment.h"
#include "src/lab/meter.h"
#include "src/lab/metrics.h"
#include "src/lab/question.h"
#include "src/lab/worker.h"

enum { COMMANDS_QUEUED = 256, JOBS_ASIDE = 4 };

/* A job that has begun. */
struct active {
	struct job *job;                 /* NULL: there is none, and nothing else here means anything */
	char name[24];
	bool reports;                    /* documents, and at its end a report: it was asked for as an experiment */
	enum experiment_kind kind;
	char single[ARCH_ID_LENGTH + 1]; /* the architecture, where its score is all that it is about; "" otherwise */
	int single_images;
	int number;                      /* its line in the list */
	int joined;                      /* rankings that came to it while it ran */
	size_t words;                    /* length of its words without that */
	bool held;
	struct pace pace;                /* by job_clock */
	double still_since;              /* clock: held, or aside, since then */
	double lost;                     /* seconds that it stood still before that */
};

/* What both threads touch stands first, under the lock; the rest is the thread's own. */
struct worker {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t wake;             /* a command has come */
	int pipe[2];
	bool signalled;                  /* a byte stands in the pipe */
	bool running;
	struct command queue[COMMANDS_QUEUED];
	int queue_first, queue_count;
	struct snapshot shared;
	struct ranking ranking;          /* changed by the thread alone, and then under the lock; so the thread reads without it */
	char report[REPORT_SIZE];        /* the newest */
	json_t *answer[ANSWERS];         /* that nobody has taken yet */

	/* The thread's own. */
	struct worker_options options;
	struct run *run;
	struct trainer *trainer;
	struct job_status opening;       /* what is being done before there is a trainer; "" otherwise */
	struct active active;            /* the job that runs */
	struct active aside[JOBS_ASIDE]; /* have begun and make way for it; the newest last */
	int aside_count;
	double document_due;             /* clock: not before it is there another document of the one that runs */
	uint64_t document_hash;          /* of the last one */
	struct waiting {
		struct command command;
		int number;
	} waiting[JOBS_WAITING + 1];     /* one more than wait for long; single scores first */
	int waiting_count;
	int numbered;                    /* the newest number of a job */
	int *export_row, export_rows;    /* of an export of which more rows will come */
	double job_seconds, train_seconds;       /* since share_anew: who has had how much */
	struct answering *answering;     /* of questions */
	double question_seconds, question_train_seconds;         /* the same of questions and training, since the last question */
	struct meter meter;
	struct snapshot next;            /* what the next snapshot will say */
	bool dirty;                      /* it says something new */
	int damaged;                     /* files of the run, found when it was opened */
	char damage[WORKER_TEXT];        /* of the last of them */
	double published, saved;         /* clocks */
	bool stop;
};

/* worker_tell.c */
void publish(struct worker *);
void say(struct worker *, const char *format, ...) __attribute__((format(printf, 2, 3)));
void note(struct worker *, const char *text);            /* in the log alone */
void note_damage(struct worker *, const char *format, ...) __attribute__((format(printf, 2, 3)));      /* of a file: said at once when the run is open */
void say_damage(struct worker *);        /* what was noted while it was opened, in one line */
void set_state(struct worker *, enum worker_state);
void fail(struct worker *);              /* with err_last(); the thread ends after this */
void put_report(struct worker *, const struct job *, const char *unfinished);  /* unfinished: why it ends before its end, or NULL */
void put_answer(struct worker *, int kind, json_t *document);          /* steals it */

/* worker_open.c */
void first_snapshot(struct snapshot *);
void forget_history(struct snapshot *);          /* before the first line of metrics.jsonl */
bool tell_opening(void *worker, const char *text, int64_t done, int64_t total);         /* a dataset_watcher */
void fill_run(struct snapshot *, const struct run *, const struct dataset *, const struct params *);   /* what it is */
void add_history(void *snapshot, const struct metrics_line *);
int open_run(struct worker *);           /* 0 or -1 */

/* viewer.c */
void view_run(struct worker *);          /* as long as another process has the run, and until somebody wants it opened or the thread's end */

/* worker.c */
bool queued_command(struct worker *, struct command *);         /* takes the next one, under the lock; false: there is none */

/* worker_answers.c */
void answers_open(struct worker *);              /* what the run has in its folder of results */
void answers_begin(struct worker *);             /* another job */
void answer_job(struct worker *, bool running, bool stored);   /* the job's document, where it is time for one and it says something new; not running: the
                                                           last one; stored: it is in the folder of results, too */
void answer_result(struct worker *, const struct command *);
void answer_kept(struct worker *);               /* what has been kept by now, and the drafts */

/* worker_list.c: in the next snapshot */
int list_add(struct worker *, const char *name, const char *words);    /* one that waits; its number */
struct job_line *list_find(struct worker *, int number);               /* NULL; valid until one is added or removed */
void list_end(struct worker *, int number, enum job_state, const char *text);
void list_remove(struct worker *, int number);

/* worker_unfinished.c */
void list_unfinished(struct worker *);   /* experiments of the run that an earlier process left half done */

/* worker_export.c */
void export_command(struct worker *, const struct command *);
bool export_finish(struct job *);        /* of an export: writes it to its end, as long as nobody has to wait for long. False: it is not there */

/* worker_queue.c */
void job_command(struct worker *, const struct command *);      /* COMMAND_RANK, SCORE, SCORE_ROWS, EXPERIMENT: begins it or lets it wait */
void jobs_take_up(struct worker *);      /* the job has ended, or training has come to stand: what can run now does */
void job_cancel(struct worker *, const struct command *);
void job_hold(struct worker *, const struct command *);
void jobs_end(struct worker *);          /* none begins */
int job_begin_at_once(struct worker *, struct job *, const char *words);       /* takes it; -1 with err_last(): too many have made way already */

/* worker_jobs.c */
const char *job_name(const struct command *);
const char *job_words(const struct command *, char text[REQUEST_TEXT]);        /* as a person would write it; `text` */
bool job_joins(const struct worker *, const struct command *);  /* a ranking runs that takes this in */
void job_begin_or_add(struct worker *, const struct command *, int number);    /* where none runs, or it joins; number: its line in the list, 0: it has none yet */
void job_adopt(struct worker *, struct job *, int number);      /* it runs, where none does; number: its line in the list */
void job_cancel_running(struct worker *);
void job_end(struct worker *, enum job_state, const char *text);        /* frees the one that runs; its line says how it ended */
bool job_ready(const struct worker *);   /* there is one, and it is not held */
void job_advance(struct worker *);       /* it is ready */
void share_anew(struct worker *);        /* from now on job and training have the same time */
double job_clock(const struct worker *); /* stands still while it is held */

#endif
