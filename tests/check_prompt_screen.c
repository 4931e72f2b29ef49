/* check_prompt_screen.c -- what a person does with the prompt, the help, the settings and a theme of their own: keys in, screen and files out. */
#include <check.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/story.h"

static void start_as(int columns, char *const *environment, const char *option)
{
	story_start((struct story_start){ .name = option ? option + 2 : "run", .columns = columns, .environment = environment, .option = option });
}

static void start(int columns)
{
	start_as(columns, NULL, NULL);
	story_sees("TRAINING");
	story_types("p", "PAUSED");                            /* what is written from here on is what keys cause */
}

static void before(void)
{
	char path[300];

	story_before();
	snprintf(path, sizeof path, "%s/smashtop", story.folder);      /* the folder is $XDG_CONFIG_HOME and $XDG_STATE_HOME as well */
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/smashtop/themes", story.folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void put_file(const char *name, const char *text)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", story.folder, name);
	ck_assert((f = fopen(path, "w")) != NULL);
	fputs(text, f);
	fclose(f);
}

START_TEST(a_note_and_what_was_done_are_in_the_log)
{
	start(120);
	story_types(":note the \"second\" try, it's slower\r", "noted in the run's log");
	story_types(":rank 3 --images 20\r", "3 scored");
	story_types(":retrain --arch 'no such'\r", "no such: no such file");
	ck_assert(strstr(story_content("run/log"), " the \"second\" try, it's slower\n") != NULL);
	ck_assert(strstr(story_content("run/log"), " smashtop rank --count 3 --images 20 --run ") != NULL);
	story_types(":log\r", "Log of this session");
	story_sees("it's slower");
	story_puts_away("\033", "Log of this session");
	story_types(":sort step\r", "F6 step");
	story_types(":sort stpe\r", "sort: there is no column \"stpe\"; did you mean step?");
	story_stop();
}
END_TEST

START_TEST(commands_complete_and_come_back_from_the_history)
{
	start(120);
	story_types(":cor\t", "check scores against trained networks");
	story_types("\t", "> corrupt");
	story_puts_away("\033", "check scores against trained networks");
	story_types("\x15" "note one\r", "noted");
	story_types(":no\033OA", ":note one");
	story_types("\x15\x12ne", "history ne: note one");
	story_puts_away("\033", "history");
	story_puts_away("\033", ":note");
	ck_assert(strstr(story_content("smashtop/history"), "note one\n") != NULL);
	story_stop();
}
END_TEST

START_TEST(a_paste_is_inserted_and_not_run)
{
	start(120);
	story_types(":\033[200~note pasted\rq\033[201~", ":note pasted ");
	ck_assert(strstr(story_content("run/log"), "pasted") == NULL);
	story_types(" and sent\r", "noted");
	ck_assert(strstr(story_content("run/log"), "pasted and sent") != NULL);
	story_types("\033[200~qs\033[201~", "a paste of 2 characters is dropped");
	story_stop();
}
END_TEST

START_TEST(words_and_letters_together_are_keys_only_while_a_line_is_written)
{
	start(120);
	story_types(":one two\033b\033bx", ":xone two");
	story_types("\033[1;5C!", ":xone! two");
	story_puts_away("\003", ":xone");
	story_types("\033a", " log  ");                         /* Esc, then a: the axis */
	story_stop();
}
END_TEST

START_TEST(help_finds_by_word_and_by_key)
{
	start(120);
	story_types("?", "/ a word   = a key");
	story_types("=", "press the key to be told what it does");
	story_types("R", "what R does");
	story_sees("score 50 more random architectures");
	story_types("=", "press the key");
	story_types("@", "@ does nothing");
	story_types("\033", "/ a word   = a key");
	story_types("/checkp\r", "write a checkpoint now");
	ck_assert(!strstr(vt_text(&story.glass), "half a page up"));
	story_types("\033", "/ a word   = a key");
	story_puts_away("\033", "Help ─");
	story_types(":help theme\r", "other colours, at once");
	story_types("\033", "/ a word   = a key");
	story_puts_away("\033", "Help ─");
	story_stop();
}
END_TEST

