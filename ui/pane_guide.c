/*
 * pane_guide.c -- edits that gradients propose: what was predicted of each and what was measured, from one start or from many; below, how far a
 * guided descent has come beside its random twin, and how well predictions agree with measurements.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "ui/figures.h"
#include "ui/guide_chart.h"
#include "ui/guide_measure.h"
#include "ui/table.h"
#include "ui/view.h"

static const int budgets[] = { 10, 20, 30, 60, 120 };     /* evaluations of the next one */
enum { BUDGETS = sizeof budgets / sizeof budgets[0], BUDGET_FIRST = 2, STEP = 8, STARTS = 12, IMAGES = 1000 };

static const char *const list_words[GUIDE_LISTS] = { "single edits", "guided search tried", "random search tried" };

struct guide_pane {
	struct pane super;
	struct view view;
	struct guide_view found;
	int budget;                      /* of budgets */
	enum predictor predictor;        /* of the next one, and of the drawing */
	bool no_twin;

	int open;                        /* start whose edits are shown; -1: the list of starts */
	enum guide_list_kind list;
	struct table starts, edits;
	bool descending;
	int *order;                      /* rows of the list as they are sorted */
	struct measures measures;        /* of edits that the search has not measured */
	struct guide_points points;      /* predictions against measurements, as last drawn */
};

/* ---- the list of edits ---- */

enum { EDIT_NUMBER, EDIT_TEXT, EDIT_WIRING, EDIT_WEIGHTS, EDIT_MEASURED, EDIT_STDERR, EDIT_SIGN, EDIT_KEPT };

static const struct table_column edit_columns[TABLE_COLUMNS] = {
	[EDIT_NUMBER]   = { "#",        4,  false, 6, false },
	[EDIT_TEXT]     = { "edit",     34, true,  0, true },
	[EDIT_WIRING]   = { "wiring",   8,  false, 1, false },
	[EDIT_WEIGHTS]  = { "weights",  8,  false, 3, false },
	[EDIT_MEASURED] = { "measured", 9,  false, 2, false },
	[EDIT_STDERR]   = { "±se",      7,  false, 4, false },
	[EDIT_SIGN]     = { "sign",     5,  true,  5, false },
	[EDIT_KEPT]     = { "kept",     5,  true,  7, false },
};
enum { EDITS_SORTABLE = 1 << EDIT_NUMBER | 1 << EDIT_TEXT | 1 << EDIT_WIRING | 1 << EDIT_WEIGHTS | 1 << EDIT_MEASURED };

static const struct guide_rows *rows_of(const struct guide_pane *p)
{
	return p->open >= 0 && p->open < p->found.count ? &p->found.from[p->open].list[p->list] : NULL;
}

static double value_of(const struct guide_row *e, int column)
{
	switch (column) {
	case EDIT_WIRING:
		return e->predicted[PREDICTOR_WIRING];
	case EDIT_WEIGHTS:
		return e->predicted[PREDICTOR_WEIGHTS];
	default:
		return e->measured;
	}
}

/* With what was measured from here. */
static struct guide_row whole_row(const struct guide_pane *p, int i)
{
	struct guide_row e = rows_of(p)->row[i];
	const struct measured *m = isnan(e.measured) ? measures_find(&p->measures, p->found.from[p->open].id, e.text) : NULL;

	if (m) {
		e.measured = m->change;
		e.stderr_ = m->stderr_;
	}
	return e;
}

static struct guide_row row_at(const struct guide_pane *p, int row)
{
	return whole_row(p, p->order[row]);
}

/* Right, wrong, or within two standard errors of nothing. */
static const char *sign_of(const struct guide_row *e, double predicted)
{
	if (isnan(predicted) || isnan(e->measured))
		return "";
	if (fabs(e->measured) < 2 * e->stderr_)
		return "~";
	return (predicted < 0) == (e->measured < 0) ? "ok" : "x";
}

