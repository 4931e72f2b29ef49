/*
 * figures.h -- what experiments find, as text: changes with their sign, intervals, p values; and a value with its interval as a bar. Texts live
 * in a ring of buffers for some thirty calls; NAN is a dash.
 */
#ifndef FIGURES_H
#define FIGURES_H

#include "src/base/correlation.h"
#include "ui/draw.h"

const char *text_change(double, int decimals);                   /* "+.0048", "-1.2034" */
const char *text_coefficient(double);                            /* "+.41", "-1.00" */
const char *text_between(struct interval, int decimals);         /* "+.0026 +.0068"; a dash where there is no interval */
const char *text_p(double);                                      /* "<.0001", ".0314" */
const char *text_percent(double share, int decimals);            /* "13.1" of .131 */

/* What a bar's ends stand for; low <= 0 <= high. */
struct bar_scale {
	double low, high;
};
void bar_include(struct bar_scale *, struct interval);

/* A bar from 0 to the value, its interval in brackets: ":####[==|--]", ':' at 0 and '|' at the value; '>' at the end where
 * the value lies beyond it. Nothing where it is NAN. */
void bar_draw(int y, int x, int width, struct bar_scale, struct interval, enum role);

#endif
