/*
 * correlation.h -- how two lists of numbers go together, and how sure that is. Each value is tested against SciPy's.
 *
 * A statistic of too few numbers, of numbers that are not finite, or of a list whose numbers are all equal, is NAN: never a number that
 * means nothing. (NAN also where there is no memory for it.)
 */
#ifndef CORRELATION_H
#define CORRELATION_H

#include <stdint.h>

/* A value with a bootstrap interval; low and high NAN where there are too few numbers for one. */
struct interval {
	double value, low, high;
};

typedef double correlation(const double *x, const double *y, int n);
typedef double triple_correlation(const double *x, const double *y, const double *z, int n);

double pearson(const double *x, const double *y, int n);               /* NAN below 3 pairs, as the next two */
double spearman(const double *x, const double *y, int n);              /* Pearson of ranks, equal numbers share their mean rank */
double kendall(const double *x, const double *y, int n);               /* tau-b; time grows as n squared */

/* Of measurements in two halves that correlate so, the reliability of the whole (Spearman and Brown 1910). */
double spearman_brown(double halves);

/* Correlation of x and y where the ranks of z have been taken out of both: Spearman's partial coefficient. NAN below 4 triples, and where z
 * leaves nothing of x or y. */
double partial_spearman(const double *x, const double *y, const double *z, int n);

/* By how much x goes better with y than z does: the difference of their tau-b. */
double kendall_gain(const double *x, const double *y, const double *z, int n);

/* Two-sided p of tau-b under independence: exact without ties up to 50 pairs, else the normal approximation with ties (as SciPy). */
double kendall_p(const double *x, const double *y, int n);

/* Share of the k smallest x that are among the k smallest y: precision in the top k. Where equal numbers stand at the border, the mean over
 * all ways to choose among them. NAN for k < 1 or k > n. */
double precision_at(const double *x, const double *y, int n, int k);

/* Percentile bootstrap over pairs, 95 %: `resamples` draws from `seed`, those without a value left out. Below 5 pairs no interval. */
struct interval correlation_interval(correlation *, const double *x, const double *y, int n, int resamples, uint64_t seed);
/* The same where pairs come in clusters (edits of one architecture), which are drawn whole. cluster[i] ascends; below 5 clusters pairs are drawn. */
struct interval correlation_interval_clustered(correlation *, const double *x, const double *y, const int *cluster, int n, int resamples,
	uint64_t seed);
struct interval triple_interval(triple_correlation *, const double *x, const double *y, const double *z, int n, int resamples,
	uint64_t seed);

/* What these and the tests of paired.h rest on. */

/* Ranks from 1, equal numbers share their mean rank; no NANs. 0, or -1 out of memory. */
int rank_numbers(const double *x, double *rank, int n);

/* `value` between the 2.5 % and the 97.5 % point of resampled values, which are sorted in place, NANs left out. */
struct interval percentile_interval(double value, double *resampled, int count);

enum { INTERVAL_NUMBERS = 5 };           /* fewer give no interval */

#endif
