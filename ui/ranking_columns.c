/* ranking_columns.c -- what the columns of the ranking are: how they are sorted by, how they are written. */
#include <math.h>

#include "ui/figures.h"
#include "ui/ranking.h"

typedef const struct ranking_row row;
typedef const struct row_facts facts;

/* An id as a number, which sorts as it does: 48 bits. */
static double id_value(const char *id)
{
	double value = 0;

	for (; *id; id++)
		value = value * 16 + (*id >= 'a' ? *id - 'a' + 10 : *id - '0');
	return value;
}

static double by_place(row *r, facts *f) { (void)r; return f->rank ? f->rank : NAN; }
static double by_id(row *r, facts *f) { (void)f; return id_value(r->id); }
static double by_origin(row *r, facts *f) { (void)f; return r->origin; }
static double by_score(row *r, facts *f) { (void)f; return r->score; }
static double by_score_stderr(row *r, facts *f) { (void)f; return r->score_stderr; }
static double by_error(row *r, facts *f) { (void)f; return r->error; }
static double by_error_stderr(row *r, facts *f) { (void)f; return r->error_stderr; }
static double by_step(row *r, facts *f) { (void)f; return (double)r->step; }
static double by_parameters(row *r, facts *f) { (void)f; return (double)r->parameters; }
static double by_macs(row *r, facts *f) { (void)f; return (double)r->macs; }
static double by_depth(row *r, facts *f) { (void)f; return r->depth; }
static double by_images(row *r, facts *f) { (void)f; return r->images; }
static double by_corrupted(row *r, facts *f) { (void)r; return f->corrupted; }
static double by_true(row *r, facts *f) { (void)r; return f->true_error; }

/* Never wider than six, as a number that is cut is another number. */
static const char *number(double v)
{
	double a = fabs(v);

	return text_fixed(v, a < 9.99995 ? 4 : a < 99.9995 ? 3 : a < 999.995 ? 2 : 0);
}

const char *ranking_uncertainty(double v)
{
	const char *text = number(v);

	return text[0] == '0' ? text + 1 : v < 10 ? text_fixed(v, 3) : text_fixed(v, 0);
}

static const char *show_place(row *r, facts *f, double largest) { (void)r, (void)largest; return f->rank ? text_fixed(f->rank, 0) : ""; }
static const char *show_id(row *r, facts *f, double largest) { (void)f, (void)largest; return r->id; }
static const char *show_origin(row *r, facts *f, double largest) { (void)f, (void)largest; return origin_names[r->origin]; }
static const char *show_score(row *r, facts *f, double largest) { (void)f, (void)largest; return number(r->score); }
static const char *show_score_stderr(row *r, facts *f, double largest) { (void)f, (void)largest; return ranking_uncertainty(r->score_stderr); }
static const char *show_error(row *r, facts *f, double largest) { (void)f, (void)largest; return number(r->error); }
static const char *show_error_stderr(row *r, facts *f, double largest) { (void)f, (void)largest; return ranking_uncertainty(r->error_stderr); }
static const char *show_step(row *r, facts *f, double largest)
{
	(void)f, (void)largest;
	return r->step < 100000 ? text_count(r->step) : text_short_count((double)r->step);
}
static const char *show_parameters(row *r, facts *f, double largest)
{
	(void)f;
	return text_count_beside((double)r->parameters, largest);
}
static const char *show_macs(row *r, facts *f, double largest)
{
	(void)f, (void)largest;
	return text_fixed((double)r->macs / 1e6, r->macs < 99950000 ? 1 : 0);
}
static const char *show_depth(row *r, facts *f, double largest) { (void)f, (void)largest; return text_count(r->depth); }
static const char *show_images(row *r, facts *f, double largest) { (void)f, (void)largest; return text_count(r->images); }
static const char *show_corrupted(row *r, facts *f, double largest) { (void)r, (void)largest; return text_change(f->corrupted, 4); }
static const char *show_true(row *r, facts *f, double largest) { (void)r, (void)largest; return number(f->true_error); }

const struct column ranking_column_table[COLUMNS_ALL] = {
	[COLUMN_PLACE]        = { "#",       NULL,         0,  false, 0,  false, by_place,        show_place },        /* as wide as it needs to be */
	[COLUMN_ID]           = { "id",      "id",         8,  true,  1,  false, by_id,           show_id },
	[COLUMN_ORIGIN]       = { "origin",  "origin",     10, true,  9,  false, by_origin,       show_origin },
	[COLUMN_SCORE]        = { "score",   "score",      7,  false, 2,  false, by_score,        show_score },
	[COLUMN_SCORE_STDERR] = { "±se",     NULL,         6,  false, 3,  false, by_score_stderr, show_score_stderr },
	[COLUMN_ERROR]        = { "error",   "error",      7,  false, 4,  false, by_error,        show_error },
	[COLUMN_ERROR_STDERR] = { "±se",     NULL,         6,  false, 5,  false, by_error_stderr, show_error_stderr },
	[COLUMN_STEP]         = { "step",    "step",       7,  false, 6,  false, by_step,         show_step },
	[COLUMN_PARAMETERS]   = { "param",   "parameters", 6,  false, 7,  false, by_parameters,   show_parameters },
	[COLUMN_MACS]         = { "MMAC",    "MMAC",       5,  false, 8,  false, by_macs,         show_macs },
	[COLUMN_DEPTH]        = { "depth",   "depth",      6,  false, 12, false, by_depth,        show_depth },
	[COLUMN_IMAGES]       = { "images",  "images",     7,  false, 13, false, by_images,       show_images },
	[COLUMN_CORRUPTED]    = { "corrupt", "corrupt",    8,  false, 11, true,  by_corrupted,    show_corrupted },
	[COLUMN_TRUE]         = { "true",    "true error", 7,  false, 10, true,  by_true,         show_true },
};
