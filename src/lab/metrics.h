/* metrics.h -- RUN/metrics.jsonl: a line a step, a line a validation, in the order of steps. */
#ifndef METRICS_H
#define METRICS_H

#include "src/lab/trainer.h"

int metrics_add_step(struct run *, const struct step_report *, const char *arch_id);                     /* 0 or -1 */
int metrics_add_validation(struct run *, int64_t step, const struct validation_report *);

/* What the lines say; what a line doesn't have is NAN, a count 0. */
struct metrics_line {
	int64_t step;
	bool validation;                 /* of a validation after the step, not of the step */
	float loss, error, learning_rate, images_per_second, gflops;
	float valid_loss, valid_loss_stderr, valid_error, valid_error_stderr;
	int architectures, images;       /* that a validation rests on */
};

/* Calls `each` for the lines up to `last_step`. 0 or -1. */
int metrics_read(const char *run_path, int64_t last_step, void (*each)(void *, const struct metrics_line *), void *context);

/* Of a run that another process trains: the lines that have come since the last call. As run_follow_lines. */
int metrics_follow(const char *run_path, struct line_place *, void (*each)(void *, const struct metrics_line *), void *context);

#endif
