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
#include "tests/story.h"

static void assert_left_as_it_was(void)
{
	ck_assert(pty_restored(&story.p));
	ck_assert(pty_wrote(&story.p, "\033[?1049l"));         /* the other screen */
	ck_assert(pty_wrote(&story.p, "\033[?25h") || pty_wrote(&story.p, "\033[?12l\033[?25h"));
	ck_assert(pty_wrote(&story.p, "\033[?2004l"));
	ck_assert(pty_wrote(&story.p, "1000l"));               /* mouse */
}

START_TEST(stopping_saves_and_gives_the_terminal_back)
{
	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	story_stop();
	assert_left_as_it_was();
	ck_assert(pty_wrote(&story.p, "To go on: smashtop --run"));
	ck_assert(strstr(story_content("run/log"), "training begins"));
}
END_TEST

START_TEST(sigterm_saves_and_gives_the_terminal_back)
{
	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	kill(story.p.pid, SIGTERM);
	ck_assert(pty_wait(&story.p, 20));
	ck_assert(WIFEXITED(story.p.status));
	ck_assert_int_eq(WEXITSTATUS(story.p.status), 130);
	assert_left_as_it_was();
	ck_assert(access(story.p.dump, F_OK) == 0);
}
END_TEST

START_TEST(a_crash_gives_the_terminal_back_and_names_the_run)
{
	static const int crash[] = { SIGSEGV, SIGABRT };

	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	kill(story.p.pid, crash[_i]);
	ck_assert(pty_wait(&story.p, 20));
	ck_assert(!WIFEXITED(story.p.status) || WEXITSTATUS(story.p.status) != 0);
	assert_left_as_it_was();
	ck_assert(pty_wrote(&story.p, "crashed"));
	ck_assert(pty_wrote(&story.p, "/run\r\n"));
}
END_TEST

