/* check_ranking_screen.c -- a person's whole tasks in the ranking, by keys alone, seen on the screen and on the disk. */
#include <check.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/arch/arch.h"
#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/lab/marks.h"
#include "tests/story.h"

static void start_trained(int rows, int columns)
{
	story_start_trained(rows, columns, "3");
	ck_assert(pty_shows(&story.p, "[3 Rank]", 5));
}

static const char *in_folder(const char *name)
{
	static char path[400];

	snprintf(path, sizeof path, "%s/%s", story.folder, name);
	return path;
}

/* The first 7 digits of the id beside the title "Selected", which follows the cursor when that rests. */
static const char *selected_id(void)
{
	static char id[8];
	const char *at;

	pty_read(&story.p, 0.3);
	ck_assert(pty_shows(&story.p, "Selected", 5));
	at = strstr(story.p.screen, "Selected");
	snprintf(id, sizeof id, "%s", at + strspn(at + 8, " ") + 8);
	ck_assert_uint_eq(strspn(id, "0123456789abcdef"), 7);
	return id;
}

START_TEST(from_scoring_to_two_files)
{
	struct mark *mark;
	struct arch *list;
	char first[8];
	FILE *f;

	start_trained(40, 120);
	pty_keys(&story.p, ":rank 9\r");
	ck_assert(pty_shows(&story.p, "9 scored", 30));
	ck_assert(pty_shows(&story.p, "rank 1 of 9", 5));

	/* a filter, live, with a word that is wrong at first */
	pty_keys(&story.p, "\\origin=sampld");
	ck_assert(story_writes("no origin \"sampld\"; did you mean sampled?"));
	pty_keys(&story.p, "\177\177led rank<=6");
	pty_keys(&story.p, "\r");
	ck_assert(pty_shows(&story.p, "6 of 9 scored", 5));
	ck_assert(pty_shows(&story.p, "F4 origin=sampled rank<=6", 5));

	/* marks: two by Space, a range that is taken back */
	pty_keys(&story.p, "g  ");
	ck_assert(pty_shows(&story.p, "2 marked", 5));
	pty_keys(&story.p, "vjjv");
	ck_assert(pty_shows(&story.p, "5 marked", 5));
	pty_keys(&story.p, "u");
	ck_assert(pty_shows(&story.p, "2 marked", 5));
	pty_keys(&story.p, "\\\025\r");
	ck_assert(pty_shows(&story.p, "9 scored", 5));
	ck_assert_int_eq(marks_load(story.run, &mark), 2);
	free(mark);

	/* the two of them side by side */
	pty_keys(&story.p, "=");
	ck_assert(story_writes("paired, 24 images"));
	ck_assert(pty_wrote(&story.p, " differ *") && pty_wrote(&story.p, "n N next"));
	pty_keys(&story.p, "\033");
	ck_assert(pty_shows(&story.p, "F6 score", 5));

	/* their documents in a file, and not over another one */
	ck_assert((f = fopen(in_folder("taken.json"), "w")) != NULL);
	fputs("years of work", f);
	fclose(f);
	pty_keys(&story.p, "x");
	ck_assert(story_writes("2 architectures"));
	pty_keys(&story.p, "\r\025");
	pty_keys(&story.p, in_folder("tak"));
	pty_keys(&story.p, "\t\r");
	ck_assert(story_writes("taken.json exists ("));
	pty_keys(&story.p, "\r\177\177\177\177\1772.json\r");
	ck_assert(pty_shows(&story.p, "2 architectures, ", 5));
	ck_assert_msg(arch_load_list(in_folder("taken2.json"), &list) == 2, "%s", err_last());
	free(list);
	ck_assert((f = fopen(in_folder("taken.json"), "r")) != NULL);
	ck_assert(fgets(first, sizeof first, f) && strncmp(first, "years", 5) == 0);
	fclose(f);
	pty_keys(&story.p, ":export --format csv --output ");
	pty_keys(&story.p, in_folder("all.csv\r"));
	ck_assert(pty_shows(&story.p, "all.csv: 2 rows, ", 5));
	story_stop();

	/* the next day */
	pty_release(&story.p);
	start_trained(24, 80);
	ck_assert(pty_shows(&story.p, "2 marked", 10));
	story_stop();
}
END_TEST

