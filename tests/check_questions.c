/* check_questions.c -- answers to questions against what other ways to the same figures give, and questions to a worker at every moment. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/lab/score.h"
#include "tests/question_rig.h"
#include "tests/worker_rig.h"

/* ---- compare ---- */

static struct question compare(int i, int before)
{
	return (struct question){ .kind = QUESTION_COMPARE, .serial = 7, .arch = lab.arch[i], .before = lab.arch[before], .keep_step = true };
}

static struct score score(struct scorer *s, int i, float *losses)
{
	int count;

	scorer_begin(s, &lab.arch[i], 0);
	while (scorer_advance(s) > 0)
		;
	memcpy(losses, scorer_losses(s, &count), LAB_VALIDATION * sizeof(float));
	ck_assert_int_eq(count, LAB_VALIDATION);
	return scorer_score(s);
}

static void assert_score(const json_t *answer, struct score score)
{
	ck_assert_double_eq_tol(real(answer, "loss"), score.loss, 1e-6);
	ck_assert_double_eq_tol(real(answer, "loss_stderr"), score.loss_stderr, 1e-6);
	ck_assert_double_eq(real(answer, "error"), score.error);
	ck_assert_double_eq(real(answer, "error_stderr"), score.error_stderr);
}

START_TEST(a_comparison_is_the_paired_difference_of_two_scores)
{
	static float now[LAB_VALIDATION], before[LAB_VALIDATION];
	struct question q = compare(1, 0);
	struct scorer *s = scorer_new(lab.t);
	struct score of_now, of_before;
	double mean = 0, squares = 0, stderr_;
	int answers;
	json_t *answer = ask(&q, &answers, NULL);
	char id[ARCH_ID_LENGTH + 1];

	of_now = score(s, 1, now);
	of_before = score(s, 0, before);
	for (int i = 0; i < LAB_VALIDATION; i++)
		mean += ((double)now[i] - (double)before[i]) / LAB_VALIDATION;
	for (int i = 0; i < LAB_VALIDATION; i++)
		squares += pow((double)now[i] - (double)before[i] - mean, 2);
	stderr_ = sqrt(squares / (LAB_VALIDATION - 1) / LAB_VALIDATION);
	assert_score(json_object_get(answer, "now"), of_now);
	assert_score(json_object_get(answer, "before"), of_before);
	ck_assert_double_eq_tol(real(answer, "difference"), mean, 1e-6);
	ck_assert_double_eq_tol(real(answer, "difference_stderr"), stderr_, 1e-6);
	ck_assert_double_eq_tol(real(answer, "p"), erfc(fabs(mean) / stderr_ / sqrt(2)), 1e-4);
	ck_assert_double_eq_tol(real(answer, "error_difference"), of_now.error - of_before.error, 1e-12);
	ck_assert_int_eq(whole(answer, "images"), LAB_VALIDATION);
	ck_assert_int_eq(whole(answer, "total"), LAB_VALIDATION);
	ck_assert_int_eq(whole(answer, "step"), LAB_STEPS);
	arch_id(&lab.arch[1], id);
	ck_assert_str_eq(text(answer, "id"), id);
	arch_id(&lab.arch[0], id);
	ck_assert_str_eq(text(answer, "before_id"), id);
	ck_assert_int_eq(answers, 3);                    /* on 250, on 500, on all */
	json_decref(answer);
	scorer_free(s);
}
END_TEST

START_TEST(what_is_compared_with_is_run_once_and_an_undone_edit_has_its_answer_at_once)
{
	struct question q = compare(1, 0);
	int first, second, again;
	json_t *a = ask(&q, NULL, &first), *b;

	q = compare(2, 0);
	train_a_step();
	b = ask(&q, NULL, &second);
	ck_assert_int_eq(whole(b, "step"), LAB_STEPS);       /* with the parameters of the first */
	ck_assert_int_eq(second, 1 + 1 + 3);             /* beginning, calibration, three slices of images */
	ck_assert_int_eq(first, 1 + 2 * (1 + 3));
	ck_assert(json_equal(json_object_get(a, "before"), json_object_get(b, "before")));
	json_decref(b);
	q = compare(1, 0);
	b = ask(&q, NULL, &again);
	ck_assert_int_eq(again, 1);
	ck_assert(json_equal(a, b));
	json_decref(a);
	json_decref(b);
}
END_TEST

