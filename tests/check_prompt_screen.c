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
#include "tests/pty.h"
#include "tests/tiny_run.h"
#include "tests/vt.h"

static char folder[256];
static struct pty p;
static struct vt glass;
static size_t fed;                       /* of p.out */

static void start_as(int columns, char *const *environment, const char *option)
{
	static char data[300], run[300];
	char *program = getenv("SMASHTOP");
	char *argv[] = { program, "--run", run, "--data", data, "--preset", "tiny", "--threads", "1", "--steps", "1000000", (char *)option, NULL };

	ck_assert_msg(program != NULL, "SMASHTOP names no program");
	snprintf(data, sizeof data, "fashion-mnist:%s", folder);
	snprintf(run, sizeof run, "%s/%s", folder, option ? option + 2 : "run");
	pty_start(&p, folder, 24, columns, "xterm-256color", environment, argv);
	vt_start(&glass, 24, columns);
	fed = 0;
}

static const char *look(double seconds)
{
	pty_read(&p, seconds);
	vt_feed(&glass, p.out + fed, p.length - fed);
	fed = p.length;
	ck_assert_str_eq(vt_unknown(), "");
	return vt_text(&glass);
}

/* Types, and waits for what is then to be seen, wherever. */
static void types(const char *keys, const char *text)
{
	double end = clock_seconds() + 10;
	const char *screen;

	if (*keys)
		pty_keys(&p, keys);
	do
		screen = look(0.03);
	while (!strstr(screen, text) && clock_seconds() < end && !p.ended);
	ck_assert_msg(strstr(screen, text) != NULL, "after \"%s\" there is no \"%s\" in\n%s", keys, text, screen);
}

static void sees(const char *text)
{
	types("", text);
}

/* Types, and waits until something is gone. */
static void puts_away(const char *keys, const char *text)
{
	double end = clock_seconds() + 10;

	pty_keys(&p, keys);
	while (strstr(look(0.03), text) && clock_seconds() < end)
		;
	ck_assert_msg(!strstr(vt_text(&glass), text), "\"%s\" stays in\n%s", text, vt_text(&glass));
}

static void start(int columns)
{
	start_as(columns, NULL, NULL);
	sees("TRAINING");
	types("p", "PAUSED");                            /* what is written from here on is what keys cause */
}

static void stop(void)
{
	types("q", "Leave?");
	pty_keys(&p, "s");
	ck_assert_msg(pty_wait(&p, 20), "it does not stop");
	ck_assert_int_eq(p.status, 0);
	ck_assert(pty_restored(&p));
}

static void before(void)
{
	char path[300];

	tiny_make(folder);
	snprintf(path, sizeof path, "%s/smashtop", folder);      /* the folder is $XDG_CONFIG_HOME and $XDG_STATE_HOME as well */
	ck_assert_int_eq(mkdir(path, 0700), 0);
	snprintf(path, sizeof path, "%s/smashtop/themes", folder);
	ck_assert_int_eq(mkdir(path, 0700), 0);
}

static void after(void)
{
	pty_release(&p);
	tiny_remove(folder);
}

