/* check_screen.c -- the workbench on a pseudo-terminal: what it shows, at which sizes, and how it leaves the terminal. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/rng.h"
#include "src/base/clock.h"
#include "tests/pty.h"
#include "tests/tiny_run.h"

static char folder[256];
static struct pty p;

/* Begins a run of so many steps on the small data set; `name` is its directory's. */
static void start_run(const char *name, int steps, int rows, int columns, const char *term, char *const *environment)
{
	static char data[300], run[300], step_text[16];
	char *program = getenv("SMASHTOP");
	char *argv[] = { program, "--run", run, "--data", data, "--preset", "tiny", "--threads", "1", "--steps", step_text, NULL };

	ck_assert_msg(program != NULL, "SMASHTOP names no program");
	snprintf(data, sizeof data, "fashion-mnist:%s", folder);
	snprintf(run, sizeof run, "%s/%s", folder, name);
	snprintf(step_text, sizeof step_text, "%d", steps);
	pty_start(&p, folder, rows, columns, term, environment, argv);
}

static void start(int rows, int columns)
{
	start_run("run", 1000000, rows, columns, "xterm-256color", NULL);
}

static void stop(void)
{
	pty_keys(&p, "qs");
	ck_assert_msg(pty_wait(&p, 20), "it does not stop");
	ck_assert_int_eq(p.status, 0);
	ck_assert(pty_restored(&p));
}

static void before(void)
{
	tiny_make(folder);
}

static void after(void)
{
	pty_release(&p);
	tiny_remove(folder);
}

/* Looks at the end of long files only. */
static bool file_has(const char *name, const char *text)
{
	static char content[100000];
	char path[400];
	FILE *f;
	size_t n;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if (!(f = fopen(path, "r")))
		return false;
	if (fseek(f, -20000, SEEK_END) < 0)
		rewind(f);
	n = fread(content, 1, sizeof content - 1, f);
	fclose(f);
	content[n] = 0;
	return strstr(content, text) != NULL;
}

static bool file_gets(const char *name, const char *text, double seconds)
{
	double end = clock_seconds() + seconds;

	while (!file_has(name, text)) {
		if (clock_seconds() > end)
			return false;
		usleep(50000);
	}
	return true;
}

static void assert_left_as_it_was(void)
{
	ck_assert(pty_restored(&p));
	ck_assert(pty_wrote(&p, "\033[?1049l"));         /* the other screen */
	ck_assert(pty_wrote(&p, "\033[?25h") || pty_wrote(&p, "\033[?12l\033[?25h"));
	ck_assert(pty_wrote(&p, "\033[?2004l"));
	ck_assert(pty_wrote(&p, "1000l"));               /* mouse */
}

START_TEST(stopping_saves_and_gives_the_terminal_back)
{
	start(24, 80);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	stop();
	assert_left_as_it_was();
	ck_assert(pty_wrote(&p, "To go on: smashtop --run"));
	ck_assert(file_has("run/log", "training begins"));
}
END_TEST

START_TEST(sigterm_saves_and_gives_the_terminal_back)
{
	start(24, 80);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	kill(p.pid, SIGTERM);
	ck_assert(pty_wait(&p, 20));
	ck_assert(WIFEXITED(p.status));
	ck_assert_int_eq(WEXITSTATUS(p.status), 130);
	assert_left_as_it_was();
	ck_assert(access(p.dump, F_OK) == 0);
}
END_TEST

START_TEST(a_crash_gives_the_terminal_back_and_names_the_run)
{
	static const int crash[] = { SIGSEGV, SIGABRT };

	start(24, 80);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	kill(p.pid, crash[_i]);
	ck_assert(pty_wait(&p, 20));
	ck_assert(!WIFEXITED(p.status) || WEXITSTATUS(p.status) != 0);
	assert_left_as_it_was();
	ck_assert(pty_wrote(&p, "crashed"));
	ck_assert(pty_wrote(&p, "/run\r\n"));
}
END_TEST

START_TEST(training_outlives_its_terminal)
{
	start_run("run", 3000, 24, 80, "xterm-256color", NULL);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_hang_up(&p);
	ck_assert_msg(pty_wait(&p, 60), "it does not come to an end");
	ck_assert_int_eq(p.status, 0);
	ck_assert(file_has("run/log", "training goes on without a screen"));
	ck_assert(file_has("run/log", "training is finished: 3000 steps"));
}
END_TEST

