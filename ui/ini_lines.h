/* ini_lines.h -- INI files that a person writes: every wrong line is named, and the rest still applies. */
#ifndef INI_LINES_H
#define INI_LINES_H

enum { FAULTS_KEPT = 16, FAULT_SIZE = 400 };

/* What was wrong: "FILE line 3: unknown role …". */
struct faults {
	int count;                       /* there were; the first are kept */
	char text[FAULTS_KEPT][FAULT_SIZE];
};

/* Adds err_last() as that of the file's line; line 0: of no line. */
void faults_add(struct faults *, const char *path, int line);

/* Takes NAME = VALUE of [section]: 0, or -1 with err_last(), which becomes a fault. `line` counts from 1. */
typedef int ini_taker(void *context, int line, const char *section, const char *name, const char *value);

/* Hands over every line of the file. 0, or -1 with err_last(): it cannot be opened or read. */
int ini_lines_read(const char *path, ini_taker *, void *context, struct faults *);

#endif
