/* ranking_draw.c -- the list: a head, the rows that fit, what the cursor is on. */
#include <stdio.h>
#include <string.h>

#include "ui/ranking.h"

enum { PREFIX = 2 };                     /* the cursor, a mark */

static int digits(int n)
{
	int d = 1;

	for (; n >= 10; n /= 10)
		d++;
	return d;
}

/* The space before it, the number, what is said of it. */
static int column_width(const struct ranking_view *v, int column)
{
	return column == COLUMN_PLACE ? digits(v->rows) + 2 : ranking_column_table[column].width;
}

/* Gives room to columns by need, the one that is sorted by first of all. */
static void fit(struct ranking_pane *p, int x, int width)
{
	const struct ranking_view *v = &p->view;
	bool shown[COLUMNS_ALL] = { false };
	int left = width;

	for (int need = -1; need < COLUMNS_ALL; need++)
		for (int i = 0; i < COLUMNS_ALL; i++) {
			const struct column *c = &ranking_column_table[i];
			bool turn = need < 0 ? i == (int)v->sort : c->need == need && (!c->seldom || v->has[i]);

			if (turn && !shown[i] && column_width(v, i) <= left) {
				shown[i] = true;
				left -= column_width(v, i);
			}
		}
	for (int i = 0; i < COLUMNS_ALL; i++) {
		int w = column_width(v, i);

		if (i == COLUMN_ID && shown[i] && left >= ARCH_ID_LENGTH - 7)
			w += ARCH_ID_LENGTH - 7;                 /* the whole id where nothing else needs the room */
		p->column_x[i] = x;
		p->column_end[i] = shown[i] ? x + w : 0;
		x = shown[i] ? x + w : x;
	}
}

static void put_cell(const struct ranking_pane *p, int y, int column, enum role role, const char *text)
{
	int x = p->column_x[column] + 1, w = p->column_end[column] - x;

	if (p->column_end[column] <= 0)
		return;
	if (column == COLUMN_PLACE)
		put_right(y, x, w - 1, role, text);
	else if (ranking_column_table[column].left)
		put(y, x, w, role, text);
	else
		put_right(y, x, w, role, text);
}

static void draw_header(const struct ranking_pane *p, int y)
{
	for (int i = 0; i < COLUMNS_ALL; i++)
		put_cell(p, y, i, i == (int)p->view.sort ? ROLE_TITLE : ROLE_DIM, ranking_column_table[i].head);
}

static bool found(const struct ranking_pane *p, const struct ranking_row *r)
{
	return p->find[0] && strstr(r->id, p->find);
}

static enum role column_role(const struct ranking_pane *p, int index, int column)
{
	const struct ranking_row *r = &p->view.seen[index];
	const struct row_facts *f = &p->view.facts[index];

	switch (column) {
	case COLUMN_ID:
		return found(p, r) ? ROLE_MATCH : ROLE_TEXT;
	case COLUMN_ORIGIN:
		return ROLE_ORIGIN_SAMPLED + (enum role)r->origin;
	case COLUMN_SCORE_STDERR:
	case COLUMN_ERROR_STDERR:
		return ROLE_INTERVAL;
	case COLUMN_SCORE:
		return f->rank == 1 ? ROLE_SCORE_BEST : f->tied ? ROLE_SCORE_TIED : ROLE_TEXT;
	default:
		return ROLE_TEXT;
	}
}

/* Between the cursor and where the range began. */
static bool in_range(const struct ranking_pane *p, int place)
{
	int a, b;

	if (p->anchor < 0)
		return false;
	a = ranking_view_place(&p->view, p->anchor);
	b = p->place;
	return a >= 0 && (a < b ? place >= a && place <= b : place >= b && place <= a);
}

