/* check_filter.c -- which rows an expression lets pass, and what is said of a wrong one. */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "ui/filter.h"

static const struct ranking_row row = {
	.id = "3f1c09a0b1c2", .parent = "e70c3d1a2b3c", .origin = ORIGIN_PERTURBED, .step = 8000, .score = 0.4726, .score_stderr = 0.01,
	.error = 0.1912, .error_stderr = 0.0051, .images = 5000, .parameters = 430000, .macs = 19300000, .depth = 32,
};
static const struct row_facts facts = {
	.rank = 3, .tied = true, .marked = true, .true_error = 0.071, .corrupted = NAN,
};

static const struct { const char *text; bool passes; } expressions[] = {
	{ "", true },
	{ "   ", true },
	{ "error<.2", true }, { "error<0.19", false }, { "error<20%", true }, { "error>=.1912", true }, { "error>.1912", false },
	{ "score<.5", true }, { "score>.5", false },
	{ "error<.2 score>.5", false }, { "  error<.2   score<.5 ", true },
	{ "origin=perturbed", true }, { "origin!=pattern", true }, { "origin=pattern", false }, { "origin^=per", true }, { "origin^=sam", false },
	{ "origin==perturbed", true },
	{ "id^=3f1", true }, { "id=3f1", false }, { "id=3f1c09a0b1c2", true }, { "id!=3f1c09a0b1c2", false }, { "parent^=e7", true },
	{ "macs<20M", true }, { "macs<19M", false }, { "macs<.02G", true }, { "params>=50k", true }, { "params=430k", true },
	{ "params!=430k", false }, { "macs>0", true },
	{ "depth<=32", true }, { "depth<32", false }, { "images>=5000", true }, { "images>=5k", true }, { "step>=8000", true }, { "step<8k", false },
	{ "rank<=3", true }, { "rank<3", false },
	{ "true<.1", true }, { "true>.1", false },
	{ "corrupt<1", false }, { "corrupt>-1", false }, { "corrupt!=0", false },         /* what is missing passes no comparison */
	{ "marked", true }, { "!marked", false }, { "stale", false }, { "!stale", true }, { "tied", true }, { "trained", true },
	{ "marked tied !stale error<.2 macs<20M", true },
};

START_TEST(expressions_choose_rows)
{
	struct filter filter;

	ck_assert_msg(filter_parse(&filter, expressions[_i].text) == 0, "%s: %s", expressions[_i].text, err_last());
	ck_assert_msg(filter_passes(&filter, &row, &facts) == expressions[_i].passes, "%s", expressions[_i].text);
}
END_TEST

static const struct { const char *text, *says; int good; } wrong[] = {
	{ "eror<.2", "there is no eror; did you mean error?", 0 },
	{ "error<.2 marcs<20M", "there is no marcs; did you mean macs?", 1 },
	{ "zzzzzz", "zzzzzz: wants something like error<.2, macs<20M", 0 },
	{ "error", "error: compared with what? Right would be error<.2", 0 },
	{ "error<", "error: with what? Right would be error<.2", 0 },
	{ "error<x", "\"x\" is no number; right would be error<.2", 0 },
	{ "error<.2x", "\".2x\" is no number; right would be error<.2", 0 },
	{ "error<nan", "\"nan\" is no number", 0 },
	{ "error^=2", "error is a number: it compares with <, <=, =, !=, >= or >", 0 },
	{ "origin<pattern", "origin is a text: it compares with =, != or ^=", 0 },
	{ "origin=patern", "no origin \"patern\"; did you mean pattern?", 0 },
	{ "origin=resnet", "no origin \"resnet\"; there are sampled, edited, perturbed, pattern, guided", 0 },
	{ "id^=xyz", "id: \"xyz\" is no id: they are of 0-9 and a-f", 0 },
	{ "macs<20", "macs 20: nothing is that small; right would be macs<20M", 0 },
	{ "marked=1", "marked stands alone: marked or !marked", 0 },
	{ "!error<.2", "!error: ! is for words that stand alone", 0 },
	{ "marked error=", "error: with what?", 1 },
	{ "error=<.2", "\"<.2\" is no number", 0 },
	{ "marked marked marked marked marked marked marked marked marked marked marked marked marked", "more than 12 words", 12 },
	{ "iddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd", "no word is that long", 0 },
};

START_TEST(a_wrong_word_says_what_would_be_right)
{
	struct filter filter;

	ck_assert_msg(filter_parse(&filter, wrong[_i].text) < 0, "%s passes", wrong[_i].text);
	ck_assert_msg(strstr(err_last(), wrong[_i].says), "%s: %s", wrong[_i].text, err_last());
	ck_assert_int_eq(filter.count, wrong[_i].good);          /* those before it hold */
}
END_TEST

START_TEST(only_rank_and_tied_depend_on_other_rows)
{
	static const struct { const char *text; bool relative; } cases[] = {
		{ "error<.2 marked", false }, { "rank<=10", true }, { "error<.2 !tied", true },
	};
	struct filter filter;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_int_eq(filter_parse(&filter, cases[i].text), 0);
		ck_assert(filter_is_relative(&filter) == cases[i].relative);
	}
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("filter");
	TCase *tcase = tcase_create("filter");
	SRunner *runner;
	int failed;

	tcase_add_loop_test(tcase, expressions_choose_rows, 0, sizeof expressions / sizeof expressions[0]);
	tcase_add_loop_test(tcase, a_wrong_word_says_what_would_be_right, 0, sizeof wrong / sizeof wrong[0]);
	tcase_add_test(tcase, only_rank_and_tied_depend_on_other_rows);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