START_TEST(without_keep_step_a_comparison_has_the_parameters_of_the_moment)
{
	struct question q = compare(1, 0);
	json_t *a = ask(&q, NULL, NULL), *b;

	train_a_step();
	q.keep_step = false;
	b = ask(&q, NULL, NULL);
	ck_assert_int_eq(whole(b, "step"), LAB_STEPS + 1);
	ck_assert_double_ne(real(b, "difference"), real(a, "difference"));
	json_decref(a);
	json_decref(b);
}
END_TEST

/* Cut off at any slice by another question, what was run is not lost and nothing is wrong. */
START_TEST(a_comparison_that_is_cut_off_leaves_what_it_has)
{
	struct question q = compare(1, 0), other = compare(2, 0);
	json_t *right = ask(&q, NULL, NULL), *answer;

	for (int cut = 1; cut < 9; cut++) {
		enum question_kind kind;

		answering_free(lab.a);
		lab.a = answering_new(lab.t);
		answering_ask(lab.a, &q);
		for (int i = 0; i < cut; i++)
			json_decref(answering_advance(lab.a, &kind));
		json_decref(ask(&other, NULL, NULL));
		answer = ask(&q, NULL, NULL);
		ck_assert_double_eq_tol(real(answer, "difference"), real(right, "difference"), 1e-9);
		ck_assert_int_eq(whole(answer, "images"), LAB_VALIDATION);
		json_decref(answer);
	}
	json_decref(right);
}
END_TEST

START_TEST(fewer_images_are_enough_where_asked_for)
{
	struct question q = compare(1, 0);
	int slices;
	json_t *answer;

	q.images = 60;
	answer = ask(&q, NULL, NULL);
	ck_assert_int_eq(whole(answer, "images"), 60);
	json_decref(answer);
	q.images = 300;
	answer = ask(&q, NULL, &slices);
	ck_assert_int_eq(whole(answer, "images"), 300);
	json_decref(answer);
	q.images = 10;                                   /* of those that are known */
	answer = ask(&q, NULL, &slices);
	ck_assert_int_eq(whole(answer, "images"), 10);
	ck_assert_int_eq(slices, 1);
	json_decref(answer);
}
END_TEST

START_TEST(an_architecture_compared_with_itself_does_not_differ)
{
	struct question q = compare(0, 0);
	json_t *answer = ask(&q, NULL, NULL);

	ck_assert_double_eq(real(answer, "difference"), 0);
	ck_assert_double_eq(real(answer, "difference_stderr"), 0);
	ck_assert(json_is_null(json_object_get(answer, "p")));
	json_decref(answer);
}
END_TEST

START_TEST(what_cannot_be_compared_says_why)
{
	struct question q = compare(1, 0);

	q.arch.block[1].op[0].units = 1000;
	ck_assert_msg(strstr(failure_of(&q), "block 2 op 1"), "%s", failure_of(&q));
	q = compare(1, 0);
	q.before.block[0].op[0].reads = 0;
	ck_assert_msg(strncmp(failure_of(&q), "what it is compared with: block 1 op 1", 38) == 0, "%s", failure_of(&q));
	q = compare(1, 0);
	json_decref(ask(&q, NULL, NULL));                /* and the next one is answered */
}
END_TEST

/* ---- predictions ---- */

static struct question predictions(int i, int first, int count)
{
	return (struct question){
		.kind = QUESTION_PREDICTIONS, .serial = 8, .arch = lab.arch[i], .keep_step = true, .first = first, .count = count,
	};
}

static int64_t cell(const json_t *answer, int i, int j)
{
	return json_integer_value(json_array_get(json_array_get(json_object_get(answer, "confusion"), (size_t)i), (size_t)j));
}

