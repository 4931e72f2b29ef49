/*
 * golden.h -- values that PyTorch computed in double precision (tests/reference/golden.py, golden_own.py), compared with what a device has.
 * What goes in comes from a formula over names that both sides compute. Everything asserts, nothing returns an error.
 */
#ifndef GOLDEN_H
#define GOLDEN_H

#include <jansson.h>

#include "src/arch/arch.h"
#include "src/nn/params.h"

/* Single precision against double: with oneDNN on AVX-512 the errors are up to 1.4e-6 of a tensor's norm, other machines add up in
 * another order. A wrong slice, tap or path shows as 1e-2 and more. */
static const double golden_tolerance = 2e-5;

/* tests/reference/PREFIX-NAME.json. */
json_t *golden_read(const char *prefix, const char *name);
/* The preset small with the assignments of "set". */
void golden_preset(const json_t *, struct preset *);
/* "images" and "classes": sides, channels, classes. Returns the shape of the images; its rank is axes + 2. */
struct shape golden_input(const json_t *, struct arch_input *);

/* `scale` times the formula's values of that name, in device memory of the caller's. */
float *golden_device(struct backend *, const char *name, const struct shape *, double scale);
void golden_set_parameters(struct params *);

/* "parameters" lists just these names and shapes. */
void golden_compare_names(const json_t *, const struct params *);
void golden_compare_list(struct backend *, const char *what, const struct tensor *, const json_t *expected);
/* `got` on the host against a digest: the norm, the sum against the formula, some elements. All errors count against the norm. */
void golden_compare_digest(const char *what, const char *name, const float *got, size_t count, const json_t *digest, double tolerance);

#endif
