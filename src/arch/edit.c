/* edit.c -- single edits: each kind has one function that proposes them for an op, one that makes them and one that says them. What
 * is proposed only has to be plausible: the validator decides. */
#include "src/arch/edit.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"

const char *const edit_kind_names[EDIT_KINDS] = {
	[EDIT_TOGGLE_READ] = "read", [EDIT_SWAP_READ] = "swap", [EDIT_TOGGLE_WRITE] = "write", [EDIT_UNITS] = "units",
	[EDIT_KERNEL] = "kernel", [EDIT_DILATION] = "dilation", [EDIT_GROUPS] = "groups", [EDIT_ACTIVE] = "active",
	[EDIT_ADD_OP] = "add", [EDIT_DELETE_OP] = "delete",
};

static int banks_most(const struct space *space, const struct arch *arch, int block)
{
	return space->block_channels[block] / arch->block[block].bank_size;
}

/* ---- making one ---- */

static void toggle_read(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	(void)space;
	arch->block[e->block].op[e->op].reads ^= bit(e->bank);
}

static void swap_read(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	(void)space;
	arch->block[e->block].op[e->op].reads ^= bit(e->bank) | bit(e->value);
}

static void toggle_write(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	(void)space;
	arch->block[e->block].op[e->op].writes ^= bit(e->bank);
}

/* The lowest banks that are not written yet by the op cover what is missing: written ones before empty ones, and those in order. */
static void set_units(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	const struct arch_block *block = &arch->block[e->block];
	struct arch_op *op = &arch->block[e->block].op[e->op];

	op->units = e->value;
	for (int k = 0; k < banks_most(space, arch, e->block) && bits_count(op->writes) * block->bank_size < op->units; k++)
		op->writes |= bit(k);
}

/* One axis, or all of them. */
static void set_sides(uint8_t sides[ARCH_AXES], int axes, int axis, int value)
{
	for (int a = 0; a < axes; a++)
		if (axis < 0 || a == axis)
			sides[a] = value;
}

static void set_kernel(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	(void)space;
	set_sides(arch->block[e->block].op[e->op].conv[e->conv].kernel, arch->axes, e->axis, e->value);
}

static void set_dilation(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	(void)space;
	set_sides(arch->block[e->block].op[e->op].conv[e->conv].dilation, arch->axes, e->axis, e->value);
}

static void set_groups(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	(void)space;
	arch->block[e->block].op[e->op].conv[e->conv].groups = e->value;
}

static void set_active(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	struct arch_op *op = &arch->block[e->block].op[e->op];

	(void)space;
	for (int c = 0; c < CONVS; c++) {
		struct arch_conv *conv = &op->conv[c];

		if (!(e->value & 1 << c)) {
			*conv = (struct arch_conv){ 0 };
		} else if (!(op->active & 1 << c)) {
			*conv = (struct arch_conv){ .groups = 1 };
			set_sides(conv->kernel, arch->axes, -1, 3);
			set_sides(conv->dilation, arch->axes, -1, 1);
		}
	}
	op->active = e->value;
}

/* Makes `count` ops begin at `to` that began at `from`. */
static void move_ops(struct arch_block *block, int to, int from, int count)
{
	memmove(&block->op[to], &block->op[from], count * sizeof(block->op[0]));
}

static void add_op(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	struct arch_block *block = &arch->block[e->block];

	(void)space;
	move_ops(block, e->op + 1, e->op, block->op_count - e->op);
	block->op_count++;
}

static void delete_op(const struct space *space, struct arch *arch, const struct arch_edit *e)
{
	struct arch_block *block = &arch->block[e->block];

	(void)space;
	block->op_count--;
	move_ops(block, e->op, e->op + 1, block->op_count - e->op);
	memset(&block->op[block->op_count], 0, sizeof(block->op[0]));
}

/* ---- proposing them ---- */

struct proposal {
	const struct space *space;
	const struct arch *arch;
	struct arch_edit *list;
	int room, count;
};

static void propose(struct proposal *p, struct arch_edit e)
{
	struct arch edited;

	if (arch_edit_apply(p->space, p->arch, &e, &edited) < 0 || arch_equal(&edited, p->arch))
		return;
	if (p->count < p->room)
		p->list[p->count] = e;
	p->count++;
}

