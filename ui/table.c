/* table.c -- draws a table and moves its cursor. */
#include "ui/table.h"

static int columns_of(const struct table *t)
{
	int n = 0;

	while (n < TABLE_COLUMNS && t->column[n].head)
		n++;
	return n;
}

static void fit(struct table *t, int x, int width)
{
	int n = columns_of(t), left = width;
	bool shown[TABLE_COLUMNS] = { false };

	for (int need = 0; need < TABLE_COLUMNS; need++)
		for (int i = 0; i < n; i++)
			if (t->column[i].need == need && t->column[i].width <= left) {
				shown[i] = true;
				left -= t->column[i].width;
			}
	for (int i = 0; i < n; i++) {
		int w = t->column[i].width + (t->column[i].rest ? left : 0);

		t->x[i] = x;
		t->end[i] = shown[i] ? x + w : 0;
		x = shown[i] ? x + w : x;
	}
}

static void put_cell(const struct table *t, int y, int i, enum role role, const char *text)
{
	int w = t->end[i] - t->x[i] - 1;

	if (t->end[i] == 0)
		return;
	if (t->column[i].left)
		put(y, t->x[i] + 1, w, role, text);
	else
		put_right(y, t->x[i] + 1, w, role, text);
}

/* Where the cursor's row ends: what takes the rest of the room at the far end is not painted over, which would cost twice its bytes a move. */
static int row_end(const struct table *t)
{
	int last = columns_of(t) - 1;

	return t->column[last].rest && t->end[last] ? t->x[last] : t->at.x + t->at.w;
}

static void draw_row(const struct table *t, int y, int row, bool focused, table_cell *cell, const void *context)
{
	enum role whole = focused ? ROLE_SELECTION : ROLE_SELECTION_UNFOCUSED;
	int n = columns_of(t);

	if (row == t->selected && focused)
		put_blank((struct rect){ y, t->at.x, 1, row_end(t) - t->at.x }, whole);
	put(y, t->at.x, 1, row == t->selected ? whole : ROLE_TEXT, row == t->selected ? ">" : " ");
	for (int i = 0; i < n; i++) {
		enum role role = ROLE_TEXT;
		const char *text = t->end[i] ? cell(context, row, i, &role) : "";

		put_cell(t, y, i, row == t->selected ? whole : role, text);
	}
}

int table_draw(struct table *t, struct rect r, bool focused, table_cell *cell, const void *context)
{
	int n = columns_of(t), rows = r.h - 1;

	t->at = r;
	fit(t, r.x, r.w);
	for (int i = 0; i < n; i++)
		put_cell(t, r.y, i, i == t->sort ? ROLE_TITLE : ROLE_DIM, t->column[i].head);
	t->selected = t->selected >= t->rows ? t->rows - 1 : t->selected;
	t->selected = t->selected < 0 ? 0 : t->selected;
	if (t->selected < t->top)
		t->top = t->selected;
	if (t->selected >= t->top + rows)
		t->top = t->selected - rows + 1;
	if (t->top > t->rows - rows)
		t->top = t->rows > rows ? t->rows - rows : 0;
	for (int i = 0; i < rows && t->top + i < t->rows; i++)
		draw_row(t, r.y + 1 + i, t->top + i, focused, cell, context);
	return t->rows > 0 && rows > 0 ? r.y + 1 + t->selected - t->top : -1;
}

bool list_move(enum action action, int *at, int count, int page)
{
	int to = *at;

	switch (action) {
	case ACTION_UP:
		to--;
		break;
	case ACTION_DOWN:
		to++;
		break;
	case ACTION_PAGE_UP:
		to -= page;
		break;
	case ACTION_PAGE_DOWN:
		to += page;
		break;
	case ACTION_HALF_UP:
		to -= (page + 1) / 2;
		break;
	case ACTION_HALF_DOWN:
		to += (page + 1) / 2;
		break;
	case ACTION_FIRST:
		to = 0;
		break;
	case ACTION_LAST:
		to = count - 1;
		break;
	default:
		return false;
	}
	*at = to >= count ? (count ? count - 1 : 0) : to < 0 ? 0 : to;
	return true;
}

bool table_act(struct table *t, enum action action)
{
	return list_move(action, &t->selected, t->rows, t->at.h > 3 ? t->at.h - 2 : 1);
}

int table_row_at(const struct table *t, int y)
{
	int row = t->top + y - t->at.y - 1;

	return y > t->at.y && y < t->at.y + t->at.h && row < t->rows ? row : -1;
}

int table_head_at(const struct table *t, int y, int x)
{
	int n = columns_of(t);

	for (int i = 0; i < n && y == t->at.y; i++)
		if (x >= t->x[i] && x < t->end[i])
			return i;
	return -1;
}

int table_sort_beside(const struct table *t, unsigned sortable, int by)
{
	int n = columns_of(t), i = t->sort < 0 ? 0 : t->sort;

	do
		i = (i + by + n) % n;
	while (!(sortable >> i & 1));
	return i;
}
