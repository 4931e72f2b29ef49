/*
 * pytorch.c -- a network as a file of Python: a class for each block, ops by their sizes, banks as lists of tensors. Blocks and ops are those
 * of network.h's layers; that the file computes what the layers do, its own check shows on the examples beside the weights.
 */
#include "src/export/pytorch.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/units.h"
#include "src/export/export.h"

enum { LINE_WIDTH = 100, NUMBERS_IN_FULL = 4 };

/* ---- text ---- */

/* Into a docstring: nothing ends it, nothing moves a cursor. */
static void put_text(FILE *f, const char *text)
{
	for (; *text; text++) {
		if (*text == '\\' || *text == '"')
			fputc('\\', f);
		fputc(iscntrl((unsigned char)*text) ? '?' : *text, f);
	}
}

/* NAME = ["…", "…"], in lines of LINE_WIDTH. */
static int put_strings(FILE *f, const char *name, char *const *text, int count)
{
	int at = fprintf(f, "%s = [", name);

	for (int i = 0; i < count; i++) {
		json_t *string = json_string(text[i]);
		char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
		int length = quoted ? (int)strlen(quoted) : 0;

		json_decref(string);
		if (!quoted)
			return err_set("the class name %s is no UTF-8", text[i]);
		if (i > 0 && at + length + 3 > LINE_WIDTH)
			at = fprintf(f, ",\n    ") - 2;
		else if (i > 0)
			at += fprintf(f, ", ");
		at += fprintf(f, "%s", quoted);
		free(quoted);
	}
	fputs("]\n", f);
	return 0;
}

static void put_floats(FILE *f, const char *name, const float *x, int count)
{
	fprintf(f, "%s = [", name);
	for (int i = 0; i < count; i++)
		fprintf(f, "%s%.9g", i ? ", " : "", x[i]);
	fputs("]\n", f);
}

/* "7x7", "8x8x8" */
static const char *sides(const struct layer *l, char text[48])
{
	snprintf(text, 48, l->axes == 3 ? "%dx%dx%d" : "%dx%d", l->side[0], l->side[1], l->side[2]);
	return text;
}

/* 3, (3, 5): one number where all are the same. */
static const char *per_axis(const int *x, int axes, char text[48])
{
	bool same = x[1] == x[0] && (axes < 3 || x[2] == x[0]);

	snprintf(text, 48, same ? "%d" : axes == 3 ? "(%d, %d, %d)" : "(%d, %d)", x[0], x[1], x[2]);
	return text;
}

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

static const struct layer *find_layer(const struct exported *e, const char *name)
{
	for (int i = 0; i < e->count; i++)
		if (strcmp(e->layer[i].name, name) == 0)
			return &e->layer[i];
	return NULL;
}

static const struct layer *find_kind(const struct exported *e, enum layer_kind kind)
{
	for (int i = 0; i < e->count; i++)
		if (e->layer[i].kind == kind)
			return &e->layer[i];
	return NULL;
}

/* What the text below takes for granted. */
static int check_layers(const struct exported *e)
{
	for (int i = 0; i < e->count; i++) {
		const struct layer *l = &e->layer[i];

		if (l->kind == LAYER_ACT && l->slope != 0)
			return err_set("%s: an activation of slope %g is not written for PyTorch", e->name, l->slope);
		if (l->kind == LAYER_NORM && l->epsilon != 1e-5f)
			return err_set("%s: a norm with epsilon %g is not written for PyTorch", e->name, l->epsilon);
	}
	return 0;
}

/* ---- text that is the same in every file ---- */

static const char imports[] =
	"import json\n"
	"import struct\n"
	"import sys\n"
	"\n"
	"import torch\n"
	"from torch import nn\n"
	"from torch.nn import functional as F\n"
	"\n";

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

