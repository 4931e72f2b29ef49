/* check_export_jobs.c -- files that the screen asks for and the worker writes, beside training and whatever else it does. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/base/err.h"
#include "tests/worker_rig.h"

static struct command export_of(const char *format, const char *name)
{
	struct command c = { .kind = COMMAND_EXPORT };

	snprintf(c.export.format, sizeof c.export.format, "%s", format);
	snprintf(c.export.path, sizeof c.export.path, "%s/%s", rig_folder, name);
	return c;
}

/* "" where there is none. */
static const char *file_text(const char *name)
{
	static char text[65536];
	char path[600];
	FILE *f;

	snprintf(path, sizeof path, "%s/%s", rig_folder, name);
	f = fopen(path, "r");
	text[f ? fread(text, 1, sizeof text - 1, f) : 0] = 0;
	if (f)
		fclose(f);
	return text;
}

static bool on_list(const char *words, enum job_state state)
{
	for (int i = 0; i < now.job_count; i++)
		if (strstr(now.jobs[i].words, words) && now.jobs[i].state == state)
			return true;
	return false;
}

static struct worker *start_ranked(int rows)
{
	struct worker *w = rig_start("run", 1000000, true);

	WAIT_FOR(w, now.step >= 5);
	rig_send(w, COMMAND_RANK, rows);
	WAIT_FOR(w, now.ranking_count == rows && !*now.job.name);
	return w;
}

START_TEST(rows_of_several_commands_make_one_file)
{
	struct worker *w = start_ranked(5);
	struct command c = export_of("csv", "rows.csv");
	static const int chosen[] = { 4, 0, 3, 1, 2 };
	struct ranking_row row[5];
	const char *at;

	worker_ranking(w, 0, row, 5);
	for (int i = 0; i < 5; i += 2) {
		c.export.before = i;
		c.export.count = i < 4 ? 2 : 1;
		c.export.more = i < 4;
		memcpy(c.export.row, chosen + i, (size_t)c.export.count * sizeof chosen[0]);
		ck_assert(worker_send(w, &c));
	}
	WAIT_FOR(w, strstr(now.message, "rows.csv: 5 rows, "));
	at = file_text("rows.csv");
	for (int i = 0; i < 5; i++) {
		at = strchr(at, '\n') + 1;
		ck_assert_msg(strstr(at, row[chosen[i]].id) == strchr(at, ',') + 1, "%d is not %s: %s", i, row[chosen[i]].id, at);
	}
	ck_assert(on_list("export --format csv", JOB_ENDED));
	rig_stop(w);
}
END_TEST

/* The documents that the screen shows of a row are the ones that the file has. */
START_TEST(a_row_has_its_rank_and_what_experiments_found)
{
	struct worker *w = start_ranked(2);
	struct command c = export_of("csv", "rows.csv");
	char path[700], line[64];
	struct ranking_row row[2];
	FILE *f;

	worker_ranking(w, 0, row, 2);
	c.export.count = 1;
	c.export.row[0] = 1;
	snprintf(path, sizeof path, "mkdir -p %s/run/results %s/run/retrained/%s/a", rig_folder, rig_folder, row[1].id);
	ck_assert_int_eq(system(path), 0);
	snprintf(path, sizeof path, "%s/run/retrained/%s/a/retrain.json", rig_folder, row[1].id);
	ck_assert((f = fopen(path, "w")) != NULL);
	fprintf(f, "{\"settings\": {\"data\": \"%s\"}, \"report\": {\"epochs\": 7, \"test_error\": 0.25, \"test_error_stderr\": 0.125}}",
		tiny_options(rig_folder, "run", 1).data);
	fclose(f);
	snprintf(path, sizeof path, "%s/run/results/corrupt-1.json", rig_folder);
	ck_assert((f = fopen(path, "w")) != NULL);
	fprintf(f, "{\"fields\": [{\"field\": \"reads\"}], \"subjects\": [{\"id\": \"%s\", \"loss_increase\": [0.5]}]}", row[1].id);
	fclose(f);
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "rows.csv: 1 row, "));
	snprintf(line, sizeof line, "\n%d,%s,", 1 + (row[1].score > row[0].score), row[1].id);
	ck_assert_msg(strstr(file_text("rows.csv"), line) != NULL, "%s: %s", line, file_text("rows.csv"));
	ck_assert_msg(strstr(file_text("rows.csv"), ",0.5,0.25,0.125,7,1\r\n") != NULL, "%s", file_text("rows.csv"));
	rig_stop(w);
}
END_TEST

START_TEST(an_export_waits_for_no_job_and_the_one_that_made_way_goes_on)
{
	struct worker *w = rig_start("run", 1000000, true);
	struct command c = export_of("json", "one.json");
	struct arch *list;
	char path[600];
	int count;

	WAIT_FOR(w, now.arch_step > 0);
	rig_send(w, COMMAND_RANK, 100000);
	WAIT_FOR(w, now.ranking_count >= 2);
	c.export.arch = now.arch;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "one.json: 1 architecture, "));
	count = now.ranking_count;
	WAIT_FOR(w, now.ranking_count > count && strcmp(now.job.name, "rank") == 0);
	snprintf(path, sizeof path, "%s/one.json", rig_folder);
	ck_assert_msg(arch_load_list(path, &list) == 1, "%s", err_last());
	ck_assert(arch_equal(&list[0], &c.export.arch));
	free(list);
	rig_stop(w);
}
END_TEST

START_TEST(what_was_asked_for_before_the_end_is_written)
{
	struct worker *w = start_ranked(4);
	struct command c = export_of("txt", "banks.txt"), stop = { .kind = COMMAND_STOP };

	c.export.count = 4;
	for (int i = 0; i < 4; i++)
		c.export.row[i] = i;
	ck_assert(worker_send(w, &c));
	ck_assert(worker_send(w, &stop));
	ck_assert_int_eq(worker_join(w), WORKER_STOPPED);
	ck_assert(strstr(file_text("banks.txt"), "multiply-accumulates"));
}
END_TEST

START_TEST(what_cannot_be_exported_says_why)
{
	struct worker *w = start_ranked(2);
	struct command c = export_of("csv", "rows.csv");

	c.export.count = 1;
	c.export.row[0] = 2;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "not exported: there is no row 2 of 2"));
	c.export.row[0] = 0;
	c.export.before = 1;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "not exported: 1 rows after 1, of which 0 came"));
	c = export_of("csv", "rows.csv");
	c.export.arch = now.arch;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "has no score"));
	c = export_of("csv", "no/such/rows.csv");
	c.export.count = 1;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "not exported: ") && strstr(now.message, "No such file"));
	c = export_of("json", "rows.csv");
	c.export.arch = now.arch;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "rows.csv: 1 architecture, "));
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "rows.csv: exists"));
	c.export.replace = true;
	ck_assert(worker_send(w, &c));
	WAIT_FOR(w, strstr(now.message, "rows.csv: 1 architecture, "));
	rig_stop(w);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("export_jobs");
	SRunner *runner = srunner_create(suite);
	TCase *files = tcase_create("files");
	int failed;

	tcase_add_checked_fixture(files, rig_make, rig_remove);
	tcase_add_test(files, rows_of_several_commands_make_one_file);
	tcase_add_test(files, a_row_has_its_rank_and_what_experiments_found);
	tcase_add_test(files, an_export_waits_for_no_job_and_the_one_that_made_way_goes_on);
	tcase_add_test(files, what_was_asked_for_before_the_end_is_written);
	tcase_add_test(files, what_cannot_be_exported_says_why);
	suite_add_tcase(suite, files);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
