/* show.c -- the bank view of architectures as text, with what they cost. */
#include <stdio.h>
#include <stdlib.h>

#include "src/arch/adapt.h"
#include "src/base/err.h"
#include "src/cli/cli.h"
#include "src/cli/find.h"
#include "src/export/export.h"

static json_t *to_json(const struct setting *s, const struct arch *arch)
{
	struct arch_cost cost = arch_cost(&s->space, arch, &s->input);
	char id[ARCH_ID_LENGTH + 1];

	arch_id(arch, id);
	return json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:i}", "id", id, "architecture", arch_to_json(arch),
		"parameters", (json_int_t)(cost.free + cost.generated), "parameters_free", (json_int_t)cost.free,
		"parameters_generated", (json_int_t)cost.generated, "macs", (json_int_t)cost.macs, "depth", cost.depth);
}

/* On data of other axes an architecture is shown as it would be trained there. */
static int fit_all(const struct setting *s, const char *name, struct arch *list, int count)
{
	for (int i = 0; i < count; i++) {
		arch_set_axes(&list[i], s->axes);
		if (arch_validate(&s->space, &list[i], NULL) < 0)
			return count > 1 ? err_prefix("%s architecture %d", name, i + 1) : err_prefix("%s", name);
	}
	return 0;
}

/* One is its document, several are a list of them. */
static int print_json(const struct setting *s, const struct arch *arch, int count)
{
	json_t *list = json_array();

	if (count == 1) {
		json_decref(list);
		return cli_print_json(to_json(s, arch));
	}
	for (int i = 0; i < count; i++)
		json_array_append_new(list, to_json(s, &arch[i]));
	return cli_print_json(json_pack("{s:o}", "architectures", list));
}

static int print_all(const struct setting *s, const struct arch *arch, int count)
{
	for (int i = 0; i < count; i++) {
		if (i > 0)
			putchar('\n');
		if (export_arch_text(stdout, &s->space, &s->input, &arch[i]) < 0)
			return cli_failed(EXIT_FAILED);
	}
	return EXIT_DONE;
}

int cli_show(const struct options *o)
{
	struct setting s;
	struct arch *list;
	int status = find_setting(&s, o), count;

	if (status != EXIT_DONE)
		return cli_failed(status);
	count = find_archs(&list, o, &s);
	if (count < 0)
		return cli_failed(EXIT_FAILED);
	if (fit_all(&s, o->argument[0], list, count) < 0)
		status = cli_failed(EXIT_FAILED);
	else
		status = o->json ? print_json(&s, list, count) : print_all(&s, list, count);
	free(list);
	return status;
}
