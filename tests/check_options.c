/* check_options.c -- the command line: what is read, what is refused and in which words, and that help and man show every row. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/base/err.h"
#include "src/options_experiment.h"

enum { WORDS_MAX = 16 };

/* Parses a line of words separated by blanks. */
static int parse(struct options *o, const char *line)
{
	static char text[256];
	static char *argv[WORDS_MAX + 1];
	int argc = 0;

	snprintf(text, sizeof text, "smashtop %s", line);
	for (char *word = strtok(text, " "); word; word = strtok(NULL, " "))
		argv[argc++] = word;
	argv[argc] = NULL;
	err_clear();
	return options_parse(o, argc, argv);
}

START_TEST(nothing_given_is_the_workbench_with_defaults)
{
	struct options o;

	ck_assert_int_eq(parse(&o, ""), 0);
	ck_assert_int_eq(o.subcommand, SUBCOMMAND_WORKBENCH);
	ck_assert_str_eq(o.preset, "small");
	ck_assert_str_eq(o.data, "fashion-mnist");
	ck_assert_str_eq(o.run, "");
	ck_assert_int_eq(o.seed, 1);
	ck_assert_int_eq(o.steps, 0);
	ck_assert(!o.resume);
	ck_assert(!options_given(&o, "preset"));
}
END_TEST

static const char *const same_lines[] = {
	"train --run r --steps 20 --seed 5 --json",
	"train --run=r --steps=20 --seed=5 --json",
	"--run r train --steps 20 --seed 5 --json",
	"--run=r --steps=20 --seed=5 --json train",
	"train --ru r --st 20 --see 5 --j",
	"train --steps 7 --run x --run r --steps 20 --seed 5 --json",
};

START_TEST(ways_to_say_the_same)
{
	struct options o;

	ck_assert_msg(parse(&o, same_lines[_i]) == 0, "%s: %s", same_lines[_i], err_last());
	ck_assert_int_eq(o.subcommand, SUBCOMMAND_TRAIN);
	ck_assert_str_eq(o.run, "r");
	ck_assert_int_eq(o.steps, 20);
	ck_assert_int_eq(o.seed, 5);
	ck_assert(o.json);
	ck_assert(options_given(&o, "run") && options_given(&o, "seed") && !options_given(&o, "data"));
}
END_TEST

START_TEST(arguments_and_options_mix_and_two_dashes_end_options)
{
	struct options o;

	ck_assert_int_eq(parse(&o, "show file.json --preset smash-v2"), 0);
	ck_assert_str_eq(o.argument[0], "file.json");
	ck_assert_str_eq(o.preset, "smash-v2");
	ck_assert_int_eq(parse(&o, "show --preset smash-v2 -- --file"), 0);
	ck_assert_int_eq(o.argument_count, 1);
	ck_assert_str_eq(o.argument[0], "--file");
	ck_assert_int_eq(parse(&o, "bench kernels scoring"), 0);
	ck_assert_int_eq(o.argument_count, 2);
}
END_TEST

START_TEST(set_may_be_repeated)
{
	struct options o;

	ck_assert_int_eq(parse(&o, "train --set training.batch=8 --set=space.noise=1"), 0);
	ck_assert_int_eq(o.set_count, 2);
	ck_assert_str_eq(o.set[0], "training.batch=8");
	ck_assert_str_eq(o.set[1], "space.noise=1");
}
END_TEST

static const struct {
	const char *line, *error;
} bad_lines[] = {
	{ "trian", "trian: no such command; did you mean train?" },
	{ "volcano", "volcano: no such command; smashtop --help lists them" },
	{ "train --stpes 5", "unknown option --stpes; did you mean --steps?" },
	{ "train --stpes=5", "unknown option --stpes; did you mean --steps?" },
	{ "--volcano train", "unknown option --volcano; smashtop --help lists them" },
	{ "train --s 5", "--s may mean --set, --steps, --seed" },
	{ "train -x", "unknown option -x; smashtop train --help lists them" },
	{ "train --steps", "--steps wants a value" },
	{ "train --steps many", "--steps many: wants a whole number from 1 to 2147483647" },
	{ "train --steps 5x", "--steps 5x: wants a whole number from 1 to 2147483647" },
	{ "train --steps 0", "--steps 0: wants a whole number from 1 to 2147483647" },
	{ "train --steps -3", "--steps -3: wants a whole number from 1 to 2147483647" },
	{ "train --seed 99999999999999999999", "--seed 99999999999999999999: wants a whole number from 0" },
	{ "train --run=", "--run: the DIR is empty" },
	{ "train --json=yes", "--json takes no value" },
	{ "train --set batch", "--set batch: wants NAME=VALUE" },
	{ "train --count 5", "smashtop train has no --count; smashtop train --help lists its options" },
	{ "--count 5 train", "smashtop train has no --count; smashtop train --help lists its options" },
	{ "--json", "smashtop has no --json; smashtop --help lists its options" },
	{ "train more", "smashtop train: more is one argument too many" },
	{ "show", "smashtop show wants FILE|NAME|ID" },
	{ "show a b", "smashtop show: b is one argument too many" },
};

