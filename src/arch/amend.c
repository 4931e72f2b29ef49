/* amend.c -- changes by hand. Each kind has one function that makes it and one that says it; a place has one that reads it and one that
 * sets it. */
#include "src/arch/amend.h"

#include <stdio.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/arch/text.h"
#include "src/base/err.h"
#include "src/base/hash.h"

static bool several_convs(const struct space *space)
{
	return space->arrangement > 1;
}

/* ---- places ---- */

static int add_sides(struct place *list, int n, struct place p, enum place_kind kind, const struct space *space, int axes)
{
	p.kind = kind;
	for (p.axis = several_convs(space) ? 0 : -1; p.axis < (several_convs(space) ? axes : 0); p.axis++)
		list[n++] = p;
	return n;
}

int op_fields(const struct space *space, const struct arch *arch, int block, int op, struct place list[FIELDS_MAX])
{
	struct place p = { .block = block, .op = op, .kind = PLACE_UNITS, .bank = -1, .conv = -1, .axis = -1 };
	int n = 0;

	list[n++] = p;
	if (several_convs(space)) {
		p.kind = PLACE_CONVS;
		list[n++] = p;
	}
	for (p.conv = 0; p.conv < CONVS; p.conv++) {
		if (!(arch->block[block].op[op].active & 1 << p.conv))
			continue;
		n = add_sides(list, n, p, PLACE_KERNEL, space, arch->axes);
		n = add_sides(list, n, p, PLACE_DILATION, space, arch->axes);
		p.kind = PLACE_GROUPS;
		list[n++] = p;
	}
	return n;
}

bool block_field(const struct space *space, int block, struct place *p)
{
	*p = (struct place){ .block = block, .op = -1, .kind = PLACE_BANK_SIZE, .bank = -1, .conv = -1, .axis = -1 };
	return space->bank_size_max > space->bank_unit;
}

void place_text(const struct arch *arch, const struct place *p, char *text, size_t size)
{
	static const char *const part[PLACES] = { [PLACE_KERNEL] = "kernel", [PLACE_DILATION] = "dilation", [PLACE_GROUPS] = "groups" };
	char axis[4] = "";

	if (p->kind == PLACE_BANK)
		snprintf(text, size, "bank %d", p->bank);
	else if (!part[p->kind])
		snprintf(text, size, "%s", p->kind == PLACE_BANK_SIZE ? "bank size" : p->kind == PLACE_UNITS ? "units" : "convs");
	else {
		if (p->axis >= 0 && p->kind != PLACE_GROUPS)
			snprintf(axis, sizeof(axis), " %c", (arch->axes == 3 ? "dhw" : "hw")[p->axis]);
		snprintf(text, size, "conv %d %s%s", p->conv + 1, part[p->kind], axis);
	}
}

void place_full_text(const struct arch *arch, const struct place *p, char *text, size_t size)
{
	char place[32], op[16] = "";

	place_text(arch, p, place, sizeof(place));
	if (p->op >= 0)
		snprintf(op, sizeof(op), "op %d ", p->op + 1);
	snprintf(text, size, "block %d %s%s", p->block + 1, op, place);
}

static enum arch_cell op_cell(const struct arch_op *op, int bank)
{
	static const enum arch_cell cells[4] = { CELL_EXISTS, CELL_READ, CELL_WRITE, CELL_BOTH };

	return cells[(op->reads >> bank & 1) | (op->writes >> bank & 1) << 1];
}

static void set_cell(struct arch_op *op, int bank, int cell)
{
	bool reads = cell == CELL_READ || cell == CELL_BOTH, writes = cell == CELL_WRITE || cell == CELL_BOTH;

	op->reads = (op->reads & ~bit(bank)) | (reads ? bit(bank) : 0);
	op->writes = (op->writes & ~bit(bank)) | (writes ? bit(bank) : 0);
}

static void set_sides(uint8_t sides[ARCH_AXES], int axes, int axis, int value)
{
	for (int a = 0; a < axes; a++)
		if (axis < 0 || a == axis)
			sides[a] = (uint8_t)value;
}

static void set_active(struct arch_op *op, int axes, int value)
{
	for (int c = 0; c < CONVS; c++) {
		struct arch_conv *conv = &op->conv[c];

		if (!(value & 1 << c)) {
			*conv = (struct arch_conv){ 0 };
		} else if (!(op->active & 1 << c)) {
			*conv = (struct arch_conv){ .groups = 1 };
			set_sides(conv->kernel, axes, -1, 3);
			set_sides(conv->dilation, axes, -1, 1);
		}
	}
	op->active = (uint8_t)value;
}

