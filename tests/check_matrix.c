/* check_matrix.c -- the bank matrix on a screen that nobody sees: every place is drawn where the cursor is, and a click there means it. */
#include <check.h>
#include <curses.h>
#include <locale.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/text.h"
#include "ui/banks_matrix.h"

static const struct arch_input images = { .side = { 28, 28 }, .channels = 1, .classes = 10 };

static const struct arch_input volumes = { .side = { 32, 32, 32 }, .channels = 1, .classes = 10 };

static struct preset preset;
static struct arch arch;

static void before(void)
{
	struct faults faults;
	struct theme theme;
	FILE *out = fopen("/dev/null", "w"), *in = fopen("/dev/null", "r");

	setenv("LINES", "60", 1);
	setenv("COLUMNS", "200", 1);
	setlocale(LC_ALL, "C.UTF-8");
	ck_assert(out && in && newterm("xterm-256color", out, in));
	ck_assert_int_eq(theme_load(&theme, "mono", &faults), 0);
	theme_start(&theme);
	draw_start(GLYPHS_ASCII);
}

static void after(void)
{
	endwin();
}

static void sample(const char *name, int axes)
{
	struct rng rng;

	rng_seed(&rng, 3, axes);
	ck_assert_int_eq(preset_get(&preset, name), 0);
	arch_sample(&arch, &preset.space, axes, 0, &rng);
}

static struct matrix matrix(void)
{
	return (struct matrix){ .space = &preset.space, .input = arch.axes == 3 ? &volumes : &images, .arch = &arch, .focused = true, .spare = 1 };
}

static const char *line(int y)
{
	static char text[256];

	mvinnstr(y, 0, text, 200);
	return text;
}

/* What stands at the cursor begins as the place's value is written. */
static bool is_drawn(const struct matrix_view *v)
{
	char text[16];
	const char *at = line(v->cursor_y) + v->cursor_x;

	value_text(&v->at, place_value(&arch, &v->at), text, sizeof text);
	if (v->at.kind == PLACE_UNITS)           /* ends at the cursor */
		return strtol(line(v->cursor_y) + v->cursor_x - 4, NULL, 10) == arch.block[v->at.block].op[v->at.op].units;
	return *at == text[0] || (v->at.kind == PLACE_BANK && text[0] == '.' && *at == ' ');
}

static const struct { const char *name; int axes, width, height; } cases[] = {
	{ "small", 2, 51, 20 }, { "small", 2, 40, 12 }, { "smash-v2", 2, 51, 20 }, { "smash-v2", 2, 66, 30 }, { "smash-v2", 2, 140, 50 },
	{ "smash-v2", 3, 60, 15 }, { "smash-v2", 3, 148, 56 }, { "tiny", 3, 80, 24 }, { "smash-v1", 2, 120, 40 },
};

START_TEST(every_place_is_where_the_cursor_is_and_a_click_means_it)
{
	struct rect r = { 2, 3, cases[_i].height, cases[_i].width };
	struct matrix_view v = { 0 };
	struct matrix m;
	int places = 0, rows = 0;

	sample(cases[_i].name, cases[_i].axes);
	m = matrix();
	for (int b = 0; b < BLOCKS; b++)
		for (int o = 0; o < arch.block[b].op_count; o++, rows++) {
			matrix_go(&m, &v, b, o);
			matrix_move_columns(&m, &v, -1000);
			for (struct place last = { .bank = -1 }; memcmp(&last, &v.at, sizeof last); places++) {
				struct place clicked;

				erase();
				matrix_draw(&m, &v, r);
				ck_assert(v.at.block == b && v.at.op == o);
				ck_assert_msg(v.cursor_y > r.y && v.cursor_y < r.y + r.h && v.cursor_x >= r.x && v.cursor_x < r.x + r.w,
					"cursor at %d %d", v.cursor_y, v.cursor_x);
				ck_assert_msg(is_drawn(&v), "block %d op %d kind %d: %s", b, o, v.at.kind, line(v.cursor_y));
				ck_assert(line(v.cursor_y)[r.x] == '>');
				ck_assert(matrix_at(&m, &v, r, v.cursor_y, v.cursor_x, &clicked));
				ck_assert(memcmp(&clicked, &v.at, sizeof clicked) == 0);
				last = v.at;
				matrix_move_columns(&m, &v, 1);
			}
		}
	ck_assert_int_eq(rows, arch_op_count(&arch));
	ck_assert_int_gt(places, 10 * rows);
}
END_TEST

