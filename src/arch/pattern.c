/* pattern.c -- TODO */
#include "src/arch/pattern.h"
const struct pattern patterns[1]; const int pattern_count = 0;
