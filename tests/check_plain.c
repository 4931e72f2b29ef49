/* check_plain.c -- the workbench without a screen: commands a line, answers in sentences, on a dumb terminal and from a file. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/story.h"

static void start(const char *option)
{
	story_start((struct story_start){ .columns = 120, .term = "dumb", .option = option });
	story_sees("training begins in ");
	story_sees("> ");
}

START_TEST(it_answers_in_sentences_on_a_dumb_terminal)
{
	start(_i ? "--accessible" : "--plain");
	story_types("pause\n", "training pauses after this step");
	story_comes_to("status\n", "Paused in ");
	story_sees("data set fashion-mnist, preset tiny.");
	story_sees("Loss ");
	story_sees("No job runs.");
	story_types("loss\n", "Steps 1 to ");
	story_types("banks\n", "Op 1 reads bank");
	story_types("rank 3 --images 20\n", "ranking 3 more architectures");
	story_sees("3 architectures scored at step ");    /* by itself: a job has ended */
	story_types("ranking 2\n", "2: ");
	story_sees(" plus or minus ");
	story_sees(" percent");
	ck_assert(!pty_wrote(&story.p, "\n3: "));
	story_types("banks zz\n", "No scored architecture begins with zz.");
	story_types("jobs\n", "Job 1, rank");
	story_types("corrupt --count 1 --trials 1 --images 20\n", "Verdict");
	story_types("note from afar\n", "noted in the run's log");
	story_types("screen x\n", "Error: screen is of the screen");
	story_types("rakn 3\n", "no command \"rakn\"; did you mean rank?");
	story_types("zoom\n", "no command \"zoom\"; help lists them");
	story_types("\n", "Paused, step ");
	pty_keys(&story.p, "help\n");
	ck_assert(story_writes("an architecture op by op"));
	story_sees("quit: the same.");
	story_types("watch 0.2\n", "Enter ends watching.");
	story_sees("Paused, step ");
	story_types("\nq\n", "s: stop and save");
	story_types("x\n", "Going on.");
	story_types("q\n", "s: stop and save");
	pty_keys(&story.p, "s\n");
	ck_assert(pty_wait(&story.p, 20));
	ck_assert_int_eq(story.p.status, 0);
	ck_assert(!pty_wrote(&story.p, "\033"));
	ck_assert(pty_restored(&story.p));
}
END_TEST

START_TEST(interrupts_cancel_and_then_save_and_stop)
{
	start("--plain");
	story_types("rank 9000\n", "ranking 9000 more");
	story_comes_to("status\n", "Job rank: ");              /* it begins at the end of a step */
	story_types("\003", "rank: cancelled; what it has found is kept.");
	pty_keys(&story.p, "\003");
	ck_assert(pty_wait(&story.p, 20));
	ck_assert_int_eq(WEXITSTATUS(story.p.status), 130);
	ck_assert(pty_wrote(&story.p, "Saved at step "));
}
END_TEST

/* What is read and written: the exit status. */
static int run_on(const char *commands, const char *options)
{
	char command[1200];

	snprintf(command, sizeof command, "printf '%s' | '%s' --plain --run '%s/run' %s >'%s/out' 2>&1", commands, getenv("SMASHTOP"), story.folder,
	         options, story.folder);
	return system(command);
}

START_TEST(commands_may_come_from_a_file)
{
	char options[400];

	snprintf(options, sizeof options, "--data fashion-mnist:'%s' --preset tiny --threads 1 --steps 40", story.folder);
	ck_assert_int_eq(run_on("", options), 0);        /* training goes on to its end */
	ck_assert(strstr(story_content("out"), "No more input: training goes on to its end.") != NULL);
	ck_assert(strstr(story_content("out"), "training is finished: 40 steps") != NULL);
	ck_assert_int_eq(run_on("rank 2 --images 20\n:note from a file\nno such thing\nbanks\n", ""), 0);
	ck_assert_msg(strstr(story_content("out"), "2 architectures scored at step 40\n") != NULL, "%s", story_content("out"));
	ck_assert(strstr(story_content("out"), "Error: no command \"no\"") != NULL);
	ck_assert(strstr(story_content("out"), "No architecture has been trained since the run was opened") != NULL);
	ck_assert(!strstr(story_content("out"), "> "));
	ck_assert(strstr(story_content("run/log"), " from a file\n") != NULL);
	ck_assert(strstr(story_content("run/log"), " smashtop rank --count 2 --images 20 --run ") != NULL);
}
END_TEST

