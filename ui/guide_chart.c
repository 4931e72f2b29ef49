/* guide_chart.c -- descents, predictions against measurements, figures, the list of starts. */
#include "ui/guide_chart.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/figures.h"

enum { GUTTER = 7, EVALUATIONS = 1024 };

static struct canvas canvas;

/* ---- descents ---- */

struct descent {
	double change[EVALUATIONS + 1];
	int count;
	enum role role;
	char letter;
};

static int row_of(const struct axis *a, double v)
{
	return (int)lround(axis_place(a, v) * (canvas.h * canvas.dots_y - 1));
}

/* Steps: a value holds until the next evaluation. Where dots are coarse, a letter an evaluation. */
static void draw_steps(const struct descent *d, const struct axis *a, int evaluations)
{
	int dots = canvas.w * canvas.dots_x, before = -1;

	if (d->count < 2)
		return;
	for (int x = 0; x < dots; x++) {
		int k = (int)((double)x * evaluations / (dots - 1) + 1e-9), y;

		if (k >= d->count)
			break;
		y = row_of(a, d->change[k]);
		if (canvas.dots_x == 1)
			canvas_mark(&canvas, x, y, d->letter, d->role);
		else if (d->letter != 'r' || x % 4 < 2)          /* the twin is dashed */
			canvas_bar(&canvas, x, y, before > y ? before : y, d->role);
		before = y;
	}
}

static void put_end(struct rect r, const struct descent *d, const struct axis *a, const char *name)
{
	int row = r.h - 1 - row_of(a, d->change[d->count - 1]) / canvas.dots_y;

	if (d->count > 1)
		putf(r.y + row, r.x + r.w, 20, d->role, " %s %s", name, text_change(d->change[d->count - 1], 4));
}

static void draw_ticks(struct rect r, const struct axis *a, int evaluations)
{
	double tick[16];
	int n = axis_ticks(a, r.h > 4 ? r.h / 2 : 1, tick, 16), last = -1;
	char text[48];

	for (int i = 0; i < n; i++) {
		int row = r.h - 1 - row_of(a, tick[i]) / canvas.dots_y;

		if (row != last)
			put_right(r.y + row, r.x - GUTTER, GUTTER - 1, ROLE_CHART_AXIS, tick[i] == 0 ? "0" : text_change(tick[i], 3));
		last = row;
	}
	put(r.y + r.h, r.x, r.w, ROLE_CHART_AXIS, "0");
	snprintf(text, sizeof text, "%d evaluations", evaluations);
	put_right(r.y + r.h, r.x, r.w, ROLE_CHART_AXIS, text);
}

void guide_draw_descent(struct rect r, const struct guide_view *v, int only, bool twin)
{
	static struct descent guided, random;
	struct axis a;
	int evaluations = v->evaluations > 1 ? v->evaluations : 1;

	r = (struct rect){ r.y, r.x + GUTTER, r.h - 1, r.w - GUTTER - 16 };
	guided.count = guide_descent(v, GUIDE_GUIDED, only, guided.change, EVALUATIONS + 1);
	random.count = guide_descent(v, GUIDE_RANDOM, only, random.change, EVALUATIONS + 1);
	guided.role = ROLE_ORIGIN_GUIDED;
	guided.letter = 'g';
	random.role = ROLE_RANDOM;
	random.letter = 'r';
	if (r.h < 2 || r.w < 8)
		return;
	if (guided.count < 2 && random.count < 2) {
		put(r.y + r.h / 2, r.x, r.w, ROLE_DIM, "neither search has begun");
		return;
	}
	evaluations = guided.count - 1 > evaluations ? guided.count - 1 : evaluations;
	axis_reset(&a, false);
	axis_include(&a, 0, 0);
	for (int k = 0; k < guided.count; k++)
		axis_include(&a, guided.change[k], guided.change[k]);
	for (int k = 0; twin && k < random.count; k++)
		axis_include(&a, random.change[k], random.change[k]);
	if (a.low == a.high)
		axis_include(&a, -1e-3, 0);
	canvas_start(&canvas, r.w, r.h);
	if (twin)
		draw_steps(&random, &a, evaluations);
	draw_steps(&guided, &a, evaluations);
	canvas_draw(&canvas, r.y, r.x);
	draw_ticks(r, &a, evaluations);
	if (twin)
		put_end(r, &random, &a, "random");
	put_end(r, &guided, &a, "guided");
}

/* ---- predictions ---- */

static int compare_sizes(const void *pa, const void *pb)
{
	double a = fabs(*(const double *)pa), b = fabs(*(const double *)pb);

	return (a > b) - (a < b);
}

/* A prediction far outside would leave a dot of all others: it goes to the edge, and says so. */
static void clip(struct scatter_point *point, int n)
{
	double *size = malloc(((size_t)n + 1) * sizeof *size), most;

	if (!size)
		return;
	for (int i = 0; i < n; i++)
		size[i] = point[i].x;
	qsort(size, (size_t)n, sizeof *size, compare_sizes);
	most = n ? 1.5 * fabs(size[(n - 1) * 9 / 10]) : 0;
	free(size);
	for (int i = 0; i < n; i++)
		if (fabs(point[i].x) > most) {
			point[i].letter = point[i].x > 0 ? '>' : '<';
			point[i].x = point[i].x > 0 ? most : -most;
		}
}

void guide_points_release(struct guide_points *p)
{
	free(p->point);
	*p = (struct guide_points){ 0 };
}

