/*
 * pane_ranking.c -- scored architectures, sorted by any column. New rows come in where they belong and never move the cursor off its
 * architecture. A score made with older weights than the newest one's is marked: the two don't compare.
 */
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ui/pane.h"

/* The value of a column as what it is sorted by. */
static double by_place(const struct ranking_row *r) { (void)r; return NAN; }
static double by_origin(const struct ranking_row *r) { return r->origin; }
static double by_score(const struct ranking_row *r) { return r->score; }
static double by_score_stderr(const struct ranking_row *r) { return r->score_stderr; }
static double by_error(const struct ranking_row *r) { return r->error; }
static double by_error_stderr(const struct ranking_row *r) { return r->error_stderr; }
static double by_step(const struct ranking_row *r) { return (double)r->step; }
static double by_parameters(const struct ranking_row *r) { return (double)r->parameters; }
static double by_macs(const struct ranking_row *r) { return (double)r->macs; }
static double by_depth(const struct ranking_row *r) { return r->depth; }
static double by_images(const struct ranking_row *r) { return r->images; }

/* Never wider than six, as a number that is cut is another number. */
static const char *value(double v)
{
	double a = fabs(v);

	return text_fixed(v, a < 9.99995 ? 4 : a < 99.9995 ? 3 : a < 999.995 ? 2 : 0);
}

static const char *uncertainty(double v)                 /* .0051 */
{
	const char *text = value(v);

	return text[0] == '0' ? text + 1 : v < 10 ? text_fixed(v, 3) : text_fixed(v, 0);
}

static const char *show_place(const struct ranking_row *r) { (void)r; return ""; }
static const char *show_id(const struct ranking_row *r) { return r->id; }
static const char *show_origin(const struct ranking_row *r) { return origin_names[r->origin]; }
static const char *show_score(const struct ranking_row *r) { return value(r->score); }
static const char *show_score_stderr(const struct ranking_row *r) { return uncertainty(r->score_stderr); }
static const char *show_error(const struct ranking_row *r) { return value(r->error); }
static const char *show_error_stderr(const struct ranking_row *r) { return uncertainty(r->error_stderr); }
static const char *show_step(const struct ranking_row *r)
{
	return r->step < 100000 ? text_count(r->step) : text_short_count((double)r->step);
}
static const char *show_parameters(const struct ranking_row *r) { return text_short_count((double)r->parameters); }
static const char *show_macs(const struct ranking_row *r)
{
	return text_fixed((double)r->macs / 1e6, r->macs < 99950000 ? 1 : 0);
}
static const char *show_depth(const struct ranking_row *r) { return text_count(r->depth); }
static const char *show_images(const struct ranking_row *r) { return text_count(r->images); }

enum column_id {
	COLUMN_PLACE, COLUMN_ID, COLUMN_ORIGIN, COLUMN_SCORE, COLUMN_SCORE_STDERR, COLUMN_ERROR, COLUMN_ERROR_STDERR, COLUMN_STEP,
	COLUMN_PARAMETERS, COLUMN_MACS, COLUMN_DEPTH, COLUMN_IMAGES, COLUMNS_ALL
};

