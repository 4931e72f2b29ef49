/*
 * safetensors.c -- 8 bytes little-endian: the header's length; the header, a JSON object of
 *     "name": { "dtype": "F32", "shape": [2, 3], "data_offsets": [begin, end] }   and "__metadata__": { strings };
 * then the values, little-endian, without gap or overlap, offsets counted from the header's end.
 */
#include "src/store/safetensors.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/store/file.h"

/* The values go to and from the file as they stand in memory. */
_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "safetensors files are little-endian");

enum { LENGTH_BYTES = 8, HEADER_MAX = 100000000, ALIGNMENT = 64, RANK_LIMIT = sizeof ((struct st_tensor *)0)->dim / sizeof (long) };

static const struct { const char *name; size_t bytes; } types[ST_TYPES] = {
	[ST_F32] = { "F32", 4 }, [ST_I64] = { "I64", 8 }, [ST_U8] = { "U8", 1 }, [ST_I32] = { "I32", 4 }, [ST_F64] = { "F64", 8 },
};

static const char metadata_key[] = "__metadata__";

size_t st_bytes(const struct st_tensor *t)
{
	size_t bytes = types[t->type].bytes;
	bool overflow = false, empty = false;

	for (int i = 0; i < t->rank; i++) {
		if (t->dim[i] < 0)
			return SIZE_MAX;
		empty |= t->dim[i] == 0;
		overflow |= t->dim[i] && __builtin_mul_overflow(bytes, (size_t)t->dim[i], &bytes);
	}
	return overflow ? SIZE_MAX : empty ? 0 : bytes;
}

/* Writing. */

static json_t *describe(const struct st_tensor *t, size_t begin)
{
	json_t *shape = json_array();

	for (int i = 0; i < t->rank; i++)
		json_array_append_new(shape, json_integer(t->dim[i]));
	return json_pack("{s:s, s:o, s:[I, I]}", "dtype", types[t->type].name, "shape", shape, "data_offsets", (json_int_t)begin,
		(json_int_t)(begin + st_bytes(t)));
}

/* Wide types first: then every tensor begins at a multiple of its own size. Fills `piece` in that order. */
static json_t *make_header(const struct st_tensor *tensor, int count, const json_t *metadata, struct piece *piece)
{
	json_t *header = json_object();
	size_t begin = 0;

	if (metadata)
		json_object_set(header, metadata_key, (json_t *)metadata);
	for (size_t width = 8; width; width /= 2) {
		for (int i = 0; i < count; i++) {
			const struct st_tensor *t = &tensor[i];

			if (types[t->type].bytes != width)
				continue;
			assert(st_bytes(t) != SIZE_MAX && !json_object_get(header, t->name));
			json_object_set_new(header, t->name, describe(t, begin));
			*piece++ = (struct piece){ t->data, st_bytes(t) };
			begin += st_bytes(t);
		}
	}
	return header;
}

/* A file in pieces. */
struct image {
	struct piece *piece;             /* length, header, blanks, then the values */
	int count;
	char *header;
	uint8_t length[LENGTH_BYTES];
};

static void image_release(struct image *im)
{
	free(im->header);
	free(im->piece);
}

/* False: out of memory. */
static bool image_make(struct image *im, const struct st_tensor *tensor, int count, const json_t *metadata)
{
	*im = (struct image){ .piece = calloc((size_t)count + 3, sizeof *im->piece), .count = count + 3 };

	json_t *header = im->piece ? make_header(tensor, count, metadata, im->piece + 3) : NULL;

	im->header = header ? json_dumps(header, JSON_COMPACT) : NULL;
	json_decref(header);
	if (!im->header)
		return false;

	size_t written = strlen(im->header), padded = (written + LENGTH_BYTES - 1) / LENGTH_BYTES * LENGTH_BYTES;

	for (int i = 0; i < LENGTH_BYTES; i++)
		im->length[i] = (uint8_t)(padded >> 8 * i);
	im->piece[0] = (struct piece){ im->length, sizeof im->length };
	im->piece[1] = (struct piece){ im->header, written };
	im->piece[2] = (struct piece){ "        ", padded - written };
	return true;
}