static void draw_row(struct ui *ui, const struct ranking_pane *p, int y, struct rect list, int place)
{
	int index = p->view.order[place];
	const struct ranking_row *r = &p->view.seen[index];
	const struct row_facts *f = &p->view.facts[index];
	bool cursor = index == p->selected, focused = ui->focus == PANE_RANKING;
	enum role whole = focused ? ROLE_SELECTION : ROLE_SELECTION_UNFOCUSED;
	char mark = in_range(p, place) ? '+' : f->marked ? '*' : f->letter ? f->letter : ' ';
	int x = p->column_end[COLUMN_PLACE] - 1;

	if (cursor && focused)
		put_blank((struct rect){ y, list.x, 1, p->bar_end - list.x }, whole);
	put(y, list.x, 1, cursor ? whole : ROLE_TEXT, cursor ? ">" : " ");
	putf(y, list.x + 1, 1, cursor ? whole : ROLE_MARK, "%c", mark);
	for (int i = 0; i < COLUMNS_ALL; i++)
		put_cell(p, y, i, cursor && p->column_end[i] <= p->bar_end ? whole : column_role(p, index, i),
		         ranking_column_table[i].show(r, f, p->view.largest[i]));
	if (x > 0 && (f->stale || f->tied))
		put(y, x, 1, cursor ? whole : ROLE_TEXT, f->stale ? "<" : "=");
}

static void rank_text(const struct ranking_view *v, int index, char *text, size_t size)
{
	const struct row_facts *f = &v->facts[index];
	int first, last, n;

	if (!ranking_view_ties(v, index, &first, &last)) {
		snprintf(text, size, "no rank: older weights <");
		return;
	}
	n = snprintf(text, size, "rank %s of %s", text_count(f->rank), text_count(v->ranked));
	if (first < last)
		snprintf(text + n, size - (size_t)n, ", tied with %s..%s at 95 %%", text_count(first), text_count(last));
}

/* In three lines below the list, where nothing stands beside it. */
static void draw_selected(const struct ranking_pane *p, struct rect r)
{
	const struct ranking_view *v = &p->view;
	const struct ranking_row *s = &v->seen[p->selected];
	char rank[96];

	put_title(r.y, r.x, r.w, "Selected", false, s->id, "Enter opens it");
	rank_text(v, p->selected, rank, sizeof rank);
	put(r.y + 1, r.x + 1, r.w - 1, ROLE_TEXT, rank);
	putf(r.y + 2, r.x + 1, r.w - 1, ROLE_TEXT, "%s%s%.7s  %s params  %s MMAC  depth %d  %s images, step %s", origin_names[s->origin],
	     s->parent[0] ? " of " : "", s->parent, text_short_count((double)s->parameters), text_fixed((double)s->macs / 1e6, 1), s->depth,
	     text_count(s->images), text_count(s->step));
}

/* "37 of 200 scored  2 marked  12 stale <", as much of it as fits beside what is on the right. */
static void draw_title(struct ui *ui, const struct ranking_pane *p)
{
	const struct ranking_view *v = &p->view;
	struct rect r = p->super.at;
	const char *filter_key = key_of(ACTION_FILTER, IN_RANKING);
	char left[160] = "", right[96 + FILTER_TEXT];
	int room, n = 0;

	snprintf(right, sizeof right, "%s %s%s%s%s%s%s", key_of(ACTION_SORT_MENU, IN_RANKING), ranking_column_table[v->sort].sort_name, v->descending ? " down" : "",
	         v->filter_text[0] ? "   " : "", v->filter_text[0] ? filter_key : "", v->filter_text[0] ? " " : "", v->filter_text);
	room = r.w - text_width(p->super.class->name) - text_width(right) - 10;
	if (room < 12 && v->filter_text[0]) {
		snprintf(right, sizeof right, "%s %.*s", filter_key, r.w > 44 ? r.w - 40 : 4, v->filter_text);
		room = r.w - text_width(p->super.class->name) - text_width(right) - 10;
	}
	if (v->filter.count)
		n = snprintf(left, sizeof left, "%s of %s", text_count(v->count), text_count(v->rows));
	else if (v->rows)
		n = snprintf(left, sizeof left, "%s", text_count(v->rows));
	if (n && room >= n + 7)
		n += snprintf(left + n, sizeof left - (size_t)n, " scored");
	if (v->marked && room >= n + 13)
		n += snprintf(left + n, sizeof left - (size_t)n, "  %s marked", text_count(v->marked));
	if (v->stale && room >= n + 14)
		snprintf(left + n, sizeof left - (size_t)n, "  %s stale <", text_count(v->stale));
	put_title(r.y, r.x, r.w, p->super.class->name, ui->focus == PANE_RANKING, left, right);
}

