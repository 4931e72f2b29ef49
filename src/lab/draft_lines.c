/* draft_lines.c -- a change as JSON and back. Blocks and ops count from 1, as in everything that a person may read. */
#include "src/lab/draft_lines.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/document.h"
#include "src/base/err.h"

static const char *const change_names[AMENDS] = {
	[AMEND_SET] = "set", [AMEND_ADD] = "add", [AMEND_DELETE] = "delete", [AMEND_MOVE] = "move",
};
static const char *const field_names[PLACES] = {
	[PLACE_BANK] = "bank", [PLACE_BANK_SIZE] = "bank size", [PLACE_UNITS] = "units", [PLACE_CONVS] = "convs",
	[PLACE_KERNEL] = "kernel", [PLACE_DILATION] = "dilation", [PLACE_GROUPS] = "groups",
};

/* Its index in a table of names, -1 for another one. */
static int named(const char *const *names, int count, const char *name)
{
	for (int i = 0; name && i < count; i++)
		if (!strcmp(names[i], name))
			return i;
	return -1;
}

static void set_int(json_t *object, const char *key, int value)
{
	json_object_set_new(object, key, json_integer(value));
}

/* `other` where there is none. */
static int get_int(const json_t *object, const char *key, int other)
{
	const json_t *value = json_object_get(object, key);
	json_int_t n = json_integer_value(value);

	return json_is_integer(value) && n >= -1000000 && n <= 1000000 ? (int)n : other;
}

/* ---- an op that is added ---- */

static json_t *banks_to_json(uint64_t banks)
{
	json_t *list = json_array();

	for (; banks; banks &= banks - 1)
		json_array_append_new(list, json_integer(bits_first(banks)));
	return list;
}

static bool banks_from_json(const json_t *list, uint64_t *banks)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		json_int_t bank = json_integer_value(json_array_get(list, i));

		if (bank < 0 || bank >= BANKS_MAX)
			return false;
		*banks |= bit((int)bank);
	}
	return json_is_array(list);
}

static json_t *sides_to_json(const uint8_t sides[ARCH_AXES])
{
	return json_pack("[i,i,i]", sides[0], sides[1], sides[2]);
}

static bool sides_from_json(const json_t *list, uint8_t sides[ARCH_AXES])
{
	for (size_t i = 0; i < ARCH_AXES; i++)
		sides[i] = (uint8_t)json_integer_value(json_array_get(list, i));
	return json_array_size(list) == ARCH_AXES;
}

static json_t *copy_to_json(const struct op_copy *copy)
{
	json_t *op = json_object(), *convs = json_array();

	json_object_set_new(op, "reads", banks_to_json(copy->op.reads));
	json_object_set_new(op, "writes", banks_to_json(copy->op.writes));
	json_object_set_new(op, "fresh", banks_to_json(copy->fresh));
	set_int(op, "units", copy->op.units);
	for (int c = 0; c < CONVS; c++) {
		json_t *conv;

		if (!(copy->op.active & 1 << c))
			continue;
		conv = json_object();
		set_int(conv, "conv", c + 1);
		json_object_set_new(conv, "kernel", sides_to_json(copy->op.conv[c].kernel));
		json_object_set_new(conv, "dilation", sides_to_json(copy->op.conv[c].dilation));
		set_int(conv, "groups", copy->op.conv[c].groups);
		json_array_append_new(convs, conv);
	}
	json_object_set_new(op, "convs", convs);
	return op;
}

static bool copy_from_json(const json_t *op, struct op_copy *copy)
{
	const json_t *convs = json_object_get(op, "convs");

	for (size_t i = 0; i < json_array_size(convs); i++) {
		const json_t *conv = json_array_get(convs, i);
		int c = get_int(conv, "conv", 0) - 1;

		if (c < 0 || c >= CONVS || !sides_from_json(json_object_get(conv, "kernel"), copy->op.conv[c].kernel) ||
		    !sides_from_json(json_object_get(conv, "dilation"), copy->op.conv[c].dilation))
			return false;
		copy->op.conv[c].groups = (uint8_t)get_int(conv, "groups", 1);
		copy->op.active |= (uint8_t)(1 << c);
	}
	copy->op.units = (int16_t)get_int(op, "units", 0);
	return copy->op.active && copy->op.units > 0 && banks_from_json(json_object_get(op, "reads"), &copy->op.reads) &&
		banks_from_json(json_object_get(op, "writes"), &copy->op.writes) &&
		banks_from_json(json_object_get(op, "fresh"), &copy->fresh);
}

