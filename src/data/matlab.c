/*
 * matlab.c -- numeric arrays of MATLAB files. After a header of 128 bytes a file is a row of elements: a tag (type, bytes) and data. One of type
 * compressed holds another in a stream of zlib. An array is an element of elements: flags with its class, dimensions, name, values.
 */
#include "src/data/matlab.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "src/base/err.h"

enum { HEADER_BYTES = 128, DEFLATE_EXPANSION_MAX = 1032, AT_ONCE = 1 << 24, FLAG_COMPLEX = 0x0800 };

enum type { INT8 = 1, UINT8, INT16, UINT16, INT32, UINT32, SINGLE = 7, DOUBLE = 9, INT64 = 12, UINT64, MATRIX, COMPRESSED };
static const struct { uint8_t bytes; bool is_signed; } types[] = {
	[INT8] = { 1, true }, [UINT8] = { 1, false }, [INT16] = { 2, true }, [UINT16] = { 2, false }, [INT32] = { 4, true }, [UINT32] = { 4, false },
	[SINGLE] = { 4, true }, [DOUBLE] = { 8, true }, [INT64] = { 8, true }, [UINT64] = { 8, false },
};

/* Classes of arrays of numbers: double, single, and whole ones of 8 to 64 bits. */
enum { CLASS_FIRST = 6, CLASS_LAST = 15 };

struct matlab {
	const char *path;
	const uint8_t *begin, *at, *end; /* of the file; `at` is behind what is being read */
	/* The element that is being read: either raw bytes or what a stream makes of them. */
	const uint8_t *from, *from_end;
	bool packed;
	z_stream stream;
	uint64_t room;                   /* bytes that it can have, of those not read yet */
	uint8_t held[4];                 /* values that stood in their tag */
	bool holds;
};

static int damaged(const struct matlab *m, const char *what)
{
	return err_set("%s: damaged MATLAB file (%s, before byte %td); get the file again", m->path, what, m->from - m->begin);
}

