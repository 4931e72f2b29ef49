/* resulting.c -- TODO */
#include "src/nn/resulting.h"