int st_write(const char *path, const struct st_tensor *tensor, int count, const json_t *metadata)
{
	struct image im;
	int rc = image_make(&im, tensor, count, metadata) ? file_replace(path, im.piece, im.count) : err_set("%s: out of memory", path);

	image_release(&im);
	return rc;
}

int st_print(FILE *f, const struct st_tensor *tensor, int count, const json_t *metadata)
{
	struct image im;
	int rc = image_make(&im, tensor, count, metadata) ? 0 : err_set("out of memory");

	for (int i = 0; i < im.count && rc == 0; i++)
		if (fwrite(im.piece[i].data, 1, im.piece[i].bytes, f) != im.piece[i].bytes)
			rc = err_set("%s", strerror(errno));
	image_release(&im);
	return rc;
}

/* Reading. */

struct reader {
	const char *path;
	FILE *f;
	size_t begin, bytes;             /* of the values in the file */
	size_t *offset;                  /* of each tensor within the values */
};

static json_t *read_header(struct reader *r)
{
	struct stat st;
	uint8_t raw[LENGTH_BYTES];
	uint64_t length = 0;
	json_error_t error;
	json_t *header = NULL;

	if (fstat(fileno(r->f), &st) < 0 || !S_ISREG(st.st_mode)) {
		err_set("%s: not a file", r->path);
		return NULL;
	}
	if (fread(raw, 1, sizeof raw, r->f) != sizeof raw) {
		err_set("%s: cut short: %jd bytes cannot hold a safetensors header", r->path, (intmax_t)st.st_size);
		return NULL;
	}
	for (int i = LENGTH_BYTES - 1; i >= 0; i--)
		length = length << 8 | raw[i];
	if (length < 2 || length > HEADER_MAX || length > (uint64_t)st.st_size - LENGTH_BYTES) {
		err_set("%s: cut short or no safetensors file: a header of %" PRIu64 " bytes in a file of %jd", r->path, length,
			(intmax_t)st.st_size);
		return NULL;
	}

	char *text = malloc(length);

	if (!text) {
		err_set("%s: out of memory (%" PRIu64 " bytes)", r->path, length);
		return NULL;
	}
	if (fread(text, 1, length, r->f) != length)
		err_set("%s: %s", r->path, ferror(r->f) ? strerror(errno) : "cut short within its header");
	else if (text[0] != '{')
		err_set("%s: no safetensors file: its header begins with byte %02x, where { would be right", r->path, (uint8_t)text[0]);
	else if (!(header = json_loadb(text, length, JSON_REJECT_DUPLICATES, &error)))
		err_set("%s: damaged header: %s at byte %d", r->path, error.text, LENGTH_BYTES + error.position);
	free(text);
	r->begin = LENGTH_BYTES + length;
	r->bytes = (size_t)st.st_size - r->begin;
	return header;
}

static int read_metadata(struct reader *r, json_t *object, struct st_file *file)
{
	const char *key;
	json_t *value;

	if (!json_is_object(object))
		return err_set("%s: %s: an object would be right", r->path, metadata_key);
	json_object_foreach(object, key, value)
		if (!json_is_string(value))
			return err_set("%s: %s: a value is not a string", r->path, metadata_key);
	file->metadata = json_incref(object);
	return 0;
}

static int read_name(struct reader *r, const char *name, struct st_tensor *t)
{
	for (const char *p = name; *p; p++)
		if ((unsigned char)*p < ' ' || *p == 0x7f)
			return err_set("%s: a tensor's name contains the control character %02x", r->path, (unsigned char)*p);
	if (strlen(name) >= sizeof t->name)
		return err_set("%s: tensor %.40s…: its name has more than %zu bytes", r->path, name, sizeof t->name - 1);
	strcpy(t->name, name);
	return 0;
}