START_TEST(predictions_agree_with_the_score)
{
	static float losses[LAB_VALIDATION];
	struct question q = predictions(0, 20, 5);
	json_t *answer = ask(&q, NULL, NULL), *shown = json_object_get(answer, "shown"), *image;
	struct scorer *s = scorer_new(lab.t);
	struct score of = score(s, 0, losses);
	const struct split *held_out = &lab.t->data->validation;
	int64_t right = 0, all = 0, of_class[10] = { 0 };
	size_t n;

	ck_assert_double_eq_tol(real(answer, "error"), of.error, 1e-12);
	ck_assert_int_eq(whole(answer, "images"), LAB_VALIDATION);
	ck_assert_int_eq(whole(answer, "available"), LAB_VALIDATION);
	for (int i = 0; i < LAB_VALIDATION; i++)
		of_class[held_out->labels[i]]++;
	for (int i = 0; i < 10; i++) {
		int64_t row = 0;

		for (int j = 0; j < 10; j++)
			row += cell(answer, i, j);
		ck_assert_int_eq(row, of_class[i]);
		right += cell(answer, i, i);
		all += row;
	}
	ck_assert_double_eq_tol((double)(all - right) / (double)all, of.error, 1e-12);
	ck_assert_int_eq(json_array_size(json_object_get(answer, "classes")), 10);
	ck_assert_int_eq(json_array_size(shown), 5);
	json_array_foreach(shown, n, image) {
		int number = (int)whole(image, "number"), label = (int)whole(image, "label");
		const char *pixels = text(image, "pixels");
		double probability = real(image, "probability");

		ck_assert_int_eq(number, 20 + (int)n);
		ck_assert_int_eq(label, held_out->labels[number]);
		ck_assert_double_eq_tol(real(image, "loss"), losses[number], 1e-5);
		if (whole(image, "predicted") == label)
			ck_assert_double_eq_tol(-log(probability), losses[number], 1e-4);
		else
			ck_assert_double_lt(-log(probability), losses[number] + 1e-4);
		ck_assert_int_eq(strlen(pixels), 2 * TINY_SIDE * TINY_SIDE);
		for (int p = 0; p < TINY_SIDE * TINY_SIDE; p++) {
			unsigned byte;

			ck_assert_int_eq(sscanf(pixels + 2 * p, "%2x", &byte), 1);
			ck_assert_uint_eq(byte, held_out->pixels[number][p]);
		}
	}
	json_decref(answer);
	scorer_free(s);
}
END_TEST

START_TEST(images_are_turned_over_without_running_them_again_and_the_most_wrong_ones_are_found)
{
	static float losses[LAB_VALIDATION];
	struct question q = predictions(0, 0, 1);
	struct scorer *s = scorer_new(lab.t);
	json_t *answer = ask(&q, NULL, NULL), *shown;
	double last = INFINITY, largest = 0;
	int slices;

	json_decref(answer);
	train_a_step();
	q = predictions(0, LAB_VALIDATION - 2, 50);          /* beyond the end there are none */
	answer = ask(&q, NULL, &slices);
	ck_assert_int_eq(slices, 1);
	ck_assert_int_eq(whole(answer, "step"), LAB_STEPS);
	ck_assert_int_eq(json_array_size(json_object_get(answer, "shown")), 2);
	json_decref(answer);

	q = predictions(0, 0, LAB_VALIDATION);
	q.worst = true;
	q.keep_step = false;
	answer = ask(&q, NULL, NULL);
	shown = json_object_get(answer, "shown");
	score(s = (scorer_free(s), scorer_new(lab.t)), 0, losses);
	for (int i = 0; i < LAB_VALIDATION; i++)
		largest = fmax(largest, losses[i]);
	ck_assert_int_eq(whole(answer, "step"), LAB_STEPS + 1);
	ck_assert_int_eq(json_array_size(shown), LAB_VALIDATION);
	ck_assert_double_eq_tol(real(json_array_get(shown, 0), "loss"), largest, 1e-5);
	for (int i = 0; i < LAB_VALIDATION; i++) {
		double loss = real(json_array_get(shown, (size_t)i), "loss");

		ck_assert(loss <= last);
		last = loss;
	}
	ck_assert_str_eq(text(answer, "order"), "loss");
	json_decref(answer);
	scorer_free(s);
}
END_TEST

/* Those that are shown come before the others, so that they need not be waited for. */
START_TEST(what_is_shown_is_run_first)
{
	struct question q = predictions(0, LAB_VALIDATION - 3, 3);
	json_t *first = NULL, *image;
	enum question_kind kind;
	size_t n;

	answering_ask(lab.a, &q);
	while (!first)
		first = answering_advance(lab.a, &kind);
	ck_assert(running(first));
	ck_assert_int_lt(whole(first, "images"), LAB_VALIDATION);
	json_array_foreach(json_object_get(first, "shown"), n, image)
		ck_assert(json_is_integer(json_object_get(image, "predicted")));
	ck_assert_int_eq(n, 3);
	json_decref(first);
}
END_TEST

