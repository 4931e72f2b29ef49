/* question_rig.c -- see question_rig.h. */
#include "tests/question_rig.h"

#include <check.h>
#include <stdio.h>

#include "src/base/err.h"
#include "src/lab/setup.h"

struct lab lab;

void lab_open(void)
{
	struct worker_options o;
	struct step_report report;
	struct rng rng;

	tiny_make_of(lab.folder, LAB_TRAIN);
	o = tiny_options(lab.folder, "run", 1000);
	ck_assert_msg(setup_open(&o, &lab.run, &lab.t) == 0, "%s", err_last());
	while (lab.t->step < LAB_STEPS)
		ck_assert(trainer_step(lab.t, &report) == 0);
	lab.a = answering_new(lab.t);
	ck_assert_ptr_nonnull(lab.a);
	rng_seed(&rng, 3, 1);
	for (int i = 0; i < 3; i++)
		arch_sample(&lab.arch[i], &lab.t->layout.space, 2, 0, &rng);
}

void lab_close(void)
{
	answering_free(lab.a);
	trainer_close(lab.t);
	run_close(lab.run);
	tiny_remove(lab.folder);
}

void train_a_step(void)
{
	struct step_report report;

	ck_assert(trainer_step(lab.t, &report) == 0);
}

int64_t whole(const json_t *answer, const char *key)
{
	ck_assert_msg(json_is_integer(json_object_get(answer, key)), "no %s", key);
	return json_integer_value(json_object_get(answer, key));
}

double real(const json_t *answer, const char *key)
{
	ck_assert_msg(json_is_number(json_object_get(answer, key)), "no %s", key);
	return json_number_value(json_object_get(answer, key));
}

const char *text(const json_t *answer, const char *key)
{
	ck_assert_msg(json_is_string(json_object_get(answer, key)), "no %s", key);
	return json_string_value(json_object_get(answer, key));
}

bool running(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "running"));
}

json_t *ask(const struct question *q, int *answers, int *slices)
{
	json_t *last = NULL;

	answering_ask(lab.a, q);
	for (int *count[] = { answers, slices }, i = 0; i < 2; i++)
		if (count[i])
			*count[i] = 0;
	while (answering_busy(lab.a)) {
		enum question_kind kind;
		json_t *answer = answering_advance(lab.a, &kind);

		ck_assert_int_eq(kind, q->kind);
		if (slices)
			++*slices;
		if (!answer)
			continue;
		ck_assert_int_eq(whole(answer, "serial"), (int64_t)q->serial);
		if (answers)
			++*answers;
		json_decref(last);
		last = answer;
	}
	ck_assert_ptr_nonnull(last);
	ck_assert(!running(last));
	return last;
}

const char *failure_of(const struct question *q)
{
	static char sentence[256];
	json_t *answer = ask(q, NULL, NULL);

	snprintf(sentence, sizeof(sentence), "%s", text(answer, "failed"));
	json_decref(answer);
	return sentence;
}
