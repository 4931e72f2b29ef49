/* subject.h -- what formats read of the run that they are of, beside its architectures. */
#ifndef SUBJECT_H
#define SUBJECT_H

#include <jansson.h>

#include "src/export/export.h"

/* The source's result of that kind: source->result, or the newest. New reference; NULL with err_last(): there is none. */
json_t *subject_document(const struct export_source *, enum experiment_kind);

/* trained_document() of the run; NULL: it cannot be told. New reference. */
json_t *subject_trained(const char *run_path);

/* The entry of that id in a list of a document; NULL: none. */
json_t *subject_of_id(const json_t *document, const char *list, const char *id);

#endif
