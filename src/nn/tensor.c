/* tensor.c -- shapes. */
#include "src/nn/tensor.h"

#include <stdio.h>

size_t shape_count(const struct shape *s)
{
	size_t count = 1;

	for (int i = 0; i < s->rank; i++)
		count *= (size_t)s->dim[i];
	return count;
}

bool shape_equal(const struct shape *a, const struct shape *b)
{
	if (a->rank != b->rank)
		return false;
	for (int i = 0; i < a->rank; i++)
		if (a->dim[i] != b->dim[i])
			return false;
	return true;
}

const char *shape_text(const struct shape *s, char text[64])
{
	int at = 0;

	text[0] = '\0';
	for (int i = 0; i < s->rank && at < 64; i++)
		at += snprintf(text + at, (size_t)(64 - at), i ? "x%d" : "%d", s->dim[i]);
	return text;
}

int shape_pixels(const struct shape *s)
{
	int pixels = 1;

	for (int i = 1; i < s->rank - 1; i++)
		pixels *= s->dim[i];
	return pixels;
}

size_t shape_rows(const struct shape *s)
{
	size_t rows = 1;

	for (int i = 0; i < s->rank - 1; i++)
		rows *= (size_t)s->dim[i];
	return rows;
}

int shape_channels(const struct shape *s)
{
	return s->dim[s->rank - 1];
}
