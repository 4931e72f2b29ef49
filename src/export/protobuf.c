/*
 * protobuf.c -- messages of Protocol Buffers (protobuf.dev/programming-guides/encoding): a field begins with its number and the kind of what follows,
 * as a varint: seven bits a byte, the lowest first, the top bit set in all bytes but the last.
 *
 * Of ONNX some forty fields of eleven messages are ever written. A library (protobuf-c) and its compiler, at build time, and the schema, 900
 * lines of which would be in the repository to make thousands, would be there for what these few functions and a table of numbers (onnx.c) do.
 */
#include "src/export/protobuf.h"

#include <stdlib.h>
#include <string.h>

enum { KIND_VARINT = 0, KIND_LENGTH = 2, KIND_FIXED32 = 5 };
enum { VARINT_MAX = 10 };

/* Readers count in int. */
static const size_t most_bytes = INT32_MAX;

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "floats are little-endian on the wire");

void protobuf_release(struct protobuf *p)
{
	free(p->data);
	*p = (struct protobuf){ 0 };
}

/* Room for so many more bytes, which are counted as written; NULL: there is none, and the problem is set. */
static uint8_t *more(struct protobuf *p, size_t bytes)
{
	if (p->problem)
		return NULL;
	if (bytes > most_bytes - p->size) {
		p->problem = "more than 2 GiB, the most that such a file can hold";
		return NULL;
	}
	if (p->size + bytes > p->room) {
		size_t room = 2 * (p->size + bytes) + 256;
		uint8_t *data = realloc(p->data, room);

		if (!data) {
			p->problem = "out of memory";
			return NULL;
		}
		p->data = data;
		p->room = room;
	}
	p->size += bytes;
	return p->data + p->size - bytes;
}

static int varint(uint64_t value, uint8_t byte[VARINT_MAX])
{
	int n = 0;

	for (; value >= 0x80; value >>= 7)
		byte[n++] = (uint8_t)(value | 0x80);
	byte[n++] = (uint8_t)value;
	return n;
}

static void append(struct protobuf *p, const void *from, size_t bytes)
{
	uint8_t *to = more(p, bytes);

	if (to && bytes)
		memcpy(to, from, bytes);
}

static void append_varint(struct protobuf *p, uint64_t value)
{
	uint8_t byte[VARINT_MAX];

	append(p, byte, (size_t)varint(value, byte));
}

static void append_key(struct protobuf *p, int field, int kind)
{
	append_varint(p, (uint64_t)field << 3 | (uint64_t)kind);
}

void protobuf_integer(struct protobuf *p, int field, int64_t value)
{
	append_key(p, field, KIND_VARINT);
	append_varint(p, (uint64_t)value);
}

void protobuf_float(struct protobuf *p, int field, float value)
{
	append_key(p, field, KIND_FIXED32);
	append(p, &value, sizeof(value));
}

void protobuf_bytes(struct protobuf *p, int field, const void *value, size_t size)
{
	append_key(p, field, KIND_LENGTH);
	append_varint(p, size);
	append(p, value, size);
}

void protobuf_string(struct protobuf *p, int field, const char *value)
{
	protobuf_bytes(p, field, value, strlen(value));
}

size_t protobuf_open(struct protobuf *p, int field)
{
	append_key(p, field, KIND_LENGTH);
	return p->size;
}

/* What was written moves up to let its length in: the weights of a network once as a tensor's and once as the graph's, a hundredth of a
 * second for a hundred megabytes. */
void protobuf_close(struct protobuf *p, size_t opened)
{
	uint8_t length[VARINT_MAX];
	size_t content = p->size - opened, bytes = (size_t)varint(content, length);

	if (!more(p, bytes))
		return;
	memmove(p->data + opened + bytes, p->data + opened, content);
	memcpy(p->data + opened, length, bytes);
}
