/* banks_matrix.c -- the bank matrix: which columns there is room for, the cursor in them, drawing. */
#include "ui/banks_matrix.h"

#include <stdio.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/text.h"

/* ---- columns ---- */

/* What there is room for. An op's row: number, banks, units, which convolutions, then a group of columns for each shown convolution: kernel,
 * dilation, groups. */
struct columns {
	struct rect r;
	int banks, cell, shown;          /* columns of banks: all, width of one, how many fit */
	int at;                          /* where in its width a cell's letter is */
	int kernel;                      /* width of a kernel, a blank behind it included */
	int group, groups;               /* width of a convolution's columns; how many of them fit, 0: units alone */
	bool numbered;                   /* convolutions say which they are */
	bool costs;
};

enum { LABEL = 4, UNITS = 6, CONV_SET = 5, COSTS = 16, BANKS_LEAST = 12, WIDTH_LEAST = 12, CELL_MOST = 3, LEVEL = 1 + MATRIX_LEVELS };

static int bank_columns(const struct matrix *m)
{
	int most = 0;

	for (int b = 0; b < BLOCKS; b++) {
		int n = block_banks(m->space, m->arch, b, m->arch->block[b].op_count);

		for (int i = 0; i < m->arch->block[b].op_count; i++)     /* a read may name one that nobody writes */
			n = bits_end(m->arch->block[b].op[i].reads) > n ? bits_end(m->arch->block[b].op[i].reads) : n;
		most = n > most ? n : most;
	}
	most += m->spare;
	return most < BANKS_MAX ? most : BANKS_MAX;
}

static int most_convs(const struct arch *a)
{
	int most = 1;

	for (int b = 0; b < BLOCKS; b++)
		for (int i = 0; i < a->block[b].op_count; i++)
			most = bits_count(a->block[b].op[i].active) > most ? bits_count(a->block[b].op[i].active) : most;
	return most;
}

static struct columns columns_fit(const struct matrix *m, struct rect r)
{
	struct columns c = { .r = r, .banks = bank_columns(m), .kernel = m->arch->axes == 3 ? 6 : 4, .numbered = m->space->arrangement > 1 };
	int fixed = LABEL + UNITS + CONV_SET, wanted = most_convs(m->arch), cell = c.banks > 10 ? 3 : 2;

	c.group = 2 * c.numbered + 2 * c.kernel + 1 + 3;
	if (r.w - fixed - c.group >= BANKS_LEAST && !m->level)
		for (c.groups = 1; c.groups < wanted && fixed + (c.groups + 1) * c.group + cell * c.banks <= r.w; c.groups++)
			;
	fixed = c.groups ? fixed + c.groups * c.group : LABEL + UNITS;
	c.cell = m->level ? LEVEL : fixed + CELL_MOST * c.banks <= r.w ? CELL_MOST : 2;
	c.at = m->level ? 0 : c.cell - 1;
	c.costs = c.groups && fixed + c.cell * c.banks + COSTS + 1 <= r.w;
	c.shown = (r.w - fixed) / c.cell;
	c.shown = c.shown > c.banks ? c.banks : c.shown < 0 ? 0 : c.shown;
	return c;
}

static int units_x(const struct columns *c)
{
	return c->r.x + LABEL + c->cell * c->shown + 1;
}

static int group_x(const struct columns *c, int group)
{
	return units_x(c) + UNITS + CONV_SET + group * c->group;
}

/* The convolution whose columns these are in this row, -1 for none: the active ones in order, except that the cursor's is always there. */
static int shown_conv(const struct matrix *m, const struct matrix_view *v, const struct columns *c, int block, int op, int group)
{
	int active = m->arch->block[block].op[op].active, at = -1;
	int cursor = v->at.block == block && v->at.op == op && v->at.kind >= PLACE_KERNEL ? v->at.conv : -1;

	for (int i = 0; i < CONVS; i++)
		if (active & 1 << i && ++at == group) {
			if (group == c->groups - 1 && cursor > i)
				return cursor;
			return i;
		}
	return -1;
}

