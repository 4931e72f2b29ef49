/* options_export.h -- what the options of an export mean, for the command line and the prompt of the screen. */
#ifndef OPTIONS_EXPORT_H
#define OPTIONS_EXPORT_H

#include "src/export/export.h"
#include "src/options.h"

/* The format that --format names or that the end of --output says. NULL with err_last(). */
const struct export_format *options_format(const struct options *);

/* Fills subject, result, style, weights, network, data and one_conv. 0, or -1 with err_last(): the format cannot be of that, or an option says nothing about what is asked for. */
int options_source(const struct options *, const struct export_format *, struct export_source *);

#endif
