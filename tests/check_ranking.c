/* check_ranking.c -- the index behind the ranking pane: orders, ranks, ties, marks and undoing; and what the run keeps of it. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/base/rng.h"
#include "src/lab/marks.h"
#include "src/lab/trained.h"
#include "ui/ranking.h"

enum { ROWS = 400, LARGE = 10000 };

static struct ranking_row row[LARGE];
static struct ranking_view v;
static struct changes c;
static struct rng rng;

static void draw_row(int i, int64_t step)
{
	row[i].origin = (enum origin)rng_below(&rng, ORIGINS);
	row[i].step = step;
	row[i].score = floor(200 * rng_uniform(&rng)) / 100;             /* some are equal */
	row[i].score_stderr = 0.01;
	row[i].error = rng_uniform(&rng);
	row[i].error_stderr = 0.005;
	row[i].images = rng_below(&rng, 4) ? 5000 : 1000;
	row[i].parameters = 10000 + rng_below(&rng, 1000000);
	row[i].macs = 1000000 + rng_below(&rng, 20000000);
	row[i].depth = 20 + rng_below(&rng, 30);
}

static void draw_rows(int count, int64_t step)
{
	memset(row, 0, sizeof row);
	for (int i = 0; i < count; i++) {
		snprintf(row[i].id, sizeof row[i].id, "%08x%04x", (unsigned)i * 2654435761u, (unsigned)i & 0xffff);
		draw_row(i, step);
	}
}

static void before(void)
{
	memset(&v, 0, sizeof v);
	memset(&c, 0, sizeof c);
	v.sort = COLUMN_SCORE;
	rng_seed(&rng, 5, 1);
}

static void after(void)
{
	ranking_view_release(&v);
	changes_release(&c);
}

/* ---- orders ---- */

/* What the view has now must be what it would have from nothing. */
static void assert_as_rebuilt(void)
{
	int *order = malloc(sizeof(int) * (size_t)(v.count + 1)), *by_score = malloc(sizeof(int) * (size_t)(v.ranked + 1));
	int count = v.count, ranked = v.ranked, stale = v.stale;

	ck_assert(order && by_score);
	memcpy(order, v.order, sizeof(int) * (size_t)count);
	memcpy(by_score, v.by_score, sizeof(int) * (size_t)ranked);
	ranking_view_rebuild(&v);
	ck_assert_int_eq(v.count, count);
	ck_assert_int_eq(v.ranked, ranked);
	ck_assert_int_eq(v.stale, stale);
	ck_assert(memcmp(order, v.order, sizeof(int) * (size_t)count) == 0);
	ck_assert(memcmp(by_score, v.by_score, sizeof(int) * (size_t)ranked) == 0);
	free(order);
	free(by_score);
}

static const struct { enum column_id sort; bool descending; const char *filter; } views[] = {
	{ COLUMN_SCORE, false, "" }, { COLUMN_SCORE, true, "" }, { COLUMN_ERROR, false, "origin!=pattern" }, { COLUMN_ID, true, "macs<10M" },
	{ COLUMN_PARAMETERS, false, "rank<=50" }, { COLUMN_ORIGIN, false, "!tied" }, { COLUMN_TRUE, false, "" }, { COLUMN_STEP, true, "error<.5" },
};

START_TEST(rows_that_come_stand_where_sorting_all_would_put_them)
{
	int count = 0;

	draw_rows(ROWS, 1000);
	ck_assert_int_eq(ranking_set_filter(&v, &c, views[_i].filter), true);
	ranking_set_sort(&v, &c, views[_i].sort, views[_i].descending);
	while (count < ROWS) {
		int more = 1 + rng_below(&rng, 9);

		count = count + more < ROWS ? count + more : ROWS;
		if (count > 20)                                  /* one that is there is scored again */
			draw_row(rng_below(&rng, count), 1000);
		ck_assert(ranking_view_update(&v, row, count));
		assert_as_rebuilt();
	}
	for (int i = 0; i < ROWS; i += 7) {                      /* newer weights: the others have no rank any more */
		draw_row(i, 2000);
		ck_assert(ranking_view_update(&v, row, count));
		assert_as_rebuilt();
		ck_assert_int_eq(v.ranked, i / 7 + 1);
		ck_assert_int_eq(v.stale, ROWS - v.ranked);
	}
}
END_TEST

START_TEST(what_does_not_change_is_not_sorted_again)
{
	draw_rows(ROWS, 1000);
	ck_assert(ranking_view_update(&v, row, ROWS));
	v.order[0] = v.order[1];                                 /* a mark that a sort would wipe out */
	ck_assert(ranking_view_update(&v, row, ROWS));
	ck_assert_int_eq(v.order[0], v.order[1]);
}
END_TEST

