/*
 * bench_terminal.h -- the workbench on a pseudo-terminal, for measuring: keys in, bytes out. A frame's end is known by the mark that ends a
 * synchronised update (CSI ? 2026 l). What the person has configured plays no part.
 */
#ifndef BENCH_TERMINAL_H
#define BENCH_TERMINAL_H

#include <stdbool.h>
#include <sys/types.h>
#include <termios.h>

#include "src/cli/bench.h"

struct bench_terminal {
	pid_t pid;
	int fd, slave;                   /* slave is kept open, so that the settings outlive the program */
	struct termios before;
	char run[300];
	double started;
	long bytes, frames;              /* since last set to 0 */
	int matched;                     /* of the mark, so far */
	bool ended;                      /* it closed its terminal, or is dead */
	int status;                      /* of waitpid, once it is dead */
	struct { double rate, delay; } link;     /* bytes/s and seconds one way; rate 0: none, what it writes is seen at once */
	double busy;                     /* the link has delivered all by then */
	double backlog;                  /* the longest that a byte waited for the link since last set to 0, seconds */
	double visible;                  /* when the last end of a frame was seen */
	char tail[4096];                 /* the last of what it wrote */
	int tail_length;
};

/* Starts it on FOLDER/NAME, a run of the bench's preset and data, which is made where it is not there. 0 or -1 with err_last(). */
int bench_terminal_open(struct bench_terminal *, const struct bench *, const char *folder, const char *name, int columns, int rows);

/* A run without a screen, with the same seed, so the same steps, as nice as the thread that trains beside a screen; only `pid` and `run` are set. */
int bench_headless_open(struct bench_terminal *, const struct bench *, const char *folder, const char *name);

/* Until the end of a frame; false where there is none before `until` (clock_seconds()). */
bool bench_terminal_frame(struct bench_terminal *, double until);
void bench_terminal_read(struct bench_terminal *, double seconds);
void bench_terminal_keys(struct bench_terminal *, const char *keys);

/* Seconds from these keys, typed at the far end of the link, to the end of the frame that comes next being seen there; NAN: none within two. */
double bench_terminal_answer(struct bench_terminal *, const char *keys);

void bench_terminal_resize(struct bench_terminal *, int columns, int rows);

/* What /proc says of it: processor seconds of the thread that draws, resident bytes; NAN where it says nothing. */
double bench_terminal_processor(const struct bench_terminal *);
double bench_terminal_resident(const struct bench_terminal *);

/* Waits for its end, reading; false: it is still there. */
bool bench_terminal_wait(struct bench_terminal *, double seconds);

/* The terminal is as it was: settings, main screen, cursor seen, mouse and paste off. */
bool bench_terminal_restored(const struct bench_terminal *);

/* Stops and saves. 0, or -1 with err_last() where that went wrong. Closing is right in any case, and kills what is left. */
int bench_terminal_stop(struct bench_terminal *);
void bench_terminal_close(struct bench_terminal *);

/* "screen.GROUP.WHAT" */
void bench_screen_add(struct bench *, const char *group, const char *what, const char *unit, double value);

/* Median, 99th percentile and largest of so many seconds (which are sorted), in milliseconds, as "WHAT_p50", …. */
void bench_screen_add_times(struct bench *, const char *group, const char *what, double *seconds, int count);

/* bench_screen_far.c, bench_screen_run.c: the parts of bench_screen, each 0 or -1 with err_last(). */
int bench_screen_link(struct bench *, const char *folder);
int bench_screen_storm(struct bench *, const char *folder);
int bench_screen_table(struct bench *, const char *folder);
int bench_screen_speed(struct bench *, const char *folder);
int bench_screen_leaving(struct bench *, const char *folder);

#endif
