/* check_data_screen.c -- the view of held-out images: a person's whole task by keys alone, what is asked of the worker and when, pictures cell by cell. */
#include <check.h>
#include <curses.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/clock.h"
#include "tests/pty.h"
#include "tests/screen_rig.h"
#include "ui/confusion.h"
#include "ui/draw.h"
#include "ui/pane.h"
#include "ui/thumbnail.h"
#include "ui/predicted.h"
#include "ui/term.h"

/* ---- the screen in this process ---- */

static const char *screen(void)
{
	static char text[65536];
	char path[300];
	FILE *f;

	snprintf(path, sizeof path, "%s/screen", rig.folder);
	ck_assert(screen_dump(&rig.ui, path));
	f = fopen(path, "r");
	text[fread(text, 1, sizeof text - 1, f)] = 0;
	fclose(f);
	return text;
}

static bool on_screen(const char *text)
{
	return strstr(screen(), text) != NULL;
}

/* Paints and takes what the worker says until the text stands there. */
static void see(const char *text)
{
	for (int i = 0; i < 1000 && !on_screen(text); i++) {
		usleep(10000);
		rig.ui.now = clock_seconds();
		take_snapshot(&rig.ui, &rig.loop);
	}
	ck_assert_msg(on_screen(text), "no \"%s\" in\n%s", text, screen());
}

static uint64_t answers(void)
{
	return rig.ui.answer_serial[ANSWER_OF(QUESTION_PREDICTIONS)];
}

static void some_time(void)
{
	for (int i = 0; i < 20; i++) {
		usleep(10000);
		rig.ui.now = clock_seconds();
		take_snapshot(&rig.ui, &rig.loop);
		rig_paint();
	}
}

static bool paused(void)
{
	return rig.ui.snap->state == WORKER_PAUSED;
}

static bool ranked(void)
{
	return rig.ui.ranking_count >= 3;
}

static void open_run(int steps)
{
	struct worker_options options;

	rig_start();
	options = tiny_options(rig.folder, "run", steps);
	rig_open(&options);
}

static void open_trained(void)
{
	open_run(40);
	rig_wait(rig_finished);
	rig_ask(&(struct command){ .kind = COMMAND_RANK, .count = 3 });
	rig_wait(ranked);
}

static void close_run(void)
{
	rig_close();
	rig_stop();
}

/* The number behind a word of the screen, NAN where that is not there. */
static double number_behind(const char *word)
{
	const char *at = strstr(screen(), word);

	return at ? strtod(at + strlen(word), NULL) : NAN;
}

START_TEST(what_the_best_architecture_gets_wrong_and_how)
{
	double loss, before = INFINITY;
	char path[300];

	open_trained();
	rig_type("8");
	see("on 24 images, ");
	ck_assert(on_screen("best of Rank, step 40"));
	ck_assert(on_screen("error ") && on_screen("±"));
	ck_assert(on_screen("image 1: "));
	rig_type("l");
	see("image 2: ");
	rig_type("G");
	see("image 24: ");
	rig_type("g");
	see("image 1: ");

	rig_type("w");
	see("most wrong first");
	see("number 1 by loss");
	for (int i = 1; i <= 24; i++) {
		char word[40];

		snprintf(word, sizeof word, "number %d by loss, image ", i);
		see(word);
		loss = number_behind("; loss ");
		ck_assert_msg(loss <= before, "%s: %g after %g", word, loss, before);
		before = loss;
		rig_type("l");
	}
	rig_type("w");
	see("image 1: ");
	ck_assert(!on_screen("most wrong first"));

	rig_type("\r");                                  /* alone, large */
	see("image 1 of 24 held out");
	see("it is ");
	rig_type("l");
	see("image 2 of 24 held out");
	rig_type("\033");
	see("image 2: ");

	term_mouse(true);
	rig_type("\033[<0;40;6M");                        /* two clicks on the third picture */
	rig_type("\033[<0;40;6m");
	rig_type("\033[<0;40;6M");
	see("image 3 of 24 held out");
	rig_type("\033");
	see("image 3: ");
	rig_type("h");
	see("image 2: ");

	rig_type("m");                                   /* the classes */
	see("rows: what an image is; columns: what it is taken for");
	rig_type("m");
	see("image 2: ");
	snprintf(path, sizeof path, "%s/run/results", rig.folder);
	ck_assert_msg(access(path, F_OK) < 0, "looking leaves no results");
	close_run();
}
END_TEST

