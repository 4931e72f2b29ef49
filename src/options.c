/* options.c -- the tables stand last; all before them reads rows. */
#include "src/options.h"

#include <assert.h>
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "src/arch/space.h"
#include "src/base/err.h"
#include "src/base/nearest.h"

enum { ROWS_MAX = 64, ROW_VALUE = 256 };     /* getopt's `val` of row i is ROW_VALUE + i: no short option's letter */

static void *field(struct options *o, const struct option_row *row)
{
	return (char *)o + row->offset;
}

static int set_number(int64_t *number, const struct option_row *row, const char *text)
{
	char *end;

	errno = 0;
	long long value = strtoll(text, &end, 10);

	if (end == text || *end || errno || value < row->min || value > row->max) {
		if (row->max == INT64_MAX)
			return err_set("--%s %s: wants a whole number from %" PRId64, row->name, text, row->min);
		return err_set("--%s %s: wants a whole number from %" PRId64 " to %" PRId64, row->name, text, row->min, row->max);
	}
	*number = value;
	return 0;
}

static int set_real(double *number, const struct option_row *row, const char *text)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end || !(value > (double)row->min && value <= (double)row->max))
		return err_set("--%s %s: wants a number above %" PRId64 ", at most %" PRId64, row->name, text, row->min, row->max);
	*number = value;
	return 0;
}

static int set_text(char *target, size_t size, const struct option_row *row, const char *text)
{
	size_t length = strlen(text);

	if (length == 0)
		return err_set("--%s: the %s is empty", row->name, row->argument);
	if (length >= size)
		return err_set("--%s: the %s is longer than %zu characters", row->name, row->argument, size - 1);
	memcpy(target, text, length + 1);
	return 0;
}

static int set_value(struct options *o, const struct option_row *row, const char *text)
{
	switch (row->type) {
	case OPTION_FLAG:
		*(bool *)field(o, row) = true;
		return 0;
	case OPTION_NUMBER:
		return set_number(field(o, row), row, text);
	case OPTION_REAL:
		return set_real(field(o, row), row, text);
	case OPTION_TEXT:
		return set_text(field(o, row), OPTION_TEXT_SIZE, row, text);
	case OPTION_ASSIGNMENT:
		if (o->set_count == ASSIGNMENTS_MAX)
			return err_set("--%s %s: at most %d of them", row->name, text, ASSIGNMENTS_MAX);
		if (!strchr(text, '='))
			return err_set("--%s %s: wants NAME=VALUE", row->name, text);
		return set_text(o->set[o->set_count++], ASSIGNMENT_SIZE, row, text);
	}
	return 0;
}

static bool belongs(const struct option_row *row, enum subcommand command)
{
	return row->subcommands & 1u << command;
}

static const char *command_words(enum subcommand command, char text[64])
{
	snprintf(text, 64, "smashtop%s%s", command ? " " : "", command ? subcommand_rows[command].name : "");
	return text;
}

/* "--stpes": the option as typed, without its value. */
static void option_word(char *word, size_t size, const char *typed)
{
	snprintf(word, size, "%.*s", (int)strcspn(typed, "="), typed);
}

static int unknown_option(enum subcommand command, bool any, const char *typed)
{
	char word[96], text[64], candidates[256] = "";
	int matches = 0;

	option_word(word, sizeof word, typed);
	if (word[0] != '-' || word[1] != '-')
		return err_set("unknown option %s; %s --help lists them", word, command_words(command, text));

	const char *name = word + 2;
	struct nearest near = nearest_to(name);

	for (int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (!any && !belongs(row, command)) {
			if (strcmp(row->name, name) == 0)
				return err_set("%s has no --%s; %s --help lists its options", command_words(command, text), name, text);
			continue;
		}
		nearest_offer(&near, row->name);
		if (strncmp(row->name, name, strlen(name)) == 0 && ++matches < 8)
			snprintf(candidates + strlen(candidates), sizeof candidates - strlen(candidates), "%s--%s",
				matches > 1 ? ", " : "", row->name);
	}
	if (matches > 1)
		return err_set("%s may mean %s", word, candidates);
	if (near.name)
		return err_set("unknown option %s; did you mean --%s?", word, near.name);
	return err_set("unknown option %s; %s --help lists them", word, command_words(command, text));
}

