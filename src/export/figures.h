/* figures.h -- what there are figures of, one file each. */
#ifndef FIGURES_H
#define FIGURES_H

#include "src/export/export.h"
#include "src/export/figure.h"

/* Each draws into a figure that figure_start has begun. 0 or -1 with err_last(). */
int figure_banks(struct figure *, const struct export_source *, int i);
int figure_loss(struct figure *, const struct export_source *);
int figure_correlate(struct figure *, const struct export_source *);
int figure_corrupt(struct figure *, const struct export_source *);

/* "of the run first": the last part of its path, which people call it by. */
const char *figure_run_name(const struct export_source *);

#endif