static const char wide_classes[] =
	"\n"
	"\n"
	"class Block(nn.Module):\n"
	"    \"\"\"Two 3x3 convolutions, each after its norm, beside a shortcut from the activated input where sizes change.\"\"\"\n"
	"\n"
	"    def __init__(self, n_in, n_out, stride=1):\n"
	"        super().__init__()\n"
	"        self.norm1 = nn.BatchNorm%dd(n_in)\n"
	"        self.conv1 = nn.Conv%dd(n_in, n_out, 3, stride=stride, padding=1, bias=False)\n"
	"        self.norm2 = nn.BatchNorm%dd(n_out)\n"
	"        self.conv2 = nn.Conv%dd(n_out, n_out, 3, padding=1, bias=False)\n"
	"        self.shortcut = None\n"
	"        if n_in != n_out or stride > 1:\n"
	"            self.shortcut = nn.Conv%dd(n_in, n_out, 1, stride=stride, bias=False)\n"
	"\n"
	"    def forward(self, x):\n"
	"        active = F.relu(self.norm1(x))\n"
	"        y = self.conv2(F.relu(self.norm2(self.conv1(active))))\n"
	"        return y + (x if self.shortcut is None else self.shortcut(active))\n"
	"\n"
	"\n"
	"class Group(nn.Sequential):\n"
	"    \"\"\"Blocks of one resolution; the first may halve it.\"\"\"\n"
	"\n"
	"    def __init__(self, n_in, n_out, blocks, stride=1):\n"
	"        super().__init__()\n"
	"        for i in range(blocks):\n"
	"            self.add_module(f\"block{i + 1}\", Block(n_in if i == 0 else n_out, n_out, stride if i == 0 else 1))\n";

static const char tail[] =
	"\n"
	"\n"
	"def read_safetensors(path):\n"
	"    \"\"\"The tensors of a file by name.\"\"\"\n"
	"    with open(path, \"rb\") as f:\n"
	"        header = json.loads(f.read(struct.unpack(\"<Q\", f.read(8))[0]))\n"
	"        values = f.read()\n"
	"    header.pop(\"__metadata__\", None)\n"
	"    return {name: torch.frombuffer(bytearray(values[slice(*t[\"data_offsets\"])]), dtype=torch.float32).reshape(t[\"shape\"])\n"
	"            for name, t in header.items()}\n"
	"\n"
	"\n"
	"def load(path):\n"
	"    \"\"\"The network with the weights of a file, in evaluation mode.\"\"\"\n"
	"    network = Network()\n"
	"    tensors = read_safetensors(path)\n"
	"    network.load_state_dict({name: t for name, t in tensors.items() if not name.startswith(\"example.\")})\n"
	"    return network.eval()\n"
	"\n"
	"\n"
	"def check(path):\n"
	"    \"\"\"The largest difference from the outputs in the file, relative to the largest of these.\"\"\"\n"
	"    tensors = read_safetensors(path)\n"
	"    with torch.no_grad():\n"
	"        difference = load(path)(tensors[\"example.input\"]) - tensors[\"example.output\"]\n"
	"    return (difference.abs().max() / tensors[\"example.output\"].abs().max()).item()\n"
	"\n"
	"\n"
	"def main():\n"
	"    if len(sys.argv) != 2:\n"
	"        sys.exit(f\"usage: {sys.argv[0]} WEIGHTS.safetensors\")\n"
	"    path = sys.argv[1]\n"
	"    try:\n"
	"        difference = check(path)\n"
	"    except (OSError, KeyError, RuntimeError, ValueError, struct.error) as e:\n"
	"        sys.exit(f\"{path}: not the weights of this network: {' '.join(str(e).split())}\")\n"
	"    print(f\"{path}: largest relative difference {difference:.1e}\")\n"
	"    if not difference <= 1e-5:\n"
	"        sys.exit(f\"{path}: 1e-5 at most would be right\")\n"
	"\n"
	"\n"
	"if __name__ == \"__main__\":\n"
	"    main()\n";

/* ---- the head of the file ---- */

static void put_docstring(FILE *f, const struct exported *e)
{
	const struct layer *input = &e->layer[0];
	char count[UNITS_TEXT], macs[UNITS_TEXT], size[48];

	fprintf(f, "\"\"\"\n%s %s of smashtop on ", e->is_arch ? "Architecture" : "Network", e->name);
	put_text(f, e->data);
	fputs(".\n\nweights   ", f);
	put_text(f, e->weights_text);
	fputs("\nrun       ", f);
	put_text(f, e->run);
	fprintf(f, "\ninput     [n, %d", input->channels);
	for (int a = 0; a < e->axes; a++)
		fprintf(f, ", %d", input->side[a]);
	fprintf(f, "]: %s of %s, (value / 255 - MEAN) / DEVIATION for each channel\n", e->axes == 3 ? "volumes" : "images", sides(input, size));
	fprintf(f, "output    [n, %d]: logits of CLASSES\n", e->input.classes);
	fprintf(f, "size      %s parameters, %s multiply-accumulates an example\n", units_thousands(e->parameters, count),
		units_count((double)e->macs, macs));
	fputs("\nload(\"FILE.safetensors\") gives the network with its weights. Run as a program with that file, this one checks\n"
		"that they give the outputs which smashtop has for the examples in there.\n\"\"\"\n", f);
}

