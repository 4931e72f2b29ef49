/* confusion.c -- which classes are taken for which. */
#include "ui/confusion.h"

#include <stdio.h>
#include <stdlib.h>

enum { NAME = 12, CLASSES_MATRIX = 20, PAIRS_MOST = 64 };

static int count_at(const struct predicted *p, int true_class, int predicted)
{
	return p->confusion[true_class * p->classes + predicted];
}

static int row_sum(const struct predicted *p, int true_class)
{
	int sum = 0;

	for (int c = 0; c < p->classes; c++)
		sum += count_at(p, true_class, c);
	return sum;
}

static int cell_width(const struct predicted *p)
{
	int most = 0;

	for (int i = 0; i < p->classes * p->classes; i++)
		most = p->confusion[i] > most ? p->confusion[i] : most;
	return most < 1000 ? 4 : most < 10000 ? 5 : 6;
}

int confusion_width(const struct predicted *p)
{
	return p->confusion && p->classes <= CLASSES_MATRIX ? 3 + NAME + p->classes * cell_width(p) + 7 : 0;
}

/* ---- the matrix ---- */

static void draw_head(struct rect r, const struct predicted *p)
{
	int x = r.x + 3 + NAME;

	put(r.y, r.x, 3 + NAME, ROLE_DIM, "true");
	for (int c = 0; c < p->classes; c++)
		putf(r.y, x + c * cell_width(p), cell_width(p), ROLE_TITLE, "%*d", cell_width(p), c);
	put_right(r.y, r.x, r.w, ROLE_TITLE, "right");
}

/* What is right stands in the diagonal; of the others those that are at least a twentieth of the class stand out. */
static void draw_row(int y, struct rect r, const struct predicted *p, int true_class)
{
	int sum = row_sum(p, true_class), right = count_at(p, true_class, true_class), w = cell_width(p);
	int x = r.x + putf(y, r.x, 3, ROLE_TITLE, "%2d ", true_class);

	put(y, x, NAME - 1, ROLE_TEXT, predicted_name(p, true_class));
	x = r.x + 3 + NAME;
	for (int c = 0; c < p->classes; c++) {
		int n = count_at(p, true_class, c);
		enum role role = c == true_class ? ROLE_TRUE : n == 0 ? ROLE_DIM : 20 * n >= sum ? ROLE_CORRUPTED : ROLE_TEXT;

		if (n == 0)
			putf(y, x + c * w, w, role, "%*s", w, ".");
		else
			putf(y, x + c * w, w, role, "%*d", w, n);
	}
	if (sum)
		putf(y, r.x + r.w - 6, 6, ROLE_TEXT, "%4.0f %%", 100.0 * right / sum);
	else
		put_right(y, r.x, r.w, ROLE_DIM, text_missing());
}

/* ---- what is confused most ---- */

struct confused {
	int count, true_class, predicted;
};

static int compare(const void *a, const void *b)
{
	const struct confused *x = a, *y = b;

	if (x->count != y->count)
		return (x->count < y->count) - (x->count > y->count);
	return x->true_class != y->true_class ? x->true_class - y->true_class : x->predicted - y->predicted;
}

/* The largest counts off the diagonal, at most `room`. */
static int find_confused(const struct predicted *p, struct confused *list, int room)
{
	int n = 0;

	for (int i = 0; i < p->classes; i++)
		for (int k = 0; k < p->classes; k++) {
			struct confused c = { count_at(p, i, k), i, k };

			if (i == k || c.count == 0 || (n == room && compare(&c, &list[n - 1]) >= 0))
				continue;
			if (n < room)
				n++;
			list[n - 1] = c;
			for (int at = n - 1; at > 0 && compare(&list[at], &list[at - 1]) < 0; at--) {
				c = list[at];
				list[at] = list[at - 1];
				list[at - 1] = c;
			}
		}
	return n;
}

static void draw_confused(struct rect r, const struct predicted *p)
{
	struct confused list[PAIRS_MOST];
	int room = r.h - 1 < PAIRS_MOST ? r.h - 1 : PAIRS_MOST, n = room > 0 ? find_confused(p, list, room) : 0;

	if (r.h < 2)
		return;
	put(r.y, r.x, r.w, ROLE_TITLE, n ? "most often taken for another" : "nothing is taken for another");
	for (int i = 0; i < n; i++) {
		char what[160], often[48];
		int sum = row_sum(p, list[i].true_class);

		snprintf(what, sizeof what, "%.60s as %.60s", predicted_name(p, list[i].true_class), predicted_name(p, list[i].predicted));
		snprintf(often, sizeof often, "%4d of %-4d  %2.0f %%", list[i].count, sum, 100.0 * list[i].count / sum);
		put(r.y + 1 + i, r.x, r.w - text_width(often) - 2, ROLE_TEXT, what);
		put_right(r.y + 1 + i, r.x, r.w, ROLE_TEXT, often);
	}
}

void confusion_draw(struct rect r, const struct predicted *p)
{
	int width = confusion_width(p), rows = p->classes + 2;

	if (!p->confusion) {
		put(r.y, r.x, r.w, ROLE_DIM, "no predictions yet");
		return;
	}
	if (width == 0 || width > r.w || rows > r.h) {
		draw_confused(r, p);
		return;
	}
	r.w = width;
	draw_head(r, p);
	for (int i = 0; i < p->classes; i++)
		draw_row(r.y + 1 + i, r, p, i);
	put(r.y + p->classes + 1, r.x, r.w, ROLE_DIM, "rows: what an image is; columns: what it is taken for");
	draw_confused((struct rect){ r.y + rows + 1, r.x, r.h - rows - 1, r.w }, p);
}
