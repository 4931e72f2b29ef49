/* validate.c -- the rules of METHOD §3 ("An architecture is valid when"). Every way to make or change an architecture ends here.
 *
 * A check relies on the ones before it: nothing is computed from a number that hasn't been found sane. */
#include "src/arch/arch.h"

#include <inttypes.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"

/* What is being checked, and where its faults go. */
struct check {
	const struct space *space;
	const struct arch *arch;
	struct arch_fault *list;
	int room, count;                 /* of the list; faults found */
	int most;                        /* so many are looked for */
	int block, op;
	int input_banks, banks_max;      /* of the block: filled by its input, most that it may hold */
	int written;                     /* before the op */
};

void fault_place(const struct arch_fault *fault, char *text, size_t size)
{
	if (fault->op >= 0)
		snprintf(text, size, "block %d op %d %s", fault->block + 1, fault->op + 1, fault->field);
	else if (fault->block >= 0)
		snprintf(text, size, "block %d %s", fault->block + 1, fault->field);
	else
		snprintf(text, size, "%s", fault->field);
}

static int broken(struct check *check, const char *field, uint64_t banks, const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Notes the broken rule. Returns -1. */
static int broken(struct check *check, const char *field, uint64_t banks, const char *format, ...)
{
	struct arch_fault unseen;
	struct arch_fault *fault = check->count < check->room ? &check->list[check->count] : &unseen;
	char place[64];
	va_list args;

	check->count++;
	*fault = (struct arch_fault){ .block = check->block, .op = check->op, .banks = banks, .conv = -1, .axis = -1 };
	snprintf(fault->field, sizeof(fault->field), "%s", field);
	va_start(args, format);
	vsnprintf(fault->rule, sizeof(fault->rule), format, args);
	va_end(args);
	if (check->count > 1)
		return -1;
	fault_place(fault, place, sizeof(place));
	return err_set("%s: %s", place, fault->rule);
}

static int enough(const struct check *check)
{
	return check->count >= check->most;
}

static int check_bank_size(struct check *check)
{
	const struct space *space = check->space;
	int size = check->arch->block[check->block].bank_size;

	if (size < 1 || size % space->bank_unit)
		return broken(check, "bank size", 0, "%d is no positive multiple of the bank unit N = %d", size, space->bank_unit);
	if (size > space->bank_size_max)
		return broken(check, "bank size", 0, "%d is more than the space's largest, %d", size, space->bank_size_max);
	if (!space_bank_size_fits(space, check->block, size))
		return broken(check, "bank size", 0, "with banks of %d, the block's %d input channels allow no op (a read is a multiple of D N = %d)",
			size, space->block_input[check->block], space->depth_compression * space->bank_unit);
	return 0;
}

static int check_reads(struct check *check, const struct arch_op *op)
{
	const struct space *space = check->space;
	int size = check->arch->block[check->block].bank_size;
	int n_in = bits_count(op->reads) * size;
	int slice = space->depth_compression * space->bank_unit;
	uint64_t unwritten = op->reads & ~bits_below(check->written);

	if (!op->reads)
		return broken(check, "reads", 0, "an op reads at least one bank");
	if (unwritten)
		return broken(check, "reads", unwritten, "bank %d is not written yet; written are 0 to %d", bits_first(unwritten), check->written - 1);
	if (n_in % slice)
		return broken(check, "reads", op->reads, "%d banks of %d are %d channels, no multiple of D N = %d", bits_count(op->reads), size, n_in,
			slice);
	return 0;
}

static int check_units(struct check *check, const struct arch_op *op)
{
	int size = check->arch->block[check->block].bank_size;

	if (op->units < size || op->units % size)
		return broken(check, "units", 0, "%d is no positive multiple of the bank size %d", op->units, size);
	if (op->units > check->space->units_max)
		return broken(check, "units", 0, "%d is more than N_max = %d", op->units, check->space->units_max);
	return 0;
}

static int check_writes(struct check *check, const struct arch_op *op)
{
	int size = check->arch->block[check->block].bank_size;
	int count = bits_count(op->writes);
	int end = bits_end(op->writes);
	uint64_t new = op->writes & ~bits_below(check->written);
	uint64_t skipped = bits_below(end) & ~bits_below(check->written) & ~new;

	if (!op->writes)
		return broken(check, "writes", 0, "an op writes at least one bank");
	if (end > check->banks_max)
		return broken(check, "writes", op->writes & ~bits_below(check->banks_max), "bank %d does not exist; the block holds %d banks of %d", end - 1, check->banks_max, size);
	if (skipped)
		return broken(check, "writes", skipped, "bank %d is empty and not written, though bank %d is; new banks follow one another",
			bits_first(skipped), end - 1);
	if (count * size < op->units)
		return broken(check, "writes", op->writes, "%d banks of %d do not cover %d units", count, size, op->units);
	return 0;
}

static int check_active(struct check *check, const struct arch_op *op)
{
	int sets = check->space->arrangement == 1 ? 1 : ACTIVE_SETS;

	for (int s = 0; s < sets; s++)
		if (op->active == arch_active_sets[s])
			return 0;
	if (sets == 1)
		return broken(check, "convs", 0, "the space has one convolution an op: conv 1 alone is active");
	return broken(check, "convs", 0, "active are 1, 1 3, 1 2, 1 2 3 or 1 2 3 4");
}

/* One conv of one op, with its name for people; the axis is -1 where it is about all. */
static int conv_broken(struct check *check, int conv, const char *part, int axis, const char *rule)
{
	char field[sizeof(check->list->field)];
	int at = check->count;

	snprintf(field, sizeof(field), "conv %d%s%s", conv + 1, *part ? " " : "", part);
	broken(check, field, 0, "%s", rule);
	if (at < check->room) {
		check->list[at].conv = conv;
		check->list[at].axis = axis;
	}
	return -1;
}

static int check_inactive(struct check *check, int conv, const struct arch_conv *c)
{
	static const struct arch_conv zero;

	return memcmp(c, &zero, sizeof(zero)) ? conv_broken(check, conv, "", -1, "is inactive, so its fields must be 0") : 0;
}

static int check_axis(struct check *check, int conv, const struct arch_conv *c, int axis)
{
	const struct space *space = check->space;
	int kernel = c->kernel[axis], dilation = c->dilation[axis];
	char rule[sizeof(check->list->rule)];

	if (kernel < 3 || kernel > space->kernel_max || kernel % 2 == 0) {
		snprintf(rule, sizeof(rule), "%d is not odd from 3 to %d", kernel, space->kernel_max);
		return conv_broken(check, conv, "kernel", axis, rule);
	}
	if (dilation < 1 || dilation > space->dilation_max) {
		snprintf(rule, sizeof(rule), "%d is not from 1 to %d", dilation, space->dilation_max);
		return conv_broken(check, conv, "dilation", axis, rule);
	}
	if ((kernel - 1) * dilation + 1 > space->extent_max) {
		snprintf(rule, sizeof(rule), "kernel %d with dilation %d spans %d pixels, more than %d", kernel, dilation,
			(kernel - 1) * dilation + 1, space->extent_max);
		return conv_broken(check, conv, "dilation", axis, rule);
	}
	return 0;
}

static int check_unused_axes(struct check *check, int conv, const struct arch_conv *c)
{
	for (int a = check->arch->axes; a < ARCH_AXES; a++)
		if (c->kernel[a] || c->dilation[a])
			return conv_broken(check, conv, "kernel", -1, "has more axes than the architecture");
	return 0;
}

static int check_square(struct check *check, int conv, const struct arch_conv *c)
{
	if (check->space->arrangement != 1)
		return 0;
	for (int a = 1; a < check->arch->axes; a++) {
		if (c->kernel[a] != c->kernel[0])
			return conv_broken(check, conv, "kernel", -1, "must be the same on every axis where an op is one convolution");
		if (c->dilation[a] != c->dilation[0])
			return conv_broken(check, conv, "dilation", -1, "must be the same on every axis where an op is one convolution");
	}
	return 0;
}

static int check_groups(struct check *check, int conv, const struct arch_conv *c)
{
	const struct space *space = check->space;
	int conv_in = op_conv_in(space, check->arch, check->block, check->op, conv);
	int units = check->arch->block[check->block].op[check->op].units;
	char rule[sizeof(check->list->rule)] = "";

	if (!space->groups_vary && c->groups != 1)
		snprintf(rule, sizeof(rule), "%d is not 1, the only number that the space allows", c->groups);
	else if (c->groups < 1 || space->bank_unit % c->groups)
		snprintf(rule, sizeof(rule), "%d does not divide the bank unit N = %d", c->groups, space->bank_unit);
	else if (conv_in % c->groups || units % c->groups)
		snprintf(rule, sizeof(rule), "%d does not divide both sides, %d and %d channels", c->groups, conv_in, units);
	return *rule ? conv_broken(check, conv, "groups", -1, rule) : 0;
}

static int check_conv(struct check *check, const struct arch_op *op, int conv)
{
	const struct arch_conv *c = &op->conv[conv];

	if (!(op->active & 1 << conv))
		return check_inactive(check, conv, c);
	for (int a = 0; a < check->arch->axes; a++)
		if (check_axis(check, conv, c, a) < 0)
			return -1;
	if (check_unused_axes(check, conv, c) < 0 || check_square(check, conv, c) < 0)
		return -1;
	return check_groups(check, conv, c);
}

/* The convolutions' channels follow from the units. */
static int check_op(struct check *check)
{
	static int (*const parts[])(struct check *, const struct arch_op *) = { check_reads, check_units, check_writes, check_active };
	const struct arch_op *op = &check->arch->block[check->block].op[check->op];
	int before = check->count;
	bool sane = true;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++)
		if (parts[i](check, op) < 0) {
			if (enough(check))
				return -1;
			sane &= parts[i] != check_units && parts[i] != check_active;
		}
	for (int c = 0; sane && c < CONVS; c++)
		if (check_conv(check, op, c) < 0 && enough(check))
			return -1;
	return check->count > before ? -1 : 0;
}

