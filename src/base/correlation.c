/* correlation.c -- correlation coefficients, their significance, and bootstrap intervals. */
#include "src/base/correlation.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/rng.h"

enum { STREAM_RESAMPLE = 1 };

/* A list that is constant has no correlation; its variance in floating point need not be zero. */
static bool varies(const double *x, int n)
{
	bool differs = false;

	for (int i = 0; i < n; i++) {
		if (!isfinite(x[i]))
			return false;
		differs |= x[i] != x[0];
	}
	return differs;
}

static bool can_correlate(const double *x, const double *y, int n)
{
	return n >= 3 && varies(x, n) && varies(y, n);
}

static double mean(const double *x, int n)
{
	double sum = 0;

	for (int i = 0; i < n; i++)
		sum += x[i];
	return sum / n;
}

double pearson(const double *x, const double *y, int n)
{
	double xx = 0, yy = 0, xy = 0;

	if (!can_correlate(x, y, n))
		return NAN;

	double mean_x = mean(x, n), mean_y = mean(y, n);

	for (int i = 0; i < n; i++) {
		double a = x[i] - mean_x, b = y[i] - mean_y;

		xx += a * a;
		yy += b * b;
		xy += a * b;
	}
	return fmax(-1, fmin(1, xy / (sqrt(xx) * sqrt(yy))));
}

/* ---- ranks ---- */

struct place {
	double value;
	int index;
};

static int compare_places(const void *a, const void *b)
{
	double x = ((const struct place *)a)->value, y = ((const struct place *)b)->value;

	return (x > y) - (x < y);
}

int rank_numbers(const double *x, double *rank, int n)
{
	struct place *place = malloc(((size_t)n + 1) * sizeof(*place));

	if (!place)
		return err_set("out of memory for %d ranks", n);
	for (int i = 0; i < n; i++)
		place[i] = (struct place){ x[i], i };
	qsort(place, (size_t)n, sizeof(*place), compare_places);
	for (int first = 0, end; first < n; first = end) {
		for (end = first + 1; end < n && place[end].value == place[first].value; end++)
			;
		for (int i = first; i < end; i++)
			rank[place[i].index] = (first + 1 + end) / 2.0;
	}
	free(place);
	return 0;
}

double spearman(const double *x, const double *y, int n)
{
	double rho = NAN;

	if (!can_correlate(x, y, n))
		return NAN;

	double *rank = malloc(2 * (size_t)n * sizeof(*rank));

	if (rank && rank_numbers(x, rank, n) == 0 && rank_numbers(y, rank + n, n) == 0)
		rho = pearson(rank, rank + n, n);
	free(rank);
	return rho;
}

double spearman_brown(double halves)
{
	return halves > 0 ? 2 * halves / (1 + halves) : halves;      /* halves that contradict each other: stretching that would leave [-1, 1] */
}

double partial_spearman(const double *x, const double *y, const double *z, int n)
{
	double xy = spearman(x, y, n), xz = spearman(x, z, n), yz = spearman(y, z, n);
	double rest = (1 - xz * xz) * (1 - yz * yz);

	/* Nothing is left of a list that follows z but rounding errors. */
	return n < 4 || !(rest > 1e-12) ? NAN : fmax(-1, fmin(1, (xy - xz * yz) / sqrt(rest)));
}

/* ---- Kendall ---- */

/* Concordant minus discordant pairs, and pairs tied in x and in y. */
struct pairs {
	double difference, all, tied_x, tied_y;
};

static int sign(double x)
{
	return (x > 0) - (x < 0);
}

static struct pairs count_pairs(const double *x, const double *y, int n)
{
	int64_t difference = 0, tied_x = 0, tied_y = 0;

	for (int i = 0; i < n; i++) {
		for (int j = 0; j < i; j++) {
			int a = sign(x[i] - x[j]), b = sign(y[i] - y[j]);

			difference += a * b;
			tied_x += a == 0;
			tied_y += b == 0;
		}
	}
	return (struct pairs){ (double)difference, 0.5 * n * (n - 1), (double)tied_x, (double)tied_y };
}

double kendall(const double *x, const double *y, int n)
{
	if (!can_correlate(x, y, n))
		return NAN;

	struct pairs p = count_pairs(x, y, n);

	return fmax(-1, fmin(1, p.difference / (sqrt(p.all - p.tied_x) * sqrt(p.all - p.tied_y))));
}