START_TEST(what_is_wrong_is_said_in_one_line)
{
	struct options o;

	ck_assert_int_eq(parse(&o, bad_lines[_i].line), -1);
	ck_assert_str_eq(err_last(), bad_lines[_i].error);
}
END_TEST

START_TEST(too_long_or_too_many_values_are_refused)
{
	struct options o;
	char path[OPTION_TEXT_SIZE + 8];
	char *argv[] = { "smashtop", "train", "--run", path, NULL };
	char *many[4 + 2 * (ASSIGNMENTS_MAX + 1)] = { "smashtop", "train" };
	int n = 2;

	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	ck_assert_int_eq(options_parse(&o, 4, argv), -1);
	ck_assert_str_eq(err_last(), "--run: the DIR is longer than 511 characters");
	for (int i = 0; i <= ASSIGNMENTS_MAX; i++) {
		many[n++] = "--set";
		many[n++] = "a=1";
	}
	ck_assert_int_eq(options_parse(&o, n, many), -1);
	ck_assert_str_eq(err_last(), "--set a=1: at most 16 of them");
}
END_TEST

/* ---- what is asked of the laboratory ---- */

static int ask(struct experiment *e, const char *line)
{
	struct options o;

	if (parse(&o, line) < 0)
		return -1;
	ck_assert(options_ask_experiment(&o));
	memset(e, 0xff, sizeof(*e));             /* nothing of before may stay */
	return options_experiment(e, &o);
}

START_TEST(options_become_an_experiment)
{
	struct experiment e;
	struct options o;

	ck_assert_int_eq(ask(&e, "rank --count 500 --images 1000 --top 10 --perturb 100 --chain 50 --patterns"), 0);
	ck_assert(e.kind == EXPERIMENT_RANK && e.count == 500 && e.images == 1000 && e.top == 10);
	ck_assert(e.perturb == 100 && e.chain == 50 && e.with_patterns && !e.has_arch);
	ck_assert_int_eq(ask(&e, "corrupt"), 0);
	ck_assert(e.kind == EXPERIMENT_CORRUPT && e.count == 0 && e.trials == 0 && e.seed == 1);
	ck_assert_uint_eq(e.fields, 0);
	ck_assert_uint_eq(e.hows, 1u << CORRUPT_WITHIN);
	ck_assert_int_eq(ask(&e, "corrupt --field reads,dilation --how all --trials 5 --seed 9"), 0);
	ck_assert_uint_eq(e.fields, 1u << CORRUPT_READS | 1u << CORRUPT_DILATION);
	ck_assert_uint_eq(e.hows, 7);
	ck_assert(e.trials == 5 && e.seed == 9);
	ck_assert_int_eq(ask(&e, "guide --arch resnet --evaluations 12 --predictor weights"), 0);
	ck_assert(e.kind == EXPERIMENT_GUIDE && e.has_arch && e.evaluations == 12 && e.predictor == PREDICTOR_WEIGHTS);
	ck_assert_int_eq(ask(&e, "retrain --arch wrn-16-4 --epochs 3 --rate 0.05 --from-generated --data mnist:/x"), 0);
	ck_assert(e.kind == EXPERIMENT_RETRAIN && !e.has_arch && e.epochs == 3 && e.learning_rate == 0.05 && e.from_generated);
	ck_assert_str_eq(e.network, "wrn-16-4");
	ck_assert_str_eq(e.data, "mnist:/x");
	ck_assert_int_eq(ask(&e, "retrain --arch wide.json"), 0);
	ck_assert(e.has_arch && !e.network[0] && !e.data[0]);
	ck_assert_int_eq(ask(&e, "correlate --every 4 --seeds 2 --matched --weight-norm"), 0);
	ck_assert(e.kind == EXPERIMENT_CORRELATE && e.every == 4 && e.seeds == 2 && e.matched && e.weight_norm);
	ck_assert_int_eq(parse(&o, "train"), 0);
	ck_assert(!options_ask_experiment(&o));
}
END_TEST

