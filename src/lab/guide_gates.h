/* guide_gates.h -- what an imagined factor 1 on each read and each write of an op has as derivative (METHOD §9), on the images of one pass. */
#ifndef GUIDE_GATES_H
#define GUIDE_GATES_H

#include "src/lab/guide_wiring.h"

/* Derivatives of the mean loss, by block, op and bank; 0 where the op does not read or write the bank. */
struct gates {
	double read[BLOCKS][OPS_MAX][BANKS_MAX], write[BLOCKS][OPS_MAX][BANKS_MAX];
};

struct gate_buffers {
	float *value, *gradient;         /* device: what an op reads, a bank after the other, and what the loss wants of it */
};

/* For passes of so many images; the parameters are the wiring's. 0, or -1; release is right in both cases. */
int gate_buffers_init(struct gate_buffers *, const struct wiring *, int images);
void gate_buffers_release(struct gate_buffers *, const struct wiring *);

/* Adds those of one op, the pass being the wiring's. 0 or -1. */
int gates_of_op(struct gates *, struct gate_buffers *, struct wiring *, int block, int op);

#endif