/* ---- lines ---- */

json_t *draft_line_begin(const struct draft *d, double clock)
{
	return json_pack("{s:i, s:s, s:s, s:f, s:o}", "draft", DRAFT_VERSION, "id", d->id, "from", d->from, "time", clock, "architecture",
		arch_to_json(&d->first));
}

int draft_read_begin(const json_t *line, struct arch *first, char *from, size_t from_size, double *clock)
{
	const char *text = json_string_value(json_object_get(line, "from"));
	struct arch unseen;
	int version = get_int(line, "draft", 0);

	if (version != DRAFT_VERSION)
		return err_set(version ? "a draft of version %d; this program reads version %d" : "its first line is no draft's", version, DRAFT_VERSION);
	if (arch_from_json(first ? first : &unseen, json_object_get(line, "architecture"), NULL) < 0)
		return -1;
	if (from)
		snprintf(from, from_size, "%s", text ? text : "");
	if (clock)
		*clock = json_number_value(json_object_get(line, "time"));
	return 0;
}

static void set_place(json_t *line, const struct amend *a)
{
	const struct place *p = &a->place;

	json_object_set_new(line, "field", json_string(field_names[p->kind]));
	if (p->kind == PLACE_BANK)
		set_int(line, "bank", p->bank);
	if (p->kind >= PLACE_KERNEL)
		set_int(line, "conv", p->conv + 1);
	if (p->kind == PLACE_KERNEL || p->kind == PLACE_DILATION)
		set_int(line, "axis", p->axis);
	set_int(line, "to", a->value);
}

json_t *draft_line_state(const struct draft *d, int state)
{
	const struct draft_state *s = &d->state[state];
	const struct amend *a = &s->amend;
	json_t *line = json_pack("{s:i, s:i, s:f, s:s}", "state", state, "parent", s->parent, "time", s->clock, "text", s->text);

	if (a->kind == AMENDS)
		return line;
	json_object_set_new(line, "change", json_string(change_names[a->kind]));
	set_int(line, "block", a->place.block + 1);
	set_int(line, "op", a->place.op + 1);
	if (a->kind == AMEND_SET)
		set_place(line, a);
	if (a->kind == AMEND_MOVE)
		set_int(line, "to", a->value);
	if (a->kind == AMEND_ADD)
		json_object_set_new(line, "new", copy_to_json(&a->copy));
	return line;
}

bool draft_read_change(const json_t *line, struct amend *a)
{
	int kind = named(change_names, AMENDS, json_string_value(json_object_get(line, "change")));
	int field = named(field_names, PLACES, json_string_value(json_object_get(line, "field")));

	*a = (struct amend){ .kind = AMENDS };
	if (kind < 0 || (kind == AMEND_SET && field < 0))
		return false;
	a->place = (struct place){
		.block = get_int(line, "block", 0) - 1, .op = get_int(line, "op", 0) - 1, .kind = field < 0 ? PLACE_BANK : (enum place_kind)field,
		.bank = get_int(line, "bank", -1), .conv = get_int(line, "conv", 0) - 1, .axis = get_int(line, "axis", -1),
	};
	a->value = get_int(line, "to", -1);
	if (kind == AMEND_ADD && !copy_from_json(json_object_get(line, "new"), &a->copy))
		return false;
	a->kind = (enum amend_kind)kind;
	return true;
}

static void set_number(json_t *line, const char *key, double value)
{
	if (isfinite(value))
		json_object_set_new(line, key, json_real(value));
}

/* The numbers of a score, in the words of the comparison's document. */
#define SCORE_NUMBERS(X) X(loss) X(loss_stderr) X(error) X(error_stderr) X(difference) X(difference_stderr) X(p)

json_t *draft_line_score(const struct draft *d, int state)
{
	const struct draft_score *s = &d->state[state].score;
	json_t *line = json_pack("{s:i, s:I, s:i}", "score", state, "step", (json_int_t)s->step, "images", s->images);

#define SET(name) set_number(line, #name, s->name);
	SCORE_NUMBERS(SET)
#undef SET
	return line;
}

bool draft_read_score(const json_t *line, int states, int *state, struct draft_score *s)
{
	*state = get_int(line, "score", -1);
	if (*state < 0 || *state >= states)
		return false;
	s->step = json_integer_value(json_object_get(line, "step"));
	s->images = get_int(line, "images", 0);
#define GET(name) s->name = number_of(json_object_get(line, #name));
	SCORE_NUMBERS(GET)
#undef GET
	return s->images > 0;
}
