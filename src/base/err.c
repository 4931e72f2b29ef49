/* err.c -- one line of text a thread. */
#include "src/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { ERR_LENGTH = 1024 };

static _Thread_local char last[ERR_LENGTH];

int err_set(const char *format, ...)
{
	char text[ERR_LENGTH];               /* the arguments may be err_last() itself */
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	memcpy(last, text, sizeof last);
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
	memcpy(last, text, sizeof last);
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