static void draw_nothing(const struct ranking_pane *p, struct rect r)
{
	if (p->view.rows) {
		put(r.y + r.h / 3, r.x + 2, r.w - 2, ROLE_DIM, "no row passes the filter");
		putf(r.y + r.h / 3 + 1, r.x + 2, r.w - 2, ROLE_DIM, "%s changes it, %s takes it back", key_of(ACTION_FILTER, IN_RANKING),
		     key_of(ACTION_UNDO, IN_RANKING));
	} else {
		put(r.y + r.h / 3, r.x + 2, r.w - 2, ROLE_DIM, "nothing scored yet");
		putf(r.y + r.h / 3 + 1, r.x + 2, r.w - 2, ROLE_DIM, "%s scores 50 architectures", key_of(ACTION_RANK, IN_RANKING));
	}
}

static int clamp(int value, int least, int most)
{
	return value > most ? (most > least ? most : least) : value < least ? least : value;
}

static void draw_list(struct ui *ui, struct ranking_pane *p)
{
	struct rect r = p->list;
	int rows = r.h - 1;

	fit(p, r.x + PREFIX, r.w - PREFIX);
	/* What the cursor is on is said by the first columns: a bar as wide as the list would be two lines of bytes for each move. */
	p->bar_end = p->column_end[COLUMN_SCORE] ? p->column_end[COLUMN_SCORE] : p->column_end[COLUMN_ID];
	draw_header(p, r.y);
	/* Beyond the edge by half a page at once, for the same reason. */
	if (p->place >= 0 && (p->place < p->top || p->place >= p->top + rows))
		p->top = p->place - rows / 2;
	p->top = clamp(p->top, 0, p->view.count - rows);
	for (int i = 0; i < rows && p->top + i < p->view.count; i++)
		draw_row(ui, p, r.y + 1 + i, r, p->top + i);
	if (ui->focus == PANE_RANKING && p->selected >= 0 && p->place >= 0) {
		ui->cursor_y = r.y + 1 + p->place - p->top;
		ui->cursor_x = r.x;
	}
}

/* What stands beside the list of a large pane: in a wide one all that the list does not need. */
static int side_width(const struct ranking_pane *p)
{
	int w = p->super.at.w, list = PREFIX + ARCH_ID_LENGTH - 7;

	if (!p->super.large || w < 76 || p->super.at.h < 10)
		return 0;
	if (w < 160)
		return w >= 110 ? 35 : 24;
	for (int i = 0; i < COLUMNS_ALL; i++)
		if (!ranking_column_table[i].seldom || p->view.has[i])
			list += column_width(&p->view, i);
	return w - list > 100 ? 100 : w - list > w * 2 / 5 ? w - list : w * 2 / 5;
}

void ranking_draw(struct ui *ui, struct pane *pane)
{
	struct ranking_pane *p = (struct ranking_pane *)pane;
	struct rect r = { pane->at.y + 1, pane->at.x, pane->at.h - 1, pane->at.w };
	int side = side_width(p);

	draw_title(ui, p);
	if (ui->focus == PANE_RANKING) {
		ui->cursor_y = pane->at.y;
		ui->cursor_x = pane->at.x + 1;
	}
	if (r.h < 1 || r.w < 12)
		return;
	if (!p->view.count) {
		draw_nothing(p, r);
		return;
	}
	if (side) {
		put_vertical(r.y, r.x + r.w - side, r.h, ROLE_RULE);
		ranking_draw_side(ui, p, (struct rect){ r.y, r.x + r.w - side + 1, r.h, side - 1 });
		r.w -= side;
	} else if (p->selected >= 0 && r.h >= 13 && r.w >= 44) {
		draw_selected(p, (struct rect){ r.y + r.h - 3, r.x, 3, r.w });
		r.h -= 3;
	}
	p->list = r;
	draw_list(ui, p);
}
