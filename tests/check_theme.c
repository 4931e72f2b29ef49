/*
 * check_theme.c -- themes: what is read, what is wrong in which line, and that the shipped ones can be read by eyes: contrast as WCAG 2.1 has
 * it, and colours as people see them who lack a kind of cone, by the matrices of Machado, Oliveira and Fernandes (2009).
 */
#include <check.h>
#include <curses.h>
#include <fcntl.h>
#include <locale.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <term.h>
#include <unistd.h>

#include "src/base/err.h"
#include "ui/theme.h"

static const char *const shipped[] = { "default", "dark", "light", "high-contrast", "deuteranopia", "tritanopia", "mono", "paper" };
enum { SHIPPED = sizeof shipped / sizeof shipped[0] };
static const int depths[] = { 0, 8, 16, 256 };

static char folder[] = "/tmp/smashtop-theme-XXXXXX";
static struct theme theme;
static struct faults faults;

static void before(void)
{
	char path[64];

	strcpy(folder + strlen(folder) - 6, "XXXXXX");
	ck_assert(mkdtemp(folder) != NULL);
	setenv("XDG_CONFIG_HOME", folder, 1);
	snprintf(path, sizeof path, "%s/smashtop", folder);
	mkdir(path, 0700);
	snprintf(path, sizeof path, "%s/smashtop/themes", folder);
	mkdir(path, 0700);
	faults.count = 0;
}

static void after(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

/* Of the person's own folder. */
static void put_theme(const char *name, const char *text)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof path, "%s/smashtop/themes/%s.theme", folder, name);
	ck_assert((f = fopen(path, "w")) != NULL);
	fputs(text, f);
	fclose(f);
}

static void load(const char *name)
{
	ck_assert_msg(theme_load(&theme, name, &faults) == 0, "%s", err_last());
}

static void load_shipped(int i)
{
	load(shipped[i]);
	ck_assert_msg(faults.count == 0, "%s", faults.text[0]);
}

/* ---- seeing ---- */

/* Colours in linear light, red, green, blue. */
struct light {
	double c[3];
};

static struct light light_of(int rgb)
{
	struct light l;

	for (int i = 0; i < 3; i++) {
		double v = (rgb >> (16 - 8 * i) & 255) / 255.0;

		l.c[i] = v <= 0.04045 ? v / 12.92 : pow((v + 0.055) / 1.055, 2.4);
	}
	return l;
}

static double luminance(int rgb)
{
	struct light l = light_of(rgb);

	return 0.2126 * l.c[0] + 0.7152 * l.c[1] + 0.0722 * l.c[2];
}

static double contrast(int a, int b)
{
	double x = luminance(a) + 0.05, y = luminance(b) + 0.05;

	return x > y ? x / y : y / x;
}

enum eyes { ALL_CONES, NO_RED, NO_GREEN, NO_BLUE };
static const double seen_as[4][3][3] = {
	[ALL_CONES] = { { 1, 0, 0 }, { 0, 1, 0 }, { 0, 0, 1 } },
	[NO_RED] = { { 0.152286, 1.052583, -0.204868 }, { 0.114503, 0.786281, 0.099216 }, { -0.003882, -0.048116, 1.051998 } },
	[NO_GREEN] = { { 0.367322, 0.860646, -0.227968 }, { 0.280085, 0.672501, 0.047413 }, { -0.011820, 0.042940, 0.968881 } },
	[NO_BLUE] = { { 1.255528, -0.076749, -0.178779 }, { -0.078411, 0.930809, 0.147602 }, { 0.004733, 0.691367, 0.303900 } },
};

static double cube_root(double t)
{
	return t > 0.008856 ? cbrt(t) : 7.787 * t + 16.0 / 116;
}

