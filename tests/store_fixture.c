/* store_fixture.c -- see store_fixture.h. */
#include "tests/store_fixture.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/err.h"

char folder[256], run_path[300];

void make_folder(void)
{
	/* In memory where possible: on a disk each of some thousand small files that is written again waits for it. */
	const char *parent = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(folder, sizeof folder, "%s/check_store.XXXXXX", parent);
	ck_assert_ptr_nonnull(mkdtemp(folder));
	snprintf(run_path, sizeof run_path, "%s/run", folder);
}

void remove_folder(void)
{
	char command[300];

	snprintf(command, sizeof command, "rm -rf '%s'", folder);
	ck_assert_int_eq(system(command), 0);
}

const char *in(const char *parent, const char *name)
{
	static char ring[4][800];
	static int next;
	char path[800];

	snprintf(path, sizeof path, "%s/%s", parent, name);      /* parent may stand in the ring */
	next = (next + 1) % 4;
	return strcpy(ring[next], path);
}

void write_file(const char *path, const void *data, size_t bytes)
{
	FILE *f = fopen(path, "wb");

	ck_assert_ptr_nonnull(f);
	ck_assert_uint_eq(fwrite(data, 1, bytes, f), bytes);
	fclose(f);
}

char *read_file(const char *path, size_t *bytes)
{
	FILE *f = fopen(path, "rb");

	ck_assert_msg(f != NULL, "%s", path);
	fseek(f, 0, SEEK_END);
	*bytes = (size_t)ftell(f);
	rewind(f);

	char *data = malloc(*bytes + 1);

	ck_assert_uint_eq(fread(data, 1, *bytes, f), *bytes);
	data[*bytes] = '\0';
	fclose(f);
	return data;
}

void ck_says(const char *what)
{
	ck_assert_msg(strstr(err_last(), what) != NULL, "'%s' is not in: %s", what, err_last());
	ck_assert_ptr_null(strchr(err_last(), '\n'));
}

struct run_config some_config(void)
{
	struct run_config c = { .data = "fashion-mnist", .seed = UINT64_C(9007199254740993), .steps = 1000, .threads = 2, .device = "cpu" };

	ck_assert_msg(preset_get(&c.preset, "small") == 0, "%s", err_last());
	return c;
}

struct run *some_run(void)
{
	struct run_config c = some_config();
	struct run *r = run_create(run_path, &c);

	ck_assert_msg(r != NULL, "%s", err_last());
	return r;
}

int append_step(struct run *r, int step)
{
	return run_append(r, r->metrics, json_pack("{s:i, s:f}", "step", step, "loss", 0.5));
}