/* "b3 op1 reads: bank 0 to bank 7" of "block 3 op 1 reads: bank 0 replaced by bank 7": edits differ at their ends, which are to be seen. */
static const char *shorten(const char *text)
{
	static const char replaced[] = " replaced by ";
	static char line[160];
	const char *at;
	int block, op, n = 0;

	if (sscanf(text, "block %d op %d%n", &block, &op, &n) < 2 || n == 0)
		return text;
	text += n;
	at = strstr(text, replaced);
	snprintf(line, sizeof line, "b%d op%d%.*s%s%s", block, op, at ? (int)(at - text) : (int)strlen(text), text, at ? " to " : "",
	         at ? at + sizeof replaced - 1 : "");
	return line;
}

static const char *edit_cell(const void *context, int row, int column, enum role *role)
{
	const struct guide_pane *p = context;
	const struct guide_row e = row_at(p, row);
	const char *sign = sign_of(&e, e.predicted[p->predictor == PREDICTOR_WEIGHTS ? PREDICTOR_WEIGHTS : PREDICTOR_WIRING]);

	switch (column) {
	case EDIT_NUMBER:
		return text_count(p->order[row] + 1);
	case EDIT_TEXT:
		return shorten(e.text);
	case EDIT_STDERR:
		*role = ROLE_INTERVAL;
		return text_fixed(e.stderr_, 4);
	case EDIT_SIGN:
		*role = *sign == 'o' ? ROLE_TRUE : *sign == 'x' ? ROLE_CORRUPTED : ROLE_DIM;
		return sign;
	case EDIT_KEPT:
		*role = ROLE_ORIGIN_GUIDED;
		return e.kept ? "kept" : "";
	default:
		return text_change(value_of(&e, column), 4);
	}
}

struct sorting {
	const struct guide_row *row;
	const double *value;             /* of the column, what was measured from here included */
	int column;
	bool descending;
};

static int compare(const void *pa, const void *pb, void *context)
{
	const struct sorting *s = context;
	int a = *(const int *)pa, b = *(const int *)pb, c;
	double va = s->value[a], vb = s->value[b];

	if (s->column == EDIT_NUMBER)
		c = a - b;
	else if (s->column == EDIT_TEXT)
		c = strcmp(s->row[a].text, s->row[b].text);
	else {
		if (isnan(va) != isnan(vb))
			return isnan(va) ? 1 : -1;       /* what is missing is last in either order */
		c = (va > vb) - (va < vb);
	}
	c = s->descending ? -c : c;
	return c ? c : a - b;
}

/* The order of the rows; the cursor keeps its edit where it can. */
static void sort(struct guide_pane *p)
{
	const struct guide_rows *rows = rows_of(p);
	int count = rows ? rows->count : 0, kept = p->order && p->edits.selected < p->edits.rows ? p->order[p->edits.selected] : 0;
	int *order = malloc(((size_t)count + 1) * sizeof *order);
	double *value = malloc(((size_t)count + 1) * sizeof *value);

	p->edits.rows = 0;
	if (!rows || !order || !value) {
		free(order);
		free(value);
		return;
	}
	for (int i = 0; i < count; i++) {
		struct guide_row row = whole_row(p, i);

		order[i] = i;
		value[i] = value_of(&row, p->edits.sort);
	}
	qsort_r(order, (size_t)count, sizeof *order, compare, &(struct sorting){ rows->row, value, p->edits.sort, p->descending });
	free(value);
	free(p->order);
	p->order = order;
	p->edits.rows = count;
	for (int i = 0; i < rows->count; i++)
		if (order[i] == kept)
			p->edits.selected = i;
}

static void open_start(struct guide_pane *p, int start)
{
	p->open = start;
	p->list = GUIDE_SINGLE;
	p->edits.selected = p->edits.rows = 0;
	sort(p);
	p->edits.selected = 0;
}

