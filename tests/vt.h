/* vt.h -- as much of a terminal as curses uses with TERM=xterm-256color: bytes in, what would be on the glass out. */
#ifndef VT_H
#define VT_H

#include <stdbool.h>
#include <stddef.h>

enum { VT_ROWS = 100, VT_COLUMNS = 250 };

struct vt {
	int rows, columns;
	unsigned cell[VT_ROWS][VT_COLUMNS];      /* characters; all are one column wide */
	int y, x, top, bottom;                   /* cursor; the region that scrolls */
	bool wrap;                               /* the last column is written: the next character begins a line */
	unsigned last;                           /* character, to be repeated */
	char pending[64];                        /* of a sequence that has not ended */
	int pending_bytes;
	char text[(VT_COLUMNS * 4 + 1) * VT_ROWS + 1];
};

void vt_start(struct vt *, int rows, int columns);
void vt_feed(struct vt *, const char *bytes, size_t n);

/* Rows with a newline each; lives until the next call. */
const char *vt_text(struct vt *);

/* A sequence that it did not know, "" where there was none. */
const char *vt_unknown(void);

#endif
