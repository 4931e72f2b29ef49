/* check_views_screen.c -- a person's whole tasks in the views of experiments, by keys alone, seen on the screen and on the disk. */
#include <check.h>
#include <dirent.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/story.h"

/* Finished documents of an experiment in the run. */
static int documents(const char *experiment, char *newest, size_t size)
{
	char path[400];
	DIR *dir;
	struct dirent *entry;
	int n = 0;

	snprintf(path, sizeof path, "%s/run/results", story.folder);
	if (!(dir = opendir(path)))
		return 0;
	while ((entry = readdir(dir))) {
		size_t length = strlen(entry->d_name);

		if (strncmp(entry->d_name, experiment, strlen(experiment)) == 0 && length > 5 && strcmp(entry->d_name + length - 5, ".json") == 0) {
			snprintf(newest, size, "%s/%s", path, entry->d_name);
			n++;
		}
	}
	closedir(dir);
	return n;
}

static json_t *document(const char *experiment)
{
	char path[700];
	json_t *d;

	ck_assert_int_eq(documents(experiment, path, sizeof path), 1);
	d = json_load_file(path, 0, NULL);
	ck_assert_ptr_nonnull(d);
	return d;
}

START_TEST(corruption_from_the_question_to_the_encoding)
{
	json_t *d;

	story_start_trained(24, 80, "4");
	ck_assert(pty_shows(&story.p, "Does the HyperNet use what it is told?", 5));
	ck_assert(pty_shows(&story.p, "c begins: 30 architectures (- +)", 5));
	pty_keys(&story.p, "---");                             /* the fewest there are */
	ck_assert(pty_shows(&story.p, "c begins: 6 architectures", 5));
	pty_keys(&story.p, "c");
	ck_assert(pty_shows(&story.p, "6 of 6 architectures", 30));
	ck_assert(pty_shows(&story.p, "Verdict: ", 5));
	ck_assert(story_on_screen("control, true encoding: loss"));
	ck_assert(story_on_screen("n 6"));
	ck_assert(story_on_screen("finished "));
	ck_assert(story_on_screen(">dilation") || story_on_screen(">kernel"));
	ck_assert_msg(!story_on_screen("Esc closes"), "a report stands over the view that shows the same");
	d = document("corrupt");
	ck_assert_int_eq(json_integer_value(json_object_get(d, "architectures")), 6);
	ck_assert_uint_eq(json_array_size(json_object_get(d, "subjects")), 6);
	pty_keys(&story.p, "\r");
	ck_assert(pty_shows(&story.p, "o worse with lies", 5));
	pty_keys(&story.p, "\r");
	ck_assert(pty_shows(&story.p, "true   ", 5));
	ck_assert(story_on_screen(json_string_value(json_object_get(json_array_get(json_object_get(d, "subjects"), 0), "id"))));
	json_decref(d);
	ck_assert(story_on_screen("corrupted: "));
	ck_assert(story_on_screen("lie 1"));
	pty_keys(&story.p, "+");
	ck_assert(pty_shows(&story.p, "lie 2", 5));
	pty_keys(&story.p, "\033");
	ck_assert(pty_shows(&story.p, "truth wins", 5));
	story_stop();
}
END_TEST

START_TEST(a_cancelled_corruption_goes_on_where_it_was)
{
	char path[700];
	const char *at;
	int done = 0;

	story_start_trained(40, 120, "");
	pty_keys(&story.p, "4++c");
	ck_assert(pty_shows(&story.p, " of 120 architectures", 10));
	for (double end = clock_seconds() + 20; done < 2 && clock_seconds() < end; pty_read(&story.p, 0.1))
		if (pty_screen(&story.p) && (at = strstr(story.p.screen, " of 120 architectures")))
			done = atoi(at - (at[-2] == ' ' ? 1 : at[-3] == ' ' ? 2 : 3));
	ck_assert_int_ge(done, 2);
	pty_keys(&story.p, "\003");
	ck_assert(pty_shows(&story.p, "cancelled ", 10));
	ck_assert_int_eq(documents("corrupt", path, sizeof path), 0);
	pty_keys(&story.p, "r");
	ck_assert(pty_shows(&story.p, "running", 10));
	ck_assert(!story_on_screen(" 0 of 120 architectures"));
	ck_assert(pty_shows(&story.p, "120 of 120 architectures", 60));
	ck_assert(pty_shows(&story.p, "Verdict: ", 5));
	ck_assert_int_eq(documents("corrupt", path, sizeof path), 1);
	story_stop();
}
END_TEST

