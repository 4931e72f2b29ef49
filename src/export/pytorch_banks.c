/* pytorch_banks.c -- a memory-bank network in Python: a class for each block, ops by their sizes, banks as lists of tensors. */
#include <stdbool.h>
#include <string.h>

#include "src/arch/bits.h"
#include "src/base/err.h"
#include "src/export/pytorch_parts.h"

enum { LINE_WIDTH = 100, NUMBERS_IN_FULL = 4, OP_TEXT = 192 };

static bool ends_with(const char *name, const char *end)
{
	size_t length = strlen(name), ends = strlen(end);

	return length >= ends && strcmp(name + length - ends, end) == 0;
}

static const char *plural(int count)
{
	return count == 1 ? "" : "s";
}

/* ---- what is in a block ---- */

struct op_layers {
	const struct layer *read, *pointwise, *conv[CONVS], *write;
	bool norms;
};

struct block_layers {
	const struct layer *banks, *end;         /* end: the read of all banks */
	int ops;
};

static struct op_layers find_op(const struct exported *e, int block, int op)
{
	static const char *const convs[CONVS] = { ".conv1", ".conv2", ".conv3", ".conv4" };
	struct op_layers found = { 0 };

	for (int i = 0; i < e->count; i++) {
		const struct layer *l = &e->layer[i];

		if (l->block != block || l->op != op)
			continue;
		if (l->kind == LAYER_READ)
			found.read = l;
		else if (l->kind == LAYER_WRITE)
			found.write = l;
		else if (l->kind == LAYER_NORM)
			found.norms = true;
		else if (l->kind == LAYER_CONV && ends_with(l->name, ".pointwise"))
			found.pointwise = l;
		for (int c = 0; c < CONVS; c++)
			if (l->kind == LAYER_CONV && ends_with(l->name, convs[c]))
				found.conv[c] = l;
	}
	return found;
}

static struct block_layers find_block(const struct exported *e, int block)
{
	struct block_layers found = { 0 };

	for (int i = 0; i < e->count; i++) {
		const struct layer *l = &e->layer[i];

		if (l->block != block)
			continue;
		if (l->kind == LAYER_BANKS)
			found.banks = l;
		else if (l->kind == LAYER_READ && l->op == 0)
			found.end = l;
		if (l->op > found.ops)
			found.ops = l->op;
	}
	return found;
}

/* ---- text that is the same in every file ---- */

static const char bank_functions[] =
	"\n"
	"\n"
	"def read(banks, *numbers):\n"
	"    \"\"\"The banks of these numbers, joined.\"\"\"\n"
	"    return torch.cat([banks[i] for i in numbers], dim=1)\n"
	"\n"
	"\n"
	"def write(banks, y, *numbers):\n"
	"    \"\"\"Gives these banks the channels of y, one bank's worth after another and round again where there are too few.\n"
	"\n"
	"    A bank that is there adds them, one that is not begins with them.\n"
	"    \"\"\"\n"
	"    pieces = y.split(banks[0].shape[1], dim=1)\n"
	"    for j, i in enumerate(numbers):\n"
	"        piece = pieces[j %% len(pieces)]\n"
	"        if i < len(banks):\n"
	"            banks[i] = banks[i] + piece\n"
	"        else:\n"
	"            banks.append(piece)\n"
	"\n"
	"\n"
	"def conv(n_in, n_out, kernel, dilation=1, groups=1):\n"
	"    \"\"\"A convolution that keeps the resolution.\"\"\"\n"
	"    return nn.Conv%dd(n_in, n_out, kernel, padding=\"same\", dilation=dilation, groups=groups, bias=False)\n"
	"\n"
	"\n"
	"def path(x, first, second):\n"
	"    \"\"\"One convolution, or two with a ReLU between them.\"\"\"\n"
	"    return first(x) if second is None else second(F.relu(first(x)))\n"
	"\n"
	"\n";

