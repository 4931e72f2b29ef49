/* perturb.c -- TODO */
#include "src/arch/perturb.h"
const double perturb_probability = 0.05;
