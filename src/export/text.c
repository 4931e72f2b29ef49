/* text.c -- architectures for people. */
#include <stdlib.h>

#include "src/arch/text.h"
#include "src/base/err.h"
#include "src/base/units.h"
#include "src/export/export.h"

int export_arch_text(FILE *f, const struct space *space, const struct arch_input *input, const struct arch *arch)
{
	char free_text[UNITS_TEXT], generated[UNITS_TEXT], macs[UNITS_TEXT], id[ARCH_ID_LENGTH + 1];
	struct arch_cost cost = arch_cost(space, arch, input);
	char *view = arch_text(space, arch, input);

	if (!view)
		return err_set("out of memory");
	arch_id(arch, id);
	fprintf(f, "%s  %s parameters free, %s generated, %s multiply-accumulates, depth %d\n\n%s", id,
		units_count((double)cost.free, free_text), units_count((double)cost.generated, generated),
		units_count((double)cost.macs, macs), cost.depth, view);
	free(view);
	return 0;
}

int export_text(FILE *f, const struct export_source *s)
{
	struct arch arch;

	for (int i = 0; i < s->count; i++) {
		if (!s->arch(s->context, i, &arch))
			return err_set("architecture %d of %d is not at hand", i + 1, s->count);
		if (i > 0)
			fputc('\n', f);
		if (export_arch_text(f, s->space, s->input, &arch) < 0)
			return -1;
	}
	return 0;
}
