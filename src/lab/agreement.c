/* agreement.c -- the statistics of the correlation experiment: one row of a table each, found one at a time. */
#include "src/lab/agreement.h"
#include "src/base/document.h"

#include <math.h>
#include <string.h>

enum { RESAMPLES = 1000 };

/* ---- what is found ---- */

/* `better`, `truth`: which columns go together. */
static const struct agreement_row {
	const char *label;
	enum pair_column better, truth;
	enum { ALL, HALF, TWICE } rows;
} agreement_rows[AGREEMENTS] = {
	[AGREE_SCORE] = { "SMASH score (loss)", PAIR_SCORE, PAIR_TEST_ERROR, ALL },
	[AGREE_SCORE_HALF] = { "  in the better half", PAIR_SCORE, PAIR_TEST_ERROR, HALF },
	[AGREE_SCORE_LOSS] = { "  with the test loss", PAIR_SCORE, PAIR_TEST_LOSS, ALL },
	[AGREE_ERROR] = { "SMASH error", PAIR_SCORE_ERROR, PAIR_TEST_ERROR, ALL },
	[AGREE_ERROR_HALF] = { "  in the better half", PAIR_SCORE_ERROR, PAIR_TEST_ERROR, HALF },
	[AGREE_PARAMETERS] = { "parameters", PAIR_PARAMETERS, PAIR_TEST_ERROR, ALL },
	[AGREE_PARAMETERS_HALF] = { "  in the better half", PAIR_PARAMETERS, PAIR_TEST_ERROR, HALF },
	[AGREE_MACS] = { "MACs", PAIR_MACS, PAIR_TEST_ERROR, ALL },
	[AGREE_MACS_HALF] = { "  in the better half", PAIR_MACS, PAIR_TEST_ERROR, HALF },
	[AGREE_CEILING] = { "another training", PAIR_FIRST, PAIR_SECOND, TWICE },
};

/* x and y as above, z what is taken out or compared with. */
static const struct contrast_row {
	const char *label;
	triple_correlation *of;
	enum pair_column x, y, z;
} contrast_rows[CONTRASTS] = {
	[PARTIAL_PARAMETERS] = { "rho of the score with parameters taken out", partial_spearman, PAIR_SCORE, PAIR_TEST_ERROR, PAIR_PARAMETERS },
	[PARTIAL_MACS] = { "rho of the score with MACs taken out", partial_spearman, PAIR_SCORE, PAIR_TEST_ERROR, PAIR_MACS },
	[GAIN_PARAMETERS] = { "tau of the score minus tau of parameters", kendall_gain, PAIR_SCORE, PAIR_TEST_ERROR, PAIR_PARAMETERS },
	[GAIN_MACS] = { "tau of the score minus tau of MACs", kendall_gain, PAIR_SCORE, PAIR_TEST_ERROR, PAIR_MACS },
};

static const struct top_row {
	const char *name;
	int part;                        /* of so many the best one */
} top_rows[TOPS] = { [TOP_FIFTH] = { "fifth", 5 }, [TOP_THIRD] = { "third", 3 } };

static void find_agreement(struct agreement *a, const struct agreement_row *row, const struct pair_table *t, uint64_t seed)
{
	const double *x = t->column[row->better], *y = t->column[row->truth];
	int n = row->rows == ALL ? t->pairs : row->rows == HALF ? (t->pairs + 1) / 2 : t->twice;

	*a = (struct agreement){ n, { NAN, NAN, NAN }, { NAN, NAN, NAN }, { NAN, NAN, NAN }, NAN };
	if (n < AGREEMENT_FEWEST)
		return;
	a->kendall = correlation_interval(kendall, x, y, n, RESAMPLES, seed);
	a->spearman = correlation_interval(spearman, x, y, n, RESAMPLES, seed);
	a->pearson = correlation_interval(pearson, x, y, n, RESAMPLES, seed);
	a->p = kendall_p(x, y, n);
}

static void find_contrast(struct interval *i, const struct contrast_row *row, const struct pair_table *t, uint64_t seed)
{
	*i = (struct interval){ NAN, NAN, NAN };
	if (t->pairs >= AGREEMENT_FEWEST)
		*i = triple_interval(row->of, t->column[row->x], t->column[row->y], t->column[row->z], t->pairs, RESAMPLES, seed);
}

