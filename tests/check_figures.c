/* check_figures.c -- in every figure, of however many points and whatever names, all letters are on the page, large enough, and none on others. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/export/figures.h"
#include "tests/arch_fixture.h"
#include "tests/figure_rig.h"
#include "tests/store_fixture.h"

/* ---- what is right in any figure ---- */

struct extent {
	double left, top, right, bottom;
};

/* Of the letters without what reaches below the line, a little less: touching is no overlap. */
static struct extent extent_of(struct figure *f, const struct figure_shape *s)
{
	const struct point *p = &f->point[s->first];
	double width = figure_text_width(f, s->text) * s->size / figure_text_size * (s->bold ? 1.1 : 1);
	double left = p->x - (s->anchor == ANCHOR_START ? 0 : s->anchor == ANCHOR_END ? width : width / 2);

	return (struct extent){ left, p->y - 0.72 * s->size, left + width, p->y };
}

static bool overlap(struct extent a, struct extent b)
{
	return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

static void ck_on_page(const struct figure *f, const char *what, double x, double y)
{
	if (!(x >= -0.1 && x <= f->width + 0.1 && y >= -0.1 && y <= f->height + 0.1))    /* an assertion for each of a million takes seconds */
		ck_abort_msg("%s: (%.1f, %.1f) is beside the page of %.1f x %.1f", what, x, y, f->width, f->height);
}

static void ck_texts(struct figure *f)
{
	struct extent *extent = calloc((size_t)f->count, sizeof *extent);

	for (int i = 0; i < f->count; i++) {
		const struct figure_shape *s = &f->shape[i];

		if (s->kind != SHAPE_TEXT)
			continue;
		extent[i] = extent_of(f, s);
		ck_assert_double_ge(s->size, 7);
		ck_on_page(f, s->text, extent[i].left, extent[i].top);
		ck_on_page(f, s->text, extent[i].right, extent[i].bottom + 0.2 * s->size);
		for (int k = 0; k < i; k++)              /* of other shapes it is nothing */
			if (overlap(extent[i], extent[k]))
				ck_abort_msg("\"%s\" and \"%s\" overlap", s->text, f->shape[k].text);
	}
	free(extent);
}

static void ck_shapes(const struct figure *f)
{
	for (int i = 0; i < f->count; i++)
		for (int k = 0; k < f->shape[i].count && f->shape[i].kind != SHAPE_TEXT; k++) {
			const struct point *p = &f->point[f->shape[i].first + k];

			if (f->shape[i].kind != SHAPE_CIRCLE || k == 0)
				ck_on_page(f, "a shape", p->x, p->y);
		}
}

static bool has_text(const struct figure *f, const char *text)
{
	for (int i = 0; i < f->count; i++)
		if (f->shape[i].text && strstr(f->shape[i].text, text))
			return true;
	return false;
}

static void ck_figure(struct figure *f)
{
	ck_assert_int_eq(figure_check(f), 0);
	ck_assert(f->title[0] && f->about[0]);
	ck_assert_double_gt(f->height, 20);
	ck_texts(f);
	ck_shapes(f);
}

static int draw(struct figure *f, const struct export_source *of, int width_mm)
{
	struct export_source source = *of, *s = &source;

	s->style.width_mm = width_mm == 85 ? 0 : width_mm;
	figure_start(f, false, width_mm);
	switch (s->subject) {
	case EXPORT_LOSS:
		return figure_loss(f, s);
	case EXPORT_CORRELATE:
		return figure_correlate(f, s);
	case EXPORT_CORRUPT:
		return figure_corrupt(f, s);
	default:
		return figure_banks(f, s, 0);
	}
}

static const int widths[] = { 60, 85, 178 };
enum { WIDTHS = sizeof widths / sizeof widths[0] };

static void ck_draws(const struct export_source *s)
{
	for (int i = 0; i < WIDTHS; i++) {
		struct figure f;

		ck_assert_msg(draw(&f, s, widths[i]) == 0, "%s", err_last());
		ck_figure(&f);
		figure_release(&f);
	}
}

/* ---- banks ---- */

START_TEST(banks_of_any_preset_fit_the_page)
{
	static const char *const names[] = { "tiny", "small", "smash-v1", "smash-v2" };
	struct preset preset;
	struct rng rng;
	struct arch arch;

	ck_assert_int_eq(preset_get(&preset, names[_i / 2]), 0);
	rng_seed(&rng, 5, 5);
	for (int i = 0; i < 4; i++) {
		struct export_source s = rig_archs(&preset.space, &arch, 1);

		arch_sample(&arch, &preset.space, 2 + _i % 2, 0, &rng);
		ck_draws(&s);
	}
}
END_TEST

START_TEST(banks_of_one_op_a_block_and_of_as_many_as_there_can_be)
{
	struct arch arch = fixture_arch;
	struct export_source s = rig_archs(&fixture_space, &arch, 1);
	int count = _i ? OPS_MAX : 1;

	for (int b = 0; b < BLOCKS; b++) {
		for (int i = arch.block[b].op_count; i < count; i++)
			arch.block[b].op[i] = arch.block[b].op[i % 2];
		arch.block[b].op_count = (int16_t)count;
	}
	ck_draws(&s);
}
END_TEST

static const struct ranking_row *row_at(void *context, int i, const struct export_facts **facts)
{
	static const struct ranking_row row = { .step = 20000, .score = 0.4726, .score_stderr = 0.0125, .error = 0.1912, .error_stderr = NAN, .images = 5000 };
	static const struct export_facts known = { .true_error = 0.071, .true_error_stderr = 0.003, .true_epochs = 5, .trainings = 2 };

	(void)context;
	(void)i;
	*facts = &known;
	return &row;
}

/* With what it rests on, and without an error that nobody knows. */
START_TEST(banks_say_the_score_where_there_is_one)
{
	struct export_source s = rig_archs(&fixture_space, &fixture_arch, 1);
	struct figure f;

	s.row = row_at;
	ck_assert_int_eq(draw(&f, &s, 178), 0);
	ck_figure(&f);
	ck_assert_msg(strstr(f.about, "SMASH score 0.4726 ± 0.0125, error 19.1 % (5,000 images, step 20,000)") != NULL, "%s", f.about);
	ck_assert_msg(strstr(f.about, "Trained for 5 epochs: test error 7.10 ± 0.30 %") != NULL, "%s", f.about);
	figure_release(&f);
}
END_TEST

/* ---- what a run has measured ---- */

START_TEST(loss_of_one_step_and_of_many)
{
	static const struct { int steps, validation_every, broken; bool logarithmic; } cases[] = {
		{ 1, 0, 0, false }, { 1, 1, 0, true }, { 2, 1, 0, false }, { 7, 3, 4, false }, { 999, 100, 500, true }, { 3000, 500, 0, false },
		{ 5000, 500, 2, true }, { 3000, 5, 0, false },
	};
	struct export_source s = rig_source(EXPORT_LOSS);

	rig_metrics(cases[_i].steps, cases[_i].validation_every, cases[_i].broken);
	s.style.logarithmic = cases[_i].logarithmic;
	ck_draws(&s);
}
END_TEST

START_TEST(a_loss_that_is_not_finite_is_said)
{
	struct export_source s = rig_source(EXPORT_LOSS);
	struct figure f;

	rig_metrics(7, 0, 4);
	ck_assert_int_eq(draw(&f, &s, 85), 0);
	ck_assert_msg(strstr(f.about, "1 step had no finite loss") != NULL, "%s", f.about);
	figure_release(&f);
}
END_TEST

START_TEST(correlations_of_any_number_of_pairs)
{
	static const int pairs[] = { 0, 1, 2, 8, 50, 400 };
	struct export_source s = rig_source(EXPORT_CORRELATE);
	struct figure f;
	char n[16];

	rig_correlate(pairs[_i]);
	ck_draws(&s);
	ck_assert_int_eq(draw(&f, &s, 178), 0);
	snprintf(n, sizeof n, "n = %d;", pairs[_i]);
	ck_assert_msg(strncmp(f.about, n, strlen(n)) == 0, "%s", f.about);
	ck_assert(!strstr(f.about, "too few") == (pairs[_i] >= 8));
	if (pairs[_i] == 0)
		ck_assert(has_text(&f, "no network is trained yet"));
	if (pairs[_i] >= 8) {
		ck_assert_msg(strstr(f.about, "Spearman +0.70 [+0.40, +0.90]") != NULL, "%s", f.about);
		ck_assert_msg(strstr(f.about, "Pearson −0.20 [−0.50, +0.00]") != NULL, "%s", f.about);
		ck_assert(has_text(&f, "sampled (") && has_text(&f, "perturbed (") && has_text(&f, "pattern ("));
	}
	figure_release(&f);
}
END_TEST

START_TEST(corruptions_of_any_number_of_fields)
{
	static const int fields[] = { 0, 1, 9, 10, 30 };
	struct export_source s = rig_source(EXPORT_CORRUPT);

	rig_corrupt(fields[_i]);
	ck_draws(&s);
}
END_TEST

START_TEST(what_is_not_there_is_said)
{
	static const char *const says[EXPORT_SUBJECTS] = {
		[EXPORT_LOSS] = "has no training steps yet", [EXPORT_CORRELATE] = "has no result of correlate yet", [EXPORT_CORRUPT] = "has no result of corrupt yet",
	};

	for (int i = EXPORT_LOSS; i < EXPORT_SUBJECTS; i++) {
		struct export_source s = rig_source((enum export_subject)i);
		struct figure f;

		ck_assert_int_eq(draw(&f, &s, 85), -1);
		ck_says(says[i]);
		figure_release(&f);
	}
}
END_TEST

START_TEST(results_are_counted_from_the_oldest)
{
	struct export_source s = rig_source(EXPORT_CORRUPT);
	struct figure f;

	rig_corrupt(3);
	s.result = 1;
	ck_draws(&s);
	s.result = 2;
	ck_assert_int_eq(draw(&f, &s, 85), -1);
	ck_says("there is no corrupt number 2; there are 1");
	figure_release(&f);
}
END_TEST

START_TEST(a_damaged_result_is_named)
{
	static const struct { const char *content, *says; } cases[] = {
		{ "{\"step\": 20000,\n \"fie", "corrupt-0000000001.json: line 2: " }, { "[]", "corrupt-0000000001.json: no object; " },
		{ "", "corrupt-0000000001.json: line 1: " },
	};
	struct export_source s = rig_source(EXPORT_CORRUPT);
	struct figure f;

	write_file(in(run_path, "results/corrupt-0000000001.json"), cases[_i].content, strlen(cases[_i].content));
	s.result = 1;
	ck_assert_int_eq(draw(&f, &s, 85), -1);
	ck_says(cases[_i].says);
	figure_release(&f);
}
END_TEST

/* A document of another version, or one that somebody wrote: what is not there is no number, and nothing falls over. */
START_TEST(what_a_result_does_not_say_is_left_open)
{
	static const char *const contents[] = {
		"{}",
		"{\"fields\": [{}, 7, {\"field\": 3}], \"pairs\": [{}, [], {\"id\": \"x\", \"score\": 1}], \"true_loss\": 4}",
	};

	for (int i = 0; i < 2; i++) {
		struct export_source corrupt = rig_source(EXPORT_CORRUPT), correlate = rig_source(EXPORT_CORRELATE);

		write_file(in(run_path, "results/corrupt-0000000001.json"), contents[i], strlen(contents[i]));
		write_file(in(run_path, "results/correlate-0000000001.json"), contents[i], strlen(contents[i]));
		ck_draws(&corrupt);
		ck_draws(&correlate);
	}
}
END_TEST

/* ---- letters ---- */

START_TEST(a_name_longer_than_the_page_goes_on_in_the_next_line)
{
	static const char word[] = "0123456789abcdefghijklmnopqrstuvwxyz";
	char name[200] = "";
	struct export_source s;
	struct figure f;

	for (int i = 0; i < 4; i++)
		strcat(name, word);
	rig_run(name);
	rig_metrics(5, 0, 0);
	s = rig_source(EXPORT_LOSS);
	ck_draws(&s);
	ck_assert_int_eq(draw(&f, &s, 85), 0);
	ck_assert(strstr(f.title, word) && has_text(&f, "xyz") && !has_text(&f, name));
	figure_release(&f);
}
END_TEST

START_TEST(bytes_that_are_no_text_become_the_character_for_that)
{
	struct export_source s;
	struct figure f;

	rig_run(rig_odd_name);
	rig_metrics(5, 0, 0);
	s = rig_source(EXPORT_LOSS);
	ck_assert_int_eq(draw(&f, &s, 178), 0);
	ck_figure(&f);
	ck_assert(has_text(&f, "a<b>&\"c\" größer 網\xef\xbf\xbd"));
	figure_release(&f);
}
END_TEST

/* Each test is a process of its own, and finding the machine's fonts takes longer than most of them. */
static void fonts_are_found_once(void)
{
	struct figure f;

	figure_start(&f, false, 85);
	figure_text_width(&f, "any");
	figure_release(&f);
}

int main(void)
{
	Suite *suite = suite_create("figures");
	TCase *banks = tcase_create("banks"), *run = tcase_create("run"), *letters = tcase_create("letters");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(banks, rig_make, remove_folder);
	tcase_add_loop_test(banks, banks_of_any_preset_fit_the_page, 0, 8);
	tcase_add_loop_test(banks, banks_of_one_op_a_block_and_of_as_many_as_there_can_be, 0, 2);
	tcase_add_test(banks, banks_say_the_score_where_there_is_one);
	suite_add_tcase(suite, banks);
	tcase_add_checked_fixture(run, rig_make, remove_folder);
	tcase_add_loop_test(run, loss_of_one_step_and_of_many, 0, 8);
	tcase_add_test(run, a_loss_that_is_not_finite_is_said);
	tcase_add_loop_test(run, correlations_of_any_number_of_pairs, 0, 6);
	tcase_add_loop_test(run, corruptions_of_any_number_of_fields, 0, 5);
	tcase_add_test(run, what_is_not_there_is_said);
	tcase_add_test(run, results_are_counted_from_the_oldest);
	tcase_add_loop_test(run, a_damaged_result_is_named, 0, 3);
	tcase_add_test(run, what_a_result_does_not_say_is_left_open);
	suite_add_tcase(suite, run);
	tcase_add_checked_fixture(letters, rig_make, remove_folder);
	tcase_add_test(letters, a_name_longer_than_the_page_goes_on_in_the_next_line);
	tcase_add_test(letters, bytes_that_are_no_text_become_the_character_for_that);
	suite_add_tcase(suite, letters);
	runner = srunner_create(suite);
	fonts_are_found_once();
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
