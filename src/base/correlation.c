/* correlation.c -- TODO */
#include "src/base/correlation.h"

