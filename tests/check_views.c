/* check_views.c -- what the views of experiments are made of: documents, figures, tables, scatters; and the views themselves at many sizes. */
#include <check.h>
#include <curses.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/document.h"
#include "src/base/rng.h"
#include "tests/screen_rig.h"
#include "ui/figures.h"
#include "ui/guide_document.h"
#include "ui/heat_map.h"
#include "ui/scatter.h"
#include "ui/table.h"
#include "ui/view.h"

/* ---- without a screen ---- */

START_TEST(documents_answer_for_what_is_not_there)
{
	json_t *d = json_loads("{\"a\": {\"b\": {\"value\": 1.5, \"low\": 1, \"high\": 2}, \"c\": null}, \"n\": 7, \"t\": \"text\", \"yes\": true,"
	                       " \"e\": {\"value\": -0.25, \"interval\": [-1, null]}}", 0, NULL);
	struct interval i;

	ck_assert_ptr_nonnull(d);
	ck_assert_double_eq(document_number(d, "a.b.value"), 1.5);
	ck_assert(isnan(document_number(d, "a.c")) && isnan(document_number(d, "a.x.y")) && isnan(document_number(NULL, "a")));
	ck_assert_int_eq(document_count(d, "n"), 7);
	ck_assert_int_eq(document_count(d, "a.b.value"), -1);
	ck_assert_str_eq(document_text(d, "t"), "text");
	ck_assert_str_eq(document_text(d, "n"), "");
	ck_assert(document_says(d, "yes") && !document_says(d, "n") && !document_says(d, "no"));
	i = document_interval(d, "a.b");
	ck_assert(i.value == 1.5 && i.low == 1 && i.high == 2);
	i = document_interval(d, "e");
	ck_assert(i.value == -0.25 && i.low == -1 && isnan(i.high));
	i = document_interval(d, "nowhere");
	ck_assert(isnan(i.value) && isnan(i.low));
	json_decref(d);
}
END_TEST

START_TEST(figures_have_their_sign_and_missing_ones_are_a_dash)
{
	ck_assert_str_eq(text_change(0.00481, 4), "+.0048");
	ck_assert_str_eq(text_change(-1.25, 2), "-1.25");
	ck_assert_str_eq(text_coefficient(-1), "-1.00");
	ck_assert_str_eq(text_coefficient(NAN), text_missing());
	ck_assert_str_eq(text_between((struct interval){ 0, -0.1, 0.25 }, 2), "-.10 +.25");
	ck_assert_str_eq(text_between((struct interval){ 0, -0.1, NAN }, 2), text_missing());
	ck_assert_str_eq(text_p(0.00001), "<.0001");
	ck_assert_str_eq(text_p(0.0314), ".0314");
	ck_assert_str_eq(text_p(NAN), text_missing());
	ck_assert_str_eq(text_percent(0.1312, 1), "13.1");
}
END_TEST

static json_t *edit(double measured, bool kept)
{
	return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f, s:b}", "edit", "block 1 op 1 units: 8 to 16", "field", "units", "predicted_weights", -0.1,
		"predicted_wiring", -0.2, "measured", measured, "measured_stderr", 0.01, "kept", kept);
}