/* Reads options with getopt_long: the subcommand's, or all of them up to the first word where `any`. Returns 1 where --help or --version
 * ended the reading. */
static int read_options(struct options *o, bool any, int argc, char **argv)
{
	struct option list[ROWS_MAX + 1];
	char letters[8 + 2 * ROWS_MAX] = "+:";
	int n = 0;

	assert(option_row_count <= ROWS_MAX);
	if (!any)
		strcpy(letters, ":");
	for (int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (!any && !belongs(row, o->subcommand))
			continue;
		list[n++] = (struct option){ .name = row->name, .has_arg = row->argument ? required_argument : no_argument, .val = ROW_VALUE + i };
		if (row->letter)
			snprintf(letters + strlen(letters), 3, "%c%s", row->letter, row->argument ? ":" : "");
	}
	list[n] = (struct option){ .name = NULL };

	opterr = 0;
	optind = 0;                          /* GNU: start anew */
	for (;;) {
		int c = getopt_long(argc, argv, letters, list, NULL);
		char word[96];

		if (c == -1)
			return 0;
		option_word(word, sizeof word, argv[optind - 1]);
		if (c == ':')
			return err_set("%s wants a value", word);
		if (c == '?' && optopt >= ROW_VALUE)
			return err_set("--%s takes no value", option_rows[optopt - ROW_VALUE].name);
		if (c == '?') {
			char letter[3] = { '-', (char)optopt, '\0' };

			return unknown_option(o->subcommand, any, optopt ? letter : argv[optind - 1]);
		}
		int i = c - ROW_VALUE;

		for (int j = 0; c < ROW_VALUE && j < option_row_count; j++)
			if (option_rows[j].letter == c)
				i = j;
		if (set_value(o, &option_rows[i], optarg) < 0)
			return -1;
		o->given |= UINT64_C(1) << i;
		if (o->help || o->help_man || o->version)
			return 1;
	}
}

static int find_subcommand(struct options *o, const char *name)
{
	struct nearest near = nearest_to(name);

	for (int i = 1; i < SUBCOMMANDS; i++) {
		if (strcmp(subcommand_rows[i].name, name) == 0) {
			o->subcommand = (enum subcommand)i;
			return 0;
		}
		nearest_offer(&near, subcommand_rows[i].name);
	}
	return err_set("%s: no such command%s", name, near.name ? nearest_hint(&near) : "; smashtop --help lists them");
}

/* An option before the subcommand was read without knowing whether it belongs. */
static int check_belonging(const struct options *o)
{
	char text[64];

	for (int i = 0; i < option_row_count; i++)
		if (o->given >> i & 1 && !belongs(&option_rows[i], o->subcommand))
			return err_set("%s has no --%s; %s --help lists its options", command_words(o->subcommand, text),
				option_rows[i].name, text);
	return 0;
}

static int check_arguments(const struct options *o)
{
	const struct subcommand_row *row = &subcommand_rows[o->subcommand];
	char text[64];

	if (o->argument_count < row->arguments_min)
		return err_set("%s wants %s", command_words(o->subcommand, text), row->arguments);
	if (o->argument_count > row->arguments_max)
		return err_set("%s: %s is one argument too many", command_words(o->subcommand, text), o->argument[row->arguments_max]);
	return 0;
}

int options_parse(struct options *o, int argc, char **argv)
{
	*o = (struct options){ .subcommand = SUBCOMMAND_WORKBENCH };
	for (int i = 0; i < option_row_count; i++) {
		const struct option_row *row = &option_rows[i];

		if (row->initial && set_value(o, row, row->initial) < 0)
			return -1;
	}
	int rc = read_options(o, true, argc, argv);

	if (rc < 0)
		return -1;
	/* `smashtop --help train` is `smashtop train --help`. */
	if (optind < argc && (!rc || argv[optind][0] != '-') && find_subcommand(o, argv[optind]) < 0)
		return -1;
	if (rc)
		return 0;
	if (o->subcommand) {
		argc -= optind;
		argv += optind;
		rc = read_options(o, false, argc, argv);
		if (rc)
			return rc < 0 ? -1 : 0;
	}
	o->argument = argv + optind;
	o->argument_count = argc - optind;
	if (check_belonging(o) < 0)
		return -1;
	return check_arguments(o);
}

