/* ui.h -- the workbench: one screen over one worker. Everything else of ui/ is private to it. */
#ifndef UI_H
#define UI_H

#include <stdbool.h>
#include <stdio.h>

#include "src/lab/worker.h"

struct ui_options {
	char theme[512];                 /* name or file; "": $SMASHTOP_THEME, else default (mono where NO_COLOR is set) */
	bool ascii;                      /* no glyph beyond ASCII even where the locale has them */
	bool no_mouse;
};

/* What ui_main returns when there is no terminal it could draw on (err_last() says why): train without a screen then. */
enum { UI_NO_TERMINAL = -2 };

/*
 * Opens or makes the run and shows it until the person leaves or a signal asks to. 0 done; 1 failed, having said why on standard
 * error; 130 interrupted by SIGINT or SIGTERM with the run saved; UI_NO_TERMINAL before anything was started. The terminal is
 * as it was in every case. When the terminal goes away (SIGHUP) training goes on to its end before this returns.
 */
int ui_main(const struct worker_options *, const struct ui_options *);

/*
 * The same without a screen, on any terminal or none: a command a line on standard input, sentences on standard output. Returns as ui_main
 * does. When the input ends training goes on to its end.
 */
int ui_plain(const struct worker_options *);

/* The KEYS, PROMPT and SETTINGS sections of smashtop(1), in man(7). Needs no terminal. */
void ui_write_man(FILE *);

/* Reads a theme and says whether it is right: 0, or -1 with err_last(). Needs no terminal. */
int ui_check_theme(const char *name_or_file);

#endif
