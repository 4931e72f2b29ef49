/* format.h -- what the files of src/data share: how a reader hands over what it read, and the readers of formats. Nobody else includes this. */
#ifndef FORMAT_H
#define FORMAT_H

#include <stddef.h>

#include "src/data/dataset.h"

enum { VOLUME_MAX = 32 * 32 * 32 };      /* most values of an example of bits */

/* Examples, their bytes somewhere in the memory of the material. Zeroed: none. */
struct examples {
	int count, room;
	const uint8_t **pixels;
	uint16_t *labels;
};

/* Room for so many more. 0, or -1 with err_last(): memory, or more than an int counts. */
int examples_reserve(struct examples *, size_t more);
void examples_add(struct examples *, const uint8_t *pixels, int label);          /* there is room */
/* `count` examples that follow one another, `bytes` apart; labels[] of their own. */
int examples_add_all(struct examples *, const uint8_t *pixels, size_t bytes, const uint8_t *labels, int count);
void examples_release(struct examples *);

/* Pieces of memory and mapped files with one end. */
struct memory {
	struct memory_piece {
		void *at;
		size_t bytes;
		bool mapped;
	} *piece;
	int count;
};

/* A whole file, read-only. NULL with err_last(): also one that is empty. It must not shrink while it is mapped. */
const uint8_t *memory_map(struct memory *, const char *path, size_t *bytes);
/* Not cleared. NULL with err_last() naming the path. */
void *memory_alloc(struct memory *, const char *path, size_t bytes);
/* Takes a piece from malloc, also where it fails. 0 or -1. */
int memory_take(struct memory *, void *at, size_t bytes);
/* Moves all pieces of the second to the first. 0 or -1; the second is then as it was. */
int memory_join(struct memory *, struct memory *);
void memory_release(struct memory *);

/*
 * A data set in the making. The reader fills in axes, input, order and augmentation of `d`, its class names, and examples; dataset_open does the
 * rest: where validation is empty it is drawn from train.
 */
struct material {
	struct dataset *d;
	const char *variant;             /* what stands behind @, or "" */
	bool known;                      /* read before: checksums that cost a pass over files may be left out */
	struct memory memory;
	struct examples train, validation, test;
};

/* NULL with err_last(). dataset_close ends it, too. */
struct material *material_new(const char *name, const char *variant, const char *folder);

/* d->input.classes names, copied; what is not UTF-8 or a control character becomes a question mark. 0 or -1. */
int material_names(struct material *, const char *const *name);

/* The same from FOLDER/FILE, a line each; `known` where there is no such file. -1 with err_last(): another number of lines. */
int material_read_names(struct material *, const char *folder, const char *file, const char *const *known);

/* Reads by a row, the folder found: what the others end in. As dataset_open, or where `measure` is false as dataset_open_known. */
struct dataset *dataset_read(const struct dataset_format *, const char *variant, const char *folder, bool measure,
	const struct normalisation *known);

/* watch.c: dataset_watch. watch_say says how far the opening is, some times a second at most: 0, or -1 with err_last(): it shall end. */
void watch_begin(void);
void watch_end(void);
int watch_say(int64_t done, int64_t total, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* each.c. Calls one(context, 0 … count - 1), some of them at the same time on several processors, and says how far it is. 0, or -1 with the error
 * of the first that failed, by its number. */
int each_of(int count, const char *what, int (*one)(void *context, int i), void *context);

/* FOLDER/NAME, or where `gzip` FOLDER/NAME.gz, the one that is there; false when neither is. */
bool format_file(const char *folder, const char *name, bool gzip, char path[1024]);
/* FOLDER/NAME. -1 with err_last() where that is too long. */
int format_path(char path[1024], const char *folder, const char *name);

/* idx.c: the format of MNIST, plain or .gz. */
struct idx {
	int rank;
	int dim[4];
	uint8_t *data;                   /* owned */
};

/* Reads an IDX file of unsigned bytes with that many dimensions. 0, or -1 with err_last(): the file, what is wrong, what would be right. */
int idx_read(const char *path, int rank, struct idx *);
void idx_release(struct idx *);

/* Images and labels of one split. 0, or -1: also counts that differ, sides that are not `side` (0: any; becomes the files'),
 * a label that is not below `classes`. */
int idx_read_examples(struct memory *, const char *images_path, const char *labels_path, int classes, int side[2], struct examples *);

/* The rows of dataset_formats[], each in the file of its format. */
int fashion_mnist_read(struct material *, const char *folder);
int mnist_read(struct material *, const char *folder);
extern const char *const mnist_files[];

#endif
