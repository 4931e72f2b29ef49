/* norms.h -- the batch norms of a network with weights of its own: parameters, statistics, names. */
#ifndef NORMS_H
#define NORMS_H

#include "src/nn/params.h"

enum { NORMS_MAX = 512 };

struct norm {
	int gamma, shift;                /* parameter indices: NAME.weight, NAME.bias */
	int channels;
	size_t offset;                   /* of the mean in a statistics buffer; the variance follows */
};

struct norms {
	struct norm list[NORMS_MAX];
	int count;
	size_t statistics_size;          /* floats of a statistics buffer */
};

/* Declares one in PARAM_FREE. Its index, or -1 with err_last(). */
int norms_add(struct norms *, struct params *, int channels, const char *name);

/* How a network with batch norms runs. */
struct norm_pass {
	bool train;                      /* gradients of the parameters are wanted */
	bool batch_statistics;           /* from the batch, written to `statistics`; otherwise read there */
	float *statistics;               /* device, statistics_size floats; NULL with batch statistics: not kept */
};

/* Batch norm, then ReLU. */
struct tensor *norms_record(const struct norms *, int index, struct tape *, struct params *, struct tensor *x, struct norm_pass);

/* Sets scale and shift so that the norm gives back what has these statistics (on the host), raised by `lift` standard deviations. */
void norms_give_back(const struct norms *, int index, struct params *, const float *statistics, float lift);

#endif