static uint32_t get32(const uint8_t *p)
{
	return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

struct matlab *matlab_open(const char *path, struct memory *memory)
{
	size_t bytes;
	const uint8_t *at = memory_map(memory, path, &bytes);
	struct matlab *m;

	if (!at)
		return NULL;
	if (bytes >= HEADER_BYTES && memcmp(at, "MATLAB 7.3", 10) == 0) {
		err_set("%s: a file of MATLAB 7.3, where version 5 to 7 would be right (save -v7)", path);
		return NULL;
	}
	if (bytes < HEADER_BYTES || memcmp(at + 124, "\0\1IM", 4) != 0) {
		err_set("%s: not a MATLAB file of version 5 to 7, little-endian", path);
		return NULL;
	}
	m = calloc(1, sizeof *m);
	if (!m) {
		err_set("out of memory");
		return NULL;
	}
	*m = (struct matlab){ .path = path, .begin = at, .at = at + HEADER_BYTES, .end = at + bytes };
	return m;
}

static void end_element(struct matlab *m)
{
	if (m->packed)
		inflateEnd(&m->stream);
	m->packed = false;
	m->room = 0;
}

void matlab_close(struct matlab *m)
{
	if (m)
		end_element(m);
	free(m);
}

/* ---- bytes of an element ---- */

static int inflate_some(struct matlab *m, uint8_t *to, size_t bytes)
{
	z_stream *s = &m->stream;
	int code = Z_OK;

	s->next_out = to;
	s->avail_out = (uInt)bytes;
	while (s->avail_out && code == Z_OK) {
		size_t left = (size_t)(m->from_end - m->from);

		s->next_in = (z_const Bytef *)m->from;
		s->avail_in = (uInt)(left < AT_ONCE ? left : AT_ONCE);
		code = inflate(s, Z_NO_FLUSH);
		m->from = s->next_in;
	}
	return s->avail_out ? damaged(m, "a compressed element") : 0;
}

/* NULL: passes over them. */
static int get(struct matlab *m, void *to, uint64_t bytes)
{
	uint8_t passed[4096];

	if (bytes > m->room)
		return damaged(m, "an element that ends too early");
	m->room -= bytes;
	for (uint64_t done = 0, n; done < bytes; done += n) {
		uint64_t most = !m->packed ? bytes : to ? AT_ONCE : sizeof passed;
		uint8_t *place = to ? (uint8_t *)to + done : passed;

		n = bytes - done < most ? bytes - done : most;
		if (watch_say((int64_t)done, (int64_t)bytes, "reading %s", m->path) < 0)
			return -1;
		if (m->packed) {
			if (inflate_some(m, place, (size_t)n) < 0)
				return -1;
		} else {
			if (to)
				memcpy(place, m->from, (size_t)n);
			m->from += n;
		}
	}
	return 0;
}

/* A tag within an array; short data stands in the tag itself. `padding` follows the data. */
struct tag {
	uint32_t type;
	uint32_t bytes, padding;
	uint8_t data[4];
	bool small;
};

static int get_tag(struct matlab *m, struct tag *t)
{
	uint8_t raw[8];

	if (get(m, raw, 8) < 0)
		return -1;
	*t = (struct tag){ .type = get32(raw), .bytes = get32(raw + 4) };
	if (t->type >> 16) {
		t->small = true;
		t->bytes = t->type >> 16;
		t->type &= 0xffff;
		memcpy(t->data, raw + 4, 4);
		if (t->bytes > 4)
			return damaged(m, "a tag");
	} else {
		t->padding = (8 - t->bytes % 8) % 8;
	}
	return 0;
}

/* The data of a tag into `to`, its padding passed over. */
static int get_data(struct matlab *m, const struct tag *t, void *to)
{
	if (t->small) {
		memcpy(to, t->data, t->bytes);
		return 0;
	}
	return get(m, to, t->bytes) < 0 ? -1 : get(m, NULL, t->padding < m->room ? t->padding : m->room);
}

/* ---- arrays ---- */

static int get_dimensions(struct matlab *m, struct matlab_array *a, size_t type_bytes_max)
{
	uint8_t raw[4 * MATLAB_RANK_MAX];
	struct tag t;

	if (get_tag(m, &t) < 0)
		return -1;
	if (t.type != INT32 || t.bytes % 4 || t.bytes < 8 || t.bytes > sizeof raw)
		return damaged(m, "the dimensions of an array: 2 to 4 are read");
	if (get_data(m, &t, raw) < 0)
		return -1;
	a->rank = (int)t.bytes / 4;
	a->count = 1;
	for (int i = 0; i < a->rank; i++) {
		uint32_t n = get32(raw + 4 * i);

		if (n > INT32_MAX || (n && a->count > SIZE_MAX / 2 / type_bytes_max / n))
			return damaged(m, "the dimensions of an array");
		a->dim[i] = (int)n;
		a->count *= n;
	}
	return 0;
}

static int get_name(struct matlab *m, struct matlab_array *a)
{
	struct tag t;

	if (get_tag(m, &t) < 0)
		return -1;
	if (t.type != INT8 || t.bytes >= sizeof a->name)
		return damaged(m, "the name of an array");
	memset(a->name, 0, sizeof a->name);
	return get_data(m, &t, a->name);
}

static int get_values_tag(struct matlab *m, struct matlab_array *a)
{
	struct tag t;

	if (get_tag(m, &t) < 0)
		return -1;
	if (t.type >= sizeof types / sizeof *types || !types[t.type].bytes)
		return damaged(m, "the type of values");
	if (t.bytes != a->count * types[t.type].bytes)
		return err_set("%s: %s has %" PRIu32 " bytes of values, where %zu would be right by its dimensions; get the file again", m->path, a->name,
			t.bytes, a->count * types[t.type].bytes);
	a->type = (int)t.type;
	m->holds = t.small;
	memcpy(m->held, t.data, sizeof m->held);
	return t.small || t.bytes <= m->room ? 0 : damaged(m, "values that end too early");
}

/* 1 an array of numbers, its values next; 0 something else. */
static int get_array(struct matlab *m, struct matlab_array *a)
{
	uint8_t flags[8];
	struct tag t;

	if (get_tag(m, &t) < 0)
		return -1;
	if (t.type != UINT32 || t.bytes != 8 || t.small)
		return damaged(m, "the flags of an array");
	if (get_data(m, &t, flags) < 0)
		return -1;
	if (flags[0] < CLASS_FIRST || flags[0] > CLASS_LAST || get32(flags) & FLAG_COMPLEX)
		return 0;
	return get_dimensions(m, a, 8) < 0 || get_name(m, a) < 0 || get_values_tag(m, a) < 0 ? -1 : 1;
}

/* The next element of the file: what it holds is then ready to be read. Its type, 0 at the end, -1. */
static int next_element(struct matlab *m)
{
	uint32_t type, bytes;

	end_element(m);
	m->from = m->at;
	if (m->end - m->at < 8)
		return m->at == m->end ? 0 : damaged(m, "cut short");
	type = get32(m->at);
	bytes = get32(m->at + 4);
	if (type >> 16)
		return damaged(m, "the tag of an element");
	if (bytes > (size_t)(m->end - m->at - 8))
		return damaged(m, "cut short: an element is larger than the rest of the file");
	m->from = m->at + 8;
	m->from_end = m->from + bytes;
	m->at = m->from_end;
	m->room = bytes;
	if (type != COMPRESSED)
		return type == MATRIX ? MATRIX : INT8;       /* anything else is passed over */

	struct tag t;

	m->stream = (z_stream){ 0 };
	if (inflateInit(&m->stream) != Z_OK)
		return err_set("out of memory");
	m->packed = true;
	m->room = 8;
	if (get_tag(m, &t) < 0)
		return -1;
	if (t.bytes / DEFLATE_EXPANSION_MAX > bytes)
		return err_set("%s: an element promises %" PRIu32 " bytes, its %" PRIu32 " packed bytes cannot hold them; get the file again", m->path,
			t.bytes, bytes);
	m->room = t.bytes;
	return t.type == MATRIX ? MATRIX : INT8;
}

int matlab_next(struct matlab *m, struct matlab_array *a)
{
	int type, found = 0;

	while (found == 0 && (type = next_element(m)) > 0) {
		*a = (struct matlab_array){ 0 };
		if (type == MATRIX)
			found = get_array(m, a);
	}
	return found ? found : type;
}

/* ---- values ---- */

/* Bytes `done` and on of the values. */
static int get_values(struct matlab *m, void *to, size_t done, size_t bytes)
{
	if (!m->holds)
		return get(m, to, bytes);
	memcpy(to, m->held + done, bytes);
	return 0;
}

/* Whatever follows an array's last value must be sound as well: the checksum of its stream. */
static int check_end(struct matlab *m)
{
	uint8_t more;

	if (!m->packed)
		return 0;
	if (m->room && get(m, NULL, m->room) < 0)
		return -1;
	m->stream.next_in = (z_const Bytef *)m->from;
	m->stream.avail_in = (uInt)(m->from_end - m->from < AT_ONCE ? m->from_end - m->from : AT_ONCE);
	m->stream.next_out = &more;
	m->stream.avail_out = 1;
	return inflate(&m->stream, Z_NO_FLUSH) == Z_STREAM_END && m->stream.avail_out == 1 ? 0 : damaged(m, "the checksum of a compressed element");
}

int matlab_read_bytes(struct matlab *m, const struct matlab_array *a, uint8_t *to)
{
	if (a->type != UINT8)
		return err_set("%s: %s has values of type %d, where unsigned bytes (2) would be right", m->path, a->name, a->type);
	return get_values(m, to, 0, a->count) < 0 ? -1 : check_end(m);
}

static int decode(const struct matlab *m, const struct matlab_array *a, const uint8_t *p, int64_t *to)
{
	int bytes = types[a->type].bytes;
	uint64_t raw = 0;
	double x;
	float single;

	for (int i = 0; i < bytes; i++)
		raw |= (uint64_t)p[i] << 8 * i;
	if (a->type != SINGLE && a->type != DOUBLE) {
		if (types[a->type].is_signed && bytes < 8 && raw >> (8 * bytes - 1))
			raw |= UINT64_MAX << 8 * bytes;
		*to = (int64_t)raw;
		return 0;
	}
	memcpy(&single, p, sizeof single);
	if (a->type == DOUBLE)
		memcpy(&x, &raw, sizeof x);
	else
		x = single;
	if (!(x >= -1e15 && x <= 1e15) || (double)(int64_t)x != x)
		return err_set("%s: %s holds %g, where a whole number would be right", m->path, a->name, x);
	*to = (int64_t)x;
	return 0;
}

int matlab_read_numbers(struct matlab *m, const struct matlab_array *a, int64_t *to)
{
	uint8_t raw[8];

	for (size_t i = 0; i < a->count; i++)
		if (get_values(m, raw, i * types[a->type].bytes, types[a->type].bytes) < 0 || decode(m, a, raw, &to[i]) < 0)
			return -1;
	return check_end(m);
}
