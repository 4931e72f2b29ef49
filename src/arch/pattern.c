/*
 * pattern.c -- named architectures. A pattern fills one block at a time, with banks of each size that the space allows; of these the block
 * that reads most is kept, since the sum of the channels read is what the space measures size by. Where ops fill banks of their own (densenet,
 * the exact joins) it is the banks that end the block: writes add, so a bank that has been read cannot be used anew.
 */
#include "src/arch/pattern.h"

#include <limits.h>
#include <stdbool.h>
#include <string.h>

#include "src/arch/adapt.h"
#include "src/arch/bits.h"
#include "src/base/err.h"
#include "src/base/nearest.h"

enum { COLUMNS_MAX = 6 };                /* of a fractal block: 2^6 - 1 ops, one less than OPS_MAX */

/* A block being filled. Counts are of banks. */
struct draft {
	const struct space *space;
	int number, axes;
	int active;                      /* convolutions of every op */
	int group;                       /* smallest number whose channels are a multiple of D N */
	int given;                       /* filled by the block's input */
	int input;                       /* those of them that are whole groups */
	int most;                        /* that the block may hold */
	int spent;                       /* budget: channels read */
	struct arch_block block;
};

static int min(int a, int b)
{
	return a < b ? a : b;
}

static struct draft draft_start(const struct space *space, int number, int axes, int active, int bank_size)
{
	struct draft d = {
		.space = space, .number = number, .axes = axes, .active = active, .group = space_read_step(space, bank_size),
		.given = space->block_input[number] / bank_size, .most = space->block_channels[number] / bank_size,
		.block = { .bank_size = (int16_t)bank_size },
	};

	d.input = d.given - d.given % d.group;
	return d;
}

/* The banks from … from + count - 1. */
struct run {
	int from, count;
};

static uint64_t mask(struct run banks)
{
	return bits_below(banks.from + banks.count) & ~bits_below(banks.from);
}

/* False where it does not fit; the draft is then as before. */
static bool add_op(struct draft *d, struct run reads, struct run writes)
{
	int size = d->block.bank_size;
	struct arch_op *op = &d->block.op[d->block.op_count];

	if (d->block.op_count == OPS_MAX || d->spent + reads.count * size > d->space->block_budget[d->number] ||
	    writes.from + writes.count > d->most)
		return false;
	*op = (struct arch_op){
		.reads = mask(reads), .writes = mask(writes), .active = (uint8_t)d->active,
		.units = (int16_t)(min(writes.count, d->space->units_max / size) * size),
	};
	for (int c = 0; c < CONVS; c++)
		if (d->active & 1 << c)
			op->conv[c] = arch_plain_conv(d->axes);
	d->spent += reads.count * size;
	d->block.op_count++;
	return true;
}

/* ---- the patterns: false where not even the smallest form fits ---- */

/* x + f(x), again and again: one wide set of banks. */
static bool fill_resnet(struct draft *d)
{
	struct run all = { 0, d->input };

	while (add_op(d, all, all))
		;
	return d->block.op_count > 0;
}

static bool fill_densenet(struct draft *d)
{
	int written = d->given;

	if (d->input < d->given)
		return false;            /* what is left over could never be read together with the rest */
	while (add_op(d, (struct run){ 0, written }, (struct run){ written, d->group }))
		written += d->group;
	return d->block.op_count > 0;
}

/*
 * The columns have 1, 2, 4 … ops (Larsson et al., "FractalNet", 2017). Nodes stand where the deepest column's ops meet, node 0 is the block's
 * input; a column whose ops span s of the deepest one's leads from node to node in steps of s, and a node joins all that end there. With
 * the exact join every node is a group of banks; with the additive one all but the input are the same group, so that it also holds what
 * earlier nodes wrote.
 */
static struct run node_banks(const struct draft *d, int node, int width, bool exact)
{
	if (node == 0)
		return (struct run){ 0, d->input };
	return (struct run){ d->given + (exact ? node - 1 : 0) * width, width };
}

static bool add_columns(struct draft *d, int columns, int width, bool exact)
{
	for (int node = 1; node <= 1 << (columns - 1); node++)
		for (int c = 0; c < columns && node % (1 << c) == 0; c++)
			if (!add_op(d, node_banks(d, node - (1 << c), width, exact), node_banks(d, node, width, exact)))
				return false;
	return true;
}

static bool fill_fractal(struct draft *d, bool exact)
{
	struct draft best = *d;

	for (int columns = 2; columns <= COLUMNS_MAX; columns++) {
		for (int width = d->group; ; width += d->group) {
			struct draft try = *d;

			if (!add_columns(&try, columns, width, exact))
				break;
			if (try.spent > best.spent)
				best = try;
		}
	}
	*d = best;
	return d->block.op_count > 0;
}

static bool fill_fractalnet(struct draft *d)
{
	return fill_fractal(d, false);
}

static bool fill_fractalnet_exact(struct draft *d)
{
	return fill_fractal(d, true);
}

/* ---- a whole architecture ---- */