static void guide_news(struct ui *ui, struct pane *pane)
{
	struct guide_pane *p = (struct guide_pane *)pane;
	char id[32];

	if (measures_news(ui, &p->measures) && p->edits.sort == EDIT_MEASURED)
		sort(p);
	snprintf(id, sizeof id, "%s", p->open >= 0 ? p->found.from[p->open].id : "");
	if (!view_news(ui, &p->view))
		return;
	guide_view_release(&p->found);
	guide_points_release(&p->points);
	if (!guide_view_read(&p->found, p->view.document))
		guide_view_release(&p->found);
	p->starts.rows = p->found.count;
	if (p->open >= 0 && (p->open >= p->found.count || strcmp(id, p->found.from[p->open].id) != 0))
		p->open = -1;
	if (p->open < 0 && p->found.count == 1 && p->found.wanted == 1)
		open_start(p, 0);
	sort(p);
}

/* ---- drawing ---- */

static int shown_start(const struct guide_pane *p)
{
	return p->open >= 0 ? p->open : p->found.finished ? -1 : p->found.count - 1;
}

static int draw_facts(const struct ui *ui, const struct guide_pane *p, struct rect r)
{
	const struct guide_view *v = &p->found;
	int64_t behind = view_steps_behind(ui, &p->view);
	const char *stage = document_text(p->view.document, "at_work_stage");
	char text[200];
	int rows = 0;

	if (r.h < 8)
		return 0;
	snprintf(text, sizeof text, "%d of %d start%s%s%s, %d evaluations a search by %s, %d images choose, %d others report", v->finished, v->wanted,
	         v->wanted == 1 ? "" : "s", *stage ? ", now " : "", stage, v->evaluations, document_text(p->view.document, "predictor"), v->search_images,
	         v->report_images);
	put_pieces(r.y + rows++, r.x + 1, r.w - 1, ROLE_TEXT, text);
	if (behind && !view_running(&p->view) && r.h > 10)
		putf(r.y + rows++, r.x + 1, r.w - 1, ROLE_WARNING, "training has gone on %s steps since: s, S, d use the weights of now", text_short_count((double)behind));
	return rows;
}

static int draw_verdict(const struct guide_pane *p, struct rect r)
{
	const char *verdict = document_text(p->view.document, "verdict");
	char text[480];
	int n = 0;

	if (*verdict)
		n = snprintf(text, sizeof text, "%s%s. ", verdict, isnan(p->found.p) ? "" : " (p < .01)");
	if (p->found.compared && n < (int)sizeof text)
		n += snprintf(text + n, sizeof text - (size_t)n, "On images that did not choose the loss changes by %s guided, %s random.",
		              text_change(-p->found.gain[GUIDE_GUIDED].value, 4), text_change(-p->found.gain[GUIDE_RANDOM].value, 4));
	return n ? view_verdict(&p->view, r, r.h / 4, text) : 0;
}

/* The descents, and beside them the figures and what they rest on, as there is room. */
static void draw_below(struct guide_pane *p, struct rect r)
{
	int figures = r.w >= 110 ? 46 : r.w >= 72 ? 25 : 0, scatter = r.w >= 150 ? r.w / 3 : 0;
	int chart = r.w - figures - scatter, only = shown_start(p);
	enum predictor predictor = p->predictor == PREDICTOR_WEIGHTS ? PREDICTOR_WEIGHTS : PREDICTOR_WIRING;
	char left[128];

	if (only < 0)
		snprintf(left, sizeof left, "mean of %d starts, search images", p->found.finished);
	else
		snprintf(left, sizeof left, "from %.7s, search images", p->found.from[only].id);
	put_title(r.y, r.x, chart, "Change of loss", false, left, NULL);
	guide_draw_descent((struct rect){ r.y + 1, r.x, r.h - 1, chart }, &p->found, only, !p->no_twin);
	if (figures) {
		put_title(r.y, r.x + chart, figures, "Figures", false, NULL, NULL);
		put_vertical(r.y + 1, r.x + chart, r.h - 1, ROLE_RULE);
		guide_draw_figures((struct rect){ r.y + 1, r.x + chart + 2, r.h - 1 < 8 || figures < 46 ? r.h - 1 : 8, figures - 2 }, &p->found);
	}
	guide_points_take(&p->points, &p->found, only, predictor);
	if (figures == 46 && !scatter && r.h >= 16)
		guide_draw_agreement((struct rect){ r.y + 10, r.x + chart + 1, r.h - 10, figures - 1 }, &p->points);
	if (scatter) {
		put_title(r.y, r.x + chart + figures, scatter, "Predicted and measured", false, predictor_names[predictor], NULL);
		guide_draw_agreement((struct rect){ r.y + 1, r.x + chart + figures, r.h - 1, scatter }, &p->points);
	}
}

