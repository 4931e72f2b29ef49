/* check_config.c -- the configuration file: what is read, what is wrong in which line, and that writing changes nothing else. */
#include <check.h>
#include <curses.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "ui/config.h"
#include "ui/keys.h"
#include "ui/theme.h"

static char folder[] = "/tmp/smashtop-config-XXXXXX", path[64];
static struct settings settings;
static struct faults faults;

static void before(void)
{
	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/config", folder);
	setenv("XDG_CONFIG_HOME", folder, 1);
	settings = settings_initial();
	faults.count = 0;
}

static void after(void)
{
	char command[128];

	keys_reset();
	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

static void put_file(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL);
	fputs(text, f);
	fclose(f);
}

static void load(const char *text)
{
	put_file(text);
	config_load(&settings, path, &faults);
}

static const char *content(void)
{
	static char text[4096];
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert(f != NULL);
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	return text;
}

START_TEST(without_a_file_everything_is_as_it_was_made)
{
	struct settings initial = settings_initial();

	config_load(&settings, path, &faults);
	ck_assert_int_eq(faults.count, 0);
	ck_assert(!memcmp(&settings, &initial, sizeof settings));
	ck_assert_int_eq(settings.rate, 4);
	ck_assert_int_eq(settings.mouse, 1);
}
END_TEST

START_TEST(settings_and_keys_are_read)
{
	load("# a comment\n[screen]\ntheme = mono\nglyphs = ascii   ; on this old terminal\nmouse=off\nkeybar = letters\nrate = 10\n"
	     "\n[keys]\nrank-more = ^o F12\nfreeze = <nop>\n");
	ck_assert_msg(faults.count == 0, "%s", faults.text[0]);
	ck_assert_str_eq(settings.theme, "mono");
	ck_assert_int_eq(settings.glyphs, GLYPHS_ASCII);
	ck_assert_int_eq(settings.mouse, 0);
	ck_assert_int_eq(settings.keybar, KEYBAR_LETTERS);
	ck_assert_int_eq(settings.rate, 10);
	ck_assert_int_eq(key_find(CONTROL('o'), IN_LOSS)->action, ACTION_RANK);
	ck_assert_int_eq(key_find(KEY_F(12), IN_LOSS)->action, ACTION_RANK);
	ck_assert_ptr_null(key_find('R', IN_LOSS));
	ck_assert_ptr_null(key_find('Z', IN_LOSS));
}
END_TEST

/* A line and what is said of it. */
static const struct {
	const char *text, *fault;
} wrong[] = {
	{ "[screen]\ntehme = dark\n", " line 2: unknown setting \"tehme\"; did you mean theme?" },
	{ "[screen]\n\ntheme = drak\n", " line 3: there is no theme \"drak\"; did you mean dark?" },
	{ "[screen]\nglyphs = brail\n", " line 2: glyphs is auto, braille, block, acs or ascii, not \"brail\"; did you mean braille?" },
	{ "[screen]\nrate = 11\n", " line 2: rate is 1 to 10, not \"11\"" },
	{ "[screen]\nrate = 4 a second\n", " line 2: rate is 1 to 10, not \"4 a second\"" },
	{ "[sceen]\nrate = 4\n", " line 2: unknown section [sceen]; did you mean screen?; there are screen and keys" },
	{ "[screen]\nnonsense\n", " line 2: neither a [section] nor NAME = VALUE" },
	{ "[keys]\nrank-mroe = R\n", " line 2: there is no action \"rank-mroe\"; did you mean rank-more?" },
	{ "[keys]\nrank-more = Entre\n", " line 2: there is no key \"Entre\"; did you mean Enter?" },
	{ "[keys]\nrank-more =\n", " line 2: wants names of keys, or <nop> for none" },
	{ "[keys]\nrank-more = q\n", " line 2: rank-more = q, but quit = F10 q (Everywhere): q stays what it was" },
	{ "[keys]\nrank-more = s\n", " line 2: rank-more = s, but smoother = s (Loss): s stays what it was" },
	{ "[keys]\nrank-more = ^t\nfreeze = ^t\n", " line 3: freeze = ^t, but rank-more = ^t (Everywhere): ^t stays what it was" },
};