enum { RESNET, DENSENET, FRACTALNET, FRACTALNET_EXACT, PATTERNS };

const struct pattern patterns[PATTERNS] = {
	[RESNET] = { "resnet", "every op reads one wide set of banks and adds to it" },
	[DENSENET] = { "densenet", "every op reads all that is written and writes the next empty group of banks" },
	[FRACTALNET] = { "fractalnet", "columns of 1, 2, 4 ... ops that add to the same group of banks" },
	[FRACTALNET_EXACT] = { "fractalnet-exact", "the same with a group of banks for each join, so that nothing else is in it" },
};
const int pattern_count = PATTERNS;

static const struct {
	bool (*fill)(struct draft *);
	bool pair;                       /* two convolutions an op where the space allows: what the original block has */
	bool whole;                      /* reads all of the block's input */
	/* The smallest form: empty groups it fills, and how often it reads the input and another group. */
	int fills, reads_input, reads_group;
} makers[PATTERNS] = {
	[RESNET] = { .fill = fill_resnet, .pair = true, .reads_input = 1 },
	[DENSENET] = { .fill = fill_densenet, .whole = true, .fills = 1, .reads_input = 1 },
	[FRACTALNET] = { .fill = fill_fractalnet, .fills = 1, .reads_input = 2, .reads_group = 1 },
	[FRACTALNET_EXACT] = { .fill = fill_fractalnet_exact, .fills = 2, .reads_input = 2, .reads_group = 1 },
};

static int cannot_hold(int pattern, const struct space *space, int block)
{
	const char *name = patterns[pattern].name;
	int channels = INT_MAX, budget = 0, size = 0;

	for (int s = space->bank_unit; s <= space->bank_size_max; s += space->bank_unit) {
		struct draft d = draft_start(space, block, 2, 0, s);
		int takes = (d.given + makers[pattern].fills * d.group) * s;

		if (!space_bank_size_fits(space, block, s) || (makers[pattern].whole && d.input < d.given) || takes >= channels)
			continue;
		channels = takes;
		budget = (makers[pattern].reads_input * d.input + makers[pattern].reads_group * d.group) * s;
		size = s;
	}
	if (!size)
		return err_set("%s: block %d cannot hold it: no size of banks makes its %d input channels whole groups of D N = %d", name,
			block + 1, space->block_input[block], space->depth_compression * space->bank_unit);
	return err_set("%s: block %d cannot hold it: with banks of %d it takes %d channels of banks and a budget of %d; there are %d and %d",
		name, block + 1, size, channels, budget, space->block_channels[block], space->block_budget[block]);
}

/* The more of the input it reads the better, then the more it reads in all, then the wider its ops, then the larger its banks. */
static bool better(const struct draft *a, const struct draft *b)
{
	int input[2] = { a->input * a->block.bank_size, b->input * b->block.bank_size };

	if (input[0] != input[1])
		return input[0] > input[1];
	if (a->spent != b->spent)
		return a->spent > b->spent;
	if (a->block.op[0].units != b->block.op[0].units)
		return a->block.op[0].units > b->block.op[0].units;
	return a->block.bank_size > b->block.bank_size;
}

static int make_block(struct arch *arch, int pattern, const struct space *space, int block)
{
	int set = makers[pattern].pair && space->arrangement > 1 ? 2 : 0;       /* of arch_active_sets: {1, 2} or {1} */
	struct draft best = { .input = 0 };

	for (int size = space->bank_unit; size <= space->bank_size_max; size += space->bank_unit) {
		if (!space_bank_size_fits(space, block, size))
			continue;

		struct draft d = draft_start(space, block, arch->axes, arch_active_sets[set], size);

		if (makers[pattern].fill(&d) && (best.block.op_count == 0 || better(&d, &best)))
			best = d;
	}
	if (best.block.op_count == 0)
		return cannot_hold(pattern, space, block);
	arch->block[block] = best.block;
	return 0;
}

int pattern_find(const char *name)
{
	for (int i = 0; i < PATTERNS; i++)
		if (strcmp(patterns[i].name, name) == 0)
			return i;
	return -1;
}

static int unknown(const char *name)
{
	struct nearest near = nearest_to(name);

	for (int i = 0; i < PATTERNS; i++)
		nearest_offer(&near, patterns[i].name);
	return err_set("pattern %s: there is none of this name; there are resnet, densenet, fractalnet, fractalnet-exact%s", name,
		nearest_hint(&near));
}

int pattern_make(struct arch *arch, const char *name, const struct space *space, int axes)
{
	int pattern = pattern_find(name);
	struct arch made;

	if (pattern < 0)
		return unknown(name);
	memset(&made, 0, sizeof made);
	made.axes = (uint8_t)axes;
	for (int b = 0; b < BLOCKS; b++)
		if (make_block(&made, pattern, space, b) < 0)
			return -1;
	if (arch_validate(space, &made, NULL) < 0)
		return err_prefix("%s", name);
	*arch = made;
	return 0;
}
