/*
 * study.h -- what a correlation experiment knows: its settings, the scores of its architectures, the test errors of those that were trained
 * (METHOD §10). Data alone: it comes out of a journal's lines and goes into a report.
 *
 * Architectures are numbered draws from the experiment's seed, so that a line need not hold them.
 */
#ifndef STUDY_H
#define STUDY_H

#include "src/arch/arch.h"
#include "src/lab/agreement.h"

struct study_settings {
	int64_t step;                    /* training step of the HyperNet */
	uint64_t seed;
	int count, every;                /* architectures; every so manieth of the ranking is trained */
	bool spread;                     /* … as many, but those whose scores are most evenly apart */
	int epochs, seeds, batch;        /* a training; trainings of each architecture */
	int images;                      /* of a score */
	double learning_rate;
	bool weight_norm;
	bool matched;                    /* MACs from macs_low to macs_high */
	int64_t macs_low, macs_high;
};

struct scored {
	char id[ARCH_ID_LENGTH + 1];
	int64_t draw;
	double score, error;             /* NAN: it has none, a loss was not finite */
	int64_t parameters, macs;
	int depth;
};

struct study {                           /* all to be read, none to be written by others */
	struct study_settings settings;
	struct scored *scored;           /* in the order of drawing */
	int scored_count;

	int *chosen, chosen_count;       /* what is trained: indices of scored, best first; NULL before study_choose */
	int *rank;                       /* of each of them, from 1 */
	int *order;                      /* of the trainings: places in chosen */
	double *test_error, *test_loss;  /* [place][seed]; NAN until trained */
	struct pair_table table;         /* of those trained at least once */
	int *place;                      /* of each row of the table in chosen */
	struct findings found;           /* study_find */
};

/* 0, or -1 out of memory; release is right in both cases. */
int study_init(struct study *, const struct study_settings *);
void study_release(struct study *);

/* First line of its journal. New reference. */
json_t *study_definition(const struct study *);

/* Takes a later line; one that makes no sense is passed over. 0, or -1 out of memory. */
int study_read(struct study *, const json_t *line);

bool study_has(const struct study *, const char *id);

/* Adds a score, at most settings.count of them and before study_choose; returns its line. */
json_t *study_add_score(struct study *, const struct scored *);

/* No more scores: settles what is trained, every K-th of the ranking from the best on or those nearest to scores that are evenly apart from the
 * best to the worst; in random order: what is known before the end is then not of the best alone. 0, or -1 out of memory. */
int study_choose(struct study *);

/* Architectures that are to be trained; an estimate before study_choose. */
int study_wanted(const struct study *);

/* Trainings are numbered from 0: the first of each architecture, then the second of each. */
int study_trainings(const struct study *);                             /* how many there are to be; an estimate before study_choose */
int study_trained(const struct study *);                               /* how many are done */
bool study_has_training(const struct study *, int training);
const struct scored *study_training(const struct study *, int training, int *seed);     /* seed from 0 */

/* Adds a training's result on the test images; returns its line. */
json_t *study_add_training(struct study *, int training, double test_error, double test_loss);

/* The next of the statistics of what is known so far, about 10 ms. False when all are found. */
bool study_find(struct study *);

/* The document, and the same for a person. Statistics that are not found yet are computed for it. */
json_t *study_to_json(const struct study *, const char *run_path);
void study_print(const struct study *, FILE *);

#endif