START_TEST(detaching_goes_on_to_the_end)
{
	start_run("run", 3000, 24, 80, "xterm-256color", NULL);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, "qq");                              /* twice the same key loses nothing */
	ck_assert(pty_wait(&p, 20));
	ck_assert_int_eq(p.status, 0);
	assert_left_as_it_was();
	ck_assert(pty_wrote(&p, "To come back: kill "));
	ck_assert(file_gets("run/metrics.jsonl", "\"step\":3000", 60));
	usleep(300000);                                  /* it closes its files */
}
END_TEST

START_TEST(first_screen_has_its_panes)
{
	static const struct { int rows, columns; const char *has[8]; } sizes[] = {
		{ 24, 80, { "[1 Train]", "Loss", "Banks", "Ranking", "o valid", "units conv k", "R scores 50", "F10 Quit" } },
		{ 40, 120, { "TRAINING", "epoch", "EMA 0.8", "1 dot = ", "F5 follows", "block 3", "img/s", "eta" } },
		{ 60, 200, { "Run", "hypernet", "GFLOP/s", "checkpoint", "training begins", "MMAC  params", "block 3", "step " } },
	};

	start(sizes[_i].rows, sizes[_i].columns);
	for (int i = 0; i < 8; i++)
		ck_assert(pty_shows(&p, sizes[_i].has[i], 15));
	stop();
}
END_TEST

START_TEST(keys_do_what_the_help_says)
{
	start(40, 120);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, "p");
	ck_assert(pty_shows(&p, "PAUSED", 10));
	pty_keys(&p, "p");
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, "Z");
	ck_assert(pty_shows(&p, "FROZEN", 10));
	pty_keys(&p, "Z");
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, "a");
	ck_assert(pty_shows(&p, "log  EMA", 10));
	pty_keys(&p, "as");
	ck_assert(pty_shows(&p, "EMA 0.9", 10));
	pty_keys(&p, "h");
	ck_assert(pty_shows(&p, "mean ", 10));
	pty_keys(&p, "\033");
	pty_read(&p, 0.1);
	pty_keys(&p, "\t ");
	ck_assert(pty_shows(&p, "held", 10));
	pty_keys(&p, "f");
	ck_assert(pty_shows(&p, "F5 follows", 10));
	pty_keys(&p, "z");
	ck_assert(pty_shows(&p, "1x1, generated", 10));
	pty_keys(&p, "3");
	ck_assert(pty_shows(&p, "[3 Rank]", 10));
	pty_keys(&p, "1\t0hhh");                         /* all at once: the cursor moves in the pane that is to come */
	ck_assert(pty_shows(&p, ">Loss", 10));
	ck_assert(pty_shows(&p, "mean ", 10));
	ck_assert(!strstr(p.screen, "step 1–"));
	stop();
}
END_TEST

START_TEST(ranking_scores_sorts_and_opens)
{
	char id[8];
	const char *row;

	start(40, 120);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, ":rank 5\r");
	ck_assert(pty_shows(&p, "5 scored", 60));
	ck_assert(pty_shows(&p, "F6 score", 10));
	pty_keys(&p, "\t\t..");
	ck_assert(pty_shows(&p, "sorted by step", 10));
	ck_assert(pty_shows(&p, "F6 step", 10));
	pty_keys(&p, "I");
	ck_assert(pty_shows(&p, "F6 step down", 10));
	pty_keys(&p, "I,j");
	ck_assert(pty_shows(&p, "Selected", 10));
	ck_assert(pty_shows(&p, ">", 10));
	row = strstr(p.screen, "Selected  ");
	ck_assert(row != NULL);
	snprintf(id, sizeof id, "%s", row + strlen("Selected  "));
	pty_keys(&p, "\r");
	pty_read(&p, 0.3);
	ck_assert(pty_shows(&p, "ranked ", 10));
	ck_assert_msg(strncmp(strstr(p.screen, "ranked ") + 7, id, 7) == 0, "another architecture is opened");
	stop();
}
END_TEST

/* A press and release of the first button where the screen has the text; SGR coordinates count from 1. */
static void click(const char *text)
{
	const char *screen = pty_screen(&p);
	const char *at = screen ? strstr(screen, text) : NULL;
	int row = 1, column = 1;
	char press[64];

	ck_assert_msg(at != NULL, "no \"%s\" to click on", text);
	for (const char *s = screen; s < at; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80)
			column++;
		if (*s == '\n') {
			row++;
			column = 1;
		}
	}
	snprintf(press, sizeof press, "\033[<0;%d;%dM\033[<0;%d;%dm", column, row, column, row);
	pty_keys(&p, press);
	pty_read(&p, 0.2);
}

