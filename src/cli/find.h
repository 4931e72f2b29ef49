/* find.h -- the space and image size that architectures are looked at in, and the architectures of a file, a pattern or a run. */
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

/* The same without the data set: images, of no size. */
int find_space(struct setting *, const struct options *);

/* What the command's argument names: the architectures of a file, "-" being standard input; a pattern in the setting; an id of the run of
 * --run. Not validated. How many, in an allocated list; -1 with err_last(). */
int find_archs(struct arch **list, const struct options *, const struct setting *);

#endif
