/* images.h -- a person's own pictures. */
#ifndef IMAGES_H
#define IMAGES_H

#include "src/data/format.h"

/* A row of dataset_formats[]. Its variant: see smashtop(1). */
int images_read(struct material *, const char *folder);

#endif
