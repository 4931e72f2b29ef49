/*
 * guide_measure.h -- single edits of a start by their text: what they make, and measuring one that the search has not: by a comparison with the
 * start, paired over the held-out images, with the weights of now. Results stay as long as the screen.
 */
#ifndef GUIDE_MEASURE_H
#define GUIDE_MEASURE_H

#include "ui/pane.h"

enum { MEASURES = 64 };

struct measured {
	char start[ARCH_ID_LENGTH + 1], text[96];
	uint64_t serial;                 /* of the question */
	double change, stderr_, p;       /* of the mean loss; NAN: no answer yet */
	int images;
	bool running;
};

struct measures {
	struct measured list[MEASURES];
	uint64_t asked;
};

/* arch: the edit of it that has this text. False, having said so, where it has none. */
bool guide_apply(struct ui *, const char *text, struct arch *);

void measures_ask(struct ui *, struct measures *, const char *start, const char *text, const struct arch *before, const struct arch *after);
bool measures_news(struct ui *, struct measures *);       /* true: one is measured on all its images */
const struct measured *measures_find(const struct measures *, const char *start, const char *text);      /* NULL: never asked */

#endif
