/* check_export.c -- what formats write, and that no file is ever lost to an export. */
#include <check.h>
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/export/export.h"
#include "tests/arch_fixture.h"

static char folder[64], path[128];
static const struct arch_input input = { .side = { 28, 28 }, .channels = 1, .classes = 10 };

static const struct ranking_row rows[] = {
	{ .id = "3f1c09a0b1c2", .origin = ORIGIN_SAMPLED, .step = 8000, .score = 0.4726, .score_stderr = 0.0125, .error = 0.1912,
		.error_stderr = 0.00515, .images = 5000, .parameters = 430000, .macs = 19300000, .depth = 32 },
	{ .id = "e70c3d1a2b3c", .parent = "3f1c09a0b1c2", .origin = ORIGIN_PERTURBED, .step = 500, .score = 1. / 3, .score_stderr = NAN, .error = 1,
		.error_stderr = NAN, .images = 1, .parameters = 5000000000, .macs = 1, .depth = 2 },
};

static void before(void)
{
	strcpy(folder, "/tmp/check_export-XXXXXX");
	ck_assert(mkdtemp(folder) != NULL);
	snprintf(path, sizeof path, "%s/it", folder);
}

static void after(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -r %s", folder);
	ck_assert_int_eq(system(command), 0);
}

static const struct ranking_row *row_at(void *context, int i, const struct export_facts **facts)
{
	static const struct export_facts known[] = {
		{ .rank = 1, .true_error = 0.071, .true_error_stderr = 0.003, .true_epochs = 5, .trainings = 2, .corrupted = 0.0123 },
		{ .true_error = NAN, .true_error_stderr = NAN, .corrupted = NAN },
	};

	(void)context;
	*facts = &known[i];
	return &rows[i];
}

/* The fixture, and it with other units in the second op of the last block. */
static bool arch_at(void *context, int i, struct arch *arch)
{
	*arch = fixture_arch;
	arch->block[2].op[1].units = (int16_t)(arch->block[2].op[1].units + 16 * i);
	return i != *(const int *)context;
}

static struct export_source source(int count, int *missing)
{
	return (struct export_source){ .count = count, .space = &fixture_space, .input = &input, .row = row_at, .arch = arch_at, .context = missing };
}

static const char *content(void)
{
	static char text[20000];
	FILE *f = fopen(path, "rb");
	size_t n;

	ck_assert_msg(f != NULL, "%s is not there", path);
	n = fread(text, 1, sizeof text - 1, f);
	fclose(f);
	text[n] = 0;
	return text;
}

static void write_file(const char *text)
{
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL);
	fputs(text, f);
	fclose(f);
}

static int files(void)
{
	DIR *dir = opendir(folder);
	int n = -2;                                              /* . and .. */

	while (readdir(dir))
		n++;
	closedir(dir);
	return n;
}

/* ---- formats ---- */

START_TEST(architectures_are_read_back_as_they_were)
{
	int count = 1 + _i, none = -1;
	struct export_source s = source(count, &none);
	struct arch *list, expected;
	char text[96];

	ck_assert_int_eq(export_file(export_find("json"), &s, path, false, text, sizeof text), 0);
	ck_assert_msg(strstr(text, count == 1 ? "1 architecture, " : count == 2 ? "2 architectures, " : "3 architectures, ") == text, "%s", text);
	ck_assert_int_eq(arch_load_list(path, &list), count);
	for (int i = 0; i < count; i++) {
		arch_at(&none, i, &expected);
		ck_assert(arch_equal(&list[i], &expected));
	}
	free(list);
}
END_TEST

START_TEST(scores_have_all_columns_and_what_is_missing_is_empty)
{
	int none = -1;
	struct export_source s = source(2, &none);

	ck_assert_int_eq(export_file(export_find("csv"), &s, path, false, NULL, 0), 0);
	ck_assert_str_eq(content(),
	                 "rank,id,origin,parent,step,score,score_stderr,error,error_stderr,images,parameters,macs,depth,corrupt_loss_increase,"
	                 "true_error,true_error_stderr,true_epochs,trainings\r\n"
	                 "1,3f1c09a0b1c2,sampled,,8000,0.4726,0.0125,0.1912,0.00515,5000,430000,19300000,32,0.0123,0.071,0.003,5,2\r\n"
	                 ",e70c3d1a2b3c,perturbed,3f1c09a0b1c2,500,0.333333333,,1,,1,5000000000,1,2,,,,,\r\n");
}
END_TEST

START_TEST(banks_are_written_as_show_prints_them)
{
	int none = -1;
	struct export_source s = source(2, &none);
	char *expected = NULL;
	size_t bytes;
	FILE *f = open_memstream(&expected, &bytes);
	struct arch second;

	arch_at(&none, 1, &second);
	ck_assert_int_eq(export_arch_text(f, &fixture_space, &input, &fixture_arch), 0);
	fputc('\n', f);
	ck_assert_int_eq(export_arch_text(f, &fixture_space, &input, &second), 0);
	fclose(f);
	ck_assert_int_eq(export_file(export_find("txt"), &s, path, false, NULL, 0), 0);
	ck_assert_str_eq(content(), expected);
	ck_assert(strstr(expected, " multiply-accumulates, depth ") != NULL);
	free(expected);
}
END_TEST

