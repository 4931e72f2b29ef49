/*
 * question.h -- answering what request.h calls a question, in slices short enough to stand between two steps of training. There is at most
 * one question of each kind: a newer one takes its place. What one has found is kept for the next of its kind, where that can use it.
 */
#ifndef QUESTION_H
#define QUESTION_H

#include <jansson.h>

#include "src/lab/request.h"
#include "src/lab/trainer.h"

/* One row a kind: who answers it. The state is made at the first question and lives on. */
struct answerer {
	void *(*open)(struct trainer *);                                 /* NULL with err_last() */
	int (*begin)(void *, const struct question *);                   /* as advance; -1: it cannot be answered */
	int (*advance)(void *);                                          /* the next slice: 1 more to do, 0 done, -1 with err_last() */
	/* The document of what is known, where there is something to say since the last one; else NULL. New reference. */
	json_t *(*answer)(void *, bool running);
	void (*close)(void *);
	bool prompt;                     /* its first answer comes before all else */
};
extern const struct answerer compare_answerer, gates_answerer, predictions_answerer;

struct answering;

/* The trainer must outlive it. NULL with err_last(). */
struct answering *answering_new(struct trainer *);
void answering_free(struct answering *);

void answering_ask(struct answering *, const struct question *);
bool answering_busy(const struct answering *);           /* there is a question whose last answer is not given */
bool answering_hurries(const struct answering *);        /* one whose first answer is to come before all else */

/* The next slice of a question; there is one. A document where there is a newer one, of that kind; else NULL. A question that cannot be answered
 * has {"serial", "failed": sentence}. Failure of the device is seen by backend_ok. */
json_t *answering_advance(struct answering *, enum question_kind *);

#endif
