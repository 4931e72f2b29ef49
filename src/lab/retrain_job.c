/* retrain_job.c -- the job around a retraining. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/units.h"
#include "src/lab/retrain.h"
#include "src/lab/retrain_files.h"

struct retrain_job {
	struct job job;
	struct trainer *t;
	struct retraining *retraining;
	char name[32];                   /* the network's, or the architecture's id */
	char from[64];                   /* " (made from ID)", or "" */
	char data[544];
};

static enum job_progress retrain_advance(struct job *job)
{
	int more = retraining_advance(((struct retrain_job *)job)->retraining);

	return more < 0 ? JOB_BROKEN : more ? JOB_MORE : JOB_DONE;
}

static void retrain_counts(const struct job *job, int64_t *done, int64_t *total)
{
	retraining_counts(((const struct retrain_job *)job)->retraining, done, total);
}

static void retrain_describe(const struct job *job, char *text, size_t size)
{
	const struct retrain_job *j = (const struct retrain_job *)job;
	struct retrain_report r = retraining_report(j->retraining);
	int epoch = r.epochs_done < r.epochs ? r.epochs_done + 1 : r.epochs;
	int length = snprintf(text, size, "steps  epoch %d of %d", epoch, r.epochs);

	if (r.epochs_done > 0)
		snprintf(text + length, size - (size_t)length, "  loss %.3f  validation error %.2f %%", r.train_loss, 100 * r.validation_error);
}

static json_t *retrain_to_json(const struct job *job)
{
	const struct retrain_job *j = (const struct retrain_job *)job;
	struct retrain_report r = retraining_report(j->retraining);
	const char *from = retraining_made_from(j->retraining);
	json_t *json = json_pack("{s:s, s:s, s:s?, s:s, s:s}", "run", j->t->run->path, "id", j->name, "made_from", *from ? from : NULL,
		"data", j->data, "folder", retraining_folder(j->retraining));

	char verdict[160];

	if (json)
		json_object_update_missing_new(json, retrain_report_to_json(&r));
	snprintf(verdict, sizeof(verdict), "%s has a test error of %.2f %% (standard error %.2f) after %d epoch%s", j->name, 100 * r.test_error,
		100 * r.test_error_stderr, r.epochs, r.epochs == 1 ? "" : "s");
	if (json && isfinite(r.test_error))
		json_object_set_new(json, "verdict", json_string(verdict));
	return json;
}

static void print_percent(FILE *f, double x)
{
	if (isfinite(x))
		fprintf(f, "  %16.2f %%", 100 * x);
	else
		fprintf(f, "  %18s", "-");
}

static void retrain_print(const struct job *job, FILE *f)
{
	const struct retrain_job *j = (const struct retrain_job *)job;
	struct retrain_report r = retraining_report(j->retraining);
	char parameters[UNITS_TEXT], macs[UNITS_TEXT], seconds[UNITS_TEXT];

	fprintf(f, "%s%s on %s: %s parameters, %s multiply-accumulates\n", j->name, j->from, j->data, units_thousands(r.parameters, parameters),
		units_count((double)r.macs, macs));
	fprintf(f, "%d of %d epochs in %s%s\n", r.epochs_done, r.epochs, units_duration(r.seconds, seconds),
		isfinite(r.test_error) ? "" : "; the same command goes on");
	if (r.epochs_done > 0) {
		fprintf(f, "%-24s %5s  %15s  %18s  %18s\n", "", "epoch", "validation loss", "validation error", "test error");
		fprintf(f, "%-24s %5d  %15.4f", "last", r.epochs_done, r.validation_loss);
		print_percent(f, r.validation_error);
		print_percent(f, r.test_error);
		fprintf(f, "\n%-24s %5d  %15.4f", "lowest validation loss", r.selected_epoch, r.selected_validation_loss);
		print_percent(f, r.selected_validation_error);
		print_percent(f, r.selected_test_error);
		fprintf(f, "\n");
	}
	if (isfinite(r.test_error_stderr))
		fprintf(f, "standard error of a test error: %.2f %%; another training differs by more\n", 100 * r.test_error_stderr);
	fprintf(f, "%s\n", retraining_folder(j->retraining));
}

static void retrain_free(struct job *job)
{
	struct retrain_job *j = (struct retrain_job *)job;

	retraining_free(j->retraining);
	free(j);
}

static const struct job_type retrain_type = {
	.name = "retrain", .advance = retrain_advance, .counts = retrain_counts, .describe = retrain_describe,
	.to_json = retrain_to_json, .print = retrain_print, .free = retrain_free,
};

struct job *retrain_start(struct trainer *t, const struct ranking *ranking, const struct experiment *e)
{
	struct retrain_job *j = e->folds ? NULL : calloc(1, sizeof(*j));
	const char *from;

	(void)ranking;
	if (e->folds)
		return folds_start(t, e);
	if (!j) {
		err_set("out of memory");
		return NULL;
	}
	j->job.type = &retrain_type;
	j->t = t;
	j->retraining = retraining_new(t, e);
	if (!j->retraining) {
		free(j);
		return NULL;
	}
	from = retraining_made_from(j->retraining);
	strcpy(j->name, *e->network ? e->network : retraining_report(j->retraining).id);
	snprintf(j->from, sizeof(j->from), *from ? " (made from %s)" : "%s", from);
	strcpy(j->data, *e->data ? e->data : t->config.data);
	return &j->job;
}
