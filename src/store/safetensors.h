/* safetensors.h -- float32, int64, uint8 tensors and string metadata in one file, in the format every framework reads. */
#ifndef SAFETENSORS_H
#define SAFETENSORS_H

#include <jansson.h>
#include <stddef.h>

enum st_type { ST_F32, ST_I64, ST_U8, ST_I32 };

struct st_tensor {
	char name[96];
	enum st_type type;
	int rank;
	long dim[8];
	void *data;                      /* writer: the caller's; reader: in the file's buffer */
	size_t bytes;
};

struct st_file {
	struct st_tensor *tensor;
	int count;
	json_t *metadata;                /* object of strings; may be NULL */
	void *buffer;
};

/* Writes PATH by way of a temporary name, fsync and rename. 0, or -1 with err_last(); an older PATH is then untouched. */
int st_write(const char *path, const struct st_tensor *, int count, const json_t *metadata);

/* Strict: sizes, types, overlaps, offsets beyond the end are checked and named. 0 or -1. */
int st_read(const char *path, struct st_file *);
void st_release(struct st_file *);
const struct st_tensor *st_find(const struct st_file *, const char *name);

#endif
