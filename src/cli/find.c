/* find.c -- a run keeps architectures in two places: RUN/architectures and RUN/ranking.jsonl. */
#include "src/cli/find.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"
#include "src/cli/cli.h"
#include "src/data/dataset.h"
#include "src/lab/rank.h"
#include "src/store/run.h"

static int input_of(struct setting *s, const char *data)
{
	struct dataset *d = dataset_open(data);

	if (!d)
		return -1;
	s->input = d->input;
	s->axes = d->axes;
	dataset_close(d);
	return 0;
}

int find_setting(struct setting *s, const struct options *o)
{
	struct preset preset;
	struct run *run;
	int rc;

	if (!options_given(o, "run")) {
		if (cli_preset(&preset, o) < 0)
			return EXIT_USAGE;
		s->space = preset.space;
		return input_of(s, o->data) < 0 ? EXIT_FAILED : EXIT_DONE;
	}
	run = run_open(o->run, false);
	if (!run)
		return EXIT_FAILED;
	s->space = run->config.preset.space;
	rc = input_of(s, run->config.data);
	run_close(run);
	return rc < 0 ? EXIT_FAILED : EXIT_DONE;
}

static int find_id(struct arch *arch, const char *run_path, const char *id)
{
	char path[OPTION_TEXT_SIZE + 64];
	struct ranking ranking = { 0 };
	int rc = -1;

	snprintf(path, sizeof path, "%s/architectures/%s.json", run_path, id);
	if (access(path, F_OK) == 0)
		return arch_load(arch, path, NULL);
	if (ranking_load(&ranking, run_path, NULL) == 0) {
		int i = ranking_find(&ranking, id);

		if (i >= 0) {
			*arch = ranking.entry[i].arch;
			rc = 0;
		} else {
			err_set("%s: no such file, and no architecture of that id in %s", id, run_path);
		}
	}
	ranking_release(&ranking);
	return rc;
}

int find_arch(struct arch *arch, const struct options *o, const char *name)
{
	if (access(name, F_OK) == 0)
		return arch_load(arch, name, NULL);
	if (!options_given(o, "run"))
		return err_set("%s: no such file; an architecture's id needs --run DIR", name);
	if (strlen(name) != ARCH_ID_LENGTH)
		return err_set("%s: no such file, and an architecture's id has %d digits", name, ARCH_ID_LENGTH);
	return find_id(arch, o->run, name);
}
