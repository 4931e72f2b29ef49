/* pytorch_wide.c -- a Wide ResNet in Python. */
#include "src/export/pytorch_parts.h"

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

static const struct layer *wide_conv(const struct exported *e, int group, int block)
{
	char name[64];

	snprintf(name, sizeof(name), "group%d.block%d.conv1", group, block);
	return pytorch_layer(e, name);
}

int pytorch_wide(FILE *f, const struct exported *e)
{
	int groups = 0;
	char code[64];

	fprintf(f, wide_classes, e->axes, e->axes, e->axes, e->axes, e->axes);
	fputs("\n\nclass Network(nn.Module):\n    def __init__(self):\n        super().__init__()\n", f);
	pytorch_stem(f, &pytorch_layer(e, "stem")->conv);
	while (wide_conv(e, groups + 1, 1)) {
		const struct conv *g = &wide_conv(e, ++groups, 1)->conv;
		int blocks = 1;

		while (wide_conv(e, groups, blocks + 1))
			blocks++;
		fprintf(f, "        self.group%d = Group(%d, %d, blocks=%d", groups, g->c_in, g->c_out, blocks);
		fprintf(f, g->stride[0] > 1 ? ", stride=%d)\n" : ")\n", g->stride[0]);
	}
	fprintf(f, "        self.norm = nn.BatchNorm%dd(%d)\n        self.linear = nn.Linear(%d, %d)\n\n    def forward(self, x):\n", e->axes,
		pytorch_layer(e, "norm")->channels, pytorch_layer(e, "norm")->channels, e->input.classes);
	pytorch_step(f, "x = self.stem(x)", pytorch_layer(e, "stem"));
	for (int g = 1; g <= groups; g++) {
		snprintf(code, sizeof(code), "x = self.group%d(x)", g);
		pytorch_step(f, code, wide_conv(e, g, 1));
	}
	fprintf(f, "        return self.linear(F.relu(self.norm(x)).mean(dim=%s))\n", pytorch_axes(e));
	return 0;
}
