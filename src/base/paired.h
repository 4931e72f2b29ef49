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

/*
 * What is kept of n values so that two means over the same things can be compared as pairs later: the means of values i, i + PAIRED_PARTS, …
 * of each part i. Their differences tell how sure the difference of the two means is, with PAIRED_PARTS - 1 degrees of freedom.
 */
enum { PAIRED_PARTS = 20, PAIRED_PARTS_LEAST = 5 * PAIRED_PARTS };     /* of fewer values the parts would be hardly more than single ones */
void paired_parts(const float *x, int n, float part[PAIRED_PARTS]);

/* Half the width of the 95 % interval of the difference of two such means. */
double paired_parts_margin(const float a[PAIRED_PARTS], const float b[PAIRED_PARTS]);

#endif
