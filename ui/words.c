/* words.c -- sentences. No column has to be found by the eye, and no sign is left to be spelled: percent, not %. */
#include "ui/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/text.h"
#include "ui/draw.h"

enum { CURVE_LINES = 12 };

static const char *const states[] = {
	[WORKER_OPENING] = "Opening", [WORKER_TRAINING] = "Training", [WORKER_PAUSED] = "Paused", [WORKER_FINISHED] = "Finished",
	[WORKER_FAILED] = "Failed", [WORKER_STOPPED] = "Stopped", [WORKER_VIEWING] = "Only looking",
};

/* "0.583", "not known". */
static void put_number(FILE *f, double value, int decimals)
{
	if (isfinite(value))
		fprintf(f, "%.*f", decimals, value);
	else
		fputs("not known", f);
}

static void put_percent(FILE *f, double share)
{
	put_number(f, 100 * share, 1);
	if (isfinite(share))
		fputs(" percent", f);
}

/* "83.6 thousand" */
static void put_large(FILE *f, double value)
{
	static const struct { double least; const char *word; } sizes[] = { { 1e9, "billion" }, { 1e6, "million" }, { 1e3, "thousand" } };

	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
		if (value >= sizes[i].least) {
			fprintf(f, "%.1f %s", value / sizes[i].least, sizes[i].word);
			return;
		}
	fprintf(f, "%.0f", value);
}

static void put_duration(FILE *f, double seconds)
{
	static const struct { double seconds; const char *word; } units[] = { { 86400, "day" }, { 3600, "hour" }, { 60, "minute" }, { 1, "second" } };
	int said = 0;

	if (!isfinite(seconds)) {
		fputs("an unknown time", f);
		return;
	}
	for (size_t i = 0; i < sizeof units / sizeof units[0] && said < 2; i++) {
		long n = (long)(seconds / units[i].seconds);

		if (n == 0 && !(i == 3 && !said))
			continue;
		fprintf(f, "%s%ld %s%s", said ? " " : "", n, units[i].word, n == 1 ? "" : "s");
		seconds -= (double)n * units[i].seconds;
		said += i == 2 && n >= 10 ? 2 : 1;       /* seconds beside many minutes say nothing */
	}
}

void words_brief(FILE *f, const struct snapshot *s)
{
	fprintf(f, "%s, step %s of %s, loss ", states[s->state], text_count(s->step), text_count(s->steps));
	put_number(f, s->step > 0 ? s->loss : NAN, 3);
	if (s->job.name[0])
		fprintf(f, ", %s %s of %s", s->job.name, text_count(s->job.done), text_count(s->job.total));
}

static void put_training(FILE *f, const struct snapshot *s)
{
	fputs("Loss ", f);
	put_number(f, s->loss, 3);
	fputs(" at the last step, error ", f);
	put_percent(f, s->error);
	fprintf(f, " of its batch. Learning rate %s.\n", text_rate(s->learning_rate));
	if (isfinite(s->valid_loss)) {
		fputs("On held-out images loss ", f);
		put_number(f, s->valid_loss, 3);
		fputs(", plus or minus ", f);
		put_number(f, s->valid_loss_stderr, 3);
		fputs(" (standard error), error ", f);
		put_percent(f, s->valid_error);
		fprintf(f, ", at step %s.\n", text_count(s->valid_step));
	}
	if (s->images_per_second > 0) {
		fprintf(f, "%s images a second; ", text_count((int64_t)s->images_per_second));
		put_duration(f, s->eta_seconds);
		fputs(" to go.\n", f);
	}
}

static void put_job(FILE *f, const struct job_status *j)
{
	if (!j->name[0]) {
		fputs("No job runs.\n", f);
		return;
	}
	fprintf(f, "Job %s: %s of %s %s; ", j->name, text_count(j->done), text_count(j->total), j->text);
	put_duration(f, j->eta_seconds);
	fprintf(f, " to go.");
	if (j->waiting)
		fprintf(f, " %d more wait%s.", j->waiting, j->waiting == 1 ? "s" : "");
	fputc('\n', f);
}