/* What a heading says, in the longest form that fits, and where in it the size of a bank stands. */
struct heading {
	char name[64], counts[128], size[8];
	int counts_at, size_at;
};

static struct heading heading_of(const struct matrix *m, const struct columns *c, int block)
{
	static const char *const forms[] = { "%s channels, %d from the input", "%s, %d from input", "%s" };
	const struct arch *a = m->arch;
	struct heading h;
	char side[32], begin[48];

	block_side_text(m->space, a, m->input, block, side, sizeof side);
	snprintf(h.name, sizeof h.name, " block %d %s", block + 1, side);
	snprintf(h.size, sizeof h.size, "%d", a->block[block].bank_size);
	snprintf(begin, sizeof begin, "  %d ops, %d banks of ", a->block[block].op_count, block_banks(m->space, a, block, a->block[block].op_count));
	h.counts_at = text_width(h.name);
	h.size_at = h.counts_at + text_width(begin);
	for (int i = 0; i < 3; i++) {
		char end[64];

		snprintf(end, sizeof end, forms[i], h.size, block_input_banks(m->space, a, block));
		snprintf(h.counts, sizeof h.counts, "%s%s", begin, end);
		if (h.counts_at + text_width(h.counts) <= c->r.w)
			break;
	}
	return h;
}

/* Where a place is drawn; -1: there is no room for it. */
static int place_x(const struct matrix *m, const struct matrix_view *v, const struct columns *c, const struct place *p)
{
	static const int order[PLACES] = { [PLACE_DILATION] = 1, [PLACE_GROUPS] = 2 };

	if (p->kind == PLACE_BANK)
		return p->bank < v->left || p->bank >= v->left + c->shown ? -1 : c->r.x + LABEL + (p->bank - v->left) * c->cell + c->at;
	if (p->kind == PLACE_BANK_SIZE) {
		int x = heading_of(m, c, p->block).size_at;

		return x < c->r.w ? c->r.x + x : -1;
	}
	if (p->kind == PLACE_UNITS)
		return units_x(c) + 4;
	if (p->kind == PLACE_CONVS && c->groups)
		return units_x(c) + UNITS;
	for (int i = 0; i < c->groups; i++)
		if (shown_conv(m, v, c, p->block, p->op, i) == p->conv)
			return group_x(c, i) + 2 * c->numbered + order[p->kind] * (c->kernel + 1) + 2 * (p->axis < 0 ? 0 : p->axis);
	return -1;
}

/* ---- rows ---- */

/* Rows of the list: a heading a block, then its ops. op -1: the heading. */
static int list_row(const struct arch *a, int block, int op)
{
	int row = 0;

	for (int b = 0; b < block; b++)
		row += 1 + a->block[b].op_count;
	return row + 1 + op;
}

static int list_rows(const struct arch *a)
{
	return list_row(a, BLOCKS, -1);
}

/* ---- the cursor ---- */

/* All places of a row: the banks, then the fields; of a heading its own. */
enum { ROW_PLACES = BANKS_MAX + FIELDS_MAX };

static int row_places(const struct matrix *m, int block, int op, struct place list[ROW_PLACES])
{
	int banks = bank_columns(m);

	if (op < 0)
		return m->sizes && block_field(m->space, block, &list[0]);
	for (int k = 0; k < banks; k++)
		list[k] = (struct place){ .block = block, .op = op, .kind = PLACE_BANK, .bank = k, .conv = -1, .axis = -1 };
	return banks + op_fields(m->space, m->arch, block, op, list + banks);
}

/* How far a place is from another in the same row: the same field of another convolution is nearer than another field. */
static int distance(const struct place *a, const struct place *b)
{
	if (a->kind != b->kind)
		return a->kind == PLACE_BANK || b->kind == PLACE_BANK ? 10000 : 1000 * (a->kind > b->kind ? a->kind - b->kind : b->kind - a->kind);
	return 10 * (a->bank > b->bank ? a->bank - b->bank : b->bank - a->bank) + 10 * (a->conv != b->conv) + (a->axis != b->axis);
}

