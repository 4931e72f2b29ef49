/* format.h -- what the files of src/data share: readers of formats, and how a reader hands over what it read. Nobody else includes this. */
#ifndef FORMAT_H
#define FORMAT_H

#include "src/data/dataset.h"

/* Examples in allocated memory, `pixels` channels last. Zeroed: none. */
struct examples {
	int count;
	uint8_t *pixels, *labels;
};
void examples_release(struct examples *);

/*
 * Makes a data set of what a reader found: draws the validation images, measures mean and deviation, copies the class names
 * (input->classes of them). Takes the memory of `train` and `test` in any case. NULL with err_last(): too few examples, out of memory.
 */
struct dataset *dataset_build(const char *name, const char *folder, int axes, const struct arch_input *input,
	const char *const *class_name, bool mirror, int crop_padding, struct examples *train, struct examples *test);

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
int idx_read_examples(const char *images_path, const char *labels_path, int classes, int side[2], struct examples *);

/* FOLDER/NAME or FOLDER/NAME.gz, the one that is there; false when neither is. */
bool format_file(const char *folder, const char *name, char path[1024]);

/* The rows of dataset_formats[], each in the file of its format. */
struct dataset *fashion_mnist_open(const char *folder);
struct dataset *mnist_open(const char *folder);
extern const char *const mnist_files[];

#endif