static void draw_body(struct ui *ui, struct guide_pane *p, struct rect r)
{
	int rows = draw_facts(ui, p, r), top, line;
	bool focused = ui->focus == PANE_GUIDE;

	r.y += rows;
	r.h -= rows;
	r.h -= draw_verdict(p, r);
	top = r.h < 14 ? r.h : r.h < 28 ? r.h - 9 : r.h / 2;
	if (p->open >= 0)
		line = table_draw(&p->edits, (struct rect){ r.y, r.x, top, r.w < 104 ? r.w : 104 }, focused, edit_cell, p);
	else
		line = table_draw(&p->starts, (struct rect){ r.y, r.x, top, r.w < 84 ? r.w : 84 }, focused, guide_start_cell, &p->found);
	if (line >= 0)
		ui->cursor_y = line, ui->cursor_x = r.x;
	if (top < r.h)
		draw_below(p, (struct rect){ r.y + top, r.x, r.h - top, r.w });
}

/* Images scored from one start, roughly: its edits, both searches, and a prediction after each edit that is kept. */
static double work(int evaluations)
{
	return 2.5 * evaluations * IMAGES + (1 + evaluations / 2) * 6.0 * IMAGES;
}

static void guide_draw(struct ui *ui, struct pane *pane)
{
	struct guide_pane *p = (struct guide_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 2, pane->at.w };
	char state[160] = "", begin[200];
	int evaluations = budgets[p->budget];

	if (p->view.document)
		view_state(ui, &p->view, r.w < 60 || p->open >= 0, state, sizeof state);
	if (p->open >= 0)
		snprintf(state + strlen(state), sizeof state - strlen(state), "  %s %s  %s", p->found.from[p->open].id,
		         text_fixed(p->found.from[p->open].score, 4), list_words[p->list]);
	put_title(pane->at.y, pane->at.x, pane->at.w, pane->class->name, ui->focus == PANE_GUIDE, state, p->open >= 0 && p->found.count > 1 ?
	          "Esc all starts" : NULL);
	ui->cursor_y = pane->at.y;
	ui->cursor_x = pane->at.x + 1;
	snprintf(begin, sizeof begin, "s a step, S a descent of %d evaluations (- +) by %s (v)%s", evaluations, predictor_names[p->predictor],
	         view_about(ui, work(evaluations)));
	snprintf(begin + strlen(begin), sizeof begin - strlen(begin), ", d compares from %d random starts%s", STARTS, view_about(ui, STARTS * work(evaluations)));
	if (r.h < 1)
		return;
	view_foot(ui, &p->view, r.y + r.h, r.x + 1, r.w - 1, begin);
	if (p->view.document)
		draw_body(ui, p, r);
	else
		view_empty(r, "Which edit of an architecture would lower its loss, and do gradients know? One backward pass predicts the change that every "
		           "single valid edit makes: through the weights that a changed encoding makes, and through what the edited op adds to the "
		           "banks (wiring). A descent tries the best predictions first; beside it a random twin takes the same number of evaluations.",
		           begin);
}

/* ---- architectures of rows ---- */

