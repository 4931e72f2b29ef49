/* edit.c -- TODO */
#include "src/arch/edit.h"

