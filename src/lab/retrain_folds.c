/*
 * retrain_folds.c -- one network trained on each fold of a data set in turn, all tested on the same images: their mean, and how much a fold
 * makes a difference (METHOD §11). Each training is a retraining with a folder of its own, so that an interrupted job goes on in its fold.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/base/document.h"
#include "src/base/stats.h"
#include "src/base/units.h"
#include "src/lab/retrain.h"
#include "src/lab/retrain_files.h"

enum { FOLDS_MAX = 16 };

struct fold {
	struct retrain_report report;
	char folder[PATH_MAX];
};

struct folds {
	struct job job;
	struct trainer *t;
	struct experiment asked;         /* `data` is that of the fold at work */
	char data[DATASET_NAME_SIZE];    /* that all are folds of */
	char name[32], from[64];         /* of the network; " (made from ID)", or "" */
	int count, done;
	struct fold fold[FOLDS_MAX];
	struct retraining *retraining;   /* of fold number `done`; NULL: not begun */
	int64_t steps;                   /* of one training; an estimate before the first */
};

/* ---- the trainings ---- */

static int begin_fold(struct folds *f)
{
	const char *from;
	int64_t done;

	if (dataset_fold(f->asked.data, f->data, f->done) < 0)
		return -1;
	f->retraining = retraining_new(f->t, &f->asked);
	if (!f->retraining)
		return err_prefix("fold %d", f->done);
	from = retraining_made_from(f->retraining);
	retraining_counts(f->retraining, &done, &f->steps);
	strcpy(f->name, *f->asked.network ? f->asked.network : retraining_report(f->retraining).id);
	snprintf(f->from, sizeof(f->from), *from ? " (made from %s)" : "%s", from);
	return 0;
}

static void end_fold(struct folds *f)
{
	struct fold *fold = &f->fold[f->done++];

	fold->report = retraining_report(f->retraining);
	strcpy(fold->folder, retraining_folder(f->retraining));
	retraining_free(f->retraining);
	f->retraining = NULL;
}

static enum job_progress folds_advance(struct job *job)
{
	struct folds *f = (struct folds *)job;
	int more;

	if (f->done == f->count)
		return JOB_DONE;
	if (!f->retraining && begin_fold(f) < 0)
		return JOB_BROKEN;
	more = retraining_advance(f->retraining);
	if (more < 0)
		return JOB_BROKEN;
	if (more == 0)
		end_fold(f);
	return JOB_MORE;
}

static void folds_counts(const struct job *job, int64_t *done, int64_t *total)
{
	const struct folds *f = (const struct folds *)job;
	int64_t step = 0, steps;

	if (f->retraining)
		retraining_counts(f->retraining, &step, &steps);
	*done = f->done * f->steps + step;
	*total = f->count * f->steps;
}

/* ---- what they found ---- */

struct findings {
	struct stats last, selected;     /* test errors, one a fold */
};

static struct findings find(const struct folds *f)
{
	struct findings found = { 0 };

	for (int i = 0; i < f->done; i++) {
		stats_add(&found.last, f->fold[i].report.test_error);
		stats_add(&found.selected, f->fold[i].report.selected_test_error);
	}
	return found;
}

static double deviation(const struct stats *s)
{
	return sqrt(stats_variance(s));
}

static void folds_describe(const struct job *job, char *text, size_t size)
{
	const struct folds *f = (const struct folds *)job;
	struct findings found = find(f);
	int fold = f->done < f->count ? f->done + 1 : f->count, length;
	struct retrain_report r = f->retraining ? retraining_report(f->retraining) : f->fold[fold - 1].report;

	length = snprintf(text, size, "steps  fold %d of %d, epoch %d of %d", fold, f->count, r.epochs_done < r.epochs ? r.epochs_done + 1 : r.epochs,
		r.epochs);
	if (f->done > 0)
		snprintf(text + length, size - (size_t)length, "  mean test error so far %.2f %%", 100 * found.last.mean);
}

static json_t *list_folds(const struct folds *f)
{
	json_t *list = json_array();

	for (int i = 0; i < f->done; i++) {
		json_t *fold = json_pack("{s:i, s:s}", "fold", i, "folder", f->fold[i].folder);

		json_object_update_missing_new(fold, retrain_report_to_json(&f->fold[i].report));
		json_array_append_new(list, fold);
	}
	return list;
}

