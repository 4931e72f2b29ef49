/* imagenet.h -- ImageNet32x32. */
#ifndef IMAGENET_H
#define IMAGENET_H

#include "src/data/format.h"

/* Adds the pictures of one archive. `check`: their checksum, too, where they are only mapped. 0, or -1 with err_last(). */
int imagenet32_read_file(const char *path, int classes, bool check, struct memory *, struct examples *);

/* A row of dataset_formats[]. */
extern const char *const imagenet32_files[];
int imagenet32_read(struct material *, const char *folder);

#endif
