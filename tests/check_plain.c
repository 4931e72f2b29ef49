/* check_plain.c -- the workbench without a screen: commands a line, answers in sentences, on a dumb terminal and from a file. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/pty.h"
#include "tests/tiny_run.h"
#include "tests/vt.h"

static char folder[256];
static struct pty p;
static struct vt glass;
static size_t fed;                       /* of p.out */

static void before(void)
{
	tiny_make(folder);
}

static void after(void)
{
	pty_release(&p);
	tiny_remove(folder);
}

static const char *content(const char *name)
{
	static char text[65536];
	char path[400];
	size_t n = 0;
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	if ((f = fopen(path, "r"))) {
		n = fread(text, 1, sizeof text - 1, f);
		fclose(f);
	}
	text[n] = 0;
	return text;
}

static const char *look(double seconds)
{
	pty_read(&p, seconds);
	vt_feed(&glass, p.out + fed, p.length - fed);
	fed = p.length;
	return vt_text(&glass);
}

/* Types, and waits for what is then to be seen, wherever. False where it does not come in time. */
static bool brings(const char *keys, const char *text, double seconds)
{
	double end = clock_seconds() + seconds;

	pty_keys(&p, keys);
	while (!strstr(look(0.03), text))
		if (clock_seconds() > end || p.ended)
			return false;
	return true;
}

static void types(const char *keys, const char *text)
{
	ck_assert_msg(brings(keys, text, 10), "after \"%s\" there is no \"%s\" in\n%s", keys, text, vt_text(&glass));
}

/* Asks until it is so. */
static void comes_to(const char *keys, const char *text)
{
	for (int i = 0; i < 20; i++)
		if (brings(keys, text, 0.5))
			return;
	ck_abort_msg("\"%s\" never brings \"%s\" in\n%s", keys, text, vt_text(&glass));
}

static void start(const char *option)
{
	static char data[300], run[300];
	char *argv[] = { getenv("SMASHTOP"), "--run", run, "--data", data, "--preset", "tiny", "--threads", "1", "--steps", "1000000", (char *)option, NULL };

	ck_assert_msg(argv[0] != NULL, "SMASHTOP names no program");
	snprintf(data, sizeof data, "fashion-mnist:%s", folder);
	snprintf(run, sizeof run, "%s/run", folder);
	pty_start(&p, folder, 24, 120, "dumb", NULL, argv);
	vt_start(&glass, 24, 120);
	fed = 0;
	types("", "training begins in ");
	types("", "> ");
}

START_TEST(it_answers_in_sentences_on_a_dumb_terminal)
{
	start(_i ? "--accessible" : "--plain");
	types("pause\n", "training pauses after this step");
	comes_to("status\n", "Paused in ");
	types("", "data set fashion-mnist, preset tiny.");
	types("", "Loss ");
	types("", "No job runs.");
	types("loss\n", "Steps 1 to ");
	types("banks\n", "Op 1 reads bank");
	types("rank 3 --images 20\n", "ranking 3 more architectures");
	types("", "3 architectures scored at step ");    /* by itself: a job has ended */
	types("ranking 2\n", "2: ");
	types("", " plus or minus ");
	types("", " percent");
	ck_assert(!pty_wrote(&p, "\n3: "));
	types("banks zz\n", "No scored architecture begins with zz.");
	types("jobs\n", "Job 1, rank");
	types("corrupt --count 1 --trials 1 --images 20\n", "Verdict");
	types("note from afar\n", "noted in the run's log");
	types("screen x\n", "Error: screen is of the screen");
	types("rakn 3\n", "no command \"rakn\"; did you mean rank?");
	types("zoom\n", "no command \"zoom\"; help lists them");
	types("\n", "Paused, step ");
	types("help\n", "an architecture op by op");
	types("watch 0.2\n", "Enter ends watching.");
	types("", "Paused, step ");
	types("\nq\n", "s: stop and save");
	types("x\n", "Going on.");
	types("q\n", "s: stop and save");
	pty_keys(&p, "s\n");
	ck_assert(pty_wait(&p, 20));
	ck_assert_int_eq(p.status, 0);
	ck_assert(!pty_wrote(&p, "\033"));
	ck_assert(pty_restored(&p));
}
END_TEST

START_TEST(interrupts_cancel_and_then_save_and_stop)
{
	start("--plain");
	types("rank 9000\n", "ranking 9000 more");
	comes_to("status\n", "Job rank: ");              /* it begins at the end of a step */
	types("\003", "rank: cancelled; what it has found is kept.");
	pty_keys(&p, "\003");
	ck_assert(pty_wait(&p, 20));
	ck_assert_int_eq(WEXITSTATUS(p.status), 130);
	ck_assert(pty_wrote(&p, "Saved at step "));
}
END_TEST

/* What is read and written: the exit status. */
static int run_on(const char *commands, const char *options)
{
	char command[1200];

	snprintf(command, sizeof command, "printf '%s' | '%s' --plain --run '%s/run' %s >'%s/out' 2>&1", commands, getenv("SMASHTOP"), folder,
	         options, folder);
	return system(command);
}

START_TEST(commands_may_come_from_a_file)
{
	char options[400];

	snprintf(options, sizeof options, "--data fashion-mnist:'%s' --preset tiny --threads 1 --steps 40", folder);
	ck_assert_int_eq(run_on("", options), 0);        /* training goes on to its end */
	ck_assert(strstr(content("out"), "No more input: training goes on to its end.") != NULL);
	ck_assert(strstr(content("out"), "training is finished: 40 steps") != NULL);
	ck_assert_int_eq(run_on("rank 2 --images 20\n:note from a file\nno such thing\nbanks\n", ""), 0);
	ck_assert_msg(strstr(content("out"), "2 architectures scored at step 40\n") != NULL, "%s", content("out"));
	ck_assert(strstr(content("out"), "Error: no command \"no\"") != NULL);
	ck_assert(strstr(content("out"), "No architecture has been trained since the run was opened") != NULL);
	ck_assert(!strstr(content("out"), "> "));
	ck_assert(strstr(content("run/log"), " from a file\n") != NULL);
	ck_assert(strstr(content("run/log"), " smashtop rank --count 2 --images 20 --run ") != NULL);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("plain");
	TCase *plain = tcase_create("plain");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(plain, before, after);
	tcase_set_timeout(plain, 120);
	tcase_add_loop_test(plain, it_answers_in_sentences_on_a_dumb_terminal, 0, 2);
	tcase_add_test(plain, interrupts_cancel_and_then_save_and_stop);
	tcase_add_test(plain, commands_may_come_from_a_file);
	suite_add_tcase(suite, plain);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