int place_value(const struct arch *arch, const struct place *p)
{
	const struct arch_op *op = &arch->block[p->block].op[p->op < 0 ? 0 : p->op];
	int axis = p->axis < 0 ? 0 : p->axis;

	switch (p->kind) {
	case PLACE_BANK:      return op_cell(op, p->bank);
	case PLACE_BANK_SIZE: return arch->block[p->block].bank_size;
	case PLACE_UNITS:     return op->units;
	case PLACE_CONVS:     return op->active;
	case PLACE_KERNEL:    return op->conv[p->conv].kernel[axis];
	case PLACE_DILATION:  return op->conv[p->conv].dilation[axis];
	case PLACE_GROUPS:    return op->conv[p->conv].groups;
	case PLACES:          break;
	}
	return 0;
}

/* The banks of another size that hold a bank's channels; the block's input and what follows it are counted each from its own first channel. */
static uint64_t spread(int bank, int old_input, int new_input, int old_size, int new_size)
{
	int begin = bank < old_input ? 0 : new_input, end = bank < old_input ? new_input : BANKS_MAX, from = (bank < old_input ? bank : bank - old_input) * old_size;
	int first = begin + from / new_size, last = begin + (from + old_size - 1) / new_size;

	end = end > 0 ? end - 1 : 0;             /* what has no room is the last one's, which the rules then speak of */
	return bits_below((last > end ? end : last) + 1) & ~bits_below(first > end ? end : first);
}

static uint64_t spread_all(uint64_t banks, const uint64_t to[BANKS_MAX])
{
	uint64_t out = 0;

	for (; banks; banks &= banks - 1)
		out |= to[bits_first(banks)];
	return out;
}

/* The multiple of a bank's size that is nearest, as far as the banks that are written cover it. */
static int nearest_units(int units, int size, int most)
{
	units = (units + size / 2) / size * size;
	if (units > most)
		units = most / size * size;
	return units < size ? size : units;
}

static void set_bank_size(const struct space *space, struct arch *arch, int number, int size, int8_t lineage[BANKS_MAX])
{
	struct arch_block *block = &arch->block[number];
	int old_size = block->bank_size, old_input = block_input_banks(space, arch, number), new_input;
	uint64_t to[BANKS_MAX];
	int8_t was[BANKS_MAX];

	block->bank_size = (int16_t)size;
	new_input = block_input_banks(space, arch, number);
	memcpy(was, lineage, sizeof(was));
	memset(lineage, -1, sizeof(was));
	for (int k = BANKS_MAX - 1; k >= 0; k--) {
		to[k] = spread(k, old_input, new_input, old_size, size);
		for (uint64_t banks = to[k]; banks; banks &= banks - 1)
			lineage[bits_first(banks)] = was[k];
	}
	for (int i = 0; i < block->op_count; i++) {
		struct arch_op *op = &block->op[i];
		int most;

		op->reads = spread_all(op->reads, to);
		op->writes = spread_all(op->writes, to);
		most = bits_count(op->writes) * size;
		op->units = (int16_t)nearest_units(op->units, size, most < space->units_max ? most : space->units_max);
	}
}

static void set_place(const struct space *space, struct arch *arch, const struct place *p, int value, struct lineage *lineage)
{
	struct arch_op *op = &arch->block[p->block].op[p->op < 0 ? 0 : p->op];

	switch (p->kind) {
	case PLACE_BANK:      set_cell(op, p->bank, value); break;
	case PLACE_BANK_SIZE: set_bank_size(space, arch, p->block, value, lineage->bank[p->block]); break;
	case PLACE_UNITS:     op->units = (int16_t)value; break;
	case PLACE_CONVS:     set_active(op, arch->axes, value); break;
	case PLACE_KERNEL:    set_sides(op->conv[p->conv].kernel, arch->axes, p->axis, value); break;
	case PLACE_DILATION:  set_sides(op->conv[p->conv].dilation, arch->axes, p->axis, value); break;
	case PLACE_GROUPS:    op->conv[p->conv].groups = (uint8_t)value; break;
	case PLACES:          break;
	}
}

