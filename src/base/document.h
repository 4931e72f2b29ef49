/* document.h -- what a JSON document has at a path such as "improvement.difference": typed, and with a value for what is not there. */
#ifndef DOCUMENT_H
#define DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

#include "src/base/correlation.h"

/* A number as JSON and back: what is not finite is null, and what is no number NAN. */
json_t *json_of(double);
double number_of(const json_t *);

json_t *document_at(const json_t *, const char *path);           /* borrowed; NULL: not there */
double document_number(const json_t *, const char *path);        /* NAN: not there, or no number */
json_int_t document_count(const json_t *, const char *path);     /* -1: not there, or no whole number */
const char *document_text(const json_t *, const char *path);     /* the document's own; "": not there, or no text */
bool document_says(const json_t *, const char *path);            /* there and true */

/* A value with its interval, written {"value", "low", "high"} or {"value", "interval": [low, high]}; NAN for what is not there. */
struct interval document_interval(const json_t *, const char *path);

/* A list of two numbers. */
struct interval document_pair(const json_t *, const char *path, double value);

#endif