START_TEST(an_id_is_found)
{
	draw_rows(ROWS, 1000);
	for (int count = 1; count <= ROWS; count += 57)
		ck_assert(ranking_view_update(&v, row, count));
	ck_assert(ranking_view_update(&v, row, ROWS));
	for (int i = 0; i < ROWS; i++)
		ck_assert_int_eq(ranking_view_find(&v, row[i].id), i);
	ck_assert_int_eq(ranking_view_find(&v, "0123456789ab"), -1);
}
END_TEST

START_TEST(ranks_and_ties_follow_the_scores)
{
	static const double score[] = { 0.50, 0.40, 0.42, 0.43, 0.60, 0.39 };
	int first, last;

	draw_rows(6, 1000);
	for (int i = 0; i < 6; i++) {
		row[i].score = score[i];
		row[i].score_stderr = 0.01;                      /* of a difference .0141: 95 % within .0277 */
		row[i].images = 5000;
	}
	row[5].step = 500;                                       /* the lowest score, of older weights */
	ck_assert(ranking_view_update(&v, row, 6));
	ck_assert_int_eq(v.ranked, 5);
	ck_assert_int_eq(v.facts[1].rank, 1);
	ck_assert_int_eq(v.facts[4].rank, 5);
	ck_assert_int_eq(v.facts[5].rank, 0);
	ck_assert(v.facts[5].stale);
	ck_assert_int_eq(v.order[5], 5);                         /* behind, however low */
	ck_assert(v.facts[1].tied && v.facts[2].tied && !v.facts[3].tied);
	ck_assert(ranking_view_ties(&v, 2, &first, &last));
	ck_assert(first == 1 && last == 3);
	ck_assert(ranking_view_ties(&v, 4, &first, &last));
	ck_assert(first == 5 && last == 5);
	ck_assert(!ranking_view_ties(&v, 5, &first, &last));
	row[2].score_stderr = NAN;                               /* how sure it is, nobody knows: it is tied with nothing */
	ck_assert(ranking_view_update(&v, row, 6));
	ck_assert(!v.facts[2].tied);
}
END_TEST

START_TEST(scores_on_the_same_images_are_told_apart_as_pairs)
{
	draw_rows(3, 1000);
	for (int i = 0; i < 3; i++) {
		row[i].score = 0.4 + 0.001 * i;
		row[i].score_stderr = 0.01;                      /* ten times the difference */
		row[i].images = 5000;
		row[i].has_parts = true;
		for (int k = 0; k < PAIRED_PARTS; k++)           /* hard images are hard for all of them */
			row[i].part[k] = (float)(row[i].score + 0.01 * (k % 5) + (i == 1 ? 0.006 * (k % 2) : 0));
	}
	ck_assert(ranking_view_update(&v, row, 3));
	ck_assert(v.facts[1].tied && !v.facts[2].tied);
	row[2].images = row[1].images = 1000;                    /* other images */
	row[2].step = row[1].step = 2000;
	row[0].step = 2000;
	ck_assert(ranking_view_update(&v, row, 3));
	ck_assert(v.facts[2].tied);
}
END_TEST

/* ---- changes ---- */

START_TEST(changes_are_undone_and_done_again)
{
	static const int some[] = { 3, 7, 11 };
	char text[FILTER_TEXT];

	draw_rows(ROWS, 1000);
	ck_assert(ranking_view_update(&v, row, ROWS));
	ranking_mark(&v, &c, some, 3, true);
	ranking_mark(&v, &c, some, 2, true);                     /* nothing new: no step of its own */
	ranking_name(&v, &c, 5, 'a');
	ranking_name(&v, &c, 6, 'a');
	ranking_set_sort(&v, &c, COLUMN_ERROR, true);
	ck_assert(ranking_set_filter(&v, &c, "marked"));
	ck_assert_int_eq(v.count, 3);
	strcpy(text, v.filter_text);

	ck_assert_str_eq(ranking_undo(&v, &c), "the filter");
	ck_assert_int_eq(v.count, ROWS);
	ck_assert_str_eq(ranking_undo(&v, &c), "the order");
	ck_assert(v.sort == COLUMN_SCORE && !v.descending);
	ck_assert_str_eq(ranking_undo(&v, &c), "the name of a mark");
	ck_assert_int_eq(ranking_letter(&v, 'a'), 5);
	ck_assert_str_eq(ranking_undo(&v, &c), "the name of a mark");
	ck_assert_int_eq(ranking_letter(&v, 'a'), -1);
	ck_assert_str_eq(ranking_undo(&v, &c), "marks");
	ck_assert_int_eq(v.marked, 0);
	ck_assert(ranking_undo(&v, &c) == NULL);

	for (int i = 0; i < 5; i++)
		ck_assert(ranking_redo(&v, &c) != NULL);
	ck_assert(ranking_redo(&v, &c) == NULL);
	ck_assert_int_eq(v.marked, 3);
	ck_assert_int_eq(ranking_letter(&v, 'a'), 6);
	ck_assert(v.sort == COLUMN_ERROR && v.descending);
	ck_assert_str_eq(v.filter_text, text);
	ck_assert_int_eq(v.count, 3);

	ranking_undo(&v, &c);
	ranking_set_sort(&v, &c, COLUMN_STEP, false);            /* something new: what was undone is gone */
	ck_assert(ranking_redo(&v, &c) == NULL);
}
END_TEST

