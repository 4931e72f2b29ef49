/* svhn.h -- Street View House Numbers, cropped digits. */
#ifndef SVHN_H
#define SVHN_H

#include "src/data/format.h"

/* Adds the pictures of a file; they are unpacked into memory. 0, or -1 with err_last(). */
int svhn_read_file(const char *path, struct memory *, struct examples *);

/* A row of dataset_formats[]. */
extern const char *const svhn_files[];
int svhn_read(struct material *, const char *folder);

#endif