static void find_top(struct top *top, const struct top_row *row, const struct pair_table *t)
{
	const double *truth = t->column[PAIR_TEST_ERROR];
	int n = t->pairs, k = (n + row->part / 2) / row->part;

	*top = (struct top){ k, NAN, NAN, NAN };
	if (n < AGREEMENT_FEWEST)
		return;
	top->score = precision_at(t->column[PAIR_SCORE], truth, n, k);
	top->parameters = precision_at(t->column[PAIR_PARAMETERS], truth, n, k);
	top->macs = precision_at(t->column[PAIR_MACS], truth, n, k);
}

void findings_next(struct findings *f, const struct pair_table *t, uint64_t seed)
{
	int step = f->steps++;

	f->pairs = t->pairs;
	if (step < AGREEMENTS)
		find_agreement(&f->agreement[step], &agreement_rows[step], t, seed);
	else if ((step -= AGREEMENTS) < CONTRASTS)
		find_contrast(&f->contrast[step], &contrast_rows[step], t, seed);
	else
		find_top(&f->top[step - CONTRASTS], &top_rows[step - CONTRASTS], t);
}

/* ---- in words ---- */

enum comparison { BETTER, NOT_SURELY, WORSE, COMPARISONS };

static enum comparison compare(const struct interval *gain)
{
	return gain->low > 0 ? BETTER : gain->high < 0 ? WORSE : NOT_SURELY;
}

/* ", better than parameters, not surely than MACs" */
static void compare_in_words(const struct findings *f, char *text, size_t size)
{
	static const char *const both[COMPARISONS] = {
		[BETTER] = ", better than parameters and MACs", [NOT_SURELY] = ", but not surely better than parameters or MACs",
		[WORSE] = ", but worse than parameters and MACs",
	};
	static const char *const words[COMPARISONS] = { [BETTER] = "better", [NOT_SURELY] = "not surely better", [WORSE] = "worse" };
	enum comparison parameters = compare(&f->contrast[GAIN_PARAMETERS]), macs = compare(&f->contrast[GAIN_MACS]);

	if (parameters == macs)
		snprintf(text, size, "%s", both[parameters]);
	else
		snprintf(text, size, ", %s than parameters, %s than MACs", words[parameters], words[macs]);
}

void findings_verdict(const struct findings *f, char *text, size_t size)
{
	static const double significance = 0.05, well = 0.6, fairly = 0.35;
	const struct agreement *score = &f->agreement[AGREE_SCORE];
	double tau = score->kendall.value;
	char comparison[96];

	if (f->wanted > 0 && f->wanted < AGREEMENT_FEWEST)
		snprintf(text, size, "%d architecture%s to train: too few for any statistic; %d or more are needed", f->wanted, f->wanted == 1 ? "" : "s",
			AGREEMENT_FEWEST);
	else if (f->pairs < AGREEMENT_FEWEST)
		snprintf(text, size, "%d trained architecture%s: too few to say anything; %d or more are needed", f->pairs, f->pairs == 1 ? "" : "s",
			AGREEMENT_FEWEST);
	else if (isnan(tau))
		snprintf(text, size, "scores or test errors are all equal: there is nothing to correlate");
	else if (!(score->p < significance))
		snprintf(text, size, "nothing shows that the score tells the test error");
	else if (tau < 0)
		snprintf(text, size, "the score tells the test error the wrong way round: better scores, worse networks");
	else {
		compare_in_words(f, comparison, sizeof(comparison));
		snprintf(text, size, "the score tells the test error %s%s", tau >= well ? "well" : tau >= fairly ? "fairly well" : "weakly", comparison);
	}
}

/* ---- as JSON ---- */

static json_t *interval_to_json(const struct interval *i)
{
	return json_pack("{s:o, s:o, s:o}", "value", json_of(i->value), "low", json_of(i->low), "high", json_of(i->high));
}