START_TEST(nothing_is_asked_while_nobody_looks)
{
	uint64_t before;

	open_trained();
	for (int tab = '1'; tab <= '7'; tab++) {
		rig_type((char[]){ (char)tab, 0 });
		some_time();
	}
	ck_assert_uint_eq(answers(), 0);
	rig_type("8");
	see("on 24 images, ");
	before = answers();
	some_time();
	ck_assert_uint_eq(answers(), before);            /* and once is enough */
	rig_type("1");
	rig_ask(&(struct command){ .kind = COMMAND_RANK, .count = 20 });
	some_time();
	some_time();
	ck_assert_uint_eq(answers(), before);            /* also of a new best one */
	rig_type("8");
	rig_type("r");
	see("on 24 images, ");
	for (int i = 0; i < 100 && answers() == before; i++)
		some_time();
	ck_assert_uint_gt(answers(), before);
	close_run();
}
END_TEST

START_TEST(an_untrained_run_shows_its_images_without_predictions)
{
	open_run(40);
	rig_ask(&(struct command){ .kind = COMMAND_PAUSE });
	rig_wait(paused);
	ck_assert_int_eq(rig.ui.snap->step, 0);          /* commands are read before the first step */
	rig_type("8");
	see("untrained: nothing is predicted yet");
	see("no prediction");
	ck_assert(!on_screen("= ") && !on_screen("x "));
	rig_type("w");
	see("without predictions there is nothing that is most wrong");
	close_run();
}
END_TEST

START_TEST(whose_predictions_these_are_can_be_chosen)
{
	open_trained();
	rig_type("8");
	see("best of Rank, step 40");
	rig_type("o");
	see("a sample of training, step 40");
	rig_type("o");
	see("best of Rank, step 40");
	rig_type("3");
	rig_type("j");                                   /* a cursor in the ranking */
	rig_type("\r");                                  /* … and held in the banks */
	rig_type("8");
	see("best of Rank, step 40");                    /* what was chosen stays */
	rig_type("o");
	see("a sample of training, step 40");
	rig_type("o");
	see("held in Banks, step 40");
	rig_type("o");
	see("on 24 images, ");
	ck_assert(on_screen("under the cursor of Rank"));
	close_run();
}
END_TEST

START_TEST(sizes_and_the_matrix_at_every_size_of_terminal)
{
	static const struct { int rows, columns; bool matrix; } sizes[] = {
		{ 24, 80, false }, { 40, 120, true }, { 60, 200, true }, { 16, 60, false },
	};

	open_trained();
	rig_type("8");
	see("on 24 images, ");
	for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
		rig_resize(sizes[i].rows, sizes[i].columns);
		see("image 1: ");
		ck_assert_msg(on_screen("rows: what an image is") == sizes[i].matrix, "%s", screen());
		for (int k = 0; k < 12; k++) {
			rig_type("-");
			rig_paint();
		}
		see("image 1: ");
		for (int k = 0; k < 12; k++) {
			rig_type("+");
			rig_paint();
		}
		see("image 1: ");
		for (int k = 0; k < 3; k++)              /* back to the size that it takes by itself */
			rig_type("-");
	}
	close_run();
}
END_TEST

/* ---- pictures ---- */

static void start_terminal(void)
{
	rig_start();
}

static void stop_terminal(void)
{
	rig_stop();
}

static wchar_t cell(int y, int x, int *upper, int *lower)
{
	cchar_t c;
	wchar_t text[CCHARW_MAX + 1] = { 0 };
	attr_t attributes;
	short pair, foreground, background;

	ck_assert_int_ne(mvin_wch(y, x, &c), ERR);
	getcchar(&c, text, &attributes, &pair, NULL);
	ck_assert_int_ne(pair_content(pair, &foreground, &background), ERR);
	*upper = foreground;
	*lower = background;
	return text[0];
}

