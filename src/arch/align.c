/* align.c -- two orders of ops with as much in common as can be had, by dynamic programming; twice, as what reads and writes mean depends on it. */
#include "src/arch/align.h"

#include <string.h>

#include "src/arch/bits.h"

/* Of 200: cells and fields count the same. Below ALIKE two ops are others, however few there are. */
enum { ALIKE = 60, CELLS = 100, FIELDS = 100 };

struct pair {
	const struct space *space;
	const struct arch *arch, *other;
	int block;
	int8_t *op, *bank;               /* of the lineage, of this block */
};

static int common_banks(const struct pair *p, uint64_t here, uint64_t there)
{
	int common = 0;

	for (; here; here &= here - 1) {
		int bank = p->bank[bits_first(here)];

		common += bank >= 0 && (there & bit(bank)) != 0;
	}
	return common;
}

static int alike_cells(const struct pair *p, const struct arch_op *x, const struct arch_op *y)
{
	int common = common_banks(p, x->reads, y->reads) + common_banks(p, x->writes, y->writes);
	int here = bits_count(x->reads) + bits_count(x->writes), there = bits_count(y->reads) + bits_count(y->writes);

	return CELLS * common / (here > there ? here : there);
}

static int alike_fields(const struct pair *p, int i, int j)
{
	const struct arch_op *y = &p->other->block[p->block].op[j];
	struct place list[FIELDS_MAX];
	int count = op_fields(p->space, p->arch, p->block, i, list), same = 0;

	for (int f = 0; f < count; f++) {
		struct place there = list[f];

		there.op = j;
		same += (list[f].kind < PLACE_KERNEL || y->active & 1 << list[f].conv) && place_value(p->arch, &list[f]) == place_value(p->other, &there);
	}
	return FIELDS * same / count;
}

static int alike(const struct pair *p, int i, int j)
{
	return alike_cells(p, &p->arch->block[p->block].op[i], &p->other->block[p->block].op[j]) + alike_fields(p, i, j);
}

/* gain[i][j]: the most that ops from i and j on have in common. */
static void align_ops(const struct pair *p)
{
	static _Thread_local int gain[OPS_MAX + 1][OPS_MAX + 1];
	static _Thread_local int16_t likeness[OPS_MAX][OPS_MAX];
	int here = p->arch->block[p->block].op_count, there = p->other->block[p->block].op_count;

	for (int i = here; i >= 0; i--)
		for (int j = there; j >= 0; j--) {
			if (i == here || j == there) {
				gain[i][j] = 0;
				continue;
			}
			likeness[i][j] = (int16_t)alike(p, i, j);
			gain[i][j] = gain[i + 1][j] > gain[i][j + 1] ? gain[i + 1][j] : gain[i][j + 1];
			if (likeness[i][j] >= ALIKE && gain[i + 1][j + 1] + likeness[i][j] > gain[i][j])
				gain[i][j] = gain[i + 1][j + 1] + likeness[i][j];
		}
	memset(p->op, -1, OPS_MAX);
	for (int i = 0, j = 0; i < here && j < there; )
		if (likeness[i][j] >= ALIKE && gain[i][j] == gain[i + 1][j + 1] + likeness[i][j])
			p->op[i++] = (int8_t)j++;
		else if (gain[i][j] == gain[i + 1][j])
			i++;
		else
			j++;
}

static int smaller(int a, int b)
{
	return a < b ? a : b;
}

static void align_banks(const struct pair *p)
{
	int input = smaller(block_input_banks(p->space, p->arch, p->block), block_input_banks(p->space, p->other, p->block));

	memset(p->bank, -1, BANKS_MAX);
	for (int k = 0; k < input; k++)
		p->bank[k] = (int8_t)k;
	for (int i = 0; i < p->arch->block[p->block].op_count; i++) {
		int j = p->op[i], from = block_banks(p->space, p->arch, p->block, i), end = block_banks(p->space, p->arch, p->block, i + 1);

		for (int k = from; j >= 0 && k < end; k++) {
			int there = block_banks(p->space, p->other, p->block, j) + k - from;

			if (there < block_banks(p->space, p->other, p->block, j + 1))
				p->bank[k] = (int8_t)there;
		}
	}
}

void arch_align(struct lineage *lineage, const struct space *space, const struct arch *arch, const struct arch *other)
{
	lineage_begin(lineage);
	for (int b = 0; b < BLOCKS; b++) {
		struct pair p = { space, arch, other, b, lineage->op[b], lineage->bank[b] };

		for (int round = 0; round < 2; round++) {
			align_ops(&p);
			align_banks(&p);
		}
	}
}
