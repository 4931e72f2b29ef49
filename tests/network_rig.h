/*
 * network_rig.h -- a HyperNet and a network on one device, for tests. Everything asserts, nothing returns an error.
 */
#ifndef NETWORK_RIG_H
#define NETWORK_RIG_H

#include "src/nn/hypernet.h"
#include "src/nn/network.h"

struct rig {
	struct backend *be;
	struct preset preset;
	struct arch_input input;
	struct layout layout;
	struct params *params;
	struct hypernet hypernet;
	struct network network;
	struct tape *tape;
	int axes;
};

/* `encoding_channels` 0: those of the layout. */
void rig_open(struct rig *, const struct preset *, const struct arch_input *, int axes, int encoding_channels);
/* On another device than the tests' own; rig_close closes it. */
void rig_open_on(struct rig *, struct backend *, const struct preset *, const struct arch_input *, int axes, int encoding_channels);
/* A shipped preset on images of `side` pixels a side, three channels and ten classes. */
void rig_open_preset(struct rig *, const char *name, int axes, int side);
void rig_close(struct rig *);

/* Copies; the backend's free frees those on the device, free those on the host. */
void *on_device(struct rig *, const void *host, size_t bytes);
float *zeros_on_device(struct rig *, size_t count);
float *on_host(struct rig *, const float *device, size_t count);

struct shape images_shape(const struct rig *, int n);
struct shape encoding_shape(const struct rig *, const struct arch *);

/* What one pass is given; device memory except for the architecture. */
struct given {
	const struct arch *arch;
	float *encoding, *encoding_grad;
	float *images;
	int32_t *labels;                 /* NULL: no losses */
	int n;
};

struct recorded {
	struct tensor *tiles, *logits, *losses;
};

/* An architecture's own encoding, random images and labels. */
struct given given_random(struct rig *, const struct arch *, int n, struct rng *);
void free_given(struct rig *, struct given *);

/* Records a pass and runs it forward; what is in `recorded` stays readable until the next one. */
struct recorded record(struct rig *, const struct given *, struct network_pass);
static const struct network_pass training_pass = { .train = true, .batch_statistics = true };

double mean(struct rig *, const struct tensor *);
/* Not finite when any element is not. (An assertion for each element would be a write to a pipe for each.) */
double squares(const float *x, size_t count);

#endif
