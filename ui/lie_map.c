/* lie_map.c -- an encoding, true and corrupted, as heat maps. */
#include "ui/lie_map.h"

#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "ui/heat_map.h"

enum { REMOVED = 99 };                   /* drawn as '*': a bank is no longer named, and no other in its place */

struct lie_map {
	struct layout layout;
	struct arch arch;
	char id[ARCH_ID_LENGTH + 1];
	enum corrupt_field field;
	enum corrupt_how how;
	uint64_t lie;                    /* the number of this draw */
	bool lies;                       /* there is a lie to be told */
	bool differs;                    /* … and it is one */
	int rows, slices, pitch;         /* pitch: slices with the padding */
	int group, first;                /* of layout.field; the first slice on the screen */
	float *truth, *told;             /* encodings */
	float *value[2], *gradient;      /* [rows][slices] of the group: of truth and lie; dE/dc */
	bool has_gradient;
	char failed[160];                /* why there is none */
	uint64_t asked;                  /* serial of the question */
};

static uint64_t questions;               /* asked so far, by any */

static bool many_hot(const struct layout_field *f)
{
	return f->kind == LAYOUT_SLICE_BANKS || f->kind == LAYOUT_READS || f->kind == LAYOUT_WRITES;
}

static uint64_t set_channels(const struct lie_map *m, const float *code, int cell, const struct layout_field *f)
{
	size_t padded = (size_t)(cell / m->slices) * (size_t)m->pitch + (size_t)(cell % m->slices);
	const float *at = code + padded * (size_t)m->layout.channels + f->first;
	uint64_t set = 0;

	for (int i = 0; i < f->count && i < 64; i++)
		if (at[i] == 1)
			set |= (uint64_t)1 << i;
	return set;
}

static int lowest(uint64_t set)
{
	int n = 0;

	for (; set && !(set & 1); set >>= 1)
		n++;
	return set ? n + 1 : 0;
}

/* Nothing is there where not even the block is set. */
static bool is_background(const struct lie_map *m, int cell)
{
	const struct layout_field *block = layout_find(&m->layout, LAYOUT_BLOCK, -1, -1);

	return set_channels(m, m->truth, cell, block) == 0;
}

static void find_values(struct lie_map *m)
{
	const struct layout_field *f = &m->layout.field[m->group];

	for (int i = 0; i < m->rows * m->slices; i++) {
		uint64_t truth = set_channels(m, m->truth, i, f), told = set_channels(m, m->told, i, f), new = told & ~truth;

		m->value[0][i] = is_background(m, i) ? -1.0f : (float)lowest(truth);
		m->value[1][i] = truth == told ? m->value[0][i] : !new ? REMOVED : (float)lowest(new);
	}
}

/* [rows][slices] of numbers. */
static void take_cells(struct lie_map *m, const json_t *rows)
{
	const json_t *row, *cell;
	size_t r, l;

	json_array_foreach((json_t *)rows, r, row)
		json_array_foreach((json_t *)row, l, cell)
			if (r < (size_t)m->rows && l < (size_t)m->slices)
				m->gradient[r * (size_t)m->slices + l] = (float)json_number_value(cell);
}

/* What the answer says of this group. */
static void find_gradient(const struct ui *ui, struct lie_map *m)
{
	const json_t *answer = ui->answer[ANSWER_OF(QUESTION_GATES)], *group;
	size_t k;

	m->has_gradient = false;
	if (document_count(answer, "serial") == (json_int_t)m->asked)
		snprintf(m->failed, sizeof m->failed, "%s", document_text(answer, "failed"));
	if (document_count(answer, "serial") != (json_int_t)m->asked || document_count(answer, "encoding.rows") != m->rows ||
	    document_count(answer, "encoding.slices") != m->slices)
		return;
	json_array_foreach(document_at(answer, "encoding.groups"), k, group)
		if (strcmp(document_text(group, "name"), m->layout.field[m->group].name) == 0) {
			take_cells(m, json_object_get(group, "slope"));
			m->has_gradient = true;
		}
}

static void choose_group(struct ui *ui, struct lie_map *m, int group)
{
	m->group = (group + m->layout.field_count) % m->layout.field_count;
	find_values(m);
	find_gradient(ui, m);
}

static bool group_differs(const struct lie_map *m, int group)
{
	for (int i = 0; i < m->rows * m->slices; i++)
		if (set_channels(m, m->truth, i, &m->layout.field[group]) != set_channels(m, m->told, i, &m->layout.field[group]))
			return true;
	return false;
}

/* Another lie each time, and the first group that it is about. */
static void tell_lie(struct ui *ui, struct lie_map *m)
{
	struct rng rng;
	struct arch other;
	int group = 0;

	if (!m->lies) {
		memcpy(m->told, m->truth, (size_t)(m->told - m->truth) * sizeof *m->told);
		choose_group(ui, m, m->group);
		return;
	}
	rng_seed(&rng, m->lie, 0);
	arch_sample(&other, &m->layout.space, m->layout.axes, 0, &rng);
	m->differs = corrupt_encode(&m->layout, &m->arch, m->field, m->how, &other, &rng, m->told);
	while (group < m->layout.field_count && !group_differs(m, group))
		group++;
	choose_group(ui, m, group < m->layout.field_count && !group_differs(m, m->group) ? group : m->group);
}

static void ask(struct ui *ui, struct lie_map *m)
{
	static struct command c;

	c = (struct command){ .kind = COMMAND_QUESTION };
	c.question = (struct question){ .kind = QUESTION_GATES, .serial = m->asked = (uint64_t)1 << 32 | ++questions, .arch = m->arch };
	ui_send_command(ui, &c);
}

