/* data.c -- which data sets are there, what is missing and where to get it. */
#include <stdio.h>

#include "src/cli/cli.h"
#include "src/data/dataset.h"

static json_t *describe(const struct dataset_format *format)
{
	json_t *missing = NULL;
	const char *path = dataset_find(format, &missing);
	json_t *row = json_pack("{s:s, s:b, s:s?, s:o, s:s, s:s}", "name", format->name, "found", path != NULL, "path", path,
		"missing", missing ? missing : json_array(), "description", format->description, "package", format->package);

	return row;
}

static void print_row(const json_t *row)
{
	const char *name, *path = NULL, *description, *package;
	json_t *missing, *file;
	size_t i;

	json_unpack((json_t *)row, "{s:s, s:s?, s:o, s:s, s:s}", "name", &name, "path", &path, "missing", &missing,
		"description", &description, "package", &package);
	printf("%-16s %-8s %s\n", name, path ? "found" : "missing", description);
	if (path) {
		printf("%-16s %-8s in %s\n", "", "", path);
		return;
	}
	json_array_foreach(missing, i, file)
		printf("%-16s %-8s %s %s\n", "", "", i ? "       " : "missing", json_string_value(file));
	printf("%-16s %-8s to be had: %s\n", "", "", package);
}

int cli_data(const struct options *o)
{
	json_t *list = json_array(), *row;
	size_t i;

	for (int k = 0; k < dataset_format_count; k++)
		json_array_append_new(list, describe(&dataset_formats[k]));
	if (o->json)
		return cli_print_json(json_pack("{s:o}", "datasets", list));
	json_array_foreach(list, i, row)
		print_row(row);
	json_decref(list);
	return EXIT_DONE;
}
