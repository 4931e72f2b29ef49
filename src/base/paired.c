/* paired.c -- Wilcoxon's signed-rank test, Holm's correction, bootstrap intervals of means. */
#include "src/base/paired.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>

#include "src/base/err.h"
#include "src/base/rng.h"
#include "src/base/stats.h"

enum { STREAM_RESAMPLE = 2 };

/* ---- Wilcoxon ---- */

struct ranked {
	int n;                           /* differences that are not zero */
	bool zeros, ties;
	double plus;                     /* sum of the ranks of those above zero */
	double tie_sum;                  /* over groups of t equal ones, of t^3 - t */
};

/* 0, or -1: out of memory, or one is not finite. */
static int rank_differences(struct ranked *r, const double *difference, int n)
{
	double *kept = malloc((3 * (size_t)n + 1) * sizeof(*kept)), *size = kept + n, *rank = size + n;

	*r = (struct ranked){ 0 };
	if (!kept)
		return err_set("out of memory for %d differences", n);
	for (int i = 0; i < n; i++) {
		if (!isfinite(difference[i])) {
			free(kept);
			return err_set("difference %d is not finite", i);
		}
		if (difference[i] != 0) {
			kept[r->n] = difference[i];
			size[r->n++] = fabs(difference[i]);
		}
	}
	r->zeros = r->n < n;
	if (rank_numbers(size, rank, r->n) < 0) {
		free(kept);
		return -1;
	}
	for (int i = 0; i < r->n; i++) {
		double t = 0;

		for (int j = 0; j < r->n; j++)
			t += size[j] == size[i];
		r->ties |= t > 1;
		r->tie_sum += t * t - 1;         /* the member's share of its group's t^3 - t */
		r->plus += kept[i] > 0 ? rank[i] : 0;
	}
	free(kept);
	return 0;
}

enum { EXACT = 50, RANK_SUM = EXACT * (EXACT + 1) / 2 };

/* Chance of each sum of the ranks 1 … n that have a plus, when signs are even. */
static void rank_sum_chances(double chance[RANK_SUM + 1], int n)
{
	for (int sum = 0; sum <= RANK_SUM; sum++)
		chance[sum] = sum == 0;
	for (int rank = 1; rank <= n; rank++)
		for (int sum = RANK_SUM; sum >= 0; sum--)
			chance[sum] = (chance[sum] + (sum >= rank ? chance[sum - rank] : 0)) / 2;
}

static double exact_p(const struct ranked *r, enum alternative alternative)
{
	double chance[RANK_SUM + 1], below = 0, above = 0;       /* both with the observed sum itself */

	rank_sum_chances(chance, r->n);
	for (int sum = 0; sum <= RANK_SUM; sum++) {
		below += sum <= r->plus ? chance[sum] : 0;
		above += sum >= r->plus ? chance[sum] : 0;
	}
	return fmin(1, alternative == GREATER ? above : 2 * fmin(below, above));
}

static double approximate_p(const struct ranked *r, enum alternative alternative)
{
	double n = r->n, from_mean = r->plus - n * (n + 1) / 4;
	double deviation = sqrt((n * (n + 1) * (2 * n + 1) - r->tie_sum / 2) / 24);

	if (alternative == GREATER)
		return erfc((from_mean - 0.5) / deviation / sqrt(2)) / 2;
	return erfc(fmax(fabs(from_mean) - 0.5, 0) / deviation / sqrt(2));
}

double wilcoxon_p(const double *difference, int n, enum alternative alternative)
{
	enum { FEWEST = 6 };
	struct ranked r;

	if (rank_differences(&r, difference, n) < 0 || r.n < FEWEST)
		return NAN;
	return (r.n > EXACT || r.zeros || r.ties ? approximate_p : exact_p)(&r, alternative);
}

/* ---- Holm ---- */

