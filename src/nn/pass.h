/* pass.h -- one way through a graph, which asks the same of the device each time. Private to src/nn. */
#ifndef PASS_H
#define PASS_H

#include "kernels/kernels.h"

struct tape;

struct pass {
	int runs;                        /* by calls */
	struct captured *captured;       /* what is replayed instead */
};

/* Runs `walk`: twice by calls, which also make ready what they need; then, where the device can, they are captured once and replayed from there on. */
void pass_run(struct pass *, struct backend *, void (*walk)(struct tape *), struct tape *);

/* The next run of `walk` asks something else. */
void pass_forget(struct pass *, struct backend *);

#endif
