/*
 * dataset.h -- labelled images or volumes, one file a format. Their bytes stay where the file has them, mapped, or in memory once; a batch
 * turns them into normalised floats. The test set is for reports only: nothing that chooses may read it.
 */
#ifndef DATASET_H
#define DATASET_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "src/arch/arch.h"
#include "src/base/rng.h"

enum { CHANNELS_MAX = 4, CLASSES_MAX = 65536, DATASET_NAME_SIZE = 544 };

struct split {
	int count;
	const uint8_t *const *pixels;    /* of each example, as struct pixel_order says */
	const uint16_t *labels;
};

/*
 * How the values of an example lie: that at depth z, row y, column x and channel c is number z step[0] + y step[1] + x step[2] + c step[3].
 * Images have depth 0 alone. Either the channels of a pixel follow one another, or each channel is a plane of its own.
 */
struct pixel_order {
	int step[4];
	bool bits;                       /* values are bits, the most significant of a byte first, and stand for 0 and 255 */
};

/* Per channel, of the training images, in [0, 1] units. */
struct normalisation {
	int channels;                    /* 0: not known */
	float mean[CHANNELS_MAX], deviation[CHANNELS_MAX];       /* deviation > 0 */
};

struct dataset {
	char name[32];                   /* with its variant: "stl10@3" */
	char path[512];                  /* the folder it was read from */
	int axes;
	struct arch_input input;         /* sides, channels, classes */
	char **class_name;               /* UTF-8 without control characters */
	struct pixel_order order;

	/* Augmentation: what makes another example of the same class. Axes are depth, row, column. */
	uint8_t mirror[3];               /* an axis is mirrored one time in so many; 0: never */
	int crop_padding;                /* pixels for random crops, along every axis the data has */
	int copies;                      /* a training example is so many versions of itself, one after another, turned; 0: one. Validation takes the first */
	int turns;                       /* examples are turned about the depth axis by a multiple of a circle in so many parts; 0: they are not */

	/*
	 * validation: where the files hold none out, 5,000 of the training images, a tenth where there are fewer than 50,000; drawn by a fixed
	 * seed and kept in the order drawn, so that its first n are a random sample as well. train: the others in the order of the file
	 * (which may be sorted by class). None is empty.
	 */
	struct split train, validation, test;
	struct normalisation normalisation;
	int published_train, published_test;     /* examples of the whole data set (or fold) as it was published; 0: nobody has published it */
	int checked;                     /* files whose checksum is the one that was published */
	char *missing;                   /* why its examples cannot be had, where they cannot: the splits then have counts alone; owned */
	void *owner;                     /* private */
};

struct material;

/* A file as it was published. One of another size is another, perhaps a part of it. */
struct published_file {
	const char *name;                /* NULL ends the list */
	int64_t bytes;
	const char *md5;
};

/* One row a data set that smashtop can read. */
struct dataset_format {
	const char *name;                /* "fashion-mnist" */
	const char *description;         /* one line */
	const char *subfolder;           /* what the official archive calls its folder: looked into as well; may be NULL */
	const char *const *files;        /* what must be there, "A|B" one of them, NULL-terminated; where nothing must, the folder is to be named */
	int train, test;                 /* examples as published; 0: it has no fixed number */
	const struct published_file *published;  /* those whose checksums are known; NULL: none are */
	bool gzip;                       /* NAME.gz will do as well */
	const char *variants;            /* "NAME@0 … NAME@9 a fold": what may stand behind its name; NULL: nothing */
	int folds;                       /* variants "0" … that stand for one data set together; 0: none */
	const char *package;             /* where to get it: a sentence ("apt install …") */
	int (*read)(struct material *, const char *folder);      /* format.h; 0, or -1 with err_last() */
};
extern const struct dataset_format dataset_formats[];
extern const int dataset_format_count;

/* Data sets are looked for in PARENT/NAME. NULL-terminated; $VARIABLES and ~ are to be expanded. */
extern const char *const dataset_parents[];

/* The row of that name, or NULL with err_last() naming those there are. */
const struct dataset_format *dataset_format_find(const char *name);

/* "NAME", "NAME:FOLDER", either with @VARIANT behind the name. NULL with err_last(): unknown name (the known ones), where it looked and what is missing, which file is damaged how. */
struct dataset *dataset_open(const char *name);

/* The same without a pass over all pixels: the constants of an earlier opening, or NULL where nobody will ask for a batch. An error where
 * those are of another number of channels. */
struct dataset *dataset_open_known(const char *name, const struct normalisation *);
void dataset_close(struct dataset *);

/* What it is but its examples, as JSON: a new reference. The other way round: a data set without examples, since `why`. NULL with
 * err_last(): something is missing or of the wrong type. */
json_t *dataset_describe(const struct dataset *);
struct dataset *dataset_absent(const json_t *description, const struct normalisation *, const char *why);

/* "5,000 of 50,000 training examples and 1,000 of 10,000 test examples": whether less or more is there than was published. */
bool dataset_partial(const struct dataset *, char *text, size_t size);

/* 0, or -1 with err_last() = missing: whoever is about to ask for a batch or an example asks this before. */
int dataset_examples(const struct dataset *);

/* NAME:FOLDER with the folder as it is found from anywhere: one that begins neither with / nor ~ nor $ is made absolute. 0, or -1 with err_last():
 * too long, not UTF-8. */
int dataset_absolute(char to[DATASET_NAME_SIZE], const char *name);

/*
 * What this thread does meanwhile: once an opening has taken half a second, `watcher` is called some times a second with what is being done
 * ("reading train.bin") and how far; where it was called at all, it is called a last time with done == total. False ends the opening, which
 * then fails with "interrupted". NULL: nobody watches.
 */
typedef bool dataset_watcher(void *context, const char *text, int64_t done, int64_t total);
void dataset_watch(dataset_watcher *, void *context);

/* "stl10:FOLDER" to "stl10@7:FOLDER", whatever variant it has. How many folds there are, or -1 with err_last(): none, an unknown name. */
int dataset_fold(char fold_name[DATASET_NAME_SIZE], const char *name, int fold);

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
 * `rng` not NULL, for training examples: random crops from crop_padding pixels of zero (normalised: black) padding, random mirror, copy and
 * turn where there are such.
 */
void dataset_batch(const struct dataset *, const struct split *, const int *index, int n, struct rng *rng, float *x, int32_t *label);

/* One example's bytes, [side…, channels], as they are: for eyes. */
void dataset_example(const struct dataset *, const struct split *, int index, uint8_t *to);

#endif