/* To the nearest place of an op that is there. */
static void settle(const struct matrix *m, struct matrix_view *v)
{
	struct place list[ROW_PLACES], want = v->at;
	int count, best = 0;

	if (want.block >= BLOCKS)
		want.block = BLOCKS - 1;
	if (want.op >= m->arch->block[want.block].op_count)
		want.op = m->arch->block[want.block].op_count - 1;
	if (want.op < 0 && row_places(m, want.block, -1, list)) {
		v->at = list[0];
		return;
	}
	if (want.kind == PLACE_BANK_SIZE) {
		int block = want.block, op = want.op;

		want = v->before;
		want.block = block;
		want.op = op;
	}
	if (want.op < 0)
		want.op = 0;
	count = row_places(m, want.block, want.op, list);
	for (int i = 1; i < count; i++)
		if (distance(&list[i], &want) < distance(&list[best], &want))
			best = i;
	v->at = v->before = list[best];
}

void matrix_go(const struct matrix *m, struct matrix_view *v, int block, int op)
{
	v->at.block = block;
	v->at.op = op;
	settle(m, v);
}

void matrix_move_rows(const struct matrix *m, struct matrix_view *v, int by)
{
	const struct arch_block *block = m->arch->block;
	struct place unused;
	int b = v->at.block, op = v->at.op, first = m->sizes && block_field(m->space, 0, &unused) ? -1 : 0;

	for (; by > 0; by--)
		if (op + 1 < block[b].op_count)
			op++;
		else if (b + 1 < BLOCKS) {
			b++;
			op = first;
		}
	for (; by < 0; by++)
		if (op > first)
			op--;
		else if (b > 0) {
			b--;
			op = block[b].op_count - 1;
		}
	matrix_go(m, v, b, op);
}

void matrix_move_columns(const struct matrix *m, struct matrix_view *v, int by)
{
	struct place list[ROW_PLACES];
	int count, at = 0;

	settle(m, v);
	count = row_places(m, v->at.block, v->at.op, list);
	while (at < count - 1 && distance(&list[at], &v->at) != 0)
		at++;
	at += by;
	v->at = list[at < 0 ? 0 : at >= count ? count - 1 : at];
	if (v->at.op >= 0)
		v->before = v->at;
}

/* The op, or heading, whose row is drawn at y; false where there is none. */
static bool op_at(const struct matrix *m, const struct matrix_view *v, struct rect r, int y, struct place *place)
{
	int row = v->top + y - r.y - 1;

	if (y <= r.y || y >= r.y + r.h)
		return false;
	for (place->block = 0; place->block < BLOCKS; place->block++)
		for (place->op = -1; place->op < m->arch->block[place->block].op_count; place->op++)
			if (list_row(m->arch, place->block, place->op) == row)
				return true;
	return false;
}

bool matrix_at(const struct matrix *m, const struct matrix_view *v, struct rect r, int y, int x, struct place *place)
{
	struct columns c = columns_fit(m, r);
	struct place list[ROW_PLACES], op;
	int count, nearest = r.w;

	if (x < r.x || x >= r.x + r.w || !op_at(m, v, r, y, &op))
		return false;
	count = row_places(m, op.block, op.op, list);
	for (int i = 0; i < count; i++) {
		int at = place_x(m, v, &c, &list[i]), away = at > x ? at - x : x - at;

		if (at >= 0 && away < nearest) {
			nearest = away;
			*place = list[i];
		}
	}
	return nearest < r.w;
}

/* ---- drawing ---- */

/* One row that is being drawn. */
struct row {
	const struct matrix *m;
	const struct matrix_view *v;
	const struct columns *c;
	int y, block, op;
	bool cursor;                     /* the cursor's op: its number is bright, more would cost bytes for every move */
};

static bool invalid(const struct matrix *m, const struct place *p)
{
	for (int i = 0; i < m->fault_count; i++)
		if (fault_is_at(&m->fault[i], p))
			return true;
	return false;
}

