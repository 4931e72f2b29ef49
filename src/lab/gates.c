/*
 * gates.c -- what the loss would do if a bank were a little more read or written, and dE/dc beside c (QUESTION_GATES, METHOD §9). Cells that are
 * there have the derivative of a factor 1 on them; those that could be have the first-order prediction of adding them.
 */
#include <math.h>
#include <stdlib.h>

#include "src/arch/bits.h"
#include "src/base/document.h"
#include "src/base/err.h"
#include "src/lab/guide_predict.h"
#include "src/lab/question.h"
#include "src/lab/score.h"

enum { IMAGES = 250 };

struct gate_question {
	struct trainer *t;
	struct scorer *scorer;           /* it freezes the parameters */
	struct guidance *guidance;       /* NULL between questions: it is large */
	uint64_t serial;
	struct arch arch;
};

static void release(struct gate_question *g)
{
	guidance_free(g->guidance);
	scorer_free(g->scorer);
	g->guidance = NULL;
	g->scorer = NULL;
}

static int begin(void *state, const struct question *q)
{
	struct gate_question *g = state;

	release(g);
	if (check_trained(g->t) < 0 || arch_validate(&g->t->layout.space, &q->arch, NULL) < 0)
		return -1;
	g->serial = q->serial;
	g->arch = q->arch;
	g->scorer = scorer_new(g->t);
	if (!g->scorer)
		return -1;
	g->guidance = guidance_new(g->t, scorer_params(g->scorer), q->images > 0 ? q->images : IMAGES);
	return g->guidance && guidance_begin_gates(g->guidance, &g->arch) == 0 ? 1 : -1;
}

static int advance(void *state)
{
	return guidance_advance(((struct gate_question *)state)->guidance);
}

/* ---- the bank matrix ---- */

/* What adding the cell is predicted to do; NAN where it cannot be added, or has no first-order prediction. */
static double added(const struct gate_question *g, enum edit_kind kind, int b, int o, int bank)
{
	int count;
	const struct prediction *p = guidance_list(g->guidance, &count);

	for (int i = 0; i < count; i++)
		if (p[i].edit.kind == kind && p[i].edit.block == b && p[i].edit.op == o && p[i].edit.bank == bank)
			return p[i].slope;
	return NAN;
}

static json_t *bank_row(const struct gate_question *g, enum edit_kind kind, int b, int o)
{
	const struct arch_op *op = &g->arch.block[b].op[o];
	const struct gates *gates = guidance_cells(g->guidance).gates;
	uint64_t there = kind == EDIT_TOGGLE_READ ? op->reads : op->writes;
	const double *gate = kind == EDIT_TOGGLE_READ ? gates->read[b][o] : gates->write[b][o];
	int banks = block_banks(&g->t->layout.space, &g->arch, b, g->arch.block[b].op_count);
	json_t *row = json_array();

	for (int k = 0; k < banks; k++)
		json_array_append_new(row, json_of(there & bit(k) ? gate[k] : added(g, kind, b, o, k)));
	return row;
}

/* [block][op][bank] */
static json_t *bank_matrix(const struct gate_question *g, enum edit_kind kind)
{
	json_t *matrix = json_array();

	for (int b = 0; b < BLOCKS; b++) {
		json_t *block = json_array();

		for (int o = 0; o < g->arch.block[b].op_count; o++)
			json_array_append_new(block, bank_row(g, kind, b, o));
		json_array_append_new(matrix, block);
	}
	return matrix;
}

/* ---- the encoding ---- */

/* One group of channels at one place of the encoding. */
struct place {
	double value;                    /* of what is set: how many banks, or the field's value (blocks from 1); 0: nothing is */
	double gradient;                 /* Euclidean norm of dE/dc over the group */
	double slope;                    /* sum of dE/dc over what is set: were it said a little louder */
};

static struct place look_at(const struct layout *layout, const struct layout_field *f, const float *code, const float *gradient)
{
	bool banks = f->kind == LAYOUT_SLICE_BANKS || f->kind == LAYOUT_READS || f->kind == LAYOUT_WRITES;
	struct place p = { 0 };

