/* metrics.c -- RUN/metrics.jsonl: a line a step, a line a validation. */
#include "src/lab/metrics.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/err.h"

/* ---- a step's line: written without allocating ---- */

static const int float_digits = 9;       /* tell every float from its neighbours */

struct text {
	char line[512];
	int length;
};

/* printf's decimal point is that of the locale, one character of any number of bytes; JSON's is a full stop. */
static void put_number(struct text *t, const char *name, double x, int digits)
{
	char number[48], *to = number;

	snprintf(number, sizeof(number), "%.*g", digits, x);
	for (const char *from = number; *from; from++) {
		if (strchr("+-0123456789e", *from))
			*to++ = *from;
		else if (to > number && to[-1] != '.')
			*to++ = '.';
	}
	*to = '\0';
	t->length += snprintf(t->line + t->length, sizeof(t->line) - t->length, ",\"%s\":%s", name, isfinite(x) ? number : "null");
}

int metrics_add_step(struct run *run, const struct step_report *r, const char *arch_id)
{
	struct text t;

	t.length = snprintf(t.line, sizeof(t.line), "{\"step\":%lld,\"architecture\":\"%s\"", (long long)r->step, arch_id);
	put_number(&t, "loss", (float)r->loss, float_digits);
	put_number(&t, "error", (float)r->error, float_digits);
	put_number(&t, "learning_rate", (float)r->learning_rate, float_digits);
	put_number(&t, "images_per_second", r->images / r->seconds, 4);
	put_number(&t, "gflops", r->flops / r->seconds * 1e-9, 4);
	t.length += snprintf(t.line + t.length, sizeof(t.line) - t.length, "}\n");
	return run_append_text(run, run->metrics, t.line, (size_t)t.length);
}

/* ---- a validation's line ---- */

int metrics_add_validation(struct run *run, int64_t step, const struct validation_report *r)
{
	json_t *line = json_pack("{sI so so so so si si}", "step", (json_int_t)step, "valid_loss", json_of(r->loss),
		"valid_loss_stderr", json_of(r->loss_stderr), "valid_error", json_of(r->error), "valid_error_stderr", json_of(r->error_stderr),
		"architectures", r->architectures, "images", r->images);

	return line ? run_append(run, run->metrics, line) : err_set("out of memory");
}

/* ---- reading ---- */

struct reading {
	int64_t last_step;
	void (*each)(void *, const struct metrics_line *);
	void *context;
};

static float field(const json_t *line, const char *name)
{
	return (float)number_of(json_object_get(line, name));
}

static void read_line(void *context, const json_t *json)
{
	const struct reading *r = context;
	struct metrics_line line = {
		.step = json_integer_value(json_object_get(json, "step")),
		.validation = json_object_get(json, "valid_loss"),
		.loss = field(json, "loss"), .error = field(json, "error"), .learning_rate = field(json, "learning_rate"),
		.images_per_second = field(json, "images_per_second"), .gflops = field(json, "gflops"),
		.valid_loss = field(json, "valid_loss"), .valid_loss_stderr = field(json, "valid_loss_stderr"),
		.valid_error = field(json, "valid_error"), .valid_error_stderr = field(json, "valid_error_stderr"),
		.architectures = (int)json_integer_value(json_object_get(json, "architectures")),
		.images = (int)json_integer_value(json_object_get(json, "images")),
	};

	if (line.step >= 1 && line.step <= r->last_step)
		r->each(r->context, &line);
}

int metrics_read(const char *run_path, int64_t last_step, void (*each)(void *, const struct metrics_line *), void *context)
{
	return run_read_lines(run_path, "metrics.jsonl", read_line, &(struct reading){ last_step, each, context });
}

static void pass_line(void *context, const json_t *json, int number)
{
	(void)number;
	if (json)
		read_line(context, json);
}

int metrics_follow(const char *run_path, struct line_place *at, void (*each)(void *, const struct metrics_line *), void *context)
{
	return run_follow_lines(run_path, "metrics.jsonl", at, pass_line, &(struct reading){ INT64_MAX, each, context });
}
