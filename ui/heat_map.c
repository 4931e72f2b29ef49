/* heat_map.c -- draws what heat_map.h says. */
#include "ui/heat_map.h"

#include <math.h>

static char value_letter(float v)
{
	int n = (int)lroundf(v);

	if (n < 0)
		return ' ';
	return n == 0 ? '.' : n < 10 ? (char)('0' + n) : n < 36 ? (char)('a' + n - 10) : '*';
}

/* 0 … 6: falls most … rises most. A seventh of the largest is hardly anything. */
static int step_of(float v, float most)
{
	float share = most > 0 ? v / most : 0;
	int step = (int)ceilf(fabsf(share) * 3.5f - 0.5f);

	step = step > 3 ? 3 : step;
	return share < 0 ? 3 - step : 3 + step;
}

static float largest(const struct heat_map *m)
{
	float most = m->most;

	for (int i = 0; m->most == 0 && i < m->rows * m->slices; i++)
		if (isfinite(m->cell[i]) && fabsf(m->cell[i]) > most)
			most = fabsf(m->cell[i]);
	return most;
}

static char cell_letter(const struct heat_map *m, int i, float most, enum role *role)
{
	static const char steps[] = "=--.++#";
	bool differs = m->other && m->cell[i] != m->other[i];
	int step;

	*role = ROLE_TEXT;
	if (m->kind == HEAT_VALUE) {
		*role = differs ? ROLE_CORRUPTED : m->other ? ROLE_DIM : ROLE_TEXT;
		return m->other && !differs && m->cell[i] >= 0 ? '.' : value_letter(m->cell[i]);
	}
	step = isfinite(m->cell[i]) ? step_of(m->cell[i], most) : 3;
	*role = ROLE_GRADIENT_1 + (enum role)step;
	return steps[step];
}

/* Runs of one role go out together. */
static void draw_row(const struct heat_map *m, int y, int x, int width, int row, int first, float most)
{
	char run[256];
	enum role role = ROLE_TEXT, next;
	int n = 0, from = 0;

	for (int i = 0; i < width && first + i < m->slices; i++) {
		char letter = cell_letter(m, row * m->slices + first + i, most, &next);

		if (n > 0 && (next != role || n == (int)sizeof run - 1)) {
			run[n] = 0;
			put(y, x + from, n, role, run);
			from = i;
			n = 0;
		}
		role = next;
		run[n++] = letter;
	}
	run[n] = 0;
	put(y, x + from, n, role, run);
}

int heat_map_draw(struct rect r, const struct heat_map *m, int first)
{
	float most = m->kind == HEAT_CHANGE ? largest(m) : 0;
	int rows = 0;

	if (r.h < 1)
		return 0;
	put(r.y, r.x, r.w, ROLE_DIM, m->title);
	for (; rows < m->rows && rows + 1 < r.h; rows++)
		draw_row(m, r.y + 1 + rows, r.x, r.w, rows, first, most);
	return rows + 1;
}