void value_text(const struct place *p, int value, char *text, size_t size)
{
	char list[2 * CONVS + 1] = "", *end = list;

	if (p->kind == PLACE_BANK)
		snprintf(text, size, "%c", value);
	else if (p->kind != PLACE_CONVS)
		snprintf(text, size, "%d", value);
	else {
		for (int c = 0; c < CONVS; c++)
			if (value & 1 << c) {
				if (end > list)
					*end++ = ' ';
				*end++ = (char)('1' + c);
			}
		*end = '\0';
		snprintf(text, size, "%s", list);
	}
}

/* ---- values ---- */

/* Of each kind in its order; returns how many. */
static int candidates(const struct space *space, const struct arch *arch, const struct place *p, int list[VALUES_MAX])
{
	static const int cells[] = { CELL_EXISTS, CELL_READ, CELL_WRITE, CELL_BOTH };
	int n = 0, size = arch->block[p->block].bank_size;

	switch (p->kind) {
	case PLACE_BANK:
		for (; n < 4; n++)
			list[n] = cells[n];
		break;
	case PLACE_BANK_SIZE:
		for (int s = space->bank_unit; s <= space->bank_size_max && n < VALUES_MAX; s += space->bank_unit)
			list[n++] = s;
		break;
	case PLACE_UNITS:
		for (int u = size; size > 0 && u <= space->units_max && n < VALUES_MAX; u += size)
			list[n++] = u;
		break;
	case PLACE_CONVS:
		for (; n < ACTIVE_SETS; n++)
			list[n] = arch_active_sets[n];
		break;
	case PLACE_KERNEL:
		for (int k = 3; k <= space->kernel_max && n < VALUES_MAX; k += 2)
			list[n++] = k;
		break;
	case PLACE_DILATION:
		for (int d = 1; d <= space->dilation_max && n < VALUES_MAX; d++)
			list[n++] = d;
		break;
	case PLACE_GROUPS:
		for (int g = 1; g <= (space->groups_vary ? space->bank_unit : 1) && n < VALUES_MAX; g++)
			if (space->bank_unit % g == 0)
				list[n++] = g;
		break;
	case PLACES:
		break;
	}
	return n;
}

bool fault_is_at(const struct arch_fault *fault, const struct place *p)
{
	char field[32];

	if (fault->block != p->block || fault->op != p->op)
		return false;
	switch (p->kind) {
	case PLACE_BANK:
		return fault->banks & bit(p->bank);
	case PLACE_BANK_SIZE:
		return !strcmp(fault->field, "bank size");
	case PLACE_UNITS:
		return !strcmp(fault->field, "units");
	case PLACE_CONVS:
		return !strcmp(fault->field, "convs");
	default:
		snprintf(field, sizeof(field), "conv %d %s", p->conv + 1,
			p->kind == PLACE_KERNEL ? "kernel" : p->kind == PLACE_DILATION ? "dilation" : "groups");
		return !strcmp(fault->field, field) && (fault->axis < 0 || p->axis < 0 || fault->axis == p->axis);
	}
}

enum { FAULTS_MAX = 32 };

/* Faults that are about the same, whatever the numbers in their sentences. */
static uint32_t fault_key(const struct arch_fault *f)
{
	uint64_t key = hash_number(hash_text(f->field), (uint32_t)(f->block + 1) << 16 | (uint32_t)(f->op + 1) << 8 | (uint32_t)(f->axis + 1));

	return (uint32_t)(hash_mixed(hash_number(key, f->banks)) >> 32);
}

/* The faults of each candidate. */
struct broken {
	uint32_t key[VALUES_MAX][FAULTS_MAX];
	int count[VALUES_MAX];
};

static int faults_with(const struct space *space, const struct arch *arch, const struct place *p, int value, struct arch_fault list[FAULTS_MAX])
{
	struct arch changed = *arch;
	struct lineage unseen;
	int count;

	lineage_begin(&unseen);
	set_place(space, &changed, p, value, &unseen);
	count = arch_faults(space, &changed, list, FAULTS_MAX);
	return count < FAULTS_MAX ? count : FAULTS_MAX;
}

/* A fault that every value has comes from somewhere else. */
static bool in_all(const struct broken *b, int values, uint32_t key)
{
	for (int i = 0; i < values; i++) {
		bool there = false;

		for (int k = 0; k < b->count[i] && !there; k++)
			there = b->key[i][k] == key;
		if (!there)
			return false;
	}
	return true;
}