START_TEST(a_wrong_line_is_named_and_the_rest_applies)
{
	char text[256], fault[FAULT_SIZE];

	snprintf(text, sizeof text, "%s[screen]\nkeybar = letters\n[keys]\nzoom = F11\n", wrong[_i].text);
	load(text);
	ck_assert_int_eq(faults.count, 1);
	snprintf(fault, sizeof fault, "%s%s", path, wrong[_i].fault);
	ck_assert_str_eq(faults.text[0], fault);
	ck_assert_int_eq(settings.keybar, KEYBAR_LETTERS);
	ck_assert_int_eq(key_find(KEY_F(11), IN_LOSS)->action, ACTION_ZOOM);
	ck_assert_int_eq(key_find('q', IN_LOSS)->action, ACTION_QUIT);
}
END_TEST

START_TEST(an_action_has_no_more_keys_than_there_is_room_for)
{
	char text[256] = "[keys]\nrank-more =";

	for (int i = 0; i < KEYS_A_ROW; i++)
		strcat(text, " ^o");
	load(text);
	ck_assert_int_eq(faults.count, 0);
	strcat(text, " ^o\n");
	load(text);
	ck_assert_int_eq(faults.count, 1);
	ck_assert(strstr(faults.text[0], " line 2: more than ") != NULL);
}
END_TEST

START_TEST(keys_can_be_exchanged)
{
	load("[keys]\nfreeze = z\nzoom = Z\n");
	ck_assert_msg(faults.count == 0, "%s", faults.text[0]);
	ck_assert_int_eq(key_find('z', IN_LOSS)->action, ACTION_FREEZE);
	ck_assert_int_eq(key_find('Z', IN_LOSS)->action, ACTION_ZOOM);
}
END_TEST

START_TEST(an_action_whose_new_key_is_taken_keeps_its_own)
{
	load("[keys]\nrank-more = q\n");
	ck_assert_int_eq(faults.count, 1);
	ck_assert_int_eq(key_find('R', IN_LOSS)->action, ACTION_RANK);
}
END_TEST

START_TEST(many_faults_are_counted_and_the_first_kept)
{
	char text[2000] = "[screen]\n";

	for (int i = 0; i < 40; i++)
		strcat(text, "nothing = 1\n");
	load(text);
	ck_assert_int_eq(faults.count, 40);
	ck_assert(strstr(faults.text[FAULTS_KEPT - 1], " line 17: ") != NULL);
}
END_TEST

START_TEST(a_line_that_is_too_long_is_said_and_not_read_as_two)
{
	char text[1000];

	snprintf(text, sizeof text, "[screen]\ntheme = %0500d\nrate = 5\n", 7);
	load(text);
	ck_assert_int_eq(faults.count, 2);
	ck_assert(strstr(faults.text[0], " line 2: longer than ") != NULL);
	ck_assert_int_eq(settings.rate, 5);
}
END_TEST

START_TEST(what_is_no_plain_file_is_not_read)
{
	ck_assert_int_eq(mkfifo(path, 0600), 0);
	config_load(&settings, path, &faults);
	ck_assert_int_eq(faults.count, 1);
	ck_assert(strstr(faults.text[0], "is no plain file") != NULL);
}
END_TEST

/* The file, the setting that changes, and the file after that. */
static const struct {
	const char *before, *name, *value, *after;
} writes[] = {
	{ "", "rate", "2", "[screen]\nrate = 2\n" },
	{ "# mine\n[screen]\n\ttheme=mono ; at night\n# end\n\n[keys]\nzoom = F11\n", "theme", "light",
	  "# mine\n[screen]\n\ttheme=light ; at night\n# end\n\n[keys]\nzoom = F11\n" },
	{ "[screen]\ntheme = mono\n\n\n[keys]\n", "rate", "2", "[screen]\ntheme = mono\nrate = 2\n\n\n[keys]\n" },
	{ "[keys]\nzoom = F11\n", "rate", "2", "[keys]\nzoom = F11\n[screen]\nrate = 2\n" },
	{ "[screen]\nrate = 5", "rate", "2", "[screen]\nrate = 2\n" },
	{ "[screen]\nrate = 5\nrate = 6\n", "rate", "2", "[screen]\nrate = 2\nrate = 2\n" },
	{ "[keys]\nrate = 5\n[screen]\n; rate = 7\nrated = 1\n", "rate", "2", "[keys]\nrate = 5\n[screen]\n; rate = 7\nrated = 1\nrate = 2\n" },
};