static const char op_class[] =
	"class Op(nn.Module):\n"
	"    \"\"\"A 1x1 convolution, then conv 1 (and conv 2 after it) and beside it conv 3 (and conv 4), summed.\"\"\"\n"
	"\n"
	"    def __init__(self, n_in, n_mid, conv1, conv2=None, conv3=None, conv4=None):\n"
	"        super().__init__()\n"
	"        self.pointwise = conv(n_in, n_mid, 1)\n"
	"        self.conv1, self.conv2, self.conv3, self.conv4 = conv1, conv2, conv3, conv4\n"
	"\n"
	"    def forward(self, x):\n"
	"        x = F.relu(self.pointwise(x))\n";

static const char op_class_with_norms[] =
	"class Op(nn.Module):\n"
	"    \"\"\"A 1x1 convolution between norms, then conv 1 (and conv 2 after it) and beside it conv 3 (and conv 4), summed.\"\"\"\n"
	"\n"
	"    def __init__(self, n_in, n_mid, conv1, conv2=None, conv3=None, conv4=None):\n"
	"        super().__init__()\n"
	"        self.norm1 = nn.BatchNorm%dd(n_in)\n"
	"        self.pointwise = conv(n_in, n_mid, 1)\n"
	"        self.norm2 = nn.BatchNorm%dd(n_mid)\n"
	"        self.conv1, self.conv2, self.conv3, self.conv4 = conv1, conv2, conv3, conv4\n"
	"\n"
	"    def forward(self, x):\n"
	"        x = self.pointwise(F.relu(self.norm1(x)))\n"
	"        x = F.relu(self.norm2(x))\n";

static const char op_class_end[] =
	"        y = path(x, self.conv1, self.conv2)\n"
	"        return y if self.conv3 is None else y + path(x, self.conv3, self.conv4)\n";

/* ---- blocks of banks ---- */

/* conv1=conv(16, 8, (3, 5), dilation=2, groups=4) */
static void conv_text(char text[OP_TEXT], int number, const struct conv *g)
{
	char kernel[48], dilation[48], groups[24] = "";
	bool dilated = strcmp(pytorch_per_axis(g->dilation, g->axes, dilation), "1") != 0;

	if (g->groups > 1)
		snprintf(groups, sizeof(groups), ", groups=%d", g->groups);
	snprintf(text, OP_TEXT, "conv%d=conv(%d, %d, %s%s%s%s)", number, g->c_in, g->c_out, pytorch_per_axis(g->kernel, g->axes, kernel),
		dilated ? ", dilation=" : "", dilated ? dilation : "", groups);
}

/* On one line, or a line for each convolution where that is too long. */
static void put_op(FILE *f, int number, const struct op_layers *op)
{
	char text[CONVS][OP_TEXT] = { 0 };
	int length = fprintf(f, "        self.op%d = Op(%d, %d", number, op->pointwise->conv.c_in, op->pointwise->conv.c_out);

	for (int c = 0; c < CONVS; c++) {
		if (op->conv[c])
			conv_text(text[c], c + 1, &op->conv[c]->conv);
		length += (int)strlen(text[c]) + 2;
	}
	for (int c = 0; c < CONVS; c++)
		if (*text[c])
			fprintf(f, length < LINE_WIDTH ? ", %s" : ",\n            %s", text[c]);
	fputs(")\n", f);
}

/* ", 0, 2, 5", or ", *range(0, 9)" for many that follow one another. */
static void put_banks(FILE *f, uint64_t banks)
{
	int first = bits_first(banks), count = bits_count(banks);
	uint64_t run = banks >> first;

	if (count > NUMBERS_IN_FULL && !(run & (run + 1))) {
		fprintf(f, ", *range(%d, %d)", first, first + count);
		return;
	}
	for (; banks; banks &= banks - 1)
		fprintf(f, ", %d", bits_first(banks));
}

/* "adds to 2 banks, fills 1" */
static void put_effect(FILE *f, const struct layer *write)
{
	int filled = bits_count(write->created), added = bits_count(write->banks) - filled;

	if (added)
		fprintf(f, "adds to %d bank%s%s", added, plural(added), filled ? ", " : "");
	if (filled)
		fprintf(f, "fills %d%s", filled, added ? "" : filled == 1 ? " bank" : " banks");
}

