/* check.c -- is this file a valid architecture of the space? */
#include <stdio.h>

#include "src/base/err.h"
#include "src/cli/cli.h"
#include "src/store/run.h"

/* Counted from 1 as everywhere a person reads; null where the fault isn't in one. */
static json_t *number_from_one(int i)
{
	return i < 0 ? json_null() : json_integer(i + 1);
}

static json_t *fault_to_json(const struct arch_fault *fault)
{
	return json_pack("{s:o, s:o, s:s, s:s}", "block", number_from_one(fault->block), "op", number_from_one(fault->op),
		"field", fault->field, "rule", fault->rule);
}

static int find_space(struct space *space, const struct options *o)
{
	struct preset preset;

	if (options_given(o, "run")) {
		struct run *run = run_open(o->run, false);

		if (!run)
			return EXIT_FAILED;
		*space = run->config.preset.space;
		run_close(run);
		return EXIT_DONE;
	}
	if (cli_preset(&preset, o) < 0)
		return EXIT_USAGE;
	*space = preset.space;
	return EXIT_DONE;
}

int cli_check(const struct options *o)
{
	const char *path = o->argument[0];
	struct space space;
	struct arch arch;
	struct arch_fault fault;
	json_t *errors = json_array();
	int status = find_space(&space, o);

	if (status != EXIT_DONE) {
		json_decref(errors);
		return cli_failed(status);
	}
	if (arch_load(&arch, path, NULL) < 0) {
		json_array_append_new(errors, json_pack("{s:n, s:n, s:n, s:s}", "block", "op", "field", "rule", err_last()));
	} else if (arch_validate(&space, &arch, &fault) < 0) {
		json_array_append_new(errors, fault_to_json(&fault));
		err_prefix("%s", path);
	}
	status = json_array_size(errors) ? EXIT_FAILED : EXIT_DONE;
	if (o->json) {
		int printed = cli_print_json(json_pack("{s:b, s:o}", "valid", status == EXIT_DONE, "errors", errors));

		return printed != EXIT_DONE ? printed : status;
	}
	json_decref(errors);
	if (status != EXIT_DONE)
		return cli_failed(status);

	char id[ARCH_ID_LENGTH + 1];

	arch_id(&arch, id);
	printf("%s: valid, id %s\n", path, id);
	return EXIT_DONE;
}
