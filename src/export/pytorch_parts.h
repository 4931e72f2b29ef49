/* pytorch_parts.h -- what the files of PyTorch are put together from; private to pytorch*.c. */
#ifndef PYTORCH_PARTS_H
#define PYTORCH_PARTS_H

#include <stdio.h>

#include "src/export/network.h"

/* The first layer of that name; NULL: there is none. */
const struct layer *pytorch_layer(const struct exported *, const char *name);

/* "7x7", "8x8x8"; "3", "(3, 5)", one number where all are the same; "(2, 3)", the axes of a tensor that pixels have. */
const char *pytorch_sides(const struct layer *, char text[48]);
const char *pytorch_per_axis(const int *x, int axes, char text[48]);
const char *pytorch_axes(const struct exported *);

/* The line of Network's constructor that makes the stem, and one of its forward with a comment of what the layer gives. */
void pytorch_stem(FILE *, const struct conv *);
void pytorch_step(FILE *, const char *code, const struct layer *);

/* The classes of a network, Network the last. 0, or -1 with err_last(). */
int pytorch_banks(FILE *, const struct exported *);
int pytorch_wide(FILE *, const struct exported *);

#endif
