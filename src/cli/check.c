/* check.c -- are these valid architectures of the space? */
#include <stdio.h>
#include <stdlib.h>

#include "src/base/err.h"
#include "src/cli/cli.h"
#include "src/cli/find.h"

/* Counted from 1 as everywhere a person reads; null where the fault isn't in one. */
static json_t *number_from_one(int i)
{
	return i < 0 ? json_null() : json_integer(i + 1);
}

static json_t *fault_to_json(int arch, const struct arch_fault *fault)
{
	return json_pack("{s:o, s:o, s:o, s:s, s:s}", "architecture", number_from_one(arch), "block", number_from_one(fault->block),
		"op", number_from_one(fault->op), "field", fault->field, "rule", fault->rule);
}

/* What kept a file from being read is no fault of one architecture. */
static json_t *unreadable_to_json(void)
{
	return json_pack("{s:n, s:n, s:n, s:n, s:s}", "architecture", "block", "op", "field", "rule", err_last());
}

/* "FILE", or "FILE architecture 2" where there are several. */
static const char *place(char *text, size_t size, const char *name, int i, int count)
{
	snprintf(text, size, count > 1 ? "%s architecture %d" : "%s", name, i + 1);
	return text;
}

/* Says which are valid, or adds what is not to `errors` where there is such a list. Returns how many are not. */
static int check_all(const char *name, const struct space *space, const struct arch *list, int count, json_t *errors)
{
	char where[OPTION_TEXT_SIZE + 32], id[ARCH_ID_LENGTH + 1];
	struct arch_fault fault;
	int invalid = 0;

	for (int i = 0; i < count; i++) {
		bool valid = arch_validate(space, &list[i], &fault) == 0;

		place(where, sizeof where, name, i, count);
		invalid += !valid;
		arch_id(&list[i], id);
		if (!valid && errors)
			json_array_append_new(errors, fault_to_json(i, &fault));
		else if (!valid)
			fprintf(stderr, "smashtop: %s: %s\n", where, err_last());
		else if (!errors)
			printf("%s: valid, id %s\n", where, id);
	}
	return invalid;
}

int cli_check(const struct options *o)
{
	struct setting s;
	struct arch *list = NULL;
	int status = find_space(&s, o), count;
	json_t *errors = o->json ? json_array() : NULL;

	if (status != EXIT_DONE) {
		json_decref(errors);
		return cli_failed(status);
	}
	count = find_archs(&list, o, &s);
	if (count < 0 && !errors)
		return cli_failed(EXIT_FAILED);
	if (count < 0)
		json_array_append_new(errors, unreadable_to_json());
	if (count < 0 || check_all(o->argument[0], &s.space, list, count, errors) > 0)
		status = EXIT_FAILED;
	if (count > 0)
		free(list);
	if (errors) {
		int printed = cli_print_json(json_pack("{s:b, s:o}", "valid", status == EXIT_DONE, "errors", errors));

		return printed != EXIT_DONE ? printed : status;
	}
	return status;
}