/* CIE L*a*b* of what those eyes see. */
static void lab_of(int rgb, enum eyes eyes, double lab[3])
{
	static const double xyz[3][3] = { { 0.4124564, 0.3575761, 0.1804375 }, { 0.2126729, 0.7151522, 0.0721750 }, { 0.0193339, 0.1191920, 0.9503041 } };
	static const double white[3] = { 0.95047, 1, 1.08883 };
	struct light l = light_of(rgb), seen;
	double f[3];

	for (int i = 0; i < 3; i++) {
		double v = 0;

		for (int k = 0; k < 3; k++)
			v += seen_as[eyes][i][k] * l.c[k];
		seen.c[i] = fmin(1, fmax(0, v));
	}
	for (int i = 0; i < 3; i++)
		f[i] = cube_root((xyz[i][0] * seen.c[0] + xyz[i][1] * seen.c[1] + xyz[i][2] * seen.c[2]) / white[i]);
	lab[0] = 116 * f[1] - 16;
	lab[1] = 500 * (f[0] - f[1]);
	lab[2] = 200 * (f[1] - f[2]);
}

/* CIE 1976: 2.3 is just noticeable, side by side. */
static double difference(int a, int b, enum eyes eyes)
{
	double x[3], y[3];

	lab_of(a, eyes, x);
	lab_of(b, eyes, y);
	return sqrt((x[0] - y[0]) * (x[0] - y[0]) + (x[1] - y[1]) * (x[1] - y[1]) + (x[2] - y[2]) * (x[2] - y[2]));
}

/* What a colour is for sure: not one of the sixteen, which every terminal has otherwise. -1: not known. */
static int known_rgb(const struct colour *c, int index, int colours)
{
	if (index < 0 || colours < 256 || index < 16)
		return -1;
	return c->rgb >= 0 ? theme_rgb(index) : -1;
}

/* Grounds that a role may stand on: its own, or those of terminals as the theme supposes them. */
static int grounds(const struct theme *t, const struct shown *s, const struct look *look, int ground[2])
{
	static const int dark[2] = { 0x000000, 0x262626 }, light[2] = { 0xffffff, 0xeeeeee };

	if (s->background >= 0) {
		ground[0] = known_rgb(&look->background, s->background, 256);
		return ground[0] >= 0;
	}
	if (t->background == BACKGROUND_ANY)
		return 0;
	memcpy(ground, t->background == BACKGROUND_DARK ? dark : light, sizeof dark);
	return 2;
}

START_TEST(what_is_shipped_has_no_fault_and_is_listed)
{
	static struct theme_list list;
	bool listed = false;

	load_shipped(_i);
	theme_list(&list);
	for (int i = 0; i < list.count; i++)
		listed |= !strcmp(list.item[i].name, shipped[_i]);
	ck_assert(listed);
	ck_assert_int_gt(theme.files, 0);
}
END_TEST

START_TEST(every_role_can_be_read)
{
	int measured = 0;

	load_shipped(_i);
	for (int i = 0; i < ROLES; i++) {
		const struct look *look = &theme.look[i];
		struct shown s = theme_shown(look, 256);
		int ink = known_rgb(&look->foreground, s.foreground, 256), ground[2], n = grounds(&theme, &s, look, ground);

		for (int k = 0; k < n && ink >= 0; k++) {
			double ratio = contrast(ink, ground[k]);

			measured++;
			ck_assert_msg(ratio >= 4.5, "%s: %s has a contrast of %.2f on #%06x", shipped[_i], role_names[i], ratio, (unsigned)ground[k]);
		}
		ck_assert_msg(ink < 0 || !look->dim, "%s: %s is of a known colour, which dim would change", shipped[_i], role_names[i]);
	}
	if (theme.background != BACKGROUND_ANY)
		ck_assert_int_ge(measured, ROLES - 2);   /* all but those in the terminal's own colours, turned round */
}
END_TEST

START_TEST(no_role_is_its_own_ground)
{
	load_shipped(_i);
	for (size_t d = 0; d < sizeof depths / sizeof depths[0]; d++)
		for (int i = 0; i < ROLES; i++) {
			struct shown s = theme_shown(&theme.look[i], depths[d]);

			ck_assert_msg(s.foreground < 0 || s.foreground != s.background, "%s: %s at %d colours", shipped[_i], role_names[i], depths[d]);
			ck_assert_int_lt(s.foreground, depths[d] ? depths[d] : 1);
			ck_assert_int_lt(s.background, depths[d] ? depths[d] : 1);
			ck_assert_msg(s.background >= 0 || s.foreground < 0 || depths[d] == 256 || theme.background == BACKGROUND_ANY ||
			              (s.foreground & 7) != (theme.background == BACKGROUND_DARK ? 0 : 7),
			              "%s: %s at %d colours is the terminal's ground", shipped[_i], role_names[i], depths[d]);
		}
}
END_TEST

