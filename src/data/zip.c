/* zip.c -- what is needed of ZIP archives. */
#include "src/data/zip.h"

#include <stdio.h>
#include <string.h>

#include "src/base/err.h"
#include "src/data/format.h"

enum { END_BYTES = 22, END64_BYTES = 56, LOCATOR_BYTES = 20, ENTRY_BYTES = 46, LOCAL_BYTES = 30, COMMENT_MAX = 65535, EXTRA_ZIP64 = 1,
	FLAG_ENCRYPTED = 1, METHOD_STORED = 0, METHOD_DEFLATED = 8, DEFLATE_EXPANSION_MAX = 1032, AT_ONCE = 1 << 24, LISTED_TEXT = 256, NO_END = -1 };
enum { SIGNATURE_LOCAL = 0x04034b50, SIGNATURE_ENTRY = 0x02014b50, SIGNATURE_END = 0x06054b50, SIGNATURE_END64 = 0x06064b50,
	SIGNATURE_LOCATOR = 0x07064b50 };

static uint16_t get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
	return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
	return get32(p) | (uint64_t)get32(p + 4) << 32;
}

/* Whether `bytes` bytes stand there. */
static bool within(const struct zip *z, uint64_t at, uint64_t bytes)
{
	return at <= z->size && bytes <= z->size - at;
}

static int damaged(const struct zip *z, const char *what)
{
	return err_set("%s: damaged ZIP archive (%s); get the file again", z->path, what);
}

/* Where the record at the archive's end begins; it ends with a comment, usually empty. NO_END: there is none. */
static int64_t find_end(const struct zip *z)
{
	size_t last = z->size - END_BYTES, first = last > COMMENT_MAX ? last - COMMENT_MAX : 0;

	for (size_t at = last + 1; at-- > first;)
		if (get32(z->bytes + at) == SIGNATURE_END && at + END_BYTES + get16(z->bytes + at + 20) == z->size)
			return (int64_t)at;
	return NO_END;
}

/* Beyond 64 Ki members or 4 GiB another record has the numbers; a locator before the end tells where. */
static int read_end64(struct zip *z, size_t end)
{
	const uint8_t *locator = end >= LOCATOR_BYTES ? z->bytes + end - LOCATOR_BYTES : NULL;
	uint64_t at;

	if (!locator || get32(locator) != SIGNATURE_LOCATOR)
		return 0;
	at = get64(locator + 8);
	if (!within(z, at, END64_BYTES) || get32(z->bytes + at) != SIGNATURE_END64)
		return damaged(z, "its end");
	z->entries = get64(z->bytes + at + 32);
	z->directory = get64(z->bytes + at + 48);
	return 0;
}

int zip_open(struct zip *z, const char *path, const uint8_t *bytes, size_t size)
{
	int64_t end;

	*z = (struct zip){ .path = path, .bytes = bytes, .size = size };
	if (size < 4 || (get32(bytes) != SIGNATURE_LOCAL && get32(bytes) != SIGNATURE_END))
		return err_set("%s: not a ZIP archive, which .npz files are: its first bytes are those of something else", path);
	end = size >= END_BYTES ? find_end(z) : NO_END;
	if (end == NO_END)
		return err_set("%s: cut short: the end of the ZIP archive is missing; get the file again", path);
	z->entries = get16(bytes + end + 10);
	z->directory = get32(bytes + end + 16);
	if (read_end64(z, (size_t)end) < 0)
		return -1;
	/* Each entry takes its bytes: a number that cannot be would only make a loop long. */
	return within(z, z->directory, 0) && z->entries <= (z->size - z->directory) / ENTRY_BYTES ? 0 : damaged(z, "its directory");
}

/* ---- members ---- */

struct entry {
	const uint8_t *at;
	const char *name;
	size_t name_length, bytes;       /* bytes: of the entry as a whole */
};

static int read_entry(const struct zip *z, uint64_t at, struct entry *e)
{
	if (!within(z, at, ENTRY_BYTES) || get32(z->bytes + at) != SIGNATURE_ENTRY)
		return damaged(z, "its directory");
	e->at = z->bytes + at;
	e->name = (const char *)e->at + ENTRY_BYTES;
	e->name_length = get16(e->at + 28);
	e->bytes = ENTRY_BYTES + e->name_length + get16(e->at + 30) + get16(e->at + 32);
	return within(z, at, e->bytes) ? 0 : damaged(z, "its directory");
}

/* Numbers of 32 bits that are all ones stand in an extra field, with 64 bits, in this order. */
static int read_sizes(const struct zip *z, const struct entry *e, uint64_t *bytes, uint64_t *packed, uint64_t *local)
{
	uint64_t *const number[] = { bytes, packed, local };
	const uint8_t *p = e->at + ENTRY_BYTES + e->name_length, *end = p + get16(e->at + 30);

	*bytes = get32(e->at + 24);
	*packed = get32(e->at + 20);
	*local = get32(e->at + 42);
	for (; end - p >= 4 && end - p - 4 >= get16(p + 2); p += 4 + get16(p + 2)) {
		const uint8_t *field = p + 4, *field_end = field + get16(p + 2);

		if (get16(p) != EXTRA_ZIP64)
			continue;
		for (int i = 0; i < 3; i++) {
			if (*number[i] != UINT32_MAX)
				continue;
			if (field_end - field < 8)
				return damaged(z, "sizes of a member");
			*number[i] = get64(field);
			field += 8;
		}
		return 0;
	}
	return 0;
}

static int start(struct zip_member *m)
{
	m->done = 0;
	m->crc_so_far = 0;
	m->stream = (z_stream){ 0 };
	/* Negative: without the header and checksum of zlib. */
	return !m->deflated || inflateInit2(&m->stream, -MAX_WBITS) == Z_OK ? 0 : err_set("%s: out of memory", m->zip->path);
}

