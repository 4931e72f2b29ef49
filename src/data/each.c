/* each.c -- the same for many files, on all processors. */
#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/format.h"

/* The error of the first file that failed, by its number: the same whichever thread was quicker, since files are begun in their order. */
struct outcome {
	int number;
	char text[1024];
	int ended;                       /* no further file is begun */
};

/* Errors are their thread's own: this one's is kept where the others can read it. */
static void keep_error(struct outcome *o, int number)
{
	#pragma omp critical(each_of_error)
	if (number < o->number) {
		o->number = number;
		snprintf(o->text, sizeof o->text, "%s", err_last());
	}
	#pragma omp atomic write
	o->ended = 1;
}

int each_of(int count, const char *what, int (*one)(void *context, int i), void *context)
{
	struct outcome o = { .number = count };
	int done = 0;

	#pragma omp parallel for schedule(dynamic)
	for (int i = 0; i < count; i++) {
		int ended, so_far;

		#pragma omp atomic read
		ended = o.ended;
		#pragma omp atomic read
		so_far = done;
		/* Only the thread that opens has somebody who watches. */
		if (ended || watch_say(so_far, count, "%s", what) < 0 || one(context, i) < 0) {
			if (!ended)
				keep_error(&o, i);
			continue;
		}
		#pragma omp atomic
		done++;
	}
	return o.number < count ? err_set("%s", o.text) : 0;
}
