/* check_lookup.c -- an architecture by any of its names: file, pattern, name, id of a run, and what is said where there is none. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/lab/kept.h"
#include "src/lab/lookup.h"
#include "src/lab/rank.h"
#include "tests/tiny_run.h"

static char folder[256], home[256];
static struct preset preset;
static struct arch kept, ranked, both;
static struct ranking ranking;
static struct lookup where;

static void rank_arch(const struct arch *arch)
{
	struct ranking_entry e = { .arch = *arch };

	arch_id(arch, e.row.id);
	ck_assert_int_ge(ranking_put(&ranking, &e), 0);
}

static const char *keep_path(const struct arch *arch)
{
	static char path[600];
	char id[ARCH_ID_LENGTH + 1];

	arch_id(arch, id);
	snprintf(path, sizeof(path), "architectures/%s.json", id);
	return path;
}

static void keep(const struct arch *arch)
{
	ck_assert_msg(arch_save(arch, keep_path(arch)) == 0, "%s", err_last());
}

/* The run is the folder, and the folder is where we are: files need no path. */
static void make(void)
{
	struct rng rng;

	ck_assert_ptr_nonnull(getcwd(home, sizeof(home)));
	tiny_make(folder);
	ck_assert_int_eq(chdir(folder), 0);
	ck_assert_int_eq(mkdir("architectures", 0777), 0);
	ck_assert_int_eq(preset_get(&preset, "tiny"), 0);
	rng_seed(&rng, 5, 5);
	arch_sample(&kept, &preset.space, 2, 0, &rng);
	arch_sample(&ranked, &preset.space, 2, 0, &rng);
	arch_sample(&both, &preset.space, 2, 0, &rng);
	keep(&kept);
	rank_arch(&ranked);
	rank_arch(&both);
	keep(&both);
	where = (struct lookup){ .space = &preset.space, .axes = 2, .run_path = ".", .ranking = &ranking };
}

static void drop(void)
{
	ranking_release(&ranking);
	ck_assert_int_eq(chdir(home), 0);
	tiny_remove(folder);
}

static void ck_finds(const char *name, const struct arch *right)
{
	struct arch arch;

	ck_assert_msg(lookup_arch(&arch, name, &where) == 0, "%s", err_last());
	ck_assert_msg(arch_equal(&arch, right), "%s", name);
}

static void ck_refuses(const char *name, const char *says)
{
	struct arch arch, *list;

	ck_assert_int_eq(lookup_arch(&arch, name, &where), -1);
	ck_assert_msg(strstr(err_last(), says) != NULL, "%s", err_last());
	ck_assert_int_eq(lookup_archs(&list, name, &where), -1);
}

START_TEST(an_id_is_found_where_the_run_keeps_it)
{
	const struct arch *const archs[] = { &kept, &ranked, &both };
	char id[ARCH_ID_LENGTH + 1];

	for (int i = 0; i < 3; i++) {
		arch_id(archs[i], id);
		ck_finds(id, archs[i]);
		id[7] = '\0';                    /* as the screen shows it */
		ck_finds(id, archs[i]);
		id[LOOKUP_DIGITS - 1] = '\0';
		ck_refuses(id, "no such file");
	}
}
END_TEST

START_TEST(an_id_that_begins_like_another_needs_more_digits)
{
	static char begin[ARCH_ID_LENGTH + 1], first[LOOKUP_DIGITS + 1];
	struct ranking_entry e = { .arch = ranked };

	arch_id(&ranked, begin);
	snprintf(first, sizeof(first), "%.*s", LOOKUP_DIGITS, begin);
	strcpy(e.row.id, begin);
	e.row.id[ARCH_ID_LENGTH - 1] = begin[ARCH_ID_LENGTH - 1] == '0' ? '1' : '0';
	ck_assert_int_ge(ranking_put(&ranking, &e), 0);
	ck_refuses(first, "several ids");
	ck_finds(begin, &ranked);
}
END_TEST

START_TEST(a_name_is_of_the_one_it_was_given_to)
{
	char id[ARCH_ID_LENGTH + 1], parent[ARCH_ID_LENGTH + 1];

	arch_id(&kept, id);
	arch_id(&both, parent);
	ck_assert_int_eq(kept_save(".", &kept, "wide-1", parent, false), 0);
	ck_finds("wide-1", &kept);
	ck_finds(id, &kept);
	ck_assert_int_eq(kept_save(".", &kept, NULL, NULL, false), 0);           /* again, without: nothing is lost */
	ck_finds("wide-1", &kept);

	json_t *json = json_load_file(keep_path(&kept), 0, NULL);

	ck_assert_str_eq(json_string_value(json_object_get(json, "name")), "wide-1");
	ck_assert_str_eq(json_string_value(json_object_get(json, "parent")), parent);
	json_decref(json);
	ck_assert_int_eq(kept_save(".", &ranked, "wide-1", "", false), -1);
	ck_assert_msg(strstr(err_last(), "wide-1 is the name of ") != NULL && strstr(err_last(), id) != NULL, "%s", err_last());
	ck_finds("wide-1", &kept);
	ck_assert_int_eq(kept_save(".", &ranked, "wide-1", "", true), 0);
	ck_finds("wide-1", &ranked);
	ck_finds(id, &kept);
}
END_TEST