static void put_call(FILE *f, const struct exported *e, int number, const struct op_layers *op)
{
	fprintf(f, "        # %d -> %d -> %d channels; ", op->pointwise->conv.c_in, op->pointwise->conv.c_out,
		e->layer[op->write->in[1]].channels);
	put_effect(f, op->write);
	fprintf(f, "\n        y = self.op%d(read(banks", number);
	put_banks(f, op->read->banks);
	fputs("))\n        write(banks, y", f);
	put_banks(f, op->write->banks);
	fputs(")\n", f);
}

static int put_block(FILE *f, const struct exported *e, int number)
{
	struct block_layers block = find_block(e, number);
	char size[48];

	fprintf(f, "\n\nclass Block%d(nn.Module):\n    \"\"\"%s: %d channels come in %d bank%s of %d, %d leave in %d.\"\"\"\n\n", number,
		pytorch_sides(block.banks, size), block.banks->channels, block.banks->written, plural(block.banks->written), block.banks->bank,
		block.end->channels, block.end->written);
	fputs("    def __init__(self):\n        super().__init__()\n", f);
	for (int o = 1; o <= block.ops; o++) {
		struct op_layers op = find_op(e, number, o);

		if (!op.read || !op.pointwise || !op.conv[0] || !op.write)
			return err_set("%s: block %d op %d is not written for PyTorch", e->name, number, o);
		put_op(f, o, &op);
	}
	fprintf(f, "\n    def forward(self, x):\n        banks = list(x.split(%d, dim=1))\n", block.banks->bank);
	for (int o = 1; o <= block.ops; o++) {
		struct op_layers op = find_op(e, number, o);

		put_call(f, e, o, &op);
	}
	fputs("        return torch.cat(banks, dim=1)\n", f);
	return 0;
}

/* ---- a memory-bank network ---- */

static void put_op_class(FILE *f, const struct exported *e)
{
	fprintf(f, bank_functions, e->axes);
	if (find_op(e, 1, 1).norms)
		fprintf(f, op_class_with_norms, e->axes, e->axes);
	else
		fputs(op_class, f);
	fputs(op_class_end, f);
}

static int put_bank_network(FILE *f, const struct exported *e)
{
	char name[32], code[128];

	fputs("\n\nclass Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n", f);
	pytorch_stem(f, &pytorch_layer(e, "stem")->conv);
	for (int b = 1; b <= BLOCKS; b++) {
		snprintf(name, sizeof(name), "norm%d", b);
		fprintf(f, "        self.block%d = Block%d()\n        self.norm%d = nn.BatchNorm%dd(%d)\n", b, b, b, e->axes,
			pytorch_layer(e, name)->channels);
		snprintf(name, sizeof(name), "transition%d", b);
		if (b < BLOCKS)
			fprintf(f, "        self.transition%d = conv(%d, %d, 1)\n", b, pytorch_layer(e, name)->conv.c_in, pytorch_layer(e, name)->conv.c_out);
	}
	fprintf(f, "        self.linear = nn.Linear(%d, %d)\n\n    def forward(self, x):\n", pytorch_layer(e, "norm3")->channels,
		e->input.classes);
	pytorch_step(f, "x = F.relu(self.stem(x))", pytorch_layer(e, "stem"));
	for (int b = 1; b <= BLOCKS; b++) {
		snprintf(code, sizeof(code), "x = self.block%d(x)", b);
		pytorch_step(f, code, find_block(e, b).end);
		snprintf(name, sizeof(name), "transition%d", b);
		if (b == BLOCKS)
			break;
		snprintf(code, sizeof(code), "x = F.avg_pool%dd(F.relu(self.norm%d(x)), 2, ceil_mode=True)", e->axes, b);
		fprintf(f, "        %s\n", code);
		snprintf(code, sizeof(code), "x = self.transition%d(x)", b);
		pytorch_step(f, code, pytorch_layer(e, name));
	}
	fprintf(f, "        return self.linear(F.relu(self.norm%d(x)).mean(dim=%s))\n", BLOCKS, pytorch_axes(e));
	return 0;
}

int pytorch_banks(FILE *f, const struct exported *e)
{
	put_op_class(f, e);
	for (int b = 1; b <= BLOCKS; b++)
		if (put_block(f, e, b) < 0)
			return -1;
	return put_bank_network(f, e);
}
