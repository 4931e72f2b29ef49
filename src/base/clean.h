/* clean.h -- text of files and people for files of other programs. */
#ifndef CLEAN_H
#define CLEAN_H

/* A copy in which bytes that are no UTF-8, and control characters, are U+FFFD: what neither XML nor a font can show. Allocated; NULL out of memory. */
char *clean_text(const char *);

#endif
