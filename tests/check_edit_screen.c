/* check_edit_screen.c -- editing in the workbench, on a pseudo-terminal, by keys alone: what a person does from the first key to the architecture
 * that is kept, and what is left of it when the program is killed. */
#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/arch/pattern.h"
#include "src/base/clock.h"
#include "src/base/err.h"
#include "src/lab/kept.h"
#include "tests/story.h"

static void start(int rows, int columns)
{
	story_start((struct story_start){ .rows = rows, .columns = columns });
	ck_assert(pty_shows(&story.p, "TRAINING", 20));
}

/* Waits until nothing more is drawn. Where training goes on that is after `most` seconds. */
static void settle(double most)
{
	double end = clock_seconds() + most;
	size_t before;

	do {
		before = story.p.length;
		pty_read(&story.p, 0.05);
	} while (story.p.length != before && clock_seconds() < end);
}

static void keys(const char *text)
{
	story.p.length = 0;
	pty_keys(&story.p, text);
	settle(0.3);
}

static void shows(const char *text)
{
	ck_assert_msg(pty_shows(&story.p, text, 20), "\"%s\" does not show", text);
}

/* Of a menu or a message, which the next key takes away: it was written since the last keys. */
static void wrote(const char *text)
{
	ck_assert_msg(story_writes(text), "\"%s\" is not written", text);
}

static void pause_training(void)
{
	keys("p");
	shows("PAUSED");
}

static void click(int y, int x)
{
	story.p.length = 0;
	story_click(y, x);
	settle(0.3);
}

static int files_in(const char *name)
{
	char path[600];
	struct dirent *e;
	int count = 0;
	DIR *dir;

	snprintf(path, sizeof path, "%s/%s", story.run, name);
	if (!(dir = opendir(path)))
		return 0;
	while ((e = readdir(dir)))
		count += e->d_name[0] != '.';
	closedir(dir);
	return count;
}

START_TEST(an_edit_is_measured_kept_and_found_again)
{
	char id[ARCH_ID_LENGTH + 1], path[700];
	struct arch kept;
	struct preset preset;
	json_t *file;

	start(40, 120);
	keys(":rank 3\r");
	shows("3 scored");
	keys("3j\r");                                    /* the second row, in the bank pane */
	keys("2");
	shows("ranked ");
	keys("e");
	shows("EDIT ");
	shows("measured on 24 of 24 images");
	ck_assert_int_eq(files_in("drafts"), 0);
	keys("ll");
	for (int i = 0; i < 40 && !strstr(pty_screen(&story.p), "undo 1"); i++)        /* to a field that has another value */
		keys(i % 2 ? "l" : "+");
	shows("undo 1");
	shows("paired on 24 of 24 images");
	shows("loss    ");
	ck_assert(strstr(story.p.screen, "±") != NULL);
	ck_assert_int_eq(files_in("drafts"), 1);
	keys(":w second-1\r");
	for (int i = 0; i < 100 && !kept_find(story.run, "second-1", id); i++)
		pty_read(&story.p, 0.1);
	ck_assert(kept_find(story.run, "second-1", id));
	kept_path(path, sizeof path, story.run, id);
	file = json_load_file(path, 0, NULL);
	ck_assert_uint_eq(strlen(json_string_value(json_object_get(file, "parent"))), ARCH_ID_LENGTH);
	json_decref(file);
	ck_assert_int_eq(preset_get(&preset, "tiny"), 0);
	ck_assert_msg(arch_load(&kept, path, &preset.space) == 0, "%s", err_last());
	keys("]");
	shows("edited");                                 /* it has its place in the ranking */
	shows("4 scored");
	keys(":edit sec\t\r");                           /* its name can be completed */
	shows("EDIT ");
	snprintf(path, sizeof path, "EDIT %.7s", id);
	shows(path);
	keys("]\r2");                                   /* a row that is opened is what is shown; the draft stays */
	shows("ranked ");
	ck_assert(!strstr(story.p.screen, "EDIT"));
	story_stop();
}
END_TEST

/* The whole of it, as a person would go about it. */
START_TEST(the_best_of_fifty_gets_a_write_is_measured_kept_corrupted_and_exported)
{
	char path[700], id[ARCH_ID_LENGTH + 1];
	struct arch *list;

	story_start_trained(40, 120, "3");
	keys(":rank 50\r");
	shows("50 scored");
	keys("g\r");
	shows("ranked ");
	keys("e");
	shows("EDIT ");
	shows("undo 0");
	for (int i = 0; i < 60; i++) {
		keys("w");
		if (strstr(pty_screen(&story.p), "undo 1") && strstr(story.p.screen, "rules ok"))
			break;
		keys("u");
		keys(i % 6 == 5 ? "jhhhhh" : "l");
	}
	shows("undo 1");
	shows("paired on 24 of 24 images");
	keys(":w better\r");
	for (int i = 0; i < 100 && !kept_find(story.run, "better", id); i++)
		pty_read(&story.p, 0.1);
	ck_assert(kept_find(story.run, "better", id));
	keys(":corrupt --arch better --trials 1\r");
	keys("4");
	shows("1 of 1 architecture");
	shows("Verdict: ");
	ck_assert_int_ge(files_in("results"), 1);
	snprintf(path, sizeof path, ":export --arch %s --format json --output %s/better.json\r", id, story.folder);
	keys(path);
	shows("better.json: 1 architecture, ");
	snprintf(path, sizeof path, "%s/better.json", story.folder);
	ck_assert_msg(arch_load_list(path, &list) == 1, "%s", err_last());
	arch_id(&list[0], path);
	ck_assert_str_eq(path, id);
	free(list);
	story_stop();
}
END_TEST