double kendall_gain(const double *x, const double *y, const double *z, int n)
{
	return kendall(x, y, n) - kendall(z, y, n);
}

/* Share of the permutations of n that have at most `inversions` inversions: Kendall's recursion, f_j(k) = (f_j-1(k) + … + f_j-1(k-j+1)) / j. */
static double few_inversions(int n, int inversions)
{
	enum { MOST = 50 * 49 / 2 };
	double share[MOST + 1] = { 1 }, sum = 0;

	for (int j = 2; j <= n; j++) {
		double before[MOST + 1], window = 0;

		for (int k = 0; k <= inversions; k++) {
			before[k] = share[k];
			window += before[k] - (k >= j ? before[k - j] : 0);
			share[k] = window / j;
		}
	}
	for (int k = 0; k <= inversions; k++)
		sum += share[k];
	return sum;
}

/* Sums over groups of equal numbers that the variance of the normal approximation needs. */
struct tie_sums {
	double squares, triples, weighted;       /* of t (t-1), t (t-1) (t-2), t (t-1) (2t+5) */
};

static struct tie_sums tie_sums(const double *x, int n)
{
	struct tie_sums s = { 0 };

	/* Each member of a group of t adds its part of the sum. */
	for (int i = 0; i < n; i++) {
		double t = 0;

		for (int j = 0; j < n; j++)
			t += x[j] == x[i];
		s.squares += t - 1;
		s.triples += (t - 1) * (t - 2);
		s.weighted += (t - 1) * (2 * t + 5);
	}
	return s;
}

double kendall_p(const double *x, const double *y, int n)
{
	enum { EXACT = 50 };

	if (!can_correlate(x, y, n))
		return NAN;

	struct pairs p = count_pairs(x, y, n);

	if (n <= EXACT && p.tied_x + p.tied_y == 0)
		return fmin(1, 2 * few_inversions(n, (int)((p.all - fabs(p.difference)) / 2)));

	struct tie_sums a = tie_sums(x, n), b = tie_sums(y, n);
	double m = 2 * p.all;
	double variance = (m * (2.0 * n + 5) - a.weighted - b.weighted) / 18 + a.squares * b.squares / (2 * m) +
		a.triples * b.triples / (9 * m * (n - 2));

	return erfc(fabs(p.difference) / sqrt(2 * variance));
}

/* ---- the top ---- */