bool options_given(const struct options *o, const char *name)
{
	for (int i = 0; i < option_row_count; i++)
		if (strcmp(option_rows[i].name, name) == 0)
			return o->given >> i & 1;
	assert(!"an option's name");
	return false;
}

static const struct option_variant *find_variant(const struct option_row *row, enum subcommand command)
{
	for (int i = 0; i < option_variant_count; i++)
		if (option_variants[i].subcommands >> command & 1 && strcmp(option_variants[i].option, row->name) == 0)
			return &option_variants[i];
	return NULL;
}

const char *option_help(const struct option_row *row, enum subcommand command)
{
	const struct option_variant *v = find_variant(row, command);

	return v && v->help ? v->help : row->help;
}

const char *option_initial(const struct option_row *row, enum subcommand command)
{
	const struct option_variant *v = find_variant(row, command);

	return v && v->initial ? v->initial : row->initial;
}

/* "-h, --help", "    --run DIR" */
static void left_column(const struct option_row *row, char *text, size_t size)
{
	char letter[8] = "    ";

	if (row->letter)
		snprintf(letter, sizeof letter, "-%c, ", row->letter);
	snprintf(text, size, "%s--%s%s%s", letter, row->name, row->argument ? " " : "", row->argument ? row->argument : "");
}

static bool shown(const struct option_row *row, enum subcommand command)
{
	return belongs(row, command) && row->help;
}

void options_write_help(FILE *f, enum subcommand command)
{
	const struct subcommand_row *row = &subcommand_rows[command];
	char text[64];

	if (command == SUBCOMMAND_WORKBENCH) {
		fputs("usage: smashtop [options]\n       smashtop COMMAND [options] ...\n\n", f);
		fprintf(f, "%s\n%s\n\ncommands:\n", row->help, row->more);
		for (int i = 1; i < SUBCOMMANDS; i++)
			fprintf(f, "  %-10s %s\n", subcommand_rows[i].name, subcommand_rows[i].help);
		fputs("\n`smashtop COMMAND --help` tells more of each.\n", f);
	} else {
		fprintf(f, "usage: %s [options]%s%s\n\n%s\n%s\n", command_words(command, text), row->arguments ? " " : "",
			row->arguments ? row->arguments : "", row->help, row->more);
	}
	fputs("\noptions:\n", f);
	for (int i = 0; i < option_row_count; i++) {
		char left[64];

		if (!shown(&option_rows[i], command))
			continue;
		left_column(&option_rows[i], left, sizeof left);
		const char *initial = option_initial(&option_rows[i], command);

		fprintf(f, "  %-26s %s%s%s%s\n", left, option_help(&option_rows[i], command), initial ? " [" : "", initial ? initial : "",
			initial ? "]" : "");
	}
	fputs("\nExit status: 0 done, 1 failed, 2 wrong usage, 130 interrupted (with the run saved).\n", f);
}

/* A leading dot or quote would be a request, a hyphen is typeset as one unless escaped. */
void options_write_roff(FILE *f, const char *text)
{
	for (const char *c = text; *c; c++) {
		if (*c == '-' || *c == '\\')
			fputc('\\', f);
		if (c == text && (*c == '.' || *c == '\''))
			fputs("\\&", f);
		fputc(*c, f);
		if (*c == '\n' && (c[1] == '.' || c[1] == '\''))
			fputs("\\&", f);
	}
}

static void write_man_help(FILE *f, const char *help, const char *initial)
{
	options_write_roff(f, help);
	if (initial) {
		fputs(*help ? " [" : "[", f);
		options_write_roff(f, initial);
		fputc(']', f);
	}
	fputc('\n', f);
}

/* "guide: number of random starts [30]", "rank, sample: [100]" */
static void write_man_variant(FILE *f, const struct option_row *row, const struct option_variant *v)
{
	int n = 0;

	fputs("\n", f);
	for (int i = 0; i < SUBCOMMANDS; i++)
		if (v->subcommands >> i & 1)
			fprintf(f, "%s\\fB%s\\fR", n++ ? ", " : "", subcommand_rows[i].name);
	fputs(": ", f);
	write_man_help(f, v->help ? v->help : "", v->initial ? v->initial : row->initial);
}