START_TEST(a_descent_falls_by_what_was_kept)
{
	json_t *start = json_pack("{s:s, s:f, s:f, s:[], s:{s:s, s:f, s:[o, o, o]}, s:{s:s, s:f, s:[o]}}", "id", "abc", "score", 0.5, "report_score",
		0.5, "edits", "guided_best", "id", "def", "improvement", 0.2, "tried", edit(-0.1, true), edit(0.3, false), edit(-0.2, true),
		"random_best", "id", "abc", "improvement", -0.1, "tried", edit(-0.05, true));
	json_t *d = json_pack("{s:i, s:i, s:[o]}", "count", 1, "evaluations", 3, "starts", start);
	struct guide_view v;
	double change[5];

	ck_assert(guide_view_read(&v, d));
	ck_assert_int_eq(v.count, 1);
	ck_assert_int_eq(v.wins, 1);
	ck_assert_int_eq(guide_descent(&v, GUIDE_GUIDED, -1, change, 5), 4);
	ck_assert_double_eq_tol(change[0], 0, 1e-12);
	ck_assert_double_eq_tol(change[1], -0.1, 1e-12);
	ck_assert_double_eq_tol(change[2], -0.1, 1e-12);
	ck_assert_double_eq_tol(change[3], -0.3, 1e-12);
	ck_assert_int_eq(guide_descent(&v, GUIDE_RANDOM, 0, change, 5), 2);
	ck_assert_double_eq_tol(change[3], -0.05, 1e-12);        /* it stays where it ended */
	guide_view_release(&v);
	json_decref(d);
}
END_TEST

START_TEST(damaged_documents_are_read_as_empty_ones)
{
	static const char *const texts[] = { "{}", "[]", "{\"starts\": 3}", "{\"starts\": [1, null, {\"edits\": {\"a\": 1}}]}", "{\"at_work\": []}" };
	struct guide_view v;

	json_t *d = json_loads(texts[_i], 0, NULL);
	double change[4];

	ck_assert(guide_view_read(&v, d));
	for (int i = 0; i < v.count; i++)
		for (int k = 0; k < GUIDE_LISTS; k++)
			ck_assert_int_eq(v.from[i].list[k].count, 0);
	ck_assert_int_le(guide_descent(&v, GUIDE_GUIDED, -1, change, 4), 1);
	guide_view_release(&v);
	json_decref(d);
}
END_TEST

/* ---- on a screen ---- */

static char line_text[512];

static const char *line(int y)
{
	int n = 0;

	for (int x = 0; x < COLS && n < (int)sizeof line_text - 8; x++) {
		cchar_t c;
		wchar_t wide[CCHARW_MAX + 1] = { 0 };
		attr_t attributes;
		short pair;

		mvin_wch(y, x, &c);
		getcchar(&c, wide, &attributes, &pair, NULL);
		line_text[n++] = wide[0] < 0x80 ? (char)wide[0] : '?';
	}
	line_text[n] = 0;
	return line_text;
}

START_TEST(a_bar_has_its_interval_and_its_end)
{
	static const struct {
		struct interval i;
		const char *bar;
	} cases[] = {
		{ { 5, 3, 7 }, ":##[=|-]   " }, { { 5, NAN, NAN }, ":####|     " }, { { 12, 9, 14 }, ":########[>" }, { { 0, -1, 1 }, "|]         " },
		{ { NAN, NAN, NAN }, "           " },
	};

	erase();
	bar_draw(1, 0, 11, (struct bar_scale){ 0, 10 }, cases[_i].i, ROLE_TEXT);
	ck_assert_msg(strncmp(line(1), cases[_i].bar, 11) == 0, "\"%.11s\"", line_text);
}
END_TEST

static const char *number_cell(const void *context, int row, int column, enum role *role)
{
	(void)context, (void)role;
	return column == 0 ? text_count(row) : "x";
}

