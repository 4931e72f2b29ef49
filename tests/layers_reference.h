/* layers_reference.h -- what the layers of an exported network compute, as network.h says it, done in the plainest way. */
#ifndef LAYERS_REFERENCE_H
#define LAYERS_REFERENCE_H

#include "src/export/network.h"

/* The largest difference of its logits on the examples from those that are stored, relative to the largest of these. */
double layers_reference_difference(const struct exported *);

#endif
