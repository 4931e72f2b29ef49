/*
 * check_sweep.c -- the screen inside the test's own process, on a pseudo-terminal that nobody reads slowly: every size, and many keys. What
 * must hold is that nothing crashes, under the sanitizers that nothing is touched that is not ours, and that it can be left.
 */
#include <check.h>
#include <curses.h>
#include <fcntl.h>
#include <pthread.h>
#include <pty.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "src/base/rng.h"
#include "tests/tiny_run.h"
#include "ui/loop.h"
#include "ui/term.h"

enum { ROWS = 80, COLUMNS = 250, KEYS = 3000, LONG_KEYS = 100000 };

static struct {
	char folder[256];
	int master, slave;
	pthread_t reader;
	struct ui ui;
	struct loop loop;
} t;

static void *read_all(void *unused)
{
	char bytes[65536];

	(void)unused;
	while (read(t.master, bytes, sizeof bytes) > 0)
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

	ck_assert_int_eq(openpty(&t.master, &t.slave, NULL, NULL, &size), 0);
	fcntl(t.master, F_SETFD, FD_CLOEXEC);
	ck_assert_int_eq(pthread_create(&t.reader, NULL, read_all, NULL), 0);
	ck_assert(dup2(t.slave, 0) == 0 && dup2(t.slave, 1) == 1);
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	ck_assert_int_eq(theme_load(&theme, "default", &faults), 0);
	ck_assert_int_eq(term_start(&notice), 0);
	theme_start(&theme);
	draw_start(GLYPHS_BRAILLE);
}

static void resize(int rows, int columns)
{
	struct winsize size = { .ws_row = (unsigned short)rows, .ws_col = (unsigned short)columns };

	ioctl(t.slave, TIOCSWINSZ, &size);
	resizeterm(rows, columns);
}

static void paint(void)
{
	ui_draw(&t.ui);
	wnoutrefresh(stdscr);
}

/* Until the screen knows of it, which it must within ten seconds. */
static void wait_until(bool (*is)(void))
{
	for (int i = 0; i < 1000 && !is(); i++) {
		usleep(10000);
		t.ui.now = clock_seconds();
		take_snapshot(&t.ui, &t.loop);
	}
	ck_assert(is());
}

static bool finished(void)
{
	return t.ui.snap->state == WORKER_FINISHED;
}

static bool ranked(void)
{
	return t.ui.ranking_count >= 12;
}

static bool corrupted(void)
{
	return t.ui.report_serial && !t.ui.snap->job.name[0];
}

static void ask(const struct command *c)
{
	ck_assert(worker_send(t.ui.worker, c));
}

/* A run that has something for every view. */
static void before(void)
{
	struct worker_options options;

	tiny_make(t.folder);
	options = tiny_options(t.folder, "run", 40);
	take_terminal();
	ck_assert(ui_open(&t.ui));
	t.ui.worker = worker_start(&options);
	ck_assert_ptr_nonnull(t.ui.worker);
	wait_until(finished);
	ask(&(struct command){ .kind = COMMAND_RANK, .count = 12 });
	wait_until(ranked);
	ask(&(struct command){ .kind = COMMAND_EXPERIMENT, .experiment = { .kind = EXPERIMENT_CORRUPT, .count = 8, .trials = 1 } });
	wait_until(corrupted);
	t.ui.overlay = NULL;                     /* the report */
}

static void after(void)
{
	ask(&(struct command){ .kind = COMMAND_STOP });
	worker_join(t.ui.worker);
	ui_close(&t.ui);
	term_stop(false);
	tiny_remove(t.folder);
}

static void type(const char *keys)
{
	size_t n = strlen(keys);

	ck_assert_int_eq(write(t.master, keys, n), (int)n);
	usleep(200);
	t.ui.now += 0.01;
	drain_keys(&t.ui, &t.loop);
}

static bool everything(void)
{
	return getenv("SMASHTOP_LONG") != NULL;
}

/* Each view at each size; without SMASHTOP_LONG one size in so many, other ones for each view. */
START_TEST(every_view_at_every_size)
{
	int step = everything() ? 1 : 13;
	char key[2] = { (char)('1' + _i), 0 };

	type(key);
	for (int i = _i % step; i < ROWS * COLUMNS; i += step) {
		resize(1 + i / COLUMNS, 1 + i % COLUMNS);
		paint();
		ck_assert_int_lt(t.ui.cursor_y, 32767);
	}
}
END_TEST

static const char *const keys[] = {
	"h", "j", "k", "l", "g", "G", "\t", "\033[Z", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "[", "]", "z", "\r", "\033", "?", "f", " ", "Z",
	"\f", "R", "-", "+", "=", "a", "s", "S", ">", "<", ",", ".", "I", "e", "r", "w", "b", "o", "O", "D", "y", "P", "J", "K", "u", "U", "\x12", "\x07", "m", "'",
	"v", "*", "n", "N", "c", "d", "t", "x", "L", "i", "A", "B", "C", "E", "F", "M", "T", "V", "W", "X", "/", "\\", "\"", "!", "\033OP", "\033OQ", "\033OR", "\033OS", "\033[15~",
	"\033[17~", "\033[18~", "\033[19~", "\033[20~", "\033[A", "\033[B", "\033[C", "\033[D", "\033[5~", "\033[6~", "\033[H", "\033[F", "\033[3~", "\x15", "\x04", "p", "\x7f",
	"\xc3\xa9", "\033[<0;10;10M", "\033[<0;40;12M", "\033[<0;70;3M", "\033[<64;20;20M", "\033[<65;20;20M", "\033[200~paste\033[201~",
	":rank --count\r", ":corrupt --field raeds\r", ":sort error\r", ":filter error<2\r", ":filter\r", ":report\r", ":help\r", ":messages\r",
};

/* What leaves is taken back: the test goes on. */
START_TEST(many_keys_at_many_sizes)
{
	struct rng rng;
	int many = everything() ? LONG_KEYS : KEYS;

	rng_seed(&rng, 11 + (uint64_t)_i, 1);
	for (int i = 0; i < many; i++) {
		type(keys[rng_below(&rng, (int)(sizeof keys / sizeof keys[0]))]);
		t.ui.quitting = QUIT_NO;
		if (i % 37 == 0)
			resize(1 + rng_below(&rng, ROWS), 1 + rng_below(&rng, COLUMNS));
		if (i % 5 == 0)
			take_snapshot(&t.ui, &t.loop);
		paint();
	}
	for (int i = 0; i < 8; i++)
		type("\033");
	resize(24, 80);
	type("1");
	paint();
	ck_assert_int_eq(t.ui.tab, 0);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("sweep");
	TCase *sizes = tcase_create("sizes"), *many = tcase_create("keys");
	SRunner *runner;
	int failed;

	tcase_set_timeout(sizes, 600);
	tcase_set_timeout(many, 1800);
	tcase_add_checked_fixture(sizes, before, after);
	tcase_add_checked_fixture(many, before, after);
	tcase_add_loop_test(sizes, every_view_at_every_size, 0, PANES_FOCUS);
	tcase_add_loop_test(many, many_keys_at_many_sizes, 0, 2);
	suite_add_tcase(suite, sizes);
	suite_add_tcase(suite, many);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
