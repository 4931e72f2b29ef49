/* stl.h -- STL-10, binary version. */
#ifndef STL_H
#define STL_H

#include "src/data/format.h"

/* Adds the pictures of a file with the labels of another; both stay mapped. 0, or -1 with err_last(). */
int stl10_read_part(const char *pictures, const char *labels, struct memory *, struct examples *);

/* The training images (there are `count`) of a fold from 0, each once, into index[count]. How many, at least one, or -1 with err_last(). */
int stl10_read_fold(const char *path, int fold, int count, int *index);

/* A row of dataset_formats[]; its variant is a fold. */
extern const char *const stl10_files[];
int stl10_read(struct material *, const char *folder);

#endif
