/* screen_rig.c -- the screen inside a test's own process. */
#include "tests/screen_rig.h"

#include <check.h>
#include <curses.h>
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "ui/term.h"

struct screen_rig rig;

static void *read_all(void *unused)
{
	char bytes[65536];

	(void)unused;
	while (read(rig.master, bytes, sizeof bytes) > 0)
		;
	return NULL;
}

/* The test runs in a process of its own, so its standard input and output are there to be taken. */
static void take_terminal(void)
{
	struct winsize size = { .ws_row = 24, .ws_col = 80 };
	static struct faults faults;
	struct theme theme;
	const char *notice;
	pthread_t reader;

	ck_assert_int_eq(openpty(&rig.master, &rig.slave, NULL, NULL, &size), 0);
	fcntl(rig.master, F_SETFD, FD_CLOEXEC);
	ck_assert_int_eq(pthread_create(&reader, NULL, read_all, NULL), 0);
	ck_assert(dup2(rig.slave, 0) == 0 && dup2(rig.slave, 1) == 1);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	ck_assert_int_eq(theme_load(&theme, "default", &faults), 0);
	ck_assert_int_eq(term_start(&notice), 0);
	theme_start(&theme);
	draw_start(GLYPHS_BRAILLE);
}

void rig_start(void)
{
	tiny_make(rig.folder);
	take_terminal();
	ck_assert(ui_open(&rig.ui));
}

void rig_open(const struct worker_options *options)
{
	rig.ui.worker = worker_start(options);
	ck_assert_ptr_nonnull(rig.ui.worker);
}

void rig_close(void)
{
	rig_ask(&(struct command){ .kind = COMMAND_STOP });
	worker_join(rig.ui.worker);
	rig.ui.worker = NULL;
}

void rig_stop(void)
{
	ui_close(&rig.ui);
	term_stop(false);
	tiny_remove(rig.folder);
}

void rig_resize(int rows, int columns)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	ioctl(rig.slave, TIOCSWINSZ, &size);
	resizeterm(rows, columns);
}

void rig_paint(void)
{
	ui_draw(&rig.ui);
	wnoutrefresh(stdscr);
}

void rig_type(const char *keys)
{
	size_t n = strlen(keys);

	ck_assert_int_eq(write(rig.master, keys, n), (int)n);
	usleep(200);
	rig.ui.now += 0.01;
	drain_keys(&rig.ui, &rig.loop);
}

void rig_ask(const struct command *c)
{
	ck_assert(worker_send(rig.ui.worker, c));
}

/* A sanitizer on a machine that others use, too. */
static const double wait_seconds = 60;

void rig_wait(bool (*is)(void))
{
	for (double end = clock_seconds() + wait_seconds; clock_seconds() < end && !is();) {
		usleep(10000);
		rig.ui.now = clock_seconds();
		take_snapshot(&rig.ui, &rig.loop);
	}
	ck_assert(is());
}

bool rig_finished(void)
{
	return rig.ui.snap->state == WORKER_FINISHED;
}

bool rig_reported(void)
{
	return rig.ui.report_serial && !rig.ui.snap->job.name[0];
}