struct lie_map *lie_map_new(struct ui *ui, const struct arch *arch, enum corrupt_field field, enum corrupt_how how)
{
	struct lie_map *m = calloc(1, sizeof *m);
	size_t cells, room;

	if (!m || layout_init(&m->layout, &ui->snap->space, arch->axes) < 0) {
		ui_say(ui, ROLE_ERROR, "%s", m ? err_last() : "out of memory");
		free(m);
		return NULL;
	}
	m->arch = *arch;
	m->lies = field != CORRUPT_FIELDS;
	m->field = field;
	m->how = how;
	arch_id(arch, m->id);
	m->rows = m->layout.rows;
	m->slices = arch_slices(&m->layout.space, arch);
	m->pitch = encoding_slices(&m->layout, arch);
	cells = (size_t)m->rows * (size_t)m->slices;
	room = encoding_room(&m->layout);
	m->truth = calloc(2 * room + 3 * cells, sizeof(float));
	if (!m->truth) {
		ui_say(ui, ROLE_ERROR, "out of memory for an encoding");
		free(m);
		return NULL;
	}
	m->told = m->truth + room;
	m->value[0] = m->told + room;
	m->value[1] = m->value[0] + cells;
	m->gradient = m->value[1] + cells;
	encode(&m->layout, arch, m->truth);
	ask(ui, m);
	tell_lie(ui, m);
	return m;
}

void lie_map_free(struct lie_map *m)
{
	if (m)
		free(m->truth);
	free(m);
}

void lie_map_news(struct ui *ui, struct lie_map *m)
{
	if (!m->has_gradient)
		find_gradient(ui, m);
}

/* "3 of it is 7": what the letters of a group stand for. */
static void legend(const struct lie_map *m, char *text, size_t size)
{
	const struct layout_field *f = &m->layout.field[m->group];
	size_t n;

	if (many_hot(f)) {
		snprintf(text, size, "lowest bank, 1 is bank 0; * one less");
		return;
	}
	n = (size_t)snprintf(text, size, ". none");
	for (int i = 0; i < f->count && i < 9 && n + 12 < size; i++)
		n += (size_t)snprintf(text + n, size - n, "  %d is %d", i + 1, layout_value(&m->layout, f, f->first + i) + (f->kind == LAYOUT_BLOCK));
}

void lie_map_draw(struct ui *ui, const struct lie_map *m, struct rect r)
{
	const struct layout_field *f = &m->layout.field[m->group];
	char title[3][160], key[120];
	struct heat_map map[3] = {
		{ .kind = HEAT_VALUE, .rows = m->rows, .slices = m->slices, .cell = m->value[0], .title = title[0] },
		{ .kind = HEAT_VALUE, .rows = m->rows, .slices = m->slices, .cell = m->value[1], .other = m->value[0], .title = title[1] },
		{ .kind = HEAT_CHANGE, .rows = m->rows, .slices = m->slices, .cell = m->gradient, .title = title[2] },
	};
	int used = 0, each;

	if (r.h < 4 || r.w < 20)
		return;
	legend(m, key, sizeof key);
	putf(r.y, r.x, r.w, ROLE_TEXT, " encoding of %s: %s, %d of %d groups   slices %d–%d of %d", m->id, f->name, m->group + 1,
	     m->layout.field_count, m->first + 1, m->first + r.w < m->slices ? m->first + r.w : m->slices, m->slices);
	ui->cursor_y = r.y;
	ui->cursor_x = r.x;
	snprintf(title[0], sizeof title[0], m->lies ? "true   %s" : "c   %s", key);
	if (m->lies)
		snprintf(title[1], sizeof title[1], m->differs ? "corrupted: %s, lie %d; what is not '.' differs" : "corrupted: %s, lie %d came out as the truth",
	         corrupt_field_names[m->field], (int)m->lie + 1);
	snprintf(title[2], sizeof title[2], "%s", m->has_gradient ? "dE/dc of what is set: said louder, the loss  = falls most  - falls  + rises  # rises most" :
	         *m->failed ? m->failed : "dE/dc is being computed");
	each = (r.h - 1) / (2 + m->lies) < m->rows + 1 ? (r.h - 1) / (2 + m->lies) : m->rows + 1;
	for (int i = 0; i < 3; i++) {
		if (i == 1 && !m->lies)
			continue;
		map[i].rows = i < 2 || m->has_gradient ? m->rows : 0;
		heat_map_draw((struct rect){ r.y + 1 + used, r.x + 1, each, r.w - 1 }, &map[i], m->first);
		used += each + (3 * (each + 1) < r.h);
	}
}

bool lie_map_act(struct ui *ui, struct lie_map *m, enum action action)
{
	switch (action) {
	case ACTION_UP:
		choose_group(ui, m, m->group - 1);
		return true;
	case ACTION_DOWN:
		choose_group(ui, m, m->group + 1);
		return true;
	case ACTION_LEFT:
		m->first = m->first > 16 ? m->first - 16 : 0;
		return true;
	case ACTION_RIGHT:
		m->first = m->first + 16 < m->slices ? m->first + 16 : m->first;
		return true;
	case ACTION_LESS:
	case ACTION_MORE:
		if (!m->lies)
			return false;
		m->lie = action == ACTION_MORE ? m->lie + 1 : m->lie ? m->lie - 1 : 0;
		tell_lie(ui, m);
		return true;
	default:
		return false;
	}
}