/* Roles that stand beside one another and mean the opposite, or are to be told apart at a glance. */
static const enum role opposites[][2] = {
	{ ROLE_TRUE, ROLE_CORRUPTED }, { ROLE_TRUE, ROLE_RANDOM }, { ROLE_CORRUPTED, ROLE_RANDOM }, { ROLE_BANK_READ, ROLE_BANK_WRITE },
	{ ROLE_BANK_READ, ROLE_BANK_BOTH }, { ROLE_BANK_WRITE, ROLE_BANK_BOTH }, { ROLE_CHART_TRAIN, ROLE_CHART_VALID },
	{ ROLE_GRADIENT_1, ROLE_GRADIENT_7 }, { ROLE_GRADIENT_2, ROLE_GRADIENT_6 }, { ROLE_STATUS_TRAINING, ROLE_STATUS_FAILED },
	{ ROLE_STATUS_TRAINING, ROLE_STATUS_PAUSED }, { ROLE_INFO, ROLE_ERROR }, { ROLE_SELECTION, ROLE_TEXT },
	{ ROLE_SELECTION, ROLE_SELECTION_UNFOCUSED }, { ROLE_SCORE_BEST, ROLE_SCORE_TIED }, { ROLE_BANK_INVALID, ROLE_BANK_CHANGED },
};
enum { OPPOSITES = sizeof opposites / sizeof opposites[0] };

static bool same_attributes(const struct shown *a, const struct shown *b)
{
	return a->bold == b->bold && a->dim == b->dim && a->underline == b->underline && a->reverse == b->reverse;
}

/* Without colour as well, but for three pairs: a letter or the place says which it is. */
START_TEST(opposites_differ_at_every_depth)
{
	load_shipped(_i);
	for (size_t d = 1; d < sizeof depths / sizeof depths[0]; d++)
		for (int i = 0; i < OPPOSITES; i++) {
			struct shown a = theme_shown(&theme.look[opposites[i][0]], depths[d]), b = theme_shown(&theme.look[opposites[i][1]], depths[d]);

			if (strcmp(shipped[_i], "mono") != 0)
				ck_assert_msg(memcmp(&a, &b, sizeof a), "%s: %s is as %s at %d colours", shipped[_i], role_names[opposites[i][0]],
				              role_names[opposites[i][1]], depths[d]);
		}
}
END_TEST

/* Whether a role has a ground of its own; it is then seen by that, else by its letters. */
static bool stands_out(const struct look *look, int *rgb)
{
	bool stands = look->background.rgb != theme.look[ROLE_TEXT].background.rgb;

	*rgb = stands ? look->background.rgb : look->foreground.rgb;
	return stands;
}

/* Opposites that do not differ in their attributes. 20 is some nine times what is just noticeable. */
static void assert_told_apart(const char *name, enum eyes eyes)
{
	load(name);
	for (int i = 0; i < OPPOSITES; i++) {
		const struct look *a = &theme.look[opposites[i][0]], *b = &theme.look[opposites[i][1]];
		struct shown x = theme_shown(a, 256), y = theme_shown(b, 256);
		int from, to;

		if (stands_out(a, &from) != stands_out(b, &to) || (from == to && !same_attributes(&x, &y)))
			continue;
		ck_assert_msg(difference(from, to, eyes) >= 20, "%s: %s and %s differ by %.1f only", name, role_names[opposites[i][0]],
		              role_names[opposites[i][1]], difference(from, to, eyes));
	}
}

START_TEST(eyes_without_a_kind_of_cone_tell_opposites_apart)
{
	assert_told_apart("deuteranopia", NO_GREEN);
	assert_told_apart("deuteranopia", NO_RED);
	assert_told_apart("deuteranopia", ALL_CONES);
	assert_told_apart("tritanopia", NO_BLUE);
	assert_told_apart("tritanopia", ALL_CONES);
}
END_TEST

static bool is_one_of(int index, int a, int b)
{
	return index == a || index == b;
}

