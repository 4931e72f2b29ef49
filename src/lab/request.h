/*
 * request.h -- what a person asks of the laboratory, as plain data: the command line, the worker's queue and the screen's prompt all fill
 * this one struct; experiment.h makes the job of it.
 */
#ifndef REQUEST_H
#define REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "src/arch/corrupt.h"

enum experiment_kind { EXPERIMENT_RANK, EXPERIMENT_CORRUPT, EXPERIMENT_GUIDE, EXPERIMENT_RETRAIN, EXPERIMENT_CORRELATE, EXPERIMENTS };
extern const char *const experiment_names[EXPERIMENTS];

enum { REQUEST_TEXT = 512 };

enum predictor { PREDICTOR_WIRING, PREDICTOR_WEIGHTS, PREDICTOR_RANDOM, PREDICTORS };
extern const char *const predictor_names[PREDICTORS];

/* A number that is 0 means the experiment's default. */
struct experiment {
	enum experiment_kind kind;
	uint64_t seed;                   /* of the experiment's own draws; 0: the run's */
	int count;                       /* architectures: rank 100, corrupt 30, guide 1 start, correlate 250 */
	int images;                      /* held-out images of each score; 0: all */
	bool has_arch;
	struct arch arch;                /* guide: the start; retrain: what to train; rank: whose neighbours are scored, in place of the best's */
	char archs[REQUEST_TEXT];        /* corrupt: by names of lookup.h with commas between, in place of random ones; "": those */

	/* rank */
	int top;                         /* race: find the best `top`, not the score of every one; 0: no race */
	int perturb, chain;              /* then so many neighbours of the best, then a chain of so many steps */
	bool with_patterns;              /* score the named patterns too */

	/* corrupt */
	int trials;                      /* lies per architecture and field; 3 */
	unsigned fields, hows;           /* masks; 0: all fields that the space varies, CORRUPT_WITHIN */

	/* guide */
	int evaluations;                 /* scores each search may take, per start; 30 */
	enum predictor predictor;

	/* retrain, correlate */
	int epochs;                      /* retrain 30, correlate 5 */
	int batch;                       /* images a step; 64 */
	double learning_rate;            /* 0.1 */
	bool from_generated;             /* start from the generated weights */
	bool weight_norm;                /* the simplified weight norm in place of batch norm (METHOD §10) */
	char data[544];                  /* another data set; "": the run's */
	char network[32];                /* a Wide ResNet in place of an architecture, "wrn-16-4"; "": none */
	bool one_conv;                   /* retrain: each op of the architecture one 3x3 convolution */
	bool folds;                      /* retrain: on each fold of the data set in turn, for their mean and deviation */

	/* correlate */
	int every;                       /* train every so manieth of the ranking; 5 */
	bool spread;                     /* as many, but evenly spread over the range of scores */
	int seeds;                       /* trainings of each; two give the noise ceiling; 1 */
	bool matched;                    /* architectures of nearly the same compute (±10 % of the median MACs) in place of any */
};

/* What a file can be of: architectures or their scores, or what their run has measured. */
enum export_subject { EXPORT_BANKS, EXPORT_LOSS, EXPORT_CORRELATE, EXPORT_CORRUPT, EXPORT_SUBJECTS };

/* Which weights an architecture is exported with. */
enum export_weights {
	EXPORT_GENERATED,                /* by the HyperNet of the checkpoint; batch statistics as scoring has them */
	EXPORT_LAST,                     /* of the resulting network, after the last epoch of its training */
	EXPORT_SELECTED,                 /* likewise, of the epoch with the lowest validation loss */
	EXPORT_WEIGHTS
};

/* How pictures look; {0}: light, as wide as a column of a paper, 300 dpi. */
struct export_style {
	bool dark;
	bool logarithmic;                /* the loss */
	int width_mm;                    /* 0: 85, and of banks what ops of several convolutions need */
	int dpi;                         /* of png; 0: 300 */
};

/* What an export says beside its format and its architectures; {0}: these, with generated weights. */
struct export_request {
	enum export_subject subject;
	int result;                      /* of CORRELATE and CORRUPT, which one of RUN/results, 1 the oldest; 0: the newest */
	struct export_style style;
	enum export_weights weights;
	char network[32];                /* of a format with weights, in place of an architecture: "wrn-16-4"; "": none */
	char data[544];                  /* as in struct export_source; "": the run's */
	bool one_conv;
};

/*
 * What is asked for the sake of the screen, answered at once: between two steps of training, before any experiment, with the parameters of the
 * moment. No journal, no report; the answer is a document that grows until it is whole. A newer question of the same kind takes the place of
 * one that is not answered yet.
 *
 * Answers have "serial" and "running"; what cannot be answered has "failed", a sentence, in place of all else. Numbers that are not there are
 * null. "step" is that of the parameters, "images" how many it rests on, "total" how many it will.
 *
 *     compare      id before_id step images total before{loss loss_stderr error error_stderr} now{…} difference difference_stderr p
 *                  error_difference error_difference_stderr      (now - before, paired; p: that the mean difference is none, two-sided)
 *     gates        id step images loss read[block][op][bank] write[…] encoding{rows row_units slices first[block][op] groups[name channels
 *                  value[row][slice] gradient[…] slope[…]]}      (training images. Below 0: more of it lowers the loss. A cell that is there: derivative
 *                  of a factor 1 on it; one that could be: what adding it is predicted to do; others null. value: what is set, how many banks
 *                  or the field's value, 0 none; gradient: norm of dE/dc over the group; slope: its sum over what is set)
 *     predictions  images total available first count order classes[name] height width channels (depth) shown[number label predicted
 *                  probability loss pixels] and, of an architecture, id step error confusion[true][predicted]      (pixels: hex, channels last;
 *                  no confusion of more than 256 classes)
 */
enum question_kind {
	QUESTION_COMPARE,                /* an architecture against another, paired over the same images */
	QUESTION_GATES,                  /* what the loss would do if a bank were a little more read or written, and dE/dc */
	QUESTION_PREDICTIONS,            /* held-out images, what the architecture says they are; the confusion of classes */
	QUESTIONS
};

struct question {
	enum question_kind kind;
	uint64_t serial;                 /* the asker's: it is in the answer */
	struct arch arch;
	struct arch before;              /* COMPARE: what it is compared with */
	bool keep_step;                  /* COMPARE, PREDICTIONS: with the parameters of the last question of this kind, where there are any */
	int images;                      /* 0: all held-out ones (GATES: 250) */
	int first, count;                /* PREDICTIONS: which images are shown, by their number among the held-out ones; from `first` on, `count` */
	bool worst;                      /* PREDICTIONS: not by their number but by their loss, the largest first */
};

/*
 * Documents that the worker gives out: of the experiments (that of --json), then of the questions, then that of the networks that were trained
 * with weights of their own (trained.h), then what COMMAND_RESULT asked for: an earlier document of an experiment; then what a person made:
 *
 *     ANSWER_KEPT  kept[name id] (architectures that have names) drafts (how many have edits and no name) draft[id from name changes time] (all, the
 *                  one that was changed last first)
 */
enum { ANSWER_TRAINED = EXPERIMENTS + QUESTIONS, ANSWER_RESULT, ANSWER_KEPT, ANSWERS };
#define ANSWER_OF(question) (EXPERIMENTS + (question))

#endif
