/* show.c -- the bank view of an architecture as text, with what it costs. */
#include <stdio.h>
#include <stdlib.h>

#include "src/arch/text.h"
#include "src/base/err.h"
#include "src/base/units.h"
#include "src/cli/cli.h"
#include "src/cli/find.h"

static int print_text(const struct setting *s, const struct arch *arch, const char *id, const struct arch_cost *cost)
{
	char free_text[UNITS_TEXT], generated[UNITS_TEXT], macs[UNITS_TEXT];
	char *view = arch_text(&s->space, arch, &s->input);

	if (!view) {
		err_set("out of memory");
		return cli_failed(EXIT_FAILED);
	}
	printf("%s  %s parameters free, %s generated, %s multiply-accumulates, depth %d\n\n%s", id,
		units_count((double)cost->free, free_text), units_count((double)cost->generated, generated),
		units_count((double)cost->macs, macs), cost->depth, view);
	free(view);
	return EXIT_DONE;
}

int cli_show(const struct options *o)
{
	struct setting s;
	struct arch arch;
	char id[ARCH_ID_LENGTH + 1];

	if (find_arch(&arch, o, o->argument[0]) < 0)
		return cli_failed(EXIT_FAILED);

	int status = find_setting(&s, o);

	if (status != EXIT_DONE)
		return cli_failed(status);
	if (arch.axes != s.axes) {
		err_set("%s: an architecture of %d axes, but the data set has %d", o->argument[0], arch.axes, s.axes);
		return cli_failed(EXIT_FAILED);
	}
	if (arch_validate(&s.space, &arch, NULL) < 0) {
		err_prefix("%s", o->argument[0]);
		return cli_failed(EXIT_FAILED);
	}
	arch_id(&arch, id);

	struct arch_cost cost = arch_cost(&s.space, &arch, &s.input);

	if (!o->json)
		return print_text(&s, &arch, id, &cost);
	return cli_print_json(json_pack("{s:s, s:o, s:I, s:I, s:I, s:I, s:i}", "id", id, "architecture", arch_to_json(&arch),
		"parameters", (json_int_t)(cost.free + cost.generated), "parameters_free", (json_int_t)cost.free,
		"parameters_generated", (json_int_t)cost.generated, "macs", (json_int_t)cost.macs, "depth", cost.depth));
}
