/* trained.h -- which architectures of a run have been trained with weights of their own, and what came of it. */
#ifndef TRAINED_H
#define TRAINED_H

#include <jansson.h>

/*
 * From RUN/retrained, as a document: trained, a list of id, epochs, trainings, test_error, test_error_stderr, sorted by id. Only finished trainings
 * on the data set `data`. Those of an architecture with other settings don't compare: the settings with the most epochs count, among
 * them those with the most trainings (which differ in their seed), and the errors of these are averaged. The test images are the same
 * in each, so the standard error is that of one. New reference; NULL out of memory. A file that cannot be read is passed over.
 */
json_t *trained_document(const char *run_path, const char *data);

#endif