/* Rows 0, 85, 170, 255: two cells. */
static const uint8_t stripes[4][2] = { { 0, 0 }, { 85, 85 }, { 170, 170 }, { 255, 255 } };
static const struct thumbnail striped = { .pixel = &stripes[0][0], .height = 4, .width = 2, .channels = 1, .row = 2, .column = 1 };

START_TEST(a_cell_is_two_pixels_in_greys)
{
	int upper, lower, before;

	erase();
	ck_assert(theme_has_pixels());
	theme_pixels_begin();
	ck_assert_int_eq(thumbnail_rows(&striped, 2), 2);
	thumbnail_draw(&striped, 3, 5, 2);
	ck_assert_uint_eq((unsigned)cell(3, 5, &upper, &lower), 0x2580);
	ck_assert_int_eq(upper, 16);                     /* black */
	before = lower;
	ck_assert(lower > 232 && lower < 256);
	ck_assert_uint_eq((unsigned)cell(4, 6, &upper, &lower), 0x2580);
	ck_assert(upper > before && upper < 256);
	ck_assert_int_eq(lower, 231);                    /* white */
}
END_TEST

START_TEST(without_colours_more_ink_is_brighter)
{
	static const uint8_t ramp[10] = { 0, 26, 52, 77, 103, 128, 154, 180, 205, 255 };
	struct thumbnail p = { .pixel = ramp, .height = 2, .width = 10, .channels = 1, .row = 0, .column = 1 };
	char text[16];

	erase();
	draw_start(GLYPHS_ASCII);
	thumbnail_draw(&p, 0, 0, 10);
	mvinnstr(0, 0, text, 10);
	ck_assert_str_eq(text, " .:-=+*#%@");
}
END_TEST

START_TEST(colours_are_the_cube_s_and_nearly_grey_ones_grey)
{
	static const uint8_t pixel[2][3] = { { 250, 5, 5 }, { 120, 122, 118 } };
	struct thumbnail p = { .pixel = &pixel[0][0], .height = 2, .width = 1, .channels = 3, .row = 3, .column = 3 };
	int upper, lower;

	erase();
	theme_pixels_begin();
	thumbnail_draw(&p, 0, 0, 1);
	cell(0, 0, &upper, &lower);
	ck_assert_int_eq(upper, 16 + 36 * 5);
	ck_assert(lower > 232);
}
END_TEST

START_TEST(nothing_is_drawn_beside_the_screen)
{
	for (int i = 0; i < 40; i++)
		thumbnail_draw(&striped, LINES - 20 + i, COLS - 20 + i, 30);
	thumbnail_draw(&striped, -3, -3, 10);
}
END_TEST

START_TEST(a_theme_without_colours_has_no_pixels)
{
	struct theme theme;
	static struct faults faults;

	ck_assert_int_eq(theme_load(&theme, "mono", &faults), 0);
	theme_start(&theme);
	ck_assert(!theme_has_pixels());
	ck_assert_int_eq(theme_load(&theme, "default", &faults), 0);
	theme_start(&theme);
	ck_assert(theme_has_pixels());
}
END_TEST

/* More pairs than a terminal has: the next frame begins anew. */
START_TEST(pairs_of_colours_do_not_run_out)
{
	int upper, lower;

	for (int frame = 0; frame < 3; frame++) {
		theme_pixels_begin();
		for (int i = 0; i < 40000; i++)
			theme_pixels(i / 200 % 256, (i + frame) % 256);
		theme_pixels_begin();
		theme_pixels(20 + frame, 200);
		mvaddnwstr(0, 0, L"\u2580", 1);
		cell(0, 0, &upper, &lower);
		ck_assert_int_eq(upper, 20 + frame);
		ck_assert_int_eq(lower, 200);
	}
}
END_TEST

/* ---- the document ---- */