/* The sixteen are a terminal's own colours, but whatever they are, red stays reddish. */
START_TEST(no_meaning_by_red_against_green_or_blue_against_green)
{
	static const char *const names[] = { "deuteranopia", "tritanopia" };

	load(names[_i]);
	for (int i = 0; i < OPPOSITES; i++) {
		int a = theme.look[opposites[i][0]].foreground.index16, b = theme.look[opposites[i][1]].foreground.index16;
		int other = _i == 0 ? 1 : 4;             /* red; blue */

		ck_assert(!(is_one_of(a, 2, 10) && is_one_of(b, other, other + 8)));
		ck_assert(!(is_one_of(b, 2, 10) && is_one_of(a, other, other + 8)));
	}
}
END_TEST

START_TEST(mono_and_paper_have_no_hue)
{
	load("mono");
	for (int i = 0; i < ROLES; i++)
		ck_assert_msg(theme.look[i].foreground.index16 < 0 && theme.look[i].background.index16 < 0, "%s", role_names[i]);
	load("paper");
	for (int i = 0; i < ROLES; i++) {
		int ink = theme.look[i].foreground.rgb, ground = theme.look[i].background.rgb;

		ck_assert_msg((ink & 255) * 0x010101 == ink && (ground & 255) * 0x010101 == ground, "%s", role_names[i]);
	}
}
END_TEST

/* ---- curses ---- */

static const struct {
	const char *term;
	int colours;
} terminals[] = { { "vt100", 0 }, { "xterm", 8 }, { "xterm-256color", 256 } };

/* All themes on one terminal: what curses has for each role is what the theme says. */
START_TEST(curses_shows_what_the_theme_says)
{
	FILE *out = fopen("/dev/null", "w"), *in = fopen("/dev/null", "r");
	SCREEN *screen;

	ck_assert(out && in);
	setlocale(LC_ALL, "C.UTF-8");
	ck_assert((screen = newterm(terminals[_i].term, out, in)) != NULL);
	start_color();
	use_default_colors();
	for (int t = 0; t < SHIPPED; t++) {
		load_shipped(t);
		theme_start(&theme);
		for (int i = 0; i < ROLES; i++) {
			struct shown s = theme_shown(&theme.look[i], terminals[_i].colours);
			attr_t attributes;
			wchar_t text[CCHARW_MAX + 1];
			short pair, foreground = -1, background = -1;
			cchar_t c;

			theme_use((enum role)i);
			mvaddstr(0, 0, "x");
			ck_assert(mvin_wch(0, 0, &c) == OK && getcchar(&c, text, &attributes, &pair, NULL) == OK);
			if (pair)
				pair_content(pair, &foreground, &background);
			ck_assert_int_eq(foreground, s.foreground);
			ck_assert_int_eq(background, s.background);
			ck_assert_int_eq(!!(attributes & A_BOLD), s.bold);
			ck_assert_int_eq(!!(attributes & A_REVERSE), s.reverse);
			ck_assert_int_eq(!!(attributes & A_UNDERLINE), s.underline);
		}
	}
	endwin();
	delscreen(screen);
	fclose(out);
	fclose(in);
}
END_TEST

/* ---- files ---- */

/* A theme's text and what is said of it. */
static const struct {
	const char *text, *fault;
} wrong[] = {
	{ "[roles]\n\nchart.trian = red\n", " line 3: unknown role \"chart.trian\"; did you mean chart.train?" },
	{ "[roles]\ntext = rde\n", " line 2: unknown colour \"rde\"; did you mean red?" },
	{ "[roles]\ntext = red on\n", " line 2: a colour must follow \"on\"" },
	{ "[roles]\ntext = red shiny\n", " line 2: \"shiny\" is no attribute" },
	{ "[palette]\ninkk = #12345\n", " line 2: unknown colour \"#12345\"" },
	{ "[palette]\ninkk = 256\n", " line 2: unknown colour \"256\"" },
	{ "[role]\ntext = red\n", " line 2: unknown section [role]; did you mean roles?" },
	{ "[theme]\nbackgruond = dark\n", " line 2: unknown key \"backgruond\"" },
	{ "[theme]\nbackground = dusk\n", " line 2: background is dark, light or any, not \"dusk\"" },
	{ "[theme]\ninherit = drak\n", " line 2: there is no theme \"drak\"; did you mean dark?" },
	{ "[theme]\ninherit = wrong\n", " line 2: themes inherit from one another more than 4 deep" },
	{ "[glyphs]\nset = dots\n", " line 2: set is auto, braille, block, acs or ascii, not \"dots\"" },
	{ "text\n", " line 1: neither a [section] nor NAME = VALUE" },
};