/* In the order in which they stand; `need` says in which they are given room: the lower the earlier. */
static const struct column {
	const char *head, *sort_name;    /* sort_name NULL: not to be sorted by */
	int width;                       /* with the space before it */
	bool left;                       /* aligned */
	int need;
	double (*value)(const struct ranking_row *);     /* NAN for a text */
	const char *(*show)(const struct ranking_row *);
} columns[COLUMNS_ALL] = {
	[COLUMN_PLACE]        = { "#",       NULL,         4,  false, 0,  by_place,        show_place },
	[COLUMN_ID]           = { "id",      "id",         8,  true,  1,  by_place,        show_id },
	[COLUMN_ORIGIN]       = { "origin",  "origin",     10, true,  9,  by_origin,       show_origin },
	[COLUMN_SCORE]        = { "score",   "score",      7,  false, 2,  by_score,        show_score },
	[COLUMN_SCORE_STDERR] = { "±se",     NULL,         6,  false, 3,  by_score_stderr, show_score_stderr },
	[COLUMN_ERROR]        = { "error",   "error",      7,  false, 4,  by_error,        show_error },
	[COLUMN_ERROR_STDERR] = { "±se",     NULL,         6,  false, 5,  by_error_stderr, show_error_stderr },
	[COLUMN_STEP]         = { "step",    "step",       7,  false, 6,  by_step,         show_step },
	[COLUMN_PARAMETERS]   = { "param",   "parameters", 6,  false, 7,  by_parameters,   show_parameters },
	[COLUMN_MACS]         = { "MMAC",    "MMAC",       5,  false, 8,  by_macs,         show_macs },
	[COLUMN_DEPTH]        = { "depth",   "depth",      6,  false, 10, by_depth,        show_depth },
	[COLUMN_IMAGES]       = { "images",  "images",     7,  false, 11, by_images,       show_images },
};

struct ranking_pane {
	struct pane super;
	enum column_id sort;
	bool descending;
	int *order;                      /* indices into ui->ranking, sorted */
	int count, room;
	uint64_t serial;                 /* of the ranking that is sorted */
	int selected;                    /* index into ui->ranking, -1: no cursor yet */
	int top;
	int stale;                       /* rows with older weights than the newest */
	int64_t newest;
	int column_x[COLUMNS_ALL], column_end[COLUMNS_ALL];      /* on screen; end 0: not shown */
};

static struct {
	const struct ranking_row *row;
	enum column_id column;
	bool descending;
} sorting;                               /* qsort's comparison has no argument */

static int compare(const void *pa, const void *pb)
{
	int a = *(const int *)pa, b = *(const int *)pb;
	const struct ranking_row *ra = &sorting.row[a], *rb = &sorting.row[b];
	double va = columns[sorting.column].value(ra), vb = columns[sorting.column].value(rb);
	int c = 0;

	/* The best of many scores on few images is luck as much as merit: those on more images come first, as on the command line. */
	if ((sorting.column == COLUMN_SCORE || sorting.column == COLUMN_ERROR) && ra->images != rb->images)
		return ra->images > rb->images ? -1 : 1;
	if (sorting.column == COLUMN_ID)
		c = strcmp(ra->id, rb->id);
	else if (isnan(va) != isnan(vb))
		return isnan(va) ? 1 : -1;               /* what is missing is last in either order */
	else
		c = (va > vb) - (va < vb);
	if (sorting.descending)
		c = -c;
	return c ? c : a - b;
}

static void sort(struct ui *ui, struct ranking_pane *p)
{
	if (p->room < ui->ranking_count) {
		int room = ui->ranking_count + 256;
		int *order = realloc(p->order, (size_t)room * sizeof *order);

		if (!order)
			return;
		p->order = order;
		p->room = room;
	}
	p->count = ui->ranking_count;
	p->newest = 0;
	for (int i = 0; i < p->count; i++) {
		p->order[i] = i;
		if (ui->ranking[i].step > p->newest)
			p->newest = ui->ranking[i].step;
	}
	p->stale = 0;
	for (int i = 0; i < p->count; i++)
		p->stale += ui->ranking[i].step < p->newest;
	sorting.row = ui->ranking;
	sorting.column = p->sort;
	sorting.descending = p->descending;
	if (p->count)
		qsort(p->order, (size_t)p->count, sizeof *p->order, compare);
	p->serial = ui->ranking_serial;
}

static void ranking_news(struct ui *ui, struct pane *pane)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;

	if (p->serial != ui->ranking_serial || p->count != ui->ranking_count)
		sort(ui, p);
}

static int place_of(const struct ranking_pane *p, int index)
{
	for (int i = 0; i < p->count; i++)
		if (p->order[i] == index)
			return i;
	return -1;
}

int ranking_columns(void)
{
	return COLUMNS_ALL;
}

const char *ranking_column(int column)
{
	return columns[column].sort_name;
}

