/* pane.h -- a pane is one file: its state, its class. What all of them share is struct ui. */
#ifndef PANE_H
#define PANE_H

#include <stdbool.h>

#include "src/lab/worker.h"
#include "ui/draw.h"
#include "ui/keys.h"
#include "ui/line.h"
#include "ui/settings.h"
#include "ui/ui.h"

struct ui;
struct pane;

struct pane_class {
	const char *name;                /* in its title */
	const char *tab;                 /* on the row of tabs */
	enum where where;                /* whose keys it has, to begin with */
	void (*draw)(struct ui *, struct pane *);
	bool (*act)(struct ui *, struct pane *, enum action);    /* false: not its business */
	void (*news)(struct ui *, struct pane *);                /* there is a new snapshot; may be NULL */
	void (*click)(struct ui *, struct pane *, int y, int x, bool second);    /* from its upper left corner */
	void (*release)(struct pane *);
};

/* The first member of every pane. */
struct pane {
	const struct pane_class *class;
	enum where where;                /* whose keys it has now; ui_main sets the class's */
	struct rect at;                  /* title row included; h 0: not on screen */
	bool large;                      /* alone on the screen: show more */
};

struct pane *pane_loss_new(void);
struct pane *pane_banks_new(void);
struct pane *pane_ranking_new(void);
struct pane *pane_corrupt_new(void);
struct pane *pane_guide_new(void);
struct pane *pane_correlate_new(void);
struct pane *pane_jobs_new(void);
struct pane *pane_data_new(void);
struct pane *pane_run_new(void);

/* The first are together on tab Train; a tab of its own has each but the first. The run pane takes no focus. */
enum {
	PANE_LOSS, PANE_BANKS, PANE_RANKING, PANE_CORRUPT, PANE_GUIDE, PANE_CORRELATE, PANE_JOBS, PANE_DATA, PANE_RUN, PANES,
	PANES_TRAIN = PANE_RANKING + 1, PANES_FOCUS = PANE_RUN
};

/* A layer above the panes: help, menus, the prompt. It has the keys until it closes itself. */
struct overlay {
	void (*draw)(struct ui *);
	void (*key)(struct ui *, int key);
	void (*paste)(struct ui *, const char *text, long bytes);        /* as line_paste; NULL: a paste has no place here */
};

enum frame { FRAME_FULL, FRAME_SMALL, FRAME_TINY };      /* three panes; one pane; bare lines */

enum quitting { QUIT_NO, QUIT_STOP, QUIT_DETACH };

struct ui {
	struct worker *worker;
	struct snapshot *snap;           /* the newest one seen; snap->serial 0: none yet */
	struct ranking_row *ranking;
	int ranking_count, ranking_room;
	uint64_t ranking_serial;
	json_t *answer[ANSWERS];         /* the newest of each kind, NULL: none yet; a new one is news */
	uint64_t answer_serial[ANSWERS];

	struct pane *pane[PANES];
	int focus;                       /* a pane */
	int tab;                         /* 0 Train, then the number of a pane */
	bool zoomed;
	double loss_share, banks_share;  /* of the height, of the width on tab Train; 0: as is best */
	enum frame frame;

	const struct overlay *overlay;
	bool plain;                      /* no screen: what is said names commands, not keys */
	bool frozen;
	enum quitting quitting;
	int exit_status;

	struct settings settings;        /* as they are now: appearance_set() changes them */

	char message[WORKER_TEXT];
	enum role message_role;
	bool message_long;               /* it has more than the line shows and has come since the last key: folded */
	double message_hold;             /* a warning stands until then: what the worker says waits */
	double message_begins, message_ends;     /* came then; leaves by itself then, 0: by a key alone, as what is wrong does */
	uint64_t message_serial;         /* of the worker's that was seen last */
	uint64_t report_serial;          /* likewise */

	bool dirty;                      /* something on the screen would be different */
	bool repaint;                    /* … and what is there is not to be trusted */
	int cursor_y, cursor_x;          /* where the hardware cursor goes: the focused cell */
	bool typing;                     /* a line is being written there: it shows */
	double now;                      /* seconds, of this turn of the loop */
	double wake;                     /* a pane has more to draw then: it waited for the keys to rest; 0: none */
	double hurry;                    /* until then news is shown as it comes: a person waits for an answer */
	int key;                         /* the one that is acted on: for actions of several keys, such as digits */
	bool cancel_once;                /* ^c was the last key */
	bool may_suspend;                 /* the menu was opened by ^z: z suspends */

	/* What it cost: shown in the run pane. */
	long frames, frames_skipped;
	double key_seconds;              /* from reading a key to having painted, smoothed */
	int64_t memory_seen;
};

