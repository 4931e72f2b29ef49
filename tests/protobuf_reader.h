/* protobuf_reader.h -- reading messages of Protocol Buffers, for tests: what is not well-formed fails the test. Numbers of fields as in a schema. */
#ifndef PROTOBUF_READER_H
#define PROTOBUF_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A message or a string, in the reader's memory. */
struct message {
	const uint8_t *data;
	size_t size;
};

struct message message_part(struct message, int field, int i);       /* the i-th one of a repeated field; it is there */
int message_count(struct message, int field);                        /* how many times it is there */
int64_t message_integer(struct message, int field, int i);
float message_float(struct message, int field);
bool message_is(struct message, const char *text);

/* "%.*s" wants these two. */
#define MESSAGE_TEXT(message) (int)(message).size, (const char *)(message).data

#endif