START_TEST(the_cursor_stops_at_a_heading_where_the_bank_size_is_edited)
{
	struct rect r = { 2, 3, 30, 66 };
	struct matrix_view v = { 0 };
	struct place clicked;
	struct matrix m;

	sample("smash-v2", 2);
	m = matrix();
	matrix_go(&m, &v, 1, 0);
	matrix_move_columns(&m, &v, 2);
	matrix_move_rows(&m, &v, -1);
	ck_assert(v.at.block == 0 && v.at.op == arch.block[0].op_count - 1);     /* elsewhere it does not */
	m.sizes = true;
	matrix_move_rows(&m, &v, 1);
	ck_assert(v.at.block == 1 && v.at.op == -1 && v.at.kind == PLACE_BANK_SIZE);
	erase();
	matrix_draw(&m, &v, r);
	ck_assert_int_eq(atoi(line(v.cursor_y) + v.cursor_x), arch.block[1].bank_size);
	ck_assert(line(v.cursor_y)[r.x] == '>');
	ck_assert(matrix_at(&m, &v, r, v.cursor_y, v.cursor_x, &clicked));
	ck_assert(memcmp(&clicked, &v.at, sizeof clicked) == 0);
	matrix_move_rows(&m, &v, 1);
	ck_assert(v.at.block == 1 && v.at.op == 0 && v.at.kind == PLACE_BANK && v.at.bank == 2);
	matrix_move_rows(&m, &v, -1);
	m.sizes = false;
	matrix_draw(&m, &v, r);
	ck_assert(v.at.block == 1 && v.at.op == 0 && v.at.bank == 2);
}
END_TEST

START_TEST(nothing_is_drawn_outside_of_the_rectangle)
{
	struct matrix_view v = { 0 };
	struct matrix m;

	sample("smash-v2", 2 + _i);
	m = matrix();
	for (int w = 1; w < 150; w += 3)
		for (int h = 2; h < 40; h += 5) {
			struct rect r = { 4, 7, h, w };

			erase();
			for (int i = 0; i < 60; i++)
				mvhline(i, 0, '#', 200);
			matrix_draw(&m, &v, r);
			for (int y = 0; y < 60; y++)
				for (int x = 0; x < 200; x++)
					if (y < r.y || y >= r.y + h || x < r.x || x >= r.x + w)
						ck_assert_msg((mvinch(y, x) & A_CHARTEXT) == '#', "%dx%d: '%c' at %d %d", w, h,
							(char)(mvinch(y, x) & A_CHARTEXT), y, x);
			m.sizes = h % 2;
			matrix_move_rows(&m, &v, 1);
			matrix_move_columns(&m, &v, 5);
		}
}
END_TEST

START_TEST(what_differs_and_what_is_wrong_is_marked_not_by_colour_alone)
{
	struct matrix_view v = { 0 };
	struct arch other;
	struct arch_fault fault[8];
	struct matrix m;
	struct rect r = { 0, 0, 40, 100 };

	sample("small", 2);
	other = arch;
	m = matrix();
	m.other = &other;
	m.focused = false;
	matrix_draw(&m, &v, r);
	for (int y = 1; y < 40; y++)
		ck_assert(!strchr(line(y), '*') && !strchr(line(y), '!'));
	other.block[0].op[0].units += 8;
	other.block[0].op[0].conv[0].kernel[0] = other.block[0].op[0].conv[0].kernel[1] = 7;
	arch.block[0].op[1].conv[0].groups = 7;
	m.fault = fault;
	m.fault_count = arch_faults(&preset.space, &arch, fault, 8);
	ck_assert_int_eq(m.fault_count, 1);
	erase();
	matrix_draw(&m, &v, r);
	ck_assert(strchr(line(2), '*') != NULL && strchr(strchr(line(2), '*') + 1, '*') != NULL);
	ck_assert(strstr(line(3), " 2!") != NULL);
	ck_assert_msg(strstr(line(3), "!g7") != NULL, "%s", line(3));
	other.block[2].op_count--;
	m.fault_count = 0;
	erase();
	matrix_draw(&m, &v, r);
	ck_assert(line(4 + arch_op_count(&arch) - 1)[3] == '*');
}
END_TEST

static int levels(const void *context, int block, int op, int bank)
{
	(void)context;
	return block == 0 && op == 0 && bank < 7 ? bank - 3 : MATRIX_NO_LEVEL;
}

START_TEST(levels_are_signs)
{
	struct matrix_view v = { 0 };
	struct rect r = { 0, 0, 40, 80 };
	struct matrix m;
	const char *row;

	sample("small", 2);
	m = matrix();
	m.level = levels;
	matrix_draw(&m, &v, r);
	row = line(2) + 4;
	for (int k = 0; k < 7; k++)
		ck_assert_msg(!strncmp(row + 4 * k + 1, (const char *[]){ "---", "-- ", "-  ", "0  ", "+  ", "++ ", "+++" }[k], 3), "%s", row);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("matrix");
	TCase *tc = tcase_create("matrix");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(tc, before, after);
	tcase_set_timeout(tc, 120);
	tcase_add_loop_test(tc, every_place_is_where_the_cursor_is_and_a_click_means_it, 0, sizeof cases / sizeof cases[0]);
	tcase_add_test(tc, the_cursor_stops_at_a_heading_where_the_bank_size_is_edited);
	tcase_add_loop_test(tc, nothing_is_drawn_outside_of_the_rectangle, 0, 2);
	tcase_add_test(tc, what_differs_and_what_is_wrong_is_marked_not_by_colour_alone);
	tcase_add_test(tc, levels_are_signs);
	suite_add_tcase(suite, tc);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