static struct arch_edit edit_of(enum edit_kind kind, int block, int op)
{
	return (struct arch_edit){ .kind = kind, .block = block, .op = op, .conv = -1, .axis = -1, .bank = -1 };
}

static void propose_banks(struct proposal *p, struct arch_edit e)
{
	for (e.bank = 0; e.bank < banks_most(p->space, p->arch, e.block); e.bank++)
		propose(p, e);
}

static void propose_swaps(struct proposal *p, struct arch_edit e)
{
	const struct arch_op *op = &p->arch->block[e.block].op[e.op];
	int written = block_banks(p->space, p->arch, e.block, e.op);

	for (e.bank = 0; e.bank < written; e.bank++)
		for (e.value = 0; e.value < written; e.value++)
			if (op->reads & bit(e.bank) && !(op->reads & bit(e.value)))
				propose(p, e);
}

static void propose_units(struct proposal *p, struct arch_edit e)
{
	int size = p->arch->block[e.block].bank_size;

	for (e.value = size; e.value <= p->space->units_max; e.value += size)
		propose(p, e);
}

/* For each active convolution, and each axis that is free. */
static void propose_sides(struct proposal *p, struct arch_edit e, int first, int last, int step)
{
	bool square = p->space->arrangement == 1;

	for (e.conv = 0; e.conv < CONVS; e.conv++)
		for (int a = 0; a < (square ? 1 : p->arch->axes); a++)
			for (e.value = first; e.value <= last; e.value += step) {
				e.axis = square ? -1 : a;
				if (p->arch->block[e.block].op[e.op].active & 1 << e.conv)
					propose(p, e);
			}
}

static void propose_kernels(struct proposal *p, struct arch_edit e)
{
	propose_sides(p, e, 3, p->space->kernel_max, 2);
}

static void propose_dilations(struct proposal *p, struct arch_edit e)
{
	propose_sides(p, e, 1, p->space->dilation_max, 1);
}

static void propose_groups(struct proposal *p, struct arch_edit e)
{
	for (e.conv = 0; e.conv < CONVS; e.conv++)
		for (e.value = 1; e.value <= p->space->bank_unit; e.value++)
			if (p->arch->block[e.block].op[e.op].active & 1 << e.conv)
				propose(p, e);
}

static void propose_active(struct proposal *p, struct arch_edit e)
{
	for (int s = 0; s < ACTIVE_SETS; s++) {
		e.value = arch_active_sets[s];
		propose(p, e);
	}
}

/* Of equal ops that follow one another only the last is copied or deleted: the others would give the same architecture. */
static void propose_whole(struct proposal *p, struct arch_edit e)
{
	struct arch_edit next = e;
	struct arch edited, other;

	next.op++;
	if (next.op < p->arch->block[e.block].op_count && arch_edit_apply(p->space, p->arch, &e, &edited) == 0 &&
	    arch_edit_apply(p->space, p->arch, &next, &other) == 0 && arch_equal(&edited, &other))
		return;
	propose(p, e);
}

/* ---- saying them ---- */

static void change_text(const struct arch *arch, const struct arch_edit *e, const char *what, int from, char *text, size_t size)
{
	char axis[4] = "";

	if (e->axis >= 0)
		snprintf(axis, sizeof(axis), " %c", (arch->axes == 3 ? "dhw" : "hw")[e->axis]);
	if (e->conv >= 0)
		snprintf(text, size, "conv %d %s%s: %d to %d", e->conv + 1, what, axis, from, e->value);
	else
		snprintf(text, size, "%s: %d to %d", what, from, e->value);
}

static void toggle_text(const struct arch_edit *e, const char *what, uint64_t banks, char *text, size_t size)
{
	snprintf(text, size, "%s: bank %d %s", what, e->bank, banks & bit(e->bank) ? "removed" : "added");
}

static void active_text(const struct arch_op *op, const struct arch_edit *e, char *text, size_t size)
{
	char list[2][2 * CONVS + 1] = { "", "" };

	for (int k = 0; k < 2; k++)
		for (int c = 0; c < CONVS; c++)
			if ((k ? e->value : op->active) & 1 << c)
				sprintf(list[k] + strlen(list[k]), "%s%d", *list[k] ? " " : "", c + 1);
	snprintf(text, size, "convs: %s to %s", list[0], list[1]);
}

