/* loop.h -- what the loop of the screen knows beside struct ui, and the ways out of it. */
#ifndef LOOP_H
#define LOOP_H

#include "ui/pane.h"

struct loop {
	double next_data;                /* no snapshot before */
	double next_rates;               /* no new rates before */
	struct {
		enum worker_state state;
		double images_per_second, gflops, step_seconds, eta_seconds;
	} rates;                         /* those that are shown */
	double next_paint;               /* no frame before: a storm of resizes is one layout each 50 ms, a single one is drawn at once */
	bool resized;                    /* since the last frame */
	bool unwritable;                 /* a frame waits for the terminal */
	bool gone;                       /* there is no terminal any more */
	int interrupt;                   /* the signal that asked to end */
	bool stopping;                   /* the worker was told */
	bool was_open;                   /* the run had been opened: a failure is shown, not left for */
	bool pasting;
	char paste[LINE_SIZE];
	long pasted;
	double click_time;
	int click_y, click_x;
	int dragged;                     /* enum separator */
};

/* Panes and an empty snapshot, before there is a worker; false out of memory. Closing is right in both cases, and leaves the worker alone. */
bool ui_open(struct ui *);
void ui_close(struct ui *);

/* news.c: the newest snapshot, and what panes make of it. */
void take_snapshot(struct ui *, struct loop *);

/* input.c: all the keys there are, answered in memory. False: there was none. */
bool drain_keys(struct ui *, struct loop *);

/* Training goes on to its end without a screen. Paused, it would wait for ever: it is saved instead. */
void leave_headless(struct ui *, struct loop *);

/* Stops the worker where it was not told to, gives the terminal back, says what became of the run. The exit status. */
int leave(struct ui *, struct loop *);

#endif