static void add_agreement(json_t *object, const struct agreement *a)
{
	json_t *kendall = interval_to_json(&a->kendall);

	json_object_set_new(kendall, "p", json_of(a->p));
	json_object_set_new(object, "kendall", kendall);
	json_object_set_new(object, "spearman", interval_to_json(&a->spearman));
	json_object_set_new(object, "pearson", interval_to_json(&a->pearson));
}

static json_t *agreement_to_json(const struct agreement *a)
{
	json_t *object = json_pack("{s:i}", "pairs", a->pairs);

	add_agreement(object, a);
	return object;
}

/* All, and the better half in it. */
static json_t *predictor_to_json(const struct findings *f, enum agreement_kind all, enum agreement_kind half)
{
	json_t *object = agreement_to_json(&f->agreement[all]);

	json_object_set_new(object, "better_half", agreement_to_json(&f->agreement[half]));
	return object;
}

static json_t *tops_to_json(const struct findings *f)
{
	json_t *tops = json_object();

	for (int i = 0; i < TOPS; i++) {
		const struct top *t = &f->top[i];

		json_object_set_new(tops, top_rows[i].name, json_pack("{s:i, s:o, s:o, s:o, s:o}", "k", t->k, "precision", json_of(t->score),
			"parameters", json_of(t->parameters), "macs", json_of(t->macs), "chance", json_of((double)t->k / f->pairs)));
	}
	return tops;
}

static json_t *contrasts_to_json(const struct findings *f, enum contrast_kind parameters, enum contrast_kind macs)
{
	return json_pack("{s:o, s:o}", "parameters", interval_to_json(&f->contrast[parameters]), "macs", interval_to_json(&f->contrast[macs]));
}

void findings_to_json(const struct findings *f, json_t *document)
{
	char verdict[256];

	findings_verdict(f, verdict, sizeof(verdict));
	add_agreement(document, &f->agreement[AGREE_SCORE]);
	json_object_set_new(document, "better_half", agreement_to_json(&f->agreement[AGREE_SCORE_HALF]));
	json_object_set_new(document, "test_loss", agreement_to_json(&f->agreement[AGREE_SCORE_LOSS]));
	json_object_set_new(document, "score_error", predictor_to_json(f, AGREE_ERROR, AGREE_ERROR_HALF));
	json_object_set_new(document, "top", tops_to_json(f));
	json_object_set_new(document, "baseline_parameters", predictor_to_json(f, AGREE_PARAMETERS, AGREE_PARAMETERS_HALF));
	json_object_set_new(document, "baseline_macs", predictor_to_json(f, AGREE_MACS, AGREE_MACS_HALF));
	json_object_set_new(document, "gain", contrasts_to_json(f, GAIN_PARAMETERS, GAIN_MACS));
	json_object_set_new(document, "partial", contrasts_to_json(f, PARTIAL_PARAMETERS, PARTIAL_MACS));
	json_object_set_new(document, "ceiling", agreement_to_json(&f->agreement[AGREE_CEILING]));
	json_object_set_new(document, "verdict", json_string(verdict));
}

/* ---- as text ---- */

static void print_interval(FILE *f, const struct interval *i)
{
	if (isnan(i->value))
		fprintf(f, "  %5s %5s %5s", "-", "-", "-");
	else
		fprintf(f, "  %+5.2f %+5.2f %+5.2f", i->value, i->low, i->high);
}

static void print_p(FILE *f, double p)
{
	if (isnan(p))
		fprintf(f, "  %6s", "-");
	else if (p < 1e-4)
		fprintf(f, "  %6s", "<.0001");
	else
		fprintf(f, "  %6.4f", p);
}

static void print_agreement(FILE *f, const struct agreement *a, const char *label)
{
	fprintf(f, "%-22s %5d", label, a->pairs);
	if (a->pairs < AGREEMENT_FEWEST) {
		fprintf(f, "  too few\n");
		return;
	}
	print_interval(f, &a->kendall);
	print_p(f, a->p);
	print_interval(f, &a->spearman);
	print_interval(f, &a->pearson);
	fputc('\n', f);
}

static void print_contrast(FILE *f, const struct interval *i, const char *label)
{
	fprintf(f, "%-44s", label);
	print_interval(f, i);
	fputc('\n', f);
}

