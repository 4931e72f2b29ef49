/* options_values.c -- the lists are those of the parts that read the values. */
#include "src/options_values.h"

#include <string.h>

#include "kernels/kernels.h"
#include "src/arch/pattern.h"
#include "src/arch/space.h"
#include "src/data/dataset.h"
#include "src/export/export.h"
#include "src/export/network.h"
#include "src/lab/request.h"

static const char *preset(int i)
{
	for (int k = 0; k < i; k++)
		if (!preset_names[k])
			return NULL;
	return preset_names[i];
}

static const char *preset_field(int i)
{
	return i < preset_field_count ? preset_fields[i].name : NULL;
}

static const char *data_set(int i)
{
	return i < dataset_format_count ? dataset_formats[i].name : NULL;
}

static const char *pattern(int i)
{
	return i < pattern_count ? patterns[i].name : NULL;
}

static const char *from(const char *const *names, int count, int i)
{
	return i < count ? names[i] : i == count ? "all" : NULL;
}

static const char *corrupt_field(int i)
{
	return from(corrupt_field_names, CORRUPT_FIELDS, i);
}

static const char *corrupt_how(int i)
{
	return from(corrupt_how_names, CORRUPT_HOWS, i);
}

static const char *predictor(int i)
{
	return i < PREDICTORS ? predictor_names[i] : NULL;
}

static const char *format(int i)
{
	return i < export_format_count ? export_formats[i].name : NULL;
}

static const char *figure(int i)
{
	return i < EXPORT_SUBJECTS ? export_subject_names[i] : NULL;
}

static const char *style(int i)
{
	static const char *const names[] = { "light", "dark" };

	return i < 2 ? names[i] : NULL;
}

static const char *weights(int i)
{
	return i < EXPORT_WEIGHTS ? export_weights_names[i] : NULL;
}

static const char *device(int i)
{
	static const char *const names[] = { "auto", "cpu", "cuda" };

	return i < 3 ? names[i] : NULL;
}

static const char *precision(int i)
{
	return i < PRECISIONS ? precision_names[i] : NULL;
}

static const char *benchmark(int i)
{
	static const char *const names[] = { "kernels", "training", "scoring", "screen" };

	return i < (int)(sizeof names / sizeof names[0]) ? names[i] : NULL;
}

static const char *shell(int i)
{
	static const char *const names[] = { "bash", "zsh", "fish" };

	return i < (int)(sizeof names / sizeof names[0]) ? names[i] : NULL;
}

static const char *none(int i)
{
	(void)i;
	return NULL;
}

struct values {
	const char *name;
	enum option_values kind;
	const char *(*value)(int i);
};

static const struct values of_options[] = {
	{ "run", VALUES_FOLDER, none }, { "data", VALUES_DATA, data_set }, { "preset", VALUES_NAMES, preset },
	{ "set", VALUES_ASSIGNMENT, preset_field }, { "arch", VALUES_ARCH, pattern }, { "field", VALUES_LIST, corrupt_field },
	{ "how", VALUES_LIST, corrupt_how }, { "predictor", VALUES_NAMES, predictor }, { "device", VALUES_NAMES, device }, { "precision", VALUES_NAMES, precision },
	{ "theme", VALUES_THEME, none }, { "format", VALUES_NAMES, format }, { "output", VALUES_FILE, none },
	{ "figure", VALUES_NAMES, figure }, { "style", VALUES_NAMES, style }, { "weights", VALUES_NAMES, weights },
};

static const struct values of_arguments[SUBCOMMANDS] = {
	[SUBCOMMAND_SHOW] = { "show", VALUES_ARCH, pattern }, [SUBCOMMAND_CHECK] = { "check", VALUES_ARCH, pattern },
	[SUBCOMMAND_DATA] = { "data", VALUES_DATA, data_set }, [SUBCOMMAND_BENCH] = { "bench", VALUES_NAMES, benchmark }, [SUBCOMMAND_COMPLETION] = { "completion", VALUES_NAMES, shell },
};

static const struct values *find(const struct option_row *row)
{
	static const struct values any = { NULL, VALUES_ANY, none };

	for (size_t i = 0; i < sizeof of_options / sizeof of_options[0]; i++)
		if (!strcmp(of_options[i].name, row->name))
			return &of_options[i];
	return &any;
}

enum option_values option_values(const struct option_row *row)
{
	return find(row)->kind;
}

const char *option_value(const struct option_row *row, int i)
{
	return find(row)->value(i);
}

enum option_values subcommand_values(enum subcommand s)
{
	return of_arguments[s].kind;
}

const char *subcommand_value(enum subcommand s, int i)
{
	return of_arguments[s].value ? of_arguments[s].value(i) : NULL;
}
