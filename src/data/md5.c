/* md5.c -- MD5 (RFC 1321). */
#include "src/data/md5.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "src/base/err.h"
#include "src/data/format.h"

enum { BLOCK = 64, LENGTH_AT = 56, AT_ONCE = 1 << 20 };

/* The constants are the sines of 1 to 64: 2^32 |sin(i + 1)|, rounded down. */
static uint32_t constant(int i)
{
	return (uint32_t)(4294967296.0 * fabs(sin(i + 1)));
}

static uint32_t turn(uint32_t x, int bits)
{
	return x << bits | x >> (32 - bits);
}

/* A step's function of three of the four words, and which word of the block it takes. */
static uint32_t mixed(int i, uint32_t b, uint32_t c, uint32_t d, int *word)
{
	switch (i / 16) {
	case 0:
		*word = i;
		return (b & c) | (~b & d);
	case 1:
		*word = (5 * i + 1) % 16;
		return (d & b) | (~d & c);
	case 2:
		*word = (3 * i + 5) % 16;
		return b ^ c ^ d;
	default:
		*word = 7 * i % 16;
		return c ^ (b | ~d);
	}
}

static void add_block(uint32_t state[4], const uint8_t *block, const uint32_t constants[BLOCK])
{
	static const uint8_t turns[4][4] = { { 7, 12, 17, 22 }, { 5, 9, 14, 20 }, { 4, 11, 16, 23 }, { 6, 10, 15, 21 } };
	uint32_t a = state[0], b = state[1], c = state[2], d = state[3], words[16];

	for (int i = 0; i < 16; i++)
		words[i] = block[4 * i] | (uint32_t)block[4 * i + 1] << 8 | (uint32_t)block[4 * i + 2] << 16 | (uint32_t)block[4 * i + 3] << 24;
	#pragma GCC unroll 64
	for (int i = 0; i < 64; i++) {
		int word;
		uint32_t sum = a + mixed(i, b, c, d, &word) + constants[i] + words[word];

		a = d;
		d = c;
		c = b;
		b += turn(sum, turns[i / 16][i % 4]);
	}
	state[0] += a;
	state[1] += b;
	state[2] += c;
	state[3] += d;
}

void md5_begin(struct md5 *m)
{
	*m = (struct md5){ .state = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };
}

void md5_add(struct md5 *m, const void *data, size_t bytes)
{
	uint32_t constants[BLOCK];
	const uint8_t *at = data;

	for (int i = 0; i < BLOCK; i++)
		constants[i] = constant(i);
	while (bytes) {
		size_t held = m->bytes % BLOCK, n = bytes < BLOCK - held ? bytes : BLOCK - held;

		if (n == BLOCK) {
			add_block(m->state, at, constants);
		} else {
			memcpy(m->rest + held, at, n);
			if (held + n == BLOCK)
				add_block(m->state, m->rest, constants);
		}
		m->bytes += n;
		at += n;
		bytes -= n;
	}
}

void md5_end(struct md5 *m, char text[MD5_TEXT])
{
	static const uint8_t padding[BLOCK] = { 0x80 };
	uint8_t length[8];
	uint64_t bits = 8 * m->bytes;
	size_t held = m->bytes % BLOCK;

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> 8 * i);
	md5_add(m, padding, (held < LENGTH_AT ? LENGTH_AT : BLOCK + LENGTH_AT) - held);
	md5_add(m, length, sizeof length);
	for (int i = 0; i < 16; i++)
		snprintf(text + 2 * i, 3, "%02x", (unsigned)(m->state[i / 4] >> 8 * (i % 4) & 0xff));
}

static int add_file(struct md5 *m, FILE *f, const char *path, int64_t size, uint8_t *buffer)
{
	size_t n;

	while ((n = fread(buffer, 1, AT_ONCE, f)) > 0) {
		md5_add(m, buffer, n);
		if (watch_say((int64_t)m->bytes, size, "checking %s", path) < 0)
			return -1;
	}
	return ferror(f) ? err_set("%s: %s", path, strerror(errno)) : 0;
}

int md5_file(const char *path, char text[MD5_TEXT])
{
	FILE *f = fopen(path, "rbe");
	uint8_t *buffer = f ? malloc(AT_ONCE) : NULL;
	struct stat st;
	struct md5 m;
	int rc = -1;

	md5_begin(&m);
	if (!f || fstat(fileno(f), &st) < 0)
		err_set("%s: %s", path, strerror(errno));
	else
		rc = buffer ? add_file(&m, f, path, st.st_size, buffer) : err_set("%s: out of memory", path);
	md5_end(&m, text);
	free(buffer);
	if (f)
		fclose(f);
	return rc;
}
