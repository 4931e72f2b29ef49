/*
 * view.h -- what the views of experiments share: the newest document and what is to be said of it (running or old, of which step), beginning an
 * experiment and going on with one, how long it would take, text in several rows.
 */
#ifndef VIEW_H
#define VIEW_H

#include "ui/pane.h"

struct view {
	enum experiment_kind kind;
	uint64_t serial;                 /* of the document that is shown */
	double taken;                    /* ui->now when it came */
	json_t *document;                /* NULL: there is none yet. It stays until the next news */
	int shown, asked;                /* numbers of earlier results, 1 the oldest; 0: the newest document, as it grows */
	uint64_t result_serial;          /* of the ANSWER_RESULT that was seen last */
	int job;                         /* the newest of its kind that has begun; another one takes the view from an earlier result */
};

/* Of the panes that draw a figure of their document. */
const struct view *corrupt_view(const struct ui *);
const struct view *correlate_view(const struct ui *);

/* True where there is another document than before; what was read from the old one is gone with it. */
bool view_news(struct ui *, struct view *);
void view_release(struct view *);

/* To the result before (-1) or after (+1) the one that is shown: by the next news. The newest document is after all others. */
void view_turn(struct ui *, struct view *, int by);

bool view_running(const struct view *);                          /* more of the document will come */
const struct job_line *view_job(const struct ui *, const struct view *);     /* the newest of its kind in the list of jobs; NULL: none */

/* "running, step 8,412", "cancelled 10:41:22, step 8,412", "2 of 5, 2h05m old, step 20,000"; in a narrow pane without the step. */
void view_state(const struct ui *, const struct view *, bool narrow, char *text, size_t size);

/* Steps that training has gone on since; 0: the document is of the weights of now. */
int64_t view_steps_behind(const struct ui *, const struct view *);

/* The same command again: that of the newest job of its kind, else (or where an earlier result is shown) `words`, which the pane has from the document. It goes on where the journal
 * ends as long as no step has been trained since. */
void view_again(struct ui *, const struct view *, const char *words);

/* Whether an experiment of that name has a tab of its own: what it found then needs no window over what a person is at. */
bool view_has(const char *experiment);

/* Gives a command, where no such experiment runs or waits. */
void view_begin(struct ui *, const struct view *, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* "about 40s" for scoring so many images in all, as training has been fast; "" while nothing is known of it. */
const char *view_about(const struct ui *, double images);

/* The row of an id in the ranking; NULL, -1: it is not there. */
const struct ranking_row *view_row(const struct ui *, const char *id);
int view_index(const struct ui *, const char *id);

/* The architecture of an id of the document: from the ranking, else from the document. False, having said so: it is in neither. */
bool view_arch(struct ui *, const struct view *, const char *id, struct arch *);
void view_open(struct ui *, const struct view *, const char *id);           /* in the bank pane */
void view_edit(struct ui *, const struct view *, const char *id);           /* a copy of it, there */

/* In the bank pane, under its row of the ranking or as one that has no score. */
void view_show(struct ui *, const struct arch *, enum origin, const char *parent);

/* One row at the foot of a view: how to cancel it while it runs, and else `begin`, or that `words` go on or begin anew. */
void view_foot(const struct ui *, const struct view *, int y, int x, int width, const char *begin);

/* "So far: …" or "Verdict: …" in the last rows, at most so many. Rows used. */
int view_verdict(const struct view *, struct rect, int most, const char *text);

/* What a view says that has no document: what the experiment answers, then how to begin. */
void view_empty(struct rect, const char *answers, const char *begin);

/* One row, cut before the last comma, semicolon or colon that a blank follows and that fits: no half of a number. */
void put_pieces(int y, int x, int width, enum role, const char *text);

/* Cuts at blanks. Rows used, at most r.h; with h 0 nothing is drawn and all are counted. */
int put_wrapped(struct rect r, enum role, const char *text);

#endif