static void print_top(FILE *f, const struct top *t, int pairs)
{
	if (t->k < 2 || isnan(t->score))
		return;
	fprintf(f, "Of the %d best trained, the score has %.3g in its own %d best, parameters %.3g, MACs %.3g, chance %.2g.\n", t->k,
		t->k * t->score, t->k, t->k * t->parameters, t->k * t->macs, (double)t->k * t->k / pairs);
}

void findings_print(const struct findings *f, FILE *out)
{
	char verdict[256];

	findings_verdict(f, verdict, sizeof(verdict));
	if (f->pairs >= AGREEMENT_FEWEST) {
		fprintf(out, "%-22s pairs    tau   low  high       p    rho   low  high      r   low  high\n", "tells the test error");
		for (int i = 0; i < AGREEMENTS; i++)
			if (i != AGREE_CEILING || f->agreement[i].pairs > 0)
				print_agreement(out, &f->agreement[i], agreement_rows[i].label);
		fprintf(out, "\n%-44s  value   low  high\n", "against size");
		for (int i = 0; i < CONTRASTS; i++)
			print_contrast(out, &f->contrast[i], contrast_rows[i].label);
		fputc('\n', out);
		for (int i = 0; i < TOPS; i++)
			print_top(out, &f->top[i], f->pairs);
		fprintf(out, "\ntau: Kendall's tau-b, with its p; rho: Spearman; r: Pearson; low, high: 95 %% interval (bootstrap).\n"
			"Above 0: a lower score, more parameters, more MACs mean a lower test error. Halves are by score.\n");
		if (f->agreement[AGREE_CEILING].pairs > 0)
			fprintf(out, "The last row is the ceiling: how well another training of the same architecture tells it.\n");
	}
	fprintf(out, "Verdict: %s.\n", verdict);
}

/* ---- scatter ---- */

enum { PLOT_WIDTH = 88, PLOT_HEIGHT = 16 };

struct range {
	double low, high;
};

static struct range range_of(const double *x, int n)
{
	struct range r = { x[0], x[0] };

	for (int i = 1; i < n; i++) {
		r.low = fmin(r.low, x[i]);
		r.high = fmax(r.high, x[i]);
	}
	return r;
}

static int cell(struct range r, double x, int cells)
{
	int i = r.high > r.low ? (int)((x - r.low) / (r.high - r.low) * (cells - 1) + 0.5) : 0;

	return i < cells ? i : cells - 1;
}

void pairs_print_scatter(const struct pair_table *t, FILE *out)
{
	const double *score = t->column[PAIR_SCORE], *error = t->column[PAIR_TEST_ERROR];
	char plot[PLOT_HEIGHT][PLOT_WIDTH + 1];

	if (t->pairs < 3)
		return;

	struct range x = range_of(score, t->pairs), y = range_of(error, t->pairs);

	for (int row = 0; row < PLOT_HEIGHT; row++) {
		memset(plot[row], ' ', PLOT_WIDTH);
		plot[row][PLOT_WIDTH] = '\0';
	}
	for (int i = 0; i < t->pairs; i++) {
		char *at = &plot[PLOT_HEIGHT - 1 - cell(y, error[i], PLOT_HEIGHT)][cell(x, score[i], PLOT_WIDTH)];

		*at = *at == ' ' ? 'o' : *at == 'o' ? '2' : *at < '9' ? *at + 1 : '9';
	}
	fprintf(out, "test error, %%\n");
	for (int row = 0; row < PLOT_HEIGHT; row++) {
		if (row == 0 || row == PLOT_HEIGHT - 1)
			fprintf(out, "%7.2f |%s\n", 100 * (row ? y.low : y.high), plot[row]);
		else
			fprintf(out, "%7s |%s\n", "", plot[row]);
	}
	fprintf(out, "%8s+%.*s\n", "", PLOT_WIDTH,
		"----------------------------------------------------------------------------------------------------");
	fprintf(out, "%9s%-10.4f%*.4f  SMASH score\n\n", "", x.low, PLOT_WIDTH - 23, x.high);
}