START_TEST(a_small_experiment_does_not_hide_the_one_before_it)
{
	story_start_trained(24, 80, "");
	pty_keys(&story.p, "4<");
	ck_assert(pty_shows(&story.p, "there is no other result", 5));
	pty_keys(&story.p, ":corrupt --count 7 --images 50\r");
	ck_assert(pty_shows(&story.p, "7 of 7 architectures", 30));
	ck_assert(pty_shows(&story.p, "finished ", 5));
	pty_keys(&story.p, ":corrupt --count 1 --images 10 --trials 1\r");
	ck_assert(pty_shows(&story.p, "2 of 2, finished ", 30));
	ck_assert(story_on_screen("1 of 1 architecture, 1 lie a field"));
	pty_keys(&story.p, "<");
	ck_assert(pty_shows(&story.p, "1 of 2, ", 5));
	ck_assert(story_on_screen("7 of 7 architectures"));
	pty_keys(&story.p, "<");
	ck_assert(pty_shows(&story.p, "this is the oldest of 2 results", 5));
	pty_keys(&story.p, ">");
	ck_assert(pty_shows(&story.p, "2 of 2, finished ", 5));
	ck_assert(pty_shows(&story.p, "1 of 1 architecture, ", 5));
	pty_keys(&story.p, "<");
	ck_assert(pty_shows(&story.p, "1 of 2, ", 5));
	pty_keys(&story.p, ":corrupt --count 2 --images 10 --trials 1\r");     /* one that begins takes the view */
	ck_assert(pty_shows(&story.p, "3 of 3, ", 30));
	story_stop();
}
END_TEST

START_TEST(guided_search_from_one_start_and_what_an_edit_makes)
{
	story_start_trained(40, 120, "5");
	ck_assert(pty_shows(&story.p, "do gradients know?", 5));
	pty_keys(&story.p, "R\003");                           /* not the ranking's R here */
	pty_keys(&story.p, ":rank 1\r");
	ck_assert(pty_shows(&story.p, "1 architecture scored", 20));
	pty_keys(&story.p, "v");
	ck_assert(pty_shows(&story.p, "the next search goes by weights", 5));
	pty_keys(&story.p, "vvs");
	ck_assert(pty_shows(&story.p, "1 of 1 start", 30));
	ck_assert(pty_shows(&story.p, "Verdict: ", 5));
	ck_assert(story_on_screen("single edits"));
	ck_assert(story_on_screen("Change of loss"));
	ck_assert(story_on_screen("wiring signs"));
	ck_assert(!story_on_screen(" random +") && !story_on_screen(" random -"));           /* R took the twin away */
	pty_keys(&story.p, "R");
	pty_read(&story.p, 0.1);
	ck_assert(story_on_screen(" random +") || story_on_screen(" random -"));
	pty_keys(&story.p, "o");
	ck_assert(pty_shows(&story.p, "guided search tried", 5));
	pty_keys(&story.p, "o");
	ck_assert(pty_shows(&story.p, "random search tried", 5));
	pty_keys(&story.p, "o..");
	ck_assert(pty_shows(&story.p, "sorted by measured", 5));
	pty_keys(&story.p, "G");                               /* what was not measured is last */
	pty_keys(&story.p, "\r");
	ck_assert(pty_shows(&story.p, " images, p ", 20));
	pty_keys(&story.p, "a");
	ck_assert(pty_shows(&story.p, "[2 Banks]", 5));
	story_stop();
}
END_TEST

START_TEST(correlation_point_by_point)
{
	json_t *d;

	story_start_trained(40, 120, "6");
	ck_assert(pty_shows(&story.p, "Do scores without training tell", 5));
	pty_keys(&story.p, " ");
	ck_assert(pty_shows(&story.p, "there is no point to mark", 5));
	ck_assert(pty_shows(&story.p, "t begins: 25 trainings", 5));
	pty_keys(&story.p, ":correlate --count 9 --every 1 --epochs 1\r");
	ck_assert(pty_shows(&story.p, "9 of 9 trained: the figures use 9 pairs", 60));
	ck_assert(pty_shows(&story.p, "Verdict: ", 5));
	ck_assert(story_on_screen("rank 1/9"));
	ck_assert(story_on_screen("Spearman"));
	pty_keys(&story.p, "G");
	ck_assert(pty_shows(&story.p, "rank 9/9", 5));
	pty_keys(&story.p, "L");
	ck_assert(pty_shows(&story.p, "line: ", 5));
	pty_keys(&story.p, "ob ");
	ck_assert(pty_shows(&story.p, "is marked in the ranking", 5));
	d = document("correlate");
	ck_assert_uint_eq(json_array_size(json_object_get(d, "pairs")), 9);
	pty_keys(&story.p, "\r");
	ck_assert(pty_shows(&story.p, "[2 Banks]", 5));
	ck_assert(pty_shows(&story.p, json_string_value(json_object_get(json_array_get(json_object_get(d, "pairs"), 8), "id")), 5));
	json_decref(d);
	story_stop();
}
END_TEST