/* Before and after the edit under the cursor: one of a search follows all that it had kept before. False, having said why. */
static bool archs_of_row(struct ui *ui, struct guide_pane *p, struct arch *before, struct arch *after)
{
	const struct guide_rows *rows = rows_of(p);
	int at = p->order[p->edits.selected];

	if (!view_arch(ui, &p->view, p->found.from[p->open].id, before))
		return false;
	for (int i = 0; i < at && p->list != GUIDE_SINGLE; i++)
		if (rows->row[i].kept && !guide_apply(ui, rows->row[i].text, before))
			return false;
	*after = *before;
	return guide_apply(ui, rows->row[at].text, after);
}

static void measure_row(struct ui *ui, struct guide_pane *p)
{
	struct arch before, after;

	if (archs_of_row(ui, p, &before, &after))
		measures_ask(ui, &p->measures, p->found.from[p->open].id, row_at(p, p->edits.selected).text, &before, &after);
}

static void show_row(struct ui *ui, struct guide_pane *p)
{
	struct arch before, arch;

	if (archs_of_row(ui, p, &before, &arch))
		view_show(ui, &arch, ORIGIN_GUIDED, p->found.from[p->open].id);
}

/* A draft in the bank view that begins with the edit made. */
static void apply_row(struct ui *ui, struct guide_pane *p)
{
	struct arch before, after;
	char from[64];

	if (!p->edits.rows || !archs_of_row(ui, p, &before, &after))
		return;
	snprintf(from, sizeof from, "%.7s, %.50s", p->found.from[p->open].id, row_at(p, p->edits.selected).text);
	edit_begin(ui, &after, from);
}

/* ---- keys ---- */

/* From what is held in the bank pane, else from the start that is open, else from the best of the ranking, else from a random one. */
static void begin(struct ui *ui, struct guide_pane *p, int evaluations)
{
	struct arch arch;
	char start[48] = "--count 1 ";

	if (banks_arch(ui, true, &arch))
		start[0] = 0;                    /* the command takes it */
	else if (p->open >= 0)
		snprintf(start, sizeof start, "--arch %s ", p->found.from[p->open].id);
	else if (ranking_best(ui))
		snprintf(start, sizeof start, "--arch %s ", ranking_best(ui)->id);
	view_begin(ui, &p->view, "guide %s--evaluations %d --images %d --predictor %s", start, evaluations, IMAGES, predictor_names[p->predictor]);
}

static void again(struct ui *ui, struct guide_pane *p)
{
	const struct guide_view *v = &p->found;
	const char *arch = document_text(p->view.document, "architecture");
	json_int_t seed = document_count(p->view.document, "seed");
	char words[REQUEST_TEXT], from[64];

	if (*arch)
		snprintf(from, sizeof from, "--arch %.20s", arch);
	else
		snprintf(from, sizeof from, "--count %d", v->wanted);
	snprintf(words, sizeof words, "guide %s --evaluations %d --images %d --predictor %s", from, v->evaluations, v->search_images + v->report_images,
	         document_text(p->view.document, "predictor"));
	if (seed > 0)
		snprintf(words + strlen(words), sizeof words - strlen(words), " --seed %lld", (long long)seed);
	view_again(ui, &p->view, words);
}

static void sort_by(struct ui *ui, struct guide_pane *p, int column)
{
	if (column == p->edits.sort)
		p->descending = !p->descending;
	p->edits.sort = column;
	sort(p);
	ui_say(ui, ROLE_INFO, "sorted by %s%s", column == EDIT_NUMBER ? "number" : edit_columns[column].head, p->descending ? ", downwards" : "");
}

static bool act_on_edits(struct ui *ui, struct guide_pane *p, enum action action)
{
	switch (action) {
	case ACTION_OPEN:
		if (p->edits.rows && isnan(row_at(p, p->edits.selected).measured))
			measure_row(ui, p);
		else if (p->edits.rows)
			show_row(ui, p);
		return true;
	case ACTION_APPLY:
		apply_row(ui, p);
		return true;
	case ACTION_NEXT_LIST:
		p->list = (p->list + 1) % GUIDE_LISTS;
		p->edits.sort = p->list == GUIDE_SINGLE ? EDIT_WIRING : EDIT_NUMBER;
		p->descending = false;
		p->edits.selected = 0;
		sort(p);
		p->edits.selected = 0;
		return true;
	case ACTION_SORT_PREVIOUS:
	case ACTION_SORT_NEXT:
		sort_by(ui, p, table_sort_beside(&p->edits, EDITS_SORTABLE, action == ACTION_SORT_NEXT ? 1 : -1));
		return true;
	case ACTION_SORT_INVERT:
		sort_by(ui, p, p->edits.sort);
		return true;
	case ACTION_BACK:
		if (p->found.count < 2)
			return false;
		p->open = -1;
		return true;
	default:
		return table_act(&p->edits, action);
	}
}

