/* check_gates.c -- gate gradients and the gradient of the encoding against differences of the loss. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/lab/guide_predict.h"
#include "tests/loss_rig.h"
#include "tests/question_rig.h"

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
		ck_assert_int_eq(whole(answer, "step"), LAB_STEPS);
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

int main(void)
{
	Suite *suite = suite_create("gates");
	TCase *tc = tcase_create("gates");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, lab_open, lab_close);
	tcase_add_test(tc, a_gate_is_the_slope_of_the_loss_where_a_read_or_write_grows);
	tcase_add_test(tc, a_cell_that_could_be_has_the_prediction_of_adding_it_and_others_have_none);
	tcase_add_test(tc, the_gradient_of_the_encoding_is_that_of_the_loss);
	tcase_add_test(tc, the_encoding_is_shown_with_the_values_that_it_says);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