START_TEST(a_table_keeps_its_cursor_in_sight_and_gives_room_by_need)
{
	static const struct table_column columns[TABLE_COLUMNS] = {
		{ "a", 5, false, 0, false }, { "b", 10, true, 2, false }, { "c", 8, true, 1, true },
	};
	struct table t = { .column = columns, .rows = 30, .sort = -1 };
	int y;

	erase();
	y = table_draw(&t, (struct rect){ 2, 0, 6, 20 }, true, number_cell, NULL);
	ck_assert_int_eq(y, 3);
	ck_assert(t.end[0] && !t.end[1] && t.end[2] == 20);      /* b does not fit, c takes what is left */
	ck_assert(table_act(&t, ACTION_LAST) && t.selected == 29);
	y = table_draw(&t, (struct rect){ 2, 0, 6, 20 }, true, number_cell, NULL);
	ck_assert_int_eq(y, 7);
	ck_assert_int_eq(t.top, 25);
	ck_assert_int_eq(line(y)[0], '>');
	ck_assert_int_eq(table_row_at(&t, 7), 29);
	ck_assert_int_eq(table_row_at(&t, 2), -1);
	ck_assert_int_eq(table_head_at(&t, 2, 1), 0);
	t.rows = 3;
	y = table_draw(&t, (struct rect){ 2, 0, 6, 20 }, true, number_cell, NULL);
	ck_assert_int_eq(t.selected, 2);
	ck_assert_int_eq(y, 5);
	t.rows = 0;
	ck_assert_int_eq(table_draw(&t, (struct rect){ 2, 0, 6, 20 }, true, number_cell, NULL), -1);
	ck_assert(!table_act(&t, ACTION_OPEN));
	ck_assert(table_act(&t, ACTION_UP) && t.selected == 0);
}
END_TEST

START_TEST(the_cursor_of_a_scatter_goes_from_point_to_point)
{
	static const struct scatter_point points[] = {
		{ 0, 0, NAN, NAN, 'o', ROLE_TEXT }, { 1, 0.1, NAN, NAN, 'o', ROLE_TEXT }, { 2, 0, NAN, NAN, 'o', ROLE_TEXT }, { 1, 1, NAN, NAN, 'o', ROLE_TEXT },
		{ NAN, 1, NAN, NAN, 'o', ROLE_TEXT },
	};
	struct scatter s = { .point = points, .count = 5, .slope = NAN };
	int y = -1, x = -1;

	erase();
	scatter_draw(&s, (struct rect){ 1, 0, 20, 60 }, 0, &y, &x);
	ck_assert_int_eq(y, 19);
	ck_assert_int_eq(line(y)[x], 'o');
	ck_assert_int_eq(line_text[x - 1], '<');
	ck_assert_int_eq(scatter_move(&s, 0, 1, 0), 1);
	ck_assert_int_eq(scatter_move(&s, 1, 1, 0), 2);
	ck_assert_int_eq(scatter_move(&s, 2, 1, 0), 2);
	ck_assert_int_eq(scatter_move(&s, 1, 0, 1), 3);
	ck_assert_int_eq(scatter_move(&s, 3, -1, 0), 0);
	ck_assert_int_eq(scatter_nearest(&s, y, x), 0);
}
END_TEST

START_TEST(heat_maps_tell_values_changes_and_differences)
{
	static const float truth[] = { 1, 2, 0, -1 }, told[] = { 1, 3, 0, -1 }, slope[] = { -1, -0.3f, 0.01f, 1 };
	struct heat_map m = { .kind = HEAT_VALUE, .rows = 1, .slices = 4, .cell = truth, .title = "t" };

	erase();
	ck_assert_int_eq(heat_map_draw((struct rect){ 1, 0, 5, 20 }, &m, 0), 2);
	ck_assert_msg(strncmp(line(2), "12. ", 4) == 0, "%s", line_text);
	m.cell = told;
	m.other = truth;
	heat_map_draw((struct rect){ 1, 0, 5, 20 }, &m, 0);
	ck_assert_msg(strncmp(line(2), ".3. ", 4) == 0, "%s", line_text);
	m = (struct heat_map){ .kind = HEAT_CHANGE, .rows = 1, .slices = 4, .cell = slope, .title = "t" };
	heat_map_draw((struct rect){ 1, 0, 5, 20 }, &m, 0);
	ck_assert_msg(strncmp(line(2), "=-.#", 4) == 0, "%s", line_text);
	erase();
	heat_map_draw((struct rect){ 1, 0, 5, 20 }, &m, 3);
	ck_assert_msg(strncmp(line(2), "# ", 2) == 0, "%s", line_text);
}
END_TEST

