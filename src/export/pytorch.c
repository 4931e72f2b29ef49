/*
 * pytorch.c -- a network as a file of Python: what it is, its classes, and what loads and checks it. That the file computes what the layers do, its own
 * check shows on the examples beside the weights.
 */
#include "src/export/pytorch.h"

#include <ctype.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/units.h"
#include "src/export/export.h"
#include "src/export/pytorch_parts.h"

enum { LINE_WIDTH = 100, LABEL_WIDTH = 10 };

/* ---- parts ---- */

const struct layer *pytorch_layer(const struct exported *e, const char *name)
{
	for (int i = 0; i < e->count; i++)
		if (strcmp(e->layer[i].name, name) == 0)
			return &e->layer[i];
	return NULL;
}

/* "7x7", "8x8x8" */
const char *pytorch_sides(const struct layer *l, char text[48])
{
	snprintf(text, 48, l->axes == 3 ? "%dx%dx%d" : "%dx%d", l->side[0], l->side[1], l->side[2]);
	return text;
}

/* 3, (3, 5): one number where all are the same. */
const char *pytorch_per_axis(const int *x, int axes, char text[48])
{
	bool same = x[1] == x[0] && (axes < 3 || x[2] == x[0]);

	snprintf(text, 48, same ? "%d" : axes == 3 ? "(%d, %d, %d)" : "(%d, %d)", x[0], x[1], x[2]);
	return text;
}

const char *pytorch_axes(const struct exported *e)
{
	return e->axes == 3 ? "(2, 3, 4)" : "(2, 3)";
}

/* nn.Conv2d(1, 16, 5, stride=2, padding=2, bias=False) */
void pytorch_stem(FILE *f, const struct conv *g)
{
	char kernel[48], stride[48], pad[48];

	fprintf(f, "        self.stem = nn.Conv%dd(%d, %d, %s, stride=%s, padding=%s, bias=False)\n", g->axes, g->c_in, g->c_out,
		pytorch_per_axis(g->kernel, g->axes, kernel), pytorch_per_axis(g->stride, g->axes, stride), pytorch_per_axis(g->pad, g->axes, pad));
}

/* A line of code with a comment of what it leaves. */
void pytorch_step(FILE *f, const char *code, const struct layer *l)
{
	char size[48];

	fprintf(f, "        %-58s # %d channels, %s\n", code, l->channels, pytorch_sides(l, size));
}

/* ---- text ---- */

/* A line of a docstring, or several, words below one another after the label: nothing in it ends the string or moves a cursor. */
static void put_words(FILE *f, const char *label, const char *text)
{
	int at = fprintf(f, "%-*s", LABEL_WIDTH, label);

	while (*text) {
		int length = (int)strcspn(text + 1, " ") + 1;

		if (at + length > LINE_WIDTH && *text == ' ') {
			at = fprintf(f, "\n%*s", LABEL_WIDTH, "") - 1;
			text++;
			length--;
		}
		at += length;
		for (; length > 0; length--, text++) {
			if (*text == '\\' || *text == '"')
				fputc('\\', f);
			fputc(iscntrl((unsigned char)*text) ? '?' : *text, f);
		}
	}
	fputc('\n', f);
}

/* NAME = ["…", "…"], or lines of them. */
static int put_strings(FILE *f, const char *name, char *const *text, int count)
{
	int at = fprintf(f, "%s = [\n   ", name) - (int)strlen(name) - 5;

	for (int i = 0; i < count; i++) {
		json_t *string = json_string(text[i]);
		char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;
		int length = quoted ? (int)strlen(quoted) : 0;

		json_decref(string);
		if (!quoted)
			return err_set("the class name %s is no UTF-8", text[i]);
		if (at + length + 2 > LINE_WIDTH)
			at = fprintf(f, "\n   ") - 1;
		at += fprintf(f, " %s,", quoted);
		free(quoted);
	}
	fputs("\n]\n", f);
	return 0;
}

static void put_floats(FILE *f, const char *name, const float *x, int count)
{
	fprintf(f, "%s = [", name);
	for (int i = 0; i < count; i++)
		fprintf(f, "%s%.9g", i ? ", " : "", x[i]);
	fputs("]\n", f);
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

static const char tail[] =
	"\n"
	"\n"
	"def read_safetensors(path):\n"
	"    \"\"\"The tensors of a file by name.\"\"\"\n"
	"    with open(path, \"rb\") as f:\n"
	"        data = f.read()\n"
	"    begin = 8 + struct.unpack_from(\"<Q\", data)[0]\n"
	"    header = json.loads(data[8:begin])\n"
	"    values = data[begin:]\n"
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
	char count[UNITS_TEXT], macs[UNITS_TEXT], size[48], text[192], shape[48];
	int at = 0;

	fprintf(f, "\"\"\"\n%s %s of smashtop.\n\n", e->is_arch ? "Architecture" : "Network", e->name);
	put_words(f, "weights", e->weights_text);
	put_words(f, "data", e->data);
	put_words(f, "run", e->run);
	for (int a = 0; a < e->axes; a++)
		at += snprintf(shape + at, sizeof(shape) - (size_t)at, ", %d", input->side[a]);
	snprintf(text, sizeof(text), "[n, %d%s]: %s of %s, (value / 255 - MEAN) / DEVIATION for each channel", input->channels, shape,
		e->axes == 3 ? "volumes" : "images", pytorch_sides(input, size));
	put_words(f, "input", text);
	snprintf(text, sizeof(text), "[n, %d]: logits of CLASSES", e->input.classes);
	put_words(f, "output", text);
	snprintf(text, sizeof(text), "%s parameters, %s multiply-accumulates an example", units_thousands(e->parameters, count),
		units_count((double)e->macs, macs));
	put_words(f, "size", text);
	fputs("\nload(\"FILE.safetensors\") gives the network with its weights. Run as a program with that file, this one\n"
		"checks that they give the outputs which smashtop has for the examples in there.\n\"\"\"\n", f);
}

static int put_head(FILE *f, const struct exported *e)
{
	put_docstring(f, e);
	fputs(imports, f);
	put_floats(f, "MEAN", e->normalisation.mean, e->normalisation.channels);
	put_floats(f, "DEVIATION", e->normalisation.deviation, e->normalisation.channels);
	return put_strings(f, "CLASSES", e->class_name, e->input.classes);
}

/* ---- files ---- */

int pytorch_write_module(FILE *f, const struct exported *e)
{
	if (check_layers(e) < 0 || put_head(f, e) < 0 || (e->is_arch ? pytorch_banks : pytorch_wide)(f, e) < 0)
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
