/* experiment.c -- from what a person asks to the job that does it: one row an experiment. */
#include "src/lab/experiment.h"

#include "src/base/err.h"
#include "src/lab/score.h"

const char *const experiment_names[EXPERIMENTS] = {
	[EXPERIMENT_RANK] = "rank", [EXPERIMENT_CORRUPT] = "corrupt", [EXPERIMENT_GUIDE] = "guide", [EXPERIMENT_RETRAIN] = "retrain",
	[EXPERIMENT_CORRELATE] = "correlate",
};

const char *const predictor_names[PREDICTORS] = {
	[PREDICTOR_WIRING] = "wiring", [PREDICTOR_WEIGHTS] = "weights", [PREDICTOR_RANDOM] = "random",
};

static struct job *(*const starts[EXPERIMENTS])(struct trainer *, const struct ranking *, const struct experiment *) = {
	[EXPERIMENT_RANK] = rank_start, [EXPERIMENT_CORRUPT] = corrupt_start, [EXPERIMENT_GUIDE] = guide_start,
	[EXPERIMENT_RETRAIN] = retrain_start, [EXPERIMENT_CORRELATE] = correlate_start,
};

struct job *experiment_start(struct trainer *t, const struct ranking *ranking, const struct experiment *e)
{
	/* A network with weights of its own needs no HyperNet, unless it starts from what that makes. */
	bool needs_hypernet = e->kind != EXPERIMENT_RETRAIN || e->from_generated;

	if ((needs_hypernet && check_trained(t) < 0) || (e->kind != EXPERIMENT_RETRAIN && dataset_examples(t->data) < 0))
		return NULL;
	if (e->has_arch && arch_validate(&t->layout.space, &e->arch, NULL) < 0)
		return NULL;
	return starts[e->kind](t, ranking, e);
}
