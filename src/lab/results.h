/* results.h -- what experiments have left in RUN/results, and what one of their documents says of an architecture. */
#ifndef RESULTS_H
#define RESULTS_H

#include <jansson.h>

#include "src/lab/request.h"

struct result_file {
	char path[800];
	double time;                     /* of its last change, seconds since 1970 */
};

/* The documents of that kind, the oldest first: how many, in an allocated list (the caller's; NULL for none). */
int results_list(const char *run_path, enum experiment_kind, struct result_file **);

/* The newest that is one; NULL: there is none. New reference. */
json_t *results_newest(const char *run_path, enum experiment_kind);

/* Whether one of the "fields" of a document of corruption is of lies about a single field: lies about a whole encoding are another measure. */
bool corruption_of_one_field(const json_t *field);

/*
 * What lies about single fields add to the loss, mean over the fields, for one of the "subjects" of a document of corruption. NAN where it had
 * none; `error` (may be NULL): the standard error over fields, NAN below two.
 */
double corruption_rise(const json_t *document, const json_t *subject, double *error);

#endif