START_TEST(what_is_exported_is_named_as_on_the_command_line)
{
	struct arch arch, pattern, *list;
	struct preset preset;

	start_trained(24, 80);
	pty_keys(&story.p, "3:rank 2\r");
	ck_assert(pty_shows(&story.p, "2 scored", 30));
	pty_keys(&story.p, ":export --format csv --arch resnet --output x.csv\r");
	ck_assert(story_writes("resnet has no score"));
	pty_keys(&story.p, ":export --format json --arch nothing --output x.json\r");
	ck_assert(story_writes("nothing: no such file, pattern, or architecture"));
	pty_keys(&story.p, "1:export --output ");        /* where no architecture is held, those of the ranking */
	pty_keys(&story.p, in_folder("far.csv\r"));
	ck_assert(pty_shows(&story.p, "far.csv: 2 rows, ", 10));
	pty_keys(&story.p, ":export --output ");
	pty_keys(&story.p, in_folder("far.svg\r"));
	ck_assert(pty_shows(&story.p, "far.svg: 1 picture, ", 10));
	ck_assert(story_gets("run/log", "far.svg --arch ", 10));
	pty_keys(&story.p, "3:export --format json --arch resnet --output ");
	pty_keys(&story.p, in_folder("net.json\r"));
	ck_assert(pty_shows(&story.p, "1 architecture, ", 10));
	ck_assert_int_eq(preset_get(&preset, "tiny"), 0);
	ck_assert_int_eq(arch_load(&arch, in_folder("net.json"), NULL), 0);
	ck_assert_int_eq(pattern_make(&pattern, "resnet", &preset.space, 2), 0);
	ck_assert(arch_equal(&arch, &pattern));
	pty_keys(&story.p, ":edit resnet\r:w mine\r");
	ck_assert(story_gets("run/log", "kept mine", 10));
	pty_keys(&story.p, "\033");
	pty_read(&story.p, 0.2);
	pty_keys(&story.p, "3");
	ck_assert(pty_shows(&story.p, "3 scored", 30));
	story.p.length = 0;
	pty_keys(&story.p, ":export --format json --arch mine,");
	pty_keys(&story.p, in_folder("net.json"));
	pty_keys(&story.p, " --output ");
	pty_keys(&story.p, in_folder("both.json\r"));
	ck_assert(pty_shows(&story.p, "2 architectures, ", 10));
	ck_assert_msg(arch_load_list(in_folder("both.json"), &list) == 2, "%s", err_last());
	ck_assert(arch_equal(&list[0], &pattern) && arch_equal(&list[1], &pattern));
	free(list);
	story_stop();
}
END_TEST

START_TEST(old_scores_are_made_again_with_one_key)
{
	story_start((struct story_start){ .rows = 40, .columns = 120 });
	ck_assert(pty_shows(&story.p, "TRAINING", 10));
	pty_keys(&story.p, "3:rank 4\r");
	ck_assert(pty_shows(&story.p, "4 scored", 30));
	pty_keys(&story.p, "p");
	ck_assert(pty_shows(&story.p, "PAUSED", 10));
	pty_keys(&story.p, ":rank 2\r");
	ck_assert(pty_shows(&story.p, "6 scored  4 stale <", 30));
	ck_assert(story_on_screen("rank 1 of 2"));
	pty_keys(&story.p, "G");
	ck_assert(pty_shows(&story.p, "no rank: older weights <", 5));
	pty_keys(&story.p, "r");
	ck_assert(pty_shows(&story.p, "of 6", 30));                    /* rank … of 6 */
	ck_assert(pty_shows(&story.p, "─>Ranking  6 scored ─", 5));
	ck_assert(!story_on_screen("stale"));
	pty_keys(&story.p, "r");
	ck_assert(pty_shows(&story.p, "nothing to score again", 5));
	story_stop();
}
END_TEST

