/* csv.h -- values of a line of comma-separated values (RFC 4180), whatever the line is of. */
#ifndef CSV_H
#define CSV_H

#include "src/export/export.h"

void csv_number(FILE *, double);                 /* with all the digits that tell it from others; nothing where it isn't finite */
void csv_text(FILE *, const char *);             /* in quotes where that is needed */

/* The table that the source's subject is, where it isn't architectures. 0 or -1 with err_last(). */
int csv_of_run(FILE *, const struct export_source *);

#endif
