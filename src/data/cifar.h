/* cifar.h -- CIFAR-10 and CIFAR-100, binary version. */
#ifndef CIFAR_H
#define CIFAR_H

#include "src/data/format.h"

/* What a record begins with: each label byte stands below its number; the last is the class. */
struct cifar_kind {
	int labels[2], label_bytes;
};
extern const struct cifar_kind cifar10, cifar100;

/* Adds the records of a file, which stays mapped. 0, or -1 with err_last(): the file, the record, what would be right. */
int cifar_read(const struct cifar_kind *, const char *path, struct memory *, struct examples *);

/* Rows of dataset_formats[]. */
extern const char *const cifar10_files[], *const cifar100_files[];
int cifar10_read(struct material *, const char *folder);
int cifar100_read(struct material *, const char *folder);

#endif