static void write_man_option(FILE *f, const struct option_row *row)
{
	fputs(".TP\n", f);
	if (row->letter)
		fprintf(f, "\\fB\\-%c\\fR, ", row->letter);
	fputs("\\fB\\-\\-", f);
	options_write_roff(f, row->name);
	fputs("\\fR", f);
	if (row->argument)
		fprintf(f, " \\fI%s\\fR", row->argument);
	fputc('\n', f);
	write_man_help(f, row->help, row->initial);
	for (int i = 0; i < option_variant_count; i++)
		if (strcmp(option_variants[i].option, row->name) == 0)
			write_man_variant(f, row, &option_variants[i]);
}

static void write_man_field(FILE *f, const struct preset_field *field)
{
	fprintf(f, ".TP\n\\fB%s\\fR", field->name);
	if (field->count > 1)
		fprintf(f, " (%d values, comma between)", field->count);
	fprintf(f, ", %s %.9g to %.9g\n", field->type == FIELD_INT ? "whole" : "real", field->min, field->max);
	options_write_roff(f, field->help);
	fputc('\n', f);
}

void options_write_man(FILE *f)
{
	fputs(".SH COMMANDS\n", f);
	for (int i = 0; i < SUBCOMMANDS; i++) {
		const struct subcommand_row *row = &subcommand_rows[i];

		fprintf(f, ".SS smashtop%s%s%s%s\n", row->name ? " " : "", row->name ? row->name : "", row->arguments ? " " : "",
			row->arguments ? row->arguments : "");
		options_write_roff(f, row->help);
		fputc('\n', f);
		options_write_roff(f, row->more);
		fputs("\n", f);
		fputs("Options:", f);
		for (int k = 0, n = 0; k < option_row_count; k++)
			if (shown(&option_rows[k], (enum subcommand)i))
				fprintf(f, "%s\\-\\-%s", n++ ? ", " : " ", option_rows[k].name);
		fputs(".\n", f);
	}
	fputs(".SH OPTIONS\n", f);
	for (int i = 0; i < option_row_count; i++)
		if (option_rows[i].help)
			write_man_option(f, &option_rows[i]);
	fputs(".SH \"PRESET FIELDS\"\nWhat \\fB\\-\\-set\\fR can change:\n", f);
	for (int i = 0; i < preset_field_count; i++)
		write_man_field(f, &preset_fields[i]);
}