START_TEST(without_an_architecture_there_are_images_and_labels)
{
	struct question q = predictions(0, 3, 4);
	json_t *answer, *image;
	size_t n;

	json_decref(ask(&q, NULL, NULL));
	q.arch = (struct arch){ 0 };
	answer = ask(&q, NULL, NULL);
	ck_assert_int_eq(whole(answer, "images"), 0);
	ck_assert_int_eq(whole(answer, "height"), TINY_SIDE);
	ck_assert_int_eq(whole(answer, "width"), TINY_SIDE);
	ck_assert_int_eq(whole(answer, "channels"), 1);
	ck_assert_ptr_null(json_object_get(answer, "id"));
	json_array_foreach(json_object_get(answer, "shown"), n, image) {
		ck_assert_int_eq(whole(image, "number"), 3 + (int)n);
		ck_assert(json_is_null(json_object_get(image, "predicted")));
		ck_assert_int_eq(strlen(text(image, "pixels")), 2 * TINY_SIDE * TINY_SIDE);
	}
	ck_assert_int_eq(n, 4);
	json_decref(answer);
}
END_TEST

/* ---- turns ---- */

START_TEST(the_first_answer_of_a_newer_question_comes_before_the_rest_of_an_older_one)
{
	struct question q = compare(1, 0), p = predictions(0, 0, 1);
	enum question_kind kind;
	json_t *answer = NULL;

	answering_ask(lab.a, &p);
	while (!answer)
		answer = answering_advance(lab.a, &kind);
	json_decref(answer);
	ck_assert(!answering_hurries(lab.a));
	answering_ask(lab.a, &q);
	for (answer = NULL; !answer; ) {
		ck_assert(answering_hurries(lab.a));
		answer = answering_advance(lab.a, &kind);
		ck_assert_int_eq(kind, QUESTION_COMPARE);
	}
	json_decref(answer);
	json_decref(answering_advance(lab.a, &kind));
	ck_assert_int_eq(kind, QUESTION_PREDICTIONS);    /* which was asked first */
	while (answering_busy(lab.a))
		json_decref(answering_advance(lab.a, &kind));
}
END_TEST

/* ---- through the worker ---- */

static struct command c;                         /* large */

static void send_question(struct worker *w, struct question q)
{
	c = (struct command){ .kind = COMMAND_QUESTION, .question = q };
	ck_assert(worker_send(w, &c));
}

/* The last answer to the question of that number. */
static json_t *wait_for(struct worker *w, int kind, uint64_t serial)
{
	json_t *answer = NULL;
	bool last = false;

	while (!last) {
		json_decref(answer);
		answer = NULL;
		WAIT_FOR(w, (answer = worker_answer(w, ANSWER_OF(kind))));
		last = (uint64_t)whole(answer, "serial") == serial && !running(answer);
	}
	return answer;
}

static struct question question(int kind, uint64_t serial)
{
	struct question q = { .kind = kind, .serial = serial, .arch = now.arch, .before = now.arch, .count = 3 };

	return q;
}

static void assert_answered(struct worker *w, uint64_t serial)
{
	for (int kind = 0; kind < QUESTIONS; kind++)
		send_question(w, question(kind, serial));
	for (int kind = 0; kind < QUESTIONS; kind++) {
		json_t *answer = wait_for(w, kind, serial);

		ck_assert_msg(!json_object_get(answer, "failed"), "question %d: %s", kind, text(answer, "failed"));
		json_decref(answer);
	}
}

START_TEST(questions_are_answered_while_training_paused_finished_and_beside_a_job)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.arch_step > 0);
	assert_answered(w, 1);
	rig_experiment(w, rig_corrupt(10000), "");
	WAIT_FOR(w, now.job.done > 0);
	assert_answered(w, 2);
	ck_assert_str_eq(now.job.name, "corrupt");

	int64_t done = now.job.done;

	WAIT_FOR(w, now.job.done > done);
	rig_send(w, COMMAND_HOLD_JOB, 0);
	rig_send(w, COMMAND_PAUSE, 0);
	WAIT_FOR(w, now.state == WORKER_PAUSED);
	assert_answered(w, 3);
	rig_stop(w);

	w = rig_start("short", 10, true);
	WAIT_FOR(w, now.state == WORKER_FINISHED);
	assert_answered(w, 4);
	rig_stop(w);
}
END_TEST

START_TEST(questions_to_an_untrained_run_say_so_and_images_are_shown_all_the_same)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct question q;
	json_t *answer;

	rig_send(w, COMMAND_PAUSE, 0);                       /* both are read before the first step */
	for (int kind = 0; kind < QUESTIONS; kind++) {
		q = question(kind, 5);
		q.arch.axes = 2;
		send_question(w, q);
	}
	for (int kind = 0; kind < QUESTIONS; kind++) {
		answer = wait_for(w, kind, 5);
		ck_assert_msg(strstr(text(answer, "failed"), "untrained"), "%s", text(answer, "failed"));
		json_decref(answer);
	}
	ck_assert_int_eq(now.step, 0);
	q = question(QUESTION_PREDICTIONS, 6);
	send_question(w, q);
	answer = wait_for(w, QUESTION_PREDICTIONS, 6);
	ck_assert_int_eq(json_array_size(json_object_get(answer, "shown")), 3);
	json_decref(answer);
	rig_stop(w);
}
END_TEST

