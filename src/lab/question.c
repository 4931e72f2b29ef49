/* question.c -- whose turn it is among the questions, and what each kind has in common. */
#include "src/lab/question.h"

#include <math.h>
#include <stdlib.h>

#include "src/base/document.h"
#include "src/base/err.h"

static const struct answerer *const answerers[QUESTIONS] = {
	[QUESTION_COMPARE] = &compare_answerer, [QUESTION_GATES] = &gates_answerer, [QUESTION_PREDICTIONS] = &predictions_answerer,
};

/* What is asked, and how far it is. */
struct slot {
	void *state;                     /* NULL before the first question */
	struct question question;
	bool asked;                      /* and not at its end */
	bool begun, answered;            /* answered: at least once */
	uint64_t order;                  /* the earlier one comes first */
};

struct answering {
	struct trainer *t;
	struct slot slot[QUESTIONS];
	uint64_t asked;                  /* questions so far */
};

struct answering *answering_new(struct trainer *t)
{
	struct answering *a = calloc(1, sizeof(*a));

	if (!a) {
		err_set("out of memory");
		return NULL;
	}
	a->t = t;
	return a;
}

void answering_free(struct answering *a)
{
	for (int i = 0; a && i < QUESTIONS; i++)
		if (a->slot[i].state)
			answerers[i]->close(a->slot[i].state);
	free(a);
}

void answering_ask(struct answering *a, const struct question *q)
{
	struct slot *s = &a->slot[q->kind];

	if (!s->asked)
		s->order = a->asked++;           /* one that takes another's place has its turn */
	s->question = *q;
	s->asked = true;
	s->begun = s->answered = false;
}

static bool hurries(const struct slot *s, int kind)
{
	return s->asked && !s->answered && answerers[kind]->prompt;
}

/* The earliest question, of those that hurry where there are any. -1: none. */
static int next_question(const struct answering *a, bool hurrying)
{
	int next = -1;

	for (int i = 0; i < QUESTIONS; i++)
		if ((hurrying ? hurries(&a->slot[i], i) : a->slot[i].asked) && (next < 0 || a->slot[i].order < a->slot[next].order))
			next = i;
	return next;
}

bool answering_busy(const struct answering *a)
{
	return next_question(a, false) >= 0;
}

bool answering_hurries(const struct answering *a)
{
	return next_question(a, true) >= 0;
}

/* A slice, the first of a question being its beginning: 1, 0 or -1 as its answerer says. */
static int advance(struct answering *a, struct slot *s, const struct answerer *by)
{
	if (s->begun)
		return by->advance(s->state);
	if (dataset_examples(a->t->data) < 0)
		return -1;
	if (!s->state)
		s->state = by->open(a->t);
	if (!s->state)
		return -1;
	s->begun = true;
	return by->begin(s->state, &s->question);
}

static json_t *failure(const struct slot *s)
{
	return json_pack("{s:I, s:s, s:b}", "serial", (json_int_t)s->question.serial, "failed", err_last(), "running", 0);
}

json_t *answering_advance(struct answering *a, enum question_kind *kind)
{
	int next = next_question(a, true);
	struct slot *s;
	json_t *document;
	int more;

	*kind = next >= 0 ? next : next_question(a, false);
	s = &a->slot[*kind];
	more = advance(a, s, answerers[*kind]);
	s->asked = more > 0;
	if (more < 0)
		return failure(s);
	document = answerers[*kind]->answer(s->state, more > 0);
	s->answered = s->answered || document;
	return document;
}
