/* data.c -- which data sets are there, what is missing and where to get it; what one holds; and how far one is that is being opened. */
#include <stdio.h>
#include <string.h>

#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/base/units.h"
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

/* The first of the names in lines of at most COLUMNS, those after the first below it. */
static void print_names(const char *title, const json_t *names)
{
	enum { COLUMNS = 100, MOST = 40 };
	const json_t *name;
	size_t i, column = 0;

	json_array_foreach(names, i, name) {
		if (i == MOST) {
			printf(" … %zu in all", json_array_size(names));
			break;
		}

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

/* ---- one that is opened ---- */

/* "crops of 4 pixels, mirrored left and right" */
static void augmentation_text(const struct dataset *d, char text[160])
{
	static const char *const axes[] = { "up and down", "front and back", "left and right" };
	int n = snprintf(text, 160, "crops of %d pixels", d->crop_padding);

	for (int a = 0; a < 3; a++)
		if (d->mirror[a])
			n += snprintf(text + n, 160 - (size_t)n, ", mirrored %s one time in %d", d->axes == 3 || a == 2 ? axes[a] : axes[0], d->mirror[a]);
	if (d->turns || d->copies > 1)
		snprintf(text + n, 160 - (size_t)n, ", turned by %d degrees or a multiple", 360 / (d->turns ? d->turns : d->copies));
}

static json_t *describe_opened(const struct dataset *d, double seconds)
{
	char partial[160], augmentation[160];
	bool differs = dataset_partial(d, partial, sizeof partial);
	json_t *row = dataset_describe(d);

	augmentation_text(d, augmentation);
	json_object_del(row, "version");
	json_object_update_missing_new(row, json_pack("{s:b, s:b, s:s?, s:i, s:s, s:f}", "found", 1, "published", d->published_train > 0, "partial",
		differs ? partial : NULL, "checked", d->checked, "augmentation", augmentation, "seconds", seconds));
	return row;
}

static json_int_t whole(const json_t *row, const char *key)
{
	return json_integer_value(json_object_get(row, key));
}

static const char *counted(const json_t *row, const char *key, char text[UNITS_TEXT])
{
	return units_thousands(whole(row, key), text);
}

static void sides_text(const json_t *row, char text[64])
{
	const json_t *sides = json_object_get(row, "sides"), *side;
	size_t i;
	int n = 0;

	json_array_foreach(sides, i, side)
		n += snprintf(text + n, 64 - (size_t)n, "%s%" JSON_INTEGER_FORMAT, i ? "x" : "", json_integer_value(side));
	snprintf(text + n, 64 - (size_t)n, ", %" JSON_INTEGER_FORMAT " channel%s", whole(row, "channels"), whole(row, "channels") == 1 ? "" : "s");
}

static void channels_text(const json_t *row, const char *key, char text[64])
{
	const json_t *list = json_object_get(row, key), *x;
	size_t i;
	int n = 0;

	json_array_foreach(list, i, x)
		n += snprintf(text + n, 64 - (size_t)n, " %.4f", json_real_value(x));
}

static void print_opened(const json_t *row)
{
	char train[UNITS_TEXT], held[UNITS_TEXT], test[UNITS_TEXT], line[256], mean[64], deviation[64];

	const char *partial = text(row, "partial");
	bool published = json_is_true(json_object_get(row, "published"));

	printf("%-16s %-8s %s\n", text(row, "name"), partial ? "partial" : published ? "whole" : "yours",
		partial ? partial : published ? "as many examples as were published" : "your own files");
	print_line("in", text(row, "path"));
	snprintf(line, sizeof line, "%s for training, %s held out, %s for tests", counted(row, "train", train), counted(row, "validation", held),
		counted(row, "test", test));
	print_line("examples", line);
	sides_text(row, line);
	print_line("size", line);
	print_names("classes", json_object_get(row, "classes"));
	channels_text(row, "mean", mean);
	channels_text(row, "deviation", deviation);
	snprintf(line, sizeof line, "mean%s, deviation%s, of values from 0 to 1", mean, deviation);
	print_line("values", line);
	print_line("varied", text(row, "augmentation"));
	if (whole(row, "checked"))
		snprintf(line, sizeof line, "sizes, labels, and the published checksums of %d files", (int)whole(row, "checked"));
	else
		snprintf(line, sizeof line, "sizes and labels; no published checksum is for these files");
	print_line("checked", line);
	snprintf(line, sizeof line, "%.2f s", json_real_value(json_object_get(row, "seconds")));
	print_line("read in", line);
}

/* NULL with err_last(). */
static json_t *open_one(const char *name)
{
	double start = clock_seconds();
	struct dataset *d = dataset_open(name);
	json_t *row = d ? describe_opened(d, clock_seconds() - start) : NULL;

	dataset_close(d);
	return row;
}

/* Those that are named: each is read and checked as a run would do it. */
static int open_named(const struct options *o)
{
	json_t *list = json_array(), *row;
	int status = EXIT_DONE;

	cli_catch_signals();
	for (int i = 0; i < o->argument_count && !cli_interrupted(); i++) {
		row = open_one(o->argument[i]);
		if (!row)
			status = cli_failed(cli_interrupted() ? EXIT_INTERRUPTED : EXIT_FAILED);
		else if (!o->json)
			print_opened(row);
		if (row)
			json_array_append_new(list, row);
	}
	if (o->json && cli_print_json(json_pack("{s:O}", "datasets", list)) != EXIT_DONE)
		status = EXIT_FAILED;
	json_decref(list);
	return status;
}

int cli_data(const struct options *o)
{
	if (o->argument_count)
		return open_named(o);

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
