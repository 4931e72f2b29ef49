/* check_options.c -- the command line: what is read, what is refused and in which words, and that help and man show every row. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/pattern.h"
#include "src/base/err.h"
#include "src/lab/experiment.h"
#include "src/lab/setup.h"
#include "src/options_experiment.h"
#include "tests/tiny_run.h"

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
	ck_assert(e.kind == EXPERIMENT_CORRUPT && e.count == 0 && e.images == 0 && e.trials == 3 && e.seed == 1);
	ck_assert_int_eq(ask(&e, "corrupt --images 0"), 0);
	ck_assert_int_eq(e.images, INT32_MAX);            /* all: not the experiment's own number */
	ck_assert_uint_eq(e.fields, 0);
	ck_assert_uint_eq(e.hows, 1u << CORRUPT_WITHIN);
	ck_assert_int_eq(ask(&e, "corrupt --field reads,dilation --how all --trials 5 --seed 9"), 0);
	ck_assert_uint_eq(e.fields, 1u << CORRUPT_READS | 1u << CORRUPT_DILATION);
	ck_assert_uint_eq(e.hows, 7);
	ck_assert(e.trials == 5 && e.seed == 9);
	ck_assert_int_eq(ask(&e, "guide --arch resnet --evaluations 12 --predictor weights"), 0);
	ck_assert(e.kind == EXPERIMENT_GUIDE && e.has_arch && e.evaluations == 12 && e.predictor == PREDICTOR_WEIGHTS);
	ck_assert_int_eq(ask(&e, "corrupt --arch resnet,3f1c"), 0);
	ck_assert(!e.has_arch && strcmp(e.archs, "resnet,3f1c") == 0);
	ck_assert_int_eq(ask(&e, "rank --arch 3f1c --perturb 20"), 0);
	ck_assert(e.has_arch && e.perturb == 20 && e.count == 0);
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
	{ "corrupt --field reads,,units", "--field reads,,units: a comma stands between two names" },
	{ "corrupt --field reads,", "--field reads,: a comma stands between two names" },
	{ "corrupt --field ,reads", "--field ,reads: a comma stands between two names" },
	{ "corrupt --field all,reads", "--field all,reads: all stands alone: it is every one of them" },
	{ "corrupt --how within,all", "--how within,all: all stands alone: it is every one of them" },
	{ "corrupt --how volcano", "--how volcano: there is none of this name; there are within, across, fixed" },
	{ "guide --predictor wirring", "--predictor wirring: there is none of this name; did you mean wiring?" },
	{ "retrain --arch wrn-16-4-and-a-name-that-is-far-too-long", "--arch wrn-16-4-and-a-name-that-is-far-...: wants wrn-DEPTH-WIDTH, "
		"such as wrn-16-4" },
	{ "retrain --rate 0 --arch resnet", "--rate 0: wants a number above 0, at most 100" },
	{ "rank --arch resnet", "--arch: --perturb or --chain says what to do from there" },
	{ "corrupt --arch resnet --count 9", "--count: --arch names the architectures; leave one of them out" },
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
	ck_assert_ptr_nonnull(strstr(man, "number of architectures\n\n\\fBrank\\fR, \\fBsample\\fR: [100]\n"));
	for (const char *line = man; line; line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL)
		ck_assert_msg(line[0] != '.' || strncmp(line, ".S", 2) == 0 || strncmp(line, ".TP", 3) == 0, "%.40s", line);
	free(man);
}
END_TEST

/* Each variant is of an option that those subcommands have. */
START_TEST(variants_are_of_options_that_there_are)
{
	for (int i = 0; i < option_variant_count; i++) {
		const struct option_variant *v = &option_variants[i];
		unsigned belongs = 0;

		for (int k = 0; k < option_row_count; k++)
			if (strcmp(option_rows[k].name, v->option) == 0)
				belongs = option_rows[k].subcommands;
		ck_assert_msg(v->subcommands && (v->subcommands & belongs) == v->subcommands, "--%s", v->option);
		ck_assert(v->initial || v->help);
		for (int k = 0; k < i; k++)
			ck_assert(strcmp(option_variants[k].option, v->option) != 0 || !(option_variants[k].subcommands & v->subcommands));
	}
}
END_TEST

