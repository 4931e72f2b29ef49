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

int export_json_parts(const struct export_source *s)
{
	return s->count == 1 ? 1 : 2 * s->count;
}

/* An id each, then an architecture each: a document of thousands as a whole would take a gigabyte. */
static int write_of_list(FILE *f, const struct export_source *s, int part)
{
	bool ids = part < s->count;
	int i = ids ? part : part - s->count;
	struct arch arch;
	char id[ARCH_ID_LENGTH + 1];

	if (take(s, i, &arch) < 0)
		return -1;
	if (ids) {
		arch_id(&arch, id);
		fprintf(f, "%s\"%s\"", i ? ", " : "{\"ids\": [", id);
		return 0;
	}
	fputs(i ? ",\n" : "], \"architectures\": [\n", f);
	if (dump(f, &arch) < 0)
		return -1;
	if (i + 1 == s->count)
		fputs("]}\n", f);
	return 0;
}

int export_json(FILE *f, const struct export_source *s, int part)
{
	struct arch arch;

	if (s->count != 1)
		return write_of_list(f, s, part);
	if (take(s, 0, &arch) < 0 || dump(f, &arch) < 0)
		return -1;
	fputc('\n', f);
	return 0;
}
