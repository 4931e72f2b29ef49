/* fuzz_run.c -- any bytes as run.json (and the preset in it), and as metrics.jsonl beside it. */
#include <fcntl.h>
#include <limits.h>

#include "src/store/run.h"
#include "tests/fuzz.h"

static char fuzz_run_folder[64];

static const char *file_in_run(const char *name)
{
	static char path[128];

	snprintf(path, sizeof path, "%s/%s", fuzz_run_folder, name);
	return path;
}

static void remove_run(void)
{
	static const char *const names[] = { "run.json", "metrics.jsonl", "ranking.jsonl", "log", "lock" };

	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		unlink(file_in_run(names[i]));
	rmdir(fuzz_run_folder);
}

static void put(const char *name, const uint8_t *data, size_t size)
{
	int fd = open(file_in_run(name), O_WRONLY | O_CREAT | O_TRUNC, 0666);

	FUZZ_CHECK(fd >= 0 && write(fd, data, size) == (ssize_t)size);
	close(fd);
}

static void count_line(void *count, const json_t *line)
{
	FUZZ_CHECK(line);
	++*(int *)count;
}

static void read_config_twice(void)
{
	struct run *r = run_open(fuzz_run_folder, false), *again;

	if (!r) {
		fuzz_refused();
		return;
	}
	FUZZ_CHECK(preset_validate(&r->config.preset) == 0 && r->config.steps > 0 && r->config.threads > 0);
	FUZZ_CHECK(run_save_config(r) == 0 && (again = run_open(fuzz_run_folder, false)));
	FUZZ_CHECK(again->config.seed == r->config.seed && again->config.steps == r->config.steps);
	FUZZ_CHECK(strcmp(again->config.data, r->config.data) == 0);

	json_t *a = preset_to_json(&r->config.preset), *b = preset_to_json(&again->config.preset);

	FUZZ_CHECK(json_equal(a, b));
	json_decref(a);
	json_decref(b);
	fuzz_taken++;
	run_close(again);
	run_close(r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int lines = 0;

	if (!*fuzz_run_folder) {
		snprintf(fuzz_run_folder, sizeof fuzz_run_folder, "%s/fuzz_run.XXXXXX", access("/dev/shm", W_OK) ? "/tmp" : "/dev/shm");
		FUZZ_CHECK(mkdtemp(fuzz_run_folder));
		atexit(remove_run);
	}
	put("run.json", data, size);
	put("metrics.jsonl", data, size);
	read_config_twice();
	FUZZ_CHECK(run_read_lines(fuzz_run_folder, "metrics.jsonl", count_line, &lines) == 0);
	return 0;
}