const struct subcommand_row subcommand_rows[SUBCOMMANDS] = {
	[SUBCOMMAND_WORKBENCH] = { .help = "Train a SMASH HyperNet on images and watch it: an interactive workbench for architecture search.",
		.more = "Without a command: opens the workbench on a new run, or on the run that --run or --resume names.\n"
			"Without a terminal it trains as `smashtop train` does." },
	[SUBCOMMAND_TRAIN] = { .name = "train", .help = "Train without a screen.",
		.more = "Makes a run, or goes on with the one in --run. Ctrl-C saves and ends; train --run DIR goes on from there\n"
			"with the same bits. --steps on an existing run extends it; --threads, --device and the\n"
			"folder of --data change too, all else stays." },
	[SUBCOMMAND_RANK] = { .name = "rank", .help = "Score random architectures of a run, best first.",
		.more = "The score is the mean loss with generated weights on held-out images; every score is also kept in\n"
			"RUN/ranking.jsonl. --top K races: an architecture that cannot be among the best K is left early." },
	[SUBCOMMAND_CORRUPT] = { .name = "corrupt", .help = "Test whether the HyperNet uses what it is told about an architecture.",
		.more = "Scores architectures with true and with corrupted encodings on the same images. Per field: the rise in\n"
			"loss and error, how often the truth wins, and a p value corrected over the fields." },
	[SUBCOMMAND_GUIDE] = { .name = "guide", .help = "Predict by gradient what each small edit would do, and descend.",
		.more = "Lists the edits of an architecture with predicted and measured change, then searches: the best\n"
			"predicted edit is scored and kept or undone; beside it as many random edits. Without --arch the starts are\n"
			"random architectures, and guided and random search are compared over all of them." },
	[SUBCOMMAND_RETRAIN] = { .name = "retrain", .help = "Train a network with weights of its own.",
		.more = "An architecture of the run, a FILE, a pattern (resnet, densenet, fractalnet, fractalnet-exact) or a\n"
			"Wide ResNet by depth and width (wrn-16-4). The validation images choose the epoch, the test images are\n"
			"only reported. An interrupted training goes on where it was. With --data on another data set: image size, channels\n"
			"and classes are that one's, and of images and volumes the architecture becomes one for the other." },
	[SUBCOMMAND_CORRELATE] = { .name = "correlate", .help = "Check scores against networks trained with weights of their own.",
		.more = "Ranks random architectures, trains every K-th of the ranking and correlates score and test error. It can\n"
			"be interrupted at any point; the same command goes on. Every K-th tells how scores do among architectures as\n"
			"they are drawn; --spread takes as many of evenly spread scores, a wider range that is easier to tell apart." },
	[SUBCOMMAND_SAMPLE] = { .name = "sample", .help = "Write random architectures of a preset's search space as JSON.",
		.more = "The same preset and seed give the same architectures everywhere." },
	[SUBCOMMAND_SHOW] = { .name = "show", .arguments = "FILE|NAME|ID", .arguments_min = 1, .arguments_max = 1,
		.help = "Show an architecture's memory banks as text.",
		.more = "A FILE holds an architecture in JSON, or several as `smashtop sample` writes them; - is standard input. A NAME\n"
			"is a pattern: resnet, densenet, fractalnet, fractalnet-exact. An ID of the run, or how it begins, is looked up\n"
			"in its kept architectures and its ranking. Space and image size come from the run, or from --preset and --data;\n"
			"of images and volumes the architecture becomes one for the other." },
	[SUBCOMMAND_CHECK] = { .name = "check", .arguments = "FILE|NAME|ID", .arguments_min = 1, .arguments_max = 1,
		.help = "Validate architectures and say what is wrong.",
		.more = "Names the block, the op, the field and the rule that is broken. Exit status 1 where one is." },
	[SUBCOMMAND_EXPORT] = { .name = "export", .help = "Write architectures, scores or figures to a file.",
		.more = "json: architectures that smashtop and other programs read back; csv: the table of scores, all of it where neither\n"
			"--arch, --best nor --marked says which; txt: memory banks as text; svg, pdf, png: the same as a picture for a paper;\n"
			"dot: as graphs for Graphviz; pytorch: a module of PyTorch (.py) beside its weights (.safetensors), which checks itself when\n"
			"it is run: python FILE.py FILE.safetensors; onnx: a model of ONNX with its weights. Several of these two go into a\n"
			"folder, where each has its id as a name.\n"
			"With --figure, pictures and csv are of what the run has measured: loss, correlate or corrupt; tensorboard has its metrics.\n"
			"A file that exists is left alone without --force." },
	[SUBCOMMAND_DATA] = { .name = "data", .arguments = "[NAME[:DIR]]...", .arguments_max = 16,
		.help = "List the data sets: which are there, what is missing. Or read and check those that are named.",
		.more = "Of one that is named: how many examples of how many, their size, classes, mean and deviation, how they are varied in\n"
			"training, whether published checksums hold. Exit status 1 where one cannot be read." },
	[SUBCOMMAND_BENCH] = { .name = "bench", .arguments = "[NAME]...", .arguments_max = 8,
		.help = "Measure this machine.",
		.more = "Names: kernels, training, scoring, screen; all where none is given." },
	[SUBCOMMAND_COMPLETION] = { .name = "completion", .arguments = "bash|zsh|fish", .arguments_min = 1, .arguments_max = 1,
		.help = "Write the completion of this program for a shell.",
		.more = "It is installed where the shells look for it; otherwise: source <(smashtop completion bash)" },
	[SUBCOMMAND_THEMES] = { .name = "themes", .help = "List the themes there are, and where each is.",
		.more = "Those in $XDG_CONFIG_HOME/smashtop/themes (~/.config/smashtop/themes) go before the installed ones; smashtop-theme(5)\n"
			"tells how one is written. With --json a list of name and path." },
};

#define FIELD(name) offsetof(struct options, name)
#define IN(name) (1u << SUBCOMMAND_##name)
#define LAB (IN(RANK) | IN(CORRUPT) | IN(GUIDE) | IN(RETRAIN) | IN(CORRELATE))
#define ALL ((1u << SUBCOMMANDS) - 1)