START_TEST(a_name_could_be_nothing_else)
{
	static const struct { const char *name, *why; } wrong[] = {
		{ "", "a name is of letters" }, { "a b", "a name is of letters" }, { "../a", "a name is of letters" }, { "-a", "begins with none of" },
		{ ".a", "begins with none of" }, { "42", "a name is of letters" }, { "a\033", "a name is of letters" }, { "resnet", "of a pattern" },
		{ "beef", "beginning of an id" }, { "0123456789012345678901234567890123456789012345678a", "at most 47" },
	};

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		ck_assert_int_eq(kept_check(".", wrong[i].name, "0", true), -1);
		ck_assert_msg(strstr(err_last(), wrong[i].why) != NULL, "%s", err_last());
	}
	ck_assert_int_eq(kept_check(".", "best.of_v2+x-1", "0", false), 0);
	ck_assert_int_eq(kept_check(".", "beefs", "0", false), 0);
}
END_TEST

START_TEST(a_pattern_is_made_in_the_space)
{
	struct arch right;

	ck_assert_int_eq(pattern_make(&right, "densenet", &preset.space, 3), 0);
	where.axes = 3;
	ck_finds("densenet", &right);
	preset.space.block_channels[1] = 8;
	ck_refuses("densenet", "block 2 cannot hold it");
}
END_TEST

START_TEST(a_file_comes_first_and_a_folder_is_none)
{
	ck_assert_int_eq(mkdir("densenet", 0777), 0);
	ck_assert_int_eq(arch_save(&kept, "resnet"), 0);
	ck_finds("resnet", &kept);

	struct arch right;

	ck_assert_int_eq(pattern_make(&right, "densenet", &preset.space, 2), 0);
	ck_finds("densenet", &right);
}
END_TEST

START_TEST(a_file_of_several_is_a_list)
{
	json_t *root = json_pack("{s:[o, o]}", "architectures", arch_to_json(&kept), arch_to_json(&ranked));
	struct arch arch, *list;

	ck_assert_int_eq(json_dump_file(root, "two.json", 0), 0);
	json_decref(root);
	ck_assert_int_eq(lookup_archs(&list, "two.json", &where), 2);
	ck_assert(arch_equal(&list[0], &kept) && arch_equal(&list[1], &ranked));
	free(list);
	ck_assert_int_eq(lookup_arch(&arch, "two.json", &where), -1);
	ck_assert_str_eq(err_last(), "two.json: 2 architectures, where one is needed");
	ck_assert_int_eq(lookup_archs(&list, "resnet", &where), 1);
	free(list);
}
END_TEST

START_TEST(what_is_not_there_names_the_nearest)
{
	char id[ARCH_ID_LENGTH + 1], right[64];

	arch_id(&ranked, id);
	snprintf(right, sizeof(right), "did you mean %s?", id);
	where.ranking = NULL;
	where.kept_alone = true;
	ck_refuses(id, "no such file");
	where.ranking = &ranking;
	id[3] = 'x';                             /* no digit at all */
	ck_refuses(id, right);
	ck_refuses("resnte", "resnte: no such file, pattern, or architecture of .; did you mean resnet?");
	ck_refuses("volcano", "volcano: no such file, pattern, or architecture of .");
	where.kept_alone = false;
	where.ranking = NULL;                    /* this run's file isn't there: it has no rows */
	ck_refuses(id, "no such file");
	where.run_path = NULL;
	ck_refuses("resnte", "resnte: no such file or pattern; did you mean resnet?");
	ck_refuses("3f1c09a", "an architecture's id needs --run DIR");
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("lookup");
	TCase *tc = tcase_create("lookup");
	SRunner *runner = srunner_create(suite);

	tcase_add_checked_fixture(tc, make, drop);
	tcase_add_test(tc, an_id_is_found_where_the_run_keeps_it);
	tcase_add_test(tc, an_id_that_begins_like_another_needs_more_digits);
	tcase_add_test(tc, a_name_is_of_the_one_it_was_given_to);
	tcase_add_test(tc, a_name_could_be_nothing_else);
	tcase_add_test(tc, a_pattern_is_made_in_the_space);
	tcase_add_test(tc, a_file_comes_first_and_a_folder_is_none);
	tcase_add_test(tc, a_file_of_several_is_a_list);
	tcase_add_test(tc, what_is_not_there_names_the_nearest);
	suite_add_tcase(suite, tc);
	srunner_run_all(runner, CK_ENV);

	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
