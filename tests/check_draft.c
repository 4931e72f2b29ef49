/* check_draft.c -- drafts: undo and redo lose nothing, and neither does a crash, a torn line or a full disk. */
#include "src/lab/draft.h"

#include <check.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "src/arch/bits.h"
#include "src/arch/text.h"
#include "src/base/err.h"
#include "tests/arch_fixture.h"
#include "tests/tiny_run.h"

static char folder[256];

static void before(void)
{
	tiny_make(folder);
}

static void after(void)
{
	tiny_remove(folder);
}

static struct amend units(int block, int op, int value)
{
	return (struct amend){ .kind = AMEND_SET, .value = value,
		.place = { .block = block, .op = op, .kind = PLACE_UNITS, .bank = -1, .conv = -1, .axis = -1 } };
}

static void open_draft(struct draft *d)
{
	ck_assert_int_eq(draft_open(d, folder, &fixture_space, &fixture_arch, "a fixture"), 0);
}

static void change(struct draft *d, struct amend a)
{
	ck_assert_msg(draft_change(d, &a) == 0, "%s", err_last());
	ck_assert_msg(draft_save(d) == 0, "%s", err_last());
}

static void draft_file(const struct draft *d, char path[700], const char *end)
{
	snprintf(path, 700, "%s/drafts/%s.jsonl%s", folder, d->id, end);
}

static size_t read_file(const char *path, char *text, size_t room)
{
	FILE *f = fopen(path, "r");
	size_t n;

	ck_assert_msg(f != NULL, "%s is not there", path);
	n = fread(text, 1, room - 1, f);
	fclose(f);
	text[n] = 0;
	return n;
}

static void write_file(const char *path, const char *text, size_t bytes)
{
	FILE *f = fopen(path, "w");

	ck_assert(f != NULL);
	ck_assert_uint_eq(fwrite(text, 1, bytes, f), bytes);
	fclose(f);
}

static struct amend random_change(const struct draft *d, struct rng *rng)
{
	struct place field[FIELDS_MAX];
	struct value value[VALUES_MAX];
	struct amend a = { .kind = rng_below(rng, 10) };
	int b = rng_below(rng, BLOCKS), o = rng_below(rng, d->arch.block[b].op_count), fields;

	a.place = (struct place){ .block = b, .op = o, .kind = PLACE_BANK, .bank = rng_below(rng, 8), .conv = -1, .axis = -1 };
	a.value = rng_below(rng, 2) ? 1 : -1;
	if (a.kind == AMEND_ADD)
		a.copy = copy_op(&d->space, &d->arch, b, o);
	if (a.kind == AMEND_SET || a.kind >= AMENDS) {
		a.kind = AMEND_SET;
		fields = op_fields(&d->space, &d->arch, b, o, field);
		if (rng_below(rng, 2))
			a.place = field[rng_below(rng, fields)];
		if (rng_below(rng, 8) == 0)
			block_field(&d->space, b, &a.place);
		a.value = value[rng_below(rng, place_values(&d->space, &d->arch, &a.place, value))].value;
	}
	return a;
}

/* ---- undo and redo ---- */

START_TEST(undo_and_redo_go_through_every_state)
{
	static struct arch seen[101];
	struct draft d;
	struct rng rng;
	int n = 0;

	rng_seed(&rng, 4, 2);
	open_draft(&d);
	seen[0] = d.arch;
	while (n < 100) {
		struct amend a = random_change(&d, &rng);

		if (draft_change(&d, &a) == 0 && d.at == n + 1)
			seen[++n] = d.arch;
	}
	ck_assert_int_eq(draft_undos(&d), 100);
	for (int i = 99; i >= 0; i--) {
		ck_assert(draft_undo(&d));
		ck_assert(arch_equal(&d.arch, &seen[i]));
	}
	ck_assert(!draft_undo(&d));
	ck_assert_int_eq(draft_redos(&d), 100);
	for (int i = 1; i <= 100; i++) {
		ck_assert(draft_redo(&d));
		ck_assert(arch_equal(&d.arch, &seen[i]));
	}
	ck_assert(!draft_redo(&d));
	draft_close(&d);
}
END_TEST

