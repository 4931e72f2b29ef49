/* data_writers.h -- the official formats, written by tests: archives of NumPy, MATLAB files. */
#ifndef DATA_WRITERS_H
#define DATA_WRITERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buffer {
	uint8_t *data;                   /* owned */
	size_t size, room;
};

void buffer_put(struct buffer *, const void *data, size_t bytes);
void buffer_put_little(struct buffer *, uint64_t number, int bytes);
void buffer_release(struct buffer *);

/* An array's file: descr "|u1", shape "(3, 4)". */
void npy_put(struct buffer *, const char *descr, const char *shape, const void *values, size_t bytes);

struct zip_file {
	const char *name;
	struct buffer content;
	bool deflated, wide;             /* wide: sizes of 64 bits, in extra fields */
};

/* An archive of the files; wide: with the records for more than 64 Ki of them as well. */
void zip_put(struct buffer *, const struct zip_file *, int count, bool wide, const char *comment);

/* A MATLAB file's header, and an array of it: class 9 is uint8, 6 double; type as in the file (2 unsigned byte, 9 double …). */
void matlab_put_header(struct buffer *);
void matlab_put_array(struct buffer *, const char *name, int class, int type, const int *dim, int rank, const void *values, size_t bytes,
	bool compressed);

#endif