static void check_block(struct check *check)
{
	const struct arch_block *block = &check->arch->block[check->block];
	int budget = check->space->block_budget[check->block], spent = 0;

	check->op = -1;
	if (check_bank_size(check) < 0)
		return;
	if (block->op_count < 1 || block->op_count > OPS_MAX) {
		broken(check, "ops", 0, "%d ops; a block has 1 to %d", block->op_count, OPS_MAX);
		return;
	}
	check->written = check->space->block_input[check->block] / block->bank_size;
	check->banks_max = check->space->block_channels[check->block] / block->bank_size;
	for (check->op = 0; check->op < block->op_count; check->op++) {
		int n_in = op_n_in(check->arch, check->block, check->op);

		if (check_op(check) < 0 && enough(check))
			return;
		spent += n_in;
		if (spent > budget && spent - n_in <= budget)
			broken(check, "budget", 0, "the block's ops up to this one read %d channels, more than the budget of %d", spent, budget);
		if (enough(check))
			return;
		check->written = block_banks(check->space, check->arch, check->block, check->op + 1);
	}
}

/* Looks for `most` faults. Returns how many it found. */
static int find_faults(struct check *check, int most)
{
	check->most = most;
	check->block = check->op = -1;
	if (check->arch->axes != 2 && check->arch->axes != 3)
		broken(check, "axes", 0, "%d is neither 2 (images) nor 3 (volumes)", check->arch->axes);
	else
		for (check->block = 0; check->block < BLOCKS && !enough(check); check->block++)
			check_block(check);
	return check->count;
}

int arch_validate(const struct space *space, const struct arch *arch, struct arch_fault *fault)
{
	struct check check = { .space = space, .arch = arch, .list = fault, .room = fault != NULL };

	return find_faults(&check, 1) ? -1 : 0;
}

int arch_faults(const struct space *space, const struct arch *arch, struct arch_fault *list, int room)
{
	struct check check = { .space = space, .arch = arch, .list = list, .room = room };

	return find_faults(&check, INT_MAX);
}