START_TEST(a_change_after_an_undo_keeps_what_was_undone)
{
	struct draft d;

	open_draft(&d);
	change(&d, units(0, 0, 32));
	change(&d, units(1, 0, 8));
	ck_assert(draft_undo(&d));
	change(&d, units(2, 0, 32));
	ck_assert_int_eq(d.count, 4);
	ck_assert_int_eq(d.state[3].parent, 1);
	ck_assert_int_eq(d.arch.block[1].op[0].units, 16);
	ck_assert(!draft_redo(&d));
	ck_assert(draft_go(&d, 2));
	ck_assert_int_eq(d.arch.block[1].op[0].units, 8);
	ck_assert_int_eq(d.arch.block[2].op[0].units, 16);
	ck_assert(draft_undo(&d));
	ck_assert(draft_redo(&d));
	ck_assert_int_eq(d.at, 2);                       /* to where it came from */
	ck_assert(!draft_go(&d, 4));
	ck_assert(!draft_go(&d, 2));
	draft_close(&d);
}
END_TEST

START_TEST(what_changes_nothing_is_no_state)
{
	struct draft d;
	struct amend wrong = units(0, 7, 8);

	open_draft(&d);
	change(&d, units(0, 0, fixture_arch.block[0].op[0].units));
	ck_assert_int_eq(d.count, 1);
	ck_assert_int_eq(draft_change(&d, &wrong), -1);
	ck_assert_int_eq(d.count, 1);
	draft_close(&d);
}
END_TEST

/* ---- on the disk ---- */

/* Byte for byte but for what lies between the members. */
static bool same_score(const struct draft_score *a, const struct draft_score *b)
{
	return a->step == b->step && a->images == b->images &&
		memcmp(&a->loss, &b->loss, sizeof *a - offsetof(struct draft_score, loss)) == 0;
}

START_TEST(a_draft_is_found_as_it_was_left)
{
	struct draft_score score = { 8412, 5000, .5287, .01, .2013, .0056, -.0124, .0031, .0004 };
	struct draft d;
	struct arch last;
	struct rng rng;

	rng_seed(&rng, 4, _i);
	open_draft(&d);
	for (int i = 0; i < 300; i++) {
		struct amend a = random_change(&d, &rng);

		if (rng_below(&rng, 6) == 0)
			draft_undo(&d);
		draft_change(&d, &a);
		ck_assert_int_eq(draft_save(&d), 0);
	}
	draft_undo(&d);
	draft_undo(&d);
	draft_set_score(&d, d.at, &score);
	draft_set_name(&d, "wide \"one\"");
	ck_assert_int_eq(draft_save(&d), 0);
	last = d.arch;

	int at = d.at, count = d.count, redos = draft_redos(&d);

	draft_close(&d);
	open_draft(&d);
	ck_assert_str_eq(err_last(), "");
	ck_assert_int_eq(d.count, count);
	ck_assert_int_eq(d.at, at);
	ck_assert(arch_equal(&d.arch, &last));
	ck_assert_str_eq(d.from, "a fixture");
	ck_assert_str_eq(d.name, "wide \"one\"");
	ck_assert(same_score(&d.state[at].score, &score));
	for (int i = 1; i < count; i++)
		ck_assert_int_ne(d.state[i].amend.kind, AMENDS);
	ck_assert_int_ge(redos, 2);
	ck_assert_int_ge(draft_redos(&d), 2);
	draft_close(&d);
}
END_TEST

START_TEST(opening_and_closing_writes_nothing)
{
	struct draft d;
	char path[700];

	open_draft(&d);
	draft_set_name(&d, "name");
	ck_assert_int_eq(draft_save(&d), 0);
	draft_file(&d, path, "");
	ck_assert(access(path, F_OK) != 0);
	draft_close(&d);
}
END_TEST

START_TEST(a_file_cut_anywhere_is_the_draft_up_to_there)
{
	static char text[20000];
	struct draft d, full;
	char path[700];
	size_t bytes, header;

	open_draft(&full);
	change(&full, units(0, 0, 32));
	change(&full, (struct amend){ .kind = AMEND_ADD, .place = { .block = 1, .op = 1 }, .copy = copy_op(&fixture_space, &full.arch, 1, 0) });
	change(&full, (struct amend){ .kind = AMEND_MOVE, .place = { .block = 1, .op = 1 }, .value = 1 });
	change(&full, (struct amend){ .kind = AMEND_DELETE, .place = { .block = 1, .op = 0 } });
	draft_file(&full, path, "");
	bytes = read_file(path, text, sizeof text);
	header = (size_t)(strchr(text, '\n') - text);
	for (size_t n = 0; n <= bytes; n += n < header - 8 ? 97 : 7) {
		int states = 0;

		write_file(path, text, n);
		for (size_t i = header + 1; i < n; i++)
			states += text[i] == '\n';
		open_draft(&d);
		ck_assert_str_eq(err_last(), "");
		ck_assert_int_eq(d.count, 1 + states);
		ck_assert_int_eq(d.at, states);
		change(&d, units(2, 1, 32));             /* and goes on from there */
		ck_assert_int_eq(d.count, 2 + states);
		draft_close(&d);
		open_draft(&d);
		ck_assert_int_eq(d.count, 2 + states);
		ck_assert_int_eq(d.arch.block[2].op[1].units, 32);
		draft_close(&d);
	}
	draft_close(&full);
}
END_TEST