START_TEST(writing_changes_the_line_and_nothing_else)
{
	struct settings now;

	load(writes[_i].before);
	now = settings;
	ck_assert_int_eq(setting_set(&now, setting_find(writes[_i].name), writes[_i].value), 0);
	ck_assert_int_eq(config_save(path, &settings, &now), 0);
	ck_assert_str_eq(content(), writes[_i].after);
	faults.count = 0;
	config_load(&settings, path, &faults);
	ck_assert(!memcmp(&settings, &now, sizeof settings));
}
END_TEST

START_TEST(a_link_stays_one_and_modes_stay)
{
	struct settings now = settings;
	char target[128];
	struct stat s;

	snprintf(target, sizeof target, "%s/dotfile", folder);
	put_file("[screen]\n");
	ck_assert_int_eq(rename(path, target), 0);
	ck_assert_int_eq(chmod(target, 0640), 0);
	ck_assert_int_eq(symlink("dotfile", path), 0);
	now.rate = 2;
	ck_assert_int_eq(config_save(path, &settings, &now), 0);
	ck_assert_int_eq(lstat(path, &s), 0);
	ck_assert(S_ISLNK(s.st_mode));
	ck_assert_int_eq(stat(path, &s), 0);
	ck_assert_int_eq(s.st_mode & 07777, 0640);
	ck_assert_str_eq(content(), "[screen]\nrate = 2\n");
}
END_TEST

START_TEST(folders_are_made_and_what_cannot_be_written_is_said)
{
	struct settings now = settings;
	char deep[128];

	now.rate = 2;
	snprintf(deep, sizeof deep, "%s/a/b/config", folder);
	ck_assert_int_eq(config_save(deep, &settings, &now), 0);
	snprintf(deep, sizeof deep, "%s/a/b/config/config", folder);
	ck_assert_int_eq(config_save(deep, &settings, &now), -1);
	ck_assert(strstr(err_last(), "Not a directory") != NULL);
}
END_TEST

/* ---- the table of keys ---- */

START_TEST(names_of_keys_are_read_as_they_are_written)
{
	static const int keys[] = { KEY_F(1), KEY_F(12), 'a', 'R', '?', '=', '^', CONTROL('c'), CONTROL('z'), KEY_UP, KEY_NPAGE, KEY_BTAB,
		KEY_TABULATOR, KEY_ESCAPE, KEY_ENTER, ' ', KEY_DC };

	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++)
		ck_assert_msg(key_parse(key_name(keys[i])) == keys[i], "%s is read as key %d", key_name(keys[i]), key_parse(key_name(keys[i])));
	ck_assert_int_eq(key_parse("Semicolon"), ';');
	ck_assert_str_eq(key_name('\r'), "Enter");
}
END_TEST

/* The help of a row names the keys it has, in words that the configuration takes. */
START_TEST(rows_name_their_own_keys)
{
	for (int i = 0; i < key_row_count; i++) {
		const struct key_row *row = &key_rows[i];
		char padded[96], name[32];

		snprintf(padded, sizeof padded, " %s ", row->names);
		for (int k = 0; k < KEYS_A_ROW && row->key[k]; k++) {
			snprintf(name, sizeof name, " %s ", key_name(row->key[k]));
			ck_assert_msg(strstr(padded, name) || row->key[k] == '=' || k > 1 || !strcmp(row->names, "0-9"), "%s: \"%s\" does not name %s", action_words[row->action], row->names, name);
		}
		if (row->bar && row->key[0]) {           /* "r w b .": the first of several rows that stand together in the bar */
			snprintf(name, sizeof name, "%.*s", (int)strcspn(row->bar, " "), row->bar);
			ck_assert_msg(key_find(key_parse(name), row->where) == row, "%s: the bar's %s is not its key", action_words[row->action], name);
		}
	}
}
END_TEST

