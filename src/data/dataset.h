/*
 * dataset.h -- labelled images or volumes in memory, one file a format. Pixels stay bytes, as the files have them; a batch turns
 * them into normalised floats. The test set is for reports only: nothing that chooses may read it.
 */
#ifndef DATASET_H
#define DATASET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/arch/arch.h"
#include "src/base/rng.h"

struct split {
	int count;
	const uint8_t *pixels;           /* count x side… x channels, channels last */
	const uint8_t *labels;
};

struct dataset {
	char name[32];
	char path[512];                  /* the folder it was read from */
	int axes;
	struct arch_input input;         /* sides, channels, classes */
	char **class_name;
	bool mirror;                     /* mirror images are images of the same class */
	int crop_padding;                /* pixels for random crops */
	/*
	 * validation: 5,000 of the training images, a tenth where there are fewer than 50,000; drawn by a fixed seed and kept in the order
	 * drawn, so that its first n are a random sample as well. train: the others in the order of the file (which may be sorted by
	 * class). Neither is empty.
	 */
	struct split train, validation, test;
	float mean[4], deviation[4];     /* per channel, of the training images, in [0, 1] units; deviation > 0 */
	void *owner;                     /* private */
};

/* One row a data set that smashtop can read. */
struct dataset_format {
	const char *name;                /* "fashion-mnist" */
	const char *description;         /* one line */
	const char *const *folders;      /* where it is looked for, NULL-terminated; $VARIABLES and ~ are expanded */
	const char *const *files;        /* what must be there, NULL-terminated; NAME.gz will do as well */
	const char *package;             /* where to get it: a sentence ("apt install …") */
	struct dataset *(*open)(const char *folder);     /* NULL with err_last() */
};
extern const struct dataset_format dataset_formats[];
extern const int dataset_format_count;

/* The row of that name, or NULL with err_last() naming those there are. */
const struct dataset_format *dataset_format_find(const char *name);

/* "NAME" or "NAME:FOLDER". NULL with err_last(): unknown name (the known ones), where it looked and what is missing, which file is damaged how. */
struct dataset *dataset_open(const char *name);
void dataset_close(struct dataset *);

/* The first folder that has the files (valid until the thread's next call), or NULL; `missing` (may be NULL) becomes a new JSON array of
 * what was not found in the likeliest, empty where all is there. */
const char *dataset_find(const struct dataset_format *, json_t **missing);

/*
 * Draws examples without replacement, epoch after epoch: plain data, so that a checkpoint keeps the position. A batch may
 * cross an epoch's end.
 */
struct batches {
	int count;                       /* examples of the split */
	int position;                    /* in `order` */
	int64_t epoch;
	struct rng rng;
	int *order;                      /* owned; a function of rng's state at the epoch's start */
	struct rng epoch_rng;            /* that state: order can be made again from it */
};

int batches_init(struct batches *, int count, uint64_t seed);          /* 0, or -1 out of memory */
void batches_release(struct batches *);
/* 0, or -1 with err_last(): a position that this split does not have; nothing is changed then. */
int batches_restore(struct batches *, int position, int64_t epoch, const struct rng *rng, const struct rng *epoch_rng);
void batches_next(struct batches *, int *index, int n);

/*
 * Fills x [n, side…, channels] with normalised floats ((p / 255 - mean) / deviation) and label[n] for the given examples.
 * `rng` not NULL: random crops from crop_padding pixels of zero (normalised: black) padding, random mirror where allowed.
 */
void dataset_batch(const struct dataset *, const struct split *, const int *index, int n, struct rng *rng, float *x, int32_t *label);

#endif