START_TEST(a_key_that_does_nothing_says_so)
{
	start(120);
	story_types("@", "@ does nothing; F1 lists the keys");
	story_types("I", "I does nothing here; Ranking: invert the order");
	story_stop();
}
END_TEST

START_TEST(keys_can_be_given_away_and_help_shows_it)
{
	put_file("smashtop/config", "# mine\n[screen]\nkeybar = letters  ; at home\n[keys]\nrank-more = F12\nsetup = q\nzom = z\n");
	start_as(120, NULL, NULL);
	story_sees("smashtop/config line 7: there is no action");
	story_types(":messages\r", "config line 6: setup = q, but quit = F10 q");
	story_sees("q stays what it was");
	story_sees("there is no action \"zom\"; did you mean zoom?");
	story_puts_away("\033", "Messages ─");
	story_sees("? Help  T Setup");
	story_types(":help rank-more\r", "F12");
	story_types("\033", "/ a word   = a key");
	story_puts_away("\033", "Help ─");
	story_types("\033[24~", "50 scored");                  /* F12 */
	story_types("T", "Setup   left, right change");
	story_types("\033OB\033OB\033OC", "mouse     < off >");
	story_puts_away("\033", "left, right change");
	ck_assert_str_eq(story_content("smashtop/config"),
	                 "# mine\n[screen]\nkeybar = letters  ; at home\nmouse = off\n[keys]\nrank-more = F12\nsetup = q\nzom = z\n");
	story_stop();
}
END_TEST

START_TEST(setup_is_taken_back_or_saved)
{
	start(80);
	story_types("\033OQ", "takes all back");
	story_types("jjl", "mouse     < off >");
	story_types("kkl", "> theme");
	ck_assert(!strstr(story_look(0.2), "< default >"));
	story_types("u", "mouse     < on >");
	ck_assert(strstr(vt_text(&story.glass), "theme     < default >") != NULL);
	story_puts_away("\033", "takes all back");
	ck_assert_str_eq(story_content("smashtop/config"), "");        /* nothing has changed */
	story_types("\033OQ", "takes all back");
	story_types("jjl", "mouse     < off >");
	story_puts_away("\033", "takes all back");
	ck_assert(strstr(story_content("smashtop/config"), "mouse = off") != NULL);
	story_stop();
}
END_TEST

START_TEST(a_long_message_is_folded_until_the_next_key)
{
	static const char word[] = "a-name-of-an-architecture-that-is-nearly-as-long-as-the-line-is-wide.json";
	char command[200];

	start(80);
	snprintf(command, sizeof command, ":retrain --arch \"%s\"\r", word);
	story_types(command, word);
	story_sees(" such file, pattern, or architecture of ");
	story_types("j", " :messages");
	ck_assert(!strstr(vt_text(&story.glass), " such file, pattern"));
	story_types(":messages\r", "Messages ─");
	story_sees("such file, pattern");
	story_puts_away("\033", "Messages ─");
	story_stop();
}
END_TEST

START_TEST(a_theme_of_ones_own_shows_at_once_and_when_it_is_saved)
{
	start(120);
	put_file("smashtop/themes/mine.theme", "[theme]\nname = Mine\n[roles]\nstatus = 17 on 153\n");
	story_types(":theme mine\r", "theme = mine");
	ck_assert(pty_wrote(&story.p, "\033[38;5;17m"));
	put_file("smashtop/themes/mine.theme", "[roles]\nstatus = 22 on 153\nstatsu = red\n");
	story_sees("unknown role \"statsu\"");
	ck_assert(pty_wrote(&story.p, "\033[38;5;22m"));
	story_types(":theme mnie\r", "did you mean mine?");
	story_types(":set glyphs=ascii\r", "->Loss");
	story_types(":set\r", "auto, braille, block, acs or ascii");
	story_puts_away("\033", "Settings -");
	story_stop();
}
END_TEST