void words_status(FILE *f, const struct snapshot *s)
{
	fprintf(f, "%s", states[s->state]);
	if (!s->run_path[0]) {
		fputs(".\n", f);
		return;
	}
	fprintf(f, " in %s, data set %s, preset %s.\n", text_harmless(s->run_path), s->data_name, s->preset_name);
	fprintf(f, "Step %s of %s", text_count(s->step), text_count(s->steps));
	if (s->epoch_steps > 0)
		fprintf(f, ", pass %lld over %s training images", (long long)((s->step > 0 ? s->step - 1 : 0) / s->epoch_steps + 1), text_count(s->train_images));
	fputs(".\n", f);
	if (s->state == WORKER_VIEWING && s->holder > 0)
		fprintf(f, "Process %ld has the run.\n", s->holder);
	else if (s->state == WORKER_VIEWING)
		fputs(s->holder ? "Another process has the run.\n" : "No process has the run any more; resume opens it here.\n", f);
	if (s->step > 0)
		put_training(f, s);
	if (s->checkpoint_step >= 0)
		fprintf(f, "Checkpoint of step %s.\n", text_count(s->checkpoint_step));
	put_job(f, &s->job);
	fprintf(f, "%s architecture%s scored.\n", text_count(s->ranking_count), s->ranking_count == 1 ? " is" : "s are");
}

/* ---- the curve ---- */

/* Buckets first … last - 1 as one line. */
static void put_buckets(FILE *f, const struct curve *c, int first, int last)
{
	double sum = 0, least = INFINITY, most = -INFINITY, valid = NAN;
	int64_t steps = 0;

	for (int i = first; i < last; i++) {
		const struct curve_bucket *b = &c->bucket[i];

		if (b->steps == 0 || !isfinite(b->train_mean))
			continue;
		sum += (double)b->train_mean * b->steps;
		steps += b->steps;
		least = fmin(least, b->train_min);
		most = fmax(most, b->train_max);
		if (isfinite(b->valid))
			valid = b->valid;
	}
	if (steps == 0)
		return;
	fprintf(f, "Steps %s to %s: mean ", text_count(first * c->bucket_steps + 1), text_count(last * c->bucket_steps));
	put_number(f, sum / (double)steps, 3);
	fputs(", least ", f);
	put_number(f, least, 3);
	fputs(", most ", f);
	put_number(f, most, 3);
	if (isfinite(valid)) {
		fputs(", held-out ", f);
		put_number(f, valid, 3);
	}
	fputs(".\n", f);
}

void words_loss(FILE *f, const struct snapshot *s)
{
	const struct curve *c = &s->curve;
	int each = (c->count + CURVE_LINES - 1) / CURVE_LINES;

	if (c->count == 0 || s->step == 0) {
		fputs("No step yet.\n", f);
		return;
	}
	fputs("Loss of training steps, and the last of held-out images in each part:\n", f);
	for (int i = 0; i < c->count; i += each)
		put_buckets(f, c, i, i + each < c->count ? i + each : c->count);
}

/* ---- architectures ---- */

/* "0, 2 and 5" */
static void put_mask(FILE *f, uint64_t mask)
{
	for (int i = 0, said = 0; i < 64; i++)
		if (mask >> i & 1) {
			uint64_t rest = i < 63 ? mask >> (i + 1) : 0;

			fprintf(f, "%s%d", said == 0 ? "" : rest ? ", " : " and ", i);
			said++;
		}
}

static void put_conv(FILE *f, const struct arch *a, const struct arch_conv *c, int number)
{
	fprintf(f, "; convolution %d of ", number);
	for (int i = 0; i < a->axes; i++)
		fprintf(f, "%s%d", i ? " by " : "", c->kernel[i]);
	fputs(", dilation ", f);
	for (int i = 0; i < a->axes; i++)
		fprintf(f, "%s%d", i ? " by " : "", c->dilation[i]);
	fprintf(f, ", %d group%s", c->groups, c->groups == 1 ? "" : "s");
}

static void put_op(FILE *f, const struct arch *a, const struct arch_op *op, int number)
{
	fprintf(f, "Op %d reads bank%s ", number, op->reads & (op->reads - 1) ? "s" : "");
	put_mask(f, op->reads);
	fprintf(f, ", writes bank%s ", op->writes & (op->writes - 1) ? "s" : "");
	put_mask(f, op->writes);
	fprintf(f, ", %d channels", op->units);
	for (int i = 0; i < CONVS; i++)
		if (op->active >> i & 1)
			put_conv(f, a, &op->conv[i], i + 1);
	fputs(".\n", f);
}

