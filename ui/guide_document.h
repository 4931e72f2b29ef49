/* guide_document.h -- the document of guided search as tables: read once when it comes, drawn at every frame. */
#ifndef GUIDE_DOCUMENT_H
#define GUIDE_DOCUMENT_H

#include <jansson.h>
#include <stdbool.h>

#include "src/base/correlation.h"
#include "src/lab/request.h"

enum { GUIDE_PREDICTIONS = PREDICTOR_WEIGHTS + 1 };       /* wiring, weights */

/* Changes of the mean loss; NAN: not predicted, not measured. */
struct guide_row {
	const char *text;                /* the document's */
	double predicted[GUIDE_PREDICTIONS], measured, stderr_;
	bool kept;
};

enum guide_list_kind { GUIDE_SINGLE, GUIDE_GUIDED, GUIDE_RANDOM, GUIDE_LISTS };     /* single edits; what either search tried, in order */

struct guide_rows {
	struct guide_row *row;
	int count;
};

struct guide_from {
	const char *id;                  /* the document's */
	double score, report, fall[GUIDE_LISTS]; /* fall of the loss on the report images; NAN: not known yet */
	struct guide_rows list[GUIDE_LISTS];
	bool at_work;
};

struct guide_agree {
	int edits[GUIDE_PREDICTIONS];
	double sign[GUIDE_PREDICTIONS];  /* share */
	struct interval rank[GUIDE_PREDICTIONS], ceiling;
};

struct guide_view {
	struct guide_from *from;         /* starts; the one at work is the last */
	int count, finished, wanted, evaluations, search_images, report_images;
	struct guide_agree agree;
	struct interval gain[GUIDE_LISTS], difference;
	double p;
	int wins, compared;              /* starts from which guided search led further, of those where both are known */
};

/* False, with nothing in it, where there is no memory. The texts are the document's: it has to stay. */
bool guide_view_read(struct guide_view *, const json_t *document);
void guide_view_release(struct guide_view *);

/* By how much the loss on the search images has changed after each evaluation of a search, mean over the starts that have so many (one start: `only`,
 * else -1). change[0] is 0, before the first; how many entries, at most room. */
int guide_descent(const struct guide_view *, enum guide_list_kind, int only, double *change, int room);

#endif