START_TEST(a_wrong_line_is_named_and_the_rest_applies)
{
	char text[256];

	snprintf(text, sizeof text, "%s[roles]\nstatus = 17 on 153\n", wrong[_i].text);
	put_theme("wrong", text);
	load("wrong");
	ck_assert_int_ge(faults.count, 1);
	ck_assert_msg(strstr(faults.text[0], "/smashtop/themes/wrong.theme") && strstr(faults.text[0], wrong[_i].fault), "%s", faults.text[0]);
	ck_assert_int_eq(theme.look[ROLE_STATUS].foreground.index256, 17);
	ck_assert_int_eq(theme.look[ROLE_STATUS].background.index256, 153);
}
END_TEST

START_TEST(what_a_theme_does_not_say_it_inherits)
{
	put_theme("dusk", "[theme]\nname = Dusk\ninherit = dark\n[palette]\nember = #ff8700 208 red\n[roles]\nerror = ember bold\n[glyphs]\nset = block\n");
	load("dusk");
	ck_assert_str_eq(theme.name, "Dusk");
	ck_assert_int_eq(theme.background, BACKGROUND_DARK);
	ck_assert_int_eq(theme.look[ROLE_ERROR].foreground.rgb, 0xff8700);
	ck_assert_int_eq(theme.look[ROLE_TEXT].foreground.rgb, 0xd0d0d0);
	ck_assert_int_eq(theme.glyphs, GLYPHS_BLOCK);
	ck_assert_int_eq(theme.files, 3);             /* dark has default below it */
}
END_TEST

START_TEST(missing_depths_are_quantised)
{
	put_theme("depths", "[palette]\na = #00afaf\nb = 208\nc = bright-red\nd = #5fafd7 208 magenta\n[roles]\ntext = a\ndim = b\ntitle = c\nrule = d\n");
	load("depths");
	ck_assert_int_eq(theme.look[ROLE_TEXT].foreground.index256, 37);
	ck_assert_int_eq(theme.look[ROLE_TEXT].foreground.index16, 6);
	ck_assert_int_eq(theme.look[ROLE_DIM].foreground.rgb, 0xff8700);
	ck_assert_int_eq(theme.look[ROLE_TITLE].foreground.index256, 9);
	ck_assert_int_eq(theme_shown(&theme.look[ROLE_TITLE], 8).foreground, 1);
	ck_assert(theme_shown(&theme.look[ROLE_TITLE], 8).bold);
	ck_assert_int_eq(theme.look[ROLE_RULE].foreground.rgb, 0x5fafd7);
	ck_assert_int_eq(theme.look[ROLE_RULE].foreground.index256, 208);
	ck_assert_int_eq(theme.look[ROLE_RULE].foreground.index16, 5);
}
END_TEST

START_TEST(what_names_no_ground_stands_on_that_of_text)
{
	put_theme("ground", "[palette]\nsheet = 230\n[roles]\ntext = 16 on sheet\nerror = 88\nselection = default reverse\nmatch = 16 on 200\n");
	load("ground");
	ck_assert_int_eq(theme.look[ROLE_ERROR].background.index256, 230);
	ck_assert_int_eq(theme.look[ROLE_SELECTION].foreground.index256, 16);
	ck_assert_int_eq(theme.look[ROLE_MATCH].background.index256, 200);
}
END_TEST

START_TEST(a_persons_own_goes_before_what_is_shipped)
{
	put_theme("dark", "[theme]\nname = Mine\n");
	load("dark");
	ck_assert_str_eq(theme.name, "Mine");
	ck_assert(theme_watched(&theme));
}
END_TEST

START_TEST(a_file_is_found_with_and_without_a_slash)
{
	char path[128];

	put_theme("here", "[theme]\nname = Here\n");
	snprintf(path, sizeof path, "%s/smashtop/themes/here.theme", folder);
	load(path);
	ck_assert_str_eq(theme.name, "Here");
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(rename(path, "plain"), 0);
	load("plain");
	ck_assert_str_eq(theme.name, "Here");
	load("./plain");
	ck_assert_int_eq(theme_load(&theme, "here", &faults), -1);
	ck_assert_int_eq(theme_load(&theme, "./nothing", &faults), -1);
	ck_assert_str_eq(err_last(), "theme ./nothing: No such file or directory");
	ck_assert_str_eq(theme.name, "default");
}
END_TEST