START_TEST(lines_lose_whole_pieces_and_no_half_of_a_number)
{
	static const char text[] = "25 of 1,250 trained, 12 epochs; the rest waits";

	for (int w = 1; w < 60; w++) {
		erase();
		put_pieces(1, 0, w, ROLE_TEXT, text);
		line(1);
		for (int n = 80; n > 0 && line_text[n - 1] == ' '; n--)
			line_text[n - 1] = 0;
		if (w >= 19)
			ck_assert_msg(!strcmp(line_text, text) || !strcmp(line_text, "25 of 1,250 trained, 12 epochs") ||
			              !strcmp(line_text, "25 of 1,250 trained"), "at %d: \"%s\"", w, line_text);
	}
	ck_assert_int_eq(put_wrapped((struct rect){ 0, 0, 0, 20 }, ROLE_TEXT, "one two three four five six"), 2);
	ck_assert_int_eq(put_wrapped((struct rect){ 0, 0, 0, 5 }, ROLE_TEXT, "incomprehensible"), 4);
}
END_TEST

START_TEST(the_best_architecture_is_the_first_of_the_ranking)
{
	struct ranking_row row[] = {
		{ .id = "old", .step = 10, .images = 1000, .score = 0.1 }, { .id = "few", .step = 20, .images = 100, .score = 0.2 },
		{ .id = "worse", .step = 20, .images = 1000, .score = 0.5 }, { .id = "best", .step = 20, .images = 1000, .score = 0.4 },
	};
	struct ui ui = { .ranking = row };

	ck_assert_ptr_null(ranking_best(&ui));
	ui.ranking_count = 2;
	ck_assert_str_eq(ranking_best(&ui)->id, "few");
	ui.ranking_count = 4;
	ck_assert_str_eq(ranking_best(&ui)->id, "best");
}
END_TEST

/* A file in the run's results may be anything. */
START_TEST(views_survive_documents_that_make_no_sense)
{
	static const char *const texts[] = {
		"{}", "{\"running\": 3, \"age_seconds\": \"old\", \"step\": -1}", "{\"fields\": [1, {}, {\"field\": \"nonsense\", \"how\": 3}]}",
		"{\"fields\": {\"a\": 1}, \"subjects\": [1, {\"loss_increase\": 3}]}", "{\"pairs\": [1, {}, {\"score\": 1, \"true_error\": 7, \"id\": 3}]}",
		"{\"starts\": [{\"id\": \"\\u001b[2J\", \"edits\": [{}, {\"edit\": \"\\u001b]0;x\\u0007\"}]}], \"count_wanted\": 1}",
		"{\"top\": {\"fifth\": {\"k\": 1e300, \"precision\": 1e300}}, \"kendall\": 1, \"verdict\": \"\"}",
	};
	static const enum experiment_kind kinds[] = { EXPERIMENT_CORRUPT, EXPERIMENT_GUIDE, EXPERIMENT_CORRELATE };
	static const int panes[] = { PANE_CORRUPT, PANE_GUIDE, PANE_CORRELATE };

	for (int k = 0; k < 3; k++)
		for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
			struct pane *pane = rig.ui.pane[panes[k]];

			json_decref(rig.ui.answer[kinds[k]]);
			rig.ui.answer[kinds[k]] = json_loads(texts[i], 0, NULL);
			ck_assert_ptr_nonnull(rig.ui.answer[kinds[k]]);
			rig.ui.answer_serial[kinds[k]]++;
			pane->class->news(&rig.ui, pane);
			ui_focus(&rig.ui, panes[k]);
			for (int size = 0; size < 3; size++) {
				rig_resize(16 + 20 * size, 60 + 60 * size);
				rig_paint();
				for (const char *key = "jk\rj\rGgo.I\033\033"; *key; key++) {
					pane->class->act(&rig.ui, pane, key_find(*key, pane->where) ? key_find(*key, pane->where)->action : ACTION_NONE);
					rig_paint();
				}
			}
		}
}
END_TEST

/* ---- the views ---- */

