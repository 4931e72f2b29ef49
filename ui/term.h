/* term.h -- the terminal: taking it, giving it back whatever happens, its keys and its signals. */
#ifndef TERM_H
#define TERM_H

#include <poll.h>
#include <stdbool.h>

/* Beyond curses' KEY_MAX: a paste; ^Left and ^Right or Alt-b and Alt-f; Alt-Backspace and Alt-d. */
enum { TERM_NO_KEY = -1, TERM_PASTE_BEGIN = 0x210, TERM_PASTE_END, TERM_WORD_LEFT, TERM_WORD_RIGHT, TERM_WORD_ERASE, TERM_WORD_DELETE };

/* 0, or -1 with err_last(): standard input or output is no terminal, or one that cannot move its cursor. *notice becomes something worth
 * saying, or NULL. Locale, curses, signals; from here on what libraries write to standard error is kept away from the screen. */
int term_start(const char **notice);

/* Gives the terminal back as it was. `gone`: there is none any more, nothing is written to it. */
void term_stop(bool gone);

/* The run's folder is known: what was written to standard error goes into RUN/log, and a crash names the run. */
void term_run(const char *run_path);

int term_fd(void);
int term_signals(void);              /* descriptor that becomes readable */
int term_signal(void);               /* the next signal that has come, 0 none */
int term_key(void);                  /* the next key, TERM_NO_KEY when there is none */
void term_mouse(bool on);
void term_alt_keys(bool);            /* Esc and a letter that come together are a key of their own: while a line is written */
bool term_writable(void);            /* a frame would not have to wait */

/* Waits for any of the descriptors; a resize ends the wait too. -1 interrupted. */
int term_wait(struct pollfd *, int count, double seconds);

/* Sends what changed as one frame. */
void term_update(bool everything);

void term_suspend(void);             /* back to the shell until fg */

bool term_plain_glyphs(void);        /* no Braille on this one: linux, vt100 */

#endif