START_TEST(the_mouse_reaches_what_keys_reach)
{
	start(40, 120);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, ":rank 3\r");
	ck_assert(pty_shows(&p, "3 scored", 60));
	click("step param");
	ck_assert(pty_shows(&p, "F6 step", 10));
	ck_assert(pty_shows(&p, ">Ranking", 10));
	click("3 Rank");
	ck_assert(pty_shows(&p, "[3 Rank]", 10));
	click("1 Train");
	click("units conv");
	ck_assert(pty_shows(&p, ">Banks", 10));
	click("p Pause");
	ck_assert(pty_shows(&p, "PAUSED", 10));
	stop();
}
END_TEST

START_TEST(help_lists_and_finds_keys)
{
	start(30, 100);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	p.length = 0;
	pty_keys(&p, "?");
	pty_read(&p, 0.5);
	ck_assert(pty_wrote(&p, "/ a word"));
	ck_assert(pty_wrote(&p, "Everywhere"));
	pty_keys(&p, "/checkpoint");
	p.length = 0;
	pty_read(&p, 0.5);
	pty_keys(&p, "\033");
	pty_read(&p, 0.2);
	pty_keys(&p, "\033");
	pty_read(&p, 0.2);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	stop();
}
END_TEST

START_TEST(a_paste_runs_no_command)
{
	start(24, 80);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, "\033[200~qs\r\033[201~");
	ck_assert(pty_shows(&p, "a paste of 3 characters is dropped", 10));
	stop();
}
END_TEST

/* Whether it stands there without anything being done that would put another in its place. */
static bool line_has(const char *text)
{
	const char *screen = pty_screen(&p);

	ck_assert_ptr_nonnull(screen);
	return strstr(screen, text) != NULL;
}

START_TEST(nothing_is_written_when_nothing_changes)
{
	start(40, 120);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_keys(&p, "p");
	ck_assert(pty_shows(&p, "PAUSED", 10));
	pty_keys(&p, "!");
	pty_read(&p, 6);
	p.length = 0;
	pty_read(&p, 3);
	ck_assert_uint_eq(p.length, 0);
	ck_assert(!line_has("! does nothing"));          /* which has left by itself */
	stop();
}
END_TEST

START_TEST(a_message_leaves_at_a_key_and_a_warning_only_then)
{
	start(24, 80);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	pty_read(&p, 0.5);
	pty_keys(&p, "p");
	pty_read(&p, 1);
	ck_assert(line_has("training pauses after this step"));
	pty_keys(&p, "!");
	pty_read(&p, 1);
	ck_assert(line_has("! does nothing"));
	pty_keys(&p, "!");
	pty_read(&p, 1);
	pty_keys(&p, "2");
	ck_assert(!line_has("! does nothing"));
	pty_keys(&p, ":sort nonsense\r");
	pty_read(&p, 5.5);
	ck_assert(line_has("there is no column \"nonsense\""));
	pty_keys(&p, "!");
	pty_read(&p, 1);
	ck_assert(!line_has("nonsense"));
	stop();
}
END_TEST

START_TEST(escape_sequences_in_names_stay_harmless)
{
	start_run("e\033]0;evil\a", 1000000, 60, 200, "xterm-256color", NULL);
	ck_assert(pty_shows(&p, "e?]0;evil?", 10));
	pty_keys(&p, "qs");
	ck_assert(pty_wait(&p, 20));
	ck_assert(!pty_wrote(&p, "\033]0;evil"));
}
END_TEST

START_TEST(terminals)
{
	static const struct { const char *term, *shows; } terms[] = {
		{ "xterm-256color", "─" }, { "screen", "─" }, { "tmux", "─" }, { "tmux-256color", "─" }, { "xterm", "─" }, { "linux", "->Loss" }, { "vt100", "->Loss" },
		{ "xterm-nobody-knows-it", "is unknown here" },
	};

	start_run("run", 1000000, 24, 80, terms[_i].term, NULL);
	ck_assert(pty_shows(&p, terms[_i].shows, 10));
	ck_assert(pty_shows(&p, "TRAINING", 10));
	stop();
}
END_TEST