START_TEST(one_that_was_saved_is_seen)
{
	static const struct timespec later[2] = { { 2000000000, 0 }, { 2000000000, 0 } };
	char path[128];

	put_theme("base", "[roles]\ntext = red\n");
	put_theme("mine", "[theme]\ninherit = base\n");
	load("mine");
	ck_assert(!theme_changed(&theme));
	snprintf(path, sizeof path, "%s/smashtop/themes/base.theme", folder);
	ck_assert_int_eq(utimensat(AT_FDCWD, path, later, 0), 0);
	ck_assert(theme_changed(&theme));
	ck_assert_int_eq(unlink(path), 0);               /* an editor that writes anew: not there for a moment */
	ck_assert(!theme_changed(&theme));
}
END_TEST

START_TEST(the_man_page_has_every_role_and_theme)
{
	static char page[65536];
	const char *source = getenv("SMASHTOP_SOURCE");
	char path[512], name[64];
	size_t n;
	FILE *f;

	ck_assert_msg(source != NULL, "SMASHTOP_SOURCE is the folder of the source");
	snprintf(path, sizeof path, "%s/man/smashtop-theme.5", source);
	ck_assert((f = fopen(path, "r")) != NULL);
	n = fread(page, 1, sizeof page - 1, f);
	page[n] = 0;
	fclose(f);
	for (int i = 0; i < ROLES; i++) {
		bool found = false;

		for (const char *at = page; (at = strstr(at, role_names[i])); at++)
			found |= (at[-1] == 'B' || at[-1] == ' ') && !strchr("abcdefghijklmnopqrstuvwxyz.-1234567", at[strlen(role_names[i])]);
		ck_assert_msg(found, "%s is not in %s", role_names[i], path);
	}
	for (int i = 0; i < SHIPPED; i++) {
		snprintf(name, sizeof name, "%s", shipped[i]);
		for (char *dash = strchr(name, '-'); dash; dash = strchr(dash + 2, '-')) {
			memmove(dash + 1, dash, strlen(dash) + 1);       /* \- */
			*dash = '\\';
		}
		ck_assert_msg(strstr(page, name) != NULL, "%s is not in %s", shipped[i], path);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("theme");
	TCase *ours = tcase_create("shipped"), *files = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(ours, before, after);
	tcase_add_loop_test(ours, what_is_shipped_has_no_fault_and_is_listed, 0, SHIPPED);
	tcase_add_loop_test(ours, every_role_can_be_read, 0, SHIPPED);
	tcase_add_loop_test(ours, no_role_is_its_own_ground, 0, SHIPPED);
	tcase_add_loop_test(ours, opposites_differ_at_every_depth, 0, SHIPPED);
	tcase_add_test(ours, eyes_without_a_kind_of_cone_tell_opposites_apart);
	tcase_add_loop_test(ours, no_meaning_by_red_against_green_or_blue_against_green, 0, 2);
	tcase_add_test(ours, mono_and_paper_have_no_hue);
	tcase_add_loop_test(ours, curses_shows_what_the_theme_says, 0, sizeof terminals / sizeof terminals[0]);
	suite_add_tcase(suite, ours);
	tcase_add_checked_fixture(files, before, after);
	tcase_add_loop_test(files, a_wrong_line_is_named_and_the_rest_applies, 0, sizeof wrong / sizeof wrong[0]);
	tcase_add_test(files, what_a_theme_does_not_say_it_inherits);
	tcase_add_test(files, missing_depths_are_quantised);
	tcase_add_test(files, what_names_no_ground_stands_on_that_of_text);
	tcase_add_test(files, a_persons_own_goes_before_what_is_shipped);
	tcase_add_test(files, a_file_is_found_with_and_without_a_slash);
	tcase_add_test(files, one_that_was_saved_is_seen);
	tcase_add_test(files, the_man_page_has_every_role_and_theme);
	suite_add_tcase(suite, files);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
