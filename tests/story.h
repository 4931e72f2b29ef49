/*
 * story.h -- a person's whole task on a pseudo-terminal: the program on a run of the preset tiny in a folder of its own, what is then seen and
 * what is on the disk. What the screen shows is asked for in two ways: as text by ":screen", and, where something stands over the panes or a line
 * is written, from the bytes on a terminal that is read here (vt.h).
 */
#ifndef STORY_H
#define STORY_H

#include "tests/pty.h"
#include "tests/vt.h"

struct story {
	char folder[256];                /* data set, configuration, history, runs */
	char run[300];                   /* of the last story_start */
	struct pty p;
	struct vt glass;
	size_t fed;                      /* of p.out to the glass */
};
extern struct story story;

/* Fixtures. */
void story_before(void);
void story_after(void);

/* How the program is started; what is 0 is a run named "run" of a million steps on 24 rows and 80 columns of an xterm-256color. */
struct story_start {
	const char *name;                /* of the run's directory; one that is there is opened again */
	int steps, rows, columns;
	const char *term;
	char *const *environment;        /* NAME=VALUE, NULL-terminated; NULL for none */
	const char *option;              /* one more */
};
void story_start(struct story_start);

/* Trained to its end, with the view of a key in front; "" for the first. */
void story_start_trained(int rows, int columns, const char *key);

/* Stops and saves by keys: it ends well and leaves the terminal as it was. */
void story_stop(void);

/* As text by ":screen": pty_shows waits for it. */
bool story_on_screen(const char *text);

/* Bytes that it writes within ten seconds, or has written; a pty_keys before which p.length is set to 0 makes it what these keys cause. */
bool story_writes(const char *bytes);

/* It has written a colour: a foreground or background that isn't the terminal's own. */
bool story_wrote_colour(void);

/* A press and release of the first button; both count from 0. */
void story_click(int y, int x);

/* The end of a file in the folder, "" where there is none; lives until the next call. */
const char *story_content(const char *name);
bool story_gets(const char *name, const char *text, double seconds);     /* waits until the file has the text */

/* What is on the glass after so many seconds. */
const char *story_look(double seconds);

/* Types, and waits until the text is on the glass, wherever; story_types fails the test where it doesn't come, story_comes_to asks again until then. */
bool story_brings(const char *keys, const char *text, double seconds);
void story_types(const char *keys, const char *text);
void story_sees(const char *text);
void story_comes_to(const char *keys, const char *text);

/* Types, and waits until the text is gone. */
void story_puts_away(const char *keys, const char *text);

#endif
