/* subject.c -- what formats read of the run that they are of. */
#include "src/export/subject.h"

#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/lab/results.h"
#include "src/lab/trained.h"
#include "src/store/run.h"

static json_t *load(const char *path)
{
	json_error_t error;
	json_t *document = json_load_file(path, 0, &error);

	if (!document)
		err_set("%s: line %d: %s", path, error.line, error.text);
	else if (!json_is_object(document)) {
		err_set("%s: no object; a result as an experiment writes it would be right", path);
		json_decref(document);
		document = NULL;
	}
	return document;
}

static json_t *numbered(const char *run_path, enum experiment_kind kind, int number)
{
	struct result_file *list;
	json_t *document = NULL;
	int count = results_list(run_path, kind, &list);

	if (number < 1 || number > count)
		err_set("%s: there is no %s number %d; there are %d", run_path, experiment_names[kind], number, count);
	else
		document = load(list[number - 1].path);
	free(list);
	return document;
}

json_t *subject_document(const struct export_source *s, enum experiment_kind kind)
{
	json_t *document;

	if (s->result)
		return numbered(s->run_path, kind, s->result);
	document = results_newest(s->run_path, kind);
	if (!document)
		err_set("%s: has no result of %s yet: smashtop %s gives one", s->run_path, experiment_names[kind], experiment_names[kind]);
	return document;
}

json_t *subject_trained(const char *run_path)
{
	struct run *run = run_open(run_path, false);
	json_t *trained = run ? trained_document(run_path, run->config.data) : NULL;

	if (run)
		run_close(run);
	return trained;
}

json_t *subject_of_id(const json_t *document, const char *list, const char *id)
{
	json_t *entry;
	size_t i;

	json_array_foreach(json_object_get(document, list), i, entry) {
		const char *own = json_string_value(json_object_get(entry, "id"));

		if (own && strcmp(own, id) == 0)
			return entry;
	}
	return NULL;
}
