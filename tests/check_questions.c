/* check_questions.c -- answers to questions against what other ways to the same figures give, and questions to a worker at every moment. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"
#include "src/lab/guide_predict.h"
#include "src/lab/question.h"
#include "src/lab/score.h"
#include "src/lab/setup.h"
#include "tests/loss_rig.h"
#include "tests/worker_rig.h"

enum { STEPS = 20, TRAIN = 6000, VALIDATION = 600 };

/* ---- without a worker ---- */

static struct {
	char folder[256];
	struct run *run;
	struct trainer *t;
	struct answering *a;
	struct arch arch[3];
} lab;

static void lab_open(void)
{
	struct worker_options o;
	struct step_report report;
	struct rng rng;

	tiny_make_of(lab.folder, TRAIN);
	o = tiny_options(lab.folder, "run", 1000);
	ck_assert_msg(setup_open(&o, &lab.run, &lab.t) == 0, "%s", err_last());
	while (lab.t->step < STEPS)
		ck_assert(trainer_step(lab.t, &report) == 0);
	lab.a = answering_new(lab.t);
	ck_assert_ptr_nonnull(lab.a);
	rng_seed(&rng, 3, 1);
	for (int i = 0; i < 3; i++)
		arch_sample(&lab.arch[i], &lab.t->layout.space, 2, 0, &rng);
}

static void lab_close(void)
{
	answering_free(lab.a);
	trainer_close(lab.t);
	run_close(lab.run);
	tiny_remove(lab.folder);
}

static void train_a_step(void)
{
	struct step_report report;

	ck_assert(trainer_step(lab.t, &report) == 0);
}

static int64_t whole(const json_t *answer, const char *key)
{
	ck_assert_msg(json_is_integer(json_object_get(answer, key)), "no %s", key);
	return json_integer_value(json_object_get(answer, key));
}

static double real(const json_t *answer, const char *key)
{
	ck_assert_msg(json_is_number(json_object_get(answer, key)), "no %s", key);
	return json_number_value(json_object_get(answer, key));
}

static const char *text(const json_t *answer, const char *key)
{
	ck_assert_msg(json_is_string(json_object_get(answer, key)), "no %s", key);
	return json_string_value(json_object_get(answer, key));
}

static bool running(const json_t *answer)
{
	return json_is_true(json_object_get(answer, "running"));
}

/* The last answer; `answers` and `slices` (may be NULL) count. */
static json_t *ask(const struct question *q, int *answers, int *slices)
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

static const char *failure_of(const struct question *q)
{
	static char sentence[256];
	json_t *answer = ask(q, NULL, NULL);

	snprintf(sentence, sizeof(sentence), "%s", text(answer, "failed"));
	json_decref(answer);
	return sentence;
}

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
	memcpy(losses, scorer_losses(s, &count), VALIDATION * sizeof(float));
	ck_assert_int_eq(count, VALIDATION);
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
	static float now[VALIDATION], before[VALIDATION];
	struct question q = compare(1, 0);
	struct scorer *s = scorer_new(lab.t);
	struct score of_now, of_before;
	double mean = 0, squares = 0, stderr_;
	int answers;
	json_t *answer = ask(&q, &answers, NULL);
	char id[ARCH_ID_LENGTH + 1];

	of_now = score(s, 1, now);
	of_before = score(s, 0, before);
	for (int i = 0; i < VALIDATION; i++)
		mean += ((double)now[i] - (double)before[i]) / VALIDATION;
	for (int i = 0; i < VALIDATION; i++)
		squares += pow((double)now[i] - (double)before[i] - mean, 2);
	stderr_ = sqrt(squares / (VALIDATION - 1) / VALIDATION);
	assert_score(json_object_get(answer, "now"), of_now);
	assert_score(json_object_get(answer, "before"), of_before);
	ck_assert_double_eq_tol(real(answer, "difference"), mean, 1e-6);
	ck_assert_double_eq_tol(real(answer, "difference_stderr"), stderr_, 1e-6);
	ck_assert_double_eq_tol(real(answer, "p"), erfc(fabs(mean) / stderr_ / sqrt(2)), 1e-4);
	ck_assert_double_eq_tol(real(answer, "error_difference"), of_now.error - of_before.error, 1e-12);
	ck_assert_int_eq(whole(answer, "images"), VALIDATION);
	ck_assert_int_eq(whole(answer, "total"), VALIDATION);
	ck_assert_int_eq(whole(answer, "step"), STEPS);
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
	ck_assert_int_eq(whole(b, "step"), STEPS);       /* with the parameters of the first */
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
	ck_assert_int_eq(whole(b, "step"), STEPS + 1);
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
		ck_assert_int_eq(whole(answer, "images"), VALIDATION);
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
	static float losses[VALIDATION];
	struct question q = predictions(0, 20, 5);
	json_t *answer = ask(&q, NULL, NULL), *shown = json_object_get(answer, "shown"), *image;
	struct scorer *s = scorer_new(lab.t);
	struct score of = score(s, 0, losses);
	const struct split *held_out = &lab.t->data->validation;
	int64_t right = 0, all = 0, of_class[10] = { 0 };
	size_t n;

	ck_assert_double_eq_tol(real(answer, "error"), of.error, 1e-12);
	ck_assert_int_eq(whole(answer, "images"), VALIDATION);
	ck_assert_int_eq(whole(answer, "available"), VALIDATION);
	for (int i = 0; i < VALIDATION; i++)
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
			ck_assert_uint_eq(byte, held_out->pixels[number * TINY_SIDE * TINY_SIDE + p]);
		}
	}
	json_decref(answer);
	scorer_free(s);
}
END_TEST

