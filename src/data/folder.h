/* folder.h -- what a folder holds, in one order on every machine. */
#ifndef FOLDER_H
#define FOLDER_H

#include <stdbool.h>
#include <stdint.h>

/* Names of one kind in a folder, sorted by their bytes; those that begin with a dot are left out. */
struct folder {
	int count;
	char **name;                     /* owned */
};

/* What stands in the folder and is a folder, or is a file; links count as what they point to. 0, or -1 with err_last(): unreadable, a link that
 * leads nowhere or round in a circle. */
int folder_list(struct folder *, const char *path, bool folders);
void folder_release(struct folder *);

/* The place of a name, or -1. */
int folder_find(const struct folder *, const char *name);

/* By the characters' bytes, without case: "png". */
bool has_ending(const char *name, const char *ending);

#endif
