/* check_journal.c -- journals of experiments: what was found comes back, whatever interrupted it. */
#include <check.h>
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/store/file.h"
#include "src/store/journal.h"
#include "tests/store_fixture.h"

static struct run *run;

static void open_run(void)
{
	make_folder();
	run = some_run();
}

static void close_run(void)
{
	run_close(run);
	remove_folder();
}

/* What `each` heard: the values of "n", in order. */
struct heard {
	int count, n[64];
};

static void hear(void *context, const json_t *line)
{
	struct heard *h = context;

	ck_assert_int_lt(h->count, 64);
	h->n[h->count++] = (int)json_integer_value(json_object_get(line, "n"));
}

static json_t *definition(int count)
{
	return json_pack("{s:s, s:i, s:f}", "experiment", "test", "count", count, "learning_rate", 0.1);
}

static void must_open(struct journal *j, int count, struct heard *h)
{
	*h = (struct heard){ 0 };
	ck_assert_msg(journal_open(j, run, "test", definition(count), hear, h) == 0, "%s", err_last());
}

static void must_append(struct journal *j, int n)
{
	ck_assert_msg(journal_append(j, json_pack("{s:i}", "n", n)) == 0, "%s", err_last());
}

static void ck_heard(const struct heard *h, int count, const int *n)
{
	ck_assert_int_eq(h->count, count);
	ck_assert_mem_eq(h->n, n, count * sizeof(*n));
}

START_TEST(lines_come_back_in_order)
{
	struct journal j;
	struct heard h;

	must_open(&j, 5, &h);
	ck_assert_int_eq(h.count, 0);
	for (int n = 3; n > 0; n--)
		must_append(&j, n);
	journal_close(&j);
	must_open(&j, 5, &h);
	ck_heard(&h, 3, (int[]){ 3, 2, 1 });
	must_append(&j, 0);
	journal_close(&j);
	must_open(&j, 5, &h);
	ck_heard(&h, 4, (int[]){ 3, 2, 1, 0 });
	journal_close(&j);
	journal_close(&j);
}
END_TEST

START_TEST(other_definitions_have_other_files)
{
	struct journal five, six;
	struct heard h;

	must_open(&five, 5, &h);
	must_open(&six, 6, &h);
	ck_assert_str_ne(five.path, six.path);
	must_append(&five, 55);
	must_append(&six, 66);
	journal_close(&five);
	journal_close(&six);
	must_open(&six, 6, &h);
	ck_heard(&h, 1, (int[]){ 66 });
	journal_close(&six);
}
END_TEST

START_TEST(order_of_keys_makes_no_other_definition)
{
	struct journal j;
	struct heard h;

	must_open(&j, 5, &h);
	must_append(&j, 7);
	journal_close(&j);
	ck_assert_int_eq(journal_open(&j, run, "test", json_pack("{s:f, s:i, s:s}", "learning_rate", 0.1, "count", 5, "experiment", "test"),
		hear, &h), 0);
	ck_heard(&h, 1, (int[]){ 7 });
	journal_close(&j);
}
END_TEST

/* The file cut after each of its bytes, as a crash may leave it. */
START_TEST(torn_line_is_cut_off)
{
	struct journal j;
	struct heard h;
	size_t bytes, whole = 0;

	must_open(&j, 5, &h);
	for (int n = 1; n <= 3; n++)
		must_append(&j, n);
	journal_close(&j);

	char *text = read_file(j.path, &bytes);

	for (size_t cut = 0; cut <= bytes; cut++) {
		whole += cut > 0 && text[cut - 1] == '\n';
		write_file(j.path, text, cut);
		must_open(&j, 5, &h);
		ck_heard(&h, whole > 0 ? (int)whole - 1 : 0, (int[]){ 1, 2, 3 });
		must_append(&j, 9);
		journal_close(&j);
		must_open(&j, 5, &h);
		ck_assert_int_eq(h.count, whole > 0 ? whole : 1);
		ck_assert_int_eq(h.n[h.count - 1], 9);
		journal_close(&j);
	}
	free(text);
}
END_TEST

