/*
 * ranking_side.c -- beside the list: what is known of the row under the cursor, and where it stands among the others. It is drawn when the cursor
 * rests: holding a key down to go through a list would otherwise send an architecture for each row.
 */
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "ui/banks_matrix.h"
#include "ui/chart.h"
#include "ui/figures.h"
#include "ui/ranking.h"

enum { FACTS = 16, FACT_TEXT = 64, GUTTER = 8 };
static const double rest_seconds = 0.12, tail = 0.02;

/* ---- facts ---- */

struct fact_list {
	char text[FACTS][FACT_TEXT];
	int count;
};

static void add(struct fact_list *l, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct fact_list *l, const char *format, ...)
{
	va_list ap;

	if (l->count == FACTS)
		return;
	va_start(ap, format);
	vsnprintf(l->text[l->count++], FACT_TEXT, format, ap);
	va_end(ap);
}

static void add_standing(struct fact_list *l, const struct ranking_view *v, int index)
{
	const struct row_facts *f = &v->facts[index];
	int first, last;

	if (!ranking_view_ties(v, index, &first, &last)) {
		add(l, "no rank: older weights <");
		return;
	}
	add(l, "rank %s of %s", text_count(f->rank), text_count(v->ranked));
	if (first < last)
		add(l, "tied %s..%s at 95 %%", text_count(first), text_count(last));
	else
		add(l, "tied with none at 95 %%");
}

static void add_tests(struct fact_list *l, const struct row_facts *f)
{
	if (!isnan(f->true_error)) {
		add(l, "true  %s ±%s", text_fixed(f->true_error, 4), ranking_uncertainty(f->true_error_stderr));
		add(l, "%d epoch%s, %d training%s", f->true_epochs, f->true_epochs == 1 ? "" : "s", f->trainings, f->trainings == 1 ? "" : "s");
	}
	if (!isnan(f->corrupted))
		add(l, "corrupt %s ±%s", text_change(f->corrupted, 4), ranking_uncertainty(f->corrupted_stderr));
}

static void list_facts(struct fact_list *l, const struct ranking_view *v, int index)
{
	const struct ranking_row *r = &v->seen[index];

	l->count = 0;
	if (r->parent[0])
		add(l, "%s of %.7s", origin_names[r->origin], r->parent);
	else
		add(l, "%s", origin_names[r->origin]);
	add_standing(l, v, index);
	add(l, "score %s ±%s", text_fixed(r->score, 4), ranking_uncertainty(r->score_stderr));
	add(l, "error %s ±%s", text_fixed(r->error, 4), ranking_uncertainty(r->error_stderr));
	add(l, "on %s images", text_count(r->images));
	add(l, "step %s", text_count(r->step));
	add(l, "%s parameters", text_short_count((double)r->parameters));
	add(l, "%s MMAC  depth %d", text_fixed((double)r->macs / 1e6, 1), r->depth);
	add_tests(l, &v->facts[index]);
}

/* As many as fit beside one another. Rows used. */
static int draw_facts(struct rect r, const struct fact_list *l)
{
	int x = 0, y = 0;

	for (int i = 0; i < l->count; i++) {
		int w = text_width(l->text[i]);

		if (x > 0 && (x + 3 + w > r.w || r.w < 40)) {
			y++;
			x = 0;
		}
		if (y >= r.h)
			return r.h;
		put(r.y + y, r.x + x + (x > 0 ? 3 : 1), r.w - x - 1, ROLE_TEXT, l->text[i]);
		x += w + (x > 0 ? 3 : 1);
	}
	return y + 1;
}

/* ---- banks ---- */

static void draw_banks(const struct ui *ui, const struct ranking_pane *p, struct rect r)
{
	struct matrix_view view = { 0 };
	struct matrix m = { .space = &ui->snap->space, .input = &ui->snap->input, .arch = &p->arch, .plain = true };

	if (p->has_arch && r.h >= 4)
		matrix_draw(&m, &view, r);
}

/* ---- among the others ---- */

/* Those on the most images: only they compare. Their scores up to the worst few, which would press all others together. */
static int comparable(const struct ranking_view *v, double *least, double *most)
{
	int n = 0;

	while (n < v->ranked && v->seen[v->by_score[n]].images == v->seen[v->by_score[0]].images)
		n++;
	if (n) {
		*least = v->seen[v->by_score[0]].score;
		*most = v->seen[v->by_score[n - 1 - (int)(tail * n)]].score;
	}
	return n;
}

/* The 1-2-5 number from which on so many of them are enough for the range. */
static double bin_width(double range, int bins)
{
	double power = pow(10, floor(log10(range / bins))), m = range / bins / power;

	return power * (m <= 1 ? 1 : m <= 2 ? 2 : m <= 5 ? 5 : 10);
}

