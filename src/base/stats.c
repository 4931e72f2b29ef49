/* stats.c -- running moments and the median. */
#include "src/base/stats.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>

void stats_add(struct stats *s, double x)
{
	double before = x - s->mean;

	s->count++;
	s->mean += before / (double)s->count;
	s->squares += before * (x - s->mean);
}

double stats_variance(const struct stats *s)
{
	return s->count < 2 ? NAN : s->squares / (double)(s->count - 1);
}

double stats_stderr(const struct stats *s)
{
	return s->count < 2 ? NAN : sqrt(stats_variance(s) / (double)s->count);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

double stats_median(double *x, int n)
{
	assert(n >= 1);
	qsort(x, (size_t)n, sizeof *x, compare);
	return n % 2 ? x[n / 2] : (x[n / 2 - 1] + x[n / 2]) / 2;
}