static bool guide_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct guide_pane *p = (struct guide_pane *)pane;

	switch (action) {
	case ACTION_STEP:
		begin(ui, p, STEP);
		return true;
	case ACTION_DESCEND:
		begin(ui, p, budgets[p->budget]);
		return true;
	case ACTION_BEGIN:
		view_begin(ui, &p->view, "guide --count %d --evaluations %d --images %d --predictor %s", STARTS, budgets[p->budget], IMAGES,
		           predictor_names[p->predictor]);
		return true;
	case ACTION_OLDER:
	case ACTION_NEWER:
		view_turn(ui, &p->view, action == ACTION_NEWER ? 1 : -1);
		guide_news(ui, pane);
		return true;
	case ACTION_AGAIN:
		again(ui, p);
		return true;
	case ACTION_LESS:
	case ACTION_MORE:
		p->budget += action == ACTION_MORE ? 1 : -1;
		p->budget = p->budget < 0 ? 0 : p->budget >= BUDGETS ? BUDGETS - 1 : p->budget;
		return true;
	case ACTION_PREDICTOR:
		p->predictor = (p->predictor + 1) % PREDICTORS;
		ui_say(ui, ROLE_INFO, "the next search goes by %s%s", predictor_names[p->predictor], p->predictor == PREDICTOR_RANDOM ?
		       ": two random twins, the control of the control" : "");
		return true;
	case ACTION_TWIN:
		p->no_twin = !p->no_twin;
		return true;
	case ACTION_EDIT:
		if (p->found.count)
			view_edit(ui, &p->view, p->found.from[p->open >= 0 ? p->open : p->starts.selected].id);
		return true;
	default:
		break;
	}
	if (p->open >= 0)
		return act_on_edits(ui, p, action);
	if (action == ACTION_OPEN) {
		if (p->starts.rows)
			open_start(p, p->starts.selected);
		return true;
	}
	return table_act(&p->starts, action);
}

static void guide_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct guide_pane *p = (struct guide_pane *)pane;
	struct table *t = p->open >= 0 ? &p->edits : &p->starts;
	int row = table_row_at(t, pane->at.y + y), head = table_head_at(t, pane->at.y + y, pane->at.x + x);

	if (p->open >= 0 && head >= 0 && EDITS_SORTABLE >> head & 1)
		sort_by(ui, p, head);
	if (row < 0)
		return;
	t->selected = row;
	if (second)
		guide_act(ui, pane, ACTION_OPEN);
}

static void guide_release(struct pane *pane)
{
	struct guide_pane *p = (struct guide_pane *)pane;

	guide_view_release(&p->found);
	guide_points_release(&p->points);
	view_release(&p->view);
	free(p->order);
	free(p);
}

static const struct pane_class guide_class = {
	.name = "Guide",
	.tab = "Guide",
	.where = IN_GUIDE,
	.draw = guide_draw,
	.act = guide_act,
	.news = guide_news,
	.click = guide_click,
	.release = guide_release,
};

struct pane *pane_guide_new(void)
{
	struct guide_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &guide_class;
	p->view.kind = EXPERIMENT_GUIDE;
	p->budget = BUDGET_FIRST;
	p->open = -1;
	p->starts.column = guide_start_columns;
	p->starts.sort = -1;
	p->edits.column = edit_columns;
	p->edits.sort = EDIT_WIRING;
	return &p->super;
}
