/* bench.c -- smashtop bench: which benchmarks there are, the machine, and the results. */
#include "src/cli/bench.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#include "src/base/document.h"
#include "src/base/err.h"
#include "src/base/nearest.h"
#include "src/cli/cli.h"
#include "src/lab/setup.h"

enum { BENCH_STREAM = 78 };

static const struct benchmark {
	const char *name;
	int (*run)(struct bench *);
} benchmarks[] = {
	{ "kernels", bench_kernels },
	{ "training", bench_training },
	{ "scoring", bench_scoring },
	{ "screen", bench_screen },
};
enum { BENCHMARKS = sizeof benchmarks / sizeof *benchmarks };

void bench_add(struct bench *b, const char *name, const char *unit, double value)
{
	json_array_append_new(b->results, json_pack("{s:s, s:s, s:o}", "name", name, "unit", unit, "value", json_of(value)));
}

static void read_cpu_name(char *name, size_t size)
{
	FILE *f = fopen("/proc/cpuinfo", "r");
	char line[256];

	snprintf(name, size, "unknown");
	while (f && fgets(line, sizeof line, f)) {
		char *colon = strchr(line, ':');

		if (strncmp(line, "model name", 10) == 0 && colon && colon[1]) {
			snprintf(name, size, "%.*s", (int)strcspn(colon + 2, "\n"), colon + 2);
			break;
		}
	}
	if (f)
		fclose(f);
}

static json_t *machine(const struct trainer *t)
{
	char cpu[128];
	struct utsname system;

	uname(&system);
	read_cpu_name(cpu, sizeof cpu);
	return json_pack("{s:s, s:i, s:I, s:s, s:s, s:i, s:s, s:s}", "cpu", cpu, "processors", processors(),
		"memory_bytes", (json_int_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE), "system", system.release,
		"device", t->be->description, "threads", t->be->threads, "preset", t->config.preset.name, "data", t->config.data);
}

static void print_text(const json_t *machine, const json_t *results)
{
	json_t *value, *row;
	const char *key;
	size_t i;

	json_object_foreach((json_t *)machine, key, value) {
		if (json_is_string(value))
			printf("%-36s %s\n", key, json_string_value(value));
		else
			printf("%-36s %" JSON_INTEGER_FORMAT "\n", key, json_integer_value(value));
	}
	putchar('\n');
	json_array_foreach((json_t *)results, i, row) {
		const char *name, *unit;

		json_unpack(row, "{s:s, s:s, s:o}", "name", &name, "unit", &unit, "value", &value);
		if (json_is_number(value))
			printf("%-36s %12.4g %s\n", name, json_number_value(value), unit);
		else
			printf("%-36s %12s %s\n", name, "-", unit);
	}
}

static int check_names(const struct options *o)
{
	for (int i = 0; i < o->argument_count; i++) {
		struct nearest near = nearest_to(o->argument[i]);
		int k = 0;

		for (; k < BENCHMARKS && strcmp(o->argument[i], benchmarks[k].name) != 0; k++)
			nearest_offer(&near, benchmarks[k].name);
		if (k == BENCHMARKS)
			return err_set("%s: no such benchmark%s", o->argument[i],
				near.name ? nearest_hint(&near) : "; there are kernels, training, scoring, screen");
	}
	return 0;
}

static bool wanted(const struct options *o, const char *name)
{
	for (int i = 0; i < o->argument_count; i++)
		if (strcmp(o->argument[i], name) == 0)
			return true;
	return o->argument_count == 0;
}

int cli_bench(const struct options *o)
{
	struct worker_options w;
	struct run_config config;
	struct bench b = { 0 };
	int status = check_names(o) < 0 ? EXIT_USAGE : cli_worker_options(&w, o);

	if (status != EXIT_DONE)
		return cli_failed(status);
	if (run_config_from_options(&config, &w) < 0 || !(b.t = trainer_new(&config)))
		return cli_failed(EXIT_FAILED);
	b.results = json_array();
	rng_seed(&b.rng, config.seed, BENCH_STREAM);
	for (int i = 0; i < BENCHMARKS && status == EXIT_DONE; i++) {
		if (!wanted(o, benchmarks[i].name))
			continue;
		fprintf(stderr, "smashtop: measuring %s\n", benchmarks[i].name);
		if (benchmarks[i].run(&b) < 0)
			status = cli_failed(EXIT_FAILED);
	}
	if (status == EXIT_DONE) {
		json_t *document = json_pack("{s:o, s:O}", "machine", machine(b.t), "benchmarks", b.results);

		if (o->json) {
			status = cli_print_json(document);
		} else {
			print_text(json_object_get(document, "machine"), b.results);
			json_decref(document);
		}
	}
	json_decref(b.results);
	trainer_close(b.t);
	return status;
}
