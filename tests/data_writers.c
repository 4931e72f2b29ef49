/* data_writers.c -- the official formats, written by tests. */
#include "tests/data_writers.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

void buffer_put(struct buffer *b, const void *data, size_t bytes)
{
	if (b->size + bytes > b->room) {
		b->room = 2 * (b->size + bytes);
		b->data = realloc(b->data, b->room);
		if (!b->data)
			abort();
	}
	if (bytes)
		memcpy(b->data + b->size, data, bytes);
	b->size += bytes;
}

void buffer_put_little(struct buffer *b, uint64_t number, int bytes)
{
	for (int i = 0; i < bytes; i++)
		buffer_put(b, &(uint8_t){ i < 8 ? (uint8_t)(number >> 8 * i) : 0 }, 1);
}

void buffer_release(struct buffer *b)
{
	free(b->data);
	*b = (struct buffer){ 0 };
}

/* ---- NumPy ---- */

void npy_put(struct buffer *b, const char *descr, const char *shape, const void *values, size_t bytes)
{
	char header[256];
	int n = snprintf(header, sizeof header, "{'descr': '%s', 'fortran_order': False, 'shape': %s, }", descr, shape);

	while ((10 + n + 1) % 64)
		header[n++] = ' ';
	header[n++] = '\n';
	buffer_put(b, "\x93NUMPY\1\0", 8);
	buffer_put_little(b, (uint64_t)n, 2);
	buffer_put(b, header, (size_t)n);
	buffer_put(b, values, bytes);
}

/* ---- ZIP ---- */