START_TEST(an_architecture_is_edited_measured_and_kept)
{
	char options[400];

	snprintf(options, sizeof options, "--data fashion-mnist:'%s' --preset tiny --threads 1 --steps 40", story.folder);
	ck_assert_int_eq(run_on("", options), 0);
	ck_assert_int_eq(run_on("undo\nedit resnet\nchange 1.1\nchange 1.1 colour 3\nchange 4.1 units 4\nchange 1.1 conv 1 kernel h\n"
	                        "change 1.1 conv 1 kernel h 5\nundo\nredo\nchange 1 bank size 6\nadd 1.3\ndelete 1.4\nmove 1.1 up\nmove 1.1 down\n"
	                        "score\nw better\n", ""), 0);
	ck_assert(strstr(story_content("out"), "Error: nothing is edited; edit NAME begins") != NULL);
	ck_assert(strstr(story_content("out"), "there are units, convs, conv 1 kernel h,") != NULL);
	ck_assert(strstr(story_content("out"), "Error: there are blocks 1 to 3.") != NULL);
	ck_assert(strstr(story_content("out"), "3, as it is.\n5.\n") != NULL);
	ck_assert(strstr(story_content("out"), "block 1 op 1 conv 1 kernel h: 3 to 5.\n") != NULL);
	ck_assert(strstr(story_content("out"), "undone: block 1 op 1 conv 1 kernel h") != NULL);
	ck_assert(strstr(story_content("out"), "6 is no positive multiple of the bank unit") != NULL);
	ck_assert(strstr(story_content("out"), "block 1 op 4 added") != NULL);
	ck_assert(strstr(story_content("out"), "Breaks a rule: block 1 op 4 budget: ") != NULL);
	ck_assert(strstr(story_content("out"), "op 1 is the first of block 1") != NULL);
	ck_assert_msg(strstr(story_content("out"), "Paired difference of the loss: ") != NULL, "%s", story_content("out"));
	ck_assert(strstr(story_content("out"), " 95 percent interval ") != NULL);
	ck_assert(strstr(story_content("out"), "kept better as architectures/") != NULL);
	ck_assert_int_eq(run_on("data 3\n", ""), 0);
	ck_assert_msg(strstr(story_content("out"), "Image 3 is of class ") != NULL, "%s", story_content("out"));
	ck_assert(strstr(story_content("out"), "takes it for ") != NULL);
	ck_assert_int_eq(run_on("data 1000000\ndata\n", ""), 0);
	ck_assert(strstr(story_content("out"), "Error: held-out images have the numbers 0 to ") != NULL);
	ck_assert_msg(strstr(story_content("out"), " held-out images; the best of the ranking, at step 40, errs on ") != NULL, "%s", story_content("out"));
	ck_assert(strstr(story_content("out"), " images, ") != NULL);
	ck_assert_int_eq(run_on("edit resnet\ndraft\n", ""), 0);       /* the next day */
	ck_assert_msg(strstr(story_content("out"), "5x3 ") != NULL, "%s", story_content("out"));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plain");
	TCase *plain = tcase_create("plain");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(plain, story_before, story_after);
	tcase_set_timeout(plain, 120);
	tcase_add_loop_test(plain, it_answers_in_sentences_on_a_dumb_terminal, 0, 2);
	tcase_add_test(plain, interrupts_cancel_and_then_save_and_stop);
	tcase_add_test(plain, commands_may_come_from_a_file);
	tcase_add_test(plain, an_architecture_is_edited_measured_and_kept);
	suite_add_tcase(suite, plain);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