START_TEST(a_killed_program_loses_no_change)
{
	struct draft d;
	int status;
	pid_t pid = fork();

	if (pid == 0) {
		struct rng rng;

		rng_seed(&rng, 1, 1);
		if (draft_open(&d, folder, &fixture_space, &fixture_arch, "") < 0)
			_exit(1);
		while (d.count <= 40) {
			struct amend a = random_change(&d, &rng);

			if (draft_change(&d, &a) == 0 && draft_save(&d) < 0)
				_exit(1);
		}
		raise(SIGKILL);
	}
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
	open_draft(&d);
	ck_assert_int_eq(d.count, 41);
	ck_assert_int_eq(d.at, 40);
	draft_close(&d);
}
END_TEST

START_TEST(lines_that_make_no_sense_stand_for_nothing)
{
	static char text[20000], damaged[20000];
	static const char *const wrong[] = {
		"{\"state\":1,\"parent\":0}\n", "{\"state\":1,\"parent\":0,\"change\":\"set\",\"block\":9,\"op\":1,\"field\":\"units\",\"to\":8}\n",
		"{\"state\":1,\"parent\":0,\"change\":\"set\",\"block\":1,\"op\":1,\"field\":\"colour\",\"to\":8}\n",
		"{\"state\":1,\"parent\":0,\"change\":\"add\",\"block\":1,\"op\":1,\"new\":{\"reads\":[99]}}\n", "not even JSON\n",
		"{\"state\":1,\"parent\":77,\"change\":\"delete\",\"block\":1,\"op\":1}\n", "",
	};
	struct draft d;
	char path[700], *first, *second;

	open_draft(&d);
	change(&d, units(0, 0, 32));
	change(&d, units(1, 0, 8));
	draft_file(&d, path, "");
	draft_close(&d);
	read_file(path, text, sizeof text);
	first = strchr(text, '\n') + 1;
	second = strchr(first, '\n') + 1;
	snprintf(damaged, sizeof damaged, "%.*s%s%s{\"state\":1000000000,\"parent\":0}\n{\"at\":-4}\n{\"score\":2000}\n", (int)(first - text), text,
		wrong[_i], second);
	write_file(path, damaged, strlen(damaged));
	open_draft(&d);
	ck_assert_int_eq(d.count, 3);
	ck_assert_int_eq(d.state[1].amend.kind, AMENDS);
	ck_assert_int_eq(d.arch.block[0].op[0].units, 16);
	ck_assert_int_eq(d.arch.block[1].op[0].units, 8);
	draft_close(&d);
}
END_TEST

START_TEST(what_is_no_draft_of_it_is_put_aside)
{
	static const char *const foreign[] = { "{\"draft\":2}\n", "[1]\n", "{\"draft\":1,\"architecture\":{}}\n" };
	struct draft d;
	char path[700], aside[700], text[200];

	open_draft(&d);
	change(&d, units(0, 0, 32));
	draft_file(&d, path, "");
	draft_file(&d, aside, ".unreadable");
	draft_close(&d);
	write_file(path, foreign[_i], strlen(foreign[_i]));
	open_draft(&d);
	ck_assert_msg(strstr(err_last(), "no draft of this architecture") != NULL, "%s", err_last());
	ck_assert_int_eq(d.count, 1);
	change(&d, units(0, 0, 32));
	draft_close(&d);
	read_file(aside, text, sizeof text);
	ck_assert_str_eq(text, foreign[_i]);
	open_draft(&d);
	ck_assert_int_eq(d.count, 2);
	draft_close(&d);
}
END_TEST

START_TEST(a_folder_that_cannot_be_written_costs_no_change)
{
	struct draft d;
	char path[700];
	struct amend a = units(0, 0, 32), b = units(1, 0, 8);

	open_draft(&d);
	snprintf(path, sizeof path, "%s/drafts", folder);
	write_file(path, "", 0);                         /* a file where the folder should be */
	ck_assert_int_eq(draft_change(&d, &a), 0);
	ck_assert_int_eq(draft_save(&d), -1);
	ck_assert_msg(strstr(err_last(), "drafts") != NULL, "%s", err_last());
	ck_assert_int_eq(draft_change(&d, &b), 0);
	ck_assert_int_eq(draft_save(&d), -1);
	ck_assert_int_eq(d.arch.block[1].op[0].units, 8);
	unlink(path);
	ck_assert_int_eq(draft_save(&d), 0);
	draft_close(&d);
	open_draft(&d);
	ck_assert_int_eq(d.count, 3);
	draft_close(&d);
}
END_TEST

