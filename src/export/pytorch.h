/* pytorch.h -- a network as a file of Python for people to read, whose module has its weights in a safetensors file. */
#ifndef PYTORCH_H
#define PYTORCH_H

#include <stdio.h>

#include "src/export/network.h"

/* The module, and what loads and checks it. 0, or -1 with err_last(). */
int pytorch_write_module(FILE *, const struct exported *);

/* Its weights, named as its state_dict names them, and example.input and example.output. 0, or -1 with err_last(). */
int pytorch_write_weights(FILE *, const struct exported *);

#endif