START_TEST(an_architecture_that_the_space_does_not_have_is_refused)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.arch_step > 0);
	for (int kind = 0; kind < QUESTIONS; kind++) {
		struct question q = question(kind, 9);
		json_t *answer;

		q.arch.block[2].op[0].units = -8;
		send_question(w, q);
		answer = wait_for(w, kind, 9);
		ck_assert_msg(strstr(text(answer, "failed"), "block 3 op 1"), "%s", text(answer, "failed"));
		json_decref(answer);
	}
	rig_stop(w);
}
END_TEST

START_TEST(a_newer_question_takes_the_place_of_one_that_is_not_answered)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.arch_step > 0);
	for (uint64_t serial = 1; serial <= 200; serial++)
		send_question(w, question(QUESTION_COMPARE, serial));
	json_decref(wait_for(w, QUESTION_COMPARE, 200));
	ck_assert_uint_lt(now.answer_serial[ANSWER_OF(QUESTION_COMPARE)], 200);
	rig_stop(w);
}
END_TEST

/* The bits of training don't know of a question. */
START_TEST(questions_do_not_change_what_is_trained)
{
	enum { STEPS = 3000 };                   /* more than the questions take on any machine */
	static struct curve alone;
	struct worker *w = rig_start("alone", STEPS, true);

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	alone = now.curve;
	rig_stop(w);

	w = rig_start("beside", STEPS, true);
	WAIT_FOR(w, now.arch_step > 0);
	assert_answered(w, 1);
	ck_assert_int_lt(now.step, STEPS);              /* or nothing was tested */
	WAIT_FOR(w, now.state == WORKER_FINISHED);
	ck_assert_mem_eq(&now.curve, &alone, sizeof(alone));
	rig_stop(w);
}
END_TEST

START_TEST(a_worker_ends_with_questions_open)
{
	for (int i = 0; i < 4; i++) {
		char name[16];

		snprintf(name, sizeof(name), "run%d", i);

		struct worker *w = rig_start(name, 1000000, true);

		if (i > 1)
			WAIT_FOR(w, now.arch_step > 0);
		for (int kind = 0; kind < QUESTIONS; kind++)
			send_question(w, question(kind, 1));
		rig_sleep(i % 2 ? 5 : 0);
		rig_stop(w);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("questions");
	TCase *lone = tcase_create("answers"), *worker = tcase_create("worker");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(lone, lab_open, lab_close);
	tcase_add_test(lone, a_comparison_is_the_paired_difference_of_two_scores);
	tcase_add_test(lone, what_is_compared_with_is_run_once_and_an_undone_edit_has_its_answer_at_once);
	tcase_add_test(lone, without_keep_step_a_comparison_has_the_parameters_of_the_moment);
	tcase_add_test(lone, a_comparison_that_is_cut_off_leaves_what_it_has);
	tcase_add_test(lone, fewer_images_are_enough_where_asked_for);
	tcase_add_test(lone, an_architecture_compared_with_itself_does_not_differ);
	tcase_add_test(lone, what_cannot_be_compared_says_why);
	tcase_add_test(lone, predictions_agree_with_the_score);
	tcase_add_test(lone, images_are_turned_over_without_running_them_again_and_the_most_wrong_ones_are_found);
	tcase_add_test(lone, what_is_shown_is_run_first);
	tcase_add_test(lone, without_an_architecture_there_are_images_and_labels);
	tcase_add_test(lone, the_first_answer_of_a_newer_question_comes_before_the_rest_of_an_older_one);
	suite_add_tcase(suite, lone);
	tcase_add_checked_fixture(worker, rig_make, rig_remove);
	tcase_add_test(worker, questions_are_answered_while_training_paused_finished_and_beside_a_job);
	tcase_add_test(worker, questions_to_an_untrained_run_say_so_and_images_are_shown_all_the_same);
	tcase_add_test(worker, an_architecture_that_the_space_does_not_have_is_refused);
	tcase_add_test(worker, a_newer_question_takes_the_place_of_one_that_is_not_answered);
	tcase_add_test(worker, questions_do_not_change_what_is_trained);
	tcase_add_test(worker, a_worker_ends_with_questions_open);
	suite_add_tcase(suite, worker);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