START_TEST(images_are_turned_over_without_running_them_again_and_the_most_wrong_ones_are_found)
{
	static float losses[VALIDATION];
	struct question q = predictions(0, 0, 1);
	struct scorer *s = scorer_new(lab.t);
	json_t *answer = ask(&q, NULL, NULL), *shown;
	double last = INFINITY, largest = 0;
	int slices;

	json_decref(answer);
	train_a_step();
	q = predictions(0, VALIDATION - 2, 50);          /* beyond the end there are none */
	answer = ask(&q, NULL, &slices);
	ck_assert_int_eq(slices, 1);
	ck_assert_int_eq(whole(answer, "step"), STEPS);
	ck_assert_int_eq(json_array_size(json_object_get(answer, "shown")), 2);
	json_decref(answer);

	q = predictions(0, 0, VALIDATION);
	q.worst = true;
	q.keep_step = false;
	answer = ask(&q, NULL, NULL);
	shown = json_object_get(answer, "shown");
	score(s = (scorer_free(s), scorer_new(lab.t)), 0, losses);
	for (int i = 0; i < VALIDATION; i++)
		largest = fmax(largest, losses[i]);
	ck_assert_int_eq(whole(answer, "step"), STEPS + 1);
	ck_assert_int_eq(json_array_size(shown), VALIDATION);
	ck_assert_double_eq_tol(real(json_array_get(shown, 0), "loss"), largest, 1e-5);
	for (int i = 0; i < VALIDATION; i++) {
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
	struct question q = predictions(0, VALIDATION - 3, 3);
	json_t *first = NULL, *image;
	enum question_kind kind;
	size_t n;

	answering_ask(lab.a, &q);
	while (!first)
		first = answering_advance(lab.a, &kind);
	ck_assert(running(first));
	ck_assert_int_lt(whole(first, "images"), VALIDATION);
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

/* ---- gates ---- */

/* Of lab.arch[i], on the images that the rig has; `r` may be NULL. */
static json_t *ask_for_gates(int i, struct loss_rig *r)
{
	struct question q = { .kind = QUESTION_GATES, .serial = 9, .arch = lab.arch[i], .images = LOSS_IMAGES };

	if (r)
		loss_rig_open(r, lab.t);
	return ask(&q, NULL, NULL);
}

static const json_t *gate(const json_t *answer, const char *which, int b, int o, int bank)
{
	return json_array_get(json_array_get(json_array_get(json_object_get(answer, which), (size_t)b), (size_t)o), (size_t)bank);
}

static float *encoded(const struct arch *arch)
{
	float *code = malloc(encoding_room(&lab.t->layout) * sizeof(float));

	encode(&lab.t->layout, arch, code);
	return code;
}

/* A ReLU whose input is exactly zero has two slopes: a gradient is one of them or between. */
static void assert_slope(double value, const double loss[3], double h, double tolerance, const char *what)
{
	double x = (loss[2] - loss[1]) / h, y = (loss[1] - loss[0]) / h;

	tolerance += 0.02 * fabs(value);
	ck_assert_msg(value >= fmin(x, y) - tolerance && value <= fmax(x, y) + tolerance, "%s: %g, slopes %g and %g", what, value, x, y);
}

/* The mixture's loss with the columns of one bank in the op's 1x1 weight `factor` times as large: what is read of it, in the op alone. */
static double loss_with_read(struct mixture *m, int b, int o, int bank, double factor)
{
	const struct arch_block *block = &m->arch->block[b];
	int size = block->bank_size, first = bits_count(block->op[o].reads & bits_below(bank)) * size, n_in = op_n_in(m->arch, b, o);
	int rows = op_n_mid(&lab.t->layout.space, m->arch, b, o);
	float *weight = m->weight[b * OPS_MAX + o], *kept = malloc((size_t)rows * n_in * sizeof(float));
	double loss;

	memcpy(kept, weight, (size_t)rows * n_in * sizeof(float));
	for (int r = 0; r < rows; r++)
		for (int c = first; c < first + size; c++)
			weight[r * n_in + c] *= (float)factor;
	loss = mixed_loss(m);
	memcpy(weight, kept, (size_t)rows * n_in * sizeof(float));
	free(kept);
	return loss;
}

static void check_read(const json_t *answer, struct mixture *m, int b, int o, int bank)
{
	static const double h = 0.002;
	double loss[3];

	for (int k = -1; k <= 1; k++)
		loss[k + 1] = loss_with_read(m, b, o, bank, 1 + k * h);
	assert_slope(json_number_value(gate(answer, "read", b, o, bank)), loss, h, 1e-4, "read");
}

static void check_write(const json_t *answer, struct mixture *m, int b, int o, int bank)
{
	static const double h = 0.002;
	double loss[3];

	for (int k = -1; k <= 1; k++) {
		m->more.block = b;
		m->more.op = o;
		m->more.bank = bank;
		m->more.share = k * h;
		loss[k + 1] = mixed_loss(m);
	}
	m->more.share = 0;
	assert_slope(json_number_value(gate(answer, "write", b, o, bank)), loss, h, 1e-4, "write");
}

START_TEST(a_gate_is_the_slope_of_the_loss_where_a_read_or_write_grows)
{
	double largest = 0;

	for (int a = 0; a < 3; a++) {
		const struct arch *arch = &lab.arch[a];
		struct loss_rig rig;
		json_t *answer = ask_for_gates(a, &rig);
		struct mixture m = { .rig = &rig, .arch = arch };
		float *code = encoded(arch);
		op_values weight;

		generate(&rig, arch, code, weight);
		m.weight = &weight[0][0];
		ck_assert_double_eq_tol(real(answer, "loss"), mixed_loss(&m), 1e-5);
		ck_assert_int_eq(whole(answer, "images"), LOSS_IMAGES);
		ck_assert_int_eq(whole(answer, "step"), STEPS);
		for (int b = 0; b < BLOCKS; b++)
			for (int o = 0; o < arch->block[b].op_count; o++) {
				double reads = 0, writes = 0;

				for (int k = 0; k < BANKS_MAX; k++) {
					if (arch->block[b].op[o].reads & bit(k)) {
						check_read(answer, &m, b, o, k);
						reads += json_number_value(gate(answer, "read", b, o, k));
					}
					if (arch->block[b].op[o].writes & bit(k)) {
						check_write(answer, &m, b, o, k);
						writes += json_number_value(gate(answer, "write", b, o, k));
					}
				}
				/* An op has no bias: all it reads grown is all it writes grown. */
				ck_assert_double_eq_tol(reads, writes, 1e-5 + 1e-3 * fabs(reads));
				largest = fmax(largest, fabs(reads));
			}
		values_free(arch, weight);
		free(code);
		loss_rig_close(&rig);
		json_decref(answer);
	}
	ck_assert_double_gt(largest, 0.01);              /* far above the tolerance */
}
END_TEST

/* What guided search predicts of adding the cell, which check_guide compares with the loss on the way there. */
START_TEST(a_cell_that_could_be_has_the_prediction_of_adding_it_and_others_have_none)
{
	int cells = 0, none = 0;

	for (int a = 0; a < 3; a++) {
		const struct arch *arch = &lab.arch[a];
		const struct space *space = &lab.t->layout.space;
		struct loss_rig rig;
		json_t *answer = ask_for_gates(a, &rig);
		struct guidance *g = guidance_new(lab.t, rig.ps, LOSS_IMAGES);
		const struct prediction *p;
		int count, of_this = 0;

		ck_assert_int_eq(guidance_begin(g, arch), 0);
		while (guidance_advance(g) > 0)
			;
		p = guidance_list(g, &count);
		for (int i = 0; i < count; i++) {
			const struct arch_edit *e = &p[i].edit;
			bool read = e->kind == EDIT_TOGGLE_READ;

			if (!read && e->kind != EDIT_TOGGLE_WRITE)
				continue;

			const struct arch_op *op = &arch->block[e->block].op[e->op];
			const json_t *cell = gate(answer, read ? "read" : "write", e->block, e->op, e->bank);

			if ((read ? op->reads : op->writes) & bit(e->bank))
				continue;
			of_this += isfinite(p[i].slope);
			none += isnan(p[i].slope);
			if (isfinite(p[i].slope))
				ck_assert_double_eq_tol(json_number_value(cell), p[i].slope, 1e-6);
			else
				ck_assert(!cell || json_is_null(cell));  /* it would be a new bank */
		}
		cells += of_this;
		for (int b = 0; b < BLOCKS; b++) {
			int banks = block_banks(space, arch, b, arch->block[b].op_count);

			for (int o = 0; o < arch->block[b].op_count; o++) {
				ck_assert_int_eq(json_array_size(json_array_get(json_array_get(json_object_get(answer, "read"), (size_t)b), (size_t)o)), banks);
				for (int k = 0; k < banks; k++) {
					of_this -= json_is_number(gate(answer, "read", b, o, k)) && !(arch->block[b].op[o].reads & bit(k));
					of_this -= json_is_number(gate(answer, "write", b, o, k)) && !(arch->block[b].op[o].writes & bit(k));
				}
			}
		}
		ck_assert_int_eq(of_this, 0);
		guidance_free(g);
		loss_rig_close(&rig);
		json_decref(answer);
	}
	ck_assert_int_gt(cells, 20);
	ck_assert_int_gt(none, 0);
}
END_TEST

static double place(const json_t *group, const char *key, int row, int slice)
{
	const json_t *cell = json_array_get(json_array_get(json_object_get(group, key), (size_t)row), (size_t)slice);

	ck_assert_msg(json_is_number(cell), "%s has no row %d slice %d", key, row, slice);
	return json_number_value(cell);
}

static double loss_of_code(struct loss_rig *r, const struct arch *arch, const float *code)
{
	struct mixture m = { .rig = r, .arch = arch };
	op_values weight;
	double loss;

	generate(r, arch, code, weight);
	m.weight = &weight[0][0];
	loss = mixed_loss(&m);
	values_free(arch, weight);
	return loss;
}

/* All that is set of the group louder by h: -1, 0 and 1 times. */
static void check_slope(struct loss_rig *r, const struct arch *arch, const struct layout_field *f, const json_t *group, int slices, double *largest)
{
	static const double h = 0.002;
	const struct layout *layout = &lab.t->layout;
	int pitch = encoding_slices(layout, arch);
	double sum = 0, loss[3];

	for (int k = -1; k <= 1; k++) {
		float *code = encoded(arch);

		for (int i = 0; i < layout->rows * pitch; i++)
			for (int c = f->first; c < f->first + f->count; c++)
				if (code[i * layout->channels + c] > 0.5f)
					code[i * layout->channels + c] += (float)(k * h);
		loss[k + 1] = loss_of_code(r, arch, code);
		free(code);
	}
	for (int row = 0; row < layout->rows; row++)
		for (int l = 0; l < slices; l++)
			sum += place(group, "slope", row, l);
	assert_slope(sum, loss, h, 2e-5, f->name);
	*largest = fmax(*largest, fabs(sum));
}

/* The channels one by one, where the gradient is largest. */
static void check_norm(struct loss_rig *r, const struct arch *arch, const struct layout_field *f, const json_t *group, int slices)
{
	static const double h = 0.05;
	const struct layout *layout = &lab.t->layout;
	int row = 0, slice = 0, pitch = encoding_slices(layout, arch);
	double squares = 0, norm;

	for (int i = 0; i < layout->rows; i++)
		for (int l = 0; l < slices; l++)
			if (place(group, "gradient", i, l) > place(group, "gradient", row, slice)) {
				row = i;
				slice = l;
			}
	norm = place(group, "gradient", row, slice);
	for (int c = f->first; c < f->first + f->count; c++) {
		double loss[2];

		for (int k = 0; k < 2; k++) {
			float *code = encoded(arch);

			code[(row * pitch + slice) * layout->channels + c] += (float)(k ? h : -h);
			loss[k] = loss_of_code(r, arch, code);
			free(code);
		}
		squares += pow((loss[1] - loss[0]) / (2 * h), 2);
	}
	ck_assert_msg(fabs(sqrt(squares) - norm) < 0.1 * norm + 5e-6, "%s: norm %g, by differences %g", f->name, norm, sqrt(squares));
}

START_TEST(the_gradient_of_the_encoding_is_that_of_the_loss)
{
	const struct layout *layout = &lab.t->layout;
	const struct arch *arch = &lab.arch[0];
	struct loss_rig rig;
	json_t *answer = ask_for_gates(0, &rig), *encoding = json_object_get(answer, "encoding");
	int slices = (int)whole(encoding, "slices");
	double largest = 0;

	ck_assert_int_eq(whole(encoding, "rows"), layout->rows);
	ck_assert_int_eq(slices, arch_slices(&layout->space, arch));
	ck_assert_int_eq(json_array_size(json_object_get(encoding, "groups")), layout->field_count);
	for (int i = 0; i < layout->field_count; i++) {
		const json_t *group = json_array_get(json_object_get(encoding, "groups"), (size_t)i);

		ck_assert_str_eq(text(group, "name"), layout->field[i].name);
		ck_assert_int_eq(whole(group, "channels"), layout->field[i].count);
		check_slope(&rig, arch, &layout->field[i], group, slices, &largest);
		check_norm(&rig, arch, &layout->field[i], group, slices);
	}
	ck_assert_double_gt(largest, 0.001);             /* far above the tolerance */
	loss_rig_close(&rig);
	json_decref(answer);
}
END_TEST

START_TEST(the_encoding_is_shown_with_the_values_that_it_says)
{
	const struct layout *layout = &lab.t->layout;
	const struct arch *arch = &lab.arch[1];
	json_t *answer = ask_for_gates(1, NULL), *encoding = json_object_get(answer, "encoding"), *group;
	size_t i;

	json_array_foreach(json_object_get(encoding, "groups"), i, group) {
		const struct layout_field *f = &layout->field[i];

		for (int b = 0; b < BLOCKS; b++)
			for (int o = 0; o < arch->block[b].op_count; o++) {
				const struct arch_op *op = &arch->block[b].op[o];
				int slice = op_first_slice(&layout->space, arch, b, o);
				double value = place(group, "value", 0, slice);

				if (f->kind == LAYOUT_READS)
					ck_assert_double_eq(value, bits_count(op->reads));
				if (f->kind == LAYOUT_WRITES)
					ck_assert_double_eq(value, bits_count(op->writes));
				if (f->kind == LAYOUT_UNITS)
					ck_assert_double_eq(value, op->units);
				if (f->kind == LAYOUT_BLOCK)
					ck_assert_double_eq(value, b + 1);
				if (f->kind == LAYOUT_KERNEL)
					ck_assert_double_eq(value, op->conv[f->conv].kernel[f->axis]);
				ck_assert_int_eq(json_integer_value(json_array_get(json_array_get(json_object_get(encoding, "first"), (size_t)b),
					(size_t)o)), slice);
			}
	}
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
	struct worker *w = rig_start("run", 3000, true);

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
	rig_send(w, COMMAND_CANCEL, 0);
	rig_send(w, COMMAND_RESUME, 0);
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
	static struct curve alone;
	struct worker *w = rig_start("alone", 1000, true);

	WAIT_FOR(w, now.state == WORKER_FINISHED);
	alone = now.curve;
	rig_stop(w);

	w = rig_start("beside", 1000, true);
	WAIT_FOR(w, now.arch_step > 0);
	assert_answered(w, 1);
	assert_answered(w, 2);
	ck_assert_int_lt(now.step, 1000);                /* or nothing was tested */
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
	tcase_add_test(lone, a_gate_is_the_slope_of_the_loss_where_a_read_or_write_grows);
	tcase_add_test(lone, a_cell_that_could_be_has_the_prediction_of_adding_it_and_others_have_none);
	tcase_add_test(lone, the_gradient_of_the_encoding_is_that_of_the_loss);
	tcase_add_test(lone, the_encoding_is_shown_with_the_values_that_it_says);
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