static int put_head(FILE *f, const struct exported *e)
{
	put_docstring(f, e);
	fputs(imports, f);
	put_floats(f, "MEAN", e->normalisation.mean, e->normalisation.channels);
	put_floats(f, "DEVIATION", e->normalisation.deviation, e->normalisation.channels);
	return put_strings(f, "CLASSES", e->class_name, e->input.classes);
}

/* ---- blocks of banks ---- */

/* conv(16, 8, (3, 5), dilation=2, groups=4) */
static void put_conv(FILE *f, const struct conv *g)
{
	char kernel[48], dilation[48];

	per_axis(g->dilation, g->axes, dilation);
	fprintf(f, "conv(%d, %d, %s", g->c_in, g->c_out, per_axis(g->kernel, g->axes, kernel));
	if (strcmp(dilation, "1") != 0)
		fprintf(f, ", dilation=%s", dilation);
	if (g->groups > 1)
		fprintf(f, ", groups=%d", g->groups);
	fputc(')', f);
}

static void put_op(FILE *f, int number, const struct op_layers *op)
{
	fprintf(f, "        self.op%d = Op(\n            %d, %d", number, op->pointwise->conv.c_in, op->pointwise->conv.c_out);
	for (int c = 0; c < CONVS; c++) {
		if (!op->conv[c])
			continue;
		fprintf(f, ",\n            conv%d=", c + 1);
		put_conv(f, &op->conv[c]->conv);
	}
	fputs(")\n", f);
}

/* ", 0, 2, 5", or ", *range(0, 9)" for many that follow one another. */
static void put_banks(FILE *f, uint64_t banks)
{
	int first = __builtin_ctzll(banks), count = __builtin_popcountll(banks);
	uint64_t run = banks >> first;

	if (count > NUMBERS_IN_FULL && !(run & (run + 1))) {
		fprintf(f, ", *range(%d, %d)", first, first + count);
		return;
	}
	for (; banks; banks &= banks - 1)
		fprintf(f, ", %d", __builtin_ctzll(banks));
}

