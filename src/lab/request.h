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

enum predictor { PREDICTOR_WIRING, PREDICTOR_WEIGHTS, PREDICTOR_RANDOM, PREDICTORS };
extern const char *const predictor_names[PREDICTORS];

/* A number that is 0 means the experiment's default. */
struct experiment {
	enum experiment_kind kind;
	uint64_t seed;                   /* of the experiment's own draws; 0: the run's */
	int count;                       /* architectures: rank 100, corrupt 30, guide 1 start, correlate 250 */
	int images;                      /* held-out images of each score; 0: all */
	bool has_arch;
	struct arch arch;                /* guide: the start; retrain: what to train */

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

	/* correlate */
	int every;                       /* train every so manieth of the ranking; 5 */
	int seeds;                       /* trainings of each; two give the noise ceiling; 1 */
	bool matched;                    /* architectures of nearly the same compute (±10 % of the median MACs) in place of any */
};

#endif
