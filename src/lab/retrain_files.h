/* retrain_files.h -- the folder of a retraining: its settings, what it goes on from, its weights, its report. */
#ifndef RETRAIN_FILES_H
#define RETRAIN_FILES_H

#include <limits.h>

#include "src/base/stats.h"
#include "src/lab/model.h"
#include "src/lab/retrain.h"

/* What makes two retrainings of one network the same. */
struct retrain_settings {
	char id[ARCH_ID_LENGTH + 1];     /* "" for a named network */
	char network[32];                /* "" for an architecture */
	char data[544];
	bool own_data;                   /* data is not the run's */
	int epochs, batch;
	double learning_rate, momentum, weight_decay;
	uint64_t seed;
	bool weight_norm;
	int64_t generated_step;          /* of the HyperNet that it starts from; 0: fresh weights */
};

/* Weights on the host: a slab of params, and statistics. */
struct retrain_weights {
	float *value, *statistics;
};

/* Of an epoch that is not whole; {0}: nothing of it. */
struct retrain_part {
	int steps;                       /* of training; all of them: what is left of the epoch is its evaluation */
	struct stats losses;
	double seconds;
};

struct retrain_state {
	struct rng augmentation, batches_rng, batches_epoch_rng;
	int batches_position;
	int64_t batches_epoch;
	struct retrain_report report;
	struct retrain_part part;
	struct retrain_weights selected;         /* room of the caller's */
};

/* RUN/retrained/ID/30-epochs-batch-64-rate-0.1-seed-7…, made with its parents. 0 or -1. */
int retrain_folder(char folder[PATH_MAX], const char *run_path, const struct retrain_settings *);

/* 1: there is a finished one, and `report` has what it found; 0: there is none; -1 with err_last(): one with other settings, a damaged file. */
int retrain_read_report(const char *folder, const struct retrain_settings *, struct retrain_report *);

/* retrain.json; `report` NULL while it is not finished. 0 or -1. */
int retrain_write_report(const char *folder, const struct retrain_settings *, const struct retrain_report *);
json_t *retrain_report_to_json(const struct retrain_report *);       /* new reference */

/* To the digits that the file has: whether it was read or has just been found, a result is the same number, and equal errors are equal. */
void retrain_round_report(struct retrain_report *);

/* state.safetensors. Reading fills the model's values and momentum: 1 done, 0 there is none, -1 with err_last(). */
int retrain_write_state(const char *folder, const struct model *, const struct retrain_state *);
int retrain_read_state(const char *folder, struct model *, struct retrain_state *);
void retrain_remove_state(const char *folder);

/* FOLDER/NAME. 0 or -1. */
int retrain_write_weights(const char *folder, const char *name, const struct model *, const struct retrain_weights *,
	const struct retrain_settings *, int epoch);

/* A line of metrics.jsonl. Lines of epochs from this one on, which an interrupted attempt has left, are cut off first. 0 or -1. */
int retrain_add_metrics(const char *folder, const struct retrain_report *, double learning_rate, double epoch_seconds);

#endif
