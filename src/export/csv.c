/* csv.c -- the table of scores in comma-separated values (RFC 4180): a line of names, lines end in CR LF, what is missing is empty. */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/csv.h"

void csv_text(FILE *f, const char *s)
{
	if (!s[strcspn(s, ",\"\r\n")]) {
		fputs(s, f);
		return;
	}
	fputc('"', f);
	for (; *s; s++)
		fprintf(f, "%s%c", *s == '"' ? "\"" : "", *s);
	fputc('"', f);
}

void csv_number(FILE *f, double x)
{
	if (isfinite(x))
		fprintf(f, "%.9g", x);
}

static void whole(FILE *f, int64_t x, bool missing)
{
	if (!missing)
		fprintf(f, "%" PRId64, x);
}

typedef const struct ranking_row row;
typedef const struct export_facts facts;

static void put_rank(FILE *f, row *r, facts *k) { (void)r; whole(f, k->rank, k->rank == 0); }
static void put_id(FILE *f, row *r, facts *k) { (void)k; csv_text(f, r->id); }
static void put_origin(FILE *f, row *r, facts *k) { (void)k; csv_text(f, origin_names[r->origin]); }
static void put_parent(FILE *f, row *r, facts *k) { (void)k; csv_text(f, r->parent); }
static void put_step(FILE *f, row *r, facts *k) { (void)k; whole(f, r->step, false); }
static void put_score(FILE *f, row *r, facts *k) { (void)k; csv_number(f, r->score); }
static void put_score_stderr(FILE *f, row *r, facts *k) { (void)k; csv_number(f, r->score_stderr); }
static void put_error(FILE *f, row *r, facts *k) { (void)k; csv_number(f, r->error); }
static void put_error_stderr(FILE *f, row *r, facts *k) { (void)k; csv_number(f, r->error_stderr); }
static void put_images(FILE *f, row *r, facts *k) { (void)k; whole(f, r->images, false); }
static void put_parameters(FILE *f, row *r, facts *k) { (void)k; whole(f, r->parameters, false); }
static void put_macs(FILE *f, row *r, facts *k) { (void)k; whole(f, r->macs, false); }
static void put_depth(FILE *f, row *r, facts *k) { (void)k; whole(f, r->depth, false); }
static void put_corrupt(FILE *f, row *r, facts *k) { (void)r; csv_number(f, k->corrupted); }
static void put_true(FILE *f, row *r, facts *k) { (void)r; csv_number(f, k->true_error); }
static void put_true_stderr(FILE *f, row *r, facts *k) { (void)r; csv_number(f, k->true_error_stderr); }
static void put_true_epochs(FILE *f, row *r, facts *k) { (void)r; whole(f, k->true_epochs, isnan(k->true_error)); }
static void put_trainings(FILE *f, row *r, facts *k) { (void)r; whole(f, k->trainings, isnan(k->true_error)); }

static const struct {
	const char *name;
	void (*put)(FILE *, row *, facts *);
} columns[] = {
	{ "rank", put_rank }, { "id", put_id }, { "origin", put_origin }, { "parent", put_parent }, { "step", put_step }, { "score", put_score },
	{ "score_stderr", put_score_stderr }, { "error", put_error }, { "error_stderr", put_error_stderr }, { "images", put_images },
	{ "parameters", put_parameters }, { "macs", put_macs }, { "depth", put_depth }, { "corrupt_loss_increase", put_corrupt },
	{ "true_error", put_true }, { "true_error_stderr", put_true_stderr }, { "true_epochs", put_true_epochs }, { "trainings", put_trainings },
};
enum { COLUMNS = sizeof(columns) / sizeof(*columns) };

int export_csv(FILE *f, const struct export_source *s)
{
	if (s->subject != EXPORT_BANKS)
		return csv_of_run(f, s);
	if (!s->row)
		return err_set("csv is of scored architectures: this one has no score");
	for (int i = 0; i < COLUMNS; i++)
		fprintf(f, "%s%s", i ? "," : "", columns[i].name);
	fputs("\r\n", f);
	for (int i = 0; i < s->count; i++) {
		const struct export_facts *k;
		const struct ranking_row *r = s->row(s->context, i, &k);

		for (int c = 0; c < COLUMNS; c++) {
			if (c > 0)
				fputc(',', f);
			columns[c].put(f, r, k);
		}
		fputs("\r\n", f);
	}
	return 0;
}
