/* find.c -- where the commands look that need no trainer. */
#include "src/cli/find.h"

#include <stdio.h>

#include "src/cli/cli.h"
#include "src/data/dataset.h"
#include "src/lab/lookup.h"
#include "src/lab/run_data.h"

/* The space, and the data set that goes with it. */
static int space_and_data(struct setting *s, struct run_config *config, const struct options *o)
{
	*s = (struct setting){ .axes = 2 };
	*config = (struct run_config){ .seed = 0 };
	if (options_given(o, "run")) {
		struct run *run = run_open(o->run, false);

		if (!run)
			return EXIT_FAILED;
		s->space = run->config.preset.space;
		*config = run->config;
		run_close(run);
	} else {
		struct preset preset;

		if (cli_preset(&preset, o) < 0)
			return EXIT_USAGE;
		s->space = preset.space;
		snprintf(config->data, sizeof config->data, "%s", o->data);
	}
	return EXIT_DONE;
}

int find_space(struct setting *s, const struct options *o)
{
	struct run_config config;

	return space_and_data(s, &config, o);
}

int find_setting(struct setting *s, const struct options *o)
{
	struct run_config config;
	int status = space_and_data(s, &config, o);
	struct dataset *data;

	if (status != EXIT_DONE)
		return status;
	data = options_given(o, "run") ? run_data_open(o->run, &config, false) : dataset_open_known(config.data, NULL);
	if (!data)
		return EXIT_FAILED;
	s->input = data->input;
	s->axes = data->axes;
	dataset_close(data);
	return EXIT_DONE;
}

int find_archs(struct arch **list, const struct options *o, const struct setting *s)
{
	struct lookup where = { .space = &s->space, .axes = s->axes, .run_path = options_given(o, "run") ? o->run : NULL };

	return lookup_archs(list, o->argument[0], &where);
}
