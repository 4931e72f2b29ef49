/* marks.h -- rows of the ranking that a person marked or named: RUN/marks, a line each. */
#ifndef MARKS_H
#define MARKS_H

#include <stdbool.h>

#include "src/arch/arch.h"

struct mark {
	char id[ARCH_ID_LENGTH + 1];
	bool marked;
	char letter;                     /* a to z; 0: none */
};

/* How many, in an allocated list; a missing file has none, lines that make no sense are passed over. -1 with err_last(). */
int marks_load(const char *run_path, struct mark **list);

/* How many lines make no sense, and which is the first, from 1. */
int marks_damaged(const char *run_path, int *first);

/* Replaces the file; without fsync, so that it is done at once: of a crash of the machine nobody expects to find their marks. 0 or -1. */
int marks_save(const char *run_path, const struct mark *, int count);

#endif
