/* md5.h -- the sum that publishers of data sets give beside their files (RFC 1321). It tells damage, not forgery. */
#ifndef MD5_H
#define MD5_H

#include <stddef.h>
#include <stdint.h>

enum { MD5_TEXT = 33 };

struct md5 {
	uint32_t state[4];
	uint64_t bytes;                  /* so far */
	uint8_t rest[64];                /* those that fill no block yet */
};

void md5_begin(struct md5 *);
void md5_add(struct md5 *, const void *data, size_t bytes);
void md5_end(struct md5 *, char text[MD5_TEXT]);         /* 32 hexadecimal digits */

/* Of a whole file, telling who watches how far it is. 0, or -1 with err_last(): unreadable, interrupted. */
int md5_file(const char *path, char text[MD5_TEXT]);

#endif