static bool found_all(void)
{
	return rig.ui.answer[EXPERIMENT_CORRUPT] && rig.ui.answer[EXPERIMENT_GUIDE] && rig.ui.answer[EXPERIMENT_CORRELATE] && rig_reported() &&
	       !document_says(rig.ui.answer[EXPERIMENT_CORRELATE], "running");
}

static void open_run(void)
{
	struct worker_options options;

	rig_start();
	options = tiny_options(rig.folder, "run", 40);
	rig_open(&options);
	rig_wait(rig_finished);
	rig_ask(&(struct command){ .kind = COMMAND_EXPERIMENT, .experiment = { .kind = EXPERIMENT_CORRUPT, .count = 6, .trials = 1 } });
	rig_ask(&(struct command){ .kind = COMMAND_EXPERIMENT, .experiment = { .kind = EXPERIMENT_GUIDE, .count = 2, .evaluations = 4 } });
	rig_ask(&(struct command){ .kind = COMMAND_EXPERIMENT,
		.experiment = { .kind = EXPERIMENT_CORRELATE, .count = 9, .every = 1, .epochs = 1, .seeds = 2 } });
	rig_wait(found_all);
	rig.ui.overlay = NULL;                   /* a report */
}

static void close_run(void)
{
	rig_close();
	rig_stop();
}

/* Keys that bring each view into one of its states, from where the state before left it. */
static const char *const states[] = { "4", "4\r", "4m", "jj+l", "5", "5\r", "o.", "R", "6", "6Lbol", "7", "7j" };

START_TEST(views_fit_any_size_in_every_state)
{
	struct rng rng;

	rng_seed(&rng, 5, 1);
	for (size_t s = 0; s < sizeof states / sizeof states[0]; s++) {
		rig_resize(24, 80);
		for (const char *key = states[s]; *key; key++)
			rig_type((char[]){ *key, 0 });
		for (int i = 0; i < 300; i++) {
			rig_resize(1 + rng_below(&rng, 80), 1 + rng_below(&rng, 250));
			take_snapshot(&rig.ui, &rig.loop);
			rig_paint();
			ck_assert(rig.ui.cursor_y >= 0 && rig.ui.cursor_x >= 0);
			if (i % 7 == 0)
				rig_type("j");
		}
	}
}
END_TEST

static void screen_before(void)
{
	rig_start();
}

static void screen_after(void)
{
	rig_stop();
}

int main(void)
{
	Suite *suite = suite_create("views");
	TCase *pure = tcase_create("documents"), *drawn = tcase_create("drawn"), *views = tcase_create("views");
	SRunner *runner;
	int failed;

	tcase_add_test(pure, documents_answer_for_what_is_not_there);
	tcase_add_test(pure, figures_have_their_sign_and_missing_ones_are_a_dash);
	tcase_add_test(pure, a_descent_falls_by_what_was_kept);
	tcase_add_loop_test(pure, damaged_documents_are_read_as_empty_ones, 0, 5);
	suite_add_tcase(suite, pure);
	tcase_add_checked_fixture(drawn, screen_before, screen_after);
	tcase_add_loop_test(drawn, a_bar_has_its_interval_and_its_end, 0, 5);
	tcase_add_test(drawn, a_table_keeps_its_cursor_in_sight_and_gives_room_by_need);
	tcase_add_test(drawn, the_cursor_of_a_scatter_goes_from_point_to_point);
	tcase_add_test(drawn, heat_maps_tell_values_changes_and_differences);
	tcase_add_test(drawn, lines_lose_whole_pieces_and_no_half_of_a_number);
	tcase_add_test(drawn, the_best_architecture_is_the_first_of_the_ranking);
	tcase_add_test(drawn, views_survive_documents_that_make_no_sense);
	suite_add_tcase(suite, drawn);
	tcase_set_timeout(views, 120);
	tcase_add_checked_fixture(views, open_run, close_run);
	tcase_add_test(views, views_fit_any_size_in_every_state);
	suite_add_tcase(suite, views);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
