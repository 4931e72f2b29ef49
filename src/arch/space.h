/*
 * space.h -- a search space and the preset that carries it: every field of METHOD's table as one row of a table, which
 * JSON, the command line (--set NAME=VALUE), help and the man page read.
 */
#ifndef SPACE_H
#define SPACE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum { BLOCKS = 3, BANKS_MAX = 64, OPS_MAX = 64, CONVS = 4, DENSE_BLOCKS = 3 };

/* How many rows the generated 1x1 weight has (n_mid), from n_in read channels and u units. */
enum bottleneck {
	BOTTLENECK_V1,                   /* min(u * clamp(n_in / u, 1, 4), n_in, N_max) */
	BOTTLENECK_V2                    /* min(2 u, n_in, N_max) */
};

struct space {
	int bank_unit;                   /* N: channels of one bank unit */
	int units_max;                   /* N_max: most units (output channels) of an op; a multiple of N */
	int depth_compression;           /* D: input channels of a slice of the encoding, in bank units */
	int stem_kernel, stem_stride, stem_channels;
	int block_input[BLOCKS];         /* channels a block is given */
	int block_channels[BLOCKS];      /* most channels of a block's banks */
	int block_budget[BLOCKS];        /* reference budget: sum of n_in over the ops of a block */
	int bank_size_max;               /* channels of a bank: a multiple of N drawn per block up to this; N: fixed */
	int arrangement;                 /* most convolutions of an op: 1, or 4 for the 2x2 arrangement */
	int kernel_max;                  /* odd kernels 3 … kernel_max per axis */
	int dilation_max, extent_max;    /* per axis; (k - 1) d + 1 <= extent_max */
	int weight_sets;                 /* sets of convolution weights that a block's ops share: op i uses set i mod this */
	int groups_vary;                 /* 0: always 1; 1: any divisor of N */
	int bottleneck;                  /* enum bottleneck */
	double units_offset, units_slope;    /* a, b: units drawn with weight 1 / (a + b |u - n_in| in bank units) */
	double budget_share_min;         /* an architecture gets a share of the budget, uniform in [this, 1] */
	int background;                  /* of the encoding: -1 or 0 */
	int noise;                       /* 1: one channel of Gaussian noise z beside the encoding */
};

struct hypernet_sizes {
	int layers[DENSE_BLOCKS];        /* 3x3 convolutions of each dense block; 0 ends the list */
	int growth;
	int stem;                        /* channels of the first convolution */
	int skip;                        /* 1: the last convolution sees the encoding beside the features */
};

struct training {
	int batch;                       /* images a step */
	int steps;                       /* the default length of a run */
	double rate_free, rate_hypernet; /* Adam's learning rates at the start; cosine to zero */
	double beta1, beta2;
	int augment;                     /* 1: random crops and mirror images as the data set allows */
};

struct preset {
	char name[32];
	struct space space;
	struct hypernet_sizes hypernet;
	struct training training;
};

/* One row a field. Ints and doubles only. */
struct preset_field {
	const char *name;                /* "space.bank_unit", "hypernet.growth", "training.steps"; arrays have count > 1 */
	enum { FIELD_INT, FIELD_DOUBLE } type;
	int count;
	double min, max;
	size_t offset;                   /* in struct preset */
	const char *help;                /* one line, says the unit */
};

extern const struct preset_field preset_fields[];
extern const int preset_field_count;

/* The row of that name; NULL with err_last() naming the nearest. */
const struct preset_field *preset_field_find(const char *name);

/* The shipped presets: "small", "smash-v1", "smash-v2", "tiny" for tests, and two in which scores should mean little (METHOD §10): "small-weak",
 * a HyperNet too small for its job, and "small-free", most of the capacity in free weights. NULL-terminated names; copies one. 0, or -1 naming
 * the nearest. */
extern const char *const preset_names[];
int preset_get(struct preset *, const char *name);

/* "space.units_max=32", "hypernet.layers=8,10,4": 0, or -1 with err_last() naming field, value and range. */
int preset_set(struct preset *, const char *assignment);

/* Fields that contradict each other (N_max no multiple of N, a block that no op fits, …). 0 or -1 with err_last(). */
int preset_validate(const struct preset *);

/* Banks of `bank_size` channels are read by multiples of this count, so that n_in is a multiple of D N. */
int space_read_step(const struct space *, int bank_size);

/* Whether a block may have banks of that many channels: its first ⌊input / size⌋ banks allow at least one legal read. */
bool space_bank_size_fits(const struct space *, int block, int bank_size);

json_t *preset_to_json(const struct preset *);                      /* new reference */
/* Strict: unknown, missing and wrong fields are named. Validates. 0 or -1. */
int preset_from_json(struct preset *, const json_t *);

#endif
