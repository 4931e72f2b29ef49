/* check_line.c -- the line editor, its history and completion: keys in, text out. */
#include <check.h>
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ui/commands.h"
#include "ui/keys.h"
#include "ui/pane.h"
#include "ui/ranking.h"
#include "ui/term.h"

static char folder[] = "/tmp/smashtop-line-XXXXXX", path[64];
static struct line line;
static struct history history;
static struct ui ui;

static void before(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert(mkdtemp(folder) != NULL);
	setenv("XDG_STATE_HOME", folder, 1);
	setenv("HOME", "/home/of-nobody", 1);
	snprintf(path, sizeof path, "%s/smashtop/history", folder);
	history_open(&history, "history");
	ui.snap = calloc(1, sizeof *ui.snap);
	ui.pane[PANE_RANKING] = pane_ranking_new();
	ck_assert(ui.snap && ui.pane[PANE_RANKING]);
}

static void after(void)
{
	char command[128];

	ui.pane[PANE_RANKING]->class->release(ui.pane[PANE_RANKING]);
	free(ui.snap);
	history_release(&history);
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void type(const char *text)
{
	for (; *text; text++)
		ck_assert_int_eq(line_key(&line, (unsigned char)*text), LINE_WRITING);
}

/* Keys, in words: <left> is a key, everything else is typed. */
static void keys(const char *text)
{
	static const struct { const char *name; int key; } names[] = {
		{ "<left>", KEY_LEFT }, { "<right>", KEY_RIGHT }, { "<home>", KEY_HOME }, { "<end>", KEY_END }, { "<del>", KEY_DC },
		{ "<back>", KEY_BACKSPACE }, { "<up>", KEY_UP }, { "<down>", KEY_DOWN }, { "<tab>", KEY_TABULATOR }, { "<stab>", KEY_BTAB },
		{ "<wleft>", TERM_WORD_LEFT }, { "<wright>", TERM_WORD_RIGHT }, { "<esc>", KEY_ESCAPE }, { "<^a>", CONTROL('a') },
		{ "<^e>", CONTROL('e') }, { "<^k>", CONTROL('k') }, { "<^u>", CONTROL('u') }, { "<^w>", CONTROL('w') }, { "<^y>", CONTROL('y') },
		{ "<^r>", CONTROL('r') }, { "<^d>", CONTROL('d') }, { "<altback>", TERM_WORD_ERASE }, { "<altd>", TERM_WORD_DELETE },
	};
	char one[2] = "";

	while (*text) {
		size_t i = 0;

		while (i < sizeof names / sizeof names[0] && strncmp(text, names[i].name, strlen(names[i].name)) != 0)
			i++;
		if (i < sizeof names / sizeof names[0]) {
			ck_assert_int_eq(line_key(&line, names[i].key), LINE_WRITING);
			text += strlen(names[i].name);
		} else {
			one[0] = *text++;
			type(one);
		}
	}
}

static const struct {
	const char *keys, *text;
} edits[] = {
	{ "rank 50", "rank 50" },
	{ "rank 50<left><left>1", "rank 150" },
	{ "ank<home>r<end>!", "rank!" },
	{ "ank<^a>r<^e>!", "rank!" },
	{ "rank<left><left><del>", "rak" },
	{ "rank<left><left><^d>", "rak" },
	{ "rank<back><back>", "ra" },
	{ "one two three<^w>", "one two " },
	{ "one two three<altback><altback>", "one " },
	{ "one two three<wleft><wleft><^k>", "one " },
	{ "one two three<wleft><^u>", "three" },
	{ "one two three<^w><^u><^y>", "one two " },
	{ "one two<^a><wright>!", "one! two" },
	{ "one two<^a><altd>", " two" },
	{ "sch\xc3\xb6n<left><back>o", "schon" },
	{ "sch\xc3\xb6n<left><left><del>o", "schon" },
	{ "<left><right><del>x", "x" },
};

START_TEST(keys_edit_as_in_a_shell)
{
	line_begin(&line, "", NULL, NULL, NULL);
	keys(edits[_i].keys);
	ck_assert_str_eq(line.text, edits[_i].text);
}
END_TEST

START_TEST(a_line_is_never_longer_than_there_is_room_for)
{
	line_begin(&line, "", NULL, NULL, NULL);
	for (int i = 0; i < 2 * LINE_SIZE; i++)
		keys("x");
	ck_assert_uint_eq(strlen(line.text), LINE_SIZE - 1);
	keys("<home>y<^y>");
	ck_assert_uint_eq(strlen(line.text), LINE_SIZE - 1);
	ck_assert_int_eq(line.text[0], 'x');
}
END_TEST

START_TEST(ways_out)
{
	static const int leave[] = { KEY_ESCAPE, CONTROL('c'), CONTROL('g'), KEY_BACKSPACE }, done[] = { '\r', '\n', KEY_ENTER };

	for (size_t i = 0; i < sizeof leave / sizeof leave[0]; i++) {
		line_begin(&line, "", &history, NULL, NULL);
		ck_assert_int_eq(line_key(&line, leave[i]), LINE_LEFT);
	}
	for (size_t i = 0; i < sizeof done / sizeof done[0]; i++) {
		line_begin(&line, "kept", &history, NULL, NULL);
		ck_assert_int_eq(line_key(&line, done[i]), LINE_DONE);
		ck_assert_str_eq(line.text, "kept");
	}
	ck_assert_int_eq(history.count, 1);
}
END_TEST

START_TEST(a_paste_is_inserted_up_to_its_first_end_and_runs_nothing)
{
	line_begin(&line, "ab", NULL, NULL, NULL);
	keys("<left>");
	line_paste(&line, "x\033y\nrm -rf\r", 11);
	ck_assert_str_eq(line.text, "ax?yb");
	ck_assert_str_eq(line.notice, "of the paste the first line is taken, 8 bytes are left out");
	keys("<left>");
	ck_assert_str_eq(line.notice, "");
	line_paste(&line, "one line\n", 9);
	ck_assert_str_eq(line.notice, "");
}
END_TEST

START_TEST(what_of_a_paste_has_no_room_is_said)
{
	char text[LINE_SIZE];

	memset(text, 'x', sizeof text - 1);
	memcpy(text + sizeof text - 3, "\303\244", 3);          /* a character of two bytes at the end */
	line_begin(&line, "", NULL, NULL, NULL);
	line_paste(&line, text, 9000);                           /* the beginning of one that is longer */
	ck_assert_uint_eq(strlen(line.text), LINE_SIZE - 1);
	ck_assert_str_eq(line.notice, "the paste is cut: a line has 511 bytes at most, this has 8489 more");
	line_begin(&line, "a", NULL, NULL, NULL);
	line_paste(&line, text, LINE_SIZE - 1);
	ck_assert_uint_eq(strlen(line.text), LINE_SIZE - 2);     /* no half of it */
	ck_assert_str_eq(line.notice, "the paste is cut: a line has 511 bytes at most, this has 2 more");
}
END_TEST

/* ---- history ---- */

static void remember(const char *text)
{
	line_begin(&line, text, &history, NULL, NULL);
	ck_assert_int_eq(line_key(&line, '\r'), LINE_DONE);
}

START_TEST(up_and_down_go_through_what_begins_as_the_line_does)
{
	remember("rank 10");
	remember("corrupt");
	remember("rank 20");
	line_begin(&line, "", &history, NULL, NULL);
	keys("ra<up>");
	ck_assert_str_eq(line.text, "rank 20");
	keys("<up>");
	ck_assert_str_eq(line.text, "rank 10");
	keys("<up>");
	ck_assert_str_eq(line.text, "rank 10");
	keys("<down><down>");
	ck_assert_str_eq(line.text, "ra");
	keys("<^u><up><up>");
	ck_assert_str_eq(line.text, "corrupt");
	keys("!<up>");                                   /* it begins anew from what it is now: nothing begins so */
	ck_assert_str_eq(line.text, "corrupt!");
}
END_TEST

START_TEST(search_finds_older_and_older_and_lets_go)
{
	remember("rank --count 10");
	remember("corrupt --field reads");
	remember("rank --count 20");
	line_begin(&line, "typed", &history, NULL, NULL);
	keys("<^r>count");
	ck_assert_str_eq(line.text, "rank --count 20");
	keys("<^r>");
	ck_assert_str_eq(line.text, "rank --count 10");
	keys("<esc>");
	ck_assert_str_eq(line.text, "typed");
	keys("<^r>field<left>!");                        /* another key takes what was found */
	ck_assert_str_eq(line.text, "corrupt --field read!s");
	keys("<^r>20");
	ck_assert_int_eq(line_key(&line, '\r'), LINE_DONE);
	ck_assert_str_eq(line.text, "rank --count 20");
}
END_TEST

START_TEST(history_outlives_the_session)
{
	remember("one");
	remember("two");
	remember("two");
	remember(" not this");
	history_release(&history);
	history_open(&history, "history");
	ck_assert_int_eq(history.count, 2);
	ck_assert_str_eq(history.line[1], "two");
}
END_TEST

START_TEST(a_long_history_is_cut_and_two_sessions_share_it)
{
	struct history other;
	char text[32];
	struct stat s;

	for (int i = 0; i < 3 * HISTORY_LINES; i++) {
		snprintf(text, sizeof text, "line %d", i);
		history_add(&history, text);
	}
	history_open(&other, "history");
	ck_assert_int_eq(other.count, HISTORY_LINES);
	ck_assert_str_eq(other.line[HISTORY_LINES - 1], "line 1499");
	ck_assert_int_eq(stat(path, &s), 0);
	ck_assert_int_lt(s.st_size, 12 * HISTORY_LINES);
	ck_assert_int_eq(s.st_mode & 077, 0);
	history_add(&history, "of the first");
	history_add(&other, "of the second");
	history_release(&other);
	history_open(&other, "history");
	ck_assert_str_eq(other.line[HISTORY_LINES - 2], "of the first");
	history_release(&other);
}
END_TEST

START_TEST(a_history_that_cannot_be_a_file_is_kept_in_memory)
{
	char parent[64];

	snprintf(parent, sizeof parent, "%s/smashtop", folder);
	ck_assert_int_eq(mkdir(parent, 0700), 0);
	ck_assert_int_eq(mkfifo(path, 0600), 0);         /* opening one would wait for somebody who reads */
	history_release(&history);
	history_open(&history, "history");
	remember("one");
	line_begin(&line, "", &history, NULL, NULL);
	keys("<up>");
	ck_assert_str_eq(line.text, "one");
}
END_TEST

/* ---- completion of commands ---- */

static const struct {
	const char *keys, *text;
} completions[] = {
	{ "retr<tab>", "retrain" },
	{ "corr<tab>", "corr" },
	{ "corr<tab><tab>", "corrupt" },
	{ "corr<tab><tab><tab>", "correlate" },
	{ "corr<tab><tab><stab>", "corr" },
	{ "corr<tab><tab><esc>", "corr" },
	{ "corr<tab><tab> --fi<tab>", "corrupt --field " },
	{ "corrupt --field di<tab>", "corrupt --field dilation" },
	{ "corrupt --field dilation,re<tab>", "corrupt --field dilation,reads" },
	{ "corrupt --field=reads,wr<tab>", "corrupt --field=reads,writes" },
	{ "corrupt --field reads,re<tab>", "corrupt --field reads,re" },        /* once is enough */
	{ "corrupt --hel<tab>", "corrupt --help " },
	{ "corrupt --run<tab>", "corrupt --run" },                              /* has no place here */
	{ "corrupt --count 5 --cou<tab>", "corrupt --count 5 --cou" },
	{ "guide --predictor wi<tab>", "guide --predictor wiring " },
	{ "guide --arch den<tab>", "guide --arch densenet " },
	{ "retrain --data fashion-mnist:/proc/self/stat<tab>", "retrain --data fashion-mnist:/proc/self/stat" },
	{ "set key<tab>let<tab>", "set keybar=letters " },
	{ "set keybar let<tab>", "set keybar letters " },
	{ "set theme=high<tab>", "set theme=high-contrast " },
	{ "theme mon<tab>", "theme mono " },
	{ "zo<tab>", "zoom " },
	{ "help mess<tab>", "help messages " },
	{ "screen /proc/self/cmdl<tab>", "screen /proc/self/cmdline " },
	{ "note corr<tab>", "note corr" },
	{ "nonsense --fi<tab>", "nonsense --fi" },
};

START_TEST(tab_completes_from_the_tables)
{
	line_begin(&line, "", NULL, commands_complete, &ui);
	keys(completions[_i].keys);
	ck_assert_str_eq(line.text, completions[_i].text);
}
END_TEST

START_TEST(ids_of_the_ranking_complete_best_first)
{
	struct ranking_row rows[3] = {
		{ .id = "9f44dd90aaaa", .score = 0.5 }, { .id = "9f0000000000", .score = 0.4 }, { .id = "3b1a11d00000", .score = 0.1 },
	};

	ck_assert(ranking_view_update(&ranking_pane(&ui)->view, rows, 3));
	line_begin(&line, "", NULL, commands_complete, &ui);
	keys("retrain --arch 3b<tab>");
	ck_assert_str_eq(line.text, "retrain --arch 3b1a11d00000 ");
	keys("<^u>retrain --arch 9f<tab><tab>");
	ck_assert_str_eq(line.text, "retrain --arch 9f0000000000");
}
END_TEST

START_TEST(files_with_blanks_are_put_in_quotes)
{
	char name[128], expected[160];

	snprintf(name, sizeof name, "%s/my folder", folder);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	snprintf(name, sizeof name, "%s/my folder/it's here", folder);
	ck_assert_int_eq(mkdir(name, 0700), 0);
	line_begin(&line, "", NULL, commands_complete, &ui);
	keys("screen ");
	type(folder);
	keys("/my<tab>");
	snprintf(expected, sizeof expected, "screen \"%s/my folder/", folder);
	ck_assert_str_eq(line.text, expected);
	keys("it<tab>");
	snprintf(expected, sizeof expected, "screen \"%s/my folder/it's here/", folder);
	ck_assert_str_eq(line.text, expected);
}
END_TEST

START_TEST(words_are_joined_as_a_shell_reads_them)
{
	static char *const words[] = { "retrain", "--arch", "it's a \"file\"", "", "a-b_c.json" };
	char text[64], little[16];

	commands_join(text, sizeof text, 5, words);
	ck_assert_str_eq(text, "retrain --arch 'it'\\''s a \"file\"' '' a-b_c.json");
	commands_join(little, sizeof little, 5, words);
	ck_assert_str_eq(little, "");
}
END_TEST

START_TEST(every_command_says_what_it_does)
{
	for (int i = 0; i < command_row_count; i++) {
		const struct command_row *row = &command_rows[i];

		ck_assert(row->name[0] && row->help[0] && row->arguments && row->run);
		ck_assert_msg(row->most == 0 || row->arguments[0], "%s takes words that have no name", row->name);
		ck_assert_msg(!row->rest || row->most == 1, "%s: the rest is one word", row->name);
		for (int k = 0; k < i; k++)
			ck_assert_str_ne(row->name, command_rows[k].name);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("line");
	TCase *editing = tcase_create("editing"), *remembering = tcase_create("remembering"), *completing = tcase_create("completing");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(editing, before, after);
	tcase_add_loop_test(editing, keys_edit_as_in_a_shell, 0, sizeof edits / sizeof edits[0]);
	tcase_add_test(editing, a_line_is_never_longer_than_there_is_room_for);
	tcase_add_test(editing, ways_out);
	tcase_add_test(editing, a_paste_is_inserted_up_to_its_first_end_and_runs_nothing);
	tcase_add_test(editing, what_of_a_paste_has_no_room_is_said);
	suite_add_tcase(suite, editing);
	tcase_add_checked_fixture(remembering, before, after);
	tcase_add_test(remembering, up_and_down_go_through_what_begins_as_the_line_does);
	tcase_add_test(remembering, search_finds_older_and_older_and_lets_go);
	tcase_add_test(remembering, history_outlives_the_session);
	tcase_add_test(remembering, a_long_history_is_cut_and_two_sessions_share_it);
	tcase_add_test(remembering, a_history_that_cannot_be_a_file_is_kept_in_memory);
	suite_add_tcase(suite, remembering);
	tcase_add_checked_fixture(completing, before, after);
	tcase_add_loop_test(completing, tab_completes_from_the_tables, 0, sizeof completions / sizeof completions[0]);
	tcase_add_test(completing, ids_of_the_ranking_complete_best_first);
	tcase_add_test(completing, files_with_blanks_are_put_in_quotes);
	tcase_add_test(completing, words_are_joined_as_a_shell_reads_them);
	tcase_add_test(completing, every_command_says_what_it_does);
	suite_add_tcase(suite, completing);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