/* The number that an op has in the other architecture; -1: there is no such op. */
static int other_op(const struct matrix *m, int block, int op)
{
	int other = m->lineage ? m->lineage->op[block][op] : op;

	return other < m->other->block[block].op_count ? other : -1;
}

/* True where the other architecture has something else there. An op that it doesn't have differs as a whole: its number says so. */
static bool differs(const struct matrix *m, const struct place *place)
{
	struct place p = *place;
	int value = place_value(m->arch, place);

	if (m->other && p.kind == PLACE_BANK_SIZE)
		return place_value(m->other, &p) != value;
	if (!m->other || (p.op = other_op(m, p.block, p.op)) < 0)
		return false;
	if (p.kind == PLACE_BANK && m->lineage && (p.bank = m->lineage->bank[p.block][p.bank]) < 0)
		return value != CELL_EXISTS;
	if (p.kind >= PLACE_KERNEL && !(m->other->block[p.block].op[p.op].active & 1 << p.conv))
		return true;
	return place_value(m->other, &p) != value;
}

/* One value at x; its mark stands `before` columns before it, 0: nowhere. What is wrong comes before what is different. Returns the columns it took. */
static int draw_value(const struct row *row, const struct place *p, int x, int before, enum role role, const char *text)
{
	bool wrong = invalid(row->m, p), other = !wrong && differs(row->m, p);
	int room = row->c->r.x + row->c->r.w - x, blanks = (int)strspn(text, " ");

	if (wrong || other) {
		role = wrong ? ROLE_BANK_INVALID : ROLE_BANK_CHANGED;
		if (before)
			put(row->y, x + blanks - before, room, role, wrong ? "!" : "*");
	}
	if (row->cursor && row->m->focused && distance(p, &row->v->at) == 0)
		role = ROLE_BANK_CURSOR;
	return blanks + put(row->y, x + blanks, room - blanks, role, text + blanks);
}

static enum role cell_role(enum arch_cell cell)
{
	switch (cell) {
	case CELL_READ:
		return ROLE_BANK_READ;
	case CELL_WRITE:
		return ROLE_BANK_WRITE;
	case CELL_BOTH:
		return ROLE_BANK_BOTH;
	default:
		return ROLE_BANK_EXISTS;
	}
}

/* "---" where the loss falls most. */
static void draw_level(const struct row *row, int bank, int x)
{
	int level = row->m->level(row->m->context, row->block, row->op, bank), signs = level < 0 ? -level : level;

	if (level == MATRIX_NO_LEVEL)
		return;
	if (level == 0)
		put(row->y, x, 1, ROLE_GRADIENT_4, "0");
	for (int i = 0; i < signs; i++)
		put(row->y, x + i, 1, (enum role)(ROLE_GRADIENT_4 + level), level < 0 ? "-" : "+");
}

static void draw_cell(const struct row *row, int column)
{
	const struct matrix *m = row->m;
	struct place p = { .block = row->block, .op = row->op, .kind = PLACE_BANK, .bank = row->v->left + column, .conv = -1, .axis = -1 };
	enum arch_cell cell = arch_cell(m->space, m->arch, row->block, row->op, p.bank);
	bool here = row->cursor && m->focused && distance(&p, &row->v->at) == 0;
	int x = row->c->r.x + LABEL + column * row->c->cell + row->c->at;
	char text[2] = { (char)cell };

	if (m->level)
		draw_level(row, p.bank, x + 1);
	if (here && cell == CELL_BLANK)
		put(row->y, x, 1, ROLE_BANK_CURSOR, " ");
	else if (cell != CELL_BLANK || m->other)
		draw_value(row, &p, x, 1, m->plain && !row->cursor ? ROLE_TEXT : cell_role(cell), cell == CELL_BLANK ? "" : text);
}

