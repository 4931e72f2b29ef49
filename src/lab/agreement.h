/*
 * agreement.h -- how well what is known before training (the SMASH score, the size) tells what training gives: the statistics of the
 * correlation experiment (METHOD §10). Pure numbers; it knows no network.
 *
 * Every coefficient is positive where what counts as better predicts a better network. Lower scores count as better, and, for the baselines,
 * more parameters and more MACs.
 */
#ifndef AGREEMENT_H
#define AGREEMENT_H

#include <jansson.h>
#include <stdio.h>

#include "src/base/correlation.h"

/* Below so many pairs there are no numbers. Of 1,000 samples of normal numbers the 95 % interval of a partial correlation held the truth in
 * 62, 82, 91 and 93 % with 5, 6, 7 and 8 pairs. */
enum { AGREEMENT_FEWEST = 8 };

enum pair_column {
	PAIR_SCORE, PAIR_SCORE_ERROR,
	PAIR_PARAMETERS, PAIR_MACS,      /* negative, so that lower is better as in all others */
	PAIR_TEST_ERROR, PAIR_TEST_LOSS, /* mean over the trainings of one architecture */
	PAIR_FIRST, PAIR_SECOND,         /* test errors of its first two trainings; only the first `twice` rows have them */
	PAIR_COLUMNS
};

/* Trained architectures; rows are sorted by score, the best first (PAIR_FIRST and PAIR_SECOND have an order of their own). */
struct pair_table {
	int pairs, twice;
	double *column[PAIR_COLUMNS];
};

struct agreement {
	int pairs;
	struct interval kendall, spearman, pearson;
	double p;                        /* of Kendall's tau-b, two-sided */
};

/* _HALF: among the better half by score. */
enum agreement_kind {
	AGREE_SCORE, AGREE_SCORE_HALF, AGREE_SCORE_LOSS,         /* of the score with the test error; with the test loss */
	AGREE_ERROR, AGREE_ERROR_HALF,                           /* of the SMASH error with the test error, and so on */
	AGREE_PARAMETERS, AGREE_PARAMETERS_HALF,
	AGREE_MACS, AGREE_MACS_HALF,
	AGREE_CEILING,                                           /* of two trainings of the same architectures */
	AGREEMENTS
};

/* Spearman of score and test error with something taken out of both; tau-b of the score minus that of a baseline. */
enum contrast_kind { PARTIAL_PARAMETERS, PARTIAL_MACS, GAIN_PARAMETERS, GAIN_MACS, CONTRASTS };

enum { TOP_FIFTH, TOP_THIRD, TOPS };

/* Of the k best by each, the share that is among the k best trained. */
struct top {
	int k;
	double score, parameters, macs;
};

struct findings {                        /* {0}: nothing found yet */
	int steps;                       /* found so far, of FINDING_STEPS */
	int pairs;
	int wanted;                      /* pairs there are to be in the end; 0: that is not known */
	struct agreement agreement[AGREEMENTS];
	struct interval contrast[CONTRASTS];
	struct top top[TOPS];
};

enum { FINDING_STEPS = AGREEMENTS + CONTRASTS + TOPS };

/* The next of the statistics: about 10 ms for 50 pairs. The table must stay the same until all are found. */
void findings_next(struct findings *, const struct pair_table *, uint64_t seed);

/* All below want all steps. In one line, in plain words. */
void findings_verdict(const struct findings *, char *text, size_t size);

/* Adds kendall spearman pearson better_half test_loss score_error top baseline_parameters baseline_macs gain partial ceiling verdict. */
void findings_to_json(const struct findings *, json_t *document);

/* Tables and verdict, at most 100 columns. */
void findings_print(const struct findings *, FILE *);

/* Test error over score in characters, 100 columns by 16 lines. Nothing below three pairs. */
void pairs_print_scatter(const struct pair_table *, FILE *);

#endif
