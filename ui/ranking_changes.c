/* ranking_changes.c -- marks, names, filter and order as a person set them. Each change can be undone, and done again. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "ui/ranking.h"

void changes_release(struct changes *c)
{
	for (int i = 0; i < c->count; i++)
		free(c->change[i].index);
	free(c->change);
}

/* A new change ends what could be done again. NULL out of memory: it is then not remembered. */
static struct change *add(struct changes *c, enum change_kind kind)
{
	for (; c->undone > 0; c->undone--)
		free(c->change[--c->count].index);
	if (c->count == c->room) {
		int room = c->room ? 2 * c->room : 32;
		struct change *change = realloc(c->change, (size_t)room * sizeof *change);

		if (!change)
			return NULL;
		c->change = change;
		c->room = room;
	}
	c->change[c->count] = (struct change){ .kind = kind };
	return &c->change[c->count++];
}

void ranking_mark(struct ranking_view *v, struct changes *c, const int *index, int count, bool marked)
{
	int others = 0;
	struct change *change;
	int *toggled;

	for (int i = 0; i < count; i++)
		others += v->facts[index[i]].marked != marked;
	if (!others || !(toggled = malloc((size_t)others * sizeof *toggled)))
		return;
	others = 0;
	for (int i = 0; i < count; i++)
		if (v->facts[index[i]].marked != marked) {
			toggled[others++] = index[i];
			v->facts[index[i]].marked = marked;
		}
	if ((change = add(c, CHANGE_MARKS))) {
		change->index = toggled;
		change->count = others;
	} else
		free(toggled);
	c->marks_changed = true;
	ranking_view_rebuild(v);
}

int ranking_letter(const struct ranking_view *v, char letter)
{
	for (int i = 0; i < v->rows; i++)
		if (v->facts[i].letter == letter)
			return i;
	return -1;
}

/* A letter names one row, and a row has one letter. */
static void set_letter(struct ranking_view *v, int index, char letter)
{
	int old = ranking_letter(v, letter);

	if (old >= 0)
		v->facts[old].letter = 0;
	if (index >= 0)
		v->facts[index].letter = letter;
}

void ranking_name(struct ranking_view *v, struct changes *c, int index, char letter)
{
	struct change *change = add(c, CHANGE_LETTER);

	if (change) {
		change->letter = letter;
		change->from = ranking_letter(v, letter);
		change->to = index;
		change->replaced = v->facts[index].letter;
	}
	set_letter(v, index, letter);
	c->marks_changed = true;
}

bool ranking_set_filter(struct ranking_view *v, struct changes *c, const char *text)
{
	struct filter filter;
	struct change *change;

	if (filter_parse(&filter, text) < 0)
		return false;
	if (!strcmp(text, v->filter_text))
		return true;
	if ((change = add(c, CHANGE_FILTER)))
		strcpy(change->text, v->filter_text);
	snprintf(v->filter_text, sizeof v->filter_text, "%s", text);
	v->filter = filter;
	ranking_view_rebuild(v);
	return true;
}

void ranking_set_sort(struct ranking_view *v, struct changes *c, enum column_id sort, bool descending)
{
	struct change *change;

	if (sort == v->sort && descending == v->descending)
		return;
	if ((change = add(c, CHANGE_SORT))) {
		change->sort = v->sort;
		change->descending = v->descending;
	}
	v->sort = sort;
	v->descending = descending;
	ranking_view_rebuild(v);
}

/* Filter and order are exchanged with what the change has, marks are the other ones again: so doing it twice is undoing it. */
static const char *exchange(struct ranking_view *v, struct changes *c, struct change *change, bool undo)
{
	char text[FILTER_TEXT];
	enum column_id sort = v->sort;
	bool descending = v->descending;

	switch (change->kind) {
	case CHANGE_MARKS:
		for (int i = 0; i < change->count; i++)
			v->facts[change->index[i]].marked ^= 1;
		c->marks_changed = true;
		return "marks";
	case CHANGE_LETTER:
		set_letter(v, undo ? change->from : change->to, change->letter);
		if (undo)
			v->facts[change->to].letter = change->replaced;
		c->marks_changed = true;
		return "the name of a mark";
	case CHANGE_FILTER:
		strcpy(text, v->filter_text);
		strcpy(v->filter_text, change->text);
		strcpy(change->text, text);
		filter_parse(&v->filter, v->filter_text);
		return "the filter";
	default:
		v->sort = change->sort;
		v->descending = change->descending;
		change->sort = sort;
		change->descending = descending;
		return "the order";
	}
}

const char *ranking_undo(struct ranking_view *v, struct changes *c)
{
	const char *what;

	if (c->undone == c->count)
		return NULL;
	what = exchange(v, c, &c->change[c->count - ++c->undone], true);
	ranking_view_rebuild(v);
	return what;
}

const char *ranking_redo(struct ranking_view *v, struct changes *c)
{
	const char *what;

	if (!c->undone)
		return NULL;
	what = exchange(v, c, &c->change[c->count - c->undone--], false);
	ranking_view_rebuild(v);
	return what;
}