/* "adds to 2 banks, fills 1" */
static void put_effect(FILE *f, const struct layer *write)
{
	int filled = __builtin_popcountll(write->created), added = __builtin_popcountll(write->banks) - filled;

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
		sides(block.banks, size), block.banks->channels, block.banks->written, plural(block.banks->written), block.banks->bank,
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

/* nn.Conv2d(1, 16, 5, stride=2, padding=2, bias=False) */
static void put_stem(FILE *f, const struct conv *g)
{
	char kernel[48], stride[48], pad[48];

	fprintf(f, "        self.stem = nn.Conv%dd(%d, %d, %s, stride=%s, padding=%s, bias=False)\n", g->axes, g->c_in, g->c_out,
		per_axis(g->kernel, g->axes, kernel), per_axis(g->stride, g->axes, stride), per_axis(g->pad, g->axes, pad));
}

/* A line of code with a comment of what it leaves. */
static void put_step(FILE *f, const char *code, const struct layer *l)
{
	char size[48];

	fprintf(f, "        %-58s # %d channels, %s\n", code, l->channels, sides(l, size));
}

static const char *axes_text(const struct exported *e)
{
	return e->axes == 3 ? "(2, 3, 4)" : "(2, 3)";
}

static int put_bank_network(FILE *f, const struct exported *e)
{
	char name[32], code[128];

	fputs("\n\nclass Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n", f);
	put_stem(f, &find_layer(e, "stem")->conv);
	for (int b = 1; b <= BLOCKS; b++) {
		snprintf(name, sizeof(name), "norm%d", b);
		fprintf(f, "        self.block%d = Block%d()\n        self.norm%d = nn.BatchNorm%dd(%d)\n", b, b, b, e->axes,
			find_layer(e, name)->channels);
		snprintf(name, sizeof(name), "transition%d", b);
		if (b < BLOCKS)
			fprintf(f, "        self.transition%d = conv(%d, %d, 1)\n", b, find_layer(e, name)->conv.c_in, find_layer(e, name)->conv.c_out);
	}
	fprintf(f, "        self.linear = nn.Linear(%d, %d)\n\n    def forward(self, x):\n", find_kind(e, LAYER_GLOBAL_POOL)->channels,
		e->input.classes);
	put_step(f, "x = F.relu(self.stem(x))", find_layer(e, "stem"));
	for (int b = 1; b <= BLOCKS; b++) {
		snprintf(code, sizeof(code), "x = self.block%d(x)", b);
		put_step(f, code, find_block(e, b).end);
		snprintf(name, sizeof(name), "transition%d", b);
		if (b == BLOCKS)
			break;
		snprintf(code, sizeof(code), "x = F.avg_pool%dd(F.relu(self.norm%d(x)), 2, ceil_mode=True)", e->axes, b);
		fprintf(f, "        %s\n", code);
		snprintf(code, sizeof(code), "x = self.transition%d(x)", b);
		put_step(f, code, find_layer(e, name));
	}
	fprintf(f, "        return self.linear(F.relu(self.norm%d(x)).mean(dim=%s))\n", BLOCKS, axes_text(e));
	return 0;
}

static int put_architecture(FILE *f, const struct exported *e)
{
	put_op_class(f, e);
	for (int b = 1; b <= BLOCKS; b++)
		if (put_block(f, e, b) < 0)
			return -1;
	return put_bank_network(f, e);
}

/* ---- a Wide ResNet ---- */

static const struct layer *wide_conv(const struct exported *e, int group, int block)
{
	char name[64];

	snprintf(name, sizeof(name), "group%d.block%d.conv1", group, block);
	return find_layer(e, name);
}

static int put_wide_resnet(FILE *f, const struct exported *e)
{
	int groups = 0;
	char code[64];

	fprintf(f, wide_classes, e->axes, e->axes, e->axes, e->axes, e->axes);
	fputs("\n\nclass Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n", f);
	put_stem(f, &find_layer(e, "stem")->conv);
	while (wide_conv(e, groups + 1, 1)) {
		const struct conv *g = &wide_conv(e, ++groups, 1)->conv;
		int blocks = 1;

		while (wide_conv(e, groups, blocks + 1))
			blocks++;
		fprintf(f, "        self.group%d = Group(%d, %d, blocks=%d", groups, g->c_in, g->c_out, blocks);
		fprintf(f, g->stride[0] > 1 ? ", stride=%d)\n" : ")\n", g->stride[0]);
	}
	fprintf(f, "        self.norm = nn.BatchNorm%dd(%d)\n        self.linear = nn.Linear(%d, %d)\n\n    def forward(self, x):\n", e->axes,
		find_layer(e, "norm")->channels, find_layer(e, "norm")->channels, e->input.classes);
	put_step(f, "x = self.stem(x)", find_layer(e, "stem"));
	for (int g = 1; g <= groups; g++) {
		snprintf(code, sizeof(code), "x = self.group%d(x)", g);
		put_step(f, code, wide_conv(e, g, 1));
	}
	fprintf(f, "        return self.linear(F.relu(self.norm(x)).mean(dim=%s))\n", axes_text(e));
	return 0;
}

/* ---- files ---- */

int pytorch_write_module(FILE *f, const struct exported *e)
{
	if (check_layers(e) < 0 || put_head(f, e) < 0 || (e->is_arch ? put_architecture : put_wide_resnet)(f, e) < 0)
		return -1;
	fputs(tail, f);
	return 0;
}

static struct st_tensor example(const struct exported *e, const char *name, float *data, int rank)
{
	struct st_tensor t = { .type = ST_F32, .rank = rank, .data = data, .dim = { e->examples } };

	snprintf(t.name, sizeof(t.name), "%s", name);
	return t;
}

int pytorch_write_weights(FILE *f, const struct exported *e)
{
	struct st_tensor *all = calloc((size_t)e->tensors + 2, sizeof(*all)), *input, *output;
	json_t *metadata = json_pack("{s:s, s:s, s:s, s:s, s:s}", "format", "pt", e->is_arch ? "architecture" : "network", e->name,
		"data", e->data, "weights", e->weights, "description", e->weights_text);
	int rc = -1;

	if (all && metadata) {
		memcpy(all, e->tensor, (size_t)e->tensors * sizeof(*all));
		input = &all[e->tensors];
		output = input + 1;
		*input = example(e, "example.input", e->example_input, e->axes + 2);
		input->dim[1] = e->input.channels;
		for (int a = 0; a < e->axes; a++)
			input->dim[2 + a] = e->input.side[a];
		*output = example(e, "example.output", e->example_output, 2);
		output->dim[1] = e->input.classes;
		rc = st_print(f, all, e->tensors + 2, metadata);
	} else {
		err_set("%s: out of memory, or its data set's name is no UTF-8", e->name);
	}
	json_decref(metadata);
	free(all);
	return rc;
}

int export_pytorch(FILE *const file[], const struct export_source *s, int i)
{
	struct exported e;
	int rc = -1;

	if (export_network(&e, s, i) == 0 && pytorch_write_module(file[0], &e) == 0)
		rc = pytorch_write_weights(file[1], &e);
	exported_release(&e);
	return rc;
}