START_TEST(a_full_disk_costs_no_change)
{
	struct rlimit all, few;
	struct draft d;
	struct amend b = units(1, 0, 8), c = units(2, 0, 32);
	struct stat st;
	char path[700];

	signal(SIGXFSZ, SIG_IGN);
	open_draft(&d);
	change(&d, units(0, 0, 32));
	draft_file(&d, path, "");
	stat(path, &st);
	getrlimit(RLIMIT_FSIZE, &all);
	few = (struct rlimit){ (rlim_t)st.st_size + 20, all.rlim_max };
	setrlimit(RLIMIT_FSIZE, &few);
	ck_assert_int_eq(draft_change(&d, &b), 0);
	ck_assert_int_eq(draft_save(&d), -1);
	ck_assert_int_eq(draft_change(&d, &c), 0);
	ck_assert_int_eq(draft_save(&d), -1);
	setrlimit(RLIMIT_FSIZE, &all);
	ck_assert_int_eq(draft_save(&d), 0);
	draft_close(&d);
	open_draft(&d);
	ck_assert_int_eq(d.count, 4);
	ck_assert_int_eq(d.arch.block[2].op[0].units, 32);
	ck_assert_int_eq(d.state[2].amend.kind, AMEND_SET);
	draft_close(&d);
}
END_TEST

START_TEST(drafts_are_listed_the_newest_first)
{
	struct draft_summary *list;
	struct arch other = fixture_arch, first;
	struct draft a, b;
	char path[700];

	ck_assert_int_eq(drafts_list(&list, folder), 0);
	other.block[0].op[0].units = 32;
	ck_assert_int_eq(draft_open(&a, folder, &fixture_space, &other, "another"), 0);
	open_draft(&b);
	change(&a, units(1, 0, 8));
	change(&b, units(1, 0, 8));
	change(&b, units(1, 0, 16));
	draft_set_name(&b, "back");
	ck_assert_int_eq(draft_save(&b), 0);
	draft_file(&a, path, "");
	path[strlen(path) - strlen("000000.jsonl")] = 0;
	strcat(path, "......");
	strcat(path, ".jsonl");
	write_file(path, "{}\n", 3);
	ck_assert_int_eq(drafts_list(&list, folder), 2);
	ck_assert_str_eq(list[0].id, b.id);
	ck_assert_str_eq(list[0].name, "back");
	ck_assert_int_eq(list[0].changes, 2);
	ck_assert_str_eq(list[1].from, "another");
	ck_assert_int_eq(draft_first(&first, folder, a.id), 0);
	ck_assert(arch_equal(&first, &other));
	ck_assert_int_eq(draft_first(&first, folder, "000000000000"), -1);
	free(list);
	draft_close(&a);
	draft_close(&b);
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("draft");
	TCase *memory = tcase_create("memory"), *disk = tcase_create("disk");
	SRunner *runner;
	int failed;

	tcase_add_checked_fixture(memory, before, after);
	tcase_set_timeout(memory, 60);
	tcase_add_test(memory, undo_and_redo_go_through_every_state);
	tcase_add_test(memory, a_change_after_an_undo_keeps_what_was_undone);
	tcase_add_test(memory, what_changes_nothing_is_no_state);
	suite_add_tcase(suite, memory);
	tcase_add_checked_fixture(disk, before, after);
	tcase_set_timeout(disk, 60);
	tcase_add_loop_test(disk, a_draft_is_found_as_it_was_left, 0, 3);
	tcase_add_test(disk, opening_and_closing_writes_nothing);
	tcase_add_test(disk, a_file_cut_anywhere_is_the_draft_up_to_there);
	tcase_add_test(disk, a_killed_program_loses_no_change);
	tcase_add_loop_test(disk, lines_that_make_no_sense_stand_for_nothing, 0, 7);
	tcase_add_loop_test(disk, what_is_no_draft_of_it_is_put_aside, 0, 3);
	tcase_add_test(disk, a_folder_that_cannot_be_written_costs_no_change);
	tcase_add_test(disk, a_full_disk_costs_no_change);
	tcase_add_test(disk, drafts_are_listed_the_newest_first);
	suite_add_tcase(suite, disk);
	runner = srunner_create(suite);
	srunner_run_all(runner, CK_ENV);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
