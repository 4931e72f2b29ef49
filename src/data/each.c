/* each.c -- the same for many files, on all processors. */
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/format.h"

enum { TOGETHER = 64 };                  /* between two looks at who watches */

/* The error of the first file that failed, by its number: the same whichever thread was quicker. */
struct first_error {
	int number;
	char text[1024];
};

/* Errors are their thread's own: this one's is kept where the others can read it. */
static void keep_error(struct first_error *first, int number)
{
	#pragma omp critical(each_of_error)
	if (number < first->number) {
		first->number = number;
		snprintf(first->text, sizeof first->text, "%s", err_last());
	}
}

int each_of(int count, const char *what, int (*one)(void *context, int i), void *context)
{
	struct first_error first = { .number = count };

	for (int from = 0; from < count; from += TOGETHER) {
		int to = count - from < TOGETHER ? count : from + TOGETHER;

		if (watch_say(from, count, "%s", what) < 0)
			return -1;
		#pragma omp parallel for schedule(dynamic)
		for (int i = from; i < to; i++)
			if (one(context, i) < 0)
				keep_error(&first, i);
		if (first.number < count)
			return err_set("%s", first.text);
	}
	return 0;
}