void words_arch(FILE *f, const struct snapshot *s, const struct arch *a)
{
	struct arch_cost cost = arch_cost(&s->space, a, &s->input);
	char id[ARCH_ID_LENGTH + 1], side[48];

	arch_id(a, id);
	fprintf(f, "Architecture %s: ", id);
	put_large(f, (double)(cost.free + cost.generated));
	fputs(" parameters, ", f);
	put_large(f, (double)cost.macs);
	fprintf(f, " multiply-accumulates an image, depth %d.\n", cost.depth);
	for (int b = 0; b < BLOCKS; b++) {
		const struct arch_block *block = &a->block[b];
		int from_input = block_input_banks(&s->space, a, b);

		block_side_text(&s->space, a, &s->input, b, side, sizeof side);
		fprintf(f, "Block %d, images of %s: %d op%s, %d banks of %d channels, the first %d from the input.\n", b + 1, side, block->op_count,
		        block->op_count == 1 ? "" : "s", block_banks(&s->space, a, b, block->op_count), block->bank_size, from_input);
		for (int i = 0; i < block->op_count; i++)
			put_op(f, a, &block->op[i], i + 1);
	}
}

/* ---- ranking ---- */

void words_row(FILE *f, const struct ranking_row *r, int rank)
{
	if (rank)
		fprintf(f, "%d: ", rank);
	fprintf(f, "%.7s, %s, score ", r->id, origin_names[r->origin]);
	put_number(f, r->score, 4);
	fputs(" plus or minus ", f);
	put_number(f, r->score_stderr, 4);
	fputs(", error ", f);
	put_percent(f, r->error);
	fputs(" plus or minus ", f);
	put_percent(f, r->error_stderr);
	fprintf(f, ", on %s images at step %s, ", text_count(r->images), text_count(r->step));
	put_large(f, (double)r->parameters);
	fputs(" parameters, ", f);
	put_large(f, (double)r->macs);
	fprintf(f, " multiply-accumulates, depth %d.\n", r->depth);
}

/* The newest weights first, then as the ranking has it. */
static int in_order(const void *a, const void *b)
{
	const struct ranking_row *x = a, *y = b;

	if (x->step != y->step)
		return x->step < y->step ? 1 : -1;
	return ranking_row_compare(x, y);
}

void words_ranking(FILE *f, struct ranking_row *row, int rows, int count)
{
	int newest = 0;

	if (rows == 0) {
		fputs("Nothing is scored yet. rank 50 scores 50 architectures.\n", f);
		return;
	}
	qsort(row, (size_t)rows, sizeof *row, in_order);
	while (newest < rows && row[newest].step == row[0].step)
		newest++;
	fprintf(f, "%s scored, %s of them by the weights of step %s. Score is the mean loss on held-out images, less is better, plus or minus its standard error.\n",
	        text_count(rows), text_count(newest), text_count(row[0].step));
	for (int i = 0; i < newest && i < count; i++)
		words_row(f, &row[i], i + 1);
}

/* ---- jobs ---- */

void words_jobs(FILE *f, const struct snapshot *s)
{
	static const char *const words[] = {
		[JOB_WAITS] = "waits", [JOB_RUNS] = "runs", [JOB_HELD] = "is held", [JOB_ENDED] = "has ended", [JOB_CANCELLED] = "was cancelled",
		[JOB_BROKE] = "broke",
	};

	if (s->job_count == 0)
		fputs("There was no job yet.\n", f);
	for (int i = 0; i < s->job_count; i++) {
		const struct job_line *j = &s->jobs[i];

		fprintf(f, "Job %d, %s, %s: %s of %s", j->number, text_harmless(j->words), words[j->state], text_count(j->done), text_count(j->total));
		if (j->state == JOB_RUNS && isfinite(j->eta_seconds)) {
			fputs(", ", f);
			put_duration(f, j->eta_seconds);
			fputs(" to go", f);
		}
		fprintf(f, ". %s\n", text_harmless(j->text));
	}
}