static void put_file(const char *name, const char *text)
{
	char path[400];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", folder, name);
	ck_assert((f = fopen(path, "w")) != NULL);
	fputs(text, f);
	fclose(f);
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

START_TEST(a_note_and_what_was_done_are_in_the_log)
{
	start(120);
	types(":note the \"second\" try, it's slower\r", "noted in the run's log");
	types(":rank 3 --images 20\r", "3 scored");
	types(":retrain --arch 'no such'\r", "no such: no such file");
	ck_assert(strstr(content("run/log"), " the \"second\" try, it's slower\n") != NULL);
	ck_assert(strstr(content("run/log"), " smashtop rank --count 3 --images 20 --run ") != NULL);
	types(":log\r", "Log of this session");
	sees("it's slower");
	puts_away("\033", "Log of this session");
	types(":sort step\r", "F6 step");
	types(":sort stpe\r", "sort: there is no column \"stpe\"; did you mean step?");
	stop();
}
END_TEST

START_TEST(commands_complete_and_come_back_from_the_history)
{
	start(120);
	types(":cor\t", "check scores against trained networks");
	types("\t", "> corrupt");
	puts_away("\033", "check scores against trained networks");
	types("\x15" "note one\r", "noted");
	types(":no\033OA", ":note one");
	types("\x15\x12ne", "history ne: note one");
	puts_away("\033", "history");
	puts_away("\033", ":note");
	ck_assert(strstr(content("smashtop/history"), "note one\n") != NULL);
	stop();
}
END_TEST

START_TEST(a_paste_is_inserted_and_not_run)
{
	start(120);
	types(":\033[200~note pasted\rq\033[201~", ":note pasted ");
	ck_assert(strstr(content("run/log"), "pasted") == NULL);
	types(" and sent\r", "noted");
	ck_assert(strstr(content("run/log"), "pasted and sent") != NULL);
	types("\033[200~qs\033[201~", "a paste of 2 characters is dropped");
	stop();
}
END_TEST

START_TEST(words_and_letters_together_are_keys_only_while_a_line_is_written)
{
	start(120);
	types(":one two\033b\033bx", ":xone two");
	types("\033[1;5C!", ":xone! two");
	puts_away("\003", ":xone");
	types("\033a", " log  ");                         /* Esc, then a: the axis */
	stop();
}
END_TEST

START_TEST(help_finds_by_word_and_by_key)
{
	start(120);
	types("?", "/ a word   = a key");
	types("=", "press the key to be told what it does");
	types("R", "what R does");
	sees("score 50 more random architectures");
	types("=", "press the key");
	types("@", "@ does nothing");
	types("\033", "/ a word   = a key");
	types("/checkp\r", "write a checkpoint now");
	ck_assert(!strstr(vt_text(&glass), "half a page up"));
	types("\033", "/ a word   = a key");
	puts_away("\033", "Help ─");
	types(":help theme\r", "other colours, at once");
	types("\033", "/ a word   = a key");
	puts_away("\033", "Help ─");
	stop();
}
END_TEST

START_TEST(a_key_that_does_nothing_says_so)
{
	start(120);
	types("@", "@ does nothing; ? lists the keys");
	types("I", "I does nothing here; Ranking: invert the order");
	stop();
}
END_TEST

START_TEST(keys_can_be_given_away_and_help_shows_it)
{
	put_file("smashtop/config", "# mine\n[screen]\nkeybar = letters  ; at home\n[keys]\nrank-more = F12\nsetup = q\nzom = z\n");
	start_as(120, NULL, NULL);
	sees("smashtop/config line 7: there is no action");
	types(":messages\r", "config line 6: setup = q, but quit = F10 q");
	sees("q stays what it was");
	sees("there is no action \"zom\"; did you mean zoom?");
	puts_away("\033", "Messages ─");
	sees("? Help  T Setup");
	types(":help rank-more\r", "F12");
	types("\033", "/ a word   = a key");
	puts_away("\033", "Help ─");
	types("\033[24~", "50 scored");                  /* F12 */
	types("T", "Setup   left, right change");
	types("\033OB\033OB\033OC", "mouse     < off >");
	types("\033", "saved in ");
	ck_assert_str_eq(content("smashtop/config"),
	                 "# mine\n[screen]\nkeybar = letters  ; at home\nmouse = off\n[keys]\nrank-more = F12\nsetup = q\nzom = z\n");
	stop();
}
END_TEST

START_TEST(a_long_message_is_folded_until_the_next_key)
{
	static const char word[] = "a-name-of-an-architecture-that-is-nearly-as-long-as-the-line-is-wide.json";
	char command[200];

	start(80);
	snprintf(command, sizeof command, ":retrain --arch \"%s\"\r", word);
	types(command, word);
	sees(" such file, pattern, or architecture of ");
	types("j", " :messages");
	ck_assert(!strstr(vt_text(&glass), " such file, pattern"));
	types(":messages\r", "Messages ─");
	sees("such file, pattern");
	puts_away("\033", "Messages ─");
	stop();
}
END_TEST

START_TEST(a_theme_of_ones_own_shows_at_once_and_when_it_is_saved)
{
	start(120);
	put_file("smashtop/themes/mine.theme", "[theme]\nname = Mine\n[roles]\nstatus = 17 on 153\n");
	types(":theme mine\r", "theme = mine");
	ck_assert(pty_wrote(&p, "\033[38;5;17m"));
	put_file("smashtop/themes/mine.theme", "[roles]\nstatus = 22 on 153\nstatsu = red\n");
	sees("unknown role \"statsu\"");
	ck_assert(pty_wrote(&p, "\033[38;5;22m"));
	types(":theme mnie\r", "did you mean mine?");
	types(":set glyphs=ascii\r", "->Loss");
	types(":set\r", "auto, braille, block, acs or ascii");
	puts_away("\033", "Settings -");
	stop();
}
END_TEST

START_TEST(the_mouse_can_be_left_to_the_terminal)
{
	start(120);
	types(":set mouse off\r", "mouse = off");
	ck_assert(pty_wrote(&p, "1000l"));
	p.length = fed = 0;
	types(":set mouse on\r", "mouse = on");
	ck_assert(pty_wrote(&p, "1000h"));
	stop();
	pty_release(&p);
	start_as(120, NULL, "--no-mouse");
	sees("TRAINING");
	ck_assert(!pty_wrote(&p, "1000h"));
	stop();
}
END_TEST

/* There is no shell here that could let it stop: it goes on at once. */
START_TEST(suspending_gives_the_terminal_back_and_takes_it_again)
{
	start(120);
	types("\032", "suspend");                        /* ^z */
	p.length = fed = 0;
	types("z", "PAUSED");
	ck_assert(pty_wrote(&p, "\033[?2004l") && pty_wrote(&p, "\033[?1049l"));
	ck_assert(pty_wrote(&p, "\033[?1049h") && pty_wrote(&p, "\033[?2004h"));
	types("?", "/ a word   = a key");
	puts_away("\033", "Help ─");
	stop();
}
END_TEST

START_TEST(no_locale_and_no_home_are_no_hindrance)
{
	static char all[] = "LC_ALL=", lang[] = "LANG=", ctype[] = "LC_CTYPE=", home[] = "HOME=", config[] = "XDG_CONFIG_HOME=", state[] = "XDG_STATE_HOME=";
	static char *const environment[] = { all, lang, ctype, home, config, state, NULL };

	start_as(120, environment, NULL);
	sees("->Loss");
	sees("TRAINING");
	types("p", "PAUSED");
	types(":note one\r", "noted");
	types("T", "saved in nothing");
	types("\033OC", "< deuteranopia >");
	types("\033", "not saved: neither HOME nor XDG_CONFIG_HOME is set");
	stop();
}
END_TEST

START_TEST(no_color_is_mono_unless_a_theme_is_given)
{
	static char mono[] = "NO_COLOR=1";
	static char *const environment[] = { mono, NULL };

	put_file("smashtop/config", "[screen]\ntheme = dark\n");
	start_as(120, environment, _i ? "--theme=dark" : NULL);
	sees("TRAINING");
	ck_assert(pty_wrote(&p, "\033[38;5;") == (_i == 1));
	stop();
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("prompt_screen");
	TCase *stories = tcase_create("stories");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(stories, before, after);
	tcase_set_timeout(stories, 120);
	tcase_add_test(stories, a_note_and_what_was_done_are_in_the_log);
	tcase_add_test(stories, commands_complete_and_come_back_from_the_history);
	tcase_add_test(stories, a_paste_is_inserted_and_not_run);
	tcase_add_test(stories, words_and_letters_together_are_keys_only_while_a_line_is_written);
	tcase_add_test(stories, help_finds_by_word_and_by_key);
	tcase_add_test(stories, a_key_that_does_nothing_says_so);
	tcase_add_test(stories, keys_can_be_given_away_and_help_shows_it);
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
