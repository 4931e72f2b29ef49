/* options_experiment.h -- from the options of a laboratory command to what they ask: for the command line and the screen's prompt alike. */
#ifndef OPTIONS_EXPERIMENT_H
#define OPTIONS_EXPERIMENT_H

#include "src/lab/request.h"
#include "src/options.h"

/* Whether the subcommand is an experiment. */
bool options_ask_experiment(const struct options *);

/*
 * Fills the experiment of the options' subcommand. An architecture is only named: has_arch is then set and finding o->arch is the
 * caller's. 0, or -1 with err_last(): a name that is none of its list (the nearest).
 */
int options_experiment(struct experiment *, const struct options *);

#endif