static json_t *folds_to_json(const struct job *job)
{
	const struct folds *f = (const struct folds *)job;
	struct findings found = find(f);
	json_t *json = json_pack("{s:s, s:s, s:s, s:i, s:o, s:o, s:o, s:o, s:o}", "run", f->t->run->path, "id", f->name, "data", f->data,
		"count", f->count, "folds", list_folds(f), "mean_test_error", json_of(f->done ? found.last.mean : NAN),
		"test_error_deviation", json_of(deviation(&found.last)), "mean_selected_test_error", json_of(f->done ? found.selected.mean : NAN),
		"selected_test_error_deviation", json_of(deviation(&found.selected)));
	char verdict[192];

	if (!json || f->done < f->count)
		return json;
	snprintf(verdict, sizeof(verdict), "%s has a test error of %.2f %% (standard deviation %.2f) on the %d folds of %.64s", f->name,
		100 * found.last.mean, 100 * deviation(&found.last), f->count, f->data);
	json_object_set_new(json, "verdict", json_string(verdict));
	return json;
}

static void print_fold(const struct fold *fold, int number, FILE *f)
{
	const struct retrain_report *r = &fold->report;

	fprintf(f, "%4d  %15.4f  %14.2f %%  %8.2f %%  %14d  %8.2f %%\n", number, r->validation_loss, 100 * r->validation_error, 100 * r->test_error,
		r->selected_epoch, 100 * r->selected_test_error);
}

static void print_row(const char *title, double last, double selected, FILE *f)
{
	fprintf(f, "%-39s  %8.2f %%  %14s  %8.2f %%\n", title, 100 * last, "", 100 * selected);
}

static void folds_print(const struct job *job, FILE *file)
{
	const struct folds *f = (const struct folds *)job;
	struct findings found = find(f);
	char parameters[UNITS_TEXT], macs[UNITS_TEXT];

	if (!f->done) {
		fprintf(file, "%s: no fold of %s is done; the same command goes on\n", f->name, f->data);
		return;
	}
	fprintf(file, "%s%s on %d of the %d folds of %s%s\n%s parameters, %s multiply-accumulates, %d epochs each\n", f->name, f->from, f->done,
		f->count, f->data, f->done < f->count ? "; the same command goes on" : "",
		units_thousands(f->fold[0].report.parameters, parameters), units_count((double)f->fold[0].report.macs, macs),
		f->fold[0].report.epochs);
	fprintf(file, "%4s  %15s  %16s  %10s  %14s  %10s\n", "fold", "validation loss", "validation error", "test error", "selected epoch",
		"its test");
	for (int i = 0; i < f->done; i++)
		print_fold(&f->fold[i], i, file);
	print_row("mean", found.last.mean, found.selected.mean, file);
	if (f->done > 1)
		print_row("standard deviation over folds", deviation(&found.last), deviation(&found.selected), file);
}

static void folds_free(struct job *job)
{
	struct folds *f = (struct folds *)job;

	retraining_free(f->retraining);
	free(f);
}

static const struct job_type folds_type = {
	.name = "retrain", .advance = folds_advance, .counts = folds_counts, .describe = folds_describe,
	.to_json = folds_to_json, .print = folds_print, .free = folds_free,
};

/* Begins the first, too: what is wrong is said now. */
static int open_folds(struct folds *f, const struct experiment *e)
{
	f->asked = *e;
	strcpy(f->data, *e->data ? e->data : f->t->config.data);
	f->count = dataset_fold(f->asked.data, f->data, 0);
	return f->count < 0 ? -1 : begin_fold(f);
}

struct job *folds_start(struct trainer *t, const struct experiment *e)
{
	struct folds *f = calloc(1, sizeof(*f));

	if (!f) {
		err_set("out of memory");
		return NULL;
	}
	f->job.type = &folds_type;
	f->t = t;
	if (open_folds(f, e) < 0) {
		folds_free(&f->job);
		return NULL;
	}
	return &f->job;
}