/* Raw deflate, as archives have it. */
static void put_deflated(struct buffer *b, const struct buffer *content, int window)
{
	z_stream s = { 0 };
	size_t room = compressBound(content->size) + 64;
	uint8_t *packed = malloc(room);

	if (!packed || deflateInit2(&s, 9, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		abort();
	s.next_in = content->data;
	s.avail_in = (uInt)content->size;
	s.next_out = packed;
	s.avail_out = (uInt)room;
	if (deflate(&s, Z_FINISH) != Z_STREAM_END)
		abort();
	buffer_put(b, packed, s.total_out);
	deflateEnd(&s);
	free(packed);
}

struct place {
	size_t local, packed;
};

static void put_sizes(struct buffer *b, const struct zip_file *f, size_t packed)
{
	buffer_put_little(b, crc32(0, f->content.data, (uInt)f->content.size), 4);
	buffer_put_little(b, f->wide ? UINT32_MAX : packed, 4);
	buffer_put_little(b, f->wide ? UINT32_MAX : f->content.size, 4);
	buffer_put_little(b, strlen(f->name), 2);
}

static struct place put_member(struct buffer *b, const struct zip_file *f)
{
	struct buffer packed = { 0 };
	struct place p = { .local = b->size };

	if (f->deflated)
		put_deflated(&packed, &f->content, -MAX_WBITS);
	else
		buffer_put(&packed, f->content.data, f->content.size);
	p.packed = packed.size;
	buffer_put(b, "PK\3\4\24\0\0\0", 8);
	buffer_put_little(b, f->deflated ? 8 : 0, 2);
	buffer_put_little(b, 0, 4);
	put_sizes(b, f, packed.size);
	buffer_put_little(b, f->wide ? 20 : 0, 2);
	buffer_put(b, f->name, strlen(f->name));
	if (f->wide) {
		buffer_put(b, "\1\0\20\0", 4);
		buffer_put_little(b, f->content.size, 8);
		buffer_put_little(b, packed.size, 8);
	}
	buffer_put(b, packed.data, packed.size);
	buffer_release(&packed);
	return p;
}

static void put_entry(struct buffer *b, const struct zip_file *f, struct place p)
{
	buffer_put(b, "PK\1\2\24\0\24\0\0\0", 10);
	buffer_put_little(b, f->deflated ? 8 : 0, 2);
	buffer_put_little(b, 0, 4);
	put_sizes(b, f, p.packed);
	buffer_put_little(b, f->wide ? 9 + 28 : 0, 2);
	buffer_put_little(b, 0, 2 + 2 + 2 + 4);
	buffer_put_little(b, f->wide ? UINT32_MAX : p.local, 4);
	buffer_put(b, f->name, strlen(f->name));
	if (f->wide) {
		buffer_put(b, "\x55\x54\5\0abcde\1\0\30\0", 13);             /* another field before it */
		buffer_put_little(b, f->content.size, 8);
		buffer_put_little(b, p.packed, 8);
		buffer_put_little(b, p.local, 8);
	}
}

static void put_end64(struct buffer *b, size_t directory, int count)
{
	size_t at = b->size;

	buffer_put(b, "PK\6\6", 4);
	buffer_put_little(b, 44, 8);
	buffer_put_little(b, 0, 2 + 2 + 4 + 4);
	buffer_put_little(b, (uint64_t)count, 8);
	buffer_put_little(b, (uint64_t)count, 8);
	buffer_put_little(b, at - directory, 8);
	buffer_put_little(b, directory, 8);
	buffer_put(b, "PK\6\7", 4);
	buffer_put_little(b, 0, 4);
	buffer_put_little(b, at, 8);
	buffer_put_little(b, 1, 4);
}

void zip_put(struct buffer *b, const struct zip_file *f, int count, bool wide, const char *comment)
{
	struct place place[16];
	size_t directory, end;

	for (int i = 0; i < count; i++)
		place[i] = put_member(b, &f[i]);
	directory = b->size;
	for (int i = 0; i < count; i++)
		put_entry(b, &f[i], place[i]);
	end = b->size;
	if (wide)
		put_end64(b, directory, count);
	buffer_put(b, "PK\5\6", 4);
	buffer_put_little(b, 0, 4);
	buffer_put_little(b, wide ? 0xffff : (uint64_t)count, 2);
	buffer_put_little(b, wide ? 0xffff : (uint64_t)count, 2);
	buffer_put_little(b, end - directory, 4);
	buffer_put_little(b, wide ? UINT32_MAX : directory, 4);
	buffer_put_little(b, strlen(comment), 2);
	buffer_put(b, comment, strlen(comment));
}

/* ---- MATLAB ---- */

void matlab_put_header(struct buffer *b)
{
	char text[116];

	memset(text, ' ', sizeof text);
	memcpy(text, "MATLAB 5.0 MAT-file", 19);
	buffer_put(b, text, sizeof text);
	buffer_put_little(b, 0, 8);
	buffer_put(b, "\0\1IM", 4);
}

/* Short data stands in the tag, other data is filled up to whole words. */
static void put_element(struct buffer *b, int type, const void *data, size_t bytes)
{
	if (bytes && bytes <= 4) {
		buffer_put_little(b, (uint64_t)type, 2);
		buffer_put_little(b, bytes, 2);
		buffer_put(b, data, bytes);
		buffer_put_little(b, 0, 4 - (int)bytes);
		return;
	}
	buffer_put_little(b, (uint64_t)type, 4);
	buffer_put_little(b, bytes, 4);
	buffer_put(b, data, bytes);
	buffer_put_little(b, 0, (int)((8 - bytes % 8) % 8));
}

void matlab_put_array(struct buffer *b, const char *name, int class, int type, const int *dim, int rank, const void *values, size_t bytes,
	bool compressed)
{
	struct buffer array = { 0 }, element = { 0 }, packed = { 0 };

	put_element(&array, 6, (uint8_t[8]){ (uint8_t)class }, 8);
	put_element(&array, 5, dim, (size_t)rank * 4);
	put_element(&array, 1, name, strlen(name));
	put_element(&array, type, values, bytes);
	put_element(&element, 14, array.data, array.size);
	if (compressed) {
		put_deflated(&packed, &element, MAX_WBITS);
		buffer_put_little(b, 15, 4);
		buffer_put_little(b, packed.size, 4);
		buffer_put(b, packed.data, packed.size);
	} else {
		buffer_put(b, element.data, element.size);
	}
	buffer_release(&array);
	buffer_release(&element);
	buffer_release(&packed);
}
