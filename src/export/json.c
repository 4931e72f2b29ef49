/* json.c -- architectures as documents: one is smashtop-architecture(5) alone, several are a list as `smashtop sample` writes it. Both are read back by
 * every command that takes a file. */
#include <errno.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/export.h"

static int take(const struct export_source *s, int i, struct arch *arch)
{
	return s->arch(s->context, i, arch) ? 0 : err_set("architecture %d of %d is not at hand", i + 1, s->count);
}

static int dump(FILE *f, const struct arch *arch)
{
	json_t *document = arch_to_json(arch);
	int rc = document ? json_dumpf(document, f, 0) : -1;

	json_decref(document);
	return rc < 0 ? err_set("the document cannot be written: %s", strerror(errno)) : 0;
}

/* One at a time: a document of thousands as a whole would take a gigabyte. */
static int write_list(FILE *f, const struct export_source *s)
{
	struct arch arch;
	char id[ARCH_ID_LENGTH + 1];

	fputs("{\"ids\": [", f);
	for (int i = 0; i < s->count; i++) {
		if (take(s, i, &arch) < 0)
			return -1;
		arch_id(&arch, id);
		fprintf(f, "%s\"%s\"", i ? ", " : "", id);
	}
	fputs("], \"architectures\": [", f);
	for (int i = 0; i < s->count; i++) {
		fputs(i ? ",\n" : "\n", f);
		if (take(s, i, &arch) < 0 || dump(f, &arch) < 0)
			return -1;
	}
	fputs("]}\n", f);
	return 0;
}

int export_json(FILE *f, const struct export_source *s)
{
	struct arch arch;

	if (s->count != 1)
		return write_list(f, s);
	if (take(s, 0, &arch) < 0 || dump(f, &arch) < 0)
		return -1;
	fputc('\n', f);
	return 0;
}