START_TEST(a_broken_rule_is_named_and_the_value_stays)
{
	start(24, 80);
	pause_training();
	keys(":edit densenet\r");
	shows("EDIT ");
	keys("jlllll");                                  /* behind the banks, of which there are four and one to come */
	shows("op2 units] ");
	keys("7");
	wrote("Enter sets it");
	keys("\r");
	shows("! block 1 op 2 units: 7 is no positive multiple of the bank size");
	shows("a rule is broken");
	shows("2!");
	keys("+");                                       /* the next one needs another write */
	shows("units] 7");
	keys("-");
	shows("rules ok");
	keys("u");
	shows("! block 1 op 2 units: 7");
	keys("u");
	shows("rules ok");
	shows("undo 0");
	keys("98\177\033");                               /* a number that is begun, taken back, left */
	shows("EDIT ");
	story_stop();
}
END_TEST

START_TEST(values_are_listed_with_the_rules_they_break)
{
	start(40, 120);
	pause_training();
	keys(":edit densenet\r");
	shows("bank 0] r");
	keys("lll\r");
	wrote("block 1 op 1 bank 3   Enter, Esc");
	wrote("leave alone");
	wrote("! block 1 op 1 reads: bank 3 is not written yet; written are 0 to 1");
	keys("\033");
	keys("hhh\r");
	keys("jj\r");                                    /* . r w b: to b */
	shows("bank 0] b");
	shows("rules ok");
	keys("\r\033");
	shows("bank 0] b");
	story_stop();
}
END_TEST

START_TEST(ops_come_go_and_move)
{
	start(40, 120);
	pause_training();
	keys(":edit densenet\r");
	shows("undo 0");
	keys("o");
	shows("undo 1");
	shows("1  block 1 op 2 added");
	keys("ky");
	keys("jP");
	shows("2  block 1 op 3 added");
	keys("K");
	shows("3  block 1 op 3 moved above op 2");
	keys("D");
	shows("4  block 1 op 2 deleted");
	keys("uuuu");
	shows("undo 0  ^r redo 4");
	keys("\022\022");
	shows("undo 2  ^r redo 2");
	keys("O");                                       /* another way: what was undone stays in the list */
	shows("block 1 op 3 added   (from 2)");
	keys("e");
	wrote("Enter goes there");
	keys("k\r");
	shows("undo 4  ^r redo 0");
	keys("eg\r");
	shows("undo 0  ^r redo 4");
	keys("y");
	keys("\033");
	keys("e");                                       /* what was copied outlives the leaving */
	shows("undo 0  ^r redo 4");
	keys("P");
	shows("undo 1  ^r redo 0");
	story_stop();
}
END_TEST

START_TEST(the_size_of_a_blocks_banks_is_edited_at_its_heading)
{
	start(30, 120);
	pause_training();
	keys(":edit resnet\r");
	shows("EDIT ");
	keys("k");
	shows("[b1 bank size] 8   valid 4 [8]");
	keys("D");
	wrote("that is for ops");
	keys("4\r");
	shows("bank size] 4");
	shows("undo 1");
	keys("e");
	shows("block 1 bank size: 8 to 4");
	keys("\033u");
	shows("bank size] 8");
	keys("6\r");
	wrote("6 is no positive multiple of the bank unit");
	keys("12\r");
	shows("! block 1 bank size: 12 is more than the space's largest, 8");
	keys("u");
	shows("rules ok");
	story_stop();
}
END_TEST

