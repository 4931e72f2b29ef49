/* guide_chart.h -- the figures of guided search that are drawn: both descents over their evaluations, and predictions against what was measured. */
#ifndef GUIDE_CHART_H
#define GUIDE_CHART_H

#include "ui/draw.h"
#include "ui/guide_document.h"
#include "ui/scatter.h"
#include "ui/table.h"

/* Of one start, or the mean of all that have ended where only is -1. */
void guide_draw_descent(struct rect, const struct guide_view *, int only, bool twin);

/* Single edits, likewise; what was measured over what the predictor said. */
struct guide_points {
	struct scatter_point *point;     /* NULL: nothing is taken yet */
	int count, only;
	enum predictor predictor;
};

void guide_points_take(struct guide_points *, const struct guide_view *, int only, enum predictor);    /* where they are not these already */
void guide_points_release(struct guide_points *);
void guide_draw_agreement(struct rect, const struct guide_points *);

/* How predictions and measurements agree, and the comparison of both searches: lines of at most r.w columns. */
void guide_draw_figures(struct rect, const struct guide_view *);

/* The list of starts; its context is the struct guide_view. */
extern const struct table_column guide_start_columns[TABLE_COLUMNS];
table_cell guide_start_cell;

#endif