static void draw_histogram(const struct ranking_pane *p, struct rect r)
{
	const struct ranking_view *v = &p->view;
	int count[64] = { 0 }, highest = 0, bins = r.h - 1 < 64 ? r.h - 1 : 64, mine = -1;
	double least, most, width, low;
	int n = comparable(v, &least, &most);

	if (n < 3 || bins < 4 || most <= least)
		return;
	put_title(r.y, r.x, r.w, r.w >= 30 ? "Distribution of scores" : "Scores", false, "", r.w >= 50 ? "> the selected" : "");
	width = bin_width(most - least, bins - 1);
	low = floor(least / width) * width;
	for (int i = 0; i < n; i++) {
		int bin = (int)((v->seen[v->by_score[i]].score - low) / width);

		bin = bin < 0 ? 0 : bin < bins ? bin : bins - 1;
		count[bin]++;
		highest = count[bin] > highest ? count[bin] : highest;
		if (v->by_score[i] == p->shown)
			mine = bin;
	}
	while (bins > 4 && !count[bins - 1])
		bins--;
	for (int i = 0; i < bins; i++) {
		int room = r.w - GUTTER - 7, bar = count[i] ? 1 + (room - 1) * count[i] / highest : 0, x = r.x + GUTTER + 1;

		putf(r.y + 1 + i, r.x, GUTTER, i == mine ? ROLE_MARK : ROLE_CHART_AXIS, "%c%6s ", i == mine ? '>' : ' ',
		     text_fixed(low + i * width, width < 0.00999 ? 3 : 2));
		for (int k = 0; k < bar; k++)
			x += put(r.y + 1 + i, x, 1, ROLE_CHART_TRAIN, "#");
		if (count[i])
			putf(r.y + 1 + i, x + 1, 6, ROLE_TEXT, "%d", count[i]);
	}
}

static struct canvas canvas;

static int dot(double place, int dots)
{
	return (int)lround(place * (dots - 1));
}

static void put_axes(const struct axis *x, const struct axis *y, struct rect r)
{
	put_right(r.y, r.x, GUTTER - 1, ROLE_CHART_AXIS, text_fixed(y->high, 2));
	put_right(r.y + r.h - 2, r.x, GUTTER - 1, ROLE_CHART_AXIS, text_fixed(y->low, 2));
	put(r.y + r.h - 1, r.x + GUTTER, 8, ROLE_CHART_AXIS, text_short_count(x->low));
	put_right(r.y + r.h - 1, r.x + GUTTER, r.w - GUTTER - 1, ROLE_CHART_AXIS, text_short_count(x->high));
}

/* Dots, the front (nothing is both smaller and better) in letters, which are read in their order of score. */
static void draw_scatter(const struct ranking_pane *p, struct rect r)
{
	const struct ranking_view *v = &p->view;
	struct axis x, y;
	double least, most;
	int64_t smallest = INT64_MAX;
	int n = comparable(v, &least, &most), shown_x = -1, shown_y = -1;

	if (n < 3 || r.h < 6 || r.w < 30)
		return;
	put_title(r.y, r.x, r.w, "Score against parameters", false, "", r.w >= 50 ? "o best of its size  + selected" : "");
	r.y++;
	r.h--;
	axis_reset(&x, true);
	axis_reset(&y, false);
	axis_include(&y, least, most);
	for (int i = 0; i < n; i++)
		axis_include(&x, (double)v->seen[v->by_score[i]].parameters, (double)v->seen[v->by_score[i]].parameters);
	canvas_start(&canvas, r.w - GUTTER - 1, r.h - 1);
	for (int i = 0; i < n; i++) {
		const struct ranking_row *row = &v->seen[v->by_score[i]];
		int dx = dot(axis_place(&x, (double)row->parameters), canvas.w * canvas.dots_x);
		int dy = dot(axis_place(&y, row->score), canvas.h * canvas.dots_y);
		bool front = row->parameters < smallest;

		if (front) {
			smallest = row->parameters;
			canvas_mark(&canvas, dx, dy, 'o', ROLE_SCORE_BEST);
		} else
			canvas_dot(&canvas, dx, dy, ROLE_CHART_TRAIN);
		if (v->by_score[i] == p->shown) {
			shown_x = dx;
			shown_y = dy;
		}
	}
	canvas_mark(&canvas, shown_x, shown_y, '+', ROLE_MARK);
	canvas_draw(&canvas, r.y, r.x + GUTTER);
	put_axes(&x, &y, r);
}

/* ---- all of it ---- */

/* The row that is shown follows the cursor when that rests; without a cursor it is the best. */
static void follow(struct ui *ui, struct ranking_pane *p)
{
	int to = p->selected >= 0 ? p->selected : p->view.ranked ? p->view.by_score[0] : p->view.order[0];

	if (to == p->shown)
		return;
	if (p->shown >= 0 && ui->now < p->moved + rest_seconds) {
		ui->wake = p->moved + rest_seconds;
		return;
	}
	p->shown = to;
	p->has_arch = worker_ranking_arch(ui->worker, to, &p->arch);
}

void ranking_draw_side(struct ui *ui, struct ranking_pane *p, struct rect r)
{
	struct fact_list facts;
	char id[ARCH_ID_LENGTH + 1];
	int used;

	follow(ui, p);
	snprintf(id, sizeof id, "%.*s", r.w < 28 ? 7 : ARCH_ID_LENGTH, p->view.seen[p->shown].id);
	put_title(r.y, r.x, r.w, p->selected >= 0 ? "Selected" : "Best", false, id, "");
	list_facts(&facts, &p->view, p->shown);
	used = 1 + draw_facts((struct rect){ r.y + 1, r.x, r.h - 1, r.w }, &facts);
	if (r.w >= 60) {
		int h = r.h / 4;

		draw_banks(ui, p, (struct rect){ r.y + used, r.x, r.h - 2 * h - used - 1, r.w });
		draw_histogram(p, (struct rect){ r.y + r.h - 2 * h, r.x, h, r.w });
		draw_scatter(p, (struct rect){ r.y + r.h - h, r.x, h, r.w });
	} else if (r.h - used >= 8)
		draw_histogram(p, (struct rect){ r.y + used + 1, r.x, r.h - used - 1, r.w });
}
