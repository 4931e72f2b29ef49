/* race.c -- TODO */
#include "src/lab/race.h"