const struct ranking_row *ranking_best(const struct ui *ui)
{
	const struct ranking_row *best = NULL;

	for (int i = 0; i < ui->ranking_count; i++) {
		const struct ranking_row *r = &ui->ranking[i];

		if (!best || r->step > best->step || (r->step == best->step && r->score < best->score))
			best = r;
	}
	return best;
}

bool ranking_arch(struct ui *ui, struct arch *arch)
{
	const struct ranking_pane *p = (const struct ranking_pane *)ui->pane[PANE_RANKING];

	return p->selected >= 0 && worker_ranking_arch(ui->worker, p->selected, arch);
}

int ranking_sort(struct ui *ui, int column)
{
	struct ranking_pane *p = (struct ranking_pane *)ui->pane[PANE_RANKING];

	if (column >= 0 && columns[column].sort_name) {
		p->sort = (enum column_id)column;
		sort(ui, p);
	}
	return p->sort;
}

/* Gives room to columns by need, the one that is sorted by first of all. */
static void fit(struct ranking_pane *p, int x, int width)
{
	bool shown[COLUMNS_ALL] = { false };
	int left = width;

	for (int need = -1; need < COLUMNS_ALL; need++)
		for (int i = 0; i < COLUMNS_ALL; i++)
			if ((need < 0 ? i == (int)p->sort : columns[i].need == need) && !shown[i] && columns[i].width <= left) {
				shown[i] = true;
				left -= columns[i].width;
			}
	for (int i = 0; i < COLUMNS_ALL; i++) {
		int w = columns[i].width;

		if (i == COLUMN_ID && shown[i] && left >= 24)
			w += ARCH_ID_LENGTH - 7;                 /* the whole id where nothing else needs the room */
		p->column_x[i] = x;
		p->column_end[i] = shown[i] ? x + w : 0;
		x = shown[i] ? x + w : x;
	}
}

static void draw_header(const struct ranking_pane *p, int y)
{
	for (int i = 0; i < COLUMNS_ALL; i++) {
		int w = p->column_end[i] - p->column_x[i] - 1;
		enum role role = i == (int)p->sort ? ROLE_TITLE : ROLE_DIM;

		if (p->column_end[i] <= 0)
			continue;
		if (columns[i].left)
			put(y, p->column_x[i] + 1, w, role, columns[i].head);
		else
			put_right(y, p->column_x[i] + 1, w, role, columns[i].head);
	}
}

static enum role column_role(const struct ranking_pane *p, const struct ranking_row *r, int column, int place)
{
	switch (column) {
	case COLUMN_ORIGIN:
		return ROLE_ORIGIN_SAMPLED + (enum role)r->origin;
	case COLUMN_SCORE_STDERR:
	case COLUMN_ERROR_STDERR:
		return ROLE_INTERVAL;
	case COLUMN_SCORE:
	case COLUMN_ERROR:
		return place == 0 && !p->descending && column == (int)p->sort ? ROLE_SCORE_BEST : ROLE_TEXT;
	default:
		return ROLE_TEXT;
	}
}

static void draw_row(struct ui *ui, const struct ranking_pane *p, int y, int x, int width, int place)
{
	const struct ranking_row *r = &ui->ranking[p->order[place]];
	bool cursor = p->order[place] == p->selected, focused = ui->focus == PANE_RANKING;
	enum role whole = focused ? ROLE_SELECTION : ROLE_SELECTION_UNFOCUSED;

	if (cursor && focused)
		put_blank((struct rect){ y, x, 1, width }, whole);
	putf(y, x, 2, cursor ? whole : ROLE_TEXT, "%c%c", cursor ? '>' : ' ', r->step < p->newest ? '<' : ' ');
	for (int i = 0; i < COLUMNS_ALL; i++) {
		enum role role = cursor ? whole : column_role(p, r, i, place);
		int w = p->column_end[i] - p->column_x[i] - 1;
		const char *text = i == COLUMN_PLACE ? text_count(place + 1) : columns[i].show(r);

		if (p->column_end[i] <= 0)
			continue;
		if (columns[i].left)
			put(y, p->column_x[i] + 1, w, role, text);
		else
			put_right(y, p->column_x[i] + 1, w, role, text);
	}
}