START_TEST(a_killed_program_leaves_the_draft)
{
	start(24, 80);
	pause_training();
	keys(":edit fractalnet\r");
	shows("EDIT ");
	keys("o");
	shows("undo 1");
	keys("J");
	shows("undo 2");
	kill(story.p.pid, SIGKILL);
	ck_assert(pty_wait(&story.p, 10));
	pty_release(&story.p);
	start(24, 80);
	pause_training();
	keys(":drafts\r");
	wrote("2 edits");
	wrote("fractalnet");
	keys("\r");
	shows("undo 2");
	keys("\033");
	shows("fractalnet");
	ck_assert(!strstr(story.p.screen, "EDIT"));
	keys("e");
	shows("undo 2");
	keys(":edit resnet\r");                          /* a second one beside it */
	shows("undo 0");
	keys("o");
	shows("undo 1");
	ck_assert_int_eq(files_in("drafts"), 2);
	story_stop();
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_is_said_once)
{
	char path[600], kept[600];
	FILE *f;

	start(24, 80);
	pause_training();
	snprintf(path, sizeof path, "%s/drafts", story.run);
	ck_assert((f = fopen(path, "w")) != NULL);
	fclose(f);
	keys(":edit densenet\r");
	shows("EDIT ");
	keys("o");
	wrote("in memory alone");
	keys("J");
	ck_assert(!pty_wrote(&story.p, "in memory alone"));
	shows("undo 2");
	keys("\033");                                   /* it would be lost */
	wrote("stays in edit");
	keys("q");
	wrote("a draft of 2 edits is in memory alone");
	keys("\033");
	shows("undo 2");
	snprintf(kept, sizeof kept, "%s/architectures", story.run);
	ck_assert((f = fopen(kept, "w")) != NULL);
	fclose(f);
	keys(":w lost\r");
	wrote("not kept");
	ck_assert(!strstr(pty_screen(&story.p), "> lost"));     /* a name of what is not there */
	unlink(path);
	keys("K");
	wrote("on the disk again");
	ck_assert_int_eq(files_in("drafts"), 1);
	story_stop();
}
END_TEST

START_TEST(clicks_select_and_go_through_the_values_of_a_cell)
{
	start(24, 80);
	pause_training();
	keys(":edit resnet\r");
	shows("EDIT ");
	click(6, 5);                                     /* op 2, bank 0 */
	shows("op2 bank 0] b");
	shows("undo 0");
	click(6, 5);
	shows("op2 bank 0] .");
	click(6, 5);
	shows("op2 bank 0] r");
	click(6, 5);
	shows("op2 bank 0] w");
	click(6, 5);
	shows("op2 bank 0] b");
	shows("undo 4");
	story_stop();
}
END_TEST

START_TEST(the_gradient_and_the_encoding_are_there)
{
	start(40, 120);
	pause_training();
	keys(":edit densenet\r");
	shows("EDIT ");
	shows("dE/dgate read ");
	keys("\007");
	pty_read(&story.p, 0.5);
	ck_assert(strstr(pty_screen(&story.p), "r-") || strstr(story.p.screen, "r+") || strstr(story.p.screen, "r0"));
	keys("\007m");
	shows("encoding of ");
	shows("dE/dc");
	keys("m");
	shows("rules ok");
	story_stop();
}
END_TEST

START_TEST(moving_costs_few_bytes_and_rest_none)
{
	size_t most = 0;

	start(24, 80);
	pause_training();
	keys(":edit densenet\r");
	shows("EDIT ");
	pty_read(&story.p, 1);                                 /* gradients come */
	story.p.length = 0;
	pty_read(&story.p, 1);
	ck_assert_uint_eq(story.p.length, 0);
	for (const char *s = "lljlhjklllkhhhjjllk"; *s; s++) {
		char key[2] = { *s, 0 };

		story.p.length = 0;
		pty_keys(&story.p, key);
		pty_read(&story.p, 0.05);
		most = story.p.length > most ? story.p.length : most;
	}
	ck_assert_msg(most > 0 && most <= 300, "%zu bytes", most);
	story_stop();
}
END_TEST

START_TEST(it_can_be_edited_at_every_size)
{
	static const int sizes[][2] = { { 16, 60 }, { 10, 40 }, { 40, 120 }, { 60, 200 } };

	start(24, 80);
	pause_training();
	keys(":edit resnet\r");
	shows("EDIT ");
	for (int i = 0; i < 4; i++) {
		char undo[16];

		pty_resize(&story.p, sizes[i][0], sizes[i][1]);
		pty_read(&story.p, 0.1);
		keys("gji");
		keys("i");
		keys("e");
		shows(">Edits");
		keys("\033");
		keys(i % 2 ? "b" : ".");
		snprintf(undo, sizeof undo, "u undo %d", i + 1);
		if (sizes[i][1] >= 60)
			shows(undo);
		shows(i % 2 ? "bank 0] b" : "bank 0] .");
	}
	story_stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("edit_screen");
	TCase *tc = tcase_create("edit_screen");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, story_before, story_after);
	tcase_set_timeout(tc, 180);
	tcase_add_test(tc, an_edit_is_measured_kept_and_found_again);
	tcase_add_test(tc, the_best_of_fifty_gets_a_write_is_measured_kept_corrupted_and_exported);
	tcase_add_test(tc, a_broken_rule_is_named_and_the_value_stays);
	tcase_add_test(tc, values_are_listed_with_the_rules_they_break);
	tcase_add_test(tc, ops_come_go_and_move);
	tcase_add_test(tc, the_size_of_a_blocks_banks_is_edited_at_its_heading);
	tcase_add_test(tc, a_killed_program_leaves_the_draft);
	tcase_add_test(tc, a_folder_that_cannot_be_written_is_said_once);
	tcase_add_test(tc, clicks_select_and_go_through_the_values_of_a_cell);
	tcase_add_test(tc, the_gradient_and_the_encoding_are_there);
	tcase_add_test(tc, moving_costs_few_bytes_and_rest_none);
	tcase_add_test(tc, it_can_be_edited_at_every_size);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
