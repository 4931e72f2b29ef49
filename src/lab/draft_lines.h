/* draft_lines.h -- the lines of a draft's file: what they say, and what they mean to a reader. For draft.c alone. */
#ifndef DRAFT_LINES_H
#define DRAFT_LINES_H

#include <jansson.h>

#include "src/lab/draft.h"

enum { DRAFT_VERSION = 1 };

/* New references. */
json_t *draft_line_begin(const struct draft *, double clock);
json_t *draft_line_state(const struct draft *, int state);
json_t *draft_line_score(const struct draft *, int state);

/* Of a first line: 0, or -1 with err_last(); any of the last three may be NULL. */
int draft_read_begin(const json_t *, struct arch *, char *from, size_t from_size, double *clock);

/* False where the line is none, or makes no sense. */
bool draft_read_change(const json_t *, struct amend *);
bool draft_read_score(const json_t *, int states, int *state, struct draft_score *);

#endif
