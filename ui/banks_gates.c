/* banks_gates.c -- the answer as arrays, and what they say of a cell and of a change. */
#include "ui/banks_gates.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/text.h"
#include "src/base/document.h"
#include "ui/banks_matrix.h"

void gates_ask(struct ui *ui, struct gates *g, const struct arch *arch, const char *id)
{
	static struct command c;
	static uint64_t asked;

	if (!strcmp(g->asked, id) || (!strcmp(g->id, id) && !g->failed[0]))
		return;
	c = (struct command){ .kind = COMMAND_QUESTION };
	c.question = (struct question){ .kind = QUESTION_GATES, .serial = (uint64_t)2 << 32 | ++asked, .arch = *arch };
	if (!ui_send_command(ui, &c))
		return;
	snprintf(g->asked, sizeof g->asked, "%s", id);
	g->failed[0] = 0;
}

static void take(float *most, float to[BLOCKS][OPS_MAX][BANKS_MAX], const json_t *blocks)
{
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < OPS_MAX; o++) {
			const json_t *banks = json_array_get(json_array_get(blocks, (size_t)b), (size_t)o);

			for (int k = 0; k < BANKS_MAX; k++) {
				const json_t *value = json_array_get(banks, (size_t)k);

				to[b][o][k] = (float)number_of(value);
				if (fabsf(to[b][o][k]) > *most)
					*most = fabsf(to[b][o][k]);
			}
		}
}

bool gates_news(struct ui *ui, struct gates *g)
{
	const json_t *answer = ui->answer[ANSWER_OF(QUESTION_GATES)];

	if (!answer || g->seen == ui->answer_serial[ANSWER_OF(QUESTION_GATES)])
		return false;
	g->seen = ui->answer_serial[ANSWER_OF(QUESTION_GATES)];
	if (*document_text(answer, "failed")) {
		snprintf(g->failed, sizeof g->failed, "%s", document_text(answer, "failed"));
		return true;
	}
	if (!json_object_get(answer, "read"))
		return false;
	snprintf(g->id, sizeof g->id, "%s", document_text(answer, "id"));
	g->step = document_count(answer, "step");
	g->images = (int)document_count(answer, "images");
	g->most = 0;
	take(&g->most, g->read, json_object_get(answer, "read"));
	take(&g->most, g->write, json_object_get(answer, "write"));
	return true;
}

/* Of the size, so that small ones can be told apart too. */
static int level_of(const struct gates *g, float value)
{
	int level = g->most > 0 ? (int)lroundf((float)MATRIX_LEVELS * sqrtf(fabsf(value) / g->most)) : 0;

	return value < 0 ? -level : level;
}

int gates_level(const struct gates *g, const struct arch *arch, int block, int op, int bank)
{
	const struct arch_op *o = &arch->block[block].op[op];
	bool reads = o->reads >> bank & 1, writes = o->writes >> bank & 1, alone = !reads && !writes;
	float read = reads || alone ? g->read[block][op][bank] : NAN, write = writes || alone ? g->write[block][op][bank] : NAN;
	bool first = isnan(write) || (alone ? read < write : fabsf(read) >= fabsf(write));

	if (isnan(read) && isnan(write))
		return MATRIX_NO_LEVEL;
	return level_of(g, first && !isnan(read) ? read : write);
}

/* A read or a write that comes adds what it would do; one that goes takes away what it does. */
static double toggle(bool before, bool after, float gradient)
{
	return before == after ? 0 : after ? gradient : -gradient;
}

double gates_predict(const struct gates *g, const struct arch *before, const char *id, const struct amend *a)
{
	const struct arch_op *o = &before->block[a->place.block].op[a->place.op];
	int bank = a->place.bank;

	if (strcmp(g->id, id) != 0 || a->kind != AMEND_SET || a->place.kind != PLACE_BANK)
		return NAN;
	return toggle(o->reads >> bank & 1, a->value == CELL_READ || a->value == CELL_BOTH, g->read[a->place.block][a->place.op][bank]) +
	       toggle(o->writes >> bank & 1, a->value == CELL_WRITE || a->value == CELL_BOTH, g->write[a->place.block][a->place.op][bank]);
}