/* ---- what is not given ---- */

static char folder[256];

static void begin(void)
{
	tiny_make(folder);
}

static void end(void)
{
	tiny_remove(folder);
}

static const char *initial_of(const char *option, enum subcommand command)
{
	for (int i = 0; i < option_row_count; i++)
		if (strcmp(option_rows[i].name, option) == 0)
			return option_initial(&option_rows[i], command);
	return NULL;
}

/* The number in the document of an experiment that has just begun, by the name it has there; of rank by what it counts. */
static const struct {
	const char *command, *option, *key;
	enum subcommand subcommand;
} defaults[] = {
	{ "rank", "count", NULL, SUBCOMMAND_RANK },
	{ "corrupt", "count", "architectures_wanted", SUBCOMMAND_CORRUPT }, { "corrupt", "trials", "trials", SUBCOMMAND_CORRUPT },
	{ "guide", "count", "count_wanted", SUBCOMMAND_GUIDE }, { "guide", "evaluations", "evaluations", SUBCOMMAND_GUIDE },
	{ "retrain --arch resnet", "epochs", "epochs", SUBCOMMAND_RETRAIN },
	{ "correlate", "count", "count", SUBCOMMAND_CORRELATE }, { "correlate", "every", "every", SUBCOMMAND_CORRELATE },
	{ "correlate", "epochs", "epochs", SUBCOMMAND_CORRELATE }, { "correlate", "seeds", "seeds", SUBCOMMAND_CORRELATE },
	{ "correlate", "batch", "batch", SUBCOMMAND_CORRELATE },
};

START_TEST(the_help_says_what_an_experiment_does_unless_told_otherwise)
{
	struct worker_options w = tiny_options(folder, "run", 40);
	struct ranking ranking = { 0 };
	struct step_report report;
	struct run *run;
	struct trainer *t;

	ck_assert_msg(setup_open(&w, &run, &t) == 0, "%s", err_last());
	ck_assert_int_eq(trainer_step(t, &report), 0);
	for (size_t i = 0; i < sizeof defaults / sizeof *defaults; i++) {
		struct experiment e;
		struct job *job;
		int64_t done, total;
		char text[32];

		ck_assert_int_eq(ask(&e, defaults[i].command), 0);
		if (e.has_arch)
			ck_assert_int_eq(pattern_make(&e.arch, "resnet", &t->layout.space, 2), 0);
		job = experiment_start(t, &ranking, &e);
		ck_assert_msg(job != NULL, "%s", err_last());
		job->type->counts(job, &done, &total);
		if (defaults[i].key) {
			json_t *document = job->type->to_json(job);

			total = json_integer_value(json_object_get(document, defaults[i].key));
			json_decref(document);
		}
		job->type->free(job);
		snprintf(text, sizeof text, "%d", (int)total);
		ck_assert_msg(strcmp(text, initial_of(defaults[i].option, defaults[i].subcommand)) == 0, "%s --%s: %s", defaults[i].command,
			defaults[i].option, text);
	}
	ranking_release(&ranking);
	trainer_close(t);
	run_close(run);
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
	TCase *reading = tcase_create("reading"), *writing = tcase_create("writing"), *initial = tcase_create("initial");
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
	tcase_add_test(writing, variants_are_of_options_that_there_are);
	tcase_add_checked_fixture(initial, begin, end);
	tcase_add_test(initial, the_help_says_what_an_experiment_does_unless_told_otherwise);
	suite_add_tcase(suite, initial);
	tcase_add_test(writing, help_shows_every_command_and_option);
	tcase_add_test(writing, man_shows_every_command_and_option);
	suite_add_tcase(suite, reading);
	suite_add_tcase(suite, writing);
	srunner_run_all(runner, CK_ENV);
	int failed = srunner_ntests_failed(runner);

	srunner_free(runner);
	return failed != 0;
}