const struct option_row option_rows[] = {
	{ "run", 0, "DIR", OPTION_TEXT, 0, 0, NULL, FIELD(run), IN(WORKBENCH) | IN(TRAIN) | IN(SHOW) | IN(CHECK) | IN(EXPORT) | LAB,
		"run directory; made where there is none, runs/DATE-TIME where not given" },
	{ "resume", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(resume), IN(WORKBENCH) | IN(TRAIN),
		"the newest unfinished run in runs/, or the one in --run, which must exist" },
	{ "data", 0, "NAME[:DIR]", OPTION_TEXT, 0, 0, "fashion-mnist", FIELD(data), IN(WORKBENCH) | IN(TRAIN) | IN(RETRAIN) | IN(EXPORT) | IN(SHOW) | IN(BENCH),
		"data set, and the folder it is in: fashion-mnist, cifar10:FOLDER, images:FOLDER; smashtop data lists them" },
	{ "preset", 0, "NAME", OPTION_TEXT, 0, 0, "small", FIELD(preset),
		IN(WORKBENCH) | IN(TRAIN) | IN(SAMPLE) | IN(SHOW) | IN(CHECK) | IN(BENCH), "search space, HyperNet and training: small, smash-v1, smash-v2, small-weak, small-free, tiny" },
	{ "set", 0, "NAME=VALUE", OPTION_ASSIGNMENT, 0, 0, NULL, FIELD(set),
		IN(WORKBENCH) | IN(TRAIN) | IN(SAMPLE) | IN(SHOW) | IN(CHECK) | IN(BENCH), "change a field of the preset, such as training.batch=32; may be repeated; smashtop(1) lists them" },
	{ "steps", 0, "N", OPTION_NUMBER, 1, INT32_MAX, NULL, FIELD(steps), IN(WORKBENCH) | IN(TRAIN),
		"length of the training in steps; the preset's where not given" },
	{ "epochs", 0, "N", OPTION_NUMBER, 1, 1000000, NULL, FIELD(epochs), IN(TRAIN) | IN(RETRAIN) | IN(CORRELATE),
		"length in passes over the training images" },
	{ "arch", 0, "ID|FILE|NAME", OPTION_TEXT, 0, 0, NULL, FIELD(arch), IN(RANK) | IN(CORRUPT) | IN(GUIDE) | IN(RETRAIN) | IN(EXPORT),
		"architecture: an id of the run or how it begins, a JSON file, or a pattern's name" },
	{ "count", 0, "N", OPTION_NUMBER, 1, 1000000, NULL, FIELD(count), IN(SAMPLE) | (LAB & ~IN(RETRAIN)),
		"number of architectures" },
	{ "format", 0, "NAME", OPTION_TEXT, 0, 0, NULL, FIELD(format), IN(EXPORT),
		"json, csv, txt, svg, pdf, png, dot, tensorboard, pytorch or onnx; what the end of --output says where not given" },
	{ "figure", 0, "NAME", OPTION_TEXT, 0, 0, NULL, FIELD(figure), IN(EXPORT),
		"what svg, pdf, png or csv is of: banks (architectures, or their scores), loss, correlate or corrupt" },
	{ "result", 0, "N", OPTION_NUMBER, 1, 1000000, NULL, FIELD(result), IN(EXPORT), "which result --figure correlate or corrupt is of, 1 the oldest; the newest where not given" },
	{ "style", 0, "NAME", OPTION_TEXT, 0, 0, "light", FIELD(style), IN(EXPORT), "of pictures: light or dark" },
	{ "width", 0, "MM", OPTION_NUMBER, 60, 500, NULL, FIELD(width), IN(EXPORT),
		"of pictures, in millimetres; 85 where not given, or what banks need for ops of several convolutions; letters stay 7 points high" },
	{ "dpi", 0, "N", OPTION_NUMBER, 50, 2400, "300", FIELD(dpi), IN(EXPORT), "pixels an inch of a png" },
	{ "log", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(log), IN(EXPORT), "with a logarithmic scale, of --figure loss" },
	{ "weights", 0, "NAME", OPTION_TEXT, 0, 0, "generated", FIELD(weights), IN(EXPORT),
		"of pytorch and onnx: generated by the HyperNet, or those that its own training had at the end (last) or at its best epoch (selected)" },
	{ "output", 0, "FILE", OPTION_TEXT, 0, 0, "-", FIELD(output), IN(EXPORT), "file to write; - is standard output" },
	{ "best", 0, "K", OPTION_NUMBER, 1, 1000000, NULL, FIELD(best), IN(EXPORT), "the K best of those that the newest weights scored" },
	{ "marked", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(marked), IN(EXPORT), "those that are marked in the ranking of the workbench" },
	{ "force", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(force), IN(EXPORT), "replace a file that exists" },
	{ "images", 0, "M", OPTION_NUMBER, 0, INT32_MAX, NULL, FIELD(images), LAB & ~IN(RETRAIN), "held-out images to score on; 0 is all" },
	{ "top", 0, "K", OPTION_NUMBER, 1, 1000000, NULL, FIELD(top), IN(RANK), "race for the best K instead of scoring every architecture in full" },
	{ "perturb", 0, "N", OPTION_NUMBER, 1, 1000000, NULL, FIELD(perturb), IN(RANK), "then score N random neighbours of the best" },
	{ "chain", 0, "N", OPTION_NUMBER, 1, 1000000, NULL, FIELD(chain), IN(RANK), "then N steps of local search from the best" },
	{ "patterns", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(patterns), IN(RANK), "score the named patterns that the space can hold as well" },
	{ "trials", 0, "K", OPTION_NUMBER, 1, 1000, "3", FIELD(trials), IN(CORRUPT), "corrupted encodings per architecture and field" },
	{ "field", 0, "NAME,...", OPTION_TEXT, 0, 0, "all", FIELD(field), IN(CORRUPT),
		"what to corrupt: dilation, kernel, groups, units, active, reads, writes, other, random, empty; or all" },
	{ "how", 0, "NAME,...", OPTION_TEXT, 0, 0, "within", FIELD(how), IN(CORRUPT),
		"within: other valid values of the op; across: values of other ops; fixed: one wrong value; or all" },
	{ "evaluations", 0, "N", OPTION_NUMBER, 1, 100000, "30", FIELD(evaluations), IN(GUIDE), "scores that each search may take from a start; as many single edits of it are measured" },
	{ "predictor", 0, "NAME", OPTION_TEXT, 0, 0, "wiring", FIELD(predictor), IN(GUIDE), "what guides the search: wiring, weights or random" },
	{ "batch", 0, "N", OPTION_NUMBER, 2, 65536, "64", FIELD(batch), IN(RETRAIN) | IN(CORRELATE), "images a step" },
	{ "rate", 0, "X", OPTION_REAL, 0, 100, "0.1", FIELD(rate), IN(RETRAIN) | IN(CORRELATE), "learning rate at the start" },
	{ "from-generated", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(from_generated), IN(RETRAIN), "start from the HyperNet's weights" },
	{ "weight-norm", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(weight_norm), IN(RETRAIN) | IN(CORRELATE),
		"divide each 1x1 weight by its norm, in place of batch norm in the ops" },
	{ "one-conv", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(one_conv), IN(RETRAIN) | IN(EXPORT), "make each op one 3x3 convolution: the architecture's wiring alone" },
	{ "folds", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(folds), IN(RETRAIN),
		"train on each fold of the data set (stl10 has ten), for mean and standard deviation of the test error" },
	{ "every", 0, "K", OPTION_NUMBER, 1, 1000000, "5", FIELD(every), IN(CORRELATE), "train every K-th architecture of the ranking" },
	{ "seeds", 0, "N", OPTION_NUMBER, 1, 100, "1", FIELD(seeds), IN(CORRELATE), "trainings of each; two or more give the noise ceiling" },
	{ "spread", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(spread), IN(CORRELATE), "train as many as --every says, but with scores evenly spread from best to worst" },
	{ "matched", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(matched), IN(CORRELATE), "only architectures whose MACs are within 10 % of the median" },
	{ "seed", 0, "S", OPTION_NUMBER, 0, INT64_MAX, "1", FIELD(seed), IN(WORKBENCH) | IN(TRAIN) | IN(SAMPLE) | IN(BENCH) | (LAB & ~IN(RANK)),
		"seed of everything random" },
	{ "device", 0, "DEVICE", OPTION_TEXT, 0, 0, "auto", FIELD(device), IN(WORKBENCH) | IN(TRAIN) | IN(BENCH) | IN(EXPORT) | LAB,
		"cpu, cuda or cuda:N; auto: the first GPU if one works, else the cpu" },
	{ "precision", 0, "NAME", OPTION_TEXT, 0, 0, "float", FIELD(precision), IN(WORKBENCH) | IN(TRAIN) | IN(BENCH) | LAB,
		"of products on a GPU: float, tf32 or bf16; weights and sums are float in all" },
	{ "threads", 0, "N", OPTION_NUMBER, 0, 1024, "0", FIELD(threads), IN(WORKBENCH) | IN(TRAIN) | IN(BENCH) | LAB,
		"threads to compute with; 0 is all processors" },
	{ "theme", 0, "NAME|FILE", OPTION_TEXT, 0, 0, NULL, FIELD(theme), IN(WORKBENCH), "colours: a name that `smashtop themes` lists, or a file; also in SMASHTOP_THEME" },
	{ "ascii", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(ascii), IN(WORKBENCH), "draw with ASCII characters only" },
	{ "no-mouse", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(no_mouse), IN(WORKBENCH), "leave the mouse to the terminal" },
	{ "plain", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(plain), IN(WORKBENCH), "commands and answers in lines: for screen readers and dumb terminals" },
	{ "accessible", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(plain), IN(WORKBENCH), "the same as --plain" },
	{ "json", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(json), ALL & ~IN(WORKBENCH) & ~IN(COMPLETION), "one JSON document on standard output" },
	{ "help", 'h', NULL, OPTION_FLAG, 0, 0, NULL, FIELD(help), ALL, "this text" },
	{ "help-man", 0, NULL, OPTION_FLAG, 0, 0, NULL, FIELD(help_man), IN(WORKBENCH), NULL },
	{ "version", 'V', NULL, OPTION_FLAG, 0, 0, NULL, FIELD(version), ALL, "the version" },
};
const int option_row_count = sizeof option_rows / sizeof *option_rows;