/* The smallest p times the number of tests, the next times one less, and none below the one before it: Holm 1979. */
void holm_correct(double *p, int count)
{
	double reached = 0, last = -1;   /* the corrected and the plain p of the last step */
	int left = 0;

	for (int i = 0; i < count; i++)
		left += !isnan(p[i]);

	double *plain = malloc(((size_t)count + 1) * sizeof(*plain));

	for (int i = 0; i < count; i++) {
		if (plain)
			plain[i] = p[i];
		else
			p[i] = NAN;              /* no memory: nothing that could be taken for corrected */
	}
	while (plain && left > 0) {
		double next = INFINITY;
		int equal = 0;

		for (int i = 0; i < count; i++)
			if (plain[i] > last && plain[i] < next)
				next = plain[i];
		reached = fmax(reached, fmin(1, next * left));
		for (int i = 0; i < count; i++) {
			if (plain[i] == next) {
				p[i] = reached;
				equal++;
			}
		}
		left -= equal;
		last = next;
	}
	free(plain);
}

/* ---- means ---- */

/* Numbers in groups that are drawn whole. */
struct group {
	double sum;
	int count;
};

static double mean_of(const struct group *group, int groups)
{
	double sum = 0, count = 0;

	for (int i = 0; i < groups; i++) {
		sum += group[i].sum;
		count += group[i].count;
	}
	return sum / count;
}

static struct interval grouped_interval(const struct group *group, int groups, int resamples, uint64_t seed)
{
	struct interval result = { groups > 0 ? mean_of(group, groups) : NAN, NAN, NAN };
	struct rng rng;

	if (groups < INTERVAL_NUMBERS || !isfinite(result.value))
		return result;

	double *resampled = malloc(((size_t)resamples + 1) * sizeof(*resampled));

	if (!resampled)
		return result;
	rng_seed(&rng, seed, STREAM_RESAMPLE);
	for (int r = 0; r < resamples; r++) {
		struct group drawn = { 0 };

		for (int i = 0; i < groups; i++) {
			const struct group *g = &group[rng_below(&rng, groups)];

			drawn.sum += g->sum;
			drawn.count += g->count;
		}
		resampled[r] = drawn.sum / drawn.count;
	}
	result = percentile_interval(result.value, resampled, resamples);
	free(resampled);
	return result;
}

struct interval mean_interval_clustered(const double *x, const int *cluster, int n, int clusters, int resamples, uint64_t seed)
{
	struct interval result = { NAN, NAN, NAN };
	struct group *group = calloc((size_t)clusters + 1, sizeof(*group));
	int filled = 0;

	if (!group)
		return result;
	for (int i = 0; i < n; i++) {
		group[cluster[i]].sum += x[i];
		group[cluster[i]].count++;
	}
	for (int i = 0; i < clusters; i++)
		if (group[i].count)
			group[filled++] = group[i];
	result = grouped_interval(group, filled, resamples, seed);
	free(group);
	return result;
}

void paired_parts(const float *x, int n, float part[PAIRED_PARTS])
{
	double sum[PAIRED_PARTS] = { 0 };

	for (int i = 0; i < n; i++)
		sum[i % PAIRED_PARTS] += x[i];
	for (int i = 0; i < PAIRED_PARTS; i++)
		part[i] = (float)(sum[i] / ((n - i + PAIRED_PARTS - 1) / PAIRED_PARTS));
}

double paired_parts_margin(const float a[PAIRED_PARTS], const float b[PAIRED_PARTS])
{
	static const double t95 = 2.093024;      /* Student's, 19 degrees of freedom */
	struct stats difference = { 0 };

	for (int i = 0; i < PAIRED_PARTS; i++)
		stats_add(&difference, (double)b[i] - a[i]);
	return t95 * stats_stderr(&difference);
}

struct interval mean_interval(const double *x, int n, int resamples, uint64_t seed)
{
	struct interval result = { NAN, NAN, NAN };
	struct group *group = malloc(((size_t)n + 1) * sizeof(*group));

	if (!group)
		return result;
	for (int i = 0; i < n; i++)
		group[i] = (struct group){ x[i], 1 };
	result = grouped_interval(group, n, resamples, seed);
	free(group);
	return result;
}
