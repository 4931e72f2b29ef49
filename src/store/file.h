/* file.h -- writing a file so that a crash leaves the old one or the new one, never half of one. */
#ifndef FILE_H
#define FILE_H

#include <limits.h>
#include <stddef.h>

/* One piece of a file. */
struct piece {
	const void *data;
	size_t bytes;
};

/* FOLDER/NAME, cut where it is too long. */
void file_path(char path[PATH_MAX], const char *folder, const char *name);

/* Writes the pieces to PATH.tmp, fsync, rename, fsync of the folder. 0, or -1 with err_last(): PATH is then untouched, PATH.tmp gone. */
int file_replace(const char *path, const struct piece *, int count);

/* Renames within a folder and makes it last: a rename is on the disk only once the folder is. 0 or -1 with err_last(). */
int file_rename(const char *from, const char *to);

/* Reads a whole file of at most `most` bytes into allocated memory. NULL with err_last(). */
void *file_read(const char *path, size_t most, size_t *bytes);

/* Writes all of it to a descriptor. 0, or -1 with errno set. */
int file_write(int fd, const void *data, size_t bytes);

#endif
