/*
 * edit.h -- editing in the bank pane: a draft (draft.h), what is wrong with it, and what the worker has measured of it. edit.c: beginning, keys,
 * ending; edit_score.c: questions and answers; edit_draw.c: what is drawn around the matrix; edit_lists.c: values and drafts to choose from.
 */
#ifndef EDIT_H
#define EDIT_H

#include "src/lab/draft.h"
#include "src/lab/kept.h"
#include "ui/banks.h"

enum { EDIT_FAULTS = 32, LIST_PAGE = 10 };

/* The newest comparison with the beginning; serial 0: there is none. */
struct comparison {
	uint64_t serial;                 /* of the edit that it is about */
	char failed[160];                /* why there is none; "" */
	int64_t step;
	int images, total;
	bool running;                    /* more of it will come */
	struct {
		double loss, loss_stderr, error, error_stderr;
	} before, now;
	double difference, difference_stderr, p;                 /* of the loss */
	double error_difference, error_difference_stderr;
};

struct edit {
	struct draft draft;
	char id[ARCH_ID_LENGTH + 1];     /* of the state that it is at */
	bool as_it_began;                /* that is the beginning's architecture */
	struct arch_fault fault[EDIT_FAULTS];
	int fault_count;
	struct arch_cost first_cost;
	bool trouble_said;               /* that the draft can't be written */
	struct {
		char id[ARCH_ID_LENGTH + 1], name[KEPT_NAME];
		double until;            /* the laboratory has written it, or will not */
	} keeping;                       /* until it is known to be on the disk, the draft has no name; name "": nothing is being kept */

	char typed[8];                   /* a value that is being typed; "": none */

	/* The values of the place under the cursor, made when it or the draft has changed. */
	struct place valued;
	uint64_t valued_serial;
	struct value value[VALUES_MAX];
	int value_count;

	uint64_t serial;                 /* of the edit, counted over all drafts */
	double ask_at;                   /* when the worker is to be asked about it; 0: not */
	bool fresh_weights;              /* the next question is about today's */
	struct comparison compared;
	uint64_t seen;                   /* serial of the newest answer */

	double *predicted;               /* change of loss from each state's parent, by the gradient; NAN: unknown */
	int predicted_room;

	int list_at, list_top;           /* of the list of edits, where it has the cursor */
	bool listing;
};

/* edit.c */
bool edit_act(struct ui *, struct banks_pane *, enum action);
bool edit_end(struct ui *, struct banks_pane *);                         /* false: what would be lost is not left, which is said */
void edit_release(struct edit *);
void edit_kept(struct ui *, struct edit *);                              /* looks whether what is being kept is on the disk by now */
const char *edit_kept_id(const struct ui *, const char *name);                  /* of the architecture of that name; "": none has it */
void edit_change(struct ui *, struct banks_pane *, const struct amend *);
void edit_set(struct ui *, struct banks_pane *, int value);              /* at the cursor */
void edit_moved(struct ui *, struct banks_pane *);                       /* the draft is at another state */
void edit_click(struct ui *, struct banks_pane *, const struct place *);         /* on the place under the cursor */
int edit_values(struct ui *, struct banks_pane *, const struct value **);        /* of the place under the cursor */

/* edit_score.c */
void edit_ask(struct ui *, struct banks_pane *);                         /* soon: what the draft is worth */
void edit_tick(struct ui *, struct banks_pane *);                        /* asks when it is time */
bool edit_news(struct ui *, struct banks_pane *);
bool edit_compared(const struct edit *);                                 /* there are figures of what is on the screen */
double edit_predicted(const struct edit *);                              /* all of it since the beginning; NAN */

/* edit_draw.c */
void edit_title(struct ui *, struct banks_pane *, char *left, size_t left_size, char *right, size_t right_size);
void edit_lines(struct ui *, struct banks_pane *, struct rect, bool figures);    /* the cell, the rules, what has been measured */
void edit_figures(const struct banks_pane *, struct rect);                /* before, now, difference */
void edit_history(struct ui *, struct banks_pane *, struct rect);        /* the list of edits */

/* edit_lists.c */
extern const struct overlay overlay_values;
void values_open(struct ui *, struct banks_pane *);
void drafts_open(struct ui *);                           /* when the worker has read which there are */
void drafts_news(struct ui *);

#endif