static void kind_text(const struct arch *arch, const struct arch_edit *e, char *text, size_t size)
{
	const struct arch_op *op = &arch->block[e->block].op[e->op];
	const struct arch_conv *conv = &op->conv[e->conv < 0 ? 0 : e->conv];
	int axis = e->axis < 0 ? 0 : e->axis;

	switch (e->kind) {
	case EDIT_TOGGLE_READ:  toggle_text(e, "reads", op->reads, text, size); break;
	case EDIT_SWAP_READ:    snprintf(text, size, "reads: bank %d replaced by bank %d", e->bank, e->value); break;
	case EDIT_TOGGLE_WRITE: toggle_text(e, "writes", op->writes, text, size); break;
	case EDIT_UNITS:        change_text(arch, e, "units", op->units, text, size); break;
	case EDIT_KERNEL:       change_text(arch, e, "kernel", conv->kernel[axis], text, size); break;
	case EDIT_DILATION:     change_text(arch, e, "dilation", conv->dilation[axis], text, size); break;
	case EDIT_GROUPS:       change_text(arch, e, "groups", conv->groups, text, size); break;
	case EDIT_ACTIVE:       active_text(op, e, text, size); break;
	case EDIT_ADD_OP:       snprintf(text, size, "copied, as op %d", e->op + 2); break;
	case EDIT_DELETE_OP:    snprintf(text, size, "deleted"); break;
	case EDIT_KINDS:        break;
	}
}

void arch_edit_text(const struct arch *arch, const struct arch_edit *e, char *text, size_t size)
{
	char kind[96] = "";

	kind_text(arch, e, kind, sizeof(kind));
	snprintf(text, size, "block %d op %d %s", e->block + 1, e->op + 1, kind);
}

/* ---- the kinds ---- */

static const struct {
	void (*make)(const struct space *, struct arch *, const struct arch_edit *);
	void (*propose)(struct proposal *, struct arch_edit);
} kinds[EDIT_KINDS] = {
	[EDIT_TOGGLE_READ] = { toggle_read, propose_banks },
	[EDIT_SWAP_READ] = { swap_read, propose_swaps },
	[EDIT_TOGGLE_WRITE] = { toggle_write, propose_banks },
	[EDIT_UNITS] = { set_units, propose_units },
	[EDIT_KERNEL] = { set_kernel, propose_kernels },
	[EDIT_DILATION] = { set_dilation, propose_dilations },
	[EDIT_GROUPS] = { set_groups, propose_groups },
	[EDIT_ACTIVE] = { set_active, propose_active },
	[EDIT_ADD_OP] = { add_op, propose_whole },
	[EDIT_DELETE_OP] = { delete_op, propose_whole },
};

int arch_edits(const struct space *space, const struct arch *arch, struct arch_edit *list, int room)
{
	struct proposal p = { .space = space, .arch = arch, .list = list, .room = room };

	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch->block[b].op_count; o++)
			for (int k = 0; k < EDIT_KINDS; k++)
				kinds[k].propose(&p, edit_of(k, b, o));
	return p.count;
}

int arch_edit_apply(const struct space *space, const struct arch *arch, const struct arch_edit *e, struct arch *out)
{
	struct arch edited = *arch;

	assert(e->kind >= 0 && e->kind < EDIT_KINDS && e->bank < BANKS_MAX && e->conv < CONVS && e->axis < arch->axes);
	if (e->block < 0 || e->block >= BLOCKS)
		return err_set("there is no block %d; there are 1 to %d", e->block + 1, BLOCKS);
	if (e->op < 0 || e->op >= edited.block[e->block].op_count)
		return err_set("block %d has no op %d; it has %d", e->block + 1, e->op + 1, edited.block[e->block].op_count);
	if (e->kind == EDIT_ADD_OP && edited.block[e->block].op_count == OPS_MAX)
		return err_set("block %d has %d ops; more are not possible", e->block + 1, OPS_MAX);
	kinds[e->kind].make(space, &edited, e);
	if (arch_validate(space, &edited, NULL) < 0)
		return -1;
	*out = edited;
	return 0;
}

bool arch_edit_changes_banks(const struct space *space, const struct arch *arch, const struct arch_edit *e)
{
	int count = arch->block[e->block].op_count;
	struct arch edited;

	return arch_edit_apply(space, arch, e, &edited) == 0 &&
		block_banks(space, arch, e->block, count) != block_banks(space, &edited, e->block, edited.block[e->block].op_count);
}