static int read_type(struct reader *r, const json_t *dtype, struct st_tensor *t)
{
	const char *name = json_string_value(dtype);

	for (int i = 0; name && i < ST_TYPES; i++) {
		if (strcmp(name, types[i].name) == 0) {
			t->type = (enum st_type)i;
			return 0;
		}
	}
	return err_set("%s: tensor %s: type %.8s, where F32, F64, I64, I32 or U8 would be right", r->path, t->name, name ? name : "missing");
}

static int read_shape(struct reader *r, const json_t *shape, struct st_tensor *t)
{
	if (!json_is_array(shape) || json_array_size(shape) > RANK_LIMIT)
		return err_set("%s: tensor %s: shape: an array of at most %d numbers would be right", r->path, t->name, (int)RANK_LIMIT);
	t->rank = (int)json_array_size(shape);
	for (int i = 0; i < t->rank; i++) {
		const json_t *dim = json_array_get(shape, (size_t)i);

		if (!json_is_integer(dim) || json_integer_value(dim) < 0)
			return err_set("%s: tensor %s: shape: number %d is not a size", r->path, t->name, i + 1);
		t->dim[i] = (long)json_integer_value(dim);
	}
	t->bytes = st_bytes(t);
	return t->bytes == SIZE_MAX ? err_set("%s: tensor %s: its shape is too large for any file", r->path, t->name) : 0;
}

static int read_offsets(struct reader *r, const json_t *pair, struct st_tensor *t, size_t *offset)
{
	json_int_t begin, end;

	if (!json_is_array(pair) || json_array_size(pair) != 2 || !json_is_integer(json_array_get(pair, 0)) ||
	    !json_is_integer(json_array_get(pair, 1)))
		return err_set("%s: tensor %s: data_offsets: two numbers would be right", r->path, t->name);
	begin = json_integer_value(json_array_get(pair, 0));
	end = json_integer_value(json_array_get(pair, 1));
	if (begin < 0 || end < begin)
		return err_set("%s: tensor %s: data_offsets [%" JSON_INTEGER_FORMAT ", %" JSON_INTEGER_FORMAT "] are out of order", r->path,
			t->name, begin, end);
	if ((uintmax_t)end > r->bytes)
		return err_set("%s: cut short: tensor %s ends at byte %" JSON_INTEGER_FORMAT " of the values, the file has %zu", r->path,
			t->name, end, r->bytes);
	if ((uintmax_t)(end - begin) != t->bytes)
		return err_set("%s: tensor %s: data_offsets span %" JSON_INTEGER_FORMAT " bytes, its type and shape %zu", r->path, t->name,
			end - begin, t->bytes);
	if ((size_t)begin % types[t->type].bytes)
		return err_set("%s: tensor %s: begins at byte %" JSON_INTEGER_FORMAT " of the values, a multiple of %zu would be right",
			r->path, t->name, begin, types[t->type].bytes);
	*offset = (size_t)begin;
	return 0;
}

static int read_description(struct reader *r, const char *name, const json_t *object, struct st_tensor *t, size_t *offset)
{
	if (read_name(r, name, t) < 0)
		return -1;
	if (json_object_size(object) != 3)
		return err_set("%s: tensor %s: an object of dtype, shape and data_offsets would be right", r->path, t->name);
	if (read_type(r, json_object_get(object, "dtype"), t) < 0 || read_shape(r, json_object_get(object, "shape"), t) < 0)
		return -1;
	return read_offsets(r, json_object_get(object, "data_offsets"), t, offset);
}

struct span {
	size_t begin, end;
	const char *name;
};

static int compare_spans(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	return x->begin != y->begin ? (x->begin < y->begin ? -1 : 1) : (x->end > y->end) - (x->end < y->end);
}

