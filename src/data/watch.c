/* watch.c -- who waits while a data set is opened is told how far it is, and may end it. */
#include "src/data/format.h"

#include <stdarg.h>
#include <stdio.h>

#include "src/base/clock.h"
#include "src/base/err.h"

static const double quiet_seconds = 0.5, between_seconds = 0.1;

static _Thread_local struct {
	dataset_watcher *watcher;
	void *context;
	double due;
	bool told;                       /* something of this opening */
} watch;

void dataset_watch(dataset_watcher *watcher, void *context)
{
	watch.watcher = watcher;
	watch.context = context;
}

void watch_begin(void)
{
	watch.due = clock_seconds() + quiet_seconds;
	watch.told = false;
}

void watch_end(void)
{
	if (watch.told)
		watch.watcher(watch.context, "", 1, 1);
	watch.told = false;
}

int watch_say(int64_t done, int64_t total, const char *format, ...)
{
	double now = watch.watcher ? clock_seconds() : 0;
	char text[160];
	va_list arguments;

	if (!watch.watcher || now < watch.due)
		return 0;
	va_start(arguments, format);
	vsnprintf(text, sizeof text, format, arguments);
	va_end(arguments);
	watch.due = now + between_seconds;
	watch.told = true;
	return watch.watcher(watch.context, text, done, total) ? 0 : err_set("interrupted");
}
