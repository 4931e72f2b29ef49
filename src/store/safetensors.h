/* safetensors.h -- tensors and string metadata in one file, in the format every framework reads. */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <jansson.h>
#include <stddef.h>
#include <stdio.h>

enum st_type { ST_F32, ST_I64, ST_U8, ST_I32, ST_F64, ST_TYPES };

struct st_tensor {
	char name[96];
	enum st_type type;
	int rank;
	long dim[8];
	void *data;                      /* writer: the caller's; reader: in the file's buffer, aligned for the type */
	size_t bytes;                    /* reader: set; writer: not read, type and shape say it */
};

struct st_file {
	struct st_tensor *tensor;
	int count;
	json_t *metadata;                /* object of strings; may be NULL */
	void *buffer;
};

/* Bytes that type and shape make; SIZE_MAX where a dim is negative or the product is too large. */
size_t st_bytes(const struct st_tensor *);

/* Writes PATH by way of a temporary name, fsync and rename. 0, or -1 with err_last(); an older PATH is then untouched. */
int st_write(const char *path, const struct st_tensor *, int count, const json_t *metadata);

/* The same into an open file. 0, or -1 with err_last(): what is there is then no whole one. */
int st_print(FILE *, const struct st_tensor *, int count, const json_t *metadata);

/* Strict: sizes, types, gaps, overlaps, offsets beyond the end are checked and named. Types other than enum st_type are refused.
 * 0, or -1 with err_last(); the file is then empty and st_release harmless. */
int st_read(const char *path, struct st_file *);

/* As st_read, but only the tensor of that name (one that is not there is an error), without reading the rest's values. */
int st_read_one(const char *path, const char *name, struct st_file *);
void st_release(struct st_file *);
const struct st_tensor *st_find(const struct st_file *, const char *name);

#endif
