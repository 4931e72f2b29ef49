/* journal.c -- TODO */
#include "src/store/journal.h"

