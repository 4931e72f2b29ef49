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

static const char *text(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static void print_row(const json_t *row)
{
	const char *path = text(row, "path");
	json_t *file;
	size_t i;

	printf("%-16s %-8s %s\n", text(row, "name"), path ? "found" : "missing", text(row, "description"));
	if (path) {
		printf("%-25s in %s\n", "", path);
		return;
	}
	json_array_foreach(json_object_get(row, "missing"), i, file)
		printf("%-25s %s\n", "", json_string_value(file));
	printf("%-25s to be had: %s\n", "", text(row, "package"));
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
