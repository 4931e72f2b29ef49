/* metrics.c -- RUN/metrics.jsonl: a line a step, a line a validation. */
#include "src/lab/metrics.h"

#include <math.h>

#include "src/base/err.h"

/* JSON has no NaN: that is null. */
static json_t *number(double x)
{
	return isfinite(x) ? json_real(x) : json_null();
}

int metrics_add_step(struct run *run, const struct step_report *r, const char *arch_id)
{
	json_t *line = json_pack("{sI so so so ss so so}", "step", (json_int_t)r->step, "loss", number(r->loss), "error", number(r->error),
		"learning_rate", number(r->learning_rate), "architecture", arch_id,
		"images_per_second", number(r->images / r->seconds), "gflops", number(r->flops / r->seconds * 1e-9));

	return line ? run_append(run, run->metrics, line) : err_set("out of memory");
}

int metrics_add_validation(struct run *run, int64_t step, const struct validation_report *r)
{
	json_t *line = json_pack("{sI so so so so si si}", "step", (json_int_t)step, "valid_loss", number(r->loss),
		"valid_loss_stderr", number(r->loss_stderr), "valid_error", number(r->error), "valid_error_stderr", number(r->error_stderr),
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
	const json_t *value = json_object_get(line, name);

	return json_is_number(value) ? (float)json_number_value(value) : NAN;
}

static void read_line(void *context, const json_t *json)
{
	const struct reading *r = context;
	struct metrics_line line = {
		.step = json_integer_value(json_object_get(json, "step")),
		.loss = field(json, "loss"), .error = field(json, "error"), .learning_rate = field(json, "learning_rate"),
		.valid_loss = field(json, "valid_loss"), .valid_loss_stderr = field(json, "valid_loss_stderr"),
		.valid_error = field(json, "valid_error"),
	};

	if (line.step >= 1 && line.step <= r->last_step)
		r->each(r->context, &line);
}

int metrics_read(const char *run_path, int64_t last_step, void (*each)(void *, const struct metrics_line *), void *context)
{
	return run_read_lines(run_path, "metrics.jsonl", read_line, &(struct reading){ last_step, each, context });
}