START_TEST(a_wrong_filter_changes_nothing)
{
	draw_rows(ROWS, 1000);
	ck_assert(ranking_view_update(&v, row, ROWS));
	ck_assert(ranking_set_filter(&v, &c, "error<.5"));
	ck_assert(!ranking_set_filter(&v, &c, "error<.2 orign=pattern"));
	ck_assert_str_eq(v.filter_text, "error<.5");
	ck_assert(ranking_undo(&v, &c) && !ranking_undo(&v, &c));
}
END_TEST

START_TEST(marks_stay_through_new_rows_orders_and_filters)
{
	static const int some[] = { 3, 7, 11 };

	draw_rows(ROWS, 1000);
	ck_assert(ranking_view_update(&v, row, 20));
	ranking_mark(&v, &c, some, 3, true);
	draw_row(7, 2000);
	ck_assert(ranking_view_update(&v, row, ROWS));
	ranking_set_sort(&v, &c, COLUMN_MACS, true);
	ck_assert(ranking_set_filter(&v, &c, "marked"));
	ck_assert_int_eq(v.count, 3);
	for (int i = 0; i < 3; i++)
		ck_assert(ranking_view_place(&v, some[i]) >= 0);
}
END_TEST

/* ---- ten thousand rows ---- */

static double processor_seconds(void (*what)(void))
{
	double least = INFINITY;

	for (int i = 0; i < 5; i++) {
		struct timespec a, b;

		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &a);
		what();
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b);
		least = fmin(least, (double)(b.tv_sec - a.tv_sec) + 1e-9 * (double)(b.tv_nsec - a.tv_nsec));
	}
	return least;
}

static void invert(void)
{
	ranking_set_sort(&v, &c, COLUMN_ERROR, !v.descending);
}

static void refilter(void)
{
	ck_assert(ranking_set_filter(&v, &c, v.filter_text[0] ? "" : "error<.5 origin!=pattern macs<15M"));
}

static void one_more(void)
{
	draw_row(rng_below(&rng, LARGE), 1000);
	ck_assert(ranking_view_update(&v, row, LARGE));
}

/* A key has 20 ms, in which the screen is drawn as well; where the machine is busy or sanitizers slow it down, the least of several counts, in
 * processor time. */
START_TEST(ten_thousand_rows_are_instant)
{
	static const struct { const char *name; void (*what)(void); double most; } cases[] = {
		{ "sort", invert, 0.02 }, { "filter", refilter, 0.02 }, { "one row more", one_more, 0.005 },
	};

	draw_rows(LARGE, 1000);
	ck_assert(ranking_view_update(&v, row, LARGE));
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		double seconds = processor_seconds(cases[i].what);

		printf("# %s: %.2f ms\n", cases[i].name, 1e3 * seconds);
		ck_assert_msg(seconds < cases[i].most, "%s takes %.1f ms", cases[i].name, 1e3 * seconds);
	}
}
END_TEST

/* ---- what the run keeps ---- */

static char folder[64];

static void make_folder(void)
{
	strcpy(folder, "/tmp/check_ranking-XXXXXX");
	ck_assert(mkdtemp(folder) != NULL);
}