static int take(const struct zip *z, const struct entry *e, struct zip_member *m)
{
	int flags = get16(e->at + 8), method = get16(e->at + 10);
	uint64_t local;

	if (flags & FLAG_ENCRYPTED || (method != METHOD_STORED && method != METHOD_DEFLATED))
		return err_set("%s: %s is %s, where stored or deflated would be right", z->path, m->name, flags & FLAG_ENCRYPTED ? "encrypted" :
			"packed in another way");
	m->zip = z;
	m->deflated = method == METHOD_DEFLATED;
	m->crc = get32(e->at + 16);
	if (read_sizes(z, e, &m->bytes, &m->packed, &local) < 0)
		return -1;
	if (!within(z, local, LOCAL_BYTES) || get32(z->bytes + local) != SIGNATURE_LOCAL)
		return damaged(z, m->name);
	local += LOCAL_BYTES + (uint64_t)get16(z->bytes + local + 26) + get16(z->bytes + local + 28);
	if (!within(z, local, m->packed) || (!m->deflated && m->packed != m->bytes))
		return damaged(z, m->name);
	if (m->deflated && m->bytes / DEFLATE_EXPANSION_MAX > m->packed)
		return err_set("%s: %s promises %llu bytes, its %llu packed bytes cannot hold them; get the file again", z->path, m->name,
			(unsigned long long)m->bytes, (unsigned long long)m->packed);
	m->data = z->bytes + local;
	return start(m);
}

static void list(char text[LISTED_TEXT], const struct entry *e)
{
	size_t n = strlen(text);

	snprintf(text + n, LISTED_TEXT - n, "%s%.*s", n ? ", " : "", (int)(e->name_length < 64 ? e->name_length : 64), e->name);
}

int zip_find(const struct zip *z, const char *name, struct zip_member *m)
{
	char there[LISTED_TEXT] = "";
	uint64_t at = z->directory;
	struct entry e = { 0 };

	*m = (struct zip_member){ 0 };
	snprintf(m->name, sizeof m->name, "%s", name);
	for (uint64_t i = 0; i < z->entries; i++, at += e.bytes) {
		if (read_entry(z, at, &e) < 0)
			return -1;
		if (e.name_length == strlen(name) && memcmp(e.name, name, e.name_length) == 0)
			return take(z, &e, m);
		list(there, &e);
	}
	return err_set("%s: has no %s; there %s %s", z->path, name, z->entries == 1 ? "is" : "are", *there ? there : "none");
}

void zip_close(struct zip_member *m)
{
	if (m->deflated && m->zip)
		inflateEnd(&m->stream);
	m->zip = NULL;
}

/* ---- bytes ---- */

static int inflate_some(struct zip_member *m, uint8_t *to, size_t bytes)
{
	z_stream *s = &m->stream;
	size_t fed = (size_t)(s->next_in ? s->next_in - m->data : 0);
	int code = Z_OK;

	s->next_in = (z_const Bytef *)m->data + fed;
	s->next_out = to;
	s->avail_out = (uInt)bytes;
	while (s->avail_out && code == Z_OK) {
		uint64_t left = m->packed - (uint64_t)(s->next_in - m->data);

		s->avail_in = (uInt)(left < AT_ONCE ? left : AT_ONCE);
		code = inflate(s, Z_NO_FLUSH);
	}
	return s->avail_out ? err_set("%s: damaged ZIP archive (%s, byte %llu of %llu); get the file again", m->zip->path, m->name,
		(unsigned long long)(m->done + bytes - s->avail_out), (unsigned long long)m->bytes) : 0;
}

static int read_some(struct zip_member *m, uint8_t *to, size_t bytes)
{
	if (!m->deflated)
		memcpy(to, m->data + m->done, bytes);
	else if (inflate_some(m, to, bytes) < 0)
		return -1;
	m->crc_so_far = (uint32_t)crc32_z(m->crc_so_far, to, bytes);
	m->done += bytes;
	return 0;
}

int zip_read(struct zip_member *m, void *to, size_t bytes)
{
	uint8_t passed[4096];

	if (bytes > m->bytes - m->done)
		return err_set("%s: %s ends after %llu bytes, %zu more would be right; get the file again", m->zip->path, m->name,
			(unsigned long long)m->bytes, bytes - (size_t)(m->bytes - m->done));
	while (bytes) {
		size_t room = to ? AT_ONCE : sizeof passed, n = bytes < room ? bytes : room;

		if (watch_say((int64_t)m->done, (int64_t)m->bytes, "reading %s", m->zip->path) < 0 || read_some(m, to ? to : passed, n) < 0)
			return -1;
		to = to ? (uint8_t *)to + n : NULL;
		bytes -= n;
	}
	return 0;
}

/* Of a stored one, what was not copied. */
static int sum_up(struct zip_member *m)
{
	while (!m->deflated && m->done < m->bytes) {
		size_t left = (size_t)(m->bytes - m->done), n = left < AT_ONCE ? left : AT_ONCE;

		if (watch_say((int64_t)m->done, (int64_t)m->bytes, "checking %s", m->zip->path) < 0)
			return -1;
		m->crc_so_far = (uint32_t)crc32_z(m->crc_so_far, m->data + m->done, n);
		m->done += n;
	}
	return m->done < m->bytes ? zip_read(m, NULL, (size_t)(m->bytes - m->done)) : 0;
}

int zip_check(struct zip_member *m)
{
	if (sum_up(m) < 0)
		return -1;
	return m->crc_so_far == m->crc ? 0 : err_set("%s: the checksum of %s is wrong; get the file again", m->zip->path, m->name);
}