int place_values(const struct space *space, const struct arch *arch, const struct place *p, struct value list[VALUES_MAX])
{
	struct arch_fault faults[FAULTS_MAX];
	struct broken broken;
	int candidate[VALUES_MAX], count = candidates(space, arch, p, candidate);

	for (int i = 0; i < count; i++) {
		broken.count[i] = faults_with(space, arch, p, candidate[i], faults);
		for (int k = 0; k < broken.count[i]; k++)
			broken.key[i][k] = fault_key(&faults[k]);
	}
	for (int i = 0; i < count; i++) {
		int many = broken.count[i] ? faults_with(space, arch, p, candidate[i], faults) : 0;

		list[i] = (struct value){ .value = candidate[i], .valid = true };
		for (int k = 0; k < many && list[i].valid; k++)
			if (fault_is_at(&faults[k], p) || !in_all(&broken, count, broken.key[i][k])) {
				list[i].valid = false;
				list[i].fault = faults[k];
			}
	}
	return count;
}

/* ---- banks of a block whose ops come and go ---- */

static uint64_t permute(uint64_t mask, const int to[BANKS_MAX])
{
	uint64_t out = 0;

	for (int k = 0; k < BANKS_MAX; k++)
		if (mask >> k & 1)
			out |= bit(to[k]);
	return out;
}

static uint64_t banks_written(const struct arch_block *block)
{
	uint64_t mask = 0;

	for (int i = 0; i < block->op_count; i++)
		mask |= block->op[i].writes;
	return mask;
}

static uint64_t banks_named(const struct arch_block *block, int input_banks)
{
	uint64_t mask = bits_below(input_banks);

	for (int i = 0; i < block->op_count; i++)
		mask |= block->op[i].reads | block->op[i].writes;
	return mask;
}

/* Numbers the banks anew in the order in which they are written; one that is read and never written keeps its number where it can. */
static void number_banks(struct arch_block *block, int input_banks, int8_t lineage[BANKS_MAX])
{
	uint64_t named = banks_named(block, input_banks), all = named, taken;
	int to[BANKS_MAX] = { 0 }, next = 0;
	int8_t before[BANKS_MAX];

	for (; next < input_banks && next < BANKS_MAX; next++)
		to[next] = next;
	taken = bits_below(next);
	for (int i = 0; i < block->op_count; i++)
		for (int k = 0; k < BANKS_MAX; k++)
			if (block->op[i].writes & ~taken & bit(k)) {
				taken |= bit(k);
				to[k] = next++;
			}
	named &= ~taken;                         /* these are never written */
	taken = bits_below(next) | named;
	for (int k = 0; k < BANKS_MAX; k++) {
		if (!(named & bit(k)))
			continue;
		to[k] = k >= next ? k : bits_first(~taken);
		taken |= bit(to[k]);
	}
	for (int i = 0; i < block->op_count; i++) {
		block->op[i].reads = permute(block->op[i].reads, to);
		block->op[i].writes = permute(block->op[i].writes, to);
	}
	memcpy(before, lineage, sizeof(before));
	memset(lineage, -1, sizeof(before));
	for (int k = 0; k < BANKS_MAX; k++)
		if (all & bit(k))
			lineage[to[k]] = before[k];
}

/* ---- the kinds ---- */

void lineage_begin(struct lineage *lineage)
{
	for (int b = 0; b < BLOCKS; b++) {
		for (int i = 0; i < OPS_MAX; i++)
			lineage->op[b][i] = (int8_t)i;
		for (int k = 0; k < BANKS_MAX; k++)
			lineage->bank[b][k] = (int8_t)k;
	}
}

static int make_set(const struct space *space, struct arch *arch, const struct amend *a, struct lineage *lineage)
{
	set_place(space, arch, &a->place, a->value, lineage);
	return 0;
}

