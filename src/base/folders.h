/* folders.h -- folders that a path needs. */
#ifndef FOLDERS_H
#define FOLDERS_H

#include <sys/types.h>

/* Makes the folder and its parents; how many it made. -1 with err_last(). */
int folders_make(const char *folder, mode_t);

/* The same for the folder that a file is to be in. */
int folders_make_for(const char *file, mode_t);

#endif