START_TEST(words_of_actions_differ)
{
	for (int i = ACTION_NONE + 1; i < ACTION_COUNT; i++)
		for (int k = i + 1; k < ACTION_COUNT; k++)
			ck_assert_str_ne(action_words[i], action_words[k]);
}
END_TEST

START_TEST(one_key_does_one_thing_in_a_place)
{
	for (int i = 0; i < key_row_count; i++)
		for (int k = 0; k < i; k++)
			for (int a = 0; a < KEYS_A_ROW && key_rows[i].key[a]; a++)
				for (int b = 0; b < KEYS_A_ROW && key_rows[k].key[b]; b++)
					ck_assert_msg(key_rows[i].where != key_rows[k].where || key_rows[i].key[a] != key_rows[k].key[b],
					              "%s in %s is both %s and %s", key_name(key_rows[i].key[a]), where_names[key_rows[i].where],
					              action_words[key_rows[i].action], action_words[key_rows[k].action]);
}
END_TEST

START_TEST(rebound_keys_show_in_help_and_bar)
{
	const struct key_row *rank = key_find('R', IN_LOSS), *help = key_find('?', IN_LOSS);
	char text[64];

	ck_assert_str_eq(key_names(rank, text, sizeof text), "R");
	ck_assert_str_eq(key_of(ACTION_RANK, IN_LOSS), "R");
	ck_assert_str_eq(key_bar(help, IN_LOSS, false), "F1");
	ck_assert_str_eq(key_bar(help, IN_LOSS, true), "?");
	load("[keys]\nrank-more = F12 !\n");
	ck_assert_str_eq(key_names(rank, text, sizeof text), "F12 !");
	ck_assert_str_eq(key_of(ACTION_RANK, IN_LOSS), "F12");
	ck_assert_str_eq(key_bar(rank, IN_LOSS, false), "F12");
	ck_assert_str_eq(key_bar(rank, IN_LOSS, true), "!");
	load("[keys]\nrank-more = <nop>\n");
	ck_assert_str_eq(key_names(rank, text, sizeof text), "none");
	ck_assert_str_eq(key_of(ACTION_RANK, IN_LOSS), ":rank-more");
	ck_assert_ptr_null(key_bar(rank, IN_LOSS, false));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("config");
	TCase *file = tcase_create("file"), *keys = tcase_create("keys");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(file, before, after);
	tcase_add_test(file, without_a_file_everything_is_as_it_was_made);
	tcase_add_test(file, settings_and_keys_are_read);
	tcase_add_loop_test(file, a_wrong_line_is_named_and_the_rest_applies, 0, sizeof wrong / sizeof wrong[0]);
	tcase_add_test(file, an_action_has_no_more_keys_than_there_is_room_for);
	tcase_add_test(file, keys_can_be_exchanged);
	tcase_add_test(file, an_action_whose_new_key_is_taken_keeps_its_own);
	tcase_add_test(file, many_faults_are_counted_and_the_first_kept);
	tcase_add_test(file, a_line_that_is_too_long_is_said_and_not_read_as_two);
	tcase_add_test(file, what_is_no_plain_file_is_not_read);
	tcase_add_loop_test(file, writing_changes_the_line_and_nothing_else, 0, sizeof writes / sizeof writes[0]);
	tcase_add_test(file, a_link_stays_one_and_modes_stay);
	tcase_add_test(file, folders_are_made_and_what_cannot_be_written_is_said);
	suite_add_tcase(suite, file);
	tcase_add_checked_fixture(keys, before, after);
	tcase_add_test(keys, names_of_keys_are_read_as_they_are_written);
	tcase_add_test(keys, rows_name_their_own_keys);
	tcase_add_test(keys, words_of_actions_differ);
	tcase_add_test(keys, one_key_does_one_thing_in_a_place);
	tcase_add_test(keys, rebound_keys_show_in_help_and_bar);
	suite_add_tcase(suite, keys);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
