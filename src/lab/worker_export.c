/* worker_export.c -- architectures as files: between two steps of training, as thousands of them take a while. */
#include "src/lab/worker_internal.h"

#include "src/base/err.h"
#include "src/export/export.h"

struct exporting {
	const struct worker *worker;
	const struct command *command;
};

static bool arch_at(void *context, int i, struct arch *arch)
{
	const struct exporting *e = context;
	int row = e->command->export.count ? e->command->export.row[i] : 0;

	if (!e->command->export.count)
		*arch = e->command->export.arch;
	else if (row < 0 || row >= e->worker->ranking.count)
		return false;
	else
		*arch = e->worker->ranking.entry[row].arch;
	return true;
}

void export_command(struct worker *w, const struct command *c)
{
	struct exporting e = { w, c };
	struct export_source source = {
		.count = c->export.count ? c->export.count : 1, .space = &w->next.space, .input = &w->next.input, .arch = arch_at, .context = &e,
		.run_path = w->run->path,
	};
	const struct export_format *format = export_find(c->export.format);
	char text[96];

	source.trainer = format && format->weights ? w->trainer : NULL;
	if (!format || export_file(format, &source, c->export.path, c->export.replace, text, sizeof(text)) < 0)
		say(w, "not exported: %s", err_last());
	else
		say(w, "%s: %s", c->export.path, text);
}