START_TEST(a_terminal_without_a_cursor_trains_and_names_the_other_way)
{
	start_run("run", 40, 24, 80, "dumb", NULL);
	ck_assert(pty_wait(&p, 30));
	ck_assert_int_eq(p.status, 0);
	ck_assert(pty_wrote(&p, "the terminal (TERM=dumb) cannot move its cursor; training without a screen (--plain takes commands in lines)"));
	ck_assert(!pty_wrote(&p, "\033["));
}
END_TEST

START_TEST(surroundings)
{
	static char ascii[] = "LC_ALL=C", mono[] = "NO_COLOR=1", theme[] = "SMASHTOP_THEME=dark";
	static char *const environments[][2] = { { ascii, NULL }, { mono, NULL }, { theme, NULL } };

	start_run("run", 1000000, 24, 80, "xterm-256color", environments[_i]);
	ck_assert(pty_shows(&p, _i == 0 ? "->Loss" : "Loss", 10));
	ck_assert(pty_shows(&p, "TRAINING", 10));
	if (_i == 1)
		ck_assert(!pty_wrote(&p, "\033[34m") && !pty_wrote(&p, "\033[36m") && !pty_wrote(&p, "\033[42m"));
	stop();
}
END_TEST

START_TEST(a_wrong_line_of_a_theme_is_said_and_the_rest_applies)
{
	char path[300], name[320];
	FILE *f;
	char *environment[] = { name, NULL };

	snprintf(path, sizeof path, "%s/wrong.theme", folder);
	snprintf(name, sizeof name, "SMASHTOP_THEME=%s", path);
	ck_assert((f = fopen(path, "w")) != NULL);
	fputs("[roles]\n\nchart.trian = red\nstatus = 17 on 153\n", f);
	fclose(f);
	start_run("run", 1000000, 24, 200, "xterm-256color", environment);
	ck_assert(pty_shows(&p, "wrong.theme line 3: unknown role \"chart.trian\"; did you mean chart.train?", 10));
	ck_assert(pty_wrote(&p, "\033[38;5;17m"));
	stop();
}
END_TEST

START_TEST(a_run_that_cannot_open_is_one_line)
{
	char path[300];

	snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", folder);
	ck_assert_int_eq(truncate(path, 1000), 0);
	start(24, 80);
	ck_assert(pty_wait(&p, 20));
	ck_assert_int_eq(WEXITSTATUS(p.status), 1);
	ck_assert(pty_restored(&p));
	ck_assert(pty_wrote(&p, "smashtop: "));
	ck_assert(pty_wrote(&p, "train-images-idx3-ubyte"));
}
END_TEST

/* Counts the columns of each row: Braille and rules are one column each. */
static bool rows_are(const char *screen, int rows, int columns)
{
	int row = 0, width = 0;

	for (const char *s = screen; *s; s++)
		if (*s == '\n') {
			if (width != columns)
				return false;
			width = 0;
			row++;
		} else if (((unsigned char)*s & 0xc0) != 0x80)
			width++;
	return row == rows;
}

START_TEST(any_size_shows_something_and_survives)
{
	static const int sizes[][2] = {          /* rows, columns */
		{ 1, 1 }, { 1, 2 }, { 2, 1 }, { 1, 80 }, { 24, 1 }, { 2, 2 }, { 3, 3 }, { 3, 10 }, { 4, 20 }, { 5, 39 }, { 9, 39 }, { 9, 40 },
		{ 10, 40 }, { 10, 39 }, { 11, 41 }, { 12, 79 }, { 16, 60 }, { 23, 79 }, { 23, 80 }, { 24, 79 }, { 24, 80 }, { 25, 81 },
		{ 24, 250 }, { 80, 40 }, { 80, 80 }, { 30, 100 }, { 39, 119 }, { 40, 120 }, { 49, 160 }, { 50, 160 }, { 50, 159 },
		{ 60, 200 }, { 70, 240 }, { 80, 250 }, { 24, 80 }, { 6, 200 }, { 13, 100 }, { 28, 90 }, { 33, 133 }, { 100, 300 },
	};
	static const char *const keys[] = { "1", "2", "3", "1zz", "?\033", "\t", "R", "h" };

	start(24, 80);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		const char *screen = NULL;

		pty_resize(&p, sizes[i][0], sizes[i][1]);
		pty_keys(&p, keys[i % 8]);
		for (int tries = 0; tries < 5 && !(screen && rows_are(screen, sizes[i][0], sizes[i][1])); tries++) {
			pty_read(&p, 0.1);               /* on a busy machine it may learn of its size late */
			screen = pty_screen(&p);
		}
		ck_assert_msg(screen != NULL, "no screen at %d rows and %d columns", sizes[i][0], sizes[i][1]);
		ck_assert_msg(rows_are(screen, sizes[i][0], sizes[i][1]), "a screen of another size at %d rows and %d columns:\n%s",
		              sizes[i][0], sizes[i][1], screen);
	}
	pty_resize(&p, 1, 1);
	pty_read(&p, 0.2);
	stop();
}
END_TEST