START_TEST(training_outlives_its_terminal)
{
	story_start((struct story_start){ .steps = 1200, .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_hang_up(&story.p);
	ck_assert_msg(pty_wait(&story.p, 60), "it does not come to an end");
	ck_assert_int_eq(story.p.status, 0);
	ck_assert(strstr(story_content("run/log"), "training goes on without a screen"));
	ck_assert(strstr(story_content("run/log"), "training is finished: 1200 steps"));
}
END_TEST

START_TEST(a_hang_up_by_hand_leaves_the_terminal_and_training_goes_on)
{
	story_start((struct story_start){ .steps = 1200 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	kill(story.p.pid, SIGHUP);
	ck_assert(story_gets("run/log", "training goes on without a screen", 10));
	assert_left_as_it_was();
	ck_assert_msg(pty_wait(&story.p, 60), "it does not come to an end");
	ck_assert_int_eq(story.p.status, 0);
	ck_assert(strstr(story_content("run/log"), "training is finished: 1200 steps"));
}
END_TEST

/* Steps in the run's metrics; its last line may be half there. */
static int steps_made(void)
{
	const char *text = story_content("run/metrics.jsonl"), *last = NULL;

	for (const char *at = text; (at = strstr(at, "{\"step\":")); at++)
		if (strchr(at, '\n'))
			last = at;
	return last ? atoi(last + strlen("{\"step\":")) : 0;
}

START_TEST(a_terminal_that_stands_still_holds_up_nothing_but_itself)
{
	double end;
	int before;

	story_start((struct story_start){ .rows = 60, .columns = 200 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	for (int i = 0; i < 40; i++) {                   /* nobody reads: more than the kernel keeps */
		pty_keys(&story.p, "\f");
		usleep(25000);
	}
	before = steps_made();
	for (end = clock_seconds() + 10; steps_made() <= before && clock_seconds() < end; )    /* they are written many at a time */
		usleep(20000);
	ck_assert_int_gt(steps_made(), before);
	story.p.length = 0;
	pty_read(&story.p, 1);
	ck_assert_uint_lt(story.p.length, 200000);       /* what it wrote meanwhile is at most what was waiting, not every frame */
	pty_keys(&story.p, "p");
	ck_assert(pty_shows(&story.p, "PAUSED", 10));
	story_stop();
}
END_TEST

/* 4 KiB/s, where every frame is a hundredth of a second late or more: what is shown is of now. */
START_TEST(a_slow_reader_sees_the_newest)
{
	double end;

	story_start((struct story_start){ .rows = 40, .columns = 120 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	for (int i = 0; i < 40; i++) {
		char bytes[102];

		pty_keys(&story.p, i % 2 ? "\f" : "\t");
		usleep(25000);
		ck_assert_int_gt(read(story.p.fd, bytes, sizeof bytes), 0);
	}
	story.p.length = 0;
	end = clock_seconds() + 0.5;
	while (clock_seconds() < end)
		pty_read(&story.p, 0.1);
	ck_assert_uint_lt(story.p.length, 64000);        /* the kernel's buffers: some frames of forty */
	pty_keys(&story.p, "p");
	ck_assert(pty_shows(&story.p, "PAUSED", 10));
	story_stop();
}
END_TEST

START_TEST(detaching_goes_on_to_the_end)
{
	story_start((struct story_start){ .steps = 3000, .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, "qq");                              /* twice the same key loses nothing */
	ck_assert(pty_wait(&story.p, 20));
	ck_assert_int_eq(story.p.status, 0);
	assert_left_as_it_was();
	ck_assert(pty_wrote(&story.p, "To come back: kill "));
	ck_assert(story_gets("run/metrics.jsonl", "\"step\":3000", 60));
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

	story_start((struct story_start){ .rows = sizes[_i].rows, .columns = sizes[_i].columns });
	for (int i = 0; i < 8; i++)
		ck_assert(pty_shows(&story.p, sizes[_i].has[i], 15));
	story_stop();
}
END_TEST

START_TEST(keys_do_what_the_help_says)
{
	story_start((struct story_start){ .rows = 40, .columns = 120 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, "p");
	ck_assert(pty_shows(&story.p, "PAUSED", 10));
	pty_keys(&story.p, "p");
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, "Z");
	ck_assert(pty_shows(&story.p, "FROZEN", 10));
	pty_keys(&story.p, "Z");
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, "a");
	ck_assert(pty_shows(&story.p, "log  EMA", 10));
	pty_keys(&story.p, "as");
	ck_assert(pty_shows(&story.p, "EMA 0.9", 10));
	pty_keys(&story.p, "h");
	ck_assert(pty_shows(&story.p, "mean ", 10));
	pty_keys(&story.p, "\033");
	pty_read(&story.p, 0.1);
	pty_keys(&story.p, "\t ");
	ck_assert(pty_shows(&story.p, "held", 10));
	pty_keys(&story.p, "f");
	ck_assert(pty_shows(&story.p, "F5 follows", 10));
	pty_keys(&story.p, "z");
	ck_assert(pty_shows(&story.p, "1x1, generated", 10));
	pty_keys(&story.p, "3");
	ck_assert(pty_shows(&story.p, "[3 Rank]", 10));
	pty_keys(&story.p, "1\t0hhh");                         /* all at once: the cursor moves in the pane that is to come */
	ck_assert(pty_shows(&story.p, ">Loss", 10));
	ck_assert(pty_shows(&story.p, "mean ", 10));
	ck_assert(!strstr(story.p.screen, "step 1–"));
	story_stop();
}
END_TEST

START_TEST(ranking_scores_sorts_and_opens)
{
	char id[8];
	const char *row;

	story_start((struct story_start){ .rows = 40, .columns = 120 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, ":rank 5\r");
	ck_assert(pty_shows(&story.p, "5 scored", 60));
	ck_assert(pty_shows(&story.p, "F6 score", 10));
	pty_keys(&story.p, "\t\t..");
	ck_assert(pty_shows(&story.p, "sorted by step", 10));
	ck_assert(pty_shows(&story.p, "F6 step", 10));
	pty_keys(&story.p, "I");
	ck_assert(pty_shows(&story.p, "F6 step down", 10));
	pty_keys(&story.p, "I,j");
	ck_assert(pty_shows(&story.p, "Selected", 10));
	ck_assert(pty_shows(&story.p, ">", 10));
	row = strstr(story.p.screen, "Selected  ");
	ck_assert(row != NULL);
	snprintf(id, sizeof id, "%s", row + strlen("Selected  "));
	pty_keys(&story.p, "\r");
	pty_read(&story.p, 0.3);
	ck_assert(pty_shows(&story.p, "ranked ", 10));
	ck_assert_msg(strncmp(strstr(story.p.screen, "ranked ") + 7, id, 7) == 0, "another architecture is opened");
	story_stop();
}
END_TEST

/* Where the screen has the text. */
static void click(const char *text)
{
	const char *screen = pty_screen(&story.p);
	const char *at = screen ? strstr(screen, text) : NULL;
	int row = 0, column = 0;

	ck_assert_msg(at != NULL, "no \"%s\" to click on", text);
	for (const char *s = screen; s < at; s++) {
		if (((unsigned char)*s & 0xc0) != 0x80)
			column++;
		if (*s == '\n') {
			row++;
			column = 0;
		}
	}
	story_click(row, column);
	pty_read(&story.p, 0.2);
}

START_TEST(the_mouse_reaches_what_keys_reach)
{
	story_start((struct story_start){ .rows = 40, .columns = 120 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, ":rank 3\r");
	ck_assert(pty_shows(&story.p, "3 scored", 60));
	click("step param");
	ck_assert(pty_shows(&story.p, "F6 step", 10));
	ck_assert(pty_shows(&story.p, ">Ranking", 10));
	click("3 Rank");
	ck_assert(pty_shows(&story.p, "[3 Rank]", 10));
	click("1 Train");
	click("units conv");
	ck_assert(pty_shows(&story.p, ">Banks", 10));
	click("p Pause");
	ck_assert(pty_shows(&story.p, "PAUSED", 10));
	story_stop();
}
END_TEST

START_TEST(help_lists_and_finds_keys)
{
	story_start((struct story_start){ .rows = 30, .columns = 100 });
	story_sees("TRAINING");
	story_types("?", "/ a word");
	story_sees("Everywhere");
	story_types("/checkpoint", "write a checkpoint now");
	ck_assert(!strstr(vt_text(&story.glass), "half a page up"));
	story_types("\033", "/ a word");
	story_puts_away("\033", "/ a word");
	story_stop();
}
END_TEST

START_TEST(a_paste_runs_no_command)
{
	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, "\033[200~qs\r\033[201~");
	ck_assert(pty_shows(&story.p, "a paste of 3 characters is dropped", 10));
	story_stop();
}
END_TEST

/* Whether it stands there without anything being done that would put another in its place. */
static bool line_has(const char *text)
{
	const char *screen = pty_screen(&story.p);

	ck_assert_ptr_nonnull(screen);
	return strstr(screen, text) != NULL;
}

START_TEST(nothing_is_written_when_nothing_changes)
{
	story_start((struct story_start){ .rows = 40, .columns = 120 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, "p");
	ck_assert(pty_shows(&story.p, "PAUSED", 10));
	pty_keys(&story.p, ":set message=1\r!");
	pty_read(&story.p, 2);
	story.p.length = 0;
	pty_read(&story.p, 2);
	ck_assert_uint_eq(story.p.length, 0);
	ck_assert(!line_has("! does nothing"));          /* which has left by itself */
	story_stop();
}
END_TEST

START_TEST(a_message_leaves_at_a_key_and_a_warning_only_then)
{
	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_read(&story.p, 0.5);
	pty_keys(&story.p, "p");
	pty_read(&story.p, 0.6);
	ck_assert(line_has("training pauses after this step"));
	pty_keys(&story.p, "!");
	pty_read(&story.p, 0.6);
	ck_assert(line_has("! does nothing"));
	pty_keys(&story.p, "!");
	pty_read(&story.p, 0.6);
	pty_keys(&story.p, "2");
	ck_assert(!line_has("! does nothing"));
	pty_keys(&story.p, ":set message=1\r:sort nonsense\r");
	pty_read(&story.p, 1.5);
	ck_assert(line_has("there is no column \"nonsense\""));
	pty_keys(&story.p, "!");
	pty_read(&story.p, 0.6);
	ck_assert(!line_has("nonsense"));
	story_stop();
}
END_TEST

START_TEST(escape_sequences_in_names_stay_harmless)
{
	story_start((struct story_start){ .name = "e\033]0;evil\a", .rows = 60, .columns = 200 });
	ck_assert(pty_shows(&story.p, "e?]0;evil?", 10));
	pty_keys(&story.p, "qs");
	ck_assert(pty_wait(&story.p, 20));
	ck_assert(!pty_wrote(&story.p, "\033]0;evil"));
}
END_TEST

START_TEST(terminals)
{
	static const struct { const char *term, *shows; } terms[] = {
		{ "xterm-256color", "─" }, { "screen", "─" }, { "tmux", "─" }, { "tmux-256color", "─" }, { "xterm", "─" }, { "linux", "->Loss" }, { "vt100", "->Loss" },
		{ "xterm-nobody-knows-it", "is unknown here" },
	};

	story_start((struct story_start){ .rows = 24, .columns = 80, .term = terms[_i].term });
	ck_assert(pty_shows(&story.p, terms[_i].shows, 10));
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	story_stop();
}
END_TEST

START_TEST(a_terminal_without_a_cursor_trains_and_names_the_other_way)
{
	story_start((struct story_start){ .steps = 40, .rows = 24, .columns = 80, .term = "dumb" });
	ck_assert(pty_wait(&story.p, 30));
	ck_assert_int_eq(story.p.status, 0);
	ck_assert(pty_wrote(&story.p, "the terminal (TERM=dumb) cannot move its cursor; training without a screen (--plain takes commands in lines)"));
	ck_assert(!pty_wrote(&story.p, "\033["));
}
END_TEST

START_TEST(surroundings)
{
	static char ascii[] = "LC_ALL=C", mono[] = "NO_COLOR=1", theme[] = "SMASHTOP_THEME=dark";
	static char *const environments[][2] = { { ascii, NULL }, { mono, NULL }, { theme, NULL } };

	story_start((struct story_start){ .rows = 24, .columns = 80, .environment = environments[_i] });
	ck_assert(pty_shows(&story.p, _i == 0 ? "->Loss" : "Loss", 10));
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	ck_assert(story_wrote_colour() == (_i != 1));
	story_stop();
}
END_TEST

START_TEST(a_wrong_line_of_a_theme_is_said_and_the_rest_applies)
{
	char path[300], name[320];
	FILE *f;
	char *environment[] = { name, NULL };

	snprintf(path, sizeof path, "%s/wrong.theme", story.folder);
	snprintf(name, sizeof name, "SMASHTOP_THEME=%s", path);
	ck_assert((f = fopen(path, "w")) != NULL);
	fputs("[roles]\n\nchart.trian = red\nstatus = 17 on 153\n", f);
	fclose(f);
	story_start((struct story_start){ .rows = 24, .columns = 200, .environment = environment });
	ck_assert(pty_shows(&story.p, "wrong.theme line 3: unknown role \"chart.trian\"; did you mean chart.train?", 10));
	ck_assert(pty_wrote(&story.p, "\033[38;5;17m"));
	story_stop();
}
END_TEST

START_TEST(a_run_that_cannot_open_is_one_line)
{
	char path[300];

	snprintf(path, sizeof path, "%s/train-images-idx3-ubyte", story.folder);
	ck_assert_int_eq(truncate(path, 1000), 0);
	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_wait(&story.p, 20));
	ck_assert_int_eq(WEXITSTATUS(story.p.status), 1);
	ck_assert(pty_restored(&story.p));
	ck_assert(pty_wrote(&story.p, "smashtop: "));
	ck_assert(pty_wrote(&story.p, "train-images-idx3-ubyte"));
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

/* Around the sizes at which something else is shown; check_sweep has all. */
START_TEST(any_size_shows_something_and_survives)
{
	static const int sizes[][2] = {          /* rows, columns */
		{ 1, 1 }, { 1, 80 }, { 24, 1 }, { 2, 2 }, { 3, 10 }, { 9, 39 }, { 10, 40 }, { 11, 41 }, { 12, 79 }, { 23, 80 }, { 24, 79 },
		{ 24, 250 }, { 80, 40 }, { 30, 100 }, { 39, 119 }, { 40, 120 }, { 50, 159 }, { 60, 200 }, { 80, 250 }, { 6, 200 }, { 100, 300 },
	};
	static const char *const keys[] = { "1", "2", "3", "1zz", "?\033", "\t", "R", "h" };

	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
		const char *screen = NULL;

		pty_resize(&story.p, sizes[i][0], sizes[i][1]);
		pty_keys(&story.p, keys[i % 8]);
		for (int tries = 0; tries < 5 && !(screen && rows_are(screen, sizes[i][0], sizes[i][1])); tries++) {
			pty_read(&story.p, 0.1);               /* on a busy machine it may learn of its size late */
			screen = pty_screen(&story.p);
		}
		ck_assert_msg(screen != NULL, "no screen at %d rows and %d columns", sizes[i][0], sizes[i][1]);
		ck_assert_msg(rows_are(screen, sizes[i][0], sizes[i][1]), "a screen of another size at %d rows and %d columns:\n%s",
		              sizes[i][0], sizes[i][1], screen);
	}
	pty_resize(&story.p, 1, 1);
	pty_read(&story.p, 0.2);
	story_stop();
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
	story_start((struct story_start){ .rows = 24, .columns = 80 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	for (int i = 0; i < 600; i++) {
		pty_keys(&story.p, keys[rng_below(&rng, (int)(sizeof keys / sizeof keys[0]))]);
		if (i % 50 == 0)
			pty_resize(&story.p, 1 + rng_below(&rng, 60), 1 + rng_below(&rng, 200));
		if (i % 10 == 0)
			pty_read(&story.p, 0.02);
		ck_assert_msg(!pty_wait(&story.p, 0), "it ended after %d keys, status %x", i, (unsigned)story.p.status);
	}
	pty_resize(&story.p, 24, 80);
	for (int i = 0; i < 4; i++) {
		pty_keys(&story.p, "\033");
		pty_read(&story.p, 0.1);
	}
	ck_assert(pty_shows(&story.p, "Train", 10));
	story_stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("screen");
	TCase *leaving = tcase_create("leaving"), *showing = tcase_create("showing");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(leaving, story_before, story_after);
	tcase_set_timeout(leaving, 120);
	tcase_add_test(leaving, stopping_saves_and_gives_the_terminal_back);
	tcase_add_test(leaving, sigterm_saves_and_gives_the_terminal_back);
	tcase_add_loop_test(leaving, a_crash_gives_the_terminal_back_and_names_the_run, 0, 2);
	tcase_add_test(leaving, training_outlives_its_terminal);
	tcase_add_test(leaving, a_hang_up_by_hand_leaves_the_terminal_and_training_goes_on);
	tcase_add_test(leaving, a_terminal_that_stands_still_holds_up_nothing_but_itself);
	tcase_add_test(leaving, a_slow_reader_sees_the_newest);
	tcase_add_test(leaving, detaching_goes_on_to_the_end);
	tcase_add_test(leaving, a_run_that_cannot_open_is_one_line);
	tcase_add_test(leaving, a_wrong_line_of_a_theme_is_said_and_the_rest_applies);
	suite_add_tcase(suite, leaving);
	tcase_add_checked_fixture(showing, story_before, story_after);
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
