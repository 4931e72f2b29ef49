/* check_viewing_screen.c -- a run that another process trains: a screen looks at it, sees it grow, and leaves it as it is. */
#include <check.h>
#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/story.h"

/* The process that trains: without a screen, asked by lines. */
static struct {
	pid_t pid;
	int ask;
} holder;

static void ask_holder(const char *line)
{
	ck_assert_int_eq(write(holder.ask, line, strlen(line)), (ssize_t)strlen(line));
}

/* Waits until it has written that. */
static void holder_writes(const char *name, const char *text)
{
	double end = clock_seconds() + 30;

	while (!strstr(story_content(name), text) && clock_seconds() < end)
		usleep(20000);
	ck_assert_msg(strstr(story_content(name), text) != NULL, "no %s in %s", text, name);
}

static void holder_ends(void)
{
	int status;

	if (holder.pid <= 0)
		return;
	kill(holder.pid, SIGCONT);
	kill(holder.pid, SIGTERM);
	ck_assert_int_eq(waitpid(holder.pid, &status, 0), holder.pid);
	close(holder.ask);
	holder.pid = 0;
}

static void before(void)
{
	char run[300], data[300];
	int lines[2];

	story_before();
	snprintf(run, sizeof run, "%s/run", story.folder);
	snprintf(data, sizeof data, "fashion-mnist:%s", story.folder);
	ck_assert_int_eq(pipe(lines), 0);
	holder.pid = fork();
	if (holder.pid == 0) {
		int nowhere = open("/dev/null", O_WRONLY);

		dup2(lines[0], STDIN_FILENO);
		dup2(nowhere, STDOUT_FILENO);
		close(lines[1]);
		execl(getenv("SMASHTOP"), "smashtop", "--plain", "--run", run, "--data", data, "--preset", "tiny", "--threads", "1", "--steps", "1000000",
		      (char *)NULL);
		_exit(127);
	}
	close(lines[0]);
	holder.ask = lines[1];
	fcntl(holder.ask, F_SETFD, FD_CLOEXEC);
	holder_writes("run/metrics.jsonl", "\"step\":20,");
}

static void after(void)
{
	holder_ends();
	story_after();
}

static void look(int columns)
{
	char text[64];

	story_start((struct story_start){ .rows = 40, .columns = columns });
	snprintf(text, sizeof text, columns < 100 ? "VIEWING %ld" : "VIEWING pid %ld", (long)holder.pid);
	story_sees(text);
}

static void is_refused(const char *keys, const char *what)
{
	char text[96];

	snprintf(text, sizeof text, "run in use by pid %ld: only looking (no %s)", (long)holder.pid, what);
	story_types(keys, text);
}

static long step_shown(void)
{
	const char *at = strstr(story_look(0.1), "  step ");
	long step = 0;

	for (at = at ? at + 7 : ""; isdigit((unsigned char)*at) || *at == ','; at++)
		if (*at != ',')
			step = 10 * step + *at - '0';
	return step;
}

static void rank_and_stand_still(void)
{
	ask_holder("rank 4\n");
	holder_writes("run/ranking.jsonl", "\n{");
	kill(holder.pid, SIGSTOP);
	ck_assert_int_eq(waitpid(holder.pid, NULL, WUNTRACED), holder.pid);
}

/* Nothing changes, so nothing is written. */
static void nothing_comes(void)
{
	story_look(1.2);
	story.p.length = story.fed = 0;
	story_look(1.3);
	ck_assert_uint_eq(story.p.length, 0);
}

/* ---- the folder ---- */

static FILE *listing;

static int list_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)type, (void)ftw;
	fprintf(listing, "%s %lu %lld %lld.%09ld\n", path, (unsigned long)st->st_ino, (long long)st->st_size, (long long)st->st_mtim.tv_sec,
	        st->st_mtim.tv_nsec);
	return 0;
}

/* Allocated. */
static char *list_run(void)
{
	char run[300], *text = NULL;
	size_t size;

	snprintf(run, sizeof run, "%s/run", story.folder);
	listing = open_memstream(&text, &size);
	ck_assert_int_eq(nftw(run, list_one, 8, 0), 0);
	fclose(listing);
	return text;
}

