/* corrupt.c -- TODO */
#include "src/arch/corrupt.h"

const char *const corrupt_field_names[CORRUPT_FIELDS] = { "dilation", "kernel", "groups", "units", "active", "reads", "writes", "other", "random", "empty" };
const char *const corrupt_how_names[CORRUPT_HOWS] = { "within", "across", "fixed" };