START_TEST(damaged_line_between_is_passed_over)
{
	struct journal j;
	struct heard h;

	must_open(&j, 5, &h);
	must_append(&j, 1);
	fputs("{\"n\": 2\n\xff\xfe\n\n[\n", j.file);
	fflush(j.file);
	must_append(&j, 3);
	journal_close(&j);
	must_open(&j, 5, &h);
	ck_heard(&h, 2, (int[]){ 1, 3 });
	journal_close(&j);
}
END_TEST

START_TEST(file_of_another_definition_is_refused_and_kept)
{
	static const char other[] = "{\"experiment\":\"other\"}\n{\"n\":4}\n";
	struct journal j;
	struct heard h;
	size_t bytes;

	must_open(&j, 5, &h);
	journal_close(&j);
	write_file(j.path, other, strlen(other));
	ck_assert_int_eq(journal_open(&j, run, "test", definition(5), hear, &h), -1);
	ck_says(".jsonl: does not begin with the definition of this experiment");
	ck_assert_ptr_null(j.file);
	ck_assert_int_eq(h.count, 0);

	char *text = read_file(j.path, &bytes);

	ck_assert_str_eq(text, other);
	free(text);
}
END_TEST

START_TEST(journal_in_use_is_refused)
{
	struct journal j, again;
	struct heard h;

	must_open(&j, 5, &h);
	ck_assert_int_eq(journal_open(&again, run, "test", definition(5), hear, &h), -1);
	ck_says("in use by another experiment");
	must_append(&j, 1);
	journal_close(&j);
	must_open(&again, 5, &h);
	ck_heard(&h, 1, (int[]){ 1 });
	journal_close(&again);
}
END_TEST

START_TEST(folder_that_cannot_be_made_or_read_is_named)
{
	struct journal j;
	struct heard h = { 0 };

	/* A file where the folder should be stops root as well. */
	write_file(in(run_path, "results"), "", 0);
	ck_assert_int_eq(journal_open(&j, run, "test", definition(5), hear, &h), -1);
	ck_says("/run/results");
	ck_says("Not a directory");
	ck_assert_ptr_null(j.file);
	unlink(in(run_path, "results"));

	/* And a folder where the file should be. */
	must_open(&j, 5, &h);
	journal_close(&j);
	unlink(j.path);
	ck_assert_int_eq(mkdir(j.path, 0777), 0);
	ck_assert_int_eq(journal_open(&j, run, "test", definition(5), hear, &h), -1);
	ck_says(".jsonl: Is a directory");
}
END_TEST

START_TEST(folder_without_permission_is_named)
{
	struct journal j;
	struct heard h = { 0 };
	int status;
	pid_t child;

	ck_assert_int_eq(mkdir(in(run_path, "results"), 0555), 0);
	ck_assert_int_eq(chmod(folder, 0755), 0);
	child = fork();
	if (child == 0) {
		if (geteuid() == 0 && setuid(65534) < 0)
			_exit(2);
		_exit(journal_open(&j, run, "test", definition(5), hear, &h) == -1 && strstr(err_last(), "Permission denied") ? 0 : 1);
	}
	ck_assert_int_eq(waitpid(child, &status, 0), child);
	ck_assert_int_eq(status, 0);
}
END_TEST

/* A file that may not grow, as on a full disk. */
START_TEST(full_disk_leaves_whole_lines)
{
	struct journal j;
	struct heard h;
	struct rlimit limit;
	struct stat st;
	json_t *wide = json_pack("{s:i, s:o}", "n", 2, "text", json_sprintf("%0300d", 7));

	must_open(&j, 5, &h);
	must_append(&j, 1);
	ck_assert_int_eq(stat(j.path, &st), 0);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	setrlimit(RLIMIT_FSIZE, &(struct rlimit){ (rlim_t)st.st_size + 100, limit.rlim_max });
	ck_assert_int_eq(journal_append(&j, json_incref(wide)), -1);
	ck_says(j.path);
	ck_says("File too large");
	ck_assert_int_eq(journal_finish(&j, wide), -1);
	setrlimit(RLIMIT_FSIZE, &limit);
	must_append(&j, 3);
	journal_close(&j);
	must_open(&j, 5, &h);
	ck_heard(&h, 2, (int[]){ 1, 3 });
	journal_close(&j);
	json_decref(wide);
}
END_TEST

