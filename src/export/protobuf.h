/*
 * protobuf.h -- messages of Protocol Buffers, written front to back into memory. On the wire a message is its fields one after another, each
 * with its number; a message inside another is a field with its length in front. A repeated field is written once for each value, an absent
 * one not at all.
 */
#ifndef PROTOBUF_H
#define PROTOBUF_H

#include <stddef.h>
#include <stdint.h>

/* {0} is an empty message. Errors are sticky: after the first one nothing is written any more. */
struct protobuf {
	uint8_t *data;
	size_t size, room;
	const char *problem;             /* NULL; or in words */
};
void protobuf_release(struct protobuf *);

void protobuf_integer(struct protobuf *, int field, int64_t value);       /* int32, int64, enum */
void protobuf_float(struct protobuf *, int field, float value);
void protobuf_bytes(struct protobuf *, int field, const void *value, size_t size);     /* bytes, string; packed floats */
void protobuf_string(struct protobuf *, int field, const char *value);

/* What is written between these is the message inside `field`; close is given what open returned. Any depth. */
size_t protobuf_open(struct protobuf *, int field);
void protobuf_close(struct protobuf *, size_t opened);

#endif