const struct option_variant option_variants[] = {
	{ "run", LAB | IN(EXPORT), NULL, "run directory, which must exist" },
	{ "run", IN(SHOW) | IN(CHECK), NULL, "run directory whose search space, image size and architectures are meant" },
	{ "data", IN(RETRAIN), "the run's", "data set to train on, and the folder it is in" },
	{ "data", IN(EXPORT), "the run's", "data set that retrain --data has trained the network on" },
	{ "one-conv", IN(EXPORT), NULL, "of networks that retrain --one-conv has trained" },
	{ "epochs", IN(RETRAIN), "30", NULL },
	{ "epochs", IN(CORRELATE), "5", "length of each training in passes over the training images" },
	{ "arch", IN(RETRAIN), NULL, "architecture: an id of the run or how it begins, a JSON file, a pattern's name, or a network such as wrn-16-4" },
	{ "arch", IN(EXPORT), NULL, "architectures, comma between: ids of the run or how they begin, JSON files, patterns' names" },
	{ "arch", IN(GUIDE), "random starts", NULL },
	{ "arch", IN(RANK), "the best", "architecture whose neighbours --perturb and --chain score, with no random ones unless --count asks for them" },
	{ "arch", IN(CORRUPT), "random ones", "architectures to test, comma between: ids of the run or how they begin, JSON files, patterns' names" },
	{ "count", IN(RANK) | IN(SAMPLE), "100", NULL },
	{ "count", IN(CORRUPT), "30", NULL },
	{ "count", IN(GUIDE), "30", "number of random starts" },
	{ "count", IN(CORRELATE), "250", "number of architectures to score" },
	{ "images", IN(RANK) | IN(CORRELATE), "all", NULL },
	{ "images", IN(GUIDE), "all", "held-out images to score on, one half to choose and one to report; 0 is all" },
	{ "images", IN(CORRUPT), "1000", NULL },
	{ "seed", LAB & ~IN(RANK), NULL, "seed of what the experiment draws" },
	{ "device", LAB, "the run's", "cpu, cuda, cuda:N or auto, for the run from here on" },
	{ "device", IN(EXPORT), "the run's", "cpu, cuda, cuda:N or auto: where pytorch and onnx have weights generated" },
	{ "precision", LAB, "the run's", NULL },
	{ "threads", LAB, "the run's", NULL },
};
const int option_variant_count = sizeof option_variants / sizeof *option_variants;