START_TEST(random_keys_do_no_harm)
{
	static const char *const keys[] = {
		"h", "j", "k", "l", "g", "G", "\t", "\033[Z", "1", "2", "3", "[", "]", "z", "\r", "\033", "?", "f", " ", "Z", "\f", "R", "-", "+", "0",
		"a", "s", "S", ">", ",", ".", "I", "\033OP", "\033[15~", "\033[17~", "\033[18~", "\033[19~", "\033[A", "\033[B", "\033[C", "\033[D",
		"\033[5~", "\033[6~", "\003", "\x15", "\x04", "p", "p", "/", "x", "\x7f", "\xc3\xa9", "\033[M !!", "\033[<0;10;10M", "\033[<64;20;20M",
		":corrupt --help\r", ":corrupt --field raeds\r", ":report\r", ":rank \"\r", ":rank --count\r",
	};
	struct rng rng;

	rng_seed(&rng, 7, 1);
	start(24, 80);
	ck_assert(pty_shows(&p, "TRAINING", 10));
	for (int i = 0; i < 1500; i++) {
		pty_keys(&p, keys[rng_below(&rng, (int)(sizeof keys / sizeof keys[0]))]);
		if (i % 50 == 0)
			pty_resize(&p, 1 + rng_below(&rng, 60), 1 + rng_below(&rng, 200));
		if (i % 10 == 0)
			pty_read(&p, 0.02);
		ck_assert_msg(!pty_wait(&p, 0), "it ended after %d keys, status %x", i, (unsigned)p.status);
	}
	pty_resize(&p, 24, 80);
	for (int i = 0; i < 4; i++) {
		pty_keys(&p, "\033");
		pty_read(&p, 0.1);
	}
	ck_assert(pty_shows(&p, "Train", 10));
	stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("screen");
	TCase *leaving = tcase_create("leaving"), *showing = tcase_create("showing");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(leaving, before, after);
	tcase_set_timeout(leaving, 120);
	tcase_add_test(leaving, stopping_saves_and_gives_the_terminal_back);
	tcase_add_test(leaving, sigterm_saves_and_gives_the_terminal_back);
	tcase_add_loop_test(leaving, a_crash_gives_the_terminal_back_and_names_the_run, 0, 2);
	tcase_add_test(leaving, training_outlives_its_terminal);
	tcase_add_test(leaving, detaching_goes_on_to_the_end);
	tcase_add_test(leaving, a_run_that_cannot_open_is_one_line);
	tcase_add_test(leaving, a_wrong_line_of_a_theme_is_said_and_the_rest_applies);
	suite_add_tcase(suite, leaving);
	tcase_add_checked_fixture(showing, before, after);
	tcase_set_timeout(showing, 180);
	tcase_add_loop_test(showing, first_screen_has_its_panes, 0, 3);
	tcase_add_test(showing, keys_do_what_the_help_says);
	tcase_add_test(showing, ranking_scores_sorts_and_opens);
	tcase_add_test(showing, the_mouse_reaches_what_keys_reach);
	tcase_add_test(showing, help_lists_and_finds_keys);
	tcase_add_test(showing, a_paste_runs_no_command);
	tcase_add_test(showing, nothing_is_written_when_nothing_changes);
	tcase_add_test(showing, a_message_leaves_at_a_key_and_a_warning_only_then);
	tcase_add_test(showing, escape_sequences_in_names_stay_harmless);
	tcase_add_loop_test(showing, terminals, 0, 8);
	tcase_add_test(showing, a_terminal_without_a_cursor_trains_and_names_the_other_way);
	tcase_add_loop_test(showing, surroundings, 0, 3);
	tcase_add_test(showing, any_size_shows_something_and_survives);
	tcase_add_test(showing, random_keys_do_no_harm);
	suite_add_tcase(suite, showing);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