static json_t *volume_answer(void)
{
	char pixels[2 * 2 * 3 * 4 + 1] = "";

	for (int i = 0; i < 2 * 3 * 4; i++)              /* depth 2, height 3, width 4: the value says where it is */
		snprintf(pixels + 2 * i, 3, "%02x", i);
	return json_pack("{s:I, s:s, s:I, s:i, s:i, s:i, s:b, s:s, s:f, s:i, s:i, s:i, s:i, s:i, s:i, s:[s, s, n], s:[[i, i, i], [i, i, i], [i, i, i]],"
		"s:[{s:i, s:i, s:i, s:f, s:f, s:s}, {s:i, s:i, s:n, s:n, s:n, s:s}]}", "serial", (json_int_t)1, "id", "0123456789ab", "step",
		(json_int_t)40, "images", 20, "total", 24, "available", 24, "running", 1, "order", "number", "error", 0.25, "depth", 2, "height", 3,
		"width", 4, "channels", 1, "first", 5, "count", 2, "classes", "chair", "desk", "confusion", 5, 2, 0, 1, 6, 0, 3, 0, 3, "shown",
		"number", 5, "label", 0, "predicted", 1, "probability", 0.5, "loss", 1.25, "pixels", pixels,
		"number", 6, "label", 2, "predicted", "probability", "loss", "pixels", "00");
}

START_TEST(an_answer_is_read_as_it_is)
{
	json_t *document = volume_answer();
	struct predicted p;
	struct thumbnail slice;

	ck_assert(predicted_read(&p, document));
	json_decref(document);                           /* it has a reference of its own */
	ck_assert_str_eq(p.id, "0123456789ab");
	ck_assert(p.images == 20 && p.total == 24 && p.running && !p.worst && p.error == 0.25 && p.depth == 2);
	ck_assert_int_eq(p.shown, 2);
	ck_assert(p.image[0].number == 5 && p.image[0].label == 0 && p.image[0].predicted == 1 && p.image[0].loss == 1.25);
	ck_assert(p.image[1].predicted == -1 && isnan(p.image[1].probability));
	ck_assert_msg(p.image[1].pixel == NULL, "too few pixels are none");
	ck_assert_str_eq(predicted_name(&p, 1), "desk");
	ck_assert_str_eq(predicted_name(&p, 2), "2");
	ck_assert_int_eq(p.confusion[2 * 3 + 0], 3);

	slice = predicted_picture(&p, &p.image[0], 0);   /* depth 1 of 2 */
	ck_assert(slice.height == 3 && slice.width == 4);
	ck_assert_int_eq(slice.pixel[2 * slice.row + 3 * slice.column], 12 + 2 * 4 + 3);
	slice = predicted_picture(&p, &p.image[0], 1);   /* row 1 of 3: depth by width */
	ck_assert(slice.height == 2 && slice.width == 4);
	ck_assert_int_eq(slice.pixel[1 * slice.row + 3 * slice.column], 12 + 1 * 4 + 3);
	slice = predicted_picture(&p, &p.image[0], 2);   /* column 2 of 4: depth by height */
	ck_assert(slice.height == 2 && slice.width == 3);
	ck_assert_int_eq(slice.pixel[1 * slice.row + 2 * slice.column], 12 + 2 * 4 + 2);
	predicted_release(&p);
}
END_TEST

static char *line_at(int y, int x, int width)
{
	static char text[256];

	mvinnstr(y, x, text, width < 255 ? width : 255);
	return text;
}

START_TEST(the_matrix_has_its_counts_and_the_most_confused)
{
	json_t *document = volume_answer();
	struct predicted p;

	erase();
	ck_assert(predicted_read(&p, document));
	ck_assert_int_eq(confusion_width(&p), 3 + 12 + 3 * 4 + 7);
	confusion_draw((struct rect){ 0, 0, 20, 60 }, &p);
	ck_assert_ptr_nonnull(strstr(line_at(1, 0, 34), " 0 chair          5   2   .   71 %"));
	ck_assert_ptr_nonnull(strstr(line_at(3, 0, 34), " 2 2              3   .   3   50 %"));
	ck_assert_ptr_nonnull(strstr(line_at(7, 0, 34), "2 as chair"));
	ck_assert_ptr_nonnull(strstr(line_at(7, 0, 34), "3 of 6"));
	ck_assert_ptr_nonnull(strstr(line_at(8, 0, 34), "chair as desk"));

	erase();                                         /* no room for the matrix: the list alone */
	confusion_draw((struct rect){ 0, 0, 4, 60 }, &p);
	ck_assert_ptr_nonnull(strstr(line_at(1, 0, 60), "2 as chair"));
	predicted_release(&p);
	json_decref(document);
}
END_TEST