START_TEST(the_mouse_can_be_left_to_the_terminal)
{
	start(120);
	story_types(":set mouse off\r", "mouse = off");
	ck_assert(pty_wrote(&story.p, "1000l"));
	story.p.length = story.fed = 0;
	story_types(":set mouse on\r", "mouse = on");
	ck_assert(pty_wrote(&story.p, "1000h"));
	story_stop();
	pty_release(&story.p);
	start_as(120, NULL, "--no-mouse");
	story_sees("TRAINING");
	ck_assert(!pty_wrote(&story.p, "1000h"));
	story_stop();
}
END_TEST

/* There is no shell here that could let it stop: it goes on at once. */
START_TEST(suspending_gives_the_terminal_back_and_takes_it_again)
{
	start(120);
	story_types("\032", "suspend");                        /* ^z */
	story.p.length = story.fed = 0;
	story_types("z", "PAUSED");
	ck_assert(pty_wrote(&story.p, "\033[?2004l") && pty_wrote(&story.p, "\033[?1049l"));
	ck_assert(pty_wrote(&story.p, "\033[?1049h") && pty_wrote(&story.p, "\033[?2004h"));
	story_types("?", "/ a word   = a key");
	story_puts_away("\033", "Help ─");
	story_stop();
}
END_TEST

START_TEST(no_locale_and_no_home_are_no_hindrance)
{
	static char all[] = "LC_ALL=", lang[] = "LANG=", ctype[] = "LC_CTYPE=", home[] = "HOME=", config[] = "XDG_CONFIG_HOME=", state[] = "XDG_STATE_HOME=";
	static char *const environment[] = { all, lang, ctype, home, config, state, NULL };

	start_as(120, environment, NULL);
	story_sees("->Loss");
	story_sees("TRAINING");
	story_types("p", "PAUSED");
	story_types(":note one\r", "noted");
	story_types("T", "saved in nothing");
	story_types("\033OC", "< deuteranopia >");
	story_types("\033", "not saved: neither HOME nor XDG_CONFIG_HOME is set");
	story_stop();
}
END_TEST

START_TEST(no_color_is_mono_unless_a_theme_is_given)
{
	static char mono[] = "NO_COLOR=1";
	static char *const environment[] = { mono, NULL };

	put_file("smashtop/config", "[screen]\ntheme = dark\n");
	start_as(120, environment, _i ? "--theme=dark" : NULL);
	story_sees("TRAINING");
	ck_assert(pty_wrote(&story.p, "\033[38;5;") == (_i == 1));
	story_stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prompt_screen");
	TCase *stories = tcase_create("stories");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(stories, before, story_after);
	tcase_set_timeout(stories, 120);
	tcase_add_test(stories, a_note_and_what_was_done_are_in_the_log);
	tcase_add_test(stories, commands_complete_and_come_back_from_the_history);
	tcase_add_test(stories, a_paste_is_inserted_and_not_run);
	tcase_add_test(stories, words_and_letters_together_are_keys_only_while_a_line_is_written);
	tcase_add_test(stories, help_finds_by_word_and_by_key);
	tcase_add_test(stories, a_key_that_does_nothing_says_so);
	tcase_add_test(stories, keys_can_be_given_away_and_help_shows_it);
	tcase_add_test(stories, setup_is_taken_back_or_saved);
	tcase_add_test(stories, a_long_message_is_folded_until_the_next_key);
	tcase_add_test(stories, a_theme_of_ones_own_shows_at_once_and_when_it_is_saved);
	tcase_add_test(stories, the_mouse_can_be_left_to_the_terminal);
	tcase_add_test(stories, suspending_gives_the_terminal_back_and_takes_it_again);
	tcase_add_test(stories, no_locale_and_no_home_are_no_hindrance);
	tcase_add_loop_test(stories, no_color_is_mono_unless_a_theme_is_given, 0, 2);
	suite_add_tcase(suite, stories);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