static const struct {
	const char *line, *error;
} bad_requests[] = {
	{ "corrupt --field raeds", "--field raeds: there is none of this name; did you mean reads?" },
	{ "corrupt --field reads,,units", "--field : there is none of this name; there are dilation, kernel, groups, units, active, reads, "
		"writes, other, random, empty" },
	{ "corrupt --how volcano", "--how volcano: there is none of this name; there are within, across, fixed" },
	{ "guide --predictor wirring", "--predictor wirring: there is none of this name; did you mean wiring?" },
	{ "retrain --arch wrn-16-4-and-a-name-that-is-far-too-long", "--arch wrn-16-4-and-a-name-that-is-far-...: wants wrn-DEPTH-WIDTH, "
		"such as wrn-16-4" },
	{ "retrain --rate 0 --arch resnet", "--rate 0: wants a number above 0, at most 100" },
	{ "rank --arch resnet", "smashtop rank has no --arch; smashtop rank --help lists its options" },
};

START_TEST(a_wrong_request_is_said_in_one_line)
{
	struct experiment e;

	ck_assert_int_eq(ask(&e, bad_requests[_i].line), -1);
	ck_assert_str_eq(err_last(), bad_requests[_i].error);
}
END_TEST

START_TEST(help_and_version_end_the_reading)
{
	struct options o;

	ck_assert_int_eq(parse(&o, "--help"), 0);
	ck_assert(o.help && o.subcommand == SUBCOMMAND_WORKBENCH);
	ck_assert_int_eq(parse(&o, "show -h"), 0);
	ck_assert(o.help && o.subcommand == SUBCOMMAND_SHOW);
	ck_assert_int_eq(parse(&o, "--help train"), 0);
	ck_assert(o.help && o.subcommand == SUBCOMMAND_TRAIN);
	ck_assert_int_eq(parse(&o, "-V"), 0);
	ck_assert(o.version);
}
END_TEST

static char *written(void (*write)(FILE *))
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);

	write(f);
	fclose(f);
	return text;
}

static void write_all_help(FILE *f)
{
	for (int i = 0; i < SUBCOMMANDS; i++)
		options_write_help(f, (enum subcommand)i);
}

START_TEST(help_shows_every_command_and_option)
{
	char *help = written(write_all_help);

	for (int i = 1; i < SUBCOMMANDS; i++)
		ck_assert_ptr_nonnull(strstr(help, subcommand_rows[i].help));
	for (int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];
		char left[64];

		snprintf(left, sizeof left, "--%s%s%s ", row->name, row->argument ? " " : "", row->argument ? row->argument : "");
		ck_assert_msg(!row->help || (strstr(help, left) && strstr(help, row->help)), "--%s", row->name);
	}
	free(help);
}
END_TEST

START_TEST(man_shows_every_command_and_option)
{
	char *man = written(options_write_man);

	for (int i = 1; i < SUBCOMMANDS; i++) {
		char heading[64];

		snprintf(heading, sizeof heading, ".SS smashtop %s", subcommand_rows[i].name);
		ck_assert_ptr_nonnull(strstr(man, heading));
	}
	ck_assert_ptr_nonnull(strstr(man, "\\fB\\-\\-steps\\fR \\fIN\\fR\n"));
	for (const char *line = man; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		ck_assert_msg(line[0] != '.' || strncmp(line, ".S", 2) == 0 || strncmp(line, ".TP", 3) == 0, "%.40s", line);
	free(man);
}
END_TEST

START_TEST(names_are_unique_and_initial_values_parse)
{
	for (int i = 0; i < option_row_count; i++) {
		ck_assert_int_ne(option_rows[i].subcommands, 0);
		for (int j = 0; j < i; j++)
			ck_assert_str_ne(option_rows[i].name, option_rows[j].name);
	}
	ck_assert_int_le(option_row_count, 64);      /* `given` has 64 bits */
}
END_TEST

int main(void)
{
	Suite *suite = suite_create("options");
	TCase *reading = tcase_create("reading"), *writing = tcase_create("writing");
	SRunner *runner = srunner_create(suite);

	tcase_add_test(reading, nothing_given_is_the_workbench_with_defaults);
	tcase_add_loop_test(reading, ways_to_say_the_same, 0, sizeof same_lines / sizeof *same_lines);
	tcase_add_test(reading, arguments_and_options_mix_and_two_dashes_end_options);
	tcase_add_test(reading, set_may_be_repeated);
	tcase_add_loop_test(reading, what_is_wrong_is_said_in_one_line, 0, sizeof bad_lines / sizeof *bad_lines);
	tcase_add_test(reading, too_long_or_too_many_values_are_refused);
	tcase_add_test(reading, options_become_an_experiment);
	tcase_add_loop_test(reading, a_wrong_request_is_said_in_one_line, 0, sizeof bad_requests / sizeof *bad_requests);
	tcase_add_test(reading, help_and_version_end_the_reading);
	tcase_add_test(reading, names_are_unique_and_initial_values_parse);
	tcase_add_test(writing, help_shows_every_command_and_option);
	tcase_add_test(writing, man_shows_every_command_and_option);
	suite_add_tcase(suite, reading);
	suite_add_tcase(suite, writing);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