static int compare_numbers(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* How likely each number is among the k smallest when equal ones are drawn by lot. 0, or -1 out of memory. */
static int chances(const double *x, double *chance, int n, int k)
{
	double *sorted = malloc((size_t)n * sizeof(*sorted));
	int below = 0, tied = 0;

	if (!sorted)
		return err_set("out of memory");
	for (int i = 0; i < n; i++)
		sorted[i] = x[i];
	qsort(sorted, (size_t)n, sizeof(*sorted), compare_numbers);

	double border = sorted[k - 1];

	free(sorted);
	for (int i = 0; i < n; i++) {
		below += x[i] < border;
		tied += x[i] == border;
	}
	for (int i = 0; i < n; i++)
		chance[i] = x[i] < border ? 1 : x[i] == border ? (double)(k - below) / tied : 0;
	return 0;
}

double precision_at(const double *x, const double *y, int n, int k)
{
	double sum = 0;

	if (k < 1 || k > n || !varies(x, n) || !varies(y, n))
		return NAN;

	double *chance = malloc(2 * (size_t)n * sizeof(*chance));

	if (!chance || chances(x, chance, n, k) < 0 || chances(y, chance + n, n, k) < 0)
		sum = NAN;
	for (int i = 0; i < n && !isnan(sum); i++)
		sum += chance[i] * chance[n + i];
	free(chance);
	return sum / k;
}

/* ---- bootstrap ---- */

/* Linear between the two nearest, as numpy.percentile. */
static double quantile(const double *sorted, int n, double q)
{
	double at = q * (n - 1);
	int i = (int)at;

	return i + 1 < n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

struct interval percentile_interval(double value, double *resampled, int count)
{
	int n = 0;

	for (int i = 0; i < count; i++)
		if (!isnan(resampled[i]))
			resampled[n++] = resampled[i];
	if (n == 0)
		return (struct interval){ value, NAN, NAN };
	qsort(resampled, (size_t)n, sizeof(*resampled), compare_numbers);
	return (struct interval){ value, quantile(resampled, n, 0.025), quantile(resampled, n, 0.975) };
}

/* A statistic of two lists, or of three where z is not NULL. */
struct statistic {
	correlation *pair;
	triple_correlation *triple;
	const double *x, *y, *z;
};

static double value_of(const struct statistic *s, const double *x, const double *y, const double *z, int n)
{
	return s->z ? s->triple(x, y, z, n) : s->pair(x, y, n);
}

static struct interval resample(const struct statistic *s, int n, int resamples, uint64_t seed)
{
	struct interval result = { value_of(s, s->x, s->y, s->z, n), NAN, NAN };
	struct rng rng;

	if (n < INTERVAL_NUMBERS || isnan(result.value))
		return result;

	double *resampled = malloc(((size_t)resamples + 3 * (size_t)n) * sizeof(*resampled));
	double *x = resampled + resamples, *y = x + n, *z = y + n;

	if (!resampled)
		return result;
	rng_seed(&rng, seed, STREAM_RESAMPLE);
	for (int r = 0; r < resamples; r++) {
		for (int i = 0; i < n; i++) {
			int drawn = rng_below(&rng, n);

			x[i] = s->x[drawn];
			y[i] = s->y[drawn];
			z[i] = s->z ? s->z[drawn] : 0;
		}
		resampled[r] = value_of(s, x, y, z, n);
	}
	result = percentile_interval(result.value, resampled, resamples);
	free(resampled);
	return result;
}

struct interval correlation_interval(correlation *of, const double *x, const double *y, int n, int resamples, uint64_t seed)
{
	return resample(&(struct statistic){ .pair = of, .x = x, .y = y }, n, resamples, seed);
}

/* Where each cluster begins, and n behind the last. Returns how many there are. */
static int find_clusters(const int *cluster, int n, int *start, int *largest)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		if (i == 0 || cluster[i] != cluster[i - 1])
			start[count++] = i;
	start[count] = n;
	*largest = 0;
	for (int i = 0; i < count; i++)
		*largest = start[i + 1] - start[i] > *largest ? start[i + 1] - start[i] : *largest;
	return count;
}

static void resample_clusters(correlation *of, const double *x, const double *y, const int *start, int clusters, double *drawn_x, double *drawn_y,
	double *resampled, int resamples, struct rng *rng)
{
	for (int r = 0; r < resamples; r++) {
		int n = 0;

		for (int i = 0; i < clusters; i++) {
			int drawn = rng_below(rng, clusters), size = start[drawn + 1] - start[drawn];

			memcpy(drawn_x + n, x + start[drawn], (size_t)size * sizeof(*x));
			memcpy(drawn_y + n, y + start[drawn], (size_t)size * sizeof(*y));
			n += size;
		}
		resampled[r] = of(drawn_x, drawn_y, n);
	}
}

struct interval correlation_interval_clustered(correlation *of, const double *x, const double *y, const int *cluster, int n, int resamples,
	uint64_t seed)
{
	int *start = malloc(((size_t)n + 1) * sizeof(*start)), largest, clusters = start ? find_clusters(cluster, n, start, &largest) : 0;
	struct interval result = { of(x, y, n), NAN, NAN };
	double *resampled;
	struct rng rng;

	if (clusters < INTERVAL_NUMBERS || isnan(result.value)) {
		free(start);
		return correlation_interval(of, x, y, n, resamples, seed);
	}

	size_t room = (size_t)clusters * (size_t)largest;

	resampled = malloc(((size_t)resamples + 2 * room) * sizeof(*resampled));
	if (resampled) {
		double *drawn = resampled + resamples;

		rng_seed(&rng, seed, STREAM_RESAMPLE);
		resample_clusters(of, x, y, start, clusters, drawn, drawn + room, resampled, resamples, &rng);
		result = percentile_interval(result.value, resampled, resamples);
	}
	free(resampled);
	free(start);
	return result;
}

struct interval triple_interval(triple_correlation *of, const double *x, const double *y, const double *z, int n, int resamples,
	uint64_t seed)
{
	return resample(&(struct statistic){ .triple = of, .x = x, .y = y, .z = z }, n, resamples, seed);
}
