/* clean.c -- text of files and people for files of other programs. */
#include "src/base/clean.h"

#include <stdlib.h>
#include <string.h>

/* How many bytes the character at `s` takes; 0: it is none, or nothing for a picture. */
static int character(const unsigned char *s)
{
	static const unsigned least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	int bytes = s[0] < 0x80 ? 1 : s[0] >> 5 == 6 ? 2 : s[0] >> 4 == 14 ? 3 : s[0] >> 3 == 30 ? 4 : 0;
	unsigned c = bytes == 1 ? s[0] : s[0] & (0x7f >> bytes);

	for (int i = 1; i < bytes; i++) {
		if (s[i] >> 6 != 2)
			return 0;
		c = c << 6 | (s[i] & 0x3f);
	}
	if (!bytes || c < least[bytes] || c < 0x20 || (c >= 0x7f && c < 0xa0) || (c >= 0xd800 && c < 0xe000) || (c & 0xfffe) == 0xfffe || c > 0x10ffff)
		return 0;
	return bytes;
}

char *clean_text(const char *text)
{
	char *copy = malloc(3 * strlen(text) + 1), *to = copy;

	for (const char *from = text; copy && *from; ) {
		int bytes = character((const unsigned char *)from);

		memcpy(to, bytes ? from : "\357\277\275", bytes ? (size_t)bytes : 3);
		to += bytes ? bytes : 3;
		from += bytes ? bytes : 1;
	}
	if (copy)
		*to = 0;
	return copy;
}
