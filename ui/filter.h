/*
 * filter.h -- expressions that choose rows of the ranking, such as
 *
 *     error<.2 origin!=pattern macs<20M marked id^=3f1
 *
 * Words, all of which must hold. A number compares with < <= = != >= >, and may end in k, M, G or %; a text with = != and ^= (begins with); some
 * words stand alone, with ! before them for their contrary.
 */
#ifndef FILTER_H
#define FILTER_H

#include <stdbool.h>

#include "src/lab/worker.h"

/* What is known of a row beside the row. */
struct row_facts {
	int rank;                        /* by score among those of the newest weights and the most images, from 1; 0: it has none */
	bool stale;                      /* scored with older weights than the newest row's */
	bool tied;                       /* not told apart from the best at 95 % */
	bool marked;
	char letter;                     /* that names it, 0: none */
	double true_error, true_error_stderr;    /* of the network trained with weights of its own; NAN: there is none */
	int true_epochs, trainings;
	double corrupted;                /* what corrupting its encoding adds to the loss, mean over the fields; NAN: not tested */
	double corrupted_stderr;
};

enum { FILTER_TERMS = 12, FILTER_TEXT = 160 };

enum filter_operator { FILTER_LESS, FILTER_AT_MOST, FILTER_EQUAL, FILTER_OTHER, FILTER_AT_LEAST, FILTER_MORE, FILTER_BEGINS, FILTER_OPERATORS };

struct filter_term {
	int field;
	enum filter_operator operator;
	double number;
	char text[24];
	bool not;                        /* of a word that stands alone */
};

struct filter {
	struct filter_term term[FILTER_TERMS];
	int count;                       /* 0: everything passes */
};

/* 0, or -1 with err_last(): which word, what would be right. The words before it are then in the filter. */
int filter_parse(struct filter *, const char *text);

bool filter_passes(const struct filter *, const struct ranking_row *, const struct row_facts *);

/* Whether it asks for what a score that joins may change in other rows: their rank, whether they are tied. */
bool filter_is_relative(const struct filter *);

/* Names of fields and words with an expression that has them, in order, NULL at the end: for completion. */
const char *filter_name(int i, const char **example);

#endif
