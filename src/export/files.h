/* files.h -- files that are written under other names first, and get their own all together when they are whole, or not at all. */
#ifndef EXPORT_FILES_H
#define EXPORT_FILES_H

#include <stdbool.h>
#include <stdio.h>

struct files;

/* `replace`: files that have the names are replaced; otherwise they are left alone, which is an error. What is no file always is. NULL with err_last(). */
struct files *files_new(bool replace);

/* A folder for files that follow: made where there is none, and then removed with them. 0 or -1 with err_last(). */
int files_folder(struct files *, const char *path);

/* A file that will be called `path`; it is closed by files_whole. NULL with err_last(): the name is taken, no file's, or cannot be written. */
FILE *files_open(struct files *, const char *path);

/* What has been opened is finished and on the disk. 0, or -1 with err_last(). */
int files_whole(struct files *);

/* All get their names. 0, or -1 with err_last(): a name has been taken meanwhile; what is new is then gone again. */
int files_name(struct files *);
/* The name that the first of them will have which could not be written, as after a disk was full; NULL: all could. */
const char *files_unwritten(const struct files *);

long files_bytes(const struct files *);                  /* of those that are whole */

/* Removes what has no name yet. */
void files_free(struct files *);

#endif
