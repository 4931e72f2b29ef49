/* find.h -- the space and image size an architecture is looked at in, and architectures by id or file name. */
#ifndef FIND_H
#define FIND_H

#include "src/arch/arch.h"
#include "src/options.h"

struct setting {
	struct space space;
	struct arch_input input;
	int axes;
};

/* From the run of --run, else from --preset and --set; image size from its data set. EXIT_DONE, or an exit status with err_last(). */
int find_setting(struct setting *, const struct options *);

/* `name` is a file, or an id in the run: kept, then ranked. Not validated. 0 or -1. */
int find_arch(struct arch *, const struct options *, const char *name);

#endif
