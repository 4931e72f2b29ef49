/* units.h -- numbers for a person. Each writes into the caller's text and returns it. Finite numbers only: how a missing one looks is
 * the screen's business. */
#ifndef UNITS_H
#define UNITS_H

#include <stdint.h>

enum { UNITS_TEXT = 32 };

const char *units_count(double n, char text[UNITS_TEXT]);             /* "812" "19.3k" "0.43M" "2.10M" "1.25G" */
/* The same in a column whose largest number is `largest`, so that digits of one worth stand below one another: 5 characters at most. */
const char *units_count_beside(double n, double largest, char text[UNITS_TEXT]);
const char *units_thousands(int64_t n, char text[UNITS_TEXT]);        /* "8,412" */
const char *units_duration(double seconds, char text[UNITS_TEXT]);    /* "41s" "41m" "2h05" "3d04h" */
const char *units_bytes(double bytes, char text[UNITS_TEXT]);         /* "12 KiB" "612 MiB" "1.9 GiB" */

/* To so many significant digits, any number: what is written with these comes back the same. */
double units_rounded(double x, int digits);

#endif