START_TEST(jobs_are_held_cancelled_and_run_again)
{
	story_start_trained(24, 80, "");
	pty_keys(&story.p, ":corrupt --count 500\r");
	pty_keys(&story.p, ":corrupt --count 7\r");
	pty_keys(&story.p, "7");
	ck_assert(pty_shows(&story.p, "1 at work, 1 wait", 10));
	ck_assert(story_on_screen("corrupt --count 500"));
	ck_assert(story_on_screen("waits"));
	pty_keys(&story.p, "j ");
	ck_assert(pty_shows(&story.p, " at work, 1 held, ", 10));
	pty_keys(&story.p, " ");
	ck_assert(pty_shows(&story.p, "runs", 10));
	pty_keys(&story.p, "D");
	ck_assert(pty_shows(&story.p, "cancelled", 10));
	pty_keys(&story.p, "DD");                              /* the cursor stays: the next one is not cancelled */
	ck_assert(pty_shows(&story.p, "2 ended", 60));
	ck_assert(story_on_screen("   2 ended "));
	pty_keys(&story.p, "jr");
	ck_assert(pty_shows(&story.p, "3 ended", 60));
	pty_keys(&story.p, "\r");
	ck_assert(pty_shows(&story.p, "[4 Corrupt]", 5));
	ck_assert(pty_shows(&story.p, "7 of 7 architectures", 5));
	story_stop();
}
END_TEST

/* Each view comes up at each size and in each surrounding; where the locale has no UTF-8, in ASCII alone. */
START_TEST(views_without_utf8_and_colour_and_in_little_room)
{
	static char ascii[] = "LC_ALL=C", mono[] = "NO_COLOR=1";
	static char *const environments[][2] = { { ascii, NULL }, { mono, NULL } };
	static const int sizes[][2] = { { 16, 60 }, { 24, 80 }, { 60, 200 }, { 10, 40 } };
	static const char *const names[] = { "Corrupt", "Guide", "Correlate", "Jobs" };
	const char *screen;

	story_start((struct story_start){ .steps = 40, .environment = environments[_i] });
	ck_assert(pty_shows(&story.p, "FINISHED", 20));
	pty_keys(&story.p, "4---c");
	ck_assert(pty_shows(&story.p, "6 of 6 architectures", 30));
	for (size_t s = 0; s < sizeof sizes / sizeof sizes[0]; s++) {
		pty_resize(&story.p, sizes[s][0], sizes[s][1]);
		for (int v = 0; v < 4; v++) {
			char key[2] = { (char)('4' + v), 0 };

			pty_keys(&story.p, key);
			ck_assert(pty_shows(&story.p, names[v], 5));
			screen = pty_screen(&story.p);
			if (_i == 0)
				for (const char *c = screen; *c; c++)
					ck_assert_msg((unsigned char)*c < 0x80, "%s at %dx%d is not ASCII", names[v], sizes[s][1], sizes[s][0]);
		}
	}
	ck_assert_msg(_i == 0 || !story_wrote_colour(), "colours in spite of NO_COLOR");
	story_stop();
}
END_TEST

int main(void)
{
	Suite *s = suite_create("views_screen");
	TCase *c = tcase_create("stories");

	tcase_set_timeout(c, 120);
	tcase_add_checked_fixture(c, story_before, story_after);
	tcase_add_test(c, corruption_from_the_question_to_the_encoding);
	tcase_add_test(c, a_cancelled_corruption_goes_on_where_it_was);
	tcase_add_test(c, a_small_experiment_does_not_hide_the_one_before_it);
	tcase_add_test(c, guided_search_from_one_start_and_what_an_edit_makes);
	tcase_add_test(c, correlation_point_by_point);
	tcase_add_test(c, jobs_are_held_cancelled_and_run_again);
	tcase_add_loop_test(c, views_without_utf8_and_colour_and_in_little_room, 0, 2);
	suite_add_tcase(s, c);

	SRunner *r = srunner_create(s);

	srunner_run_all(r, CK_NORMAL);

	int failed = srunner_ntests_failed(r);

	srunner_free(r);
	return failed != 0;
}