START_TEST(line_that_is_no_json_is_an_error)
{
	struct journal j;
	struct heard h;

	must_open(&j, 5, &h);
	ck_assert_int_eq(journal_append(&j, NULL), -1);
	ck_says(j.path);
	journal_close(&j);
	ck_assert_int_eq(journal_open(&j, run, "test", NULL, hear, &h), -1);
	ck_says("test: its definition");
}
END_TEST

static int files_in_results(void)
{
	DIR *d = opendir(in(run_path, "results"));
	int count = 0;

	while (readdir(d))
		count++;
	closedir(d);
	return count - 2;
}

START_TEST(finished_document_stands_beside_the_journal)
{
	struct journal j;
	struct heard h;
	json_t *document = json_pack("{s:s, s:[i,i]}", "run", "here", "pairs", 1, 2), *read;
	char path[600];

	must_open(&j, 5, &h);
	must_append(&j, 1);
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(journal_finish(&j, document), 0);
		snprintf(path, sizeof(path), "%.*s", (int)strlen(j.path) - 1, j.path);
		read = json_load_file(path, 0, NULL);
		ck_assert(json_equal(read, document));
		json_decref(read);
		ck_assert_int_eq(files_in_results(), 2);
		json_object_set_new(document, "more", json_integer(i));
	}
	journal_close(&j);
	json_decref(document);
}
END_TEST

static void take_number(void *context, const json_t *line)
{
	*(double *)context = json_real_value(json_object_get(line, "x"));
}

/* What was typed stands as it was typed, what was computed comes back to the last bit, and a result has nine digits. */
START_TEST(numbers_are_as_long_as_they_must_be)
{
	struct journal j;
	double third = 0, computed = 1.0 / 3;
	json_t *document = json_pack("{s:f, s:f}", "rate", 0.1, "score", computed);
	char path[600], *text;
	size_t bytes;

	ck_assert_int_eq(journal_open(&j, run, "journal", json_pack("{s:f}", "rate", 0.1), take_number, &third), 0);
	ck_assert_int_eq(journal_append(&j, json_pack("{s:f}", "x", computed)), 0);
	text = file_read(j.path, 1 << 16, &bytes);
	text[bytes - 1] = '\0';
	ck_assert_msg(strncmp(text, "{\"rate\":0.1}\n", 13) == 0, "%s", text);
	free(text);
	journal_close(&j);
	ck_assert_int_eq(journal_open(&j, run, "journal", json_pack("{s:f}", "rate", 0.1), take_number, &third), 0);
	ck_assert(third == computed);
	ck_assert_int_eq(journal_finish(&j, document), 0);
	snprintf(path, sizeof(path), "%.*s", (int)strlen(j.path) - 1, j.path);
	text = file_read(path, 1 << 16, &bytes);
	text[bytes - 1] = '\0';
	ck_assert_ptr_nonnull(strstr(text, "\"rate\": 0.1,"));
	ck_assert_ptr_nonnull(strstr(text, "\"score\": 0.333333333\n"));
	free(text);
	journal_close(&j);
	json_decref(document);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("journal");
	TCase *all = tcase_create("journal");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(all, open_run, close_run);
	tcase_add_test(all, lines_come_back_in_order);
	tcase_add_test(all, other_definitions_have_other_files);
	tcase_add_test(all, order_of_keys_makes_no_other_definition);
	tcase_add_test(all, torn_line_is_cut_off);
	tcase_add_test(all, damaged_line_between_is_passed_over);
	tcase_add_test(all, file_of_another_definition_is_refused_and_kept);
	tcase_add_test(all, journal_in_use_is_refused);
	tcase_add_test(all, folder_that_cannot_be_made_or_read_is_named);
	tcase_add_test(all, folder_without_permission_is_named);
	tcase_add_test(all, numbers_are_as_long_as_they_must_be);
	tcase_add_test(all, full_disk_leaves_whole_lines);
	tcase_add_test(all, line_that_is_no_json_is_an_error);
	tcase_add_test(all, finished_document_stands_beside_the_journal);
	suite_add_tcase(suite, all);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