/* What panes and overlays ask of the screen. */
void ui_say(struct ui *, enum role, const char *format, ...) __attribute__((format(printf, 3, 4)));
void ui_say_nothing(struct ui *);                        /* the message leaves, but that the run has failed; :messages has it */
bool ui_send(struct ui *, enum command_kind, int count);
bool ui_send_command(struct ui *, const struct command *);      /* false: no room, which is then said */
void ui_act(struct ui *, enum action);
void ui_focus(struct ui *, int pane);
void ui_rank(struct ui *, int count);
bool ui_run_open(struct ui *, const char *what);         /* the run can be worked on; otherwise says that `what` needs it */
bool ui_only_looking(struct ui *, const char *what);     /* another process has the run: true, having said that there is no `what` */
bool ui_training(const struct ui *);                     /* there is training that could go on: opening, training, paused */

/* The architecture of a ranking row, in the bank pane. */
void banks_show(struct ui *, const struct arch *, const struct ranking_row *, int place);

/* Edits a copy of it in the bank pane, going on with its draft where there is one; `from` is what the list of edits calls it. Keeps what is edited, else
 * the architecture that is meant, under a name ("": without); `take` takes the name from another one. */
void edit_begin(struct ui *, const struct arch *, const char *from);
void edit_keep(struct ui *, const char *name, bool take);

/* The architecture that a person means without naming one: the row under the cursor where the ranking has the focus, else what the bank
 * pane shows, `held` alone where that is asked for. False where there is none. */
bool ui_meant_arch(struct ui *, bool held, struct arch *);
bool banks_arch(const struct ui *, bool held, struct arch *);
int banks_unwritten(const struct ui *);                  /* edits of a draft that is in memory alone */
bool ranking_arch(struct ui *, struct arch *);

/* Rows around the body, and the tiny frame. */
void status_draw(struct ui *, int y);
void status_tabs(struct ui *, int y);
void status_job(struct ui *, int y);
void status_keys(struct ui *, int y);
void status_small(struct ui *, int y);
void status_tiny(struct ui *);
enum action status_click(struct ui *, int y, int x);     /* a key on the bar, a tab; ACTION_NONE beside them */
const char *state_word(const struct ui *, enum role *);

extern const struct overlay overlay_help, overlay_quit, overlay_sort, overlay_export, overlay_prompt, overlay_report, overlay_setup;
void help_open(struct ui *, const char *search);         /* "": everything */
void quit_open(struct ui *, bool suspend);
void settings_open(struct ui *);
void sort_open(struct ui *, int column);
void export_open(struct ui *);                           /* the menu of formats, for what is chosen where the focus is */
void prompt_open(struct ui *, const char *text);         /* begins with it */
void prompt_release(void);
void report_open(struct ui *);                           /* the newest of an experiment */
void report_open_text(struct ui *, const char *title, const char *text);     /* of lines; REPORT_SIZE bytes of it */
const char *report_text(void);                           /* that is open, or was last */
void report_to_end(void);
void report_news(struct ui *);                           /* opens one that has come, unless something else is open */
void message_keep(enum role, const char *text);          /* ui_say does */
void message_draw(struct ui *, int y);                   /* the line, and above it what is folded */
int message_count(void);                                 /* said so far; the last sixty are kept */
bool message_at(int number, const char **text, enum role *);     /* false: no longer, or not yet */
void messages_open(struct ui *);
void log_open(struct ui *);
int ranking_columns(void);
const char *ranking_column(int);
/* The first of the table by score: of the newest weights, of those on the most images the lowest. NULL without rows. */
const struct ranking_row *ranking_best(const struct ui *);
int ranking_sort(struct ui *, int column);               /* sets it; -1: only tells. Returns the column */
bool ranking_marked(const struct ui *, int index);         /* the row of that index in ui->ranking */
bool ranking_toggle_mark(struct ui *, int index);        /* whether it is marked then */
bool ranking_filter(struct ui *, const char *text);      /* false with err_last(): a word is wrong, the filter is as it was */

/* Between the panes of tab Train: what stands there, moving it to a cell, the focused pane larger (or, below 0, smaller). */
enum separator { SEPARATOR_NONE, SEPARATOR_LOSS, SEPARATOR_BANKS };
enum separator layout_separator(const struct ui *, int y, int x);
void layout_move(struct ui *, enum separator, int y, int x);
void layout_grow(struct ui *, int by);

void ui_layout(struct ui *);                             /* after the focus, the tab or the zoom changed */
void ui_draw(struct ui *);                               /* everything, on curses' screen in memory */

/* Draws a box with a title in the middle of the screen and empties it; its inside. */
struct rect overlay_box(int h, int w, const char *title);

bool screen_dump(struct ui *, const char *path);         /* the screen as text; false with err_last() */

#endif
