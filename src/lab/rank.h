/*
 * rank.h -- ranking: sampling architectures and scoring them with one frozen state of the HyperNet, and the table of what has been
 * scored (RUN/ranking.jsonl). Scores of different training steps are never ranked together.
 */
#ifndef RANK_H
#define RANK_H

#include "src/lab/score.h"
#include "src/lab/worker.h"

struct ranking_entry {
	struct ranking_row row;
	struct arch arch;
};

void ranking_row_set_score(struct ranking_row *, struct score);

/* In order of first scoring. An architecture scored again keeps its place. */
struct ranking {
	struct ranking_entry *entry;
	int count, room;
	int *slot, slots;                /* hash of ids: 1 + index, 0 where there is none; a power of two of them, at most half in use */
	int first_bad;                   /* of the file it was loaded from: the first line that makes no sense, from 1; 0: none */
};

void ranking_release(struct ranking *);

/* Reads RUN/ranking.jsonl, passing over lines that make no sense; `bad` (may be NULL) says how many. 0 or -1. */
int ranking_load(struct ranking *, const char *run_path, int *bad);

/* The lines that have come since the last call, as run_follow_lines; those that make no sense are passed over. */
int ranking_follow(struct ranking *, const char *run_path, struct line_place *);

/* Adds an entry or puts it in the place of its id. Index, or -1 out of memory. */
int ranking_put(struct ranking *, const struct ranking_entry *);
int ranking_find(const struct ranking *, const char *id);              /* index or -1 */

/* Appends to RUN/ranking.jsonl. 0 or -1. */
int ranking_append(struct run *, const struct ranking_entry *);

/* The step of the newest weights that scored one; 0: nothing is scored. */
int64_t ranking_newest(const struct ranking *);

/*
 * Indices of the entries scored at `step`, best first; `order` has room for `count` of the ranking. Returns how many. Scores on as many
 * images compare, lowest first. Those on fewer stand behind: they were dropped from a race because they cannot be among the best, and
 * their score is an estimate; or somebody asked for fewer images, and chance decides more.
 */
int ranking_order(const struct ranking *, int64_t step, int *order);

/* The line of the file, which is also the element of `rank --json`; without the architecture on request. New reference. */
json_t *ranking_entry_to_json(const struct ranking_entry *, bool with_arch);

/*
 * A job (job.h: its first member is a struct job): architectures asked for by name first, then random ones that the ranking doesn't have
 * yet; that of rank_start (experiment.h) has more. All are scored with the parameters of the moment when the job began. What it counts
 * are the times that an architecture is turned to: once where it is scored at once, in a race once a round that it takes part in.
 */
struct rank_job;

/* Both are the caller's and must outlive the job. NULL with err_last(): the run is untrained, or out of memory. */
struct rank_job *rank_new(struct trainer *, const struct ranking *);

/* More work for it, also while it runs. images 0: all of the validation set. */
void rank_sample(struct rank_job *, int count, int images);
int rank_score(struct rank_job *, const struct arch *, enum origin, const char *parent, int images);      /* 0 or -1 out of memory */

int64_t rank_step(const struct rank_job *);

#endif
