/*
 * check_sweep.c -- the screen inside the test's own process, on a pseudo-terminal that nobody reads slowly: every size, and many keys. What
 * must hold is that nothing crashes, under the sanitizers that nothing is touched that is not ours, and that it can be left.
 */
#include <check.h>
#include <stdlib.h>

#include "src/base/rng.h"
#include "tests/screen_rig.h"

enum { ROWS = 80, COLUMNS = 250, KEYS = 3000, LONG_KEYS = 100000 };

static bool ranked(void)
{
	return rig.ui.ranking_count >= 12;
}

/* A run that has something for every view. */
static void before(void)
{
	struct worker_options options;

	rig_start();
	options = tiny_options(rig.folder, "run", 40);
	rig_open(&options);
	rig_wait(rig_finished);
	rig_ask(&(struct command){ .kind = COMMAND_RANK, .count = 12 });
	rig_wait(ranked);
	rig_ask(&(struct command){ .kind = COMMAND_EXPERIMENT, .experiment = { .kind = EXPERIMENT_CORRUPT, .count = 8, .trials = 1 } });
	rig_wait(rig_reported);
	rig.ui.overlay = NULL;                   /* the report */
}

static void after(void)
{
	rig_close();
	rig_stop();
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

	rig_type(key);
	for (int i = _i % step; i < ROWS * COLUMNS; i += step) {
		rig_resize(1 + i / COLUMNS, 1 + i % COLUMNS);
		rig_paint();
		ck_assert_int_lt(rig.ui.cursor_y, 32767);
	}
}
END_TEST

static const char *const keys[] = {
	"h", "j", "k", "l", "g", "G", "\t", "\033[Z", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0", "[", "]", "z", "\r", "\033", "?", "f", " ", "Z",
	"\f", "R", "-", "+", "=", "a", "s", "S", ">", "<", ",", ".", "I", "e", "r", "w", "b", "o", "O", "D", "y", "P", "J", "K", "u", "U", "\x12", "\x07", "m", "'",
	"v", "*", "n", "N", "c", "d", "t", "x", "L", "i", "A", "B", "C", "E", "F", "M", "T", "V", "W", "X", "/", "\\", "\"", "!", "\033OP", "\033OQ", "\033OR", "\033OS", "\033[15~",
	"\033[17~", "\033[18~", "\033[19~", "\033[20~", "\033[A", "\033[B", "\033[C", "\033[D", "\033[5~", "\033[6~", "\033[H", "\033[F", "\033[3~", "\x15", "\x04", "p", "\x7f",
	"\xc3\xa9", "\033[<0;10;10M", "\033[<0;40;12M", "\033[<0;70;3M", "\033[<64;20;20M", "\033[<65;20;20M", "\033[200~paste\033[201~",
	":rank --count\r", ":corrupt --field raeds\r", ":sort error\r", ":filter error<2\r", ":filter\r", ":report\r", ":edit densenet\r", ":drafts\r", ":w some\r", ":help\r", ":messages\r",
};

/* What leaves is taken back: the test goes on. */
START_TEST(many_keys_at_many_sizes)
{
	struct rng rng;
	int many = everything() ? LONG_KEYS : KEYS;

	rng_seed(&rng, 11 + (uint64_t)_i, 1);
	for (int i = 0; i < many; i++) {
		rig_type(keys[rng_below(&rng, (int)(sizeof keys / sizeof keys[0]))]);
		rig.ui.quitting = QUIT_NO;
		if (i % 37 == 0)
			rig_resize(1 + rng_below(&rng, ROWS), 1 + rng_below(&rng, COLUMNS));
		if (i % 5 == 0)
			take_snapshot(&rig.ui, &rig.loop);
		rig_paint();
	}
	for (int i = 0; i < 8; i++)
		rig_type("\033");
	rig_resize(24, 80);
	rig_type("1");
	rig_paint();
	ck_assert_int_eq(rig.ui.tab, 0);
}
END_TEST

/* Function keys with modifiers, reports of focus, colours, the terminal's name and the mouse: letters in them are not keys. */
START_TEST(what_no_key_sends_does_nothing)
{
	static const char *const sequences[] = {
		"\033[1;5R", "\033[27;5;106~", "\033[I", "\033[O", "\033[?62;4c", "\033[[R", "\033]11;rgb:2/4/8\a", "\033]4;8;?\033\\",
		"\033P1$r3 q\033\\",
	};

	rig_type("1");
	for (size_t i = 0; i < sizeof sequences / sizeof sequences[0]; i++) {
		rig_type(sequences[i]);
		ck_assert_msg(rig.ui.tab == 0 && !rig.ui.overlay, "sequence %zu", i);
		ck_assert_str_eq(rig.ui.snap->job.name, "");
	}
	rig_type("4");
	ck_assert_int_eq(rig.ui.tab, PANE_CORRUPT);
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
	tcase_add_test(many, what_no_key_sends_does_nothing);
	tcase_add_loop_test(many, many_keys_at_many_sizes, 0, 2);
	suite_add_tcase(suite, sizes);
	suite_add_tcase(suite, many);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
