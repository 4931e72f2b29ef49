/* protobuf_reader.c -- reading messages of Protocol Buffers, for tests. */
#include "tests/protobuf_reader.h"

#include <check.h>
#include <string.h>

enum { VARINT = 0, LENGTH = 2, FIXED32 = 5 };

struct field {
	int number, kind;
	uint64_t integer;                /* VARINT */
	struct message bytes;            /* the others */
};

static uint64_t take_varint(struct message *rest)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		ck_assert_msg(rest->size > 0, "a number is cut off");
		value |= (uint64_t)(*rest->data & 127) << shift;
		rest->size--;
		if (!(*rest->data++ & 128))
			return value;
	}
	ck_abort_msg("a number of more than ten bytes");
}

static struct message take(struct message *rest, uint64_t size)
{
	struct message taken = { rest->data, (size_t)size };

	ck_assert_msg(size <= rest->size, "a field ends behind the message that it is in");
	rest->data += size;
	rest->size -= size;
	return taken;
}

static bool next(struct message *rest, struct field *f)
{
	uint64_t key;

	if (!rest->size)
		return false;
	key = take_varint(rest);
	*f = (struct field){ .number = (int)(key >> 3), .kind = (int)(key & 7) };
	ck_assert_int_gt(f->number, 0);
	switch (f->kind) {
	case VARINT: f->integer = take_varint(rest); break;
	case LENGTH: f->bytes = take(rest, take_varint(rest)); break;
	case FIXED32: f->bytes = take(rest, 4); break;
	default: ck_abort_msg("field %d is of kind %d", f->number, f->kind);
	}
	return true;
}

static struct field find(struct message m, int number, int kind, int i)
{
	struct field f;

	while (next(&m, &f)) {
		if (f.number != number || i-- > 0)
			continue;
		ck_assert_msg(f.kind == kind, "field %d is of kind %d, not %d", number, f.kind, kind);
		return f;
	}
	ck_abort_msg("field %d is not there, or not so many times", number);
}

struct message message_part(struct message m, int field, int i)
{
	return find(m, field, LENGTH, i).bytes;
}

int message_count(struct message m, int field)
{
	struct field f;
	int count = 0;

	while (next(&m, &f))
		count += f.number == field;
	return count;
}

int64_t message_integer(struct message m, int field, int i)
{
	return (int64_t)find(m, field, VARINT, i).integer;
}

float message_float(struct message m, int field)
{
	float value;

	memcpy(&value, find(m, field, FIXED32, 0).bytes.data, sizeof(value));
	return value;
}

bool message_is(struct message m, const char *text)
{
	return m.size == strlen(text) && memcmp(m.data, text, m.size) == 0;
}