static void draw_selected(struct ui *ui, const struct ranking_pane *p, struct rect r)
{
	const struct ranking_row *s = &ui->ranking[p->selected], *best = ranking_best(ui);
	char left[64], line[160];
	int n;

	snprintf(left, sizeof left, "%s", s->id);
	put_title(r.y, r.x, r.w, "Selected", false, left, "Enter opens it");
	snprintf(line, sizeof line, " %s%s%s  %s params  %s MMAC  depth %d  error %s ±%s", origin_names[s->origin], s->parent[0] ? " of " : "",
	         s->parent, text_short_count((double)s->parameters), text_fixed((double)s->macs / 1e6, 1), s->depth, text_fixed(s->error, 4),
	         text_fixed(s->error_stderr, 4));
	put(r.y + 1, r.x, r.w, ROLE_TEXT, line);
	n = snprintf(line, sizeof line, " on %s images, step %s", text_count(s->images), text_count(s->step));
	if (s->step < p->newest)
		snprintf(line + n, sizeof line - (size_t)n, " < older weights, not comparable");
	else if (s == best)
		snprintf(line + n, sizeof line - (size_t)n, "  best score of these weights");
	else if (best)
		snprintf(line + n, sizeof line - (size_t)n, "  +%s to best %.7s", text_fixed(s->score - best->score, 4), best->id);
	put(r.y + 2, r.x, r.w, ROLE_TEXT, line);
}

static void draw_title(struct ui *ui, const struct ranking_pane *p)
{
	struct rect r = p->super.at;
	char left[96] = "", right[64];

	if (p->stale && r.w >= 50)
		snprintf(left, sizeof left, "%s scored, %s with older weights <", text_count(p->count), text_count(p->stale));
	else if (p->count)
		snprintf(left, sizeof left, r.w >= 44 ? "%s scored" : "%s", text_count(p->count));
	snprintf(right, sizeof right, "F6 %s%s", columns[p->sort].sort_name, p->descending ? " down" : "");
	put_title(r.y, r.x, r.w, p->super.class->name, ui->focus == PANE_RANKING, left, right);
}

static void ranking_draw(struct ui *ui, struct pane *pane)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 1, pane->at.w };
	int place = p->selected >= 0 ? place_of(p, p->selected) : -1;
	int rows;

	draw_title(ui, p);
	if (ui->focus == PANE_RANKING) {
		ui->cursor_y = pane->at.y;
		ui->cursor_x = pane->at.x + 1;
	}
	if (r.h < 1 || r.w < 12)
		return;
	if (!p->count) {
		put(r.y + r.h / 3, r.x + 2, r.w - 2, ROLE_DIM, "nothing scored yet");
		put(r.y + r.h / 3 + 1, r.x + 2, r.w - 2, ROLE_DIM, "R scores 50 architectures");
		return;
	}
	if (place >= 0 && r.h >= 13 && r.w >= 44) {
		draw_selected(ui, p, (struct rect){ r.y + r.h - 3, r.x, 3, r.w });
		r.h -= 3;
	}
	fit(p, r.x + 1, r.w - 1);
	draw_header(p, r.y);
	rows = r.h - 1;
	if (place >= 0) {
		if (place < p->top)
			p->top = place;
		if (place >= p->top + rows)
			p->top = place - rows + 1;
	}
	if (p->top > p->count - rows)
		p->top = p->count - rows;
	if (p->top < 0)
		p->top = 0;
	for (int i = 0; i < rows && p->top + i < p->count; i++)
		draw_row(ui, p, r.y + 1 + i, r.x, r.w, p->top + i);
	if (ui->focus == PANE_RANKING && place >= 0) {
		ui->cursor_y = r.y + 1 + place - p->top;
		ui->cursor_x = r.x;
	}
}

