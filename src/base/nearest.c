/* nearest.c -- edit distance with swapped neighbours (optimal string alignment; Damerau 1964), blind to case and to - or _. */
#include "src/base/nearest.h"

#include <ctype.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

enum { NAME_MAX_LENGTH = 63 };       /* no table has longer names */

static int folded(char c)
{
	return c == '_' ? '-' : tolower((unsigned char)c);
}

static int min(int a, int b)
{
	return a < b ? a : b;
}

static int distance(const char *a, const char *b)
{
	int rows = (int)strlen(a), columns = (int)strlen(b);
	int d[NAME_MAX_LENGTH + 1][NAME_MAX_LENGTH + 1];

	if (rows > NAME_MAX_LENGTH || columns > NAME_MAX_LENGTH)
		return INT_MAX;
	for (int i = 0; i <= rows; i++) {
		for (int j = 0; j <= columns; j++) {
			if (i == 0 || j == 0) {
				d[i][j] = i + j;
				continue;
			}
			int same = folded(a[i - 1]) == folded(b[j - 1]);

			d[i][j] = min(min(d[i - 1][j], d[i][j - 1]) + 1, d[i - 1][j - 1] + !same);
			if (i > 1 && j > 1 && folded(a[i - 1]) == folded(b[j - 2]) && folded(a[i - 2]) == folded(b[j - 1]))
				d[i][j] = min(d[i][j], d[i - 2][j - 2] + 1);
		}
	}
	return d[rows][columns];
}

struct nearest nearest_to(const char *given)
{
	/* A third of the letters wrong is a slip; more is another word. */
	return (struct nearest){ .given = given, .distance = (int)(strlen(given) + 2) / 3 + 1 };
}

void nearest_offer(struct nearest *n, const char *name)
{
	int d = distance(n->given, name);
	size_t length = strlen(n->given);

	/* The beginning of a name is near however much is missing. */
	if (d >= n->distance && length >= 3 && strncmp(n->given, name, length) == 0)
		d = n->name ? n->distance : 1;
	if (d < n->distance) {
		n->distance = d;
		n->name = name;
	}
}

const char *nearest_hint(struct nearest *n)
{
	n->hint[0] = '\0';
	if (n->name)
		snprintf(n->hint, sizeof n->hint, "; did you mean %s?", n->name);
	return n->hint;
}