START_TEST(an_answer_of_no_shape_is_none)
{
	json_t *document = volume_answer();
	struct predicted p;

	json_object_del(document, "width");
	ck_assert(!predicted_read(&p, document));
	ck_assert_ptr_null(p.document);
	json_decref(document);
}
END_TEST

/* ---- the program itself ---- */

START_TEST(a_cursor_move_is_few_bytes_and_rest_is_none)
{
	static char folder[256], data[300], run[300];
	char *program = getenv("SMASHTOP");
	char *argv[] = { program, "--run", run, "--data", data, "--preset", "tiny", "--threads", "1", "--steps", "40", NULL };
	struct pty p;
	size_t before;

	ck_assert_msg(program != NULL, "SMASHTOP names no program");
	tiny_make(folder);
	snprintf(data, sizeof data, "fashion-mnist:%s", folder);
	snprintf(run, sizeof run, "%s/run", folder);
	pty_start(&p, folder, 24, 80, "xterm-256color", NULL, argv);
	ck_assert(pty_shows(&p, "FINISHED", 20));
	pty_keys(&p, ":rank 3\r");
	ck_assert(pty_shows(&p, "3 architectures scored", 20));
	pty_keys(&p, "8");
	ck_assert(pty_shows(&p, "on 24 images", 20));
	ck_assert(pty_shows(&p, "Ankle boot", 5));       /* the names of Fashion-MNIST */
	pty_read(&p, 1.5);
	before = p.length;
	pty_keys(&p, "l");
	pty_read(&p, 0.5);
	ck_assert_msg(p.length > before && p.length - before <= 300, "%zu bytes for one move", p.length - before);
	before = p.length;
	pty_read(&p, 1);
	ck_assert_msg(p.length == before, "%zu bytes where nothing changed", p.length - before);
	pty_keys(&p, "qs");
	ck_assert(pty_wait(&p, 20));
	pty_release(&p);
	tiny_remove(folder);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("data screen");
	TCase *stories = tcase_create("stories"), *pictures = tcase_create("pictures"), *documents = tcase_create("documents");
	SRunner *runner;
	int failed;

	tcase_set_timeout(stories, 60);
	tcase_add_test(stories, what_the_best_architecture_gets_wrong_and_how);
	tcase_add_test(stories, nothing_is_asked_while_nobody_looks);
	tcase_add_test(stories, an_untrained_run_shows_its_images_without_predictions);
	tcase_add_test(stories, whose_predictions_these_are_can_be_chosen);
	tcase_add_test(stories, sizes_and_the_matrix_at_every_size_of_terminal);
	tcase_add_test(stories, a_cursor_move_is_few_bytes_and_rest_is_none);
	tcase_add_checked_fixture(pictures, start_terminal, stop_terminal);
	tcase_add_test(pictures, a_cell_is_two_pixels_in_greys);
	tcase_add_test(pictures, without_colours_more_ink_is_brighter);
	tcase_add_test(pictures, colours_are_the_cube_s_and_nearly_grey_ones_grey);
	tcase_add_test(pictures, nothing_is_drawn_beside_the_screen);
	tcase_add_test(pictures, a_theme_without_colours_has_no_pixels);
	tcase_add_test(pictures, pairs_of_colours_do_not_run_out);
	tcase_add_test(pictures, the_matrix_has_its_counts_and_the_most_confused);
	tcase_add_test(documents, an_answer_is_read_as_it_is);
	tcase_add_test(documents, an_answer_of_no_shape_is_none);
	suite_add_tcase(suite, stories);
	suite_add_tcase(suite, pictures);
	suite_add_tcase(suite, documents);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
