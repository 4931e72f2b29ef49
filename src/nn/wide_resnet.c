/* wide_resnet.c -- TODO */
#include "src/nn/wide_resnet.h"

