/* hash.c -- see hash.h. */
#include "src/base/hash.h"

#include <string.h>

uint64_t hash_bytes(uint64_t hash, const void *data, size_t bytes)
{
	const uint8_t *byte = data;

	for (size_t i = 0; i < bytes; i++)
		hash = (hash ^ byte[i]) * 0x100000001b3;
	return hash;
}

uint64_t hash_number(uint64_t hash, uint64_t number)
{
	uint8_t byte[8];

	for (int i = 0; i < 8; i++, number >>= 8)
		byte[i] = number & 0xff;
	return hash_bytes(hash, byte, sizeof byte);
}

uint64_t hash_text(const char *text)
{
	return hash_bytes(HASH_START, text, strlen(text));
}

uint64_t hash_mixed(uint64_t hash)
{
	hash = (hash ^ hash >> 30) * 0xbf58476d1ce4e5b9;
	hash = (hash ^ hash >> 27) * 0x94d049bb133111eb;
	return hash ^ hash >> 31;
}
