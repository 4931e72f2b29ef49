/* agreement_table.c -- lines of the correlation experiment's document. */
#include "ui/agreement_table.h"

#include <math.h>
#include <stdio.h>

#include "src/base/document.h"
#include "ui/figures.h"

enum { LABEL = 11, WIDE_LABEL = 20, COEFFICIENT = 18, WIDE = WIDE_LABEL + 6 + 3 * COEFFICIENT };

static const char *const coefficients[] = { "kendall", "spearman", "pearson" };
enum { COEFFICIENTS = sizeof coefficients / sizeof coefficients[0] };

/* What is correlated with the test error: where it is in the document, "" being the document itself. */
static const struct predictor_row {
	const char *label, *wide, *path;
} rows[] = {
	{ "score", "SMASH score", "" },
	{ " best half", "  in the better half", "better_half" },
	{ "parameters", "parameters", "baseline_parameters" },
	{ "MACs", "MACs", "baseline_macs" },
	{ "ceiling", "another training", "ceiling" },
	{ "error", "SMASH error", "score_error" },
	{ "test loss", "score, test loss", "test_loss" },
};
enum { ROWS = sizeof rows / sizeof rows[0] };

/* Of the score against size. */
static const struct contrast_row {
	const char *label, *wide, *path;
} contrasts[] = {
	{ "vs params", "tau minus parameters'", "gain.parameters" },
	{ "vs MACs", "tau minus MACs'", "gain.macs" },
	{ "w/o params", "rho, parameters out", "partial.parameters" },
	{ "w/o MACs", "rho, MACs out", "partial.macs" },
};
enum { CONTRASTS_SHOWN = sizeof contrasts / sizeof contrasts[0] };

struct lines {
	struct rect r;
	int row;
};

static void put_interval(const struct lines *l, int x, struct interval i)
{
	putf(l->r.y + l->row, x, 5, ROLE_TEXT, "%5s", text_coefficient(i.value));
	if (!isnan(i.low))
		putf(l->r.y + l->row, x + 6, l->r.x + l->r.w - x - 6, ROLE_INTERVAL, "[%s]", text_between(i, 2));
}

static void put_line(struct lines *l, const char *label, struct interval i)
{
	if (l->row >= l->r.h)
		return;
	put(l->r.y + l->row, l->r.x, LABEL, ROLE_TEXT, label);
	put_interval(l, l->r.x + LABEL, i);
	l->row++;
}

static const json_t *part(const json_t *document, const char *path)
{
	return *path ? document_at(document, path) : document;
}

static struct interval kendall_of(const json_t *document, const char *path)
{
	return document_interval(part(document, path), "kendall");
}

static void draw_narrow(struct lines *l, const json_t *document)
{
	if (l->row < l->r.h)
		putf(l->r.y + l->row++, l->r.x, l->r.w, ROLE_DIM, "%-*s  tau  95 %%", LABEL, "");
	put_line(l, rows[0].label, kendall_of(document, ""));
	for (int i = 1; i < 5; i++)
		if (document_count(document_at(document, rows[i].path), "pairs") > 0)
			put_line(l, rows[i].label, kendall_of(document, rows[i].path));
	put_line(l, "Spearman", document_interval(document, "spearman"));
	put_line(l, "Pearson", document_interval(document, "pearson"));
	for (int i = 0; i < CONTRASTS_SHOWN; i++)
		put_line(l, contrasts[i].label, document_interval(document, contrasts[i].path));
	for (int i = 5; i < ROWS; i++)
		put_line(l, rows[i].label, kendall_of(document, rows[i].path));
}

static void draw_wide(struct lines *l, const json_t *document)
{
	if (l->row < l->r.h)
		putf(l->r.y + l->row++, l->r.x, l->r.w, ROLE_DIM, "%-*s%5s   tau            rho               r", WIDE_LABEL + 1, "with the test error", "n");
	for (int i = 0; i < ROWS && l->row < l->r.h; i++) {
		const json_t *of = part(document, rows[i].path);
		json_int_t pairs = document_count(of, "pairs");

		if (i > 0 && pairs <= 0)
			continue;
		put(l->r.y + l->row, l->r.x, WIDE_LABEL, ROLE_TEXT, rows[i].wide);
		putf(l->r.y + l->row, l->r.x + WIDE_LABEL, 6, ROLE_DIM, "%6d", (int)(i ? pairs : (json_int_t)json_array_size(document_at(document, "pairs"))));
		for (int k = 0; k < COEFFICIENTS; k++)
			put_interval(l, l->r.x + WIDE_LABEL + 7 + k * COEFFICIENT, document_interval(of, coefficients[k]));
		l->row++;
	}
	l->row += l->row + CONTRASTS_SHOWN < l->r.h;
	for (int i = 0; i < CONTRASTS_SHOWN && l->row < l->r.h; i++, l->row++) {
		put(l->r.y + l->row, l->r.x, WIDE_LABEL + 6, ROLE_TEXT, contrasts[i].wide);
		put_interval(l, l->r.x + WIDE_LABEL + 7, document_interval(document, contrasts[i].path));
	}
}

/* "top 5   3 of 5, chance 1.0" */
static void draw_top(struct lines *l, const json_t *document, const char *path)
{
	const json_t *top = document_at(document, path);
	double k = document_number(top, "k"), precision = document_number(top, "precision");
	char label[24];

	if (isnan(precision) || l->row >= l->r.h)
		return;
	snprintf(label, sizeof label, "top %.0f", k);
	put(l->r.y + l->row, l->r.x, LABEL, ROLE_TEXT, label);
	if (l->r.w >= 60)
		putf(l->r.y + l->row, l->r.x + LABEL, l->r.w - LABEL, ROLE_TEXT, "%.0f of %.0f; parameters %.0f, MACs %.0f, chance %.1f", k * precision, k,
		     k * document_number(top, "parameters"), k * document_number(top, "macs"), k * document_number(top, "chance"));
	else
		putf(l->r.y + l->row, l->r.x + LABEL, l->r.w - LABEL, ROLE_TEXT, "%.0f of %.0f, chance %.1f", k * precision, k,
		     k * document_number(top, "chance"));
	l->row++;
}

int agreement_draw(struct rect r, const json_t *document)
{
	struct lines l = { r, 0 };

	if (r.w >= WIDE)
		draw_wide(&l, document);
	else
		draw_narrow(&l, document);
	draw_top(&l, document, "top.fifth");
	draw_top(&l, document, "top.third");
	return l.row;
}