START_TEST(an_architecture_without_a_score_is_no_row)
{
	int none = -1;
	struct export_source s = source(1, &none);

	s.row = NULL;
	ck_assert_int_eq(export_file(export_find("csv"), &s, path, false, NULL, 0), -1);
	ck_assert(strstr(err_last(), "has no score") != NULL);
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(formats_have_names_and_ends)
{
	ck_assert_ptr_null(export_find("cvs"));
	ck_assert_str_eq(err_last(), "cvs: there is no such format; did you mean csv?");
	ck_assert_ptr_null(export_find("parquet"));
	ck_assert_msg(strstr(err_last(), "parquet: there is no such format; there are json, csv, ") != NULL, "%s", err_last());
	for (int i = 0; i < export_format_count; i++) {
		char name[64];

		ck_assert(export_find(export_formats[i].name) == &export_formats[i]);
		snprintf(name, sizeof name, "some/where.x%s", export_formats[i].suffix);
		ck_assert(export_of_file(name) == &export_formats[i]);
	}
	ck_assert_ptr_null(export_of_file(".json"));
	ck_assert_ptr_null(export_of_file("json"));
}
END_TEST

/* ---- files ---- */

START_TEST(a_file_that_exists_is_left_alone_unless_that_is_said)
{
	int none = -1;
	struct export_source s = source(1, &none);

	write_file("years of work");
	ck_assert_int_eq(export_file(export_find("json"), &s, path, false, NULL, 0), -1);
	ck_assert(strstr(err_last(), "it: exists; ") != NULL);
	ck_assert_str_eq(content(), "years of work");
	ck_assert_int_eq(export_file(export_find("json"), &s, path, true, NULL, 0), 0);
	ck_assert(strstr(content(), "\"version\": 1") != NULL);
	ck_assert_int_eq(files(), 1);
}
END_TEST

START_TEST(an_export_that_fails_leaves_nothing_of_it)
{
	int missing = 1;
	struct export_source s = source(2, &missing);

	for (int replace = 0; replace < 2; replace++) {
		ck_assert_int_eq(export_file(export_find("json"), &s, path, replace, NULL, 0), -1);
		ck_assert_str_eq(err_last(), "architecture 2 of 2 is not at hand");
		ck_assert_int_eq(files(), replace);
		write_file("years of work");
	}
	ck_assert_str_eq(content(), "years of work");
}
END_TEST

static bool yes(void)
{
	return true;
}

START_TEST(an_export_that_is_interrupted_leaves_nothing_of_it)
{
	int none = -1;
	struct export_source s = source(1, &none);

	s.interrupted = yes;
	ck_assert_int_eq(export_file(export_find("json"), &s, path, false, NULL, 0), -1);
	ck_assert_msg(strstr(err_last(), "it: interrupted; ") != NULL, "%s", err_last());
	ck_assert_int_eq(files(), 0);
}
END_TEST

START_TEST(a_network_gets_the_suffix_that_its_name_lacks)
{
	static const struct { const char *format, *path; int count; const char *to; } cases[] = {
		{ "onnx", "net", 1, "net.onnx" }, { "onnx", "net.onnx", 1, "net.onnx" }, { "pytorch", "net.onnx", 1, "net.onnx.py" },
		{ "pytorch", "nets", 2, "nets" }, { "onnx", "/tmp", 1, "/tmp" }, { "onnx", "nets/", 1, "nets/" }, { "onnx", "-", 1, "-" },
		{ "json", "net", 1, "net" }, { "onnx", "", 1, "" },
	};
	int none = -1;
	char to[PATH_MAX];

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		struct export_source s = source(cases[i].count, &none);

		ck_assert_int_eq(export_path(to, export_find(cases[i].format), &s, cases[i].path), 0);
		ck_assert_str_eq(to, cases[i].to);
	}
}
END_TEST

START_TEST(what_is_no_file_is_never_replaced)
{
	static const struct { const char *path, *says; } cases[] = {
		{ "/dev/null", "/dev/null: no file; it is left alone" }, { "/tmp", "/tmp: a folder; " }, { "/tmp/", "/tmp/: a folder; " },
		{ "", "a file's name is empty" }, { "/tmp/none/such/file", "No such file or directory" },
	};
	int none = -1;
	struct export_source s = source(1, &none);
	struct stat st;

	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		ck_assert_int_eq(export_file(export_find("json"), &s, cases[i].path, true, NULL, 0), -1);
		ck_assert_msg(strstr(err_last(), cases[i].says), "%s: %s", cases[i].path, err_last());
	}
	ck_assert(stat("/dev/null", &st) == 0 && S_ISCHR(st.st_mode));
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("export");
	TCase *formats = tcase_create("formats"), *kept = tcase_create("files");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(formats, before, after);
	tcase_add_loop_test(formats, architectures_are_read_back_as_they_were, 0, 3);
	tcase_add_test(formats, scores_have_all_columns_and_what_is_missing_is_empty);
	tcase_add_test(formats, banks_are_written_as_show_prints_them);
	tcase_add_test(formats, an_architecture_without_a_score_is_no_row);
	tcase_add_test(formats, formats_have_names_and_ends);
	suite_add_tcase(suite, formats);
	tcase_add_checked_fixture(kept, before, after);
	tcase_add_test(kept, a_file_that_exists_is_left_alone_unless_that_is_said);
	tcase_add_test(kept, an_export_that_fails_leaves_nothing_of_it);
	tcase_add_test(kept, an_export_that_is_interrupted_leaves_nothing_of_it);
	tcase_add_test(kept, a_network_gets_the_suffix_that_its_name_lacks);
	tcase_add_test(kept, what_is_no_file_is_never_replaced);
	suite_add_tcase(suite, kept);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
