/* draw.h -- text on the screen: clipped, made harmless, and numbers in the form a person reads. */
#ifndef DRAW_H
#define DRAW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ui/theme.h"

struct rect {
	int y, x, h, w;
};

/* Once, after newterm: what the glyphs of this terminal are. */
void draw_start(enum glyph_set);
enum glyph_set draw_glyphs(void);

/*
 * Draws UTF-8 text from (y, x) on, at most `room` columns, nothing outside the screen. Control characters and broken UTF-8 become
 * '?', what the locale cannot show becomes ASCII ("±" '~', "–" '-'). Returns the columns used.
 */
int put(int y, int x, int room, enum role, const char *text);
int putf(int y, int x, int room, enum role, const char *format, ...) __attribute__((format(printf, 5, 6)));
int put_right(int y, int x, int room, enum role, const char *text);     /* ends at x + room - 1 */

int text_width(const char *text);

/* Bytes of the words that fit in a row of so many columns, with the blank behind them; of one longer than that its beginning. 0 only for "". */
size_t text_row(const char *text, int width);

/* Text that came from elsewhere, with '?' for what put() would not draw: for lines printed when the screen is gone. Lives until the next call. */
const char *text_harmless(const char *text);

void put_horizontal(int y, int x, int width, enum role);
void put_vertical(int y, int x, int height, enum role);
void put_frame(struct rect, enum role);                         /* a box around its edge */
void put_blank(struct rect, enum role);                         /* spaces in the role's colours */

/* A pane's title rule: "─ left ───── right ─". `name` comes first, reverse when focused. */
void put_title(int y, int x, int width, const char *name, bool focused, const char *left, const char *right);

/* Numbers as text, into one of a ring of buffers that lives for some thirty calls. NAN is a dash. */
const char *text_count(int64_t);                                /* 8,412 */
const char *text_short_count(double);                           /* 430k, 1.91M */
const char *text_count_beside(double, double largest);          /* in a column of counts up to the largest: .43 million beside 1.91M is 0.43M */
const char *text_fixed(double, int decimals);                   /* 0.1953 */
const char *text_loss(double);                                  /* three significant digits or so, never longer than 6 */
const char *text_rate(double);                                  /* 7.9e-4 */
const char *text_duration(double seconds);                      /* 12s, 41m, 2h05m, 3d04h */
const char *text_bytes(int64_t);                                /* 612 MiB */
const char *text_clock(double seconds_since_1970);              /* 10:41:22 */

const char *text_missing(void);                                 /* "–" or "-" */

#endif
