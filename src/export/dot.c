/*
 * dot.c -- architectures as graphs for Graphviz: a column a block, its banks and ops from the top down. A bank stands below the op that first writes to
 * it; other writes go back up and move nothing.
 */
#include <stdlib.h>
#include <string.h>

#include "src/arch/text.h"
#include "src/base/clean.h"
#include "src/base/err.h"
#include "src/base/units.h"
#include "src/export/export.h"

/* Within quotes. */
static void put_text(FILE *f, const char *text)
{
	char *copy = clean_text(text);

	for (const char *at = copy; at && *at; at++)
		fprintf(f, "%s%c", *at == '"' || *at == '\\' ? "\\" : "", *at);
	free(copy);
}

/* Named before any edge, so that they stand in this order. */
static void put_banks(FILE *f, const struct export_source *s, const struct arch *arch, int block)
{
	int input = block_input_banks(s->space, arch, block), banks = block_banks(s->space, arch, block, arch->block[block].op_count);

	fprintf(f, "\t\tin%d [shape=plaintext, label=\"%s\"]\n\t\t{ rank=same", block + 1, block ? "transition" : "stem");
	for (int k = 0; k < input; k++)
		fprintf(f, "; b%d_%d [label=\"bank %d\"]", block + 1, k, k);
	for (int k = 0; k < input; k++)
		fprintf(f, "%sb%d_%d", k ? " -> " : "; ", block + 1, k);
	fprintf(f, "%s }\n", input > 1 ? " [style=invis]" : "");
	for (int k = 0; k < input; k++)
		fprintf(f, "\t\tin%d -> b%d_%d [color=\"#777777\"]\n", block + 1, block + 1, k);
	for (int k = input; k < banks; k++)
		fprintf(f, "\t\tb%d_%d [label=\"bank %d\"]\n", block + 1, k, k);
}

static void put_op(FILE *f, const struct export_source *s, const struct arch *arch, int block, int op)
{
	const struct arch_op *o = &arch->block[block].op[op];
	int before = block_banks(s->space, arch, block, op);
	char conv[48];

	fprintf(f, "\t\to%d_%d [shape=box, style=filled, label=\"op %d: %d units", block + 1, op + 1, op + 1, o->units);
	for (int c = 0; c < CONVS; c++)
		if (o->active & 1 << c) {
			conv_text(arch, &o->conv[c], conv, sizeof conv);
			fprintf(f, "\\nconv %d %s", c + 1, conv);
		}
	fputs("\"]\n", f);
	for (int k = 0; k < BANKS_MAX; k++)
		if (o->reads >> k & 1)
			fprintf(f, "\t\tb%d_%d -> o%d_%d\n", block + 1, k, block + 1, op + 1);
	for (int k = 0; k < BANKS_MAX; k++)
		if (o->writes >> k & 1)
			fprintf(f, "\t\to%d_%d -> b%d_%d [%s%s]\n", block + 1, op + 1, block + 1, k, "style=dashed, color=\"#d55e00\"",
				k < before ? ", constraint=false" : ", penwidth=1.6");
}

static void put_block(FILE *f, const struct export_source *s, const struct arch *arch, int block, bool sides)
{
	const struct arch_block *b = &arch->block[block];
	char side[40] = "";

	if (sides)
		block_side_text(s->space, arch, s->input, block, side, sizeof side);
	fprintf(f, "\tsubgraph cluster_%d {\n\t\tlabel=\"block %d%s%s\\nbanks of %d channels\"\n", block + 1, block + 1, sides ? ", " : "", side,
		b->bank_size);
	put_banks(f, s, arch, block);
	for (int i = 0; i < b->op_count; i++)
		put_op(f, s, arch, block, i);
	for (int i = 1; i < b->op_count; i++)            /* one below the other */
		fprintf(f, "\t\to%d_%d -> o%d_%d [style=invis]\n", block + 1, i, block + 1, i + 1);
	fprintf(f, "\t\tout%d [shape=plaintext, label=\"all banks%s\"]\n\t\to%d_%d -> out%d [style=invis]\n\t}\n", block + 1,
		block + 1 == BLOCKS ? ", to the head" : "", block + 1, b->op_count, block + 1);
}

static void put_graph(FILE *f, const struct export_source *s, const struct arch *arch)
{
	char id[ARCH_ID_LENGTH + 1], count[UNITS_TEXT];
	bool sides = s->input && s->input->classes;

	arch_id(arch, id);
	fprintf(f, "digraph \"%s\" {\n\tlabel=\"architecture %s", id, id);
	if (s->run_path) {
		fputs(" of ", f);
		put_text(f, s->run_path);
	}
	if (sides) {
		struct arch_cost cost = arch_cost(s->space, arch, s->input);

		fprintf(f, "\\n%s parameters", units_count((double)(cost.free + cost.generated), count));
		fprintf(f, ", %s multiply-accumulates, depth %d", units_count((double)cost.macs, count), cost.depth);
	}
	fputs("\\nsolid: reads; dashed: writes, thick the first to a bank\"\n\tfontname=\"sans-serif\"\n"
		"\tnode [fontname=\"sans-serif\", fontsize=10, fillcolor=\"#e8f1f8\"]\n\tedge [color=\"#0072b2\", arrowsize=0.7]\n", f);
	for (int b = 0; b < BLOCKS; b++)
		put_block(f, s, arch, b, sides);
	for (int b = 1; b < BLOCKS; b++)
		fprintf(f, "\tout%d -> in%d [constraint=false, color=\"#777777\", penwidth=2]\n", b, b + 1);
	fputs("}\n", f);
}

int export_dot_parts(const struct export_source *s)
{
	return s->count;
}

int export_dot(FILE *f, const struct export_source *s, int part)
{
	struct arch arch;

	if (!s->arch(s->context, part, &arch))
		return err_set("architecture %d of %d is not at hand", part + 1, s->count);
	put_graph(f, s, &arch);
	return 0;
}