/* Every byte of the values belongs to exactly one tensor. */
static int check_spans(struct reader *r, const struct st_file *file)
{
	struct span *span = malloc(((size_t)file->count + 1) * sizeof *span);
	size_t end = 0;
	int rc = 0;

	if (!span)
		return err_set("%s: out of memory", r->path);
	for (int i = 0; i < file->count; i++)
		span[i] = (struct span){ r->offset[i], r->offset[i] + file->tensor[i].bytes, file->tensor[i].name };
	qsort(span, (size_t)file->count, sizeof *span, compare_spans);
	span[file->count] = (struct span){ r->bytes, r->bytes, "the end" };
	for (int i = 0; i <= file->count && rc == 0; i++) {
		if (span[i].begin != end)
			rc = err_set("%s: %zu bytes of the values %s before %s", r->path,
				span[i].begin > end ? span[i].begin - end : end - span[i].begin,
				span[i].begin > end ? "belong to no tensor" : "belong to two tensors", span[i].name);
		end = span[i].end;
	}
	free(span);
	return rc;
}

static int read_table(struct reader *r, struct st_file *file)
{
	json_t *header = read_header(r), *value;
	const char *key;
	int rc = -1;

	if (!header)
		return -1;
	file->tensor = calloc(json_object_size(header) + 1, sizeof *file->tensor);
	r->offset = calloc(json_object_size(header) + 1, sizeof *r->offset);
	if (!file->tensor || !r->offset) {
		err_set("%s: out of memory", r->path);
		goto out;
	}
	json_object_foreach(header, key, value) {
		int failed = strcmp(key, metadata_key) == 0 ? read_metadata(r, value, file) :
			read_description(r, key, value, &file->tensor[file->count], &r->offset[file->count]);

		if (failed)
			goto out;
		file->count += strcmp(key, metadata_key) != 0;
	}
	rc = check_spans(r, file);
out:
	json_decref(header);
	return rc;
}

static int read_values(struct reader *r, struct st_file *file, size_t from, size_t bytes)
{
	file->buffer = aligned_alloc(ALIGNMENT, (bytes / ALIGNMENT + 1) * ALIGNMENT);
	if (!file->buffer)
		return err_set("%s: out of memory (%zu bytes)", r->path, bytes);
	if (fseeko(r->f, (off_t)(r->begin + from), SEEK_SET) < 0)
		return err_set("%s: %s", r->path, strerror(errno));
	if (fread(file->buffer, 1, bytes, r->f) != bytes)
		return err_set("%s: %s", r->path, ferror(r->f) ? strerror(errno) : "cut short while it was read");
	return 0;
}

static int read_all(struct reader *r, struct st_file *file)
{
	if (read_values(r, file, 0, r->bytes) < 0)
		return -1;
	for (int i = 0; i < file->count; i++)
		file->tensor[i].data = (char *)file->buffer + r->offset[i];
	return 0;
}

static int read_one(struct reader *r, struct st_file *file, const char *name)
{
	const struct st_tensor *t = st_find(file, name);

	if (!t)
		return err_set("%s: has no tensor %s", r->path, name);
	if (read_values(r, file, r->offset[t - file->tensor], t->bytes) < 0)
		return -1;
	file->tensor[0] = *t;
	file->tensor[0].data = file->buffer;
	file->count = 1;
	return 0;
}

/* `name` NULL: all of them. */
static int read_file(const char *path, const char *name, struct st_file *file)
{
	struct reader r = { .path = path, .f = fopen(path, "rb") };
	int rc = -1;

	*file = (struct st_file){ 0 };
	if (!r.f)
		return err_set("%s: %s", path, strerror(errno));
	if (read_table(&r, file) == 0)
		rc = name ? read_one(&r, file, name) : read_all(&r, file);
	free(r.offset);
	fclose(r.f);
	if (rc < 0)
		st_release(file);
	return rc;
}

int st_read(const char *path, struct st_file *file)
{
	return read_file(path, NULL, file);
}

int st_read_one(const char *path, const char *name, struct st_file *file)
{
	return read_file(path, name, file);
}

void st_release(struct st_file *file)
{
	free(file->tensor);
	free(file->buffer);
	json_decref(file->metadata);
	*file = (struct st_file){ 0 };
}

const struct st_tensor *st_find(const struct st_file *file, const char *name)
{
	for (int i = 0; i < file->count; i++)
		if (strcmp(file->tensor[i].name, name) == 0)
			return &file->tensor[i];
	return NULL;
}
