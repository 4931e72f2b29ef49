/*
 * guide_results.h -- what guided search has found so far (METHOD §9): predicted and measured changes of single edits, and what a guided and
 * a random search reached from each start. Data alone: it comes out of the job or of a journal's lines and goes into a report.
 */
#ifndef GUIDE_RESULTS_H
#define GUIDE_RESULTS_H

#include "src/arch/edit.h"
#include "src/base/correlation.h"
#include "src/lab/request.h"
#include "src/lab/score.h"

struct guide_settings {
	int64_t step;                    /* training step of the HyperNet */
	uint64_t seed;
	int starts, evaluations;
	enum predictor predictor;
	int search_images, report_images;        /* validation images: the first ones choose, the others compare what was found */
	int gradient_images;             /* training images */
	char arch_id[ARCH_ID_LENGTH + 1];        /* of the one start that was asked for; "": random ones */
};

enum { PREDICTIONS = PREDICTOR_WEIGHTS + 1 };    /* wiring, weights */

/* Changes of the mean loss; below 0 is better. NAN: not predicted, not measured. */
struct guide_edit {
	char text[96];
	enum edit_kind kind;
	double predicted[PREDICTIONS];
	double change, change_stderr;    /* paired; of edits of the start on all images, of those tried on the search images */
	double half[2];                  /* of the even and of the odd images */
	bool kept;
};

/* What one scoring gives. NAN: no parent to compare with, no images beyond those of the search. */
struct guide_outcome {
	struct score score;
	double change, change_stderr, half[2];   /* from the parent, paired */
	double report;                   /* mean loss on the report images */
};

struct guide_list {
	struct guide_edit *edit;
	int count, room;
};

enum guide_search { SEARCH_GUIDED, SEARCH_RANDOM, SEARCHES };

struct guide_start {
	char id[ARCH_ID_LENGTH + 1];
	struct arch arch;                /* axes 0: a line of an earlier version did not have it */
	double score;                    /* on all images; NAN: it has none, and nothing below */
	double report;                   /* on the report images */
	struct guide_list edits;         /* single edits of it, drawn at random where not all were measured */
	struct guide_list tried[SEARCHES];       /* in order; what is kept is the start of what follows */
	char best[SEARCHES][ARCH_ID_LENGTH + 1];
	double best_report[SEARCHES];
};

/* Below so many edits there are neither shares nor coefficients: as AGREEMENT_FEWEST. */
enum { GUIDE_FEWEST = 8 };

/* One statistic for all edits, or for those of one kind. */
struct guide_agreement {
	int edits;                       /* measured */
	int predicted[PREDICTIONS];      /* of them */
	double sign[PREDICTIONS];        /* share whose direction was right; chance is one half */
	struct interval rank[PREDICTIONS];       /* Spearman's coefficient of predicted and measured; starts are drawn whole */
	struct interval ceiling;         /* of the halves, Spearman-Brown corrected: what the noise of the images leaves */
};

enum { GUIDE_GROUPS = EDIT_KINDS + 1, GUIDE_STATISTICS = GUIDE_GROUPS * (PREDICTIONS + 1) + 1 };

struct guide_findings {
	int steps;                       /* found so far, of GUIDE_STATISTICS */
	int starts;                      /* that can be compared */
	struct guide_agreement group[GUIDE_GROUPS];      /* by kind, then all */
	struct interval gain[SEARCHES], difference;      /* mean fall of the loss on the report images; guided minus random */
	double p;                        /* Wilcoxon, one-sided: guided finds better; NAN below six starts */
};

struct guide_results {
	struct guide_settings settings;
	struct guide_start *start;       /* finished ones */
	int count;
	struct guide_findings found;
};

void guide_results_release(struct guide_results *);
void guide_start_release(struct guide_start *);

/* NULL out of memory. What it returns is zeroed; valid until the next one. */
struct guide_edit *guide_list_add(struct guide_list *);

/* Takes over the start. 0, or -1 out of memory; the start is then released. */
int guide_results_add(struct guide_results *, struct guide_start *);

/* First line of the journal; then scores of the start at work, by number and architecture, and finished starts, both as lines and back: false
 * where a line makes no sense. */
json_t *guide_definition(const struct guide_settings *);
json_t *guide_outcome_to_json(int start, const char *id, const struct guide_outcome *);
bool guide_outcome_from_json(struct guide_outcome *, char id[ARCH_ID_LENGTH + 1], const json_t *);
json_t *guide_start_to_json(const struct guide_start *, enum predictor);
bool guide_start_from_json(struct guide_start *, const json_t *);

/* The next of the statistics of what is known so far, about 50 ms at most. False when all are found. */
bool guide_find(struct guide_results *);

/*
 * The document, and the same for a person. Statistics that are not found yet are computed for it. `at_work` (NULL: none) is a start that is
 * not finished: it is listed as such, and alone it has statistics of its edits.
 */
json_t *guide_results_to_json(const struct guide_results *, const struct guide_start *at_work, const char *run_path);
void guide_results_print(const struct guide_results *, const struct guide_start *at_work, FILE *);

#endif