	for (int c = f->first; c < f->first + f->count; c++) {
		p.gradient += (double)gradient[c] * (double)gradient[c];
		if (code[c] < 0.5f)
			continue;
		p.slope += (double)gradient[c];
		p.value = banks ? p.value + 1 : layout_value(layout, f, c) + (f->kind == LAYOUT_BLOCK);
	}
	p.gradient = sqrt(p.gradient);
	return p;
}

static json_t *group_to_json(const struct gate_question *g, const struct layout_field *f, const float *code, int slices)
{
	const struct layout *layout = &g->t->layout;
	struct cells cells = guidance_cells(g->guidance);
	int pitch = encoding_slices(layout, &g->arch);
	json_t *value = json_array(), *gradient = json_array(), *slope = json_array();

	for (int r = 0; r < layout->rows; r++) {
		json_t *row[3] = { json_array(), json_array(), json_array() };

		for (int l = 0; l < slices; l++) {
			size_t at = (size_t)r * pitch + l;
			struct place p = look_at(layout, f, code + at * layout->channels, cells.code_gradient + at * cells.code_channels);

			json_array_append_new(row[0], json_real(p.value));
			json_array_append_new(row[1], json_of(p.gradient));
			json_array_append_new(row[2], json_of(p.slope));
		}
		json_array_append_new(value, row[0]);
		json_array_append_new(gradient, row[1]);
		json_array_append_new(slope, row[2]);
	}
	return json_pack("{s:s, s:i, s:o, s:o, s:o}", "name", f->name, "channels", f->count, "value", value, "gradient", gradient, "slope", slope);
}

/* Where the slices of each op begin: [block][op]. */
static json_t *first_slices(const struct gate_question *g)
{
	json_t *first = json_array();

	for (int b = 0; b < BLOCKS; b++) {
		json_t *block = json_array();

		for (int o = 0; o < g->arch.block[b].op_count; o++)
			json_array_append_new(block, json_integer(op_first_slice(&g->t->layout.space, &g->arch, b, o)));
		json_array_append_new(first, block);
	}
	return first;
}

static json_t *encoding_to_json(const struct gate_question *g)
{
	const struct layout *layout = &g->t->layout;
	int slices = arch_slices(&layout->space, &g->arch);
	float *code = malloc(encoding_room(layout) * sizeof(float));
	json_t *groups = json_array();

	if (code)
		encode(layout, &g->arch, code);
	for (int i = 0; code && i < layout->field_count; i++)
		json_array_append_new(groups, group_to_json(g, &layout->field[i], code, slices));
	free(code);
	return json_pack("{s:i, s:i, s:i, s:o, s:o}", "rows", layout->rows, "row_units", layout->space.bank_unit, "slices", slices, "first",
		first_slices(g), "groups", groups);
}

/* ---- the answer ---- */

static json_t *answer(void *state, bool running)
{
	struct gate_question *g = state;
	char id[ARCH_ID_LENGTH + 1];
	struct cells cells;
	json_t *document;

	if (running)
		return NULL;
	arch_id(&g->arch, id);
	cells = guidance_cells(g->guidance);
	document = json_pack("{s:I, s:s, s:I, s:i, s:o, s:o, s:o, s:o, s:b}", "serial", (json_int_t)g->serial, "id", id, "step",
		(json_int_t)scorer_step(g->scorer), "images", cells.images, "loss", json_of(cells.loss), "read",
		bank_matrix(g, EDIT_TOGGLE_READ), "write", bank_matrix(g, EDIT_TOGGLE_WRITE), "encoding", encoding_to_json(g), "running", 0);
	release(g);
	return document;
}

static void close_gates(void *state)
{
	release(state);
	free(state);
}

static void *open_gates(struct trainer *t)
{
	struct gate_question *g = calloc(1, sizeof(*g));

	if (g)
		g->t = t;
	else
		err_set("out of memory");
	return g;
}

const struct answerer gates_answerer = {
	.open = open_gates, .begin = begin, .advance = advance, .answer = answer, .close = close_gates,
};