START_TEST(what_is_asked_about_a_row_shows_beside_it)
{
	start_trained(40, 120);
	pty_keys(&story.p, ":rank 6\r");
	ck_assert(pty_shows(&story.p, "6 scored", 30));
	ck_assert(!story_on_screen("corrupt "));
	pty_keys(&story.p, "g c");                                     /* the first is marked, the cursor on the second */
	ck_assert(story_gets("run/log", "corrupt: 1 architecture: ", 30));
	ck_assert(pty_shows(&story.p, "depth corrupt", 5));
	pty_keys(&story.p, "Ut");                                      /* an hour's work begins with Enter alone */
	ck_assert(story_writes("retrain --arch "));
	story.p.length = 0;
	pty_keys(&story.p, "\r");
	ck_assert(story_gets("run/log", " retrain: ", 30));
	ck_assert(story_writes("Esc closes"));                         /* its report */
	pty_keys(&story.p, "\033");
	ck_assert(pty_shows(&story.p, "30 epochs, 1 training", 5));
	ck_assert(story_on_screen("corrupt   true"));
	pty_keys(&story.p, "P");
	ck_assert(pty_shows(&story.p, "26 scored", 60));
	pty_keys(&story.p, "\\origin=perturbed\r");
	ck_assert(pty_shows(&story.p, "20 of 26 scored", 5));
	story_stop();
}
END_TEST

/* The line of the screen that the cursor is on, and the id there. */
static int cursor_line(char id[8])
{
	const char *screen = pty_screen(&story.p), *at = screen ? strstr(screen, "\n>") : NULL;
	int line = 1;

	ck_assert_msg(at != NULL && sscanf(at + 2, "%*[ *]%*d%*[=< ]%7[0-9a-f]", id) == 1, "no cursor");
	for (const char *s = screen; s < at; s++)
		line += *s == '\n';
	return line;
}

START_TEST(rows_that_come_leave_the_cursor_where_it_is)
{
	char before_them[8], after_them[8];
	int line;

	start_trained(24, 80);
	pty_keys(&story.p, ":rank 30\r");
	ck_assert(pty_shows(&story.p, "30 scored", 30));
	pty_keys(&story.p, "gjjjjjjjjjjjj,,I");                        /* by id: new ones come above it and below */
	ck_assert(pty_shows(&story.p, "F6 id down", 5));
	line = cursor_line(before_them);
	pty_keys(&story.p, ":rank 40\r");
	ck_assert(pty_shows(&story.p, "70 scored", 30));
	ck_assert_int_eq(cursor_line(after_them), line);
	ck_assert_str_eq(before_them, after_them);
	story_stop();
}
END_TEST

START_TEST(a_row_is_found_named_and_opened)
{
	char id[8], keys[16];

	start_trained(24, 80);
	pty_keys(&story.p, ":rank 20\r");
	ck_assert(pty_shows(&story.p, "20 scored", 30));
	pty_keys(&story.p, "gjjjj");
	snprintf(id, sizeof id, "%s", selected_id());
	pty_keys(&story.p, "mqG");
	pty_keys(&story.p, "'q");
	ck_assert_str_eq(selected_id(), id);
	pty_keys(&story.p, "g,");                                      /* in another order */
	snprintf(keys, sizeof keys, "/%s\r", id);
	pty_keys(&story.p, keys);
	ck_assert_str_eq(selected_id(), id);
	pty_keys(&story.p, "I");
	ck_assert_str_eq(selected_id(), id);
	pty_keys(&story.p, "\r");
	ck_assert(pty_shows(&story.p, "[2 Banks]", 5));
	snprintf(keys, sizeof keys, "ranked %s", id);
	ck_assert(pty_shows(&story.p, keys, 5));
	pty_keys(&story.p, "3e");
	ck_assert(pty_shows(&story.p, "EDIT", 5));
	story_stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ranking_screen");
	TCase *stories = tcase_create("stories");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(stories, story_before, story_after);
	tcase_set_timeout(stories, 180);
	tcase_add_test(stories, from_scoring_to_two_files);
	tcase_add_test(stories, what_is_exported_is_named_as_on_the_command_line);
	tcase_add_test(stories, old_scores_are_made_again_with_one_key);
	tcase_add_test(stories, what_is_asked_about_a_row_shows_beside_it);
	tcase_add_test(stories, rows_that_come_leave_the_cursor_where_it_is);
	tcase_add_test(stories, a_row_is_found_named_and_opened);
	suite_add_tcase(suite, stories);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
