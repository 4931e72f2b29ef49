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

int export_text_parts(const struct export_source *s)
{
	return s->count;
}

int export_text(FILE *f, const struct export_source *s, int part)
{
	struct arch arch;

	if (!s->arch(s->context, part, &arch))
		return err_set("architecture %d of %d is not at hand", part + 1, s->count);
	if (part > 0)
		fputc('\n', f);
	return export_arch_text(f, s->space, s->input, &arch);
}
