/* csv_run.c -- what a run has measured beside scores, in comma-separated values as csv.c has them: metrics, pairs of a correlation, fields of a
 * corruption. */
#include <inttypes.h>
#include <math.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/export/csv.h"
#include "src/export/subject.h"
#include "src/lab/metrics.h"

/* ---- metrics ---- */

struct writing {
	FILE *f;
	int lines;
};

static void put_line(void *context, const struct metrics_line *line)
{
	struct writing *w = context;
	const float numbers[] = {
		line->loss, line->error, line->learning_rate, line->images_per_second, line->gflops, line->valid_loss, line->valid_loss_stderr,
		line->valid_error, line->valid_error_stderr,
	};

	fprintf(w->f, "%" PRId64, line->step);
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		fputc(',', w->f);
		csv_number(w->f, numbers[i]);
	}
	if (line->validation)
		fprintf(w->f, ",%d,%d\r\n", line->architectures, line->images);
	else
		fputs(",,\r\n", w->f);
	w->lines++;
}

static int put_metrics(FILE *f, const struct export_source *s)
{
	struct writing w = { .f = f };

	fputs("step,loss,error,learning_rate,images_per_second,gflops,valid_loss,valid_loss_stderr,valid_error,valid_error_stderr,"
		"valid_architectures,valid_images\r\n", f);
	if (metrics_read(s->run_path, INT64_MAX, put_line, &w) < 0)
		return -1;
	return w.lines ? 0 : err_set("%s: has no training steps yet", s->run_path);
}

/* ---- results ---- */

struct column {
	const char *name, *path;         /* in an element; NULL: as the name */
	int part;                        /* of a list of two numbers: 1 or 2; 3: how many it has; 0: it is none */
};

static const struct column pairs[] = {
	{ .name = "id" }, { .name = "rank" }, { .name = "score" }, { .name = "score_error" }, { .name = "parameters" }, { .name = "macs" },
	{ .name = "depth" }, { .name = "true_error" }, { .name = "true_loss" }, { "trainings", "true_errors", 3 }, { 0 },
};

static const struct column fields[] = {
	{ .name = "field" }, { .name = "how" }, { .name = "architectures" }, { .name = "trials" }, { .name = "loss_increase" },
	{ "loss_increase_low", "loss_interval", 1 }, { "loss_increase_high", "loss_interval", 2 }, { .name = "error_increase" },
	{ "error_increase_low", "error_interval", 1 }, { "error_increase_high", "error_interval", 2 }, { .name = "truth_best" }, { .name = "p" },
	{ .name = "p_corrected" }, { 0 },
};

/* Quotes only where there is something to be quoted: names are of letters. */
static void put_value(FILE *f, const json_t *element, const struct column *c)
{
	const json_t *value = document_at(element, c->path ? c->path : c->name);

	if (c->part == 3)
		fprintf(f, "%zu", json_array_size(value));
	else if (c->part)
		value = json_array_get(value, (size_t)c->part - 1);
	if (json_is_string(value))
		csv_text(f, json_string_value(value));
	else if (json_is_integer(value))
		fprintf(f, "%" JSON_INTEGER_FORMAT, json_integer_value(value));
	else if (json_is_number(value))
		csv_number(f, json_number_value(value));
}

static int put_result(FILE *f, const struct export_source *s, enum experiment_kind kind, const char *list, const struct column *columns)
{
	json_t *document = subject_document(s, kind), *element;
	size_t i;

	if (!document)
		return -1;
	for (const struct column *c = columns; c->name; c++)
		fprintf(f, "%s%s", c > columns ? "," : "", c->name);
	fputs("\r\n", f);
	json_array_foreach(json_object_get(document, list), i, element) {
		for (const struct column *c = columns; c->name; c++) {
			if (c > columns)
				fputc(',', f);
			put_value(f, element, c);
		}
		fputs("\r\n", f);
	}
	json_decref(document);
	return 0;
}

int csv_of_run(FILE *f, const struct export_source *s)
{
	switch (s->subject) {
	case EXPORT_LOSS:
		return put_metrics(f, s);
	case EXPORT_CORRELATE:
		return put_result(f, s, EXPERIMENT_CORRELATE, "pairs", pairs);
	default:
		return put_result(f, s, EXPERIMENT_CORRUPT, "fields", fields);
	}
}
