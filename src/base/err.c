/* err.c -- one line of text a thread. */
#include "src/base/err.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum { ERR_LENGTH = 1024 };

static _Thread_local char last[ERR_LENGTH];

/* Makes `text` the error. File names and file contents get into it, and it ends on a terminal: nothing in it may move the cursor. */
static void settle(const char *text)
{
	size_t i;

	for (i = 0; text[i]; i++) {
		unsigned char c = text[i];
		bool c1 = c == 0xc2 && (unsigned char)text[i + 1] >= 0x80 && (unsigned char)text[i + 1] < 0xa0;

		last[i] = c < ' ' || c == 0x7f || c1 ? '?' : text[i];
		if (c1)
			last[++i] = '?';
	}
	last[i] = '\0';
}

int err_set(const char *format, ...)
{
	char text[ERR_LENGTH];               /* the arguments may be err_last() itself */
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	settle(text);
	return -1;
}

int err_prefix(const char *format, ...)
{
	char text[ERR_LENGTH];
	va_list arguments;

	va_start(arguments, format);
	int n = vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	if (n >= 0 && n < ERR_LENGTH)
		snprintf(text + n, sizeof text - n, ": %.*s", ERR_LENGTH - n - 3, last);
	settle(text);
	return -1;
}

const char *err_last(void)
{
	return last;
}

void err_clear(void)
{
	last[0] = '\0';
}