/* "3x5", an axis after the other; the mark of a later one takes the place of the 'x'. */
static void draw_sides(const struct row *row, struct place p, enum place_kind kind, int x)
{
	bool square = row->m->space->arrangement == 1;

	p.kind = kind;
	for (int a = 0; a < row->m->arch->axes; a++) {
		char text[8];

		p.axis = square ? -1 : a;
		snprintf(text, sizeof text, "%d", place_value(row->m->arch, &(struct place){ p.block, p.op, kind, -1, p.conv, a }));
		if (a > 0)
			x += put(row->y, x, row->c->r.x + row->c->r.w - x,
			         square && row->cursor && row->m->focused && distance(&p, &row->v->at) == 0 ? ROLE_BANK_CURSOR : ROLE_TEXT, "x");
		x += draw_value(row, &p, x, a == 0 ? kind == PLACE_KERNEL ? 1 : 2 : !square, ROLE_TEXT, text);
	}
}

static void draw_conv(const struct row *row, int group)
{
	const struct columns *c = row->c;
	int x = group_x(c, group), conv = shown_conv(row->m, row->v, c, row->block, row->op, group);
	struct place p = { .block = row->block, .op = row->op, .kind = PLACE_GROUPS, .bank = -1, .conv = conv, .axis = -1 };
	char text[8];

	if (conv < 0)
		return;
	if (c->numbered)
		putf(row->y, x, c->r.x + c->r.w - x, ROLE_DIM, "%d:", conv + 1);
	x += 2 * c->numbered;
	draw_sides(row, p, PLACE_KERNEL, x);
	put(row->y, x + c->kernel, c->r.x + c->r.w - x - c->kernel, ROLE_TEXT, "d");
	draw_sides(row, p, PLACE_DILATION, x + c->kernel + 1);
	put(row->y, x + 2 * c->kernel + 1, c->r.x + c->r.w - x - 2 * c->kernel - 1, ROLE_TEXT, "g");
	snprintf(text, sizeof text, "%d", row->m->arch->block[row->block].op[row->op].conv[conv].groups);
	draw_value(row, &p, x + 2 * c->kernel + 2, 2, ROLE_TEXT, text);
}

static void draw_convs(const struct row *row, int x)
{
	const struct arch_op *op = &row->m->arch->block[row->block].op[row->op];
	struct place p = { .block = row->block, .op = row->op, .kind = PLACE_CONVS, .bank = -1, .conv = -1, .axis = -1 };
	char text[CONVS + 1], *end = text;

	for (int i = 0; i < CONVS; i++)
		if (op->active >> i & 1)
			*end++ = (char)('1' + i);
	*end = 0;
	draw_value(row, &p, x, 1, ROLE_TEXT, text);
}

static void draw_op(const struct row *row)
{
	const struct matrix *m = row->m;
	const struct columns *c = row->c;
	const struct arch_op *o = &m->arch->block[row->block].op[row->op];
	struct place units = { .block = row->block, .op = row->op, .kind = PLACE_UNITS, .bank = -1, .conv = -1, .axis = -1 };
	bool wrong = false;
	char text[16];

	for (int i = 0; i < m->fault_count; i++)
		wrong |= m->fault[i].block == row->block && m->fault[i].op == row->op;
	putf(row->y, c->r.x, LABEL, row->cursor ? ROLE_SELECTION_UNFOCUSED : ROLE_TEXT, "%c%2d", row->cursor ? '>' : ' ', row->op + 1);
	if (wrong)
		put(row->y, c->r.x + 3, 1, ROLE_BANK_INVALID, "!");
	else if (m->other && other_op(m, row->block, row->op) < 0)
		put(row->y, c->r.x + 3, 1, ROLE_BANK_CHANGED, "*");
	for (int b = 0; b < c->shown; b++)
		draw_cell(row, b);
	snprintf(text, sizeof text, "%5d", o->units);
	draw_value(row, &units, units_x(c), 1, ROLE_TEXT, text);
	if (!c->groups)
		return;
	draw_convs(row, units_x(c) + UNITS);
	for (int i = 0; i < c->groups; i++)
		draw_conv(row, i);
	if (c->costs) {
		struct arch_cost cost = arch_op_cost(m->space, m->arch, m->input, row->block, row->op);

		putf(row->y, group_x(c, c->groups), COSTS, ROLE_TEXT, "%8s%8s", text_fixed((double)cost.macs / 1e6, 2),
		     text_short_count((double)(cost.free + cost.generated)));
	}
}