static void select_place(struct ranking_pane *p, int place)
{
	if (!p->count)
		return;
	place = place < 0 ? 0 : place >= p->count ? p->count - 1 : place;
	p->selected = p->order[place];
}

static void move_place(struct ranking_pane *p, int by)
{
	if (p->selected < 0)
		select_place(p, p->top);
	else
		select_place(p, place_of(p, p->selected) + by);
}

static void sort_beside(struct ui *ui, struct ranking_pane *p, int by)
{
	int i = p->sort;

	do
		i = (i + by + COLUMNS_ALL) % COLUMNS_ALL;
	while (!columns[i].sort_name);
	ranking_sort(ui, i);
	ui_say(ui, ROLE_INFO, "sorted by %s", columns[i].sort_name);
}

static void open_selected(struct ui *ui, struct ranking_pane *p)
{
	struct arch arch;

	if (p->selected < 0)
		move_place(p, 0);
	if (p->selected < 0)
		return;
	if (!worker_ranking_arch(ui->worker, p->selected, &arch)) {
		ui_say(ui, ROLE_WARNING, "the architecture of %s is not at hand", ui->ranking[p->selected].id);
		return;
	}
	banks_show(ui, &arch, &ui->ranking[p->selected], place_of(p, p->selected) + 1);
	ui_focus(ui, PANE_BANKS);
}

static bool ranking_act(struct ui *ui, struct pane *pane, enum action action)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;
	int page = pane->at.h > 4 ? pane->at.h - 3 : 1;

	switch (action) {
	case ACTION_UP:
		move_place(p, -1);
		return true;
	case ACTION_DOWN:
		move_place(p, 1);
		return true;
	case ACTION_PAGE_UP:
		move_place(p, -page);
		return true;
	case ACTION_PAGE_DOWN:
		move_place(p, page);
		return true;
	case ACTION_HALF_UP:
		move_place(p, -page / 2);
		return true;
	case ACTION_HALF_DOWN:
		move_place(p, page / 2);
		return true;
	case ACTION_FIRST:
		select_place(p, 0);
		return true;
	case ACTION_LAST:
		select_place(p, p->count - 1);
		return true;
	case ACTION_OPEN:
		open_selected(ui, p);
		return true;
	case ACTION_SORT_MENU:
		sort_open(ui, p->sort);
		return true;
	case ACTION_SORT_PREVIOUS:
		sort_beside(ui, p, -1);
		return true;
	case ACTION_SORT_NEXT:
		sort_beside(ui, p, 1);
		return true;
	case ACTION_SORT_INVERT:
		p->descending = !p->descending;
		sort(ui, p);
		return true;
	default:
		return false;
	}
}

static void ranking_click(struct ui *ui, struct pane *pane, int y, int x, bool second)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;
	int place = p->top + y - 2;

	x += pane->at.x;
	if (y == 1) {
		for (int i = 0; i < COLUMNS_ALL; i++)
			if (x >= p->column_x[i] && x < p->column_end[i] && columns[i].sort_name) {
				if (i == (int)p->sort)
					p->descending = !p->descending;
				ranking_sort(ui, i);
			}
		return;
	}
	if (y < 2 || place >= p->count)
		return;
	select_place(p, place);
	if (second)
		open_selected(ui, p);
}

static void ranking_release(struct pane *pane)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;

	free(p->order);
	free(p);
}

static const struct pane_class ranking_class = {
	.name = "Ranking",
	.tab = "Rank",
	.where = IN_RANKING,
	.draw = ranking_draw,
	.act = ranking_act,
	.news = ranking_news,
	.click = ranking_click,
	.release = ranking_release,
};

struct pane *pane_ranking_new(void)
{
	struct ranking_pane *p = calloc(1, sizeof *p);

	if (!p)
		return NULL;
	p->super.class = &ranking_class;
	p->sort = COLUMN_SCORE;          /* loss ranks: it separates where errors tie */
	p->selected = -1;
	return &p->super;
}
