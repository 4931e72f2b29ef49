/* question_rig.h -- questions to a trained tiny run without a worker: the fixture of a test, and what it asks and reads. */
#ifndef QUESTION_RIG_H
#define QUESTION_RIG_H

#include "src/lab/question.h"
#include "tests/tiny_run.h"

enum { LAB_STEPS = 20, LAB_TRAIN = 6000, LAB_VALIDATION = 600 };

extern struct lab {
	char folder[256];
	struct run *run;
	struct trainer *t;
	struct answering *a;
	struct arch arch[3];             /* random ones */
} lab;

void lab_open(void);
void lab_close(void);
void train_a_step(void);

/* Members of an answer, which must be there. */
int64_t whole(const json_t *answer, const char *key);
double real(const json_t *answer, const char *key);
const char *text(const json_t *answer, const char *key);
bool running(const json_t *answer);

/* The last answer; `answers` and `slices` (may be NULL) count. */
json_t *ask(const struct question *, int *answers, int *slices);

/* Why it cannot be answered; valid until the next one. */
const char *failure_of(const struct question *);

#endif