START_TEST(what_the_other_process_finds_is_seen)
{
	double end;
	long step;

	look(120);
	for (end = clock_seconds() + 10; (step = step_shown()) == 0 && clock_seconds() < end; )
		;
	ck_assert_int_gt(step, 0);
	for (end = clock_seconds() + 10; step_shown() <= step && clock_seconds() < end; )
		;
	ck_assert_int_gt(step_shown(), step);
	story_sees("Loss  train ");
	ask_holder("rank 3\n");
	story_sees("3 scored");
	ask_holder("rank 2\n");
	story_sees("5 scored");
	story_types("4", "Does the HyperNet use");
	ask_holder("corrupt --count 2 --trials 1 --images 20\n");
	story_puts_away("", "Does the HyperNet use");
	story_sees("2 architectures");
	story_stop();
	ck_assert(pty_wrote(&story.p, "goes on with the run. To look at it again: "));
	ck_assert_int_eq(waitpid(holder.pid, NULL, WNOHANG), 0);
}
END_TEST

/* The other process stands still: nothing but what the screen did could change the folder. */
START_TEST(what_would_change_the_run_is_refused_and_nothing_is_written)
{
	char *was, *is;

	rank_and_stand_still();
	was = list_run();
	look(80);
	is_refused("p", "pause or resume");
	is_refused(":resume\r", "pause or resume");
	is_refused(":rank 3\r", "rank");
	is_refused(":corrupt\r", "corrupt");
	is_refused("\x13", "checkpoint");
	is_refused(":note one\r", "note");
	is_refused(":w name\r", "w");
	is_refused("3j ", "marks kept");
	is_refused("e", "edit");
	story_types("8", "no predictions of");
	story_sees("; no prediction");                 /* images need no network */
	story_types("q", "leave; the process that has the run goes on");
	story_puts_away("\033", "Leave?");
	nothing_comes();
	story_stop();
	is = list_run();
	ck_assert_str_eq(was, is);
	free(was);
	free(is);
}
END_TEST

START_TEST(without_the_data_the_rest_is_seen_and_nothing_is_asked_for_ever)
{
	char here[400], away[400];

	rank_and_stand_still();
	snprintf(here, sizeof here, "%s/train-images-idx3-ubyte", story.folder);
	snprintf(away, sizeof away, "%s/away", story.folder);
	ck_assert_int_eq(rename(here, away), 0);
	look(80);
	story_types("3j", "Selected");
	story_types("8", "no predictions of");
	nothing_comes();
	story_stop();
}
END_TEST

START_TEST(a_run_that_has_become_free_is_opened_by_a_key)
{
	char text[64];

	look(120);
	snprintf(text, sizeof text, "process %ld has ended: the run is free", (long)holder.pid);
	holder_ends();
	story_sees(text);
	story_sees("the run is free: p opens it here");
	story_sees("p Open");
	story_types("p", "TRAINING");
	story_types(":note mine\r", "noted in the run's log");
	story_stop();
	ck_assert(strstr(story_content("run/log"), " mine\n") != NULL);
}
END_TEST

/* A plain one, at that, whose input ends. */
START_TEST(one_without_a_screen_looks_too)
{
	char command[800], line[256], all[4096] = "";
	FILE *plain;

	snprintf(command, sizeof command, "printf 'status\\nrank 3\\n' | '%s' --plain --run '%s/run'", getenv("SMASHTOP"), story.folder);
	ck_assert((plain = popen(command, "r")) != NULL);
	while (fgets(line, sizeof line, plain))
		strncat(all, line, sizeof all - strlen(all) - 1);
	ck_assert_int_eq(pclose(plain), 0);
	ck_assert_msg(strstr(all, "Only looking in ") && strstr(all, "only looking (no rank)"), "%s", all);
	snprintf(command, sizeof command, "'%s' --run '%s/run' --device cpu --plain 2>&1 </dev/null", getenv("SMASHTOP"), story.folder);
	ck_assert((plain = popen(command, "r")) != NULL);        /* asks for something of the run */
	for (*all = 0; fgets(line, sizeof line, plain); )
		strncat(all, line, sizeof all - strlen(all) - 1);
	ck_assert_int_ne(pclose(plain), 0);
	ck_assert_msg(strstr(all, "in use by process ") != NULL, "%s", all);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("viewing");
	TCase *viewing = tcase_create("viewing");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(viewing, before, after);
	tcase_set_timeout(viewing, 120);
	tcase_add_test(viewing, what_the_other_process_finds_is_seen);
	tcase_add_test(viewing, what_would_change_the_run_is_refused_and_nothing_is_written);
	tcase_add_test(viewing, without_the_data_the_rest_is_seen_and_nothing_is_asked_for_ever);
	tcase_add_test(viewing, a_run_that_has_become_free_is_opened_by_a_key);
	tcase_add_test(viewing, one_without_a_screen_looks_too);
	suite_add_tcase(suite, viewing);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