static void draw_block(const struct row *row)
{
	const struct columns *c = row->c;
	struct heading h = heading_of(row->m, c, row->block);
	struct place size;

	block_field(row->m->space, row->block, &size);
	put(row->y, c->r.x, c->r.w, ROLE_TITLE, h.name);
	put(row->y, c->r.x + h.counts_at, c->r.w - h.counts_at, ROLE_DIM, h.counts);
	if (row->cursor)
		put(row->y, c->r.x, 1, ROLE_SELECTION_UNFOCUSED, ">");
	if (h.size_at < c->r.w)
		draw_value(row, &size, c->r.x + h.size_at, 1, ROLE_DIM, h.size);
}

static void draw_header(const struct matrix_view *v, const struct columns *c)
{
	int x = units_x(c) - 1;

	put(c->r.y, c->r.x, LABEL, ROLE_DIM, " op ");
	if (v->left > 0)
		put(c->r.y, c->r.x + 3, 1, ROLE_WARNING, "<");
	for (int b = 0; b < c->shown; b++) {
		int bank = v->left + b;

		putf(c->r.y, c->r.x + LABEL + b * c->cell, c->cell, ROLE_DIM, "%*d", c->at + 1, c->cell > 2 ? bank : bank % 10);
	}
	if (v->left + c->shown < c->banks)
		put(c->r.y, x, 1, ROLE_WARNING, ">");
	put(c->r.y, x + 1, c->r.x + c->r.w - x - 1, ROLE_DIM, c->groups ? "units conv" : "units");
	for (int i = 0; i < c->groups; i++)
		putf(c->r.y, group_x(c, i), c->r.x + c->r.w - group_x(c, i), ROLE_DIM, "%-*s%-*sg", c->kernel + 2 * c->numbered, "k",
		     c->kernel + 1, "dil");
	if (c->costs)
		put(c->r.y, group_x(c, c->groups), c->r.x + c->r.w - group_x(c, c->groups), ROLE_DIM, "    MMAC  params");
}

static int within(int at, int low, int high)
{
	return at > high ? high : at < low ? low : at;
}

/* The cursor's op with the heading of its block where that is the row before, its bank, and no empty rows at the end. */
static void scroll(const struct matrix *m, struct matrix_view *v, const struct columns *c, int rows)
{
	int cursor = list_row(m->arch, v->at.block, v->at.op), total = list_rows(m->arch);

	if (cursor < v->top + 1)
		v->top = cursor - (v->at.op == 0 || rows > 2 ? 1 : 0);
	if (cursor >= v->top + rows)
		v->top = cursor - rows + 1;
	v->top = within(v->top, 0, total > rows ? total - rows : 0);
	if (v->at.kind == PLACE_BANK && c->shown > 0)
		v->left = within(v->left, v->at.bank - c->shown + 1, v->at.bank);
	v->left = within(v->left, 0, c->banks - c->shown);
}

void matrix_draw(const struct matrix *m, struct matrix_view *v, struct rect r)
{
	struct columns c = columns_fit(m, r);
	int rows = r.h - 1, at = 0;

	v->cursor_y = r.y;
	v->cursor_x = r.x;
	settle(m, v);
	if (r.w < WIDTH_LEAST)
		return;
	scroll(m, v, &c, rows);
	draw_header(v, &c);
	for (int b = 0; b < BLOCKS; b++)
		for (int op = -1; op < m->arch->block[b].op_count; op++, at++) {
			bool cursor = b == v->at.block && op == v->at.op;
			struct row row = { m, v, &c, r.y + 1 + at - v->top, b, op, cursor };

			if (at < v->top || at >= v->top + rows)
				continue;
			if (op < 0)
				draw_block(&row);
			else
				draw_op(&row);
		}
	v->cursor_y = r.y + 1 + list_row(m->arch, v->at.block, v->at.op) - v->top;
	v->cursor_x = place_x(m, v, &c, &v->at);
	if (v->cursor_x < 0)
		v->cursor_x = r.x;
}
