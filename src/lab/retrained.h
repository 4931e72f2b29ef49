/* retrained.h -- networks whose training with weights of their own is finished: finding one in a run, and reading its weights again. */
#ifndef RETRAINED_H
#define RETRAINED_H

#include <limits.h>

#include "src/lab/model.h"

struct retrained {
	char folder[PATH_MAX];           /* as retraining_folder gives it */
	int epochs, batch, selected_epoch;
	double learning_rate;
	int64_t seed;
	bool weight_norm;
	double validation_loss, test_error, test_error_stderr;           /* after the last epoch */
	double selected_validation_loss, selected_test_error;            /* of the selected one */
};

/*
 * The finished training of a network (an architecture's id, "wrn-16-4") on a data set (its name as the run has it) with the most epochs, among those
 * the one with the lowest validation loss of the weights that are wanted. 0, or -1 with err_last(): there is none.
 */
int retrained_find(struct retrained *, const char *run_path, const char *network, const char *data, bool selected);

/* Reads the weights and the statistics of the last or the selected epoch into a model of just this network. 0, or -1 with err_last() naming the
 * file: missing, damaged, another network's. */
int retrained_load(const struct retrained *, bool selected, struct model *);

#endif
