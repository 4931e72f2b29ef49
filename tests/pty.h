/* pty.h -- the program on a terminal of its own: sizes, keys, what it wrote, what it left of the terminal. */
#ifndef PTY_H
#define PTY_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>
#include <termios.h>

struct pty {
	pid_t pid;
	int fd, slave;                   /* slave: kept open, so that the settings outlive the program; -1 after pty_hang_up */
	struct termios before;
	char *out;                       /* all it wrote, NUL-terminated */
	size_t length, room;
	int status;                      /* of waitpid, once it has ended */
	bool ended;
	char dump[256];                  /* file for the screen's text */
	char *screen;
};

/* Starts argv[0] (found by path) with `term` as TERM. `environment`: NAME=VALUE pairs, NULL-terminated, may be NULL. */
void pty_start(struct pty *, const char *folder, int rows, int columns, const char *term, char *const *environment, char *const *argv);
void pty_resize(struct pty *, int rows, int columns);
void pty_keys(struct pty *, const char *keys);
void pty_read(struct pty *, double seconds);             /* takes what it writes in that time */

/* The screen as text (":screen"), valid until the next call; NULL when it didn't come within ten seconds. */
const char *pty_screen(struct pty *);

/* Waits until the screen has the text; false after `seconds`. */
bool pty_shows(struct pty *, const char *text, double seconds);

bool pty_wait(struct pty *, double seconds);             /* for its end; false: still there */
bool pty_restored(const struct pty *);                   /* settings as before */
bool pty_wrote(const struct pty *, const char *bytes);
void pty_hang_up(struct pty *);                          /* the terminal goes away */
void pty_release(struct pty *);                          /* kills what is left */

#endif