/* The banks that the new op is the first to write get numbers that nobody has, until all are numbered anew. */
static int make_add(const struct space *space, struct arch *arch, const struct amend *a, struct lineage *lineage)
{
	struct arch_block *block = &arch->block[a->place.block];
	int8_t *was = lineage->op[a->place.block];
	int at = a->place.op, input_banks = block_input_banks(space, arch, a->place.block), to[BANKS_MAX];
	uint64_t taken = banks_named(block, input_banks) | ((a->copy.op.reads | a->copy.op.writes) & ~a->copy.fresh);

	if (block->op_count == OPS_MAX)
		return err_set("block %d has %d ops; more are not possible", a->place.block + 1, OPS_MAX);
	if (bits_count(taken) + bits_count(a->copy.fresh) > BANKS_MAX)
		return err_set("block %d would have more than %d banks", a->place.block + 1, BANKS_MAX);
	for (int k = 0; k < BANKS_MAX; k++) {
		to[k] = k;
		if (!(a->copy.fresh >> k & 1))
			continue;
		to[k] = bits_first(~taken);
		taken |= bit(to[k]);
		lineage->bank[a->place.block][to[k]] = -1;
	}
	memmove(&block->op[at + 1], &block->op[at], (size_t)(block->op_count - at) * sizeof(block->op[0]));
	memmove(&was[at + 1], &was[at], (size_t)(block->op_count - at));
	was[at] = -1;
	block->op[at] = a->copy.op;
	block->op[at].reads = permute(a->copy.op.reads, to);
	block->op[at].writes = permute(a->copy.op.writes, to);
	block->op_count++;
	number_banks(block, input_banks, lineage->bank[a->place.block]);
	return 0;
}

static int make_delete(const struct space *space, struct arch *arch, const struct amend *a, struct lineage *lineage)
{
	struct arch_block *block = &arch->block[a->place.block];
	int at = a->place.op, input_banks = block_input_banks(space, arch, a->place.block);
	uint64_t gone = block->op[at].writes & ~bits_below(input_banks);

	if (block->op_count == 1)
		return err_set("block %d keeps at least one op: add another one first", a->place.block + 1);
	block->op_count--;
	memmove(&block->op[at], &block->op[at + 1], (size_t)(block->op_count - at) * sizeof(block->op[0]));
	memset(&block->op[block->op_count], 0, sizeof(block->op[0]));
	memmove(&lineage->op[a->place.block][at], &lineage->op[a->place.block][at + 1], (size_t)(block->op_count - at));
	gone &= ~banks_written(block);
	for (int i = 0; i < block->op_count; i++)
		block->op[i].reads &= ~gone;
	number_banks(block, input_banks, lineage->bank[a->place.block]);
	return 0;
}

static int make_move(const struct space *space, struct arch *arch, const struct amend *a, struct lineage *lineage)
{
	struct arch_block *block = &arch->block[a->place.block];
	int from = a->place.op, to = from + a->value;
	struct arch_op op = block->op[from];
	int8_t *was = lineage->op[a->place.block], one = was[from];

	if (to < 0 || to >= block->op_count)
		return err_set("op %d is the %s of block %d: ops move within their block", from + 1, to < 0 ? "first" : "last",
			a->place.block + 1);
	block->op[from] = block->op[to];
	block->op[to] = op;
	was[from] = was[to];
	was[to] = one;
	number_banks(block, block_input_banks(space, arch, a->place.block), lineage->bank[a->place.block]);
	return 0;
}

static int (*const kinds[AMENDS])(const struct space *, struct arch *, const struct amend *, struct lineage *) = {
	[AMEND_SET] = make_set, [AMEND_ADD] = make_add, [AMEND_DELETE] = make_delete, [AMEND_MOVE] = make_move,
};

/* More banks than a mask has bits would come of a size that is no multiple of N. */
static int check_bank_size(const struct space *space, const struct amend *a)
{
	if (a->place.op != -1)
		return err_set("the bank size is its block's: no op is named");
	if (a->value < 1 || a->value > INT16_MAX || a->value % space->bank_unit)
		return err_set("%d is no positive multiple of the bank unit N = %d", a->value, space->bank_unit);
	return 0;
}

/* From a file it may name anything. */
static int check_place(const struct space *space, const struct arch *arch, const struct amend *a)
{
	const struct place *p = &a->place;
	const struct arch_op *op;

	if (p->block < 0 || p->block >= BLOCKS)
		return err_set("there is no block %d; there are 1 to %d", p->block + 1, BLOCKS);
	if (a->kind == AMEND_SET && p->kind == PLACE_BANK_SIZE)
		return check_bank_size(space, a);
	if (p->op < 0 || p->op >= arch->block[p->block].op_count + (a->kind == AMEND_ADD))
		return err_set("block %d has no op %d; it has %d", p->block + 1, p->op + 1, arch->block[p->block].op_count);
	if (a->kind == AMEND_MOVE && a->value != 1 && a->value != -1)
		return err_set("an op moves by one place");
	if (a->kind != AMEND_SET)
		return 0;
	op = &arch->block[p->block].op[p->op];
	if (p->kind == PLACE_BANK && (p->bank < 0 || p->bank >= BANKS_MAX))
		return err_set("there is no bank %d", p->bank);
	if (p->kind == PLACE_BANK)
		return a->value && strchr(".rwb", a->value) ? 0 : err_set("a cell is one of . r w b");
	if (p->kind == PLACE_CONVS)
		return a->value >= 1 && a->value < 1 << CONVS ? 0 : err_set("there are convolutions 1 to %d, and an op has at least one", CONVS);
	if (a->value < 1)
		return err_set("%d is less than 1", a->value);
	if (p->kind == PLACE_UNITS)
		return a->value <= INT16_MAX ? 0 : err_set("%d is more than %d", a->value, INT16_MAX);
	if (p->conv < 0 || p->conv >= CONVS || !(op->active & 1 << p->conv) || p->axis < -1 || p->axis >= arch->axes)
		return err_set("block %d op %d has no active conv %d", p->block + 1, p->op + 1, p->conv + 1);
	return a->value <= UINT8_MAX ? 0 : err_set("%d is more than %d", a->value, UINT8_MAX);
}