void guide_points_take(struct guide_points *p, const struct guide_view *v, int only, enum predictor predictor)
{
	int room = 1;

	if (p->point && p->only == only && p->predictor == predictor)
		return;
	guide_points_release(p);
	for (int i = 0; i < v->count; i++)
		room += v->from[i].list[GUIDE_SINGLE].count;
	*p = (struct guide_points){ .point = calloc((size_t)room, sizeof *p->point), .only = only, .predictor = predictor };
	for (int i = 0; p->point && i < v->count; i++)
		for (int k = 0; k < v->from[i].list[GUIDE_SINGLE].count && (only < 0 || only == i); k++) {
			const struct guide_row *e = &v->from[i].list[GUIDE_SINGLE].row[k];
			double x = e->predicted[predictor];

			if (isfinite(x) && isfinite(e->measured))
				p->point[p->count++] = (struct scatter_point){ x, e->measured, NAN, NAN, (x < 0) == (e->measured < 0) ? 'o' : 'x',
					(x < 0) == (e->measured < 0) ? ROLE_TRUE : ROLE_CORRUPTED };
		}
	clip(p->point, p->count);
}

void guide_draw_agreement(struct rect r, const struct guide_points *p)
{
	struct scatter s = { .cross = true, .slope = NAN, .point = p->point, .count = p->count };
	int y, x;

	if (p->count)
		scatter_draw(&s, r, -1, &y, &x);
	else if (r.h > 0)
		put(r.y + r.h / 2, r.x + 2, r.w - 2, ROLE_DIM, "no edit measured yet");
}

/* ---- figures ---- */

static int put_figure(struct rect r, int row, const char *name, const char *value, const char *interval)
{
	if (row >= r.h)
		return row;
	put(r.y + row, r.x, r.w, ROLE_TEXT, name);
	if (text_width(name) + text_width(value) + 1 <= r.w)
		put_right(r.y + row, r.x, r.w < 24 ? r.w : 24, ROLE_TEXT, value);
	if (!*interval)
		return row + 1;
	if (r.w >= 24 + 2 + text_width(interval)) {
		putf(r.y + row, r.x + 25, r.w - 25, ROLE_INTERVAL, "[%s]", interval);
		return row + 1;
	}
	if (row + 1 < r.h)
		putf(r.y + row + 1, r.x + 2, r.w - 2, ROLE_INTERVAL, "[%s]", interval);
	return row + 2;
}

static const char *interval_of(struct interval i, int decimals)
{
	return isfinite(i.low) && isfinite(i.high) ? text_between(i, decimals) : "";
}

static int put_predictor(struct rect r, int row, const struct guide_agree *a, int p)
{
	char name[32], value[32];

	snprintf(name, sizeof name, "%s signs", predictor_names[p]);
	if (isnan(a->sign[p]))
		snprintf(value, sizeof value, "%s", text_missing());
	else
		snprintf(value, sizeof value, "%.0f/%d", a->sign[p] * a->edits[p], a->edits[p]);
	row = put_figure(r, row, name, value, "");
	return put_figure(r, row, "  rank corr.", text_coefficient(a->rank[p].value), interval_of(a->rank[p], 2));
}

void guide_draw_figures(struct rect r, const struct guide_view *v)
{
	char value[48];
	int row = 0;

	row = put_figure(r, row, "guided - random", text_change(-v->difference.value, 4), interval_of((struct interval){
		-v->difference.value, -v->difference.high, -v->difference.low }, 4));
	snprintf(value, sizeof value, "%s, n %d", text_p(v->p), v->compared);
	row = put_figure(r, row, "  p", value, "");
	if (v->compared) {
		snprintf(value, sizeof value, "%d of %d", v->wins, v->compared);
		row = put_figure(r, row, "  guided wins", value, "");
	}
	row = put_predictor(r, row, &v->agree, PREDICTOR_WIRING);
	row = put_figure(r, row, "  ceiling", text_coefficient(v->agree.ceiling.value), interval_of(v->agree.ceiling, 2));
	put_predictor(r, row, &v->agree, PREDICTOR_WEIGHTS);
}

/* ---- the list of starts ---- */

enum { START_NUMBER, START_ID, START_LOSS, START_GUIDED, START_RANDOM, START_DIFFERENCE, START_TRIED };

const struct table_column guide_start_columns[TABLE_COLUMNS] = {
	[START_NUMBER]     = { "#",          4,  false, 1, false },
	[START_ID]         = { "start",      13, true,  0, false },
	[START_LOSS]       = { "loss",       8,  false, 2, false },
	[START_GUIDED]     = { "guided",     9,  false, 3, false },
	[START_RANDOM]     = { "random",     9,  false, 4, false },
	[START_DIFFERENCE] = { "difference", 11, false, 5, false },
	[START_TRIED]      = { "evaluations", 16, true, 6, false },
};

const char *guide_start_cell(const void *context, int row, int column, enum role *role)
{
	const struct guide_view *v = context;
	const struct guide_from *f = &v->from[row];
	static char text[48];

	switch (column) {
	case START_NUMBER:
		return text_count(row + 1);
	case START_ID:
		return f->id;
	case START_LOSS:
		return text_fixed(f->report, 4);
	case START_GUIDED:
		*role = ROLE_ORIGIN_GUIDED;
		return text_change(-f->fall[GUIDE_GUIDED], 4);
	case START_RANDOM:
		*role = ROLE_RANDOM;
		return text_change(-f->fall[GUIDE_RANDOM], 4);
	case START_DIFFERENCE:
		return text_change(f->fall[GUIDE_RANDOM] - f->fall[GUIDE_GUIDED], 4);
	default:
		snprintf(text, sizeof text, "%d + %d%s", f->list[GUIDE_GUIDED].count, f->list[GUIDE_RANDOM].count, f->at_work ? " at work" : "");
		return text;
	}
}
