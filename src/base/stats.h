/* stats.h -- mean and spread of numbers as they come (Welford 1962: no cancellation), and the median of those at hand. */
#ifndef STATS_H
#define STATS_H

#include <stdint.h>

struct stats {                       /* {0} is empty */
	int64_t count;
	double mean;                     /* of none: 0 */
	double squares;                  /* sum of squared differences from the mean */
};

void stats_add(struct stats *, double x);
double stats_variance(const struct stats *);         /* unbiased; NAN below two numbers */
double stats_stderr(const struct stats *);           /* of the mean; NAN below two numbers */

double stats_median(double *x, int n);               /* sorts x; n >= 1 */

#endif
