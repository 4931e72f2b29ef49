/* progress.c -- how far, on standard error: a bar where a person looks, lines where a file does. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/units.h"
#include "src/cli/cli.h"

static const double terminal_seconds = 0.2, file_seconds = 10;

void progress_start(struct progress *p)
{
	const char *term = getenv("TERM");

	*p = (struct progress){ .terminal = isatty(STDERR_FILENO) && term && strcmp(term, "dumb") != 0 };
}

bool progress_due(const struct progress *p)
{
	return p->shown == 0 || clock_seconds() - p->shown >= (p->terminal ? terminal_seconds : file_seconds);
}

static int columns(void)
{
	struct winsize size;

	return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : 80;
}

void progress_show(struct progress *p, int64_t done, int64_t total, const char *text, bool important)
{
	char of[UNITS_TEXT], all[UNITS_TEXT], line[512];

	if (!progress_due(p) && !(important && !p->terminal))
		return;
	p->shown = clock_seconds();
	units_thousands(done, of);
	units_thousands(total, all);
	if (!p->terminal) {
		fprintf(stderr, "%s/%s  %s\n", of, all, text);
		return;
	}
	char bar[25];
	int full = total > 0 ? (int)((double)done / (double)total * (sizeof bar - 1)) : 0;

	memset(bar, '.', sizeof bar - 1);
	memset(bar, '#', (size_t)full);
	bar[sizeof bar - 1] = '\0';
	snprintf(line, sizeof line, "[%s] %s/%s  %s", bar, of, all, text);
	fprintf(stderr, "\r%.*s\033[K", columns() - 1, line);
	p->open = true;
}

void progress_end(struct progress *p)
{
	if (p->open)
		fputc('\n', stderr);
	p->open = false;
}
