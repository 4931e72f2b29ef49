/* paired.h -- tests and intervals for differences: does one thing beat another on the same subjects? Tested against SciPy's values. */
#ifndef PAIRED_H
#define PAIRED_H

#include "src/base/correlation.h"

enum alternative { TWO_SIDED, GREATER };     /* GREATER: the differences tend to be above zero */

/* Wilcoxon's signed-rank test; zeros are dropped. Exact up to 50 differences without ties and zeros, else the normal approximation with
 * ties and continuity correction (SciPy's "approx"). NAN below 6 differences that are not zero: too few to say anything. */
double wilcoxon_p(const double *difference, int n, enum alternative);

/* Holm's step-down correction: p[i] becomes the corrected p. NANs stay and do not count. */
void holm_correct(double *p, int count);

/* Mean with a 95 % percentile bootstrap interval over the n numbers. Below 5 no interval. */
struct interval mean_interval(const double *x, int n, int resamples, uint64_t seed);

/* The same where numbers come in clusters (trials of one architecture): whole clusters are drawn. cluster[i] in 0 … clusters - 1. */
struct interval mean_interval_clustered(const double *x, const int *cluster, int n, int clusters, int resamples, uint64_t seed);

#endif
