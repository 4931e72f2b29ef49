/* data.c -- which data sets are there, what is missing and where to get it; and how far one is that is being opened. */
#include <stdio.h>

#include "src/cli/cli.h"
#include "src/data/dataset.h"

static json_t *looked(const struct dataset_format *format)
{
	json_t *list = json_array();

	for (const char *const *parent = dataset_parents; *format->files && *parent; parent++)
		json_array_append_new(list, json_sprintf("%s/%s", *parent, format->name));
	return list;
}

static json_t *describe(const struct dataset_format *format)
{
	json_t *missing = NULL;
	const char *path = dataset_find(format, &missing);
	json_t *row = json_pack("{s:s, s:b, s:s?, s:o, s:o, s:s, s:s, s:s?}", "name", format->name, "found", path != NULL, "path", path,
		"missing", missing ? missing : json_array(), "looked", looked(format), "description", format->description,
		"package", format->package, "variants", format->variants);

	return row;
}

static const char *text(const json_t *row, const char *key)
{
	return json_string_value(json_object_get(row, key));
}

static void print_line(const char *title, const char *words)
{
	printf("%-16s %-8s %s\n", "", title, words);
}

/* Names in lines of at most COLUMNS, those after the first below it. */
static void print_names(const char *title, const json_t *names)
{
	enum { COLUMNS = 100 };
	const json_t *name;
	size_t i, column = 0;

	json_array_foreach(names, i, name) {
		size_t n = json_string_length(name) + 2;

		if (column == 0 || column + n > COLUMNS)
			column = (size_t)printf("%s%-16s %-8s", i ? ",\n" : "", "", i ? "" : title);
		else
			putchar(',');
		column += (size_t)printf(" %s", json_string_value(name));
	}
	if (i)
		putchar('\n');
}

static void print_row(const json_t *row)
{
	const char *path = text(row, "path");
	bool sought = json_array_size(json_object_get(row, "looked")) > 0;

	printf("%-16s %-8s %s\n", text(row, "name"), path ? "found" : sought ? "missing" : "yours", text(row, "description"));
	if (path)
		print_line("in", path);
	print_names("lacks", json_object_get(row, "missing"));
	if (!path)
		print_line(sought ? "get it" : "", text(row, "package"));
	if (text(row, "variants"))
		print_line("also", text(row, "variants"));
}

static void print_where(void)
{
	printf("\nA data set is looked for in");
	for (const char *const *parent = dataset_parents; *parent; parent++)
		printf("%s %s/NAME", parent == dataset_parents ? "" : ",", *parent);
	printf(";\n--data NAME:FOLDER names another folder.\n");
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
	print_where();
	json_decref(list);
	return EXIT_DONE;
}

/* For who looks on: in a log it would stand between a command and its one line of error. */
static bool show_opening(void *context, const char *what, int64_t done, int64_t total)
{
	struct progress *p = context;

	if (!p->terminal)
		return !cli_interrupted();
	if (done < total)
		progress_show(p, done, total, what, false);
	else
		progress_end(p);
	return !cli_interrupted();
}

void cli_watch_data(void)
{
	static struct progress p;

	progress_start(&p);
	dataset_watch(show_opening, &p);
}
