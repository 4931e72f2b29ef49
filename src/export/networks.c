/* networks.c -- the networks of a source, with the weights that are asked for. */
#include "src/base/err.h"
#include "src/export/export.h"
#include "src/export/network.h"

int export_network(struct exported *e, const struct export_source *s, int i)
{
	struct arch arch;

	*e = (struct exported){ 0 };
	if (s->network)
		return exported_retrained(e, s->trainer, NULL, s->network, s->weights == EXPORT_SELECTED);
	if (!s->arch(s->context, i, &arch))
		return err_set("architecture %d of %d is not at hand", i + 1, s->count);
	if (s->weights == EXPORT_GENERATED)
		return exported_generated(e, s->trainer, &arch);
	return exported_retrained(e, s->trainer, &arch, NULL, s->weights == EXPORT_SELECTED);
}
