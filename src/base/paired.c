/* paired.c -- TODO */
#include "src/base/paired.h"