static void remove_folder(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static void write_file(const char *name, const char *text)
{
	char path[256];
	FILE *f;

	for (const char *s = name; (s = strchr(s, '/')); s++) {
		snprintf(path, sizeof path, "%s/%.*s", folder, (int)(s - name), name);
		mkdir(path, 0777);
	}
	snprintf(path, sizeof path, "%s/%s", folder, name);
	ck_assert((f = fopen(path, "w")) != NULL);
	fputs(text, f);
	fclose(f);
}

START_TEST(marks_are_read_as_they_were_written)
{
	static const struct mark mark[] = { { "3f1c09a0b1c2", true, 0 }, { "0741c7a00000", false, 'b' }, { "e70c3d100000", true, 'z' } };
	struct mark *read;

	ck_assert_int_eq(marks_load(folder, &read), 0);          /* there is no file yet */
	ck_assert_int_eq(marks_save(folder, mark, 3), 0);
	ck_assert_int_eq(marks_load(folder, &read), 3);
	for (int i = 0; i < 3; i++) {
		ck_assert_str_eq(read[i].id, mark[i].id);
		ck_assert(read[i].marked == mark[i].marked && read[i].letter == mark[i].letter);
	}
	free(read);
	write_file("marks", "3f1c09a0b1c2 *\nnonsense\n\n3f1c09a0b1c\n3f1c09a0b1c3 x!\n3f1c09a0b1c4\n0741c7a00000 *c\n"
	           "a line that is far longer than any that the program would ever write itself 0123456789abcdef\n");
	ck_assert_int_eq(marks_load(folder, &read), 2);
	ck_assert_str_eq(read[1].id, "0741c7a00000");
	free(read);
	strcat(folder, "/none");
	ck_assert_int_eq(marks_save(folder, mark, 3), -1);
	ck_assert(strstr(err_last(), "none/marks.tmp: No such file") != NULL);
	folder[strlen(folder) - 5] = 0;
}
END_TEST

static void write_training(const char *id, const char *name, const char *data, int epochs, int seed, double error)
{
	char path[128], text[512], value[32];

	snprintf(path, sizeof path, "retrained/%s/%s/retrain.json", id, name);
	snprintf(value, sizeof value, error > 0 ? "%g" : "null", error);
	snprintf(text, sizeof text, "{\"version\":1,\"settings\":{\"id\":\"%s\",\"data\":\"%s\",\"epochs\":%d,\"batch\":64,\"seed\":%d},"
	         "\"report\":{\"epochs\":%d,\"test_error\":%s,\"test_error_stderr\":0.003}}", id, data, epochs, seed, epochs, value);
	write_file(path, text);
}

START_TEST(of_trainings_those_with_the_most_epochs_count)
{
	json_t *document, *list, *first;

	write_training("aaaaaaaaaaaa", "1", "mine", 2, 1, 0.30);
	write_training("aaaaaaaaaaaa", "2", "mine", 5, 1, 0.10);
	write_training("aaaaaaaaaaaa", "3", "mine", 5, 2, 0.12);
	write_training("aaaaaaaaaaaa", "4", "other", 9, 1, 0.01);
	write_training("aaaaaaaaaaaa", "5", "mine", 8, 1, -1);           /* not finished */
	write_training("bbbbbbbbbbbb", "1", "other", 5, 1, 0.10);
	write_training("wrn-16-4", "1", "mine", 5, 1, 0.10);             /* no architecture */
	write_file("retrained/cccccccccccc/1/retrain.json", "{\"report\": nonsense");
	document = trained_document(folder, "mine");
	list = json_object_get(document, "trained");
	ck_assert_uint_eq(json_array_size(list), 1);
	first = json_array_get(list, 0);
	ck_assert_str_eq(json_string_value(json_object_get(first, "id")), "aaaaaaaaaaaa");
	ck_assert_int_eq(json_integer_value(json_object_get(first, "epochs")), 5);
	ck_assert_int_eq(json_integer_value(json_object_get(first, "trainings")), 2);
	ck_assert_double_eq_tol(json_number_value(json_object_get(first, "test_error")), 0.11, 1e-12);
	ck_assert_double_eq_tol(json_number_value(json_object_get(first, "test_error_stderr")), 0.003, 1e-12);
	json_decref(document);
}
END_TEST

START_TEST(a_run_that_trained_nothing_has_an_empty_list)
{
	json_t *document = trained_document(folder, "mine");

	ck_assert_uint_eq(json_array_size(json_object_get(document, "trained")), 0);
	ck_assert(json_is_array(json_object_get(document, "trained")));
	json_decref(document);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("ranking");
	TCase *view = tcase_create("view"), *kept = tcase_create("kept");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(view, before, after);
	tcase_add_loop_test(view, rows_that_come_stand_where_sorting_all_would_put_them, 0, sizeof views / sizeof views[0]);
	tcase_add_test(view, what_does_not_change_is_not_sorted_again);
	tcase_add_test(view, an_id_is_found);
	tcase_add_test(view, ranks_and_ties_follow_the_scores);
	tcase_add_test(view, scores_on_the_same_images_are_told_apart_as_pairs);
	tcase_add_test(view, changes_are_undone_and_done_again);
	tcase_add_test(view, a_wrong_filter_changes_nothing);
	tcase_add_test(view, marks_stay_through_new_rows_orders_and_filters);
	tcase_add_test(view, ten_thousand_rows_are_instant);
	suite_add_tcase(suite, view);
	tcase_add_checked_fixture(kept, make_folder, remove_folder);
	tcase_add_test(kept, marks_are_read_as_they_were_written);
	tcase_add_test(kept, of_trainings_those_with_the_most_epochs_count);
	tcase_add_test(kept, a_run_that_trained_nothing_has_an_empty_list);
	suite_add_tcase(suite, kept);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
