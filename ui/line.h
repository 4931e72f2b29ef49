/*
 * line.h -- a line that a person writes: a command, a filter, the name of a file. Keys as in a shell: arrows, words by ^Left ^Right or Alt-b
 * Alt-f, ^a ^e Home End, ^w ^u ^k and ^y, Up and Down through the history by what the line begins with, ^r searches it, Tab completes.
 */
#ifndef LINE_H
#define LINE_H

#include "ui/complete.h"
#include "ui/history.h"

enum { LINE_SIZE = 512 };
enum line_outcome { LINE_WRITING, LINE_DONE, LINE_LEFT };

struct line {
	char text[LINE_SIZE];            /* UTF-8 as it was typed: bytes that are none are drawn as '?' */
	size_t cursor;                   /* bytes before it */

	/* The rest is line.c's. */
	struct history *history;         /* may be NULL */
	completer *complete;             /* may be NULL */
	void *context;
	char draft[LINE_SIZE], killed[LINE_SIZE];        /* the line before history, search or completion changed it; what ^w ^u ^k took last */
	size_t stem;                     /* bytes of the draft that a line of the history must begin with */
	int history_at;                  /* -1: at the draft */
	bool searching, listing;
	char notice[96];                 /* of the paste that was the last key; "": it was none, or is all there */
	char search[64];
	int choice;                      /* of the candidates, -1 none yet */
};

/* Begins with `text` in it. Of all lines one is written at a time: they share the candidates. */
void line_begin(struct line *, const char *text, struct history *, completer *, void *context);

/* Enter: LINE_DONE, with the text in the history. Esc (where no list or search is open), ^c, ^g, and Backspace in an empty line: LINE_LEFT. */
enum line_outcome line_key(struct line *, int key);

/* Inserts at the cursor, up to the end of its first line: nothing that is pasted runs. `bytes`: of the whole paste, of which `text` may be the
 * beginning; what of them is left out is said above the line until the next key. */
void line_paste(struct line *, const char *text, long bytes);

struct ui;
/* The label and the line from (y, x) on in `width` columns, shifted so that the cursor is seen, which becomes the screen's; the candidates in the rows above. */
void line_draw(const struct line *, struct ui *, int y, int x, int width, const char *label);

#endif
