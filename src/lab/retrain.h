/*
 * retrain.h -- training one network with weights of its own (METHOD §10): Nesterov SGD, cosine annealing, augmentation. Validation images choose
 * among epochs, test images are only reported.
 */
#ifndef RETRAIN_H
#define RETRAIN_H

#include "src/lab/experiment.h"

struct retrain_report {
	char id[ARCH_ID_LENGTH + 1];     /* "" for a named network */
	int epochs, epochs_done;
	int64_t parameters, macs;
	double train_loss;               /* of the last epoch */
	double validation_loss, validation_error;    /* after the last epoch */
	double test_loss, test_error, test_error_stderr;     /* after the last epoch; NAN before the end */
	double selected_validation_error, selected_test_error;   /* of the epoch with the lowest validation loss */
	int selected_epoch;
	double seconds;                  /* training, interrupted parts together */
};

/* A training in slices of one step. The trainer lends device, tape, data and, for from_generated, the HyperNet; what is trained is the
 * retraining's own. */
struct retraining;

/* Uses kind-independent fields of the experiment (arch or network, epochs, batch, learning_rate, seed, weight_norm, from_generated, data).
 * Kept in RUN/retrained/ID/EPOCHS-epochs-seed-S… : an interrupted one goes on after its last whole epoch with the same bits, a finished one is
 * done at once. NULL with err_last(). */
struct retraining *retraining_new(struct trainer *, const struct experiment *);
void retraining_free(struct retraining *);
int retraining_advance(struct retraining *);                           /* 1 more to do, 0 done, -1 */
void retraining_counts(const struct retraining *, int64_t *done, int64_t *total);    /* steps */
struct retrain_report retraining_report(const struct retraining *);

#endif