int arch_amend(const struct space *space, struct arch *arch, const struct amend *a, struct lineage *lineage)
{
	struct lineage unseen;

	if (check_place(space, arch, a) < 0)
		return -1;
	if (!lineage)
		lineage_begin(&unseen);
	return kinds[a->kind](space, arch, a, lineage ? lineage : &unseen);
}

/* ---- saying them ---- */

static void set_text(const struct arch *arch, const struct amend *a, char *text, size_t size)
{
	char place[64], from[16], to[16];

	place_full_text(arch, &a->place, place, sizeof(place));
	value_text(&a->place, place_value(arch, &a->place), from, sizeof(from));
	value_text(&a->place, a->value, to, sizeof(to));
	snprintf(text, size, "%s: %s to %s", place, from, to);
}

/* A bank that goes with its op has taken reads along: that is said. */
static void delete_text(const struct space *space, const struct arch *arch, const struct amend *a, char *text, size_t size)
{
	struct arch without = *arch;
	struct lineage unseen;
	int banks = 0, reads = 0, block = a->place.block;

	lineage_begin(&unseen);
	if (make_delete(space, &without, a, &unseen) == 0) {
		banks = bits_count(banks_written(&arch->block[block]) & ~bits_below(block_input_banks(space, arch, block))) -
			bits_count(banks_written(&without.block[block]) & ~bits_below(block_input_banks(space, arch, block)));
		for (int i = 0; i < without.block[block].op_count; i++)
			reads += bits_count(arch->block[block].op[i + (i >= a->place.op)].reads) - bits_count(without.block[block].op[i].reads);
	}
	if (banks)
		snprintf(text, size, "deleted, with %d bank%s and %d read%s", banks, banks == 1 ? "" : "s", reads, reads == 1 ? "" : "s");
	else
		snprintf(text, size, "deleted");
}

void amend_text(const struct space *space, const struct arch *arch, const struct amend *a, char *text, size_t size)
{
	char what[96] = "";

	switch (a->kind) {
	case AMEND_SET:    set_text(arch, a, text, size); return;
	case AMEND_ADD:    snprintf(what, sizeof(what), "added"); break;
	case AMEND_DELETE: delete_text(space, arch, a, what, sizeof(what)); break;
	case AMEND_MOVE:   snprintf(what, sizeof(what), "moved %s op %d", a->value > 0 ? "below" : "above", a->place.op + a->value + 1); break;
	case AMENDS:       break;
	}
	snprintf(text, size, "block %d op %d %s", a->place.block + 1, a->place.op + 1, what);
}

/* ---- ops to add ---- */

struct op_copy copy_op(const struct space *space, const struct arch *arch, int block, int op)
{
	const struct arch_op *o = &arch->block[block].op[op];

	return (struct op_copy){ *o, o->writes & ~bits_below(block_banks(space, arch, block, op)) };
}

struct op_copy plain_op(const struct space *space, const struct arch *arch, int block, int beside, int at)
{
	struct op_copy copy = { 0 };
	struct arch_op *op = &copy.op;

	op->reads = arch->block[block].op[beside].reads & bits_below(block_banks(space, arch, block, at));
	if (!op->reads)
		op->reads = bits_below(space_read_step(space, arch->block[block].bank_size));
	op->writes = op->reads & -op->reads;
	op->units = arch->block[block].bank_size;
	set_active(op, arch->axes, arch_active_sets[0]);
	return copy;
}
